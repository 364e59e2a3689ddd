"""Confidence intervals over sampling units: bootstrap keyed by content, and jackknife (docs/method.md)."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "N_DRAWS",
    "deviation_interval",
    "interval",
    "jackknife_deviations",
    "jackknife_interval",
    "levels",
    "rounding_step",
]

Doubles = NDArray[np.float64]

N_DRAWS = 1000
FEW_UNITS = 30
_CHUNK = 256


def interval(
    keys: NDArray[np.uint64],
    sums: Doubles,
    statistic: Callable[[Doubles], Doubles],
    alpha: float = 0.05,
    n_draws: int = N_DRAWS,
) -> Doubles:
    """Return intervals at level 1 - alpha for statistics that are functions of sums over sampling units.

    The estimand is the fitted procedure on new units of the same population; the units that it was fitted on stay
    fixed. With 30 units or more: percentiles over draws with Poisson(1) weights, keyed by each unit's content, so
    intervals do not depend on order and differences are paired. With fewer: delete-one jackknife with t quantiles. With
    fewer than two units: NaN.

    Parameters
    ----------
    keys : ndarray of uint64, shape (units,)
        Content keys; equal keys are one unit (duplicates are not independent).
    sums : ndarray, shape (units, columns)
        Contribution of each unit.
    statistic : callable
        Maps sums of shape (draws, columns) to statistics of shape (draws, statistics). It may return NaN where a
        statistic is undefined; such draws are left out.
    alpha : float
        One minus the level.
    n_draws : int
        Bootstrap draws.

    Returns
    -------
    ndarray, shape (2, statistics)
        Lower and upper bounds.
    """
    units, owner = np.unique(keys, return_inverse=True)
    rows = np.argsort(owner)
    if units.size < keys.size or units.size < FEW_UNITS:
        grouped = np.zeros((units.size, sums.shape[1]))
        np.add.at(grouped, owner, sums)
        rows = np.arange(units.size)
        if units.size < FEW_UNITS:
            return _jackknife(grouped, statistic, alpha)
        sums = grouped
    return _bootstrap(units, (rows, sums), statistic, alpha, n_draws)


def _bootstrap(
    units: NDArray[np.uint64],
    sums: tuple[NDArray[np.int64], Doubles],
    statistic: Callable[[Doubles], Doubles],
    alpha: float,
    n_draws: int,
) -> Doubles:
    """Return percentile bounds; ``sums`` pairs each unit's row number with the rows, so no sorted copy is made."""
    rows, given = sums
    totals = np.zeros((n_draws, given.shape[1]))
    for first in range(0, units.size, _CHUNK):
        weights = _weights(units[first : first + _CHUNK].tobytes(), n_draws)
        totals += weights @ given[rows[first : first + _CHUNK]]
    values = statistic(totals)
    bounds = np.full((2, values.shape[1]), np.nan)
    for column in range(values.shape[1]):
        valid = values[~np.isnan(values[:, column]), column]
        if valid.size:
            bounds[:, column] = np.quantile(valid, [alpha / 2.0, 1.0 - alpha / 2.0])
    return bounds


@functools.lru_cache(maxsize=4)
def _weights(units: bytes, n_draws: int) -> Doubles:
    """Return Poisson weights of units, which a run asks for again with every margin (2 MB each)."""
    from edgeinterp_kernels.keyed import poisson_weights

    found = poisson_weights(np.frombuffer(units, dtype=np.uint64), n_draws)
    found.setflags(write=False)
    return found


def _jackknife(sums: Doubles, statistic: Callable[[Doubles], Doubles], alpha: float) -> Doubles:
    from scipy.special import stdtrit

    total = sums.sum(axis=0, keepdims=True)
    estimate = statistic(total)[0]
    n = len(sums)
    if n < 2:
        return np.full((2, estimate.size), np.nan)
    without = statistic(total - sums)
    spread = np.sqrt((n - 1.0) / n * np.sum((without - without.mean(axis=0)) ** 2, axis=0))
    reach = stdtrit(n - 1.0, 1.0 - alpha / 2.0) * spread
    return np.stack([estimate - reach, estimate + reach])


def jackknife_deviations(without: Doubles) -> Doubles:
    r"""Return each unit's deviation of a statistic from its leave-one-out values: mean 0, shape as given.

    .. math:: e_i = (n - 1) (\bar t_{-\cdot} - t_{-i})

    (Efron & Tibshirani 1993, chapter 11: pseudo-values less their mean.) The deviations of a difference are the
    difference of the deviations: two results that keep them can be paired later. NaN stays where a unit was not
    measured.

    Parameters
    ----------
    without : ndarray of shape (units, ways)
        As in ``jackknife_interval``.
    """
    known = without[~np.isnan(without).any(axis=1)]
    mean = known.mean(axis=0) if known.size else np.nan
    return np.asarray((len(without) - 1.0) * (mean - without), dtype=np.float64)


def jackknife_interval(value: float, without: Doubles, alpha: float, fisher: bool) -> tuple[float, float] | None:
    r"""Return the delete-one jackknife interval with t quantiles, on the statistic or on its Fisher z.

    .. math:: z \pm t_{m-1} \sqrt{\tfrac1k \sum_{j \le k}
              \tfrac{n-1}{m} \sum_{i \le m} (z_{-i,j} - \bar z_{-\cdot,j})^2}, \quad z = \operatorname{artanh} r

    A score of cross-validated predictions allows two ways to leave a unit out: only from the scoring, with fits held
    fixed, or from the fits as well. Where a unit's error depends on which others it was predicted from (pair effects),
    the first way counts half of that variance where effects are symmetric, as in ridge, and all of it where the two of
    a pair are unrelated; the second counts it twice. Both count the units' own contributions to the scores, only the
    second their own contributions to the fits. The variance is the mean over the ways (docs/method.md,
    docs/calibration.md).

    Parameters
    ----------
    value : float
        The estimate.
    without : ndarray of shape (units, ways)
        The estimate without each unit, by each way of leaving it out; NaN where it was not measured (a sample of units
        represents all).
    alpha : float
        One minus the level.
    fisher : bool
        Whether to compute on z and transform back; else on the values themselves (differences).

    Returns
    -------
    tuple of float or None
        The interval, which always contains the estimate; None for fewer than two units.
    """
    from scipy.special import stdtrit

    n, without = len(without), without[~np.isnan(without).any(axis=1)]
    if len(without) < 2:
        return None
    if fisher:
        limit = 1.0 - 1e-12
        value, without = float(np.clip(value, -limit, limit)), np.clip(without, -limit, limit)
        value, without = math.atanh(value), np.arctanh(without)
    spread = math.sqrt((n - 1.0) * float(np.mean((without - without.mean(axis=0)) ** 2)))
    reach = float(stdtrit(len(without) - 1.0, 1.0 - alpha / 2.0)) * spread
    low, high = value - reach, value + reach
    return (math.tanh(low), math.tanh(high)) if fisher else (low, high)


def levels(alpha: float) -> tuple[float, float]:
    """Return one minus the levels of a margin's two intervals: 1 - alpha, and 1 - 2 alpha for tests of equality."""
    return alpha, min(2.0 * alpha, 1.0)


def rounding_step(deviations: Doubles) -> float:
    """Return the step to which deviations are rounded before they are saved: three digits of their root mean square."""
    size = math.sqrt(float(np.mean(deviations**2))) if deviations.size else 0.0
    return 10.0 ** (math.floor(math.log10(size)) - 2) if size > 0.0 else 0.0


def deviation_interval(
    value: float, deviations: Doubles, count: int, alpha: float, step: float = 0.0
) -> tuple[float, float]:
    r"""Return the jackknife interval with t quantiles from the deviations of ``count`` units, or of a sample of them.

    .. math:: t \pm t_{m-1} \sqrt{\frac{1}{k m (n - 1)} \sum_{j \le k} \sum_{i \le m} e_{ij}^2}

    With all units (m = n) this is the jackknife's own interval; with m of them, chosen by their keys, an estimate of
    it.

    Parameters
    ----------
    value : float
        The statistic over all units.
    deviations : ndarray, shape (m, k)
        ``jackknife_deviations`` of at least 2 units, by k ways of leaving a unit out.
    count : int
        Units in all, n.
    alpha : float
        One minus the level.
    step : float
        Rounding step of the deviations; rounding counts as noise, so no interval has width 0 because digits were cut.
    """
    from scipy.special import stdtrit

    square = float(np.mean(deviations**2)) + step * step / 12.0
    reach = float(stdtrit(len(deviations) - 1.0, 1.0 - alpha / 2.0)) * math.sqrt(square / (count - 1.0))
    return value - reach, value + reach

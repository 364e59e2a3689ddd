"""Permutation p-values, max-T, and intervals over sampling units (docs/method.md)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "FamilyP",
    "MaxT",
    "deviation_interval",
    "interval",
    "jackknife_deviations",
    "jackknife_interval",
    "permutation_p",
    "rounding_step",
]

Doubles = NDArray[np.float64]

N_DRAWS = 1000
FEW_UNITS = 30
_CHUNK = 256


@dataclass(frozen=True)
class FamilyP:
    """p-values of one family of units.

    Attributes
    ----------
    p : ndarray, shape (units,)
        (1 + #{T* >= T}) / (B + 1), never 0 (Phipson & Smyth 2010).
    p_adjusted : ndarray, shape (units,)
        Single-step max-T (Westfall & Young 1993) on T studentised by its own mean and deviation over the permutations,
        the data counted as one of them: that keeps p exact for few permutations. NaN for a unit that left the family.
    in_family : ndarray of bool, shape (units,)
        False where the null deviation is 0: every permutation gives the same value, so nothing can be tested.
    mean : ndarray, shape (units,)
        Permutation mean.
    """

    p: Doubles
    p_adjusted: Doubles
    in_family: NDArray[np.bool_]
    mean: Doubles


class MaxT:
    """Single-step max-T adjusted p-values (Westfall & Young 1993, algorithm 2.5), of a family fed part by part.

    Each unit is studentised by the mean and deviation of its statistic over the permutations and the data, the data
    being one of B + 1 draws: only then are the data exchangeable with the draws under the null hypothesis, and p exact
    for any B. Only the largest value of each draw is kept, so that parts may be let go.

    Examples
    --------
    >>> family = MaxT()
    >>> family.add(np.array([9.0]), np.array([[1.0], [2.0], [3.0]]))
    >>> family.pvalues().tolist()
    [0.25]
    """

    def __init__(self) -> None:
        self._largest: Doubles | None = None
        self._observed: list[Doubles] = []

    def add(self, observed: Doubles, null: NDArray[np.floating], tie: Doubles | float = 0.0) -> None:
        """Take in units.

        Parameters
        ----------
        observed : ndarray of shape (units,)
            Statistics of the data as they are; larger means more effect.
        null : ndarray of shape (n_permutations, units)
            Of permuted data, the same permutation in a row; no column constant.
        tie : float or ndarray of shape (units,)
            Statistics this close count as equal, so that rounding cannot turn a tie into a win.
        """
        count = len(null) + 1
        mean = (null.sum(axis=0, dtype=np.float64) + observed) / count
        squares = np.square(null - mean).sum(axis=0, dtype=np.float64) + np.square(observed - mean)
        deviation = np.sqrt(squares / count)
        self._observed.append((observed - mean - tie) / deviation)
        largest = np.full(len(null), -np.inf)
        if len(observed):
            largest = np.max((null - mean) / deviation, axis=1)
        self._largest = largest if self._largest is None else np.maximum(self._largest, largest)

    def pvalues(self) -> Doubles:
        """Return the adjusted p of every unit, in the order in which they were fed."""
        if self._largest is None:
            return np.empty(0)
        below = np.searchsorted(np.sort(self._largest), np.concatenate(self._observed), side="left")
        adjusted: Doubles = np.asarray(
            (1.0 + len(self._largest) - below) / (len(self._largest) + 1.0), dtype=np.float64
        )
        return adjusted


def permutation_p(observed: ArrayLike, null: ArrayLike) -> FamilyP:
    r"""Return raw and max-T adjusted p-values of a family.

    .. math:: p_j = \frac{1 + \#\{T^*_j \ge T_j\}}{B + 1}, \qquad
              \tilde p_j = \frac{1 + \#\{\max_k Z^*_k \ge Z_j\}}{B + 1}

    Parameters
    ----------
    observed : array_like, shape (units,)
        The statistic of each unit; larger means more effect.
    null : array_like, shape (n_permutations, units)
        The same under each permutation, the same permutation for all units of a row.

    Returns
    -------
    FamilyP

    Examples
    --------
    >>> permutation_p([9.0], [[1.0], [2.0], [3.0]]).p.tolist()
    [0.25]
    """
    seen: Doubles = np.asarray(observed, dtype=np.float64)
    drawn: Doubles = np.asarray(null, dtype=np.float64)
    draws = len(drawn)
    mean, deviation = drawn.mean(axis=0), drawn.std(axis=0)
    # a deviation that is only rounding is no deviation
    in_family = deviation > 1e-12 * np.maximum(np.abs(mean), 1e-300)
    p = (1.0 + np.sum(drawn >= seen, axis=0)) / (draws + 1.0)
    adjusted = np.full(seen.shape, np.nan)
    if in_family.any():
        family = MaxT()
        some, others = seen[in_family], drawn[:, in_family]
        # equal counts must compare as equal after the division
        family.add(some, others, 1e-9 * np.maximum(deviation[in_family], np.abs(some - mean[in_family])))
        adjusted[in_family] = family.pvalues()
    return FamilyP(p, adjusted, in_family, mean)


def interval(
    keys: NDArray[np.uint64],
    sums: Doubles,
    statistic: Callable[[Doubles], Doubles],
    alpha: float = 0.05,
    n_draws: int = N_DRAWS,
) -> Doubles:
    """Return intervals at level 1 - alpha for statistics of sums over sampling units.

    The estimand is the fitted procedure on new units of the same population; what it was fitted on stays fixed. With
    30 units or more: percentiles over draws with Poisson(1) weights, keyed by each unit's content, so that intervals
    do not depend on order and differences are paired. With fewer: delete-one jackknife with t quantiles. With fewer
    than two units: NaN.

    Parameters
    ----------
    keys : ndarray of uint64, shape (units,)
        Content keys; equal keys are one unit (duplicates are not independent).
    sums : ndarray, shape (units, columns)
        What each unit adds.
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
    """Return percentile bounds; ``sums`` are which row belongs to each unit, and the rows: no sorted copy of them."""
    from edgeinterp_kernels.keyed import poisson_weights

    rows, given = sums
    totals = np.zeros((n_draws, given.shape[1]))
    for first in range(0, units.size, _CHUNK):
        weights = poisson_weights(units[first : first + _CHUNK], n_draws)
        totals += weights @ given[rows[first : first + _CHUNK]]
    values = statistic(totals)
    bounds = np.full((2, values.shape[1]), np.nan)
    for column in range(values.shape[1]):
        valid = values[~np.isnan(values[:, column]), column]
        if valid.size:
            bounds[:, column] = np.quantile(valid, [alpha / 2.0, 1.0 - alpha / 2.0])
    return bounds


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
    r"""Return what each unit adds to a statistic, from its values without each unit: mean 0, shape as given.

    .. math:: e_i = (n - 1) (\bar t_{-\cdot} - t_{-i})

    (Efron & Tibshirani 1993, chapter 11: pseudo-values less their mean.) Those of a difference are the difference of
    those: two results that keep them can be paired later. NaN stays where a unit was not measured.

    Parameters
    ----------
    without : ndarray of shape (units, ways)
        As in ``jackknife_interval``.
    """
    known = without[~np.isnan(without).any(axis=1)]
    mean = known.mean(axis=0) if known.size else np.nan
    return np.asarray((len(without) - 1.0) * (mean - without), dtype=np.float64)


def jackknife_interval(value: float, without: Doubles, alpha: float, fisher: bool) -> tuple[float, float] | None:
    r"""Delete-one jackknife with t quantiles, on the statistic or on Fisher's z of it.

    .. math:: z \pm t_{m-1} \sqrt{\tfrac1k \sum_{j \le k}
              \tfrac{n-1}{m} \sum_{i \le m} (z_{-i,j} - \bar z_{-\cdot,j})^2}, \quad z = \operatorname{artanh} r

    Of a score of predictions for units that teach each other's folds there are two ways to leave a unit out: of what is
    scored, fits held fixed, and of the fits as well. Where a unit's error depends on which others it was predicted
    from (pair effects), the first counts half of that variance where effects are symmetric, as ridge's are, and all of
    it where the two of a pair are unrelated; the second counts it twice; both count what units contribute alone to the
    scores, only the second what they contribute alone to the fits. The variance is the mean over the ways
    (docs/method.md, docs/calibration.md).

    Parameters
    ----------
    value : float
        The estimate.
    without : ndarray of shape (units, ways)
        The estimate without each unit, by each way of leaving it out; NaN where it was not measured, some units
        standing for all.
    alpha : float
        One minus the level.
    fisher : bool
        Whether to work on z and to go back; else on the values themselves (differences).

    Returns
    -------
    tuple of float or None
        An interval that always contains the estimate; None for fewer than two units.
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


def rounding_step(deviations: Doubles) -> float:
    """Return the step that deviations are rounded to before they are kept: three digits of their root mean square."""
    size = math.sqrt(float(np.mean(deviations**2))) if deviations.size else 0.0
    return 10.0 ** (math.floor(math.log10(size)) - 2) if size > 0.0 else 0.0


def deviation_interval(
    value: float, deviations: Doubles, count: int, alpha: float, step: float = 0.0
) -> tuple[float, float]:
    r"""Return the delete-one jackknife interval with t quantiles from deviations of ``count`` units, or some of them.

    .. math:: t \pm t_{m-1} \sqrt{\frac{1}{k m (n - 1)} \sum_{j \le k} \sum_{i \le m} e_{ij}^2}

    With all units (m = n) the jackknife's own; with m of them, chosen by their keys, an estimate of it.

    Parameters
    ----------
    value : float
        The statistic, of all units.
    deviations : ndarray, shape (m, k)
        ``jackknife_deviations`` of at least 2 units, by k ways of leaving a unit out.
    count : int
        Units in all, n.
    alpha : float
        One minus the level.
    step : float
        What the deviations were rounded to; their rounding counts as noise, so that an interval is never of width 0
        because digits were cut.
    """
    from scipy.special import stdtrit

    square = float(np.mean(deviations**2)) + step * step / 12.0
    reach = float(stdtrit(len(deviations) - 1.0, 1.0 - alpha / 2.0)) * math.sqrt(square / (count - 1.0))
    return value - reach, value + reach

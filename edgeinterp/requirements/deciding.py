"""Bounds and changes -> outcomes: one-sided intervals, equivalence, Holm over needs, and how much more would decide."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..comparing.deciding import Condition, Deviations, UnitSums, statistic_pair
from ..results.shared import Interval
from ..statistics.inference import N_DRAWS, deviation_interval, interval

__all__ = ["Measured", "change_of", "decided", "holm", "more_units", "smallest_levels", "value_of"]

# the smallest p that bounds over so many draws can show, and how often the way to it is halved
_LOWEST, _HALVINGS = 1.0 / (N_DRAWS + 1.0), 30
# of advice: how sure it is to decide, and how many times the units are still named
_FAR, MOST_TIMES = 0.05, 1000


@dataclass(frozen=True)
class Measured:
    """A number that a need is about.

    Attributes
    ----------
    value : float
    bounds : callable
        The one-sided bounds, each at the level that it is given: from below, from above; None where there are none.
    units : int or None
        Units that the interval is over.
    unit : str
    """

    value: float
    bounds: Callable[[float], Interval]
    units: int | None = None
    unit: str = "texts"


def value_of(one: Condition, alpha: float) -> Measured | None:
    """Return a statistic of one result, with its bounds from the units that it kept; else from its interval."""
    if one.value is None:
        return None
    kept, value = one.kept, one.value
    if isinstance(kept, UnitSums) and kept.deviations is not None:
        kept = kept.deviations
    if isinstance(kept, Deviations):
        deviations = kept
        return Measured(
            value,
            lambda level: deviation_interval(value, deviations.values, deviations.count, 2.0 * level, deviations.step),
            deviations.count, deviations.unit,
        )  # fmt: skip
    if isinstance(kept, UnitSums):
        return Measured(value, lambda level: _over(kept, level), len(kept.rows), kept.unit)
    if one.ci is None:
        return None
    return scaled(value, one.ci, alpha)


def scaled(
    value: float, ci: tuple[float, float], alpha: float, units: int | None = None, unit: str = "texts"
) -> Measured:
    """Return a number with an interval at level 1 - alpha; at other levels its halves grow as a normal's do."""
    from scipy.special import ndtri

    def bounds(level: float) -> Interval:
        factor = ndtri(1.0 - level) / ndtri(1.0 - alpha / 2.0)
        return value - factor * (value - ci[0]), value + factor * (ci[1] - value)

    return Measured(value, bounds, units, unit)


def _over(kept: UnitSums, level: float) -> Interval:
    import numpy as np

    keys = sorted(kept.rows)
    rows = np.array([kept.rows[key] for key in keys], dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = interval(
            np.array(keys, dtype=np.uint64), rows, lambda totals: kept.statistic(totals)[:, None], 2.0 * level
        )[:, 0]
    return (float(found[0]), float(found[1])) if np.isfinite(found).all() else None


def change_of(a: Condition, b: Condition, alpha: float) -> Measured | None:
    """Return a statistic's change from b to a, paired over the units that both kept; None without any."""
    pair = statistic_pair(a, b, alpha)
    if pair.difference is None or pair.ci is None or not pair.paired:
        return None
    return Measured(
        pair.difference, lambda level: statistic_pair(a, b, 2.0 * level).ci, pair.units, _unit(a) or "texts"
    )


def _unit(one: Condition) -> str | None:
    return None if one.kept is None else one.kept.unit


def smallest_levels(
    found: Measured, at_least: float | None, at_most: float | None, change_at_most: float | None
) -> tuple[float, float]:
    """Return the p of "it is not met" and of "it is met": the smallest levels at which the bounds say otherwise.

    A bound is met where the one-sided interval lies on its side; a change where both one-sided bounds lie inside the
    margin (two one-sided tests, Schuirmann 1987), and not met where one of them lies outside.
    """
    lower = -math.inf if at_least is None else at_least
    upper = math.inf if at_most is None else at_most
    if change_at_most is not None:
        lower, upper = -change_at_most, change_at_most

    def inside(level: float) -> bool:
        ci = found.bounds(level)
        return ci is not None and (lower == -math.inf or ci[0] >= lower) and (upper == math.inf or ci[1] <= upper)

    def outside(level: float) -> bool:
        ci = found.bounds(level)
        return ci is not None and (ci[1] < lower or ci[0] > upper)

    return _smallest(inside), _smallest(outside)


def _smallest(holds: Callable[[float], bool]) -> float:
    """Return the smallest level at which a statement holds: with less confidence it holds all the more."""
    low, high = math.log(_LOWEST), math.log(0.5)
    if not holds(0.5):
        return 1.0
    if holds(_LOWEST):
        return _LOWEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (low, middle) if holds(math.exp(middle)) else (middle, high)
    return math.exp(high)


def holm(pvalues: Sequence[float]) -> list[float]:
    """Return p-values adjusted over the needs of a file (Holm 1979).

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(pvalues)), key=lambda at: pvalues[at])
    adjusted, reached = [1.0] * len(pvalues), 0.0
    for rank, at in enumerate(order):
        reached = max(reached, min(1.0, (len(pvalues) - rank) * pvalues[at]))
        adjusted[at] = reached
    return adjusted


def decided(met: float, failed: float, alpha: float) -> str:
    """Return the outcome from the two adjusted p-values."""
    if met <= alpha:
        return "met"
    return "not met" if failed <= alpha else "undecided"


def more_units(found: Measured, bounds: Sequence[float], needs: int, alpha: float) -> int | None:
    r"""Return about how many units are nearly sure to decide; None where hardly any number is.

    What is true lies about the value as the interval says. With :math:`n'` units the bound nearest to it is decided in
    19 of 20 cases where it lies :math:`\delta` away, and it lies nearer than that in 1 of 20:

    .. math:: n' = n \left(\frac{(z_{1 - \alpha / m} + z_{.95})\, s}{\delta}\right)^2

    with the standard error s and m needs.
    """
    from scipy.special import ndtr, ndtri

    ci = found.bounds(alpha / 2.0)
    if found.units is None or ci is None or not bounds:
        return None
    error = (ci[1] - ci[0]) / (2.0 * float(ndtri(1.0 - alpha / 2.0)))
    if error <= 0.0:
        return None
    away = min(abs(found.value - bound) for bound in bounds) / error
    low, high = 0.0, away + 2.0
    for _ in range(60):
        middle = (low + high) / 2.0
        near = float(ndtr(middle - away) - ndtr(-middle - away))
        low, high = (middle, high) if near < _FAR else (low, middle)
    times = ((float(ndtri(1.0 - alpha / needs)) + float(ndtri(1.0 - _FAR))) / max(low, 1e-6)) ** 2
    if times > MOST_TIMES:
        return None
    needed = max(found.units + 1, math.ceil(found.units * times))
    step: int = 10 ** max(0, len(str(needed)) - 2)
    return -(-needed // step) * step

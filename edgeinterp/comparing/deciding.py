"""Conditions behind a verdict, for each check, and the comparison of one such statistic between two results.

``DECIDING`` is the registry: to compare a check, add one entry, a function from its part of a result and one verdict to
the conditions of that verdict.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..results.shared import Interval, Margin, Verdict
from ..statistics.inference import deviation_interval, interval
from .result import StatisticPair

__all__ = ["Condition", "Conditions", "Deviations", "UnitSums", "further", "mean_of_sums", "statistic_pair"]

Doubles = NDArray[np.float64]

FEWEST_UNITS = 3
# outcomes of a margin, and how far each lets a claim hold
_FURTHER = {"wins": 0, "equal": 1, "open": 2, "beaten": 3}


def mean_of_sums(totals: Doubles) -> Doubles:
    """Return the mean of values by unit, from sums of their weights (column 0) and of weighted values (column 1)."""
    return np.asarray(totals[:, 1] / totals[:, 0], dtype=np.float64)


def further(margin: Margin | None) -> int:
    """Return how far a margin lets a claim hold: larger is further."""
    return 0 if margin is None or margin.outcome is None else _FURTHER[margin.outcome]


@dataclass(frozen=True)
class UnitSums:
    """Sums by unit, such as by text, from which a statistic is computed.

    Attributes
    ----------
    rows : dict of int to ndarray of shape (columns,)
        Content key of each unit, the same in both results, to its contribution.
    statistic : callable
        Sums of shape (draws, columns) to the statistic of each draw, shape (draws,); NaN where it is not defined.
    unit : str
        Name of the units, in the plural.
    deviations : Deviations or None
        Deviations of the same statistic, for statistics where leaving a unit out changes more than its own sums;
        preferred where both results have them for the same units.
    """

    rows: dict[int, Doubles]
    statistic: Callable[[Doubles], Doubles]
    unit: str = "texts"
    deviations: Deviations | None = None


@dataclass(frozen=True)
class Deviations:
    """Jackknife deviations of a statistic (``inference.jackknife_deviations``), for some of its units (units, ways).

    ``units`` identifies the units and their order: equal names, equal units. ``count`` is the number of all units,
    ``step`` the rounding step of the values.
    """

    units: str
    count: int
    values: Doubles
    step: float
    unit: str = "concepts"


@dataclass(frozen=True)
class Condition:
    """One condition of a verdict, and its statistic.

    Attributes
    ----------
    name : str
        Name of the statistic in reports.
    met : int
        Degree to which the condition is met. Two results differ in this condition where their degrees differ.
    value : float or None
    ci : Interval
        Interval of the value, in its own result.
    kept : UnitSums, Deviations or None
        Data for pairing two results.
    reason : str or None
        Reason for which they cannot be paired, where ``kept`` is None.
    better : int
        1 where a larger value meets the condition, -1 where a smaller one does.
    """

    name: str
    met: int
    value: float | None
    ci: Interval
    kept: UnitSums | Deviations | None
    reason: str | None = None
    better: int = 1


# takes a check's part of a result and one verdict of it
Conditions = Callable[[Any, Verdict], list[Condition]]


def statistic_pair(a: Condition, b: Condition, alpha: float) -> StatisticPair:
    """Compare one statistic of two results.

    The difference is paired over the units that both kept, if any; ``reason`` then names shortcomings. Otherwise the
    interval of the difference reaches from the lower bound of one less the upper bound of the other to the reverse: no
    dependence between the two can make it wider, so it may miss a difference but not invent one.
    """
    decides = a.met != b.met
    found: tuple[float, Interval, int] | None = None
    reason = a.reason or b.reason
    first, second = (one.kept.deviations if isinstance(one.kept, UnitSums) else one.kept for one in (a, b))
    if first is not None and second is not None and None not in (a.value, b.value):
        found, reason = _over_deviations(a, b, first, second, alpha)
    if found is None and isinstance(a.kept, UnitSums) and isinstance(b.kept, UnitSums):
        found, why = _over_sums(a.kept, b.kept, alpha)
        reason = why or (reason and f"{reason}; over those in common, fits held fixed: rather too narrow")
    if found is not None:
        return StatisticPair(a.name, a.value, b.value, *found, paired=True, decides=decides, reason=reason)
    difference, ci = _apart(a, b)
    reason = reason or "no values by unit were kept"
    return StatisticPair(a.name, a.value, b.value, difference, ci, None, False, decides, reason)


def _over_sums(a: UnitSums, b: UnitSums, alpha: float) -> tuple[tuple[float, Interval, int] | None, str | None]:
    common = sorted(a.rows.keys() & b.rows.keys())
    if len(common) < FEWEST_UNITS:
        return None, f"{len(common)} {a.unit} in common, at least {FEWEST_UNITS} are needed"
    first, second = (np.array([part.rows[key] for key in common], dtype=np.float64) for part in (a, b))
    columns = first.shape[1]

    def difference(totals: Doubles) -> Doubles:
        with np.errstate(divide="ignore", invalid="ignore"):
            return (a.statistic(totals[:, :columns]) - b.statistic(totals[:, columns:]))[:, None]

    both = np.concatenate([first, second], axis=1)
    value = float(difference(both.sum(axis=0, keepdims=True))[0, 0])
    bounds = interval(np.array(common, dtype=np.uint64), both, difference, alpha)[:, 0]
    if not math.isfinite(value) or np.isnan(bounds).any():
        return None, "not defined on the units in common"
    return (value, (float(bounds[0]), float(bounds[1])), len(common)), None


def _over_deviations(
    a: Condition, b: Condition, first: Deviations, second: Deviations, alpha: float
) -> tuple[tuple[float, Interval, int] | None, str | None]:
    if first.units != second.units or len(first.values) != len(second.values):
        return None, f"the two results are about different {first.unit}"
    assert a.value is not None
    assert b.value is not None
    ways = min(first.values.shape[1], second.values.shape[1])
    deviations = first.values[:, :ways] - second.values[:, :ways]
    deviations = deviations[~np.isnan(deviations).any(axis=1)]
    if len(deviations) < FEWEST_UNITS:
        return None, f"{len(deviations)} {first.unit}, at least {FEWEST_UNITS} are needed"
    value = a.value - b.value
    ci = deviation_interval(value, deviations, first.count, alpha, math.hypot(first.step, second.step))
    return (value, ci, len(deviations)), None


def _apart(a: Condition, b: Condition) -> tuple[float | None, Interval]:
    if a.value is None or b.value is None:
        return None, None
    difference = a.value - b.value
    if a.ci is None or b.ci is None:
        return difference, None
    return difference, (a.ci[0] - b.ci[1], a.ci[1] - b.ci[0])

"""Score held-out predictions, with each unit's contribution, so that intervals need no refits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...regression.metrics import METRICS, concept_scores
from ...results.shared import Margin
from ...statistics.inference import interval, jackknife_interval, levels
from .mappings import training_means

__all__ = [
    "METRIC_NAMES",
    "Scored",
    "correlations",
    "left_out",
    "margin",
    "metric_value",
    "pearson_scores",
    "score",
    "score_interval",
]

Array = NDArray[Any]
Doubles = NDArray[np.float64]

METRIC_NAMES = ("pearson", "r2", *METRICS)
# predictions whose deviation is below this share of the targets' are constant
_CONSTANT = 1e-12
# concepts x features that are summed at a time: the size of a second-level cache
_HELD = 1 << 16


@dataclass(frozen=True)
class Scored:
    """One score, and the data for its intervals.

    Attributes
    ----------
    value : float
        The reported metric.
    units : ndarray of shape (units, 1 or 2)
        Pearson: the score without each unit, fits held fixed, and without it in the fits as well where the mapping
        supports it (``deletions``). Other metrics: each unit's contribution to numerator and denominator.
    features : ndarray of shape (T,)
        Correlation of each feature.
    """

    value: float
    units: Doubles
    features: Doubles


def score(
    metric: str,
    centred: Array,
    Y: Doubles,
    labels: Array,
    starts: Array,
    refitted: tuple[Array, Doubles] | None = None,
) -> Scored:
    """Score held-out predictions less training means, ``centred`` (n, T), against norms ``Y`` (n, T).

    ``refitted`` are some of the units, and their changes from ``deletions.unit_changes``.
    """
    value, without, features = pearson_scores(centred, Y, starts, refitted)
    if metric == "pearson":
        return Scored(value, without, features)
    sums = _sums(metric, centred, Y, labels)
    units = np.add.reduceat(sums, starts, axis=0)
    return Scored(float(_ratio(units.sum(axis=0, keepdims=True))[0, 0]), units, features)


def metric_value(metric: str, centred: Array, Y: Doubles, labels: Array) -> float:
    """Return one metric of held-out predictions less training means; NaN where it is not defined for these norms."""
    if metric == "pearson":
        return float(correlations(centred, Y).mean())
    return float(_ratio(_sums(metric, centred, Y, labels).sum(axis=0, keepdims=True))[0, 0])


def _ratio(sums: Doubles) -> Doubles:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[:, 1:2] != 0.0, sums[:, 0:1] / sums[:, 1:2], np.nan)


def left_out(metric: str, scored: Scored, rival: Scored | None = None) -> Doubles:
    """Return the score, or its margin over a rival, without each unit (units, ways), for ``jackknife_interval``."""
    own = _without(metric, scored)
    if rival is None:
        return own
    other = _without(metric, rival)
    # a mapping without deletions uses fixed fits in both
    ways = min(own.shape[1], other.shape[1])
    return own[:, :ways] - other[:, :ways]


def _without(metric: str, scored: Scored) -> Doubles:
    return scored.units if metric == "pearson" else _ratio(scored.units.sum(axis=0) - scored.units)


def _sums(metric: str, centred: Array, Y: Doubles, labels: Array) -> Doubles:
    """Return each concept's contribution to numerator and denominator of a metric (n, 2)."""
    means = training_means(Y, labels)
    if metric == "r2":
        spread = np.nansum((Y - means) ** 2, axis=1)
        return np.stack([spread - np.nansum((Y - means - centred) ** 2, axis=1), spread], axis=1)
    if np.isnan(Y).any() and metric.startswith("neighbours"):
        return np.zeros((len(Y), 2))
    rows = concept_scores(metric, centred + means, Y)
    there = ~np.isnan(rows)
    return np.stack([np.where(there, rows, 0.0), there.astype(np.float64)], axis=1)


def _moments(P: Array, Y: Doubles) -> Doubles:
    """Return, concept by concept, 1, y, p, yy, pp, py of each feature (6, n, T), both centred first."""
    out = np.empty((6, *Y.shape))
    there = ~np.isnan(Y)
    out[0] = there
    count = np.maximum(out[0].sum(axis=0), 1.0)
    whole = bool(there.all())
    for row, values in ((1, Y), (2, P)):
        known = values if whole else np.where(there, values, 0.0)
        np.subtract(known, known.sum(axis=0) / count, out=out[row])
        out[row] *= out[0]
    np.multiply(out[1], out[1], out=out[3])
    np.multiply(out[2], out[2], out=out[4])
    np.multiply(out[1], out[2], out=out[5])
    return out


def _from_sums(sums: Doubles) -> Doubles:
    n, y, p, yy, pp, py = sums
    n = np.maximum(n, 1.0)
    y_var, p_var = yy - y * y / n, pp - p * p / n
    varies = (p_var > _CONSTANT * y_var) & (y_var > _CONSTANT * yy)
    scale = np.sqrt(np.where(varies, y_var * p_var, 1.0))
    return np.where(varies, (py - y * p / n) / scale, 0.0)


def correlations(P: Array, Y: Doubles) -> Doubles:
    """Correlation of each feature (T,) over the concepts where it is not missing; 0 where either is constant."""
    features = np.empty(Y.shape[1])
    step = max(1, _HELD // len(Y))
    for first in range(0, Y.shape[1], step):
        part = slice(first, first + step)
        features[part] = _from_sums(_moments(P[:, part], Y[:, part]).sum(axis=1))
    return features


def pearson_scores(
    P: Array, Y: Doubles, starts: Array, refitted: tuple[Array, Doubles] | None = None
) -> tuple[float, Doubles, Doubles]:
    """Mean correlation over features, the same without each unit (units, 1 or 2), and each feature's own (T,).

    Leaving a unit out subtracts its contribution to the six sums in a correlation: exact, and O(n T). ``refitted`` are
    some of the units (m,), and the changes of the sums of p, p squared and p y when they leave the fits (3, m, T); the
    second column has the scores with these changes, NaN for other units.
    """
    T = Y.shape[1]
    features, without = np.empty(T), np.zeros((len(starts), 1))
    if refitted is not None:
        without = np.full((len(starts), 2), np.nan)
        without[refitted[0]] = 0.0
    step = max(1, _HELD // len(Y))
    for first in range(0, T, step):
        part = slice(first, first + step)
        moments = _moments(P[:, part], Y[:, part])
        sums = moments.sum(axis=1)
        features[part] = _from_sums(sums)
        own = moments if len(starts) == len(Y) else np.add.reduceat(moments, starts, axis=1)
        if refitted is None:
            without[:, 0] += _from_sums(sums[:, None] - own).sum(axis=1)
        else:
            chosen, changes = refitted
            rest = sums[:, None] - own[:, chosen]
            without[chosen, 0] += _from_sums(rest).sum(axis=1)
            rest[[2, 4, 5]] += changes[:, :, part]
            without[chosen, 1] += _from_sums(rest).sum(axis=1)
    return float(features.mean()), without / T, features


def score_interval(metric: str, scored: Scored, keys: NDArray[np.uint64], alpha: float) -> tuple[float, float] | None:
    """Return the interval of one score."""
    if metric == "pearson":
        # the wider way alone: the score itself is biased downward (docs/method.md), which cancels in margins only
        return jackknife_interval(scored.value, scored.units[:, -1:], alpha, fisher=True)
    return _bounds(interval(keys, scored.units, _ratio, alpha))


def margin(metric: str, own: Scored, rival: Scored, keys: NDArray[np.uint64], alpha: float, delta: float) -> Margin:
    """Score minus the rival's with its paired intervals over the same units."""
    value = own.value - rival.value
    if metric == "pearson":
        without = left_out(metric, own, rival)
        ci, inner = (jackknife_interval(value, without, level, fisher=False) for level in levels(alpha))
    else:
        both = np.concatenate([own.units, rival.units], axis=1)
        ci, inner = (
            _bounds(interval(keys, both, lambda sums: _ratio(sums[:, :2]) - _ratio(sums[:, 2:]), level))
            for level in levels(alpha)
        )
    return Margin(value, ci, inner, delta)


def _bounds(found: Doubles) -> tuple[float, float] | None:
    low, high = float(found[0, 0]), float(found[1, 0])
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None

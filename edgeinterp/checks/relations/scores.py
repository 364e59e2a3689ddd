"""The classifier of ``relations``: ridge in closed form, its AUC within categories, the same under flips, intervals.

Held-out predictions are a linear map of the labels. A flip changes the sign of a category's labels, so predictions
under any flip are a signed sum of one prediction per category: no flip needs a refit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...regression.deletions import deletions
from ...regression.penalties import sums_of_others
from ...results.shared import Margin
from ...statistics.inference import jackknife_interval, levels
from ..properties.mappings import RidgeMap, training_means
from .data import ContrastRows

__all__ = [
    "CHANCE", "Classifier", "Fit", "LeftOut", "Own", "Scored", "auc_interval", "best_of", "margin",
    "scored_columns", "tie_step", "under_flips", "unit_auc",
]  # fmt: skip

Array = NDArray[Any]
Doubles = NDArray[np.float64]

CHANCE = 0.5
# predictions that are held at a time
HELD_BYTES = 8 << 20
# with as many units or fewer none can be left out
FEWEST_LEFT_OUT = 2
# predictions nearer than this share of the largest are equal: rounding must not decide an order
TIE = 1e-9
# predictions of labels of 1 and -1 that are smaller are rounding: a fit that found nothing orders nothing
NOTHING = 1e-13


@dataclass(frozen=True)
class Scored:
    """Score of one classifier on held-out categories.

    Attributes
    ----------
    auc : float
    accuracy : float or None
        None where nothing is fitted.
    units : ndarray of shape (units,)
        AUC of each unit.
    weights : ndarray of shape (units,)
    penalty : list of float
        Penalty chosen in each fold.
    without : ndarray of shape (units, 2)
        AUC without each unit, fits held fixed, and without it in the fits of other folds as well (penalties as chosen);
        NaN for units outside the measured sample.
    predicted : ndarray of shape (n,)
        What the held-out pairs are ordered by.
    """

    auc: float
    accuracy: float | None
    units: Doubles
    weights: Doubles
    penalty: list[float]
    without: Doubles
    predicted: Doubles


class LeftOut:
    """AUC without each unit, summed up fold by fold.

    Parameters
    ----------
    predicted : ndarray of shape (n,)
        Held-out predictions less training means.
    data : ContrastRows
    """

    def __init__(self, predicted: Doubles, data: ContrastRows) -> None:
        self.data = data
        self.shares = data.weights * unit_auc(_rounded(predicted[:, None]), data.y, data.starts)[:, 0]
        self.home = data.folds[data.starts]
        # without one of two units, none would be left to learn from
        self.chosen = data.left_out if data.units > FEWEST_LEFT_OUT else data.left_out[:0]
        # predictions of folds that were not trained on a unit stay: those of its own fold, without the unit itself
        own = np.bincount(self.home, self.shares, minlength=int(self.home[-1]) + 1)
        self._sums = own[self.home[self.chosen]] - self.shares[self.chosen]

    def add(self, units: NDArray[np.int64], first: int, last: int, predictions: Doubles) -> None:
        """Add predictions (rows, m) of the units first .. last - 1, each column without one of ``units`` (m,)."""
        edges = np.append(self.data.starts, len(self.data.y))
        rows = slice(int(edges[first]), int(edges[last]))
        found = unit_auc(_rounded(predictions), self.data.y[rows], self.data.starts[first:last] - rows.start)
        self._sums[np.searchsorted(self.chosen, units)] += self.data.weights[first:last] @ found

    def without(self) -> Doubles:
        """Return the AUC without each unit, fits held fixed and refitted (units, 2)."""
        out = np.full((self.data.units, 2), np.nan)
        fixed = self.shares.sum() - self.shares[self.chosen]
        rest = self.data.weights.sum() - self.data.weights[self.chosen]
        out[self.chosen] = np.stack([fixed, self._sums], axis=1) / rest[:, None]
        return out


@dataclass(frozen=True)
class Own:
    """What a fit predicts of the labels as they are.

    Attributes
    ----------
    predicted, means : ndarray of shape (n,)
        Held-out predictions less training means, and those means.
    penalty : ndarray of shape (K,)
        What each fold chose.
    error : ndarray of shape (K,)
        Squared error on the *other* folds with it, less that of predicting training means.
    """

    predicted: Doubles
    means: Doubles
    penalty: Doubles
    error: Doubles


class Fit(Protocol):
    """Ridge on one set of columns with every fold held out: ``Classifier``, or ``BlockClassifier`` of many pairs."""

    data: ContrastRows

    def own(self) -> Own:
        """Predict the labels as they are."""

    def leave(self, left: LeftOut, own: Own) -> None:
        """Add to ``left`` the predictions without each unit, of the folds whose penalty is not NaN."""


def best_of(fits: Iterable[Fit]) -> Scored:
    """Score the labels as they are; each fold takes the fit of least error on the other folds, of equal ones the first.

    Fits come one after the other, and one that no fold prefers is let go.
    """
    kept: list[tuple[Fit, Own] | None] = []
    for fit in fits:
        kept.append((fit, fit.own()))
        errors = [np.inf if one is None else one[1].error for one in kept]
        best = np.argmin(np.stack(np.broadcast_arrays(*errors)), axis=0)
        kept = [one if number in best else None for number, one in enumerate(kept)]
    found = {number: one for number, one in enumerate(kept) if one is not None}
    fit, own = next(iter(found.values()))
    data, predicted, penalty = fit.data, own.predicted.copy(), own.penalty.copy()
    for number, (_, other) in found.items():
        rows = best[data.folds] == number
        predicted[rows], penalty[best == number] = other.predicted[rows], other.penalty[best == number]
    left = LeftOut(predicted, data)
    for number, (fit, other) in found.items():
        fit.leave(left, replace(other, penalty=np.where(best == number, other.penalty, np.nan)))
    return scored(predicted, own.means, data, penalty.tolist(), left.without())


def unit_auc(scores: Array, y: Doubles, starts: Array) -> Doubles:
    """Return the AUC within each unit (units, columns) of scores (n, columns); ties count as half.

    The AUC is the share of (positive, negative) pairs in which the positive has the higher score: Mann and Whitney's
    U / (n+ n-), from ranks.
    """
    out = np.empty((len(starts), scores.shape[1]))
    edges = [*starts.tolist(), len(y)]
    for u in range(len(starts)):
        part = slice(edges[u], edges[u + 1])
        positive = y[part] > 0
        n, ones = len(positive), int(positive.sum())
        ranks = _average_ranks(np.ascontiguousarray(scores[part].T))
        above = ranks[:, positive].sum(axis=1) - ones * (ones - 1) / 2.0
        out[u] = above / (ones * (n - ones))
    return out


def _average_ranks(rows: Array) -> Doubles:
    """Rank each row from 0, ties sharing the mean of their ranks."""
    order = np.argsort(rows, axis=1, kind="stable")
    ordered = np.take_along_axis(rows, order, axis=1)
    place = np.broadcast_to(np.arange(rows.shape[1]), rows.shape)
    new = np.ones(rows.shape, dtype=bool)
    new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(new, place, 0), axis=1)
    ends = np.ones(rows.shape, dtype=bool)
    ends[:, :-1] = new[:, 1:]
    last = np.minimum.accumulate(np.where(ends, place, rows.shape[1])[:, ::-1], axis=1)[:, ::-1]
    ranks = np.empty(rows.shape)
    np.put_along_axis(ranks, order, 0.5 * (first + last), axis=1)
    return ranks


class Classifier:
    """Ridge regression of labels -1 and 1 on one set of features (n, d), with every fold of categories held out."""

    def __init__(self, X: Doubles, rows: ContrastRows) -> None:
        self.data = rows
        self.mapping = RidgeMap(X, sparse=False)
        self.starts = np.flatnonzero(np.diff(rows.folds, prepend=-1))
        self.own_rows = np.arange(len(rows.y))
        columns = np.zeros((len(rows.y), rows.units))
        columns[self.own_rows, rows.unit] = rows.y
        self.columns, self.means = columns, training_means(columns, rows.folds)
        bytes_held = 8 * columns.size * len(self.mapping.candidates)
        self.basis = self._predicted(columns) if bytes_held <= HELD_BYTES else None

    def _predicted(self, targets: Doubles) -> Array:
        return self.mapping.predictions(targets, self.data.folds, self.own_rows)

    def own(self) -> Own:
        """Predict the labels as they are."""
        chosen, choice, error = self.heldout(np.ones((self.data.units, 1)))
        return Own(chosen[:, 0], self.means.sum(axis=1), np.array(self.mapping.candidates)[choice[:, 0]], error[:, 0])

    def leave(self, left: LeftOut, own: Own) -> None:
        """See ``Fit``."""
        data, basis, y = self.data, self.mapping.basis(self.own_rows), self.data.y[:, None]
        for one in deletions(basis, own.penalty, data.folds, y, data.starts, left.chosen):
            moved = np.einsum("msf,ms->fm", one.passed, one.taught[:, :, 0])
            first, last = np.searchsorted(data.starts, [one.fold.start, one.fold.stop])
            left.add(one.units, int(first), int(last), own.predicted[one.fold][:, None] + moved)

    def scored(self) -> Scored:
        """Score the labels as they are."""
        return best_of([self])

    def under_flips(self, n_permutations: int) -> Doubles:
        """Return the AUC under each flip (B,); the penalties are chosen anew in each."""
        return under_flips([self], n_permutations)

    def heldout(self, signs: Doubles) -> tuple[Doubles, NDArray[np.int64], Doubles]:
        """Predict under flips: less training means (n, draws), the choice of each fold and its error (K, draws)."""
        labels = self.data.y[:, None] * signs[self.data.unit]
        predicted = self.basis @ signs if self.basis is not None else self._predicted(labels)
        errors = labels - self.means @ signs
        lost = np.add.reduceat(predicted * (predicted - 2.0 * errors), self.starts, axis=1)
        others = sums_of_others(lost.transpose(2, 0, 1))[:, :, :-1]
        choice = np.argmin(others, axis=1).T
        taken = choice[np.searchsorted(self.starts, self.own_rows, side="right") - 1]
        return np.take_along_axis(predicted, taken[None], axis=0)[0], choice, others.min(axis=1).T


def under_flips(fits: Sequence[Classifier], n_permutations: int) -> Doubles:
    """Return the AUC under each flip (B,): in each, every fold takes a fit and a penalty by the other folds anew."""
    data = fits[0].data
    each = 8 * len(data.y) * sum(len(fit.mapping.candidates) for fit in fits)
    step = int(np.clip(HELD_BYTES // each, 1, 128))
    out = np.empty(n_permutations)
    for first in range(0, n_permutations, step):
        last = min(first + step, n_permutations)
        signs = data.flips(first, last)
        predicted, _, errors = (np.stack(found) for found in zip(*(fit.heldout(signs) for fit in fits), strict=True))
        best = np.argmin(errors, axis=0)[data.folds]
        chosen = np.take_along_axis(predicted, best[None], axis=0)[0]
        units = unit_auc(_rounded(chosen), data.y, data.starts)
        out[first:last] = data.weights @ np.where(signs > 0, units, 1.0 - units) / data.weights.sum()
    return out


def scored(predicted: Doubles, means: Doubles, data: ContrastRows, penalty: list[float], without: Doubles) -> Scored:
    """Score held-out predictions less training means (n,), and those means."""
    units = unit_auc(_rounded(predicted[:, None]), data.y, data.starts)[:, 0]
    side = np.sign(_rounded(predicted + means))
    right = np.where(side == 0.0, 0.5, side == data.y)
    auc = float(units @ data.weights / data.weights.sum())
    return Scored(auc, float(right.mean()), units, data.weights, penalty, without, predicted)


def tie_step(largest: Doubles) -> Doubles:
    """Return what predictions are rounded to where the largest of them is ``largest``, by column."""
    step: Doubles = np.maximum(TIE * largest, NOTHING)
    return step


def _rounded(predictions: Doubles) -> Doubles:
    rounded: Doubles = np.round(predictions / tie_step(np.abs(predictions).max(axis=0, initial=0.0)))
    return rounded


def scored_columns(columns: Doubles, data: ContrastRows) -> Scored:
    """Score columns (n, c) as they are: each fold takes the one, and the direction, that tell most on the other folds.

    The distance of the AUC from .5 there decides; of equal ones the first, and more of it in the positive relation.
    Without a unit the choice is made again. Nothing is fitted, and no threshold: there is no accuracy.
    """
    away = data.weights[:, None] * (unit_auc(_rounded(columns), data.y, data.starts) - CHANCE)
    home = data.folds[data.starts]
    folds = np.zeros((int(home[-1]) + 1, columns.shape[1]))
    np.add.at(folds, home, away)
    taken = _chosen(folds.sum(axis=0) - folds)
    units = np.array([_taken(away[u], taken[k]) for u, k in enumerate(home)]) / data.weights
    without = np.full((data.units, 2), np.nan)
    for u in data.left_out if data.units > FEWEST_LEFT_OUT else ():
        rest = folds.copy()
        rest[home[u]] -= away[u]
        again = _chosen(rest.sum(axis=0) - rest)
        sums = [sum(_taken(part, one) for part, one in zip(rest, choice, strict=True)) for choice in (taken, again)]
        without[u] = CHANCE + np.array(sums) / (data.weights.sum() - data.weights[u])
    auc = CHANCE + float(units @ data.weights / data.weights.sum())
    column, way = np.array(taken)[data.folds].T
    predicted = way * columns[np.arange(len(columns)), column.astype(np.int64)]
    return Scored(auc, None, CHANCE + units, data.weights, [], without, predicted)


def _chosen(others: Doubles) -> list[tuple[int, float]]:
    """Return the column and its direction, 1 or -1, for each fold, from what the other folds say (folds, c)."""
    # AUCs are ratios of counts: what differs by rounding alone is equal
    best = np.argmax(np.round(np.abs(others), 9), axis=1).tolist()
    return [(c, 1.0 if np.round(row[c], 9) >= 0.0 else -1.0) for c, row in zip(best, others, strict=True)]


def _taken(sums: Doubles, choice: tuple[int, float]) -> float:
    return choice[1] * float(sums[choice[0]])


def auc_interval(scored: Scored, alpha: float) -> tuple[float, float] | None:
    """Return the interval of an AUC over categories."""
    found = jackknife_interval(scored.auc, scored.without, alpha, fisher=False)
    # a jackknife may exceed the range of an AUC
    return None if found is None else (max(found[0], 0.0), min(found[1], 1.0))


def margin(own: Scored, rival: Scored, alpha: float, delta: float) -> Margin:
    """AUC less the rival's, or less .5 where the rival is below that, with its paired intervals over categories.

    The rule applies to the estimate and to the leave-one-out values alike.
    """
    without = own.without - np.maximum(rival.without, CHANCE)
    value = own.auc - max(rival.auc, CHANCE)
    ci, inner = (jackknife_interval(value, without, level, fisher=False) for level in levels(alpha))
    return Margin(value, ci, inner, delta)

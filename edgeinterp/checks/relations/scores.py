"""The classifier of ``relations``: ridge in closed form, its AUC within categories, the same under flips, intervals.

Held-out predictions are a linear map of the labels. A flip changes the sign of a category's labels, so predictions
under any flip are a signed sum of one prediction per category: no flip needs a refit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...regression.deletions import deletions
from ...regression.penalties import choose_penalties
from ...results.shared import Margin
from ...statistics.inference import jackknife_interval, levels
from ..properties.mappings import RidgeMap, training_means
from .data import ContrastRows

__all__ = ["CHANCE", "TIE", "Classifier", "LeftOut", "Scored", "auc_interval", "margin", "scored", "unit_auc"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]

CHANCE = 0.5
# predictions that are held at a time
HELD_BYTES = 2 << 20
# with this many units or fewer, none can be left out
FEWEST_LEFT_OUT = 2
# predictions nearer than this share of the largest are equal: rounding must not decide an order
TIE = 1e-9


@dataclass(frozen=True)
class Scored:
    """Score of one classifier on held-out categories.

    Attributes
    ----------
    auc, accuracy : float
    units : ndarray of shape (units,)
        AUC of each unit.
    weights : ndarray of shape (units,)
    penalty : list of float
        Penalty chosen in each fold.
    without : ndarray of shape (units, 2)
        AUC without each unit, fits held fixed, and without it in the fits of other folds as well (penalties as chosen);
        NaN for units outside the measured sample.
    """

    auc: float
    accuracy: float
    units: Doubles
    weights: Doubles
    penalty: list[float]
    without: Doubles


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
    """Ridge regression of labels -1 and 1 on one set of features (n, d), with every category held out in turn."""

    def __init__(self, X: Doubles, rows: ContrastRows) -> None:
        self.data = rows
        self.mapping = RidgeMap(X, sparse=False)
        self.starts = np.flatnonzero(np.diff(rows.folds, prepend=-1))
        self.own = np.arange(len(rows.y))
        columns = np.zeros((len(rows.y), rows.units))
        columns[self.own, rows.unit] = rows.y
        self.columns, self.means = columns, training_means(columns, rows.folds)
        bytes_held = 8 * columns.size * len(self.mapping.candidates)
        self.basis = self._predicted(columns) if bytes_held <= HELD_BYTES else None

    def _predicted(self, targets: Doubles) -> Array:
        return self.mapping.predictions(targets, self.data.folds, self.own)

    def scored(self) -> Scored:
        """Score the observed labels."""
        chosen, choice = self._heldout(np.ones((self.data.units, 1)))
        penalty = [self.mapping.candidates[c] for c in choice[:, 0]]
        return scored(chosen[:, 0], self.means.sum(axis=1), self.data, penalty, self._without(chosen, penalty))

    def _without(self, predicted: Doubles, penalty: list[float]) -> Doubles:
        data, left = self.data, LeftOut(predicted[:, 0], self.data)
        basis, y = self.mapping.basis(self.own), data.y[:, None]
        for one in deletions(basis, np.array(penalty), data.folds, y, data.starts, left.chosen):
            moved = np.einsum("msf,ms->fm", one.passed, one.taught[:, :, 0])
            first, last = np.searchsorted(data.starts, [one.fold.start, one.fold.stop])
            left.add(one.units, int(first), int(last), predicted[one.fold] + moved)
        return left.without()

    def under_flips(self, n_permutations: int) -> Doubles:
        """Return the AUC under each flip (B,); the penalties are chosen anew in each."""
        each = 8 * len(self.data.y) * len(self.mapping.candidates)
        step = int(np.clip(HELD_BYTES // each, 1, 128))
        out = np.empty(n_permutations)
        for first in range(0, n_permutations, step):
            last = min(first + step, n_permutations)
            signs = self.data.flips(first, last)
            units = self._unit_auc(self._heldout(signs)[0], signs)
            out[first:last] = self.data.weights @ units / self.data.weights.sum()
        return out

    def _heldout(self, signs: Doubles) -> tuple[Doubles, NDArray[np.int64]]:
        """Held-out predictions less training means (n, draws) under flips, and the choice of each fold (K, draws)."""
        labels = self.data.y[:, None] * signs[self.data.unit]
        predicted = self.basis @ signs if self.basis is not None else self._predicted(labels)
        errors = labels - self.means @ signs
        lost = np.add.reduceat(predicted * (predicted - 2.0 * errors), self.starts, axis=1)
        choice = choose_penalties(lost.transpose(2, 0, 1)).T
        taken = choice[np.searchsorted(self.starts, self.own, side="right") - 1]
        return np.take_along_axis(predicted, taken[None], axis=0)[0], choice

    def _unit_auc(self, predictions: Doubles, signs: Doubles) -> Doubles:
        units = unit_auc(_rounded(predictions), self.data.y, self.data.starts)
        return np.where(signs > 0, units, 1.0 - units)


def scored(predicted: Doubles, means: Doubles, data: ContrastRows, penalty: list[float], without: Doubles) -> Scored:
    """Score held-out predictions less training means (n,), and those means."""
    units = unit_auc(_rounded(predicted[:, None]), data.y, data.starts)[:, 0]
    side = np.sign(_rounded(predicted + means))
    right = np.where(side == 0.0, 0.5, side == data.y)
    auc = float(units @ data.weights / data.weights.sum())
    return Scored(auc, float(right.mean()), units, data.weights, penalty, without)


def _rounded(predictions: Doubles) -> Doubles:
    scale = np.abs(predictions).max(axis=0, initial=0.0)
    rounded: Doubles = np.round(predictions / np.where(scale > 0, TIE * scale, 1.0))
    return rounded


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

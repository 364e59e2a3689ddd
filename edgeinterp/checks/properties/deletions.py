r"""Compute how the sums in a pooled correlation change when a unit of concepts leaves every *fit*.

Folds' maps share their training concepts: an interval that leaves out only a unit's own predictions, and not its effect
on the other folds' fits, is too narrow (docs/calibration.md). Here every map's fit without the unit is computed,
exactly and without a refit, with the candidate that its fold had chosen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...regression.deletions import HELD, deletions, unit_products
from ...regression.folds import fold_slices
from .blocks import JoinedMap
from .comparisons.neighbours import NeighbourMap
from .mappings import Mapping, RidgeMap, missing_patterns

__all__ = ["unit_changes"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]


def unit_changes(
    mapping: Mapping, Y: Doubles, P: Doubles, labels: Array, choice: Array, starts: Array, chosen: Array
) -> Doubles | None:
    """Return how sums over held-out concepts change when a unit leaves every fit.

    Parameters
    ----------
    mapping : Mapping
        The fitted mapping; supported by ridge and neighbours.
    Y, P : ndarrays of shape (n, T)
        Norms, NaN where missing, and held-out predictions less training means.
    labels : ndarray of int, shape (n,)
        Fold of each concept, ascending.
    choice : ndarray of int, shape (folds,)
        Candidate of each fold; it is not chosen again.
    starts : ndarray of int, shape (units,)
        First concept of each unit; a unit lies within a fold.
    chosen : ndarray of int, shape (m,)
        Units to leave out, ascending.

    Returns
    -------
    ndarray of shape (3, m, T) or None
        Changes of the sums of p, p squared and p y, with p and y centred over all concepts. The sums still include the
        unit's own concepts. None for a mapping that would need a refit.
    """
    if not isinstance(mapping, RidgeMap | JoinedMap | NeighbourMap):
        return None
    out = np.zeros((3, len(chosen), Y.shape[1]))
    owner = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(Y)))
    for targets, rows in missing_patterns(Y):
        units, first = np.unique(owner[rows], return_index=True)
        part, held = Y[np.ix_(rows, targets)], P[np.ix_(rows, targets)]
        _, place, wanted = np.intersect1d(chosen, units, assume_unique=True, return_indices=True)
        changes = _Changes(part - part.mean(axis=0), held - held.mean(axis=0), labels[rows], first, wanted)
        if isinstance(mapping, NeighbourMap):
            _neighbours(changes, mapping.nearest(rows, labels[rows]), [mapping.place(c) for c in choice])
        else:
            for part, penalties in mapping.chosen(choice):
                if len(part.spectrum):
                    _ridge(changes, part.basis(rows), penalties)
        out[np.ix_(np.arange(3), place, targets)] = changes.sums
    return out


class _Changes:
    """Changes of the sums of p, p squared and p y (3, chosen units, columns), fold by fold."""

    def __init__(self, Y: Doubles, P: Doubles, labels: Array, starts: Array, chosen: Array) -> None:
        self.Y, self.P, self.labels, self.starts, self.chosen = Y, P, labels, starts, chosen
        self.sizes = np.diff(starts, append=len(Y))
        self.owner = np.repeat(np.arange(len(starts)), self.sizes)
        self.sums = np.zeros((3, len(chosen), Y.shape[1]))
        self._totals = np.add.reduceat(Y, starts, axis=0)

    def trained(self, fold: slice) -> Array:
        """Return the chosen units that the fold's map was fitted on."""
        return np.asarray(self.chosen[self.labels[self.starts[self.chosen]] != self.labels[fold.start]])

    def add(
        self, fold: slice, units: Array, moved: Doubles, squares: Doubles, with_p: Doubles, with_y: Doubles
    ) -> None:
        """Add the changes of a fold's predictions, summed over its rows for each of ``units`` (m, columns).

        ``moved`` sums the changes, ``squares`` their squares, the others their products with p and y. The training
        mean, which is subtracted from predictions, changes as well.
        """
        size, count = fold.stop - fold.start, len(self.Y) - (fold.stop - fold.start)
        taught, totals = self.Y.sum(axis=0) - self.Y[fold].sum(axis=0), self._totals[units]
        shift = (taught - totals) / np.maximum(count - self.sizes[units], 1)[:, None] - taught / count
        p, y, place = self.P[fold].sum(axis=0), self.Y[fold].sum(axis=0), np.searchsorted(self.chosen, units)
        self.sums[0, place] += moved - size * shift
        self.sums[1, place] += 2.0 * (with_p - shift * p - shift * moved) + squares + size * shift**2
        self.sums[2, place] += with_y - shift * y


def _ridge(changes: _Changes, basis: tuple[Doubles, Doubles], penalties: Doubles) -> None:
    """Add every fold's changes under ridge with an unpenalised intercept."""
    Y, P = changes.Y, changes.P
    for one in deletions(basis, penalties, changes.labels, Y, changes.starts, changes.chosen):
        shape, size = (*one.taught.shape[:2], -1), one.taught.shape[1]
        passed = one.passed.reshape(-1, one.passed.shape[2])
        spread = unit_products(passed, passed, size)
        sums = [passed.sum(axis=1), passed @ P[one.fold], passed @ Y[one.fold]]
        moved, with_p, with_y = ((part.reshape(shape) * one.taught).sum(axis=1) for part in sums)
        changes.add(one.fold, one.units, moved, (one.taught * (spread @ one.taught)).sum(axis=1), with_p, with_y)


def _neighbours(changes: _Changes, lists: list[tuple[Array, Doubles]], places: list[tuple[int, int]]) -> None:
    """Add every fold's changes where predictions are means of the k nearest training rows, k and list by fold.

    Only the weights of neighbours that leave, and of those that take their place, change a mean m of weight W:
    m' = (m W + sum of the changed) / W'. Where all leave it is 0.
    """
    for f in fold_slices(changes.labels):
        which, k = places[changes.labels[f.start]]
        near, weights = (part[f] for part in lists[which])
        owners = np.where(near >= 0, changes.owner[near], -1)
        before = np.where(_first(near >= 0, k), weights, 0.0)
        total = before.sum(axis=1)
        means = _sums(near, before / np.where(total > 0.0, total, 1.0)[:, None], changes.Y)
        # one entry for each held-out row and each unit among its k nearest
        fresh = before > 0.0
        for j in range(1, min(k, fresh.shape[1])):
            fresh[:, j] &= (owners[:, j, None] != owners[:, :j]).all(axis=1)
        rows, at = np.nonzero(fresh)
        units = changes.trained(f)
        sums = np.zeros((4, len(changes.starts), changes.Y.shape[1]))
        step = max(1, HELD // max(changes.Y.shape[1], near.shape[1]))
        for first in range(0, len(rows), step):
            row, unit = rows[first : first + step], owners[rows[first : first + step], at[first : first + step]]
            stay = _first((near >= 0)[row] & (owners[row] != unit[:, None]), k)
            after = np.where(stay, weights[row], 0.0)
            left = after.sum(axis=1, keepdims=True)
            some, scale = left > 0.0, np.where(left > 0.0, left, 1.0)
            delta = _sums(near[row], np.where(some, (after - before[row]) / scale, 0.0), changes.Y)
            delta += np.where(some, total[row, None] / scale, 0.0) * means[row] - means[row]
            of_unit = _indicator(unit, len(changes.starts))
            P, Y = changes.P[f][row], changes.Y[f][row]
            for number, part in enumerate((delta, delta**2, delta * P, delta * Y)):
                sums[number] += of_unit @ part
        changes.add(f, units, *(part[units] for part in sums))


def _first(there: Array, k: int) -> Array:
    """Return the first k available entries of each row."""
    return np.asarray(there & (np.cumsum(there, axis=1) <= k))


def _sums(near: Array, weights: Doubles, Y: Doubles) -> Doubles:
    """Return the rows of ``Y`` that ``near`` (m, k) names, summed with weights (m, k)."""
    from scipy.sparse import csr_array

    counted = weights != 0.0
    pointers = np.concatenate([[0], np.cumsum(counted.sum(axis=1))])
    return csr_array((weights[counted], near[counted], pointers), shape=(len(near), len(Y))) @ Y  # type: ignore[no-any-return]


def _indicator(unit: Array, count: int) -> Any:
    """Return the matrix that sums rows by unit (count, m)."""
    from scipy.sparse import csr_array

    m = len(unit)
    return csr_array((np.ones(m), (unit, np.arange(m))), shape=(count, m))

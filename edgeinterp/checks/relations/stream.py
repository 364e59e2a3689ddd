"""The classifier of ``relations`` for many pairs: the same scores, from features that are read block by block.

``classifier`` chooses between this one and the other by size.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .data import ContrastRows
from .features import Rows, dense, row_blocks
from .ridge import FoldedRidge, HeldoutFit
from .scores import CHANCE, Classifier, LeftOut, Own, Scored, best_of, tie_step, unit_auc

__all__ = ["BlockClassifier", "classifier", "head_sums", "read_by_block", "unit_groups"]

Doubles = NDArray[np.float64]

# features, and predictions of single categories, above which rows are read block by block
WHOLE_BYTES, WHOLE_BASIS = 4 << 20, 8 << 20
# coefficients that are held at a time
FITTED_BYTES = 2 << 20
# predictions that are held at a time
PREDICTED = 1 << 15
# number of candidate penalties
CANDIDATES = 10


def classifier(rows: Rows, data: ContrastRows) -> Classifier | BlockClassifier:
    """Return the classifier for features ``rows`` in the order of ``data``."""
    if read_by_block(*rows.shape) or 8 * len(data.y) * CANDIDATES * data.units > WHOLE_BASIS:
        return BlockClassifier(rows, data)
    return Classifier(dense(rows), data)


def read_by_block(n: int, d: int) -> bool:
    """Tell whether features (n, d) are too many to hold in memory."""
    return 8 * n * d > WHOLE_BYTES


class BlockClassifier:
    """See ``Classifier``; features (n, d) whose columns have mean 0 are read several times, block by block."""

    def __init__(self, rows: Rows, data: ContrastRows) -> None:
        self.rows, self.data = rows, data
        self.ridge = FoldedRidge(rows, data.folds)

    def own(self) -> Own:
        """Predict the labels as they are."""
        fit = self.ridge.fit(lambda first, last: self.data.y[first:last, None], 1)
        predicted, means = np.empty(len(self.data.y)), np.empty(len(self.data.y))
        for k, (start, end) in enumerate(self.ridge.folds):
            predicted[start:end] = self._predicted(fit, k, start, end, slice(0, 1))[:, 0]
            means[start:end] = fit.means[k, 0]
        return Own(predicted, means, np.array(self.ridge.candidates)[fit.choice[:, 0]], fit.error[:, 0])

    def leave(self, left: LeftOut, own: Own) -> None:
        """See ``Fit``."""
        data = self.data
        if not left.chosen.size:
            return
        edges, labels = np.append(data.starts, len(data.y)).tolist(), data.y[:, None]
        units = [(int(left.home[u]), edges[u], edges[u + 1]) for u in left.chosen]
        for k, some, coefficients in self.ridge.deletions(lambda first, last: labels[first:last], own.penalty, units):
            start, end = self.ridge.folds[k]
            for u, v, first, last in unit_groups(data, max(1, PREDICTED // len(some)), by_fold=True):
                if start <= first < end:
                    predictions = [self.rows.block(*part) @ coefficients for part in row_blocks(self.rows, first, last)]
                    left.add(left.chosen[some], u, v, np.concatenate(predictions))

    def scored(self) -> Scored:
        """Score the labels as they are."""
        return best_of([self])

    def under_flips(self, n_permutations: int) -> Doubles:
        """Return the AUC under each flip (B,); the penalties are chosen anew in each."""
        each = 8 * len(self.ridge.folds) * self.rows.shape[1]
        step = int(np.clip(FITTED_BYTES // each, 1, 512))
        out = np.empty(n_permutations)
        for first in range(0, n_permutations, step):
            last = min(first + step, n_permutations)
            out[first:last] = self._under(first, last)
        return out

    def _under(self, first: int, last: int) -> Doubles:
        data, draws = self.data, last - first

        def labels(start: int, end: int) -> Doubles:
            units = data.unit[start:end]
            own = data.flips(first, last, slice(int(units[0]), int(units[-1]) + 1))
            found: Doubles = data.y[start:end, None] * own[units - units[0]]
            return found

        fit = self.ridge.fit(labels, draws)
        largest, total = np.zeros(draws), np.zeros(draws)
        for _, _, part, columns in self._parts(fit):
            largest[columns] = np.maximum(largest[columns], np.abs(part).max(axis=0))
        step = tie_step(largest)
        for u, v, part, columns in self._parts(fit):
            start = int(data.starts[u])
            y = data.y[start : start + len(part)]
            auc = unit_auc(np.round(part / step[columns]), y, data.starts[u:v] - start)
            signs = data.flips(first + columns.start, first + columns.stop, slice(u, v))
            total[columns] += data.weights[u:v] @ np.where(signs > 0, auc, 1.0 - auc)
        out: Doubles = total / data.weights.sum()
        return out

    def _parts(self, fit: HeldoutFit) -> Iterator[tuple[int, int, Doubles, slice]]:
        """Yield predictions (rows, columns) of some units, u .. v - 1, in some draws."""
        draws = fit.offsets.shape[1]
        folds = iter(enumerate(self.ridge.folds))
        k, (_, end) = next(folds)
        for u, v, first, last in unit_groups(self.data, max(1, PREDICTED // draws), by_fold=True):
            while first >= end:
                k, (_, end) = next(folds)
            step = max(1, PREDICTED // (last - first))
            for column in range(0, draws, step):
                columns = slice(column, min(column + step, draws))
                yield u, v, self._predicted(fit, k, first, last, columns), columns

    def _predicted(self, fit: HeldoutFit, k: int, first: int, last: int, columns: slice) -> Doubles:
        """Held-out predictions less training means, of rows first .. last - 1, all in fold k."""
        out = np.empty((last - first, columns.stop - columns.start))
        coefficients = fit.coefficients[k][:, columns]
        for start, end in row_blocks(self.rows, first, last):
            out[start - first : end - first] = self.rows.block(start, end) @ coefficients - fit.offsets[k, columns]
        return out


def unit_groups(data: ContrastRows, rows: int, by_fold: bool = False) -> Iterator[tuple[int, int, int, int]]:
    """Yield units u .. v - 1 and their rows first .. last - 1, few at a time: at most ``rows`` rows, or one unit."""
    edges = [*data.starts.tolist(), len(data.y)]
    u = 0
    for v in range(1, len(edges)):
        # whether unit v must not be grouped with those from u on
        if v == len(edges) - 1 or edges[v + 1] - edges[u] > rows or (
            by_fold and data.folds[edges[v]] != data.folds[edges[u]]
        ):  # fmt: skip
            yield u, v, edges[u], edges[v]
            u = v


def head_sums(rows: Rows, data: ContrastRows, n_permutations: int) -> tuple[Doubles, Doubles]:
    """Return the AUC of every single column (d,), and AUC - .5 as observed and under each flip (1 + B, d).

    One sum serves data and flips, so that equal flips give equal numbers.
    """
    shares = data.weights / data.weights.sum()
    auc, every = np.zeros(rows.shape[1]), np.zeros((1 + n_permutations, rows.shape[1]))
    for u, v, first, last in unit_groups(data, max(1, PREDICTED // rows.shape[1])):
        units = unit_auc(rows.block(first, last), data.y[first:last], data.starts[u:v] - first)
        signs = data.flips(0, n_permutations, slice(u, v))
        auc += shares[u:v] @ units
        every += np.concatenate([np.ones((1, v - u)), signs.T]) @ (shares[u:v, None] * (units - CHANCE))
    return auc, every

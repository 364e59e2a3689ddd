"""Dense targets by one n x n matrix for each penalty."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from edgeinterp_kernels.ridge import fold_moments, gather_pairs, pack_pairs

from .folds import Folds
from .operators import OperatorMaps, fold_norms, heldout_operators
from .targets import DenseTargets, Scratch, fold_factors, fold_gains, in_target_units, least_spread

__all__ = ["TABLE_BYTES", "MatrixRoute", "gain_table", "pair_gains"]

Array = np.ndarray[Any, Any]

TABLE_BYTES = 96 << 20


class MatrixRoute(DenseTargets):
    """Dense targets by one n x n matrix for each penalty.

    The error of each penalty and fold, summed over targets, is ``<E, S[pi, pi]>`` with ``S = Y Y'`` and a fixed
    matrix E: one product with a table for all penalties and folds, whatever the number of targets. Where that costs
    more than the predictions themselves (few targets, leave-one-out), those are used.
    """

    def __init__(self, X: Array, Y: Array, folds: Folds, alphas: Array, scoring: str, unit: int = 0) -> None:
        dtype = X.dtype
        super().__init__(Y, folds, scoring, dtype, partial(OperatorMaps, X, folds, alphas), unit)
        n, P, K = folds.n_rows, len(alphas), folds.n_folds
        self.C, self.scales, self.norms = np.empty((P, n, n), dtype), np.empty(P), np.empty((P, K))
        pairs = P * K * n * (n + 1) // 2
        by_pairs = P * self.n_targets > P * (K / 2 + 15 / P) and pairs * self.dtype.itemsize <= TABLE_BYTES
        self.table: Array | None = np.empty((P * K, n * (n + 1) // 2), dtype) if P > 1 and by_pairs else None
        for p, (C, scale, moved) in enumerate(heldout_operators(X, folds, alphas)):
            self.C[p], self.scales[p], self.norms[p] = C, scale, fold_norms(C, folds, moved / np.finfo(dtype).eps)
            if self.table is not None:
                self.table[p * K : (p + 1) * K] = gain_table(scale * C, folds)
        if self.table is not None:
            self.S = ((self.Y * self.weights) @ self.Y.astype(np.float64).T).astype(dtype)

    def gains(self, rows: Array, scratch: Scratch) -> Array:
        """See ``Route``."""
        if self.table is not None:
            return pair_gains(self.table, self.S, rows, len(self.C), scratch)
        return np.concatenate([self._part_gains(rows[part], scratch) for part in self.parts(rows)])

    def _part_gains(self, rows: Array, scratch: Scratch) -> Array:
        targets = self.gather(rows, scratch)
        m, B, T = targets.shape
        flat = targets.reshape(m, B * T)
        P = scratch.take("predictions", flat.shape, self.dtype)
        moments = scratch.take("moments", (self.folds.n_folds, 6, B * T), np.float64)
        out = np.empty((B, len(self.C), self.folds.n_folds))
        for p, C in enumerate(self.C):
            np.matmul(C, flat, out=P)
            fold_moments(P, flat, self.folds.starts, moments)
            gains = fold_gains(moments, self.folds, np.tile(self.y_sum, B), float(self.scales[p]))
            out[:, p] = (gains.reshape(-1, B, T) @ self.weights).T
        return out

    def scores(self, rows: Array, choice: Array, scratch: Scratch) -> Array:
        """See ``Route``."""
        order = np.lexsort(choice.T)  # draws that chose alike stand together and share their products
        factors = fold_factors(self.scales, choice, relative=self.scoring == "pearson")
        least = least_spread(self.norms, choice, factors, self.y_var, self.dtype)
        out = np.empty((len(rows), self.n_targets))
        for part in self.parts(rows):
            targets = self.gather(rows[order[part]], scratch)
            P = scratch.take("predictions", targets.shape, self.dtype)
            self._predict(targets, choice[order[part]], factors[order[part]], P)
            out[order[part]] = self.summarise(P, targets, least[order[part]], scratch)
        return self.precise.settle(out, rows, choice)

    def heldout(self, rows: Array, choice: Array) -> Array:
        """See ``Route``."""
        targets = self.Y[rows].transpose(1, 0, 2).copy()
        P = np.empty_like(targets)
        self._predict(targets, choice, fold_factors(self.scales, choice, relative=False), P)
        return in_target_units(P[:, 0], self.exponents)

    def _predict(self, targets: Array, choice: Array, factors: Array, out: Array) -> None:
        m, B, T = targets.shape
        flat, P = targets.reshape(m, B * T), out.reshape(m, B * T)
        changes = np.flatnonzero(np.any(choice[1:] != choice[:-1], axis=1)) + 1
        for first, last in zip([0, *changes], [*changes, B], strict=True):
            columns = slice(first * T, last * T)
            factor_of = dict(zip(choice[first].tolist(), factors[first].tolist(), strict=True))
            for p, f in fold_runs(choice[first], self.folds):
                np.matmul(self.C[p, f], flat[:, columns], out=P[f, columns])
                if factor_of[p] != 1.0:
                    P[f, columns] *= factor_of[p]


def fold_runs(choice: Array, folds: Folds) -> list[tuple[int, slice]]:
    """Neighbouring folds with the same penalty as ``(penalty, rows)``, so that one product serves them."""
    runs: list[tuple[int, slice]] = []
    for k, f in folds.slices():
        if runs and runs[-1][0] == choice[k]:
            runs[-1] = (runs[-1][0], slice(runs[-1][1].start, f.stop))
        else:
            runs.append((int(choice[k]), f))
    return runs


def gain_table(C: Array, folds: Folds) -> Array:
    """Matrices E (K, pairs) with ``fold_gains = sum_{j <= i} E_ij S_ij`` for ``S = Y Y'`` in fold order.

    The error of the training mean is left out of E: it is the same for every penalty, and what is left is small
    where predictions are, so that rounding cannot blur the choice.
    """
    n = folds.n_rows
    out = np.zeros((folds.n_folds, n * (n + 1) // 2))
    for k, f in folds.slices():
        # half of C_f'C_f - (y - mean)'C_f: the rows of the fold meet C_f itself, the others its mean over training rows
        mean = C[f].sum(axis=0) / (n - (f.stop - f.start))
        half = C[f].T @ (0.5 * C[f]) + mean
        half[f] -= C[f] + mean
        pack_pairs(half, out[k])
    return out


def pair_gains(table: Array, S: Array, rows: Array, n_penalties: int, scratch: Scratch) -> Array:
    """Gains (B, P, K) as the product of permuted pairs of ``S`` with the table, a strip of rows at a time."""
    B, m = rows.shape
    out = np.zeros((B, len(table)))
    rows = np.ascontiguousarray(rows, np.uint32)
    first = 0
    while first < m:
        last = first + 1
        while last < m and (last * (last + 1) - first * (first + 1)) // 2 < 4096:
            last += 1
        start, stop = first * (first + 1) // 2, last * (last + 1) // 2
        pairs = scratch.take("pairs", (B, stop - start), table.dtype)
        gather_pairs(S, rows, first, last, pairs)
        out += pairs @ table[:, start:stop].T
        first = last
    return out.reshape(B, n_penalties, -1)

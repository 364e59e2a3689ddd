"""Three ways to score the held-out predictions of permuted targets, with one interface.

``MatrixRoute`` multiplies by n x n matrices, ``SparseRoute`` looks pairs of nonzero rows up in them, and
``RotationRoute`` works in the eigenbasis where n is far larger than d. ``choose_route`` takes the cheapest that fits
into memory. A route holds one block of targets that share their missing rows; permutations come as row numbers
``rows`` (B, m) in fold order, penalties as positions ``choice`` (B, K) in the grid.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

import numpy as np

from edgeinterp_kernels.ridge import CONSTANT, fold_moments, gather_pairs, gather_rows, pack_pairs, pearson_moments

from .operators import Folds, fold_rotations, heldout_operators

__all__ = ["MatrixRoute", "RotationRoute", "Route", "Scratch", "pooled_pearson", "r2_of_folds"]

Array = np.ndarray[Any, Any]

TABLE_BYTES = 96 << 20
# Targets of so many permutations are handled at a time: few enough columns slow down products, and what is set up for
# each part (1 MB takes a twentieth to a fifth longer, 8 MB as long).
PART_BYTES = 4 << 20
# What grows with columns times folds is at most so large: with leave-one-out that is far more than the targets.
SUMS_BYTES = 32 << 20
# What choosing penalties may leave for scoring the same permutations, a thread.
KEPT_BYTES = 16 << 20


class Scratch(threading.local):
    """Buffers that each thread reuses from block to block."""

    def __init__(self) -> None:
        self.buffers: dict[str, Array] = {}
        # by route: the permutations, and what was worked out for them
        self.kept: dict[int, tuple[Array, list[Any]]] = {}

    def take(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """Give an array of ``shape`` with undefined content, valid until the next ``take`` of that name."""
        size = int(np.prod(shape))
        held = self.buffers.get(name)
        if held is None or held.size < size or held.dtype != dtype:
            held = self.buffers[name] = np.empty(size, dtype)
        return held[:size].reshape(shape)


class Route(Protocol):
    """What the permutation driver needs of a route."""

    folds: Folds
    n_targets: int

    def gains(self, rows: Array, scratch: Scratch) -> Array:
        """Squared error of each penalty and fold (B, P, K), summed over targets, less that of the training mean."""

    def scores(self, rows: Array, choice: Array, scratch: Scratch) -> Array:
        """Score of each permutation and target (B, T)."""

    def heldout(self, rows: Array, choice: Array) -> Array:
        """Held-out predictions less training means (m, T), in fold order, of one permutation."""


def pooled_pearson(moments: Array, n: int, y_sum: Array, y_squares: Array) -> Array:
    """Correlation over all rows from the sums of p y, p and p p (axis -2 of ``moments``); 0 where one is constant."""
    py, p1, pp = moments[..., 0, :], moments[..., 1, :], moments[..., 2, :]
    y_var = y_squares - y_sum * y_sum / n
    p_var = pp - p1 * p1 / n
    varies = (p_var > CONSTANT**2 * y_var) & (y_var > CONSTANT**2 * y_squares)
    scale = np.sqrt(np.where(varies, p_var * y_var, 1.0))
    return np.where(varies, (py - p1 * y_sum / n) / scale, 0.0)


def r2_of_folds(moments: Array, folds: Folds, y_sum: Array) -> Array:
    """Mean over folds of scikit-learn's ``r2_score``, from the sums of ``fold_moments`` (K, 6, C).

    A target that is constant in a fold scores 1 there when predicted without error, else 0, as in scikit-learn.
    """
    total, filled = np.zeros(moments.shape[2]), 0
    for k, f in folds.slices():
        m = f.stop - f.start
        py, p1, pp, y1, yy, y0 = moments[k]
        offset = (y_sum - y1 - m * y0) / (folds.n_rows - m) - y0  # training mean seen from y0
        error = yy - 2 * offset * y1 + m * offset**2 - 2 * (py - (y0 + offset) * p1) + pp
        spread = yy - y1 * y1 / m
        total += np.where(yy > 0, 1 - error / np.where(yy > 0, spread, 1.0), np.where(error > 0, 0.0, 1.0))
        filled += 1
    return total / filled


def fold_gains(moments: Array, folds: Folds, y_sum: Array) -> Array:
    """Squared error of each fold and column (K, C), less that of predicting the training mean."""
    out = np.zeros((folds.n_folds, moments.shape[2]))
    for k, f in folds.slices():
        m = f.stop - f.start
        py, p1, pp, y1, _, y0 = moments[k]
        mean = (y_sum - y1 - m * y0) / (folds.n_rows - m)
        out[k] = pp - 2 * (py - mean * p1)
    return out


class _DenseTargets:
    """Dense targets of one block: centred, side by side for each permutation."""

    def __init__(self, Y: Array, folds: Folds, scoring: str, dtype: Any) -> None:
        self.folds, self.scoring, self.dtype = folds, scoring, np.dtype(dtype)
        self.n_targets = Y.shape[1]
        self.sums_bytes = 48 * folds.n_folds  # a column
        rows = Y[folds.order]
        varies = rows.max(axis=0) > rows.min(axis=0)  # else the mean's rounding would be left
        self.Y = np.zeros(Y.shape, dtype)
        self.Y[folds.order] = np.where(varies, rows - rows.mean(axis=0, dtype=np.float64), 0.0)
        self.y_sum = self.Y.sum(axis=0, dtype=np.float64)
        self.y_squares = np.einsum("it,it->t", self.Y, self.Y, dtype=np.float64)

    def parts(self, rows: Array) -> list[slice]:
        """Split permutations into runs that are handled at a time; never depends on threads."""
        by_targets = PART_BYTES // max(1, rows.shape[1] * self.n_targets * self.dtype.itemsize)
        stride = max(1, min(by_targets, SUMS_BYTES // max(1, self.sums_bytes * self.n_targets)))
        return [slice(first, first + stride) for first in range(0, len(rows), stride)]

    def gather(self, rows: Array, scratch: Scratch) -> Array:
        out = scratch.take("targets", (rows.shape[1], rows.shape[0], self.n_targets), self.dtype)
        gather_rows(self.Y, np.ascontiguousarray(rows), out)
        return out

    def summarise(self, P: Array, targets: Array, scratch: Scratch) -> Array:
        """Scores (B, T) from predictions and targets (m, B, T)."""
        m, B, T = targets.shape
        flat = P.reshape(m, B * T), targets.reshape(m, B * T)
        if self.scoring == "pearson":
            moments = scratch.take("moments", (3, B * T), np.float64)
            pearson_moments(*flat, moments)
            by_draw = moments.reshape(3, B, T).transpose(1, 0, 2)
            return pooled_pearson(by_draw, m, self.y_sum, self.y_squares)
        moments = scratch.take("moments", (self.folds.n_folds, 6, B * T), np.float64)
        fold_moments(*flat, self.folds.starts, moments)
        return r2_of_folds(moments, self.folds, np.tile(self.y_sum, B)).reshape(B, T)


class MatrixRoute(_DenseTargets):
    """Dense targets by one n x n matrix for each penalty.

    The error of each penalty and fold, summed over targets, is ``<E, S[pi, pi]>`` with ``S = Y Y'`` and a fixed
    matrix E: one product with a table for all penalties and folds, whatever the number of targets. Where that costs
    more than the predictions themselves (few targets, leave-one-out), those are used.
    """

    def __init__(self, X: Array, Y: Array, folds: Folds, alphas: Array, scoring: str) -> None:
        dtype = X.dtype
        super().__init__(Y, folds, scoring, dtype)
        n, P, K = folds.n_rows, len(alphas), folds.n_folds
        self.C = np.empty((P, n, n), dtype)
        pairs = P * K * n * (n + 1) // 2
        by_pairs = P * self.n_targets > P * (K / 2 + 15 / P) and pairs * self.dtype.itemsize <= TABLE_BYTES
        self.table: Array | None = np.empty((P * K, n * (n + 1) // 2), dtype) if P > 1 and by_pairs else None
        for p, C in enumerate(heldout_operators(X, folds, alphas)):
            self.C[p] = C
            if self.table is not None:
                self.table[p * K : (p + 1) * K] = gain_table(C, folds)
        if self.table is not None:
            self.S = (self.Y.astype(np.float64) @ self.Y.astype(np.float64).T).astype(dtype)

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
            out[:, p] = fold_gains(moments, self.folds, np.tile(self.y_sum, B)).reshape(-1, B, T).sum(axis=2).T
        return out

    def scores(self, rows: Array, choice: Array, scratch: Scratch) -> Array:
        """See ``Route``."""
        order = np.lexsort(choice.T)  # draws that chose alike stand together and share their products
        out = np.empty((len(rows), self.n_targets))
        for part in self.parts(rows):
            targets = self.gather(rows[order[part]], scratch)
            P = scratch.take("predictions", targets.shape, self.dtype)
            self._predict(targets, choice[order[part]], P)
            out[order[part]] = self.summarise(P, targets, scratch)
        return out

    def heldout(self, rows: Array, choice: Array) -> Array:
        """See ``Route``."""
        targets = self.Y[rows].transpose(1, 0, 2).copy()
        P = np.empty_like(targets)
        self._predict(targets, choice, P)
        return P[:, 0]

    def _predict(self, targets: Array, choice: Array, out: Array) -> None:
        m, B, T = targets.shape
        flat, P = targets.reshape(m, B * T), out.reshape(m, B * T)
        changes = np.flatnonzero(np.any(choice[1:] != choice[:-1], axis=1)) + 1
        for first, last in zip([0, *changes], [*changes, B], strict=True):
            columns = slice(first * T, last * T)
            for p, f in fold_runs(choice[first], self.folds):
                np.matmul(self.C[p, f], flat[:, columns], out=P[f, columns])


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


class _Rotated(NamedTuple):
    """One fold: training cross-products in its eigenbasis (r, C), training means (C,), and what gives p y.

    That is the targets of the held-out rows (m, C), or where their factor is not the rows themselves their
    cross-products in the eigenbasis (r, C).
    """

    fold: int
    z: Array
    held: Array
    mean: Array
    by_rows: bool


class RotationRoute(_DenseTargets):
    """Dense targets in the eigenbasis, for n far larger than d: no n x n matrix.

    Cross-products with the targets are formed once for each permutation and serve all penalties; the sums that the
    scores need follow from them fold by fold in r dimensions. Choosing penalties needs them for each penalty and
    column: they are kept, so that scoring the same permutations has only to take the chosen ones.
    """

    def __init__(self, X: Array, Y: Array, folds: Folds, alphas: Array, scoring: str) -> None:
        dtype = X.dtype
        super().__init__(Y, folds, scoring, dtype)
        basis = fold_rotations(X, folds, dtype)
        self.U = basis.U
        self.means, self.W, self.factors = basis.means.astype(dtype), basis.W, basis.test_factor
        self.test_sum = basis.test_sum.astype(dtype)
        grid = np.asarray(alphas)[:, None, None]
        self.shrinkage = (basis.eigenvalues / (basis.eigenvalues + grid)).astype(dtype)  # (P, K, r)
        self.sums_bytes = folds.n_folds * (self.U.shape[1] * self.dtype.itemsize + 24 * len(self.shrinkage))

    def _cross_products(self, flat: Array, scratch: Scratch) -> tuple[Array, Array]:
        """``U_f' Y_f`` (K, r, C) and ``1' Y_f`` (K, C)."""
        b = scratch.take("cross", (self.folds.n_folds, self.U.shape[1], flat.shape[1]), self.dtype)
        sums = np.zeros((self.folds.n_folds, flat.shape[1]), self.dtype)
        b[:] = 0
        for k, f in self.folds.slices():
            np.matmul(self.U[f].T, flat[f], out=b[k])
            sums[k] = flat[f].sum(axis=0)
        return b, sums

    def _rotated(self, targets: Array, scratch: Scratch) -> Iterator[_Rotated]:
        """Yield each fold's cross-products, valid until the next is asked for."""
        flat = targets.reshape(len(targets), -1)
        b, sums = self._cross_products(flat, scratch)
        b_all, sum_all = b.sum(axis=0), sums.sum(axis=0)
        training = scratch.take("training", b_all.shape, self.dtype)
        for k, f in self.folds.slices():
            train_sum = sum_all - sums[k]
            mean = self.means[k][:, None]
            np.subtract(b_all, b[k], out=training)
            training -= mean * train_sum
            m = f.stop - f.start
            by_rows = len(self.factors[k]) == m
            held = flat[f] if by_rows else self.W[k] @ (b[k] - mean * sums[k])
            yield _Rotated(k, self.W[k] @ training, held, train_sum / (self.folds.n_rows - m), by_rows)

    def _moments(self, part: _Rotated, shrinkage: Array, scratch: Scratch) -> Array:
        """Add up over the held-out rows of p y, p and p p (3, P, C), for shrinkages of each penalty (P, r)."""
        factor, columns = self.factors[part.fold], part.z.shape[1]
        P, m = len(shrinkage), len(factor)
        stacked = (factor * shrinkage[:, None]).reshape(P * m, factor.shape[1])
        projected = scratch.take("projected", (P * m, columns), self.dtype)
        np.matmul(stacked, part.z, out=projected)
        out = np.empty((3, P, columns))
        one = scratch.take("one", (3, columns), np.float64)
        for p in range(P):
            predictions = projected[p * m : (p + 1) * m]
            pearson_moments(predictions, part.held if part.by_rows else predictions, one)
            out[:, p] = one
        if not part.by_rows:
            # held and z are centred on the training mean of U, so that held z is the sum of p y with y as it is
            out[0] = shrinkage @ (part.held * part.z)
        # not the sum of what was projected: that is 0 up to rounding where nothing varies
        out[1] = (shrinkage * self.test_sum[part.fold]) @ part.z
        return out

    def gains(self, rows: Array, scratch: Scratch) -> Array:
        """See ``Route``."""
        P, K = len(self.shrinkage), self.folds.n_folds
        keeps = 24 * P * K * len(rows) * self.n_targets <= KEPT_BYTES
        kept: list[Array] = []
        out = np.zeros((len(rows), P, K))
        for part in self.parts(rows):
            targets = self.gather(rows[part], scratch)
            moments = np.zeros((K, 3, P, targets.shape[1] * targets.shape[2]))
            for fold in self._rotated(targets, scratch):
                k = fold.fold
                moments[k] = self._moments(fold, self.shrinkage[:, k], scratch)
                py, p1, pp = moments[k]
                gain = pp - 2.0 * (py - fold.mean * p1)
                out[part, :, k] = gain.reshape(P, targets.shape[1], -1).sum(axis=2).T
            if keeps:
                kept.append(moments)
        # scoring asks for the same permutations next
        scratch.kept[id(self)] = (rows, kept)
        return out

    def scores(self, rows: Array, choice: Array, scratch: Scratch) -> Array:
        """See ``Route``."""
        owner, kept = scratch.kept.pop(id(self), (None, []))
        kept = kept if owner is rows else []
        out = np.empty((len(rows), self.n_targets))
        for number, part in enumerate(self.parts(rows)):
            targets = None if kept and self.scoring == "pearson" else self.gather(rows[part], scratch)
            if kept:
                chosen = self._chosen(kept[number], choice[part])
            else:
                assert targets is not None
                chosen = self._anew(targets, choice[part], scratch)
            out[part] = self._summed(chosen, targets)
        return out

    def _chosen(self, moments: Array, choice: Array) -> Array:
        """Take the sums (K, 3, B T) of the penalties that were chosen (B, K) from those of all (K, 3, P, B T)."""
        B = len(choice)
        K, _, P, columns = moments.shape
        by_draw = moments.reshape(K, 3, P, B, columns // B)
        out = np.empty((K, 3, B, columns // B))
        for k in range(K):
            out[k] = by_draw[k][:, choice[:, k], np.arange(B)]
        return out.reshape(K, 3, columns)

    def _anew(self, targets: Array, choice: Array, scratch: Scratch) -> Array:
        """Work out the sums (K, 3, B T) of the penalties that were chosen."""
        out = np.zeros((self.folds.n_folds, 3, targets.shape[1] * targets.shape[2]))
        for part in self._rotated(targets, scratch):
            k = part.fold
            by_column = np.repeat(self.shrinkage[choice[:, k], k].T, targets.shape[2], axis=1)
            every = np.ones((1, len(part.z)), self.dtype)
            out[k] = self._moments(part._replace(z=by_column * part.z), every, scratch)[:, 0]
        return out

    def _summed(self, sums: Array, targets: Array | None) -> Array:
        """Scores (B, T) from sums by fold (K, 3, B T); R2 asks for the targets (m, B, T) as well."""
        columns = sums.shape[2]
        B = columns // self.n_targets
        if self.scoring == "pearson":
            by_draw = sums.sum(axis=0).reshape(3, B, self.n_targets).transpose(1, 0, 2)
            return pooled_pearson(by_draw, self.folds.n_rows, self.y_sum, self.y_squares)
        assert targets is not None
        flat = targets.reshape(len(targets), columns)
        moments = np.empty((self.folds.n_folds, 6, columns))
        fold_moments(flat, flat, self.folds.starts, moments)
        moments[:, :3] = sums
        return r2_of_folds(moments, self.folds, np.tile(self.y_sum, B)).reshape(B, self.n_targets)

    def heldout(self, rows: Array, choice: Array) -> Array:
        """See ``Route``."""
        targets = self.Y[rows[0]]
        out = np.zeros((len(targets), self.n_targets), self.dtype)
        for part in self._rotated(targets[:, None], Scratch()):
            k = part.fold
            f = slice(int(self.folds.starts[k]), int(self.folds.starts[k + 1]))
            weights = self.W[k].T @ (self.shrinkage[choice[0, k], k][:, None] * part.z)
            out[f] = (self.U[f] - self.means[k]) @ weights
        return out

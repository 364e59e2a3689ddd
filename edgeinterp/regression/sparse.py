"""Sparse targets (production norms: a feature is named for few concepts) by look-ups in precomputed matrices."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from edgeinterp_kernels.ridge import lookup_pearson, sparse_fold_moments

from .folds import Folds
from .matrix import TABLE_BYTES, gain_table, pair_gains
from .operators import OperatorMaps, fold_norms, heldout_operators
from .precise import Precise, unsure_share
from .targets import (
    Scratch,
    centred,
    fold_factors,
    fold_gains,
    gain_rounding,
    in_target_units,
    least_spread,
    pooled_pearson,
    r2_of_folds,
    target_exponents,
    target_weights,
)

__all__ = ["SparseRoute"]

Array = np.ndarray[Any, Any]


class SparseRoute:
    """Targets in compressed columns; the interface of ``routes.Route``.

    With ``C`` from targets to centred held-out predictions, ``sum(p y) = y'Cy`` and ``sum(p p) = y'C'Cy`` need one
    look-up for each pair of the k nonzero rows. Where folds choose different penalties, or fold by fold sums are
    needed (``r2``), columns of C are added up instead: n k operations.
    """

    def __init__(self, X: Array, Y: Any, folds: Folds, alphas: Array, scoring: str, unit: int = 0) -> None:
        dtype = X.dtype
        self.folds, self.scoring, self.dtype = folds, scoring, dtype
        self.n_targets = Y.shape[1]
        self.exponents = target_exponents(Y)
        self.weights = target_weights(self.exponents, unit)
        self.precise = Precise(Y.tocsr(), folds, scoring, self.exponents, partial(OperatorMaps, X, folds, alphas))
        Y = self.divided(Y)
        self.columns = (Y.indptr.astype(np.int64), Y.indices.astype(np.uint32), Y.data.astype(dtype))
        self.y_sum = np.asarray(Y.sum(axis=0, dtype=np.float64)).ravel()
        n, P, K = folds.n_rows, len(alphas), folds.n_folds
        self.y_squares = np.asarray(Y.multiply(Y).sum(axis=0, dtype=np.float64)).ravel()
        means = self.y_sum / n
        about = Y.multiply(Y) @ self.weights - 2 * (Y @ (self.weights * means))
        self.squares = np.maximum(np.asarray(about, np.float64) + self.weights @ means**2, 0.0)
        self.y_moments = np.array([means, _squares_about(Y, means)])
        self.C, self.scales, self.norms = np.empty((P, n, n), dtype), np.empty(P), np.empty((P, K))
        size = n * n * P * self.dtype.itemsize
        with_looks = scoring == "pearson" and (P == 1 or 2 * size <= TABLE_BYTES)
        self.looks = np.empty((P, n, n, 2), dtype) if with_looks else None
        self.sums = np.empty((P, n), dtype)
        self.table = np.empty((P * K, n * (n + 1) // 2), dtype) if P > 1 and K * size <= 2 * TABLE_BYTES else None
        for p, (C, scale, moved) in enumerate(heldout_operators(X, folds, alphas)):
            self._keep(p, C, scale)
            self.norms[p] = fold_norms(C, folds, moved / np.finfo(dtype).eps)
        if self.table is not None:
            roots = np.sqrt(self.weights)
            self.S = _centred_products(Y.multiply(roots).tocsc(), roots * self.y_sum / n).astype(dtype)

    def divided(self, Y: Any) -> Any:
        """See ``Route``; columns with a zero keep their means, which cannot be large beside what they vary by."""
        out = Y.tocsc(copy=True)
        counts = np.diff(out.indptr)
        out.data[:] = np.ldexp(out.data, -np.repeat(self.exponents, counts))
        for first in out.indptr[:-1][counts == out.shape[0]]:
            column = slice(first, first + out.shape[0])
            out.data[column] = centred(out.data[column])
        return out

    def _keep(self, p: int, C: Array, scale: float) -> None:
        self.C[p], self.scales[p] = C.T, scale
        self.sums[p] = C.sum(axis=0)
        if self.looks is not None:
            self.looks[p, :, :, 0] = 0.5 * (C + C.T)
            self.looks[p, :, :, 1] = C.T @ C
        if self.table is not None:
            K = self.folds.n_folds
            self.table[p * K : (p + 1) * K] = gain_table(scale * C, self.folds)

    def rounding(self, rows: Array) -> Array:
        """See ``Route``."""
        return gain_rounding(self.squares[rows], self.folds, self.norms * self.scales[:, None], self.dtype)

    def gains(self, rows: Array, scratch: Scratch) -> Array:
        """See ``Route``."""
        if self.table is not None:
            return pair_gains(self.table, self.S, rows, len(self.C), scratch)
        out = np.empty((len(rows), len(self.C), self.folds.n_folds))
        for b, place in enumerate(places(rows)):
            for p, C in enumerate(self.C):
                moments = self._moments(C, place, scratch)
                out[b, p] = fold_gains(moments, self.folds, self.y_sum, float(self.scales[p])) @ self.weights
        return out

    def scores(self, rows: Array, choice: Array, scratch: Scratch) -> Array:
        """See ``Route``."""
        out = np.empty((len(rows), self.n_targets))
        where = places(rows)
        alike = np.all(choice == choice[:, :1], axis=1) & (self.looks is not None)
        for p in np.unique(choice[alike, 0]):
            draws = np.flatnonzero(alike & (choice[:, 0] == p))
            out[draws] = self._look_up(int(p), where[draws])
        factors = fold_factors(self.scales, choice, relative=self.scoring == "pearson")
        least = least_spread(self.norms, choice, factors, self.y_squares, self.dtype)
        for b in np.flatnonzero(~alike):
            moments = self._moments(self._mixed(choice[b], factors[b]), where[b], scratch)
            if self.scoring == "r2":
                out[b] = r2_of_folds(moments, self.folds, self.y_sum, self.dtype)
            else:
                sums = moments[:, :3].sum(axis=0)
                y_var = self.y_moments[1]
                out[b] = pooled_pearson(sums, self.folds.n_rows, self.y_sum, y_var, least[b], self.dtype)
        return self.precise.settle(out, rows, choice)

    def heldout(self, rows: Array, choice: Array) -> Array:
        """See ``Route``."""
        from scipy.sparse import csr_array

        pointers, indices, data = self.columns
        # a target in a row, its values where this permutation puts them
        at = places(rows)[0][indices].astype(np.int64)
        permuted = csr_array((data, at, pointers), shape=(self.n_targets, self.folds.n_rows))
        factors = fold_factors(self.scales, choice, relative=False)
        heldout = np.asarray(permuted @ self._mixed(choice[0], factors[0])).T
        return in_target_units(heldout, self.exponents)

    def _look_up(self, p: int, where: Array) -> Array:
        assert self.looks is not None
        out = np.empty((len(where), self.n_targets))
        same = np.full((1, self.folds.n_folds), p)
        least = least_spread(self.norms, same, np.ones(same.shape), self.y_squares, self.dtype)
        y_moments = np.vstack([self.y_moments, least, np.full(self.n_targets, unsure_share(self.dtype))])
        lookup_pearson((self.looks[p], self.sums[p]), where, self.columns, y_moments, out)
        return out

    def _moments(self, C: Array, place: Array, scratch: Scratch) -> Array:
        moments = scratch.take("moments", (self.folds.n_folds, 6, self.n_targets), np.float64)
        sparse_fold_moments(C, place, self.columns, self.folds.starts, moments)
        return moments

    def _mixed(self, choice: Array, factors: Array) -> Array:
        """Transposed operator whose rows follow each fold's own penalty, times the fold's factor."""
        if np.all(choice == choice[0]) and np.all(factors == 1.0):
            return self.C[choice[0]]  # type: ignore[no-any-return]
        out: Array = np.empty_like(self.C[0])
        for k, f in self.folds.slices():
            out[:, f] = factors[k] * self.C[choice[k], :, f]
        return out


def places(rows: Array) -> Array:
    """Inverse of each permutation: where row r of the unpermuted targets stands (B, n)."""
    out = np.empty(rows.shape, np.uint32)
    np.put_along_axis(out, rows, np.arange(rows.shape[1], dtype=np.uint32)[None], axis=1)
    return out


def _squares_about(Y: Any, means: Array) -> Array:
    """Sum of squares of each column about its mean; full columns have had theirs taken, and are 0 if constant."""
    counts = np.diff(Y.indptr)
    column = np.repeat(np.arange(len(counts)), counts)
    values = Y.data.astype(np.float64)
    about = np.bincount(column, np.square(values - means[column]), len(counts))
    return np.asarray(about + (Y.shape[0] - counts) * means**2)


def _centred_products(Y: Any, means: Array) -> Array:
    """``(Y - 1 m') (Y - 1 m')'`` without a dense Y."""
    products = np.ascontiguousarray((Y @ Y.T).todense(), np.float64)
    cross = np.asarray(Y @ means, np.float64)
    centred: Array = products - cross[:, None] - cross[None, :] + means @ means
    return centred

"""Kernels of the permutation ridge: look-ups of permuted targets, and sums over held-out predictions.

Every kernel works on one block of permutations and writes into arrays that the caller reuses, so memory does not grow
with the number of permutations; threads take blocks. Sums run in the dtype of the input over at most one block of rows,
and are accumulated in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import kernel

__all__ = [
    "fold_moments",
    "gather_pairs",
    "lookup_pearson",
    "pack_pairs",
    "pearson_moments",
    "sparse_fold_moments",
    "trace_permutations",
]

Array = np.ndarray[Any, Any]


@kernel
def trace_permutations(permutations: Array, observed: Array, out: Array) -> None:
    """Derive permutations of a subset of the rows from permutations of all rows.

    Row i of the subset receives the first of pi(i), pi(pi(i)), ... that is in the subset. A uniform permutation of all
    rows thus gives a uniform permutation of the subset (rows deleted from its cycles; Kerov, Olshanski & Vershik 2004,
    virtual permutations). Both agree wherever nothing is missing, so targets with different missing rows stay
    dependent.

    Parameters
    ----------
    permutations : ndarray of shape (B, n), int64
        Permutations of all rows.
    observed : ndarray of shape (n,), bool
        The subset.
    out : ndarray of shape (B, n), int64
        Written where ``observed``; unchanged elsewhere.
    """
    for b in range(permutations.shape[0]):
        for i in range(permutations.shape[1]):
            if observed[i]:
                j = permutations[b, i]
                while not observed[j]:
                    j = permutations[b, j]
                out[b, i] = j


def pearson_moments(P: Array, Y: Array, out: Array) -> None:
    """Accumulate, column by column, the sums for the correlation of predictions with targets.

    Parameters
    ----------
    P, Y : ndarray of shape (n, C)
        Predictions and targets of the same type.
    out : ndarray of shape (3, C), float64
        Sum of p y, of p, of p p.
    """
    out[:] = 0.0
    _pearson_moments(P, Y, np.zeros((3, P.shape[1]), P.dtype), out)


@kernel
def _pearson_moments(P: Array, Y: Array, sums: Array, out: Array) -> None:
    n, columns = P.shape
    py, p1, pp = sums[0], sums[1], sums[2]
    for i in range(n):
        for c in range(columns):
            p = P[i, c]
            py[c] += p * Y[i, c]
            p1[c] += p
            pp[c] += p * p
        if i % 64 == 63 or i == n - 1:
            for c in range(columns):
                out[0, c] += py[c]
                out[1, c] += p1[c]
                out[2, c] += pp[c]
                py[c] = 0
                p1[c] = 0
                pp[c] = 0


def fold_moments(P: Array, Y: Array, starts: Array, out: Array) -> None:
    """Sum over the rows of each fold, column by column.

    Targets are taken relative to the first row ``y0`` of the fold, so that a target that is constant there has a sum of
    squares of exactly 0.

    Parameters
    ----------
    P, Y : ndarray of shape (n, C)
        Predictions and targets of the same type, fold after fold.
    starts : ndarray of shape (K + 1,), int64
        Start of each fold.
    out : ndarray of shape (K, 6, C), float64
        Sum of p y, of p, of p p, of y - y0, of its square; y0. Zeros for an empty fold.
    """
    out[:] = 0.0
    _fold_moments(P, Y, starts, np.zeros((5, P.shape[1]), P.dtype), out)


@kernel
def _fold_moments(P: Array, Y: Array, starts: Array, sums: Array, out: Array) -> None:
    columns = P.shape[1]
    for k in range(len(starts) - 1):
        for i in range(starts[k], starts[k + 1]):
            for c in range(columns):
                p, y = P[i, c], Y[i, c]
                from_first = y - Y[starts[k], c]
                sums[0, c] += p * y
                sums[1, c] += p
                sums[2, c] += p * p
                sums[3, c] += from_first
                sums[4, c] += from_first * from_first
            if (i - starts[k]) % 64 == 63 or i == starts[k + 1] - 1:
                for q in range(5):
                    for c in range(columns):
                        out[k, q, c] += sums[q, c]
                        sums[q, c] = 0
        if starts[k] < starts[k + 1]:
            for c in range(columns):
                out[k, 5, c] = Y[starts[k], c]


@kernel
def gather_pairs(S: Array, rows: Array, first: int, last: int, out: Array) -> None:
    """Lay out the lower triangle of a permuted S: ``S[rows[b, i], rows[b, j]]``, ``j <= i``, ``first <= i < last``.

    Parameters
    ----------
    S : ndarray of shape (n, n)
        Symmetric.
    rows : ndarray of shape (B, m), uint32
        Row numbers for each permutation; unsigned, which saves the test for negative indices (2.5 times faster).
    first, last : int
        Rows of the triangle.
    out : ndarray of shape (B, at least the number of pairs)
        Written row after row.
    """
    for b in range(rows.shape[0]):
        at = 0
        index = rows[b]
        for i in range(first, last):
            source, line = S[index[i]], out[b, at : at + i + 1]
            for j in range(len(line)):
                line[j] = source[index[j]]
            at += i + 1


@kernel
def pack_pairs(half: Array, out: Array) -> None:
    """Return the weights of pairs in a quadratic form: ``sum_ij (E + E')_ij S_ij`` over ``j <= i`` only.

    Parameters
    ----------
    half : ndarray of shape (n, n)
        E, not symmetric in general.
    out : ndarray of shape (n (n + 1) / 2,)
        ``2 (E + E')`` below the diagonal, ``2 E`` on it; row after row.
    """
    at = 0
    for i in range(half.shape[0]):
        for j in range(i):
            out[at] = 2 * (half[i, j] + half[j, i])
            at += 1
        out[at] = 2 * half[i, i]
        at += 1


def lookup_pearson(
    operator: tuple[Array, Array], places: Array, targets: tuple[Array, Array, Array], y_moments: Array, out: Array
) -> None:
    """Correlate predictions with sparse targets by k (k + 1) / 2 look-ups for a target with k nonzero rows.

    ``sum(p y) = sum_ij v_i v_j C_ij`` and ``sum(p p) = sum_ij v_i v_j (C'C)_ij`` over the nonzero rows, so no
    prediction is formed.

    Parameters
    ----------
    operator : tuple of ndarrays of shape (n, n, 2) and (n,)
        ``(C + C') / 2`` and ``C'C``, interleaved, so that one look-up finds both; column sums of C.
    places : ndarray of shape (B, N), uint32
        Position of row r of the unpermuted targets in permutation b; unsigned, as in ``gather_pairs``.
    targets : tuple of ndarrays (pointers, indices, data)
        The targets, compressed by column (N rows, T columns).
    y_moments : ndarray of shape (4, T), float64
        Mean of each target over the n rows, sum of squares about it, least sum of squares of predictions about their
        mean that is no rounding, and the same as a share of what they add up.
    out : ndarray of shape (B, T), float64
        Correlation over all rows; 0 where a target is constant, NaN where predictions vary less than rounding may.
    """
    _lookup_pearson(*operator, places, *targets, y_moments, out)


@kernel
def _lookup_pearson(
    table: Array,
    sums: Array,
    places: Array,
    pointers: Array,
    indices: Array,
    data: Array,
    y_moments: Array,
    out: Array,
) -> None:
    n = table.shape[0]
    for b in range(places.shape[0]):
        place = places[b]
        for t in range(len(pointers) - 1):
            py, p1, pp, alone = 0.0, 0.0, 0.0, 0.0
            for a in range(pointers[t], pointers[t + 1]):
                i, v = place[indices[a]], data[a]
                row = table[i]
                cross, gram = 0.0, 0.0
                for c in range(pointers[t], a):
                    j, w = place[indices[c]], data[c]
                    cross += w * row[j, 0]
                    gram += w * row[j, 1]
                py += v * (2.0 * cross + v * row[i, 0])
                pp += v * (2.0 * gram + v * row[i, 1])
                p1 += v * sums[i]
                alone += v * v * row[i, 1]
            p_var, y_var = pp - p1 * p1 / n, y_moments[1, t]
            if y_var == 0.0:
                out[b, t] = 0.0
            elif p_var > y_moments[2, t] and p_var > y_moments[3, t] * (alone + pp):
                out[b, t] = (py - p1 * y_moments[0, t]) / np.sqrt(p_var * y_var)
            else:
                out[b, t] = np.nan


def sparse_fold_moments(
    columns: Array, place: Array, targets: tuple[Array, Array, Array], starts: Array, out: Array
) -> None:
    """``fold_moments`` for sparse targets, one target at a time, for one permutation.

    Parameters
    ----------
    columns : ndarray of shape (n, n)
        *Columns* of the operator in rows (its transpose), so that memory is read in order.
    place : ndarray of shape (N,), uint32
        Position of row r of the unpermuted targets.
    targets : tuple of ndarrays (pointers, indices, data)
        The targets, compressed by column (N rows, T columns).
    starts : ndarray of shape (K + 1,), int64
        Start of each fold.
    out : ndarray of shape (K, 6, T), float64
        As ``fold_moments``.
    """
    out[:] = 0.0
    _sparse_fold_moments(columns, place, *targets, starts, np.empty((2, len(columns)), columns.dtype), out)


@kernel
def _sparse_fold_moments(
    columns: Array,
    place: Array,
    pointers: Array,
    indices: Array,
    data: Array,
    starts: Array,
    rows: Array,
    out: Array,
) -> None:
    n = columns.shape[0]
    p, y = rows[0], rows[1]
    for t in range(len(pointers) - 1):
        for i in range(n):
            p[i] = 0
            y[i] = 0
        for a in range(pointers[t], pointers[t + 1]):
            column, v = columns[place[indices[a]]], data[a]
            y[place[indices[a]]] = v
            for i in range(n):
                p[i] += v * column[i]
        for k in range(len(starts) - 1):
            if starts[k] == starts[k + 1]:
                continue
            py, p1, pp, y1, yy = 0.0, 0.0, 0.0, 0.0, 0.0
            first = y[starts[k]]
            for i in range(starts[k], starts[k + 1]):
                py += p[i] * y[i]
                p1 += p[i]
                pp += p[i] * p[i]
                y1 += y[i] - first
                yy += (y[i] - first) * (y[i] - first)
            out[k, 0, t], out[k, 1, t], out[k, 2, t] = py, p1, pp
            out[k, 3, t], out[k, 4, t], out[k, 5, t] = y1, yy, first

"""Kernels of rank metrics: the order of features in predicted rows, and retrieval of a row's own concept."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._jit import contiguous, helper, kernel

__all__ = ["nearer_candidates", "precision_rows", "spearman_rows"]

Array = np.ndarray[Any, Any]


@helper
def _average_ranks(values: Array, row: int, order: Array, count: int, out: Array, which: int) -> None:
    """Rank the first ``count`` values of a row in the given order, from 0; ties share the mean of their ranks.

    The caller sorts, because numba takes longer to compile a sort than NumPy to run it.
    """
    first = 0
    for last in range(1, count + 1):
        if last == count or values[row, order[which, row, last]] != values[row, order[which, row, first]]:
            for i in range(first, last):
                out[which, order[which, row, i]] = 0.5 * (first + last - 1)
            first = last


def spearman_rows(P: Array, Y: Array, orders: Array, out: Array) -> None:
    """Return the rank correlation of each row of predictions with its row of targets.

    Parameters
    ----------
    P, Y : ndarray of shape (n, T)
        Predictions and targets of the same type; NaN in both leaves that feature out of that row.
    orders : ndarray of shape (2, n, T), int64
        Sorting indices of each row of P and of Y, NaN last.
    out : ndarray of shape (n,), float64
        0 where predictions are constant; NaN where targets are constant or fewer than 2.
    """
    P, Y = contiguous(P, P.dtype), contiguous(Y, P.dtype)
    _spearman_rows(P, Y, contiguous(orders, np.int64), np.empty((2, P.shape[1])), out)


@kernel
def _spearman_rows(P: Array, Y: Array, orders: Array, ranks: Array, out: Array) -> None:
    T = P.shape[1]
    for i in range(P.shape[0]):
        m = T
        while m > 0 and np.isnan(P[i, orders[0, i, m - 1]]):
            m -= 1
        _average_ranks(P, i, orders, m, ranks, 0)
        _average_ranks(Y, i, orders, m, ranks, 1)
        middle = 0.5 * (m - 1)
        cross, p_squares, y_squares = 0.0, 0.0, 0.0
        for place in range(m):
            t = orders[0, i, place]
            a, b = ranks[0, t] - middle, ranks[1, t] - middle
            cross += a * b
            p_squares += a * a
            y_squares += b * b
        if y_squares == 0:
            out[i] = np.nan
        else:
            out[i] = cross / np.sqrt(p_squares * y_squares) if p_squares > 0 else 0.0


def precision_rows(P: Array, Y: Array, ordered: Array, out: Array) -> None:
    """Return the share of a row's k gold features (nonzero targets) among its k largest predictions.

    Features tied with the k-th largest prediction share the remaining places: the expectation over all ways to break
    the tie, so the order of features does not matter.

    Parameters
    ----------
    P, Y : ndarray of shape (n, T)
        Predictions and targets; NaN in both leaves that feature out of that row.
    ordered : ndarray of shape (n, T)
        Each row of P sorted, NaN last.
    out : ndarray of shape (n,), float64
        NaN for a row without gold features.
    """
    _precision_rows(*(contiguous(rows, P.dtype) for rows in (P, Y, ordered)), out)


@kernel
def _precision_rows(P: Array, Y: Array, ordered: Array, out: Array) -> None:
    T = P.shape[1]
    for i in range(P.shape[0]):
        m, k = 0, 0
        for t in range(T):
            if not np.isnan(P[i, t]):
                k += Y[i, t] != 0
                m += 1
        if k == 0:
            out[i] = np.nan
            continue
        threshold = ordered[i, m - k]
        above, found, tied, tied_gold = 0, 0, 0, 0
        for t in range(T):
            if P[i, t] > threshold:
                above += 1
                found += Y[i, t] != 0
            elif P[i, t] == threshold:
                tied += 1
                tied_gold += Y[i, t] != 0
        out[i] = (found + tied_gold * (k - above) / tied) / k


@kernel
def nearer_candidates(similarity: Array, first: int, tolerance: float, out: Array) -> None:
    """Count candidates nearer to a prediction than its own concept, and those equally near.

    Parameters
    ----------
    similarity : ndarray of shape (rows, n)
        Row i belongs to concept ``first + i``; columns are candidates, all concepts.
    first : int
        Concept of the first row.
    tolerance : float
        Similarities this close are equal.
    out : ndarray of shape (rows, 2), int64
        Nearer and equally near candidates (without the concept itself).
    """
    for i in range(similarity.shape[0]):
        own = similarity[i, first + i]
        nearer, tied = 0, 0
        for j in range(similarity.shape[1]):
            nearer += similarity[i, j] > own + tolerance
            tied += abs(similarity[i, j] - own) <= tolerance
        out[i, 0], out[i, 1] = nearer, tied - 1

"""Differences between two attention maps of one text, row by row."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ._jit import contiguous, helper, kernel

__all__ = ["attention_differences"]

_HALF_PER_BIT = 0.5 / math.log(2.0)


# below this ratio of difference to sum, the series is exact to 1e-11 of its value
_CLOSE = 0.25


@helper
def _term(p: float, q: float) -> float:
    """Return p ln(2p / (p + q)) + q ln(2q / (p + q)) of two shares that are not both 0.

    With d = (p - q) / (p + q) it is (p + q) / 2 times the even series of d^2k / (k (2k - 1)). Between builds of one
    model d is small nearly everywhere: the series needs no logarithm, and nothing cancels in it.
    """
    whole = p + q
    d = (p - q) / whole
    if abs(d) < _CLOSE:
        s = d * d
        tail = 1.0 / 28.0 + s * (1.0 / 45.0 + s * (1.0 / 66.0 + s * (1.0 / 91.0 + s / 120.0)))
        return 0.5 * whole * s * (1.0 + s * (1.0 / 6.0 + s * (1.0 / 15.0 + s * tail)))
    total = 0.0
    if p > 0.0:
        total += p * math.log(1.0 + d)
    if q > 0.0:
        total += q * math.log(1.0 - d)
    return total


@kernel
def _attention_differences(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    rows: NDArray[np.int64],
    divergence: NDArray[np.float64],
    agree: NDArray[np.bool_],
) -> None:
    for head in range(first.shape[0]):
        for place in range(rows.size):
            row = rows[place]
            total = 0.0
            best_p = best_q = np.float32(-1.0)
            at_p = at_q = 0
            for key in range(first.shape[2]):
                p = first[head, row, key]
                q = second[head, row, key]
                if p > best_p:
                    best_p = p
                    at_p = key
                if q > best_q:
                    best_q = q
                    at_q = key
                if p != q:
                    total += _term(np.float64(p), np.float64(q))
            divergence[head, place] = min(max(total * _HALF_PER_BIT, 0.0), 1.0)
            agree[head, place] = at_p == at_q


def attention_differences(
    first: NDArray[np.float32], second: NDArray[np.float32], rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    r"""Return the Jensen-Shannon divergence of each row of two attention maps, and whether the same key comes first.

    .. math:: JS(p, q) = \tfrac12 \sum_j p_j \log_2 \frac{2 p_j}{p_j + q_j} + \tfrac12 \sum_j q_j \log_2
              \frac{2 q_j}{p_j + q_j}

    (Lin 1991), in bits: 0 for equal rows, 1 for rows without a common key. A key that neither row attends to adds
    nothing.

    Parameters
    ----------
    first, second : ndarray of float32, shape (heads, tokens, tokens)
        Attention of queries (rows) to keys (columns); rows sum to 1.
    rows : ndarray of int64, shape (rows,)
        Queries to compare.

    Returns
    -------
    divergence : ndarray of float64, shape (heads, rows)
        Between 0 and 1, clipped where rows do not exactly sum to 1.
    agree : ndarray of bool, shape (heads, rows)
        Whether the most attended key is the same (ties: the first).
    """
    shape = (first.shape[0], rows.size)
    divergence, agree = np.empty(shape), np.empty(shape, dtype=np.bool_)
    maps = contiguous(first, np.float32), contiguous(second, np.float32)
    _attention_differences(*maps, contiguous(rows, np.int64), divergence, agree)
    return divergence, agree

"""Influence of replaced tokens: change of hidden states, and ranks that make row-wise Spearman a product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._jit import contiguous, kernel

__all__ = ["cosine_change", "standardised_ranks"]


@kernel
def _cosine_change(
    original: NDArray[np.float32], changed: NDArray[np.float32], weight: float, out: NDArray[np.float64]
) -> None:
    copies, size, width = changed.shape
    for i in range(size):
        square = 0.0
        for k in range(width):
            square += np.float64(original[i, k]) * np.float64(original[i, k])
        own = 1.0 / np.sqrt(square) if square > 0.0 else 0.0
        for c in range(copies):
            square = 0.0
            for k in range(width):
                square += np.float64(changed[c, i, k]) * np.float64(changed[c, i, k])
            other = 1.0 / np.sqrt(square) if square > 0.0 else 0.0
            if own == 0.0 or other == 0.0:
                out[i, c] += weight * np.float64(own != other)
                continue
            apart = 0.0
            for k in range(width):
                difference = np.float64(original[i, k]) * own - np.float64(changed[c, i, k]) * other
                apart += difference * difference
            out[i, c] += weight * 0.5 * apart


def cosine_change(
    original: NDArray[np.float32],
    changed: NDArray[np.float32],
    out: NDArray[np.float64] | None = None,
    weight: float = 1.0,
) -> NDArray[np.float64]:
    r"""Measure the change of each position's hidden state in each changed copy of a text.

    .. math:: I_{ic} = 1 - \cos(h_i, h^{(c)}_i) = \tfrac12 \lVert \hat h_i - \hat h^{(c)}_i \rVert^2

    The second form, summed in double precision, keeps small changes that the first one rounds away.

    Parameters
    ----------
    original : ndarray of float32, shape (n, d)
        Hidden states of the text.
    changed : ndarray of float32, shape (copies, n, d)
        Hidden states of its copies, at the same positions.
    out : ndarray of float64, shape (n, copies), C order, optional
        ``weight`` times the change is added to it.
    weight : float
        Weight, for means over several draws.

    Returns
    -------
    ndarray of float64, shape (n, copies)
        0 where both states are 0, 1 where one of them is.
    """
    if out is None:
        out = np.zeros((original.shape[0], changed.shape[0]))
    _cosine_change(contiguous(original, np.float32), contiguous(changed, np.float32), float(weight), out)
    return out


@kernel
def _standardised_ranks(values: NDArray[np.float64], allowed: NDArray[np.bool_], out: NDArray[np.float64]) -> None:
    maps, size, columns = values.shape
    for m in range(maps):
        for i in range(size):
            count = 0
            for a in range(columns):
                count += allowed[i, a]
            middle = 0.5 * (count - 1)
            squares = 0.0
            for a in range(columns):
                if not allowed[i, a]:
                    continue
                rank = -0.5 - middle
                for b in range(columns):
                    if allowed[i, b]:
                        if values[m, i, b] < values[m, i, a]:
                            rank += 1.0
                        elif values[m, i, b] == values[m, i, a]:
                            rank += 0.5
                out[m, i, a] = rank
                squares += rank * rank
            if squares > 0.0:
                scale = 1.0 / np.sqrt(squares)
                for a in range(columns):
                    out[m, i, a] *= scale


def standardised_ranks(values: NDArray[np.floating], allowed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Rank each row's values among its allowed columns; centre the ranks and scale them to length 1.

    The sum of products of two such rows is Spearman's rank correlation over the allowed columns (ties share the mean
    of their ranks).

    Parameters
    ----------
    values : ndarray, shape (maps, n, columns)
        Without NaN.
    allowed : ndarray of bool, shape (n, columns)
        True where a column counts in a row.

    Returns
    -------
    ndarray of float64, shape (maps, n, columns)
        0 where a column is not allowed, and in the whole row where all values are equal.
    """
    out = np.zeros(values.shape)
    _standardised_ranks(contiguous(values, np.float64), contiguous(allowed, np.bool_), out)
    return out

"""Sizes of the parts that a sum is made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._jit import contiguous, kernel

__all__ = ["part_sizes"]


@kernel
def _part_sizes(parts: NDArray[np.float32], wholes: NDArray[np.float64], out: NDArray[np.float64]) -> None:
    columns, rows, width = parts.shape
    for i in range(rows):
        for j in range(columns):
            square, rest, product = 0.0, 0.0, 0.0
            for k in range(width):
                part, whole = np.float64(parts[j, i, k]), wholes[i, k]
                square += part * part
                rest += abs(whole - part)
                product += part * whole
            out[i, j, 0] = np.sqrt(square)
            out[i, j, 1] = rest
            out[i, j, 2] = product


def part_sizes(parts: NDArray[np.float32], wholes: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Return the length of each part, what is left of the whole without it, and its product with the whole.

    .. math:: \lVert R_{ij} \rVert_2, \qquad \lVert y_i - R_{ij} \rVert_1, \qquad R_{ij} \cdot y_i

    Parameters
    ----------
    parts : ndarray of float32, shape (columns, rows, d)
        R, column by column.
    wholes : ndarray, shape (rows, d)
        y.

    Returns
    -------
    ndarray of float64, shape (rows, columns, 3)
    """
    out = np.empty((parts.shape[1], parts.shape[0], 3))
    _part_sizes(contiguous(parts, np.float32), contiguous(wholes, np.float64), out)
    return out

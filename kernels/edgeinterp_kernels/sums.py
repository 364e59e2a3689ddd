"""Sums of rows by where they belong."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._jit import contiguous, kernel

__all__ = ["add_rows"]


@kernel
def _add_rows(sums: NDArray[np.float32], slots: NDArray[np.int64], rows: NDArray[np.float32]) -> None:
    for i in range(slots.size):
        # read once: numba cannot know that ``sums`` and ``slots`` do not overlap
        slot = slots[i]
        if slot >= 0:
            for j in range(rows.shape[1]):
                sums[slot, j] += rows[i, j]


def add_rows(sums: NDArray[np.float32], slots: NDArray[np.int64], rows: NDArray[np.float32]) -> None:
    """Add each row to the sum of its slot, in place; rows of a slot below 0 are left out.

    Parameters
    ----------
    sums : ndarray of float32, shape (slots, width), C-contiguous
        What is added to.
    slots : ndarray of int64, shape (rows,)
        The slot of each row.
    rows : ndarray of float32, shape (rows, width)

    Raises
    ------
    ValueError
        If sizes do not fit together or a slot is beyond the last.
    """
    if rows.shape != (slots.size, sums.shape[1]) or slots.max(initial=-1) >= len(sums):
        raise ValueError(f"rows {rows.shape} for {slots.size} slots up to {slots.max(initial=-1)} of sums {sums.shape}")
    if sums.dtype != np.float32 or not sums.flags.c_contiguous:
        raise ValueError(f"sums: {sums.dtype}, expected float32 in C order")
    _add_rows(sums, contiguous(slots, np.int64), contiguous(rows, np.float32))

"""Attention that a caller gives as arrays: each row must be a distribution over tokens, or readings mean nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runtime.arguments import real_array

__all__ = ["checked_attention", "rows_without_attention"]

Array = NDArray[Any]

# how far from 1 a row may sum: what rounding to bfloat16 takes off the values of a softmax is below .004
TOLERANCE = 0.01
# what arithmetic in single precision may leave below 0
BELOW_ZERO = -1e-6
REMEDY = "give what softmax returns, or divide each row by its sum"


def checked_attention(name: str, given: Any, of: str = "") -> Array:
    """Return attention as an array; rows of padding may be 0 where nothing attends to them.

    Parameters
    ----------
    name : str
        What the user calls the argument.
    given : array_like, shape (L, H, n, n) or (L, n, n)
        Shapes are judged by the caller, by what it knows; here the last axis is that of the tokens attended to.
    of : str
        Begins the place in messages, such as ``"text 3, "``.

    Raises
    ------
    InputError
        Naming layer, head and row, and what was found there: a value that is not finite or below 0, a sum that is not
        1 (logits, weights that are not normalised, 8 bits that were not scaled back).
    """
    maps = real_array(name, given)
    if maps.ndim < 3 or 0 in maps.shape:
        return maps
    infinite: Any = ~np.isfinite(maps).all(axis=-1)
    if infinite.any():
        raise InputError(f"{name}: {of}{_place(infinite)} has values that are not finite")
    low = maps.min(axis=-1)
    below: NDArray[np.bool_] = low < BELOW_ZERO
    if below.any():
        raise InputError(f"{name}: {of}{_place(below)} has {low[below][0]:.4g}, expected no value below 0; {REMEDY}")
    sums = maps.sum(axis=-1, dtype=np.float64)
    odd = (np.abs(sums - 1.0) > TOLERANCE) & ~_padding(maps)
    if odd.any():
        raise InputError(f"{name}: {of}{_place(odd)} sums to {sums[odd][0]:.4g}, expected 1; {REMEDY}")
    return maps


def rows_without_attention(maps: Array) -> NDArray[np.bool_]:
    """Return which rows (n,) are 0 in any layer or head, as those of padding are; maps (L, H, n, n)."""
    found: NDArray[np.bool_] = (maps == 0).all(axis=-1).any(axis=(0, 1))
    return found


def _padding(maps: Array) -> NDArray[np.bool_]:
    """Return the rows that attend to nothing and that nothing attends to."""
    padding: NDArray[np.bool_] = (maps == 0).all(axis=-1)
    if padding.any() and maps.shape[-1] == maps.shape[-2]:
        padding &= (maps == 0).all(axis=-2)
    return padding


def _place(odd: NDArray[np.bool_]) -> str:
    """Name the first row that is odd: layers and heads from 1, rows as positions in the text."""
    layer, *head, row = np.argwhere(odd)[0].tolist()
    return f"layer {layer + 1}, {f'head {head[0] + 1}, ' if head else ''}row {row}"

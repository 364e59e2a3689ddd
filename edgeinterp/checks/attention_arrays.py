"""Validate attention arrays from a caller: each row must be a distribution over tokens."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runtime.arguments import real_array

__all__ = ["checked_attention", "rows_without_attention"]

Array = NDArray[Any]

# largest deviation of a row's sum from 1: rounding a softmax to bfloat16 changes it by less than .004
TOLERANCE = 0.01
# most that single precision arithmetic may fall below 0
BELOW_ZERO = -1e-6
REMEDY = "give softmax weights, or divide each row by its sum"


def checked_attention(name: str, given: Any, of: str = "") -> Array:
    """Return attention as an array; rows of padding may be 0 where nothing attends to them.

    Parameters
    ----------
    name : str
        Name of the argument in messages.
    given : array_like, shape (L, H, n, n) or (L, n, n)
        The caller checks the shape; here only the last axis, over the keys, matters.
    of : str
        Start of the location in messages, such as ``"text 3, "``.

    Raises
    ------
    InputError
        Names layer, head and row, and the fault: a value that is not finite or is below 0, a sum that is not 1 (logits,
        weights that are not normalised, 8-bit values that were not scaled back).
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
    """Tell which rows (n,) are 0 in any layer or head, as rows of padding are; maps (L, H, n, n)."""
    found: NDArray[np.bool_] = (maps == 0).all(axis=-1).any(axis=(0, 1))
    return found


def _padding(maps: Array) -> NDArray[np.bool_]:
    """Return the rows that attend to nothing and that nothing attends to."""
    padding: NDArray[np.bool_] = (maps == 0).all(axis=-1)
    if padding.any() and maps.shape[-1] == maps.shape[-2]:
        padding &= (maps == 0).all(axis=-2)
    return padding


def _place(odd: NDArray[np.bool_]) -> str:
    """Name the first invalid row: layers and heads from 1, rows as positions in the text."""
    layer, *head, row = np.argwhere(odd)[0].tolist()
    return f"layer {layer + 1}, {f'head {head[0] + 1}, ' if head else ''}row {row}"

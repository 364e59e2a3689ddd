"""Choices keyed by (seed, content): a text's half, its place in the order, the tokens to swap.

Nothing here depends on a text's position in a file, so results do not either.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..runtime.arguments import seed_number, whole_array

__all__ = ["content_key", "half", "in_half_of_fit", "swap_positions", "text_digest"]

_MASK = (1 << 64) - 1


def text_digest(text: str) -> str:
    """Return the hash of a text that results name it by."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def content_key(token_ids: ArrayLike, seed: int = 0) -> int:
    """Return a 64-bit hash of the seed and a text's token ids (special tokens included).

    Parameters
    ----------
    token_ids : array_like of int, shape (tokens,)
        The model's input ids, without padding.
    seed : int
        The run's seed.

    Returns
    -------
    int
        0 .. 2**64 - 1.
    """
    found = np.asarray(token_ids)
    if found.dtype.kind not in "iu":
        found = whole_array("token_ids", token_ids)
    data = found.astype("<i8", copy=False).tobytes()
    digest = hashlib.blake2b(data, digest_size=8, key=seed_number("seed", seed).to_bytes(8, "little", signed=True))
    return int.from_bytes(digest.digest(), "little")


def half(token_ids: ArrayLike, seed: int = 0) -> int:
    """Return the half that a text falls into: 0 is the fit half, 1 the evaluation half.

    It is the low bit of ``content_key``, so duplicates stay together and the order of texts does not matter.

    Examples
    --------
    >>> import edgeinterp as ei
    >>> ei.half([101, 7592, 102], 0) == ei.half([101, 7592, 102], 0)
    True
    """
    return content_key(token_ids, seed) & 1


def in_half_of_fit(key: int) -> bool:
    """Tell whether a text of the fit half belongs to the part of it that measures ``rise``."""
    return not (key >> 1) & 1


def swap_positions(token_ids: ArrayLike, special_tokens_mask: ArrayLike, seed: int = 0) -> tuple[int, int] | None:
    """Choose, by hash, two tokens of a text to swap in the ``swap`` control.

    Parameters
    ----------
    token_ids : array_like of int, shape (tokens,)
        The text's ids.
    special_tokens_mask : array_like of bool, shape (tokens,)
        True where a token is special.
    seed : int
        The run's seed.

    Returns
    -------
    tuple of int or None
        Two indices, the smaller first, of tokens that are not special, have different ids and stand at least 2
        positions apart; None where the text has no such pair.
    """
    ids: NDArray[np.int64] = np.asarray(token_ids, dtype=np.int64)
    free = np.flatnonzero(~np.asarray(special_tokens_mask, dtype=bool))
    first, second = np.meshgrid(free, free, indexing="ij")
    allowed = (second - first >= 2) & (ids[first] != ids[second])
    pairs = np.stack([first[allowed], second[allowed]], axis=1)
    if not len(pairs):
        return None
    # a different word of the hash from those that choose half and order
    word = int.from_bytes(
        hashlib.blake2b(content_key(ids, seed).to_bytes(8, "little"), digest_size=8).digest(), "little"
    )
    i, j = pairs[word % len(pairs)]
    return int(i), int(j)

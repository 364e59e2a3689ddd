"""Split token ids of concatenated texts into texts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..runtime.arguments import flags, whole_array

__all__ = ["flat_texts"]


def flat_texts(
    token_ids: ArrayLike, lengths: ArrayLike, special_tokens_mask: ArrayLike | None
) -> list[tuple[NDArray[np.int64], NDArray[np.bool_]]]:
    """Return ids and special tokens of each text.

    Raises
    ------
    InputError
        Where lengths do not sum to the number of tokens, or the mask has another shape.
    """
    ids, sizes = whole_array("token_ids", token_ids), whole_array("lengths", lengths)
    special = np.zeros(ids.shape, dtype=bool)
    if special_tokens_mask is not None:
        special = flags("special_tokens_mask", special_tokens_mask)
    if int(sizes.sum()) != ids.size:
        raise InputError(f"lengths: add up to {int(sizes.sum())}, expected the {ids.size} tokens of token_ids")
    if special.shape != ids.shape:
        raise InputError(f"special_tokens_mask: shape {special.shape}, expected {ids.shape}")
    ends = np.cumsum(sizes)[:-1]
    return list(zip(np.split(ids, ends), np.split(special, ends), strict=True)) if sizes.size else []

"""Sample texts for ``influence``, and make their copies with replaced tokens, from plain token ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...model.activations import EncodedText
from ...runtime.arguments import random_number, whole_number
from ..flat_texts import flat_texts
from .sample import SampledText, replaced_by, sample

__all__ = ["ReplacedCopies", "replaced_copies"]


@dataclass(frozen=True)
class ReplacedCopies:
    """One text to run, and its copies, in the form that ``influence`` takes.

    Attributes
    ----------
    text : int
        Index of the text among ``lengths``.
    group : int
        Texts with the same number exchange their influence: an entry of ``groups``.
    positions : ndarray of int64, shape (P,)
        Replaced position of each copy.
    token_ids : ndarray of int64, shape (draws, P, tokens of the text)
        Token ids of the copies; hidden states of shape (L + 1, draws, P, tokens, d) are an entry of
        ``replaced_hidden_states``.
    """

    text: int
    group: int
    positions: NDArray[np.int64]
    token_ids: NDArray[np.int64]


def replaced_copies(
    token_ids: ArrayLike, lengths: ArrayLike, special_tokens_mask: ArrayLike | None = None, *,
    mask_token_id: int | None = None, random_state: Any = 0,
) -> list[ReplacedCopies]:  # fmt: skip
    """Sample texts as ``edgeinterp check`` does, and return the copies in which one token each is replaced.

    At most 24 texts, 8 positions each, the same in all texts of a group. ``edgeinterp check`` first cuts texts to 32
    tokens: each further token adds a row to every copy.

    Parameters
    ----------
    token_ids, lengths, special_tokens_mask
        As in ``influence``.
    mask_token_id : int, optional
        Replacement for tokens, in a model trained with it; by default tokens of the sampled texts, in 2 draws.
    random_state : int, NumPy generator or None
        Key of the sample.

    Returns
    -------
    list of ReplacedCopies

    Raises
    ------
    InputError
        Where shapes disagree, or no text has 8 tokens that are not special.

    Examples
    --------
    >>> import edgeinterp as ei
    >>> first, *others = ei.replaced_copies(list(range(300)), [10] * 30)
    >>> len(others), first.token_ids.shape
    (23, (2, 8, 10))
    """
    encoded = [
        EncodedText(ids.astype(np.int32), None, special, False, f"{number:012d}")
        for number, (ids, special) in enumerate(flat_texts(token_ids, lengths, special_tokens_mask))
    ]
    chosen = sample(encoded, random_number("random_state", random_state))
    mask = None if mask_token_id is None else whole_number("mask_token_id", mask_token_id, 0)
    with_what = replaced_by(mask, [part.text for part in chosen])

    def copies(part: SampledText) -> NDArray[np.int64]:
        rows = [copy.ids for copy in with_what.copies(part)]
        return np.array(rows, dtype=np.int64).reshape(with_what.draws, len(part.positions), -1)

    return [ReplacedCopies(int(part.text.text), part.bin, part.positions, copies(part)) for part in chosen]

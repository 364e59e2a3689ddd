"""A text as a model is given it, and what a batch of texts gave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Activations", "EncodedText", "Step", "packed"]

Integers = NDArray[np.int32]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EncodedText:
    """A text as the model is given it.

    ``ids`` and ``type_ids`` have shape (tokens,), special tokens included; ``special`` is True for those, and for what
    the tokenizer does not know. None stands for token types that are all 0, as they are but for pairs of texts.
    """

    ids: Integers
    type_ids: Integers | None
    special: NDArray[np.bool_]
    truncated: bool
    text: str


@dataclass(frozen=True)
class Activations:
    """What one batch gave, packed without padding.

    Attributes
    ----------
    hidden_states : list of ndarray, each of shape (tokens, d)
        The hidden states asked for, in that order, one text after the other.
    attentions : list of list of ndarray
        By attention layer asked for and text: (heads, tokens, tokens).
    token_ids, special_tokens_mask : ndarray, shape (tokens,)
    lengths : ndarray, shape (texts,)
    texts : list of int
        Index of each text in the list that was run.
    """

    hidden_states: list[Floats]
    attentions: list[list[Floats]]
    token_ids: Integers
    special_tokens_mask: NDArray[np.bool_]
    lengths: NDArray[np.int64]
    texts: list[int]


@dataclass(frozen=True)
class Step:
    """What a decoder gives for one more token.

    Attributes
    ----------
    token_id : int
    hidden_states : ndarray, shape (L + 1, d)
        Of this token.
    attentions : list of ndarray, each of shape (heads, tokens so far)
        Its attention to itself and to every token before it, by attention layer.
    logits : ndarray, shape (ids,), or None
        For the next token, where the model folder has a head for it.
    """

    token_id: int
    hidden_states: Floats
    attentions: list[Floats]
    logits: Floats | None


def packed(texts: list[EncodedText], group: list[int], outputs: list[list[Floats]], hidden_states: int) -> Activations:
    """Pack what passes over one or more of the texts each returned, without their padding."""
    sizes = [text.ids.size for text in texts]
    # by text: all that a pass returned, and its row
    rows = [(one, row) for one in outputs for row in range(len(one[0]))]
    states = [
        _joined([one[place][row, :size] for (one, row), size in zip(rows, sizes, strict=True)])
        for place in range(hidden_states)
    ]
    attentions = [
        [one[place][row, :, :size, :size] for (one, row), size in zip(rows, sizes, strict=True)]
        for place in range(hidden_states, len(outputs[0]))
    ]
    return Activations(
        states,
        attentions,
        np.concatenate([text.ids for text in texts]),
        np.concatenate([text.special for text in texts]),
        np.array(sizes, dtype=np.int64),
        group,
    )


def _joined(parts: list[Floats]) -> Floats:
    """Return rows one after the other; of one text a view of what onnxruntime returned."""
    return parts[0] if len(parts) == 1 else np.concatenate(parts)

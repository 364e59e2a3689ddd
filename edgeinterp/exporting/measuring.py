"""Measure a model's properties from its outputs, so that nothing is guessed from names in its configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = ["SAMPLE_LENGTH", "Measured", "is_causal", "max_positions", "refuse_odd_shapes", "same_beside"]

SAMPLE_LENGTH = 6
# far below the effect of convolutions, far above rounding
PADDING_TOLERANCE = 1e-4
_POSITION_KEYS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "max_sequence_length", "seq_length")

Arrays = Sequence[NDArray[np.float32]]


@dataclass(frozen=True)
class Measured:
    """Counts and properties found by forward passes, named as in the manifest."""

    layers: int
    heads: int
    hidden_size: int
    causal: bool
    padding_neutral: bool
    max_positions: int | None
    decoder_layers: int = 0

    @property
    def cross_attentions(self) -> list[str]:
        """Names of the attentions that a decoder pays to the text."""
        return [f"cross_attentions.{index}" for index in range(self.decoder_layers)]

    @property
    def outputs(self) -> list[str]:
        """The graph's outputs, in order."""
        hidden = [f"hidden_states.{index}" for index in range(self.layers + 1)]
        return hidden + [f"attentions.{index}" for index in range(self.layers)]


def refuse_odd_shapes(name: str, hidden: Arrays, attentions: Arrays) -> None:
    """Refuse a model whose readings do not have one hidden state more than attentions, all of one shape.

    Parameters
    ----------
    name : str
        Start of the message.
    hidden, attentions : sequences of arrays
        The answer to one text of ``SAMPLE_LENGTH`` tokens; an attention that is missing is an empty array.

    Raises
    ------
    InputError
        The message says what the architecture returned.
    """
    if not hidden or not attentions:
        kind = "attentions" if hidden else "hidden states"
        raise InputError(f"{name} returns no {kind}, so there is nothing to read")
    if len(hidden) != len(attentions) + 1:
        raise InputError(f"{name} returns {len(hidden)} hidden states for {len(attentions)} attentions, not one more")
    for index, part in enumerate(attentions):
        if part.ndim != 4 or part.shape[0] != 1 or part.shape[2:] != (SAMPLE_LENGTH, SAMPLE_LENGTH):
            raise InputError(f"{name} returns no attention between all tokens in layer {index + 1}")
    for index, part in enumerate(hidden):
        if part.shape != (1, SAMPLE_LENGTH, hidden[0].shape[-1]):
            raise InputError(f"{name} returns hidden state {index} of another shape than hidden state 0")


def is_causal(hidden: Arrays, other_last_token: Arrays) -> bool:
    """Tell whether a different last token leaves every earlier hidden state unchanged."""
    return all(
        bool(np.abs(first[0, :-1] - second[0, :-1]).max() <= 1e-5 * np.abs(first).max())
        for first, second in zip(hidden, other_last_token, strict=True)
    )


def same_beside(alone: Arrays, padded: Arrays) -> bool:
    """Tell whether right padding in a batch leaves a text's hidden states unchanged.

    Convolutions over tokens (ConvBERT, MobileBERT) reach into the padding, whatever the mask says.

    Parameters
    ----------
    alone : sequence of arrays, each of shape (1, tokens, d)
    padded : sequence of arrays, each of shape (texts, at least tokens, d)
        The same text in row 0.
    """
    return all(
        bool(np.abs(first[0] - second[0, : first.shape[1]]).max() <= PADDING_TOLERANCE * np.abs(first).max())
        for first, second in zip(alone, padded, strict=True)
    )


def max_positions(config: Any, lookups: Iterable[tuple[list[int], int]]) -> int | None:
    """Return the longest input, by the configuration and the tables of positions.

    A table of positions is recognised by being read in order, one row per token. RoBERTa and its kin start at row
    ``padding_idx + 1``, so the configuration's number is too large by that much.

    Parameters
    ----------
    config : transformers configuration
    lookups : iterable of (rows, size)
        Every embedding look-up of a forward pass over one text of tokens in no order.
    """
    said = [value for key in _POSITION_KEYS if isinstance(value := getattr(config, key, None), int) and value > 0]
    limits = said[:1]
    for rows, size in lookups:
        if rows == list(range(rows[0], rows[0] + SAMPLE_LENGTH)):
            limits.append(size - rows[0])
    return min(limits, default=None)

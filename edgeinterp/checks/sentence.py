"""Measure one sentence for display: its attention, readings of it, and its influence with every token replaced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..model.activations import EncodedText
from ..model.model import Model
from ..reading.of_text import with_rolled_up
from ..results.influence.result import SentenceView, Span
from ..statistics.content import content_key
from .influence.sample import Replacement, SampledText
from .influence.sample import replacement as chosen_replacement
from .influence.texts import influence_matrices
from .text_readings import further_readings, maps_of

__all__ = ["LONGEST_SHOWN", "longest_shown", "sentence_view", "view_of"]

LONGEST_SHOWN = 24
# number of attention values that a page still loads quickly
_MOST_NUMBERS = 60_000


def longest_shown(model: Model, most_numbers: int = _MOST_NUMBERS, longest: int = LONGEST_SHOWN) -> int:
    """Return the most tokens of a displayed sentence: 24, fewer for models with many heads."""
    maps = model.manifest.layers * model.manifest.heads
    return int(min(longest, max(8, (most_numbers / maps) ** 0.5)))


def sentence_view(
    model: Model,
    text: str,
    spans: Sequence[tuple[str, int, int]] = (),
    *,
    seed: int = 0,
    batch: int | None = None,
    replacement: Replacement | None = None,
) -> SentenceView:
    """Return attention, its readings and influence of one sentence, token by token.

    Parameters
    ----------
    model : Model
    text : str
        Longer sentences are cut to ``longest_shown`` tokens.
    spans : sequence of (str, int, int)
        Tokens to mark: reason, first and last (included), as token indices with special tokens counted.
    seed : int
        Key of random tokens, where the model has no mask token.
    batch : int, optional
        Most copies in a forward pass.
    replacement : Replacement, optional
        Replacement for tokens; by default drawn from the sentence itself (``influence.sample.replacement``).

    Returns
    -------
    SentenceView
        Rounded: attention and readings to 3 decimals, influence to 3 digits.

    Raises
    ------
    InputError
        Where the sentence has fewer than two tokens that are not special, or a span lies outside of it.
    """
    (encoded,) = model.encode([text], longest_shown(model))
    for name, first, last in spans:
        if not 0 <= first <= last < encoded.ids.size:
            raise InputError(f"span {name!r}: tokens {first} to {last}, the sentence has 0 to {encoded.ids.size - 1}")
    marked = [Span(name, first, last) for name, first, last in spans]
    return view_of(model, encoded, marked, seed, batch, replacement)


def view_of(
    model: Model,
    encoded: EncodedText,
    spans: list[Span],
    seed: int,
    batch: int | None,
    replacement: Replacement | None,
) -> SentenceView:
    """Return the view of a tokenized sentence of suitable length."""
    from edgeinterp_kernels.attention import rollout

    free = np.flatnonzero(~encoded.special)
    if free.size < 2:
        raise InputError("the sentence has fewer than 2 tokens that are not special; nothing can be shown")
    replacement = replacement or chosen_replacement(model, [encoded])
    sampled = SampledText(content_key(encoded.ids, seed), 0, encoded, free)
    layers = range(1, model.manifest.layers + 1)
    (plain,) = list(model.activations([encoded], layers, layers))
    attention = np.stack([maps[0] for maps in plain.attentions])
    copies = replacement.copies(sampled)
    changed: list[Any] = [
        np.concatenate([rows.reshape(-1, encoded.ids.size, rows.shape[-1]) for rows in found])
        for found in zip(
            *(part.hidden_states for part in model.activations(copies, layers, batch=batch or len(copies))),
            strict=True,
        )
    ]
    measured = influence_matrices(plain.hidden_states, changed, replacement.draws)
    names = further_readings(model)
    maps = with_rolled_up(maps_of(model, encoded, names)) if names else {}
    return SentenceView(
        tokens=model.token_strings(encoded.ids.tolist()),
        special=encoded.special.tolist(),
        attention=np.round(attention.astype(np.float64), 3).tolist(),
        influence=[_whole_rows(matrix, free, encoded.ids.size, model.manifest.causal) for matrix in measured],
        rollout=np.round(rollout(attention), 3).tolist(),
        spans=spans,
        readings={key: np.round(found, 3).tolist() for key, found in maps.items()},
    )


def _whole_rows(
    matrix: NDArray[np.float64], columns: NDArray[np.intp], size: int, causal: bool
) -> list[list[float | None]]:
    """Return (n, n) with None where nothing was replaced, and where a causal model cannot see."""
    rows: list[list[float | None]] = [[None] * size for _ in range(size)]
    for i in range(size):
        for place, j in enumerate(columns):
            if not causal or j <= i:
                rows[i][int(j)] = float(f"{matrix[i, place]:.3g}")
    return rows

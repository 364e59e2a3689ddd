"""Locate the two words of a pair among a sentence's tokens, and choose two other places like them, twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...inputs.pairs import Pairs
from ...inputs.templates import Placed, Template
from ...model.activations import EncodedText
from ...model.concepts import located
from ...model.model import Model

__all__ = ["Sentence", "Span", "alone", "other_places", "sentences"]

Span = tuple[int, int]

# choices of places where several fit equally well: both, each as a rival

# most tokens by which the distance between the other places may differ from that between the words
MOST_SHIFT = 2
# sentences tokenized at a time, so that memory does not grow with pairs x templates
BLOCK = 2048


@dataclass(frozen=True)
class Sentence:
    """A pair in one template, or in its own text.

    Attributes
    ----------
    pair, template : int
        Their indices.
    encoded : EncodedText
    spans : tuple of two (int, int)
        First token of word1 and of word2, and one past the last.
    elsewhere : tuple of two (Span, Span), or None
        The spans of two other places, the earlier and the later choice; None where there is no room for them.
    reason : str
        Reason for which the words cannot be found, or empty.
    """

    pair: int
    template: int
    encoded: EncodedText
    spans: tuple[Span, Span]
    elsewhere: tuple[tuple[Span, Span], tuple[Span, Span]] | None
    reason: str


def sentences(
    model: Model, pairs: Pairs, rows: Sequence[int], templates: Sequence[Template], max_tokens: int
) -> Iterator[list[Sentence]]:
    """Yield the pairs ``rows`` in every template, pair by pair, in blocks."""
    jobs = [(row, number) for row in rows for number in range(len(templates))]
    unknown = model.unknown_id
    for start in range(0, len(jobs), BLOCK):
        some = jobs[start : start + BLOCK]
        placed = [templates[number].placed(pairs, row) for row, number in some]
        texts = [one.text for one in placed]
        encoded, spans = model.encode(texts, max_tokens), model.token_spans(texts, max_tokens)
        yield [
            _sentence(row, number, (pairs.word1[row], pairs.word2[row]), one, text, own, unknown)
            for (row, number), one, text, own in zip(some, placed, encoded, spans, strict=True)
        ]


def alone(sentence: Sentence, place: int) -> EncodedText:
    """Return word1 (0) or word2 (1) of a sentence given to the model alone: its tokens there, between the special ones.

    So a word has the tokens that it has inside a sentence, whatever the tokenizer makes of one that stands alone.
    """
    encoded, (first, last) = sentence.encoded, sentence.spans[place]
    inner = np.flatnonzero(~encoded.special)
    before, after = int(inner[0]), int(inner[-1]) + 1
    kept = np.r_[0:before, first:last, after : encoded.ids.size]
    types = None if encoded.type_ids is None else encoded.type_ids[kept]
    special = np.ones(kept.size, dtype=bool)
    special[before : before + last - first] = False
    return EncodedText(encoded.ids[kept], types, special, False, "")


def _sentence(
    pair: int, template: int, words: tuple[str, str], placed: Placed, encoded: EncodedText,
    spans: NDArray[np.int32], unknown: int | None,
) -> Sentence:  # fmt: skip
    nowhere = Sentence(pair, template, encoded, ((0, 0), (0, 0)), None, placed.reason)
    if placed.reason:
        return nowhere
    found: list[Span] = []
    for word, (start, _) in zip(words, (placed.one, placed.other), strict=True):
        context = located(pair, word, start, encoded, spans, unknown)
        if context.reason:
            return replace(nowhere, reason=f"{word!r}: {context.reason}")
        inside = np.flatnonzero(context.inside)
        if np.ptp(inside) >= inside.size:
            return replace(nowhere, reason=f"{word!r}: a token that stands for a space alone lies between its tokens")
        found.append((int(inside[0]), int(inside[-1]) + 1))
    one, other = found
    if max(one[0], other[0]) < min(one[1], other[1]):
        return Sentence(pair, template, encoded, (one, other), None, "both words share a token")
    free = ~encoded.special
    for first, last in found:
        free[first:last] = False
    return Sentence(pair, template, encoded, (one, other), other_places(free.tobytes(), one, other), "")


@lru_cache(maxsize=4096)
def other_places(free: bytes, one: Span, other: Span) -> tuple[tuple[Span, Span], tuple[Span, Span]] | None:
    """Choose two places of the same lengths and order that touch neither word nor a special token; twice.

    Of all candidates, the distance between the places must be nearest to that between the words; then the places must
    be nearest to the words. Several candidates may tie, on either side of the words. The first and the last in the
    sentence are returned, since neither is better; they coincide where there is room on one side only. None where the
    distance would differ by more than two tokens.

    Parameters
    ----------
    free : bytes
        One byte per token: 1 where it may be used.
    one, other : (int, int)
        Tokens of word1 and of word2, one past the last.

    Examples
    --------
    >>> other_places(bytes([0, 1, 1, 0, 1, 1, 0, 1, 1, 0]), (3, 4), (6, 7))
    (((2, 3), (5, 6)), ((4, 5), (7, 8)))
    """
    usable = np.frombuffer(free, dtype=np.uint8).astype(bool)
    sizes = (one[1] - one[0], other[1] - other[0])
    starts = [
        [i for i in range(len(usable) - size + 1) if usable[i : i + size].all()] for size in sizes
    ]  # fmt: skip
    ahead = one[0] < other[0]
    fitting: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for i in starts[0]:
        for j in starts[1]:
            apart = i + sizes[0] <= j if ahead else j + sizes[1] <= i
            if apart:
                cost = (abs((j - i) - (other[0] - one[0])), abs(i - one[0]) + abs(j - other[0]))
                fitting.setdefault(cost, []).append((i, j))
    if not fitting or min(fitting)[0] > MOST_SHIFT:
        return None
    (a, b), (c, d) = min(fitting[min(fitting)]), max(fitting[min(fitting)])
    return ((a, a + sizes[0]), (b, b + sizes[1])), ((c, c + sizes[0]), (d, d + sizes[1]))

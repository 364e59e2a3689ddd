"""Features of the rivals of ``relations`` that need no attention: the words, their similarity, their surface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .features import ColumnRows, Rows, standardised_rows, weightings
from .passes import stacked, states_of

__all__ = ["cosine_columns", "similarity_rows", "spelling_columns", "surface_rows", "word_rows"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]
Words = Sequence[tuple[str, str]]
States = Mapping[str, Any]

# identities of more words would say little more, and cost memory and time
MOST_IDENTITIES = 512
# words whose states are summed at a time
WORDS = 256


def word_rows(words: Words, states: States, folds: NDArray[np.int64]) -> list[Rows]:
    """Describe each pair by which words it has and their hidden states 0: what the words alone give away.

    A word that stands in one fold only cannot help there: its identity is left out. Of the others the 512 most frequent
    are used, for word1 and word2 each. Identities of word1 and of word2, hidden states of word1 and of word2 are four
    blocks of columns, in every weighting (``weightings``).
    """
    rows = _WordRows(words, states, [_known(words, place, folds) for place in (0, 1)])
    return weightings(rows, rows.parts)


def _known(words: Words, place: int, folds: NDArray[np.int64]) -> dict[str, int]:
    """Give numbers to the most frequent words of several folds."""
    seen: dict[str, int] = {}
    several: Counter[str] = Counter()
    for pair, fold in zip(words, folds.tolist(), strict=True):
        if seen.setdefault(pair[place], fold) != fold:
            several[pair[place]] = 0
    if several:
        several.update(pair[place] for pair in words if pair[place] in several)
    known = sorted(several, key=lambda word: (-several[word], word))[:MOST_IDENTITIES]
    return {word: number for number, word in enumerate(known)}


class _WordRows:
    """Identities of word1 and of word2, hidden states of word1 and of word2."""

    def __init__(self, words: Words, states: States, known: list[dict[str, int]]) -> None:
        self._words, self._states, self._known = words, states, known
        size = states_of(states)[1]
        edges = np.cumsum([0, *map(len, known), size, size]).tolist()
        self.parts = [slice(start, end) for start, end in pairwise(edges) if start < end]
        self.shape = (len(words), edges[-1])

    def block(self, first: int, last: int) -> Doubles:
        """See ``Rows``."""
        some = [self._words[i] for i in range(first, last)]
        out = np.zeros((len(some), self.shape[1]))
        offset = 0
        for place, known in enumerate(self._known):
            for i, pair in enumerate(some):
                number = known.get(pair[place])
                if number is not None:
                    out[i, offset + number] = 1.0
            offset += len(known)
        size = (self.shape[1] - offset) // 2
        for place in (0, 1):
            out[:, offset : offset + size] = stacked(self._states, [pair[place] for pair in some])[:, 0]
            offset += size
        return out


def similarity_rows(words: Words, states: States) -> list[Rows]:
    """Describe each pair by cosine, difference and product of the words' hidden states 0: three blocks of columns.

    Hidden states lose their mean over the words first: otherwise what all of them share decides the cosine. The blocks
    are given in every weighting (``weightings``).
    """
    rows = _SimilarityRows(words, states)
    return weightings(rows, [slice(0, 1), slice(1, 1 + rows.size), slice(1 + rows.size, None)])


class _SimilarityRows:
    """Cosine, difference and product of centred hidden states 0."""

    def __init__(self, words: Words, states: States) -> None:
        self._words, self._states = words, states
        self._mean = _mean(words, states)
        self.size = self._mean.shape[1]
        self.shape = (len(words), 1 + 2 * self.size)

    def block(self, first: int, last: int) -> Doubles:
        """See ``Rows``."""
        one, other = _both(self._words[first:last], self._states, self._mean)
        return np.concatenate([_cosine(one, other)[:, :1], (one - other)[:, 0], (one * other)[:, 0]], axis=1)


def cosine_columns(words: Words, states: States) -> Doubles:
    """Return the cosine of each pair at every hidden state (n, states); states lose their mean over the words first."""
    mean = _mean(words, states)
    step = max(1, WORDS // len(mean))
    blocks = (_both(words[i : i + step], states, mean) for i in range(0, len(words), step))
    return np.concatenate([_cosine(*both) for both in blocks])


def _mean(words: Words, states: States) -> Doubles:
    """Mean of each hidden state over the words (states, d), each word once."""
    # in an order that does not differ from process to process
    known = sorted({word for pair in words for word in pair})
    step = max(1, WORDS // states_of(states)[0])
    parts = (stacked(states, known[i : i + step]).sum(axis=0) for i in range(0, len(known), step))
    return np.asarray(np.sum(list(parts), axis=0) / len(known))


def _both(words: Words, states: States, mean: Doubles) -> tuple[Doubles, Doubles]:
    """Centred hidden states of word1 and of word2 (n, states, d)."""
    one, other = (stacked(states, [pair[place] for pair in words]) - mean for place in (0, 1))
    return one, other


def _cosine(one: Doubles, other: Doubles) -> Doubles:
    norms = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    cosine: Doubles = np.sum(one * other, axis=-1) / np.where(norms > 0.0, norms, 1.0)
    return cosine


def surface_rows(words: Words | None, surface: Array | None) -> Rows:
    """Describe each pair by features without a model, each with a deviation of 1."""
    parts = [] if surface is None else [np.asarray(surface, dtype=np.float64)]
    if words is not None:
        parts.append(spelling_columns(words))
    return standardised_rows(ColumnRows(np.concatenate(parts, axis=1)))[0]


def spelling_columns(words: Words) -> Doubles:
    """Return lengths in characters, their absolute difference, and the overlap (Dice) of letter bigrams (n, 4)."""
    out = np.empty((len(words), 4))
    for i in range(len(words)):
        first, second = words[i]
        one, other = (Counter(map("".join, pairwise(f"^{word.casefold()}$"))) for word in (first, second))
        shared = sum((one & other).values())
        dice = 2.0 * shared / (sum(one.values()) + sum(other.values()))
        out[i] = len(first), len(second), abs(len(first) - len(second)), dice
    return out

"""Features of the rivals of ``relations`` that need no attention: the words, their similarity, their surface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .features import ColumnRows, Rows, by_part, standardised_rows
from .passes import WordStates

__all__ = ["similarity_rows", "spelling_columns", "surface_rows", "word_rows"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]
Words = Sequence[tuple[str, str]]
States = Mapping[str, Any]

# identities of more words would say little more, and cost memory and time
MOST_IDENTITIES = 512
# words whose states are summed at a time
WORDS = 256


def word_rows(words: Words, states: States, folds: NDArray[np.int64]) -> Rows:
    """Describe each pair by the identities of its words and their hidden states 0: the information in the words alone.

    The identity of a word that occurs in one fold only cannot help, and is left out. Of the others the 512 most
    frequent are used, for word1 and word2 each. Identities of word1 and of word2, hidden states of word1 and of word2
    are four blocks of equal variance.
    """
    rows = _WordRows(words, states, [_known(words, place, folds) for place in (0, 1)])
    return by_part(rows, rows.parts)


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
        size = _stacked(states, words[0][:1]).shape[1]
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
            out[:, offset : offset + size] = _stacked(self._states, [pair[place] for pair in some])
            offset += size
        return out


def similarity_rows(words: Words, states: States) -> Rows:
    """Describe each pair by cosine, difference and product of the words' hidden states 0, blocks of equal variance.

    Hidden states are first centred over the words: otherwise their common part decides the cosine.
    """
    rows = _SimilarityRows(words, states)
    return by_part(rows, [slice(0, 1), slice(1, 1 + rows.size), slice(1 + rows.size, None)])


class _SimilarityRows:
    """Cosine, difference and product of centred hidden states."""

    def __init__(self, words: Words, states: States) -> None:
        self._words, self._states = words, states
        # in an order that does not differ between processes
        known = sorted({word for pair in words for word in pair})
        parts = (_stacked(states, known[i : i + WORDS]).sum(axis=0) for i in range(0, len(known), WORDS))
        self._mean = np.sum(list(parts), axis=0) / len(known)
        self.size = len(self._mean)
        self.shape = (len(words), 1 + 2 * self.size)

    def block(self, first: int, last: int) -> Doubles:
        """See ``Rows``."""
        some = [self._words[i] for i in range(first, last)]
        one, other = (
            _stacked(self._states, [pair[place] for pair in some]) - self._mean for place in (0, 1)
        )  # fmt: skip
        norms = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
        cosine = np.sum(one * other, axis=1) / np.where(norms > 0.0, norms, 1.0)
        return np.concatenate([cosine[:, None], one - other, one * other], axis=1)


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


def _stacked(states: Mapping[str, Any], words: Sequence[str]) -> NDArray[np.float64]:
    """Return the states of several words (words, d) in float64."""
    if isinstance(states, WordStates):
        return states.many(words)
    return np.stack([np.asarray(states[word], dtype=np.float64) for word in words])

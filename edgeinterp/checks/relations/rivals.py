"""Features of the rivals of ``relations`` that need no attention: the words, their similarity, their surface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .features import CONSTANT, ColumnRows, Rows, standardised_rows, weightings
from .passes import stacked, state_of, states_of

__all__ = ["cosine_columns", "similarity_rows", "spelling_columns", "state_rows", "surface_rows", "word_rows"]

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


def state_rows(words: Words, states: States) -> Iterator[Rows]:
    """Describe each pair by its words' hidden states, one hidden state after the other but 0, which ``word_rows`` has.

    With the logarithms of their lengths: how common or general a word is may show in these alone. Every column has a
    deviation of 1: a few huge activations would hide all else.
    """
    for state in range(1, states_of(states)[0]):
        yield standardised_rows(_WithLengths(_WordRows(words, states, [{}, {}], state)))[0]


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
    """Identities of word1 and of word2, and of both one hidden state."""

    def __init__(self, words: Words, states: States, known: list[dict[str, int]], state: int = 0) -> None:
        self._words, self._states, self._known, self._state = words, states, known, state
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
            out[:, offset : offset + size] = state_of(self._states, [pair[place] for pair in some], self._state)
            offset += size
        return out


class _WithLengths:
    """Hidden states of word1 and of word2, and the logarithm of the length of each."""

    def __init__(self, rows: _WordRows) -> None:
        self._rows = rows
        self.shape = (rows.shape[0], rows.shape[1] + 2)

    def block(self, first: int, last: int) -> Doubles:
        """See ``Rows``."""
        both = self._rows.block(first, last)
        squares = np.square(both).reshape(len(both), 2, -1).sum(axis=2)
        return np.concatenate([both, 0.5 * np.log(np.where(squares > 0.0, squares, 1.0))], axis=1)


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
    """Return the cosine of each pair at every hidden state, then with dimensions at a deviation of 1 (n, 2 states).

    States lose their mean over the words first. A few huge activations would decide the cosine of states as they are.
    """
    mean = _mean(words, states)
    deviation = np.sqrt(_mean(words, states, mean))
    scale = np.where(deviation > CONSTANT * np.abs(mean), deviation, np.inf)
    step = max(1, WORDS // len(mean))
    blocks = (_both(words[i : i + step], states, mean) for i in range(0, len(words), step))
    return np.concatenate([
        np.concatenate([_cosine(one, other), _cosine(one / scale, other / scale)], axis=1) for one, other in blocks
    ])  # fmt: skip


def _mean(words: Words, states: States, less: Doubles | None = None) -> Doubles:
    """Mean of each hidden state over the words (states, d), each word once; or of its squares less ``less``."""
    # in an order that does not differ from process to process
    known = sorted({word for pair in words for word in pair})
    step = max(1, WORDS // states_of(states)[0])
    parts = (stacked(states, known[i : i + step]) for i in range(0, len(known), step))
    sums = [(part if less is None else np.square(part - less)).sum(axis=0) for part in parts]
    return np.asarray(np.sum(sums, axis=0) / len(known))


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

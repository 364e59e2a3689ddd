"""Hidden states of every word given to the model alone, kept where they do not grow with words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...runtime.spool import Spool

__all__ = ["WordStates", "stacked", "states_of"]

Doubles = NDArray[np.float64]


class WordStates(Mapping[str, NDArray[np.float64]]):
    """Hidden states (L + 1, d) of each word, from a pass of its own."""

    def __init__(self, words: Sequence[str], shape: tuple[int, int]) -> None:
        self._numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
        self._rows = Spool(len(self._numbers), shape)

    def put(self, word: str, states: Any) -> None:
        """Keep the hidden states of one word."""
        self._rows.put(self._numbers[word], states)

    def many(self, words: Sequence[str]) -> Doubles:
        """Return the states of several words (words, L + 1, d)."""
        return self._rows.rows([self._numbers[word] for word in words]).astype(np.float64)

    def __getitem__(self, word: str) -> Doubles:
        return np.asarray(self.many([word])[0])

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


def stacked(states: Mapping[str, Any], words: Sequence[str]) -> Doubles:
    """Return the hidden states of several words (words, states, d) in float64."""
    if isinstance(states, WordStates):
        return states.many(words)
    return np.stack([np.atleast_2d(np.asarray(states[word], dtype=np.float64)) for word in words])


def states_of(states: Mapping[str, Any] | None) -> tuple[int, int]:
    """Return how many hidden states there are of each word, and of what width; (0, 0) without any."""
    first = next(iter(states or ()), None)
    if states is None or first is None:
        return 0, 0
    count, width = stacked(states, [first]).shape[1:]
    return count, width

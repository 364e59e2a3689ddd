"""Mean hidden state 0 of every word, in a spool, so that memory does not grow with words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...runtime.spool import Spool

__all__ = ["WordStates", "stacked"]

Array = NDArray[Any]


class WordStates(Mapping[str, NDArray[np.float64]]):
    """Mean hidden state 0 (d,) of each word, from sums over the sentences in which it occurs."""

    def __init__(self, words: list[str], width: int) -> None:
        self._numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
        self.sums = Spool(len(self._numbers), (width,), np.float64)
        self.counts = np.zeros(len(self._numbers), dtype=np.int64)

    def add(self, word: str, state: Array) -> None:
        """Add one sentence."""
        number = self._numbers[word]
        self.sums.add(number, state)
        self.counts[number] += 1

    def many(self, words: Sequence[str]) -> NDArray[np.float64]:
        """Return the states of several words (words, d)."""
        numbers = np.array([self._numbers[word] for word in words])
        return np.asarray(self.sums.rows(numbers) / self.counts[numbers][:, None])

    def __getitem__(self, word: str) -> NDArray[np.float64]:
        return np.asarray(self.many([word])[0])

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


def stacked(states: Mapping[str, Any], words: Sequence[str]) -> NDArray[np.float64]:
    """Return the states of several words (words, d) in float64."""
    if isinstance(states, WordStates):
        return states.many(words)
    return np.stack([np.asarray(states[word], dtype=np.float64) for word in words])

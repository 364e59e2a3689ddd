"""Results of the passes of ``relations`` over one model, kept in ``Spool`` so that memory does not grow with pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...results.relations.controls import PLACES
from ...runtime.spool import Spool
from .features import Attention

__all__ = ["Passes", "WordStates"]

Array = NDArray[Any]


class WordStates(Mapping[str, NDArray[np.float64]]):
    """Mean hidden state 0 (d,) of each word, from sums over the sentences in which it stands."""

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


class Passes:
    """Results of the real model's passes, by row of the plan.

    Attributes
    ----------
    own : Spool
        Attention between the words, a row (2, L, H) for each pair and template.
    elsewhere : dict of str to Spool
        By choice of places.
    surface : ndarray of shape (n, 6)
    states : WordStates
    two_sided : int
        Number of sentences in which the earlier and the later places differ.
    """

    def __init__(self, n: int, templates: int, shape: tuple[int, ...], states: WordStates) -> None:
        self.templates, self.states = templates, states
        self.own = Spool(n * templates, shape)
        self.elsewhere = {name: Spool(n * templates, shape) for name in PLACES}
        self.surface = np.zeros((n, 6))
        self.two_sided = 0

    def count_sides(self, before: object, after: object) -> None:
        """Count a sentence whose earlier and later places differ."""
        self.two_sided += before != after

    def features(self) -> Attention:
        """Return attention between the words."""
        return Attention(self.own, self.templates)

    def places(self) -> dict[str, Attention] | Attention:
        """Return attention elsewhere: where no sentence has two choices of places, once and without a name."""
        found = {name: Attention(part, self.templates) for name, part in self.elsewhere.items()}
        return found if self.two_sided else found[PLACES[0]]

    def _spools(self) -> dict[str, Spool]:
        return {"own": self.own, "states": self.states.sums, **self.elsewhere}

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Yield everything as named arrays, for ``filled``."""
        for name, spool in self._spools().items():
            yield from ((f"{name}.{first}", rows) for first, rows in spool.arrays())
        yield "surface", self.surface
        yield "counts", self.states.counts
        yield "two_sided", np.array(self.two_sided)

    def filled(self, arrays: Iterable[tuple[str, Array]]) -> Passes:
        """Take what ``arrays`` gave, and return this, which was empty."""
        for name, array in arrays:
            own, _, first = name.partition(".")
            if name == "two_sided":
                self.two_sided = int(array)
            elif name in ("surface", "counts"):
                (self.surface if name == "surface" else self.states.counts)[:] = array
            else:
                self._spools()[own].filled([(first, array)])
        return self

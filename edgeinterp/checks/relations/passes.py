"""Results of the passes of ``relations`` over one model, kept in ``Spool`` so that memory does not grow with pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...inputs.pairs import Pairs
from ...inputs.templates import Template
from ...model.activations import EncodedText
from ...results.relations.controls import PLACES
from ...results.relations.result import PairLeftOut
from ...runtime.spool import Spool
from ..missing import Missing
from .features import Attention

__all__ = ["PairPasses", "Passes", "Plan", "WordStates", "stacked", "state_of", "states_of"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]


# words that are read at a time
WORDS = 256


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

    def at(self, words: Sequence[str], state: int) -> Doubles:
        """Return one hidden state of several words (words, d)."""
        numbers = [self._numbers[word] for word in words]
        # every state of a word is read with it
        parts = (self._rows.rows(numbers[i : i + WORDS])[:, state] for i in range(0, len(numbers), WORDS))
        return np.concatenate([np.empty((0, self._rows.shape[2])), *parts])

    def __getitem__(self, word: str) -> Doubles:
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
    states : Spool or None
        The last hidden states of both words in the sentence, a row (2, d) for each pair and template, where ``width``
        is not 0.
    surface : ndarray of shape (n, 6)
    two_sided : int
        Number of sentences in which the earlier and the later places differ.
    """

    def __init__(self, n: int, templates: int, shape: tuple[int, ...], width: int = 0) -> None:
        self.templates = templates
        self.states = Spool(n * templates, (2, width)) if width else None
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
        states = {} if self.states is None else {"states": self.states}
        return {"own": self.own, **self.elsewhere, **states}

    def mean_states(self) -> Doubles | None:
        """Return the last hidden states of both words, the mean over templates (n, 2, d)."""
        if self.states is None:
            return None
        rows = self.states.rows(np.arange(self.states.shape[0]))
        return np.asarray(rows.reshape(-1, self.templates, *rows.shape[1:]).mean(axis=1, dtype=np.float64))

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Yield everything as named arrays, for ``filled``."""
        for name, spool in self._spools().items():
            yield from ((f"{name}.{first}", rows) for first, rows in spool.arrays())
        yield "surface", self.surface
        yield "two_sided", np.array(self.two_sided)

    def filled(self, arrays: Iterable[tuple[str, Array]]) -> Passes:
        """Take what ``arrays`` gave, and return this, which was empty."""
        for name, array in arrays:
            own, _, first = name.partition(".")
            if name == "two_sided":
                self.two_sided = int(array)
            elif name == "surface":
                self.surface[:] = array
            else:
                self._spools()[own].filled([(first, array)])
        return self


@dataclass
class Plan:
    """Pairs to measure, and their templates."""

    pairs: Pairs
    templates: list[Template]
    rows: list[int]
    left_out: list[PairLeftOut]
    # reason for which there is no `elsewhere`
    no_room: Missing | None
    # every word as the model is given it alone
    alone: dict[str, EncodedText]


@dataclass
class PairPasses:
    """What the model gives of pairs of words, for ``relations`` and ``hybrid``."""

    plan: Plan
    own: Passes
    states: WordStates | None
    # attention of random models, kept once it was made
    random: list[Attention]

    @property
    def elsewhere(self) -> dict[str, Attention] | Attention | Missing:
        """Attention between other places, or why there is none."""
        return self.plan.no_room or self.own.places()

    @property
    def pairs(self) -> Pairs:
        """Pairs that were measured."""
        return self.plan.pairs.part(self.plan.rows)

    @property
    def words(self) -> list[tuple[str, str]]:
        """Their words."""
        return list(zip(self.pairs.word1, self.pairs.word2, strict=True))


def stacked(states: Mapping[str, Any], words: Sequence[str]) -> Doubles:
    """Return the hidden states of several words (words, states, d) in float64."""
    if isinstance(states, WordStates):
        return states.many(words)
    return np.stack([np.atleast_2d(np.asarray(states[word], dtype=np.float64)) for word in words])


def state_of(states: Mapping[str, Any], words: Sequence[str], state: int) -> Doubles:
    """Return one hidden state of several words (words, d) in float64."""
    if isinstance(states, WordStates):
        return states.at(words, state)
    return np.stack([np.atleast_2d(states[word])[state] for word in words]).astype(np.float64)


def states_of(states: Mapping[str, Any] | None) -> tuple[int, int]:
    """Return how many hidden states there are of each word, and of what width; (0, 0) without any."""
    first = next(iter(states or ()), None)
    if states is None or first is None:
        return 0, 0
    count, width = stacked(states, [first]).shape[1:]
    return count, width

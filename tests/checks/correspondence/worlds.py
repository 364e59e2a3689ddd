"""Invented activations in which the answer is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgeinterp import SwappedText, half, swap_positions

Floats = NDArray[np.float64]
# (references, token ids, positions) -> hidden states of one layer
Layer = Callable[[Floats, NDArray[np.int64], NDArray[np.int64]], Floats]


@dataclass
class World:
    """Texts of random tokens with an embedding per token and a vector per position, as in BERT.

    ``layers`` make the hidden states 1..L; hidden state 0 is made by ``embed``.
    """

    layers: list[Layer]
    texts: int = 120
    dimension: int = 24
    vocabulary: int = 400
    shortest: int = 9
    longest: int = 24
    position_weight: float = 1.0
    special: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        self.embedding = rng.normal(size=(self.vocabulary, self.dimension))
        self.places = self.position_weight * rng.normal(size=(self.longest, self.dimension))
        self.lengths = rng.integers(self.shortest, self.longest + 1, self.texts)
        # frequent and rare tokens, as in language; 0 and 1 are special
        weights = 1.0 / np.arange(1, self.vocabulary - 1)
        self.ids = rng.choice(np.arange(2, self.vocabulary), self.lengths.sum(), p=weights / weights.sum())
        self.starts = np.concatenate([[0], np.cumsum(self.lengths)[:-1]])
        self.mask = np.zeros(self.ids.size, dtype=bool)
        if self.special:
            ends = self.starts + self.lengths - 1
            self.ids[self.starts], self.ids[ends] = 0, 1
            self.mask[self.starts] = self.mask[ends] = True

    def embed(self, ids: NDArray[np.int64], positions: NDArray[np.int64]) -> Floats:
        states: Floats = self.embedding[ids] + self.places[positions]
        return states

    def states(self, ids: NDArray[np.int64], positions: NDArray[np.int64]) -> Floats:
        """Hidden states 0..L of some tokens."""
        references = self.embed(ids, positions)
        return np.stack([references] + [layer(references, ids, positions) for layer in self.layers])

    @property
    def positions(self) -> NDArray[np.int64]:
        return np.concatenate([np.arange(size) for size in self.lengths])

    def arrays(self) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """What ``edgeinterp.correspondence`` takes: states, ids, lengths, special_tokens_mask."""
        return self.states(self.ids, self.positions), self.ids, self.lengths, self.mask

    def swapped(self, seed: int = 0, most: int = 32) -> list[SwappedText]:
        """Swapped copies of evaluated texts, run through the same layers."""
        copies: list[SwappedText] = []
        for text, (start, size) in enumerate(zip(self.starts, self.lengths, strict=True)):
            rows = slice(start, start + size)
            places = swap_positions(self.ids[rows], self.mask[rows], seed)
            if len(copies) == most or not half(self.ids[rows], seed) or places is None:
                continue
            if np.count_nonzero(~self.mask[rows]) < 8:
                continue
            ids = self.ids[rows].copy()
            ids[list(places)] = ids[list(places)[::-1]]
            copies.append(SwappedText(text, places, self.states(ids, np.arange(size))))
        return copies


def identity(noise: float = 0.0, seed: int = 1) -> Layer:
    """The reference itself, with some noise: nearest without any map."""

    def layer(references: Floats, _ids: NDArray[np.int64], _positions: NDArray[np.int64]) -> Floats:
        rng = np.random.default_rng([seed, references.shape[0]])
        return references + noise * rng.normal(size=references.shape)

    return layer


def rotated(noise: float = 0.0, seed: int = 2) -> Layer:
    """The reference under a random linear map: recoverable, not dominant."""

    def layer(references: Floats, _ids: NDArray[np.int64], _positions: NDArray[np.int64]) -> Floats:
        rng = np.random.default_rng(seed)
        turn = rng.normal(size=(references.shape[1], references.shape[1]))
        return references @ turn + noise * rng.normal(size=references.shape)

    return layer


def nothing(seed: int = 3, width: float = 1.0) -> Layer:
    """Noise without any relation to the text."""

    def layer(references: Floats, _ids: NDArray[np.int64], _positions: NDArray[np.int64]) -> Floats:
        return width * np.random.default_rng(seed).normal(size=references.shape)

    return layer


def position_only(world_places: Callable[[], Floats]) -> Layer:
    """The mean hidden state 0 of each position, without content."""

    def layer(references: Floats, _ids: NDArray[np.int64], positions: NDArray[np.int64]) -> Floats:
        return world_places()[positions] + 0.0 * references

    return layer


def partly(weight: float, seed: int = 4, common: float = 0.0) -> Layer:
    """A vector for each token id with this share of the variance; the rest is noise, in part common to a text."""

    def layer(references: Floats, ids: NDArray[np.int64], positions: NDArray[np.int64]) -> Floats:
        width = references.shape[1]
        of_id = np.random.default_rng(seed).normal(size=(int(ids.max()) + 1, width))
        text = np.cumsum(positions == 0) - 1
        rng = np.random.default_rng([seed, len(ids), int(ids.sum())])
        shared, own = rng.normal(size=(text[-1] + 1, width)), rng.normal(size=references.shape)
        noise = np.sqrt(common) * shared[text] + np.sqrt(1.0 - common) * own
        states: Floats = np.sqrt(weight) * of_id[ids] + np.sqrt(1.0 - weight) * noise
        return states

    return layer


def blurred(own: float, others: float = 0.8) -> Layer:
    """Each state is its own reference with one weight and the mean of its text's references with another."""

    def layer(references: Floats, _ids: NDArray[np.int64], positions: NDArray[np.int64]) -> Floats:
        text = np.cumsum(positions == 0) - 1
        sums = np.zeros((text[-1] + 1, references.shape[1]))
        np.add.at(sums, text, references)
        # of a mean of n references the deviation is 1 / sqrt(n)
        states: Floats = own * references + others * sums[text] / np.sqrt(np.bincount(text))[text, None]
        return states

    return layer


def network(seed: int = 5, width: int = 4) -> Layer:
    """The reference through one hidden layer of rectified units, token by token."""

    def layer(references: Floats, _ids: NDArray[np.int64], _positions: NDArray[np.int64]) -> Floats:
        rng = np.random.default_rng(seed)
        size = references.shape[1]
        first, second = rng.normal(size=(size, width * size)), rng.normal(size=(width * size, size))
        hidden: Floats = np.maximum(references @ first, 0.0) @ second / size
        return hidden

    return layer


def massive(layer: Layer, places: slice, rest: Layer, size: float = 50.0) -> Layer:
    """Some dimensions of one layer, so many times larger, among those of another."""

    def joined(references: Floats, ids: NDArray[np.int64], positions: NDArray[np.int64]) -> Floats:
        states = rest(references, ids, positions)
        states[:, places] = size * layer(references, ids, positions)[:, places]
        return states

    return joined

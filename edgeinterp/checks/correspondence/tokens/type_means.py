"""The *type mean* map: the mean of the fit half's states of each token id, and which of them a state is nearest to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..blocks import Text
from ..linear_map import FittedLayer
from .sums import TokenSums

__all__ = ["FEWEST", "TypeMeans", "TypeSums", "type_scores"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# occurrences in the fit half from which on an id has a mean
FEWEST = 5


@dataclass(frozen=True)
class TypeMeans:
    """Means of one hidden state by token id: ``ids`` (types,), in order, and ``means`` (types, d) of centred states."""

    ids: NDArray[np.int64]
    means: Floats

    @classmethod
    def none(cls, width: int) -> TypeMeans:
        """Return no type at all."""
        return cls(np.zeros(0, dtype=np.int64), np.zeros((0, width), dtype=np.float32))

    def nearest(self, centred: Floats, variance: Doubles) -> NDArray[np.int64]:
        """Return the id whose mean has the largest cosine with each row, with dimensions at unit variance."""
        scaled = self.means * inverse(variance)
        lengths = np.sqrt(np.einsum("ij,ij->i", self.means, scaled))
        scaled /= np.maximum(lengths, np.float32(1e-30))[:, None]
        found: NDArray[np.int64] = self.ids[np.argmax(centred @ scaled.T, axis=1)]
        return found


def inverse(variance: Doubles) -> Floats:
    """Return 1 / variance, and 0 for a dimension that does not vary."""
    return np.divide(1.0, variance, out=np.zeros(variance.size), where=variance > 0.0).astype(np.float32)


class TypeSums(TokenSums):
    """Sums of the fit half's states by token id, and where in their texts these tokens stood."""

    def __init__(self, layers: int, width: int, limit: int, seed: int) -> None:
        super().__init__(layers, width, limit, seed)
        self.positions = np.zeros((limit, 0), dtype=np.int32)

    def places(self, ids: NDArray[np.integer[Any]], positions: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return the slot of each token, -1 where its id is not kept, and count its position."""
        slots = super().places(ids, np.zeros_like(ids))
        missing = int(positions.max(initial=-1)) + 1 - self.positions.shape[1]
        if missing > 0:
            self.positions = np.pad(self.positions, ((0, 0), (0, missing)))
        kept = slots >= 0
        np.add.at(self.positions, (slots[kept], positions[kept]), 1)
        return slots

    def cleared(self, slot: int) -> None:
        """Empty a slot."""
        super().cleared(slot)
        self.positions[slot] = 0

    def means(self, layer: int, fitted: FittedLayer, shift: Floats) -> TypeMeans:
        """Return the means of ids seen often enough; ``shift`` was taken off every row that was added."""
        slots = self.used()
        slots = slots[self.counts[slots] >= FEWEST]
        if not slots.size:
            return TypeMeans.none(shift.size)
        at = fitted.centring.of(np.arange(self.positions.shape[1], dtype=np.int32)) - shift
        counts = self.counts[slots, None]
        means = self.sums[layer, slots] / counts - (self.positions[slots] / counts) @ at
        return TypeMeans(self.ids[slots], means.astype(np.float32))


def type_scores(texts: Sequence[Text], maps: Sequence[tuple[FittedLayer, TypeMeans]]) -> Doubles:
    """Score the type mean map in some texts.

    Only tokens whose id has a mean are looked up. Chance is the permutation mean: the share of these tokens of the text
    whose id is the retrieved one.

    Parameters
    ----------
    texts : sequence of Text
        None is empty.
    maps : sequence of (FittedLayer, TypeMeans)
        By hidden state.

    Returns
    -------
    ndarray, shape (texts, layers, 3)
        Sums over tokens: looked up, retrieved the own id, chance.
    """
    scores = np.zeros((len(texts), len(maps), 3))
    if not texts:
        return scores
    ids = np.concatenate([text.ids for text in texts])
    positions = np.concatenate([text.positions for text in texts])
    owner = np.repeat(np.arange(len(texts)), [text.ids.size for text in texts])
    for layer, (fitted, types) in enumerate(maps):
        asked = np.flatnonzero(np.isin(ids, types.ids))
        if not asked.size:
            continue
        states = np.concatenate([text.states[layer] for text in texts])[asked]
        found = types.nearest(fitted.centring(states, positions[asked]), fitted.variance)
        own, text = ids[asked], owner[asked]
        same = text[:, None] == text
        chance = np.count_nonzero(same & (found[:, None] == own), axis=1) / np.count_nonzero(same, axis=1)
        for column, values in enumerate((np.ones(own.size), found == own, chance)):
            scores[:, layer, column] = np.bincount(text, weights=values, minlength=len(texts))
    return scores

"""Texts that exchange their influence: bins, the cells that all their texts have, and the exchanges."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...results.influence.verdicts import FEWEST_IN_GROUP
from .texts import TextReading, allowed_columns

__all__ = ["IN_BIN", "Bin", "bins_of", "exchanges", "other_texts", "pseudo_values"]

# texts that exchange their influence, where there are enough
IN_BIN = 6

Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Bin:
    """Texts of the same replaced positions, and the rows that every one of them has.

    Attributes
    ----------
    texts : list of TextReading
        By key.
    rows : ndarray of int64, shape (rows,)
    allowed : ndarray of bool, shape (rows, positions)
        Cells that are compared.
    """

    texts: list[TextReading]
    rows: Integers
    allowed: NDArray[np.bool_]

    @property
    def keys(self) -> list[int]:
        """Content keys of the texts."""
        return [text.key for text in self.texts]

    @property
    def exchangeable(self) -> bool:
        """Whether influence can be exchanged within."""
        return len(self.texts) >= FEWEST_IN_GROUP

    @property
    def offsets(self) -> Integers:
        """Signed offset of each cell, shape (rows, positions): the replaced token's position less the row's."""
        return self.texts[0].positions[None, :] - self.rows[:, None]

    def influence(self, layer: int) -> Doubles:
        """Influence at attention layer 1..L, shape (m, rows, positions)."""
        return np.stack([text.influence[layer - 1][self.rows] for text in self.texts])

    def values(self, layer: int, place: int) -> Doubles:
        """Return a reading at attention layer 1..L, shape (m, rows, positions)."""
        found = [text.values[layer - 1, place][self.rows] for text in self.texts]
        return np.stack(found).astype(np.float64)


def bins_of(readings: Sequence[TextReading], causal: bool) -> list[Bin]:
    """Put texts of the same group together, in an order that follows from their content alone.

    Groups of 12 texts and more are dealt, by key, to bins of at least 6: what is estimated for a text comes from other
    bins than its own, so that it is the same for all texts that exchange their influence.
    """
    groups: dict[tuple[int, ...], list[TextReading]] = {}
    for reading in sorted(readings, key=lambda reading: reading.key):
        groups.setdefault(reading.group, []).append(reading)
    found = []
    for group in sorted(groups.values(), key=lambda group: [reading.key for reading in group]):
        parts = max(1, len(group) // IN_BIN)
        found += [_bin(group[part::parts], causal) for part in range(parts)]
    return found


def _bin(group: list[TextReading], causal: bool) -> Bin:
    size = min(reading.rows.size for reading in group)
    rows = np.flatnonzero(np.all([reading.rows[:size] for reading in group], axis=0))
    return Bin(group, rows, allowed_columns(group[0].positions, size, causal)[rows])


def exchanges(bins: Sequence[Bin], n_permutations: int, seed: int) -> list[Integers]:
    """Deal influence to texts within each bin, one array of shape (n_permutations + 1, m) a bin.

    The first line gives every text its own influence, so that data and exchanges are summed alike.
    """
    found = []
    for part in bins:
        drawn = np.argsort(_generator(part.keys, seed).random((n_permutations, len(part.keys))), axis=1)
        found.append(np.concatenate([np.arange(len(part.keys))[None, :], drawn]))
    return found


def _generator(keys: Sequence[int], seed: int) -> np.random.Generator:
    """Keyed by the seed and the bin's texts: neither the order of texts nor another bin changes the draws."""
    data = np.array(sorted(keys), dtype="<u8").tobytes() + b"influence"
    digest = hashlib.blake2b(data, digest_size=16, key=int(seed).to_bytes(8, "little")).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))


def other_texts(count: int) -> Integers:
    """Return every exchange that gives all texts another one's influence in turn, shape (count - 1, count)."""
    own = np.arange(count)
    return (own[None, :] + np.arange(1, count)[:, None]) % count


def pseudo_values(pairs: Doubles) -> Doubles:
    """Return each text's jackknife pseudo-value of the mean over pairs with *other* texts.

    The mean over pairs s != t is a U-statistic: each text stands in it twice, with its attention and with its
    influence. Its pseudo-values m U - (m - 1) U_without average to U exactly, and their spread is that of U; plain
    means per text would count each text once, and give intervals that are too narrow.

    Parameters
    ----------
    pairs : ndarray, shape (m, m)
        What lies on the diagonal does not count.

    Returns
    -------
    ndarray, shape (m,)
    """
    m = len(pairs)
    others = np.where(np.eye(m, dtype=bool), 0.0, pairs)
    both = others.sum(axis=0) + others.sum(axis=1)
    whole = others.sum()
    values: Doubles = whole / (m - 1) - (whole - both) / (m - 2)
    return values

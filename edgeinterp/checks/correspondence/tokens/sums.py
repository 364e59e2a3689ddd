"""Sums of hidden states by token id and group of texts, in bounded memory.

Where more would be kept than the bound allows, the ids of lowest hash stay: which ones does not depend on the order of
texts, and tokens of the others count as not covered.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....statistics.content import content_key

__all__ = ["GROUPS", "MOST_BYTES", "TokenSums", "group_of", "most_sums"]

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

# groups of texts for the jackknife: one is left out at a time
GROUPS = 25
# what the sums of all hidden states may take, and how many there are at most, however small they are
MOST_BYTES = 64 << 20
MOST_SUMS = 1 << 14


def group_of(key: int) -> int:
    """Return the group of a text; the two lowest bits of its key say in which half, and half of the half, it is."""
    return (key >> 2) % GROUPS


def most_sums(layers: int, width: int) -> int:
    """Return how many pairs of token id and group are kept of a model with so many hidden states."""
    return min(MOST_SUMS, max(GROUPS, MOST_BYTES // (4 * layers * width)))


class TokenSums:
    """Sums of hidden states by (token id, group), for several hidden states.

    Parameters
    ----------
    layers, width : int
        Number of hidden states, and their width.
    limit : int
        Pairs of id and group that are kept (``most_sums``).
    seed : int
        Key of the hash of ids.

    Attributes
    ----------
    sums : ndarray of float32, shape (layers, limit, width)
        By slot; pages of memory come with the slots that are used.
    counts : ndarray of int64, shape (limit,)
        Tokens of each slot; 0 where it is free.
    ids, groups : ndarray of int64, shape (limit,)
        What each slot holds.
    cutoff : int
        Ids of this hash or above are not kept.
    """

    def __init__(self, layers: int, width: int, limit: int, seed: int) -> None:
        self.limit, self.seed = limit, seed
        self.sums: Floats = np.zeros((layers, limit, width), dtype=np.float32)
        self.counts: Integers = np.zeros(limit, dtype=np.int64)
        self.ids, self.groups = np.zeros((2, limit), dtype=np.int64)
        self.cutoff = 1 << 64
        self._slots: dict[int, int] = {}
        self._of_id: dict[int, list[int]] = {}
        # ids by hash, the highest first
        self._highest: list[tuple[int, int]] = []
        self._used, self._free = 0, list[int]()

    def places(self, ids: NDArray[np.integer[Any]], groups: NDArray[np.integer[Any]]) -> Integers:
        """Return the slot of each token, new ones where they are needed, and count it; -1 where its id is not kept."""
        pairs, inverse = np.unique(ids.astype(np.int64) * GROUPS + groups, return_inverse=True)
        for pair in pairs.tolist():
            if pair not in self._slots:
                self._take(pair)
        # after all were taken: a new id may have put out another of these
        slots = np.array([self._slots.get(pair, -1) for pair in pairs.tolist()], dtype=np.int64)
        kept = slots >= 0
        np.add.at(self.counts, slots[kept], np.bincount(inverse, minlength=pairs.size)[kept])
        return slots[inverse]

    def _take(self, pair: int) -> None:
        """Find a slot for a pair of id and group, unless its id is beyond the cutoff."""
        token, group = divmod(pair, GROUPS)
        hashed = content_key([token], self.seed)
        while hashed < self.cutoff and not self._free and self._used == self.limit:
            if self._highest and -self._highest[0][0] >= hashed:
                self._put_out()
            else:
                self.cutoff = hashed
        if hashed >= self.cutoff:
            return
        if self._free:
            slot = self._free.pop()
        else:
            slot, self._used = self._used, self._used + 1
        if token not in self._of_id:
            self._of_id[token] = []
            heapq.heappush(self._highest, (-hashed, token))
        self._of_id[token].append(slot)
        self._slots[pair] = slot
        self.ids[slot], self.groups[slot] = token, group

    def _put_out(self) -> None:
        """Keep the id of highest hash no longer, nor any above it."""
        negative, token = heapq.heappop(self._highest)
        self.cutoff = -negative
        for slot in self._of_id.pop(token):
            del self._slots[token * GROUPS + int(self.groups[slot])]
            self.cleared(slot)
            self._free.append(slot)

    def cleared(self, slot: int) -> None:
        """Empty a slot."""
        self.counts[slot] = 0
        self.sums[:, slot] = 0.0

    def add(self, layer: int, slots: Integers, rows: Floats) -> None:
        """Add rows (tokens, width) of one hidden state; those of slot -1 are left out."""
        from edgeinterp_kernels.sums import add_rows

        add_rows(self.sums[layer], slots, rows)

    def used(self) -> Integers:
        """Return the slots in use, by id and group."""
        slots = np.flatnonzero(self.counts)
        return slots[np.lexsort((self.groups[slots], self.ids[slots]))]

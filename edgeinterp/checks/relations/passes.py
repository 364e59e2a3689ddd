"""Results of the passes of ``relations`` over one model, kept in ``Spool`` so that memory does not grow with pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...results.relations.controls import PLACES
from ...runtime.spool import Spool
from .features import Attention
from .word_states import WordStates

__all__ = ["Passes", "spooled", "unspool"]

Array = NDArray[Any]


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
        """Yield everything as named arrays, for ``put``."""
        for name, spool in self._spools().items():
            yield from spooled(name, spool)
        yield "surface", self.surface
        yield "counts", self.states.counts
        yield "two_sided", np.array(self.two_sided)

    def put(self, name: str, array: Array) -> None:
        """Restore from the output of ``arrays``."""
        if name == "two_sided":
            self.two_sided = int(array)
        elif name in ("surface", "counts"):
            (self.surface if name == "surface" else self.states.counts)[:] = array
        else:
            unspool(self._spools(), name, array)


def spooled(name: str, spool: Spool) -> Iterator[tuple[str, Array]]:
    """Yield a spool as arrays, each named, with the number of its first row."""
    for first, rows in spool.blocks():
        yield f"{name}.{first}", rows


def unspool(spools: Mapping[str, Spool], name: str, rows: Array) -> None:
    """Restore from the output of ``spooled``; ValueError or KeyError for anything else."""
    own, _, first = name.partition(".")
    spool, start = spools[own], int(first)
    if rows.shape[1:] != spool.shape[1:] or rows.dtype != spool.dtype or start + len(rows) > len(spool):
        raise ValueError(f"{name}: rows of shape {rows.shape[1:]}, expected {spool.shape[1:]}")
    spool.put_rows(start, rows)

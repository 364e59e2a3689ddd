"""What the passes of ``relations`` over one model give, kept where it does not grow with pairs: see ``Spool``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...results.relations.controls import PLACES
from ...runtime.spool import Spool
from .features import Attention

__all__ = ["Passes", "spooled", "unspool"]

Array = NDArray[Any]


class Passes:
    """What the passes of the real model give, by row of the plan.

    Attributes
    ----------
    own : Spool
        Attention between the words, a row (2, L, H) for each pair and template.
    elsewhere : dict of str to Spool
        By which of several places are taken.
    surface : ndarray of shape (n, 6)
    two_sided : int
        Sentences in which the earlier places are not the later ones.
    """

    def __init__(self, n: int, templates: int, shape: tuple[int, ...]) -> None:
        self.templates = templates
        self.own = Spool(n * templates, shape)
        self.elsewhere = {name: Spool(n * templates, shape) for name in PLACES}
        self.surface = np.zeros((n, 6))
        self.two_sided = 0

    def count_sides(self, before: object, after: object) -> None:
        """Count a sentence whose earlier places are not the later ones."""
        self.two_sided += before != after

    def features(self) -> Attention:
        """Return attention between the words."""
        return Attention(self.own, self.templates)

    def places(self) -> dict[str, Attention] | Attention:
        """Return attention elsewhere: where no sentence has two places to choose from, once and without a name."""
        found = {name: Attention(part, self.templates) for name, part in self.elsewhere.items()}
        return found if self.two_sided else found[PLACES[0]]

    def _spools(self) -> dict[str, Spool]:
        return {"own": self.own, **self.elsewhere}

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Yield everything as named arrays, for ``put``."""
        for name, spool in self._spools().items():
            yield from spooled(name, spool)
        yield "surface", self.surface
        yield "two_sided", np.array(self.two_sided)

    def put(self, name: str, array: Array) -> None:
        """Take what ``arrays`` gave."""
        if name == "two_sided":
            self.two_sided = int(array)
        elif name == "surface":
            self.surface[:] = array
        else:
            unspool(self._spools(), name, array)


def spooled(name: str, spool: Spool) -> Iterator[tuple[str, Array]]:
    """Yield a spool as arrays, each with a name and the number of its first row."""
    for first, rows in spool.blocks():
        yield f"{name}.{first}", rows


def unspool(spools: Mapping[str, Spool], name: str, rows: Array) -> None:
    """Take what ``spooled`` gave; ValueError or KeyError where it is something else."""
    own, _, first = name.partition(".")
    spool, start = spools[own], int(first)
    if rows.shape[1:] != spool.shape[1:] or rows.dtype != spool.dtype or start + len(rows) > len(spool):
        raise ValueError(f"{name}: rows of shape {rows.shape[1:]}, expected {spool.shape[1:]}")
    spool.put_rows(start, rows)

"""Permutations for a permutation test, each keyed by (seed, number): any of them can be drawn alone, in any order."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError
from ..runtime.arguments import is_drawn, random_number

__all__ = ["Draws", "seed_of"]

Array = np.ndarray[Any, Any]


def seed_of(random_state: Any) -> int:
    """Derive the 64-bit key of permutations from a ``random_state``; adjacent seeds give distant keys."""
    number = random_number("random_state", random_state) % 2**64
    return number if is_drawn(random_state) else int(np.random.SeedSequence(number).generate_state(1, np.uint64)[0])


def _mix(z: Array) -> Array:
    """Scramble 64-bit integers (the finaliser of splitmix64; Steele, Lea & Flood 2014)."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.bitwise_xor(z, z >> np.uint64(31))  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Draws:
    """Exchangeability of rows under the null hypothesis.

    Attributes
    ----------
    seed : int
        64-bit key.
    n_rows : int
        Rows of the targets.
    classes : list of ndarrays of shape (members, size)
        Row numbers; within a class whole lines (units of ``size`` rows) are exchanged. Rows in no class stay.
    """

    seed: int
    n_rows: int
    classes: list[Array]

    @classmethod
    def build(cls, seed: int, n_rows: int, permute: str, groups: Array | None, missing: Array | None = None) -> Draws:
        """Build the classes of exchangeable units for ``permute`` = "rows", "within" or "groups".

        Whole groups are exchanged only with groups of equal size and equal missing values, since only those are
        exchangeable; the order of rows within a group is kept.

        Raises
        ------
        InputError
            Where groups are needed and not given, or nothing can be exchanged.
        """
        if permute == "rows":
            classes = [np.arange(n_rows)[:, None]]
        elif permute not in ("within", "groups"):
            raise InputError(f"permute must be 'rows', 'within' or 'groups', got {permute!r}")
        elif groups is None:
            raise InputError(f"permute={permute!r} needs groups: give fit(X, Y, groups=...)")
        elif permute == "within":
            members = [np.flatnonzero(groups == g) for g in np.unique(groups)]
            classes = [rows[:, None] for rows in members if len(rows) > 1]
        else:
            classes = _group_classes(groups, missing)
        if not any(len(c) > 1 for c in classes):
            raise InputError(f"permute={permute!r}: no two {_UNIT[permute]} can be exchanged, so there is no null")
        return cls(seed, n_rows, classes)

    @property
    def smallest_pvalue(self) -> float:
        """Return 1 / number of distinct permutations: no p-value can be smaller, however many are drawn."""
        return math.exp(-sum(math.lgamma(len(c) + 1) for c in self.classes))

    @property
    def exchanged(self) -> str:
        """Name the exchanged units in words."""
        return "concepts" if all(members.shape[1] == 1 for members in self.classes) else "groups of one size"

    def rows(self, first: int, last: int) -> Array:
        """Return permutations number ``first`` .. ``last - 1``: row i receives the targets of row ``out[b, i]``.

        Returns
        -------
        ndarray of shape (last - first, n_rows), int64
            Uniform over the permutations that the classes allow; the same in every call, whatever was drawn before.
        """
        number = np.arange(first, last, dtype=np.uint64)
        key = _mix(number * np.uint64(0x9E3779B97F4A7C15) + _mix(np.array([self.seed], np.uint64)))
        out = np.tile(np.arange(self.n_rows), (last - first, 1))
        for members in self.classes:
            unit = members[:, 0].astype(np.uint64) + np.uint64(1)
            random = _mix(key[:, None] + unit * np.uint64(0xD1B54A32D192ED03))
            dealt = np.argsort(random, axis=1)
            out[:, members] = members[dealt]
        return out


_UNIT = {"rows": "rows", "within": "rows of one group", "groups": "groups of one size (and the same missing values)"}


def _group_classes(groups: Array, missing: Array | None) -> list[Array]:
    classes: dict[tuple[int, bytes], list[Array]] = {}
    for g in np.unique(groups):
        rows = np.flatnonzero(groups == g)
        layout = b"" if missing is None else missing[rows].tobytes()
        classes.setdefault((len(rows), layout), []).append(rows)
    return [np.stack(members) for members in classes.values() if len(members) > 1]

"""Prepare a contrast of ``relations``: rows in an order determined by content, units, folds, flips."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...statistics.draws import _mix

__all__ = ["MOST_FOLDS", "ContrastRows", "contrast_rows", "row_keys"]

Array = NDArray[Any]

# up to this many categories, each is a fold of its own
MOST_FOLDS = 20
# most units that are left out of every fit; with more units, those of lowest key represent all
MOST_LEFT_OUT = 200


@dataclass(frozen=True)
class ContrastRows:
    """The pairs of two relations, fold after fold, and within a fold unit after unit.

    Attributes
    ----------
    rows : ndarray of int, shape (n,)
        Indices into the given pairs, in this order.
    y : ndarray of float64, shape (n,)
        1 for the positive relation, -1 for the negative.
    unit : ndarray of int, shape (n,)
        Unit of each row, ascending: a category, or categories that share a pair of words.
    folds : ndarray of int, shape (n,)
        Fold of each row, ascending; a unit is never in two folds.
    starts : ndarray of int, shape (units,)
        First row of each unit.
    keys : ndarray of uint64, shape (units,)
        Hash of each unit's categories and the seed.
    weights : ndarray of float64, shape (units,)
        n+ n-: pairs of pairs whose order the AUC counts.
    """

    rows: NDArray[np.int64]
    y: NDArray[np.float64]
    unit: NDArray[np.int64]
    folds: NDArray[np.int64]
    starts: NDArray[np.int64]
    keys: NDArray[np.uint64]
    weights: NDArray[np.float64]

    @property
    def left_out(self) -> NDArray[np.int64]:
        """Return the units, ascending, that intervals leave out one by one."""
        return np.sort(np.argsort(self.keys, kind="stable")[:MOST_LEFT_OUT])

    @property
    def units(self) -> int:
        """Return the number of units."""
        return len(self.starts)

    def flips(self, first: int, last: int, units: slice = slice(None)) -> NDArray[np.float64]:
        """Return signs (units, draws) of draws ``first .. last - 1``: -1 where a unit's relations are exchanged.

        The sign of a unit is a hash of its categories, the seed and the draw, so it is the same in every contrast,
        template, layer and head.
        """
        number = np.arange(first, last, dtype=np.uint64) + np.uint64(1)
        with np.errstate(over="ignore"):
            mixed = _mix(_mix(self.keys[units])[:, None] + number * np.uint64(0x9E3779B97F4A7C15))
        return np.where(mixed >> np.uint64(63), 1.0, -1.0)


def row_keys(
    features: Callable[[int], Array], labels: Sequence[str], words: Sequence[tuple[str, str]] | None
) -> list[bytes]:
    """Key each pair by its words and relation or, without words, by its features' number and relation."""
    keys = []
    for i, label in enumerate(labels):
        what = features(i).tobytes() if words is None else "\0".join(words[i]).encode()
        keys.append(hashlib.blake2b(what + b"\0\0" + label.encode(), digest_size=16).digest())
    return keys


def contrast_rows(
    labels: Sequence[str],
    positive: str,
    negative: str,
    groups: Sequence[str],
    words: Sequence[tuple[str, str]] | None,
    keys: list[bytes],
    seed: int,
) -> ContrastRows:
    """Choose the rows of two relations, without categories that have only one of them."""
    sides: dict[str, set[str]] = {}
    for label, group in zip(labels, groups, strict=True):
        if label in (positive, negative):
            sides.setdefault(group, set()).add(label)
    whole = {group for group, own in sides.items() if len(own) == 2}
    rows = [i for i in range(len(labels)) if labels[i] in (positive, negative) and groups[i] in whole]
    joined = _joined([groups[i] for i in rows], None if words is None else [words[i] for i in rows])
    names: dict[str, list[str]] = {}
    for group, root in joined.items():
        names.setdefault(root, []).append(group)
    hashes = {root: _unit_key(own, seed) for root, own in names.items()}
    own_units = [joined[groups[i]] for i in rows]
    fold = _dealt(own_units, hashes)
    order = sorted(
        range(len(rows)), key=lambda r: (fold[own_units[r]], hashes[own_units[r]], own_units[r], keys[rows[r]])
    )
    return _assembled(
        [rows[r] for r in order], [own_units[r] for r in order], labels, positive, fold=fold, hashes=hashes
    )


def _assembled(
    rows: list[int], units: list[str], labels: Sequence[str], positive: str, *, fold: dict[str, int],
    hashes: dict[str, int],
) -> ContrastRows:  # fmt: skip
    distinct = list(dict.fromkeys(units))
    number = {root: u for u, root in enumerate(distinct)}
    unit = np.array([number[root] for root in units], dtype=np.int64)
    y = np.array([1.0 if labels[i] == positive else -1.0 for i in rows])
    count = len(distinct)
    ones, others = np.bincount(unit[y > 0], minlength=count), np.bincount(unit[y < 0], minlength=count)
    return ContrastRows(
        rows=np.array(rows, dtype=np.int64),
        y=y,
        unit=unit,
        folds=np.array([fold[root] for root in units], dtype=np.int64),
        starts=np.searchsorted(unit, np.arange(count)),
        keys=np.array([hashes[root] for root in distinct], dtype=np.uint64),
        weights=(ones * others).astype(np.float64),
    )


def _unit_key(names: list[str], seed: int) -> int:
    data = "\0".join(sorted(names)).encode()
    digest = hashlib.blake2b(data, digest_size=8, key=seed.to_bytes(8, "little"))
    return int.from_bytes(digest.digest(), "little")


def _joined(groups: list[str], words: list[tuple[str, str]] | None) -> dict[str, str]:
    """Map each category to the least of the categories that it shares a pair of words with, in either order."""
    root = {group: group for group in groups}

    def find(group: str) -> str:
        while root[group] != group:
            group = root[group]
        return group

    seen: dict[tuple[str, ...], str] = {}
    for group, pair in zip(groups, words or [], strict=words is not None):
        other = find(seen.setdefault(tuple(sorted(pair)), group))
        own = find(group)
        root[max(own, other)] = min(own, other)
    return {group: find(group) for group in root}


def _dealt(units: list[str], hashes: dict[str, int]) -> dict[str, int]:
    """Give each unit its own fold, or assign units, largest first, to the fold with the fewest rows."""
    sizes: dict[str, int] = {}
    for root in units:
        sizes[root] = sizes.get(root, 0) + 1
    order = sorted(sizes, key=lambda root: (-sizes[root], hashes[root], root))
    filled = [0] * min(MOST_FOLDS, len(order))
    fold = {}
    for root in order:
        fold[root] = filled.index(min(filled))
        filled[fold[root]] += sizes[root]
    return fold

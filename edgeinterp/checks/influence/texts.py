"""One text, reduced to what influence keeps of it: readings of attention and influence at the replaced columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ...reading.names import key_of
from ...reading.of_text import multiplied_up

__all__ = [
    "FEWEST_COLUMNS",
    "Passes",
    "Readings",
    "TextReading",
    "allowed_columns",
    "influence_matrices",
    "of_special_rows",
    "read_text",
    "special_row",
]

# a rank correlation over fewer values says too little
FEWEST_COLUMNS = 4

Doubles = NDArray[np.float64]
Floats = NDArray[np.floating]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Passes:
    """Activations of one model over a text and its copies.

    Attributes
    ----------
    attentions : ndarray, shape (L, H, n, n)
    influence : ndarray, shape (L, n, positions)
    maps : dict of str to ndarray, shape (L, n, n)
        Further readings per block, by name.
    """

    attentions: Floats
    influence: Doubles
    maps: Mapping[str, Doubles] = field(default_factory=dict)


@dataclass(frozen=True)
class Readings:
    """Which readings a layer has, in the order of ``TextReading.values``.

    Mean attention, rollout, further ones per block and rolled up, and heads: all of them, or the one that is asked
    about where a random model is read.
    """

    heads: tuple[int, ...]
    further: tuple[str, ...] = ()

    @property
    def kinds(self) -> dict[str, tuple[str, bool]]:
        """Return of each but heads, by its key, the name and whether it is rolled up."""
        names = ("attention", *self.further)
        return {key_of(name, up): (name, up) for name in names for up in (False, True)}

    @property
    def keys(self) -> list[str]:
        """Name all but heads."""
        return list(self.kinds)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.keys) + len(self.heads)

    def place(self, unit: str | int) -> int:
        """Return the place of a reading by its key, or of head 0..H-1."""
        return self.keys.index(unit) if isinstance(unit, str) else len(self.keys) + self.heads.index(unit)


@dataclass(frozen=True)
class TextReading:
    """Reduced data of one text.

    Attributes
    ----------
    key : int
        Content key.
    group : tuple of int
        Texts of the same group have the same replaced positions and exchange their influence.
    positions : ndarray of int64, shape (positions,)
        Which tokens were replaced.
    rows : ndarray of bool, shape (n,)
        Comparable rows: not special, with enough columns.
    values : ndarray of float32, shape (L, readings, n, positions)
        Each reading at the replaced columns.
    influence : ndarray, shape (L, n, positions)
    self_share : ndarray, shape (L,)
        NaN where nothing changes.
    summaries : ndarray, shape (L, H, 5)
        See ``head_summaries``.
    special_row : int or None
        The row that classifiers and pooled vectors read: in causal models the last token's, else that of the first
        token, or of the last, if it is special.
    """

    key: int
    group: tuple[int, ...]
    positions: Integers
    rows: Flags
    values: NDArray[np.float32]
    influence: Doubles
    self_share: Doubles
    summaries: Doubles
    special_row: int | None = None


def allowed_columns(positions: Integers, size: int, causal: bool) -> Flags:
    """Return the replaced columns that count in each row, (n, positions): not its own, in causal models earlier."""
    rows = np.arange(size)[:, None]
    return positions < rows if causal else positions != rows


def influence_matrices(states: Sequence[Floats], replaced: Sequence[NDArray[np.float32]], draws: int) -> Doubles:
    r"""Influence of replaced tokens on every position after every block.

    .. math:: I_l[i, j] = \frac1D \sum_d \left(1 - \cos(h_l[i], h_l^{(j, d)}[i])\right)

    Parameters
    ----------
    states : sequence of L arrays of shape (n, d)
        Hidden states 1..L of the text.
    replaced : sequence of L arrays of shape (draws * positions, n, d)
        Hidden states 1..L of its copies, one draw after the other.
    draws : int
        Draws of replacing tokens.

    Returns
    -------
    ndarray of float64, shape (L, n, positions)
    """
    from edgeinterp_kernels.influence import cosine_change

    columns = len(replaced[0]) // draws
    out = np.zeros((len(states), len(states[0]), columns))
    for layer, (own, copies) in enumerate(zip(states, replaced, strict=True)):
        for draw in range(draws):
            cosine_change(
                np.asarray(own, dtype=np.float32), copies[draw * columns : (draw + 1) * columns], out[layer], 1 / draws
            )
    return out


def read_text(
    key: int,
    group: tuple[int, ...],
    positions: Integers,
    special: Flags,
    passes: Passes,
    readings: Readings,
    causal: bool,
) -> TextReading:
    """Reduce one text.

    Parameters
    ----------
    key : int
    group : tuple of int
    positions : ndarray of int, shape (positions,)
    special : ndarray of bool, shape (n,)
    passes : Passes
        Of the model, or of a random one.
    readings : Readings
    causal : bool
    """
    from edgeinterp_kernels.attention import head_summaries, rollout

    maps = passes.attentions
    allowed = allowed_columns(positions, special.size, causal)
    values = np.empty((len(maps), readings.count, special.size, positions.size), dtype=np.float32)
    values[:, 0] = maps.mean(axis=1, dtype=np.float64)[..., positions]
    values[:, 1] = rollout(maps)[..., positions]
    for number, name in enumerate(readings.further, 1):
        values[:, 2 * number] = passes.maps[name][..., positions]
        values[:, 2 * number + 1] = multiplied_up(name, passes.maps[name])[..., positions]
    for head in readings.heads:
        values[:, readings.place(head)] = maps[:, head][..., positions]
    return TextReading(
        key,
        group,
        positions,
        ~special & (allowed.sum(axis=1) >= FEWEST_COLUMNS),
        values,
        passes.influence,
        _self_share(passes.influence, positions, special, allowed, causal),
        head_summaries(maps, special, causal),
        special_row(special, causal, np.any(maps, axis=(0, 1, 3))),
    )


def special_row(special: Flags, causal: bool, attends: Flags | None = None) -> int | None:
    """Return the row that classifiers read; padding, whose rows attend to nothing, is none."""
    places = np.flatnonzero(np.ones_like(special) if attends is None else attends)
    if not places.size:
        return None
    first, last = int(places[0]), int(places[-1])
    if causal:
        return last
    return next((row for row in (first, last) if special[row]), None)


def of_special_rows(texts: Sequence[TextReading], causal: bool) -> list[TextReading]:
    """Return texts reduced to their special rows alone; none where a text has no such row, or too few columns in it.

    Positions are counted from that row, and only texts whose row stands at the same place exchange their influence:
    what follows from the distance of a column would else tell texts of one length from those of another.
    """
    found = []
    for text in texts:
        at = text.special_row
        if at is None:
            return []
        positions = text.positions - at
        enough = allowed_columns(positions, 1, causal).sum(axis=1) >= FEWEST_COLUMNS
        row = slice(at, at + 1)
        values, influence, group = text.values[:, :, row], text.influence[:, row], (*text.group, at)
        found.append(replace(text, group=group, positions=positions, rows=enough, values=values, influence=influence))
    return found if all(text.rows.all() for text in found) else []


def _self_share(influence: Doubles, positions: Integers, special: Flags, allowed: Flags, causal: bool) -> Doubles:
    """Return I[i, i] / sum_j I[i, j] by layer, mean over replaced rows; unreplaced columns count as the mean.

    Only some columns are measured: their mean represents the others, or the share would grow with fewer replacements.
    """
    own = influence[:, positions, np.arange(positions.size)]
    counted = allowed[positions]
    others = (influence[:, positions] * counted).sum(axis=-1)
    measured = counted.sum(axis=-1)
    free = np.flatnonzero(~special)
    rest = np.array([np.count_nonzero(free < i) if causal else free.size - 1 for i in positions])
    there = measured > 0
    whole = own[:, there] + others[:, there] * rest[there] / measured[there]
    shares = np.where(whole > 0.0, own[:, there] / np.where(whole > 0.0, whole, 1.0), np.nan)
    known = ~np.isnan(shares)
    counts = known.sum(axis=1)
    total = np.where(known, shares, 0.0).sum(axis=1)
    mean: Doubles = np.where(counts > 0, total / np.maximum(counts, 1), np.nan)
    return mean

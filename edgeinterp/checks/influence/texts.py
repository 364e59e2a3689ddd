"""Reduce one text to the data that influence needs: ranks of predictors and of influence, row by row.

Spearman's correlation of two rows is the sum of products of their standardised ranks, so attentions and hidden states
are not needed beyond these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "FEWEST_COLUMNS",
    "Passes",
    "Predictors",
    "TextReading",
    "allowed_columns",
    "influence_matrices",
    "read_text",
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
    influence : ndarray, shape (L, n, positions), or None
        None where only attentions are given.
    """

    attentions: Floats
    influence: Doubles | None


@dataclass(frozen=True)
class Predictors:
    """Index of a layer's predictors of influence, in the order of ``TextReading.ranks``.

    ``mean``, ``rollout``, one for each head, ``distance``; with a random model also its mean attention and rollout, and
    its head if one is judged.
    """

    heads: int
    random: bool
    random_head: bool

    mean = 0
    rollout = 1

    def head(self, index: int) -> int:
        """Return the place of head 0..H-1."""
        return 2 + index

    @property
    def distance(self) -> int:
        """Return the place of -|i - j|."""
        return 2 + self.heads

    def random_of(self, place: int) -> int | None:
        """Return the place of the random model's counterpart of mean attention, rollout or the judged head."""
        if not self.random:
            return None
        return self.distance + 1 + min(place, 2)

    @property
    def of_random(self) -> int:
        """Count the predictors, at the end, that belong to a random model."""
        return 2 + self.random_head if self.random else 0


@dataclass(frozen=True)
class TextReading:
    """Reduced data of one text.

    Attributes
    ----------
    key : int
        Content key.
    group : tuple of int
        Texts of the same group have the same replaced positions and exchange their influence.
    positions : int
        Number of replaced positions.
    rows : ndarray of bool, shape (n,)
        Comparable rows: not special, with enough columns.
    ranks : ndarray, shape (L, predictors, n, positions)
        Standardised ranks of each predictor.
    influence : ndarray, shape (L, n, positions)
        Standardised ranks of influence; 0 in a row without differences.
    random_influence : ndarray, shape (L, n, positions), or None
        Standardised ranks of influence in the random model itself.
    self_share : ndarray, shape (L,)
        NaN where nothing changes.
    summaries : ndarray, shape (L, H, 5)
        See ``head_summaries``.
    """

    key: int
    group: tuple[int, ...]
    positions: int
    rows: Flags
    ranks: Doubles
    influence: Doubles
    random_influence: Doubles | None
    self_share: Doubles
    summaries: Doubles


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
    own: Passes,
    random: Passes | None,
    head: tuple[int, int] | None,
    causal: bool,
) -> TextReading:
    """Reduce one text.

    Parameters
    ----------
    key : int
    group : tuple of int
    positions : ndarray of int, shape (positions,)
    special : ndarray of bool, shape (n,)
    own, random : Passes
        Activations of the model, and of a random model if there is one.
    head : tuple of int, optional
        Attention layer 1..L and head 1..H to judge.
    causal : bool
    """
    from edgeinterp_kernels.attention import head_summaries
    from edgeinterp_kernels.influence import standardised_ranks

    assert own.influence is not None
    allowed = allowed_columns(positions, special.size, causal)
    rows = ~special & (allowed.sum(axis=1) >= FEWEST_COLUMNS)
    columns = np.concatenate([maps[..., positions] for maps in _predictors(own, random, head)], axis=1)
    ranks = standardised_ranks(columns.reshape(-1, *columns.shape[2:]), allowed).reshape(columns.shape)
    others = None if random is None else random.influence
    return TextReading(
        key,
        group,
        positions.size,
        rows,
        ranks,
        standardised_ranks(own.influence, allowed),
        None if others is None else standardised_ranks(others, allowed),
        _self_share(own.influence, positions, special, allowed, causal),
        head_summaries(own.attentions, special, causal),
    )


def _predictors(own: Passes, random: Passes | None, head: tuple[int, int] | None) -> list[NDArray[np.floating]]:
    """Return maps of shape (L, any, n, n) in the order of ``Predictors``."""
    layers, _, size, _ = own.attentions.shape
    away = -np.abs(np.arange(size)[:, None] - np.arange(size)[None, :]).astype(np.float64)
    maps = [*_mean_and_rollout(own), own.attentions, np.broadcast_to(away, (layers, 1, size, size))]
    if random is not None:
        maps += _mean_and_rollout(random)
        if head is not None:
            maps.append(random.attentions[:, head[1] - 1 : head[1]])
    return maps


def _mean_and_rollout(model: Passes) -> list[NDArray[np.floating]]:
    from edgeinterp_kernels.attention import rollout

    return [model.attentions.mean(axis=1, dtype=np.float64)[:, None], rollout(model.attentions)[:, None]]


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

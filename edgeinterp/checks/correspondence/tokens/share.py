r"""*share*: how much of a hidden state is its token, by products of the token's states in different texts.

.. math:: share = \frac{\sum_w n_w \, \overline{\langle x_i, x_j \rangle}_w}{\sum_i |x_i|^2}

over tokens i whose id w occurs in two groups of texts; the mean is over the pairs i, j of tokens of one id that stand
in different groups. x is a state less its position's mean in the fit half and less the mean of these tokens. Tokens of
different texts share nothing but what their id gives them, so each product is unbiased, however few there are; the
squared length of the mean is such a product as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..linear_map import FittedLayer
from .sums import GROUPS, TokenSums
from .type_means import inverse

__all__ = ["ShareSums", "Shares"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]

# states as they are, and with dimensions at unit variance
WAYS = 2
# sums that are multiplied at once
AT_ONCE = 512


@dataclass(frozen=True)
class Shares:
    """What is kept of the evaluation half.

    Attributes
    ----------
    values : ndarray, shape (layers, 2, 1 + groups)
        Raw and standardised share of all texts, then without each group; NaN where nothing is covered.
    tokens, covered : int
        Evaluated tokens, and those whose id occurs in two groups and is kept.
    """

    values: Doubles
    tokens: int
    covered: int


class ShareSums(TokenSums):
    """Sums of the evaluation half's centred states by token id and group, with their squares."""

    def __init__(self, layers: int, width: int, limit: int, seed: int) -> None:
        super().__init__(layers, width, limit, seed)
        self.squares = np.zeros((layers, limit, WAYS))
        self.tokens = 0

    def cleared(self, slot: int) -> None:
        """Empty a slot."""
        super().cleared(slot)
        self.squares[:, slot] = 0.0

    def add_centred(
        self, layer: int, slots: Integers, rows: Floats, fitted: FittedLayer, positions: NDArray[np.int32]
    ) -> None:
        """Add centred rows (tokens, width) of one hidden state, at these positions of their texts."""
        self.add(layer, slots, rows)
        if not layer:
            self.tokens += slots.size
        squares = rows * rows
        scale = inverse(fitted.variance)
        noise = fitted.centring.noise_of(positions)
        weights = np.stack([np.ones_like(scale), scale], axis=1)
        # what the position's mean, an estimate, has added to every square
        added = np.array([fitted.variance.sum(), np.count_nonzero(scale)])
        values = (squares @ weights) - noise[:, None] * added
        kept = slots >= 0
        np.add.at(self.squares[layer], slots[kept], values[kept])

    def shares(self, variances: list[Doubles]) -> Shares:
        """Return the shares, of all texts and without each group; ``variances`` of dimensions, by hidden state."""
        slots = self.used()
        pairs = _Pairs(self.ids[slots], self.groups[slots], self.counts[slots])
        values = np.full((len(variances), WAYS, 1 + GROUPS), np.nan)
        for layer, variance in enumerate(variances):
            sums = self.sums[layer, slots]
            for way, scale in enumerate((None, inverse(variance))):
                values[layer, way] = pairs.shares(sums, self.squares[layer, slots, way], scale)
        return Shares(values, self.tokens, int(pairs.counts[pairs.covered].sum()))

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield everything as named arrays, for ``from_arrays``."""
        slots = self.used()
        for name in ("ids", "groups", "counts"):
            yield f"share_{name}", getattr(self, name)[slots]
        for name in ("sums", "squares"):
            yield f"share_{name}", getattr(self, name)[:, slots]
        # 64 bits of a hash, and of a seed
        yield "share_numbers", np.array([str(one) for one in (self.limit, self.tokens, self.seed, self.cutoff)])

    @classmethod
    def from_arrays(cls, arrays: Iterable[tuple[str, NDArray[Any]]]) -> ShareSums:
        """Rebuild sums from what ``arrays`` gave."""
        kept = dict(arrays)
        limit, tokens, seed, cutoff = map(int, kept["share_numbers"].tolist())
        layers, _, width = kept["share_sums"].shape
        sums = cls(layers, width, limit, seed)
        sums._take_up(kept, tokens, cutoff)
        return sums

    def _take_up(self, kept: dict[str, NDArray[Any]], tokens: int, cutoff: int) -> None:
        """Fill empty sums with those of others."""
        size = kept["share_ids"].size
        for token, group in zip(kept["share_ids"].tolist(), kept["share_groups"].tolist(), strict=True):
            self._take(token * GROUPS + group)
        self.counts[:size] = kept["share_counts"]
        for name in ("sums", "squares"):
            getattr(self, name)[:, :size] = kept[f"share_{name}"]
        self.tokens, self.cutoff = tokens, cutoff


class _Pairs:
    """Which sums of tokens are multiplied with which; sums stand by id, then by group.

    Without group g, an id with n tokens in all, n_g of them there, keeps n - n_g tokens and loses 2 n_g (n - n_g) of
    its ordered pairs; of the sum of their products it loses twice what the group's sum gives with that of the others.
    So nothing is summed up again for any group.
    """

    def __init__(self, ids: Integers, groups: Integers, counts: Integers) -> None:
        self.groups, self.counts = groups, counts.astype(np.float64)
        self.starts = np.flatnonzero(np.diff(ids, prepend=-1))
        self.size = np.diff(self.starts, append=ids.size)
        self.covered = self._each(self.size) > 1
        n = self._of_id(self.counts)
        # rows: all texts, then without each group
        self.out = np.concatenate([np.zeros((1, ids.size)), np.arange(GROUPS)[:, None] == groups])
        left = self._of_id(1.0 - self.out)
        # 1 where a slot's tokens are covered by others
        self.kept = (1.0 - self.out) * (left > 1)
        n_left = n - self._of_id(self.out * self.counts)
        pairs = self._of_id(self.counts * (n - self.counts))
        pairs_left = pairs - self._of_id(self.out * 2.0 * self.counts * (n - self.counts))
        self.weights = self.kept * n_left / np.where(self.kept > 0, pairs_left, 1.0)
        # an id counts once, shared out among its slots
        self.once = self.kept / np.maximum(left, 1.0)

    def shares(self, sums: Floats, squares: Doubles, scale: Floats | None) -> Doubles:
        """Return numerator over denominator, of all texts and without each group."""
        if not self.covered.any():
            return np.full(1 + GROUPS, np.nan)
        mean = (self.kept @ self.counts) * self._mean_squared(sums, scale)
        above = self._crossed(self._products(sums, scale)) - mean
        below = self.kept @ squares - mean
        values: Doubles = np.divide(above, below, out=np.full(below.size, np.nan), where=below > 0.0)
        values[1:][~np.isin(np.arange(GROUPS), self.groups)] = np.nan
        return values

    def _mean_squared(self, sums: Floats, scale: Floats | None) -> Doubles:
        """Return, by row, the squared length of the mean of covered tokens: products of groups too, so unbiased.

        The tokens are those that all texts cover.
        """
        own = self.covered * (np.arange(GROUPS)[:, None] == self.groups)
        # ones and zeros: single precision does, and takes no copy of the sums
        by_group = (own.astype(np.float32) @ sums).astype(np.float64)
        others, tokens = by_group.sum(axis=0) - by_group, own @ self.counts
        scaled = others if scale is None else others * scale
        products, pairs = np.einsum("ij,ij->i", by_group, scaled), tokens * (tokens.sum() - tokens)
        left = np.append(0.0, 2.0 * products), np.append(0.0, 2.0 * pairs)
        above, below = products.sum() - left[0], pairs.sum() - left[1]
        squared: Doubles = np.divide(above, below, out=np.zeros(below.size), where=below > 0.0)
        return squared

    def _products(self, sums: Floats, scale: Floats | None) -> Doubles:
        """Return, by slot, the product of its sum with that of its id's other slots."""
        whole = np.add.reduceat(sums, self.starts, axis=0)
        of_id = self._each(np.arange(self.starts.size))
        products = np.empty(len(sums))
        for first in range(0, len(sums), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            others = whole[of_id[some]] - sums[some]
            if scale is not None:
                others *= scale
            products[some] = np.einsum("ij,ij->i", sums[some], others)
        return products

    def _crossed(self, products: Doubles) -> Doubles:
        """Return, by row, the sum over ids of n_w times the mean product of its pairs."""
        left = self._of_id(products) - self._of_id(self.out * 2.0 * products)
        crossed: Doubles = np.sum(self.once * self.weights * left, axis=1)
        return crossed

    def _of_id(self, by_slot: Doubles) -> Doubles:
        """Return for each slot the sum over the slots of its id; slots along the last axis."""
        if not self.starts.size:
            return by_slot
        summed: Doubles = np.add.reduceat(by_slot, self.starts, axis=-1)
        return self._each(summed)

    def _each(self, by_id: NDArray[Any]) -> NDArray[Any]:
        """Return for each slot what its id has; ids along the last axis."""
        each: NDArray[Any] = np.repeat(by_id, self.size, axis=-1)
        return each

"""Features of the pairs of a contrast, a block of rows at a time: attention, words, similarity, or columns.

Only row numbers grow with pairs; scaling uses moments from a separate pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ...errors import InputError
from ...runtime.arguments import real_array
from ...runtime.spool import Spool

__all__ = [
    "Attention",
    "AttentionRows",
    "ColumnRows",
    "Rows",
    "dense",
    "row_blocks",
    "standardised_rows",
    "weightings",
]

Array = NDArray[Any]
Doubles = NDArray[np.float64]

# numbers in a block of rows
BLOCK_SIZE = 1 << 15
# a feature that varies by less than this share of its largest value counts as constant
CONSTANT = 1e-6
# how many times the variance of the others a block of columns has, where it weighs more
HEAVIER = 30.0
# by how much rounding may carry a share beyond 0 or 1
ROUNDING = 0.01


class Rows(Protocol):
    """Rows (n, d) in float64, by block."""

    @property
    def shape(self) -> tuple[int, int]:
        """Return the numbers of rows and columns."""

    def block(self, first: int, last: int) -> Doubles:
        """Return rows ``first .. last - 1``."""


class Attention:
    """Attention of pairs (n) in templates, from an array or a spool.

    Parameters
    ----------
    given : ndarray of shape (templates, n, 2, L, H), or Spool of n x templates rows of shape (2, L, H)
    templates : int
        Number of templates in a spool; a pair's rows are contiguous.
    """

    def __init__(self, given: Array | Spool, templates: int = 1) -> None:
        self._given = given
        rows = given.shape[0]
        self.shape = (templates, rows // templates, *given.shape[1:]) if isinstance(given, Spool) else given.shape

    @classmethod
    def of(cls, given: ArrayLike, name: str = "random_models") -> Attention:
        """Take attention (n, 2, L, H), or with templates before that; ``name`` is its name in messages."""
        if isinstance(given, cls):
            return given
        found = real_array(name, given)
        return cls(found[None] if found.ndim == 4 else found)

    def rows(self, numbers: Array) -> Array:
        """Return pairs by number (pairs, templates, 2, L, H)."""
        if not isinstance(self._given, Spool):
            return np.moveaxis(self._given[:, numbers], 0, 1)
        templates = self.shape[0]
        places = np.asarray(numbers)[:, None] * templates + np.arange(templates)
        return self._given.rows(places.reshape(-1)).reshape(len(numbers), templates, *self.shape[2:])

    def mean(self, numbers: Array) -> Doubles:
        """Return the mean over templates of pairs by number (pairs, 2, L, H)."""
        return np.asarray(self.rows(numbers).mean(axis=1, dtype=np.float64))

    def refuse_odd(self, name: str) -> None:
        """Refuse values that are no share of attention: logits, 8-bit values not scaled back, non-finite values.

        Raises
        ------
        InputError
            Names pair, template, direction, layer and head.
        """
        templates, n, *rest = self.shape
        step = max(1, BLOCK_SIZE // (templates * math.prod(rest)))
        for first in range(0, n, step):
            rows = self.rows(np.arange(first, min(first + step, n)))
            odd = ~((rows >= -ROUNDING) & (rows <= 1.0 + ROUNDING))
            if odd.any():
                pair, template, way, layer, head = np.argwhere(odd)[0].tolist()
                raise InputError(
                    f"{name}: pair {first + pair}, template {template + 1}, direction {way}, layer {layer + 1}, head "
                    f"{head + 1} has {rows[odd][0]:.4g}, expected a share of attention from 0 to 1; give softmax "
                    "weights, summed over the attended tokens and averaged over the attending tokens"
                )

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Array:
        """Return all attention (templates, n, 2, L, H)."""
        return np.asarray(np.moveaxis(self.rows(np.arange(self.shape[1])), 1, 0), dtype)


class AttentionRows:
    """Attention of some pairs as columns: averaged over templates or from one, from all layers or from some."""

    def __init__(
        self, attention: Attention, rows: NDArray[np.int64], template: int | None, layers: Sequence[int] | None
    ) -> None:
        self._attention, self._rows, self._template = attention, rows, template
        count, heads = attention.shape[3:]
        self._layers = None if layers is None else [layer - 1 for layer in layers]
        self.shape = (len(rows), 2 * (count if layers is None else len(layers)) * heads)

    def block(self, first: int, last: int) -> Doubles:
        """See ``Rows``."""
        numbers = self._rows[first:last]
        if self._template is None:
            chosen = self._attention.mean(numbers)
        else:
            chosen = self._attention.rows(numbers)[:, self._template].astype(np.float64)
        if self._layers is not None:
            chosen = chosen[:, :, self._layers]
        return chosen.reshape(len(numbers), -1)


class ColumnRows:
    """Existing columns (n, d)."""

    def __init__(self, columns: Array) -> None:
        self._columns = columns
        self.shape = (columns.shape[0], columns.shape[1])

    def block(self, first: int, last: int) -> Doubles:
        """See ``Rows``."""
        return np.asarray(self._columns[first:last], dtype=np.float64)


class _Scaled:
    """Some columns of rows, less a mean and divided by a scale; without any column, a single column of 0."""

    def __init__(self, rows: Rows, kept: NDArray[np.bool_], mean: Doubles, scale: Doubles) -> None:
        self._rows, self._kept, self._mean, self._scale = rows, kept, mean, scale
        self.shape = (rows.shape[0], max(1, int(kept.sum())))

    def block(self, first: int, last: int) -> Doubles:
        """See ``Rows``."""
        if not self._kept.any():
            return np.zeros((last - first, 1))
        own = self._rows.block(first, last)
        if not self._kept.all():
            own, mean, scale = own[:, self._kept], self._mean[self._kept], self._scale[self._kept]
        else:
            mean, scale = self._mean, self._scale
        out: Doubles = (own - mean) / scale
        return out


def row_blocks(rows: Rows, first: int = 0, last: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield the bounds of blocks of rows that are small in memory."""
    end = rows.shape[0] if last is None else last
    step = max(1, BLOCK_SIZE // rows.shape[1])
    for start in range(first, end, step):
        yield start, min(start + step, end)


def dense(rows: Rows) -> Doubles:
    """Return all rows (n, d)."""
    return np.concatenate([rows.block(first, last) for first, last in row_blocks(rows)])


def _moments(rows: Rows) -> tuple[Doubles, Doubles, Doubles]:
    """Mean, mean squared deviation, and largest absolute value of each column, in two passes."""
    n, d = rows.shape
    total, largest, squares = np.zeros(d), np.zeros(d), np.zeros(d)
    for first, last in row_blocks(rows):
        own = rows.block(first, last)
        total += own.sum(axis=0)
        np.maximum(largest, np.abs(own).max(axis=0), out=largest)
    mean = total / n
    for first, last in row_blocks(rows):
        squares += np.square(rows.block(first, last) - mean).sum(axis=0)
    return mean, squares / n, largest


def standardised_rows(rows: Rows) -> tuple[Rows, NDArray[np.bool_]]:
    """Return the features that vary, each with mean 0 and deviation 1, and their indices."""
    mean, variance, largest = _moments(rows)
    deviation = np.sqrt(variance)
    varies = deviation > CONSTANT * largest
    return _Scaled(rows, varies, mean, np.where(varies, deviation, 1.0)), varies


def weightings(rows: Rows, parts: Sequence[slice]) -> list[Rows]:
    """Return the rows with all parts of the columns alike, then with each part's variance times ``HEAVIER``.

    A part is centred, with a total variance of 1, or of ``HEAVIER``; constant ones are 0. Ridge on such columns gives a
    part the penalty divided by its variance.
    """
    mean, variance, largest = _moments(rows)
    scale = np.ones(len(mean))
    for part in parts:
        own = math.sqrt(float(variance[part].sum()))
        # constants divided by infinity are 0
        scale[part] = own if own > CONSTANT * float(largest[part].max(initial=0.0)) else math.inf
    every = np.ones(len(mean), dtype=bool)
    found: list[Rows] = [_Scaled(rows, every, mean, scale)]
    for part in parts:
        heavier = scale.copy()
        heavier[part] /= math.sqrt(HEAVIER)
        found.append(_Scaled(rows, every, mean, heavier))
    return found

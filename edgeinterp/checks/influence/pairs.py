"""Whom attention and influence single out: ``pair`` (docs/method.md, "Influence").

Logarithms, out of which effects of row, column and signed offset are taken, one product of a row's and a column's
number, and what each row and each column feels of offsets: what is left belongs to the pair of tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .bins import Bin

__all__ = ["Effects", "pair_tables"]

# values below this share of the largest of their row count as that
_FLOOR = 1e-12
# of the cells that are free, what factors of offsets may take: where they take more, pairs are no longer found
_MOST_FACTORS = 0.375
# singular values below this share of the largest one are rounding
_ROUNDING = 1e-9

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class _Layout:
    """What the effects of one bin's cells are: the same for all of its texts.

    Attributes
    ----------
    cells : (ndarray, ndarray)
        Rows and columns of the cells that are compared.
    basis : ndarray, shape (cells, rank)
        Orthonormal, of effects of rows and columns.
    offsets : ndarray, shape (cells, offsets)
        Indicators of signed offsets, effects of rows and columns taken out.
    """

    cells: tuple[NDArray[np.intp], NDArray[np.intp]]
    basis: Doubles
    offsets: Doubles

    @classmethod
    def of(cls, part: Bin, longest: int) -> _Layout:
        rows, columns = np.nonzero(part.allowed)
        own = np.arange(len(rows))
        effects = np.zeros((len(rows), sum(part.allowed.shape)))
        effects[own, rows] = effects[own, part.allowed.shape[0] + columns] = 1.0
        left, sizes, _ = np.linalg.svd(effects, full_matrices=False)
        basis = left[:, sizes > _ROUNDING * sizes.max(initial=0.0)]
        offsets = np.zeros((len(rows), 2 * longest + 1))
        offsets[own, part.offsets[rows, columns] + longest] = 1.0
        return cls((rows, columns), basis, offsets - basis @ (basis.T @ offsets))

    def counts(self) -> tuple[int, int]:
        """Return cells that effects and a product of rows and columns leave free, and factors that would be fitted."""
        from edgeinterp_kernels.gain import FEWEST_CELLS

        lines = np.concatenate([np.bincount(line) for line in self.cells])
        return len(self.cells[0]) - 2 * int(np.count_nonzero(lines)), int(np.count_nonzero(lines >= FEWEST_CELLS))

    def without(self, values: Doubles) -> Doubles:
        """Take effects of rows and columns out of each text, by least squares; shape (m, cells)."""
        return np.asarray(values - (values @ self.basis) @ self.basis.T, dtype=np.float64)


class Effects:
    """Takes effects out of values bin by bin; what depends on the cells alone is worked out once."""

    def __init__(self, bins: Sequence[Bin]) -> None:
        self.bins = bins
        self.longest = max((int(np.abs(part.offsets).max(initial=0)) for part in bins), default=0)
        self.layouts = [_Layout.of(part, self.longest) for part in bins]
        free, factors = np.sum([(0, 0), *(layout.counts() for layout in self.layouts)], axis=0)
        self.factors = bool(factors <= _MOST_FACTORS * free)
        squares = [layout.offsets.T @ layout.offsets for layout in self.layouts]
        squares = [len(part.texts) * own for part, own in zip(bins, squares, strict=True)]
        total = np.sum(squares, axis=0)
        # normal equations of offsets in the other bins; a trend of offsets lies within rows and columns
        self.inverses = [np.linalg.pinv(total - own, rcond=_ROUNDING, hermitian=True) for own in squares]

    def residuals(self, values: Sequence[Doubles]) -> list[Doubles]:
        """Return what is left of the logarithms of values, each text's of length 1, shape (m, cells of a map) a bin.

        Effects of offsets come from the texts of other bins, of rows and columns from the text itself, all by joint
        least squares over the cells that are compared; and so do one multiplicative component, and factors of offsets.
        Rows of 0 stay 0.
        """
        from edgeinterp_kernels.gain import without_component

        logs = [_logarithms(own, part.allowed) for own, part in zip(values, self.bins, strict=True)]
        plain = [layout.without(own[:, *layout.cells]) for own, layout in zip(logs, self.layouts, strict=True)]
        moments = [own.sum(axis=0) @ layout.offsets for own, layout in zip(plain, self.layouts, strict=True)]
        total = np.sum(moments, axis=0)
        found = []
        for number, (part, layout) in enumerate(zip(self.bins, self.layouts, strict=True)):
            effects = self.inverses[number] @ (total - moments[number])
            maps = np.zeros(values[number].shape)
            maps[:, *layout.cells] = plain[number] - layout.offsets @ effects
            live = np.any(np.where(part.allowed, values[number], 0.0) > 0.0, axis=-1)[..., None]
            by_offset = effects[part.offsets + self.longest] if self.factors else None
            left = without_component(np.where(live, maps, 0.0), part.allowed, by_offset)
            found.append(_unit(np.where(live, left, 0.0).reshape(len(left), -1)))
        return found


def pair_tables(readings: Sequence[Doubles], influence: Sequence[Doubles]) -> list[Doubles]:
    """Correlate the residuals of each text's reading with those of each text's influence, shape (m, m) a bin."""
    return [reading @ other.T for reading, other in zip(readings, influence, strict=True)]


def _logarithms(values: Doubles, allowed: NDArray[np.bool_]) -> Doubles:
    there = np.where(allowed, values, 0.0)
    largest = there.max(axis=-1, keepdims=True, initial=0.0)
    floor = np.where(largest > 0.0, np.maximum(_FLOOR * largest, np.finfo(np.float64).tiny), 1.0)
    found: Doubles = np.log(np.maximum(there, floor))
    return found


def _unit(rows: Doubles) -> Doubles:
    """Give each row length 1; rows of rounding alone are 0."""
    sizes = np.linalg.norm(rows, axis=-1, keepdims=True)
    found: Doubles = np.where(sizes > _ROUNDING, rows / np.maximum(sizes, _ROUNDING), 0.0)
    return found

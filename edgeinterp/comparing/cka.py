"""Linear centred kernel alignment of two streams of hidden states, from sums that do not grow with the tokens."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["LinearCKA"]

# variance below this share of the squared mean counts as none
FLAT = 1e-12

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]


class LinearCKA:
    r"""Linear CKA of X (tokens, d1) and Y (tokens, d2), added in blocks of rows.

    .. math:: CKA(X, Y) = \frac{\lVert Y^\top X \rVert_F^2}{\lVert X^\top X \rVert_F \, \lVert Y^\top Y \rVert_F}

    with centred columns (Kornblith, Norouzi, Lee & Hinton 2019, "Similarity of neural network representations
    revisited", section 3, the form over features). Widths may differ. CKA is invariant under rotation of either space
    and under a common scale, but not under other linear maps.

    Three matrices are kept in float32, d1 x d1, d2 x d2 and d2 x d1: 12 bytes x d^2. The mean of the first block is
    subtracted from rows before they are multiplied, so that a large common mean costs no digits; the rest of the mean
    is subtracted at the end. With few tokens for the width the value is biased upwards.
    """

    def __init__(self, first_width: int, second_width: int) -> None:
        self.count = 0
        self._shifts: tuple[Floats, Floats] | None = None
        self._sums = np.zeros(first_width), np.zeros(second_width)
        self._first = np.zeros((first_width, first_width), dtype=np.float32)
        self._second = np.zeros((second_width, second_width), dtype=np.float32)
        self._cross = np.zeros((second_width, first_width), dtype=np.float32)

    def update(self, first: Floats, second: Floats) -> None:
        """Add rows of the same tokens in both."""
        if self._shifts is None:
            self._shifts = first.mean(axis=0), second.mean(axis=0)
        X, Y = first - self._shifts[0], second - self._shifts[1]
        self.count += len(X)
        for side, rows in enumerate((X, Y)):
            self._sums[side][:] += rows.sum(axis=0, dtype=np.float64)
        self._first += X.T @ X
        self._second += Y.T @ Y
        self._cross += Y.T @ X

    def value(self) -> float | None:
        """Return the CKA of all rows so far; None where either side does not vary."""
        if self.count < 2 or self._shifts is None:
            return None
        x, y = self._sums
        own_x = _norm(self._first, x, x, self.count)
        own_y = _norm(self._second, y, y, self.count)
        for own, shift in zip((own_x, own_y), self._shifts, strict=True):
            # rounding noise in constant states is no variance
            if own <= FLAT * self.count * float(np.sum(shift.astype(np.float64) ** 2)):
                return None
        return float(min(1.0, _norm(self._cross, y, x, self.count) ** 2 / (own_x * own_y)))


def _norm(products: Floats, left: Doubles, right: Doubles, count: int) -> float:
    """Return the Frobenius norm of a product matrix after subtracting the rest of the means."""
    total = 0.0
    for row, factor in zip(products, left, strict=True):
        centred = row - (factor / count) * right
        total += float(centred @ centred)
    return float(np.sqrt(total))

"""Three ways to score the held-out predictions of permuted targets, with one interface.

``MatrixRoute`` multiplies by n x n matrices, ``SparseRoute`` looks pairs of nonzero rows up in them, and
``RotationRoute`` works in the eigenbasis where n is far larger than d. ``choose_route`` takes the cheapest that fits
into memory. A route holds one block of targets that share their missing rows; permutations come as row numbers
``rows`` (B, m) in fold order, penalties as positions ``choice`` (B, K) in the grid.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from .folds import Folds
from .matrix import MatrixRoute
from .precise import Precise
from .rotation import RotationRoute
from .sparse import SparseRoute
from .targets import Scratch

__all__ = ["Route", "choose_route"]

Array = np.ndarray[Any, Any]


class Route(Protocol):
    """Interface of a route, for the permutation driver."""

    folds: Folds
    n_targets: int
    exponents: Array
    precise: Precise

    def divided(self, Y: Any) -> Any:
        """Targets less their means, divided by two to the power of ``exponents`` so that squares stay in range."""

    def gains(self, rows: Array, scratch: Scratch) -> Array:
        """Squared error of each penalty and fold (B, P, K), summed over targets, less that of the training mean.

        In units of ``4 ** unit``.
        """

    def rounding(self, rows: Array) -> Array:
        """Bound on how far rounding moves the gains of each permutation (B, P, K)."""

    def scores(self, rows: Array, choice: Array, scratch: Scratch) -> Array:
        """Score of each permutation and target (B, T)."""

    def heldout(self, rows: Array, choice: Array) -> Array:
        """Held-out predictions less training means (m, T), in fold order, of one permutation."""


def choose_route(X: Array, Y: Any, folds: Folds, alphas: Array, scoring: str, unit: int = 0) -> Route:
    """Give the route with the fewest multiplications for each permutation, and at most 128 MB of matrices."""
    n, d, T = folds.n_rows, X.shape[1], Y.shape[1]
    P, K = len(alphas), folds.n_folds
    small = P * n * n * X.dtype.itemsize <= 128 << 20
    sparse = not isinstance(Y, np.ndarray)
    if sparse and Y.nnz > 0.5 * n * T:
        Y, sparse = Y.toarray(), False
    if sparse and (small or d >= n):
        return SparseRoute(X, Y, folds, alphas, scoring, unit)
    choosing = 0.0 if P == 1 else min(P * n * n, (P * K / 2 + 15) * n * n / T)
    by_matrix = n * n + choosing
    by_rotation = n * d + K * d * (2 * d + (P + 1 if P > 1 else 1) * min(n / K, d))
    if d >= n or (small and by_matrix <= by_rotation):
        return MatrixRoute(X, Y, folds, alphas, scoring, unit)
    return RotationRoute(X, Y.toarray() if sparse else Y, folds, alphas, scoring, unit)

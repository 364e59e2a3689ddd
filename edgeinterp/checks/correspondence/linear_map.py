"""Fit half: means by position, and the ridge map from hidden states to references.

Texts are summed up as they stream by. For each layer the sums of products for a ridge regression and the sums by
position for centring are kept; no state is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Centring", "FitSums", "FittedLayer", "generalised_cross_validation", "layers_at_a_time"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Products = tuple[Doubles, Doubles]

PSEUDO_COUNTS = 5.0
# Range of ridge penalties: from this share of a typical diagonal entry of X'X up to its largest eigenvalue. Typical,
# not largest: a few huge activations can make the largest eigenvalue a million times the rest. No lower: single
# precision leaves false eigenvalues of about 1e-7 of a typical entry, which would count as content.
SMALLEST_PENALTY = 1e-5
N_PENALTIES = 49
# up to this many positions in a block, their sums are one product; with more, adding row by row is faster
FEW_POSITIONS = 48
# bytes per pair of dimensions of a hidden state: four doubles, two sums of products in each part of the fit half
BYTES_PER_PAIR = 32
# most bytes of these sums with low memory, in all; one hidden state is always allowed
LOW_MEMORY_BYTES = 64 << 20


def layers_at_a_time(hidden_size: int) -> int:
    """Return the number of layers fitted at a time with low memory."""
    return max(1, LOW_MEMORY_BYTES // (BYTES_PER_PAIR * hidden_size**2))


@dataclass(frozen=True)
class Centring:
    """Fit-half means by position, (positions, d); the last row, for later positions, is the mean over all positions."""

    by_position: Floats

    def __call__(self, states: Floats, positions: NDArray[np.int32]) -> Floats:
        """Return ``states`` (tokens, d) without the mean of their positions."""
        return states - self.of(positions)

    def of(self, positions: NDArray[np.int32]) -> Floats:
        """Return the means of positions, (tokens, d)."""
        return self.by_position[np.minimum(positions, len(self.by_position) - 1)]


@dataclass(frozen=True)
class FittedLayer:
    """Fit of one hidden state: its centring, and the map (d, d) with its penalty."""

    centring: Centring
    weights: Floats | None
    penalty: float | None


class FitSums:
    """Sums over one part of the fit half, for hidden states 0..L.

    Parameters
    ----------
    layers, hidden_size : int
        Number of hidden states, and their width.
    shift : ndarray, shape (layers, hidden_size)
        A rough mean, subtracted before products are summed. Any shift gives the same map; one near the mean keeps the
        precision of float32 products.
    """

    def __init__(self, layers: int, hidden_size: int, shift: Floats) -> None:
        self.shift = shift
        self.tokens = 0
        self.counts: Doubles = np.zeros(0)
        self.by_position: Doubles = np.zeros((layers, 0, hidden_size))
        # X'X and X'Y of hidden states 1..L: an array each, so that each can be freed on its own
        shape = (hidden_size, hidden_size)
        self.products: dict[int, Products] = {layer: (np.zeros(shape), np.zeros(shape)) for layer in range(1, layers)}
        self.reference_squares = np.zeros(hidden_size)

    def add(self, states: Iterable[Floats], positions: NDArray[np.int32]) -> None:
        """Add a block of tokens.

        Parameters
        ----------
        states : iterable of ndarray of float32, each of shape (tokens, hidden_size)
            One array per hidden state, 0 first; only one is needed at a time.
        positions : ndarray of int32, shape (tokens,)
            Position of each token in its text.
        """
        self._grow(int(positions.max()) + 1)
        self.tokens += positions.size
        np.add.at(self.counts, positions, 1.0)
        present, summed = _by_position(positions)
        for layer, rows in enumerate(states):
            shifted = rows - self.shift[layer]
            if layer == 0:
                references = shifted
                self.reference_squares += np.einsum("ij,ij->j", shifted, shifted, dtype=np.float64)
            self.by_position[layer, present] += summed(shifted)
            if layer in self.products:
                gram, cross = self.products[layer]
                gram += shifted.T @ shifted
                cross += shifted.T @ references

    def let_go(self, layer: int) -> None:
        """Free the products of this hidden state: its map is fitted."""
        self.products.pop(layer, None)

    def align(self, other: FitSums) -> None:
        """Give both parts the same positions, as ``merged`` needs them."""
        positions = max(self.counts.size, other.counts.size)
        self._grow(positions)
        other._grow(positions)

    def _grow(self, positions: int) -> None:
        missing = positions - self.counts.size
        if missing > 0:
            self.counts = np.pad(self.counts, (0, missing))
            self.by_position = np.pad(self.by_position, ((0, 0), (0, missing), (0, 0)))

    def merged(self, other: FitSums, layer: int, last: bool = False) -> _LayerSums:
        """Return the sums of one hidden state over both parts; with ``last``, in the other part's arrays."""
        products = other._taken(layer, last)
        if products is not None:
            for both, mine in zip(products, self.products[layer], strict=True):
                np.add(both, mine, out=both)
        return _LayerSums(
            self.counts + other.counts,
            self.by_position[[layer, 0]] + other.by_position[[layer, 0]],
            products,
            self.reference_squares + other.reference_squares,
            self.shift[[layer, 0]],
        )

    def single(self, layer: int, last: bool = False) -> _LayerSums:
        """Return the sums of one hidden state over this part alone; with ``last``, in its own arrays."""
        return _LayerSums(
            self.counts,
            self.by_position[[layer, 0]],
            self._taken(layer, last),
            self.reference_squares,
            self.shift[[layer, 0]],
        )

    def _taken(self, layer: int, last: bool) -> Products | None:
        """Return products that may be overwritten: copies, or with ``last`` the arrays themselves, released here."""
        if not layer:
            return None
        gram, cross = self.products.pop(layer) if last else self.products[layer]
        return (gram, cross) if last else (gram.copy(), cross.copy())


@dataclass(frozen=True)
class _LayerSums:
    """Sums for one hidden state and the reference; ``by_position`` and ``shift`` hold the state's first.

    ``fit`` overwrites the arrays of ``products``.
    """

    counts: Doubles
    by_position: Doubles
    products: Products | None
    reference_squares: Doubles
    shift: Floats

    def fit(self) -> FittedLayer:
        """Centre, then regress centred references on centred states with the penalty of least GCV error."""
        count = self.counts.sum()
        if count == 0.0:
            return FittedLayer(Centring(self.shift[:1]), None, None)
        mean = self.by_position.sum(axis=1) / count
        # offset of a position: its mean deviation, shrunk towards 0 as if 5 more tokens had shown none
        deviation = self.by_position - self.counts[:, None] * mean[:, None, :]
        centre = mean[:, None, :] + deviation / (self.counts + PSEUDO_COUNTS)[:, None]
        full = np.concatenate([centre[0], mean[:1]]) + self.shift[0]
        centring = Centring(full.astype(np.float32))
        if self.products is None:
            return FittedLayer(centring, None, None)
        weighted = centre * self.counts[:, None]
        gram, cross = self.products
        for of, products in ((0, gram), (1, cross)):
            # centring subtracts from a sum of products x y': s_x c_y' + c_x s_y' - n c_x c_y', over positions
            np.subtract(products, self.by_position[0].T @ centre[of], out=products)
            np.subtract(products, centre[0].T @ self.by_position[of], out=products)
            np.add(products, weighted[0].T @ centre[of], out=products)
        squares = self.reference_squares - np.sum(
            2.0 * self.by_position[1] * centre[1] - weighted[1] * centre[1], axis=0
        )
        weights, penalty = generalised_cross_validation(gram, cross, float(squares.sum()), float(count))
        return FittedLayer(centring, weights.astype(np.float32), penalty)


def _by_position(positions: NDArray[np.int32]) -> tuple[NDArray[np.int32], Callable[[Floats], NDArray[np.floating]]]:
    """Return the distinct positions of tokens, and a matrix that sums rows of tokens at each of them."""
    present, row = np.unique(positions, return_inverse=True)
    if present.size > FEW_POSITIONS:
        order = np.argsort(row, kind="stable")
        first = np.searchsorted(row[order], np.arange(present.size))
        return present, lambda rows: np.add.reduceat(rows[order], first, axis=0, dtype=np.float64)
    # 1 where a token (column) is at a position (row)
    members = np.zeros((present.size, row.size), dtype=np.float32)
    members[row, np.arange(row.size)] = 1.0
    return present, lambda rows: members @ rows


def generalised_cross_validation(
    gram: Doubles, cross: Doubles, target_squares: float, count: float
) -> tuple[Doubles, float]:
    r"""Return the ridge weights of least generalised cross-validation error, and their penalty.

    .. math:: GCV(\lambda) = n \, RSS(\lambda) / (n - 1 - df(\lambda))^2,
              \quad df(\lambda) = \sum_j s_j / (s_j + \lambda)

    with :math:`s_j` the eigenvalues of X'X (Golub, Heath & Wahba 1979). The 1 counts the mean; the shrunk means by
    position are not counted.

    Parameters
    ----------
    gram : ndarray, shape (d, d)
        X'X of centred X.
    cross : ndarray, shape (d, targets)
        X'Y of centred X and Y.
    target_squares : float
        Sum of squares of Y.
    count : float
        Rows n.

    Returns
    -------
    weights : ndarray, shape (d, targets)
    penalty : float
        In the units of ``gram``.
    """
    values, vectors = np.linalg.eigh(gram)
    values = np.maximum(values, 0.0)
    largest = float(values[-1])
    if largest == 0.0:
        return np.zeros_like(cross), 0.0
    rotated = vectors.T @ cross
    squares = np.einsum("ij,ij->i", rotated, rotated)
    diagonal = np.diag(gram)
    smallest = min(SMALLEST_PENALTY * float(np.median(diagonal[diagonal > 0.0])), largest)
    penalties = np.geomspace(smallest, largest, N_PENALTIES)
    denominators = values[None, :] + penalties[:, None]
    explained = np.sum(squares * (values + 2.0 * penalties[:, None]) / denominators**2, axis=1)
    residual = np.maximum(target_squares - explained, 0.0)
    left = count - 1.0 - np.sum(values / denominators, axis=1)
    error = np.where(left > 0.0, count * residual / np.maximum(left, 1e-9) ** 2, np.inf)
    # with fewer rows than dimensions and a tiny penalty, residual and remaining degrees of freedom both vanish
    error = np.where(left > 1e-3 * count, error, np.inf)
    penalty = float(penalties[int(np.argmin(error))])
    rotated /= (values + penalty)[:, None]
    return vectors @ rotated, penalty

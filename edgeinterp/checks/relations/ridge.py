r"""Ridge with every fold held out, on rows that are read block by block: memory d^2, whatever the number of rows.

With ``G = V diag(s) V'`` the cross-product of all rows (centred), ``z = V'x``, fold f of n_f rows and m the mean of z
over the others, the coefficients of a fit on the others are

.. math:: b = (diag(s) + \alpha I - \sum_{i \in f} z_i z_i' - (n - n_f) m m')^{-1} \sum_{i \notin f} (z_i - m) y_i

and the held-out prediction less the training mean is ``(z - m)'b``: the same as ``RidgeMap`` gets from n x d arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...regression.penalties import spectrum_grid, sums_of_others
from ..properties.mappings import solved
from .features import Rows, row_blocks

__all__ = ["FoldedRidge", "HeldoutFit"]

Doubles = NDArray[np.float64]
# least numbers in a group of left-out rows
LEAVING_SIZE = 1 << 16
# labels (rows, draws) of rows first .. last - 1
Labels = Callable[[int, int], Doubles]


@dataclass(frozen=True)
class HeldoutFit:
    """Fitted coefficients and the choices of the folds.

    Attributes
    ----------
    coefficients : ndarray of shape (K, d, draws)
        Coefficients for the rows as stored.
    offsets, means : ndarray of shape (K, draws)
        Offset to subtract from the product for a prediction less the training mean, and that mean.
    choice : ndarray of int, shape (K, draws)
        Which penalty each fold took.
    error : ndarray of shape (K, draws)
        Squared error on the other folds with it, less that of predicting training means.
    """

    coefficients: Doubles
    offsets: Doubles
    means: Doubles
    choice: NDArray[np.int64]
    error: Doubles


def _groups(numbers: list[int], sizes: list[int], most: int) -> Iterator[list[int]]:
    """Yield groups of the numbers whose sizes sum to at most ``most``, or single ones."""
    group: list[int] = []
    total = 0
    for number in numbers:
        if group and total + sizes[number] > most:
            yield group
            group, total = [], 0
        group.append(number)
        total += sizes[number]
    if group:
        yield group


def _moved(z: Doubles, passed: Doubles, errors: Doubles, sizes: list[int], count: int) -> Doubles:
    """Return the change of coefficients (r, units) without each unit of rows ``z``, of ``count`` training rows."""
    out = np.empty((z.shape[1], len(sizes)))
    last = 0
    for unit, size in enumerate(sizes):
        own, last = slice(last, last + size), last + size
        left = np.eye(size) - 1.0 / count - z[own] @ passed[:, own]
        out[:, unit] = -passed[:, own] @ np.linalg.solve(left, errors[own, 0])
    return out


class FoldedRidge:
    """Ridge on rows (n, d) whose columns have mean 0, in fold order.

    Parameters
    ----------
    rows : Rows
    folds : ndarray of int, shape (n,)
        Ascending.
    """

    def __init__(self, rows: Rows, folds: NDArray[np.int64]) -> None:
        from scipy.linalg import eigh

        self.rows = rows
        edges = np.flatnonzero(np.diff(folds, prepend=-1)).tolist()
        self.folds = list(pairwise([*edges, len(folds)]))
        gram = np.zeros((rows.shape[1], rows.shape[1]), order="F")
        for first, last in row_blocks(rows):
            gram = _with_squares(gram, rows.block(first, last))
        noise = max(rows.shape) * np.finfo(np.float64).eps * float(np.trace(gram))
        values, vectors = eigh(gram, lower=True, overwrite_a=True, check_finite=False)
        rank = int(np.sum(values > noise))
        self.candidates: list[float] = spectrum_grid(values[len(values) - rank :][::-1]).tolist()
        # ascending, so that these are views; constant rows keep one direction, in which they are 0
        first = min(len(values) - rank, len(values) - 1)
        self.values, self.vectors = values[first:], vectors[:, first:]

    def fit(self, labels: Labels, draws: int) -> HeldoutFit:
        """Fit each fold's complement for each draw of labels; a fold's own error never decides its penalty."""
        cross, total = self._totals(labels, draws)
        lost = np.empty((len(self.candidates), len(self.folds), draws))
        means = np.empty((len(self.folds), draws))
        # one draw's solutions are kept; with many draws, the chosen ones are solved again
        kept: list[list[Doubles]] = []
        centres: list[Doubles] = []
        for k in range(len(self.folds)):
            fold = self._fold(k, labels, cross, total)
            found = []
            for a, alpha in enumerate(self.candidates):
                found.append(fold.solved(self.values + alpha, fold.cross))
                lost[a, k] = fold.lost(found[-1])
                if draws > 1:
                    found.clear()
            kept.append(found)
            centres.append(fold.centre)
            means[k] = fold.label_mean
        others = sums_of_others(lost.transpose(2, 0, 1))[:, :, :-1]
        choice = np.argmin(others, axis=1).T
        coefficients, offsets = np.empty((len(self.folds), self.rows.shape[1], draws)), np.empty(means.shape)
        for k in range(len(self.folds)):
            if draws > 1:
                solution = self._chosen(self._fold(k, labels, cross, total), choice[k])
            else:
                solution = kept[k][int(choice[k, 0])]
            coefficients[k], offsets[k] = self.vectors @ solution, centres[k] @ solution
        return HeldoutFit(coefficients, offsets, means, choice, others.min(axis=1).T)

    def deletions(
        self, labels: Labels, penalty: Doubles, units: list[tuple[int, int, int]]
    ) -> Iterator[tuple[int, list[int], Doubles]]:
        r"""Yield a fold, some units of its training rows, and its coefficients (d, units) without each of them.

        A regression with intercept on n centred rows x that loses rows u, with residuals e, becomes

        .. math:: b_{-u} = b - A^{-1} X_u' (I - X_u A^{-1} X_u' - 1/n)^{-1} e_u, \quad A = X'X + \alpha I

        Parameters
        ----------
        labels : callable
            As in ``fit``, of one draw.
        penalty : ndarray of shape (K,)
            Of each fold; one of NaN is passed over.
        units : list of (fold, first row, one past the last)
            The units to leave out, one after the other.
        """
        cross, total = self._totals(labels, 1)
        # a system is factored anew for each group: with half as many rows as columns that costs a third more
        most = max(LEAVING_SIZE // len(self.values), len(self.values) // 2)
        for k, (start, end) in enumerate(self.folds):
            if np.isnan(penalty[k]):
                continue
            fold, diagonal = self._fold(k, labels, cross, total), self.values + penalty[k]
            slope = fold.solved(diagonal, fold.cross)
            learned = [u for u, (home, _, _) in enumerate(units) if home != k]
            for group in _groups(learned, [last - first for _, first, last in units], most):
                z = np.concatenate([self.rows.block(*units[u][1:]) @ self.vectors for u in group]) - fold.centre
                y = np.concatenate([labels(*units[u][1:]) for u in group]) - fold.label_mean
                sizes = [units[u][2] - units[u][1] for u in group]
                moved = _moved(z, fold.solved(diagonal, z.T), y - z @ slope, sizes, self.rows.shape[0] - (end - start))
                yield k, group, self.vectors @ (slope + moved)

    def _chosen(self, fold: _Fold, choice: NDArray[np.int64]) -> Doubles:
        solution = np.empty(fold.cross.shape)
        for a in np.unique(choice):
            some = choice == a
            solution[:, some] = fold.solved(self.values + self.candidates[a], fold.cross[:, some])
        return solution

    def _totals(self, labels: Labels, draws: int) -> tuple[Doubles, Doubles]:
        """Return the sum over all rows of z y (r, draws), and of y (draws,)."""
        cross, total = np.zeros((self.rows.shape[1], draws)), np.zeros(draws)
        for first, last in row_blocks(self.rows):
            own = labels(first, last)
            cross += self.rows.block(first, last).T @ own
            total += own.sum(axis=0)
        return self.vectors.T @ cross, total

    def _fold(self, k: int, labels: Labels, cross: Doubles, total: Doubles) -> _Fold:
        """Read the rows of fold k: unchanged where few, else as a cross-product."""
        start, end = self.folds[k]
        r, size = len(self.values), end - start
        others = self.rows.shape[0] - size
        few = size <= r // 2
        # the other rows lack those of the fold, and the square of their mean
        lacking = np.empty((size + 1, r)) if few else np.zeros((r, r), order="F")
        sums, own_cross, own_total = np.zeros(r), np.zeros(cross.shape), np.zeros(total.shape)
        for first, last in row_blocks(self.rows, start, end):
            z, own = self.rows.block(first, last) @ self.vectors, labels(first, last)
            sums += z.sum(axis=0)
            own_cross += z.T @ own
            own_total += own.sum(axis=0)
            if few:
                lacking[first - start : last - start] = z
            else:
                lacking = _with_squares(lacking, z)
        # all rows sum to 0
        centre, label_mean = -sums / others, (total - own_total) / others
        rest = cross - own_cross - np.outer(centre, total - own_total)
        errors = own_cross - np.outer(centre, own_total) - np.outer(sums - size * centre, label_mean)
        if few:
            lacking[size] = np.sqrt(others) * centre
            return _FewRows(centre, label_mean, rest, errors, lacking)
        lacking = _with_squares(lacking, np.sqrt(others) * centre[None])
        return _ManyRows(centre, label_mean, rest, errors, lacking, self.rows.shape[0])


class _Fold:
    """One fold held out.

    Attributes
    ----------
    centre : ndarray of shape (r,)
        Mean of z over the other rows.
    label_mean : ndarray of shape (draws,)
        Mean label of the other rows.
    cross : ndarray of shape (r, draws)
        Sum over the other rows of (z - centre) y.
    errors : ndarray of shape (r, draws)
        Sum over the fold's own rows of (z - centre) (y - label_mean).
    """

    def __init__(self, centre: Doubles, label_mean: Doubles, cross: Doubles, errors: Doubles) -> None:
        self.centre, self.label_mean, self.cross, self.errors = centre, label_mean, cross, errors

    def solved(self, diagonal: Doubles, right: Doubles) -> Doubles:
        """Return the coefficients (r, columns), where ``diagonal`` is values plus penalty."""
        raise NotImplementedError

    def squares(self, solution: Doubles) -> Doubles:
        """Return the sum of squared predictions of the fold's own rows, less training means."""
        raise NotImplementedError

    def lost(self, solution: Doubles) -> Doubles:
        """Return the fold's squared error less that of predicting the training mean (draws,)."""
        lost: Doubles = self.squares(solution) - 2.0 * np.sum(solution * self.errors, axis=0)
        return lost


class _FewRows(_Fold):
    """A fold with fewer rows than directions: a system of its own size (Woodbury). ``lacking``: (rows + 1, r)."""

    def __init__(
        self, centre: Doubles, label_mean: Doubles, cross: Doubles, errors: Doubles, lacking: Doubles
    ) -> None:  # fmt: skip
        super().__init__(centre, label_mean, cross, errors)
        self._lacking = lacking

    def solved(self, diagonal: Doubles, right: Doubles) -> Doubles:
        roots = np.sqrt(diagonal)
        scaled, scaled_right = self._lacking / roots, right / roots[:, None]
        # the product of an array with its own transpose costs half
        matrix = scaled @ scaled.T
        np.negative(matrix, out=matrix)
        matrix.flat[:: len(matrix) + 1] += 1.0
        found: Doubles = (scaled_right + scaled.T @ solved(matrix, scaled @ scaled_right)) / roots[:, None]
        return found

    def squares(self, solution: Doubles) -> Doubles:
        total: Doubles = np.square(self._lacking[:-1] @ solution - self.centre @ solution).sum(axis=0)
        return total


class _ManyRows(_Fold):
    """A fold with many rows: a system of r x r. ``lacking``: the cross-product of the rows as above, its lower half."""

    def __init__(
        self, centre: Doubles, label_mean: Doubles, cross: Doubles, errors: Doubles, lacking: Doubles, count: int
    ) -> None:  # fmt: skip
        super().__init__(centre, label_mean, cross, errors)
        self._lacking, self._count = lacking, count

    def solved(self, diagonal: Doubles, right: Doubles) -> Doubles:
        from scipy.linalg import cho_factor, cho_solve, solve

        try:
            factor = cho_factor(self._system(diagonal), lower=True, overwrite_a=True, check_finite=False)
        except np.linalg.LinAlgError:  # indefinite by rounding
            matrix = self._system(diagonal)
            return np.asarray(solve(matrix, right, lower=True, assume_a="sym", overwrite_a=True, check_finite=False))
        return np.asarray(cho_solve(factor, right, check_finite=False))

    def _system(self, diagonal: Doubles) -> Doubles:
        matrix = np.negative(self._lacking)
        matrix.flat[:: len(matrix) + 1] += diagonal
        return matrix

    def squares(self, solution: Doubles) -> Doubles:
        from scipy.linalg.blas import dsymm

        # the sum of (z - m)(z - m)' over the fold's own rows is the lacking part plus n mm', with n counting all rows
        product = dsymm(1.0, self._lacking, solution, lower=1)
        total: Doubles = np.sum(product * solution, axis=0) + self._count * np.square(self.centre @ solution)
        return total


def _with_squares(gram: Doubles, rows: Doubles) -> Doubles:
    """Add the cross-product of rows (m, d) to the lower half of ``gram`` (d, d) in column order, in place."""
    from scipy.linalg.blas import dsyrk

    return np.asarray(dsyrk(1.0, rows.T, beta=1.0, c=gram, lower=1, overwrite_c=1))

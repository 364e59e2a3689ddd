"""Cross-validated ridge in closed form: the matrices that turn targets into held-out predictions.

Ridge regression with an unpenalised intercept is a linear smoother. With ``Xc`` the centred rows, ``Xc = U S V'`` and
``R = I - 11'/n - U diag(s^2 / (s^2 + alpha)) U'`` the map from targets to residuals of the fit on all rows, the
predictions of the rows ``f`` of a fold by the fit on all *other* rows are exactly

    A_f = I_f - R_ff^-1 R_f        (zero on the fold's own rows)

(the leave-one-out identity, extended to folds). Permuting rows of the targets changes nothing in ``A``: no refit.
Here everything is computed in float64, whatever the type used later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError

__all__ = [
    "FoldRotations",
    "Folds",
    "degrees_of_freedom",
    "fold_rotations",
    "fold_slices",
    "heldout_operators",
    "penalty_for",
    "ridge_coefficients",
    "spectrum",
    "spectrum_grid",
    "spectrum_penalty",
]

Array = np.ndarray[Any, Any]
# Rows that are turned into float64 at a time.
STRIP = 512


@dataclass(frozen=True)
class Folds:
    """Which rows are held out together.

    Attributes
    ----------
    order : ndarray of shape (n_rows,)
        Row numbers, fold after fold.
    starts : ndarray of shape (n_folds + 1,)
        Where each fold begins in ``order``; a fold may be empty.
    """

    order: Array
    starts: Array

    @classmethod
    def from_labels(cls, labels: Array, rows: Array | None = None) -> Folds:
        """Sort ``rows`` (default: all) by their fold number 0..K-1; K is taken over all rows."""
        rows = np.arange(len(labels)) if rows is None else rows
        chosen = labels[rows]
        order = rows[np.argsort(chosen, kind="stable")]
        counts = np.bincount(chosen, minlength=int(labels.max()) + 1)
        starts = np.concatenate([[0], np.cumsum(counts)])
        if np.any((counts > 0) & (len(rows) - counts < 1)):
            raise InputError("a fold holds out every row that has a value: use more folds, or drop the target")
        return cls(order.astype(np.int64), starts.astype(np.int64))

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.order)

    @property
    def n_folds(self) -> int:
        """Number of folds, empty ones included."""
        return len(self.starts) - 1

    def slices(self) -> Iterator[tuple[int, slice]]:
        """Yield ``(fold, slice into order)`` for each fold that is not empty."""
        for k in range(self.n_folds):
            if self.starts[k] < self.starts[k + 1]:
                yield k, slice(int(self.starts[k]), int(self.starts[k + 1]))


def fold_slices(labels: Array) -> list[slice]:
    """Return the rows of each fold that has any; ``labels`` ascend."""
    starts = np.flatnonzero(np.diff(labels, prepend=-1))
    return [slice(int(first), int(last)) for first, last in zip(starts, [*starts[1:], len(labels)], strict=True)]


def _centred_gram(X: Array) -> tuple[Array, Array]:
    """Mean and centred d x d cross-product of the rows, in float64, without a float64 copy of ``X``."""
    mean = X.mean(axis=0, dtype=np.float64)
    gram = np.zeros((X.shape[1], X.shape[1]))
    for first in range(0, len(X), STRIP):
        part = X[first : first + STRIP].astype(np.float64) - mean
        gram += part.T @ part
    return mean, gram


def spectrum(X: Array) -> Array:
    """Eigenvalues of the centred cross-product of ``X`` (n, d) that are not rounding noise, largest first."""
    n, d = X.shape
    if d <= n:
        values = np.linalg.eigvalsh(_centred_gram(X)[1])[::-1]
    else:
        centred = X.astype(np.float64) - X.mean(axis=0, dtype=np.float64)
        values = np.linalg.eigvalsh(centred @ centred.T)[::-1]
    scale = sum(float(np.square(row, dtype=np.float64).sum()) for row in X)  # no float64 copy of X
    return values[values > max(n, d) * np.finfo(np.float64).eps * scale]  # type: ignore[no-any-return]


def degrees_of_freedom(eigenvalues: Array, alpha: float) -> float:
    """Effective degrees of freedom of ridge, ``sum(lambda / (lambda + alpha))``, the intercept not counted.

    Hastie, Tibshirani & Friedman, The Elements of Statistical Learning, equation 3.50.
    """
    return float(np.sum(eigenvalues / (eigenvalues + alpha)))


def penalty_for(eigenvalues: Array, df: float) -> float:
    """Return the penalty whose effective degrees of freedom are ``df`` (between 0 and the rank), by bisection."""
    if len(eigenvalues) == 0:
        return 1.0
    if not 0 < df < len(eigenvalues):
        raise InputError(f"degrees of freedom must lie between 0 and the rank {len(eigenvalues)}, got {df}")
    return float(_penalties(eigenvalues, np.array([df]))[0])


def _penalties(eigenvalues: Array, wanted: Array) -> Array:
    """Penalties (P,) whose effective degrees of freedom are wanted, side by side, as exact as their logarithms are."""
    low = np.full(len(wanted), np.log(eigenvalues[-1]) - 60.0)
    high = np.log(eigenvalues.sum() / wanted) + 1.0
    while True:
        # a logarithm near 0 is no more exact than one near 1 has to be
        wide = high - low > np.spacing(np.maximum(1.0, np.maximum(np.abs(low), np.abs(high))))
        if not wide.any():
            break
        middle = 0.5 * (low + high)
        above = np.sum(eigenvalues / (eigenvalues + np.exp(middle)[:, None]), axis=1) > wanted
        low, high = np.where(wide & above, middle, low), np.where(wide & ~above, middle, high)
    return np.exp(0.5 * (low + high))  # type: ignore[no-any-return]


def spectrum_penalty(eigenvalues: Array, n_rows: int) -> float:
    """One penalty from the spectrum of X alone: ten rows for each effective degree of freedom.

    Ten to twenty observations per parameter is the usual rule of thumb (Harrell, Regression Modeling Strategies,
    section 4.4); at most half of the rank, so that X with few columns is still shrunk. No target is looked at, so
    there is nothing to repeat in a permutation. Degrees of freedom rather than a share of the trace, because a few
    huge activations dominate the trace.
    """
    return penalty_for(eigenvalues, min(n_rows / 10, len(eigenvalues) / 2))


def spectrum_grid(eigenvalues: Array, count: int = 10) -> Array:
    """Give ``count`` penalties, largest first, degrees of freedom in equal ratios from 1 to nine tenths of the rank."""
    rank = len(eigenvalues)
    if rank == 0:
        return np.ones(1)
    wanted = np.geomspace(min(1.0, rank / 2), 0.9 * rank, count)
    return _penalties(eigenvalues, wanted)


def _hat_matrix(Xc: Array, gram: Array, alpha: float) -> Array:
    """``Xc (Xc'Xc + alpha I)^-1 Xc'`` by one Cholesky factor: a third of the time of an eigenbasis."""
    from scipy.linalg import cholesky, solve_triangular

    factor = cholesky(gram + alpha * np.eye(len(gram)), lower=True)
    half = solve_triangular(factor, Xc.T, lower=True)
    return half.T @ half  # type: ignore[no-any-return]


# The cross-product loses what is below eps times its largest eigenvalue: above this share, that is at most 1e-10.
SAFE_SHARE = 1e-5


def _residual_maker(X: Array, alphas: Array) -> Callable[[float], Array]:
    """Matrix R (n, n) from targets to residuals of the fit on all rows, as a function of the penalty."""
    n, d = X.shape
    Xc = X - X.mean(axis=0)
    rest = np.eye(n) - 1.0 / n
    if d < n:
        gram = Xc.T @ Xc
        if len(alphas) == 1 and alphas[0] > SAFE_SHARE * np.trace(gram):
            return lambda alpha: rest - _hat_matrix(Xc, gram, alpha)
        values, V = np.linalg.eigh(gram)
        if np.min(alphas) > SAFE_SHARE * values[-1]:
            Z = Xc @ V
            return lambda alpha: rest - (Z / (values + alpha)) @ Z.T
    U, s, _ = np.linalg.svd(Xc, full_matrices=False)
    keep = s > max(n, d) * np.finfo(np.float64).eps * np.linalg.norm(X)
    U, values = U[:, keep], s[keep] ** 2
    # Where the basis is incomplete, residuals outside it are kept whole; where it is complete, 1 - x / (x + alpha)
    # would cancel for tiny penalties.
    outside = rest - U @ U.T if len(values) < n - 1 else np.zeros((n, n))
    return lambda alpha: outside + (U * (alpha / (values + alpha))) @ U.T


def heldout_operators(X: Array, folds: Folds, alphas: Array) -> Iterator[Array]:
    """Yield, for each penalty, the matrix C with ``C @ Y[order]`` = held-out prediction minus training mean.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        All rows; those in ``folds.order`` are used.
    folds : Folds
        Held-out rows.
    alphas : ndarray of shape (P,)
        Penalties, > 0 (``sklearn.linear_model.Ridge``'s ``alpha``).

    Yields
    ------
    ndarray of shape (n_rows, n_rows)
        float64; rows and columns in fold order. ``C @ 1 = 0``.
    """
    rows = X[folds.order].astype(np.float64)
    n = len(rows)
    varies = bool(np.any(rows != rows[0]))
    residuals = _residual_maker(rows, np.asarray(alphas))
    for alpha in alphas:
        R = residuals(alpha)
        C = np.empty((n, n))
        for _, f in folds.slices():
            C[f] = np.linalg.solve(R[f, f], -R[f]) - 1.0 / (n - (f.stop - f.start))
            C[f, f] = 0.0
        yield C if varies else np.zeros((n, n))


@dataclass(frozen=True)
class FoldRotations:
    """What replaces the n x n matrices where there are far more rows than columns: memory n * r + 2 * K * r * r.

    With ``Xc = U S V'`` on all rows, ``u`` the training mean of U and ``N = U_tr'U_tr - n_tr u u'``, let ``S N S = Q
    diag(lambda) Q'`` and ``W = diag(lambda)^-1/2 Q' S``. The held-out prediction minus the training mean is

        (U_f - u) W' diag(lambda / (lambda + alpha)) W (U_tr - u)' y_tr

    where everything but the shrinkage is near orthogonal, so that float32 does not lose the small directions.

    Attributes
    ----------
    U : ndarray of shape (n_rows, r)
        Left singular vectors in fold order, in the type asked for.
    means : ndarray of shape (K, r)
        Training mean of U.
    W : ndarray of shape (K, r, r)
        From U to the left singular vectors of the training rows.
    eigenvalues : ndarray of shape (K, r)
        Squared singular values of the training rows.
    test_factor : list of K ndarrays of shape (min(m, r), r)
        Any matrix with the same cross-product as the held-out rows, ``(U_f - u) W'``.
    test_sum : ndarray of shape (K, r)
        Sum of ``(U_f - u) W'`` over the held-out rows.
    """

    U: Array
    means: Array
    W: Array
    eigenvalues: Array
    test_factor: list[Array]
    test_sum: Array


def _orthonormal_rows(X: Array, folds: Folds, dtype: Any) -> tuple[Array, Array]:
    """Left singular vectors of the centred rows (fold order) and singular values, by the d x d cross-product."""
    mean, gram = _centred_gram(X[folds.order] if len(folds.order) < len(X) else X)
    values, V = np.linalg.eigh(gram)
    keep = values > len(values) * np.finfo(np.float64).eps * max(float(values[-1]), 0.0)
    s, V = np.sqrt(values[keep]), V[:, keep]
    U = np.empty((folds.n_rows, len(s)), dtype)
    for first in range(0, folds.n_rows, STRIP):
        part = slice(first, first + STRIP)
        U[part] = (X[folds.order[part]].astype(np.float64) - mean) @ (V / s)
    return U, s


def _scaled_eigen(inner: Array, s: Array, exact: bool) -> tuple[Array, Array]:
    """Eigenvalues and vectors of ``S inner S``; ``exact`` does not square the condition of S, at thrice the cost."""
    if not exact:
        return np.linalg.eigh(inner * np.outer(s, s))
    e, E = np.linalg.eigh(inner)
    _, singular, Qt = np.linalg.svd(np.sqrt(np.maximum(e, 0.0))[:, None] * E.T * s)
    return singular**2, Qt.T


def fold_rotations(X: Array, folds: Folds, dtype: Any) -> FoldRotations:
    """Training eigenbasis of every fold, from one d x d cross-product and one update per fold.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        All rows; those in ``folds.order`` are used.
    folds : Folds
        Held-out rows.
    dtype : type
        float32 or float64, of U, W and the factors; computed in float64.

    Returns
    -------
    FoldRotations
        See there. Directions whose eigenvalues are below ``1e-13`` of the largest are left out.
    """
    U, s = _orthonormal_rows(X, folds, dtype)
    K, r, n = folds.n_folds, len(s), folds.n_rows
    means, W, values = np.zeros((K, r)), np.zeros((K, r, r), dtype), np.zeros((K, r))
    factors, sums = [np.zeros((0, r), dtype) for _ in range(K)], np.zeros((K, r))
    # U is orthonormal and centred up to rounding; what it really is keeps small directions exact
    total, whole = U.sum(axis=0, dtype=np.float64), _centred_gram(U)[1]
    whole += np.outer(total, total) / n
    for k, f in folds.slices():
        test = U[f].astype(np.float64)
        means[k] = (total - test.sum(axis=0)) / (n - len(test))
        inner = whole - test.T @ test - (n - len(test)) * np.outer(means[k], means[k])
        eigenvalues, Q = _scaled_eigen(inner, s, exact=U.dtype == np.float64)
        keep = eigenvalues > 1e-13 * np.square(s.max(initial=0.0))
        inward = np.zeros((r, r))
        inward[keep] = (Q[:, keep] / np.sqrt(eigenvalues[keep])).T * s
        values[k, keep] = eigenvalues[keep]
        rotated = (test - means[k]) @ inward.T
        sums[k], W[k] = rotated.sum(axis=0), inward
        factor = rotated if len(rotated) <= r else np.linalg.qr(rotated, mode="r")
        factors[k] = np.asarray(factor, dtype)
    return FoldRotations(U, means, W, values, factors, sums)


def ridge_coefficients(X: Array, Y: Any, alpha: float) -> tuple[Array, Array]:
    """Coefficients (d, T) and intercepts (T,) of ridge with an unpenalised intercept, in float64.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Rows.
    Y : ndarray or scipy.sparse matrix of shape (n, T)
        Targets without missing values.
    alpha : float
        Penalty.
    """
    d = X.shape[1]
    mean = X.mean(axis=0, dtype=np.float64)
    y_mean = np.asarray(Y.mean(axis=0), np.float64).ravel()
    # the cross-product of centred X with Y is that of X less mean times total: Y need not be centred, or dense
    if d <= len(X) < Y.shape[1]:  # more targets than rows: solve for rows
        dual = np.linalg.solve(_centred_gram(X)[1] + alpha * np.eye(d), (X - mean).T).T
        coefficients = np.asarray(Y.T @ dual).T
    elif d <= len(X):
        cross = np.zeros((d, Y.shape[1]))
        for first in range(0, len(X), STRIP):
            part = slice(first, first + STRIP)
            cross += np.asarray(Y[part].T @ (X[part].astype(np.float64) - mean)).T
        coefficients = np.linalg.solve(_centred_gram(X)[1] + alpha * np.eye(d), cross)
    else:
        Xc = X - mean
        dual = np.linalg.solve(Xc @ Xc.T + alpha * np.eye(len(Xc)), Xc)
        coefficients = np.asarray(Y.T @ dual).T
    return coefficients, y_mean - mean @ coefficients

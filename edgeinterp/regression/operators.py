"""Cross-validated ridge in closed form: the matrices that turn targets into held-out predictions.

Ridge regression with an unpenalised intercept is a linear smoother. With ``Xc`` the centred rows, ``H = Xc (Xc'Xc +
alpha I)^-1 Xc'`` and ``R = I - 11'/n - H`` the map from targets to residuals of the fit on all rows, the predictions of
the rows ``f`` of a fold by the fit on all *other* rows, less the mean of those, are exactly

    C_f = R_ff^-1 H_f P = -R_ff^-1 R_f P        (zero on the fold's own rows; P centres over the other rows)

(the leave-one-out identity, extended to folds). The first form keeps its digits where the penalty is large, the second
where it is small. Where R_ff is so near singular that neither does (a fold holds all there is of a direction), the fold
is fitted again. Permuting rows of the targets changes nothing in ``C``: no refit. Here everything is computed in
float64, whatever the type used later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .decomposition import (
    EPS,
    SAFE_SHARE,
    STRIP,
    bounded_penalty,
    centred_gram,
    decompose_rows,
    shrinkage,
    shrinkage_scale,
)
from .folds import Folds

__all__ = ["OperatorMaps", "fold_norms", "heldout_operators", "ridge_coefficients"]

Array = np.ndarray[Any, Any]

# Share of a map that rounding of the identity may move it by, before the fold is fitted again.
IDENTITY_LOST = 1e-9


def _hat_by_cholesky(Xc: Array, gram: Array, alpha: float) -> Array:
    """``Xc (Xc'Xc + alpha I)^-1 Xc'`` by one Cholesky factor: a third of the time of an eigenbasis."""
    from scipy.linalg import cholesky, solve_triangular

    factor = cholesky(gram + alpha * np.eye(len(gram)), lower=True)
    half = solve_triangular(factor, Xc.T, lower=True)
    return half.T @ half  # type: ignore[no-any-return]


class _Smoother:
    """``numerator`` and R of the identity for any penalty of a grid, from one decomposition of the centred rows.

    Attributes
    ----------
    trace : float
        Sum of squares of the centred rows.
    """

    def __init__(self, X: Array, smallest: float, count: int) -> None:
        self.Xc = X - X.mean(axis=0)
        self.Xc -= self.Xc.mean(axis=0)  # the mean itself is rounded beside rows far from zero
        self.trace = float(np.square(self.Xc).sum())
        n, d = X.shape
        self.rest = np.eye(n) - 1.0 / n
        self.hat: Callable[[float], Array]
        self.residual: Callable[[float], Array]
        self.condition: Callable[[float], float]
        self.complete = False
        if d < n and smallest > SAFE_SHARE * self.trace:
            gram = self.Xc.T @ self.Xc
            self.condition = lambda alpha: self.trace / alpha
            if count == 1:
                self.hat = lambda alpha: _hat_by_cholesky(self.Xc, gram, alpha)
            else:
                values, V = np.linalg.eigh(gram)
                Z = self.Xc @ V
                self.hat = lambda alpha: (Z / (values + alpha)) @ Z.T
            self.residual = lambda alpha: self.rest - self.hat(alpha)
            return
        basis = decompose_rows(X, smallest)
        self.U, self.values, self.condition = basis.U, basis.s**2, basis.condition
        # where the basis is complete, 1 - x / (x + alpha) would cancel for tiny penalties
        self.complete = len(basis.s) == n - 1
        self.hat = lambda alpha: (self.U * (self.values / (self.values + alpha))) @ self.U.T
        outside = 0.0 if self.complete else self.rest - self.U @ self.U.T
        self.residual = lambda alpha: outside + (self.U * (alpha / (self.values + alpha))) @ self.U.T

    def fit(self, alpha: float) -> tuple[Array, Array]:
        """Matrices M and R with ``C_f = scale * R_ff^-1 M_f P``, ``scale`` that of ``shrinkage_scale``."""
        scale = shrinkage_scale(alpha, self.trace)
        if alpha > self.trace:
            bounded = bounded_penalty(alpha, self.trace)
            H = self.hat(bounded) / shrinkage_scale(bounded, self.trace)
            return H, self.rest - scale * H
        if self.complete:  # any multiple of R gives the same C: the one with digits left
            weights = 1.0 / (self.values + alpha)
            R = (self.U * (weights / weights.max())) @ self.U.T
        else:
            R = self.residual(alpha)
        return R / -scale, R


def heldout_operators(
    X: Array, folds: Folds, alphas: Array, lost: float = IDENTITY_LOST
) -> Iterator[tuple[Array, float, Array]]:
    """Yield, for each penalty, C and its scale: ``scale * C @ Y[order]`` = held-out prediction minus training mean.

    The scale, near ``trace / (trace + alpha)``, stands apart so that C keeps its digits whatever the unit of X.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        All rows; those in ``folds.order`` are used.
    folds : Folds
        Held-out rows.
    alphas : ndarray of shape (P,)
        Penalties (``sklearn.linear_model.Ridge``'s ``alpha``).
    lost : float
        Share of the rows of a fold that the identity may lose; beyond it the fold is fitted again.

    Yields
    ------
    ndarray of shape (n_rows, n_rows), float, ndarray of shape (K,)
        C in float64, rows and columns in fold order, ``C @ 1 = 0``; its scale; and how far the identity's rounding may
        have moved the rows of each fold, in Frobenius norm, 0 where the fold was fitted again.

    Raises
    ------
    InputError
        When a penalty is too small for float64 to resolve what it asks for.
    """
    rows = X[folds.order].astype(np.float64)
    n = len(rows)
    if not np.any(rows != rows[0]):
        yield from ((np.zeros((n, n)), 1.0, np.zeros(folds.n_folds)) for _ in alphas)
        return
    smoother = _Smoother(rows, float(np.min(alphas)), len(alphas))
    for alpha in alphas:
        M, R = smoother.fit(alpha)
        C, moved = np.zeros((n, n)), np.zeros(folds.n_folds)
        for k, f in folds.slices():
            inverse, condition = _inverse(R[f, f]), smoother.condition(alpha)
            share = EPS * condition * float(np.linalg.norm(inverse))
            if share > lost:
                C[f] = _refitted(rows, f, alpha, smoother.trace)
                continue
            C[f] = inverse @ M[f]
            moved[k] = share * (np.linalg.norm(C[f]) + np.linalg.norm(M[f]))
            C[f, f] = 0.0
            C[f] -= C[f].sum(axis=1, keepdims=True) / (n - (f.stop - f.start))
            C[f, f] = 0.0
            _drop_rounding(C[f], (1.0 + condition) * np.linalg.norm(inverse, axis=1))
        yield C, shrinkage_scale(alpha, smoother.trace), moved


def fold_norms(C: Array, folds: Folds, moved: Array | float = 0.0) -> Array:
    """Frobenius norm of the rows of each fold (K,), 0 for an empty one, and what they may have ``moved`` by."""
    out = np.zeros(folds.n_folds)
    for k, f in folds.slices():
        out[k] = np.linalg.norm(C[f])
    return out + moved


class OperatorMaps:
    """``precise.Maps`` by ``heldout_operators``, which may lose no more than ``Precise`` counts: n times ``EPS``."""

    def __init__(self, X: Array, folds: Folds, alphas: Array) -> None:
        self.folds = folds
        operators, scales, _ = zip(*heldout_operators(X, folds, alphas, folds.n_rows * EPS), strict=True)
        self.operators, self.scales = operators, np.array(scales)
        self.norms = [fold_norms(C, folds) for C in operators]

    def norm(self, p: int, k: int) -> float:
        """See ``Maps``."""
        return float(self.norms[p][k])

    def predict(self, k: int, Y: Array) -> Callable[[int], Array]:
        """See ``Maps``."""
        first, last = self.folds.starts[k], self.folds.starts[k + 1]
        return lambda p: self.operators[p][first:last] @ Y


def _inverse(R: Array) -> Array:
    try:
        return np.linalg.inv(R)
    except np.linalg.LinAlgError:
        return np.full(R.shape, np.inf)


def _drop_rounding(C: Array, cancelled: Array) -> None:
    """Make rows exactly 0 that are what rounding left of numbers of size ``cancelled`` (m,)."""
    C[np.linalg.norm(C, axis=1) <= 4 * EPS * cancelled] = 0.0


def _refitted(rows: Array, f: slice, alpha: float, trace: float) -> Array:
    """Rows of C by a fit on the rows that the fold leaves."""
    training = np.delete(rows, np.arange(f.start, f.stop), axis=0)
    basis = decompose_rows(training, alpha)
    weights = shrinkage(basis.s**2, alpha, trace) / basis.s
    test = rows[f] - training.mean(axis=0)
    inside = (test @ basis.V * weights) @ basis.U.T
    inside -= inside.mean(axis=1, keepdims=True)
    _drop_rounding(inside, np.linalg.norm(test, axis=1) * weights.max(initial=0.0))
    return np.insert(inside, [f.start] * (f.stop - f.start), 0.0, axis=1)


def ridge_coefficients(X: Array, Y: Any, alpha: float) -> tuple[Array, float]:
    """Coefficients of ridge with an unpenalised intercept, in float64, and their scale.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Rows.
    Y : ndarray or scipy.sparse matrix of shape (n, T)
        Targets without missing values.
    alpha : float
        Penalty.

    Returns
    -------
    ndarray of shape (d, T), float
        The coefficients divided by ``shrinkage_scale(alpha, trace)``, and that trace: the sum of squares of the centred
        rows. A huge penalty would leave nothing of their product.

    Raises
    ------
    InputError
        When the penalty is too small for float64 to resolve what it asks for.
    """
    n, d = X.shape
    mean = X.mean(axis=0, dtype=np.float64)
    # the cross-product of centred X with Y is that of X less mean times total: Y need not be centred, or dense
    gram = centred_gram(X)[1] if d <= n else None
    if gram is None or alpha <= SAFE_SHARE * np.trace(gram):
        basis = decompose_rows(X.astype(np.float64), alpha)
        trace = float(np.square(basis.s).sum())
        weights = shrinkage(basis.s**2, alpha, trace) / basis.s
        return basis.V @ (weights[:, None] * np.asarray((Y.T @ basis.U).T)), trace
    trace = float(np.trace(gram))
    bounded = bounded_penalty(alpha, trace)
    scale = shrinkage_scale(bounded, trace)
    gram += bounded * np.eye(d)
    if n < Y.shape[1]:  # more targets than rows: solve for rows
        return np.asarray(Y.T @ np.linalg.solve(gram, (X - mean).T).T).T / scale, trace
    cross = np.zeros((d, Y.shape[1]))
    for first in range(0, n, STRIP):
        part = slice(first, first + STRIP)
        cross += np.asarray(Y[part].T @ (X[part].astype(np.float64) - mean)).T
    return np.linalg.solve(gram, cross) / scale, trace

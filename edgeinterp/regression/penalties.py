"""Penalties from the spectrum of X, and the choice among several on the other folds."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .decomposition import EPS, centred_gram, in_units

__all__ = [
    "choose_clearly",
    "choose_penalties",
    "degrees_of_freedom",
    "penalty_for",
    "penalty_grid",
    "spectrum",
    "spectrum_grid",
    "spectrum_penalty",
    "sums_of_others",
]

Array = np.ndarray[Any, Any]


def spectrum(X: Array) -> Array:
    """Eigenvalues of the centred cross-product of ``X`` (n, d) that are not rounding noise, largest first."""
    n, d = X.shape
    if d <= n:
        values = np.linalg.eigvalsh(centred_gram(X)[1])[::-1]
    else:
        centred = X.astype(np.float64) - X.mean(axis=0, dtype=np.float64)
        values = np.linalg.eigvalsh(centred @ centred.T)[::-1]
    scale = sum(float(np.square(row, dtype=np.float64).sum()) for row in X)  # no float64 copy of X
    # a cross-product is rounded beside its largest eigenvalue, rows beside what they were before their mean was taken
    noise = max(n, d) * EPS
    return values[values > noise * max(values.sum(), noise * scale)]  # type: ignore[no-any-return]


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


def penalty_grid(X: Array, alphas: Any, sparse: bool, exponent: int = 0) -> Array:
    """Penalties to choose from, largest first, for rows ``np.ldexp(X, exponent)``.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Rows, divided by a power of two.
    alphas : None, "spectrum", "grid", float or array
        ``"spectrum"``: one penalty from the spectrum of X (default for sparse targets). ``"grid"``: ten, equally
        spaced in the logarithm of their degrees of freedom (default for dense). Numbers: as they are.
    sparse : bool
        Whether targets are sparse.
    exponent : int
        Of that power.

    Raises
    ------
    InputError
        For an unknown name, a penalty that is not > 0, or rows whose squares leave the range of float64.
    """
    if alphas is None:
        alphas = "spectrum" if sparse else "grid"
    if isinstance(alphas, str):
        if alphas not in ("spectrum", "grid"):
            raise InputError(f"alphas must be numbers > 0, 'spectrum' or 'grid', got {alphas!r}")
        eigenvalues = spectrum(X)
        one = alphas == "spectrum"
        grid = np.array([spectrum_penalty(eigenvalues, len(X))]) if one else spectrum_grid(eigenvalues)
        grid = in_units(grid, exponent)
        if grid[-1] == 0 or not np.isfinite(grid[0]):
            raise InputError("X: squares of its values leave the range of float64: give X in another unit")
        return grid
    grid = np.unique(np.asarray(alphas, dtype=np.float64).ravel())[::-1]
    if len(grid) == 0 or not np.all(np.isfinite(grid)) or grid[-1] <= 0:
        raise InputError(f"alphas must be numbers > 0, 'spectrum' or 'grid', got {alphas!r}")
    return grid


def choose_penalties(gains: Array) -> NDArray[np.int64]:
    """Position of the best penalty for each draw and fold (B, K), by the error on the *other* folds.

    ``gains`` (B, P, K) is squared error less a constant, summed over targets: the least is the largest R2 pooled
    over targets. Ties go to the first, the largest penalty.
    """
    return np.argmin(sums_of_others(gains)[:, :, :-1], axis=1)  # type: ignore[no-any-return]


def choose_clearly(gains: Array, rounding: Array) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """``choose_penalties``, then the best for all folds (B, K + 1), and which penalties are as good (B, P, K + 1).

    These are the chosen one and those whose error ``rounding`` (B, P, K) does not tell from the least: they tie.
    """
    others, lost = sums_of_others(gains), sums_of_others(rounding)
    least = np.argmin(others, axis=1)[:, None]
    apart = others - np.take_along_axis(others, least, axis=1)
    unsure = lost + np.take_along_axis(lost, least, axis=1)
    alike = apart <= unsure
    choice = np.argmax(alike, axis=1)
    # without rounding they are alike, and the first is right
    return choice, alike & ((unsure > 0) | (choice[:, None] == np.arange(gains.shape[1])[:, None]))


def sums_of_others(values: Array) -> Array:
    """Sum over the other folds for each fold, then over all of them (B, P, K + 1), of values (B, P, K)."""
    # from both sides: less its own, a sum would lose folds beside one of huge errors
    before, after = np.cumsum(values, axis=2), np.cumsum(values[:, :, ::-1], axis=2)[:, :, ::-1]
    out = np.zeros((*values.shape[:2], values.shape[2] + 1))
    out[:, :, 1:] += before
    out[:, :, :-2] += after[:, :, 1:]
    return out

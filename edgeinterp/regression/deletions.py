r"""Cross-validated ridge with a unit of rows left out of every fit as well: exact, without refits.

With R = I - H the matrix of residuals of the fit on all rows at one penalty, held-out residuals of any rows S by the
fit on all others are (R_SS)^-1 (R Y)_S. Let S be the rows of a fold f and those of a unit u; by blocks

.. math:: r_u = (R_{uu} - R_{uf} R_{ff}^{-1} R_{fu})^{-1} ((R Y)_u - R_{uf} r_f), \qquad
          r_{f \setminus u} = r_f - R_{ff}^{-1} R_{fu} r_u

so that predictions of the fold move by passed' taught, with passed = R_uf R_ff^-1 and taught = r_u.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .folds import fold_slices

__all__ = ["Deletions", "deletions", "unit_products"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]

# numbers that are held at a time
HELD = 1 << 21


@dataclass(frozen=True)
class Deletions:
    """Units of one size, each left out of the fit of one fold.

    Attributes
    ----------
    fold : slice
        Held-out rows.
    units : ndarray of int, shape (m,)
        Which units, none of them in the fold.
    passed : ndarray of shape (m, size, rows of the fold)
        What a prediction takes on of each row of a unit.
    taught : ndarray of shape (m, size, T)
        Residuals of the unit's rows, held out together with the fold.
    """

    fold: slice
    units: Array
    passed: Doubles
    taught: Doubles


def deletions(
    basis: tuple[Doubles, Doubles], penalties: Doubles, labels: Array, Y: Doubles, starts: Array, chosen: Array
) -> Iterator[Deletions]:
    """Yield how held-out predictions (with intercept) move without each unit, fold by fold.

    Nothing is yielded for a unit that is all that a fold was fitted on.

    Parameters
    ----------
    basis : ndarrays of shape (n, r) and (r,)
        Centred rows in their principal directions, and squared singular values.
    penalties : ndarray of shape (folds,)
        By fold number; they are not chosen again. A fold of NaN is passed over.
    labels : ndarray of int, shape (n,)
        Fold of each row, ascending.
    Y : ndarray of shape (n, T)
        Targets without missing values.
    starts : ndarray of int, shape (units,)
        First row of each unit; a unit lies within a fold.
    chosen : ndarray of int
        Units to leave out, ascending.
    """
    Z, values = basis
    n, T = Y.shape
    centred = Y - Y.mean(axis=0)
    cross = Z.T @ centred
    sizes, home = np.diff(starts, append=n), labels[starts]
    # folds mostly choose alike: what is the same for folds of one penalty is kept until one has another
    last = None
    for fold in fold_slices(labels):
        penalty = float(penalties[labels[fold.start]])
        if np.isnan(penalty):
            continue
        if penalty != last:
            weights = 1.0 / (values + penalty)
            leverages = np.einsum("ij,j,ij->i", Z, weights, Z) + 1.0 / n
            residuals, last = centred - Z @ (weights[:, None] * cross), penalty
        weighted = Z[fold] * -weights
        inverse = np.linalg.inv(np.eye(len(weighted)) - 1.0 / n + weighted @ Z[fold].T)
        own = inverse @ residuals[fold]
        # without a unit that is all that a fold learned from there is no fit
        kept = (home[chosen] != labels[fold.start]) & (sizes[chosen] < n - len(weighted))
        for units, rows in _alike(sizes, starts, chosen[kept], len(weighted)):
            m, size = rows.shape
            flat = rows.ravel()
            across = Z[flat] @ weighted.T
            across -= 1.0 / n
            passed = across @ inverse
            if size == 1:
                alone = leverages[flat][:, None, None]
            else:
                alone = unit_products(Z[flat] * weights, Z[flat], size) + 1.0 / n
            left = np.eye(size) - alone - unit_products(across, passed, size)
            errors = (residuals[flat] - across @ own).reshape(m, size, T)
            taught = errors / left if size == 1 else np.asarray(np.linalg.solve(left, errors), np.float64)
            yield Deletions(fold, units, passed.reshape(m, size, -1), taught)


def _alike(sizes: Array, starts: Array, wanted: Array, width: int) -> Iterator[tuple[Array, Array]]:
    """Yield units of one size, and their rows (units, size), as many as may be held."""
    for size in np.unique(sizes[wanted]):
        alike = wanted[sizes[wanted] == size]
        step = max(1, HELD // (width * int(size)))
        for first in range(0, len(alike), step):
            some = alike[first : first + step]
            yield some, starts[some][:, None] + np.arange(size)


def unit_products(one: Doubles, other: Doubles, size: int) -> Doubles:
    """Products of rows that belong to one unit (units, size, size); rows are unit after unit."""
    if size == 1:
        return np.asarray(np.einsum("ij,ij->i", one, other)[:, None, None])
    shape = (len(one) // size, size, -1)
    return np.asarray(one.reshape(shape) @ other.reshape(shape).swapaxes(1, 2))

"""Decompose centred rows, and test whether float64 resolves the fit that a penalty requires.

Rounding moves a matrix by ``EPS`` times its largest singular value ``s_1``. The fitted values of ridge then move by at
most ``EPS * s_1 * max_i s_i / (s_i^2 + alpha)``: a large penalty hides small directions, a small one lets them decide.
Nothing here is measured against an absolute number, so that the unit of X does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError

__all__ = [
    "EPS",
    "SAFE_SHARE",
    "STRIP",
    "Decomposition",
    "bounded_penalty",
    "centred_gram",
    "contrasts",
    "decompose",
    "decompose_rows",
    "in_units",
    "near_origin",
    "row_exponent",
    "scale_parts",
    "shrinkage",
    "shrinkage_scale",
]

Array = np.ndarray[Any, Any]

EPS = float(np.finfo(np.float64).eps)
# Rows that are turned into float64 at a time.
STRIP = 512
# The cross-product loses what is below EPS times its largest eigenvalue. Above this share of its trace, a penalty hides
# that to 1e-10, and the cross-product, which is faster, may stand for the rows.
SAFE_SHARE = 1e-5
# Share of the targets' deviation that rounding may move a prediction by, before the fit is refused.
LOST = 3e-7
# A direction that may be rounding and nothing else is dropped; so much smaller than the penalty's root it has to be.
HIDDEN = 1e-3


def row_exponent(X: Array) -> int:
    """Power of two near the largest entry, where squares could leave the range of float64; else 0.

    ``np.ldexp(X, -row_exponent(X))`` changes no digit.
    """
    exponent = int(np.frexp(np.max(np.abs(X), initial=0.0))[1])
    return exponent if abs(exponent) > 64 else 0


def near_origin(X: Array) -> tuple[Array, Array]:
    """Rows less an origin (d,), and that: the first row, in columns where no difference from it is rounded.

    Those are columns within a factor of two of each other (Sterbenz 1974); 0 in the others, which are not far from zero
    beside what they vary by. Their means are then no longer rounded beside what they vary by.
    """
    low, high = X.min(axis=0), X.max(axis=0)
    far = ((low > 0) & (high / 2 <= low)) | ((high < 0) & (low / 2 >= high))
    origin = np.where(far, X[0], np.zeros(1, X.dtype))
    return (X - origin if far.any() else X), origin


def in_units(alphas: Array, exponent: int) -> Array:
    """Penalties of ``X`` from those of ``np.ldexp(X, -exponent)``; infinite or 0 beyond the range of float64."""
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(np.asarray(alphas, np.float64), 2 * exponent)


def centred_gram(X: Array) -> tuple[Array, Array]:
    """Mean and centred d x d cross-product of the rows, in float64, without a float64 copy of ``X``."""
    mean = X.mean(axis=0, dtype=np.float64)
    gram = np.zeros((X.shape[1], X.shape[1]))
    for first in range(0, len(X), STRIP):
        part = X[first : first + STRIP].astype(np.float64) - mean
        gram += part.T @ part
    return mean, gram


def shrinkage_scale(alpha: float, trace: float) -> float:
    """``trace / (trace + alpha)``, the scale of all predictions: 1 for no penalty, 0 for an infinite one."""
    return 1.0 / (1.0 + alpha / trace) if trace > 0 else 1.0


def scale_parts(alpha: float, trace: float, exponent: int) -> tuple[float, int]:
    """``shrinkage_scale`` as mantissa and power of two, for the penalty of ``np.ldexp(X, exponent)``.

    ``trace`` is that of X. Apart, they hold scales that are no float64.
    """
    scale = shrinkage_scale(float(in_units(np.array(alpha), -exponent)), trace)
    if scale > 1e-30:
        mantissa, power = np.frexp(scale)
        return float(mantissa), int(power)
    (top, up), (bottom, down) = np.frexp(trace), np.frexp(alpha)
    return float(top / bottom), int(up - down) + 2 * exponent


def bounded_penalty(alpha: float, trace: float) -> float:
    """Give the penalty, or one so large that a larger would change nothing but the scale."""
    return min(alpha, 1e30 * trace) if trace > 0 else alpha


def shrinkage(values: Array, alpha: float, trace: float) -> Array:
    """``values / (values + alpha)`` divided by its scale, so that a huge penalty leaves directions, not zeros."""
    if trace == 0:
        return np.zeros_like(values)
    alpha = bounded_penalty(alpha, trace)
    return values / (values + alpha) * (1.0 + alpha / trace)


@dataclass(frozen=True)
class Decomposition:
    """``Xc = U diag(s) V'``, without directions that cannot be told from rounding.

    Attributes
    ----------
    U : ndarray of shape (n, r)
        Left singular vectors.
    s : ndarray of shape (r,)
        Singular values, largest first.
    V : ndarray of shape (d, r)
        Right singular vectors.
    """

    U: Array
    s: Array
    V: Array

    def condition(self, alpha: float) -> float:
        """Condition of the fit: how many ``EPS`` the fitted values may move, ``s_1 max_i s_i / (s_i^2 + alpha)``."""
        return float(self.s[0] * np.max(self.s / (self.s**2 + alpha))) if len(self.s) else 1.0


def contrasts(X: Array) -> Array:
    """Rows (n - 1, d) with the cross-product of the centred rows, whose left singular vectors cannot hold the mean.

    A Householder reflection takes the direction of the mean to the first row, which is left out.
    """
    Xc = X - X.mean(axis=0)
    root = np.sqrt(len(X))
    return Xc[1:] - (Xc.sum(axis=0) / root + Xc[0]) / (root + 1.0)  # type: ignore[no-any-return]


def _from_contrasts(U: Array) -> Array:
    """Vectors (n, r), orthogonal to ones, whose reflection is ``U`` (n - 1, r) below a row of zeros."""
    root = np.sqrt(len(U) + 1)
    along = U.sum(axis=0) / root
    return np.vstack([-along, U - along / (root + 1.0)])


def decompose(X: Array, alpha: float, *, size: float) -> Decomposition:
    """Singular value decomposition for penalties of ``alpha`` and more.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Rows without their mean, or a factor of them; float64.
    alpha : float
        The smallest penalty.
    size : float
        Norm of the rows before their mean was taken from them: it is rounded beside that.

    Raises
    ------
    InputError
        When a direction that float64 cannot resolve would decide the fit.
    """
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    noise = EPS * max(max(X.shape) * float(s.max(initial=0.0)), size)
    keep = s > noise
    result = Decomposition(U[:, keep], s[keep], Vt[keep].T)
    lost = EPS * result.condition(alpha)
    if lost > LOST or (not keep.all() and keep.any() and noise > HIDDEN * np.sqrt(alpha)):
        raise InputError(
            f"alphas: float64 cannot resolve penalties as small as this beside X (largest singular value "
            f"{s[0]:.3g}, smallest {s[-1]:.3g}): standardise or drop columns, or give larger penalties"
        )
    return result


def decompose_rows(X: Array, alpha: float) -> Decomposition:
    """``decompose`` rows (n, d) less their mean: U is (n, r), orthogonal to ones."""
    # subtracting a mean rounds beside the difference; its own rounding is no contrast, up to rounding once more
    basis = decompose(contrasts(X), alpha, size=EPS * float(np.linalg.norm(X)))
    return Decomposition(_from_contrasts(basis.U), basis.s, basis.V)

r"""Are *these* features told apart, or is any direction of the norms' space predicted as well?

Ridge with one penalty for all features is linear in them: predictions of norms that are rotated are the predictions,
rotated. So norms of unit variance and their predictions are turned alike, without a refit, and what features score is
set beside what rotated features score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....results.properties.result import Rotated
from ....runtime.counting import counted
from ..data import generator

__all__ = ["ROTATIONS", "rotated"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]

ROTATIONS = 200
# features of a rotation that are looked at: of more, these stand for all
MOST_FEATURES = 128
_ABOVE = 0.95


def rotated(P: Doubles, Y: Doubles, seed: int) -> tuple[float | None, Rotated]:
    """Set features beside those of random rotations.

    Parameters
    ----------
    P, Y : ndarrays of shape (n, T)
        Held-out predictions less training means, of a map that is linear in the norms; norms, NaN where missing.
        Features with missing values are left out: their folds' maps are not those of the others.
    seed : int
        Key of the rotations; they are the same at every hidden state.

    Returns
    -------
    float or None, Rotated
        The mean correlation of rotated features, and the comparison.
    """
    whole = ~np.isnan(Y).any(axis=0)
    T = int(whole.sum())
    if T < 2:
        return None, Rotated(
            T, reason=f"{counted(T, 'feature')} without missing values, at least 2 are needed to rotate"
        )
    P, Y = _factors(P[:, whole], Y[:, whole])
    own = _correlations(P, Y)
    rng = generator(seed, "rotated")
    looked_at = np.sort(rng.permutation(T)[:MOST_FEATURES])
    drawn = np.empty((ROTATIONS, len(looked_at)))
    for b in range(ROTATIONS):
        Q = _rotation(rng, T, len(looked_at))
        drawn[b] = _correlations(P @ Q, Y @ Q)
    spread, spreads = float(np.var(own[looked_at] ** 2)), np.var(drawn**2, axis=1)
    found = Rotated(
        features=T,
        spread=spread,
        rotated_spread=float(spreads.mean()),
        p=float((1 + np.sum(spreads >= spread)) / (1 + ROTATIONS)),
        share=float(np.mean(own > np.quantile(drawn, _ABOVE))),
    )
    return float(drawn.mean()), found


def _factors(P: Doubles, Y: Doubles) -> tuple[Array, Array]:
    """Return predictions and norms of unit variance with as few rows as have the same products, in single precision."""
    P, Y = P - P.mean(axis=0), Y - Y.mean(axis=0)
    scale = Y.std(axis=0)
    P, Y = P / scale, Y / scale
    if len(P) > 2 * P.shape[1]:
        both = np.asarray(np.linalg.qr(np.hstack([P, Y]), mode="r"))
        P, Y = both[:, : P.shape[1]], both[:, P.shape[1] :]
    return P.astype(np.float32), Y.astype(np.float32)


def _correlations(P: Array, Y: Array) -> Doubles:
    """Correlation of each column with its own, 0 where a prediction is constant."""
    pp, yy, py = ((a * b).sum(axis=0, dtype=np.float64) for a, b in ((P, P), (Y, Y), (P, Y)))
    scale = np.sqrt(pp * yy)
    return np.asarray(np.where(scale > 0.0, py / np.where(scale > 0.0, scale, 1.0), 0.0))


def _rotation(rng: np.random.Generator, size: int, columns: int) -> Array:
    """Draw the first columns of a random rotation (size, columns): uniform, as signs follow the diagonal of R."""
    Q, R = np.linalg.qr(rng.standard_normal((size, columns)))
    return np.asarray(Q * np.where(np.diag(R) < 0.0, -1.0, 1.0), dtype=np.float32)

"""Scores and errors again, in float64, where what cancels leaves a route too few digits.

Routes sum in the type of X about one mean for all folds. Where predictions cancel (they vary far less than
``norm(C) norm(y)``) that leaves rounding. Here each fold has the mean of its own training rows taken from the targets
first, so that targets that are constant there predict exactly 0, and sums run about their means.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Protocol

import numpy as np

from .decomposition import EPS
from .folds import Folds

__all__ = ["Maps", "Precise", "unsure_share"]

Array = np.ndarray[Any, Any]

# Share of a score that rounding may move it by, by bytes of the type, before it is worked out again.
_SHARE = {4: 1e-3, 8: 1e-7}


def unsure_share(dtype: Any) -> float:
    """Share of what cancelled below which a sum has lost too many digits of ``dtype``."""
    kind = np.dtype(dtype)
    return float(np.finfo(kind).eps) / _SHARE[kind.itemsize]


class Maps(Protocol):
    """Maps from targets to held-out predictions less training means, in float64."""

    scales: Array

    def norm(self, p: int, k: int) -> float:
        """Frobenius norm of the map of fold k with penalty p, divided by its scale."""

    def predict(self, k: int, Y: Array) -> Callable[[int], Array]:
        """Give the predictions (m, C) for fold k and any penalty, divided by their scale.

        ``Y`` (n_rows, C) is 0 in the fold and centred.
        """


class Precise:
    """Targets ``Y`` (rows as in X), scored and compared one permutation at a time; ``maps`` is called when needed."""

    def __init__(self, Y: Any, folds: Folds, scoring: str, exponents: Array, maps: Callable[[], Maps]) -> None:
        self.Y, self.folds, self.scoring, self.exponents = Y, folds, scoring, exponents
        self._make_maps = maps

    @cached_property
    def maps(self) -> Maps:
        """The maps, made once."""
        return self._make_maps()

    def settle(self, scores: Array, rows: Array, choice: Array) -> Array:
        """Work out every score (B, T) that is NaN; permutations and penalties as in ``Route.scores``."""
        unsure = np.isnan(scores)
        for b in np.flatnonzero(unsure.any(axis=1)):
            targets = np.flatnonzero(unsure[b])
            Y = self._targets(rows[b], targets)
            scores[b, targets] = self._r2(Y, choice[b]) if self.scoring == "r2" else self._pearson(Y, choice[b])
        return scores

    def gains(self, rows: Array, penalties: Array) -> tuple[Array, Array]:
        """Squared error less that of the training mean (P, K, T) for one permutation, and its rounding.

        ``penalties`` (P,) are positions in the grid. Each target in units of ``4 ** exponent``.
        """
        Y = self._targets(rows, np.arange(len(self.exponents)))
        out = np.zeros((2, len(penalties), self.folds.n_folds, Y.shape[1]))
        for k, f in self.folds.slices():
            held, training = _apart(Y, f)
            sizes, held_sizes = _norms(training), _norms(held)
            predict = self.maps.predict(k, training)
            for i, p in enumerate(penalties):
                scale = self.maps.scales[p]
                P = scale * predict(p)
                out[0, i, k] = np.einsum("it,it->t", P, P - 2 * held)
                lost = len(Y) * EPS * scale * self.maps.norm(p, k) * sizes
                out[1, i, k] = 2 * lost * (held_sizes + _norms(P))
        return out[0], out[1]

    def _targets(self, rows: Array, targets: Array) -> Array:
        """Permuted targets (m, C) in fold order, divided by a power of two; no digit differs."""
        every = len(targets) == self.Y.shape[1]
        Y = self.Y[rows] if every else self.Y[rows][:, targets]
        dense = np.asarray(Y if isinstance(Y, np.ndarray) else Y.toarray(), np.float64)
        return np.ldexp(dense, -self.exponents[targets])

    def _pearson(self, Y: Array, choice: Array) -> Array:
        """Correlation over all rows, 0 where predictions vary less than float64 rounds, or targets not at all."""
        P, lost = np.zeros(Y.shape), np.zeros(Y.shape[1])
        scales = self.maps.scales[choice]
        scales = scales / scales.max() if scales.max() > 0 else np.ones_like(scales)  # it does not see a common scale
        for k, f in self.folds.slices():
            p = int(choice[k])
            _, training = _apart(Y, f)
            own = scales[k] * self.maps.predict(k, training)(p)
            rounding = len(Y) * EPS * scales[k] * self.maps.norm(p, k) * _norms(training)
            # what is nothing but rounding is 0: other folds may have a far smaller scale
            P[f] = np.where(_norms(own) > rounding, own, 0.0)
            lost = np.hypot(lost, rounding)
        P -= P.mean(axis=0)
        Y = _about(Y, Y.mean(axis=0))
        p_size, y_size = _norms(P), _norms(Y)
        varies = (p_size > lost) & (y_size > 0)
        P, Y = P / np.where(varies, p_size, 1.0), Y / np.where(varies, y_size, 1.0)
        return np.where(varies, np.einsum("it,it->t", P, Y), 0.0)

    def _r2(self, Y: Array, choice: Array) -> Array:
        """Mean over folds of scikit-learn's ``r2_score``."""
        total, filled = np.zeros(Y.shape[1]), 0
        for k, f in self.folds.slices():
            p = int(choice[k])
            held, training = _apart(Y, f)
            error = _norms(self.maps.scales[p] * self.maps.predict(k, training)(p) - held)
            spread = _norms(_about(Y[f], Y[f].mean(axis=0)))
            constant = spread == 0
            ratio = error / np.where(constant, 1.0, spread)
            total += np.where(constant, np.where(error > 0, 0.0, 1.0), 1.0 - ratio**2)
            filled += 1
        return total / filled


def _apart(Y: Array, f: slice) -> tuple[Array, Array]:
    """Held-out rows less the mean of the others (m, C), and the others less it (n, C), 0 in the fold."""
    others = np.concatenate([Y[: f.start], Y[f.stop :]])
    mean = np.where(others.max(axis=0) > others.min(axis=0), others.mean(axis=0), others[0])
    training = Y - mean
    held = training[f].copy()
    training[f] = 0.0
    return held, training


def _about(Y: Array, mean: Array) -> Array:
    """``Y`` less its mean, exactly 0 where it does not vary."""
    return np.where(Y.max(axis=0) > Y.min(axis=0), Y - mean, 0.0)


def _norms(Y: Array) -> Array:
    """Norm of each column, whatever its unit."""
    size = np.abs(Y).max(axis=0, initial=0.0)
    return np.asarray(size * np.sqrt(np.square(Y / np.where(size > 0, size, 1.0)).sum(axis=0)))

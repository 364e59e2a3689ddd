"""Targets of one block side by side for each permutation, and scores from sums over held-out predictions."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from edgeinterp_kernels.ridge import fold_moments, pearson_moments

from .decomposition import EPS
from .folds import Folds
from .precise import Maps, Precise, unsure_share

__all__ = [
    "DenseTargets",
    "Scratch",
    "centred",
    "error_unit",
    "fold_factors",
    "fold_gains",
    "gain_rounding",
    "in_target_units",
    "least_spread",
    "pooled_pearson",
    "r2_of_folds",
    "target_exponents",
    "target_weights",
]

Array = np.ndarray[Any, Any]

# Targets of so many permutations are handled at a time: few enough columns slow down products, and what is set up for
# each part (1 MB takes a twentieth to a fifth longer, 8 MB as long).
PART_BYTES = 4 << 20
# What grows with columns times folds is at most so large: with leave-one-out that is far more than the targets.
SUMS_BYTES = 32 << 20
# How often EPS sums in float64 may be off beside what they sum, of however few rows.
SUM_ROUNDING = 100


class Scratch(threading.local):
    """Buffers that each thread reuses from block to block."""

    def __init__(self) -> None:
        self.buffers: dict[str, Array] = {}
        # by route: the permutations, and what was worked out for them
        self.kept: dict[int, tuple[Array, list[Any]]] = {}

    def take(self, name: str, shape: tuple[int, ...], dtype: Any) -> Array:
        """Give an array of ``shape`` with undefined content, valid until the next ``take`` of that name."""
        size = int(np.prod(shape))
        held = self.buffers.get(name)
        if held is None or held.size < size or held.dtype != dtype:
            held = self.buffers[name] = np.empty(size, dtype)
        return held[:size].reshape(shape)


def target_exponents(Y: Any) -> Array:
    """Power of two near the largest entry of each target (dense or sparse columns), 0 for a target of zeros.

    Targets are divided by it before their squares are taken, which could leave the range of their type.
    """
    largest = np.abs(Y).max(axis=0)
    size: Array = largest if isinstance(largest, np.ndarray) else largest.toarray().ravel()
    return np.asarray(np.frexp(size)[1], np.int32)


def error_unit(Y: Any) -> int:
    """Power of two near the largest entry of the targets that vary (dense, NaN where missing, or sparse).

    The others have no error at any penalty: in their unit, which may be any, that of the rest could vanish.
    """
    if isinstance(Y, np.ndarray):
        top, bottom = np.fmax.reduce(Y), np.fmin.reduce(Y)
    else:
        top, bottom = (np.asarray(extreme.toarray()).ravel() for extreme in (Y.max(axis=0), Y.min(axis=0)))
    sizes = np.maximum(np.abs(top), np.abs(bottom))[top > bottom]
    return int(np.frexp(sizes.max(initial=0.0))[1])


def centred(Y: Array) -> Array:
    """Targets less their means, exactly 0 where they do not vary: the mean's rounding would be left."""
    return np.where(Y.max(axis=0) > Y.min(axis=0), Y - Y.mean(axis=0, dtype=np.float64), 0.0)


def in_target_units(predictions: Array, exponents: Array) -> Array:
    """Give predictions of divided targets in units of the targets, infinite beyond the range of their type."""
    with np.errstate(over="ignore", under="ignore"):
        return np.asarray(np.ldexp(predictions, exponents))


def target_weights(exponents: Array, unit: int) -> Array:
    """Weight of each divided target's squared error in a sum over targets, in units of ``4 ** unit``."""
    # far beyond the unit are only targets that do not vary: 0 times a weight that is finite
    with np.errstate(under="ignore"):
        return np.asarray(np.ldexp(1.0, np.minimum(2 * (exponents - unit), 1000)))


def fold_factors(scales: Array, choice: Array, relative: bool) -> Array:
    """Scale of the predictions of each draw and fold (B, K), or relative to the largest fold of the draw.

    A correlation over all rows does not see a common scale, which may be too small to square.
    """
    chosen = scales[choice]
    if not relative:
        return np.asarray(chosen)
    largest = chosen.max(axis=1, keepdims=True)
    return np.where(largest > 0, chosen / np.where(largest > 0, largest, 1.0), 1.0)


def least_spread(norms: Array, choice: Array, factors: Array, y_squares: Array, dtype: Any) -> Array:
    """Sum of squares about their mean (B, T) below which rounding may decide how predictions vary.

    A product is rounded beside ``norm(C) norm(y)``, whatever is left of it; ``norms`` are those of each penalty and
    fold (P, K), with what the map's own rounding adds, and ``factors`` (B, K) the scales of predictions.
    """
    cancelled = np.square(norms[choice, np.arange(norms.shape[1])] * factors).sum(axis=1)
    return np.asarray(unsure_share(dtype) ** 2 * cancelled[:, None] * y_squares)


def pooled_pearson(moments: Array, n: int, y_sum: Array, y_var: Array, least: Array, dtype: Any) -> Array:
    """Correlation over all rows from the sums of p y, p and p p (axis -2 of ``moments``).

    ``y_var`` is the sum of squares about the mean, 0 for a constant target, which scores 0. So do predictions of a map
    that is 0. NaN where predictions vary less than ``least`` (``least_spread``), or too little beside their mean.
    """
    py, p1, pp = moments[..., 0, :], moments[..., 1, :], moments[..., 2, :]
    p_var = pp - p1 * p1 / n
    varies = (p_var > np.maximum(least, unsure_share(dtype) * pp)) & (y_var > 0)
    scale = np.sqrt(np.where(varies, p_var * y_var, 1.0))
    unknown = np.where((y_var > 0) & (least > 0), np.nan, 0.0)
    return np.where(varies, (py - p1 * y_sum / n) / scale, unknown)


def r2_of_folds(moments: Array, folds: Folds, y_sum: Array, dtype: Any) -> Array:
    """Mean over folds of scikit-learn's ``r2_score``, from the sums of ``fold_moments`` (K, 6, C).

    A target that is constant in a fold scores 1 there when predicted without error, else 0, as in scikit-learn. NaN
    where an error or a spread is what rounding left of larger sums.
    """
    share = unsure_share(dtype)
    varies = (moments[:, 4:] != 0).any(axis=(0, 1))
    total, filled = np.zeros(moments.shape[2]), 0
    for k, f in folds.slices():
        m = f.stop - f.start
        py, p1, pp, y1, yy, y0 = moments[k]
        offset = (y_sum - y1 - m * y0) / (folds.n_rows - m) - y0  # training mean seen from y0
        error = yy - 2 * offset * y1 + m * offset**2 - 2 * (py - (y0 + offset) * p1) + pp
        spread = yy - y1 * y1 / m
        score = np.where(yy > 0, 1 - error / np.where(yy > 0, spread, 1.0), np.where(error > 0, 0.0, 1.0))
        cancelled = yy + m * (offset**2 + y0**2) + pp
        known = (spread > share * (yy + m * y0**2)) & (np.maximum(error, spread) > share * cancelled)
        # of a target that is constant here but not everywhere, an error of 0 is no rounding
        known = np.where(yy > 0, known, (error > share**2 * m) | ~varies)
        total += np.where(known, score, np.nan)
        filled += 1
    return total / filled


def fold_gains(moments: Array, folds: Folds, y_sum: Array, scale: float) -> Array:
    """Squared error of each fold and column (K, C), less that of predicting the training mean.

    ``moments`` are of predictions divided by ``scale``.
    """
    out = np.zeros((folds.n_folds, moments.shape[2]))
    for k, f in folds.slices():
        m = f.stop - f.start
        py, p1, pp, y1, _, y0 = moments[k]
        mean = (y_sum - y1 - m * y0) / (folds.n_rows - m)
        out[k] = scale * (scale * pp - 2 * (py - mean * p1))
    return out


def gain_rounding(squares: Array, folds: Folds, norms: Array, dtype: Any) -> Array:
    """How far rounding may move gains (B, P, K); ``norms`` (P, K) are those of the maps from targets to predictions.

    ``squares`` (B, m) are those of each permuted row, summed over targets. Rounding is as often up as down: of sums of
    n it grows with the root of n, and eight times that is the most that targets at random show.
    """
    total, out = squares.sum(axis=1), np.zeros((len(squares), *norms.shape))
    share = max(8 * float(np.finfo(dtype).eps) / np.sqrt(folds.n_rows), SUM_ROUNDING * EPS)
    for k, f in folds.slices():
        held = squares[:, f].sum(axis=1)
        training = np.sqrt(np.maximum(total - held, 0.0) + EPS * total)
        sizes = training[:, None] * norms[:, k]
        others = folds.n_rows - (f.stop - f.start)
        mean = training * np.sqrt((f.stop - f.start) / others)
        out[:, :, k] = share * sizes * ((np.sqrt(held) + mean)[:, None] + sizes)
    return out


class DenseTargets:
    """Dense targets of one block: centred, divided by a power of two, side by side for each permutation.

    ``unit`` is the power of two whose square errors are summed in. Routes add ``norms`` (P, K), those of the maps from
    targets to predictions, and ``scales`` (P,), which they are divided by.
    """

    norms: Array
    scales: Array

    def __init__(
        self, Y: Array, folds: Folds, scoring: str, dtype: Any, maps: Callable[[], Maps], unit: int = 0
    ) -> None:
        self.folds, self.scoring, self.dtype = folds, scoring, np.dtype(dtype)
        self.n_targets = Y.shape[1]
        self.sums_bytes = 48 * folds.n_folds  # a column
        rows = Y[folds.order]
        self.exponents = target_exponents(rows)
        self.weights = target_weights(self.exponents, unit)
        self.Y = np.zeros(Y.shape, dtype)
        self.Y[folds.order] = self.divided(rows)
        self.y_sum = self.Y.sum(axis=0, dtype=np.float64)
        self.y_var = np.einsum("it,it->t", self.Y, self.Y, dtype=np.float64)
        self.squares = np.square(self.Y, dtype=np.float64) @ self.weights
        self.precise = Precise(Y, folds, scoring, self.exponents, maps)

    def divided(self, Y: Any) -> Array:
        """See ``Route``."""
        return centred(np.ldexp(Y if isinstance(Y, np.ndarray) else Y.toarray(), -self.exponents))

    def parts(self, rows: Array) -> list[slice]:
        """Split permutations into runs that are handled at a time; never depends on threads."""
        by_targets = PART_BYTES // max(1, rows.shape[1] * self.n_targets * self.dtype.itemsize)
        stride = max(1, min(by_targets, SUMS_BYTES // max(1, self.sums_bytes * self.n_targets)))
        return [slice(first, first + stride) for first in range(0, len(rows), stride)]

    def gather(self, rows: Array, scratch: Scratch) -> Array:
        """Permuted targets (m, B, T), valid until the next call."""
        out = scratch.take("targets", (rows.shape[1], rows.shape[0], self.n_targets), self.dtype)
        # without a mode, NumPy takes a copy of what it writes to
        np.take(self.Y, rows.T, axis=0, out=out, mode="clip")
        return out

    def rounding(self, rows: Array) -> Array:
        """See ``Route``."""
        return gain_rounding(self.squares[rows], self.folds, self.norms * self.scales[:, None], self.dtype)

    def summarise(self, P: Array, targets: Array, least: Array, scratch: Scratch) -> Array:
        """Scores (B, T) from predictions and targets (m, B, T), NaN where they want digits."""
        m, B, T = targets.shape
        flat = P.reshape(m, B * T), targets.reshape(m, B * T)
        if self.scoring == "pearson":
            moments = scratch.take("moments", (3, B * T), np.float64)
            pearson_moments(*flat, moments)
            by_draw = moments.reshape(3, B, T).transpose(1, 0, 2)
            return pooled_pearson(by_draw, m, self.y_sum, self.y_var, least, self.dtype)
        moments = scratch.take("moments", (self.folds.n_folds, 6, B * T), np.float64)
        fold_moments(*flat, self.folds.starts, moments)
        return r2_of_folds(moments, self.folds, np.tile(self.y_sum, B), self.dtype).reshape(B, T)

"""Norms of the nearest concepts: what geometry alone predicts, in the same way as the maps of ``mappings``."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....regression.penalties import spectrum_penalty
from ..mappings import principal, training_means

__all__ = ["NEIGHBOURS", "Near", "NeighbourMap", "Neighbourhood", "mean_of"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]

NEIGHBOURS = (3, 10, 30, 100)
# a neighbour weighs exp(10 cosine): one that is closer by a cosine of .1 weighs 2.7 times as much
SHARPNESS = 10.0


@dataclass(frozen=True)
class Near:
    """Training concepts of each row, nearest first (n, most), -1 where folds leave fewer, and their cosines."""

    rows: NDArray[np.int64]
    cosines: NDArray[np.float32]

    def weights(self, weighted: bool) -> Doubles:
        """Give what each counts (n, most), 0 where there is none."""
        there = self.rows >= 0
        return np.where(there, np.exp(SHARPNESS * self.cosines.astype(np.float64)) if weighted else 1.0, 0.0)


class Neighbourhood:
    """Who is near whom among vectors (n, d), in three geometries.

    Near is by cosine, of vectors less their mean (``centred``), of the same with every dimension scaled to a deviation
    of 1 (``standardised``), or with principal directions scaled as ridge with its penalty from the spectrum sees them
    (``whitened``: the cosine of its hat matrix). Where a few huge activations dominate, as in many decoders, only the
    last two have near words alike. ``spare`` more neighbours are kept, for when some leave.
    """

    def __init__(self, X: Array, spare: int = 0) -> None:
        self.kept = max(NEIGHBOURS) + spare
        centred = X - X.mean(axis=0, dtype=np.float64)
        deviation = centred.std(axis=0)
        standardised = centred / np.where(deviation > 0, deviation, 1.0)
        self.geometries = [_unit_rows(rows) for rows in (centred, standardised, _whitened(centred))]
        self._found: dict[bytes, list[Near]] = {}
        self._lock = Lock()

    def nearest(self, rows: Array, labels: Array) -> list[Near]:
        """Give the nearest training concepts of each row, by geometry."""
        key = rows.tobytes()
        with self._lock:
            if key not in self._found:
                self._found[key] = [_nearest(X[rows], labels, self.kept) for X in self.geometries]
            return self._found[key]


class NeighbourMap:
    """Mean of the k nearest training concepts: geometry, no norm looked at.

    Folds choose the geometry with k: the rival is as strong as distances make it. ``weighted`` concepts count by
    exp(10 cosine): a plain mean of many knows nothing of who is nearest, one of few is noisy.
    """

    separable = True

    def __init__(self, near: Neighbourhood, weighted: bool = False) -> None:
        self.near, self.weighted = near, weighted
        self.candidates = [float(k) for _ in near.geometries for k in NEIGHBOURS[::-1]]

    def nearest(self, rows: Array, labels: Array) -> list[tuple[Array, Doubles]]:
        """Give the nearest training concepts of each row and what they count, by geometry."""
        return [(near.rows, near.weights(self.weighted)) for near in self.near.nearest(rows, labels)]

    def place(self, candidate: int) -> tuple[int, int]:
        """Give the number of the geometry, and k, of a candidate."""
        return candidate // len(NEIGHBOURS), int(self.candidates[candidate])

    def predictions(self, Y: Array, labels: Array, rows: Array) -> Array:
        """See ``Mapping``."""
        means = training_means(Y, labels)
        out = np.empty((len(self.candidates), *Y.shape))
        lists = self.nearest(rows, labels)
        for p in range(len(self.candidates)):
            geometry, k = self.place(p)
            near, weights = lists[geometry]
            out[p] = mean_of(near[:, :k], weights[:, :k], Y) - means
        return out

    def dimensions(self, choice: Array) -> float:
        """Give the mean number of neighbours; not a rank."""
        return float(np.mean([self.candidates[c] for c in choice]))


def mean_of(near: Array, weights: Doubles, Y: Array) -> Array:
    """Weighted mean of the rows of ``Y`` that ``near`` (n, k) names; 0 where all weights (n, k) are 0."""
    from scipy.sparse import csr_array

    taken = weights > 0.0
    total = weights.sum(axis=1, keepdims=True)
    shares = (weights / np.where(total > 0.0, total, 1.0))[taken]
    pointers = np.concatenate([[0], np.cumsum(taken.sum(axis=1))])
    return csr_array((shares, near[taken], pointers), shape=(len(near), len(Y))) @ Y  # type: ignore[no-any-return]


def _whitened(centred: Array) -> Array:
    """Rows whose products are the hat matrix of ridge with the penalty that the spectrum alone gives."""
    Z, values = principal(centred)
    known = values > max(centred.shape) * np.finfo(np.float64).eps * max(float(values.max(initial=0.0)), 0.0)
    if not known.any():
        return centred
    penalty = spectrum_penalty(np.sort(values[known])[::-1], len(centred))
    return Z / np.sqrt(values + penalty)


def _unit_rows(X: Array) -> Array:
    norms = np.linalg.norm(X, axis=1, keepdims=True)
    return np.asarray(X / np.where(norms > 0, norms, 1.0), dtype=np.float32)


def _nearest(X: Array, labels: Array, most: int) -> Near:
    """Rows of other folds by cosine, ties to the first."""
    rows, cosines = np.full((len(X), most), -1, dtype=np.int64), np.zeros((len(X), most), dtype=np.float32)
    for k in np.unique(labels):
        train = np.flatnonzero(labels != k)
        held = np.flatnonzero(labels == k)
        for first in range(0, len(held), 512):
            some = held[first : first + 512]
            away = -(X[some] @ X[train].T)
            size = min(most, len(train))
            best = np.argpartition(away, size - 1, axis=1)[:, :size]
            closeness = np.take_along_axis(away, best, axis=1)
            order = np.lexsort((best, closeness), axis=1)
            rows[some, :size] = train[np.take_along_axis(best, order, axis=1)]
            cosines[some, :size] = -np.take_along_axis(closeness, order, axis=1)
    return Near(rows, cosines)

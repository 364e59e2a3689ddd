"""Permute norms over concepts: the null distribution of every layer's score, and p-values of layers and features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...statistics.draws import Draws
from ...statistics.pvalues import MaxT, holm_over_families
from .data import Concepts
from .mappings import Mapping, heldout, missing_patterns, training_means
from .scores import metric_value, pearson_scores

__all__ = ["FeatureFamily", "PermutationScores", "dealt", "permutation_scores"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]

# below this many concepts everything is computed in double precision, at no noticeable cost
_FEW_ROWS = 300
# features with fewer nonzero concepts are not reported on their own
MIN_NONZERO = 5
# correlations of single precision this close are equal
_TIE = 5e-6


@dataclass(frozen=True)
class PermutationScores:
    """Score of one layer, observed and under each permutation; the same for each feature's correlation."""

    value: float
    null: Doubles
    features: Doubles
    null_features: Array


def permutation_scores(
    concepts: Concepts,
    layer: int,
    mapping: Mapping,
    metric: str,
    n_permutations: int,
    threads: int,
    progress: Callable[[int, int], None],
    draws: Draws,
) -> PermutationScores:
    """Score one layer on its norms and on permuted ones; choices are made again in each permutation."""
    from .mappings import RidgeMap

    if isinstance(mapping, RidgeMap):
        return _by_ridge(concepts, layer, metric, n_permutations, threads, progress, draws)
    return _by_refits(concepts, mapping, metric, n_permutations, progress, draws)


def _by_ridge(
    concepts: Concepts,
    layer: int,
    metric: str,
    n_permutations: int,
    threads: int,
    progress: Callable[[int, int], None],
    draws: Draws,
) -> PermutationScores:
    from scipy.sparse import csc_matrix

    from ...regression.ridge import permutation_ridge

    X = concepts.X[layer]
    dtype = np.float64 if len(X) < _FEW_ROWS else np.float32
    Y: Any = concepts.Y.astype(dtype)
    if concepts.sparse:
        Y = csc_matrix(Y)

    def value(predictions: Array, targets: Array) -> float:
        means = training_means(targets, concepts.labels)
        return metric_value(metric, predictions - means, np.asarray(targets, np.float64), concepts.labels)

    test = permutation_ridge(
        np.ascontiguousarray(X, dtype=dtype), Y, concepts.labels, draws,
        n_permutations=n_permutations, n_jobs=threads, progress=progress,
        metric=None if metric == "pearson" else value,
    )  # fmt: skip
    if test.metric is not None and test.null_metric is not None:
        return PermutationScores(test.metric, test.null_metric, test.scores, test.null_scores)
    return PermutationScores(test.score, test.null, test.scores, test.null_scores)


def _by_refits(
    concepts: Concepts,
    mapping: Mapping,
    metric: str,
    n_permutations: int,
    progress: Callable[[int, int], None],
    draws: Draws,
) -> PermutationScores:
    rows = draws.rows(0, n_permutations)
    values, features = np.empty(n_permutations + 1), np.empty((n_permutations + 1, concepts.Y.shape[1]))
    for b in range(n_permutations + 1):
        Y = concepts.Y if b == 0 else dealt(concepts.Y, rows[b - 1 : b])
        centred = heldout(mapping, Y[:, None], concepts.labels).centred[:, 0]
        pearson, _, features[b] = pearson_scores(centred, Y, np.array([0]))
        values[b] = pearson if metric == "pearson" else metric_value(metric, centred, Y, concepts.labels)
        if b:
            progress(b, n_permutations)
    return PermutationScores(float(values[0]), values[1:], features[0], features[1:])


def dealt(Y: Doubles, rows: Array) -> Doubles:
    """Permute the norms; values move among the rows where the feature is observed."""
    from edgeinterp_kernels.ridge import trace_permutations

    out = np.full(Y.shape, np.nan)
    for targets, observed in missing_patterns(Y):
        source = rows
        if len(observed) < len(Y):
            mask = np.zeros(len(Y), dtype=bool)
            mask[observed] = True
            source = np.zeros_like(rows)
            trace_permutations(rows, mask, source)
        out[np.ix_(observed, targets)] = Y[np.ix_(source[0][observed], targets)]
    return out


@dataclass
class FeatureFamily:
    """Compute single-step max-T over layers x features, a layer at a time, so that only one layer's draws are held.

    Each unit is studentised by its mean and deviation over the permutations and the data. Features with different
    missing concepts form families of their own, with Holm's correction over them.
    """

    nonzero: NDArray[np.int64]
    patterns: list[Array]
    _counts: list[NDArray[np.bool_]] = field(default_factory=list)
    _families: list[MaxT] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._families = [MaxT() for _ in self.patterns]

    def add(self, features: Doubles, null: Array) -> None:
        """Add one layer's correlations (T,) and those under permutation (B, T)."""
        count = len(null) + 1
        mean = (null.sum(axis=0, dtype=np.float64) + features) / count
        squares = np.square(null - mean).sum(axis=0) + np.square(features - mean)
        counts = (self.nonzero >= MIN_NONZERO) & (np.sqrt(squares / count) > _TIE)
        self._counts.append(counts)
        for family, targets in zip(self._families, self.patterns, strict=True):
            members = targets[counts[targets]]
            family.add(features[members], null[:, members], _TIE)

    def pvalues(self) -> Doubles:
        """Return the adjusted p of each layer and feature (L + 1, T); NaN where a unit is not in the family."""
        counts = np.array(self._counts)
        out = np.full(counts.shape, np.nan)
        families, places = [], []
        for family, targets in zip(self._families, self.patterns, strict=True):
            layer, member = np.nonzero(counts[:, targets])
            if len(layer):
                families.append(family.pvalues())
                places.append((layer, targets[member]))
        for place, adjusted in zip(places, holm_over_families(families), strict=True):
            out[place] = adjusted
        return out

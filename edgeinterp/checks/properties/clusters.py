"""Folds over clusters of concepts: what is predicted of concepts that are unlike all that the map has learned from.

In folds over concepts a near-duplicate of a concept is usually among those that the map was fitted on. Here whole
clusters are held out: groups that were given, else clusters by k-means of one hidden state, the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...runtime.counting import counted
from ...runtime.threads import no_warnings
from ..missing import Missing
from .data import Concepts, Folded, regrouped

__all__ = ["FEWEST_CLUSTERS", "ClusterFolds", "cluster_folds", "kmeans"]

Array = NDArray[Any]

# below that an interval over clusters says nothing
FEWEST_CLUSTERS = 8
# concepts in a cluster, about: fewer where there are few concepts, more where there are very many
SIZE, SMALLEST, MOST, FEW = 30, 5, 100, 20


@dataclass(frozen=True)
class ClusterFolds:
    """Norms in folds over clusters.

    Attributes
    ----------
    folded : Folded
        The norms; a unit is a cluster.
    rows : ndarray of int, shape (n,)
        Row of the concepts in folds over concepts that each row is.
    made_of : str
        What the clusters are, in words.
    """

    folded: Folded
    rows: NDArray[np.int64]
    made_of: str

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return len(self.folded.keys)


def cluster_folds(concepts: Concepts) -> ClusterFolds | Missing:
    """Fold concepts by the groups that were given, else by k-means of the hidden state in the middle."""
    if concepts.groups is not None:
        labels, made_of, more = concepts.groups, "given groups", "groups"
    else:
        middle = len(concepts.X) // 2
        labels = kmeans(concepts.X[middle], cluster_count(len(concepts.Y)), concepts.seed)
        made_of, more = f"k-means of hidden state {middle}", "concepts"
    folded, rows = regrouped(concepts, labels)
    found = ClusterFolds(folded, rows, made_of)
    if found.count < FEWEST_CLUSTERS:
        few = f"{counted(found.count, 'cluster')} of concepts"
        return Missing(f"{few}, at least {FEWEST_CLUSTERS} are needed; give more {more}")
    for column, Y in zip(folded.columns, folded.Y.T, strict=True):
        if np.ptp(folded.labels[~np.isnan(Y)]) == 0:
            return Missing(f"all concepts that have {concepts.names[column]!r} are held out together")
    return found


def cluster_count(concepts: int) -> int:
    """Return how many clusters: of about 30 concepts, but at least 20 and at most 100, and of 5 concepts at least."""
    return max(1, min(MOST, max(FEW, concepts // SIZE), concepts // SMALLEST))


def kmeans(X: Array, count: int, seed: int) -> NDArray[np.int64]:
    """Return the cluster of each vector (n,), by k-means of vectors of length 1.

    Every dimension is scaled to a deviation of 1 first: a few huge activations decide all else. Vectors as they are, of
    different lengths, give clusters of very different sizes.
    """
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    centred = X - X.mean(axis=0, dtype=np.float64)
    deviation = centred.std(axis=0)
    Z = centred / np.where(deviation > 0.0, deviation, 1.0)
    length = np.linalg.norm(Z, axis=1, keepdims=True)
    Z /= np.where(length > 0.0, length, 1.0)
    # fewer distinct vectors than clusters are no fault; threads that add in another order would be
    with no_warnings(), threadpool_limits(1, user_api="openmp"):
        labels = KMeans(count, n_init=1, random_state=seed % (1 << 32)).fit_predict(Z)
    return np.asarray(labels, dtype=np.int64)

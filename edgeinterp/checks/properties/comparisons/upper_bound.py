"""What a map through few dimensions could reach at best, if it knew where each concept lies in them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....regression.folds import fold_slices
from ....results.shared import ControlScore
from ..data import Folded
from ..mappings import training_means
from ..scores import metric_value

__all__ = ["UpperBound"]

Doubles = NDArray[np.float64]


class UpperBound:
    r"""The metric of the norms squeezed through the r best directions of the other folds' norms.

    With :math:`V_k` the first r right singular vectors of the centred norms without fold k, the norms of fold k are
    replaced by :math:`\bar y_{-k} + (Y_k - \bar y_{-k}) V_k V_k'`. Missing values count as their feature's mean; a
    feature that does not vary in the other folds lies in no direction and keeps its mean.
    """

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self._found: dict[tuple[int, str], ControlScore] = {}

    def score(self, rank: int, metric: str) -> ControlScore:
        """Score the approximation of the given rank (at least 1); hidden states mostly share it."""
        key = max(1, min(rank, *self.folded.Y.shape)), metric
        if key not in self._found:
            centred = self._squeezed(key[0])
            value = metric_value(metric, centred, self.folded.Y, self.folded.labels)
            self._found[key] = ControlScore(value)
        return self._found[key]

    def _squeezed(self, rank: int) -> Doubles:
        """Return the approximation less training means, fold by fold."""
        Y, labels = self.folded.Y, self.folded.labels
        means = training_means(Y, labels)
        out = np.empty(Y.shape)
        for f in fold_slices(labels):
            Z = np.nan_to_num(Y - means[f.start])
            train = np.delete(Z, f, axis=0)
            V = _directions(train, rank)
            out[f] = (Z[f] @ V) @ V.T
        out[np.isnan(Y)] = np.nan
        return out


def _directions(train: Doubles, rank: int) -> Doubles:
    """Return the first right singular vectors (T, at most rank) of rows that are centred; none of no variance."""
    wide = len(train) < train.shape[1]
    values, vectors = np.linalg.eigh(train @ train.T if wide else train.T @ train)
    best = values.argsort()[::-1][:rank]
    best = best[values[best] > 1e-12 * max(float(values.max(initial=0.0)), np.finfo(np.float64).tiny)]
    return train.T @ (vectors[:, best] / np.sqrt(values[best])) if wide else vectors[:, best]

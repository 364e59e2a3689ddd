"""Ridge on two blocks of columns with a penalty each, and ridge without what is linear in a confound."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...regression.folds import fold_slices
from ...regression.penalties import degrees_of_freedom
from .mappings import RidgeMap, held_out

__all__ = ["ErasedMap", "JoinedMap"]

Array = NDArray[Any]

# variance of a second block of columns beside that of the first
WEIGHTS = (1.0, 30.0)
# columns that vary by less than this share of their largest value count as constant
CONSTANT = 1e-9


class JoinedMap:
    r"""Ridge on two blocks of columns, each with its own penalty; the first block alone is a candidate as well.

    Both blocks are scaled to a variance of 1, the second then has that times a weight: a penalty :math:`\alpha` is
    :math:`\alpha` for the first and :math:`\alpha` / weight for the second. Where the second block repeats the first,
    all weights give the predictions of the first alone, as penalties follow degrees of freedom.
    """

    separable = True

    def __init__(self, first: RidgeMap, second: Array, sparse: bool) -> None:
        blocks = [_at_variance_1(first.X), _at_variance_1(np.asarray(second, dtype=np.float64))]
        self.maps = [
            first,
            *(RidgeMap(np.hstack([blocks[0], np.sqrt(weight) * blocks[1]]), sparse) for weight in WEIGHTS),
        ]
        # of the joined ones every second penalty, the smallest with them: those between are in the first block's grid
        self.used = [range(len(first.candidates))]
        self.used += [range((len(part.candidates) - 1) % 2, len(part.candidates), 2) for part in self.maps[1:]]
        self.places = [(m, p) for m, used in enumerate(self.used) for p in used]
        self.candidates = [self.maps[m].candidates[p] for m, p in self.places]

    def predictions(self, Y: Array, labels: Array, rows: Array) -> Array:
        """See ``Mapping``."""
        parts = zip(self.maps, self.used, strict=True)
        return np.stack([one for part, used in parts for one in part.each(Y, labels, rows, used)])

    def chosen(self, choice: Array) -> list[tuple[RidgeMap, Array]]:
        """Give each map, and the penalty of the folds that chose it, NaN for the others."""
        penalties, places = np.array(self.candidates)[choice], np.array(self.places)[choice]
        return [(part, np.where(places[:, 0] == m, penalties, np.nan)) for m, part in enumerate(self.maps)]

    def dimensions(self, choice: Array) -> float:
        """Effective degrees of freedom, mean over folds."""
        places = [self.places[c] for c in choice]
        return float(
            np.mean([degrees_of_freedom(self.maps[m].spectrum, self.maps[m].candidates[p]) for m, p in places])
        )


def _at_variance_1(X: Array) -> Array:
    """Centre a block of columns and give it a total variance of 1; constant columns are 0."""
    centred = X - X.mean(axis=0)
    scale = np.sqrt(np.square(centred).sum() / len(X))
    return np.asarray(centred / scale if scale > CONSTANT * np.abs(X).max(initial=0.0) else np.zeros(X.shape))


class ErasedMap(RidgeMap):
    r"""Ridge on vectors without a confound C (n, c), whatever is linear in it (oracle LEACE, see below).

    A fold's vectors are :math:`x - B' (1, c)`, with B the least squares of the *other* folds' vectors on their
    confounds: there no linear map tells the confound from what is left. The map from such vectors is ridge beside an
    intercept and C without a penalty, less what these predict alone, so that nothing is refitted.

    Belrose et al. 2023 (arXiv 2306.03819) erase by a map of x alone. Where the confound is known of every row, as here,
    this is the smallest change that does it (Belrose 2023, "Least-squares concept erasure with oracle concept labels"),
    and it needs no inverse of the covariance of X, which has hardly more rows than columns.
    """

    def __init__(self, X: Array, sparse: bool, confounds: Array) -> None:
        self.confounds = confounds
        super().__init__(X, sparse)

    def _design(self, rows: Array) -> Array:
        centred = self.confounds[rows] - self.confounds[rows].mean(axis=0)
        scale = np.sqrt(np.square(centred).sum(axis=0))
        varies = scale > CONSTANT * np.sqrt(len(rows)) * np.abs(self.confounds[rows]).max(axis=0, initial=0.0)
        U, s, _ = np.linalg.svd(centred[:, varies] / scale[varies], full_matrices=False)
        return np.hstack([super()._design(rows), U[:, s > CONSTANT]])

    def _apart(self, values: Array, rows: Array) -> Array:
        centred, design = super()._apart(values, rows), self._design(rows)
        return np.asarray(centred - design @ (design.T @ centred))

    def _left(self, apart: Array, labels: Array, rows: Array) -> Array:
        nothing = np.zeros((len(rows), 1))
        return held_out(nothing, np.zeros(1), self._design(rows), apart, labels)

    def known(self, labels: Array, rows: Array) -> bool:
        """Tell whether every fold's confounds can be fitted on the other folds."""
        design = self._design(rows)
        return all(np.linalg.norm(design[f], 2) ** 2 < 1.0 - CONSTANT for f in fold_slices(labels))

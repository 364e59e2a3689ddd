"""Rank metrics of held-out predictions, for ``permutation_ridge(metric=METRICS[name])``.

Each takes predictions and targets (concepts x features, NaN where missing) and gives one number. They look at whole
rows, so a permutation costs as much as the data themselves: use 100 rather than 1,000.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from edgeinterp_kernels.ranks import nearer_candidates, precision_rows, spearman_rows

from ..errors import InputError

__all__ = ["METRICS", "concept_scores", "mean_spearman", "neighbourhood_accuracy", "precision_at_k"]

Array = np.ndarray[Any, Any]


def _pair(predictions: Array, targets: Array) -> tuple[Array, Array]:
    dtype = np.float32 if predictions.dtype == np.float32 else np.float64
    P, Y = np.ascontiguousarray(predictions, dtype), np.ascontiguousarray(targets, dtype)
    if P.ndim != 2 or P.shape != Y.shape:
        raise InputError(f"predictions and targets must be concepts x features alike, got {P.shape} and {Y.shape}")
    return P, Y


def _mean(rows: Array, what: str) -> float:
    if np.isnan(rows).all():
        raise InputError(f"no concept has {what}")
    return float(np.nanmean(rows))


def mean_spearman(predictions: Array, targets: Array) -> float:
    """Mean over concepts of the rank correlation between predicted and given features.

    Concepts whose features are all alike order nothing and are left out; constant predictions count as 0.

    Examples
    --------
    >>> import numpy as np
    >>> mean_spearman(np.array([[0.1, 0.5, 0.9], [3.0, 2.0, 1.0]]), np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]))
    0.0
    """
    return _mean(concept_scores("spearman", predictions, targets), "features that differ")


def precision_at_k(predictions: Array, targets: Array) -> float:
    """Mean over concepts of the share of their k gold features among the k best predicted, k their own number.

    Chronis et al. 2023 call it MAP@k. Concepts without gold features are left out; ties share.

    Examples
    --------
    >>> import numpy as np
    >>> precision_at_k(np.array([[0.9, 0.1, 0.8]]), np.array([[5.0, 2.0, 0.0]]))
    0.5
    """
    return _mean(concept_scores("precision", predictions, targets), "gold features")


def neighbourhood_accuracy(predictions: Array, targets: Array, k: int = 1) -> float:
    """Share of concepts that are among the k gold rows nearest to their prediction (cosine), ties sharing.

    Candidates are all concepts, those of the training folds included: nearness to *any* gold row competes.

    Raises
    ------
    InputError
        When values are missing: cosines over different features do not compare.

    Examples
    --------
    >>> import numpy as np
    >>> neighbourhood_accuracy(np.array([[1.0, 0.2], [0.1, 1.0]]), np.eye(2))
    1.0
    """
    return float(np.mean(_neighbourhood_credits(predictions, targets, k)))


def concept_scores(name: str, predictions: Array, targets: Array) -> Array:
    """Score each concept: the mean over those that are not NaN is ``METRICS[name](predictions, targets)``.

    Returns
    -------
    ndarray of shape (n,)
        float64; NaN for a concept that the metric leaves out.

    Raises
    ------
    InputError
        As the metric itself.
    """
    if name.startswith("neighbours_"):
        return _neighbourhood_credits(predictions, targets, int(name.removeprefix("neighbours_")))
    P, Y = _pair(predictions, targets)
    missing = np.isnan(P) | np.isnan(Y)
    if missing.any():
        P, Y = (np.where(missing, np.array(np.nan, rows.dtype), rows) for rows in (P, Y))
    out = np.empty(len(P))
    if name == "spearman":
        spearman_rows(P, Y, np.stack([np.argsort(P, axis=1), np.argsort(Y, axis=1)]), out)
    else:
        precision_rows(P, Y, np.sort(P, axis=1), out)
    return out


def _neighbourhood_credits(predictions: Array, targets: Array, k: int) -> Array:
    P, Y = _pair(predictions, targets)
    if np.isnan(P).any() or np.isnan(Y).any():
        raise InputError("neighbourhood accuracy needs norms without missing values: choose another metric")
    P, Y = _unit(P), _unit(Y)
    counts = np.empty((len(P), 2), np.int64)
    tolerance = 1e-6 if P.dtype == np.float32 else 1e-12
    for first in range(0, len(P), 512):
        nearer_candidates(P[first : first + 512] @ Y.T, first, tolerance, counts[first : first + 512])
    return np.clip((k - counts[:, 0]) / (counts[:, 1] + 1), 0.0, 1.0)


def _unit(rows: Array) -> Array:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)


METRICS: dict[str, Callable[[Array, Array], float]] = {
    "spearman": mean_spearman,
    "precision": precision_at_k,
    "neighbours_1": partial(neighbourhood_accuracy, k=1),
    "neighbours_5": partial(neighbourhood_accuracy, k=5),
    "neighbours_10": partial(neighbourhood_accuracy, k=10),
}

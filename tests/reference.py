"""Slow, obvious versions of everything that is fast. They call nothing of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

Array = np.ndarray[Any, Any]

# --------------------------------------------------------------------------------------------------------------------
# ridge: scikit-learn refits in loops
# --------------------------------------------------------------------------------------------------------------------


def ridge_heldout(X: Array, Y: Array, labels: Array, alphas: Sequence[float]) -> tuple[Array, Array]:
    """Held-out predictions, fold k with penalty ``alphas[k]``, and training means, both (n, T); one refit per fold."""
    predictions, means = np.zeros(Y.shape), np.zeros(Y.shape)
    for k in np.unique(labels):
        train, test = labels != k, labels == k
        fit = Ridge(alpha=alphas[k], solver="svd").fit(X[train], Y[train])
        predictions[test] = fit.predict(X[test]).reshape(-1, Y.shape[1])
        means[test] = Y[train].mean(axis=0)
    return predictions, means


def ridge_choice(X: Array, Y: Array, labels: Array, grid: Sequence[float]) -> list[float]:
    """Penalty of each fold: best R2 pooled over targets on the held-out predictions of the other folds."""
    n_folds = labels.max() + 1
    predictions = {alpha: ridge_heldout(X, Y, labels, [alpha] * n_folds)[0] for alpha in grid}
    chosen = []
    for k in range(n_folds):
        others = labels != k
        spread = ((Y[others] - Y[others].mean(axis=0)) ** 2).sum()
        r2 = {alpha: 1 - ((Y[others] - P[others]) ** 2).sum() / spread for alpha, P in predictions.items()}
        chosen.append(max(sorted(grid, reverse=True), key=lambda alpha: r2[alpha]))
    return chosen


def ridge_scores(predictions: Array, means: Array, Y: Array, labels: Array, scoring: str) -> Array:
    """Score of each target."""
    if scoring == "r2":
        folds = [labels == k for k in np.unique(labels)]
        by_fold: Array = np.array([r2_score(Y[f], predictions[f], multioutput="raw_values") for f in folds])
        return np.asarray(by_fold.mean(axis=0))
    centred = predictions - means
    out = np.zeros(Y.shape[1])
    for t in range(Y.shape[1]):
        if centred[:, t].std() > 1e-12 * Y[:, t].std() > 0:
            out[t] = np.corrcoef(centred[:, t], Y[:, t])[0, 1]
    return out


def ridge_test(
    X: Array,
    Y: Array,
    labels: Array,
    grid: Sequence[float],
    scoring: str,
    permutations: Array,
    choose_once: bool = False,
) -> tuple[Array, Array, list[float]]:
    """Scores (T,), null scores (B, T), penalties; ``choose_once`` is the mistake: choosing outside."""
    first = ridge_choice(X, Y, labels, grid)
    results = []
    for permutation in [np.arange(len(X)), *permutations]:
        dealt = Y[permutation]
        alphas = first if choose_once else ridge_choice(X, dealt, labels, grid)
        results.append(ridge_scores(*ridge_heldout(X, dealt, labels, alphas), dealt, labels, scoring))
    return results[0], np.array(results[1:]), first


def max_t_pvalues(scores: Array, null: Array) -> Array:
    """Single-step max-T, the data counted among the draws that studentise."""
    everything = np.vstack([scores, null])
    z = (everything - everything.mean(axis=0)) / everything.std(axis=0)
    return np.array([np.mean([row.max() >= z[0, t] - 1e-9 for row in z[1:]] + [True]) for t in range(len(scores))])


def holm_pvalues(pvalues: Sequence[float]) -> list[float]:
    """Holm 1979."""
    order = np.argsort(pvalues)
    out, reached = [0.0] * len(pvalues), 0.0
    for rank, i in enumerate(order):
        reached = max(reached, min(1.0, (len(pvalues) - rank) * pvalues[i]))
        out[i] = reached
    return out


def first_return(permutation: Array, observed: Array) -> Array:
    """Permutation of the observed rows: follow the permutation until it is back among them."""
    out = np.arange(len(permutation))
    for i in np.flatnonzero(observed):
        j = permutation[i]
        while not observed[j]:
            j = permutation[j]
        out[i] = j
    return out


def spearman_per_row(P: Array, Y: Array) -> Array:
    """Rank correlation of each row by scipy, features that are missing left out."""
    out = np.full(len(P), np.nan)
    for i in range(len(P)):
        seen = ~np.isnan(P[i]) & ~np.isnan(Y[i])
        if len(set(Y[i, seen])) > 1:
            out[i] = spearmanr(P[i, seen], Y[i, seen])[0] if len(set(P[i, seen])) > 1 else 0.0
    return out


def precision_per_row(P: Array, Y: Array, rng: np.random.Generator, draws: int = 4000) -> Array:
    """Overlap of the k largest predictions with the k gold features, ties broken at random many times."""
    out = np.full(len(P), np.nan)
    for i in range(len(P)):
        gold = set(np.flatnonzero(Y[i]))
        hits = [len(gold & set(np.lexsort((rng.random(P.shape[1]), -P[i]))[: len(gold)])) for _ in range(draws)]
        out[i] = np.mean(hits) / len(gold) if gold else np.nan
    return out


def neighbour_share(P: Array, Y: Array, k: int) -> float:
    """Share of rows whose own gold row is among the k most similar, without ties."""
    hits = 0
    for i in range(len(P)):
        cosine = [p @ y / np.sqrt(p @ p * (y @ y)) for p, y in ((P[i], Y[j]) for j in range(len(Y)))]
        hits += i in np.argsort(cosine)[-k:]
    return hits / len(P)

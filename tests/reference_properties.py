"""Slow, obvious versions of what ``properties`` sets a score beside; they call nothing of ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

Array = NDArray[Any]


def correlation(p: Array, y: Array) -> float:
    """Pearson's, 0 where either is constant."""
    return float(np.corrcoef(p, y)[0, 1]) if np.ptp(p) > 1e-12 and np.ptp(y) > 0 else 0.0


def refitted(X: Array, Y: Array, labels: Array, penalties: Sequence[float]) -> Array:
    """Held-out predictions less training means, one refit a fold with its penalty."""
    out = np.empty(Y.shape)
    for k in np.unique(labels):
        train, held = labels != k, labels == k
        fit = Ridge(alpha=penalties[k]).fit(X[train], Y[train])
        out[held] = fit.predict(X[held]).reshape(-1, Y.shape[1]) - Y[train].mean(axis=0)
    return out


def rotated_by(X: Array, Y: Array, labels: Array, penalties: Sequence[float], Q: Array) -> list[float]:
    """Correlations of norms of unit variance that were turned by Q, each fitted again."""
    turned = (Y / Y.std(axis=0)) @ Q
    P = refitted(X, turned, labels, penalties)
    return [correlation(P[:, t], turned[:, t]) for t in range(turned.shape[1])]


def squeezed(Y: Array, labels: Array, rank: int) -> Array:
    """Norms less training means, through the first directions of the other folds' norms; NaN counts as the mean."""
    out = np.full(Y.shape, np.nan)
    for i in range(len(Y)):
        train = Y[labels != labels[i]]
        mean = np.array([np.mean(column[~np.isnan(column)]) for column in train.T])
        Z = np.where(np.isnan(train), 0.0, train - mean)
        _, singular, Vt = np.linalg.svd(Z, full_matrices=False)
        best = [Vt[j] for j in range(min(rank, len(singular))) if singular[j] > 1e-8]
        row = np.where(np.isnan(Y[i]), 0.0, Y[i] - mean)
        out[i] = np.sum([(row @ v) * v for v in best], axis=0)
    return np.where(np.isnan(Y), np.nan, out)


def split_half(counts: Array, participants: int, rng: np.random.Generator, draws: int = 200) -> list[float]:
    """Correlation of two random halves of participants, stepped up to all of them (Spearman-Brown), mean over draws."""
    found = []
    for column in counts.T:
        named = np.arange(participants) < column[:, None]
        halves = []
        for _ in range(draws):
            # who named a feature is not known: each concept's participants are put in an order of their own
            order = rng.permuted(named, axis=1)
            r = np.corrcoef(order[:, : participants // 2].sum(axis=1), order[:, participants // 2 :].sum(axis=1))[0, 1]
            halves.append(2 * r / (1 + r))
        found.append(float(np.mean(halves)))
    return found


def common_and_long(frequencies: Array, tokens: Array, words: Sequence[str]) -> Array:
    """Log frequency (half of the rarest for 0), tokens and letters, then all squares and products; deviation 1."""
    rarest = min(f for f in frequencies if f > 0)
    columns = [
        np.log([f if f > 0 else rarest / 2 for f in frequencies]), np.array(tokens), np.array([len(w) for w in words])
    ]  # fmt: skip
    columns = [(c - np.mean(c)) / np.std(c) for c in columns]
    columns += [columns[i] * columns[j] for i in range(3) for j in range(i, 3)]
    return np.stack([(c - np.mean(c)) / np.std(c) for c in columns], axis=1)


def joined_candidates(X0: Array, X1: Array, alone: Sequence[float]) -> list[tuple[Array, float]]:
    """The maps to choose from: X0 alone, then X0 beside X1 at 1 and 30 times its variance, with half of the penalties.

    Penalties are those with 1 to nine tenths of the rank as degrees of freedom, in ten equal ratios.
    """
    maps = [(X0, penalty) for penalty in alone]
    blocks = [(X - X.mean(axis=0)) / np.sqrt(((X - X.mean(axis=0)) ** 2).sum() / len(X)) for X in (X0, X1)]
    for weight in (1.0, 30.0):
        both = np.hstack([blocks[0], np.sqrt(weight) * blocks[1]])
        s = np.linalg.svd(both - both.mean(axis=0), compute_uv=False) ** 2
        s = s[s > 1e-12 * s.sum()]
        for df in np.geomspace(1.0, 0.9 * len(s), 10)[1::2]:
            low, high = 1e-12 * s.min(), 1e6 * s.sum()
            for _ in range(200):
                middle = np.sqrt(low * high)
                low, high = (middle, high) if np.sum(s / (s + middle)) > df else (low, middle)
            maps.append((both, middle))
    return maps


def best_of(maps: Sequence[tuple[Array, float]], Y: Array, labels: Array) -> Array:
    """Held-out predictions less training means, each fold's map the best on the other folds."""
    folds = int(labels.max()) + 1
    tried = [refitted(X, Y, labels, [penalty] * folds) for X, penalty in maps]
    means = np.array([Y[labels != k].mean(axis=0) for k in labels])
    out = np.empty(Y.shape)
    for k in range(folds):
        errors = [float(((Y - means - P)[labels != k] ** 2).sum()) for P in tried]
        out[labels == k] = tried[int(np.argmin(errors))][labels == k]
    return out


def gain(X0: Array, X1: Array, Y: Array, labels: Array, alone: Sequence[float]) -> float:
    """Mean correlation of held-out predictions from both, less that from X0 alone."""
    maps = joined_candidates(X0, X1, alone)
    both, first = (best_of(some, Y, labels) for some in (maps, maps[: len(alone)]))
    scores = [np.mean([correlation(P[:, t], Y[:, t]) for t in range(Y.shape[1])]) for P in (both, first)]
    return float(scores[0] - scores[1])


def erased(X: Array, C: Array, train: Array) -> Array:
    """Vectors less the least squares of the training rows' vectors on an intercept and their confounds."""
    design = np.column_stack([np.ones(len(C)), C])
    return np.asarray(X - design @ np.linalg.lstsq(design[train], X[train], rcond=None)[0])


def heldout_without(X: Array, C: Array, Y: Array, labels: Array, penalties: Sequence[float]) -> Array:
    """Held-out predictions less training means, of a map from vectors erased anew in every fold."""
    out = np.empty(Y.shape)
    for k in np.unique(labels):
        train, held = labels != k, labels == k
        Z = erased(X, C, train)
        fit = Ridge(alpha=penalties[k]).fit(Z[train], Y[train])
        out[held] = fit.predict(Z[held]).reshape(-1, Y.shape[1]) - Y[train].mean(axis=0)
    return out


def rank_agreement(a: Sequence[float | None], b: Sequence[float | None]) -> float | None:
    """Spearman's: Pearson's of ranks counted one by one, ties in the middle; None for fewer than 3, or all alike."""
    both = [(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]
    if len(both) < 3:
        return None
    ranks = []
    for values in zip(*both, strict=True):
        ranks.append([sum(w < v for w in values) + (sum(w == v for w in values) - 1) / 2 for v in values])
    if len(set(ranks[0])) == 1 or len(set(ranks[1])) == 1:
        return None
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def difference_interval(a: Array, b: Array, without: Array, alpha: float) -> tuple[float, float]:
    """Delete-one jackknife of a less b: ``without`` has both without each concept (concepts, ways, 2)."""
    from scipy.stats import t

    n = len(without)
    variances = []
    for way in range(without.shape[1]):
        left = [without[i, way, 0] - without[i, way, 1] for i in range(n)]
        variances.append((n - 1) / n * sum((one - sum(left) / n) ** 2 for one in left))
    reach = float(t.ppf(1 - alpha / 2, n - 1)) * (sum(variances) / len(variances)) ** 0.5
    return float(a - b) - reach, float(a - b) + reach

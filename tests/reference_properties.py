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

"""Slow, obvious versions of what ``hybrid`` computes; they call nothing of ours."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np


def standard(X: Any) -> Any:
    """Columns at mean 0 and deviation 1."""
    X = np.asarray(X, dtype=float)
    return (X - X.mean(axis=0)) / np.where(X.std(axis=0) > 1e-9, X.std(axis=0), 1.0)


def block(parts: Any) -> Any:
    """Columns of several parts side by side: each column at deviation 1, each part of one and the same variance."""
    return np.hstack([standard(part) / np.sqrt(part.shape[1] * len(parts)) for part in parts])


def of_words(pairs: Any, vectors: Any, absolute: bool) -> Any:
    """Vectors of both words, their product and difference, each dimension at deviation 1 over the words."""
    words = sorted({word for pair in pairs for word in pair})
    scaled = dict(zip(words, standard([vectors[word] for word in words]), strict=True))
    one, other = (np.array([scaled[pair[side]] for pair in pairs]) for side in (0, 1))
    difference = np.abs(one - other) if absolute else one - other
    return block([one, other, one * other, difference])


def weighted(blocks: Any) -> list[Any]:
    """All blocks side by side, alike first, then some at a thirtieth of the variance."""
    found = []
    for weights in product((1.0, 1 / 30), repeat=len(blocks)):
        if max(weights) == 1.0:
            found.append(np.hstack([np.sqrt(w) * X for w, X in zip(weights, blocks, strict=True)]))
    return found


def penalties(X: Any, count: int = 10) -> list[float]:
    """Penalties with 1 to nine tenths of the rank as degrees of freedom, in equal ratios."""
    s = np.linalg.svd(X - X.mean(axis=0), compute_uv=False) ** 2
    s = s[s > max(X.shape) * np.finfo(float).eps * s.sum()]
    found = []
    for df in np.geomspace(1.0, 0.9 * len(s), count):
        low, high = 1e-12 * s.min(), 1e6 * s.sum()
        for _ in range(200):
            middle = np.sqrt(low * high)
            low, high = (middle, high) if np.sum(s / (s + middle)) > df else (low, middle)
        found.append(float(middle))
    return found

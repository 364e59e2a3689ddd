"""Slow, obvious versions of what ``compare`` computes. Nothing here calls the code under test."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def jensen_shannon(p: Array, q: Array) -> float:
    """Divergence of two distributions in bits, term by term."""
    total = 0.0
    for one, other in zip(p.tolist(), q.tolist(), strict=True):
        mean = (one + other) / 2.0
        if one > 0.0:
            total += 0.5 * one * math.log2(one / mean)
        if other > 0.0:
            total += 0.5 * other * math.log2(other / mean)
    return total


def most_attended(row: Array) -> int:
    """Index of the largest value, the first of equals."""
    best = 0
    for index, value in enumerate(row.tolist()):
        if value > row[best]:
            best = index
    return best


def cka(X: Array, Y: Array) -> float:
    """Linear CKA from centred Gram matrices over rows (Kornblith et al. 2019, equation 3), in double precision."""
    n = len(X)
    H = np.eye(n) - np.ones((n, n)) / n
    K, L = X.astype(np.float64) @ X.T.astype(np.float64), Y.astype(np.float64) @ Y.T.astype(np.float64)

    def hsic(A: Array, B: Array) -> float:
        return float(np.trace(A @ H @ B @ H))

    return hsic(K, L) / math.sqrt(hsic(K, K) * hsic(L, L))


def cosine(a: Array, b: Array) -> float:
    """Cosine of two vectors; two zero vectors are the same, one is at right angles to any other."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    lengths = math.sqrt(float(a @ a)) * math.sqrt(float(b @ b))
    if lengths == 0.0:
        return 1.0 if not a.any() and not b.any() else 0.0
    return float(a @ b) / lengths


def relative_difference(a: Array, b: Array) -> float:
    """Distance over the root mean square of the norms."""
    a, b = a.astype(np.float64), b.astype(np.float64)
    mean = math.sqrt((float(a @ a) + float(b @ b)) / 2.0)
    return 0.0 if mean == 0.0 else math.sqrt(float((a - b) @ (a - b))) / mean


def jackknife_difference(
    statistic: Callable[[Array], float], first: Array, second: Array, quantile: float
) -> tuple[float, float, float]:
    """Difference of a statistic of two samples of the same units, and its delete-one jackknife interval."""
    n = len(first)
    value = statistic(first) - statistic(second)
    without = []
    for i in range(n):
        kept = [j for j in range(n) if j != i]
        without.append(statistic(first[kept]) - statistic(second[kept]))
    mean = sum(without) / n
    spread = math.sqrt((n - 1) / n * sum((one - mean) ** 2 for one in without))
    return value, value - quantile * spread, value + quantile * spread

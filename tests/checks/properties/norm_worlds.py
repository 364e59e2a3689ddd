"""Invented vectors and norms in which the answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def words(n: int, seed: int = 0) -> list[str]:
    """Different words of random letters."""
    rng = np.random.default_rng([seed, 7])
    found: dict[str, None] = {}
    while len(found) < n:
        found["".join(rng.choice(list("abcdefghij"), rng.integers(3, 9)))] = None
    return list(found)


def vectors(n: int, d: int, seed: int = 0) -> Doubles:
    """Vectors with a few strong directions, as hidden states have."""
    rng = np.random.default_rng([seed, 1])
    return rng.normal(size=(n, d)) * np.geomspace(3.0, 0.3, d)


def planted(X: Doubles, features: int, effect: float, seed: int = 0) -> Doubles:
    """A noisy linear function of X: ``effect`` is the share of variance that X explains."""
    rng = np.random.default_rng([seed, 2])
    signal = X @ rng.normal(size=(X.shape[1], features))
    signal /= signal.std(axis=0)
    norms: Doubles = np.sqrt(effect) * signal + np.sqrt(1.0 - effect) * rng.normal(size=signal.shape)
    return norms


def production(n: int, features: int, share: float = 0.06, seed: int = 0) -> Doubles:
    """Counts of sparse production norms, without any relation to anything."""
    rng = np.random.default_rng([seed, 3])
    counts: Doubles = rng.integers(1, 30, (n, features)).astype(float)
    named: Doubles = counts * (rng.random((n, features)) < share)
    return named


def clusters(n: int, d: int, features: int, count: int, seed: int = 0) -> tuple[Doubles, Doubles]:
    """Concepts of small clusters; norms belong to the cluster, so that neighbours know all that there is to know."""
    rng = np.random.default_rng([seed, 4])
    own = rng.integers(0, count, n)
    X = rng.normal(size=(count, d))[own] + 0.15 * rng.normal(size=(n, d))
    return X, rng.normal(size=(count, features))[own] + 0.2 * rng.normal(size=(n, features))


def random_layers(shape: tuple[int, ...], seeds: int = 2) -> list[Any]:
    """What random models would give: vectors without content."""
    return [np.random.default_rng([seed, 5]).normal(size=shape) for seed in range(seeds)]

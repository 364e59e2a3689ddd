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


def frequencies(n: int, seed: int = 0) -> Doubles:
    """How often words occur: a few often, most seldom."""
    found: Doubles = 1.0 / np.random.default_rng([seed, 8]).integers(1, 30_000, n)
    return found


def categories(seed: int, count: int = 20, size: int = 12) -> tuple[Doubles, Doubles, NDArray[np.int64]]:
    """Vectors and norms have a mean for each category, of some ``size`` concepts, and beside it nothing in common."""
    rng = np.random.default_rng([seed, 21])
    groups = np.repeat(np.arange(count), rng.integers(size - 4, size + 5, count))
    X = rng.normal(size=(count, 30))[groups] + rng.normal(size=(len(groups), 30))
    return X, rng.normal(size=(count, 5))[groups] + rng.normal(size=(len(groups), 5)), groups


def spelled(names: list[str], seed: int = 0) -> tuple[Doubles, Doubles]:
    """Vectors and norms that hold letters and length, and nothing else."""
    rng = np.random.default_rng([seed, 22])
    counts = np.array([[word.count(letter) for letter in "abcdefghij"] + [len(word)] for word in names], dtype=float)
    X = counts @ rng.normal(size=(11, 14)) + 0.5 * rng.normal(size=(len(names), 14))
    return X, counts[:, :4] + 0.3 * rng.normal(size=(len(names), 4))


def common_words(known: str, n: int, seed: int = 0) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """Vectors and norms that hold how common a word is: how far from the middle, or with its length."""
    rng = np.random.default_rng([seed, 24])
    often, names = rng.normal(size=n), words(n, seed)
    long = np.array([len(name) for name in names], dtype=float)
    bent = often**2 if known == "a middle frequency" else (long - long.mean()) / long.std()
    causes = np.stack([often, bent], axis=1)
    X = causes @ rng.normal(size=(2, 40)) + 0.4 * rng.normal(size=(n, 40))
    shown = causes[:, 1:] if known == "a middle frequency" else causes @ rng.normal(size=(2, 6))
    return X, shown + 0.5 * rng.normal(size=(n, 6)), {"words": names, "frequencies": np.exp(often)}


def heavy(n: int, d: int, features: int, seed: int = 0) -> tuple[Doubles, Doubles]:
    """Heavy tails, a massive dimension, uneven rows, and sparse norms of which some are huge; nothing in common."""
    rng = np.random.default_rng([seed, 23])
    X = rng.standard_t(3, size=(n, d)) * np.exp(0.5 * rng.normal(size=(n, 1)))
    X[:, 0] *= 1000.0
    Y: Doubles = production(n, features, 0.1, seed) ** 1.5 * np.exp(rng.normal(size=(n, 1)))
    return X, Y

"""Made-up pairs in which attention, properties or words carry a relation, with the dependence of real pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class World:
    """Arguments of ``hybrid`` under their names, and attention of random models."""

    features: Array
    labels: list[str]
    groups: list[str]
    words: list[tuple[str, str]]
    word_states: dict[str, Array]
    norms: dict[str, Array]
    random_models: list[Array]
    elsewhere: Array


def world(
    seed: int, *, attention: float = 0.0, features: float = 0.0, words: float = 0.0, both: float = 0.0,
    identity: float = 0.0, random: float = 0.0, categories: int = 24, each: int = 8, pool: int | None = None,
) -> World:  # fmt: skip
    """Pairs of words from one pool, so that pairs share words within and between categories.

    Within each category, half of the pairs are ``hyper``: those of the highest sum of what attention alone knows, of a
    product of properties, of a product of hidden states, of what attention and properties both know, of the first
    word's own effect, and noise. Attention has noise of a category in every column. ``random``: how much attention of
    random models knows of what attention knows.
    """
    rng = np.random.default_rng(seed)
    names = [f"w{i}" for i in range(pool or 6 * categories)]
    properties, states = rng.standard_normal((len(names), 6)), rng.standard_normal((len(names), 4))
    own = rng.standard_normal(len(names))
    n = categories * each
    # no two words twice: categories that share a pair would count as one
    some = rng.choice(len(names) * (len(names) - 1) // 2, n, replace=False)
    one, other = (side[some] for side in np.triu_indices(len(names), 1))
    group = np.repeat(np.arange(categories), each)
    known, common = rng.standard_normal(n), properties[one, 1] * properties[other, 1]
    value = (
        attention * known + features * properties[one, 0] * properties[other, 0] + both * common
        + words * states[one, 0] * states[other, 0] + identity * own[one] + rng.standard_normal(n)
    )  # fmt: skip
    labels = np.empty(n, dtype=object)
    for c in range(categories):
        rows = np.flatnonzero(group == c)
        order = rows[np.argsort(value[rows])]
        labels[order[: each // 2]], labels[order[each // 2 :]] = "coord", "hyper"

    def shares(signal: Any) -> Array:
        noise = rng.standard_normal((n, 2, 2, 3)) + rng.standard_normal((categories, 2, 2, 3))[group]
        noise[:, 0, 1, 2] += 3.0 * signal
        return np.asarray(1.0 / (1.0 + np.exp(-noise)))

    mixed = known + (common if both else 0.0)
    return World(
        shares(mixed),
        labels.tolist(),
        [f"c{c}" for c in group],
        [(names[a], names[b]) for a, b in zip(one, other, strict=True)],
        dict(zip(names, states, strict=True)),
        dict(zip(names, properties, strict=True)),
        [shares(random * known) for _ in range(3)],
        shares(0.0),
    )

"""Worlds of one block in which attention shows one thing and values carry another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import edgeinterp as ei

Array = NDArray[Any]
SIZE, WIDTH = 12, 64


@dataclass
class Block:
    """What ``edgeinterp.influence`` takes, with readings."""

    states: list[Array] = field(default_factory=list)
    copies: list[Array] = field(default_factory=list)
    attentions: list[Array] = field(default_factory=list)
    readings: list[dict[str, Array]] = field(default_factory=list)

    def add(self, weights: Array, values: Array, replaced: Array, own: Array, names: list[str]) -> None:
        """Add a text by weights (H, n, n), what values carry and what replaced ones carry (H, n, d), and inputs."""
        heads, count, width = values.shape
        whole = own + np.einsum("hij,hjd->id", weights, values)
        states = np.stack([own, whole])
        copies = np.repeat(states[:, None], count, axis=1)
        for j in range(count):
            copies[1, j] += np.einsum("hi,hd->id", weights[:, :, j], replaced[:, j] - values[:, j])
        self.states.append(states)
        self.copies.append(copies)
        self.attentions.append(weights[None])
        projections = np.tile(np.eye(width), (1, heads, 1, 1))
        found = ei.readings_from_arrays(weights[None], values[None], projections, own[None], names=names)
        self.readings.append({name: found[name] for name in names})

    def as_random_model(self) -> tuple[Array, list[Array], list[Array], list[dict[str, Array]]]:
        return np.concatenate(self.states, axis=1), self.copies, self.attentions, self.readings

    def measured(self, **settings: Any) -> Any:
        """What ``edgeinterp.influence`` makes of them."""
        count = len(self.states)
        states, copies, attentions, readings = self.as_random_model()
        special = np.tile(np.arange(SIZE) == 0, count)
        return ei.influence(
            states, copies, attentions, [range(1, SIZE)] * count, [SIZE] * count, readings=readings,
            special_tokens_mask=special, **settings,
        )  # fmt: skip


def kept_to(copies: list[Array]) -> list[Array]:
    return [one[:, 1:] for one in copies]


def pointed(rng: np.random.Generator, sink: float = 0.0) -> Array:
    """Weights that point at some tokens, with this share on the first one."""
    found = rng.dirichlet(np.full(SIZE, 0.5), size=SIZE) * (1.0 - sink)
    found[:, 0] += sink
    return np.asarray(found)


def block(texts: int, seed: int, heads: str, names: list[str]) -> Block:
    """Return texts of one block.

    ``silent``: a head points at tokens whose values are 0, another one, nearly all of it on the first token, carries.
    ``cancel``: two heads point at the same tokens, with values that cancel each other, beside the one that carries.
    """
    rng, found = np.random.default_rng(seed), Block()
    for _ in range(texts):
        loud, quiet = pointed(rng), pointed(rng, sink=0.995)
        values, replaced = 40.0 * rng.normal(size=(2, SIZE, WIDTH))
        # the first token takes what is left over, as in real models
        values[0], replaced[0] = 0.0, 0.0
        own = 0.02 * rng.normal(size=(SIZE, WIDTH))
        if heads == "silent":
            weights = np.stack([loud, quiet])
            carried = [np.stack([np.zeros_like(one), one]) for one in (values, replaced)]
        else:
            weights = np.stack([loud, loud, quiet])
            away = rng.normal(size=values.shape)
            carried = [np.stack([away, -away, one]) for one in (values, replaced)]
        found.add(weights, carried[0], carried[1], own, names)
    found.copies = kept_to(found.copies)
    return found

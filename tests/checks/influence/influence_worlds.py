"""Invented texts in which it is known what influences what."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import edgeinterp as ei

Array = NDArray[Any]


@dataclass
class Texts:
    """What ``edgeinterp.influence`` takes."""

    states: list[Array] = field(default_factory=list)
    copies: list[Array] = field(default_factory=list)
    attentions: list[Array] = field(default_factory=list)
    positions: list[Array] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    weights: list[Array] = field(default_factory=list)

    def measured(self, **settings: Any) -> Any:
        """What ``edgeinterp.influence`` makes of them."""
        # states are alike in all texts; ids tell them apart
        ids = np.repeat(np.arange(len(self.lengths)), self.lengths)
        states = np.concatenate(self.states, axis=1)
        return ei.influence(
            states, self.copies, self.attentions, self.positions, self.lengths, **{"token_ids": ids, **settings}
        )

    def add(
        self, attention: Array, influence: Array, positions: Array, sink: float = 0.0, causal: bool = False
    ) -> None:
        """Add a text of one layer and one head, by logarithms of attention and of influence."""
        size = len(attention)
        weights = np.tril(np.exp(attention)) if causal else np.exp(attention)
        weights[:, 0] += sink * weights.sum(axis=1)
        changes = np.exp(influence)
        changes = 0.3 * changes / changes.max()
        # copy j turns position i by an angle whose cosine is 1 less the influence
        states = np.zeros((2, size, size + 1))
        states[:, :, -1] = 1.0
        copies = np.repeat(states[:, None], size, axis=1)
        for j in range(size):
            copies[1, j, :, j] = np.tan(np.arccos(1.0 - changes[:, j]))
        self.states.append(states)
        self.copies.append(copies[:, positions])
        self.attentions.append((weights / weights.sum(axis=1, keepdims=True))[None, None])
        self.positions.append(positions)
        self.lengths.append(size)

    def as_random_model(self) -> tuple[Any, ...]:
        """The same arrays as those that ``influence`` takes of a random model."""
        return np.concatenate(self.states, axis=1), self.copies, self.attentions


def copying_text(weights: Array) -> tuple[Array, Array]:
    """Return hidden states (2, n, d) and copies (2, n, n, d) of a layer that copies token j into i by ``weights``.

    Every token is an orthogonal direction and so is what replaces it, so influence follows from the weights alone.
    """
    size = len(weights)
    embedding = np.eye(2 * size)[:size]
    copies = np.repeat(embedding[None], size, axis=0)
    for j in range(size):
        copies[j, j] = np.eye(2 * size)[size + j]
    mixed = np.eye(size) + weights
    states = np.stack([embedding, mixed @ embedding])
    replaced = np.stack([copies, np.einsum("ij,cjd->cid", mixed, copies)])
    return states, replaced


def copying_world(texts: int = 24, size: int = 10, shown: str = "true", seed: int = 0, causal: bool = False) -> Texts:
    """A layer with random weights; attention shows them (``true``), or weights of no relation to them (``false``)."""
    rng = np.random.default_rng(seed)
    found = Texts()
    for _ in range(texts):
        weights = rng.dirichlet(np.ones(size), size=size)
        if causal:
            weights = np.tril(weights)
        states, copies = copying_text(weights)
        attention = weights if shown == "true" else rng.dirichlet(np.ones(size), size=size)
        attention = attention / attention.sum(axis=-1, keepdims=True)
        found.states.append(states)
        found.copies.append(copies)
        found.attentions.append(attention[None, None])
        found.positions.append(np.arange(size))
        found.lengths.append(size)
        found.weights.append(weights)
    return found


def salient_world(
    seed: int, texts: int = 24, size: int = 10, in_bin: int = 6, layers: int = 2, heads: int = 2,
    shared: float = 0.0, population: int | None = None,
) -> Texts:  # fmt: skip
    """Salient tokens: some columns attract attention, others influence, in every row of a text; the two are unrelated.

    Positions and offsets matter for both, alike in all texts: a null that ignored them would find agreement here.
    ``shared`` is how much of what has influence attracts attention too; worlds of one ``population`` have the same
    effects of position.
    """
    rng = np.random.default_rng(seed)
    offset = np.abs(np.arange(size)[:, None] - np.arange(size)[None, :])
    place = rng.normal(size=size) if population is None else np.random.default_rng([population, 1]).normal(size=size)
    found = Texts()
    for text in range(texts):
        attention = [
            np.exp(2 * rng.normal(size=size) + place - 0.3 * offset + 0.3 * rng.normal(size=(size, size)))
            for _ in range(layers * heads)
        ]
        maps = np.array(attention).reshape(layers, heads, size, size)
        salience = 2 * rng.normal(size=size)
        maps = maps * np.exp(shared * salience)
        influence = np.exp(salience + place - 0.3 * offset)
        influence = np.minimum(0.01 * influence / influence.mean(), 0.5)
        states = np.zeros((layers + 1, size, 2 * layers * size + 1))
        states[:, :, -1] = 1.0
        copies = np.repeat(states[:, None], size, axis=1)
        for layer in range(1, layers + 1):
            noisy = influence * np.exp(0.3 * rng.normal(size=(size, size)))
            for j in range(size):
                # cos = 1 / sqrt(1 + x^2), so 1 - cos grows with x alone
                copies[layer, j, :, (layer - 1) * size + j] = np.sqrt(noisy[:, j])
        # texts that share their positions exchange influence: a bin is told by the order of its positions
        positions = np.roll(np.arange(size), text // in_bin)
        found.states.append(states)
        found.copies.append(copies[:, positions])
        found.attentions.append(maps / maps.sum(axis=-1, keepdims=True))
        found.positions.append(positions)
        found.lengths.append(size)
    return found


def effects_of_offsets(rng: np.random.Generator, size: int) -> tuple[Array, Array]:
    """Effects of signed offsets on attention and on influence, each (size, size): much is shared, near is more."""
    apart = np.subtract.outer(np.arange(size), np.arange(size)) + size - 1
    shared = 0.7 * rng.normal(size=2 * size - 1) - 0.3 * np.abs(np.arange(1 - size, size))
    return shared[apart], (shared + 0.5 * rng.normal(size=2 * size - 1))[apart]


def logarithmic_world(
    seed: int, texts: int = 24, size: int = 14, in_bin: int = 6, salience: float = 1.0, pairs: float = 0.0,
    feel: float = 0.0, alike: bool = False, rare: float = 1.0, sink: float = 0.0, noise: float = 0.5,
    causal: bool = False,
) -> Texts:  # fmt: skip
    """One layer whose logarithms of attention and of influence are sums of what is named, and of noise of their own.

    Signed offsets matter for both, positions too. ``salience``: a property of the tokens of a text that both feel,
    ``rare`` the share of tokens that have it; rows feel it by a factor of deviation ``feel`` of the logarithm, in
    attention and in influence each its own, or ``alike``. ``pairs``: a number of their own for each pair of tokens, in
    both. ``sink``: how much of a row's attention goes to the first token, beside the rest.
    """
    rng = np.random.default_rng(seed)
    offsets = effects_of_offsets(rng, size)
    found = Texts()
    for text in range(texts):
        if text % in_bin == 0:
            places, positions = 0.5 * rng.normal(size=size), np.sort(rng.choice(size, 8, replace=False))
        token = salience * rng.normal(size=size) * (rng.random(size) < rare)
        felt = [np.exp(feel * rng.normal(size=(size, 1))) for _ in range(2)]
        own = pairs * rng.normal(size=(size, size))
        attention, influence = (
            offsets[at] + places + felt[0 if alike else at] * token + own + noise * rng.normal(size=(size, size))
            for at in range(2)
        )
        # influence feels another property besides
        influence = influence + felt[0 if alike else 1] * 0.3 * salience * rng.normal(size=size)
        found.add(attention, influence, positions, sink, causal)
    return found


def unpaired_world(seed: int, kind: str, texts: int = 24, size: int = 14, in_bin: int = 6) -> Texts:
    """Attention and influence have offsets and salient tokens in common, not in a plain sum of logarithms.

    ``heads``: one head looks at offsets, another at salient tokens, and both are summed. ``reach``: each token has its
    own factor of the effect of offsets. ``temperature``: each row has one of everything. No pair of tokens is special.
    """
    rng = np.random.default_rng(seed)
    offsets = effects_of_offsets(rng, size)
    found = Texts()
    for text in range(texts):
        if text % in_bin == 0:
            places, positions = 0.5 * rng.normal(size=size), np.sort(rng.choice(size, 8, replace=False))
        token, factor = rng.normal(size=size), rng.normal(size=size)
        logs = []
        for own in offsets:
            if kind == "heads":
                heads = [np.exp(own + places), np.exp(np.tile(1.5 * token, (size, 1)))]
                one = np.log(sum(head / head.sum(axis=1, keepdims=True) for head in heads))
            elif kind == "reach":
                one = own + places + token + 0.5 * factor * own
            else:
                one = np.exp(0.4 * factor[:, None]) * (own + places + token)
            logs.append(one + (0.3 if kind == "heads" else 0.5) * rng.normal(size=(size, size)))
        found.add(logs[0], logs[1], positions)
    return found

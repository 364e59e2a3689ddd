"""Pairs and attention made by hand: what is in them is known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def shares(values: Any) -> Any:
    """Bring numbers between 0 and 1, as attention is; what is standardised afterwards stays what it was."""
    return (values - values.min()) / np.ptp(values)


@dataclass
class World:
    """Arguments of ``relations``; ``given()`` is what to call it with."""

    features: Any
    labels: list[str]
    groups: list[str]
    words: list[tuple[str, str]]
    word_states: dict[str, Any]
    elsewhere: Any
    random_models: list[Any]
    surface: Any = None
    licensed: Any = field(default_factory=lambda: [1, 2, 3])

    def __post_init__(self) -> None:
        self.features = shares(self.features)
        self.elsewhere = {name: shares(part) for name, part in self.elsewhere.items()}
        self.random_models = [shares(part) for part in self.random_models]

    def given(self, **changes: Any) -> dict[str, Any]:
        own = {
            "features": self.features,
            "labels": self.labels,
            "groups": self.groups,
            "words": self.words,
            "word_states": self.word_states,
            "elsewhere": self.elsewhere,
            "random_models": iter(self.random_models),
            "surface": self.surface,
            "licensed": self.licensed,
        }
        return {**own, **changes}


def _word(rng: Any, taken: set[str], length: int | None = None) -> str:
    while True:
        size = int(rng.integers(4, 9)) if length is None else length
        word = "".join(rng.choice(list(LETTERS), size))
        if word not in taken:
            taken.add(word)
            return word


def pairs(
    rng: Any, categories: int, each: int, relations: tuple[str, ...] = ("hyper", "coord")
) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """Words of categories as in WordNet: hyper pairs share word2, the category's name; all relations share word1."""
    taken: set[str] = set()
    labels, groups, words = [], [], []
    for _ in range(categories):
        name = _word(rng, taken)
        members = [_word(rng, taken) for _ in range(each)]
        for i, member in enumerate(members):
            for relation in relations:
                other = name if relation == "hyper" else members[(i + 1 + relations.index(relation)) % each]
                labels.append(relation)
                groups.append(name)
                words.append((member, other))
    return labels, groups, words


def word_effects(
    rng: Any, labels: list[str], words: list[tuple[str, str]], shape: tuple[int, ...], noise: float = 0.5
) -> Any:
    """Attention that depends on which words stand in a pair, and on nothing else: no relation is in it.

    Every word1 and every word2 has an effect of its own on every feature; the pairs of a category share words, so that
    their rows are far from independent.
    """
    size = int(np.prod(shape))
    # in the order of the pairs: that of a set differs from process to process
    one = {word: rng.standard_normal(size) for word in dict.fromkeys(first for first, _ in words)}
    other = {word: rng.standard_normal(size) for word in dict.fromkeys(second for _, second in words)}
    rows = [one[first] + other[second] for first, second in words]
    return (np.stack(rows) + noise * rng.standard_normal((len(labels), size))).reshape(len(labels), *shape)


def noise(
    seed: int = 0, categories: int = 16, each: int = 6, shape: tuple[int, ...] = (2, 3, 4),
    relations: tuple[str, ...] = ("hyper", "coord"),
) -> World:  # fmt: skip
    """Word effects alone; rivals are noise too."""
    rng = np.random.default_rng(seed)
    labels, groups, words = pairs(rng, categories, each, relations)
    n = len(labels)
    states = {word: rng.standard_normal((4, 8)) for pair in words for word in pair}
    return World(
        features=word_effects(rng, labels, words, shape),
        labels=labels,
        groups=groups,
        words=words,
        word_states=states,
        elsewhere={name: rng.random((n, *shape)) for name in ("earlier", "later")},
        random_models=[rng.random((n, *shape)) for _ in range(2)],
        surface=rng.random((n, 2)),
    )


def planted(
    seed: int = 0, layer: int = 2, head: int = 3, direction: int = 0, strength: float = 3.0, each: int = 10
) -> World:
    """One head copies the label; word2 is drawn at random, so that words, similarity and surface say nothing."""
    rng = np.random.default_rng(seed)
    categories, shape = 16, (2, 3, 4)
    taken: set[str] = set()
    labels, groups, words = [], [], []
    for c in range(categories):
        for _ in range(each):
            first = _word(rng, taken)
            for relation in ("hyper", "coord"):
                labels.append(relation)
                groups.append(f"category {c}")
                words.append((first, _word(rng, taken)))
    n = len(labels)
    features = rng.standard_normal((n, *shape))
    features[:, direction, layer - 1, head - 1] += strength * (np.array(labels) == "hyper")
    return World(
        features=features,
        labels=labels,
        groups=groups,
        words=words,
        word_states={word: rng.standard_normal((4, 8)) for pair in words for word in pair},
        elsewhere={name: rng.standard_normal((n, *shape)) for name in ("earlier", "later")},
        random_models=[rng.standard_normal((n, *shape)) for _ in range(2)],
        surface=rng.random((n, 2)),
    )


def leak_of_length(seed: int = 0) -> World:
    """The planted head again, but word2 of a hyper pair is long and that of a coord pair short."""
    world = planted(seed)
    rng = np.random.default_rng(seed + 1000)
    taken: set[str] = set()
    words = []
    for label, (first, _) in zip(world.labels, world.words, strict=True):
        words.append((first, _word(rng, taken, 9 if label == "hyper" else 4)))
    world.words = words
    world.word_states = {word: rng.standard_normal((4, 8)) for pair in words for word in pair}
    return world


def leak_of_words(seed: int = 0) -> World:
    """The planted head again, but hyper pairs take word2 from some words, coord pairs from others, everywhere."""
    world = planted(seed)
    rng = np.random.default_rng(seed + 2000)
    taken: set[str] = set()
    pools = {label: [_word(rng, taken, 6) for _ in range(8)] for label in ("hyper", "coord")}
    world.words = [
        (first, str(rng.choice(pools[label]))) for label, (first, _) in zip(world.labels, world.words, strict=True)
    ]
    world.word_states = {word: rng.standard_normal((4, 8)) for pair in world.words for word in pair}
    return world


def related(
    seed: int, categories: int, each: int = 6, cosine: float = 0.0, relation: float = 0.0, elsewhere: float = 0.0,
    words: float = 0.0, late: float = 0.0, longer: float = 0.0, massive: float = 0.0, random: float = 0.0,
    near: float = 0.3, width: int = 48,
) -> World:  # fmt: skip
    """Words of categories, and attention that feels what is named; members hold ``near`` of their category's vector.

    Every argument is in deviations of the noise of one head. ``cosine``: the cosine of the two words, of deviation 1;
    ``relation``: what only the model knows, twice that higher in hyper pairs; ``words``: the same of names of
    categories, whose vectors then have a direction in common; ``late``: the same where only a later hidden state has
    that direction; ``longer``: the same where their vectors are longer by .4 and no direction tells. ``massive``: how
    many deviations one more dimension of the bare words has, which attention does not feel. ``elsewhere`` and
    ``random``: how much of the same relation other places of the sentence and random models hold.
    """
    rng = np.random.default_rng([seed, 61])
    labels, groups, pairs_of = pairs(rng, categories, each)
    centres = {group: rng.standard_normal(width) for group in dict.fromkeys(groups)}
    states: dict[str, Any] = {}
    for group, (member, _) in zip(groups, pairs_of, strict=True):
        states.setdefault(member, near * centres[group] + 0.9 * rng.standard_normal(width))
        states[group] = centres[group]
    cosines = np.array([
        states[one] @ states[other] / np.linalg.norm(states[one]) / np.linalg.norm(states[other])
        for one, other in pairs_of
    ])  # fmt: skip
    if words:
        common = rng.standard_normal(width)
        states |= {group: states[group] + common for group in centres}
    n, shape = len(labels), (2, 2, 2)
    hyper = np.where(np.array(labels) == "hyper", 0.5, -0.5)

    def attention(shown: float, known: float) -> Any:
        found = word_effects(rng, labels, pairs_of, shape)
        found[:, 0, 1, 1] = rng.standard_normal(n) + known * (cosines - cosines.mean()) / cosines.std()
        found[:, 0, 1, 1] += 2.0 * shown * hyper
        return found

    layers = {word: np.stack([state, state + 0.3 * rng.standard_normal(width)]) for word, state in states.items()}
    if late:
        common = rng.standard_normal(width)
        for group in centres:
            layers[group][1] += common
    if longer:
        layers |= {group: 1.4 * layers[group] for group in centres}
    if massive:
        huge = massive * rng.standard_normal(len(layers))
        layers = {word: np.insert(own, 0, size, axis=1) for (word, own), size in zip(layers.items(), huge, strict=True)}
    return World(
        features=attention(relation + words + late + longer, cosine),
        labels=labels,
        groups=groups,
        words=pairs_of,
        word_states=layers,
        elsewhere={name: attention(relation * elsewhere, cosine * elsewhere) for name in ("earlier", "later")},
        random_models=[attention(relation * random, cosine * random) for _ in range(3)],
        surface=rng.random((n, 2)),
        licensed=[2],
    )

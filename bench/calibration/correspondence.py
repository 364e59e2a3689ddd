"""Worlds of ``correspondence``: frequent tokens, special tokens, huge activations, texts that come twice, position."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import edgeinterp as ei
from edgeinterp import SwappedText
from edgeinterp.checks.correspondence.blocks import Batch
from edgeinterp.checks.correspondence.fit import FittedMaps
from edgeinterp.checks.correspondence.halves import Halves
from edgeinterp.checks.correspondence.settings import CorrespondenceSettings
from edgeinterp.checks.correspondence.summary import summarise
from edgeinterp.results.correspondence.result import CorrespondenceResult, LayerCorrespondence
from edgeinterp.results.result import VERDICTS
from tests.checks.correspondence.worlds import Floats, Layer, World, blurred, massive, network, partly, rotated

from .studies import PERMUTATIONS, Outcomes, Study, p_or_one, side

Integers = NDArray[np.int64]
# what is left of a token beside noise of deviation 1
EFFECTS = (0.0, 0.1, 0.2, 0.4, 1.0, 4.0)
POPULATIONS = 4
# texts of worlds that are judged
SIZES = (120, 480)
SETTINGS = CorrespondenceSettings.of(0.05, 1, 0)
MAPS = ("raw", "centred", "linear")


def of_text(seed: int, layer: int, kept: float = 0.0, places: float = 0.0, size: float = 20.0) -> Layer:
    """A text's own direction, a stream of noise that layers share, activations of ``size``; ``kept`` of the token."""

    def make(references: Floats, ids: Integers, positions: Integers) -> Floats:
        text = np.cumsum(positions == 0) - 1
        # keyed by content: a swapped copy is another text, whatever stands beside it
        rng = np.random.default_rng([seed, len(ids), int(ids.sum())])
        common, stream = rng.normal(size=(text[-1] + 1, references.shape[1])), rng.normal(size=references.shape)
        huge = np.where(rng.random(len(ids)) < 0.03, size, 1.0)[:, None]
        own = np.random.default_rng([seed, layer, len(ids), int(ids.sum())]).normal(size=references.shape)
        by_place = np.random.default_rng([seed, 31]).normal(size=(64, references.shape[1]))[positions]
        noise = (stream + own) / np.sqrt(2.0)
        return huge * (common[text] + places * by_place + kept * references + noise)

    return make


def twice(world: World) -> tuple[Any, Integers, Integers, NDArray[np.bool_]]:
    """The arrays of a world, with every fourth text once more."""
    states, ids, lengths, mask = world.arrays()
    again = np.isin(np.repeat(np.arange(len(lengths)), lengths), np.arange(0, len(lengths), 4))
    joined = np.concatenate([states, states[:, again]], axis=1)
    return joined, np.append(ids, ids[again]), np.append(lengths, lengths[::4]), np.append(mask, mask[again])


def measured(seed: int, layers: Sequence[Layer], texts: int) -> CorrespondenceResult:
    """One world with its swapped copies."""
    world = World(list(layers), texts=texts, dimension=12, vocabulary=200, seed=seed)
    return ei.correspondence(*twice(world), swapped=world.swapped(seed), n_permutations=PERMUTATIONS, random_state=seed)


def nothing_there(seed: int, *, places: float) -> Outcomes:
    """p-values of three layers, and claims on the attention layers that read them."""
    result = measured(seed, [*(of_text(seed, layer, places=places) for layer in range(1, 4)), of_text(seed, 4)], 60)
    layers = result.layers[1:]
    outcomes: dict[str, float | bool] = {}
    for name in MAPS:
        outcomes[f"{name}, hidden state 1, p"] = p_or_one(layers[0].maps[name].token.p)
        adjusted = [p_or_one(layer.maps[name].token.p_adjusted) for layer in layers]
        outcomes[f"{name}, adjusted, any of {len(layers)} hidden states"] = min(adjusted)
    claims = [verdict.verdict for verdict in result.verdicts[1:]]
    outcomes["a layer `supported` or `weakened`, any of 3"] = any(one in ("supported", "weakened") for one in claims)
    outcomes["a layer `supported`, any of 3"] = "supported" in claims
    return outcomes


def claimed(seed: int, *, places: float) -> Outcomes:
    """Where position is left of a token it is found, as it should be; it must not be called identity."""
    outcomes = nothing_there(seed, places=places)
    return {name: value for name, value in outcomes.items() if name.startswith("a layer `supported`,")}


def found(seed: int, *, kept: float) -> Outcomes:
    """What is found of a token that is partly kept."""
    result = measured(seed, [of_text(seed, 1, kept, size=3.0), of_text(seed, 2)], 120)
    verdict = result.verdicts[1].verdict
    return {
        "linear, adjusted p": p_or_one(result.layers[1].maps["linear"].token.p_adjusted),
        "`supported` or `weakened`": verdict in ("supported", "weakened"),
        "`supported`": verdict == "supported",
    }


def a_fifth(references: Floats, ids: Integers, positions: Integers) -> Floats:
    """The reference with a fifth of the variance; a direction of its text and noise have the rest."""
    return references / references.std() + 2.0 * of_text(0, 1, size=1.0)(references, ids, positions) / np.sqrt(2.0)


def two_massive(within: float, rest: float) -> Layer:
    """Two dimensions 50 times larger than the others, with one share of the token; the others have another."""
    return massive(partly(within, common=0.3), slice(0, 2), partly(rest, 9, common=0.3))


# by name: the layer, and the verdict that is true; where shares differ by dimensions none but the last is
WORLDS: dict[str, tuple[Layer, str]] = {
    "rotation": (rotated(), "supported"),
    "network": (network(), "supported"),
    "share .8": (partly(0.8, common=0.3), "supported"),
    "a fifth": (a_fifth, "weakened"),
    "own .2, others .8": (blurred(0.2), "weakened"),
    "massive .2, rest .8": (two_massive(0.2, 0.8), "undecided"),
    "massive .8, rest .2": (two_massive(0.8, 0.2), "undecided"),
}


def judged(seed: int, *, world: str, texts: int) -> Outcomes:
    """The verdict on attention that reads one layer."""
    layers = [WORLDS[world][0], of_text(seed, 2)]
    made = World(layers, texts=texts, dimension=32, vocabulary=300, seed=seed)
    states, ids, lengths, mask = made.arrays()
    found = ei.correspondence(states, ids, lengths, mask, made.swapped(seed), n_permutations=99, random_state=seed)
    return {f"`{name}`": found.verdicts[1].verdict == name for name in VERDICTS}


def not_supported(seed: int, *, texts: int) -> Outcomes:
    """Whether a world is called supported where the token is not most of the state in every way it is measured."""
    false = [name for name, (_, verdict) in WORLDS.items() if verdict != "supported"]
    name = false[seed % len(false)]
    return {"a layer `supported`": bool(judged(seed, world=name, texts=texts)["`supported`"])}


def uneven(deviation: float) -> Layer:
    """The reference with noise whose size differs from text to text."""

    def make(references: Floats, ids: Integers, positions: Integers) -> Floats:
        starts = np.flatnonzero(positions == 0)
        parts = []
        for rows in np.split(np.arange(len(ids)), starts[1:]):
            rng = np.random.default_rng([int(ids[rows].sum()), *ids[rows][:16].tolist()])
            scale = deviation * np.exp(0.4 * rng.normal())
            parts.append(references[rows] + scale * rng.normal(size=(len(rows), references.shape[1])))
        return np.concatenate(parts)

    return make


def sample(population: int, number: int, texts: int) -> World:
    """Some texts of a population: its tokens and positions have the same vectors in every sample."""
    first = World([], dimension=12, vocabulary=200, seed=50_000 + population)
    world = World([uneven(1.2)], texts=texts, dimension=12, vocabulary=200, seed=1_000_000 * (population + 1) + number)
    world.embedding, world.places = first.embedding, first.places
    return world


@cache
def fitted(population: int) -> FittedMaps:
    """The maps of one fit half, held fixed."""
    halves = Halves(SETTINGS)
    halves.update(Batch.of(*sample(population, 0, 80).arrays()), "fit")
    return halves.evaluation.maps


def evaluated(population: int, number: int, texts: int) -> LayerCorrespondence:
    """Hidden state 1 of a sample by the maps of its population."""
    halves = Halves.restored(SETTINGS, fitted(population))
    world = sample(population, number, texts)
    states, ids, lengths, mask = world.arrays()
    halves.update(Batch.of(states, ids, lengths, mask), "evaluate")
    copies: list[SwappedText] = world.swapped(most=texts)
    for copy in copies:
        rows = slice(world.starts[copy.text], world.starts[copy.text] + world.lengths[copy.text])
        changed = Batch.of(copy.hidden_states, ids[rows], [len(ids[rows])], mask[rows])
        halves.update_swapped(changed, states[0][rows], copy.positions)
    return summarise(halves.finish(), SETTINGS, halves.counts).layers[1]


def _numbers(layer: LayerCorrespondence) -> dict[str, tuple[float, Any]]:
    found: dict[str, tuple[float | None, Any]] = {}
    for name in MAPS:
        token = layer.maps[name].token
        found[f"{name} identification"] = token.identification, token.ci
        found[f"{name} kappa"] = token.kappa, token.kappa_ci
    found["share, raw"] = layer.share.value, layer.share.ci
    found["share, standardised"] = layer.share.standardised, layer.share.standardised_ci
    found["rise (whole less half of the fit half)"] = layer.rise.value, layer.rise.ci
    found["content_share of swapped copies"] = layer.swap.content_share, layer.swap.ci
    return {name: (float("nan") if value is None else value, ci) for name, (value, ci) in found.items()}


@cache
def truth(population: int) -> dict[str, float]:
    """The same by the same maps in 3,000 other texts, 300 at a time (``rise`` looks at 5,000 tokens at most)."""
    parts = [_numbers(evaluated(population, 900_000 + part, 300)) for part in range(10)]
    return {name: float(np.mean([part[name][0] for part in parts])) for name in parts[0]}


def covered(seed: int, *, texts: int) -> Outcomes:
    """Whether intervals contain what very many texts of the population give."""
    population = seed % POPULATIONS
    true = truth(population)
    return {name: side(true[name], ci) for name, (_, ci) in _numbers(evaluated(population, 1 + seed, texts)).items()}


NOISE = (
    "hidden states without content: a direction a text, a stream of noise that layers share, huge activations; "
    "frequent and special tokens; every fourth text comes twice"
)
STUDIES = (
    Study("correspondence", "correspondence-null", "null", f"{NOISE}; 60 texts", partial(nothing_there, places=0.0)),
    Study("correspondence", "correspondence-position", "null", "the same and a strong vector a position",
          partial(claimed, places=4.0)),
    *(
        Study("correspondence", f"correspondence-effect-{kept:g}", "effect",
              "the same, activations no larger than 3 times the usual, and the token's reference times the factor "
              "given; 120 texts", partial(found, kept=kept),
              f"{kept:g}")
        for kept in EFFECTS
    ),
    *(
        Study("correspondence", f"correspondence-false-{texts}", "null",
              "worlds in which the token is not most of the state (a fifth of the variance; own weight .2, the text's "
              f"mean .8; two massive dimensions with another share than the rest); {texts} texts",
              partial(not_supported, texts=texts), share=0.5)
        for texts in SIZES
    ),
    *(
        Study("correspondence", f"correspondence-worlds-{texts}-{world}", "effect",
              "what a layer does to its token: nothing but a rotation, nothing but a network token by token, a share "
              "of .8, a fifth of the variance, own weight .2 and the text's mean .8, two massive dimensions with "
              f"another share than the rest; {texts} texts",
              partial(judged, world=world, texts=texts), world, share=0.25)
        for texts in SIZES for world in WORLDS
    ),
    *(
        Study("correspondence", f"correspondence-coverage-{texts}", "coverage",
              f"noisy references, the noise uneven over texts; {texts} evaluated texts ({how})",
              partial(covered, texts=texts))
        for texts, how in ((20, "jackknife"), (60, "bootstrap"))
    ),
)  # fmt: skip

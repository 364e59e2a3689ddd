"""Worlds of ``relations``: attention that depends on which words stand in a pair, and pairs that share words."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import edgeinterp as ei
from edgeinterp.checks.relations.data import contrast_rows, row_keys
from edgeinterp.results.relations.result import Contrast, RelationRival
from edgeinterp.results.result import VERDICTS
from edgeinterp.statistics.draws import seed_of
from tests.checks.relations.relation_worlds import World, noise, pairs, planted, related, word_effects

from .studies import PERMUTATIONS, Outcomes, Study, p_or_one, side

Doubles = NDArray[np.float64]
PLACES = ("elsewhere.earlier", "elsewhere.later")
EFFECTS = (0.0, 0.25, 0.5, 1.0, 2.0)
SHAPE = (2, 2, 2)
NEW_CATEGORIES = 1500
# categories of worlds that are judged
SIZES = (30, 80)
# by name: what attention feels, and the verdict that is true
WORLDS: dict[str, tuple[dict[str, float], str]] = {
    "the relation": ({"relation": 1.5}, "supported"),
    "the relation, little": ({"relation": 1.0}, "supported"),
    "the relation and the cosine": ({"relation": 1.5, "cosine": 1.0}, "supported"),
    "the cosine": ({"cosine": 3.0}, "weakened"),
    "the category's name": ({"words": 1.5}, "weakened"),
    "the category's name, found in a later state": ({"late": 1.5}, "weakened"),
    "the category's name, as longer vectors": ({"longer": 1.5}, "weakened"),
    "the cosine, beside a huge activation": ({"cosine": 3.0, "massive": 80.0}, "weakened"),
    "the relation, elsewhere too": ({"relation": 1.5, "elsewhere": 1.0}, "weakened"),
    "the relation, random models too": ({"relation": 1.5, "random": 1.0}, "unsupported"),
    "nothing": ({}, "unsupported"),
}


def above(rival: RelationRival) -> bool:
    """Whether the whole interval of a margin lies above 0."""
    return rival.margin is not None and rival.margin.ci is not None and rival.margin.ci[0] > 0.0


def nothing_there(seed: int, *, relations: tuple[str, ...], categories: int = 16, each: int = 8) -> Outcomes:
    """p-values and claims where there are only words."""
    world = noise(1000 + seed, categories, each, relations=relations)
    result = ei.relations(**world.given(), n_permutations=PERMUTATIONS, random_state=seed, threads=1)
    first = result.contrasts[0]
    outcomes: dict[str, float | bool] = {"AUC, p": p_or_one(first.p)}
    if len(result.contrasts) > 1:
        smallest = min(p_or_one(one.p_adjusted) for one in result.contrasts)
        outcomes[f"AUC, adjusted (Holm), any of {len(result.contrasts)} contrasts"] = smallest
    outcomes["licensed layers, p"] = p_or_one(first.references["licensed"].p)
    outcomes[f"heads, adjusted, any of {len(first.heads)}"] = min(p_or_one(head.p_adjusted) for head in first.heads)
    beaten = [above(first.references[name]) for name in PLACES]
    outcomes["margins over both elsewhere above 0"] = all(beaten)
    for name, one in zip(PLACES, beaten, strict=True):
        outcomes[f"margin over {name} above 0"] = one
    claims = [verdict.verdict for verdict in result.verdicts]
    outcomes["a claim `supported` or `weakened`"] = any(one in ("supported", "weakened") for one in claims)
    outcomes["a claim `supported`"] = "supported" in claims
    return outcomes


def found(seed: int, *, strength: float) -> Outcomes:
    """What is found of one head that tells the relation."""
    world = planted(seed, strength=strength, each=6)
    result = ei.relations(**world.given(), n_permutations=PERMUTATIONS, random_state=seed, threads=1)
    contrast, verdict = result.contrasts[0], result.verdicts[0].verdict
    head = next(one for one in contrast.heads if (one.attention_layer, one.head, one.direction) == (2, 3, "1->2"))
    return {
        "adjusted p": p_or_one(contrast.p_adjusted),
        "the head, adjusted p": p_or_one(head.p_adjusted),
        "`supported` or `weakened`": verdict in ("supported", "weakened"),
        "`supported`": verdict == "supported",
    }


def judged(seed: int, *, world: str, categories: int) -> Outcomes:
    """Which verdict a world gets."""
    made = related(seed, categories, **WORLDS[world][0])
    result = ei.relations(**made.given(), n_permutations=99, random_state=seed, threads=1)
    return {f"`{name}`": result.verdicts[0].verdict == name for name in VERDICTS}


def not_supported(seed: int, *, categories: int) -> Outcomes:
    """Whether a world is called supported in which the relation is not all that attention may feel of a pair."""
    false = [name for name, (_, verdict) in WORLDS.items() if verdict != "supported"]
    found = judged(seed, world=false[seed % len(false)], categories=categories)
    return {"a claim `supported`": bool(found["`supported`"])}


def population(rng: np.random.Generator, categories: int, each: int) -> World:
    """Word effects, and a relation that shows more in some categories; other places show it less."""
    labels, groups, words = pairs(rng, categories, each)
    features = word_effects(rng, labels, words, SHAPE)
    elsewhere = word_effects(rng, labels, words, SHAPE)
    strength = dict(zip(dict.fromkeys(groups), rng.normal(1.0, 0.7, categories), strict=True))
    shown = np.array([strength[group] * (label == "hyper") for group, label in zip(groups, labels, strict=True)])
    features[:, 0, 1, 1] += 1.5 * shown
    elsewhere[:, 0, 1, 1] += shown
    return World(features, labels, groups, words, {}, {"earlier": elsewhere}, [])


@cache
def new_pairs() -> World:
    """Very many new categories of the population."""
    return population(np.random.default_rng(77), NEW_CATEGORIES, 8)


def fixed(world: World, features: Any, contrast: Contrast, seed: int) -> tuple[float, Doubles]:
    """Return the AUC of the folds' classifiers on their own categories, and of each on the new ones.

    The same ridge once more, fold by fold, with the penalties that the check chose.
    """
    keys = row_keys(world.features, world.labels, world.words)
    data = contrast_rows(world.labels, "hyper", "coord", world.groups, world.words, keys, seed_of(seed))
    X = np.asarray(features).reshape(len(world.labels), -1)[data.rows]
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    fresh = new_pairs()
    positive = (np.array(fresh.labels) == "hyper").reshape(NEW_CATEGORIES, -1)
    new = np.asarray(fresh.features if features is world.features else fresh.elsewhere["earlier"])
    new = (new.reshape(len(new), -1) - mean) / deviation
    X = (X - mean) / deviation
    own, others = np.zeros(len(X)), np.zeros(len(contrast.penalty))
    for fold, penalty in enumerate(contrast.penalty):
        held = data.folds == fold
        centre = X[~held].mean(axis=0)
        centred = X[~held] - centre
        gram = centred.T @ centred + penalty * np.eye(X.shape[1])
        weights = np.linalg.solve(gram, centred.T @ (data.y[~held] - data.y[~held].mean()))
        own[held] = X[held] @ weights
        others[fold] = auc((new @ weights).reshape(NEW_CATEGORIES, -1), positive)
    # units are of one size, one after the other
    return auc(own.reshape(data.units, -1), (data.y > 0).reshape(data.units, -1)), others


def auc(scores: Doubles, positive: NDArray[np.bool_]) -> float:
    """Mean over categories of the share of (positive, negative) pairs in the right order; rows are categories."""
    higher = scores[:, :, None] > scores[:, None, :]
    counted = positive[:, :, None] & ~positive[:, None, :]
    return float((np.sum(higher & counted, axis=(1, 2)) / counted.sum(axis=(1, 2))).mean())


def covered(seed: int, *, categories: int) -> Outcomes:
    """Whether intervals contain what the folds' classifiers reach on very many new categories."""
    world = population(np.random.default_rng([seed, 41]), categories, 8)
    settings: dict[str, Any] = {"n_permutations": 1, "random_state": seed, "threads": 1, "words": world.words}
    result = ei.relations(
        world.features, world.labels, world.groups, elsewhere=world.elsewhere, controls=("elsewhere",), **settings
    )
    contrast = result.contrasts[0]
    rival = ei.relations(world.elsewhere["earlier"], world.labels, world.groups, controls=(), **settings).contrasts[0]
    true = []
    for features, one in ((world.features, contrast), (world.elsewhere["earlier"], rival)):
        own, others = fixed(world, features, one, seed)
        assert one.auc is not None
        # the estimand is of the check's own classifiers, not of others
        assert abs(own - one.auc) < 1e-6, (own, one.auc)
        true.append(float(others.mean()))
    margin = contrast.references["elsewhere.earlier"].margin
    assert margin is not None
    return {
        "AUC": side(true[0], contrast.ci),
        "margin over elsewhere": side(true[0] - max(true[1], 0.5), margin.ci),
    }


WORDS = "attention depends on which words stand in a pair and on nothing else; hypernym pairs share word2"
STUDIES = (
    Study("relations", "relations-null", "null", f"{WORDS}; 16 categories of 8 words, 12 heads in 2 directions",
          partial(nothing_there, relations=("hyper", "coord"))),
    Study("relations", "relations-null-contrasts", "null", f"{WORDS}; 12 categories of 5 words, 3 contrasts",
          partial(nothing_there, relations=("hyper", "coord", "hypo", "random_word"), categories=12, each=5),
          share=0.5),
    Study("relations", "relations-null-many", "null", f"{WORDS}; 32 categories of 4 words (20 folds)",
          partial(nothing_there, relations=("hyper", "coord"), categories=32, each=4)),
    *(
        Study("relations", f"relations-effect-{strength:g}", "effect",
              "one head of 12 differs by the deviations given between relations; 16 categories of 6",
              partial(found, strength=strength), f"{strength:g}", share=0.5)
        for strength in EFFECTS
    ),
    *(
        Study("relations", f"relations-false-{categories}", "null",
              "worlds in which attention feels the words' cosine, or that a word names a category, or holds the "
              f"relation in other places or without its weights too, or nothing; {categories} categories",
              partial(not_supported, categories=categories), share=0.5)
        for categories in SIZES
    ),
    *(
        Study("relations", f"relations-worlds-{categories}-{number}", "effect",
              f"what the attention of one head of 4 feels of a pair; {categories} categories of 6 words",
              partial(judged, world=world, categories=categories), world, share=0.1)
        for categories in SIZES for number, world in enumerate(WORLDS)
    ),
    *(
        Study("relations", f"relations-coverage-{categories}", "coverage",
              f"a relation that differs between categories, beside word effects; {categories} categories",
              partial(covered, categories=categories))
        for categories in (16, 40)
    ),
)  # fmt: skip

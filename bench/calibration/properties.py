"""Worlds of ``properties``: norms that share causes, layers of one stream, sparse features, concepts that repeat."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import edgeinterp as ei
from edgeinterp.checks.properties.clusters import cluster_folds
from edgeinterp.checks.properties.data import assemble
from edgeinterp.checks.properties.mappings import RidgeMap, heldout
from edgeinterp.results.controls import needed
from edgeinterp.results.properties.controls import CONTROLS as TABLE
from tests.checks.properties.norm_worlds import (
    categories,
    frequencies,
    heavy,
    planted,
    production,
    random_layers,
    spelled,
    vectors,
    words,
)

from .studies import PERMUTATIONS, Outcomes, Study, p_or_one, side

Doubles = NDArray[np.float64]
# all rivals, and the null that gives p
CONTROLS = needed(TABLE)
EFFECTS = (0.0, 0.05, 0.1, 0.2, 0.4)
CONCEPTS, WIDTH, FEATURES, LAYERS = 100, 10, 6, 3
NEW_CONCEPTS = 100_000
FOLDS = 10


def stream(seed: int, concepts: int) -> Doubles:
    """Layers that add to each other, as hidden states do."""
    layers = [vectors(concepts, WIDTH, seed)]
    for layer in range(1, LAYERS):
        layers.append(layers[-1] + 0.5 * vectors(concepts, WIDTH, 1_000_000 * layer + seed))
    return np.stack(layers)


def sharing(seed: int, concepts: int) -> Doubles:
    """Norms that share two causes."""
    rng = np.random.default_rng([seed, 51])
    norms: Doubles = rng.normal(size=(concepts, 2)) @ rng.normal(size=(2, FEATURES))
    return norms + rng.normal(size=norms.shape)


def dense(seed: int) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """Ratings."""
    return stream(seed, CONCEPTS), sharing(seed, CONCEPTS), {}


def sparse(seed: int) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """Counts of production norms."""
    return stream(seed, CONCEPTS), production(CONCEPTS, 20, 0.1, seed), {}


def grouped(seed: int) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """Groups of 2 concepts, synonyms, that share most of their vectors and of their norms."""
    rng = np.random.default_rng([seed, 52])
    groups = np.repeat(np.arange(CONCEPTS // 2), 2)
    X = stream(seed, CONCEPTS // 2)[:, groups]
    Y = sharing(seed, CONCEPTS // 2)[groups]
    return X + 0.3 * rng.normal(size=X.shape), Y + 0.3 * rng.normal(size=Y.shape), {"groups": groups}


def category_means(seed: int) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """Categories of different sizes; nothing else is alike."""
    X, Y, groups = categories(seed)
    return X[None], Y, {"groups": groups, "controls": (*CONTROLS, "within_groups")}


def spelling(seed: int) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """Vectors and norms that hold spelling alone."""
    names = words(CONCEPTS, seed)
    X, Y = spelled(names, seed)
    return X[None], Y, {"words": names}


def common(seed: int) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """Vectors and norms that hold frequency alone."""
    rng = np.random.default_rng([seed, 54])
    cause = rng.normal(size=(CONCEPTS, 1))
    X = cause @ rng.normal(size=(1, WIDTH)) + 0.3 * rng.normal(size=(CONCEPTS, WIDTH))
    Y = cause @ rng.normal(size=(1, FEATURES)) + 0.5 * rng.normal(size=(CONCEPTS, FEATURES))
    return X[None], Y, {"frequencies": np.exp(cause[:, 0])}


def tails(seed: int) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """Heavy tails and a massive dimension."""
    X, Y = heavy(CONCEPTS, 40, 20, seed)
    return X[None], Y, {}


def measured(X: Doubles, Y: Doubles, seed: int, **given: Any) -> Any:
    """Everything that a verdict needs."""
    n = len(Y)
    options: dict[str, Any] = {
        "words": words(n, seed), "frequencies": frequencies(n, seed), "random_model_layers": random_layers(X.shape),
        "controls": CONTROLS, "n_permutations": PERMUTATIONS, "random_state": seed, "threads": 1,
    }  # fmt: skip
    return ei.properties(X, Y, **{**options, **given})


def nothing_beyond(seed: int, *, world: Any) -> Outcomes:
    """Whether a claim is made where all that there is has another explanation."""
    X, Y, given = world(seed)
    (verdict,) = measured(X, Y, seed, **given).verdicts
    found: dict[str, Any] = {"a claim `supported`": verdict.verdict == "supported"}
    if "groups" in given:
        found["not warned that categories alone give the score"] = "categories alone" not in verdict.because
    return found


def turned(seed: int, *, known: str) -> Outcomes:
    """Whether features are told apart that are random directions of what is known, or are known one by one."""
    rng = np.random.default_rng([seed, 55])
    n, T = 300, 20
    Y = rng.normal(size=(n, T))
    basis = np.eye(T) if known == "features" else np.linalg.qr(rng.normal(size=(T, T)))[0]
    X = Y @ basis[:, : T // 2] + 0.1 * rng.normal(size=(n, T // 2))
    found = measured(X[None], Y, seed, controls=("rotated",), n_permutations=1).layers[0].rotated
    outcomes: dict[str, Any] = {"spread": found.p}
    if known == "features":
        outcomes["half of the features stand out (.45 to .55)"] = abs(found.share - 0.5) < 0.051
    return outcomes


def nothing_there(seed: int, *, world: Any) -> Outcomes:
    """p-values and claims."""
    X, Y, given = world(seed)
    result = measured(X, Y, seed, **given)
    layers, claims = result.layers, [verdict.verdict for verdict in result.verdicts]
    features = [p_or_one(feature.p_adjusted) for layer in layers for feature in layer.features]
    return {
        "hidden state 0, p": p_or_one(layers[0].p),
        f"adjusted, any of {len(layers)} hidden states": min(p_or_one(layer.p_adjusted) for layer in layers),
        f"features, adjusted, any of {len(features)}": min(features),
        "a claim `supported` or `weakened`": any(one in ("supported", "weakened") for one in claims),
        "a claim `supported`": "supported" in claims,
    }


def found(seed: int, *, effect: float, concepts: int = CONCEPTS) -> Outcomes:
    """What is found of a linear effect."""
    X = vectors(concepts, WIDTH, seed)[None]
    result = measured(X, planted(X[0], FEATURES, effect, seed), seed)
    verdict = result.verdicts[0].verdict
    return {
        "adjusted p": p_or_one(result.layers[0].p_adjusted),
        "feature 1, adjusted p": p_or_one(result.layers[0].features[0].p_adjusted),
        "`supported` or `weakened`": verdict in ("supported", "weakened"),
        "`supported`": verdict == "supported",
        "`undecided`": verdict == "undecided",
    }


def population(rng: np.random.Generator, units: int, kind: str) -> tuple[Doubles, Doubles, NDArray[np.int64]]:
    """Vectors (2, n, d) of a layer and of a weaker rival or of noise, norms, and groups, of one fixed population."""
    fixed = np.random.default_rng(99)
    to_own, to_rival = fixed.normal(size=(2, 3, WIDTH)) * np.array([1.0, kind != "noise"])[:, None, None]
    to_norms = fixed.normal(size=(3, FEATURES))
    groups = np.repeat(np.arange(units), 2 if kind == "groups" else 1)
    n = len(groups)
    causes = rng.normal(size=(units, 3))[groups] + (0.5 * rng.normal(size=(n, 3)) if kind == "groups" else 0.0)
    X = np.stack([causes @ to_own, causes @ to_rival]) + np.array([1.0, 3.0])[:, None, None] * rng.normal(
        size=(2, n, WIDTH)
    )
    Y = causes @ to_norms + 2.0 * rng.normal(size=(n, FEATURES))
    # few concepts name a feature, and those that do often
    return X, np.where(Y > 3.5, Y, 0.0) if kind == "sparse" else Y, groups


@cache
def new_concepts(kind: str) -> tuple[Doubles, Doubles, NDArray[np.int64]]:
    """Very many new concepts of the population."""
    return population(np.random.default_rng(98), NEW_CONCEPTS // (2 if kind == "groups" else 1), kind)


def fixed_scores(
    X: Doubles, Y: Doubles, folds: NDArray[np.int64], penalty: list[float], new: Any
) -> tuple[float, float]:
    """Return the score of the folds' maps on their own held-out concepts, and on new ones dealt to the folds.

    The same ridge once more, fold by fold, with the penalties that the check chose.
    """
    new_X, new_Y, new_groups = new
    own, others = np.empty(Y.shape), np.empty(new_Y.shape)
    for fold in range(FOLDS):
        held, mine = folds == fold, new_groups % FOLDS == fold
        centre = X[~held].mean(axis=0)
        centred = X[~held] - centre
        gram = centred.T @ centred + penalty[fold] * np.eye(X.shape[1])
        weights = np.linalg.solve(gram, centred.T @ (Y[~held] - Y[~held].mean(axis=0)))
        own[held], others[mine] = (X[held] - centre) @ weights, (new_X[mine] - centre) @ weights
    return correlation(own, Y), correlation(others, new_Y)


def correlation(P: Doubles, Y: Doubles) -> float:
    """Mean over features of Pearson's correlation over all concepts."""
    P, Y = P - P.mean(axis=0), Y - Y.mean(axis=0)
    return float((np.sum(P * Y, axis=0) / np.sqrt(np.sum(P * P, axis=0) * np.sum(Y * Y, axis=0))).mean())


def covered(seed: int, *, units: int, kind: str) -> Outcomes:
    """Whether intervals contain what the folds' maps reach on very many new concepts."""
    X, Y, groups = population(np.random.default_rng([seed, 53]), units, kind)
    given = {"groups": groups} if kind == "groups" else {}
    # groups are units where they are held out as wholes
    controls = ("random_model", "clusters") if kind == "groups" else ("random_model",)
    result: Any = ei.properties(
        X, Y, random_model_layers=[X[::-1]], controls=controls, n_permutations=1, random_state=seed, threads=1, **given
    )
    concepts = assemble(X, Y, given.get("groups"), None, None, None, seed)
    folded: Any = cluster_folds(concepts) if given else None
    labels, norms = (folded.folded.labels, folded.folded.Y) if given else (concepts.labels, concepts.Y)
    layers = [layer.clusters if given else layer for layer in result.layers]
    true = []
    new_X, new_Y, new_groups = new_concepts(kind)
    for layer in (0, 1):
        own_X = concepts.X[layer][folded.rows] if given else concepts.X[layer]
        mapping = RidgeMap(own_X, concepts.sparse)
        choice = heldout(mapping, norms[:, None], labels).choice[0]
        penalty = [mapping.candidates[c] for c in choice]
        new = new_X[layer], new_Y, new_groups
        own, others = fixed_scores(own_X, norms, labels, penalty, new)
        # the estimand is of the check's own maps, not of others
        assert abs(own - layers[layer].score) < 1e-6, (own, layers[layer].score)
        true.append(others)
    return {
        "score": side(true[0], layers[0].ci),
        "margin over another map": side(true[0] - true[1], layers[0].rivals["random_model.0"].margin.ci),
    }


SHARED = f"{CONCEPTS} concepts, {LAYERS} hidden states that add to each other"
STUDIES = (
    Study("properties", "properties-null", "null", f"{SHARED}, {FEATURES} features that share causes",
          partial(nothing_there, world=dense)),
    Study("properties", "properties-null-sparse", "null", f"{SHARED}, 20 features of which .1 are not 0",
          partial(nothing_there, world=sparse), share=0.5),
    Study("properties", "properties-null-groups", "null",
          f"{SHARED}, {FEATURES} features; groups of 2 concepts share vectors and norms",
          partial(nothing_there, world=grouped)),
    *(
        Study("properties", f"properties-false-{name}", "null", what, partial(nothing_beyond, world=world), share=0.5)
        for name, what, world in (
            ("categories", "20 categories of 8 to 16 concepts; they share their means alone", category_means),
            ("spelling", f"{CONCEPTS} concepts whose vectors and norms hold spelling alone", spelling),
            ("frequency", f"{CONCEPTS} concepts whose vectors and norms hold frequency alone", common),
            ("tails", f"{CONCEPTS} concepts, heavy tails, a massive dimension, sparse norms, nothing in common", tails),
        )
    ),
    Study("properties", "properties-rotated-directions", "null",
          "300 concepts, 20 features, random directions of what vectors hold", partial(turned, known="directions")),
    Study("properties", "properties-rotated-features", "effect",
          "300 concepts, 10 of 20 features held exactly", partial(turned, known="features"), "10 of 20", share=0.5),
    *(
        Study("properties", f"properties-effect-300-{effect:g}", "effect",
              "a linear effect in 300 concepts; share of the variance explained",
              partial(found, effect=effect, concepts=300), f"{effect:g}", share=0.25)
        for effect in (0.2, 0.3, 0.4)
    ),
    *(
        Study("properties", f"properties-effect-{effect:g}", "effect",
              f"a linear effect in {CONCEPTS} concepts; share of the variance explained", partial(found, effect=effect),
              f"{effect:g}", share=0.5)
        for effect in EFFECTS
    ),
    *(
        Study("properties", f"properties-coverage-{kind}-{units}", "coverage", f"{what}; {units} units",
              partial(covered, units=units, kind=kind))
        for kind, what, units in (
            ("dense", "ratings", 25), ("dense", "ratings", 100), ("groups", "groups of 2 concepts", 50),
            ("sparse", "features of which some .1 are not 0", 150), ("noise", "the other map knows nothing", 100),
        )
    ),
)  # fmt: skip

"""Both halves of the claim: methods that know the effects are found, and what knows less is not called supported."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

import edgeinterp as ei

REPETITIONS = 200
WORDS = 150


def texts_with_dependence(seed: int, texts: int = 30) -> Any:
    """Effects with what real ones have: place, rare words, long embeddings, words that matter in every text."""
    rng = np.random.default_rng(seed)
    frequency = 1.0 / np.arange(1, WORDS + 1)
    frequency /= frequency.sum()
    states = rng.normal(size=(WORDS, 6)) * rng.lognormal(0.0, 0.4, size=(WORDS, 1))
    matters = rng.normal(size=WORDS)
    found = []
    for _ in range(texts):
        size = int(rng.integers(6, 15))
        ids = rng.choice(WORDS, size=size, p=frequency)
        ends = np.minimum(np.arange(size), size - 1 - np.arange(size))
        expected = 0.5 * matters[ids] - 0.3 * np.log(frequency[ids]) - 0.3 * ends
        expected += 0.3 * np.linalg.norm(states[ids], axis=1) + 0.7 * rng.normal(size=size)
        found.append((ids, ends, expected, np.exp(expected + 0.3 * rng.normal(size=(2, size)))))
    columns = [list(part) for part in zip(*found, strict=True)]
    return rng, *columns, [states[own] for own in columns[0]]


def verdicts(seed: int) -> dict[str, str]:
    rng, ids, ends, expected, effects, states = texts_with_dependence(seed)
    # a profile of places that is none of the rivals, and the same in all texts
    profile = rng.normal(size=15)
    scores = {
        "knows": expected,
        "random": [rng.random(own.size) for own in ids],
        "place": [-own - 0.1 * rng.random(own.size) for own in ends],
        "profile": [profile[: own.size] + 0.1 * rng.random(own.size) for own in ids],
        "rare": [-np.log(np.bincount(np.concatenate(ids), minlength=WORDS)[own]) for own in ids],
    }
    found = ei.judge_from_arrays(
        scores, effects, token_ids=ids, embeddings=states, n_permutations=199, random_state=seed
    )
    return {one.method or "": one.verdict for one in found.verdicts}


PLACES = {
    "every second": lambda at, size: 2.0 * (at % 2),
    "the fifth": lambda at, size: 3.0 * (at == 5),
    "third from the end": lambda at, size: 3.0 * (size - 3 == at),
}


@pytest.mark.parametrize("kind", [*PLACES, "frequent", "frequent and early"])
def test_the_cause_itself_is_not_supported_where_it_is_place_or_rarity(kind: str) -> None:
    """Effects follow place or rarity, in ways that no order of ours has, and the method is what they follow."""
    wrong = 0
    for seed in range(REPETITIONS // 4):
        rng = np.random.default_rng(seed)
        frequency = 1.0 / np.arange(1, WORDS + 1)
        ids = [rng.choice(WORDS, size, p=frequency / frequency.sum()) for size in rng.integers(6, 20, 40)]
        counts = np.bincount(np.concatenate(ids), minlength=WORDS)
        if kind in PLACES:
            cause = [np.asarray(PLACES[kind](np.arange(own.size), own.size)) for own in ids]
        else:
            early = 0.1 * (kind == "frequent and early")
            cause = [np.log(counts[own]) + early * (20 - np.arange(own.size)) for own in ids]
        effects = [
            np.exp(own + 0.8 * rng.normal(size=own.size) + 0.3 * rng.normal(size=(2, own.size))) for own in cause
        ]
        states = rng.normal(size=(WORDS, 6))
        verdict = ei.judge_from_arrays(
            {"cause": [own + 0.001 * rng.random(own.size) for own in cause]}, effects, token_ids=ids,
            embeddings=[states[own] for own in ids], n_permutations=99, random_state=seed,
        ).verdicts[0]  # fmt: skip
        wrong += verdict.verdict == "supported"
    assert wrong <= binom.ppf(0.99, REPETITIONS // 4, 0.05)


@pytest.fixture(scope="module")
def found() -> list[dict[str, str]]:
    return [verdicts(seed) for seed in range(REPETITIONS)]


@pytest.mark.parametrize("method", ["random", "place", "profile", "rare"])
def test_what_knows_less_is_not_supported(found: list[dict[str, str]], method: str) -> None:
    most = int(binom.ppf(0.99, REPETITIONS, 0.05))
    assert sum(one[method] == "supported" for one in found) <= most


def test_what_knows_the_effects_is_found(found: list[dict[str, str]]) -> None:
    assert sum(one["knows"] == "supported" for one in found) >= 0.9 * REPETITIONS


def test_p_of_random_scores_keeps_alpha() -> None:
    """Without rivals' help: the exchange alone rejects random scores, and scores of place, no more than alpha says."""
    low = {"random": 0, "profile": 0}
    for seed in range(REPETITIONS):
        rng, ids, _, _, effects, _ = texts_with_dependence(seed + 10_000)
        profile = rng.normal(size=15)
        for name in low:
            scores = [
                rng.random(own.size) if name == "random" else profile[: own.size] + 0.1 * rng.random(own.size)
                for own in ids
            ]
            p = ei.judge_from_arrays({name: scores}, effects, n_permutations=99).methods[0].p
            assert p is not None
            low[name] += p <= 0.05
    most = int(binom.ppf(0.99, REPETITIONS, 0.05))
    assert max(low.values()) <= most, low

"""Worlds in which it is known whether attention follows influence: small versions of those of ``bench/calibration``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from tests.checks.influence.influence_worlds import logarithmic_world, unpaired_world

SETTINGS: dict[str, Any] = {"n_permutations": 99}
REPETITIONS = 30


def judged(seed: int, texts: int, kind: str = "", **world: Any) -> Any:
    made = unpaired_world(seed, kind, texts) if kind else logarithmic_world(seed, texts=texts, **world)
    causal = world.get("causal", False)
    # attention and influence of random models have nothing to do with each other
    random = [logarithmic_world(seed + 1000 * model, texts=texts, salience=0.0, causal=causal) for model in (1, 2, 3)]
    return made.measured(
        **SETTINGS, causal=causal, random_state=seed, random_models=[one.as_random_model() for one in random]
    )


def shares(verdicts: list[str]) -> dict[str, float]:
    return {name: verdicts.count(name) / len(verdicts) for name in set(verdicts)}


def verdicts(texts: int = 24, **world: Any) -> list[str]:
    return [judged(seed, texts, **world).verdicts[0].verdict for seed in range(REPETITIONS)]


@pytest.mark.parametrize(
    "world",
    [
        {}, {"feel": 0.4}, {"feel": 0.4, "alike": True}, {"salience": 2.5, "rare": 0.2}, {"causal": True},
        {"causal": True, "feel": 0.4}, {"sink": 3.0},
    ],
    ids=["plain", "rows-feel-differently", "rows-feel-alike", "heavy", "causal", "causal-feel", "sink"],
)  # fmt: skip
def test_salience_without_pairs_is_not_supported(world: Any) -> None:
    found = verdicts(**world)
    assert found.count("supported") <= binom.ppf(0.99, REPETITIONS, 0.05)
    assert "unsupported" not in found


@pytest.mark.parametrize("kind", ["heads", "reach", "temperature"])
def test_offsets_that_tokens_and_rows_feel_differently_are_no_pairs(kind: str) -> None:
    # each was supported in all 40 before factors of offsets were taken out
    found = [judged(seed, 24, kind).verdicts[0].verdict for seed in range(1000, 1040)]
    assert found.count("supported") <= binom.ppf(0.95, len(found), 0.05)
    found = [judged(seed, 96, kind).verdicts[0].verdict for seed in range(1000, 1006)]
    assert found.count("weakened") >= 3


def test_salience_without_pairs_is_weakened_where_texts_suffice() -> None:
    worlds: tuple[dict[str, Any], ...] = (
        {}, {"feel": 0.3, "alike": True}, {"sink": 3.0}, {"salience": 2.5, "rare": 0.2},
    )  # fmt: skip
    made = [judged(seed, 96, **world) for seed in range(3) for world in worlds]
    found = [one.verdicts[0] for one in made]
    # a claim is false at most as often as alpha says; it was once in 440 such worlds
    assert [verdict.verdict for verdict in found].count("supported") <= binom.ppf(0.99, len(made), 0.05)
    weakened = [verdict.because for verdict in found if verdict.verdict == "weakened"]
    assert len(weakened) >= binom.ppf(0.01, len(made), 0.8)
    # pair is nothing, too little, or no more than that of random models
    reasons = "knows which tokens matter, not for whom", "than salience alone can leave", "in pair (margin"
    assert all(any(reason in because for reason in reasons) for because in weakened)
    assert all(one.layers[0].attention.gain.ci[0] > 0.05 for one in made)


def test_distance_alone_is_not_supported_and_its_gain_is_nothing() -> None:
    made = [judged(seed, 24, salience=0.0) for seed in range(REPETITIONS)]
    found = [one.verdicts[0].verdict for one in made]
    assert "supported" not in found
    assert found.count("weakened") <= binom.ppf(0.99, REPETITIONS, 0.05)
    assert shares(found)["unsupported"] > 0.8
    np.testing.assert_allclose([one.layers[0].attention.gain.value for one in made], 0.0, atol=0.02)
    assert "equal within" in made[0].verdicts[0].because


def test_planted_pairs_are_supported() -> None:
    found = verdicts(texts=48, pairs=0.4)
    assert found.count("supported") >= binom.ppf(0.01, REPETITIONS, 0.8)
    # without any salience as well
    found = verdicts(texts=48, pairs=0.4, salience=0.0)
    assert found.count("supported") >= binom.ppf(0.01, REPETITIONS, 0.8)

"""Verdicts side by side: no flip where nothing differs, a real one where much does, none made of little."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.settings import CHECKS
from edgeinterp.comparing.verdicts import DECIDING, claim_pairs
from edgeinterp.results.result import Device, ModelInfo, Result
from edgeinterp.statistics.inference import deviation_interval
from tests.checks.correspondence.worlds import World, identity
from tests.checks.properties import norm_worlds

MODEL = ModelInfo("m", "0" * 64, "Invented", 1, 1, 24, False, "none")
DEVICE = Device("none", "none", 1, None, "0", "0")


def result(**parts: Any) -> Result:
    verdicts = [verdict for part in parts.values() for verdict in part.verdicts]
    return Result("0", "2000-01-01", 0, 0.05, 99, MODEL, DEVICE, parts, verdicts, [], {}, {})


def world(noise: float, seed: int = 1) -> Any:
    """One hidden state after the embeddings, with noise of its own."""
    made = World([identity(noise, seed), identity()], texts=160)
    states, ids, lengths, mask = made.arrays()
    return ei.correspondence(states, ids, lengths, mask, made.swapped(), n_permutations=99)


def test_every_check_has_an_entry() -> None:
    assert set(DECIDING) == set(CHECKS)


def test_the_same_result_twice_has_no_flip_and_no_difference() -> None:
    part = world(0.6)
    pairs = claim_pairs(result(correspondence=part), result(correspondence=part), 0.05)
    assert len(pairs) == 2
    for pair in pairs:
        assert (pair.a, pair.flip, pair.because) == (pair.b, None, "the same verdict")
    statistics = pairs[1].statistics
    assert [one.name for one in statistics] == ["linear kappa", "centred kappa", "content share", "foreign", "rise"]
    for one in [*statistics[:3], statistics[4]]:
        assert one.paired
        assert one.a is not None
        assert (one.difference, one.ci) == (0.0, (0.0, 0.0))
    assert not any(one.decides for one in statistics)


def test_kappa_of_text_scores_is_kappa() -> None:
    part = world(0.9)
    pair = claim_pairs(result(correspondence=part), result(correspondence=part), 0.05)[1]
    # recomputed from the kept sums of all texts against themselves, and against a copy whose sums are cut in half
    halved = dataclasses.replace(
        part,
        text_scores=[
            dataclasses.replace(text, scores={**text.scores, "linear": [0 for _ in text.scores["linear"]]})
            for text in part.text_scores
        ],
    )
    other = claim_pairs(result(correspondence=part), result(correspondence=halved), 0.05)[1]
    token = part.layers[1].maps["linear"].token
    assert token.kappa is not None
    assert token.chance is not None
    assert pair.statistics[0].a == token.kappa
    # without a hit kappa is -chance / (1 - chance)
    expected = token.kappa + token.chance / (1.0 - token.chance)
    assert other.statistics[0].difference == pytest.approx(expected, rel=1e-5)


def test_noise_that_must_flip_is_real_in_both_directions() -> None:
    clear, lost = result(correspondence=world(0.1)), result(correspondence=world(8.0))
    for a, b, sign in ((clear, lost, 1.0), (lost, clear, -1.0)):
        pair = claim_pairs(a, b, 0.05)[1]
        assert pair.a != pair.b
        assert pair.flip == "real"
        # so noisy that more text would still help: "rise" decides as well, but need not differ for certain
        deciding = [one for one in pair.statistics if one.decides and one.paired and one.name != "rise"]
        assert "linear kappa" in [one.name for one in deciding]
        for one in deciding:
            assert one.ci is not None
            assert sign * one.ci[0] > 0.0
            assert sign * one.ci[1] > 0.0
        assert "differs by" in pair.because


def test_a_small_difference_across_a_threshold_is_borderline() -> None:
    one, two = world(1.0, seed=1), world(1.0, seed=4)
    kappas = [part.layers[1].maps["linear"].token.kappa_ci for part in (one, two)]
    assert all(ci is not None for ci in kappas)
    low = sorted(ci[0] for ci in kappas if ci is not None)
    # a threshold between the two lower bounds: one is supported, the other is not
    threshold = (low[0] + low[1]) / 2
    judged = [_judged(part, threshold) for part in (one, two)]
    pair = claim_pairs(result(correspondence=judged[0]), result(correspondence=judged[1]), 0.05)[1]
    assert {pair.a, pair.b} == {"supported", "weakened"}
    assert pair.flip == "borderline"
    assert [one.name for one in pair.statistics if one.decides] == ["linear kappa"]


def _judged(part: Any, threshold: float) -> Any:
    from edgeinterp.results.correspondence.verdicts import correspondence_verdicts

    changed = dataclasses.replace(part, threshold=threshold)
    return dataclasses.replace(changed, verdicts=correspondence_verdicts(changed))


def test_a_flip_without_text_scores_says_why() -> None:
    parts = [_judged(world(1.0, seed=seed), 0.5) for seed in (1, 4)]
    parts[1] = _judged(parts[1], 1.1)
    bare = [dataclasses.replace(part, text_scores=[]) for part in parts]
    pair = claim_pairs(result(correspondence=bare[0]), result(correspondence=bare[1]), 0.05)[1]
    assert pair.flip == "borderline"
    assert "no values by unit were kept" in pair.because
    # where the two intervals do not even meet, no pairing is needed
    clear, lost = world(0.1), world(8.0)
    bare = [dataclasses.replace(part, text_scores=[]) for part in (clear, lost)]
    pair = claim_pairs(result(correspondence=bare[0]), result(correspondence=bare[1]), 0.05)[1]
    assert pair.flip == "real"
    assert "without pairs" in pair.because


def test_a_difference_that_points_the_other_way_explains_no_flip() -> None:
    part = world(0.3)
    better = _judged(part, 0.5)
    # the same numbers judged more strictly, with each text's hits raised to all: b is worse although it scores higher
    strict = _judged(part, 1.1)
    raised = [
        dataclasses.replace(text, scores={**text.scores, "linear": [text.scores["tokens"]] * 3})
        for text in strict.text_scores
    ]
    lowered = [dataclasses.replace(text, scores={**text.scores, "linear": [0] * 3}) for text in better.text_scores]
    a = result(correspondence=dataclasses.replace(better, text_scores=lowered))
    b = result(correspondence=dataclasses.replace(strict, text_scores=raised))
    pair = claim_pairs(a, b, 0.05)[1]
    linear = pair.statistics[0]
    assert linear.ci is not None
    assert (pair.a, pair.b) == ("supported", "weakened")
    assert linear.decides
    assert linear.ci[1] < 0.0
    assert pair.flip == "borderline"


# ---- properties

CONCEPTS = 160


def properties(noise: float, metric: str = "pearson", seed: int = 0) -> Any:
    """Norms that are a linear function of vectors, which the build then adds noise to."""
    X = norm_worlds.vectors(CONCEPTS, 12)
    Y = norm_worlds.planted(X, 6, 0.7)
    built = X + noise * np.random.default_rng([seed, 11]).normal(size=X.shape)
    return ei.properties(
        built[None],
        Y,
        words=norm_worlds.words(CONCEPTS),
        random_model_layers=norm_worlds.random_layers((1, CONCEPTS, 12)),
        metric=metric,
        n_permutations=99,
        controls=["permuted", "word_form", "random_vectors", "random_model", "neighbours"],
    )


@pytest.fixture(scope="module")
def clean() -> Any:
    return properties(0.0)


def test_properties_that_are_lost_flip_for_real(clean: Any) -> None:
    lost = properties(20.0)
    (pair,) = claim_pairs(result(properties=clean), result(properties=lost), 0.05)
    assert (pair.a, pair.b, pair.flip) == ("supported", "undecided", "real")
    score = pair.statistics[0]
    assert (score.name, score.paired, score.units, score.decides) == ("score", True, CONCEPTS, True)
    assert score.difference == pytest.approx(clean.layers[0].score - lost.layers[0].score)


def test_properties_that_hardly_change_flip_nothing(clean: Any) -> None:
    near = properties(1e-4)
    for other in (clean, near):
        (pair,) = claim_pairs(result(properties=clean), result(properties=other), 0.05)
        assert (pair.a, pair.b, pair.flip) == ("supported", "supported", None)
        for one in pair.statistics:
            assert one.paired
            assert one.ci is not None
            assert one.ci[0] < 0.0 < one.ci[1]
            assert one.ci[1] - one.ci[0] < 0.01


@pytest.mark.parametrize(("metric", "close"), [("pearson", 0.02), ("r2", 0.3)])
def test_kept_deviations_give_the_margins_own_interval(metric: str, close: float) -> None:
    part = properties(1.0, metric)
    layer = part.layers[0]
    margin = layer.rivals["neighbours"].margin
    assert margin is not None
    assert margin.value is not None
    assert margin.ci is not None
    assert part.units is not None
    assert (part.units.count, part.units.kept) == (CONCEPTS, CONCEPTS)
    values = np.array(layer.deviations["neighbours"]).T
    assert values.mean(axis=0) == pytest.approx(0.0, abs=0.01 * values.std())
    low, high = deviation_interval(margin.value, values, CONCEPTS, 0.05)
    # the jackknife itself for correlations, near the bootstrap for sums
    assert high - low == pytest.approx(margin.ci[1] - margin.ci[0], rel=close)


def test_other_norms_are_not_paired(clean: Any) -> None:
    X = norm_worlds.vectors(CONCEPTS, 12)
    other = ei.properties(
        X[None],
        norm_worlds.planted(X, 6, 0.7, seed=5),
        words=norm_worlds.words(CONCEPTS),
        n_permutations=19,
        controls=["permuted"],
    )
    (pair,) = claim_pairs(result(properties=clean), result(properties=other), 0.05)
    assert not pair.statistics[0].paired
    assert pair.statistics[0].reason == "the two results are about different concepts"


def test_at_most_500_units_are_kept() -> None:
    X = norm_worlds.vectors(620, 6)
    part = ei.properties(
        X[None], norm_worlds.planted(X, 2, 0.5), n_permutations=19, controls=["permuted", "neighbours"]
    )
    assert part.units is not None
    assert (part.units.count, part.units.kept) == (620, 500)
    # fits held fixed, and not
    assert {np.shape(values) for values in part.layers[0].deviations.values()} == {(2, 500)}
    assert set(part.layers[0].deviations) == {"score", "neighbours"}

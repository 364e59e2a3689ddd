"""Verdicts side by side: no flip where nothing differs, a real one where much does, none made of little."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.settings import CHECKS
from edgeinterp.comparing.verdicts import DECIDING, claim_pairs, unpaired_notes
from edgeinterp.results.controls import needed
from edgeinterp.results.correspondence import verdicts as thresholds
from edgeinterp.results.correspondence.result import MapKappa, Recoverable
from edgeinterp.results.properties.controls import CONTROLS
from edgeinterp.results.result import KINDS, Device, ModelInfo, Result
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


def named(pair: Any, name: str) -> Any:
    return next(one for one in pair.statistics if one.name == name)


def test_every_check_has_an_entry() -> None:
    assert set(DECIDING) == set(KINDS)
    assert set(KINDS) == {*CHECKS, "judge"}


def test_the_same_result_twice_has_no_flip_and_no_difference() -> None:
    part = world(0.6)
    pairs = claim_pairs(result(correspondence=part), result(correspondence=part), 0.05)
    assert len(pairs) == 2
    for pair in pairs:
        assert (pair.a, pair.flip, pair.because) == (pair.b, None, "the same verdict")
    statistics = pairs[1].statistics
    assert [one.name for one in statistics] == [
        "share", "share, standardised", "linear kappa", "centred kappa", "type mean kappa", "content share", "foreign",
        "rise",
    ]  # fmt: skip
    for one in statistics:
        assert one.difference == 0.0
        assert one.paired is (one.name not in ("type mean kappa", "foreign"))
        if one.paired:
            # deviations of a share were rounded
            np.testing.assert_allclose(one.ci or (), (0.0, 0.0), atol=1e-4 if "share" in one.name else 0.0)
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
    found, expected_pair = (named(one, "linear kappa") for one in (pair, other))
    assert found.a == token.kappa
    # without a hit kappa is -chance / (1 - chance)
    expected = token.kappa + token.chance / (1.0 - token.chance)
    assert expected_pair.difference == pytest.approx(expected, rel=1e-5)


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


def test_a_small_difference_across_a_threshold_is_borderline(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = world(0.6, seed=1), world(0.6, seed=4)
    # half of a state now lies between the two lower bounds: one is supported, the other is not
    low = sorted(min(part.layers[1].share.ci[0], part.layers[1].share.standardised_ci[0]) for part in (one, two))
    assert low[0] < low[1]
    monkeypatch.setattr(thresholds, "MOSTLY", (low[0] + low[1]) / 2)
    judged = [_judged(part) for part in (one, two)]
    pair = claim_pairs(result(correspondence=judged[0]), result(correspondence=judged[1]), 0.05)[1]
    assert {pair.a, pair.b} == {"supported", "undecided"}
    assert pair.flip == "borderline"
    assert {one.name for one in pair.statistics if one.decides} <= {"share", "share, standardised"}


def _judged(part: Any) -> Any:
    return dataclasses.replace(part, verdicts=thresholds.correspondence_verdicts(part))


def _bare(part: Any) -> Any:
    """What a result is without anything by text."""
    layers = [
        dataclasses.replace(
            layer, share=dataclasses.replace(layer.share, deviations=[], standardised_deviations=[])
        )
        for layer in part.layers
    ]  # fmt: skip
    return dataclasses.replace(part, text_scores=[], layers=layers)


def test_a_flip_without_text_scores_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = world(0.6, seed=1), world(0.6, seed=4)
    low = sorted(min(part.layers[1].share.ci[0], part.layers[1].share.standardised_ci[0]) for part in (one, two))
    monkeypatch.setattr(thresholds, "MOSTLY", (low[0] + low[1]) / 2)
    bare = [_bare(_judged(part)) for part in (one, two)]
    pair = claim_pairs(result(correspondence=bare[0]), result(correspondence=bare[1]), 0.05)[1]
    assert pair.flip == "borderline"
    assert "no values by unit were kept" in pair.because
    # where the two intervals do not even meet, no pairing is needed
    monkeypatch.undo()
    bare = [_bare(part) for part in (world(0.1), world(8.0))]
    pair = claim_pairs(result(correspondence=bare[0]), result(correspondence=bare[1]), 0.05)[1]
    assert pair.flip == "real"
    assert "without pairs" in pair.because


def test_a_difference_that_points_the_other_way_explains_no_flip() -> None:
    part = world(0.3)

    def of_linear(ci: tuple[float, float], hits: Any) -> Any:
        """The same with another interval of linear kappa, the only map, and other hits by text."""
        maps = {"linear": MapKappa(sum(ci) / 2, ci, 1000)}
        found = dataclasses.replace(part.layers[1], recoverable=Recoverable("linear", sum(ci) / 2, ci, maps))
        texts = [
            dataclasses.replace(text, scores={**text.scores, "linear": [hits(text.scores["tokens"])] * 3})
            for text in part.text_scores
        ]
        changed = dataclasses.replace(part, layers=[part.layers[0], found, part.layers[2]], text_scores=texts)
        return _judged(changed)

    # b is worse although it scores higher in every text
    a, b = of_linear((0.8, 0.9), lambda tokens: 0), of_linear((0.4, 0.6), lambda tokens: tokens)
    pair = claim_pairs(result(correspondence=a), result(correspondence=b), 0.05)[1]
    linear = named(pair, "linear kappa")
    assert linear.ci is not None
    assert (pair.a, pair.b) == ("supported", "undecided")
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
        controls=needed(CONTROLS),
        frequencies=norm_worlds.frequencies(CONCEPTS),
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
        assert len(pair.statistics) == 6
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


def test_further_sets_of_norms_are_compared_by_their_names(clean: Any) -> None:
    lost = properties(20.0)
    a = dataclasses.replace(
        clean, name="a", sets=[dataclasses.replace(clean, name="b"), dataclasses.replace(clean, name="c")]
    )
    b = dataclasses.replace(
        clean, name="a", sets=[dataclasses.replace(clean, name="d"), dataclasses.replace(lost, name="b")]
    )
    first, second = claim_pairs(result(properties=a), result(properties=b), 0.05)
    assert (first.claim, first.flip) == (clean.verdicts[0].claim, None)
    assert (second.claim, second.flip) == (f"{clean.verdicts[0].claim} (b)", "real")
    alone = unpaired_notes(result(properties=a), result(properties=b))
    assert [note.partition(", such as")[0] for note in alone] == [
        "properties: 1 claim is judged in a only", "properties: 1 claim is judged in b only"
    ]  # fmt: skip


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

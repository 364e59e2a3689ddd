"""Flips of influence: paired over texts where correlations by text are kept."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from edgeinterp.comparing.verdicts import claim_pairs
from edgeinterp.results.influence.result import InfluenceResult
from edgeinterp.results.shared import TextScores
from tests.comparing.test_verdicts import result
from tests.report.influence.influence_builders import changed, judged, layer, rivals


def part(rho: float, scatter: float = 0.02, seed: int = 0) -> InfluenceResult:
    """One layer whose pair correlation is ``rho`` in each of 24 texts, up to some scatter."""
    values = rho + scatter * np.random.default_rng(seed).normal(size=24)
    made = judged([layer(1, 2, 0.7, 0.7, pair=rho)])
    plain = {"attention_gain": [0.07], "rollout_gain": [0.07], "rollout_pair": [0.3]}
    scores = [TextScores(f"{key:016x}", {"attention_pair": [v], **plain}) for key, v in enumerate(values.tolist())]
    return dataclasses.replace(made, text_scores=scores)


def pairs(a: InfluenceResult, b: InfluenceResult) -> list[Any]:
    return claim_pairs(result(influence=a), result(influence=b), 0.05)


def test_the_same_twice_has_no_flip() -> None:
    mean, rollout = pairs(part(0.7), part(0.7))
    assert (mean.flip, rollout.flip) == (None, None)
    assert [one.name for one in mean.statistics] == [
        "gain", "pair", "margin over random_model.gain", "margin over random_model.pair", "rho",
    ]  # fmt: skip
    assert mean.statistics[0].paired
    assert mean.statistics[0].ci == (0.0, 0.0)
    assert not any(one.decides for one in mean.statistics)


def lost(rho: float, scatter: float = 0.02, seed: int = 1) -> InfluenceResult:
    """Return the same where exchanges of texts do as well."""
    found = part(rho, scatter, seed)
    one = found.layers[0]
    pair = dataclasses.replace(one.attention.pair, p_adjusted=0.9)
    one = changed(one, attention={"pair": pair})
    return dataclasses.replace(judged([one]), text_scores=found.text_scores)


def test_a_large_loss_is_a_real_flip_and_names_pair() -> None:
    mean, rollout = pairs(part(0.7), lost(0.4))
    assert (mean.a, mean.b, mean.flip) == ("supported", "undecided", "real")
    assert mean.because.startswith("pair differs by +0.29")
    assert rollout.flip is None


def test_either_side_of_alpha_by_chance_is_borderline() -> None:
    """Texts scatter far more than the two differ."""
    mean, _ = pairs(part(0.545, scatter=0.3), lost(0.535, scatter=0.3))
    assert (mean.a, mean.b, mean.flip) == ("supported", "undecided", "borderline")


def test_a_margin_alone_is_not_paired() -> None:
    one = part(0.7)
    close = changed(one.layers[0], attention={"rivals": rivals(one.layers[0].attention, random=0.9)})
    other = dataclasses.replace(judged([close]), text_scores=one.text_scores)
    mean, _ = pairs(one, other)
    assert (mean.a, mean.b, mean.flip) == ("supported", "weakened", "real")
    assert "without pairs" in mean.because
    assert mean.statistics[3].difference == pytest.approx(0.88)

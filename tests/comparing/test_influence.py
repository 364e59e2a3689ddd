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
from tests.report.influence.influence_builders import judged, layer


def part(rho: float, scatter: float = 0.02, seed: int = 0) -> InfluenceResult:
    """One layer whose mean attention correlates with ``rho`` in each of 24 texts, up to some scatter."""
    values = rho + scatter * np.random.default_rng(seed).normal(size=24)
    made = judged([layer(1, 2, rho, 0.7, 0.2)])
    scores = [TextScores(f"{key:016x}", {"attention": [v], "rollout": [0.7]}) for key, v in enumerate(values.tolist())]
    return dataclasses.replace(made, text_scores=scores)


def pairs(a: InfluenceResult, b: InfluenceResult) -> list[Any]:
    return claim_pairs(result(influence=a), result(influence=b), 0.05)


def test_the_same_twice_has_no_flip() -> None:
    mean, rollout = pairs(part(0.7), part(0.7))
    assert (mean.flip, rollout.flip) == (None, None)
    assert [one.name for one in mean.statistics] == [
        "rho", "margin over foreign_text", "margin over distance", "margin over random_model",
    ]  # fmt: skip
    assert mean.statistics[0].paired
    assert mean.statistics[0].ci == (0.0, 0.0)
    assert not any(one.decides for one in mean.statistics)


def lost(rho: float, scatter: float = 0.02, seed: int = 1) -> InfluenceResult:
    """Return the same where exchanges of texts do as well."""
    found = part(rho, scatter, seed)
    one = found.layers[0]
    one = dataclasses.replace(one, attention=dataclasses.replace(one.attention, p_adjusted=0.9))
    return dataclasses.replace(judged([one]), text_scores=found.text_scores)


def test_a_large_loss_is_a_real_flip_and_names_rho() -> None:
    mean, rollout = pairs(part(0.7), lost(0.4))
    assert (mean.a, mean.b, mean.flip) == ("supported", "undecided", "real")
    assert mean.because.startswith("rho differs by +0.29")
    assert rollout.flip is None


def test_either_side_of_alpha_by_chance_is_borderline() -> None:
    """Texts scatter far more than the two differ."""
    mean, _ = pairs(part(0.545, scatter=0.3), lost(0.535, scatter=0.3))
    assert (mean.a, mean.b, mean.flip) == ("supported", "undecided", "borderline")


def test_a_margin_alone_is_not_paired() -> None:
    one = part(0.7)
    close = dataclasses.replace(one.layers[0], rivals={**one.layers[0].rivals, **layer(1, 2, 0.7, 0.7, 0.69).rivals})
    other = dataclasses.replace(judged([close]), text_scores=one.text_scores)
    mean, _ = pairs(one, other)
    assert (mean.a, mean.b, mean.flip) == ("supported", "weakened", "real")
    assert "without pairs" in mean.because
    assert mean.statistics[2].difference == pytest.approx(0.49)

"""Flips of relations: paired over categories."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.comparing.verdicts import claim_pairs
from edgeinterp.result_types import RelationsResult
from edgeinterp.verdicts import relation_verdicts
from tests.checks import relation_worlds as worlds
from tests.comparing.test_verdicts import result


@pytest.fixture(scope="module")
def planted() -> RelationsResult:
    return measured(worlds.planted())


def measured(world: Any) -> RelationsResult:
    named: dict[str, Any] = world.given()
    return ei.relations(**named, n_permutations=199, threads=1)


def pairs(a: RelationsResult, b: RelationsResult) -> list[Any]:
    return claim_pairs(result(relations=a), result(relations=b), 0.05)


def test_the_same_twice_has_no_flip(planted: RelationsResult) -> None:
    for pair in pairs(planted, planted):
        assert pair.flip is None
        names = [one.name for one in pair.statistics]
        assert names[0] == "AUC"
        assert "margin over surface" in names
        for one in pair.statistics:
            assert (one.paired, one.difference, one.ci) == (True, 0.0, (0.0, 0.0)), one.name


def test_what_is_kept_gives_the_numbers_that_are_reported(planted: RelationsResult) -> None:
    contrast = planted.contrasts[0]
    weights, aucs = contrast.unit_weights, contrast.unit_aucs
    assert len(contrast.units) == contrast.categories
    own = sum(w * auc for w, auc in zip(weights, aucs, strict=True)) / sum(weights)
    assert own == pytest.approx(contrast.auc, abs=1e-6)
    for rival in contrast.rivals.values():
        theirs = sum(w * auc for w, auc in zip(weights, rival.unit_aucs, strict=True)) / sum(weights)
        assert theirs == pytest.approx(rival.auc, abs=1e-6)


def test_a_head_that_is_lost_is_a_real_flip(planted: RelationsResult) -> None:
    """The same pairs, once with a head that knows the relation, once with noise in its place."""
    world = worlds.planted()
    noise = np.random.default_rng(7).random(world.features.shape)
    other = measured(dataclasses.replace(world, features=noise))
    first = pairs(planted, other)[0]
    assert first.a == "supported"
    assert first.b != "supported"
    assert first.flip == "real"
    assert "paired over" in first.because
    assert other.contrasts[0].units == planted.contrasts[0].units


def test_a_rival_that_comes_close_by_a_hair_is_borderline(planted: RelationsResult) -> None:
    """The interval of one margin is moved across 0 although no category's AUC changed."""
    contrast = planted.contrasts[0]
    name, rival = next((name, rival) for name, rival in contrast.rivals.items() if name == "surface")
    assert rival.margin is not None
    closer = dataclasses.replace(rival, margin=dataclasses.replace(rival.margin, ci=(-0.001, 0.1)))
    changed = dataclasses.replace(contrast, rivals={**contrast.rivals, name: closer})
    other = dataclasses.replace(planted, contrasts=[changed, *planted.contrasts[1:]])
    other = dataclasses.replace(other, verdicts=relation_verdicts(other))
    first = pairs(planted, other)[0]
    assert (first.a, first.b, first.flip) == ("supported", "weakened", "borderline")

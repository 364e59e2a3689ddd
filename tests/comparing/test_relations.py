"""Flips of relations: paired over categories."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.comparing.verdicts import claim_pairs
from edgeinterp.results.relations.result import RelationsResult
from edgeinterp.results.relations.verdicts import relation_verdicts
from tests.checks.relations import relation_worlds as worlds
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
            assert (one.paired, one.difference) == (True, 0.0), one.name
            # the allowance for the rounding of what is kept
            assert one.ci is not None
            assert -1e-5 < one.ci[0] < 0.0 < one.ci[1] < 1e-5, one.name


def test_what_is_kept_gives_the_numbers_that_are_reported(planted: RelationsResult) -> None:
    contrast = planted.contrasts[0]
    weights, aucs = contrast.unit_weights, contrast.unit_aucs
    assert len(contrast.units) == contrast.categories
    own = sum(w * auc for w, auc in zip(weights, aucs, strict=True)) / sum(weights)
    assert own == pytest.approx(contrast.auc, abs=1e-6)
    for rival in contrast.rivals.values():
        theirs = sum(w * auc for w, auc in zip(weights, rival.unit_aucs, strict=True)) / sum(weights)
        assert theirs == pytest.approx(rival.auc, abs=1e-6)


def test_the_interval_of_a_difference_is_that_of_leaving_categories_out(planted: RelationsResult) -> None:
    """Against one without variation: the interval of the AUC, and of a margin, themselves."""
    contrast = planted.contrasts[0]
    none: list[Any] = [0.25] * len(contrast.units)
    rivals = {
        name: dataclasses.replace(rival, auc=0.25, unit_aucs=none, auc_without=none)
        for name, rival in contrast.rivals.items()
    }
    changed: dict[str, Any] = {"auc": 0.25, "unit_aucs": none, "auc_without": none, "rivals": rivals}
    flat = dataclasses.replace(contrast, **changed)
    other = dataclasses.replace(planted, contrasts=[flat, *planted.contrasts[1:]])
    found = {one.name: one for one in pairs(planted, other)[0].statistics}
    assert contrast.ci is not None
    auc, margin = found["AUC"], found["margin over surface"]
    assert contrast.auc is not None
    assert auc.difference == pytest.approx(contrast.auc - 0.25)
    assert auc.ci is not None
    assert auc.ci[0] == pytest.approx(contrast.ci[0] - 0.25, abs=1e-5)
    rival = contrast.rivals["surface"].margin
    assert rival is not None
    assert rival.ci is not None
    assert margin.ci is not None
    assert np.diff(margin.ci) == pytest.approx(np.diff(rival.ci), abs=1e-5)


def changed(result: RelationsResult, **change: Any) -> RelationsResult:
    contrast = dataclasses.replace(result.contrasts[0], **change)
    return dataclasses.replace(result, contrasts=[contrast, *result.contrasts[1:]])


def test_results_about_other_categories_are_paired_over_those_in_common(planted: RelationsResult) -> None:
    contrast = planted.contrasts[0]
    count = len(contrast.units)
    keys = ("units", "unit_weights", "unit_aucs", "auc_without")
    fewer = {key: getattr(contrast, key)[1:] for key in keys}
    renamed = {"units": [f"{1:016x}", *contrast.units[1:]]}
    heavier = {"unit_weights": [contrast.unit_weights[0] + 1.0, *contrast.unit_weights[1:]]}
    for change, common in ((fewer, count - 1), (renamed, count - 1), (heavier, count)):
        auc = pairs(planted, changed(planted, **change))[0].statistics[0]
        assert (auc.paired, auc.units) == (True, common)
        assert auc.reason == (
            "the two results are about different categories; over those in common, fits held fixed: rather too narrow"
        )


def test_categories_that_others_stand_for_are_passed_over(planted: RelationsResult) -> None:
    contrast = planted.contrasts[0]
    kept: list[Any] = [auc if place % 2 else None for place, auc in enumerate(contrast.auc_without)]
    some = changed(planted, auc_without=kept)
    auc = pairs(some, planted)[0].statistics[0]
    assert (auc.paired, auc.units, auc.reason) == (True, len(kept) // 2, None)
    few = changed(planted, auc_without=[contrast.auc_without[0], *[None] * (len(kept) - 1)])
    auc = pairs(few, planted)[0].statistics[0]
    assert (auc.paired, auc.units) == (True, len(kept))
    assert "fits held fixed" in str(auc.reason)


def test_weights_that_make_no_sense_give_numbers_without_a_warning(planted: RelationsResult) -> None:
    weights = [1.0, *[0.0] * (len(planted.contrasts[0].units) - 1)]
    damaged = changed(planted, unit_weights=weights)
    for one in pairs(damaged, damaged)[0].statistics:
        assert one.ci is None or np.isfinite(one.ci).all()


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
    closer = dataclasses.replace(rival, margin=dataclasses.replace(rival.margin, ci=(-0.001, 0.1), inner=(0.0, 0.09)))
    changed = dataclasses.replace(contrast, rivals={**contrast.rivals, name: closer})
    other = dataclasses.replace(planted, contrasts=[changed, *planted.contrasts[1:]])
    other = dataclasses.replace(other, verdicts=relation_verdicts(other))
    first = pairs(planted, other)[0]
    assert (first.a, first.b, first.flip) == ("supported", "undecided", "borderline")

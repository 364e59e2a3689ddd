"""Verdicts carry the numbers that they rest on, and name the rival that they turn on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from edgeinterp.errors import InputError
from edgeinterp.results.correspondence.verdicts import correspondence_verdicts
from edgeinterp.results.influence.result import (
    Agreement,
    BeyondChance,
    InfluenceResult,
    LayerInfluence,
    NamedHead,
    ReadingInfluence,
    RivalAgreement,
)
from edgeinterp.results.influence.verdicts import influence_verdicts
from edgeinterp.results.properties.verdicts import property_verdicts
from edgeinterp.results.relations.result import Contrast, RelationRival, RelationsResult
from edgeinterp.results.relations.verdicts import relation_verdicts
from edgeinterp.results.result import Result
from edgeinterp.results.shared import Margin, Verdict
from tests.report import builders
from tests.report.properties import properties_builders

NUMBERS = ("value", "ci", "p_adjusted", "closest_rival", "margin")


def rival(low: float, rho: float) -> RivalAgreement:
    return RivalAgreement(rho, Margin(low + 0.1, (low, low + 0.2), (low + 0.02, low + 0.18), 0.05))


BEATEN = {"profile": rival(0.4, 0.1), "salience": rival(0.2, 0.3), "random_model.gain": rival(0.3, 0.2)}
GAIN = BeyondChance(0.07, (0.06, 0.08), (0.062, 0.078), 0.02, 0.001, 0.002)
GOOD = Agreement(0.7, (0.6, 0.8), GAIN, GAIN)
NONE = BeyondChance(None, None)


def influence(found: Agreement = GOOD, **rivals: RivalAgreement) -> list[Verdict]:
    own = {**BEATEN, **rivals}
    rolled, headed = (replace(GOOD, gain=replace(GAIN, value=value)) for value in (0.065, 0.09))
    readings = [
        ReadingInfluence(**vars(found), rivals=own),
        ReadingInfluence(**vars(rolled), rolled_up=True, rivals=BEATEN),
    ]
    layer = LayerInfluence(1, 0.5, readings, [])
    return influence_verdicts(
        InfluenceResult(
            24, 192, 1, "mask token", False, 999, 0.05, [layer], 24, 0.001, head=NamedHead(1, 3, headed, BEATEN)
        )
    )


def relations(**rivals: RelationRival) -> Verdict:
    contrast = Contrast("hyper", "coord", 300, 16, 0.8, 0.7, (0.7, 0.9), 0.01, 0.02, 0.3, rivals=rivals)
    return relation_verdicts(RelationsResult(300, 16, ["a {1} is a {2}"], [contrast], 999, 0.05))[0]


def of(low: float, auc: float) -> RelationRival:
    return RelationRival(auc, Margin(low + 0.05, (low, low + 0.1), (low + 0.01, low + 0.09), 0.05))


def alike(auc: float) -> RelationRival:
    return RelationRival(auc, Margin(0.01, (-0.02, 0.04), (-0.015, 0.035), 0.05))


def test_each_kind_of_claim_has_its_own_numbers() -> None:
    mean, rollout, head = influence()
    assert [one.kind for one in (mean, rollout, head)] == ["attention", "rollout", "head 1.3"]
    assert [one.value for one in (mean, rollout, head)] == [0.07, 0.065, 0.09]
    assert {one.statistic for one in (mean, rollout, head)} == {"gain"}
    assert (mean.ci, mean.p_adjusted, mean.layer) == ((0.06, 0.08), 0.002, 1)
    assert (mean.closest_rival, mean.margin) == ("salience", BEATEN["salience"].margin)
    assert mean.reason is None


@pytest.mark.parametrize(
    ("rivals", "closest"),
    [
        # none unbeaten: the highest score
        ({}, "salience"),
        # the one that is open, though another scores higher
        ({"random_model.gain": rival(-0.05, 0.2)}, "random_model.gain"),
        ({"random_model.gain": rival(-0.3, 0.2), "salience": rival(-0.3, 0.21)}, "salience"),
        # what refutes the claim, before what weakens it
        ({"profile": rival(-0.3, 0.1), "salience": rival(-0.5, 0.9)}, "profile"),
        ({"salience": RivalAgreement(None, None, "left out")}, "random_model.gain"),
        ({"salience": RivalAgreement(0.9, Margin(0.1, None), "one text")}, "random_model.gain"),
    ],
)
def test_the_closest_rival_is_the_one_that_the_verdict_turns_on(rivals: Any, closest: str) -> None:
    verdict = influence(**rivals)[0]
    assert verdict.closest_rival == closest
    assert verdict.margin == {**BEATEN, **rivals}[closest].margin
    assert verdict.margin is not None
    assert verdict.margin.ci is not None
    if verdict.margin.outcome == "beaten":
        assert verdict.verdict == ("undecided" if rivals else "supported")
    else:
        assert verdict.verdict == {"open": "undecided", "wins": "weakened"}[str(verdict.margin.outcome)] or (
            closest == "profile" and verdict.verdict == "unsupported"
        )


def test_of_several_seeds_one_is_named() -> None:
    every = {name: of(0.1, 0.5) for name in ("elsewhere", "similarity", "surface", "random_model.0")}
    rivals = {**every, "words": alike(0.79), "random_model.1": alike(0.6)}
    assert relations(**rivals).closest_rival == "random_model.1"
    assert relations(**{**rivals, "random_model.1": of(0.1, 0.5)}).closest_rival == "words"


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Agreement(None, None, NONE, NONE, "no text is long enough"), "no text is long enough"),
        (Agreement(0.7, None, replace(GAIN, ci=None, inner=None), GAIN), "no interval"),
        (Agreement(0.7, (0.6, 0.8), replace(GAIN, p_adjusted=None), GAIN), "no p-value"),
    ],
)
def test_a_number_that_is_missing_has_its_reason(found: Agreement, reason: str) -> None:
    verdict = influence(found)[0]
    assert verdict.reason == reason
    assert verdict.closest_rival == "salience"


def test_rivals_that_are_missing_have_their_reason() -> None:
    none = RelationRival(None, None, "no room")
    verdict = relations(elsewhere=none, words=replace(none, reason="not given"), surface=none)
    assert (verdict.closest_rival, verdict.margin) == (None, None)
    assert verdict.reason == "no rival was measured; not given; no room"
    assert relations().reason == "no rival was measured"


def test_kappa_has_no_rival() -> None:
    part = builders.decoder().correspondence()
    assert part is not None
    found = set()
    for layer, verdict in zip(part.layers, correspondence_verdicts(part), strict=False):
        token, share = layer.maps["linear"].token, layer.share
        of = {
            "kappa": [(token.kappa, token.kappa_ci)],
            "share": [(share.value, share.ci), (share.standardised, share.standardised_ci)],
        }
        assert (verdict.value, verdict.ci) in of[verdict.statistic or ""]
        assert verdict.p_adjusted == (token.p_adjusted if verdict.statistic == "kappa" else None)
        assert (verdict.kind, verdict.layer) == ("attention", layer.layer + 1)
        assert (verdict.reason or "").endswith(f"{verdict.statistic} is set against no rival")
        found.add(verdict.statistic)
    assert found == {"kappa", "share"}


def test_properties_are_judged_by_the_metric_that_is_reported() -> None:
    part = properties_builders.dense().properties()
    assert part is not None
    for layer, verdict in zip(part.layers, property_verdicts(replace(part, metric="r2")), strict=True):
        assert (verdict.statistic, verdict.value, verdict.ci) == ("r2", layer.score, layer.ci)
        assert (verdict.kind, verdict.layer) == ("hidden state", layer.layer)
        assert verdict.closest_rival is not None
        assert verdict.margin == layer.rivals[verdict.closest_rival].margin


def saved(verdicts: list[Verdict]) -> dict[str, Any]:
    plain = builders.encoder()
    data: dict[str, Any] = json.loads(json.dumps(replace(plain, verdicts=verdicts).to_dict(), allow_nan=False))
    return data


def test_json_holds_every_number_and_null_with_a_reason() -> None:
    verdicts = [*influence(), *influence(Agreement(None, None, NONE, NONE, "too short")), relations()]
    data = saved(verdicts)
    assert data["schema"] == 5
    for verdict, one in zip(verdicts, data["verdicts"], strict=True):
        assert set(NUMBERS) | {"kind", "statistic"} <= one.keys()
        assert ("reason" in one) == any(one[name] is None for name in NUMBERS)
        assert one["value"] == verdict.value
    margin = data["verdicts"][0]["margin"]
    assert margin == {"value": pytest.approx(0.3), "ci": [0.2, 0.4], "inner": [0.22, 0.38], "delta": 0.05}
    assert Result.from_dict(data).verdicts == verdicts


@pytest.mark.parametrize("schema", [1, 2, 3, 4])
def test_files_of_older_schemas_are_refused_in_one_line(schema: int, tmp_path: Any) -> None:
    import edgeinterp as ei

    data = saved(influence()) | {"schema": schema}
    (tmp_path / "result.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InputError, match=rf"schema {schema}, expected 5; .* run the check again") as told:
        ei.load_result(tmp_path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("name", "odd"),
    [("value", "much"), ("ci", [0.1]), ("ci", ["a", "b"]), ("margin", {"ci": None}), ("margin", 3), ("p_adjusted", [])],
)
def test_a_file_with_odd_numbers_is_refused(name: str, odd: Any) -> None:
    data = saved(influence())
    data["verdicts"][0][name] = odd
    with pytest.raises(ValueError, match=rf"verdicts\.0\.{name}"):
        Result.from_dict(data)

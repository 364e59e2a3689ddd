"""Every rule of the verdicts on influence, from both sides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgeinterp.results.influence.result import (
    Agreement,
    BeyondChance,
    InfluenceResult,
    LayerInfluence,
    NamedHead,
    ReadingInfluence,
    ReferenceAgreement,
    RivalAgreement,
)
from edgeinterp.results.influence.verdicts import influence_verdicts

OUTCOMES = {
    "beaten": ((0.03, 0.09), (0.04, 0.08)),
    "equal": ((-0.018, 0.018), (-0.015, 0.015)),
    "open": ((-0.01, 0.09), (0.0, 0.08)),
    "wins": ((-0.09, -0.03), (-0.08, -0.04)),
}


def beyond(outcome: str, delta: float, p: float | None = 0.001) -> BeyondChance:
    ci, inner = OUTCOMES[outcome]
    return BeyondChance(sum(ci) / 2, ci, inner, delta, p, p)


def agreement(gain: str = "beaten", pair: str = "beaten", p_gain: float = 0.001, p_pair: float = 0.001) -> Agreement:
    return Agreement(0.7, (0.6, 0.8), beyond(gain, 0.02, p_gain), beyond(pair, 0.05, p_pair))


def rivals(found: Agreement, **random: str) -> dict[str, RivalAgreement]:
    others = {name: random.get(name, "beaten") for name in ("gain", "pair")}
    return {
        "profile": RivalAgreement(0.69, found.gain),
        "salience": RivalAgreement(0.02, found.pair),
        **{f"random_model.{name}": RivalAgreement(0.1, beyond(one, 0.05)) for name, one in others.items()},
    }


def rolled_up(own: Any) -> ReadingInfluence:
    return ReadingInfluence(**vars(agreement()), rolled_up=True, rivals=own)


def result(found: Agreement | None = None, own: Any = None, **changes: Any) -> InfluenceResult:
    found = found or agreement()
    attention = ReadingInfluence(**vars(found), rivals=rivals(found) if own is None else own)
    layer = LayerInfluence(1, 0.5, [attention, rolled_up(rivals(agreement()))], [])
    plain: dict[str, Any] = {
        "texts": 24, "positions": 192, "draws": 1, "replacement": "mask token", "causal": False, "permutations": 999,
        "alpha": 0.05, "layers": [layer], "exchangeable": 24, "smallest_p": 0.001, "random_models": 2,
        "random_texts": 24,
    }  # fmt: skip
    return InfluenceResult(**{**plain, **changes})


def judged(found: Agreement | None = None, own: Any = None, **changes: Any) -> tuple[str, str]:
    verdict = influence_verdicts(result(found, own, **changes))[0]
    return verdict.verdict, verdict.because


def test_gain_and_pair_above_0_and_above_random_models_are_supported() -> None:
    verdict, because = judged()
    assert verdict == "supported"
    assert "pair 0.060 (interval 0.030 to 0.090), adjusted p = 0.001" in because
    assert "gain 0.060 (interval 0.030 to 0.090), adjusted p = 0.001; every rival is beaten" in because


# by gain, by pair
EXPECTED = {
    "beaten": {"beaten": "supported", "equal": "weakened", "wins": "weakened", "open": "undecided"},
    "equal": dict.fromkeys(OUTCOMES, "unsupported"),
    "wins": dict.fromkeys(OUTCOMES, "unsupported"),
    "open": dict.fromkeys(OUTCOMES, "undecided"),
}


@pytest.mark.parametrize(("gain", "pair"), [(gain, pair) for gain in EXPECTED for pair in OUTCOMES])
def test_every_pair_of_outcomes(gain: str, pair: str) -> None:
    assert judged(agreement(gain, pair))[0] == EXPECTED[gain][pair]


def test_salience_without_pairs_says_so() -> None:
    verdict, because = judged(agreement(pair="equal"))
    assert verdict == "weakened"
    assert because.endswith("attention knows which tokens matter, not for whom")
    assert "equal within 0.015" in because
    # a random model that does as well is another reason
    verdict, because = judged(own=rivals(agreement(), pair="equal"))
    assert verdict == "weakened"
    assert "not for whom" not in because


@pytest.mark.parametrize("part", ["gain", "pair"])
@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [("beaten", "supported"), ("equal", "weakened"), ("wins", "weakened"), ("open", "undecided")],
)
def test_random_models_that_follow_their_own_influence_as_well(part: str, outcome: str, verdict: str) -> None:
    own = rivals(agreement(), **{part: outcome})
    found, because = judged(own=own)
    assert found == verdict
    layer = replace(result().layers[0], readings=[result().layers[0].attention, rolled_up(own)])
    rolled = influence_verdicts(result(layers=[layer]))[1]
    assert rolled.verdict == verdict
    if outcome != "beaten":
        assert f"with their own influence random models' attention reaches 0.100 in {part}" in because
        assert f"with their own influence random models' rollout reaches 0.100 in {part}" in rolled.because
        assert rolled.closest_rival == f"random_model.{part}"
    if outcome == "open":
        # they run the first texts alone
        assert because.endswith("more texts will not decide: the margin is over 2 random models on 24 texts")


@pytest.mark.parametrize(("models", "verdict"), [(2, "supported"), (1, "undecided")])
def test_random_models_are_at_least_two(models: int, verdict: str) -> None:
    found, because = judged(random_models=models)
    assert found == verdict
    assert ("1 random model, 2 are needed" in because) == (verdict == "undecided")


@pytest.mark.parametrize(("p", "verdict"), [(0.05, "supported"), (0.0501, "undecided")])
def test_adjusted_p_of_both(p: float, verdict: str) -> None:
    assert judged(agreement(p_gain=p))[0] == verdict
    assert judged(agreement(p_pair=p))[0] == verdict


@pytest.mark.parametrize(
    ("ci", "inner", "verdict"),
    [
        ((0.0201, 0.08), (0.025, 0.075), "supported"),
        ((0.02, 0.08), (0.025, 0.075), "undecided"),
        ((0.005, 0.045), (0.008, 0.042), "weakened"),
    ],
)
def test_pair_must_be_more_than_salience_alone_can_leave(ci: Any, inner: Any, verdict: str) -> None:
    pair = BeyondChance(sum(ci) / 2, ci, inner, 0.05, 0.001, 0.001)
    found, because = judged(replace(agreement(), pair=pair))
    assert found == verdict
    assert ("no more than salience alone can leave (0.02)" in because) == (verdict != "supported")


def test_undecided_says_about_how_many_texts_would_decide() -> None:
    for found in (agreement("open"), agreement("open", p_gain=0.3), agreement(pair="open")):
        verdict, because = judged(found)
        assert verdict == "undecided"
        # about (0.05 / 0.04)^2 times as many
        assert "about 38 texts would decide" in because


def test_a_verdict_has_the_numbers_of_gain() -> None:
    verdict = influence_verdicts(result())[0]
    assert (verdict.statistic, verdict.p_adjusted, verdict.ci) == ("gain", 0.001, (0.03, 0.09))
    assert verdict.closest_rival == "profile"


def test_rho_and_references_decide_nothing() -> None:
    high = {"distance": ReferenceAgreement(0.99, (0.98, 1.0)), "foreign_text": ReferenceAgreement(0.99, None)}
    attention = replace(result().layers[0].attention, rho=-0.2, ci=(-0.3, -0.1), references=high)
    rollout = replace(result().layers[0].rollout, references=high)
    layer = replace(result().layers[0], readings=[attention, rollout])
    assert [v.verdict for v in influence_verdicts(result(layers=[layer]))] == ["supported"] * 2


@pytest.mark.parametrize(("texts", "verdict"), [(20, "supported"), (19, "undecided")])
def test_texts_that_can_exchange(texts: int, verdict: str) -> None:
    assert judged(exchangeable=texts)[0] == verdict


@pytest.mark.parametrize(("smallest", "verdict"), [(0.05, "supported"), (0.0501, "undecided"), (None, "undecided")])
def test_permutations_that_cannot_reach_alpha(smallest: float | None, verdict: str) -> None:
    assert judged(smallest_p=smallest)[0] == verdict


@pytest.mark.parametrize("name", ["profile", "salience", "random_model"])
def test_a_rival_that_was_not_measured(name: str) -> None:
    rest = {key: value for key, value in rivals(agreement()).items() if key.partition(".")[0] != name}
    verdict, because = judged(own=rest)
    assert verdict == "undecided"
    assert f"{name} was left out" in because
    verdict, because = judged(own={**rest, name: RivalAgreement(None, None, "it broke")})
    assert verdict == "undecided"
    assert "it broke" in because


def test_what_is_refuted_needs_no_further_rival() -> None:
    found = agreement("equal")
    missing = {"random_model": RivalAgreement(None, None, "it broke")}
    assert judged(found, {"profile": RivalAgreement(0.7, found.gain), **missing})[0] == "unsupported"


def test_nothing_measured() -> None:
    none = BeyondChance(None, None, reason="no row")
    assert judged(Agreement(None, None, none, none, "no row"), {}) == ("undecided", "no row")
    same = replace(agreement(), gain=BeyondChance(0.0, None, None, 0.02, 1.0, None, "all the same"))
    assert judged(same) == ("undecided", "all the same")


@pytest.mark.parametrize(("gain", "verdict"), [("equal", "unsupported"), ("beaten", "undecided")])
def test_a_reading_that_every_exchange_leaves_alike(gain: str, verdict: str) -> None:
    """Its weight is 0 whatever influence it is given: it has no p, and adds nothing to the profile."""
    found = agreement(gain=gain)
    untested = replace(found.gain, p=None, p_adjusted=None, reason="every exchange gives the same value")
    said, because = judged(replace(found, gain=untested))
    assert said == verdict
    assert ("explains it" in because) is (verdict == "unsupported")


def test_values_that_are_equal_scale_with_the_wish() -> None:
    wide = replace(beyond("open", 0.02), delta=0.09)
    found = replace(agreement(), gain=BeyondChance(0.04, wide.ci, wide.inner, 0.09, 0.5, 0.5))
    assert judged(found, equal=4.5)[0] == "unsupported"


def test_a_claim_for_every_layer_rollout_and_the_head() -> None:
    salient = agreement(pair="equal")
    head = NamedHead(1, 7, salient, rivals(salient))
    found = influence_verdicts(result(agreement("equal"), head=head))
    assert [(v.claim, v.verdict, v.attention_layer) for v in found] == [
        ("mean attention of layer 1 follows influence", "unsupported", 1),
        ("rollout up to layer 1 follows influence", "supported", 1),
        ("head 1.7 follows influence", "weakened", 1),
    ]

"""Every threshold of the verdicts on influence, from both sides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgeinterp.results.controls import rivals
from edgeinterp.results.influence.controls import CONTROLS
from edgeinterp.results.influence.result import (
    Agreement,
    InfluenceResult,
    LayerInfluence,
    NamedHead,
    ReferenceAgreement,
    RivalAgreement,
)
from edgeinterp.results.influence.verdicts import influence_verdicts
from edgeinterp.results.shared import Margin


def rival(lower: float, rho: float = 0.2) -> RivalAgreement:
    return RivalAgreement(rho, Margin(lower + 0.1, (lower, lower + 0.2), (lower + 0.02, lower + 0.18), 0.05))


def alike(rho: float = 0.69) -> RivalAgreement:
    return RivalAgreement(rho, Margin(0.01, (-0.02, 0.04), (-0.015, 0.035), 0.05))


BEATEN = {control.name: rival(0.1) for control in rivals(CONTROLS)}
GOOD = Agreement(0.7, (0.6, 0.8), 0.001, 0.001)


def result(found: Agreement = GOOD, rivals: Any = None, **changes: Any) -> InfluenceResult:
    own = BEATEN if rivals is None else rivals
    layer = LayerInfluence(1, 0.5, found, [], GOOD, own, BEATEN)
    plain: dict[str, Any] = {
        "texts": 24, "positions": 192, "draws": 1, "replacement": "mask token", "causal": False, "permutations": 999,
        "alpha": 0.05, "layers": [layer], "exchangeable": 24, "smallest_p": 0.001,
    }  # fmt: skip
    return InfluenceResult(**{**plain, **changes})


def judged(found: Agreement = GOOD, rivals: Any = None, **changes: Any) -> tuple[str, str]:
    verdict = influence_verdicts(result(found, rivals, **changes))[0]
    return verdict.verdict, verdict.because


def with_rival(name: str, lower: float) -> Any:
    return {**BEATEN, name: rival(lower)}


def test_everything_beaten_is_supported() -> None:
    verdict, because = judged()
    assert verdict == "supported"
    assert "rho 0.70 (interval 0.60 to 0.80), adjusted p = 0.001" in because


@pytest.mark.parametrize(
    ("ci", "verdict"),
    [((0.051, 0.2), "supported"), ((-0.049, 0.049), "unsupported"), ((-0.051, 0.049), "supported")],
)
def test_an_effect_that_is_shown_to_be_nothing(ci: tuple[float, float], verdict: str) -> None:
    assert judged(replace(GOOD, rho=sum(ci) / 2.0, ci=ci))[0] == verdict


@pytest.mark.parametrize(("p", "verdict"), [(0.05, "supported"), (0.0501, "undecided")])
def test_adjusted_p(p: float, verdict: str) -> None:
    assert judged(replace(GOOD, p_adjusted=p))[0] == verdict


@pytest.mark.parametrize(
    ("name", "not_beaten"), [("foreign_text", "unsupported"), ("distance", "weakened"), ("random_model", "weakened")]
)
def test_margins(name: str, not_beaten: str) -> None:
    assert judged(rivals=with_rival(name, 1e-9))[0] == "supported"
    verdict, because = judged(rivals=with_rival(name, 0.0))
    assert verdict == "undecided"
    assert "0.200 (margin 0.100, interval 0.000 to 0.200)" in because
    assert judged(rivals={**BEATEN, name: alike()})[0] == not_beaten
    assert judged(rivals=with_rival(name, -0.21))[0] == not_beaten


@pytest.mark.parametrize(
    ("own", "verdict"),
    [(rival(1e-9, 0.69), "supported"), (rival(0.0, 0.69), "undecided"), (alike(), "weakened")],
)
def test_a_random_model_that_follows_its_own_influence_as_well(own: RivalAgreement, verdict: str) -> None:
    rivals = {**BEATEN, "random_model": own}
    found, because = judged(rivals=rivals)
    assert found == verdict
    assert "a random model's attention follows its own influence with 0.69" in because
    rolled = influence_verdicts(result(layers=[replace(result().layers[0], rollout_rivals=rivals)]))[1]
    assert rolled.verdict == verdict
    assert "a random model's rollout follows its own influence with 0.69" in rolled.because


def test_the_reference_decides_nothing() -> None:
    high = {"random_attention": ReferenceAgreement(0.99)}
    layer = replace(result().layers[0], references=high, rollout_references=high)
    assert [v.verdict for v in influence_verdicts(result(layers=[layer]))] == ["supported"] * 2


def test_foreign_text_outweighs_the_others() -> None:
    both = {**BEATEN, "distance": alike(), "foreign_text": alike()}
    assert judged(rivals=both)[0] == "unsupported"
    # a low p does not help where a rival is equal, nor a margin where p is high
    assert judged(replace(GOOD, p_adjusted=0.9))[0] == "undecided"


@pytest.mark.parametrize(("texts", "verdict"), [(20, "supported"), (19, "undecided")])
def test_texts_that_can_exchange(texts: int, verdict: str) -> None:
    assert judged(exchangeable=texts)[0] == verdict


@pytest.mark.parametrize(("smallest", "verdict"), [(0.05, "supported"), (0.0501, "undecided"), (None, "undecided")])
def test_permutations_that_cannot_reach_alpha(smallest: float | None, verdict: str) -> None:
    assert judged(smallest_p=smallest)[0] == verdict


@pytest.mark.parametrize("name", ["foreign_text", "distance", "random_model"])
def test_a_rival_that_was_not_measured(name: str) -> None:
    left_out = {key: value for key, value in BEATEN.items() if key != name}
    verdict, because = judged(rivals=left_out)
    assert verdict == "undecided"
    assert f"{name} was left out" in because
    verdict, because = judged(rivals={**BEATEN, name: RivalAgreement(None, None, "it broke")})
    assert verdict == "undecided"
    assert "it broke" in because


def test_what_is_refuted_needs_no_further_rival() -> None:
    missing = {"random_model": RivalAgreement(None, None, "it broke")}
    assert judged(rivals={**BEATEN, "foreign_text": alike(), **missing})[0] == "unsupported"
    assert judged(rivals={**BEATEN, "distance": alike(), **missing})[0] == "undecided"


def test_nothing_measured() -> None:
    assert judged(Agreement(None, None, None, None, "no row")) == ("undecided", "no row")
    assert judged(replace(GOOD, p_adjusted=None, reason="all the same")) == ("undecided", "all the same")


def test_a_claim_for_every_layer_rollout_and_the_head() -> None:
    head = NamedHead(1, 7, GOOD, {**BEATEN, "distance": alike()})
    found = influence_verdicts(result(rivals={**BEATEN, "foreign_text": alike()}, head=head))
    assert [(v.claim, v.verdict, v.attention_layer) for v in found] == [
        ("mean attention of layer 1 follows influence", "unsupported", 1),
        ("rollout up to layer 1 follows influence", "supported", 1),
        ("head 1.7 follows influence", "weakened", 1),
    ]

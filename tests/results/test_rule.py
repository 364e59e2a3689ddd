"""The four outcomes of a margin, and the one rule by which they become a verdict."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from edgeinterp.results.controls import Control, Cost
from edgeinterp.results.rule import Effect, Rival, Ruling, delta_of, rule
from edgeinterp.results.shared import Margin

TABLE = (
    Control("refutes", "rival", "m", Cost.FITS, "unsupported", "what refutes reaches"),
    Control("weakens", "rival", "m", Cost.FITS, "weakened", "what weakens reaches"),
    Control("context", "reference", "m", Cost.FITS),
)
EFFECT = Effect("score 0.500", 0.5, (0.4, 0.6), 0.01, 0.0, 0.05, "it is chance")
MARGINS = {
    "wins": Margin(-0.1, (-0.15, -0.05), (-0.14, -0.06), 0.05),
    "beaten": Margin(0.1, (0.05, 0.15), (0.06, 0.14), 0.05),
    "equal": Margin(0.01, (-0.02, 0.04), (-0.015, 0.035), 0.05),
    "open": Margin(0.03, (-0.04, 0.1), (-0.03, 0.09), 0.05),
}


def judged(refutes: str = "beaten", weakens: str = "beaten", effect: Effect = EFFECT, units: int = 100) -> Ruling:
    margins = {"refutes": MARGINS.get(refutes), "weakens": MARGINS.get(weakens)}
    rivals = {name: Rival(0.4, margin, None if margin else "no room") for name, margin in margins.items()}
    return rule(TABLE, effect, rivals, 0.05, (units, "texts"))


def test_each_margin_has_its_outcome() -> None:
    assert {name: margin.outcome for name, margin in MARGINS.items()} == {name: name for name in MARGINS}
    assert Margin(0.1, None).outcome is None
    # a margin that is above 0 is beaten, however small it is; a bound that touches 0 is not above it
    assert Margin(0.01, (0.001, 0.02), (0.002, 0.018), 0.05).outcome == "beaten"
    assert Margin(0.01, (0.0, 0.02), (0.002, 0.018), 0.05).outcome == "equal"
    assert Margin(0.0, (-0.06, 0.06), (-0.05, 0.05), 0.05).outcome == "open"
    # nothing is equal without an inner interval
    assert Margin(0.0, (-0.01, 0.01)).outcome == "open"
    assert MARGINS["equal"].within == 0.035


# by refuting rival, by weakening rival: the table of design, in full
EXPECTED = {
    "beaten": {"beaten": "supported", "equal": "weakened", "wins": "weakened", "open": "undecided", "": "undecided"},
    "equal": dict.fromkeys(("beaten", "equal", "wins", "open", ""), "unsupported"),
    "wins": dict.fromkeys(("beaten", "equal", "wins", "open", ""), "unsupported"),
    "open": dict.fromkeys(("beaten", "equal", "wins", "open", ""), "undecided"),
    "": dict.fromkeys(("beaten", "equal", "wins", "open", ""), "undecided"),
}


@pytest.mark.parametrize(("refutes", "weakens"), list(itertools.product(EXPECTED, EXPECTED["beaten"])))
def test_every_pair_of_outcomes(refutes: str, weakens: str) -> None:
    found = judged(refutes, weakens)
    assert found.verdict == EXPECTED[refutes][weakens], found
    # "explains it" is said of what is equal or wins, and of nothing else
    assert ("explains it" in found.because) == (found.verdict in ("unsupported", "weakened"))


def test_p_and_effects() -> None:
    unlikely = Effect("score 0.020", 0.02, (-0.06, 0.1), 0.2, 0.0, 0.05, "it is chance")
    nothing = Effect("score 0.010", 0.01, (-0.02, 0.04), 0.2, 0.0, 0.05, "it is chance")
    assert judged(effect=unlikely).verdict == "undecided"
    assert judged("equal", effect=unlikely).verdict == "unsupported"
    assert judged(effect=nothing).verdict == "unsupported"
    assert "it is chance" in judged(effect=nothing).because
    # an effect that is shown to be nothing is nothing, though its p is small
    small = Effect("score 0.010", 0.01, (0.005, 0.015), 0.001, 0.0, 0.05, "it is chance")
    assert judged(effect=small).verdict == "unsupported"


def test_undecided_says_how_many_would_decide() -> None:
    # half-width .07 at .03: 100 (.07 / .03)^2 = 545 to beat it; inner .06 to .02: 900 to be equal
    assert "about 550 texts would decide" in judged("open").because
    assert "no rival can be shown to be equal within 0.05" in judged("open").because
    with_more = Margin(0.03, (0.03 - 0.0249, 0.03 + 0.0249), (0.01, 0.05), 0.05)
    assert with_more.outcome == "beaten"
    precise = Margin(0.045, (-0.001, 0.049 - 0.001), (0.0, 0.0505), 0.05)
    found = rule(TABLE[:1], EFFECT, {"refutes": Rival(0.4, precise, None)}, 0.05, (100, "texts"))
    assert found.verdict == "undecided"
    assert "more texts will not decide" in found.because


@pytest.mark.parametrize(("low", "borderline"), [(0.0099, True), (0.0101, False), (0.05, False)])
def test_a_bound_near_0_is_borderline(low: float, borderline: bool) -> None:
    margin = Margin(low + 0.05, (low, low + 0.1), (low + 0.01, low + 0.09), 0.05)
    rivals = {"refutes": Rival(0.4, margin, None), "weakens": Rival(0.3, MARGINS["beaten"], None)}
    found = rule(TABLE, EFFECT, rivals, 0.05, (100, "texts"))
    assert (found.verdict, found.borderline) == ("supported", borderline)


@pytest.mark.parametrize(("high", "borderline"), [(0.0459, False), (0.0461, True)])
def test_a_bound_near_delta_is_borderline(high: float, borderline: bool) -> None:
    margin = Margin(high - 0.02, (-0.001, 0.06), (high - 0.04, high), 0.05)
    assert margin.outcome == "equal"
    found = rule(TABLE[1:], EFFECT, {"weakens": Rival(0.4, margin, None)}, 0.05, (100, "texts"))
    assert (found.verdict, found.borderline) == ("weakened", borderline)


def test_the_user_scales_what_counts_as_none() -> None:
    assert (delta_of("auc"), delta_of("gain"), delta_of("auc", 0.5)) == (0.05, 0.02, 0.025)


def test_outcomes_by_simulation() -> None:
    """``equal`` is found at a true margin of 0 as the half-width allows, and at delta no more often than alpha."""
    rng = np.random.default_rng(0)
    normal, inner, delta, n = 1.959964, 1.644854, 0.05, 4000

    def share(true: float, half: float, outcome: str) -> float:
        deviation = half / normal
        found = [
            Margin(m, (m - half, m + half), (m - inner * deviation, m + inner * deviation), delta).outcome
            for m in true + deviation * rng.normal(size=n)
        ]
        return found.count(outcome) / n

    bound = 3.0 * math.sqrt(0.05 * 0.95 / n)
    for half in (0.02, 0.03, 0.045):
        assert share(delta, half, "equal") <= 0.05 + bound
        assert share(0.0, half, "beaten") <= 0.025 + bound
        assert share(0.0, half, "wins") <= 0.025 + bound
    # field notes: .95 of the cases at half of delta, .38 at .8, less the 5 % that are beaten or win
    assert share(0.0, 0.025, "equal") > 0.9
    assert share(0.0, 0.06, "equal") < 0.05

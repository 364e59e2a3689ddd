"""What the report on correspondence concludes from a random model whose tokens are as recoverable."""

from __future__ import annotations

import dataclasses

import pytest

from edgeinterp.report.correspondence.section import overview
from edgeinterp.results.correspondence.result import RandomModelScore
from edgeinterp.results.result import CheckResult, Result
from tests.report import builders

# of the builder's hidden states 1 to 6, from kappas near 1 down to .956
FAR, NEAR, HIGHER = -0.2, -0.04, 0.03


def result(margins: list[float | None], **settings: object) -> Result:
    """A result whose random model has these kappas above the model's own, at hidden states 1 to 6."""
    whole = builders.encoder()
    part = whole.correspondence()
    assert part is not None
    layers = [part.layers[0]]
    for state, margin in zip(part.layers[1:], margins, strict=True):
        own = state.recoverable.kappa
        assert own is not None
        kappa = None if margin is None else own + margin
        layers.append(dataclasses.replace(state, random_model=[RandomModelScore(0.3, 0.3, kappa)]))
    checks: dict[str, CheckResult] = {"correspondence": dataclasses.replace(part, layers=layers)}
    return dataclasses.replace(whole, checks=checks, settings={**whole.settings, **settings})


@pytest.mark.parametrize(
    ("margins", "states"),
    [
        ([NEAR] * 6, "states 1 to 6"),
        ([NEAR, HIGHER, FAR, FAR, FAR, FAR], "states 1, 2"),
        ([FAR, FAR, HIGHER, FAR, FAR, None], "state 3"),
    ],
)
def test_states_that_are_as_recoverable_are_named(margins: list[float | None], states: str) -> None:
    (said,) = overview(result(margins)).summary
    assert f"tokens are as recoverable at hidden {states} (kappa lower by less than 0.05, or higher)" in said
    assert "recoverability alone is no sign of learning (arXiv 2510.15511)" in said
    assert said.endswith("What differs from random is what training adds.")


def test_where_no_state_is_it_says_so() -> None:
    (said,) = overview(result([FAR] * 6)).summary
    assert "tokens are less recoverable at every hidden state" in said
    assert "no sign of learning" not in said


def test_without_a_random_model_nothing_is_concluded() -> None:
    assert overview(result([None] * 6)).summary == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "shuffled weights"),
        ({"random": "shuffled"}, "shuffled weights"),
        ({"random": "drawn"}, "newly drawn weights"),
        ({"random": ["odd"]}, "random weights"),
    ],
)
def test_the_kind_is_named(settings: dict[str, object], words: str) -> None:
    shown = overview(result([NEAR] * 6, **settings))
    assert f"In a model with {words}, which never learned" in shown.summary[0]
    assert next(column.meaning for column in shown.columns if column.heading == "random").startswith(
        f"share of a model with {words}"
    )

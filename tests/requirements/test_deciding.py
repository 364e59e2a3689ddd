"""Outcomes keep their rates: a change at the margin, a bound that is not kept, and advice that decides."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, norm

from edgeinterp.comparing.deciding import Condition, UnitSums
from edgeinterp.requirements.deciding import (
    Measured,
    change_of,
    decided,
    holm,
    more_units,
    scaled,
    smallest_levels,
    value_of,
)

ALPHA, SIMULATIONS = 0.05, 500
MARGIN = 0.05


def condition(values: Any, name: str = "rho") -> Condition:
    rows = {key: np.array([1.0, value]) for key, value in enumerate(values)}
    kept = UnitSums(rows, lambda totals: np.asarray(totals[:, 1] / totals[:, 0]))
    return Condition(name, 1, float(np.mean(values)), None, kept)


def pair(rng: Any, change: float, units: int, spread: float = 0.2) -> Measured:
    """Two builds on the same texts: what a text does to both is larger than what differs."""
    common = rng.normal(0.5, 0.3, units)
    before = common + rng.normal(0.0, spread / np.sqrt(2), units)
    after = common + change + rng.normal(0.0, spread / np.sqrt(2), units)
    found = change_of(condition(after), condition(before), ALPHA)
    assert found is not None
    return found


def outcome(found: Measured, needs: int = 1, **bound: Any) -> str:
    given = {"at_least": None, "at_most": None, "change_at_most": None, **bound}
    met, failed = smallest_levels(found, **given)
    return decided(min(1.0, needs * met), min(1.0, needs * failed), ALPHA)


@pytest.mark.parametrize("change", [MARGIN, -MARGIN])
@pytest.mark.parametrize("units", [20, 60])
def test_a_change_at_the_margin_is_seldom_met(change: float, units: int) -> None:
    rng = np.random.default_rng(units)
    met = sum(outcome(pair(rng, change, units, 0.1), change_at_most=MARGIN) == "met" for _ in range(SIMULATIONS))
    assert met <= binom.ppf(0.99, SIMULATIONS, ALPHA)


def test_no_change_is_met_where_units_are_enough() -> None:
    """With a deviation of .2 between builds, 220 texts give a standard error of .0135: power .95 by the normal."""
    rng = np.random.default_rng(0)
    met = sum(outcome(pair(rng, 0.0, 220), change_at_most=MARGIN) == "met" for _ in range(SIMULATIONS))
    assert met >= 0.9 * SIMULATIONS


def test_a_large_change_is_not_met() -> None:
    rng = np.random.default_rng(1)
    found = [outcome(pair(rng, 0.15, 120), change_at_most=MARGIN) for _ in range(100)]
    assert found.count("not met") >= 90
    assert found.count("met") == 0


@pytest.mark.parametrize("units", [20, 60])
def test_a_bound_that_is_not_kept_is_seldom_met(units: int) -> None:
    rng = np.random.default_rng(units)
    found = []
    for _ in range(SIMULATIONS):
        measured = value_of(condition(rng.normal(0.4, 0.2, units)), ALPHA)
        assert measured is not None
        found.append(outcome(measured, at_least=0.4))
    # what is true lies at the bound: both statements are false as seldom
    most = binom.ppf(0.99, SIMULATIONS, ALPHA)
    assert found.count("met") <= most
    assert found.count("not met") <= most


def test_advice_decides() -> None:
    """Undecided needs, followed with as many units as advised, are decided in 9 of 10 cases."""
    rng = np.random.default_rng(3)
    followed = after = 0
    while followed < 200:
        # what is true may lie anywhere about the bound
        truth = rng.uniform(0.2, 0.6)
        measured = value_of(condition(rng.normal(truth, 0.2, 40)), ALPHA)
        assert measured is not None
        if outcome(measured, at_least=0.4) != "undecided":
            continue
        more = more_units(measured, [0.4], 1, ALPHA)
        if more is None:
            continue
        assert more > 40
        followed += 1
        # as many values have a mean of this distribution; their bounds are a normal's
        error = 0.2 / np.sqrt(more)
        mean = rng.normal(truth, error)
        reach = norm.ppf(1 - ALPHA) * error
        after += mean - reach >= 0.4 or mean + reach < 0.4
    assert after >= 0.9 * followed


def test_advice_on_changes_decides() -> None:
    rng = np.random.default_rng(4)
    followed = after = 0
    while followed < 200:
        truth = rng.uniform(-0.12, 0.12)
        measured = pair(rng, truth, 40)
        if outcome(measured, change_at_most=MARGIN) != "undecided":
            continue
        more = more_units(measured, [-MARGIN, MARGIN], 1, ALPHA)
        if more is None:
            continue
        followed += 1
        error = 0.2 / np.sqrt(more)
        mean, reach = rng.normal(truth, error), norm.ppf(1 - ALPHA) * error
        after += (mean - reach >= -MARGIN and mean + reach <= MARGIN) or abs(mean) - reach > MARGIN
    assert after >= 0.9 * followed


def test_no_advice_where_none_would_help() -> None:
    assert more_units(Measured(0.4, lambda level: (0.3, 0.5), 40), [0.4], 1, ALPHA) is None
    assert more_units(Measured(0.4, lambda level: (0.4, 0.4), 40), [0.3], 1, ALPHA) is None
    assert more_units(Measured(0.4, lambda level: (0.3, 0.5)), [0.3], 1, ALPHA) is None


def test_levels_are_the_smallest() -> None:
    """Of a normal's interval, the p of a bound is that of the one-sided z test."""
    found = scaled(0.5, (0.5 - norm.ppf(0.975) * 0.1, 0.5 + norm.ppf(0.975) * 0.1), ALPHA)
    met, failed = smallest_levels(found, 0.3, None, None)
    assert met == pytest.approx(norm.sf(2.0), rel=1e-3)
    assert failed == 1.0
    met, failed = smallest_levels(found, None, 0.3, None)
    assert met == 1.0
    assert failed == pytest.approx(norm.sf(2.0), rel=1e-3)
    met, _ = smallest_levels(scaled(0.0, (-0.196, 0.196), ALPHA), None, None, 0.2)
    assert met == pytest.approx(norm.sf(2.0), rel=1e-2)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == [0.03, 0.06, 0.06]
    assert holm([0.5]) == [0.5]
    assert holm([1.0, 1.0]) == [1.0, 1.0]
    assert holm([0.02, 0.02]) == [0.04, 0.04]


def test_a_unit_that_is_not_in_both_is_left_out() -> None:
    rng = np.random.default_rng(5)
    after, before = rng.normal(0.5, 0.1, 40), rng.normal(0.6, 0.1, 70)
    found = change_of(condition(after), condition(before), ALPHA)
    assert found is not None
    assert found.value == pytest.approx(after.mean() - before[:40].mean())
    assert found.units == 40

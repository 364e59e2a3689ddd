"""Paired intervals of deciding statistics: against recomputation, and when the two do not differ."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtrit

from edgeinterp.comparing.deciding import Condition, Deviations, UnitSums, statistic_pair
from edgeinterp.statistics.inference import deviation_interval, jackknife_deviations, rounding_step
from tests import reference_compare as reference


def ratio(totals: Any) -> Any:
    return totals[:, 1] / totals[:, 0]


def condition(rows: Any, met: int = 1) -> Condition:
    total = np.sum(list(rows.values()), axis=0)
    value = float(total[1] / total[0])
    return Condition("share", met, value, (value - 0.1, value + 0.1), UnitSums(rows, ratio))


def units(rng: Any, count: int, rate: Any) -> Any:
    return {int(key): np.array([20.0, rng.binomial(20, rate)]) for key in rng.integers(0, 2**63, count)}


def test_few_units_are_jackknifed_as_pairs() -> None:
    rng = np.random.default_rng(0)
    first = units(rng, 12, 0.6)
    second = {key: np.array([20.0, max(0.0, row[1] - rng.integers(0, 3))]) for key, row in first.items()}
    found = statistic_pair(condition(first), condition(second, met=0), 0.05)
    keys = sorted(first)
    value, low, high = reference.jackknife_difference(
        lambda rows: rows[:, 1].sum() / rows[:, 0].sum(),
        np.array([first[key] for key in keys]),
        np.array([second[key] for key in keys]),
        float(stdtrit(11, 0.975)),
    )
    assert (found.difference, *found.ci) == pytest.approx((value, low, high))  # type: ignore[misc]
    assert (found.paired, found.units, found.decides) == (True, 12, True)


def test_only_units_in_common_are_paired() -> None:
    rng = np.random.default_rng(1)
    first, second = units(rng, 60, 0.5), units(rng, 60, 0.5)
    shared = units(rng, 40, 0.5)
    moved = {key: row + np.array([0.0, 1.0]) for key, row in shared.items()}
    found = statistic_pair(condition({**first, **shared}), condition({**second, **moved}), 0.05)
    assert found.units == 40
    # every unit in common moved by one of twenty
    assert found.difference == pytest.approx(-0.05)
    assert found.ci == pytest.approx((-0.05, -0.05))
    assert found.a is not None
    apart = statistic_pair(condition(first), condition(second), 0.05)
    assert not apart.paired
    assert apart.reason == "0 texts in common, at least 3 are needed"


def test_pairing_shortens_what_two_intervals_cannot() -> None:
    rng = np.random.default_rng(2)
    hard = rng.beta(2, 2, 100)
    first = {int(k): np.array([20.0, rng.binomial(20, p)]) for k, p in enumerate(hard)}
    second = {k: np.array([20.0, max(0.0, row[1] - (k % 2))]) for k, row in first.items()}
    one, two = condition(first), condition(second)
    paired = statistic_pair(one, two, 0.05)
    alone = statistic_pair(dataclasses.replace(one, kept=None), two, 0.05)
    assert paired.ci is not None
    assert alone.ci is not None
    assert paired.ci[0] > 0.0
    assert alone.ci[0] < 0.0 < alone.ci[1]
    assert alone.difference == paired.difference
    assert one.ci is not None
    assert two.ci is not None
    assert alone.ci == (one.ci[0] - two.ci[1], one.ci[1] - two.ci[0])


def test_what_was_not_measured_has_no_difference() -> None:
    missing = Condition("share", 0, None, None, None, "not measured")
    found = statistic_pair(missing, missing, 0.05)
    assert (found.difference, found.ci, found.reason, found.decides) == (None, None, "not measured", False)


def correlation(rows: Any) -> float:
    return float(np.corrcoef(rows[:, 0], rows[:, 1])[0, 1])


def kept(rows: Any, digest: str = "one") -> Condition:
    without = np.array([correlation(np.delete(rows, i, axis=0)) for i in range(len(rows))])
    values = jackknife_deviations(without[:, None])
    return Condition("score", 1, correlation(rows), None, Deviations(digest, len(rows), values, rounding_step(values)))


def test_deviations_give_the_jackknife_of_the_difference() -> None:
    rng = np.random.default_rng(3)
    first = rng.normal(size=(50, 2)) @ np.array([[1.0, 0.7], [0.0, 0.7]])
    second = first + 0.3 * rng.normal(size=first.shape)
    found = statistic_pair(kept(first), kept(second), 0.1)
    expected = reference.jackknife_difference(correlation, first, second, float(stdtrit(49, 0.95)))
    # the allowance for rounding is all that is added
    assert (found.difference, *found.ci) == pytest.approx(expected, rel=1e-4)  # type: ignore[misc]
    other = statistic_pair(kept(first), kept(second, "two"), 0.1)
    assert (other.paired, other.reason) == (False, "the two results are about different concepts")


def test_deviations_of_some_units_estimate_the_interval_of_all() -> None:
    rng = np.random.default_rng(4)
    deviations = rng.standard_t(6, 4000)
    deviations -= deviations.mean()
    low, high = deviation_interval(0.3, deviations, 4000, 0.05)
    some = deviation_interval(0.3, deviations[:500], 4000, 0.05)
    assert some[1] - some[0] == pytest.approx(high - low, rel=0.15)
    assert low < 0.3 < high


def test_rounding_never_makes_an_interval_of_width_nothing() -> None:
    deviations = np.full(100, 0.25)
    step = rounding_step(deviations)
    assert step == pytest.approx(0.001)
    low, high = deviation_interval(1e-9, deviations - deviations, 100, 0.05, step)
    assert low < 0.0 < high
    assert rounding_step(np.zeros(5)) == 0.0


def test_two_equal_builds_seldom_differ() -> None:
    """Both err independently at the same rate, on texts of unequal difficulty: 0 is excluded in about 5 % of cases."""
    rng = np.random.default_rng(5)
    excluded = 0
    for _ in range(200):
        hard = rng.beta(4, 1, 60)
        sides = [{k: np.array([20.0, rng.binomial(20, p)]) for k, p in enumerate(hard)} for _ in range(2)]
        ci = statistic_pair(condition(sides[0]), condition(sides[1]), 0.05).ci
        assert ci is not None
        excluded += ci[0] > 0.0 or ci[1] < 0.0
    # 10 are expected; 19 is the .998 quantile of a binomial
    assert 1 <= excluded <= 19

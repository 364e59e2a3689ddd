"""A small version of ``make calibrate``: rates and coverage within binomial bounds, every effect found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.calibration.studies import Rate, Study, judged, rows_of, side
from bench.calibration.suite import STUDIES
from bench.calibration.table import BEGIN, END, outside, put_between, report

# a row that keeps its rate leaves bounds this wide once in 2,000 times on the side that is looked at
LEVEL = 0.999
SMALL = {
    "correspondence-null": 30,
    "correspondence-position": 10,
    "correspondence-coverage-20": 60,
    "influence-null-6": 60,
    "influence-coverage-24": 60,
    "relations-null-contrasts": 8,
    "relations-coverage-16": 20,
    "relations-false-30": 10,
    "properties-null": 12,
    "properties-false-categories": 12,
    "properties-false-tails": 8,
    "properties-rotated-directions": 30,
    "properties-coverage-groups-50": 30,
    "ridge-null": 40,
    "ridge-null-missing": 30,
    "ridge-null-groups": 40,
}
FOUND = (
    "correspondence-effect-4",
    "influence-verdicts96-7",
    "relations-effect-2",
    "relations-worlds-80-0",
    "properties-effect-0.4",
    "properties-effect-300-0.4",
)


def study(name: str) -> Study:
    return next(one for one in STUDIES if one.name == name)


@pytest.mark.parametrize("name", SMALL)
def test_claims_keep_their_rates(name: str) -> None:
    own = study(name)
    # every fourth seed, so that coverage is measured in one population, whose truth takes seconds
    found = [own.measure(4 * seed) for seed in range(SMALL[name])]
    wrong = [row for row in rows_of(own, found) if judged(own, row, LEVEL) == "OUTSIDE"]
    assert wrong == []


@pytest.mark.parametrize("name", FOUND)
def test_large_effects_are_found(name: str) -> None:
    own = study(name)
    found = [own.measure(seed) for seed in range(3)]
    rows = rows_of(own, found)
    assert all(row.rates[0].count == 3 for row in rows if "`supported`" in row.quantity), rows


def test_a_test_that_rejects_too_often_is_outside() -> None:
    own = replace(study("ridge-null"), kind="null")
    (often,) = rows_of(own, [{"p": 0.04}] * 12 + [{"p": 0.9}] * 88)
    assert [rate.count for rate in often.rates] == [0, 12, 12]
    assert judged(own, often) == "OUTSIDE"
    (never,) = rows_of(own, [{"p": 0.9}] * 400)
    assert judged(own, never) == "PASS, conservative"
    (claims,) = rows_of(own, [{"claim": True}] * 12 + [{"claim": False}] * 88)
    assert judged(own, claims) == "OUTSIDE"


def test_an_interval_that_misses_is_outside() -> None:
    own = study("influence-coverage-24")
    (narrow,) = rows_of(own, [{"rho": 0}] * 170 + [{"rho": -1}] * 20 + [{"rho": 1}] * 10)
    assert narrow.missed == (20, 10)
    assert judged(own, narrow) == "OUTSIDE"
    assert [side(0.5, ci) for ci in ((0.6, 0.7), (0.4, 0.6), (0.1, 0.2), None)] == [-1, 0, 1, 1]


def test_intervals_and_bounds_are_the_binomial_ones() -> None:
    from scipy.stats import binomtest

    for count in (0, 3, 40):
        exact: Any = binomtest(count, 40).proportion_ci(0.95, method="exact")
        assert Rate(count, 40, 0.05).interval() == pytest.approx((exact.low, exact.high))
    assert Rate(0, 200, 0.05).bounds() == (3, 19)


def test_the_page_names_what_is_outside() -> None:
    own = study("ridge-null")
    found = {own.name: [{"p": 0.001}] * 20}
    assert outside([own], found) == ["ridge-null: p"]
    page = put_between(f"before\n{BEGIN}\nold\n{END}\nafter\n", report([own], found))
    assert page.startswith("before\n")
    assert page.endswith("\nafter\n")
    assert "old" not in page
    assert "| p | 20 | 1.000 (.832 to 1.000) |" in page
    assert "- ridge-null: p" in page

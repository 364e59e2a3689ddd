"""Whether there is enough to decide anything, and whether anything was decided."""

from __future__ import annotations

import pytest

from edgeinterp.results.enough import too_few_permutations, too_many_unknown, unjudged, where_cut
from edgeinterp.results.shared import Verdict


@pytest.mark.parametrize(
    ("permutations", "alpha", "needed"),
    [(1, 0.05, 19), (18, 0.05, 19), (9, 0.01, 99), (1000, 0.0001, 9999), (1, 0.3, 3), (1000, 1e-6, 999_999)],
)
def test_the_number_that_is_asked_for_is_the_smallest_that_will_do(
    permutations: int, alpha: float, needed: int
) -> None:
    why = too_few_permutations(permutations, 1 / (permutations + 1), alpha)
    assert why is not None
    assert f"give at least {needed}" in why
    assert too_few_permutations(needed, 1 / (needed + 1), alpha) is None
    assert 1 / needed > alpha


def test_more_permutations_are_not_asked_for_where_the_data_have_too_few() -> None:
    why = too_few_permutations(1000, 0.125, 0.05)
    assert why is not None
    assert "too few ways" in why
    assert "give at least" not in why


def test_unknown_tokens_up_to_a_third() -> None:
    assert too_many_unknown(0.333) is None
    assert "97 % of tokens are unknown" in (too_many_unknown(0.97) or "")
    assert ">99.9 %" not in (too_many_unknown(1.0) or "")


def test_a_check_judged_nothing_where_no_claim_is_decided() -> None:
    found = [
        ("influence", "undecided", "too short"),
        ("influence", "undecided", "still too short"),
        ("relations", "undecided", "few"),
        ("relations", "unsupported", "no better"),
    ]
    nothing = unjudged(["correspondence", "influence", "relations"], found)
    assert list(nothing) == ["correspondence", "influence"]
    assert nothing["influence"] == "too short"


def test_a_cut_check_never_says_unsupported() -> None:
    words = ("supported", "weakened", "unsupported", "undecided")
    verdicts = [Verdict(f"claim {word}", "influence", word, "why") for word in words]
    cut = where_cut(verdicts, "--budget 1 left 2 texts")
    assert [one.verdict for one in cut] == ["supported", "weakened", "undecided", "undecided"]
    assert cut[2].because == "--budget 1 left 2 texts; why"
    assert where_cut(verdicts, "") == verdicts

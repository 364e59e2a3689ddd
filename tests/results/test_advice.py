"""Advice is a number from the rule that made the verdict: followed, it ends the reason that it was given for."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import edgeinterp as ei
from edgeinterp.results.advice import fewest_permutations, rounded_up, texts_for_fit, texts_for_rise
from tests.checks.influence.influence_worlds import copying_world
from tests.checks.relations import relation_worlds


def asked(because: str, pattern: str) -> int:
    found = re.search(pattern, because)
    assert found is not None, because
    return int(found[1].replace(",", ""))


@given(st.floats(1e-6, 0.999))
def test_so_many_permutations_and_no_fewer(level: float) -> None:
    count = fewest_permutations(level)
    assert 1.0 / (count + 1.0) <= level
    assert count == 1 or 1.0 / count > level


@given(st.integers(1, 10**6))
def test_rounding_never_asks_for_fewer(count: int) -> None:
    assert count <= rounded_up(count) <= count * 1.1 + 1


def test_so_many_texts_fill_the_fit_half() -> None:
    """Lengths vary and a hash deals texts to the halves; what was dealt stays."""
    rng = np.random.default_rng(0)
    reached = 0
    for _ in range(300):
        lengths = rng.geometric(1 / 20, size=4000) + 7
        fit = rng.random(4000) < 0.5
        there = int(rng.integers(2, 200))
        held = int(lengths[:there][fit[:there]].sum())
        needed = held + int(rng.integers(1, 2000))
        wanted = texts_for_fit(there, int(lengths[:there].sum()), held, needed)
        reached += lengths[:wanted][fit[:wanted]].sum() >= needed
    assert reached >= 280


@pytest.mark.parametrize("high", [0.0201, 0.03, 0.1, 0.5])
def test_twice_the_texts_at_least(high: float) -> None:
    wanted = texts_for_rise(100, high, 0.02)
    assert wanted >= 200
    assert high * (100 / wanted) ** 0.75 <= 0.02


def influence_of(texts: int, **options: Any) -> Any:
    world = copying_world(texts=texts)
    return ei.influence(
        np.concatenate(world.states, axis=1), world.copies, world.attentions, options.pop("positions", world.positions),
        world.lengths, token_ids=np.repeat(np.arange(texts), 10), **{"n_permutations": 99, **options},
    )  # fmt: skip


def test_influence_asks_for_the_texts_that_lack() -> None:
    few = influence_of(13)
    more = asked(few.verdicts[0].because, r"13 texts .* 20 are needed; give at least (\d+) further texts")
    assert more == 7
    assert influence_of(13 + more).layers[0].attention.gain.p_adjusted is not None


def test_influence_names_the_remedy_where_positions_differ() -> None:
    positions = [np.roll(np.arange(10), text) for text in range(24)]
    apart = influence_of(24, positions=positions)
    because = apart.verdicts[0].because
    assert "differ between texts: replace the same positions in all texts" in because
    assert "groups=" in because
    assert "further texts" not in because
    # either remedy ends it
    assert influence_of(24).layers[0].attention.gain.p_adjusted is not None
    positions = [np.roll(np.arange(10), text // 3) for text in range(24)]
    grouped = influence_of(24, positions=positions, groups=[f"group {text // 3}" for text in range(24)])
    assert grouped.layers[0].attention.gain.p_adjusted is not None
    both = influence_of(10, positions=[np.roll(np.arange(10), text) for text in range(10)]).verdicts[0].because
    assert "give at least 10 further texts" in both
    assert "groups=" in both


@pytest.mark.parametrize("alpha", [0.05, 0.01, 0.2])
def test_every_check_asks_for_the_permutations_that_reach_alpha(alpha: float) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1, 40, 4))

    def of_influence(count: int) -> str:
        return str(influence_of(20, n_permutations=count, alpha=alpha).verdicts[0].because)

    def of_properties(count: int) -> str:
        made = ei.properties(X, X[0], n_permutations=count, alpha=alpha, controls=["permuted"])
        return str(made.verdicts[0].because)

    def of_relations(count: int) -> str:
        world = relation_worlds.noise(1, categories=12, relations=("hyper", "coord", "other"))
        made = ei.relations(**world.given(), n_permutations=count, alpha=alpha, controls=())
        return str(made.verdicts[0].because)

    for of in (of_influence, of_properties, of_relations):
        wanted = asked(of(2), r"give at least (\d+)")
        assert "give at least" in of(wanted - 1)
        assert "cannot give" not in of(wanted)


def test_relations_ask_for_categories() -> None:
    def because(categories: int, **options: Any) -> str:
        world = relation_worlds.noise(1, categories=categories)
        return str(ei.relations(**world.given(), controls=(), **{"n_permutations": 99, **options}).verdicts[0].because)

    for there in (1, 5):
        more = asked(because(there), r"at least 8 are needed; give both relations in (\d+) more")
        assert "are needed" not in because(there + more)
        assert "are needed" in because(there + more - 1)
    # where flips of so few categories cannot reach the level, whatever their number
    wanted = asked(because(8, alpha=0.001, n_permutations=1999), r"give at least (\d+) categories")
    assert "cannot give" in because(wanted - 1, alpha=0.001, n_permutations=1999)
    assert "cannot give" not in because(wanted, alpha=0.001, n_permutations=1999)


def test_properties_ask_for_concepts_and_groups() -> None:
    rng = np.random.default_rng(0)

    def because(concepts: int, groups: Any = None) -> str:
        X = rng.normal(size=(1, concepts, 4))
        return str(ei.properties(X, X[0], groups, n_permutations=99, controls=["permuted"]).verdicts[0].because)

    for there in (2, 7):
        more = asked(because(there), r"at least 10 are needed; give (\d+) more")
        assert "are needed" not in because(there + more)
    few = because(12, [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2])
    wanted = asked(few, r"give at least (\d+) groups of one size")
    assert wanted == 4
    assert "give at least" not in because(4 * wanted, np.repeat(np.arange(wanted), 4))
    assert "give at least 3" in because(12, [0] * 6 + [1] * 6)
    assert "groups of one size" in because(12, [0] * 3 + [1] * 4 + [2] * 5)


def test_correspondence_without_one_of_the_halves() -> None:
    rng = np.random.default_rng(0)

    def result(texts: int, size: int) -> Any:
        ids = rng.integers(0, 50, texts * size)
        states = rng.normal(size=(3, texts * size, 6))
        return ei.correspondence(states, ids, [size] * texts, n_permutations=19)

    short = result(30, 5).verdicts[1].because
    wanted = asked(short, r"no evaluated text has 8 tokens.*give (\d+) further texts of 8 tokens or more")
    assert "no evaluated text" not in result(wanted, 8).verdicts[1].because
    ids = np.repeat(np.arange(10), 9)
    same = ei.correspondence(rng.normal(size=(3, 90, 6)), ids, [9] * 10, n_permutations=19)
    assert "give texts" in same.verdicts[1].because

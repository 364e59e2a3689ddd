"""Fitting stops where more text no longer helps, and only there."""

from __future__ import annotations

from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.checks.correspondence import settling
from edgeinterp.checks.correspondence.blocks import Batch
from edgeinterp.checks.correspondence.halves import Halves
from edgeinterp.checks.correspondence.settings import CorrespondenceSettings
from edgeinterp.checks.correspondence.settling import Settling, fit_in_stages, probes, stages
from tests.checks.correspondence.worlds import World, identity, rotated

SETTINGS = CorrespondenceSettings.of(0.05, 1000, 0)


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stages of a size that invented texts reach."""
    monkeypatch.setattr(settling, "FEWEST_TOKENS", 0)


def test_stages_take_texts_by_key_and_double(early: None) -> None:
    texts = [(key, 10, key) for key in (5, 3, 1, 4, 2, 0, 6, 7, 8, 9)]
    # 32 tokens a dimension: 4 texts of 10 tokens, then as many again, then what is left
    assert list(stages(texts, 1)) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert list(stages([], 1)) == []


def test_small_models_are_fitted_on_10_000_tokens_at_least() -> None:
    texts = [(key, 100, key) for key in range(250)]
    assert [len(stage) for stage in stages(texts, 8)] == [100, 100, 50]


def test_probes_are_the_texts_of_lowest_key() -> None:
    assert probes([(key, 1000, key) for key in (4, 1, 3, 0, 2)]) == [0, 1, 2]
    assert probes([(1, 10, "one")]) == ["one"]


def run(world: World) -> Any:
    states, ids, lengths, mask = world.arrays()
    return ei.correspondence(states, ids, lengths, mask, world.swapped(), n_permutations=49)


def test_an_easy_map_stops_early_and_says_the_same(early: None, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World([identity(), rotated()], texts=400)
    stopped = run(world)
    monkeypatch.setattr(settling, "FIRST_STAGE", 10**9)
    whole = run(world)
    assert stopped.fit_tokens < 0.5 * whole.fit_tokens
    assert [layer.fit_tokens for layer in whole.layers] == [whole.fit_tokens] * 3
    assert [verdict.verdict for verdict in stopped.verdicts] == [verdict.verdict for verdict in whole.verdicts]
    for mine, its in zip(stopped.layers, whole.layers, strict=True):
        linear, other = mine.maps["linear"].token, its.maps["linear"].token
        assert linear.identification == pytest.approx(other.identification, abs=0.02)


def test_a_map_that_needs_more_text_gets_it(early: None) -> None:
    """One layer is found at once, the other is deep in noise: only the first is closed early."""
    world = World([identity(), rotated(noise=16.0)], texts=2500, dimension=64)
    result = run(world)
    easy, hard = result.layers[1], result.layers[2]
    assert easy.fit_tokens < hard.fit_tokens
    assert hard.fit_tokens == result.fit_tokens


def test_layers_close_one_by_one_whatever_the_others_do(early: None) -> None:
    """What one layer is fitted on does not depend on which others are looked at, as with ``--low-memory``."""
    world = World([identity(), rotated(noise=16.0)], texts=2500, dimension=64)
    states, ids, lengths, mask = world.arrays()
    both = ei.correspondence(states, ids, lengths, mask, n_permutations=9)
    alone = ei.correspondence(states[[0, 1]], ids, lengths, mask, n_permutations=9)
    assert alone.layers[1].fit_tokens == both.layers[1].fit_tokens
    mine, its = alone.layers[1].maps["linear"].token, both.layers[1].maps["linear"].token
    assert mine.identification == pytest.approx(its.identification, abs=1e-3)


def test_sums_of_closed_layers_are_let_go() -> None:
    world = World([identity(), rotated()], texts=40)
    states, ids, lengths, mask = world.arrays()
    halves = Halves(SETTINGS)
    halves.update(Batch.of(states, ids, lengths, mask), "fit")
    _, maps = halves.maps_so_far()
    assert halves._fit._sums is not None
    assert [sorted(sums.products) for sums in halves._fit._sums] == [[1, 2], [1, 2]]
    halves.close_layer(1, maps[1])
    assert [sorted(sums.products) for sums in halves._fit._sums] == [[2], [2]]
    assert halves.evaluation.maps.whole[1].weights is maps[1][0].weights


def test_nothing_is_closed_without_evaluation_texts() -> None:
    world = World([identity()], texts=40)
    states, ids, lengths, mask = world.arrays()
    halves = Halves(SETTINGS)
    halves.update(Batch.of(states, ids, lengths, mask), "fit")
    assert Settling(halves).close() == [1]
    fed: list[int] = []
    texts = [(key, 6000, key) for key in range(4)]
    assert fit_in_stages(halves, (texts, []), 1, fed.extend, lambda _texts, _settling: None) == 0
    assert fed == [0, 1, 2, 3]


def test_settling_belongs_between_fit_calls() -> None:
    world = World([identity()], texts=40)
    states, ids, lengths, mask = world.arrays()
    halves = Halves(SETTINGS)
    halves.update(Batch.of(states, ids, lengths, mask), "evaluate")
    with pytest.raises(ei.InputError, match="between calls with part 'fit'"):
        Settling(halves)

"""Sums of the fit half: the same maps however tokens are cut into blocks, and sums let go that are no longer needed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeinterp.checks.correspondence import linear_map
from edgeinterp.checks.correspondence.linear_map import FitSums

LAYERS, WIDTH, TOKENS = 3, 6, 900


@pytest.fixture(scope="module")
def tokens() -> Any:
    rng = np.random.default_rng(4)
    states = rng.normal(size=(LAYERS, TOKENS, WIDTH)).astype(np.float32)
    states[1:] += 0.5 * states[0]
    return states, rng.integers(0, 700, TOKENS).astype(np.int32)


def sums(states: Any, positions: Any, cuts: list[int]) -> FitSums:
    found = FitSums(LAYERS, WIDTH, states[:, :8].mean(axis=1))
    for first, last in zip([0, *cuts], [*cuts, TOKENS], strict=True):
        found.add(iter(states[:, first:last]), positions[first:last])
    return found


@pytest.mark.parametrize("few", [1000, 7])
def test_sums_are_those_of_each_token(tokens: Any, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(linear_map, "FEW_POSITIONS", few)
    states, positions = tokens
    found = sums(states, positions, [640, 800])
    shifted = states.astype(np.float64) - states[:, :8].mean(axis=1)[:, None]
    by_position = np.zeros((LAYERS, positions.max() + 1, WIDTH))
    for row, position in enumerate(positions):
        by_position[:, position] += shifted[:, row]
    np.testing.assert_allclose(found.by_position, by_position, atol=1e-5)
    assert found.counts.tolist() == np.bincount(positions).tolist()
    for layer in (1, 2):
        gram, cross = found.products[layer]
        np.testing.assert_allclose(gram, shifted[layer].T @ shifted[layer], rtol=1e-5, atol=1e-3)
        np.testing.assert_allclose(cross, shifted[layer].T @ shifted[0], rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(found.reference_squares, (shifted[0] ** 2).sum(axis=0), rtol=1e-5)


def test_maps_fitted_for_the_last_time_are_the_same_and_leave_nothing(tokens: Any) -> None:
    states, positions = tokens
    first, second = sums(states, positions, [500]), sums(states[:, ::-1], positions[::-1] // 2, [300])
    first.align(second)
    kept = [(first.merged(second, layer).fit(), first.single(layer).fit()) for layer in range(LAYERS)]
    again = [(first.merged(second, layer).fit(), first.single(layer).fit()) for layer in range(LAYERS)]
    last = [(first.merged(second, layer, True).fit(), first.single(layer, True).fit()) for layer in range(LAYERS)]
    assert not first.products
    assert not second.products
    for one, other, final in zip(kept, again, last, strict=True):
        for a, b, c in zip(one, other, final, strict=True):
            assert a.penalty == b.penalty == c.penalty
            np.testing.assert_array_equal(a.centring.by_position, c.centring.by_position)
            assert (a.weights is None) == (c.weights is None)
            if a.weights is not None and b.weights is not None and c.weights is not None:
                np.testing.assert_array_equal(a.weights, b.weights)
                np.testing.assert_array_equal(a.weights, c.weights)


def test_a_hidden_state_that_was_let_go_is_summed_no_further(tokens: Any) -> None:
    states, positions = tokens
    whole, part = sums(states, positions, [400]), FitSums(LAYERS, WIDTH, states[:, :8].mean(axis=1))
    part.add(states[:, :400], positions[:400])
    part.let_go(1)
    part.add(states[:, 400:], positions[400:])
    assert list(part.products) == [2]
    np.testing.assert_array_equal(part.products[2][0], whole.products[2][0])
    np.testing.assert_array_equal(part.by_position, whole.by_position)

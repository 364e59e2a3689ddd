from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import edgeinterp as ei
from tests import reference


@given(st.lists(st.integers(0, 2**31 - 1), max_size=20), st.integers(-(2**63), 2**63 - 1))
@settings(max_examples=60, deadline=None)
def test_key_and_half_equal_the_reference(ids: Any, seed: Any) -> None:
    key = reference.content_key(ids, seed)
    assert ei.content_key(ids, seed) == key
    assert ei.half(np.array(ids, dtype=np.int32), seed) == key % 2


def test_halves_are_even_and_depend_on_the_seed() -> None:
    rng = np.random.default_rng(0)
    texts = rng.integers(0, 1000, (2000, 10))
    one = np.array([ei.half(text, 0) for text in texts])
    other = np.array([ei.half(text, 1) for text in texts])
    # 2,000 fair coins: .5 within four deviations of .011
    assert abs(one.mean() - 0.5) < 0.045
    assert abs(np.mean(one == other) - 0.5) < 0.045


@given(st.lists(st.integers(0, 6), min_size=1, max_size=12), st.integers(0, 100), st.data())
@settings(max_examples=100, deadline=None)
def test_swap_positions_are_allowed(ids: Any, seed: Any, data: Any) -> None:
    special = np.array(data.draw(st.lists(st.booleans(), min_size=len(ids), max_size=len(ids))))
    free = [i for i in range(len(ids)) if not special[i]]
    possible = [(i, j) for i in free for j in free if j - i >= 2 and ids[i] != ids[j]]
    places = ei.swap_positions(ids, special, seed)
    assert (places in possible) if possible else (places is None)


def test_swap_positions_spread_over_all_pairs() -> None:
    seen = {ei.swap_positions(list(range(5)), [False] * 5, seed) for seed in range(300)}
    assert seen == {(0, 2), (0, 3), (0, 4), (1, 3), (1, 4), (2, 4)}

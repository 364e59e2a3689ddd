from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeinterp_kernels import influence as kernels
from edgeinterp_kernels.attention import SUMMARIES, head_summaries, rollout
from tests import reference_influence as reference

seeds = st.integers(0, 2**32 - 1)


def softmax_maps(rng: Any, layers: int, heads: int, size: int, causal: bool = False) -> Any:
    maps = rng.exponential(size=(layers, heads, size, size)) ** 2
    if causal:
        maps = maps * np.tri(size)
    return (maps / maps.sum(axis=-1, keepdims=True)).astype(np.float32)


@given(seeds, st.integers(1, 9), st.integers(1, 6), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_cosine_change_equals_the_reference(seed: Any, size: Any, copies: Any, draws: Any) -> None:
    rng = np.random.default_rng(seed)
    original = rng.normal(size=(size, 7)).astype(np.float32)
    changed = rng.normal(size=(draws, copies, size, 7)).astype(np.float32)
    original[rng.random(size) < 0.2] = 0.0
    changed[rng.random((draws, copies, size)) < 0.2] = 0.0
    out = np.zeros((size, copies))
    for draw in range(draws):
        kernels.cosine_change(original, changed[draw], out, 1.0 / draws)
    np.testing.assert_allclose(out, reference.influence_matrix(original, changed), atol=1e-12)


def test_small_changes_are_not_rounded_away() -> None:
    original = np.ones((1, 4), dtype=np.float32)
    turned = original + np.float32(2**-20) * np.array([[1, -1, 1, -1]], dtype=np.float32)
    # the angle is 2**-20 to first order
    assert kernels.cosine_change(original, turned[None])[0, 0] == pytest.approx(0.5 * 2.0**-40, rel=1e-5)


@given(seeds, st.integers(1, 8), st.integers(1, 10), st.booleans())
@settings(max_examples=60, deadline=None)
def test_products_of_ranks_are_spearman(seed: Any, size: Any, columns: Any, ties: Any) -> None:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 3, (2, size, columns)).astype(float) if ties else rng.normal(size=(2, size, columns))
    allowed = rng.random((size, columns)) < 0.7
    first, second = kernels.standardised_ranks(np.stack([x, y]), allowed)
    for i in range(size):
        at = np.flatnonzero(allowed[i])
        want = reference.spearman(x[i, at].tolist(), y[i, at].tolist())
        assert first[i] @ second[i] == pytest.approx(0.0 if want is None else want, abs=1e-12)
        assert not first[i, ~allowed[i]].any()


def test_constant_rows_have_no_ranks() -> None:
    ranks = kernels.standardised_ranks(np.full((1, 2, 5), 0.3), np.ones((2, 5), dtype=bool))
    assert not ranks.any()


@given(seeds, st.integers(1, 4), st.integers(1, 3), st.integers(1, 7))
@settings(max_examples=30, deadline=None)
def test_rollout_equals_the_reference(seed: Any, layers: Any, heads: Any, size: Any) -> None:
    maps = softmax_maps(np.random.default_rng(seed), layers, heads, size)
    found = rollout(maps)
    np.testing.assert_allclose(found, reference.rollout(maps), atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=-1), 1.0, atol=1e-6)
    np.testing.assert_allclose(rollout(maps.mean(axis=1)), found, atol=1e-6)


def test_rollout_keeps_what_a_causal_model_cannot_see_at_0() -> None:
    maps = softmax_maps(np.random.default_rng(0), 3, 2, 6, causal=True)
    assert not np.triu(rollout(maps)[2], 1).any()


@given(seeds, st.integers(1, 8), st.booleans())
@settings(max_examples=40, deadline=None)
def test_summaries_equal_the_reference(seed: Any, size: Any, causal: Any) -> None:
    rng = np.random.default_rng(seed)
    maps = softmax_maps(rng, 2, 3, size, causal)
    special = rng.random(size) < 0.3
    found = head_summaries(maps, special, causal)
    for layer in range(2):
        for head in range(3):
            want = reference.summaries(maps[layer, head], special.tolist(), causal)
            np.testing.assert_allclose(found[layer, head], [want[name] for name in SUMMARIES], atol=1e-6)


def test_summaries_name_the_plain_heads() -> None:
    size = 6
    special = np.array([True, False, False, False, False, True])
    heads = [np.full((size, size), 1 / size), np.eye(size), np.eye(size, k=-1), np.eye(size, k=1)]
    to_last = np.zeros((size, size))
    to_last[:, -1] = 1.0
    found = head_summaries(np.stack([*heads, to_last])[None], special)[0]
    assert found[0].tolist() == pytest.approx([1.0, 1 / 6, 1 / 6, 1 / 6, 2 / 6])
    assert found[1].tolist() == [0.0, 1.0, 0.0, 0.0, 0.0]
    # the first word's previous token, and the last word's next one, are special
    assert found[2].tolist() == [0.0, 0.0, 1.0, 0.0, 0.25]
    assert found[3].tolist() == [0.0, 0.0, 0.0, 1.0, 0.25]
    assert found[4].tolist() == [0.0, 0.0, 0.0, 0.25, 1.0]


def test_each_kernel_compiles_once() -> None:
    rng = np.random.default_rng(0)
    for kind in (np.float32, np.float64):
        states: Any = rng.normal(size=(3, 4, 5)).astype(kind)
        kernels.cosine_change(states[0], states)
        kernels.cosine_change(states[0], states[::2])
        kernels.standardised_ranks(states, np.ones((4, 5), dtype=bool))
    for compiled in (kernels._cosine_change, kernels._standardised_ranks):
        assert len(list(compiled.signatures())) == int(not numba.config.DISABLE_JIT)

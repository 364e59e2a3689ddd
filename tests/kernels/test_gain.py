from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeinterp_kernels import gain as kernels
from tests import reference_gain as reference

seeds = st.integers(0, 2**32 - 1)


def without_means(values: Any) -> Any:
    return values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()


@given(seeds, st.integers(3, 9), st.integers(3, 7))
@settings(max_examples=40, deadline=None)
def test_of_a_whole_matrix_the_first_singular_component_is_taken_out(seed: Any, rows: Any, columns: Any) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, columns)) + 3 * np.outer(rng.normal(size=rows), rng.normal(size=columns))
    found = kernels.without_component(values[None], np.ones(values.shape, dtype=bool), rounds=3000)[0]
    left, sizes, right = np.linalg.svd(without_means(values))
    if sizes[1] < 0.97 * sizes[0]:
        np.testing.assert_allclose(
            found, without_means(values) - sizes[0] * np.outer(left[:, 0], right[0]), atol=1e-6 * sizes[0]
        )


@given(seeds, st.integers(4, 9), st.integers(4, 9), st.booleans())
@settings(max_examples=40, deadline=None)
def test_component_equals_the_reference_where_cells_are_missing(
    seed: Any, rows: Any, columns: Any, triangle: Any
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, columns))
    allowed = np.tri(rows, columns, 2, dtype=bool) if triangle else rng.random((rows, columns)) < 0.8
    allowed[:, :2] = True
    offsets = rng.normal(size=(rows, columns))
    for given_offsets in (None, offsets):
        found = kernels.without_component(values[None], allowed, given_offsets)[0]
        np.testing.assert_allclose(found, reference.without_component(values, allowed, given_offsets), atol=1e-6)
        assert not found[~allowed].any()


def test_rows_and_columns_that_feel_offsets_differently_are_taken_out_whole() -> None:
    rng = np.random.default_rng(0)
    offsets = rng.normal(size=(14, 8))
    values = (rng.normal(size=(14, 1)) + rng.normal(size=8)) * offsets + rng.normal(size=(14, 1)) + rng.normal(size=8)
    allowed = np.subtract.outer(np.arange(14), np.arange(8)) != 2
    found = kernels.without_component(values[None], allowed, offsets, rounds=2000)
    assert np.abs(found).max() < 1e-3
    # rows of fewer cells have no factor of their own, nor have columns
    few = np.full((14, 8), False)
    few[:6, :6] = True
    found = kernels.without_component(values[None], few, offsets)
    np.testing.assert_array_equal(found, kernels.without_component(values[None], few))


def test_rows_and_columns_that_feel_one_property_differently_are_taken_out_whole() -> None:
    rng = np.random.default_rng(0)
    product = np.outer(rng.normal(size=12), rng.normal(size=8)) + rng.normal(size=(12, 1)) + rng.normal(size=8)
    for allowed in (np.tri(12, 8, 3, dtype=bool), np.subtract.outer(np.arange(12), np.arange(8)) != 2):
        found = kernels.without_component(product[None], allowed, rounds=2000)
        assert np.abs(found).max() < 1e-3


def gain_of(pairs: Any, own: Any, a: float, b: float) -> float:
    both = (a * own[:, 1] + b * pairs[:, 2]) / np.sqrt(a * a * own[:, 0] + b * b + 2 * a * b * pairs[:, 0])
    return float(np.mean(both - own[:, 1] / np.sqrt(own[:, 0])))


@given(seeds, st.integers(2, 4), st.integers(1, 5))
@settings(max_examples=30, deadline=None)
def test_gains_are_differences_of_correlations(seed: Any, texts: Any, rows: Any) -> None:
    rng = np.random.default_rng(seed)
    profile, reading, influence = rng.normal(size=(3, texts, rows, 6))
    reading /= np.linalg.norm(reading, axis=-1, keepdims=True)
    influence /= np.linalg.norm(influence, axis=-1, keepdims=True)
    pairs = np.stack([
        np.einsum("src,trc->str", reading, profile), np.ones((texts, texts, rows)),
        np.einsum("src,trc->str", reading, influence),
    ], axis=-1)  # fmt: skip
    own = np.stack([(profile**2).sum(axis=-1), (profile * influence).sum(axis=-1)], axis=-1)
    order = np.stack([np.arange(texts), rng.permutation(texts), np.arange(texts)])
    weights = np.array([[0.3, 0.7], [0.5, 0.2], [1.0, 0.0]])
    found = kernels.exchanged_gains(pairs, own, np.full(texts, float(rows)), order, weights)
    for draw in (0, 1):
        want = [gain_of(pairs[s, t], own[t], *weights[draw]) for s, t in enumerate(order[draw])]
        np.testing.assert_allclose(found[draw], want, atol=1e-12)
    # no weight, no gain
    assert not found[2].any()


def test_nothing_to_take_out_of() -> None:
    assert kernels.without_component(np.zeros((2, 0, 4)), np.ones((0, 4), dtype=bool)).shape == (2, 0, 4)
    assert not kernels.without_component(np.zeros((1, 3, 4)), np.ones((3, 4), dtype=bool)).any()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_each_kernel_compiles_once(kind: Any) -> None:
    values: Any = np.random.default_rng(0).normal(size=(4, 6, 5)).astype(kind)
    kernels.without_component(values[::2], np.ones((6, 5), dtype=bool), values[0])
    kernels.exchanged_gains(
        np.ones((2, 2, 3, 3), dtype=kind), np.ones((2, 3, 2), dtype=kind), np.ones(2, dtype=kind),
        np.zeros((1, 2), dtype=np.int32), np.ones((1, 2), dtype=kind),
    )  # fmt: skip
    for compiled in (kernels._without_component, kernels._exchanged_gains):
        assert len(list(compiled.signatures())) == int(not numba.config.DISABLE_JIT)

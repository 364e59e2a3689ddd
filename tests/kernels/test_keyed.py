from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeinterp_kernels import keyed
from tests import reference

KEYS = np.array([3, 2**63 + 11, 2**64 - 1, 12345678901234567], dtype=np.uint64)


def counts_by_hand(keys: Any, lengths: Any, ids: Any, retrieved: Any, draws: Any, purpose: Any) -> Any:
    counts = np.zeros((draws, retrieved.shape[1]), dtype=np.int64)
    for draw in range(draws):
        first = 0
        for key, size in zip(keys.tolist(), lengths.tolist(), strict=True):
            dealt = reference.keyed_permutation(size, key, draw, purpose)
            for i in range(size):
                counts[draw] += retrieved[first + i] == ids[first + dealt[i]]
            first += size
    return counts


@pytest.fixture
def problem() -> Any:
    rng = np.random.default_rng(0)
    lengths = np.array([5, 1, 12, 8])
    ids = rng.integers(0, 4, lengths.sum()).astype(np.int32)
    return lengths, ids, rng.integers(0, 4, (ids.size, 6)).astype(np.int32)


@pytest.mark.parametrize("purpose", [1, 7])
def test_counts_equal_the_reference(problem: Any, purpose: Any) -> None:
    lengths, ids, retrieved = problem
    got = keyed.permutation_counts(KEYS, lengths, ids, retrieved, 20, purpose)
    np.testing.assert_array_equal(got, counts_by_hand(KEYS, lengths, ids, retrieved, 20, purpose))


@pytest.mark.parametrize("threads", [2, 3, 50])
def test_counts_do_not_depend_on_threads(problem: Any, threads: Any) -> None:
    lengths, ids, retrieved = problem
    one = keyed.permutation_counts(KEYS, lengths, ids, retrieved, 31)
    np.testing.assert_array_equal(one, keyed.permutation_counts(KEYS, lengths, ids, retrieved, 31, threads=threads))


def test_counts_do_not_depend_on_the_order_of_texts(problem: Any) -> None:
    lengths, ids, retrieved = problem
    starts = np.concatenate([[0], np.cumsum(lengths)])
    order = [2, 0, 3, 1]
    rows = np.concatenate([np.arange(starts[i], starts[i + 1]) for i in order])
    moved = keyed.permutation_counts(KEYS[order], lengths[order], ids[rows], retrieved[rows], 25)
    np.testing.assert_array_equal(moved, keyed.permutation_counts(KEYS, lengths, ids, retrieved, 25))


def test_every_place_is_reached_equally_often() -> None:
    # one token of 6 is marked: over draws and keys it must land on each place with probability 1/6
    keys = np.arange(1, 301, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    ids = np.tile(np.array([1, 0, 0, 0, 0, 0], dtype=np.int32), 300)
    at_place = np.tile(np.where(np.eye(6, dtype=bool), 1, -1).astype(np.int32), (300, 1))
    counts = keyed.permutation_counts(keys, np.full(300, 6), ids, at_place, 100).sum(axis=0)
    expected = 300 * 100 / 6
    # chi-squared with 5 degrees of freedom stays below 20.5 with probability .999
    assert np.sum((counts - expected) ** 2 / expected) < 20.5


def test_poisson_weights_equal_the_reference() -> None:
    got = keyed.poisson_weights(KEYS, 50, first_draw=3)
    want = [[reference.keyed_poisson(key, draw) for key in KEYS.tolist()] for draw in range(3, 53)]
    np.testing.assert_array_equal(got, want)


def test_poisson_weights_have_mean_and_variance_one() -> None:
    keys = np.arange(500, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(5)
    weights = keyed.poisson_weights(keys, 400)
    # 200,000 draws: the mean's deviation is 1/447, the variance's about sqrt(3)/447
    assert abs(weights.mean() - 1.0) < 4 / 447
    assert abs(weights.var() - 1.0) < 4 * np.sqrt(3) / 447
    between = np.corrcoef(weights[:, :20].T)
    assert np.abs(between - np.eye(20)).max() < 0.25


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**20), st.integers(1, 40))
@settings(max_examples=50, deadline=None)
def test_reference_permutations_are_permutations(key: Any, draw: Any, size: Any) -> None:
    assert sorted(reference.keyed_permutation(size, key, draw)) == list(range(size))


def test_kernels_compile_once() -> None:
    ids: Any = np.array([1, 2, 3], dtype=np.int64)
    for kind in (np.int32, np.int64):
        keyed.permutation_counts(KEYS[:1], np.array([3]), ids.astype(kind), ids.astype(kind)[:, None], 3)
    assert len(list(keyed._permutation_counts.signatures())) == int(not numba.config.DISABLE_JIT)

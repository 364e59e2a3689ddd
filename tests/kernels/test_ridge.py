"""Ridge kernels against the same sums in NumPy, one compilation for each type."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp

from edgeinterp_kernels import ridge as kernels
from tests import reference

Array = np.ndarray[Any, Any]
STARTS = np.array([0, 70, 70, 71, 150])


def arrays(dtype: Any, n: int = 150, columns: int = 6) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, columns)).astype(dtype), (rng.normal(size=(n, columns)) + 1).astype(dtype)


def permutations(n: int, count: int) -> Array:
    rng = np.random.default_rng(1)
    return np.array([rng.permutation(n) for _ in range(count)])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pearson_moments(dtype: Any) -> None:
    P, Y = arrays(dtype)
    out = np.empty((3, 6))
    kernels.pearson_moments(P, Y, out)
    p, y = P.astype(float), Y.astype(float)
    np.testing.assert_allclose(out, [(p * y).sum(0), p.sum(0), (p * p).sum(0)], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fold_moments(dtype: Any) -> None:
    P, Y = arrays(dtype)
    Y[:70, 2] = 0.1
    out = np.empty((4, 6, 6))
    kernels.fold_moments(P, Y, STARTS, out)
    for k, (first, last) in enumerate(itertools.pairwise(STARTS)):
        p, y = P[first:last].astype(float), Y[first:last].astype(float)
        if first == last:
            np.testing.assert_array_equal(out[k], 0)
            continue
        moved = y - y[0]
        expected = [(p * y).sum(0), p.sum(0), (p * p).sum(0), moved.sum(0), (moved**2).sum(0), y[0]]
        np.testing.assert_allclose(out[k], expected, rtol=1e-5, atol=1e-4)
    assert out[0, 4, 2] == 0  # constant: exactly


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gather_pairs(dtype: Any) -> None:
    S = arrays(dtype, 40, 40)[0]
    S = S + S.T
    rows = permutations(40, 3).astype(np.uint32)
    lower = np.tril_indices(40)
    strip = (lower[0] >= 5) & (lower[0] < 20)
    out = np.empty((3, int(strip.sum())), dtype)
    kernels.gather_pairs(S, rows, 5, 20, out)
    for b in range(3):
        np.testing.assert_array_equal(out[b], S[np.ix_(rows[b], rows[b])][lower][strip])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_moments_equal_dense_ones(dtype: Any) -> None:
    rng = np.random.default_rng(2)
    n, T = 40, 9
    C = rng.normal(size=(n, n))
    dense = np.where(rng.random((n, T)) < 0.2, rng.integers(1, 9, (n, T)), 0).astype(dtype)
    dense[:, 3] = 0
    Y = sp.csc_array(dense)
    targets = (Y.indptr.astype(np.int64), Y.indices.astype(np.uint32), Y.data)
    rows = permutations(n, 3)
    places = np.argsort(rows, axis=1).astype(np.uint32)
    table = np.stack([(C + C.T) / 2, C.T @ C], axis=2).astype(dtype)
    looked, mean = np.empty((3, T)), dense.mean(axis=0, dtype=float)
    y_moments = np.array([mean, np.square(dense - mean).sum(axis=0), np.zeros(T), np.zeros(T)])
    kernels.lookup_pearson((table, C.sum(axis=0).astype(dtype)), places, targets, y_moments, looked)
    starts = np.array([0, 10, 10, 40])
    for b in range(3):
        y = dense[rows[b]].astype(float)
        p = C @ y
        for t in range(T):
            assert looked[b, t] == pytest.approx(0 if t == 3 else np.corrcoef(p[:, t], y[:, t])[0, 1], abs=1e-5)
        summed, expected = np.empty((3, 6, T)), np.empty((3, 6, T))
        kernels.sparse_fold_moments(np.ascontiguousarray(C.T).astype(dtype), places[b], targets, starts, summed)
        kernels.fold_moments(p, y, starts, expected)
        np.testing.assert_allclose(summed, expected, rtol=1e-4, atol=1e-3)


def test_trace_follows_cycles() -> None:
    observed = np.arange(12) % 3 != 0
    rows = permutations(12, 20)
    out = np.tile(np.arange(12), (20, 1))
    kernels.trace_permutations(rows, observed, out)
    for b in range(20):
        np.testing.assert_array_equal(out[b], reference.first_return(rows[b], observed))
        assert set(out[b, observed]) == set(np.flatnonzero(observed))


def test_traces_are_uniform() -> None:
    rng = np.random.default_rng(0)
    rows = np.array([rng.permutation(6) for _ in range(12_000)])
    observed = np.array([True, False, True, True, False, False])
    out = np.zeros_like(rows)
    kernels.trace_permutations(rows, observed, out)
    _, counts = np.unique(out[:, observed], axis=0, return_counts=True)
    assert len(counts) == 6
    assert ((counts - 2000) ** 2 / 2000).sum() < 15.1  # chi-squared, 5 degrees of freedom, .99

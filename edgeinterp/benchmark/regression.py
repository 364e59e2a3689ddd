"""Permutation scores per second of cross-validated ridge, on generated data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..regression.ridge import permutation_ridge
from ..statistics.draws import Draws, seed_of
from .timing import Job, Spec
from .workload import Workload

__all__ = ["permutation_jobs"]

Array = np.ndarray[Any, Any]


def permutation_jobs(workload: Workload, threads: int) -> Iterator[Job]:
    """Yield permutations per second, where each scores every target.

    The time of a fit without permutations is subtracted in every repetition.
    """
    X, dense, sparse = _generated(workload)
    jobs: tuple[tuple[str, Any, Any, int], ...] = (
        ("permutations.dense.one_penalty", dense, "spectrum", workload.dense_permutations),
        ("permutations.dense.grid", dense, "grid", workload.dense_permutations),
        ("permutations.sparse", sparse, "spectrum", workload.sparse_permutations),
    )
    labels = np.arange(len(X)) * workload.folds // len(X)
    draws = Draws.build(seed_of(workload.seed), len(X), "rows", None)
    for name, Y, alphas, count in jobs:
        fit = partial(permutation_ridge, X, Y, labels, draws, alphas=alphas, n_jobs=threads)
        yield Job((Spec(name, "permutations/s"),), partial(_speed, fit, count))


def _speed(fit: Callable[..., object], count: int) -> list[float]:
    seconds = []
    for permutations in (count, 0):
        start = time.perf_counter()
        fit(n_permutations=permutations)
        seconds.append(time.perf_counter() - start)
    # a difference lost in noise is no figure: 0 is not counted
    return [count / (seconds[0] - seconds[1]) if seconds[0] > seconds[1] else 0.0]


def _generated(workload: Workload) -> tuple[Array, Array, Any]:
    """Generate rows (n, d), dense targets that the rows partly predict, and sparse counts like production norms."""
    import scipy.sparse

    rng = np.random.default_rng(workload.seed)
    n, d = workload.rows, workload.columns
    X = rng.standard_normal((n, d), dtype=np.float32)
    weights = rng.standard_normal((d, workload.dense_targets), dtype=np.float32)
    dense = X @ weights * np.float32(0.05) + rng.standard_normal((n, workload.dense_targets), dtype=np.float32)
    cells = n * workload.sparse_targets
    filled = np.sort(rng.choice(cells, max(1, round(workload.density * cells)), replace=False))
    counts = rng.integers(5, 30, len(filled)).astype(np.float32)
    places = np.divmod(filled, workload.sparse_targets)
    sparse = scipy.sparse.csc_matrix((counts, places), shape=(n, workload.sparse_targets))
    return X, dense, sparse

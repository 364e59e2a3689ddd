"""Permutation scores per second of cross-validated ridge, on generated data."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..regression.draws import Draws, seed_of
from ..regression.ridge import permutation_ridge
from .result import Figure
from .timing import figure, repeated
from .workload import Workload

__all__ = ["permutation_figures"]

Array = np.ndarray[Any, Any]


def permutation_figures(workload: Workload, threads: int, progress: Callable[[], None]) -> Iterator[Figure]:
    """Yield permutations per second, each of which scores every target.

    The time of a fit without permutations is taken off, in every repetition.
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
        seconds: list[float] = []

        def fit(permutations: int, Y: Any = Y, alphas: Any = alphas) -> float:
            start = time.perf_counter()
            permutation_ridge(X, Y, labels, draws, alphas=alphas, n_permutations=permutations, n_jobs=threads)
            return time.perf_counter() - start

        def step(count: int = count, seconds: list[float] = seconds, fit: Callable[[int], float] = fit) -> None:
            seconds.append(fit(count) - fit(0))

        repeated(step, workload, progress)
        yield figure(name, "permutations/s", [count / one for one in seconds[1:] if one > 0])


def _generated(workload: Workload) -> tuple[Array, Array, Any]:
    """Rows (n, d), dense targets that the rows predict in part, sparse counts as production norms have them."""
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

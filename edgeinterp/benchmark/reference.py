"""What the device gives anybody: float32 matrix products and copies in memory, by NumPy."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from .result import Figure
from .timing import figure, repeated
from .workload import Workload

__all__ = ["reference_figures"]

# a copy of a few MB is over too soon to be timed on its own
_COPIES = 4


def reference_figures(workload: Workload, threads: int, progress: Callable[[], None]) -> Iterator[Figure]:
    """Yield GFLOP/s of a square product with one and with ``threads`` BLAS threads, and GB/s of a copy.

    A product counts 2 n**3 operations; a copy counts what is read and what is written (10**9 bytes a GB).
    """
    from threadpoolctl import threadpool_limits

    n = workload.product
    a, b = np.random.default_rng(workload.seed).standard_normal((2, n, n), dtype=np.float32)
    out = np.empty_like(a)
    for name, limit in (("product.one_thread", 1), ("product.all_threads", threads)):
        with threadpool_limits(limit, user_api="blas"):
            seconds = _timed(lambda: np.matmul(a, b, out=out), workload, progress)
        yield figure(name, "GFLOP/s", [2e-9 * n**3 / one for one in seconds])
    source = np.ones(workload.copy_mb << 20, np.uint8)
    target = np.zeros_like(source)

    def copy() -> None:
        for _ in range(_COPIES):
            np.copyto(target, source)

    yield figure("copy", "GB/s", [2e-9 * _COPIES * source.nbytes / one for one in _timed(copy, workload, progress)])


def _timed(work: Callable[[], object], workload: Workload, progress: Callable[[], None]) -> list[float]:
    seconds: list[float] = []

    def step() -> None:
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)

    repeated(step, workload, progress)
    return seconds[1:]

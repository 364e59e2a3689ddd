"""Measure the device itself with NumPy: float32 matrix products and copies in memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from .timing import Job, Spec
from .workload import Workload

__all__ = ["reference_jobs"]

Array = np.ndarray[Any, Any]

# a copy of a few MB ends too soon to be timed on its own
_COPIES = 4


def reference_jobs(workload: Workload, threads: int) -> Iterator[Job]:
    """Yield GFLOP/s of a square product with one and with ``threads`` BLAS threads, and GB/s of a copy.

    A product counts 2 n**3 operations; a copy counts bytes read and bytes written (10**9 bytes per GB).
    """
    a, b = np.random.default_rng(workload.seed).standard_normal((2, workload.product, workload.product), np.float32)
    out = np.empty_like(a)
    for name, limit in (("product.one_thread", 1), ("product.all_threads", threads)):
        yield Job((Spec(name, "GFLOP/s"),), partial(_product, a, b, out, limit))
    source = np.ones(workload.copy_mb << 20, np.uint8)
    yield Job((Spec("copy", "GB/s"),), partial(_copy, source, np.zeros_like(source)))


def _product(a: Array, b: Array, out: Array, threads: int) -> list[float]:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(threads, user_api="blas"):
        start = time.perf_counter()
        np.matmul(a, b, out=out)
        return [2e-9 * len(a) ** 3 / (time.perf_counter() - start)]


def _copy(source: Array, target: Array) -> list[float]:
    start = time.perf_counter()
    for _ in range(_COPIES):
        np.copyto(target, source)
    return [2e-9 * _COPIES * source.nbytes / (time.perf_counter() - start)]

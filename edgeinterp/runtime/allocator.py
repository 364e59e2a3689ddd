"""Tune glibc malloc for the command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["give_back", "large_blocks_apart", "limit_heaps"]

# constants of glibc's malloc.h
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
# one heap for the main thread, one for all others; with a single heap the whole check took a tenth longer
HEAPS = 2
# smallest block that malloc maps separately; at a quarter of this the correspondence check took a tenth longer
APART_BYTES = 1 << 20
# the largest threshold that glibc itself chooses when such blocks come and go
MOST_BYTES = 32 << 20

# any of these in the environment takes precedence
_THRESHOLDS = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")

# glibc's functions, in a process whose allocator the command may tune
_set: Callable[[int, int], int] | None = None
_trim: Callable[[Any], int] | None = None


def limit_heaps() -> None:
    """Make all threads of this process share two heaps, where the C library is glibc.

    By default glibc gives threads up to eight heaps a core, and memory freed in one heap cannot serve another. Outputs
    that one thread allocates and another frees leave holes: a quarter of the memory of a whole check
    (docs/performance.md). Call this before any thread starts, and only from a program: a library leaves its host's
    allocator alone. ``MALLOC_ARENA_MAX`` in the environment takes precedence.
    """
    if not sys.platform.startswith("linux") or "MALLOC_ARENA_MAX" in os.environ:
        return
    import ctypes

    global _set, _trim
    # other C libraries lack these functions
    library = ctypes.CDLL(None)
    _set, _trim = getattr(library, "mallopt", None), getattr(library, "malloc_trim", None)
    if _set is not None:
        _set(M_ARENA_MAX, HEAPS)


def give_back() -> None:
    """Return freed memory that glibc keeps to the system, where ``limit_heaps`` was called.

    Call this before a step that needs much memory, or after much was freed: it takes some milliseconds.
    """
    if _trim is not None:
        import ctypes

        _trim(ctypes.c_size_t(0))


@contextmanager
def large_blocks_apart() -> Iterator[None]:
    """Inside the block, return blocks above a megabyte to the system when freed, where ``limit_heaps`` was called.

    Otherwise glibc keeps such blocks in a heap, where blocks still in use separate the free ones. Use this for work
    that computes long on its allocations: new memory costs time (ridge regressions took a fifth longer).
    """
    if _set is None or not os.environ.keys().isdisjoint(_THRESHOLDS):
        yield
        return
    _set(M_MMAP_THRESHOLD, APART_BYTES)
    try:
        yield
    finally:
        # glibc cannot be told to choose the threshold itself again
        _set(M_MMAP_THRESHOLD, MOST_BYTES)
        _set(M_TRIM_THRESHOLD, 2 * MOST_BYTES)

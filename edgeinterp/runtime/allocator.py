"""What a process of ours asks of the C library's allocator."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["give_back", "large_blocks_apart", "limit_heaps"]

# of glibc's malloc.h
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
# one for the main thread, one for all others: with one for all, the whole check took a tenth longer
HEAPS = 2
# what a large block is; at a quarter of it the check of correspondence took a tenth longer
APART_BYTES = 1 << 20
# what glibc itself goes up to where such blocks come and go
MOST_BYTES = 32 << 20

# where the environment says one of these, it comes first
_THRESHOLDS = ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")

# glibc's calls, in a process whose allocator is ours to command
_set: Callable[[int, int], int] | None = None
_trim: Callable[[Any], int] | None = None


def limit_heaps() -> None:
    """Have the threads of this process share two heaps, where the C library is glibc.

    glibc gives up to eight heaps a core to threads, and what is freed in one serves no other: outputs that one thread
    allocates and another lets go leave holes, a quarter of the memory of a whole check (docs/performance.md). To be
    called before there are threads, by programs: a library leaves its host's allocator alone. ``MALLOC_ARENA_MAX`` in
    the environment comes first.
    """
    if not sys.platform.startswith("linux") or "MALLOC_ARENA_MAX" in os.environ:
        return
    import ctypes

    global _set, _trim
    # other C libraries have no such calls
    library = ctypes.CDLL(None)
    _set, _trim = getattr(library, "mallopt", None), getattr(library, "malloc_trim", None)
    if _set is not None:
        _set(M_ARENA_MAX, HEAPS)


def give_back() -> None:
    """Give the system back what was freed and glibc keeps, where ``limit_heaps`` was called.

    To be called before a step that needs much memory, and where much was let go: it takes some milliseconds.
    """
    if _trim is not None:
        import ctypes

        _trim(ctypes.c_size_t(0))


@contextmanager
def large_blocks_apart() -> Iterator[None]:
    """Within, have what is larger than a megabyte given back as soon as it is freed, where ``limit_heaps`` was called.

    Otherwise glibc keeps such blocks in a heap, where those that stay lie between those that went. For work that
    computes long on what it allocates: new memory costs time (ridge regressions took a fifth longer).
    """
    if _set is None or not os.environ.keys().isdisjoint(_THRESHOLDS):
        yield
        return
    _set(M_MMAP_THRESHOLD, APART_BYTES)
    try:
        yield
    finally:
        # glibc has no way back to choosing for itself
        _set(M_MMAP_THRESHOLD, MOST_BYTES)
        _set(M_TRIM_THRESHOLD, 2 * MOST_BYTES)

"""What a process of ours asks of the C library's allocator."""

from __future__ import annotations

import os
import sys

__all__ = ["limit_heaps"]

# of glibc's malloc.h
M_ARENA_MAX = -8
# one for the main thread, one for all others: with one for all, the whole check took a tenth longer
HEAPS = 2


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

    # other C libraries have no such call
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, HEAPS)

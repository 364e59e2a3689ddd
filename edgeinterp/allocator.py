"""What a process of ours asks of the C library's allocator."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["give_back", "limit_heaps"]

# of glibc's malloc.h
M_ARENA_MAX = -8
# one for the main thread, one for all others: with one for all, the whole check took a tenth longer
HEAPS = 2

# glibc's malloc_trim, in a process whose allocator is ours to command
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

    global _trim
    # other C libraries have no such calls
    library = ctypes.CDLL(None)
    mallopt, _trim = getattr(library, "mallopt", None), getattr(library, "malloc_trim", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, HEAPS)


def give_back() -> None:
    """Give the system back what was freed and glibc keeps, where ``limit_heaps`` was called.

    To be called before a step that needs much memory, and where much was let go: it takes some milliseconds.
    """
    if _trim is not None:
        import ctypes

        _trim(ctypes.c_size_t(0))

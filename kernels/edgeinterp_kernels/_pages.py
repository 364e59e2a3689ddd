"""Memory that a loaded library holds and no longer needs."""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["release"]

_MADV_DONTNEED = 4


def release(library: str) -> None:
    """Give back the pages of a library's code and constants; they come from its file again where they are touched.

    Only what is mapped from the file, cannot be written and is as it is in the file; Linux only, elsewhere nothing is
    done. LLVM reads some 45 MB of itself to load one kernel, and next to nothing of it afterwards.
    """
    for start, size in _unchanged(library):
        _madvise()(ctypes.c_void_p(start), ctypes.c_size_t(size), _MADV_DONTNEED)


@functools.cache
def _madvise() -> Callable[..., int]:
    found: Callable[..., int] = ctypes.CDLL(None).madvise
    return found


@functools.cache
def _unchanged(library: str) -> list[tuple[int, int]]:
    """Where the library's parts lie that never change, as addresses and sizes in bytes."""
    if not sys.platform.startswith("linux"):
        return []
    found: list[tuple[int, int]] = []
    try:
        lines = Path("/proc/self/smaps").read_text(errors="replace").splitlines()
    except OSError:
        return []
    for line in lines:
        fields = line.split()
        if not fields[0].endswith(":"):
            start, stop = (int(end, 16) for end in fields[0].split("-"))
            ours = Path(fields[-1]).name == library and "w" not in fields[1]
        elif ours and fields[:2] == ["Anonymous:", "0"]:
            found.append((start, stop - start))
    return found

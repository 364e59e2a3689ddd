"""Memory that a loaded library holds and no longer needs."""

from __future__ import annotations

import ctypes
import functools
import struct
import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["release"]

_MADV_DONTNEED = 4
# of an ELF file's program headers: type of what is loaded, flag of what can be written
_PT_LOAD, _PF_W = 1, 2


def release(library: str) -> None:
    """Give back the pages of a library's code and constants; they come from its file again where they are touched.

    Linux only; elsewhere nothing is done. LLVM reads some 45 MB of itself to load one kernel, and next to nothing of
    it afterwards.
    """
    for start, size in _constant(library):
        _madvise()(ctypes.c_void_p(start), ctypes.c_size_t(size), _MADV_DONTNEED)


@functools.cache
def _madvise() -> Callable[..., int]:
    found: Callable[..., int] = ctypes.CDLL(None).madvise
    return found


@functools.cache
def _constant(library: str) -> list[tuple[int, int]]:
    """Where the library's parts lie that are as they are in its file, as addresses and sizes in bytes.

    Those are of segments that its file says are never written to. What cannot be written *now* is not enough: the
    loader changes some pages first (relocations) and protects them afterwards.
    """
    if not sys.platform.startswith("linux"):
        return []
    found: list[tuple[int, int]] = []
    try:
        for line in Path("/proc/self/maps").read_text(errors="replace").splitlines():
            # addresses, permissions, offset in the file, device, inode, file
            fields = line.split(maxsplit=5)
            if len(fields) == 6 and Path(fields[5]).name == library and "w" not in fields[1]:
                start, stop = (int(end, 16) for end in fields[0].split("-"))
                offset = int(fields[2], 16)
                if not any(first <= offset < last for first, last in _written(Path(fields[5]))):
                    found.append((start, stop - start))
    except (OSError, ValueError, struct.error):
        return []
    return found


def _written(path: Path) -> list[tuple[int, int]]:
    """Return the parts of a 64-bit ELF file, from and to which byte, that are written to once they are loaded."""
    with path.open("rb") as file:
        head = file.read(64)
        if head[:5] != b"\x7fELF\x02":
            raise ValueError(f"{path}: no 64-bit ELF file")
        (table,), (size, count) = struct.unpack_from("=Q", head, 32), struct.unpack_from("=HH", head, 54)
        file.seek(table)
        headers = [struct.unpack_from("=IIQQQQ", file.read(size)) for _ in range(count)]
    # loaded by whole pages, of at most 64 kB
    return [
        (offset & -65536, offset + length)
        for kind, flags, offset, _, _, length in headers
        if kind == _PT_LOAD and flags & _PF_W
    ]

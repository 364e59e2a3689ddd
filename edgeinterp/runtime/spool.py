"""Rows of numbers that a run keeps: in memory while they are few, else in an unnamed temporary file."""

from __future__ import annotations

import errno
import io
import os
import tempfile
import threading
import weakref
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..errors import InputError

__all__ = ["HELD_BYTES", "Spool"]

Array = NDArray[Any]

# most bytes that one spool holds in memory
HELD_BYTES = 2 << 20
# rows read at a time
BLOCK_BYTES = 1 << 18
# largest gap that is read along, instead of reading twice
GAP_BYTES = 1 << 14


class Spool:
    """Rows of one shape, zero at first, read and written by number from any thread.

    Above ``HELD_BYTES`` rows go to a temporary file (in ``TMPDIR``), with plain reads and writes: pages of a mapped
    file would count as memory of the process. Where the system allows, the file has no name, so a killed process leaves
    nothing behind.

    Parameters
    ----------
    rows : int
    shape : tuple of int
        Shape of a row.
    dtype : dtype

    Raises
    ------
    InputError
        Where the temporary folder cannot be written or is full.

    Examples
    --------
    >>> spool = Spool(3, (2,), np.float32)
    >>> spool.put(1, [1.0, 2.0])
    >>> spool.rows([1, 0]).tolist()
    [[1.0, 2.0], [0.0, 0.0]]
    """

    def __init__(self, rows: int, shape: tuple[int, ...], dtype: DTypeLike = np.float32) -> None:
        self.shape, self.dtype = (rows, *shape), np.dtype(dtype)
        self._row_bytes = int(np.prod(shape)) * self.dtype.itemsize
        self._bytes = rows * self._row_bytes
        self._held: Array | None = None
        self._lock = threading.Lock()
        if self._bytes <= HELD_BYTES:
            self._held = np.zeros(self.shape, self.dtype)
        else:
            self._file = self._opened()
            weakref.finalize(self, self._file.close)

    def __len__(self) -> int:
        return self.shape[0]

    def _opened(self) -> io.FileIO:
        try:
            file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - open for the lifetime of the spool
        except OSError as error:
            raise self._no_room(error) from None
        try:
            # detect a full disk before hours of passes, not after
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, self._bytes)
            else:
                file.truncate(self._bytes)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.EOPNOTSUPP):
                # the file system cannot reserve space
                file.truncate(self._bytes)
            else:
                file.close()
                raise self._no_room(error) from None
        return file

    def _no_room(self, error: OSError) -> InputError:
        try:
            where = tempfile.gettempdir()
        except OSError:
            where = "no temporary folder"
        return InputError(
            f"{where}: cannot be written ({error.strerror}), and {self._bytes / 1e6:.0f} MB are to be kept there while "
            "the run lasts; free space, or set TMPDIR to another folder"
        )

    def put(self, first: int, row: Any) -> None:
        """Write a row."""
        self.put_rows(first, np.asarray(row, self.dtype)[None])

    def put_rows(self, first: int, rows: Array) -> None:
        """Write rows from number ``first`` on.

        Raises
        ------
        InputError
            Where the disk is full.
        """
        if self._held is not None:
            self._held[first : first + len(rows)] = rows
            return
        data = np.ascontiguousarray(rows, self.dtype)
        with self._lock:
            try:
                self._file.seek(first * self._row_bytes)
                rest = data.data.cast("B")
                while rest:
                    rest = rest[self._file.write(rest) :]
            except OSError as error:
                raise self._no_room(error) from None

    def add(self, number: int, row: Any) -> None:
        """Add to a row; only one thread at a time may add to the same row."""
        self.put_rows(number, self.rows([number]) + np.asarray(row, self.dtype))

    def rows(self, numbers: Any) -> Array:
        """Return copies of rows by number."""
        wanted = np.asarray(numbers, dtype=np.int64)
        if self._held is not None:
            return self._held[wanted]
        out = np.empty((len(wanted), *self.shape[1:]), self.dtype)
        order = np.argsort(wanted, kind="stable")
        ordered = wanted[order]
        # nearby rows are read in one go, and the gaps between them skipped
        apart = np.diff(ordered) * self._row_bytes > GAP_BYTES
        apart |= np.diff(ordered * self._row_bytes // BLOCK_BYTES) > 0
        edges = [0, *(np.flatnonzero(apart) + 1).tolist(), len(ordered)]
        for start, end in pairwise(edges) if len(ordered) else ():
            first = int(ordered[start])
            near = self._near(first, int(ordered[end - 1]) + 1)
            out[order[start:end]] = near[ordered[start:end] - first]
        return out

    def _near(self, first: int, last: int) -> Array:
        found = np.empty((last - first, *self.shape[1:]), self.dtype)
        rest = found.reshape(-1).data.cast("B")
        with self._lock:
            self._file.seek(first * self._row_bytes)
            while rest:
                rest = rest[self._read(rest) :]
        return found

    def _read(self, into: memoryview) -> int:
        count = self._file.readinto(into)
        if not count:
            raise InputError("a temporary file of this run has become shorter; run it again")
        return count

    def blocks(self) -> Iterator[tuple[int, Array]]:
        """Yield all rows in order, block by block, each with the number of its first."""
        step = max(1, BLOCK_BYTES // max(1, self._row_bytes))
        for first in range(0, len(self), step):
            yield first, self.rows(np.arange(first, min(first + step, len(self))))

    def arrays(self) -> Iterator[tuple[str, Array]]:
        """Yield the blocks, each named by the number of its first row, for ``filled``."""
        return ((str(first), rows) for first, rows in self.blocks())

    def filled(self, arrays: Iterable[tuple[str, Array]]) -> Spool:
        """Write the blocks that ``arrays`` gave, and return this spool.

        Raises
        ------
        ValueError
            Where they are of another spool.
        """
        for name, rows in arrays:
            first = int(name)
            if rows.shape[1:] != self.shape[1:] or rows.dtype != self.dtype or first + len(rows) > len(self):
                raise ValueError(f"{name}: rows of shape {rows.shape[1:]}, expected {self.shape[1:]}")
            self.put_rows(first, rows)
        return self

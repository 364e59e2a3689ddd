"""A disk that is full from one operation on: each way of writing that Python has, made to fail when its turn comes."""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

__all__ = ["FullDisk"]

FIRST_WRITES, FURTHER_WRITES = 8, 50


class FullDisk:
    """Count what is done to files below ``folder``, and refuse the operation ``at`` (from 1) for lack of space.

    Making, writing, flushing, closing, synchronising and renaming count; reading and removing do not, and never fail.
    A write that fails has written half. Of many writes to one file the first few and then every fiftieth count.
    ``forever``: what comes after fails as well.
    """

    def __init__(self, folder: Path, at: int, forever: bool) -> None:
        self.folder, self.at, self.forever = os.path.realpath(folder), at, forever
        self.done: list[str] = []
        self._open = io.open

    def refuses(self, what: str, path: Any) -> bool:
        """Count an operation, and tell whether it fails."""
        where = os.path.realpath(os.fsdecode(path))
        if not where.startswith(self.folder + os.sep):
            return False
        self.done.append(f"{what} {os.path.relpath(where, self.folder)}")
        return len(self.done) == self.at or (self.forever and len(self.done) > self.at)

    def step(self, what: str, path: Any) -> None:
        """Count an operation; OSError where it fails."""
        if self.refuses(what, path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @property
    def reached(self) -> bool:
        """Whether anything failed."""
        return len(self.done) >= self.at

    def put_in(self, patch: pytest.MonkeyPatch) -> None:
        """Stand between Python and the system."""
        for name in ("mkdir", "replace", "rename", "chmod"):
            patch.setattr(os, name, self._before(name, getattr(os, name), place=1 if name[0] == "r" else 0))
        patch.setattr(os, "open", self._opened(os.open))
        patch.setattr(os, "fsync", self._synchronised(os.fsync))
        patch.setattr(os, "fdopen", self._streamed(os.fdopen))
        for module in (builtins, io):
            patch.setattr(module, "open", self._streamed(self._open))

    def _before(self, what: str, function: Callable[..., Any], place: int) -> Callable[..., Any]:
        def called(*arguments: Any, **named: Any) -> Any:
            if not isinstance(arguments[place], int):
                self.step(what, arguments[place])
            return function(*arguments, **named)

        return called

    def _opened(self, function: Callable[..., int]) -> Callable[..., int]:
        def called(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
            if flags & (os.O_CREAT | getattr(os, "O_TMPFILE", 0) & ~os.O_DIRECTORY):
                self.step("make", path)
            return function(path, flags, *arguments, **named)

        return called

    def _synchronised(self, function: Callable[[int], None]) -> Callable[[int], None]:
        def called(descriptor: int) -> None:
            self.step("synchronise", os.readlink(f"/proc/self/fd/{descriptor}"))
            function(descriptor)

        return called

    def _streamed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            writes = set(mode) & set("wax+")
            if writes and not isinstance(file, int) and "opener" not in named:
                self.step("open", file)
            stream = function(file, mode, *arguments, **named)
            path = os.readlink(f"/proc/self/fd/{stream.fileno()}") if writes else ""
            return _Stream(stream, self, path) if path.startswith(self.folder) else stream

        return called


class _Stream:
    """A file that is written to."""

    def __init__(self, stream: Any, disk: FullDisk, path: str) -> None:
        self._stream, self._disk, self._path = stream, disk, path
        self._writes = 0

    def write(self, data: Any) -> int:
        self._writes += 1
        counts = self._writes <= FIRST_WRITES or self._writes % FURTHER_WRITES == 0
        if (counts or (self._disk.forever and self._disk.reached)) and self._disk.refuses("write", self._path):
            self._stream.write(data[: len(data) // 2])
            self._stream.flush()
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return int(self._stream.write(data))

    def flush(self) -> None:
        self._disk.step("flush", self._path)
        self._stream.flush()

    def close(self) -> None:
        if self._stream.closed:
            return
        self._stream.close()
        self._disk.step("close", self._path)

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

"""Files read within bounds, and what to say where that fails."""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import io
import os
import re
import shlex
import stat
import sys
import zlib
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from ..errors import InputError
from .counting import counted

__all__ = [
    "LARGEST",
    "MB",
    "POINTER",
    "TABLE",
    "TEMPLATES",
    "TEXT",
    "Bound",
    "Witness",
    "bounded_lines",
    "read_whole",
    "refuse_special",
    "resolved",
    "shell_word",
    "unreadable",
    "witnessed",
]

MB = 1 << 20
# how the text begins that stands in place of a file where Git LFS has not fetched it; a kilobyte at most
POINTER = b"version https://git-lfs.github.com/spec/"
_MOST_OF_A_POINTER = 1024
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
# for files read as one piece (JSON). The largest tokenizers and results are a quarter of it
LARGEST = 128 * MB


@dataclass(frozen=True)
class Bound:
    """Limits for a file of lines: bytes in all (unpacked), lines, and bytes of one line.

    A line takes up to a few hundred bytes of memory beyond its own: without a bound on lines, an endless stream of
    short ones would take twenty times the memory of its bytes.
    """

    size: int
    lines: int
    line: int


# a text has at most a million characters, of up to twelve bytes each as JSON writes them
TEXT = Bound(512 * MB, 10_000_000, 16 * MB)
# published norms and pairs are a few megabytes
TABLE = Bound(128 * MB, 4_000_000, 4 * MB)
# every word and pair is put into each of them
TEMPLATES = Bound(16 * MB, 100_000, MB)


class Witness:
    """Hash and line count of the file read while it watches: ``sha256`` of the bytes on disk, ``lines`` as unpacked."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.lines = 0

    def see(self, data: bytes) -> bytes:
        """Add bytes, and return them."""
        self._hash.update(data)
        return data

    def count(self, lines: int) -> None:
        """Set the number of lines."""
        self.lines = lines

    @property
    def sha256(self) -> str:
        """Return the hash of all bytes that were read."""
        return self._hash.hexdigest()


_WITNESS: ContextVar[Witness | None] = ContextVar("witness", default=None)


@contextlib.contextmanager
def witnessed() -> Iterator[Witness]:
    """Watch the one file that the block reads: standard input and pipes cannot be read again to be hashed."""
    witness = Witness()
    token = _WITNESS.set(witness)
    try:
        yield witness
    finally:
        _WITNESS.reset(token)


class _Watched:
    """A stream that shows a witness all bytes that are read."""

    def __init__(self, stream: IO[bytes], witness: Witness) -> None:
        self._stream, self._witness = stream, witness

    def read(self, size: int = -1) -> bytes:
        return self._witness.see(self._stream.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._witness.see(self._stream.readline(size))


def _watched(stream: IO[bytes]) -> Any:
    witness = _WITNESS.get()
    return stream if witness is None else _Watched(stream, witness)


def refuse_special(path: Path, name: str | Path, expected: str, *, pipes: bool = True, most: int | None = None) -> None:
    """Refuse a device or the like before it is opened: opening one may act on it, and reading one may never end.

    A pointer that Git LFS left in place of a file is refused as well. Standard input under another name
    (``/dev/stdin``) is always read, like ``-``. A missing or inaccessible file is left to the caller's open.

    Parameters
    ----------
    path : Path
    name : str or Path
        The user's name for it.
    expected : str
        Words after "expected".
    pipes : bool
        Whether a pipe is allowed, such as a shell's ``<(command)``; one without a writer is waited for.
    most : int, optional
        Most bytes of a regular file.

    Raises
    ------
    InputError
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return
    kind = found.st_mode
    if pipes and _is_standard_input(found):
        return
    if stat.S_ISCHR(kind) or stat.S_ISBLK(kind):
        raise InputError(f"{name}: is a device, not a file; expected {expected}")
    if not pipes and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise InputError(f"{name}: is a pipe, not a file; expected {expected}")
    if most is not None and stat.S_ISREG(kind) and found.st_size > most:
        raise InputError(f"{name}: is larger than {most // MB} MB; expected {expected}")
    if stat.S_ISREG(kind) and found.st_size <= _MOST_OF_A_POINTER:
        with contextlib.suppress(OSError), path.open("rb") as stream:
            if stream.read(len(POINTER)) == POINTER:
                raise InputError(f"{name}: is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`")


def _is_standard_input(found: os.stat_result) -> bool:
    try:
        return sys.stdin is not None and os.path.samestat(found, os.fstat(sys.stdin.fileno()))
    except (OSError, ValueError):
        return False


def read_whole(path: Path, expected: str, *, most: int = LARGEST, pipes: bool = True) -> bytes:
    """Return the content of a file of at most ``most`` bytes.

    Raises
    ------
    InputError
        Where the file is larger, is a device (see ``refuse_special``), or cannot be read.
    """
    refuse_special(path, path, expected, pipes=pipes, most=most)
    data = bytearray()
    try:
        with path.open("rb") as stream:
            while len(data) <= most and (part := stream.read(MB)):
                data += part
    except (OSError, ValueError) as error:
        raise unreadable(path, error, expected) from None
    if len(data) > most:
        raise InputError(f"{path}: is larger than {most // MB} MB; expected {expected}")
    whole, witness = bytes(data), _WITNESS.get()
    if witness is not None:
        witness.see(whole)
        witness.count(len(whole.splitlines()))
    return whole


def bounded_lines(
    path: Path | None, name: str, expected: str, item: str, bound: Bound, *, unpack: bool = False
) -> Iterator[bytes]:
    r"""Yield the lines of a file, with their ends (``\n``, ``\r\n``, or ``\r`` as on old Macs), as they come in.

    Parameters
    ----------
    path : Path or None
        None is standard input.
    name : str
        Name of the file in messages.
    expected, item : str
        Words after "expected", and the content of a line, such as ``text``.
    bound : Bound
    unpack : bool
        Unpack gzip data.

    Raises
    ------
    InputError
        Where the file exceeds ``bound`` or cannot be read.
    """
    number = total = 0
    try:
        with _opened(path, name, expected, bound, unpack) as stream:
            while read := stream.readline(bound.line + 1):
                total += len(read)
                if len(read) > bound.line:
                    where = f"{name}, line {number + 1}"
                    raise InputError(f"{where}: longer than {bound.line // MB} MB; expected one {item} a line")
                if total > bound.size:
                    raise _too_large(name, bound)
                for line in _split(read):
                    number += 1
                    if number > bound.lines:
                        raise InputError(f"{name}: more than {counted(bound.lines, 'line')}; leave some of them out")
                    yield line
        witness = _WITNESS.get()
        if witness is not None:
            witness.count(number)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{name}: the gzip data are damaged or cut off ({error}); fetch the file again") from None
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise unreadable(name, error, expected) from None


def _split(line: bytes) -> Iterator[bytes]:
    """Yield the lines that end in a carriage return alone, as on old Macs."""
    if line.find(b"\r", 0, len(line) - 2) < 0:
        yield line
        return
    for found in _LINE.finditer(line):
        yield found.group()


@contextlib.contextmanager
def _opened(path: Path | None, name: str, expected: str, bound: Bound, unpack: bool) -> Iterator[IO[bytes]]:
    if path is None:
        if sys.stdin is None:
            raise InputError(f"{name}: is closed; expected {expected.removeprefix('a file of ')}")
        # not closed: standard input belongs to the process
        yield _watched(sys.stdin.buffer)
        return
    refuse_special(path, name, expected)
    with path.open("rb") as stream:
        packed = unpack and stream.peek(2)[:2] == b"\x1f\x8b"
        if unpack and not packed and path.suffix.lower() == ".gz":
            raise InputError(f"{name}: named .gz, but not compressed by gzip; take .gz off the name")
        if not packed:
            yield _watched(stream)
            return
        # all of it first: a damaged archive's output is not judged line by line
        with gzip.GzipFile(fileobj=_watched(stream)) as packed_stream:
            data = packed_stream.read(bound.size + 1)
        if len(data) > bound.size:
            raise _too_large(name, bound)
        yield io.BytesIO(data)


def _too_large(name: str, bound: Bound) -> InputError:
    return InputError(f"{name}: more than {bound.size // MB} MB of text; leave some of it out")


def unreadable(name: str | Path, error: OSError | ValueError, expected: str) -> InputError:
    """Explain why a file cannot be opened or read.

    Parameters
    ----------
    name : str or Path
        The user's name for it.
    error : OSError or ValueError
        The error; a ValueError where the name itself is invalid (it has a zero byte).
    expected : str
        Words after "expected".
    """
    number = getattr(error, "errno", None)
    if isinstance(error, FileNotFoundError):
        what = "no such file"
    elif isinstance(error, IsADirectoryError):
        what = "is a folder"
    elif isinstance(error, NotADirectoryError):
        what = "what stands before its last / is a file"
    elif isinstance(error, PermissionError):
        what = "cannot be read (permission denied; chmod +r allows it)"
    elif number == errno.ELOOP:
        what = "is a symbolic link that leads back to itself"
    elif number == errno.ENAMETOOLONG:
        what, name = "the name is too long", f"{str(name)[:80]}..."
    else:
        what = f"cannot be read ({getattr(error, 'strerror', None) or error})"
    return InputError(f"{name}: {what}; expected {expected}")


def resolved(path: str | Path, expected: str) -> Path:
    """Return the absolute path without links; ``~`` is the user's home folder. The path need not exist.

    Raises
    ------
    InputError
        Where links are circular, or there is no such user.
    """
    try:
        full = Path(path).expanduser().resolve()
        full.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return full
    except (OSError, ValueError) as error:
        raise unreadable(path, error, expected) from None
    except RuntimeError as error:
        # circular links before 3.13, and an unknown user
        what = "is a symbolic link that leads back to itself" if Path(path).is_symlink() else str(error)
        raise InputError(f"{path}: {what}; expected {expected}") from None
    if full.is_symlink():
        raise InputError(f"{path}: is a symbolic link that leads back to itself; expected {expected}")
    return full


def shell_word(path: str | Path) -> str:
    """Quote a path for a shell, in commands that a message suggests."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)

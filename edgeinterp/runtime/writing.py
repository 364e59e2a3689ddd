"""Files written whole or not at all, and what to say where that fails."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError

try:
    import fcntl
except ImportError:  # Windows, where a file that is open cannot be removed
    fcntl = None  # type: ignore[assignment,unused-ignore]

__all__ = [
    "UNFINISHED",
    "no_empty_folder_left",
    "refuse_no_file",
    "refuse_unwritable",
    "write_bytes_whole",
    "write_stream_whole",
    "write_whole",
]

# what the name of a file ends with that is not yet in its place
UNFINISHED = ".edgeinterp"


@contextlib.contextmanager
def no_empty_folder_left(path: Path) -> Iterator[None]:
    """Remove, where the block fails, ``path`` and the folders above it that it made, as far as they are empty."""
    missing = [folder for folder in (path, *path.parents) if not os.path.lexists(folder)]
    try:
        yield
    except BaseException:
        for folder in missing:  # innermost first
            with contextlib.suppress(OSError, ValueError):
                folder.rmdir()
        raise


def refuse_unwritable(folder: Path, name: str, advice: str) -> None:
    """Find out before a run, not after it, that nothing can be written; the folder is made where it is missing.

    Raises
    ------
    InputError
        Where that is so; ``name`` is what the user called it, ``advice`` what to do.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"{name}: cannot be written ({error.strerror}); {advice}") from None


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` as UTF-8, whole or not at all: see ``write_bytes_whole``."""
    # a file name that is no text holds halves of surrogate pairs, which are escaped alike here and in JSON
    write_bytes_whole(path, text.encode(errors="backslashreplace"))


def write_bytes_whole(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``, whole or not at all: see ``write_stream_whole``."""
    write_stream_whole(path, lambda stream: stream.write(data))


def write_stream_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Write to ``path``, whole or not at all: to a neighbour first, then renamed into place.

    A neighbour that a killed run has left is removed by the next that writes there.

    Raises
    ------
    InputError
        Where the folder cannot be made or written, the disk is full, or a device or pipe is there. An older file at
        ``path`` stays as it was; where a link is, what it leads to is written.
    """
    refuse_no_file(path)
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_left_behind(path)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=UNFINISHED)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another folder with --out") from None
    try:
        with _held(descriptor):
            with os.fdopen(descriptor, "wb") as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            # mkstemp makes files private to the user; a report is meant to be read as any other file
            mask = os.umask(0)
            os.umask(mask)
            Path(name).chmod(0o666 & ~mask)
            Path(name).replace(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); free space or choose another --out") from None
    finally:
        with contextlib.suppress(OSError):
            Path(name).unlink()


@contextlib.contextmanager
def _held(descriptor: int) -> Iterator[None]:
    """Lock a file that is being written until it is in place: who dies lets go of it."""
    if fcntl is None:
        yield
        return
    held = os.dup(descriptor)
    try:
        # not every file system has locks; then nobody can take one and remove the file either
        with contextlib.suppress(OSError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)


def _remove_left_behind(path: Path) -> None:
    """Remove what runs that were killed while they wrote ``path`` left beside it."""
    ours = re.compile(re.escape(f".{path.name}.") + r"\w{8}" + re.escape(UNFINISHED))
    names: list[str] = []
    # a folder that may be written may still not be read
    with contextlib.suppress(OSError), os.scandir(path.parent) as entries:
        names = [entry.path for entry in entries if ours.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)]
    for name in names:
        with contextlib.suppress(OSError):
            descriptor = os.open(name, os.O_RDWR)
            try:
                if fcntl is not None:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            finally:
                os.close(descriptor)
            Path(name).unlink()


def refuse_no_file(path: Path) -> None:
    """Refuse to put a file where a device or a pipe is: /dev/null would be gone for everybody.

    Raises
    ------
    InputError
    """
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError):
        return
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        raise InputError(f"{path}: is a device or a pipe, not a file; choose another name with --out")

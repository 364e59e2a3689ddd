"""Files: written whole or not at all, and what to say where one cannot be read."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from .errors import InputError

__all__ = ["refuse_unwritable", "resolved", "unreadable", "write_bytes_whole", "write_stream_whole", "write_whole"]


def unreadable(name: str | Path, error: OSError | ValueError, expected: str) -> InputError:
    """Return what to tell a user whose file cannot be opened or read.

    Parameters
    ----------
    name : str or Path
        What the user called it.
    error : OSError or ValueError
        What came of it; a ValueError where the name itself is none (it holds a zero byte).
    expected : str
        What goes on after "expected".
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
    """Return the absolute path without links; ``~`` is the user's own folder. What is not there may be named.

    Raises
    ------
    InputError
        Where links lead in a circle, or there is no such user.
    """
    try:
        full = Path(path).expanduser().resolve()
        full.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return full
    except (OSError, ValueError) as error:
        raise unreadable(path, error, expected) from None
    except RuntimeError as error:
        # links in a circle before 3.13, and a user that is not there
        what = "is a symbolic link that leads back to itself" if Path(path).is_symlink() else str(error)
        raise InputError(f"{path}: {what}; expected {expected}") from None
    if full.is_symlink():
        raise InputError(f"{path}: is a symbolic link that leads back to itself; expected {expected}")
    return full


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

    def write(stream: BinaryIO) -> None:
        stream.write(data)

    write_stream_whole(path, write)


def write_stream_whole(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Write to ``path``, whole or not at all: to a neighbour first, then renamed into place.

    Raises
    ------
    InputError
        Where the folder cannot be made or written, or the disk is full. An older file at ``path`` stays as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror}); choose another folder with --out") from None
    try:
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

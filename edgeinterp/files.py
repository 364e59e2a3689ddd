"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from .errors import InputError

__all__ = ["write_bytes_whole", "write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` as UTF-8, whole or not at all: see ``write_bytes_whole``."""
    write_bytes_whole(path, text.encode())


def write_bytes_whole(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``, whole or not at all: to a neighbour first, then renamed into place.

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
            stream.write(data)
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

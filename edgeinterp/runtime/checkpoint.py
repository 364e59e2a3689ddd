"""Checkpoints: parts of a run kept in files, so that a killed run can resume."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from .files import unreadable
from .json_values import read_json
from .writing import UNFINISHED, write_stream_whole, write_whole

__all__ = ["SECONDS", "Checkpoint", "State", "digest"]

SCHEMA = 1
# a long pass is saved this often
SECONDS = 20.0
_RUN = "run.json"
# file name endings of parts
_PARTS = (".json", ".npz")

Named = tuple[str, NDArray[Any]]
T = TypeVar("T")


class State(Protocol):
    """What a pass has gathered: named arrays, and nothing else, from which it can be built again.

    Whatever builds it takes the same pairs, raises KeyError or ValueError for those of something else, and is named
    where the state is asked for (``Checkpoint.state``): a class method ``from_arrays``, or ``filled`` of an empty one.
    """

    def arrays(self) -> Iterable[Named]:
        """Yield everything, an array at a time."""


S = TypeVar("S", bound=State)


class Checkpoint:
    """Keep parts of a run by name, each in a file written whole or not at all; without a folder nothing is kept.

    Parts are states of passes (``.npz``, read without pickle) or JSON. What cannot be read counts as not there: it is
    worked out again. Where there is no room for a part, everything kept is removed and the run goes on without.
    """

    def __init__(self, folder: Path | None = None, what: Mapping[str, str] | None = None) -> None:
        self.folder, self.what = folder, dict(what or {})
        self._last = time.monotonic()

    @classmethod
    def begin(cls, folder: Path, what: Mapping[str, str], resume: bool) -> Checkpoint:
        """Open the folder for a run.

        Parameters
        ----------
        folder : Path
            Created when the first part is kept.
        what : mapping of str to str
            Everything that determines the run's numbers, by name, such as a hash of the texts.
        resume : bool
            Continue from an existing checkpoint; otherwise remove it.

        Raises
        ------
        InputError
            Where the folder holds another run's checkpoint, or other files: only files that a run wrote are ever
            removed.
        """
        _refuse_no_checkpoint(folder)
        held = _read_json(folder / _RUN)
        if resume and held is not None:
            theirs = held.get("what") if isinstance(held, dict) and held.get("schema") == SCHEMA else None
            if not isinstance(theirs, dict):
                raise InputError(f"{folder / _RUN}: written by another version; leave out --resume to start again")
            different = [name for name in what if theirs.get(name) != what[name]]
            if different:
                raise InputError(
                    f"{folder}: holds a run with other {', '.join(different)}; give the same as before, or leave out "
                    "--resume to start again"
                )
            return cls(folder, what)
        _remove(folder)
        return cls(folder, what)

    def finish(self) -> None:
        """Remove the checkpoint: the run is done."""
        if self.folder is not None:
            _remove(self.folder)

    def value(self, name: str) -> Any:
        """Return the JSON value kept under this name, or None."""
        return None if self.folder is None else _read_json(self.folder / f"{name}.json")

    def keep_value(self, name: str, value: Any) -> None:
        """Keep a JSON value, and remove the parts that led to it: those whose names begin with ``name`` and a dot."""
        self._write(f"{name}.json", lambda stream: stream.write(json.dumps(value).encode()))
        for part in [] if self.folder is None else self.folder.glob(f"{name}.*.npz"):
            part.unlink(missing_ok=True)

    def state(self, name: str, build: Callable[[Iterable[Named]], T]) -> T | None:
        """Return what ``build`` makes of the arrays kept under this name, one at a time; None where it cannot."""
        if self.folder is None:
            return None
        try:
            with (self.folder / f"{name}.npz").open("rb") as stream, np.load(stream, allow_pickle=False) as held:
                return build((key, held[key]) for key in held.files)
        except InputError:
            raise
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            return None

    def keep_state(self, name: str, state: State) -> None:
        """Keep a state under a name; its arrays are asked for and written one at a time."""
        self._last = time.monotonic()

        def write(stream: BinaryIO) -> None:
            with zipfile.ZipFile(stream, "w") as parts:
                for key, array in state.arrays():
                    with parts.open(f"{key}.npy", "w", force_zip64=True) as part:
                        np.lib.format.write_array(part, np.asarray(array), allow_pickle=False)

        self._write(f"{name}.npz", write)

    def made(self, name: str, build: Callable[[Iterable[Named]], S], make: Callable[[], S]) -> S:
        """Return the state kept under this name; where there is none, make and keep it."""
        found = self.state(name, build)
        if found is None:
            found = make()
            self.keep_state(name, found)
        return found

    def _write(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        # a parallel thread may have run out of room
        folder = self.folder
        if folder is None:
            return
        try:
            if not (folder / _RUN).exists():
                whose = json.dumps({"schema": SCHEMA, "what": self.what}, indent=1)
                write_whole(folder / _RUN, whose + "\n")
            write_stream_whole(folder / name, write)
        except InputError:
            # the result is smaller, and may still fit
            self.finish()
            self.folder = None

    @property
    def due(self) -> bool:
        """Tell whether a running pass should save its state now."""
        return self.folder is not None and time.monotonic() - self._last >= SECONDS


def digest(*parts: Any) -> str:
    """Return a hash of values: arrays by their bytes, everything else as JSON."""
    found = hashlib.blake2b(digest_size=16)
    for part in parts:
        data = _bytes(part)
        found.update(len(data).to_bytes(8, "little") + data)
    return found.hexdigest()


def _bytes(part: Any) -> bytes:
    if hasattr(part, "tocoo"):
        held = part.tocoo()
        part = np.array([held.row, held.col, held.data], dtype=np.float64)
    if isinstance(part, np.ndarray):
        return repr((part.shape, part.dtype.str)).encode() + np.ascontiguousarray(part).tobytes()
    return json.dumps(part).encode()


def _refuse_no_checkpoint(folder: Path) -> None:
    """Refuse a folder with files that no run keeps there: they would be removed with the checkpoint."""
    expected = "a folder of its own for the checkpoint"
    try:
        names = {path.name for path in folder.iterdir()}
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise InputError(f"{folder}: is a file; expected {expected}") from None
    except (OSError, ValueError) as error:
        raise unreadable(folder, error, expected) from None
    kept = {name for name in names if not name.endswith(UNFINISHED)}
    held = _read_json(folder / _RUN)
    ours = _RUN in kept and (held is None or (isinstance(held, dict) and "schema" in held))
    other = [name for name in sorted(kept) if not ours or Path(name).suffix not in _PARTS]
    if other:
        raise InputError(f"{folder}: holds {other[0]}, which is no part of a run; expected {expected}")


def _remove(folder: Path) -> None:
    """Remove the files of a checkpoint, and its folder if that is then empty."""
    with contextlib.suppress(OSError):
        # run.json identifies the owner of the files, so it is removed last
        for path in sorted(folder.iterdir(), key=lambda path: path.name == _RUN):
            if path.suffix in _PARTS or path.name.endswith(UNFINISHED):
                path.unlink(missing_ok=True)
        folder.rmdir()


def _read_json(path: Path) -> Any:
    try:
        return read_json(path, "", "", pipes=False)
    except InputError:
        return None

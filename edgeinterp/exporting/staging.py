"""Write a model folder whole or not at all, and replace an older one safely."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import InputError
from ..model.manifest import FILE_NAME, PROJECTIONS
from ..runtime.arguments import flag
from ..runtime.files import resolved
from ..runtime.writing import no_empty_folder_left

__all__ = ["hash_files", "staged_folder", "told_of_no_room"]

_OWN_FILES = (FILE_NAME, "tokenizer.json", "config.json", PROJECTIONS)
# no space on the device, quota exceeded, or file too large
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ROOM = 1 << 20
_OWN_PREFIX = "model.onnx"


class _NotPutBackError(InputError):
    """An older model folder now has another name; report this whatever error came before."""


@contextlib.contextmanager
def staged_folder(folder: Path, overwrite: bool = False) -> Iterator[Path]:
    """Yield a new folder beside ``folder`` that replaces it when the block ends without an exception.

    After an exception or interrupt, nothing is left behind and an older model folder is unchanged.

    Parameters
    ----------
    folder : Path
        Target: a new name, or an empty folder.
    overwrite : bool
        Allow an older model folder there; it stays whole until the new one replaces it.

    Raises
    ------
    InputError
        Where ``folder`` is something else, holds files that no export wrote, or cannot be written; and where an older
        model folder is there and ``overwrite`` is not set.
    """
    # a link stays a link, and its target is replaced
    folder = resolved(folder, "a new folder to write the model to")
    overwrite = flag("overwrite", overwrite)
    _refuse_occupied(folder, overwrite)
    staging: Path | None = None
    with no_empty_folder_left(folder.parent):
        try:
            try:
                folder.parent.mkdir(parents=True, exist_ok=True)
                staging = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
            except OSError as error:
                raise InputError(f"{folder}: cannot be written ({error.strerror}); choose another folder") from None
            yield staging
            _open_to_readers(staging)
            _refuse_occupied(folder, overwrite)
            _put_in_place(staging, folder)
        except BaseException as error:
            if staging is not None:
                shutil.rmtree(staging, ignore_errors=True)
            full = _for_lack_of_space(error)
            if full is not None and isinstance(error, Exception) and not isinstance(error, _NotPutBackError):
                raise InputError(
                    f"{folder}: cannot be written ({full.strerror}); free space or choose another folder"
                ) from None
            raise


@contextlib.contextmanager
def told_of_no_room(folder: Path) -> Iterator[None]:
    """Replace a library's odd error by the cause if ``folder`` has no space left.

    Raises
    ------
    OSError
        In place of the error, where a megabyte more cannot be written.
    """
    try:
        yield
    except InputError:
        raise
    except Exception:
        with tempfile.TemporaryFile(dir=folder) as stream:
            stream.write(bytes(_ROOM))
            stream.flush()
        raise


def _for_lack_of_space(error: BaseException | None) -> OSError | None:
    """Return the cause of an error: a library may have wrapped it in its own."""
    while error is not None and not (isinstance(error, OSError) and error.errno in _FULL):
        error = error.__cause__ or error.__context__
    return error


def hash_files(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file in ``folder`` except the manifest, by name."""
    hashes = {}
    for path in sorted(folder.iterdir()):
        if path.name != FILE_NAME:
            with path.open("rb") as stream:
                hashes[path.name] = hashlib.file_digest(stream, "sha256").hexdigest()
    return hashes


def _refuse_occupied(folder: Path, overwrite: bool) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{folder}: is a file; expected a new folder to write the model to")
    names = sorted(path.name for path in folder.iterdir())
    if names and FILE_NAME not in names:
        raise InputError(f"{folder}: is not empty and not a model folder; choose a new folder")
    for name in names:
        if name not in _OWN_FILES and not name.startswith(_OWN_PREFIX):
            raise InputError(f"{folder}: holds {name}, which no export wrote; move it away or choose a new folder")
    if names and not overwrite:
        raise InputError(f"{folder}: is a model folder already; give --overwrite to replace it, or choose a new folder")


def _open_to_readers(staging: Path) -> None:
    """Give folder and files the usual permissions: those of a temporary folder are the user's alone."""
    mask = os.umask(0)
    os.umask(mask)
    staging.chmod(0o777 & ~mask)
    for path in staging.iterdir():
        path.chmod(0o666 & ~mask)


def _put_in_place(staging: Path, folder: Path) -> None:
    try:
        if not folder.exists():
            staging.replace(folder)
            return
        # a folder that is not empty cannot be renamed over: the old one is moved aside, and back if the new one fails
        aside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.old."))
        aside.rmdir()  # Windows renames nothing over a folder, not even an empty one
        folder.replace(aside)
        try:
            staging.replace(folder)
        except BaseException:
            _put_back(aside, folder)
            raise
        shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        if error.errno in _FULL:
            raise
        raise InputError(f"{folder}: cannot be replaced ({error.strerror}); choose a new folder") from None


def _put_back(aside: Path, folder: Path) -> None:
    try:
        aside.replace(folder)
    except OSError as error:
        raise _NotPutBackError(
            f"{folder}: cannot be written ({error.strerror}); the older model folder is whole, but now called "
            f"{aside}: rename it"
        ) from None

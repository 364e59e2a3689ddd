"""Choose one ONNX file of a repository as it is published: a local folder, or a hub id."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from ...errors import InputError
from ...runtime.files import resolved
from ..chatter import first_line, turned_down

__all__ = ["onnx_files", "published_file"]

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
# what is read beside a graph
_BESIDE = ("tokenizer.json", "tokenizer_config.json", "config.json")


def onnx_files(folder: Path) -> list[str]:
    """Return the ONNX files of a folder and of its ``onnx/``, by their names from the folder."""
    found = [*folder.glob("*.onnx"), *folder.glob("onnx/*.onnx")]
    return sorted(path.relative_to(folder).as_posix() for path in found if path.is_file())


def published_file(repository: str | Path | None, file: str) -> Path:
    """Return the path of one ONNX file of a repository.

    Of a hub id, this file, its weights, tokenizer and configuration are fetched, and nothing else; what is in the hub's
    cache already is not fetched again.

    Parameters
    ----------
    repository : str or Path
        A local folder, or a hub id (``owner/name``).
    file : str
        Its name, with or without ``onnx/``.

    Raises
    ------
    InputError
        Where there is no such file; the message lists those that are there.
    """
    if repository is None:
        raise InputError(f"--file {file}: name the folder or the hub id that it is in")
    parts = PurePosixPath(file.replace("\\", "/")).parts
    if not file.endswith(".onnx") or ".." in parts or parts[0].endswith(("/", ":")) or set(file) & set("*?["):
        raise InputError(f"--file {file}: expected the name of an .onnx file in the folder")
    given, folder = str(repository), resolved(Path(repository), "a folder with ONNX files")
    if not folder.exists() and _HUB_ID.fullmatch(given):
        folder = _fetched(given, file)
    if not folder.is_dir():
        raise InputError(f"{given}: no such folder; expected one with ONNX files, or a hub id (owner/name)")
    for place in (folder / file, folder / "onnx" / file):
        if place.is_file():
            return place
    there = onnx_files(folder)
    listed = f"it has {', '.join(there)}" if there else "it has no ONNX file"
    raise InputError(f"{given}: has no {file}; {listed}")


def _fetched(name: str, file: str) -> Path:
    """Fetch a file of a repository on the hub, and return the folder that it is in."""
    from huggingface_hub import snapshot_download

    wanted = [path for one in (file, f"onnx/{file}") for path in (one, f"{one}_data*", f"{one}.data*")]
    try:
        with turned_down():
            return Path(snapshot_download(name, allow_patterns=[*wanted, *_BESIDE]))
    except Exception as error:  # the library, and the network below it, have their own
        raise InputError(
            f"{name}: cannot be fetched ({first_line(error)}); check the id and the network, or give a local folder"
        ) from None

"""Open a model: a model folder, or an ONNX file as others publish it, exposed once into a cache."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
from pathlib import Path

from .._version import __version__
from ..errors import InputError
from ..model.manifest import FILE_NAME
from ..model.model import Model
from ..model.onnx_file import read_onnx
from ..runtime.arguments import file_name

__all__ = ["MOST_KEPT", "cache_folder", "clear_cache", "load", "to_expose"]

# models in the cache; of more, those that were not opened for longest are removed
MOST_KEPT = 8
_DIGITS = 24


def load(model: str | Path, threads: int | None = None) -> Model:
    """Open a model folder, or an ONNX file.

    A file, or a folder as it is published with files in ``onnx/``, is turned into a model folder first, as ``edgeinterp
    export --from-onnx`` does. That happens once: the model folder stays in ``cache_folder()``, found again by the
    file's content. It needs the package ``onnx``.

    Parameters
    ----------
    model : str or Path
        A folder written by ``edgeinterp export``; an ``.onnx`` file with its tokenizer.json beside it or one folder
        above; or a folder with one such file.
    threads : int, optional
        Threads for onnxruntime; by default every core this process may use.

    Returns
    -------
    Model

    Raises
    ------
    InputError
        Where a file is missing, changed since the export (sha256), refers to data outside the folder, or cannot be
        run; or where its attentions and hidden states cannot be told.

    Examples
    --------
    >>> import edgeinterp as ei, edgeinterp_models
    >>> model = ei.load(edgeinterp_models.default_model_folder())
    >>> model.manifest.layers
    6
    """
    path = file_name("model", model)
    return Model(_exposed(path) if _is_foreign(path) else path, threads)


def to_expose(model: object) -> bool:
    """Tell whether ``load`` would have to expose a file, which takes a while."""
    if not isinstance(model, str | Path) or not model or not _is_foreign(Path(model).expanduser()):
        return False
    try:
        return not (_place(Path(model).expanduser())[2] / FILE_NAME).exists()
    except InputError:
        return False


def _is_foreign(path: Path) -> bool:
    # os.path answers False where a name cannot be looked up; opening the folder then tells why
    if os.path.isdir(path):
        return not os.path.lexists(path / FILE_NAME) and any((*path.glob("*.onnx"), *path.glob("onnx/*.onnx")))
    return path.suffix == ".onnx" and os.path.isfile(path)


def cache_folder() -> Path:
    """Return where exposed files are kept: ``EDGEINTERP_CACHE``, or ``edgeinterp`` in the user's cache folder."""
    given = os.environ.get("EDGEINTERP_CACHE")
    if given:
        return Path(given).expanduser()
    usual = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")
    if sys.platform == "win32":
        usual = Path(os.environ.get("LOCALAPPDATA", usual))
    return Path(os.environ.get("XDG_CACHE_HOME") or usual) / "edgeinterp"


def clear_cache() -> int:
    """Remove every exposed file, and return how many there were."""
    kept = _kept()
    for folder in kept:
        shutil.rmtree(folder, ignore_errors=True)
    return len(kept)


def _place(path: Path) -> tuple[Path, Path, Path]:
    """Return graph, tokenizer, and the model folder in the cache."""
    from .foreign.files import files_of

    graph, tokenizer, settings = files_of(path)
    weights = [graph.parent / name for name in read_onnx(graph).external_files]
    return graph, tokenizer, cache_folder() / _digest([graph, *weights, tokenizer, *settings]) / _name(graph)


def _exposed(path: Path) -> Path:
    from .from_onnx import export_onnx

    graph, tokenizer, folder = _place(path)
    place = folder.parent
    if not (folder / FILE_NAME).exists():
        # another process may do the same at the same time: the first one to end stays
        try:
            export_onnx(graph, folder, tokenizer=tokenizer, source_name=graph.name)
        except InputError:
            if not (folder / FILE_NAME).exists():
                with contextlib.suppress(OSError):
                    place.rmdir()
                raise
    with contextlib.suppress(OSError):  # a cache that others share may be read only
        os.utime(place)
    for old in _kept()[MOST_KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def _name(graph: Path) -> str:
    """Return a name to know the model by: that of the folder it was published in, and of the file."""
    parents = [parent.name for parent in graph.resolve().parents if parent.name not in ("onnx", "")]
    return "_".join([*parents[:1], graph.stem]) if graph.stem != "model" else (parents or ["model"])[0]


def _digest(files: list[Path]) -> str:
    """Return a name for the content of files, those that are not there left out, and for what reads them."""
    digest = hashlib.sha256(__version__.encode())
    for path in files:
        if path.is_file():
            with path.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:_DIGITS]


def _kept() -> list[Path]:
    """Return the places of the cache, opened last first; what else lies in that folder is not ours."""
    folder = cache_folder()
    places = [path for path in folder.glob("[0-9a-f]" * _DIGITS) if path.is_dir()] if folder.is_dir() else []
    return sorted(places, key=lambda path: path.stat().st_mtime, reverse=True)

"""The files of an ONNX model as somebody publishes it: graph, tokenizer, settings."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...model.onnx_file import LARGEST_MODEL
from ...runtime.arguments import file_name
from ...runtime.files import LARGEST, refuse_special, resolved
from ...runtime.json_values import read_json

__all__ = ["Files", "files_of", "locate_files"]

_MODEL = "model.onnx"
_TOKENIZER = "tokenizer.json"


@dataclass(frozen=True)
class Files:
    """The given files: a graph, its tokenizer, and other files beside them."""

    given: str
    graph: Path
    tokenizer: Path
    config: dict[str, Any]
    tokens: dict[str, Any]


def files_of(source: str | Path) -> tuple[Path, Path, list[Path]]:
    """Return the graph and the tokenizer of a file, or of a folder with one, and where settings of both may stand.

    Raises
    ------
    InputError
        Where one of both is missing, or several graphs may be meant.
    """
    files = locate_files(file_name("source", source), None)
    settings = [place / "config.json" for place in _places(files.graph)]
    return files.graph, files.tokenizer, [*settings, files.tokenizer.parent / "tokenizer_config.json"]


def _places(graph: Path) -> list[Path]:
    """Return the folders that files of a graph's model may lie in."""
    return [graph.parent, graph.parent.parent] if graph.parent.name == "onnx" else [graph.parent]


def locate_files(source: Path, tokenizer: Path | None) -> Files:
    """Return the files of an ONNX file, or of a folder with one; refuse where one of them is missing."""
    given, path = str(source), resolved(source, "an ONNX file or a folder with one")
    if not path.exists():
        raise InputError(f"{given}: no such file or folder; expected an ONNX file or a folder with one")
    graph = path if not path.is_dir() else _only_graph(given, path)
    refuse_special(graph, given, "an ONNX file or a folder with one", pipes=False, most=LARGEST_MODEL)
    # weights may lie beside it, as model.onnx_data
    for weights in graph.parent.glob(f"{glob.escape(graph.name)}?*"):
        refuse_special(weights, weights, f"weights of {given}", pipes=False)
    places = _places(graph)
    if tokenizer is not None:
        own = resolved(tokenizer, "a tokenizer.json, or a folder with one")
        own = own / _TOKENIZER if own.is_dir() else own
        refuse_special(own, tokenizer, "a tokenizer.json, or a folder with one", pipes=False, most=LARGEST)
        if not own.is_file():
            raise InputError(f"{tokenizer}: no such file; expected a tokenizer.json, or a folder with one")
    else:
        own = next((place / _TOKENIZER for place in places if (place / _TOKENIZER).is_file()), Path())
        if not own.is_file():
            raise InputError(
                f"{given}: has no tokenizer.json beside it; copy that of its model there, or name it with `edgeinterp "
                "export --from-onnx ... --tokenizer`"
            )
    # the configuration beside the file may belong to another model
    return Files(given, graph, own, _json(places, "config.json"), _json([own.parent], "tokenizer_config.json"))


def _only_graph(given: str, folder: Path) -> Path:
    for place in (folder / _MODEL, folder / "onnx" / _MODEL):
        if place.is_file():
            return place
    found = sorted({*folder.glob("*.onnx"), *folder.glob("onnx/*.onnx")})
    if len(found) != 1:
        what = f"several ONNX files ({', '.join(path.name for path in found)})" if found else "no ONNX file"
        raise InputError(f"{given}: holds {what}; name one file")
    return found[0]


def _json(places: list[Path], name: str) -> dict[str, Any]:
    """Return the content of the first such file; a missing or invalid one counts as empty."""
    for place in places:
        path = place / name
        if path.is_file():
            content = read_json(path, "the configuration of a model", "copy it again or move it away", pipes=False)
            return content if isinstance(content, dict) else {}
    return {}

"""Model folders made from others by changing weights in place, with the manifest's hashes set right."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

# the matrices of a block of the embedded model, in the order of the graph
MATRICES = ("query", "key", "value", "attention output", "intermediate", "output")
TYPES = {"int8": "i1", "uint8": "u1", "float32": "<f4"}


def copy_folder(source: Path, target: Path) -> Path:
    """A copy that may be changed."""
    shutil.copytree(source, target)
    return target


def change(folder: Path, name: str, edit: Callable[[Any], Any]) -> None:
    """Replace the values of one initializer by ``edit`` of them."""
    manifest = json.loads((folder / "edgeinterp.json").read_text(encoding="utf-8"))
    entry = next(entry for entry in manifest["initializers"] if entry["name"] == name)
    path = folder / entry["file"]
    data = bytearray(path.read_bytes())
    place = slice(entry["offset"], entry["offset"] + entry["length"])
    values = np.frombuffer(bytes(data[place]), TYPES[entry["dtype"]]).reshape(entry["shape"])
    data[place] = np.ascontiguousarray(edit(values), values.dtype).tobytes()
    path.write_bytes(bytes(data))
    manifest["files"][entry["file"]] = hashlib.sha256(bytes(data)).hexdigest()
    (folder / "edgeinterp.json").write_text(json.dumps(manifest), encoding="utf-8")


def matrix_name(folder: Path, block: int, which: str) -> str:
    """Name of a weight matrix of the embedded model (``block`` 1..L)."""
    manifest = json.loads((folder / "edgeinterp.json").read_text(encoding="utf-8"))
    names = [entry["name"] for entry in manifest["initializers"] if entry["name"].startswith("onnx::MatMul")]
    quantized = [name for name in names if name.endswith("_quantized")]
    assert len(quantized) == 6 * len(MATRICES)
    return str(quantized[len(MATRICES) * (block - 1) + MATRICES.index(which)])


def zeroed(source: Path, target: Path, block: int, which: str) -> Path:
    """A copy of the embedded model with one weight matrix zeroed."""
    copy_folder(source, target)
    change(target, matrix_name(target, block, which), np.zeros_like)
    return target

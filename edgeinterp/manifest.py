"""``edgeinterp.json``: what a model folder says about itself (docs/method.md)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .errors import InputError
from .files import write_whole
from .json_values import from_json, to_json

__all__ = ["FILE_NAME", "SCHEMA", "Initializer", "Manifest", "read_manifest"]

SCHEMA = 1
FILE_NAME = "edgeinterp.json"


@dataclass(frozen=True)
class Initializer:
    """Where one weight lies: ``length`` bytes from ``offset`` in ``file``, little endian, row major.

    ``file`` is null where the values do not lie in one contiguous run.
    """

    name: str
    dtype: str
    shape: list[int]
    file: str | None
    offset: int
    length: int


@dataclass(frozen=True)
class Manifest:
    """The content of ``edgeinterp.json``.

    Attributes
    ----------
    source : str
        What was exported: a hub id, or the name of the folder or file.
    architecture : str
        The name in ``config.json``'s ``architectures``, else its ``model_type``.
    layers, heads, hidden_size : int
        Attention layers L (hidden states 0..L), heads of the first layer, width of a hidden state.
    max_positions : int or None
        The longest input the model takes, special tokens included; null where it is not limited.
    causal : bool
        Whether a position sees only itself and what stands before it (measured, not guessed from the name).
    padding_neutral : bool
        Whether a text's readings are the same beside longer texts (measured); where not, only texts of one length
        share a batch.
    pad_token_id : int or None
        The id that fills up a batch; null where the tokenizer has none (0 is used, under a zero mask).
    mask_token_id : int or None
        The id of the mask token, where the tokenizer has one.
    quantization : str
        ``none``, ``int8`` or ``fp16`` (stored in 16 bits, computed in 32).
    inputs : list of str
        The graph's input names.
    files : dict
        File name to sha256, of every file of the folder but this one.
    versions : dict
        Versions of the packages that exported it.
    certificate : dict
        The parity certificate.
    initializers : list of Initializer
        The table of weights.
    """

    source: str
    architecture: str
    layers: int
    heads: int
    hidden_size: int
    max_positions: int | None
    causal: bool
    pad_token_id: int | None
    mask_token_id: int | None
    quantization: str
    inputs: list[str]
    files: dict[str, str]
    versions: dict[str, str]
    certificate: dict[str, Any]
    initializers: list[Initializer] = field(default_factory=list)
    padding_neutral: bool = True
    schema: int = SCHEMA

    def save(self, folder: Path) -> None:
        """Write ``edgeinterp.json`` into ``folder``, whole or not at all."""
        data = to_json(self)
        table = data.pop("initializers")
        head = json.dumps({"schema": data.pop("schema"), **data}, indent=1, allow_nan=False)
        rows = ",\n  ".join(json.dumps(row) for row in table)
        write_whole(folder / FILE_NAME, f'{head[:-2]},\n "initializers": [\n  {rows}\n ]\n}}\n')


def read_manifest(folder: Path) -> Manifest:
    """Read ``folder/edgeinterp.json``.

    Raises
    ------
    InputError
        Where the folder is not a model folder of a schema that this version reads.
    """
    path = folder / FILE_NAME
    if not folder.exists():
        raise InputError(f"{folder}: no such folder; make one with `edgeinterp export SOURCE {folder}`")
    if not folder.is_dir():
        raise InputError(f"{folder}: not a folder; expected a model folder that `edgeinterp export` wrote")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"{folder}: has no {FILE_NAME}, so it is not a model folder; make one with `edgeinterp export {folder} NEW`"
        ) from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({error}); export the model again") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else None
        raise InputError(f"{path}: schema {found!r}, expected {SCHEMA}; export the model again with this version")
    try:
        manifest = from_json(Manifest, data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{path}: not a whole manifest ({error}); export the model again") from None
    _check_types(path, manifest)
    return manifest


def _check_types(path: Path, manifest: Manifest) -> None:
    """Refuse a manifest that somebody edited into something else."""
    numbers = ("layers", "heads", "hidden_size", "max_positions")
    for name in numbers:
        value = getattr(manifest, name)
        if value is None and name == "max_positions":
            continue
        if type(value) is not int or value < 1:
            raise InputError(f"{path}: {name} is {value!r}, expected a whole number above 0; export the model again")
    for name in ("source", "architecture", "quantization"):
        if not isinstance(getattr(manifest, name), str):
            raise InputError(f"{path}: {name} is not a string; export the model again")
    flags = isinstance(manifest.causal, bool) and isinstance(manifest.padding_neutral, bool)
    if not flags or not isinstance(manifest.files, dict):
        raise InputError(f"{path}: causal, padding_neutral or files is of the wrong kind; export the model again")
    if not all(isinstance(value, str) for value in manifest.files.values()):
        raise InputError(f"{path}: files: expected a sha256 for each name; export the model again")

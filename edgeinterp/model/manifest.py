"""``edgeinterp.json``: a model folder's description of itself (docs/method.md)."""

from __future__ import annotations

import hashlib
import json
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..reading.blocks import NORM_PLACES, NORMS, BlockForm
from ..runtime.files import shell_word, unreadable
from ..runtime.json_values import from_json, read_json, refuse_schema, to_json
from ..runtime.writing import write_whole

__all__ = ["FILE_NAME", "SCHEMA", "Initializer", "Manifest", "read_manifest"]

SCHEMA = 1
# output projections of attention: a graph without inputs, whose weights lie in that of the model
PROJECTIONS = "projections.onnx"
FILE_NAME = "edgeinterp.json"
# weights, with the type of the rest where that is not float32. "int8" chooses the scales of activations at run time,
# from all texts of a batch; "static int8" has them in the file; "weights" means that products are of floats
_WEIGHTS = ("int8", "static int8", "int8 weights", "int4 weights", "int2 weights", "bnb4 weights")
QUANTIZATIONS = ("none", "fp16", *_WEIGHTS, *(f"{one} fp16" for one in _WEIGHTS))
# "": an ONNX file from elsewhere, or a manifest older than this field
EXPORTERS = ("optimum", "torch", "")
HEADS = ("", "pooled", "logits")
_AGAIN = "export the model again"
# more than any model has; a list of as many outputs must fit into memory
_MOST = {"layers": 10_000, "heads": 100_000, "hidden_size": 10_000_000, "max_positions": 1 << 40}


@dataclass(frozen=True)
class Initializer:
    """Locate one weight: ``length`` bytes from ``offset`` in ``file``, little endian, row major.

    ``file`` is null where the values are not one contiguous run.
    """

    name: str
    dtype: str
    shape: list[int]
    file: str | None
    offset: int
    length: int


@dataclass(frozen=True)
class Manifest:
    """Hold the content of ``edgeinterp.json``.

    Attributes
    ----------
    source : str
        The exported model: a hub id, or the name of the folder or file.
    architecture : str
        The name in ``config.json``'s ``architectures``, else its ``model_type``.
    layers, heads, hidden_size : int
        Attention layers L (hidden states 0..L), heads of the first layer, width of a hidden state.
    max_positions : int or None
        Longest input of the model, special tokens included; null where unlimited.
    causal : bool
        Whether a position sees only itself and earlier positions (measured, not guessed from the name).
    padding_neutral : bool
        Whether a text's readings are the same when padded (measured); where not, only texts of equal length share a
        batch.
    pad_token_id : int or None
        Id that pads a batch; null where the tokenizer has none (0 is used, under a zero mask).
    mask_token_id : int or None
        The id of the mask token, where the tokenizer has one.
    quantization : str
        ``none``, ``int8`` or ``fp16`` (stored in 16 bits, computed in 32).
    inputs : list of str
        The graph's input names.
    files : dict
        File name to sha256, for every other file of the folder.
    versions : dict
        Versions of the exporting packages.
    certificate : dict
        The parity certificate.
    initializers : list of Initializer
        The table of weights.
    block : BlockForm or None
        How blocks use attention, where the graph gives out values, projections and norms; null where it does not, with
        the reason in the certificate.
    head : str
        What the graph gives beside readings: ``pooled``, one vector a text; ``logits``; or nothing.
    decoder_start_token_id : int or None
        What a decoder's own text begins with, where the graph has a decoder with ``cross_attentions``.
    exporter : str
        ``optimum`` or ``torch`` (``torch.onnx.export``); empty for an ONNX file from elsewhere, and in manifests older
        than this field.
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
    block: BlockForm | None = None
    head: str = ""
    decoder_start_token_id: int | None = None
    exporter: str = ""
    schema: int = SCHEMA

    @property
    def model_sha256(self) -> str:
        """Return the model's identity: the hash of ``model.onnx``, or of it and the files that hold its weights.

        Where weights are stored beside ``model.onnx`` (2 GB and more), a fine-tuned copy has the same graph. The
        identity is then the sha256 of one line for each of these files, sorted: name, a space, sha256.
        """
        beside = self.files.keys() - {"model.onnx", "tokenizer.json", "config.json", PROJECTIONS}
        if not beside:
            return self.files.get("model.onnx", "")
        lines = [f"{name} {self.files[name]}\n" for name in sorted({"model.onnx", *beside} & self.files.keys())]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

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
        Where the folder is not a model folder, or has a schema that this version cannot read.
    """
    path = folder / FILE_NAME
    if any("\ud800" <= letter <= "\udfff" for letter in str(folder)):
        # opened neither by onnxruntime nor by the tokenizer
        raise InputError(f"{folder}: the name of this folder is not UTF-8; rename it")
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        command = f"edgeinterp export SOURCE {shell_word(folder)}"
        raise InputError(f"{folder}: no such folder; make one with `{command}`") from None
    except (OSError, ValueError) as error:
        raise unreadable(folder, error, "a model folder that `edgeinterp export` wrote") from None
    if not stat.S_ISDIR(mode):
        raise InputError(f"{folder}: not a folder; expected a model folder that `edgeinterp export` wrote")
    if not path.exists() and not path.is_symlink():
        command = f"edgeinterp export {shell_word(folder)} NEW"
        raise InputError(f"{folder}: has no {FILE_NAME}, so it is not a model folder; make one with `{command}`")
    data = read_json(path, "the manifest that `edgeinterp export` wrote", "export the model again", pipes=False)
    refuse_schema(path, data, SCHEMA, "export the model again with this version")
    try:
        manifest = from_json(Manifest, data)
    except ValueError as error:
        raise InputError(f"{path}: not a whole manifest ({error}); export the model again") from None
    _check_values(path, manifest)
    return manifest


def _check_values(path: Path, manifest: Manifest) -> None:
    """Refuse a manifest with values that no export writes."""
    for name, most in _MOST.items():
        value = getattr(manifest, name)
        if value is None and name == "max_positions":
            continue
        if not 1 <= value <= most:
            raise InputError(f"{path}: {name} is {value}, expected a whole number from 1 to {most}; {_AGAIN}")
    for name in ("pad_token_id", "mask_token_id", "decoder_start_token_id"):
        value = getattr(manifest, name)
        if value is not None and not 0 <= value < 1 << 31:
            raise InputError(f"{path}: {name} is {value}, expected the id of a token or null; {_AGAIN}")
    if manifest.quantization not in QUANTIZATIONS:
        known = ", ".join(QUANTIZATIONS)
        raise InputError(f"{path}: quantization is {manifest.quantization!r}, expected {known}; {_AGAIN}")
    form = manifest.block
    normed = form is not None and form.norm_at != "none"
    if form is not None and (
        form.norm_at not in NORM_PLACES or normed != (form.norm in NORMS and form.epsilon is not None)
    ):
        raise InputError(f"{path}: block is {to_json(form)}, expected a place of a norm that is known; {_AGAIN}")
    if manifest.head not in HEADS:
        raise InputError(f"{path}: head is {manifest.head!r}, expected pooled, logits or nothing; {_AGAIN}")
    if manifest.exporter not in EXPORTERS:
        known = ", ".join(name for name in EXPORTERS if name)
        raise InputError(f"{path}: exporter is {manifest.exporter!r}, expected {known}; {_AGAIN}")

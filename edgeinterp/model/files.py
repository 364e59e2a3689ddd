"""Check and open the files of a model folder."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runtime.files import LARGEST, read_whole, refuse_special, unreadable
from ..runtime.json_values import read_json
from .manifest import PROJECTIONS, Manifest
from .onnx_file import LARGEST_MODEL, read_onnx

__all__ = ["OpenTokenizer", "check_files", "open_session", "tokenized", "vocabulary_size"]

Integers = NDArray[np.int32]
# in JSON a colon follows the closing quote of a key only
_UNKNOWN_ID = re.compile(rb'"unk_id"\s*:\s*(\d{1,9})\b')
_AGAIN = "export the model again"
_LISTED = f"a file listed in edgeinterp.json; {_AGAIN}"


def check_files(folder: Path, manifest: Manifest) -> None:
    """Compare every file with its hash, and refuse graphs that point outside the folder."""
    for name in ("model.onnx", "tokenizer.json", "config.json"):
        if name not in manifest.files:
            raise InputError(f"{folder / 'edgeinterp.json'}: names no {name}; export the model again")
    for name in manifest.files:
        if Path(name).name != name or "\\" in name:
            raise InputError(
                f"{folder / 'edgeinterp.json'}: names {name!r}, which is not a file of the folder itself; "
                "export the model again"
            )
    if manifest.block is not None and PROJECTIONS not in manifest.files:
        raise InputError(f"{folder}: an older version exported it, without {PROJECTIONS}; export the model again")
    for name, expected in manifest.files.items():
        path = folder / name
        if _sha256(path) != expected:
            raise InputError(f"{path}: changed since the export (its sha256 differs); export the model again")
    for name in [name for name in ("model.onnx", PROJECTIONS) if name in manifest.files]:
        outside = set(read_onnx(folder / name).external_files) - set(manifest.files)
        if outside:
            raise InputError(f"{folder / name}: uses {min(outside)!r}, which the manifest does not list")


def _sha256(path: Path) -> str:
    most = {"model.onnx": LARGEST_MODEL, "tokenizer.json": LARGEST, "config.json": LARGEST}.get(path.name)
    refuse_special(path, path, _LISTED, pipes=False, most=most)
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error, _LISTED) from None


class OpenTokenizer:
    """Open a folder's tokenizer; it can be freed, and is built again when needed.

    ``unknown_id`` is the id of the unknown token, None where there is none; ``special_ids`` are the ids of the special
    tokens and of the unknown token, which represents no text of its own.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "tokenizer.json"
        # the file's content is kept, so that a change on disk during the run has no effect
        self._data = read_whole(self._path, _LISTED, pipes=False)
        self._library: Any = None
        # settings belong to the library's object, and cannot change while another thread uses it
        self._lock = threading.Lock()
        added = self.library().get_added_tokens_decoder()
        self.unknown_id = self._unknown_id()
        unknown = [] if self.unknown_id is None else [self.unknown_id]
        special = [i for i, token in added.items() if token.special]
        if max([*special, *unknown], default=0) > np.iinfo(np.int32).max:
            raise InputError(f"{self._path}: has ids of tokens above 2147483647; export the model again")
        self.special_ids: Integers = np.array([*special, *unknown], dtype=np.int32)

    def _unknown_id(self) -> int | None:
        model = self.library().model
        found: int | None = None
        if not hasattr(model, "unk_token"):
            # unigram models give an id instead, only in the file
            named = _UNKNOWN_ID.search(self._data)
            found = int(named[1]) if named else None
        elif model.unk_token is not None:
            found = self.library().token_to_id(model.unk_token)
        return found

    def library(self) -> Any:
        """Return the library's tokenizer."""
        from tokenizers import Tokenizer

        # another thread may free it meanwhile
        library = self._library
        if library is None:
            try:
                library = self._library = Tokenizer.from_buffer(self._data)
            except Exception as error:  # the library raises plain Exception
                raise InputError(f"{self._path}: not a tokenizer ({error}); export the model again") from None
        return library

    @contextmanager
    def cutting(self, limit: int) -> Iterator[Any]:
        """Lend the library's tokenizer to one thread at a time, set to cut texts after ``limit`` tokens."""
        with self._lock:
            tokenizer = self.library()
            tokenizer.no_padding()
            tokenizer.enable_truncation(limit)
            yield tokenizer

    def rest(self) -> None:
        """Free the library's tokenizer: a hundred bytes and more for each of its tokens."""
        self._library = None


def tokenized(tokenizer: Any, texts: Sequence[str], folder: Path) -> list[Any]:
    """Return the encoding of each text.

    Raises
    ------
    InputError
        Where the tokenizer opens but cannot be used: it may name a token that it lacks.
    """
    try:
        return list(tokenizer.encode_batch(list(texts)))
    except Exception as error:  # the library raises plain Exception
        raise InputError(
            f"{folder / 'tokenizer.json'}: cannot cut a text into tokens ({error}); export the model again"
        ) from None


def vocabulary_size(folder: Path) -> int | None:
    """Return the vocabulary size in the model's configuration, None where it has none."""
    config = read_json(folder / "config.json", "a file written by `edgeinterp export`", _AGAIN, pipes=False)
    size = config.get("vocab_size") if isinstance(config, dict) else None
    return size if type(size) is int and size > 0 else None


def open_session(
    path: Path, threads: int, overrides: Mapping[str, Any] | None = None, changed: bytes | None = None
) -> Any:
    """Open a graph in onnxruntime.

    Parameters
    ----------
    path : Path
    threads : int
    overrides : mapping from str to OrtValue, optional
        Initializers that replace the file's. They must outlive the session. The graph then runs without optimisations:
        those compute with the file's own values (a transposed, cast, scaled or sliced weight is folded) and would
        silently bring them back.
    changed : bytes, optional
        A changed graph to open instead; its external weights are still those beside ``path``.

    Raises
    ------
    InputError
        Where onnxruntime cannot open it.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # the arena never returns memory, and a pattern is kept for every length
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    options.log_severity_level = 4
    # waiting threads that spin take the core from other work: twice slower on a busy machine, hardly faster on an idle
    # one
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if overrides is not None:
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        for name, value in overrides.items():
            options.add_initializer(name, value)
    if changed is not None:
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(path.parent))
    try:
        return onnxruntime.InferenceSession(changed or str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises its own types, all derived from Exception
        raise InputError(
            f"{path}: onnxruntime {onnxruntime.__version__} cannot open it ({_reason(error)}); export the model again, "
            "or upgrade onnxruntime where the file is newer"
        ) from None


# onnxruntime's own error name, the file name again, and the line in its sources
_NOISE = re.compile(r"^\[ONNXRuntimeError\] : \d+ : \w+ : |^Load model from .*? failed:|^/\S+:\d+ \S.*?\)(?: const)? ")


def _reason(error: Exception) -> str:
    """Shorten onnxruntime's message to one line."""
    text = " ".join(str(error).split())
    while (shorter := _NOISE.sub("", text)) != text:
        text = shorter
    return text[:200]

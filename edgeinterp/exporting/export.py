"""Export through Optimum into a model folder: imports torch, transformers and optimum, and only when called."""

from __future__ import annotations

import contextlib
import importlib
import importlib.metadata
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from .._version import __version__
from ..errors import InputError
from ..model.manifest import Manifest
from ..model.onnx_file import OnnxFile, read_onnx
from ..runtime.arguments import file_name, flag
from ..runtime.counting import counted
from ..runtime.files import resolved
from ..runtime.system import memory_available_mb
from .chatter import first_line, turned_down
from .from_onnx import export_onnx
from .loading import load_source
from .measuring import SAMPLE_LENGTH, Measured, is_causal, max_positions, refuse_odd_shapes, same_beside
from .onnx_edit import quantize_int8, store_fp16, tidy
from .parity import SENTENCES, Feed, Reference, Trial, certify, make_feed, trials
from .sources import Loaded, locate, memory_line
from .staging import hash_files, staged_folder, told_of_no_room
from .tokenizer_file import warn_of_unknown, write_tokenizer

__all__ = ["export", "export_onnx"]

_MODEL = "model.onnx"
_TASK = "feature-extraction"
# the last one registers the architectures that Optimum can export
_IMPORTS = ("torch", "transformers", "onnx", "onnxruntime", "optimum.exporters.onnx.model_configs")
_PACKAGES = ("torch", "transformers", "optimum", "optimum-onnx", "onnx", "onnxruntime")


def export(
    source: str | Path,
    folder: str | Path,
    *,
    quantize: Literal["none", "int8", "fp16"] = "none",
    per_channel: bool = True,
    reduce_range: bool = True,
    task: str = _TASK,
    source_name: str | None = None,
    overwrite: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Manifest:
    """Turn a transformer into a model folder whose graph also outputs hidden states and attentions.

    The model is loaded in float32 with eager attention (the default attention returns no attention maps), exported
    through Optimum, compared with PyTorch over several shapes and paddings, and only then put in place. Meanwhile
    warnings and logging of the libraries are turned down for the whole process, and then restored.

    Parameters
    ----------
    source : str or Path
        A hub id, a local folder of transformers, or a ``.gguf`` file. Code that comes with a model is never run.
    folder : str or Path
        The model folder to write, whole or not at all: a new name, or an empty folder.
    quantize : {"none", "int8", "fp16"}
        ``int8`` stores weights in 8 bits and computes in 8; ``fp16`` stores them in 16 and computes in 32. The
        certificate then holds the cosine of each output to PyTorch.
    per_channel, reduce_range : bool
        For ``int8``: a scale for each column of a weight matrix; 7 of the 8 bits. Turning them off costs accuracy; the
        options exist for comparison.
    task : str
        Optimum's name of the task whose model class is loaded; hidden states and attentions are the same in all.
    source_name : str, optional
        Name of the source in the manifest; by default the hub id, or the name of the folder or file.
    overwrite : bool
        Replace an older model folder, which stays whole until the new one is; nothing else is ever replaced.
    progress : callable, optional
        Called with one line at the start of each step, and with each warning of the certificate.

    Returns
    -------
    Manifest
        The content of ``edgeinterp.json``.

    Raises
    ------
    InputError
        Where the source cannot be loaded or exported, a package is missing, the folder is taken or cannot be written,
        or the exported graph disagrees with PyTorch (the message names the output).
    """
    say = progress or (lambda line: None)
    if quantize not in ("none", "int8", "fp16"):
        raise InputError(f"quantize {quantize!r}: expected none, int8 or fp16")
    chosen = {"per_channel": flag("per_channel", per_channel), "reduce_range": flag("reduce_range", reduce_range)}
    if quantize != "int8" and not all(chosen.values()):
        raise InputError("per_channel, reduce_range: are for quantize='int8'; leave them out")
    ways = chosen if quantize == "int8" else {}
    file_name("source", source)
    found, folder = locate(source), file_name("folder", folder)
    target = resolved(folder, "a new folder to write the model to")
    if found.path is not None and (found.path == target or target in found.path.parents):
        raise InputError(f"{folder}: holds the source itself; choose another folder")
    with staged_folder(folder, overwrite) as staging, turned_down(), _no_progress_bars():
        _require_packages()
        memory = memory_line(found, memory_available_mb())
        if memory is not None:
            say(memory)
        say(f"loading {found.given}")
        loaded = load_source(found, task)
        measured, certificate = _write_model(loaded, staging, quantize, ways, task, say)
        manifest = _manifest(
            loaded, measured, staging, quantize=quantize, certificate=certificate, name=source_name or found.name
        )
        manifest.save(staging)
        warn_of_unknown(staging, say)
    return manifest


def _write_model(
    loaded: Loaded, staging: Path, quantize: str, ways: dict[str, bool], task: str, say: Callable[[str], None]
) -> tuple[Measured, dict[str, Any]]:
    say("running it in PyTorch")
    measured = _measure(loaded)
    references = _references(loaded, measured)
    say(f"exporting {counted(measured.layers, 'layer')} of {counted(measured.heads, 'head')} to ONNX")
    _write_graph(loaded, measured, staging / _MODEL)
    loaded.let_go()  # PyTorch's outputs are kept; its weights are not needed twice
    say("comparing the graph with PyTorch")
    certificate = _certify(staging / _MODEL, measured, references, task)
    if quantize != "none":
        say(f"quantizing to {quantize} and comparing again")
        certificate = {
            **_quantize(staging, measured, references, quantize, ways),
            **({"quantizer": ways} if ways else {}),
            "before_quantization": {"tolerance": certificate["tolerance"], "worst": certificate["worst"]},
        }
    certificate["not_exported"] = loaded.left_out
    for warning in certificate["warnings"]:
        say(f"warning: {warning}")
    return measured, certificate


# ---- surroundings


def _require_packages() -> None:
    try:
        for name in _IMPORTS:
            importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"exporting needs packages that are missing or do not fit together ({first_line(error)}): "
            "pip install 'edgeinterp[export]'"
        ) from error


@contextlib.contextmanager
def _no_progress_bars() -> Iterator[None]:
    try:
        from transformers.utils import logging as bars
    except ImportError:
        # _require_packages reports a missing package in one line
        yield
        return
    shown = bars.is_progress_bar_enabled()
    bars.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            bars.enable_progress_bar()


# ---- measuring


def _forward(model: Any, feed: Feed) -> tuple[list[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """Return hidden states and attentions of a plain forward pass, as transformers returns them."""
    import torch

    tensors = {name: torch.from_numpy(value) for name, value in feed.items()}
    with torch.inference_mode():
        answer = model(**tensors, output_hidden_states=True, output_attentions=True, return_dict=True)
    parts = []
    for name in ("hidden_states", "attentions"):
        values = getattr(answer, name, None) or ()
        parts.append([np.empty(0, np.float32) if value is None else value.float().numpy() for value in values])
    return parts[0], parts[1]


def _read_tables(loaded: Loaded, feed: Feed) -> list[tuple[list[int], int]]:
    """Return every embedding look-up of one forward pass: the rows read, and the size of the table."""
    import torch

    seen: list[tuple[list[int], int]] = []

    class Lookups(torch.overrides.TorchFunctionMode):  # type: ignore[misc]
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if function is torch.nn.functional.embedding:
                seen.append((args[0].flatten().tolist(), int(args[1].shape[0])))
            return function(*args, **(kwargs or {}))

    with Lookups():
        _forward(loaded.model, feed)
    return seen


def _measure(loaded: Loaded) -> Measured:
    # not in order, so that only positions are; and the last token can be swapped with the one before it. Without
    # padding: RoBERTa and its kin give it a position of its own
    padding = {loaded.pad_token_id, getattr(loaded.model.config, "pad_token_id", None)}
    ids = loaded.known([token for token in (3, 7, 2, 5, 1, 4, 6, 0) if token not in padding])[:SAMPLE_LENGTH]
    feed = make_feed(Trial((SAMPLE_LENGTH,), "none"), loaded.inputs, [ids], loaded.pad_token_id)
    changed = {**feed, "input_ids": feed["input_ids"].copy()}
    changed["input_ids"][0, -1] = ids[1]
    beside = make_feed(Trial((SAMPLE_LENGTH, 2 * SAMPLE_LENGTH), "right"), loaded.inputs, [ids], loaded.pad_token_id)
    name = f"{loaded.source.given}: {loaded.architecture}"
    try:
        plain, other = _forward(loaded.model, feed), _forward(loaded.model, changed)
        padded = _forward(loaded.model, beside)[0] if "attention_mask" in beside else None
    except Exception as error:
        raise InputError(f"{name} does not run in PyTorch ({first_line(error)})") from error
    refuse_odd_shapes(name, *plain)
    hidden, attentions = plain
    return Measured(
        layers=len(attentions),
        heads=attentions[0].shape[1],
        hidden_size=hidden[0].shape[2],
        causal=is_causal(hidden, other[0]),
        padding_neutral=padded is not None and same_beside(hidden, padded),
        max_positions=max_positions(loaded.model.config, _read_tables(loaded, feed)),
    )


def _references(loaded: Loaded, measured: Measured) -> list[Reference]:
    texts = [loaded.known(loaded.tokenizer(text, padding=False, truncation=False)["input_ids"]) for text in SENTENCES]
    references = []
    for first, trial in enumerate(trials(measured.max_positions)):
        feed = make_feed(trial, loaded.inputs, texts, loaded.pad_token_id, first)
        hidden, attentions = _forward(loaded.model, feed)
        references.append(Reference(trial, feed, hidden + attentions))
    return references


# ---- writing


def _write_graph(loaded: Loaded, measured: Measured, path: Path) -> None:
    from optimum.exporters.onnx import export as optimum_export

    tokens = "sequence_length"
    axes: dict[str, dict[int, str]] = {
        name: {0: "batch_size", 2: tokens, 3: tokens} if name.startswith("attentions") else {0: "batch_size", 1: tokens}
        for name in measured.outputs
    }
    # the constructor is a partial of the architecture's class: the same class, with other outputs
    base = loaded.exporter.func
    readings = type(f"{base.__name__}WithReadings", (base,), {"outputs": property(lambda _: axes)})
    exporter = readings(loaded.model.config, *loaded.exporter.args, **loaded.exporter.keywords)
    try:
        optimum_export(
            loaded.model,
            exporter,
            path,
            opset=exporter.DEFAULT_ONNX_OPSET,
            model_kwargs={"output_attentions": True, "output_hidden_states": True},
        )
    except Exception as error:
        raise InputError(
            f"{loaded.source.given}: Optimum failed to export {loaded.architecture} ({first_line(error)})"
        ) from error
    tidy(path)


def _certify(path: Path, measured: Measured, references: list[Reference], task: str) -> dict[str, Any]:
    try:
        return certify(path, measured.outputs, references)
    except InputError as error:
        if task == _TASK:
            raise
        raise InputError(f"{error}; task {task} may not be traced faithfully, try {_TASK}") from error


def _quantize(
    staging: Path, measured: Measured, references: list[Reference], quantize: str, ways: dict[str, bool]
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=staging) as inner, told_of_no_room(staging):
        for path in [*staging.glob(f"{_MODEL}*")]:
            path.replace(Path(inner) / path.name)
        if quantize == "int8":
            quantize_int8(Path(inner) / _MODEL, staging / _MODEL, **ways)
        else:
            store_fp16(Path(inner) / _MODEL, staging / _MODEL)
    tidy(staging / _MODEL)
    return certify(staging / _MODEL, measured.outputs, references, quantization=quantize)


def _manifest(
    loaded: Loaded, measured: Measured, staging: Path, *, quantize: str, certificate: dict[str, Any], name: str
) -> Manifest:
    graph: OnnxFile = read_onnx(staging / _MODEL)
    write_tokenizer(loaded.tokenizer, staging, loaded.source.given)
    config = json.dumps(loaded.config, indent=2, sort_keys=True, ensure_ascii=False)
    (staging / "config.json").write_text(config + "\n", encoding="utf-8")
    versions = {package: importlib.metadata.version(package) for package in _PACKAGES}
    return Manifest(
        source=name,
        architecture=loaded.architecture,
        layers=measured.layers,
        heads=measured.heads,
        hidden_size=measured.hidden_size,
        max_positions=measured.max_positions,
        causal=measured.causal,
        padding_neutral=measured.padding_neutral,
        pad_token_id=loaded.tokenizer.pad_token_id,
        mask_token_id=loaded.tokenizer.mask_token_id,
        quantization=quantize,
        inputs=graph.inputs,
        files=hash_files(staging),
        versions={"edgeinterp": __version__, **versions},
        certificate=certificate,
        initializers=graph.initializers,
    )

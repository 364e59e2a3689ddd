"""Export into a model folder: imports torch, transformers and Optimum, and only when called."""

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
from ..reading.blocks import BlockForm
from ..runtime.arguments import file_name, flag
from ..runtime.counting import counted
from ..runtime.files import resolved
from ..runtime.system import memory_available_mb
from .chatter import first_line, turned_down
from .exporters import TASK
from .foreign.expose import expose
from .foreign.trying import Runner
from .foreign.value_outputs import Blocks, open_with_values, proved
from .from_onnx import export_onnx
from .loading import load_source
from .measuring import SAMPLE_LENGTH, Measured, is_causal, max_positions, refuse_odd_shapes, same_beside
from .onnx_edit import keep_outputs, quantize_int8, split_projections, store_fp16, tidy
from .parity import SENTENCES, Feed, Reference, Trial, certify, make_feed, trials
from .pooling import add_pooled, pooled
from .sources import Loaded, locate, memory_line, unusable
from .staging import hash_files, staged_folder, told_of_no_room
from .tokenizer_file import warn_of_unknown, write_tokenizer
from .tracing import readings_of

__all__ = ["export", "export_onnx"]

_MODEL = "model.onnx"
# Optimum may be missing: exporters.py
_IMPORTS = ("torch", "transformers", "onnx", "onnxruntime")
Texts = list[NDArray[np.int64]]
_PACKAGES = ("torch", "transformers", "optimum", "optimum-onnx", "onnx", "onnxruntime")


def export(
    source: str | Path,
    folder: str | Path,
    *,
    quantize: Literal["none", "int8", "fp16"] = "none",
    per_channel: bool = True,
    reduce_range: bool = True,
    task: str = TASK,
    source_name: str | None = None,
    overwrite: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Manifest:
    """Turn a transformer into a model folder whose graph also outputs hidden states and attentions.

    The model is loaded in float32 with eager attention (the default attention returns no attention maps), exported,
    compared with PyTorch over several shapes and paddings, and only then put in place. Optimum, where it can be
    imported, exports the architectures that it knows; ``torch.onnx.export`` exports the others. Meanwhile warnings and
    logging of the libraries are turned down for the whole process, and then restored.

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
        ``feature-extraction``, and the graph gives ``pooled`` as well: one vector a text, pooled as the source's
        ``1_Pooling`` says, else the mean. Or ``text-classification``, ``token-classification``, ``fill-mask``,
        ``text-generation``: it gives the ``logits`` of this head. Hidden states and attentions are the same in all.
        Of an encoder-decoder they are the encoder's; ``translation`` and ``summarization`` export its decoder too,
        with ``cross_attentions.i`` and logits for a text of its own (``Model.cross_attentions``).
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
        measured, certificate, form = _write_model(loaded, staging, quantize, ways, say)
        manifest = _manifest(
            loaded,
            measured,
            staging,
            quantize=quantize,
            certificate=certificate,
            form=form,
            name=source_name or found.name,
        )
        manifest.save(staging)
        warn_of_unknown(staging, say)
    return manifest


def _write_model(
    loaded: Loaded, staging: Path, quantize: str, ways: dict[str, bool], say: Callable[[str], None]
) -> tuple[Measured, dict[str, Any], BlockForm | None]:
    say("running it in PyTorch")
    measured = _measure(loaded)
    texts = [loaded.known(loaded.tokenizer(text, padding=False, truncation=False)["input_ids"]) for text in SENTENCES]
    outputs = [*measured.outputs, *measured.cross_attentions, *([loaded.head] if loaded.head else [])]
    references = _references(loaded, measured, texts, outputs)
    say(f"exporting {counted(measured.layers, 'layer')} of {counted(measured.heads, 'head')} to ONNX")
    _write_graph(loaded, outputs, staging / _MODEL)
    blocks = _with_values(loaded, outputs, texts, staging / _MODEL, measured.max_positions)
    loaded.let_go()  # PyTorch's outputs are kept; its weights are not needed twice
    say("comparing the graph with PyTorch")
    certificate = certify(staging / _MODEL, outputs, references)
    if quantize != "none":
        say(f"quantizing to {quantize} and comparing again")
        certificate = {
            **_quantize(staging, outputs, references, quantize, ways),
            **({"quantizer": ways} if ways else {}),
            "before_quantization": {"tolerance": certificate["tolerance"], "worst": certificate["worst"]},
        }
        if blocks.form is not None:
            runner = _runner(loaded, texts, staging / _MODEL)
            given = {name: name for name in runner.kinds}
            blocks = proved(runner, blocks.form, given, quantize, measured.max_positions)
    keep_outputs(staging / _MODEL, blocks.outputs)
    split_projections(staging / _MODEL)
    certificate["values"] = blocks.record
    certificate["not_exported"] = loaded.left_out
    if loaded.head == "pooled":
        certificate["pooling"] = loaded.pooling
    for warning in certificate["warnings"]:
        say(f"warning: {warning}")
    return measured, certificate, blocks.form


# ---- surroundings


def _require_packages() -> None:
    try:
        for name in _IMPORTS:
            importlib.import_module(name)
    except ImportError as error:
        raise InputError(
            f"exporting needs packages that are missing or do not fit together ({first_line(error)}): "
            "pip install 'edgeinterp[export]', or 'edgeinterp[export5]' for transformers 5"
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


def _forward(model: Any, feed: Feed) -> dict[str, NDArray[np.float32]]:
    """Return what a forward pass gives, by the names of ``readings_of``; what is missing there is empty."""
    import torch

    tensors = {name: torch.from_numpy(value) for name, value in feed.items()}
    with torch.inference_mode():
        answer = model(**tensors, output_hidden_states=True, output_attentions=True, return_dict=True)
    parts = readings_of(answer)
    return {name: np.empty(0, np.float32) if part is None else part.float().numpy() for name, part in parts.items()}


def _kind(parts: dict[str, NDArray[np.float32]], kind: str) -> list[NDArray[np.float32]]:
    return [part for name, part in parts.items() if name.startswith(f"{kind}.")]


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
        padded = _kind(_forward(loaded.model, beside), "hidden_states") if "attention_mask" in beside else None
    except Exception as error:
        raise unusable(name, error) from error
    hidden, attentions = (_kind(plain, kind) for kind in ("hidden_states", "attentions"))
    refuse_odd_shapes(name, hidden, attentions)
    return Measured(
        layers=len(attentions),
        heads=attentions[0].shape[1],
        hidden_size=hidden[0].shape[2],
        causal=is_causal(hidden, _kind(other, "hidden_states")),
        padding_neutral=padded is not None and same_beside(hidden, padded),
        max_positions=max_positions(loaded.model.config, _read_tables(loaded, feed)),
        decoder_layers=len(_kind(plain, "cross_attentions")),
    )


def _references(loaded: Loaded, measured: Measured, texts: Texts, outputs: list[str]) -> list[Reference]:
    references = []
    for first, trial in enumerate(trials(measured.max_positions)):
        feed = make_feed(trial, loaded.inputs, texts, loaded.pad_token_id, first)
        given = _forward(loaded.model, feed)
        if loaded.head == "pooled":
            given["pooled"] = pooled(loaded.pooling, given["last_hidden_state"], feed["attention_mask"])
        references.append(Reference(trial, feed, [given[name] for name in outputs]))
    return references


# ---- writing


def _write_graph(loaded: Loaded, outputs: list[str], path: Path) -> None:
    exporter = loaded.exporter
    try:
        # Optimum names what a model returns in its order
        given = ["last_hidden_state"] if loaded.head == "pooled" else []
        exporter.write(loaded.model, loaded.inputs, given + [name for name in outputs if name != "pooled"], path)
    except Exception as error:
        raise InputError(
            f"{loaded.source.given}: {exporter.name} failed to export {loaded.architecture} ({first_line(error)})"
        ) from error
    tidy(path)


def _runner(loaded: Loaded, texts: Texts, path: Path) -> Runner:
    return Runner(path, loaded.source.given, texts, loaded.pad_token_id)


def _with_values(loaded: Loaded, outputs: list[str], texts: Texts, path: Path, longest: int | None) -> Blocks:
    """Add outputs for values, projections and norms to an exported graph, in place; weights beside it stay there."""
    import onnx

    model = onnx.load(str(path), load_external_data=False)

    def exposed(names: dict[str, str]) -> Runner:
        onnx.save(expose(model, names, constants=False), str(path))
        return _runner(loaded, texts, path)

    names = {name: name for name in outputs}
    if loaded.head == "pooled":
        names["pooled"] = add_pooled(model, loaded.pooling, "last_hidden_state")
    blocks = open_with_values(model, names, {}, exposed, "none", longest)
    if blocks.form is None:
        exposed(blocks.outputs)
    tidy(path)
    return blocks


def _quantize(
    staging: Path, outputs: list[str], references: list[Reference], quantize: str, ways: dict[str, bool]
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=staging) as inner, told_of_no_room(staging):
        for path in [*staging.glob(f"{_MODEL}*")]:
            path.replace(Path(inner) / path.name)
        if quantize == "int8":
            quantize_int8(Path(inner) / _MODEL, staging / _MODEL, **ways)
        else:
            store_fp16(Path(inner) / _MODEL, staging / _MODEL)
    tidy(staging / _MODEL)
    return certify(staging / _MODEL, outputs, references, quantization=quantize)


def _manifest(
    loaded: Loaded,
    measured: Measured,
    staging: Path,
    *,
    quantize: str,
    certificate: dict[str, Any],
    form: BlockForm | None,
    name: str,
) -> Manifest:
    graph: OnnxFile = read_onnx(staging / _MODEL)
    write_tokenizer(loaded.tokenizer, staging, loaded.source.given)
    config = json.dumps(loaded.config, indent=2, sort_keys=True, ensure_ascii=False)
    (staging / "config.json").write_text(config + "\n", encoding="utf-8")
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
        exporter=loaded.exporter.name.lower(),
        inputs=graph.inputs,
        files=hash_files(staging),
        versions={"edgeinterp": __version__, **_versions()},
        certificate=certificate,
        initializers=graph.initializers,
        block=form,
        head=loaded.head,
        decoder_start_token_id=loaded.decoder_start_token_id,
    )


def _versions() -> dict[str, str]:
    """Return the versions of the exporting packages that are installed."""
    found = {}
    for package in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found

"""Turn a foreign ONNX file into a model folder: find attentions and hidden states in its graph, and expose them."""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._version import __version__
from ..errors import InputError
from ..model.manifest import Manifest
from ..model.onnx_file import read_onnx
from ..reading.blocks import BlockForm
from ..runtime.arguments import file_name
from ..runtime.counting import counted
from ..runtime.files import read_whole, resolved, unreadable
from .chatter import first_line, turned_down
from .foreign.expose import embedding_rows, expose, read_model, write_model
from .foreign.files import Files, locate_files
from .foreign.formats import architecture, number_format
from .foreign.graph import Graph
from .foreign.own import TRIAL, difference, own_outputs
from .foreign.pasts import without_pasts
from .foreign.patterns import Found, attention_candidates, find_hidden_states
from .foreign.trying import LEAKING, PADDING_ATTENTION, Runner, certificate, longest_input, measure
from .foreign.unfuse import unfuse
from .foreign.value_outputs import open_with_values
from .measuring import SAMPLE_LENGTH, Measured, max_positions
from .onnx_edit import split_projections, tidy
from .parity import INPUT_NAMES, SENTENCES, Trial
from .staging import hash_files, staged_folder
from .tokenizer_file import warn_of_unknown

__all__ = ["export_onnx"]

_MODEL = "model.onnx"
_TOKENIZER = "tokenizer.json"
Say = Callable[[str], None]
# what exports with a head, and Sentence Transformers, call them
_HEADS = {"logits": "logits", "pooled": "sentence_embedding"}
# largest difference of a file's own outputs, relative to their largest value, by number format: with few bits a value
# at the edge between two steps may fall to the other side
OWN_TOLERANCES, OWN_TOLERANCE = {"none": 1e-4, "fp16": 1e-2}, 0.05


def export_onnx(
    source: str | Path,
    folder: str | Path,
    *,
    tokenizer: str | Path | None = None,
    source_name: str | None = None,
    overwrite: bool = False,
    progress: Say | None = None,
) -> Manifest:
    """Turn an ONNX file of another exporter into a model folder, without PyTorch.

    Attentions are the softmaxes over tokens that are multiplied with the values; hidden state l is the other end of the
    skip connection around attention l + 1 (see docs/method.md). The found tensors are run on several shapes and must
    behave as their names say. Nothing is compared with PyTorch: whether the file computes the trained model's function
    is unknown.

    Parameters
    ----------
    source : str or Path
        An ``.onnx`` file, or a folder with one (also as ``onnx/model.onnx``). Its inputs are ``input_ids`` and at most
        ``attention_mask``, ``token_type_ids`` and ``position_ids``, with batch and length left open.
    folder : str or Path
        The model folder to write, whole or not at all: a new name, or an empty folder.
    tokenizer : str or Path, optional
        A ``tokenizer.json``, or a folder with one; by default the one beside the file, or one folder above.
    source_name : str, optional
        Name of the source in the manifest; by default the name of the file or folder.
    overwrite : bool
        Replace an older model folder, which stays whole until the new one is.
    progress : callable, optional
        Called with one line at the start of each step, and with each finding.

    Returns
    -------
    Manifest
        The content of ``edgeinterp.json``.

    Raises
    ------
    InputError
        Where a file is missing, fused nodes hide the attention, or a tensor's role is doubtful; the message gives the
        reason.
    """
    say = progress or (lambda line: None)
    own = None if tokenizer is None else file_name("tokenizer", tokenizer)
    files, folder = locate_files(file_name("source", source), own), file_name("folder", folder)
    if files.graph.is_relative_to(resolved(folder, "a new folder to write the model to")):
        raise InputError(f"{folder}: holds the source itself; choose another folder")
    try:
        importlib.import_module("onnx")
    except ImportError as error:
        raise InputError("reading ONNX files needs the package onnx: pip install 'edgeinterp[onnx]'") from error
    with staged_folder(folder, overwrite) as staging, turned_down():
        manifest = _write(files, staging, source_name or Path(source).expanduser().resolve().name, say)
        manifest.save(staging)
        warn_of_unknown(staging, say)
    return manifest


# ---- tokens


@dataclass(frozen=True)
class _Tokens:
    """Facts from the tokenizer."""

    texts: list[NDArray[np.int64]]
    pad: int | None
    mask: int | None


def _tokens(files: Files, rows: int | None) -> _Tokens:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_buffer(read_whole(files.tokenizer, "a tokenizer.json", pipes=False))
    except InputError:
        raise
    except Exception as error:  # the library raises plain Exception
        raise InputError(f"{files.tokenizer}: not a tokenizer ({first_line(error)})") from None
    padding = tokenizer.padding or {}
    tokenizer.no_padding()
    tokenizer.no_truncation()
    try:
        texts = [np.array(tokenizer.encode(text).ids, np.int64) for text in SENTENCES]
    except Exception as error:  # as above
        raise InputError(
            f"{files.tokenizer}: cannot cut a text into tokens ({first_line(error)}); copy it again"
        ) from None
    largest = max(int(ids.max()) for ids in texts if ids.size)
    if rows is not None and largest >= rows:
        raise InputError(
            f"{files.tokenizer}: gives id {largest}, but {files.given} knows {counted(rows, 'id')}; it is not this "
            "model's tokenizer"
        )

    def named(key: str, *usual: str) -> int | None:
        said = files.tokens.get(key)
        said = said.get("content") if isinstance(said, dict) else said
        known = (tokenizer.token_to_id(name) for name in (said, *usual) if isinstance(name, str))
        return next((token for token in known if token is not None), None)

    pad = named("pad_token", "[PAD]", "<pad>")
    return _Tokens(texts, padding.get("pad_id") if pad is None else pad, named("mask_token", "[MASK]", "<mask>"))


# ---- the work


def _write(files: Files, staging: Path, name: str, say: Say) -> Manifest:
    say(f"reading {files.given}")
    try:
        model = read_model(files.graph)
    except OSError as error:
        raise unreadable(files.given, error, "an ONNX model") from None
    except Exception as error:  # protobuf has exceptions of its own
        raise InputError(f"{files.given}: not a whole ONNX model ({first_line(error)}); copy it again") from None
    without_pasts(model)
    quantization, kind = number_format(model), architecture(model)
    rows = embedding_rows(model)
    tokens = _tokens(files, rows)
    own = own_outputs(files.graph, tokens.texts, tokens.pad or 0)
    found, inside = _find(model, files, tokens, staging, say)
    layers = len(found.attentions)
    outputs = [output.name for output in model.graph.output]
    head, given = next(((head, name) for head, name in _HEADS.items() if name in outputs), ("", ""))
    # most files name the last hidden state like this, whether or not a norm precedes it
    kept = {"last_hidden_state", given, *found.hidden_states, *found.attentions}
    names = {f"hidden_states.{index}": tensor for index, tensor in enumerate(found.hidden_states)}
    names |= {f"attentions.{index}": tensor for index, tensor in enumerate(found.attentions)}
    names |= {head: given} if head else {}
    with tempfile.TemporaryDirectory(dir=staging) as inner:
        # a graph of only the embeddings: onnxruntime computes a whole graph, and attentions grow with the square
        first = {"hidden_states.0": found.hidden_states[0]}
        longest = longest_input(_exposed(model, first, files, tokens, Path(inner) / _MODEL))
        most = OWN_TOLERANCES.get(quantization, OWN_TOLERANCE)
        apart = None if own is None else _apart(own, model, files, tokens, Path(inner) / _MODEL, most)
    exposed = functools.partial(_exposed, model, files=files, tokens=tokens, path=staging / _MODEL)
    blocks = open_with_values(model, names, inside, exposed, quantization, longest)
    runner = exposed(blocks.outputs)
    del exposed
    del model
    tidy(staging / _MODEL)
    split_projections(staging / _MODEL)
    say("running it to see whether they behave as such")
    leak = LEAKING if quantization.startswith("static") else PADDING_ATTENTION
    measured = measure(runner, layers, longest, leak)
    proof = certificate(runner, measured, names, leak)
    proof["found"] = {"block": found.block, "final_norm": found.final_norm}
    proof["own_outputs"] = {"largest_difference": apart, "tolerance": most}
    proof["values"] = blocks.record
    proof["not_exported"] = [name for name in outputs if name not in kept and not name.startswith("present")]
    return _manifest(
        files,
        measured,
        tokens,
        rows,
        staging,
        name=name,
        proof=proof,
        form=blocks.form,
        head=head,
        kind=kind,
        quantization=quantization,
    )


def _apart(own: dict[str, NDArray[Any]], model: Any, files: Files, tokens: _Tokens, path: Path, most: float) -> float:
    """Return how far the rewritten graph is from the file's own outputs, or refuse where it is another function."""
    renamed = {f"own.{index}": name for index, name in enumerate(own)}
    runner = _exposed(model, renamed, files, tokens, path)
    again = dict(zip(own, runner.run(list(renamed), runner.feed(TRIAL)), strict=True))
    apart = difference(own, again)
    if not apart <= most:
        raise InputError(
            f"{files.given}: rewritten to give attentions out, its own outputs differ by {apart:.2g} of their largest "
            f"value, more than {most:g}; use the file as it was before it was optimised"
        )
    return apart


def _exposed(model: Any, names: dict[str, str], files: Files, tokens: _Tokens, path: Path) -> Runner:
    """Write the graph with these outputs, in float32, and open it."""
    floats: set[str] = set()
    kinds: dict[str, str] = {}
    for _ in range(2):
        write_model(expose(model, names, floats), path)
        runner = Runner(path, files.given, tokens.texts, tokens.pad or 0, kinds)
        kinds = runner.kinds
        unknown = [item for item in runner.inputs if item not in INPUT_NAMES]
        if unknown:
            raise InputError(f"{files.given}: needs {unknown[0]} besides a text; export it without, or not at all")
        floats = {output for output, kind in runner.kinds.items() if kind in ("tensor(float16)", "tensor(double)")}
        if not floats:
            break
    return runner


def _find(model: Any, files: Files, tokens: _Tokens, staging: Path, say: Say) -> tuple[Found, dict[str, str]]:
    if "input_ids" not in {item.name for item in model.graph.input}:
        listed = ", ".join(item.name for item in model.graph.input)
        raise InputError(f"{files.given}: has no input input_ids (but {listed}); expected a model of text")
    inside = unfuse(model, files.given)
    graph = Graph(model.graph)
    candidates = attention_candidates(graph, inside, files.given)
    with tempfile.TemporaryDirectory(dir=staging) as inner:
        renamed = {f"candidate.{index}": name for index, name in enumerate(candidates)}
        runner = _exposed(model, renamed, files, tokens, Path(inner) / _MODEL)
        answers = runner.run(list(renamed), runner.feed(Trial((SAMPLE_LENGTH, SAMPLE_LENGTH), "none")))
    shapes = {name: answer.shape for name, answer in zip(candidates, answers, strict=True)}
    attentions = [
        name
        for name, shape in shapes.items()
        if len(shape) == 4 and shape[0] == 2 and shape[2:] == (SAMPLE_LENGTH, SAMPLE_LENGTH)
    ]
    for name, shape in shapes.items():
        if name not in attentions:
            if not attentions or len(shape) != 4:
                raise InputError(
                    f"{files.given}: softmax {candidates[name]} weighs tokens in shape {list(shape)}, expected "
                    f"[2, heads, {SAMPLE_LENGTH}, {SAMPLE_LENGTH}]; not sure that it is attention"
                )
            say(f"left out: softmax {candidates[name]}, whose weights have shape {list(shape)}")
    found = find_hidden_states(graph, attentions, inside, files.given)
    say(f"found {counted(len(attentions), 'attention')}: {', '.join(attentions)}")
    say(f"found {counted(len(found.hidden_states), 'hidden state')}: {', '.join(found.hidden_states)}")
    say(
        f"blocks go {' - '.join(found.block)}; {'a' if found.final_norm else 'no'} norm is inside the last hidden state"
    )
    return found, inside


def _manifest(
    files: Files,
    measured: Measured,
    tokens: _Tokens,
    rows: int | None,
    staging: Path,
    *,
    name: str,
    proof: dict[str, Any],
    form: BlockForm | None,
    head: str,
    kind: str,
    quantization: str,
) -> Manifest:
    graph = read_onnx(staging / _MODEL)
    (staging / _TOKENIZER).write_bytes(read_whole(files.tokenizer, "a tokenizer.json", pipes=False))
    config = {key: value for key, value in files.config.items() if key != "_name_or_path"}
    if rows is not None:
        config["vocab_size"] = rows
    content = json.dumps(config, indent=2, sort_keys=True, ensure_ascii=False)
    (staging / "config.json").write_text(content + "\n", encoding="utf-8")
    named = config.get("architectures") or [config.get("model_type", kind)]
    limits = [measured.max_positions, max_positions(SimpleNamespace(**config), [])]
    return Manifest(
        source=name,
        architecture=str(named[0]),
        layers=measured.layers,
        heads=measured.heads,
        hidden_size=measured.hidden_size,
        max_positions=min((limit for limit in limits if limit is not None), default=None),
        causal=measured.causal,
        padding_neutral=measured.padding_neutral,
        pad_token_id=tokens.pad,
        mask_token_id=tokens.mask,
        quantization=quantization,
        inputs=graph.inputs,
        files=hash_files(staging),
        versions={
            "edgeinterp": __version__,
            **{package: importlib.metadata.version(package) for package in ("onnx", "onnxruntime")},
        },
        certificate=proof,
        block=form,
        head=head,
        initializers=graph.initializers,
    )

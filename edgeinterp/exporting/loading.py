"""Load a transformers model for export: float32, eager attention, evaluation mode."""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import json
import re
from typing import Any

from ..errors import InputError
from .parity import INPUT_NAMES
from .sources import Loaded, Source, unloadable, untokenizable

__all__ = ["load_source"]

_HEAD = re.compile(r"For[A-Z]|LMHead|DoubleHeads")


def load_source(source: Source, task: str) -> Loaded:
    """Load model, tokenizer and export configuration; of an encoder-decoder, the encoder alone.

    Parameters
    ----------
    source : Source
    task : str
        Optimum's name of the task whose model class is loaded.

    Raises
    ------
    InputError
        Where something cannot be loaded, weights are missing, Optimum has no configuration for the architecture, or
        the model needs more than a text.
    """
    from transformers import AutoConfig

    # each library below has its own exceptions; with any of them the source cannot be used
    try:
        config = AutoConfig.from_pretrained(source.location, **source.arguments)
    except Exception as error:
        raise unloadable(source, error) from error
    both = bool(getattr(config, "is_encoder_decoder", False))
    constructor = _encoder_constructor() if both else _exporter_constructor(source, config, task)
    content = json.loads(config.to_json_string(use_diff=True))
    content.pop("_name_or_path", None)
    model, missing, unused = _load_model(source, config, task)
    left_out = _left_out(model, content, missing, unused)
    weights = {name: weight for name, weight in model.named_parameters() if name in missing}
    if both:
        content["architectures"] = [f"{type(model).__name__} (encoder)"]
        model = _encoder_of(source, model)
    _refuse_missing_weights(source, model, weights)
    exporter = constructor(model.config)
    inputs = list(exporter.inputs)
    unknown = [name for name in inputs if name not in INPUT_NAMES]
    if unknown:
        raise InputError(f"{source.given}: {config.model_type} needs {unknown[0]} besides a text; not supported")
    return Loaded(source, model, constructor, _load_tokenizer(source), content, inputs, left_out)


def _exporter_constructor(source: Source, config: Any, task: str) -> Any:
    """Return the constructor of Optimum's export configuration for this architecture, before any weight is loaded."""
    from optimum.exporters.tasks import TasksManager

    if task.endswith("-with-past"):
        raise InputError(f"task {task}: readings need whole texts; use {task.removesuffix('-with-past')}")
    try:
        return TasksManager.get_exporter_config_constructor(
            "onnx", task=task, model_type=config.model_type, library_name="transformers"
        )
    except (KeyError, ValueError) as error:
        # its message goes on to list every known architecture
        reason = str(error.args[0]).partition(". Only ")[0] if error.args else type(error).__name__
        raise InputError(f"{source.given}: Optimum cannot export {config.model_type} for {task} ({reason})") from error


def _encoder_constructor() -> Any:
    """Return the constructor of an export configuration for any encoder that takes tokens and a mask."""
    from optimum.exporters.onnx.config import TextEncoderOnnxConfig
    from optimum.utils import NormalizedTextConfig

    axes = {0: "batch_size", 1: "sequence_length"}
    inputs = property(lambda _: {"input_ids": axes, "attention_mask": axes})
    outputs = property(lambda _: {"last_hidden_state": axes})
    members = {"NORMALIZED_CONFIG_CLASS": NormalizedTextConfig, "inputs": inputs, "outputs": outputs}
    return functools.partial(type("EncoderOnnxConfig", (TextEncoderOnnxConfig,), members))


def _encoder_of(source: Source, model: Any) -> Any:
    """Return the encoder of an encoder-decoder: the decoder would need a second text."""
    encoder = model.get_encoder() if hasattr(model, "get_encoder") else None
    if encoder is None or "input_ids" not in inspect.signature(encoder.forward).parameters:
        kind = model.config.model_type
        raise InputError(f"{source.given}: {kind} is an encoder-decoder whose encoder takes no text; not supported")
    return encoder


def _load_model(source: Source, config: Any, task: str) -> tuple[Any, set[str], set[str]]:
    """Return the whole model, the names of weights that the source lacks, and those that the model does not use."""
    import torch
    from optimum.exporters.tasks import TasksManager

    # the progress bar for GGUF files ignores all settings; edgeinterp reports progress itself
    try:
        auto = TasksManager.get_model_class_for_task(task, model_type=config.model_type, library="transformers")
        with contextlib.redirect_stderr(io.StringIO()):
            model, report = auto.from_pretrained(
                source.location,
                config=config,
                attn_implementation="eager",
                dtype=torch.float32,
                output_loading_info=True,
                **source.arguments,
            )
    except Exception as error:
        raise unloadable(source, error) from error
    # from_pretrained does this too, but a model that exports its dropout is silently wrong
    model = model.eval().requires_grad_(False)
    if hasattr(model.config, "use_cache"):
        model.config.use_cache = False
    return model, set(report["missing_keys"]), set(report["unexpected_keys"])


def _left_out(model: Any, config: dict[str, Any], missing: set[str], unused: set[str]) -> list[str]:
    """Name the parts of a source that readings do not depend on: poolers, heads, and the decoder beside an encoder.

    A head that shares its weights with the embeddings has none of its own, but its architecture's name tells of it.
    """
    base = getattr(model, "base_model_prefix", "")
    inner = getattr(model, base, model) if base else model
    loaded = {name for name, _ in model.named_parameters()} - missing
    parts = {name.split(".")[0] for name in unused} - {base}
    parts |= {name.split(".")[0] for name in loaded if inner is not model and not name.startswith(f"{base}.")}
    parts |= {"pooler" for name in loaded if "pooler" in name.split(".")}
    if getattr(model.config, "is_encoder_decoder", False):
        parts.add("decoder")
    heads = [f"the {_head_of(name)}head of {name}" for name in config.get("architectures") or [] if _HEAD.search(name)]
    return [*sorted(parts), *heads]


def _head_of(architecture: str) -> str:
    """Name a head's purpose, as far as the name of its architecture tells."""
    if re.search(r"LM|PreTraining|ConditionalGeneration", architecture):
        return "language-model "
    return "classification " if "Classification" in architecture else ""


def _refuse_missing_weights(source: Source, model: Any, weights: dict[str, Any]) -> None:
    """Refuse weights that are random because the source lacks them, where readings depend on them.

    A pooler or a task's head may be missing; the gradient, not the name, decides whether a weight matters.
    """
    import torch

    if not weights:
        return
    for weight in weights.values():
        weight.requires_grad_(True)
    ids = torch.arange(1, 5)[None] % model.get_input_embeddings().weight.shape[0]
    with torch.enable_grad():
        answer = model(input_ids=ids, output_hidden_states=True, output_attentions=True, return_dict=True)
        total = sum(part.sum() for part in (*(answer.hidden_states or ()), *(answer.attentions or ())))
        used = [None] * len(weights)
        if isinstance(total, torch.Tensor) and total.requires_grad:
            used = torch.autograd.grad(total, list(weights.values()), allow_unused=True)
    model.requires_grad_(False)
    for name, gradient in zip(weights, used, strict=True):
        if gradient is not None:
            raise InputError(f"{source.given}: has no weights for {name}; it is not a whole model of its architecture")


def _load_tokenizer(source: Source) -> Any:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(source.location, use_fast=True, **source.arguments)
    except Exception as error:
        raise untokenizable(source, error) from error
    if not tokenizer.is_fast:
        kind = type(tokenizer).__name__
        raise InputError(f"{source.given}: {kind} has no tokenizer.json; expected a tokenizer with a fast version")
    return tokenizer

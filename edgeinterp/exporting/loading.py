"""Load a transformers model for export: float32, eager attention, evaluation mode."""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import re
from typing import Any

from ..errors import InputError
from .exporters import TASK, Exporter, choose_exporter
from .parity import INPUT_NAMES
from .pooling import pooling_of
from .sources import Loaded, Source, unloadable, untokenizable, unusable

__all__ = ["load_source"]

_HEAD = re.compile(r"For[A-Z]|LMHead|DoubleHeads")


def load_source(source: Source, task: str) -> Loaded:
    """Load model and tokenizer, and choose the exporter; of an encoder-decoder, the encoder alone.

    Parameters
    ----------
    source : Source
    task : str
        Optimum's name of the task whose model class is loaded.

    Raises
    ------
    InputError
        Where something cannot be loaded, weights are missing, no exporter has the task, or the model needs more than a
        text.
    """
    from transformers import AutoConfig

    # each library below has its own exceptions; with any of them the source cannot be used
    try:
        config = AutoConfig.from_pretrained(source.location, **source.arguments)
    except Exception as error:
        raise unloadable(source, error) from error
    both = bool(getattr(config, "is_encoder_decoder", False))
    exporter = choose_exporter(source, config, task)
    content = json.loads(config.to_json_string(use_diff=True))
    content.pop("_name_or_path", None)
    model, missing, unused = _load_model(source, config, exporter)
    left_out = _left_out(model, content, missing, unused)
    if task != TASK:
        _refuse_another_head(source, model, missing, task)
        left_out = [part for part in left_out if part in unused]
    weights = {name: weight for name, weight in model.named_parameters() if name in missing}
    if both:
        content["architectures"] = [f"{type(model).__name__} (encoder)"]
        encoder = _encoder_of(source, model)
        model = encoder if task == TASK else model
    _refuse_missing_weights(source, encoder if both else model, weights, logits=task != TASK and not both)
    inputs = exporter.inputs(model)
    unknown = [name for name in inputs if name not in (*INPUT_NAMES, "decoder_input_ids")]
    if unknown:
        raise InputError(f"{source.given}: {config.model_type} needs {unknown[0]} besides a text; not supported")
    tokenizer = _load_tokenizer(source)
    if model.config.pad_token_id is None:
        # decoders that classify look for the last token that is not padding
        model.config.update({"pad_token_id": tokenizer.pad_token_id})
    head, pooling = ("" if task == TASK else "logits"), "mean"
    if task == TASK and "attention_mask" in inputs:
        pooling, not_pooled = pooling_of(source)
        head = "pooled" if pooling else ""
        left_out += not_pooled
    start = _start_of_target(source, model) if both and task != TASK else None
    return Loaded(source, model, exporter, tokenizer, content, inputs, left_out, head, pooling, start)


def _start_of_target(source: Source, model: Any) -> int:
    """Return the id that a decoder's own text begins with."""
    for config in (model.config, getattr(model, "generation_config", None)):
        start = getattr(config, "decoder_start_token_id", None)
        if isinstance(start, int):
            return start
    raise InputError(f"{source.given}: config.json has no decoder_start_token_id; give it, or leave --task out")


def _refuse_another_head(source: Source, model: Any, missing: set[str], task: str) -> None:
    """Refuse a task whose head the source has no weights for: its logits would be random."""
    inner = "" if model.config.is_encoder_decoder else f"{getattr(model, 'base_model_prefix', '')}."
    random = sorted(name for name in missing if not inner or not name.startswith(inner))
    if random:
        raise InputError(
            f"{source.given}: has no weights for {random[0]}, so it has no head for {task}; leave --task out"
        )


def _encoder_of(source: Source, model: Any) -> Any:
    """Return the encoder of an encoder-decoder: the decoder would need a second text."""
    encoder = model.get_encoder() if hasattr(model, "get_encoder") else None
    if encoder is None or "input_ids" not in inspect.signature(encoder.forward).parameters:
        kind = model.config.model_type
        raise InputError(f"{source.given}: {kind} is an encoder-decoder whose encoder takes no text; not supported")
    return encoder


def _load_model(source: Source, config: Any, exporter: Exporter) -> tuple[Any, set[str], set[str]]:
    """Return the whole model, the names of weights that the source lacks, and those that the model does not use."""
    import torch

    # the progress bar for GGUF files ignores all settings; edgeinterp reports progress itself
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            model, report = exporter.model_class().from_pretrained(
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


def _refuse_missing_weights(source: Source, model: Any, weights: dict[str, Any], *, logits: bool) -> None:
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
        try:
            answer = model(input_ids=ids, output_hidden_states=True, output_attentions=True, return_dict=True)
        except Exception as error:
            raise unusable(f"{source.given}: {type(model).__name__}", error) from error
        parts = (*(answer.hidden_states or ()), *(answer.attentions or ()), *([answer.logits] if logits else []))
        total = sum(part.sum() for part in parts)
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

"""Choose how a model becomes an ONNX graph: by Optimum, or by ``torch.onnx.export`` where Optimum cannot."""

from __future__ import annotations

import functools
import importlib
from pathlib import Path
from typing import Any, Protocol

from ..errors import InputError
from .chatter import first_line
from .parity import INPUT_NAMES
from .sources import Source
from .tracing import choose_inputs, write_traced

__all__ = [
    "TASK",
    "TWO_SIDED",
    "Exporter",
    "OptimumExporter",
    "TorchExporter",
    "axes_of",
    "choose_exporter",
    "optimum_fault",
]

TASK = "feature-extraction"
# transformers' classes of the tasks whose head can be exported
CLASSES = {
    TASK: "AutoModel",
    "text-classification": "AutoModelForSequenceClassification",
    "token-classification": "AutoModelForTokenClassification",
    "fill-mask": "AutoModelForMaskedLM",
    "text-generation": "AutoModelForCausalLM",
    "translation": "AutoModelForSeq2SeqLM",
    "summarization": "AutoModelForSeq2SeqLM",
}
# tasks of encoder-decoders, whose decoder reads the text by cross-attention
TWO_SIDED = ("translation", "summarization")
_AXES = {0: "batch_size", 1: "sequence_length"}

Axes = dict[str, dict[int, str]]


class Exporter(Protocol):
    """One way from a source to a graph."""

    name: str
    """Name in messages; in lower case, name in the manifest."""

    def model_class(self) -> Any:
        """Return the class whose ``from_pretrained`` loads the model."""

    def inputs(self, model: Any) -> list[str]:
        """Return the inputs of the graph, of ``INPUT_NAMES`` where the model needs no more than a text."""

    def write(self, model: Any, inputs: list[str], outputs: list[str], path: Path) -> None:
        """Write the graph of a loaded model, with the given outputs in the order in which the model returns them."""


class OptimumExporter:
    """Export by Optimum's configuration of an architecture, to which the outputs are added.

    Parameters
    ----------
    constructor : callable
        Constructor of the configuration: a ``functools.partial`` of its class.
    model_type, task : str
        Names of the architecture and of Optimum's task.
    """

    name = "Optimum"

    def __init__(self, constructor: Any, model_type: str, task: str) -> None:
        self.constructor, self.model_type, self.task = constructor, model_type, task

    def model_class(self) -> Any:
        """Return the class of the task."""
        from optimum.exporters.tasks import TasksManager

        return TasksManager.get_model_class_for_task(self.task, model_type=self.model_type, library="transformers")

    def inputs(self, model: Any) -> list[str]:
        """Return the configuration's inputs."""
        return list(self.constructor(model.config).inputs)

    def write(self, model: Any, inputs: list[str], outputs: list[str], path: Path) -> None:
        """Write the graph as Optimum traces it."""
        from optimum.exporters.onnx import export

        base = self.constructor.func
        # the same class, with other outputs
        readings = type(
            f"{base.__name__}WithReadings", (base,), {"outputs": property(lambda _: axes_of(outputs, self.task))}
        )
        config = readings(model.config, *self.constructor.args, **self.constructor.keywords)
        kwargs = {"output_attentions": True, "output_hidden_states": True}
        export(model, config, path, opset=config.DEFAULT_ONNX_OPSET, model_kwargs=kwargs)


class TorchExporter:
    """Export by ``torch.onnx.export``, for any model that takes tokens and a mask.

    Parameters
    ----------
    task : str
        One of ``CLASSES``.
    """

    name = "Torch"

    def __init__(self, task: str = TASK) -> None:
        self.task = task

    def model_class(self) -> Any:
        """Return the class of the task."""
        import transformers

        return getattr(transformers, CLASSES[self.task])

    def inputs(self, model: Any) -> list[str]:
        """Return tokens, mask and, where there is more than one type, token types."""
        return choose_inputs(model)

    def write(self, model: Any, inputs: list[str], outputs: list[str], path: Path) -> None:
        """Write the graph as TorchScript traces it."""
        write_traced(model, inputs, outputs, axes_of([*inputs, *outputs], self.task), path)


def choose_exporter(source: Source, config: Any, task: str) -> Exporter:
    """Return Optimum's exporter where it knows the architecture, else the one of PyTorch.

    Parameters
    ----------
    source : Source
    config : transformers configuration
    task : str
        Optimum's name of the task whose model class is loaded.

    Raises
    ------
    InputError
        Where a task is asked for that no exporter has.
    """
    if task not in CLASSES:
        whole = task.removesuffix("-with-past")
        raise InputError(f"task {task}: expected {', '.join(CLASSES)}" + (f"; use {whole}" if whole in CLASSES else ""))
    both = bool(getattr(config, "is_encoder_decoder", False))
    if task != TASK and both is not (task in TWO_SIDED):
        kind, other = ("an", f"one of {', '.join(TWO_SIDED)}") if both else ("no", "another task")
        raise InputError(
            f"{source.given}: {config.model_type} is {kind} encoder-decoder; give {other}, or leave it out"
        )
    # Optimum traces some models with a head apart from their own hidden states
    if task != TASK or optimum_fault() is not None:
        return TorchExporter(task)
    if both:
        return OptimumExporter(_encoder_constructor(), config.model_type, task)
    from optimum.exporters.tasks import TasksManager

    try:
        constructor = TasksManager.get_exporter_config_constructor(
            "onnx", task=task, model_type=config.model_type, library_name="transformers"
        )
    except (KeyError, ValueError):
        return TorchExporter(task)
    return OptimumExporter(constructor, config.model_type, task)


def optimum_fault() -> str | None:
    """Return why Optimum's exporter cannot be imported; None where it can."""
    try:
        # registers the architectures
        importlib.import_module("optimum.exporters.onnx.model_configs")
    except Exception as error:  # what its import raises beside another release of transformers is not foreseeable
        return first_line(error)
    return None


def axes_of(outputs: list[str], task: str) -> Axes:
    """Return names of the dynamic axes of hidden states, attentions and what a head gives."""
    batch, tokens = _AXES.values()
    target = "target_length" if task in TWO_SIDED else tokens
    by_kind = {
        "attentions": {0: batch, 2: tokens, 3: tokens},
        "cross_attentions": {0: batch, 2: target, 3: tokens},
        "logits": {0: batch} if task == "text-classification" else {0: batch, 1: target},
        "decoder_input_ids": {0: batch, 1: target},
    }
    return {name: by_kind.get(name.split(".")[0], _AXES) for name in outputs}


def _encoder_constructor() -> Any:
    """Return the constructor of an export configuration for any encoder that takes tokens and a mask."""
    from optimum.exporters.onnx.config import TextEncoderOnnxConfig
    from optimum.utils import NormalizedTextConfig

    inputs = property(lambda _: dict.fromkeys(INPUT_NAMES[:2], _AXES))
    outputs = property(lambda _: {"last_hidden_state": _AXES})
    members = {"NORMALIZED_CONFIG_CLASS": NormalizedTextConfig, "inputs": inputs, "outputs": outputs}
    return functools.partial(type("EncoderOnnxConfig", (TextEncoderOnnxConfig,), members))

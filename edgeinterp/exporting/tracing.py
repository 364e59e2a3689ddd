"""Export any model of transformers by ``torch.onnx.export``: traced by TorchScript, with axes of any length.

TorchScript, not ``dynamo=True``: Optimum exports by it too; it needs no further package; a model of 3 layers takes a
second where dynamo takes ten to sixty. Of 41 families that both were tried on, dynamo failed one (GPT-OSS).
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from .measuring import SAMPLE_LENGTH
from .parity import Trial, make_feed

__all__ = ["choose_inputs", "gather_weights", "readings_of", "write_traced"]

# LayerNormalization is one operator from 17 on; onnxruntime 1.18 reads it
OPSET = 17


def choose_inputs(model: Any) -> list[str]:
    """Return the inputs that the model takes and a text gives.

    Positions are left to the model, which numbers them its own way.
    """
    taken = inspect.signature(model.forward).parameters
    types = (getattr(model.config, "type_vocab_size", None) or 0) > 1
    both = model.config.is_encoder_decoder and "decoder_input_ids" in taken
    names = ["input_ids", "attention_mask", *(["token_type_ids"] if types else [])]
    return [name for name in [*names, *(["decoder_input_ids"] if both else [])] if name in taken]


def write_traced(
    model: Any, inputs: list[str], outputs: list[str], axes: dict[str, dict[int, str]], path: Path
) -> None:
    """Write the graph of a model, in evaluation mode, with hidden states and attentions as outputs.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        Its experts are computed in another way afterwards.
    inputs, outputs : list of str
        Names, in order; outputs as ``readings_of`` calls them.
    axes : dict
        For every input and output its dynamic axes and their names.
    path : Path
        Weights that do not fit into 2 GB go into one file beside.
    """
    import torch

    forward = model.forward

    def readings(*given: Any) -> tuple[Any, ...]:
        fed = dict(zip(inputs, given, strict=True))
        answer = forward(**fed, output_hidden_states=True, output_attentions=True, return_dict=True)
        parts = readings_of(answer)
        return tuple(parts[name] for name in outputs)

    # not wrapped into a module, which would add to the names of the weights
    model.eval().forward = readings
    if hasattr(model, "set_experts_implementation"):
        # others count or loop over the experts that a text takes, which a trace cannot
        with contextlib.suppress(ValueError):
            model.set_experts_implementation("batched_mm")
    # with padding, so that no branch for texts without it is taken
    ids = np.arange(1, SAMPLE_LENGTH + 1) % model.get_input_embeddings().weight.shape[0]
    feed = make_feed(Trial((SAMPLE_LENGTH, SAMPLE_LENGTH - 2), "right"), inputs, [ids], 0)
    try:
        with torch.no_grad(), _traceable():
            torch.onnx.export(
                model,
                tuple(torch.from_numpy(feed[name]) for name in inputs),
                str(path),
                input_names=inputs,
                output_names=outputs,
                dynamic_axes=axes,
                opset_version=OPSET,
                dynamo=False,
            )
    finally:
        del model.forward
    gather_weights(path)


def readings_of(answer: Any) -> dict[str, Any]:
    """Return what a model answers, by name; hidden states and attentions are an encoder's where there is a decoder."""
    both = "encoder_hidden_states" in answer
    start = "encoder_" if both else ""
    kinds = {"hidden_states": f"{start}hidden_states", "attentions": f"{start}attentions"}
    kinds |= {"cross_attentions": "cross_attentions"} if both else {}
    parts = {
        f"{kind}.{place}": part for kind, name in kinds.items() for place, part in enumerate(answer.get(name) or ())
    }
    return {**parts, **{name: answer[name] for name in ("logits", "last_hidden_state") if name in answer}}


def gather_weights(path: Path) -> None:
    """Put weights that PyTorch wrote into a file each into one, ``model.onnx_data`` beside ``model.onnx``."""
    import onnx

    beside = {file for file in path.parent.iterdir() if file.is_file() and file != path}
    model = onnx.load(str(path), load_external_data=False)
    named = {entry.value for item in model.graph.initializer for entry in item.external_data if entry.key == "location"}
    if not named:
        return
    model = onnx.load(str(path))
    onnx.save(model, str(path), save_as_external_data=True, location=f"{path.name}_data", size_threshold=100)
    for file in beside:
        if file.name in named:
            file.unlink()


@contextlib.contextmanager
def _traceable() -> Iterator[None]:
    """Compute in other words, meanwhile, what TorchScript cannot trace, and keep it from printing its graphs."""
    import torch
    from transformers import masking_utils

    class Interleaved(torch.overrides.TorchFunctionMode):  # type: ignore[misc]
        """``repeat_interleave`` loses its shape in a trace (Cohere, GLM)."""

        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if function in (torch.repeat_interleave, torch.Tensor.repeat_interleave):
                return _interleave(function, *args, **(kwargs or {}))
            return function(*args, **(kwargs or {}))

    # transformers 4 makes masks by vmap, which cannot be traced; 5 does not, and has no function of this name
    by_vmap = {"_vmap_for_bhqkv": _everywhere, "TransformGetItemToIndex": contextlib.nullcontext}
    kept = {name: vars(masking_utils)[name] for name in by_vmap if hasattr(masking_utils, "_vmap_for_bhqkv")}
    printing = torch._C._jit_is_onnx_log_enabled()
    torch._C._jit_set_onnx_log_enabled(False)
    vars(masking_utils).update({name: by_vmap[name] for name in kept})
    try:
        with Interleaved():
            yield
    finally:
        torch._C._jit_set_onnx_log_enabled(printing)
        vars(masking_utils).update(kept)


def _interleave(function: Any, values: Any, repeats: Any, dim: int | None = None, **others: Any) -> Any:
    """Repeat each row a number of times, as ``torch.repeat_interleave`` does."""
    if dim is None or not isinstance(repeats, int):
        return function(values, repeats, dim, **others)
    dim %= values.ndim
    import torch

    return torch.stack([values] * repeats, dim + 1).flatten(dim, dim + 1)


def _everywhere(mask: Any) -> Any:
    """Return a mask's function of one text, head, query and key as a function of all of them."""
    return lambda texts, heads, queries, keys: mask(
        texts[:, None, None, None], heads[None, :, None, None], queries[:, None], keys[None, :]
    )

"""Readings of attention in PyTorch, from the formulas of the papers: what transformers' own modules are read with.

With weights a, block input x and f^h(u_j) = W_O^h (W_V^h u_j + b^h), part T_ij = sum_h a^h_ij f^h(u_j). It is slow and
keeps all parts in memory; it knows nothing of model folders.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import torch

# of the largest singular value, below which a direction is rounding
RANK = 1e-5
# what has no place for the token's own vector, and is averaged with the identity before blocks are multiplied
WITHOUT_OWN = ("attention", "effective", "norm")

Doubles = NDArray[np.float64]
# columns of one token's row, heads, width of a head -> (n, value heads, width)
Split = Callable[[Any, int, int], Any]


def alone(columns: Any, heads: int, width: int) -> Any:
    """Values have a matrix of their own."""
    return columns.reshape(len(columns), -1, width)


def by_head(columns: Any, heads: int, width: int) -> Any:
    """Query, key and value of the first head, then of the second."""
    return columns.reshape(len(columns), heads, 3, width)[:, :, 2]


def last(groups: int | None = None) -> Split:
    """All queries, all keys, all values, of as many heads as queries or fewer."""

    def split(columns: Any, heads: int, width: int) -> Any:
        count = groups or heads
        return columns[:, -count * width :].reshape(len(columns), count, width)

    return split


@dataclass(frozen=True)
class Layout:
    """Where a family keeps what readings are made of.

    Attributes
    ----------
    blocks : str
        Path of the list of blocks; the other paths begin at a block.
    value, output : str
        The module that makes values, and the output projection.
    next : str
        The module that is given what the block gives on; or the network, where that is beside attention.
    beside : bool
        Whether the network reads the block's input.
    split : callable
        Takes values out of what the module ``value`` returns.
    value_bias : str
        A parameter that is added to values afterwards.
    norm : str
        The norm after attention.
    branch : bool
        Whether that norm is over attention alone, and the block's input is added to what it returns.
    rms : bool
        Whether it leaves the mean.
    unit : float
        What it adds to its weight.
    factor : str
        The number in the configuration that multiplies attention before it is added.
    """

    blocks: str
    value: str
    output: str
    next: str
    beside: bool = False
    split: Split = alone
    value_bias: str = ""
    norm: str = ""
    branch: bool = False
    rms: bool = False
    unit: float = 0.0
    factor: str = ""


_BERT = Layout(
    "encoder.layer",
    "attention.self.value",
    "attention.output.dense",
    "intermediate",
    norm="attention.output.LayerNorm",
)
_LLAMA = Layout("layers", "self_attn.v_proj", "self_attn.o_proj", "post_attention_layernorm")
_GEMMA2 = replace(
    _LLAMA, next="pre_feedforward_layernorm", norm="post_attention_layernorm", branch=True, rms=True, unit=1.0
)
_GPT2 = Layout("h", "attn.c_attn", "attn.c_proj", "ln_2", split=last())
_BLOOM = Layout(
    "h", "self_attention.query_key_value", "self_attention.dense", "post_attention_layernorm", split=by_head
)

LAYOUTS: dict[str, Layout] = {
    "bert": _BERT,
    "roberta": _BERT,
    "xlm-roberta": _BERT,
    "distilbert": Layout("transformer.layer", "attention.v_lin", "attention.out_lin", "ffn", norm="sa_layer_norm"),
    "albert": Layout(
        "encoder.albert_layer_groups.0.albert_layers",
        "attention.value",
        "attention.dense",
        "ffn",
        norm="attention.LayerNorm",
    ),
    "electra": _BERT,
    "deberta-v2": replace(_BERT, value="attention.self.value_proj"),
    "mpnet": replace(_BERT, value="attention.attn.v", output="attention.attn.o", norm="attention.LayerNorm"),
    "modernbert": Layout("layers", "attn.Wqkv", "attn.Wo", "mlp_norm", split=last()),
    "gpt2": _GPT2,
    "gpt_neox": Layout("layers", "attention.query_key_value", "attention.dense", "mlp", beside=True, split=by_head),
    "opt": Layout("decoder.layers", "self_attn.v_proj", "self_attn.out_proj", "final_layer_norm"),
    "bloom": _BLOOM,
    "llama": _LLAMA,
    "mistral": _LLAMA,
    "qwen2": _LLAMA,
    "qwen3": _LLAMA,
    "gemma": _LLAMA,
    "gemma2": _GEMMA2,
    "gemma3_text": _GEMMA2,
    "phi": replace(_LLAMA, output="self_attn.dense", next="mlp", beside=True),
    "t5": Layout("block", "layer.0.SelfAttention.v", "layer.0.SelfAttention.o", "layer.1"),
    "deberta": replace(_BERT, value="attention.self.in_proj", split=by_head, value_bias="attention.self.v_bias"),
    "roformer": _BERT,
    "rembert": _BERT,
    "esm": replace(_BERT, next="LayerNorm", norm=""),
    "gptj": Layout("h", "attn.v_proj", "attn.out_proj", "mlp", beside=True),
    "gpt_neo": Layout("h", "attn.attention.v_proj", "attn.attention.out_proj", "ln_2"),
    "gpt_bigcode": replace(_GPT2, split=last(1)),
    "falcon": replace(_BLOOM, next="mlp", beside=True, split=last(1)),
    "mpt": Layout("blocks", "attn.Wqkv", "attn.out_proj", "norm_2", split=last()),
    "phi3": replace(_LLAMA, value="self_attn.qkv_proj", split=last(2)),
    "olmo2": replace(_LLAMA, next="mlp", norm="post_attention_layernorm", branch=True, rms=True),
    "stablelm": _LLAMA,
    "granite": replace(_LLAMA, factor="residual_multiplier"),
    "cohere": replace(_LLAMA, next="mlp", beside=True),
    "glm": _LLAMA,
    "smollm3": _LLAMA,
    "gpt_oss": _LLAMA,
    "bart": Layout("layers", "self_attn.v_proj", "self_attn.out_proj", "fc1", norm="self_attn_layer_norm"),
}


@dataclass(frozen=True)
class Block:
    """One block on one text of n tokens, in double precision.

    Attributes
    ----------
    weights : tensor, shape (heads, n, n)
    moved : tensor, shape (heads, n, d)
        f^h(u_j).
    added : tensor, shape (n, n, d)
        T_ij.
    parts : tensor, shape (n, n, d)
        R_ij.
    total : tensor, shape (n, d)
        y_i, the sum of parts and biases.
    given_on : tensor, shape (n, d)
        What the module in PyTorch gives on.
    """

    weights: Any
    moved: Any
    added: Any
    parts: Any
    total: Any
    given_on: Any


def reference_readings(torch_model: Any, input_ids: Any, key: str) -> dict[str, Doubles]:
    """Return every reading, per block and multiplied up, each of shape (L, n, n)."""
    blocks = reference_blocks(torch_model, input_ids, key)
    found: dict[str, Doubles] = {}
    for name, read in _READINGS.items():
        maps = torch.stack([read(block) for block in blocks])
        found[name] = maps.numpy()
        key = "rollout" if name == "attention" else f"{name}_rolled_up"
        found[key] = _multiplied_up(maps, halved=name in WITHOUT_OWN).numpy()
    return found


def reference_blocks(torch_model: Any, input_ids: Any, key: str) -> list[Block]:
    """Run a model in evaluation mode on one text and take its blocks apart."""
    layout = LAYOUTS[key]
    blocks = list(torch_model.get_submodule(layout.blocks))
    ids = torch.as_tensor(np.asarray(input_ids, dtype=np.int64))[None]
    with _recorded(blocks, layout) as seen, torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        attentions = torch_model(input_ids=ids, output_attentions=True, return_dict=True).attentions
    # one block may be run once for each layer
    places = blocks * (len(attentions) // len(blocks))
    factor = float(getattr(torch_model.config, layout.factor)) if layout.factor else 1.0
    with torch.no_grad():
        return [
            _apart(block, layout, maps[0].double(), {name: calls[at] for name, calls in seen.items()}, factor)
            for at, (block, maps) in enumerate(zip(places, attentions, strict=True))
        ]


@contextmanager
def _recorded(blocks: list[Any], layout: Layout) -> Iterator[dict[str, list[Any]]]:
    """Keep what modules are given and return, in the order of their calls."""
    seen: dict[str, list[Any]] = {name: [] for name in ("input", "output", "value", "next_input", "next_output")}

    def rows(given: Any) -> Any:
        states = given[0] if isinstance(given, tuple) else given
        return states.double().reshape(-1, states.shape[-1])

    def keep(module: Any, into: str | None, out_of: str | None) -> Any:
        def hook(_: Any, args: Any, named: Any, result: Any) -> None:
            if into is not None:
                seen[into].append(rows(args or (named["hidden_states"],)))
            if out_of is not None:
                seen[out_of].append(rows(result))

        return module.register_forward_hook(hook, with_kwargs=True)

    handles = []
    for block in blocks:
        handles.append(keep(block, "input", "output"))
        handles.append(keep(block.get_submodule(layout.value), None, "value"))
        handles.append(keep(block.get_submodule(layout.next), "next_input", "next_output"))
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _apart(block: Any, layout: Layout, weights: Any, seen: dict[str, Any], factor: float) -> Block:
    output = block.get_submodule(layout.output)
    # transformers' Conv1D keeps what torch.nn.Linear keeps transposed
    matrix = (output.weight if type(output).__name__ == "Conv1D" else output.weight.T).double()
    heads, count = len(weights), weights.shape[-1]
    width = len(matrix) // heads
    values = layout.split(seen["value"], heads, width)
    if layout.value_bias:
        values = values + block.get_parameter(layout.value_bias).double().reshape(heads, width)
    values = values.repeat_interleave(heads // values.shape[1], dim=1)
    moved = factor * torch.einsum("jhw,hwd->hjd", values, matrix.reshape(heads, width, -1))
    added = torch.einsum("hij,hjd->ijd", weights, moved)
    bias = torch.zeros(added.shape[-1]).double() if output.bias is None else factor * output.bias.double()
    own = torch.zeros_like(added)
    own[range(count), range(count)] = seen["input"]
    parts, constant = added + own, bias.expand(count, -1)
    if layout.norm:
        summands = added if layout.branch else parts
        scaled, shift = _distributed(block.get_submodule(layout.norm), layout, summands.sum(dim=1) + bias)
        constant = scaled(constant) + shift
        parts = scaled(added) + own if layout.branch else scaled(parts)
    given_on = seen["output"] - seen["next_output"] if layout.beside else seen["next_input"]
    return Block(weights, moved, added, parts, parts.sum(dim=1) + constant, given_on)


def _distributed(norm: Any, layout: Layout, whole: Any) -> tuple[Callable[[Any], Any], Any]:
    """Return v -> (v - mean v) / sd(whole) * gamma, and beta."""
    epsilon = norm.eps if hasattr(norm, "eps") else norm.variance_epsilon
    gamma = norm.weight.double() + layout.unit
    bias = getattr(norm, "bias", None)

    def centred(rows: Any) -> Any:
        return rows if layout.rms else rows - rows.mean(dim=-1, keepdim=True)

    deviation = (centred(whole).square().mean(dim=-1) + epsilon).sqrt()

    def scaled(rows: Any) -> Any:
        # row i of parts (i, j, d), or of vectors (i, d), is divided by the deviation of row i
        return centred(rows) / deviation.reshape(-1, *[1] * (rows.dim() - 1)) * gamma

    return scaled, 0.0 if bias is None else bias.double()


def _attention(block: Block) -> Any:
    return block.weights.mean(dim=0)


def _effective(block: Block) -> Any:
    found = torch.zeros_like(block.weights[0])
    for weights, moved in zip(block.weights, block.moved, strict=True):
        left, sizes, _ = torch.linalg.svd(moved, full_matrices=True)
        null = left[:, int((sizes > RANK * sizes[0]).sum()) :]
        found += (weights - weights @ null @ null.T).abs()
    return found / len(block.weights)


def _norm(block: Block) -> Any:
    return block.added.norm(dim=-1)


def _norm_residual(block: Block) -> Any:
    return _shares(block.parts.norm(dim=-1))


def _alti(block: Block) -> Any:
    whole = block.total[:, None]
    return _shares((whole.abs().sum(dim=-1) - (whole - block.parts).abs().sum(dim=-1)).clamp(min=0))


def _contribution(block: Block) -> Any:
    whole = block.total[:, None]
    return _shares(((block.parts * whole).sum(dim=-1) / (whole * whole).sum(dim=-1)).clamp(min=0))


_READINGS: dict[str, Callable[[Block], Any]] = {
    "attention": _attention,
    "effective": _effective,
    "norm": _norm,
    "norm_residual": _norm_residual,
    "alti": _alti,
    "contribution": _contribution,
}


def _shares(rows: Any) -> Any:
    """Scale rows to sum to 1; one in which nothing counts stays 0."""
    sums = rows.sum(dim=-1, keepdim=True)
    return rows / torch.where(sums > 0, sums, 1.0)


def _multiplied_up(maps: Any, halved: bool) -> Any:
    """C_l = M_l C_{l-1}, from the identity."""
    identity = torch.eye(maps.shape[-1]).double()
    found, whole = [], identity
    for layer in maps:
        matrix = 0.5 * _shares(layer) + 0.5 * identity if halved else layer
        whole = matrix @ whole
        found.append(whole)
    return torch.stack(found)


def reference_value_zeroing(torch_model: Any, input_ids: Any, key: str) -> Doubles:
    """Return value zeroing of each block, (L, n, n): run the model anew without one value at a time."""
    layout = LAYOUTS[key]
    blocks = list(torch_model.get_submodule(layout.blocks))
    ids = torch.as_tensor(np.asarray(input_ids, dtype=np.int64))[None]
    config = torch_model.config
    layers, heads = config.num_hidden_layers, config.num_attention_heads

    def states(block: int = -1, token: int = 0) -> list[Any]:
        calls = 0

        def hook(module: Any, args: Any, result: Any) -> Any:
            nonlocal calls
            calls += 1
            # one block may be run once for each layer
            if (place + len(blocks) * (calls - 1)) != block:
                return result
            changed = result.clone()
            rows = changed.reshape(-1, changed.shape[-1])
            layout.split(rows, heads, width)[token] = -bias
            return rows.reshape(result.shape)

        place = block % len(blocks)
        output = blocks[place].get_submodule(layout.output)
        width = (output.weight if type(output).__name__ == "Conv1D" else output.weight.T).shape[0] // heads
        bias = 0.0
        if layout.value_bias:
            bias = blocks[place].get_parameter(layout.value_bias).reshape(heads, width)
        handle = blocks[place].get_submodule(layout.value).register_forward_hook(hook)
        try:
            with torch.no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = torch_model(input_ids=ids, output_hidden_states=True, return_dict=True).hidden_states
        finally:
            handle.remove()
        return [one[0].double() for one in found]

    plain = states()
    found = torch.zeros(layers, ids.shape[1], ids.shape[1]).double()
    for block in range(layers):
        for token in range(ids.shape[1]):
            changed = states(block, token)[block + 1]
            found[block, :, token] = 1.0 - torch.nn.functional.cosine_similarity(plain[block + 1], changed, dim=-1)
    values: Doubles = _shares(found.clamp(min=0)).numpy()
    return values

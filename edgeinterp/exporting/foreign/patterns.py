"""Find attentions and hidden states of a graph by pattern; refuse doubtful cases (docs/method.md)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ...errors import InputError
from .graph import Graph, is_product

__all__ = ["PASSING", "ROUNDING", "Found", "attention_candidates", "find_hidden_states"]

# nodes between a softmax and the product with the values: fully masked rows are set to 0, a sink is cut off, a cast to
# or from 16 bits
PASSING = ("Cast", "Identity", "Dropout", "Where", "Slice")
# the same where weights are rounded to 8 bits for the product: what was computed is read, not what it was rounded to
ROUNDING = ("QuantizeLinear", "DequantizeLinear")
# nodes between the norm and the input of a product
_INTO_PRODUCTS = ("DynamicQuantizeLinear", "QuantizeLinear", "DequantizeLinear", "Reshape", "Transpose", "Flatten")
_ADDITIONS = ("Add", "Sum")


@dataclass(frozen=True)
class Found:
    """Names of tensors in the graph.

    Attributes
    ----------
    attentions : list of str
        L names, in order.
    hidden_states : list of str
        L + 1 names, in order.
    block : list of str
        Node kinds on the path from one hidden state to the next, along the skip connections.
    final_norm : bool
        Whether a norm lies between the last block and the last hidden state.
    """

    attentions: list[str]
    hidden_states: list[str]
    block: list[str]
    final_norm: bool


def attention_candidates(graph: Graph, inside: dict[str, str], given: str) -> dict[str, str]:
    """Return the candidate attention tensors, each with the name of its softmax, in order.

    A candidate is the processed output of a softmax over token-dependent scores, where it is multiplied with another
    token-dependent tensor; or the weights that a fused node gives out, which are in ``inside`` (``unfuse``).

    Raises
    ------
    InputError
        Where the graph has none; the message names fused nodes that hide them.
    """
    fused = sorted(
        {node.op_type for node in graph.nodes if "Attention" in node.op_type and not inside.keys() & set(node.output)}
    )
    if fused:
        raise InputError(
            f"{given}: {fused[0]} computes attention inside of one node, so that nothing can be read; "
            "use the file as it was before it was optimised"
        )
    found: dict[str, str] = {}
    for node in graph.nodes:
        found.update((name, name) for name in node.output if name in inside)
        if node.op_type != "Softmax" or node.input[0] not in graph.tokens:
            continue
        softmax = node.output[0]
        # the path may fork: rows of padding alone are compared with NaN on the side
        name, _ = graph.last(softmax, lambda other: other.op_type in PASSING)
        rounded, after = graph.last(name, lambda other: other.op_type in ROUNDING)
        if any(_multiplies_values(graph, graph.nodes[index], rounded) for index in after):
            found[name] = softmax
    if not found:
        raise InputError(f"{given}: has no softmax that weighs tokens, so there is no attention to read")
    return found


def _multiplies_values(graph: Graph, node: Any, weights: str) -> bool:
    if node.op_type in ("Reshape", "DynamicQuantizeLinear"):
        # batch and heads are merged for the product, or weights are quantised to 8 bits
        name = node.output[0]
        return any(_multiplies_values(graph, graph.nodes[index], name) for index in graph.read_by.get(name, []))
    return is_product(node) and any(name in graph.tokens for name in node.input if name != weights)


def find_hidden_states(graph: Graph, weights: list[str], inside: dict[str, str], given: str) -> Found:
    """Return the hidden state before each block, and after the last one.

    Hidden state l - 1 is the tensor added to the output of attention l: the other end of its skip connection. All later
    readings must depend on the tokens through it alone. The path from each to the next must be the same in all blocks,
    without a matrix product; the end of the last block is found by following that path once more. If a norm like the
    one at the entrance of the blocks follows the last block, it is part of the last hidden state.

    Parameters
    ----------
    graph : Graph
    weights : list of str
        Attentions, in order.
    inside : dict of str to str
        The output of the fused node that an attention is given out by, where that is so.
    given : str
        Name of the file in messages.

    Raises
    ------
    InputError
        Where one of these conditions fails.
    """
    attentions = [inside.get(name, name) for name in weights]
    for first, second in pairwise(attentions):
        if first not in graph.before(second):
            raise InputError(
                f"{given}: attentions {first} and {second} do not follow each other; their roles are doubtful"
            )
    if len(attentions) < 2:
        raise InputError(f"{given}: has a single attention; two blocks are needed to tell where a block ends")
    starts = [_skipped(graph, name, given) for name in attentions]
    outputs = {output.name for output in graph.proto.output} & graph.tokens
    for layer, name in enumerate(starts):
        beside = graph.after(["input_ids"], without=name)
        past = next((other for other in [*attentions[layer:], *starts[layer + 1 :], *sorted(outputs)]
                     if other in beside and other != name), None)  # fmt: skip
        if past is not None and past in graph.after([name]):
            raise InputError(f"{given}: {past} does not depend on {name} alone; it may not be hidden state {layer}")
    block = _block(graph, starts, given)
    (end,) = _one(graph.along(starts[-1], block), given, "the end of the last block")
    last = _after_norm(graph, starts[-1], end, attentions[-1], given)
    return Found(weights, [*starts, last], block, last != end)


def _skipped(graph: Graph, attention: str, given: str) -> str:
    """Return the tensor that the first addition after an attention adds to its output."""
    inside, outcome = graph.before(attention), graph.after([attention])
    for node in graph.nodes:
        if node.op_type not in _ADDITIONS or not any(name in outcome for name in node.input):
            continue
        others = [name for name in node.input if name in inside and name in graph.tokens and name not in outcome]
        if others:
            return str(others[0])
    kinds = sorted({node.op_type for node in graph.nodes if "LayerNormalization" in node.op_type and node.domain})
    why = f" ({kinds[0]} may hold it)" if kinds else ""
    raise InputError(f"{given}: no addition joins attention {attention} with its input{why}; its block is doubtful")


def _block(graph: Graph, starts: list[str], given: str) -> list[str]:
    ways = [graph.path(first, second) for first, second in pairwise(starts)]
    for layer, way in enumerate(ways):
        if way is None or not way:
            raise InputError(f"{given}: hidden state {layer + 1} does not follow from hidden state {layer}")
        if way != ways[0]:
            raise InputError(f"{given}: block {layer + 1} is not built as block 1 is; not sure where blocks end")
    assert ways[0] is not None
    if any("MatMul" in kind or kind in ("Gemm", "Conv", "Einsum") for kind in ways[0]):
        raise InputError(
            f"{given}: no skip connection leads from one block to the next; the hidden states are doubtful"
        )
    return ways[0]


def _one(names: list[str], given: str, what: str) -> list[str]:
    if len(names) != 1:
        raise InputError(f"{given}: {len(names)} tensors may be {what} ({', '.join(names) or 'none'}); not sure which")
    return names


def _after_norm(graph: Graph, start: str, end: str, attention: str, given: str) -> str:
    """Return the norm's output after the last block, where a norm follows as at the entrance of the blocks."""
    entrance = _entrance(graph, start, attention)
    found = graph.along(end, entrance) if entrance else []
    return _one(found, given, "the norm after the last block")[0] if found else end


def _entrance(graph: Graph, start: str, attention: str) -> list[str]:
    """Return the node kinds between a hidden state and the first product that reads it."""
    inside = graph.before(attention) & graph.after([start])
    shortest: list[str] | None = None
    for node in graph.nodes:
        if not is_product(node) or not any(name in inside for name in node.output):
            continue
        for name in node.input:
            way = graph.path(start, name) if name in inside else None
            if way is not None and (shortest is None or len(way) < len(shortest)):
                shortest = way
    way = list(shortest or [])
    while way and way[-1] in _INTO_PRODUCTS:
        way.pop()
    return way

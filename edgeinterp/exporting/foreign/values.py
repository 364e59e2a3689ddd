r"""Find how each block makes its output of attention: values, output projection, norm and residual.

With weights :math:`a^h_{ij}`, values :math:`v^h_j`, projection :math:`W^h`, bias b and the block's input x, a block has

.. math:: t_i = b + \sum_h \sum_j a^h_{ij} v^h_j W^h

and gives on :math:`x + t`, the norm of it (BERT and its kin), or x plus the norm of t (Gemma 2).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .graph import SIZES, Graph, is_product
from .patterns import PASSING, ROUNDING

__all__ = ["Norm", "NotFoundError", "Parts", "find_parts"]

_ALIASES = ("Identity", "Dropout", "Cast", *ROUNDING)
# nodes that pass vectors on, in another shape or rounded
UNCHANGED = ("Identity", "Dropout", "Reshape", "Squeeze", "Unsqueeze", "Flatten", *ROUNDING)
# the same between the heads' products and the output projection
_HEADS_JOINED = (*UNCHANGED, "Transpose", "Cast")
# nodes that are linear beside constants; what is quantised at run time is scaled back by a product
_LINEAR = ("Add", "Sum", "Mul", "Div", "Cast", "DynamicQuantizeLinear")
_ADDITIONS = ("Add", "Sum")
_NORMS = {"LayerNormalization": "layer", "SimplifiedLayerNormalization": "rms", "RMSNormalization": "rms"}
_OF_NORMS = ("ReduceMean", "Sub", "Pow", "Mul", "Add", "Sqrt", "Div", "Reciprocal", "Cast", "Identity")
_EPSILON = 1e-5


class NotFoundError(Exception):
    """A block is built in another way; the message says in which."""


@dataclass(frozen=True)
class Norm:
    """A norm, ``layer`` or ``rms``: its epsilon, and the tensors of its scale, shift ("" for none) and output."""

    kind: str
    epsilon: float
    scale: str
    shift: str
    output: str


@dataclass(frozen=True)
class Parts:
    """Tensors of one block.

    Attributes
    ----------
    values : str
        What weights are multiplied with; where ``fused`` is a node, its input.
    joined : str
        The heads' products side by side, the input of the output projection.
    projection : list of onnx.NodeProto
        Nodes from ``joined`` to ``projected``, which is t.
    norm_at : str
        ``none``; ``sum``, over x + t; or ``branch``, over t alone.
    attended : str
        What the block gives on, "" where it adds its network in the same step.
    """

    values: str
    fused: Any
    joined: str
    projection: list[Any]
    projected: str
    norm_at: str
    norm: Norm | None
    attended: str


def find_parts(graph: Graph, attention: str, state: str, inside: dict[str, str]) -> Parts:
    """Return the parts of the block whose attention and input are given.

    Parameters
    ----------
    graph : Graph
    attention, state : str
        Tensors of the weights and of the block's input.
    inside : dict of str to str
        The output of the fused node that gives the weights out, where that is so.

    Raises
    ------
    NotFoundError
        Where the block is built in another way.
    """
    attention, state = _origin(graph, attention), _origin(graph, state)
    fused = graph.nodes[graph.made_by[attention]] if attention in inside else None
    values, context = _product(graph, attention) if fused is None else (_fused_values(fused), inside[attention])
    joined, nodes, projected = _projection(graph, context)
    norm_at, norm = "none", None
    added = _addition(graph, projected)
    if added is None:
        norm_at, norm = "branch", _norm(graph, projected)
        added = _addition(graph, norm.output)
    if added is None:
        raise NotFoundError("nothing adds its attention to its input")
    other, attended = added
    if _origin(graph, other) != state:
        beside = _addition(graph, attended)
        if norm is not None or beside is None or _origin(graph, beside[0]) != state:
            raise NotFoundError("its attention is not added to its input")
        attended = ""
    elif norm is None and _addition(graph, attended) is None:
        norm_at, norm = "sum", _norm(graph, attended)
        attended = norm.output
    return Parts(values, fused, joined, nodes, projected, norm_at, norm, attended)


def _origin(graph: Graph, name: str) -> str:
    """Return the tensor that another is, by another name, of another type, or rounded."""
    while name in graph.made_by and graph.nodes[graph.made_by[name]].op_type in _ALIASES:
        name = graph.nodes[graph.made_by[name]].input[0]
    return name


def _readers(graph: Graph, name: str) -> Iterator[tuple[str, Any]]:
    """Yield the nodes that read a tensor, in whatever shape, each with the name that it reads it under."""
    for index in graph.read_by.get(name, []):
        node = graph.nodes[index]
        if node.op_type in (*_ALIASES, "Reshape"):
            yield from _readers(graph, node.output[0])
        elif node.op_type not in SIZES:
            yield name, node


def _addition(graph: Graph, name: str) -> tuple[str, str] | None:
    """Return what is added to a tensor, and the sum; None where nothing of the text is."""
    for own, node in _readers(graph, name):
        others = [item for item in node.input if item != own]
        if node.op_type in _ADDITIONS and len(others) == 1 and others[0] in graph.tokens:
            return others[0], node.output[0]
    return None


def _fused_values(node: Any) -> str:
    """Return the values of a fused node; without an input of their own they follow queries and keys in the first."""
    return str(node.input[2] or node.input[0])


def _product(graph: Graph, attention: str) -> tuple[str, str]:
    """Return the values that an attention weighs, and the product."""
    name, _ = graph.last(attention, lambda node: node.op_type in PASSING)
    name, _ = graph.last(name, lambda node: node.op_type in (*ROUNDING, "Reshape"))
    for own, node in _readers(graph, name):
        if node.op_type == "MatMul" and node.input[0] == own and node.input[1] in graph.tokens:
            return node.input[1], node.output[0]
    raise NotFoundError("its attention is not the left side of a plain product with values")


def _projection(graph: Graph, context: str) -> tuple[str, list[Any], str]:
    """Return the input of the output projection, the nodes of the projection, and its output.

    The projection ends where the text comes in from elsewhere (the residual, a network beside), or a norm begins.
    """
    joined, _ = graph.last(context, lambda node: node.op_type in _HEADS_JOINED)
    name, nodes, reached, multiplied = joined, [], {joined}, False
    for node in graph.nodes[graph.made_by[joined] + 1 :]:
        if node.op_type in SIZES or not reached.intersection(node.input):
            continue
        others = any(item in graph.tokens and item not in reached for item in node.input)
        squared = len(node.input) > 1 and node.input[0] == node.input[1]
        if others or squared or not (is_product(node) or node.op_type in (*UNCHANGED, *_LINEAR)):
            break
        multiplied = multiplied or is_product(node)
        reached.update(item for item in node.output if item)
        nodes.append(node)
        name = node.output[0]
    if not multiplied:
        raise NotFoundError("no output projection follows its attention")
    return joined, nodes, name


def _norm(graph: Graph, name: str) -> Norm:
    """Return the norm of a tensor, as one node or as the nodes that it is written out in."""
    for _, node in _readers(graph, name):
        if node.op_type in _NORMS:
            epsilon = next((item.f for item in node.attribute if item.name == "epsilon"), _EPSILON)
            shift = node.input[2] if len(node.input) > 2 else ""
            return Norm(_NORMS[node.op_type], epsilon, node.input[1], shift, node.output[0])
    kind, epsilon, reached = "rms", 0.0, {name}
    for node in graph.nodes[graph.made_by[name] + 1 :]:
        if node.op_type in SIZES or not reached.intersection(node.input):
            continue
        if node.op_type not in _OF_NORMS:
            break
        constants = [item for item in node.input if item not in graph.tokens]
        if node.op_type == "Sub":
            kind = "layer"
        elif node.op_type == "Add" and constants:
            epsilon = graph.number(constants[0])
        elif node.op_type == "Mul" and constants:
            return _shifted(graph, kind, epsilon, constants[0], node.output[0])
        reached.update(node.output)
    raise NotFoundError("what follows its attention is no norm that is known here")


def _shifted(graph: Graph, kind: str, epsilon: float, scale: str, output: str) -> Norm:
    """Return a norm of nodes, with the shift that may follow its scale."""
    for own, node in _readers(graph, output):
        others = [item for item in node.input if item != own]
        if node.op_type == "Add" and others and others[0] not in graph.tokens:
            return Norm(kind, epsilon, scale, others[0], node.output[0])
    return Norm(kind, epsilon, scale, "", output)

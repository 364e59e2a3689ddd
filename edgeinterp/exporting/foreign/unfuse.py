r"""Rewrite fused nodes as plain ONNX, so that attention weights and the sums of blocks are tensors of the graph.

Two nodes can give their weights out since onnxruntime 1.23, and get one more output: ``GroupQueryAttention``
(``qk_output=2``) and ONNX's own ``Attention`` (``qk_matmul_output_mode=3``). The others are computed from their inputs:

.. math:: A = \mathrm{softmax}(s Q K^T + \mathrm{mask}), \qquad \mathrm{output} = A V

A past is taken to be of length 0, as it is where a text is read at once.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Sequence
from typing import Any

from ...errors import InputError

__all__ = ["unfuse"]

# of onnxruntime, for nodes that give their weights out
LEAST_VERSION = (1, 23)
_ORT = "com.microsoft"
_FLOAT, _INT32, _INT64, _BOOL, _FLOAT16 = 1, 6, 7, 9, 10
# opset from which axes of sums are an input, and scales may differ along an axis
_NEWER = 13
# what onnxruntime's own nodes take for no attention
_MASKED = -10000.0
# nodes that give the number of a text's tokens
_COUNTING = ("ReduceSum", "EmbedLayerNormalization", "QEmbedLayerNormalization")


def unfuse(model: Any, given: str) -> dict[str, str]:
    """Rewrite fused nodes in place; return the weights that stay inside of a node, with that node's output.

    Parameters
    ----------
    model : onnx.ModelProto
    given : str
        Name of the file in messages.

    Raises
    ------
    InputError
        Where a fused node has a form that is not known here.
    """
    graph = model.graph
    opset = max((item.version for item in model.opset_import if item.domain in ("", "ai.onnx")), default=0)
    _refuse_older(graph.node, given)
    inside: dict[str, str] = {}
    nodes = list(graph.node)
    makers = {name: node for node in nodes for name in node.output if name}
    half = any(tensor.data_type == _FLOAT16 for tensor in graph.initializer if len(tensor.dims) > 1)
    plain: list[Any] = []
    for node in nodes:
        if _gives_weights(node):
            mode = {"qk_output": 2} if node.domain == _ORT else {"qk_matmul_output_mode": 3}
            inside[_weights_out(node, 3, **mode)] = node.output[0]
        elif node.op_type in _PLAIN and (node.domain == _ORT or "LayerNormalization" in node.op_type):
            writer = _Writer(node, opset, _FLOAT16 if half else _FLOAT, makers, given)
            _PLAIN[node.op_type](writer)
            plain.extend(writer.nodes)
            continue
        plain.append(node)
    del graph.node[:]
    graph.node.extend(plain)
    return inside


def _gives_weights(node: Any) -> bool:
    """Tell whether onnxruntime can give a node's weights out."""
    own = node.op_type == "Attention" and node.domain in ("", "ai.onnx")
    return own or (node.op_type == "GroupQueryAttention" and node.domain == _ORT)


def _refuse_older(nodes: Any, given: str) -> None:
    found = next((node.op_type for node in nodes if _gives_weights(node)), None)
    version = importlib.metadata.version("onnxruntime")
    if found is not None and tuple(int(part) for part in version.split(".")[:2]) < LEAST_VERSION:
        least = ".".join(map(str, LEAST_VERSION))
        raise InputError(
            f"{given}: {found} gives its attention out since onnxruntime {least}, here is {version}; "
            f"pip install 'onnxruntime>={least}'"
        )


def _weights_out(node: Any, place: int, **mode: int) -> str:
    """Ask a node for the weights after the softmax as one more output, and return its name."""
    from onnx import helper

    while len(node.output) <= place:
        node.output.append("")
    node.output[place] = node.output[place] or f"{node.output[0]}.weights"
    for name, value in mode.items():
        kept = [item for item in node.attribute if item.name != name]
        del node.attribute[:]
        node.attribute.extend([*kept, helper.make_attribute(name, value)])
    return str(node.output[place])


class _Writer:
    """Plain nodes in place of one fused node."""

    def __init__(self, node: Any, opset: int, kind: int, makers: dict[str, Any], given: str) -> None:
        self.node, self.opset, self.kind, self.makers, self.given = node, opset, kind, makers, given
        self.nodes: list[Any] = []

    def add(self, kind: str, inputs: Sequence[str], output: str = "", **attributes: Any) -> str:
        """Append a node of one output, and return the output's name."""
        from onnx import helper

        output = output or f"{self.node.output[0]}.plain.{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, values: Any, kind: int = _INT64) -> str:
        """Append a constant, and return its name."""
        from onnx import helper

        shape = [len(values)] if isinstance(values, list) else []
        flat = values if isinstance(values, list) else [values]
        return self.add("Constant", [], value=helper.make_tensor("value", kind, shape, flat))

    def number(self, value: float) -> str:
        """Append a number of the graph's floating type."""
        return self.constant(value, self.kind)

    def places(self, like: str, axis: int) -> str:
        """Append 0, 1, ... along an axis of another tensor."""
        size = self.add("Gather", [self.add("Shape", [like]), self.constant(axis)], axis=0)
        return self.add("Range", [self.constant(0), size, self.constant(1)])

    def input(self, place: int) -> str:
        """Return the name of an input, empty where it is not given."""
        return str(self.node.input[place]) if place < len(self.node.input) else ""

    def attribute(self, name: str, default: Any) -> Any:
        """Return the value of an attribute."""
        from onnx import helper

        found = [item for item in self.node.attribute if item.name == name]
        return helper.get_attribute_value(found[0]) if found else default

    def refuse(self, what: str) -> InputError:
        """Return the reason why this node cannot be written out."""
        return InputError(
            f"{self.given}: {self.node.op_type} {self.node.name or self.node.output[0]} has {what}, so that its "
            "attention cannot be read; use the file as it was before it was optimised"
        )


# ---- sums before norms


def _skip_norm(writer: _Writer) -> None:
    """Write out ``norm(input + skip + bias)``, whose sum is what the block adds up."""
    simple = writer.node.op_type == "SkipSimplifiedLayerNormalization"
    scale, shift = writer.input(2), "" if simple else writer.input(3)
    bias = writer.input(3 if simple else 4)
    asked = str(writer.node.output[3]) if len(writer.node.output) > 3 else ""
    total = [writer.input(0), writer.input(1)]
    if bias:
        total = [writer.add("Add", [writer.input(0), bias]), writer.input(1)]
    total_name = writer.add("Add", total, asked)
    kind = "SimplifiedLayerNormalization" if simple else "LayerNormalization"
    inputs = [total_name, scale, *([shift] if shift else [])]
    epsilon = float(writer.attribute("epsilon", 1e-12))
    writer.add(kind, inputs, str(writer.node.output[0]), axis=-1, epsilon=epsilon)


def _embeddings(writer: _Writer) -> None:
    """Write out the norm of the summed embeddings of ids, places and segments, and each text's number of tokens."""
    quantised = writer.node.op_type == "QEmbedLayerNormalization"
    ids, segments, places = writer.input(0), writer.input(1), "" if quantised else writer.input(8)
    if not places:
        places = writer.places(ids, 1)

    def read(place: int, rows: str = "") -> str:
        """Return an input or rows of it, in float: scales are 6 inputs further, zero points 11."""
        found = writer.add("Gather", [writer.input(place), rows]) if rows else writer.input(place)
        if not quantised:
            return found
        return writer.add("DequantizeLinear", [found, *filter(None, map(writer.input, (place + 6, place + 11)))])

    outputs = [str(name) for name in writer.node.output] + [""] * 2
    parts = [read(place, rows) for place, rows in ((2, ids), (3, places), (4, segments)) if rows]
    while len(parts) > 2:
        parts = [writer.add("Add", parts[:2]), *parts[2:]]
    total = writer.add("Add", parts, outputs[2])
    epsilon = float(writer.attribute("epsilon", 1e-12))
    writer.add("LayerNormalization", [total, read(5), read(6)], outputs[0], axis=-1, epsilon=epsilon)
    if outputs[1] and writer.input(7):
        counts = writer.add("Cast", [writer.input(7)], to=_INT64)
        if writer.opset >= _NEWER:
            total = writer.add("ReduceSum", [counts, writer.constant([1])], keepdims=0)
        else:
            total = writer.add("ReduceSum", [counts], axes=[1], keepdims=0)
        writer.add("Cast", [total], outputs[1], to=_INT32)


# ---- attention


def _packed_attention(writer: _Writer) -> None:
    """Write out one product for queries, keys and values (onnxruntime's ``Attention``)."""
    _project_and_weigh(writer, writer.input(0), writer.input(1), bias=writer.input(2), mask=writer.input(3), added=5)


def _quantised_attention(writer: _Writer) -> None:
    """Write out the same with an 8-bit product (``QAttention``)."""
    states = writer.add("DequantizeLinear", [name for name in map(writer.input, (0, 3, 6)) if name])
    axis: dict[str, Any] = {"axis": 1} if writer.opset >= _NEWER else {}
    weights = writer.add("DequantizeLinear", [name for name in map(writer.input, (1, 4, 7)) if name], **axis)
    _project_and_weigh(writer, states, weights, bias=writer.input(2), mask=writer.input(5), added=None)


def _project_and_weigh(writer: _Writer, states: str, weights: str, *, bias: str, mask: str, added: int | None) -> None:
    if writer.attribute("do_rotary", 0):
        raise writer.refuse("rotary positions inside")
    projected = writer.add("MatMul", [states, weights])
    if bias:
        projected = writer.add("Add", [projected, bias])
    sizes = writer.attribute("qkv_hidden_sizes", None)
    if sizes and len(set(sizes)) > 1:
        raise writer.refuse(f"queries, keys and values of {sizes} dimensions")
    # (batch, tokens, 3 * hidden) -> 3 of (batch, heads, tokens, dimensions)
    heads = int(writer.attribute("num_heads", 0))
    apart = writer.add("Reshape", [projected, writer.constant([0, 0, 3, heads, -1])])
    parts = writer.add("Transpose", [apart], perm=[2, 0, 3, 1, 4])
    q, k, v = (writer.add("Gather", [parts, writer.constant(part)], axis=0) for part in range(3))
    _weigh(writer, q, k, v, mask=mask, added="" if added is None else writer.input(added))


def _multi_head(writer: _Writer) -> None:
    """Write out attention of given queries, keys and values (``MultiHeadAttention``)."""
    if not writer.input(1) or not writer.input(2):
        raise writer.refuse("queries, keys and values in one tensor")
    heads, bias = int(writer.attribute("num_heads", 0)), writer.input(3)
    parts = []
    for place in range(3):
        part = writer.input(place)
        if bias:
            third = writer.add("Gather", [writer.add("Reshape", [bias, writer.constant([3, -1])]),
                                          writer.constant(place)], axis=0)  # fmt: skip
            part = writer.add("Add", [part, third])
        apart = writer.add("Reshape", [part, writer.constant([0, 0, heads, -1])])
        parts.append(writer.add("Transpose", [apart], perm=[0, 2, 1, 3]))
    _weigh(writer, *parts, mask=writer.input(4), added=writer.input(5))


def _weigh(writer: _Writer, q: str, k: str, v: str, *, mask: str, added: str) -> None:
    """Write out ``softmax(scale q k' + mask) v`` with heads first, and the output with heads joined."""
    scale = writer.attribute("scale", 0.0)
    if scale:
        factor = writer.number(float(scale))
    else:
        width = writer.add("Gather", [writer.add("Shape", [q]), writer.constant(3)], axis=0)
        root = writer.add("Sqrt", [writer.add("Cast", [width], to=_FLOAT)])
        factor = writer.add("Cast", [writer.add("Reciprocal", [root])], to=writer.kind)
    scores = writer.add("MatMul", [writer.add("Mul", [q, factor]), writer.add("Transpose", [k], perm=[0, 1, 3, 2])])
    if added:
        scores = writer.add("Add", [scores, added])
    nothing = float(writer.attribute("mask_filter_value", _MASKED))
    if mask:
        allowed = _allowed(writer, mask, scores)
        penalty = writer.add("Where", [allowed, writer.number(0.0), writer.number(nothing)])
        scores = writer.add("Add", [scores, penalty])
    if writer.attribute("unidirectional", 0):
        after = writer.add("Add", [writer.places(scores, 2), writer.constant(1)])
        before = writer.add(
            "Less", [writer.places(scores, 3), writer.add("Reshape", [after, writer.constant([-1, 1])])]
        )
        scores = writer.add("Where", [before, scores, writer.number(float("-inf"))])
    weights = writer.add("Softmax", [scores], axis=-1)
    outcome = writer.add("Transpose", [writer.add("MatMul", [weights, v])], perm=[0, 2, 1, 3])
    writer.add("Reshape", [outcome, writer.constant([0, 0, -1])], str(writer.node.output[0]))


def _allowed(writer: _Writer, mask: str, scores: str) -> str:
    """Return which keys may be attended to (batch, 1, 1, tokens) from a mask of 1 and 0, or from numbers of tokens."""
    maker = writer.makers.get(mask)
    while maker is not None and maker.op_type in ("Cast", "Identity"):
        mask = str(maker.input[0])
        maker = writer.makers.get(mask)
    if maker is None and mask == "attention_mask":
        whole = writer.add("Cast", [mask], to=_BOOL)
        return writer.add("Reshape", [whole, writer.constant([0, 1, 1, -1])])
    if maker is not None and maker.op_type in _COUNTING:
        count = writer.add("Reshape", [writer.add("Cast", [mask], to=_INT64), writer.constant([-1, 1, 1, 1])])
        return writer.add("Less", [writer.places(scores, 3), count])
    raise writer.refuse(f"a mask from {mask if maker is None else maker.op_type}, whose form is not known")


_PLAIN: dict[str, Callable[[_Writer], None]] = {
    "EmbedLayerNormalization": _embeddings,
    "QEmbedLayerNormalization": _embeddings,
    "SkipLayerNormalization": _skip_norm,
    "SkipSimplifiedLayerNormalization": _skip_norm,
    "Attention": _packed_attention,
    "QAttention": _quantised_attention,
    "MultiHeadAttention": _multi_head,
}

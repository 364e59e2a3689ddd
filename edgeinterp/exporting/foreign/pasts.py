"""Take the key-value cache out of a decoder's graph: a text that is read at once has no past."""

from __future__ import annotations

from typing import Any

__all__ = ["without_pasts"]

_FLOATS = (1, 10, 11, 16)
_BOOL = 9


def without_pasts(model: Any) -> None:
    """Replace inputs of a past by tensors of length 0, and take the branch without one; in place.

    Inputs of a past are of a floating type and have ``past`` in their name, with four axes: batch, heads, past tokens,
    dimensions. Of a merged decoder, ``use_cache_branch`` is false.
    """
    from onnx import helper

    graph = model.graph
    made, kept = [], []
    for item in graph.input:
        kind, axes = item.type.tensor_type.elem_type, item.type.tensor_type.shape.dim
        if item.name == "use_cache_branch" and kind == _BOOL:
            made.append(_constant(item.name, _BOOL, [1], [False]))
        elif "past" in item.name and kind in _FLOATS and len(axes) == 4 and axes[1].dim_value and axes[3].dim_value:
            made += _empty(item.name, kind, axes[1].dim_value, axes[3].dim_value)
        else:
            kept.append(item)
    if not made:
        return
    del graph.input[:]
    graph.input.extend(kept)
    nodes = [*made, *graph.node]
    del graph.node[:]
    for node in nodes:
        if node.op_type == "If" and node.input[0] == "use_cache_branch":
            (branch,) = (item.g for item in node.attribute if item.name == "else_branch")
            graph.initializer.extend(branch.initializer)
            graph.node.extend(branch.node)
            graph.node.extend(
                helper.make_node("Identity", [inner.name], [outer])
                for inner, outer in zip(branch.output, node.output, strict=True)
            )
        else:
            graph.node.append(node)


def _constant(name: str, kind: int, shape: list[int], values: list[Any]) -> Any:
    from onnx import helper

    return helper.make_node("Constant", [], [name], value=helper.make_tensor("value", kind, shape, values))


def _empty(name: str, kind: int, heads: int, width: int) -> list[Any]:
    """Make nodes for a past of no tokens (batch, heads, 0, width)."""
    from onnx import helper

    size, batch, rest = f"{name}.size", f"{name}.batch", f"{name}.rest"
    return [
        helper.make_node("Shape", ["input_ids"], [f"{name}.ids"]),
        _constant(f"{name}.first", 7, [1], [0]),
        helper.make_node("Gather", [f"{name}.ids", f"{name}.first"], [batch], axis=0),
        _constant(rest, 7, [3], [heads, 0, width]),
        helper.make_node("Concat", [batch, rest], [size], axis=0),
        helper.make_node("ConstantOfShape", [size], [name], value=helper.make_tensor("value", kind, [1], [0.0])),
    ]

"""A graph in which weights can be set to 0 after softmax: for value zeroing, and to leave heads out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from .files import open_session

__all__ = ["kept_name", "open_zeroing"]

_ALIASES = ("Identity", "Dropout", "Cast", "QuantizeLinear", "DequantizeLinear")


def kept_name(layer: int) -> str:
    """Return the input of attention layer 1..L: which weights count."""
    return f"edgeinterp/kept/{layer}"


def open_zeroing(folder: Path, layers: int, threads: int, weights: Mapping[str, Any] | None) -> Any:
    """Open a model folder's graph with one more input a layer, ``kept_name``: bool, broadcast to (texts, heads, n, n).

    To leave out a token's value is to set its column of the weights to 0 after softmax, in all heads, by a mask of
    shape (n,); to leave out heads, by one of (heads, 1, 1). So nothing else about a block need be known.

    Raises
    ------
    InputError
        Where the package ``onnx`` is missing.
    """
    try:
        import onnx
        from onnx import TensorProto, helper
    except ImportError:
        raise InputError(
            "value zeroing and heads left out: need the package onnx, which is not installed; pip install "
            "'edgeinterp[onnx]'"
        ) from None
    model = onnx.load(str(folder / "model.onnx"), load_external_data=False)
    made_by = {name: node for node in model.graph.node for name in node.output}
    for layer in range(1, layers + 1):
        name = f"attentions.{layer - 1}"
        while made_by[name].op_type in _ALIASES:
            name = made_by[name].input[0]
        node, kept, start = made_by[name], kept_name(layer), f"edgeinterp/zeroed/{layer}"
        node.output[list(node.output).index(name)] = start
        # a difference is a zero of the tensor's own type
        added = [
            helper.make_node("Sub", [start, start], [f"{start}/zero"]),
            helper.make_node("Where", [kept, start, f"{start}/zero"], [name]),
        ]
        place = next(place for place, one in enumerate(model.graph.node) if one is node or start in one.output)
        for offset, one in enumerate(added, 1):
            model.graph.node.insert(place + offset, one)
        made_by |= {output: one for one in added for output in one.output}
        model.graph.input.append(helper.make_tensor_value_info(kept, TensorProto.BOOL, None))
    return open_session(folder / "model.onnx", threads, weights, model.SerializeToString())

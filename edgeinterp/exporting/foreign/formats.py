"""Name the number format of a graph: what its weights are stored in, and whether scales are computed at run time."""

from __future__ import annotations

from typing import Any

__all__ = ["number_format"]

_FLOAT16, _EIGHT_BITS = 10, (2, 3)
# nodes that choose the scale of 8-bit activations from all texts of a batch
_DYNAMIC = ("DynamicQuantizeLinear", "DynamicQuantizeMatMul", "QAttention", "DynamicQuantizeLSTM")


def number_format(model: Any) -> str:
    """Return one of ``QUANTIZATIONS`` (``edgeinterp/model/manifest.py``) for an ``onnx.ModelProto``."""
    kinds = {node.op_type for node in model.graph.node}
    matrices = {tensor.data_type for tensor in model.graph.initializer if len(tensor.dims) > 1}
    bits = {
        item.i for node in model.graph.node if node.op_type == "MatMulNBits" for item in node.attribute
        if item.name == "bits"
    }  # fmt: skip
    half = " fp16" if _FLOAT16 in matrices else ""
    # it comes first: where scales are chosen at run time, texts must run one by one
    if kinds & set(_DYNAMIC):
        return f"int8{half}"
    if "MatMulNBits" in kinds:
        return f"int{min(bits, default=4)} weights{half}"
    if "MatMulBnb4" in kinds:
        return f"bnb4 weights{half}"
    if matrices & set(_EIGHT_BITS):
        return f"static int8{half}" if "QuantizeLinear" in kinds else f"int8 weights{half}"
    return half.strip() or "none"

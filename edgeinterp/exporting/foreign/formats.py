"""Name a graph's number format (what weights are stored in, whether scales are chosen at run time) and architecture."""

from __future__ import annotations

from typing import Any

__all__ = ["architecture", "number_format"]

_FLOAT16, _EIGHT_BITS = 10, (2, 3)
# nodes that choose the scale of 8-bit activations from all texts of a batch
_DYNAMIC = ("DynamicQuantizeLinear", "DynamicQuantizeMatMul", "QAttention", "DynamicQuantizeLSTM")


# parts of names that exporters keep of transformers' modules, the most particular first
_MODULES = (
    ("distilbert", "DistilBERT"),
    ("attention.q_lin", "DistilBERT"),
    ("roberta", "RoBERTa"),
    ("mpnet", "MPNet"),
    ("attention.attn.q", "MPNet"),
    ("albert_layer_groups", "ALBERT"),
    ("electra", "ELECTRA"),
    ("attention.self.query_proj", "DeBERTa"),
    ("attention.self.query", "BERT"),
    ("attention.output.dense", "BERT"),
    ("SelfAttention.q", "T5"),
    ("attn.c_attn", "GPT-2"),
    ("attention.query_key_value", "GPT-NeoX"),
    ("mlp.gate_proj", "Llama"),
)


def architecture(model: Any) -> str:
    """Return the architecture that the names of an ``onnx.ModelProto``'s tensors tell of."""
    names = {name for node in model.graph.node for name in (node.name, *node.output)}
    names.update(tensor.name for tensor in model.graph.initializer)
    listed = "\n".join(sorted(names)).replace("/", ".")
    found = next((known for part, known in _MODULES if part in listed), None)
    return "unknown architecture" if found is None else f"{found} or its kin, by the names of its tensors"


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

"""Decoders as they are published: attention in one node, sums inside of norms, a key-value cache; from real weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

KINDS = ("Attention", "MultiHeadAttention", "Attention-23", "GroupQueryAttention")
_ORT = "com.microsoft"


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []
        self.inputs: list[Any] = []

    def weight(self, name: str, values: Any) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add(self, kind: str, inputs: list[str], outputs: list[str] | str = "", domain: str = "", **given: Any) -> str:
        names = [outputs] if isinstance(outputs, str) else outputs
        names[0] = names[0] or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, names, domain=domain, **given))
        return names[0]

    def linear(self, x: str, weight: Any, bias: Any = None) -> str:
        """``weight`` is (inputs, outputs)."""
        x = self.add("MatMul", [x, self.weight(f"w{len(self.weights)}", weight)])
        return x if bias is None else self.add("Add", [x, self.weight(f"b{len(self.weights)}", bias)])

    def text_inputs(self) -> None:
        for name in ("input_ids", "attention_mask"):
            self.inputs.append(helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]))

    def counts(self) -> None:
        """Numbers that ``GroupQueryAttention`` asks for: tokens of each text less one, and of the longest."""
        axis = self.weight("axis", np.array([1]))
        total = self.add("ReduceSum", ["attention_mask", axis], keepdims=0)
        less = self.add("Sub", [total, self.weight("one", np.array(1))])
        self.add("Cast", [less], "seqlens", to=TensorProto.INT32)
        longest = self.add("Gather", [self.add("Shape", ["attention_mask"]), "one"], axis=0)
        self.add("Cast", [longest], "longest", to=TensorProto.INT32)

    def pasts(self, layer: int, heads: int, width: int) -> list[str]:
        names = [f"past_key_values.{layer}.{part}" for part in ("key", "value")]
        for name in names:
            self.inputs.append(
                helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", heads, "past_tokens", width])
            )
        return names

    def save(self, path: Path, last: str, opset: int = 23) -> None:
        self.add("Identity", [last], "last_hidden_state")
        outputs = [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, None)]
        opsets = [helper.make_opsetid("", opset), helper.make_opsetid(_ORT, 1)]
        graph = helper.make_graph(self.nodes, "decoder", self.inputs, outputs, self.weights)
        path.parent.mkdir(parents=True, exist_ok=True)
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), str(path))


def save_gpt2(model: Any, kind: str, path: Path) -> None:
    """Write a GPT-2 of transformers with attention of one kind of node."""
    w = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
    heads, width = model.config.n_head, model.config.n_embd
    g = _Graph()
    g.text_inputs()
    if kind == "GroupQueryAttention":
        g.counts()
    length = g.add("Gather", [g.add("Shape", ["input_ids"]), g.weight("second", np.array([1]))], axis=0)
    places = g.add("Slice", [g.weight("wpe", w["wpe.weight"]), g.weight("zero", np.array([0])), length])
    x = g.add("Add", [g.add("Gather", [g.weight("wte", w["wte.weight"]), "input_ids"]), places])
    added = ""
    for layer in range(model.config.n_layer):
        part = {
            name.removeprefix(f"h.{layer}."): values for name, values in w.items() if name.startswith(f"h.{layer}.")
        }
        x, normed = _norm(g, x, added, part["ln_1.weight"], part["ln_1.bias"])
        weight, bias = part["attn.c_attn.weight"], part["attn.c_attn.bias"]
        if kind == "Attention":
            given = [normed, g.weight(f"qkv{layer}", weight), g.weight(f"qkvb{layer}", bias), "attention_mask32"]
            if layer == 0:
                g.add("Cast", ["attention_mask"], "attention_mask32", to=TensorProto.INT32)
            out = g.add("Attention", given, "", _ORT, num_heads=heads, unidirectional=1)
        else:
            thirds = [slice(third * width, (third + 1) * width) for third in range(3)]
            q, k, v = (g.linear(normed, weight[:, third], bias[third]) for third in thirds)
            if kind == "MultiHeadAttention":
                if layer == 0:
                    g.add("Cast", ["attention_mask"], "attention_mask32", to=TensorProto.INT32)
                given = [q, k, v, "", "attention_mask32"]
                out = g.add("MultiHeadAttention", given, "", _ORT, num_heads=heads, unidirectional=1)
            elif kind == "Attention-23":
                if layer == 0:
                    whole = g.add("Cast", ["attention_mask"], to=TensorProto.BOOL)
                    keys = g.add("Unsqueeze", [whole, g.weight("axes", np.array([1, 2]))])
                    queries = g.add("Unsqueeze", [g.add("Not", [whole]), g.weight("other_axes", np.array([1, 3]))])
                    g.add("Or", [keys, queries], "allowed")  # rows of padding see something
                heads_of = {"q_num_heads": heads, "kv_num_heads": heads}
                out = g.add("Attention", [q, k, v, "allowed"], "", is_causal=1, **heads_of)
            else:
                past = g.pasts(layer, heads, width // heads)
                outputs = ["", f"present.{layer}.key", f"present.{layer}.value"]
                given = [q, k, v, *past, "seqlens", "longest"]
                out = g.add("GroupQueryAttention", given, outputs, _ORT, num_heads=heads, kv_num_heads=heads)
        added = g.linear(out, part["attn.c_proj.weight"], part["attn.c_proj.bias"])
        x, normed = _norm(g, x, added, part["ln_2.weight"], part["ln_2.bias"])
        inner = g.linear(normed, part["mlp.c_fc.weight"], part["mlp.c_fc.bias"])
        inner = g.add("FastGelu", [inner], "", _ORT)
        added = g.linear(inner, part["mlp.c_proj.weight"], part["mlp.c_proj.bias"])
    _, last = _norm(g, x, added, w["ln_f.weight"], w["ln_f.bias"])
    # files of a few years ago have older opsets
    g.save(path, last, 12 if kind in ("Attention", "MultiHeadAttention") else 23)


def _norm(g: _Graph, x: str, added: str, weight: Any, bias: Any) -> tuple[str, str]:
    """Return the sum and its norm, by one node where there is something to add."""
    scale, shift = g.weight(f"s{len(g.weights)}", weight), g.weight(f"h{len(g.weights)}", bias)
    if not added:
        return x, g.add("LayerNormalization", [x, scale, shift], axis=-1, epsilon=1e-5)
    outputs = ["", "", "", f"sum{len(g.nodes)}"]
    normed = g.add("SkipLayerNormalization", [x, added, scale, shift], outputs, _ORT, epsilon=1e-5)
    return outputs[3], normed


def save_llama(model: Any, path: Path) -> None:
    """Write a Llama of transformers as onnxruntime's model builder does: rotary positions inside of grouped heads."""
    w = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
    config = model.config
    width = config.hidden_size // config.num_attention_heads
    grid = np.arange(config.max_position_embeddings)[:, None] * 10000.0 ** (-np.arange(0, width, 2) / width)
    g = _Graph()
    g.text_inputs()
    g.counts()
    cos, sin = (g.weight(name, f(grid).astype(np.float32)) for name, f in (("cos", np.cos), ("sin", np.sin)))
    x, added = g.add("Gather", [g.weight("embed", w["embed_tokens.weight"]), "input_ids"]), ""

    def norm(x: str, added: str, weight: Any) -> tuple[str, str]:
        scale = g.weight(f"s{len(g.weights)}", weight)
        if not added:
            return x, g.add("SimplifiedLayerNormalization", [x, scale], axis=-1, epsilon=config.rms_norm_eps)
        outputs = ["", "", "", f"sum{len(g.nodes)}"]
        epsilon = config.rms_norm_eps
        normed = g.add("SkipSimplifiedLayerNormalization", [x, added, scale], outputs, _ORT, epsilon=epsilon)
        return outputs[3], normed

    for layer in range(config.num_hidden_layers):
        at = f"layers.{layer}."
        x, normed = norm(x, added, w[at + "input_layernorm.weight"])
        q, k, v = (g.linear(normed, w[f"{at}self_attn.{part}_proj.weight"].T) for part in "qkv")
        past = g.pasts(layer, config.num_key_value_heads, width)
        outputs = ["", f"present.{layer}.key", f"present.{layer}.value"]
        heads = {"num_heads": config.num_attention_heads, "kv_num_heads": config.num_key_value_heads}
        given = [q, k, v, *past, "seqlens", "longest", cos, sin]
        out = g.add("GroupQueryAttention", given, outputs, _ORT, do_rotary=1, **heads)
        added = g.linear(out, w[at + "self_attn.o_proj.weight"].T)
        x, normed = norm(x, added, w[at + "post_attention_layernorm.weight"])
        gate = g.linear(normed, w[at + "mlp.gate_proj.weight"].T)
        gate = g.add("Mul", [gate, g.add("Sigmoid", [gate])])
        inner = g.add("Mul", [gate, g.linear(normed, w[at + "mlp.up_proj.weight"].T)])
        added = g.linear(inner, w[at + "mlp.down_proj.weight"].T)
    _, last = norm(x, added, w["norm.weight"])
    g.save(path, last)

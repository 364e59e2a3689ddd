"""Our own exports made foreign: the readings are hidden again, names are lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx

from edgeinterp.exporting.foreign.expose import without_unused


def hide_readings(folder: Path, target: Path, *, keep_last: bool) -> None:
    """Write a graph without hidden states and attentions as outputs, whose tensors and nodes are numbered.

    With ``keep_last``, the last hidden state stays, as ``last_hidden_state``; else only its mean over tokens does.
    """
    model = onnx.load(str(folder / "model.onnx"))
    graph = model.graph
    last = [item.name for item in graph.output if item.name.startswith("hidden_states")][-1]
    del graph.output[:]
    kept = {item.name for item in graph.input}
    names: dict[str, str] = {}
    _rename(graph.node, names, kept)
    for tensor in graph.initializer:
        tensor.name = names.get(tensor.name, tensor.name)
    operation, output = ("Identity", "last_hidden_state") if keep_last else ("ReduceMean", "sentence_embedding")
    node = onnx.helper.make_node(operation, [names[last]], [output])
    if not keep_last:
        node.attribute.append(onnx.helper.make_attribute("keepdims", 0))
        if model.opset_import[0].version < 18:
            node.attribute.append(onnx.helper.make_attribute("axes", [1]))
        else:
            graph.initializer.append(onnx.numpy_helper.from_array(np.array([1]), "axes"))
            node.input.append("axes")
    graph.node.append(node)
    graph.output.append(onnx.helper.make_empty_tensor_value_info(output))
    without_unused(model)
    target.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(target / "model.onnx"))
    (target / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())


def _rename(nodes: Any, names: dict[str, str], kept: set[str]) -> None:
    for node in nodes:
        node.name = f"node_{len(names)}"
        for parts in (node.input, node.output):
            for place, name in enumerate(parts):
                if name and name not in kept:
                    parts[place] = names.setdefault(name, f"t{len(names)}")
        for attribute in node.attribute:
            for graph in [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]:
                _rename(graph.node, names, kept)
                for item in [*graph.initializer, *graph.output]:
                    item.name = names.setdefault(item.name, f"t{len(names)}")

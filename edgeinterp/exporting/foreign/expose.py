"""Rewrite a foreign graph for other outputs, without nodes that only the old ones needed (needs ``onnx``)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .graph import reads

__all__ = ["embedding_rows", "expose", "read_model", "without_unused", "write_model"]

_INT64 = 7
_FLOAT = 1
# protobuf files end at 2 GB; weights are stored beside them well before that
_LARGEST = 1 << 30


def read_model(path: Path) -> Any:
    """Return the model with its weights, external ones included, its nodes in an order in which they can run.

    ONNX asks for that order; onnxruntime does not, and its converter to 16 bits does not keep it.
    """
    import onnx

    model = onnx.load(str(path))
    nodes = list(model.graph.node)
    made_by = {name: place for place, node in enumerate(nodes) for name in node.output if name}
    order: dict[int, None] = {}
    for first in range(len(nodes)):
        waiting, seen = [first], set()
        while waiting:
            place = waiting[-1]
            before = {made_by[name] for name in reads(nodes[place]) if name in made_by} - order.keys() - {place}
            if place in order or place in seen or not before:
                order.setdefault(waiting.pop())
                continue
            seen.add(place)
            waiting += sorted(before, reverse=True)
    if list(order) != sorted(order):
        del model.graph.node[:]
        model.graph.node.extend(nodes[place] for place in order)
    return model


def expose(
    model: Any, names: dict[str, str], floats: frozenset[str] | set[str] = frozenset(), *, constants: bool = True
) -> Any:
    """Return a copy of a model with the given tensors as outputs, under new names.

    Inputs become int64, as the run time passes them.

    Parameters
    ----------
    model : onnx.ModelProto
    names : dict of str to str
        New name to the tensor's name in the graph.
    floats : set of str
        New names of tensors that are of another floating type and are to be cast to float32.
    constants : bool
        Make initializers of matrices in ``Constant`` nodes: some exporters keep weights there. PyTorch keeps tables of
        positions there, which are not trained.
    """
    import onnx
    from onnx import helper

    out = onnx.ModelProto()
    out.CopyFrom(model)
    graph = out.graph
    taken = set(names)
    own = {name for node in graph.node for name in node.output}
    suffix = ".of_file"
    while any(f"{name}{suffix}" in own for name in taken):
        suffix += "_"
    for node in graph.node:
        # the file may already use one of our names for another tensor
        for parts in (node.input, node.output):
            for place, name in enumerate(parts):
                if name in taken:
                    parts[place] = f"{name}{suffix}"
    shapes = {item.name: item.type for item in graph.output}
    del graph.output[:]
    for new, name in names.items():
        inner = f"{name}{suffix}" if name in taken else name
        node = helper.make_node("Cast" if new in floats else "Identity", [inner], [new], name=f"expose/{new}")
        if new in floats:
            node.attribute.append(helper.make_attribute("to", _FLOAT))
        graph.node.append(node)
        graph.output.append(helper.make_empty_tensor_value_info(new))
        if name in shapes and new not in floats:
            graph.output[-1].type.CopyFrom(shapes[name])
    _cast_inputs(graph)
    if constants:
        _constants_to_initializers(graph)
    return without_unused(out)


def _cast_inputs(graph: Any) -> None:
    from onnx import helper

    casts = []
    for item in graph.input:
        kind = item.type.tensor_type.elem_type
        if kind == _INT64 or item.name in {tensor.name for tensor in graph.initializer}:
            continue
        inner = f"{item.name}.cast"
        for node in graph.node:
            for place, name in enumerate(node.input):
                if name == item.name:
                    node.input[place] = inner
        item.type.tensor_type.elem_type = _INT64
        casts.append(helper.make_node("Cast", [item.name], [inner], name=inner, to=kind))
    for node in reversed(casts):
        graph.node.insert(0, node)


def _constants_to_initializers(graph: Any) -> None:
    kept = []
    for node in graph.node:
        values = [item.t for item in node.attribute if item.name == "value"] if node.op_type == "Constant" else []
        if values and sum(size > 1 for size in values[0].dims) > 1:
            tensor = graph.initializer.add()
            tensor.CopyFrom(values[0])
            tensor.name = node.output[0]
        else:
            kept.append(node)
    del graph.node[:]
    graph.node.extend(kept)


def without_unused(model: Any) -> Any:
    """Drop nodes, initializers and inputs that no output depends on; in place, and returned."""
    graph = model.graph
    needed = {item.name for item in graph.output}
    kept = []
    for node in reversed(graph.node):
        if needed.intersection(node.output):
            kept.append(node)
            needed.update(reads(node))
    kept.reverse()
    inputs = [item for item in graph.input if item.name in needed]
    weights = [tensor for tensor in graph.initializer if tensor.name in needed]
    for field, values in ((graph.node, kept), (graph.input, inputs), (graph.initializer, weights)):
        del field[:]
        field.extend(values)
    del graph.value_info[:]
    return model


def write_model(model: Any, path: Path) -> None:
    """Write a model, with its weights beside it where they are large."""
    import onnx

    large = model.ByteSize() > _LARGEST
    # onnx appends to an older file of weights
    path.with_name(f"{path.name}_data").unlink(missing_ok=True)
    onnx.save(model, str(path), save_as_external_data=large, location=f"{path.name}_data")


def embedding_rows(model: Any) -> int | None:
    """Return the number of rows of the embedding table, where ``input_ids`` index one directly."""
    sizes = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    sources = {name: node.input[0] for node in model.graph.node for name in node.output if node.input}
    for node in model.graph.node:
        if node.op_type == "Gather" and "input_ids" in node.input:
            name = node.input[0]
            # an 8-bit table is cast and scaled on the way
            while name not in sizes and name in sources:
                name = sources[name]
            if name in sizes:
                return int(sizes[name][0])
    return None

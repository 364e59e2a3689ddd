"""Edit an exported graph: remove the exporter's traces, and store small weights (needs the export extra)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["quantize_int8", "store_fp16", "tidy"]


def tidy(path: Path) -> None:
    """Remove information about the exporter from an ONNX file, in place.

    Descriptions are removed (the PyTorch exporter writes paths of the exporting machine into them), and every
    initializer is stored as raw bytes, so that its place in the file can be listed. External data stays in its files.
    """
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    model.doc_string = ""
    model.ClearField("metadata_props")
    for graph in _graphs(model.graph):
        graph.doc_string = ""
        graph.ClearField("metadata_props")
        parts = [*graph.node, *graph.initializer, *graph.input, *graph.output, *graph.value_info]
        for part in parts:
            part.doc_string = ""
            part.ClearField("metadata_props")
        for tensor in graph.initializer:
            _make_raw(tensor)
    onnx.save(model, str(path))


def quantize_int8(source: Path, target: Path, *, per_channel: bool = True, reduce_range: bool = True) -> None:
    """Write an int8 version of an ONNX model: weights per channel, activations scaled at run time.

    Each activation tensor has one scale, computed at run time, so a text's numbers depend slightly on the texts and the
    padding in its batch.

    Parameters
    ----------
    source : Path
        The float32 model; not changed.
    target : Path
        The file to write, in its final folder: external data is written beside it if the source has any.
    per_channel : bool
        A scale for each column of a weight matrix rather than one for the whole.
    reduce_range : bool
        Weights use 7 of 8 bits: x86 without VNNI adds pairs of products in 16 bits, which saturate otherwise.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    model = onnx.load(str(source))
    external = any(source.parent.glob(source.name + "?*"))
    # constants are already folded and shapes inferred; without this mark the quantizer demands it
    add_pre_process_metadata(model)
    marked = source.with_name("marked.onnx")
    onnx.save(model, str(marked), save_as_external_data=external, location="marked.onnx_data")
    del model
    quantize_dynamic(
        marked,
        target,
        per_channel=per_channel,
        reduce_range=reduce_range,
        weight_type=QuantType.QInt8,
        use_external_data_format=external,
    )
    for leftover in source.parent.glob("marked*"):
        leftover.unlink()


def store_fp16(source: Path, target: Path) -> None:
    """Write a version of an ONNX model with weight matrices stored in 16 bits, and computation in 32.

    Each matrix goes through a ``Cast``, which onnxruntime does once when it opens the file. Matrices with values beyond
    the range of float16 (above 65,504) stay unchanged.

    Parameters
    ----------
    source, target : Path
        As in ``quantize_int8``.
    """
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(str(source))
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or sum(size > 1 for size in tensor.dims) < 2:
            continue
        values = numpy_helper.to_array(tensor)
        if np.abs(values).max() > np.finfo(np.float16).max:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.fp16"))
        casts.append(helper.make_node("Cast", [tensor.name], [name], name=f"{name}.cast", to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    external = any(source.parent.glob(source.name + "?*"))
    onnx.save(model, str(target), save_as_external_data=external, location=f"{target.name}_data")


def _graphs(graph: Any) -> Iterator[Any]:
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            attribute.doc_string = ""
            nested = [attribute.g] if attribute.HasField("g") else []
            for inner in [*nested, *attribute.graphs]:
                yield from _graphs(inner)


def _make_raw(tensor: Any) -> None:
    import onnx
    from onnx import numpy_helper

    kept_elsewhere = tensor.data_location == onnx.TensorProto.EXTERNAL
    if not kept_elsewhere and not tensor.HasField("raw_data") and tensor.data_type != onnx.TensorProto.STRING:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name))

"""Edit an exported graph: remove the exporter's traces, store small weights, move what depends on no text elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from ..model.manifest import PROJECTIONS
from ..model.onnx_file import read_onnx
from .foreign.expose import without_unused

__all__ = ["keep_outputs", "quantize_int8", "split_projections", "store_fp16", "tidy"]

# bytes of a weight that is worth reading from where it lies
_LARGE = 1024


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


def keep_outputs(path: Path, outputs: Collection[str]) -> None:
    """Take out of a graph what none of these outputs needs; weights beside it stay there."""
    import onnx

    onnx.save(_with_outputs(onnx.load(str(path), load_external_data=False), outputs), str(path))


def split_projections(path: Path) -> None:
    """Move the outputs ``projections.i`` of a graph, if it has any, to a graph of their own beside it.

    onnxruntime computes a whole graph in every pass, whichever outputs it is asked for. The new file has no weights: it
    reads them from the places where they lie in the first.
    """
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    names = [item.name for item in model.graph.output]
    own = [name for name in names if name.startswith("projections.")]
    if not own:
        return
    part = onnx.ModelProto()
    part.CopyFrom(model)
    onnx.save(_with_outputs(model, set(names) - set(own)), str(path))
    places = {entry.name: entry for entry in read_onnx(path).initializers}
    for tensor in _with_outputs(part, own).graph.initializer:
        place = places.get(tensor.name)
        if place is None or place.file is None or place.length < _LARGE:
            continue
        tensor.ClearField("raw_data")
        del tensor.external_data[:]
        tensor.data_location = onnx.TensorProto.EXTERNAL
        for key in ("location", "offset", "length"):
            value = place.file if key == "location" else getattr(place, key)
            tensor.external_data.add(key=key, value=str(value))
    onnx.save(part, str(path.with_name(PROJECTIONS)))


def _with_outputs(model: Any, names: Collection[str]) -> Any:
    kept = [item for item in model.graph.output if item.name in names]
    del model.graph.output[:]
    model.graph.output.extend(kept)
    return without_unused(model)


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

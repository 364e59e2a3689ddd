"""Give values, output projections and norms of attention out of a graph, and prove that they make up its blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...errors import InputError
from ...reading.blocks import BlockForm, block_of, recomputed
from ..parity import Trial
from .graph import Graph
from .trying import Runner
from .values import UNCHANGED, NotFoundError, Parts, find_parts

__all__ = ["Blocks", "open_with_values", "proved"]

Open = Callable[[dict[str, str]], Runner]

# largest difference between what a block gives on and what is made of its parts, beside its length
LENGTH_TOLERANCE = 1e-3
# the same by number format, where the block computes in 16 bits, or rounds to 8
TOLERANCES, ROUNDED_TOLERANCE = {"none": LENGTH_TOLERANCE, "fp16": 1e-2}, 0.05
# largest part of what values add to a block that may be missing
LEAST_SHARE = 0.25
_TRIALS = (Trial((24,), "none"), Trial((16, 9, 5), "right"))
_SHAPES = Trial((6, 6), "none")
_INT64, _FLOATS = 7, {"tensor(float)": 1, "tensor(float16)": 10, "tensor(double)": 11}


@dataclass(frozen=True)
class Blocks:
    """The form of a model's blocks, None where values are not given out; the proof, or the reason; outputs to keep."""

    form: BlockForm | None
    record: dict[str, Any]
    outputs: dict[str, str]


def open_with_values(
    model: Any, names: dict[str, str], inside: dict[str, str], exposed: Open, quantization: str, longest: int | None
) -> Blocks:
    """Write a graph with values among its outputs where they are found, and prove them.

    The written graph also has ``attended.i``, what blocks give on. Only the proof needs it, and it would keep
    onnxruntime from fusing nodes: write ``Blocks.outputs`` afterwards.

    Parameters
    ----------
    model : onnx.ModelProto
        Gets nodes; its outputs stay as they are.
    names : dict of str to str
        ``hidden_states.i`` and ``attentions.i``, each with the name of its tensor.
    inside : dict of str to str
        The output of the fused node that an attention is given out by, where that is so.
    exposed : callable
        Writes the graph with the outputs that it is given, and opens it.
    quantization : str
        The graph's number format.
    longest : int or None
        The longest text that it takes.
    """
    try:
        form, outputs = _with_values(model, names, inside, exposed)
        runner = exposed({**names, **outputs})
    except (NotFoundError, InputError) as error:
        return Blocks(None, {"reason": str(error)}, names)
    return proved(runner, form, {**names, **outputs}, quantization, longest)


def proved(runner: Runner, form: BlockForm, outputs: dict[str, str], quantization: str, longest: int | None) -> Blocks:
    """Prove that blocks give on what is made of their parts, to a tolerance that depends on the number format."""
    tolerance = TOLERANCES.get(quantization, ROUNDED_TOLERANCE)
    of_proof = ("values", "projections", "norms", "attended")
    readings = {name: tensor for name, tensor in outputs.items() if not name.startswith(of_proof)}
    try:
        worst = _largest_difference(runner, form, tolerance, longest or max(max(one.lengths) for one in _TRIALS))
    except (NotFoundError, InputError) as error:
        return Blocks(None, {"reason": str(error)}, readings)
    kept = {name: tensor for name, tensor in outputs.items() if not name.startswith("attended")}
    return Blocks(form, {"largest_difference": worst, "tolerance": tolerance}, kept)


def _with_values(
    model: Any, names: dict[str, str], inside: dict[str, str], exposed: Open
) -> tuple[BlockForm, dict[str, str]]:
    """Find values in a graph, add nodes that give them out, and return the blocks' form and the new outputs."""
    attentions, states = ([name for key, name in names.items() if key.startswith(kind)] for kind in ("att", "hid"))
    parts = _parts_of(Graph(model.graph), attentions, states, inside)
    weights = {f"weights.{layer}": name for layer, name in enumerate(attentions)}
    runner = exposed({**weights, **{f"raw.{layer}": one.values for layer, one in enumerate(parts)}})
    kinds = list(runner.kinds)
    answers = dict(zip(kinds, runner.run(kinds, runner.feed(_SHAPES)), strict=True))
    heads = [answers[f"weights.{layer}"].shape[1] for layer in range(len(parts))]
    shapes = [answers[f"raw.{layer}"].shape for layer in range(len(parts))]
    return _form_of(parts), _value_nodes(model, parts, states, heads, shapes, runner.kinds["raw.0"])


def _parts_of(graph: Graph, attentions: Sequence[str], states: Sequence[str], inside: dict[str, str]) -> list[Parts]:
    """Return the parts of every block.

    Raises
    ------
    NotFoundError
        Where a block is built in another way than is known here, or not as the others are.
    """
    found = []
    for layer, (attention, state) in enumerate(zip(attentions, states[:-1], strict=True), 1):
        try:
            found.append(find_parts(graph, attention, state, inside))
        except NotFoundError as error:
            raise NotFoundError(f"block {layer}: {error}") from None
    if len({_form_of([one]) for one in found}) > 1:
        raise NotFoundError("blocks are not built alike")
    return found


def _form_of(parts: Sequence[Parts]) -> BlockForm:
    """Return what the manifest says of blocks."""
    norm = parts[0].norm
    if norm is None:
        return BlockForm(parts[0].norm_at, None, None)
    return BlockForm(parts[0].norm_at, norm.kind, float(np.float32(norm.epsilon)))


class _Nodes:
    """Nodes that are added to a graph."""

    def __init__(self, start: str) -> None:
        self.start = start
        self.nodes: list[Any] = []

    def add(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Append a node of one output, and return the output's name."""
        from onnx import helper

        output = f"{self.start}/{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output

    def integers(self, values: Sequence[int]) -> str:
        """Append a constant row of integers."""
        from onnx import helper

        return self.add("Constant", [], value=helper.make_tensor("value", _INT64, [len(values)], list(values)))


def _value_nodes(
    model: Any, parts: Sequence[Parts], states: Sequence[str], heads: Sequence[int], shapes: Sequence[Sequence[int]],
    kind: str,
) -> dict[str, str]:  # fmt: skip
    """Add nodes for the outputs of every block; return the outputs' names, each with that of its tensor.

    ``values.i`` has shape (batch, heads, tokens, width); ``projections.i`` (heads * width + 1, d), the last row the
    bias; ``norms.i`` (2, d), scale and shift; ``attended.i`` (batch, tokens, d), what the block gives on.

    Parameters
    ----------
    model : onnx.ModelProto
        Changed in place.
    parts : sequence of Parts
    states : sequence of str
    heads : sequence of int
        Number of heads of each attention.
    shapes : sequence of sequences of int
        Shapes of ``Parts.values`` for some text.
    kind : str
        Floating type of the values, as onnxruntime names it.
    """
    names: dict[str, str] = {}
    start = "edgeinterp/values"
    while any(node.name.startswith(start) for node in model.graph.node):
        start += "_"  # the file is a model folder's own
    for layer, (one, state, count, shape) in enumerate(zip(parts, states[:-1], heads, shapes, strict=True)):
        nodes = _Nodes(f"{start}/{layer}")
        names[f"values.{layer}"], width = _values(nodes, one, count, shape)
        names[f"projections.{layer}"] = _projection(nodes, one, count * width, _FLOATS[kind])
        names[f"attended.{layer}"] = one.attended or nodes.add("Add", [state, one.projected])
        if one.norm is not None:
            row = nodes.integers([1, -1])
            scale = nodes.add("Reshape", [one.norm.scale, row])
            shift = nodes.add("Reshape", [one.norm.shift, row]) if one.norm.shift else nodes.add("Sub", [scale, scale])
            names[f"norms.{layer}"] = nodes.add("Concat", [scale, shift], axis=0)
        model.graph.node.extend(nodes.nodes)
    return names


def _values(nodes: _Nodes, one: Parts, heads: int, shape: Sequence[int]) -> tuple[str, int]:
    """Return values by head, and their width."""
    name = one.values
    if one.fused is not None:
        return _values_of_fused(nodes, one.fused, name, heads, shape)
    if len(shape) == 3:  # batch and heads are one axis
        sizes = nodes.add("Gather", [nodes.add("Shape", [name]), nodes.integers([1, 2])])
        whole = nodes.add("Concat", [nodes.integers([-1, heads]), sizes], axis=0)
        return nodes.add("Reshape", [name, whole]), shape[2]
    if shape[1] != heads:  # one for all
        own = nodes.integers([head * shape[1] // heads for head in range(heads)])
        name = nodes.add("Gather", [name, own], axis=1)
    return name, shape[3]


def _values_of_fused(nodes: _Nodes, node: Any, name: str, heads: int, shape: Sequence[int]) -> tuple[str, int]:
    """Return values of a node that takes all heads in one row, and fewer heads of values than of queries."""
    numbers = {item.name: item.i for item in node.attribute}
    groups = numbers.get("kv_num_heads") or (shape[1] if len(shape) == 4 else heads)
    packed = name == node.input[0]
    total = heads + 2 * groups if packed else groups
    first = heads + groups if packed else 0
    if len(shape) == 3:
        split = nodes.add("Reshape", [name, nodes.integers([0, 0, total, -1])])
        name = nodes.add("Transpose", [split], perm=[0, 2, 1, 3])
    own = nodes.integers([first + head * groups // heads for head in range(heads)])
    return nodes.add("Gather", [name, own], axis=1), shape[-1] // total if len(shape) == 3 else shape[3]


def _projection(nodes: _Nodes, one: Parts, rows: int, kind: int) -> str:
    """Return what the projection makes of every unit vector and, in the last row, of nothing.

    So weights come out in float, however they are stored: the eight bits of 0 and 1 are exact.
    """
    from onnx import helper

    zero = helper.make_tensor("value", kind, [1], [0.0])
    size = nodes.integers([rows + 1, rows])
    units = nodes.add("EyeLike", [nodes.add("ConstantOfShape", [size], value=zero)])
    names = {one.joined: units}
    for node in one.projection:
        if node.op_type in UNCHANGED:
            names[node.output[0]] = names[node.input[0]]
            continue
        name = f"{nodes.start}/{len(nodes.nodes)}"
        given = [names.get(item, item) for item in node.input]
        outputs = [f"{name}.{place}" if item else "" for place, item in enumerate(node.output)]
        copy = helper.make_node(node.op_type, given, outputs, name=name, domain=node.domain)
        copy.attribute.extend(node.attribute)
        names.update(zip(node.output, outputs, strict=True))
        nodes.nodes.append(copy)
    return names[one.projected]


def _largest_difference(runner: Runner, form: BlockForm, tolerance: float, longest: int) -> float:
    """Return the largest difference between what a block gives on and what is made of its parts, beside its length.

    Beside a long residual that says little: of a whole text, what is made of the parts must also be four times nearer
    than what is made without values.
    """
    worst = 0.0
    layers = sum(name.startswith("attentions") for name in runner.kinds)
    for first, plan in enumerate(_TRIALS):
        trial = Trial(tuple(min(length, longest) for length in plan.lengths), plan.padding)
        if trial.padding != "none" and "attention_mask" not in runner.inputs:
            continue
        feed = runner.feed(trial, first)
        for layer in range(layers):
            names = [f"{kind}.{layer}" for kind in ("attentions", "values", "hidden_states", "projections")]
            names += [f"norms.{layer}"] if form.norm else []
            *outputs, given_on = runner.run([*names, f"attended.{layer}"], feed)
            for row, valid in enumerate(trial.mask):
                block = block_of(form, [part[row] for part in outputs[:3]], outputs[3:])
                apart = np.linalg.norm(recomputed(block) - given_on[row], axis=1)[valid]
                nothing = recomputed(replace(block, values=np.zeros_like(block.values)))
                without = np.linalg.norm(nothing - given_on[row], axis=1)[valid]
                far = float((apart / np.linalg.norm(given_on[row], axis=1)[valid]).max())
                worst = max(worst, far)
                if not (far <= tolerance and np.linalg.norm(apart) <= LEAST_SHARE * np.linalg.norm(without)):
                    raise NotFoundError(
                        f"block {layer + 1}: its attention, values and projection make up what it gives on but for "
                        f"{far:.2g} of its length, more than {tolerance:g} or than a quarter of what values add"
                    )
    return worst

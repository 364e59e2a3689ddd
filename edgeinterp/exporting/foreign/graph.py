"""An ONNX graph with producers and readers of each tensor, and dependence on the tokens."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

__all__ = ["SIZES", "Graph", "is_product", "reads"]

# nodes whose output is a tensor's size, not its content
SIZES = ("Shape", "Size")
_PRODUCTS = ("MatMul", "Gemm", "Einsum", "Conv", "MatMulInteger", "QLinearMatMul", "ConvInteger", "QLinearConv")


def is_product(node: Any) -> bool:
    """Tell whether a node multiplies matrices, plain, fused or quantised."""
    return node.op_type in _PRODUCTS or "MatMul" in node.op_type or "Gemm" in node.op_type


def reads(node: Any) -> list[str]:
    """Return the tensors that a node reads, including outer tensors read by its nested graphs."""
    names = [name for name in node.input if name]
    for attribute in node.attribute:
        inner = [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]
        for graph in inner:
            names += [name for other in graph.node for name in reads(other)]
            names += [item.name for item in graph.output]
    return list(dict.fromkeys(names))


class Graph:
    """The main graph of an ONNX model.

    Parameters
    ----------
    proto : onnx.GraphProto
        Its nodes are in topological order, as ONNX requires.

    Attributes
    ----------
    nodes : list of onnx.NodeProto
    made_by : dict of str to int
        Tensor name to the index of its node.
    read_by : dict of str to list of int
        Tensor name to the indices of the nodes that read it, in order.
    """

    def __init__(self, proto: Any) -> None:
        self.proto = proto
        self.nodes = list(proto.node)
        self.reads = [reads(node) for node in self.nodes]
        self.made_by = {name: index for index, node in enumerate(self.nodes) for name in node.output if name}
        self.read_by: dict[str, list[int]] = {}
        for index, inputs in enumerate(self.reads):
            for name in inputs:
                self.read_by.setdefault(name, []).append(index)

    @cached_property
    def tokens(self) -> set[str]:
        """Return the tensors whose values depend on the token ids, not only on their number."""
        return self.after(["input_ids"])

    def after(self, names: Iterable[str], without: str | None = None) -> set[str]:
        """Return the tensors that depend on the values of ``names``, these included, with ``without`` removed."""
        reached = set(names) - {without}
        for node, inputs in zip(self.nodes, self.reads, strict=True):
            if node.op_type not in SIZES and any(name in reached for name in inputs):
                reached.update(name for name in node.output if name and name != without)
        return reached

    def before(self, name: str) -> set[str]:
        """Return the tensors that the value of ``name`` depends on, itself included."""
        needed = {name}
        for node, inputs in zip(reversed(self.nodes), reversed(self.reads), strict=True):
            if node.op_type not in SIZES and any(output in needed for output in node.output):
                needed.update(inputs)
        return needed

    def path(self, start: str, end: str) -> list[str] | None:
        """Return the node kinds on the shortest path from one tensor to another, None where there is none.

        Among paths of equal length, the first in alphabetical order of kinds.
        """
        within = self.before(end)
        ways: dict[str, list[str]] = {start: []}
        waiting = deque([start])
        while waiting:
            name = waiting.popleft()
            for index in self.read_by.get(name, []):
                node = self.nodes[index]
                for output in node.output:
                    way = [*ways[name], node.op_type]
                    if output not in within or node.op_type in SIZES:
                        continue
                    if output not in ways:
                        ways[output] = way
                        waiting.append(output)
                    elif len(ways[output]) == len(way):
                        ways[output] = min(ways[output], way)
        return ways.get(end)

    def number(self, name: str) -> float:
        """Return the value of a constant that is one number, 0 where it is none."""
        from onnx import numpy_helper

        tensors = [tensor for tensor in self.proto.initializer if tensor.name == name]
        if name in self.made_by:
            tensors += [item.t for item in self.nodes[self.made_by[name]].attribute if item.name == "value"]
        # one number is never kept in another file
        values = [numpy_helper.to_array(tensor) for tensor in tensors if not tensor.external_data]
        return float(values[0].reshape(-1)[0]) if values and values[0].size == 1 else 0.0

    def along(self, start: str, kinds: list[str]) -> list[str]:
        """Return the tensors reached from ``start`` through nodes of only these kinds, in graph order."""
        reached = {start}
        for kind in kinds:
            nodes = (self.nodes[index] for name in reached for index in self.read_by.get(name, []))
            reached = {output for node in nodes if node.op_type == kind for output in node.output if output}
        return sorted(reached, key=lambda name: self.made_by[name])

    def last(self, name: str, passing: Callable[[Any], bool]) -> tuple[str, list[int]]:
        """Follow a tensor through nodes that pass it on unchanged; return the last one, and its readers."""
        while True:
            readers = self.read_by.get(name, [])
            onward = [self.nodes[index].output[0] for index in readers if passing(self.nodes[index])]
            # what nothing reads is only given out
            onward = [output for output in onward if output in self.read_by]
            if not onward:
                return name, readers
            name = onward[-1]

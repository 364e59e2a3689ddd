"""Nodes of a graph, and how they use its weights: unpack their bytes, need them for a hidden state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .onnx_file import BYTES, Wire, opened

__all__ = ["Node", "element_bits", "first_states", "read_nodes"]

# nodes that read several weights from a byte, and the place of these bytes among their inputs
_UNPACKING = {"MatMulNBits": 1, "GatherBlockQuantized": 0}
# the same, of weights that are entries of a table
_TABLES = {"MatMulBnb4": 1}
_USUAL_BITS = 4


@dataclass(frozen=True)
class Node:
    """Hold one node of the main graph.

    ``kind`` is its operator, ``numbers`` has its attributes that are whole numbers. ``inputs`` includes what its nested
    graphs read.
    """

    kind: str
    inputs: list[str]
    outputs: list[str]
    numbers: dict[str, int]


def read_nodes(path: Path) -> list[Node]:
    """Read the nodes of an ONNX file's main graph, in their order; refuses the same files as ``read_onnx``."""
    return opened(path, lambda _, data: list(_of_model(Wire(data))))


def _of_model(file: Wire) -> Iterator[Node]:
    for number, _, graph in file.fields(0, len(file.data)):
        if number == 7:
            yield from _of_graph(file, *graph)


def _of_graph(file: Wire, start: int, end: int) -> Iterator[Node]:
    for number, wire, span in file.fields(start, end):
        if number == 1 and wire == BYTES:
            yield _node(file, *span)


def _node(file: Wire, start: int, end: int) -> Node:
    node, kind = Node("", [], [], {}), ""
    for number, wire, span in file.fields(start, end):
        if wire != BYTES:
            continue
        if number in (1, 2):
            (node.inputs if number == 1 else node.outputs).append(file.text(span))
        elif number == 4:
            kind = file.text(span)
        elif number == 5:
            name = ""
            for part, _, value in file.fields(*span):
                if part == 1:
                    name = file.text(value)
                elif part == 3:
                    # a negative number reads as its two's complement in 64 bits
                    node.numbers[name] = value[0] - (value[0] >> 63 << 64)
                elif part in (6, 11):
                    node.inputs.extend(read for inner in _of_graph(file, *value) for read in inner.inputs)
    return replace(node, kind=kind)


def element_bits(nodes: Sequence[Node]) -> dict[str, int | None]:
    """Return the bits of an element of each tensor that some node unpacks; None where elements are no numbers."""
    found: dict[str, int | None] = {}
    for node in nodes:
        if node.kind in _UNPACKING:
            bits = node.numbers.get("bits", _USUAL_BITS)
            # of 3, 5, 6 or 7 bits, elements lie across bytes
            found[node.inputs[_UNPACKING[node.kind]]] = bits if bits in (2, 4, 8) else None
        elif node.kind in _TABLES:
            found[node.inputs[_TABLES[node.kind]]] = None
    return found


def first_states(nodes: Sequence[Node], layers: int) -> dict[str, int]:
    """Return the first hidden state, 0..L, that each tensor is needed for; tensors that none needs are left out."""
    made_by = {name: node for node in nodes for name in node.outputs}
    found: dict[str, int] = {}
    for state in range(layers + 1):
        ahead = [f"hidden_states.{state}"]
        while ahead:
            name = ahead.pop()
            if name not in found:
                found[name] = state
                ahead += made_by[name].inputs if name in made_by else []
    return found

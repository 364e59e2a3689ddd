"""Locate the weights of an ONNX file by reading its protobuf wire format.

The run time replaces weights by their place in the file (docs/method.md), on devices without the ``onnx`` package. Only
the necessary parts are read: graph inputs and outputs, initializers, and the names of other files with tensor data.
Field numbers are those of ``onnx.proto`` (IR version 3 and later).
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TypeVar

from ..errors import InputError
from ..runtime.files import MB, refuse_special, unreadable
from .manifest import Initializer

__all__ = ["BYTES", "LARGEST_MODEL", "OnnxFile", "Wire", "opened", "read_onnx"]

T = TypeVar("T")

# protobuf reads no larger file; weights beyond this size lie in separate files
LARGEST_MODEL = 2048 * MB

# TensorProto.DataType -> NumPy's name (or ml_dtypes', where NumPy has none) and bits per element
_TYPES: dict[int, tuple[str, int]] = {
    1: ("float32", 32),
    2: ("uint8", 8),
    3: ("int8", 8),
    4: ("uint16", 16),
    5: ("int16", 16),
    6: ("int32", 32),
    7: ("int64", 64),
    9: ("bool", 8),
    10: ("float16", 16),
    11: ("float64", 64),
    12: ("uint32", 32),
    13: ("uint64", 64),
    14: ("complex64", 64),
    15: ("complex128", 128),
    16: ("bfloat16", 16),
    17: ("float8_e4m3fn", 8),
    18: ("float8_e4m3fnuz", 8),
    19: ("float8_e5m2", 8),
    20: ("float8_e5m2fnuz", 8),
    21: ("uint4", 4),
    22: ("int4", 4),
    23: ("float4_e2m1fn", 4),
    24: ("float8_e8m0fnu", 8),
    25: ("uint2", 2),
    26: ("int2", 2),
}
_STRING = 8
_EXTERNAL = 1
# typed fields whose packed form is the array itself, and their element types
_PACKED = {4: ("float32", "complex64"), 10: ("float64", "complex128")}

# Limits on nesting and on fields: no usable model exceeds them, and they bound the work on a bad file.
_DEEPEST = 32
_MOST_FIELDS = 5_000_000

_VARINT, _FIXED64, BYTES, _FIXED32 = 0, 1, 2, 5
# messages that may hold tensors, and the fields to follow: field number -> kind of sub-message
_CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}


@dataclass(frozen=True)
class OnnxFile:
    """Hold the tables of an ONNX file.

    Attributes
    ----------
    path : Path
        The file.
    inputs, outputs : list of str
        Names of the main graph's inputs (without those that have an initializer) and outputs, in order.
    initializers : list of Initializer
        The main graph's initializers. ``file`` is the name of the file that holds the values, relative to the model's
        folder, and null with offset and length 0 where they are not one contiguous run.
    external_files : list of str
        Every other file that a tensor refers to, also from node attributes and nested graphs, sorted.
    constants : list of Initializer
        Tensors with at least two dimensions above 1 outside the initializers: in node attributes and nested graphs.
        Their names are often empty.
    """

    path: Path
    inputs: list[str]
    outputs: list[str]
    initializers: list[Initializer]
    external_files: list[str]
    constants: list[Initializer]


class _Malformed(Exception):  # noqa: N818 - never leaves this module
    """The bytes are not an ONNX model; the text gives the reason."""


@dataclass
class _Tensor:
    """Hold a partly read TensorProto; ``typed`` are the typed data fields as (field, offset, length) runs."""

    name: str = ""
    dims: list[int] = field(default_factory=list)
    data_type: int = 0
    raw: tuple[int, int] | None = None
    typed: list[tuple[int, int, int]] = field(default_factory=list)
    location: int = 0
    external: dict[str, str] = field(default_factory=dict)

    def add_typed(self, number: int, offset: int, length: int) -> None:
        # one run is usable, two are not: a third need not be kept, and there may be millions
        if len(self.typed) < 2:
            self.typed.append((number, offset, length))


def read_onnx(path: str | Path) -> OnnxFile:
    """Read the table of weights of an ONNX file without loading them.

    Parameters
    ----------
    path : str or Path
        The ``.onnx`` file. It is memory-mapped: only pages with descriptions are read.

    Returns
    -------
    OnnxFile

    Raises
    ------
    InputError
        Where the file is missing, is not an ONNX model or is cut short; where external data is missing, too short, or
        outside the model's folder (absolute, through ``..`` or through a symbolic link).
    """
    return opened(Path(path), lambda path, data: _Reader(path, data).read())


def opened(path: Path, read: Callable[[Path, mmap.mmap], T]) -> T:
    """Return what ``read`` reads of an ONNX file, with errors as ``read_onnx`` has them."""
    refuse_special(path, path, "an ONNX model", pipes=False, most=LARGEST_MODEL)
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return read(path, data)
    except (_Malformed, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not a whole ONNX model ({_one_line(error)}); export it again") from None
    except InputError as error:
        # names come from the file and may hold any characters
        raise InputError(_one_line(error)) from None
    except OSError as error:
        raise unreadable(path, error, "an ONNX model") from None
    except (ValueError, RuntimeError) as error:
        # mmap refuses an empty file with a ValueError; circular symbolic links are a RuntimeError before 3.13
        raise InputError(f"{path}: cannot be read as an ONNX model ({error}); export it again") from None


def _one_line(error: Exception) -> str:
    return " ".join(str(error).splitlines())


class Wire:
    """Read protobuf's wire format; the number of fields is limited."""

    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.fields_left = _MOST_FIELDS

    def varint(self, at: int, end: int) -> tuple[int, int]:
        """Return the number that begins at a byte, and where it ends."""
        value = shift = 0
        while at < end and shift < 70:
            byte = self.data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & 0xFFFF_FFFF_FFFF_FFFF, at
            shift += 7
        raise _Malformed("a number is cut short")

    def fields(self, at: int, end: int) -> Iterator[tuple[int, int, tuple[int, int]]]:
        """Yield field number, wire type and the span of the value (for a varint: the number twice)."""
        while at < end:
            self.fields_left -= 1
            if self.fields_left < 0:
                raise _Malformed(f"it has more than {_MOST_FIELDS} fields")
            tag, at = self.varint(at, end)
            number, wire = tag >> 3, tag & 7
            if number == 0 or number >= 1 << 29:
                raise _Malformed(f"field number {number} at byte {at}")
            if wire == _VARINT:
                value, at = self.varint(at, end)
                yield number, wire, (value, value)
                continue
            if wire == BYTES:
                length, at = self.varint(at, end)
            elif wire in (_FIXED32, _FIXED64):
                length = 4 if wire == _FIXED32 else 8
            else:
                raise _Malformed(f"wire type {wire} at byte {at}")
            if length > end - at:
                raise _Malformed(f"{length} bytes announced at byte {at}, {end - at} there")
            yield number, wire, (at, at + length)
            at += length

    def text(self, span: tuple[int, int]) -> str:
        """Return the name between two bytes."""
        if span[1] - span[0] > 1 << 16:
            raise _Malformed(f"a name of {span[1] - span[0]} bytes")
        return self.data[span[0] : span[1]].decode("utf-8")


class _Reader(Wire):
    """Read one file in one pass."""

    def __init__(self, path: Path, data: mmap.mmap) -> None:
        super().__init__(data)
        self.path = path
        self.sizes: dict[str, int] = {}
        self.constants: list[_Tensor] = []

    def read(self) -> OnnxFile:
        graphs = [span for number, _, span in self.fields(0, len(self.data)) if number == 7]
        if not graphs:
            raise _Malformed("it holds no graph")
        self.check_tensors("model", 0, len(self.data), 0)
        inputs: list[str] = []
        outputs: list[str] = []
        table: list[Initializer] = []
        # protobuf merges a message field that occurs more than once
        for start, end in graphs:
            for number, _, span in self.fields(start, end):
                if number == 5:
                    table.append(self.initializer(self.tensor(*span)))
                elif number in (11, 12):
                    (inputs if number == 11 else outputs).append(self.value_name(*span))
        weights = {entry.name for entry in table}
        inputs = [name for name in inputs if name not in weights]
        constants = [self.initializer(tensor) for tensor in self.constants]
        return OnnxFile(self.path, inputs, outputs, table, sorted(self.sizes), constants)

    # ---- messages

    def value_name(self, start: int, end: int) -> str:
        names = [span for number, wire, span in self.fields(start, end) if number == 1 and wire == BYTES]
        return self.text(names[-1]) if names else ""

    def check_tensors(self, kind: str, start: int, end: int, depth: int) -> None:
        """Check the data location of every tensor below a message."""
        if depth > _DEEPEST:
            raise _Malformed(f"graphs nested more than {_DEEPEST} messages deep")
        children = _CHILDREN[kind]
        for number, wire, span in self.fields(start, end):
            child = children.get(number)
            if child is None:
                continue
            if wire != BYTES:
                raise _Malformed(f"a {child} with wire type {wire} at byte {span[0]}")
            if child == "tensor":
                tensor = self.tensor(*span)
                if tensor.location == _EXTERNAL or tensor.external:
                    self.external_span(tensor)
                # below the model (depth 0) is the main graph, whose own tensors are the initializers
                if depth > 1 and sum(size > 1 for size in tensor.dims) > 1:
                    self.constants.append(tensor)
            else:
                self.check_tensors(child, *span, depth + 1)

    def tensor(self, start: int, end: int) -> _Tensor:
        tensor = _Tensor()
        for number, wire, span in self.fields(start, end):
            if number == 1:
                tensor.dims.extend([span[0]] if wire == _VARINT else self.packed(*span))
                if len(tensor.dims) > 64:
                    raise _Malformed("a tensor of more than 64 dimensions")
            elif number in (2, 14) and wire == _VARINT:
                tensor = replace(tensor, data_type=span[0]) if number == 2 else replace(tensor, location=span[0])
            elif wire != BYTES:
                # data written one number at a time: legal, never contiguous
                tensor.add_typed(number, 0, 0)
            elif number == 8:
                tensor = replace(tensor, name=self.text(span))
            elif number == 9:
                tensor = replace(tensor, raw=(span[0], span[1] - span[0]))
            elif number == 13:
                key, value = self.entry(*span)
                tensor.external[key] = value
            elif number in (4, 5, 6, 7, 10, 11):
                tensor.add_typed(number, span[0], span[1] - span[0])
        return tensor

    def packed(self, at: int, end: int) -> list[int]:
        values = []
        while at < end:
            value, at = self.varint(at, end)
            values.append(value)
            if len(values) > 64:
                raise _Malformed("a tensor of more than 64 dimensions")
        return values

    def entry(self, start: int, end: int) -> tuple[str, str]:
        parts = {number: self.text(span) for number, wire, span in self.fields(start, end) if wire == BYTES}
        return parts.get(1, ""), parts.get(2, "")

    # ---- locations of values

    def initializer(self, tensor: _Tensor) -> Initializer:
        dtype, length = self.layout(tensor)
        place: tuple[str, int, int] | None = None
        if tensor.location == _EXTERNAL:
            place = self.external_span(tensor)
        elif tensor.raw is not None:
            place = (self.path.name, *tensor.raw)
        elif len(tensor.typed) == 1 and dtype in _PACKED.get(tensor.typed[0][0], ()):
            place = (self.path.name, *tensor.typed[0][1:])
        if place is None or dtype == "str":
            return Initializer(tensor.name, dtype, tensor.dims, None, 0, 0)
        if place[2] != length:
            raise _Malformed(f"{tensor.name}: {place[2]} bytes for {dtype}{tensor.dims}, expected {length}")
        return Initializer(tensor.name, dtype, tensor.dims, *place)

    def layout(self, tensor: _Tensor) -> tuple[str, int]:
        """Return the element type's name and the tensor's size in bytes."""
        if tensor.data_type != _STRING and tensor.data_type not in _TYPES:
            raise _Malformed(f"{tensor.name}: data type {tensor.data_type}")
        dtype, bits = _TYPES.get(tensor.data_type, ("str", 0))
        count = 1
        for size in tensor.dims:
            # a negative size also reads like this, as two's complement in 64 bits
            if size >= 1 << 63:
                raise _Malformed(f"{tensor.name}: a negative dimension")
            count *= size
        return dtype, (count * bits + 7) // 8

    def external_span(self, tensor: _Tensor) -> tuple[str, int, int]:
        """Return file, offset and length of external data, checked to lie inside the model's folder."""
        name = tensor.external.get("location", "")
        if name not in self.sizes:
            self.sizes[name] = self.external_size(name, tensor.name)
        try:
            offset = int(tensor.external.get("offset", "0"))
            length = int(tensor.external.get("length", str(self.layout(tensor)[1])))
        except ValueError:
            raise _Malformed(f"{tensor.name}: offset or length of external data is not a number") from None
        if offset < 0 or length < 0 or offset + length > self.sizes[name]:
            raise InputError(
                f"{self.path}: {tensor.name} wants bytes {offset} to {offset + length} of {name}, "
                f"which has {self.sizes[name]}; copy or export the model again"
            )
        return name, offset, length

    def external_size(self, name: str, tensor: str) -> int:
        posix, windows = PurePosixPath(name), PureWindowsPath(name)
        outside = posix.is_absolute() or bool(windows.drive or windows.root) or ".." in posix.parts + windows.parts
        folder = self.path.parent.resolve()
        target = (folder / name).resolve() if not outside and "\0" not in name else folder
        if outside or not name or folder not in target.parents:
            raise InputError(
                f"{self.path}: {tensor} keeps its data in {name!r}, outside of the model's folder; refused for safety"
            )
        if not target.is_file():
            raise InputError(f"{self.path}: {name} is missing beside it; copy or export the model again")
        refuse_special(target, target, f"weights of {self.path.name}", pipes=False)
        return target.stat().st_size

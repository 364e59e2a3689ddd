"""The reader of ONNX files against the onnx package, and against files that are no models."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from edgeinterp.errors import InputError
from edgeinterp.model.onnx_file import read_onnx

FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def small_model(tensors: list[Any] | None = None, nodes: list[Any] | None = None) -> Any:
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])
    weight = numpy_helper.from_array(np.arange(6, dtype=np.float32).reshape(3, 2), "weight")
    product = helper.make_node("MatMul", ["x", "weight"], ["y"])
    graph = helper.make_graph([product, *(nodes or [])], "g", [x], [y], [weight, *(tensors or [])])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def external(name: str, location: str, offset: int | None = None, length: int | None = None) -> Any:
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    values = {"location": location, "offset": offset, "length": length}
    for key, value in values.items():
        if value is not None:
            tensor.external_data.add(key=key, value=str(value))
    return tensor


def if_node(tensor: Any) -> Any:
    branch = helper.make_graph([helper.make_node("Identity", ["inner"], ["z"])], "b", [], [], [tensor])
    return helper.make_node("If", ["x"], ["z"], then_branch=branch, else_branch=branch)


def write(folder: Path, model: Any, name: str = "model.onnx") -> Path:
    path = folder / name
    path.write_bytes(model.SerializeToString())
    return path


def test_every_initializer_lies_where_the_table_says(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    kinds = ["float32", "float64", "float16", "int8", "uint8", "int16", "uint16", "int32", "int64", "uint64", "bool"]
    arrays = {kind: (rng.normal(size=(4, 5)) * 50).astype(kind) for kind in kinds}
    arrays["scalar"] = np.array(7.5, np.float32)
    arrays["empty"] = np.zeros((0, 3), np.int64)
    path = write(tmp_path, small_model([numpy_helper.from_array(array, name) for name, array in arrays.items()]))
    found = read_onnx(path)
    assert (found.inputs, found.outputs, found.external_files) == (["x"], ["y"], [])
    assert [entry.name for entry in found.initializers] == ["weight", *arrays]
    content = path.read_bytes()
    for entry in found.initializers[1:]:
        array = arrays[entry.name]
        assert (entry.dtype, entry.shape, entry.file) == (str(array.dtype), list(array.shape), "model.onnx")
        assert content[entry.offset : entry.offset + entry.length] == array.tobytes()


def test_values_that_are_not_one_run_have_no_place(tmp_path: Path) -> None:
    typed = helper.make_tensor("typed", TensorProto.FLOAT, [2], [1.5, 2.5])
    packed = helper.make_tensor("varints", TensorProto.INT8, [2], [1, -2])
    words = helper.make_tensor("words", TensorProto.STRING, [1], [b"a"])
    path = write(tmp_path, small_model([typed, packed, words]))
    entries = {entry.name: entry for entry in read_onnx(path).initializers}
    # packed floats are the array itself
    place = entries["typed"]
    assert path.read_bytes()[place.offset :][: place.length] == np.array([1.5, 2.5], np.float32).tobytes()
    for name, dtype in (("varints", "int8"), ("words", "str")):
        assert (entries[name].file, entries[name].offset, entries[name].length) == (None, 0, 0)
        assert entries[name].dtype == dtype


def test_an_input_with_a_default_is_not_listed(tmp_path: Path) -> None:
    model = small_model()
    model.graph.input.append(helper.make_tensor_value_info("weight", TensorProto.FLOAT, [3, 2]))
    assert read_onnx(write(tmp_path, model)).inputs == ["x"]


def test_external_data_is_found_wherever_it_hangs(tmp_path: Path) -> None:
    for name in ("a.bin", "b.bin", "c.bin", "d.bin"):
        (tmp_path / name).write_bytes(bytes(64))
    constant = helper.make_node("Constant", [], ["k"], value=external("", "b.bin"))
    model = small_model([external("a", "a.bin", 8, 16)], [constant, if_node(external("inner", "c.bin"))])
    function = model.functions.add(name="f", domain="d")
    function.node.append(helper.make_node("Constant", [], ["k"], value=external("", "d.bin")))
    found = read_onnx(write(tmp_path, model))
    assert found.external_files == ["a.bin", "b.bin", "c.bin", "d.bin"]
    entry = found.initializers[1]
    assert (entry.file, entry.offset, entry.length, entry.shape) == ("a.bin", 8, 16, [4])


def test_external_data_saved_by_the_onnx_package(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    onnx.save(small_model(), str(path), save_as_external_data=True, location="weights", size_threshold=0)
    (entry,) = read_onnx(path).initializers
    content = (tmp_path / "weights").read_bytes()[entry.offset : entry.offset + entry.length]
    assert content == np.arange(6, dtype=np.float32).tobytes()


@pytest.mark.parametrize("where", ["initializer", "attribute", "nested"])
@pytest.mark.parametrize(
    "location",
    [
        "/etc/hostname",
        "../outside.bin",
        "a/../../outside.bin",
        "C:\\x.bin",
        "\\\\host\\x",
        "..\\x",
        "",
        "link",
        ".",
        "a\0b",
    ],
)
def test_external_data_outside_of_the_folder_is_refused(tmp_path: Path, location: str, where: str) -> None:
    (tmp_path / "outside.bin").write_bytes(bytes(64))
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "outside.bin")
    tensor = external("secret", location)
    model = {
        "initializer": lambda: small_model([tensor]),
        "attribute": lambda: small_model(nodes=[helper.make_node("Constant", [], ["k"], value=tensor)]),
        "nested": lambda: small_model(nodes=[if_node(tensor)]),
    }[where]()
    with pytest.raises(InputError, match="outside of the model's folder"):
        read_onnx(write(folder, model))


def test_a_folder_that_is_a_link_itself_is_fine(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "w").write_bytes(bytes(16))
    write(tmp_path / "real", small_model([external("a", "w")]))
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert read_onnx(tmp_path / "link" / "model.onnx").external_files == ["w"]


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (external("a", "gone.bin"), "gone.bin is missing"),
        (external("a", "w", 60, 16), "wants bytes 60 to 76 of w"),
        (external("a", "w", -1, 16), "wants bytes -1"),
        (external("a", "w", 0, 12), "12 bytes for float32"),
        (TensorProto(name="a", data_type=1, dims=[9], raw_data=b"1234"), "4 bytes for float32"),
        (TensorProto(name="a", data_type=99, dims=[1], raw_data=b"1234"), "data type 99"),
        (TensorProto(name="a", data_type=1, dims=[-1], raw_data=b"1234"), "negative dimension"),
        (TensorProto(name="a", data_type=1, dims=[1] * 65, raw_data=b"1234"), "64 dimensions"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path: Path, tensor: Any, message: str) -> None:
    (tmp_path / "w").write_bytes(bytes(64))
    with pytest.raises(InputError, match=message) as caught:
        read_onnx(write(tmp_path, small_model([tensor])))
    assert "\n" not in str(caught.value)


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(InputError):
        read_onnx(write(tmp_path, small_model([external("t", "a")])))


@pytest.mark.parametrize("content", [b"", b"\0" * 1000, b"PK\x03\x04 a zip", b"version https://git-lfs", b"\x3a\x00"])
def test_other_files_are_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    if content == b"\x3a\x00":  # a model of one empty graph
        assert read_onnx(path).initializers == []
        return
    with pytest.raises(InputError, match=r"model\.onnx"):
        read_onnx(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_onnx(tmp_path / "none.onnx")
    with pytest.raises(InputError, match="is a folder"):
        read_onnx(tmp_path)


def test_bombs_end_soon(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    deep = b""
    for _ in range(300):  # graph in attribute in node in graph ...
        for tag in (b"\x32", b"\x2a", b"\x0a"):
            deep = tag + _varint(len(deep)) + deep
    started = time.perf_counter()
    for content in (
        b"\x3a" + _varint(len(deep)) + deep,
        b"\x08\x01" * 6_000_000,
        b"\x3a\xff\xff\xff\xff\xff\xff\xff\x7f",
    ):
        path.write_bytes(content)
        with pytest.raises(InputError):
            read_onnx(path)
    assert time.perf_counter() - started < 60


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


@FUZZ
@given(content=st.binary(max_size=300))
def test_random_bytes_never_crash(tmp_path: Path, content: bytes) -> None:
    _read_or_refuse(tmp_path / "model.onnx", content)


@FUZZ
@given(data=st.data())
def test_broken_models_never_crash(tmp_path: Path, data: st.DataObject) -> None:
    (tmp_path / "w").write_bytes(bytes(64))
    valid = small_model([external("a", "w")], [if_node(external("inner", "w"))]).SerializeToString()
    content = bytearray(valid[: data.draw(st.integers(0, len(valid)))] if data.draw(st.booleans()) else valid)
    for _ in range(data.draw(st.integers(0, 4))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    _read_or_refuse(tmp_path / "model.onnx", bytes(content))


def _read_or_refuse(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        found = read_onnx(path)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
        return
    for entry in found.initializers:
        if entry.file == path.name:
            assert 0 <= entry.offset <= entry.offset + entry.length <= len(content)


def test_matrices_outside_of_the_initializers_are_listed(tmp_path: Path) -> None:
    matrix, row = np.arange(12, dtype=np.float32).reshape(3, 4), np.zeros((1, 4), np.float32)
    nodes = [
        helper.make_node("Constant", [], ["matrix"], value=numpy_helper.from_array(matrix)),
        helper.make_node("Constant", [], ["row"], value=numpy_helper.from_array(row)),
        if_node(numpy_helper.from_array(matrix + 1, "inner")),
    ]
    path = write(tmp_path, small_model(nodes=nodes))
    found = read_onnx(path)
    assert [entry.name for entry in found.initializers] == ["weight"]
    # the node's two branches hold a copy each
    assert [(entry.name, entry.shape) for entry in found.constants] == [("", [3, 4]), *[("inner", [3, 4])] * 2]
    content = path.read_bytes()
    for entry, expected in zip(found.constants, (matrix, matrix + 1, matrix + 1), strict=True):
        values = np.frombuffer(content[entry.offset : entry.offset + entry.length], entry.dtype)
        np.testing.assert_array_equal(values.reshape(entry.shape), expected)

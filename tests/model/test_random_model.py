"""Random models: what is shuffled, what is not, and that onnxruntime really computes with it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

import edgeinterp as ei
from edgeinterp.exporting.staging import hash_files
from edgeinterp.model import random_model as module
from edgeinterp.model import random_weights
from edgeinterp.model.files import open_session
from edgeinterp.model.manifest import Initializer, read_manifest
from edgeinterp.model.model import Model, load
from edgeinterp.model.onnx_file import read_onnx
from edgeinterp.model.random_model import RandomModelError, load_random
from edgeinterp.model.random_weights import RANDOM_WEIGHTS, read_matrix, shuffled_matrix, weight_matrices
from edgeinterp_models import default_model_folder

Make = Callable[[str], Path]
Array = NDArray[Any]
KINDS = ["bert", "roberta", "gpt2", "llama"]
TEXTS = ["the cat sat on the mat", "one two three four five six", "naïve façade größe 12"]


def outputs(model: Model, texts: list[str] | None = None) -> tuple[list[Array], list[Array]]:
    """Hidden states and attentions, by layer and text."""
    layers = model.manifest.layers
    states, attentions = [], []
    for batch in model.activations(model.encode(texts or TEXTS), range(layers + 1), range(1, layers + 1), batch=1):
        states += [rows.copy() for rows in batch.hidden_states]
        attentions += [maps[0].copy() for maps in batch.attentions]
    return states, attentions


def assert_same(first: tuple[list[Array], list[Array]], second: tuple[list[Array], list[Array]]) -> None:
    for some, others in zip(first, second, strict=True):
        for one, other in zip(some, others, strict=True):
            np.testing.assert_array_equal(one, other)


def original(folder: Path, entry: Initializer) -> Array:
    return read_matrix(folder, entry).reshape(entry.shape)


@pytest.fixture
def folder_of(exported: Make) -> Make:
    return lambda kind: default_model_folder() if kind == "embedded" else exported(kind)


@pytest.fixture
def copy(exported: Make, tmp_path: Path) -> Path:
    shutil.copytree(exported("bert"), tmp_path / "model")
    return tmp_path / "model"


def edit_manifest(folder: Path, **changes: Any) -> None:
    path = folder / "edgeinterp.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**data, **changes}), encoding="utf-8")


def rewrite(folder: Path, edit: Callable[[Any], None], **save: Any) -> None:
    """Change a folder's graph, and its manifest with it."""
    graph = onnx.load(str(folder / "model.onnx"))
    edit(graph)
    onnx.save(graph, str(folder / "model.onnx"), **save)
    table = [vars(entry) for entry in read_onnx(folder / "model.onnx").initializers]
    # projections read their weights from places in the graph as it was
    (folder / "projections.onnx").unlink(missing_ok=True)
    edit_manifest(folder, files=hash_files(folder), initializers=table, block=None)


# ---- what is shuffled


@pytest.mark.parametrize("kind", [*KINDS, "embedded"])
def test_every_matrix_keeps_its_values_and_loses_their_places(kind: str, folder_of: Make) -> None:
    folder = folder_of(kind)
    table = read_manifest(folder).initializers
    entries = weight_matrices(folder, table)
    assert {entry.name for entry in entries} == {
        entry.name for entry in table if len(entry.shape) == 2 and min(entry.shape) > 1
    }
    for entry in entries:
        before, after = original(folder, entry), shuffled_matrix(folder, entry, 0)
        assert after.shape == tuple(entry.shape)
        assert after.dtype == before.dtype
        np.testing.assert_array_equal(np.sort(after, axis=None), np.sort(before, axis=None))
        # the permutation is a thorough one: places are unrelated
        assert np.mean(after == before) < 0.2
        if before.size > 5000:
            assert abs(np.corrcoef(before.ravel(), after.ravel())[0, 1]) < 5 / np.sqrt(before.size)


def test_a_permutation_is_uniform(tmp_path: Path) -> None:
    np.arange(6, dtype="<f4").tofile(tmp_path / "w")
    entry = Initializer("w", "float32", [2, 3], "w", 0, 24)
    counts = np.zeros((6, 6))
    for seed in range(3000):
        counts[np.arange(6), shuffled_matrix(tmp_path, entry, seed).ravel().astype(int)] += 1
    # 36 cells of expectation 500: the chi-square statistic with 25 degrees of freedom, quantile .9999
    assert ((counts - 500) ** 2 / 500).sum() < 62


def test_matrices_of_one_shape_are_shuffled_differently(tmp_path: Path) -> None:
    np.arange(100, dtype="<f4").tofile(tmp_path / "w")
    one, other = (Initializer(name, "float32", [10, 10], "w", 0, 400) for name in ("a", "b"))
    assert not np.array_equal(shuffled_matrix(tmp_path, one, 0), shuffled_matrix(tmp_path, other, 0))
    assert not np.array_equal(shuffled_matrix(tmp_path, one, 0), shuffled_matrix(tmp_path, one, 1))
    # nor does NumPy's global state take part
    np.random.seed(5)  # noqa: NPY002
    first = shuffled_matrix(tmp_path, one, -7)
    np.random.seed(6)  # noqa: NPY002
    np.testing.assert_array_equal(first, shuffled_matrix(tmp_path, one, -7))


def sines() -> Array:
    angles = np.arange(40)[:, None] / 100 ** (np.arange(4) / 4)
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=(12, 8)).astype(np.float32)
PADDED = NOISE.copy() / 10
PADDED[0] = 0
MASK = np.tri(9, dtype=np.float32)
CODES = RNG.integers(-60, 60, (12, 8))


@pytest.mark.parametrize(
    ("values", "name", "weight"),
    [
        (NOISE, "w", True),
        (NOISE.astype(np.float16), "w", True),
        (NOISE.astype(np.float64), "w", True),
        (NOISE.reshape(3, 4, 8), "convolution", True),
        (PADDED, "embedding with a padding row", True),
        (NOISE[:, :2].copy(), "two columns", True),
        (CODES.astype(np.int8), "w_quantized", True),
        (CODES.astype(np.uint8), "w_quantized", True),
        (CODES.astype(np.int16), "w_quantized", True),
        (NOISE, "some_scale", True),
        (NOISE, "stem_scale", False),
        (CODES.astype(np.uint8), "stem_zero_points", False),
        (NOISE[0], "bias", False),
        (NOISE[:1], "one row", False),
        (NOISE[:, :1].copy(), "one column", False),
        (CODES, "int64 table", False),
        (CODES.astype(np.int32), "int32 table", False),
        (MASK, "mask", False),
        (MASK.astype(np.uint8), "mask", False),
        (MASK.astype(bool), "mask", False),
        (np.where(MASK, 0, -np.inf).astype(np.float32), "mask", False),
        (sines(), "sines of positions", False),
        (sines().astype(np.float16), "sines of positions", False),
        (sines() * 3 + 2, "no sines", True),
    ],
)
def test_what_is_a_weight_matrix(values: Array, name: str, weight: bool, tmp_path: Path) -> None:
    values.tofile(tmp_path / "data")
    entry = Initializer(name, str(values.dtype), list(values.shape), "data", 0, values.nbytes)
    other = Initializer("stem_quantized", "uint8", [4], "data", 0, 4)
    assert weight_matrices(tmp_path, [entry, other]) == ([entry] if weight else [])


# ---- what comes out


@pytest.mark.parametrize("kind", [*KINDS, "embedded"])
@pytest.mark.parametrize("weights", RANDOM_WEIGHTS)
def test_a_random_model_differs_and_is_sound(weights: str, kind: str, folder_of: Make) -> None:
    folder = folder_of(kind)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    real = load(folder, threads=1)
    before = outputs(real)
    random = load_random(real, 0, kind=weights)
    states, attentions = outputs(random)
    for found, expected in zip(states, before[0], strict=True):
        assert np.isfinite(found).all()
        assert found.std(axis=0).max() > 1e-4
        assert np.abs(found - expected).max() > 0.01 * np.abs(expected).max()
    for found in attentions:
        np.testing.assert_allclose(found.sum(axis=-1), 1.0, atol=1e-5)
        if real.manifest.causal:
            assert found[:, ~np.tri(found.shape[-1], dtype=bool)].max() == 0.0
    assert not any(np.array_equal(*pair) for pair in zip(attentions, before[1], strict=True))
    # neither the open model nor its folder notices
    assert_same(outputs(real), before)
    assert {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()} == digests


@pytest.mark.parametrize("kind", ["llama", "embedded"])
def test_same_seed_same_outputs(kind: str, folder_of: Make) -> None:
    folder = folder_of(kind)
    real = load(folder, threads=1)
    first, other = load_random(real, 3), load_random(real, 4)
    expected = outputs(first)
    assert_same(outputs(load_random(folder, 3, threads=1)), expected)
    assert_same(outputs(load_random(str(folder), 3, threads=1)), expected)
    for one, two in zip(outputs(other)[0], expected[0], strict=True):
        assert np.abs(one - two).max() > 0.01 * np.abs(two).max()
    for one, two in zip(outputs(load_random(folder, 3, threads=2))[0], expected[0], strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5 * np.abs(two).max())


def test_the_interface_is_that_of_a_model(exported: Make) -> None:
    real = load(exported("gpt2"), threads=1)
    random = load_random(real, 0)
    assert isinstance(random, Model)
    assert (random.threads, random.seed, random.sha256, random.manifest) == (1, 0, real.sha256, real.manifest)
    (one,), (other,) = real.encode(TEXTS[:1]), random.encode(TEXTS[:1])
    np.testing.assert_array_equal(one.ids, other.ids)
    assert random.token_strings(one.ids.tolist()) == real.token_strings(one.ids.tolist())
    assert load_random(real, 0, threads=2).threads == 2
    with pytest.raises(ei.InputError, match="threads"):
        load_random(real, 0, threads=0)
    # of a random model, another one that a run may draw as its control
    assert load_random(random, 1).sha256 == real.sha256
    with pytest.raises(ei.InputError, match="no random model"):
        load_random(random, 0)


def in_file(folder: Path, target: Path, seed: int) -> Path:
    """Copy a model folder with the shuffled weights written into its graph."""
    shutil.copytree(folder, target)
    entries = {entry.name: entry for entry in weight_matrices(folder, read_manifest(folder).initializers)}

    def edit(graph: Any) -> None:
        for tensor in graph.graph.initializer:
            if tensor.name in entries:
                tensor.raw_data = shuffled_matrix(folder, entries[tensor.name], seed).tobytes()

    rewrite(target, edit)
    return target


@pytest.mark.parametrize("kind", [*KINDS, "embedded"])
def test_as_if_the_weights_stood_in_the_file(kind: str, folder_of: Make, tmp_path: Path) -> None:
    written = load(in_file(folder_of(kind), tmp_path / "written", 0), threads=1)
    random = load_random(folder_of(kind), 0, threads=1)
    # the written one is optimised; integer models round activations at every layer
    tolerance = 0.02 if kind == "embedded" else 1e-4
    for found, expected in zip(outputs(random)[0], outputs(written)[0], strict=True):
        assert np.abs(found - expected).max() < tolerance * np.abs(expected).max()


# ---- graphs that onnxruntime computes ahead: there the file's own weights come back


FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16


@pytest.mark.parametrize(
    ("nodes", "dtype"),
    [
        ([("Transpose", "w", "t"), ("MatMul", "x t", "y")], "float32"),
        ([("Mul", "w c", "t"), ("MatMul", "x t", "y")], "float32"),
        ([("Gather", "w i", "t"), ("Add", "x t", "y")], "float32"),
        ([("Identity", "w", "t"), ("MatMul", "x t", "y")], "float32"),
        ([("MatMul", "x w", "t"), ("BatchNormalization", "t c c c c", "y")], "float32"),
        ([("Cast", "w", "t"), ("MatMul", "x t", "y")], "float16"),
        ([("DequantizeLinear", "w s", "t"), ("MatMul", "x t", "y")], "int8"),
    ],
)
def test_overrides_are_never_folded_away(nodes: list[tuple[str, str, str]], dtype: str, tmp_path: Path) -> None:
    from onnxruntime import OrtValue

    weight = RNG.integers(-50, 50, (4, 4)).astype(dtype)
    other = weight[::-1, ::-1].copy()
    constants = {"c": np.full(4, 2, np.float32), "i": np.array([1, 2, 0, 3]), "s": np.array(0.05, np.float32)}

    def write(name: str, matrix: Array) -> Path:
        made = [
            helper.make_node(kind, inputs.split(), [output], **({"to": FLOAT} if kind == "Cast" else {}))
            for kind, inputs, output in nodes
        ]
        ends = [helper.make_tensor_value_info(end, FLOAT, [4, 4]) for end in "xy"]
        tensors = [numpy_helper.from_array(value, key) for key, value in {**constants, "w": matrix}.items()]
        graph = helper.make_graph(made, "g", ends[:1], ends[1:], tensors)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), tmp_path / name)
        return tmp_path / name

    feed = {"x": RNG.normal(size=(4, 4)).astype(np.float32)}
    value = OrtValue.ortvalue_from_numpy(other)
    overridden = open_session(write("one.onnx", weight), 1, {"w": value}).run(None, feed)[0]
    expected = open_session(write("two.onnx", other), 1, {}).run(None, feed)[0]
    np.testing.assert_allclose(overridden, expected, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_matrices_of_half_width(dtype: str, copy: Path) -> None:
    kind = np.dtype(np.float16 if dtype == "float16" else ml_dtypes.bfloat16)
    number = HALF if dtype == "float16" else TensorProto.BFLOAT16

    def edit(graph: Any) -> None:
        casts = []
        for tensor in graph.graph.initializer:
            if len(tensor.dims) == 2:
                values = numpy_helper.to_array(tensor).astype(kind)
                casts.append(helper.make_node("Cast", [f"{tensor.name}.half"], [tensor.name], to=FLOAT))
                tensor.name, tensor.data_type, tensor.raw_data = f"{tensor.name}.half", number, values.tobytes()
        rest = list(graph.graph.node)
        del graph.graph.node[:]
        graph.graph.node.extend(casts + rest)

    full = outputs(load(copy, threads=1))
    rewrite(copy, edit)
    real = load(copy, threads=1)
    for found, expected in zip(outputs(real)[0], full[0], strict=True):
        assert np.abs(found - expected).max() < 0.05 * np.abs(expected).max()
    random = load_random(real, 0)
    assert len(random.replaced) == 21
    assert all(name.endswith(".half") for name in random.replaced)
    written = load(in_file(copy, copy.parent / "written", 0), threads=1)
    for found, expected in zip(outputs(random)[0], outputs(written)[0], strict=True):
        assert np.abs(found - expected).max() < 1e-4 * np.abs(expected).max()


def test_external_data(copy: Path) -> None:
    expected = outputs(load_random(copy, 0, threads=1))
    rewrite(copy, lambda _: None, save_as_external_data=True, location="weights.bin", size_threshold=64)
    entries = weight_matrices(copy, read_manifest(copy).initializers)
    assert {entry.file for entry in entries} == {"weights.bin"}
    assert_same(outputs(load_random(copy, 0, threads=1)), expected)


def test_other_weights_beside_the_same_graph_are_another_model(copy: Path) -> None:
    assert load(copy).sha256 == read_manifest(copy).files["model.onnx"]
    rewrite(copy, lambda _: None, save_as_external_data=True, location="weights.bin", size_threshold=64)
    first, graph = load(copy).sha256, read_manifest(copy).files["model.onnx"]
    weights = bytearray((copy / "weights.bin").read_bytes())
    weights[100] ^= 1
    (copy / "weights.bin").write_bytes(weights)
    edit_manifest(copy, files=hash_files(copy))
    second = load(copy)
    assert second.manifest.files["model.onnx"] == graph
    assert len({first, second.sha256, graph}) == 3


# ---- what is refused, and the reason


def reason(folder: Path | Model) -> str:
    with pytest.raises(RandomModelError) as caught:
        load_random(folder, 0, threads=1)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(caught.value.reason)
    path = folder if isinstance(folder, Path) else folder.folder
    assert str(path) in str(caught.value)
    assert str(path) not in caught.value.reason
    return caught.value.reason


def test_a_folder_without_the_table(copy: Path) -> None:
    edit_manifest(copy, initializers=[])
    assert reason(copy) == "the model folder lists no weights; export the model again"


def test_a_table_of_another_model(copy: Path) -> None:
    table = [vars(entry) for entry in read_manifest(copy).initializers]
    edit_manifest(copy, initializers=[*table[:-1], {**table[-1], "offset": table[-1]["offset"] + 4}])
    assert "is not the model's" in reason(copy)


def test_values_that_do_not_lie_in_one_run(copy: Path) -> None:
    def spread(graph: Any) -> None:
        (tensor,) = (item for item in graph.graph.initializer if item.name == "embeddings.position_embeddings.weight")
        values = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(helper.make_tensor("half", HALF, values.shape, values.ravel()))
        graph.graph.node.insert(0, helper.make_node("Cast", ["half"], ["embeddings.position_embeddings.weight"], to=1))

    rewrite(copy, spread)
    assert reason(copy) == "the values of half do not lie in one run; export the model again"


def test_packed_types(tmp_path: Path) -> None:
    entry = Initializer("w", "int4", [16, 16], "model.onnx", 0, 128)
    with pytest.raises(RandomModelError, match="w is int4"):
        weight_matrices(tmp_path, [entry])


def move_into_node(graph: Any, name: str, values: Array | None = None) -> None:
    (tensor,) = (item for item in graph.graph.initializer if item.name == name)
    constant = numpy_helper.from_array(numpy_helper.to_array(tensor) if values is None else values)
    graph.graph.initializer.remove(tensor)
    graph.graph.node.insert(0, helper.make_node("Constant", [], [name], value=constant))


def test_a_weight_inside_the_graph_is_not_silently_kept(copy: Path) -> None:
    rewrite(copy, lambda graph: move_into_node(graph, "embeddings.position_embeddings.weight"))
    assert "[96, 32] stands inside the graph" in reason(copy)


def test_sines_inside_the_graph_are_kept(copy: Path) -> None:
    angles = np.arange(96)[:, None] / 100 ** (np.arange(16) / 16)
    table = np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)
    rewrite(copy, lambda graph: move_into_node(graph, "embeddings.position_embeddings.weight", table))
    assert len(load_random(copy, 0, threads=1).replaced) == 20


def test_a_control_that_equals_the_model_is_refused(exported: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    real = load(exported("bert"), threads=1)

    def kept(folder: Path, entry: Initializer, seed: int) -> Array:
        return original(folder, entry)

    monkeypatch.setattr(random_weights, "shuffled_matrix", kept)
    assert reason(real) == "hidden state 0 equals the real model's in spite of shuffled weights"


@pytest.mark.parametrize(("value", "words"), [(np.nan, "not finite"), (0.25, "the same for every token")])
def test_a_control_that_says_nothing_is_refused(
    value: float, words: str, exported: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = load(exported("bert"), threads=1)

    def useless(folder: Path, entry: Initializer, seed: int) -> Array:
        return np.full_like(original(folder, entry), value)

    monkeypatch.setattr(random_weights, "shuffled_matrix", useless)
    assert words in reason(real)


def test_an_old_onnxruntime_without_bfloat16(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "OrtValue", object)
    entry = Initializer("w", "bfloat16", [2, 2], "data", 0, 8)
    with pytest.raises(RandomModelError, match="newer onnxruntime"):
        module._ort_value(tmp_path, entry, np.zeros((2, 2), np.uint16))

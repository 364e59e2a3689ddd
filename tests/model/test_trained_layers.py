"""Models that are trained up to a layer and random above it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

import edgeinterp as ei
from edgeinterp.model.activations import EncodedText
from edgeinterp.model.manifest import read_manifest
from edgeinterp.model.model import Model
from edgeinterp.model.nodes import Node, element_bits, first_states, read_nodes
from edgeinterp.model.random_model import RandomModel, _frame
from edgeinterp.model.random_weights import RANDOM_WEIGHTS, weight_matrices
from edgeinterp_models import default_model_folder

Make = Callable[[str], Path]
TEXTS = ["the cat sat on the mat", "one two three four five six"]


@pytest.fixture
def folder_of(exported: Make) -> Make:
    return lambda kind: default_model_folder() if kind == "embedded" else exported(kind)


def states(model: Model, text: EncodedText) -> list[NDArray[np.float32]]:
    return model.run_ids(text.ids, text, range(model.manifest.layers + 1))


def unoptimised(real: Model) -> Model:
    """The trained model, run as random models are: without graph optimisations."""
    return RandomModel(replace(_frame(real, "shuffled", None), entries=[]), 0, real.threads)


@pytest.mark.parametrize("weights", RANDOM_WEIGHTS)
@pytest.mark.parametrize("kind", ["bert", "gpt2", "llama", "embedded"])
def test_states_up_to_the_layer_are_the_trained_ones(kind: str, weights: str, folder_of: Make) -> None:
    real = ei.load(folder_of(kind), threads=1)
    trained = unoptimised(real)
    texts = real.encode(TEXTS)
    for last in range(real.manifest.layers):
        random = ei.random_model(real, 1, kind=weights, trained_layers=last)
        assert (random.kind, random.trained_layers) == (weights, last)
        for text in texts:
            found, expected, plain = states(random, text), states(trained, text), states(real, text)
            for layer, (one, other) in enumerate(zip(found, expected, strict=True)):
                if layer <= last:
                    np.testing.assert_array_equal(one, other)
                    # optimisations round, and 8 bits of activations with them
                    close = 0.05 if kind == "embedded" else 1e-4
                    np.testing.assert_allclose(one, plain[layer], atol=close * np.abs(other).max())
                else:
                    assert np.abs(one - other).max() > 0.01 * np.abs(other).max()


def test_attention_above_the_layer_is_random_and_below_it_is_not(exported: Make) -> None:
    real = ei.load(exported("bert"), threads=1)
    random, trained = ei.random_model(real, kind="drawn", trained_layers=1), unoptimised(real)
    layers = range(1, real.manifest.layers + 1)
    first, other = (
        next(iter(model.activations(model.encode(TEXTS[:1]), (), layers))).attentions for model in (random, trained)
    )
    np.testing.assert_array_equal(first[0], other[0])
    assert not np.allclose(first[1], other[1], atol=1e-3)


@pytest.mark.parametrize("kind", ["bert", "embedded"])
def test_every_matrix_has_its_layer(kind: str, folder_of: Make) -> None:
    folder = folder_of(kind)
    manifest = read_manifest(folder)
    first = first_states(read_nodes(folder / "model.onnx"), manifest.layers)
    named = {entry.name: first.get(entry.name) for entry in weight_matrices(folder, manifest.initializers)}
    embeddings = [state for name, state in named.items() if "embeddings" in name]
    assert embeddings == [0] * 3
    # query, key, value, output and two of the feed-forward part
    for layer in range(1, manifest.layers + 1):
        assert list(named.values()).count(layer) == 6
    assert len(named) == 3 + 6 * manifest.layers


def test_nodes_are_those_of_the_onnx_package(exported: Make) -> None:
    for kind in ("bert", "llama"):
        path = exported(kind) / "model.onnx"
        found = read_nodes(path)
        expected = onnx.load(str(path), load_external_data=False).graph.node
        assert [(one.kind, one.outputs) for one in found] == [(one.op_type, list(one.output)) for one in expected]
        for one, other in zip(found, expected, strict=True):
            numbers = {item.name: item.i for item in other.attribute if item.type == onnx.AttributeProto.INT}
            assert numbers.items() <= one.numbers.items()
            assert one.inputs[: len(other.input)] == list(other.input)


def test_what_a_nested_graph_reads_is_read_by_its_node(tmp_path: Path) -> None:
    def branch(name: str) -> Any:
        out = helper.make_tensor_value_info(f"{name}.out", TensorProto.FLOAT, [2])
        return helper.make_graph([helper.make_node("Identity", [name], [f"{name}.out"])], name, [], [out])

    node = helper.make_node(
        "If", ["which"], ["hidden_states.1"], then_branch=branch("one"), else_branch=branch("other")
    )
    graph = helper.make_graph([node], "g", [], [])
    onnx.save(helper.make_model(graph), str(tmp_path / "model.onnx"))
    nodes = read_nodes(tmp_path / "model.onnx")
    assert sorted(nodes[0].inputs) == ["one", "other", "which"]
    assert first_states(nodes, 1) == {"hidden_states.0": 0, "hidden_states.1": 1, "which": 1, "one": 1, "other": 1}


def test_bits_of_packed_elements() -> None:
    nodes = [
        Node("MatMulNBits", ["x", "q4", "scale"], ["y"], {"bits": 4}),
        Node("MatMulNBits", ["x", "q2", "scale"], ["y"], {"bits": 2}),
        Node("MatMulNBits", ["x", "q8", "scale"], ["y"], {"bits": 8}),
        Node("MatMulNBits", ["x", "q3", "scale"], ["y"], {"bits": 3}),
        Node("GatherBlockQuantized", ["rows", "ids", "scale"], ["y"], {}),
        Node("MatMulBnb4", ["x", "nf4", "scale"], ["y"], {"bits": 4}),
        Node("MatMul", ["x", "w"], ["y"], {}),
    ]
    assert element_bits(nodes) == {"q4": 4, "q2": 2, "q8": 8, "q3": None, "rows": 4, "nf4": None}


@pytest.mark.parametrize("layers", [-1, 6, 1.5, "3", True])
def test_layers_that_are_not_there(layers: Any) -> None:
    with pytest.raises(ei.InputError, match=r"^trained_layers.* 0 to 5"):
        ei.random_model(default_model_folder(), trained_layers=layers)

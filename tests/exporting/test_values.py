"""Values, output projections and norms that a model folder gives out: they make up what its blocks give on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
import transformers
from onnx import numpy_helper

import edgeinterp as ei
from edgeinterp.errors import InputError
from edgeinterp.exporting.export import export
from edgeinterp.exporting.foreign import value_outputs
from edgeinterp.exporting.from_onnx import export_onnx
from edgeinterp.model.random_model import load_random
from edgeinterp.reading.blocks import recomputed
from tests.families.models import FAMILIES, OTHERS, save_family

from .. import small_models

TEXT = "the cat sat on the mat"
# the blocks that are built in another way, and why
ELSEWHERE = {
    "convbert": "no output projection follows its attention",
    "mobilebert": "its attention is not added to its input",
}
# a family of each form: norm over the sum, over the branch, none; beside the network; one value for all heads
FORMS = {
    "bert": ("sum", "layer"),
    "distilbert": ("sum", "layer"),
    "gpt2": ("none", None),
    "gpt_neox": ("none", None),
    "opt": ("none", None),
    "llama": ("none", None),
    "gemma2": ("branch", "rms"),
    "olmo2": ("branch", "rms"),
    "falcon": ("none", None),
    "t5": ("none", None),
}
Exported = Callable[..., Path]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Export a family once."""
    made: dict[tuple[str, str], Path] = {}

    def make(key: str, quantize: str = "none") -> Path:
        if (key, quantize) not in made:
            root = tmp_path_factory.mktemp(f"{key}-{quantize}")
            save_family({**FAMILIES, **OTHERS}[key], root / "source")
            export(root / "source", root / "out", quantize=quantize)  # type: ignore[arg-type]
            made[key, quantize] = root / "out"
        return made[key, quantize]

    return make


@pytest.mark.parametrize("key", FORMS)
def test_parts_make_up_the_block(key: str, exported: Exported) -> None:
    model = ei.load(exported(key))
    form = model.manifest.block
    assert form is not None
    assert (form.norm_at, form.norm) == FORMS[key]
    assert model.manifest.certificate["values"]["largest_difference"] < 1e-5
    assert len(list(model.attention_blocks(model.encode([TEXT])[0]))) == model.manifest.layers
    # what only the proof needs is not computed in every run
    assert not any(item.name.startswith("attended") for item in model._session.get_outputs())


def given_on(source: Any, kind: str, ids: Any) -> list[Any]:
    """What each block of a model in PyTorch gives on, its network left out."""
    seen: list[Any] = []
    blocks = {"bert": "encoder", "gpt2": "h", "llama": "layers"}[kind]
    layers = source.encoder.layer if kind == "bert" else getattr(source, blocks)
    for layer in layers:
        if kind == "bert":
            layer.attention.register_forward_hook(lambda _, __, output: seen.append(output[0]))
        else:
            norm = layer.ln_2 if kind == "gpt2" else layer.post_attention_layernorm
            norm.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    with torch.no_grad():
        source(input_ids=torch.tensor(ids[None].astype(np.int64)))
    return [one[0].numpy() for one in seen]


@pytest.mark.parametrize("kind", ["bert", "gpt2", "llama"])
def test_what_parts_make_is_what_pytorchs_blocks_give_on(kind: str, make_source: Any, tmp_path: Path) -> None:
    export(make_source(kind), tmp_path / "out")
    model = ei.load(tmp_path / "out")
    (text,) = model.encode([TEXT])
    source = transformers.AutoModel.from_pretrained(make_source(kind), attn_implementation="eager").eval()
    expected = given_on(source, kind, text.ids)
    for block, whole in zip(model.attention_blocks(text), expected, strict=True):
        np.testing.assert_allclose(recomputed(block), whole, atol=1e-5 * np.abs(whole).max() + 1e-5)


@pytest.mark.parametrize("key", ELSEWHERE)
def test_blocks_that_are_built_in_another_way(key: str, exported: Exported) -> None:
    model = ei.load(exported(key))
    assert model.manifest.block is None
    with pytest.raises(InputError, match=ELSEWHERE[key]):
        next(model.attention_blocks(model.encode([TEXT])[0]))
    given = {item.name.split(".")[0] for item in model._session.get_outputs()}
    assert given == {"hidden_states", "attentions", "pooled"}


@pytest.mark.parametrize("key", ["bert", "llama", "gemma2"])
@pytest.mark.parametrize(("quantize", "most"), [("int8", 0.05), ("fp16", 1e-5)])
def test_in_fewer_bits(key: str, quantize: str, most: float, exported: Exported) -> None:
    manifest = ei.load(exported(key, quantize)).manifest
    assert manifest.block is not None
    assert manifest.certificate["values"]["largest_difference"] < most


def test_a_random_model_has_its_own_projections(exported: Exported) -> None:
    model = ei.load(exported("bert"))
    random = load_random(model, 0)
    (text,) = model.encode([TEXT])
    own, other = (next(one.attention_blocks(text, [1])).projection for one in (model, random))
    assert np.abs(own - other).max() > 0.01
    np.testing.assert_allclose(np.sort(own, axis=None), np.sort(other, axis=None), atol=1e-6)


def test_values_of_other_heads_are_refused(exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a long residual too, and where a format permits a twentieth."""
    model = onnx.load(str(exported("gpt2") / "model.onnx"))
    for tensor in model.graph.initializer:
        if tensor.name in ("wte.weight", "wpe.weight"):
            tensor.CopyFrom(numpy_helper.from_array(300 * numpy_helper.to_array(tensor), tensor.name))
    onnx.save(model, str(tmp_path / "model.onnx"))
    real = value_outputs._values

    def turned(nodes: Any, one: Any, heads: int, shape: Any) -> tuple[str, int]:
        name, width = real(nodes, one, heads, shape)
        return nodes.add("Gather", [name, nodes.integers(range(heads)[::-1])], axis=1), width

    tokenizer = exported("gpt2") / "tokenizer.json"
    assert export_onnx(tmp_path / "model.onnx", tmp_path / "right", tokenizer=tokenizer).block is not None
    monkeypatch.setattr(value_outputs, "_values", turned)
    monkeypatch.setattr(value_outputs, "TOLERANCES", {})
    found = export_onnx(tmp_path / "model.onnx", tmp_path / "turned", tokenizer=tokenizer)
    assert found.block is None
    assert "than a quarter of what values add" in found.certificate["values"]["reason"]


def test_a_model_of_few_positions(tmp_path: Path) -> None:
    config = small_models.config("bert")
    config.max_position_embeddings = 20
    transformers.AutoModel.from_config(config).save_pretrained(tmp_path / "source")
    small_models.tokenizer().save_pretrained(tmp_path / "source")
    assert export(tmp_path / "source", tmp_path / "out").block is not None


def test_parts_that_are_shared_cannot_be_changed(exported: Exported) -> None:
    model = ei.load(exported("bert"))
    (text,) = model.encode([TEXT])
    block = next(model.attention_blocks(text))
    for shared in (block.bias, block.scale, block.shift):
        with pytest.raises(ValueError, match="read-only"):
            shared[:] = 0  # type: ignore[index]
    with pytest.raises(InputError, match="attention layer 9: expected 1 to"):
        next(model.attention_blocks(text, [9]))


def test_shapes_and_weights_are_pytorchs(tmp_path: Path) -> None:
    small_models.save_source("llama", tmp_path / "source")
    export(tmp_path / "source", tmp_path / "out")
    model = ei.load(tmp_path / "out")
    (text,) = model.encode([TEXT])
    (block,) = model.attention_blocks(text, [2])
    n = text.ids.size
    # two heads of values serve four of queries
    assert (block.weights.shape, block.values.shape, block.projection.shape) == ((4, n, n), (4, n, 8), (4, 8, 32))
    np.testing.assert_array_equal(block.values[0], block.values[1])
    assert np.abs(block.values[1] - block.values[2]).max() > 0
    source = transformers.AutoModel.from_pretrained(tmp_path / "source")
    weight = source.layers[1].self_attn.o_proj.weight.detach().numpy()
    np.testing.assert_allclose(block.projection.reshape(32, 32), weight.T, atol=1e-6)
    assert not block.bias.any()


def test_layers_are_counted_from_one(exported: Exported) -> None:
    model = ei.load(exported("gpt2"))
    (text,) = model.encode([TEXT])
    (second,) = model.attention_blocks(text, [2])
    (batch,) = model.activations([text], hidden_states=[1], attentions=[2])
    np.testing.assert_array_equal(second.residual, batch.hidden_states[0])
    np.testing.assert_array_equal(second.weights, batch.attentions[0][0])

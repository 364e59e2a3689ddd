"""ONNX files as they are published: fused attention, caches, few bits; what is read is what PyTorch gives."""

from __future__ import annotations

import importlib.metadata
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from onnxruntime.quantization.matmul_bnb4_quantizer import MatMulBnb4Quantizer
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.quantization.shape_inference import quant_pre_process
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.float16 import convert_float_to_float16
from onnxruntime.transformers.fusion_options import AttentionMaskFormat, FusionOptions

import edgeinterp as ei
from edgeinterp.errors import InputError
from edgeinterp.exporting.export import export_onnx
from edgeinterp.exporting.foreign import unfuse
from edgeinterp.exporting.foreign.formats import number_format
from edgeinterp.exporting.parity import certificate_lines
from edgeinterp.model.nodes import element_bits, read_nodes
from edgeinterp.model.random_model import RandomModelError, load_random
from tests.exporting.fused_decoders import KINDS, save_gpt2, save_llama
from tests.families.examine import activations, differences, torch_model
from tests.small_models import CORPUS, SMALL

Make = Callable[[str], Path]


@pytest.fixture(scope="session")
def plain(make_source: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT as Optimum exports it, with its tokenizer beside it."""
    folder = tmp_path_factory.mktemp("plain")
    by_optimum(make_source("bert"), folder, "feature-extraction")
    return folder / "model.onnx"


def by_optimum(source: Path, folder: Path, task: str) -> None:
    from optimum.exporters.onnx import main_export

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        main_export(str(source), str(folder), task=task, do_validation=False)


@pytest.fixture(scope="session")
def llama() -> Any:
    """Grouped heads of 16 dimensions, the fewest that the fused node takes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from transformers import LlamaConfig, LlamaModel

        torch.manual_seed(0)
        sizes = {**SMALL, "hidden_size": 64, "num_key_value_heads": 2, "initializer_range": 0.3}
        return LlamaModel(LlamaConfig(**sizes, attn_implementation="eager")).eval()


def written(path: Path, tokenizer: Path) -> tuple[ei.Model, Any]:
    """The model folder of a file."""
    manifest = export_onnx(path, path.parent / f"{path.stem}.folder", tokenizer=tokenizer)
    # static scales of a random model round what a block gives on by more than its parts may be off
    if manifest.quantization != "static int8":
        assert manifest.block is not None, manifest.certificate["values"]
    return ei.load(path.parent / f"{path.stem}.folder", threads=1), manifest


def by_optimizer(plain: Path, path: Path, *, attention: bool = True, half: bool = False, **options: Any) -> None:
    given = FusionOptions("bert")
    given.enable_attention = attention
    for name, value in options.items():
        setattr(given, name, value)
    model = optimizer.optimize_model(str(plain), model_type="bert", opt_level=0, optimization_options=given)
    if half:
        model.convert_float_to_float16(keep_io_types=True)
    model.save_model_to_file(str(path))


FUSED: dict[str, tuple[dict[str, Any], str, float]] = {
    "attention": ({}, "Attention", 1e-5),
    "attention, lengths": ({"attention_mask_format": AttentionMaskFormat.MaskIndexEnd}, "Attention", 1e-5),
    "multi-head attention": ({"use_multi_head_attention": True}, "MultiHeadAttention", 1e-5),
    "norms only": ({"attention": False}, "SkipLayerNormalization", 1e-5),
    "16 bits": ({"half": True}, "Attention", 0.05),
}


@pytest.mark.parametrize("form", FUSED)
def test_a_fused_encoder_gives_pytorchs_readings(form: str, plain: Path, make_source: Make, tmp_path: Path) -> None:
    options, node, tolerance = FUSED[form]
    path = tmp_path / "fused.onnx"
    by_optimizer(plain, path, **options)
    assert node in {other.op_type for other in onnx.load(str(path)).graph.node}
    model, manifest = written(path, plain.parent)
    assert max(differences(model, torch_model(make_source("bert"))).values()) < tolerance
    assert manifest.quantization == ("fp16" if options.get("half") else "none")
    assert manifest.architecture == "BERT or its kin, by the names of its tensors"
    apart = manifest.certificate["own_outputs"]["largest_difference"]
    assert apart < tolerance / 5
    assert load_random(model.folder, seed=0).replaced


@pytest.mark.parametrize("kind", KINDS)
def test_a_fused_decoder_gives_pytorchs_readings(kind: str, make_source: Make, plain: Path, tmp_path: Path) -> None:
    reference = torch_model(make_source("gpt2"))
    save_gpt2(reference, kind, tmp_path / "model.onnx")
    model, manifest = written(tmp_path / "model.onnx", plain.parent)
    assert max(differences(model, reference).values()) < 1e-5
    assert manifest.causal
    assert manifest.inputs == ["input_ids", "attention_mask"]
    assert manifest.certificate["values"]["largest_difference"] < 1e-4
    assert manifest.certificate["own_outputs"]["largest_difference"] < 1e-5


def test_grouped_heads_with_rotary_positions_and_a_cache(llama: Any, plain: Path, tmp_path: Path) -> None:
    save_llama(llama, tmp_path / "model.onnx")
    model, manifest = written(tmp_path / "model.onnx", plain.parent)
    assert max(differences(model, llama).values()) < 1e-4
    assert manifest.heads == llama.config.num_attention_heads
    assert "present" not in "".join(certificate_lines(manifest.certificate))


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_a_cache_is_fed_empty(kind: str, make_source: Make, plain: Path, tmp_path: Path) -> None:
    source = make_source(kind)
    by_optimum(source, tmp_path / "cached", "text-generation-with-past")
    model, manifest = written(tmp_path / "cached" / "model.onnx", plain.parent)
    assert max(differences(model, torch_model(source)).values()) < 1e-5
    assert not any("past" in name for name in manifest.inputs)


def test_a_merged_decoder_takes_the_branch_without_a_past(llama: Any, plain: Path, tmp_path: Path) -> None:
    save_llama(llama, tmp_path / "inner.onnx")
    whole = onnx.load(str(tmp_path / "inner.onnx"))
    past = next(item for item in whole.graph.input if item.name.startswith("past"))
    nothing = [helper.make_empty_tensor_value_info("nothing")]
    lost = helper.make_graph([helper.make_node("ReduceSum", [past.name], ["nothing"])], "with_past", [], nothing)
    inner = helper.make_graph(list(whole.graph.node), "without_past", [], list(whole.graph.output))
    choice = helper.make_node("If", ["use_cache_branch"], ["last"], then_branch=lost, else_branch=inner)
    flag = helper.make_tensor_value_info("use_cache_branch", 9, [1])
    outputs = [helper.make_empty_tensor_value_info("last")]
    graph = helper.make_graph([choice], "merged", [*whole.graph.input, flag], outputs, list(whole.graph.initializer))
    merged = helper.make_model(graph, opset_imports=whole.opset_import, ir_version=10)
    onnx.save(merged, str(tmp_path / "model.onnx"))
    model, manifest = written(tmp_path / "model.onnx", plain.parent)
    assert max(differences(model, llama).values()) < 1e-4
    assert manifest.inputs == ["input_ids", "attention_mask"]


class _Random(CalibrationDataReader):  # type: ignore[misc]
    """Batches, every second one padded, so that the mask is calibrated too."""

    def __init__(self) -> None:
        self.left = list(range(8))

    def get_next(self) -> dict[str, Any] | None:
        if not self.left:
            return None
        seed = self.left.pop()
        ids = np.random.default_rng(seed).integers(10, 300, (2, 32))
        mask = np.ones_like(ids)
        mask[1, 20 + 12 * (seed % 2) :] = 0
        return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


def _static(plain: Path, path: Path) -> None:
    prepared = str(path.with_suffix(".prepared.onnx"))
    quant_pre_process(str(plain), prepared, skip_symbolic_shape=True)
    quantize_static(prepared, str(path), _Random(), quant_format=QuantFormat.QDQ, per_channel=True)


def _nbits(plain: Path, path: Path) -> None:
    quantizer = MatMulNBitsQuantizer(onnx.load(str(plain)), block_size=32, is_symmetric=True, accuracy_level=4)
    quantizer.process()
    quantizer.model.save_model_to_file(str(path), False)


def _half(plain: Path, path: Path) -> None:
    onnx.save(convert_float_to_float16(onnx.load(str(plain)), keep_io_types=True), str(path))


def _nbits_half(plain: Path, path: Path) -> None:
    _half(plain, path.with_suffix(".half.onnx"))
    _nbits(path.with_suffix(".half.onnx"), path)


def _bnb4(plain: Path, path: Path) -> None:
    quantizer = MatMulBnb4Quantizer(onnx.load(str(plain)), quant_type=1, block_size=64)
    quantizer.process()
    quantizer.model.save_model_to_file(str(path), False)


def _fused_int8(plain: Path, path: Path) -> None:
    by_optimizer(plain, path.with_suffix(".fused.onnx"), attention_mask_format=AttentionMaskFormat.MaskIndexEnd)
    quantize_dynamic(
        str(path.with_suffix(".fused.onnx")), str(path), weight_type=QuantType.QInt8, reduce_range=True,
        extra_options={"DefaultTensorType": 1},
    )  # fmt: skip


FORMATS: dict[str, tuple[Callable[[Path, Path], None], str]] = {
    "fp16": (_half, "fp16"),
    "q4": (_nbits, "int4 weights"),
    "q4f16": (_nbits_half, "int4 weights fp16"),
    "bnb4": (_bnb4, "bnb4 weights"),
    "uint8": (lambda plain, path: quantize_dynamic(str(plain), str(path), weight_type=QuantType.QUInt8), "int8"),
    "fused int8": (_fused_int8, "int8"),
    "static": (_static, "static int8"),
}


@pytest.mark.parametrize("form", FORMATS)
def test_number_formats_are_named_and_give_what_the_file_gives(form: str, plain: Path, tmp_path: Path) -> None:
    make, label = FORMATS[form]
    path = tmp_path / "model.onnx"
    make(plain, path)
    model, manifest = written(path, plain.parent)
    assert manifest.quantization == label
    assert manifest.certificate["own_outputs"]["largest_difference"] < 0.01
    assert ei.load(model.folder).manifest.quantization == label
    for _, hidden, maps in activations(model, model.encode(CORPUS[:4]), 4):
        assert all(np.isfinite(states).all() for states in hidden)
        for weights in maps:
            np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-3)
    replaced = load_random(model.folder, seed=0).replaced
    packed = element_bits(read_nodes(model.folder / "model.onnx"))
    # whatever their shape: bnb4 stores a matrix as one row of bytes
    assert replaced
    assert packed.keys() <= set(replaced)
    if form == "bnb4":
        with pytest.raises(RandomModelError, match="no plain numbers"):
            load_random(model.folder, seed=0, kind="drawn")
    else:
        assert load_random(model.folder, seed=0, kind="drawn").replaced
    assert set(packed.values()) == {"q4": {4}, "q4f16": {4}, "bnb4": {None}}.get(form, set())


def test_nodes_in_another_order(plain: Path, tmp_path: Path) -> None:
    """As the converter to 16 bits leaves them: what makes a tensor may stand behind what reads it."""
    model = onnx.load(str(plain))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(reversed(nodes))
    onnx.save(model, str(tmp_path / "model.onnx"))
    turned, _ = written(tmp_path / "model.onnx", plain.parent)
    same, _ = written(Path(shutil.copy(plain, tmp_path / "same.onnx")), plain.parent)
    (text,) = turned.encode(["the cat sat on the mat"])
    (one,), (other,) = (list(found.activations([text], range(4))) for found in (turned, same))
    for own, state in zip(one.hidden_states, other.hidden_states, strict=True):
        np.testing.assert_allclose(own, state, atol=1e-6)


def test_texts_run_one_by_one_where_any_scale_is_chosen_at_run_time(plain: Path, tmp_path: Path) -> None:
    """Whatever else the file holds: with 4-bit weights beside it, the number of texts would still matter."""
    quantize_dynamic(str(plain), str(tmp_path / "int8.onnx"), weight_type=QuantType.QUInt8)
    model = onnx.load(str(tmp_path / "int8.onnx"))
    model.graph.node.append(helper.make_node("MatMulNBits", ["a", "b", "c"], ["d"], domain="com.microsoft", bits=4))
    assert number_format(model) == "int8"


def _with_attribute(path: Path, kind: str, **values: Any) -> None:
    model = onnx.load(str(path))
    for node in model.graph.node:
        if node.op_type == kind:
            node.attribute.extend(helper.make_attribute(name, value) for name, value in values.items())
    onnx.save(model, str(path))


def test_what_is_not_known_is_refused_by_its_reason(make_source: Make, plain: Path, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    save_gpt2(torch_model(make_source("gpt2")), "Attention", path)
    _with_attribute(path, "Attention", do_rotary=1)
    with pytest.raises(InputError, match="has rotary positions inside, so that its attention cannot be read"):
        export_onnx(path, tmp_path / "out", tokenizer=plain.parent)
    model = onnx.load(str(path))
    for node in model.graph.node:
        if node.op_type == "Attention":
            node.op_type = "SparseAttention"
    onnx.save(model, str(path))
    with pytest.raises(InputError, match="SparseAttention computes attention inside of one node"):
        export_onnx(path, tmp_path / "out", tokenizer=plain.parent)
    assert not (tmp_path / "out").exists()


def _without_attribute(path: Path, name: str) -> None:
    model = onnx.load(str(path))
    for node in model.graph.node:
        kept = [item for item in node.attribute if item.name != name]
        del node.attribute[:]
        node.attribute.extend(kept)
    onnx.save(model, str(path))


def test_an_older_onnxruntime_is_named(llama: Any, plain: Path, tmp_path: Path, monkeypatch: Any) -> None:
    save_llama(llama, tmp_path / "model.onnx")
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "1.22.3")
    with pytest.raises(InputError, match=r"since onnxruntime 1\.23, here is 1\.22\.3; pip install"):
        export_onnx(tmp_path / "model.onnx", tmp_path / "out", tokenizer=plain.parent)


def test_a_wrong_rewrite_is_refused(make_source: Make, plain: Path, tmp_path: Path, monkeypatch: Any) -> None:
    """The file's own outputs tell."""
    monkeypatch.setattr(unfuse, "_MASKED", 3.0)
    path = tmp_path / "fused.onnx"
    by_optimizer(plain, path)
    _without_attribute(path, "mask_filter_value")
    with pytest.raises(InputError, match="its own outputs differ by"):
        export_onnx(path, tmp_path / "out", tokenizer=plain.parent)

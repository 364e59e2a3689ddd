"""Foreign ONNX files: our own exports with their readings hidden give the same readings again; the rest is refused."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import tokenizers

import edgeinterp as ei
from edgeinterp.cli.main import main
from edgeinterp.errors import InputError
from edgeinterp.exporting.export import export, export_onnx
from edgeinterp.model.files import open_session
from edgeinterp.model.random_model import load_random

from .examine import TEXTS, Examined, activations
from .foreign_files import hide_readings

Examine = Callable[[str], Examined]
# norms after the addition, before it, inside and outside of the last hidden state; side by side; shared weights;
# grouped heads; weights set to 0 after the softmax; batch and heads made one
FOUND = ["bert", "xlm-roberta", "distilbert", "albert", "deberta-v2", "modernbert", "gpt2", "gpt_neox", "opt", "bloom",
         "llama", "mistral", "qwen3", "gemma2", "phi", "t5"]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "keep_last"), [*((key, False) for key in FOUND), ("bert", True), ("llama", True), ("modernbert", True)]
)
def test_the_same_readings_are_found(key: str, keep_last: bool, examined: Examine, tmp_path: Path) -> None:
    ours = examined(key)
    hide_readings(ours.folder, tmp_path / "foreign", keep_last=keep_last)
    manifest = export_onnx(tmp_path / "foreign", tmp_path / "out")
    assert ours.manifest is not None
    for name in ("layers", "heads", "hidden_size", "causal", "quantization", "padding_neutral", "inputs"):
        assert getattr(manifest, name) == getattr(ours.manifest, name), name
    one, other = ours.model(), ei.load(tmp_path / "out", threads=1)
    texts = one.encode(TEXTS, 30)
    for (_, hidden, maps), (_, again, maps_again) in zip(
        activations(one, texts, 4), activations(other, texts, 4), strict=True
    ):
        for first, second in zip([*hidden, *maps], [*again, *maps_again], strict=True):
            np.testing.assert_allclose(second, first, rtol=0, atol=1e-5 * np.abs(first).max())


@pytest.fixture
def hidden_bert(examined: Examine, tmp_path: Path) -> Path:
    hide_readings(examined("bert").folder, tmp_path / "bert", keep_last=True)
    return tmp_path / "bert"


def edited(folder: Path, edit: Callable[[Any], None]) -> Path:
    model = onnx.load(str(folder / "model.onnx"))
    edit(model.graph)
    onnx.save(model, str(folder / "model.onnx"))
    return folder


def nodes(graph: Any, kind: str) -> list[Any]:
    return [node for node in graph.node if node.op_type == kind]


def test_it_says_what_it_found(hidden_bert: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    manifest = export_onnx(hidden_bert, tmp_path / "out", progress=lines.append)
    tensors = {row["name"]: row["tensor"] for row in manifest.certificate["outputs"]}
    softmaxes = [node.output[0] for node in nodes(onnx.load(str(hidden_bert / "model.onnx")).graph, "Softmax")]
    assert [tensors[f"attentions.{index}"] for index in range(3)] == softmaxes
    said = "\n".join(lines)
    assert all(name in said for name in tensors.values())
    assert manifest.certificate["measure"] == "behaviour"
    assert manifest.certificate["found"] == {
        "block": ["Add", "LayerNormalization", "Add", "LayerNormalization"],
        "final_norm": False,
    }
    # the pooled output is gone, and with it what only it needed
    assert not (tmp_path / "out" / "model.onnx").read_bytes().count(b"last_hidden_state")


def test_the_random_model_works_on_it(hidden_bert: Path, tmp_path: Path) -> None:
    export_onnx(hidden_bert, tmp_path / "out")
    assert len(load_random(tmp_path / "out", seed=0).replaced) > 10


def test_int8_graphs(examined: Examine, tmp_path: Path) -> None:
    export(examined("bert").source, tmp_path / "int8", quantize="int8")
    hide_readings(tmp_path / "int8", tmp_path / "foreign", keep_last=True)
    manifest = export_onnx(tmp_path / "foreign", tmp_path / "out")
    assert manifest.quantization == "int8"
    model = ei.load(tmp_path / "out", threads=1)
    texts = model.encode(TEXTS, 30)
    assert sum(len(hidden) for _, hidden, _ in activations(model, texts, 1)) == len(texts) * (model.manifest.layers + 1)
    # as they stand: onnxruntime fuses other nodes where other tensors are asked for, and a value at the edge between
    # two steps of 8 bits then falls to the other side, on some processors more often than on others
    ours, theirs = (open_session(tmp_path / name / "model.onnx", 1, overrides={}) for name in ("int8", "out"))
    for text in texts:
        ids = np.array([text.ids], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        # a pooled vector under our name is nobody's else
        names = [output.name for output in ours.get_outputs() if output.name != "pooled"]
        for name, first, second in zip(names, ours.run(names, given), theirs.run(names, given), strict=True):
            np.testing.assert_array_equal(second, first, err_msg=name)


def test_names_of_ours_in_the_file_mean_nothing(hidden_bert: Path, tmp_path: Path) -> None:
    """A file may call something else hidden_states.1."""

    def rename(graph: Any) -> None:
        wrong = nodes(graph, "MatMul")[0].output[0]
        for node in graph.node:
            for parts in (node.input, node.output):
                for place, name in enumerate(parts):
                    if name == wrong:
                        parts[place] = "hidden_states.1"

    export_onnx(hidden_bert, tmp_path / "plain")
    export_onnx(edited(hidden_bert, rename), tmp_path / "out")
    one, other = ei.load(tmp_path / "plain", 1), ei.load(tmp_path / "out", 1)
    (text,) = one.encode(TEXTS[1:2])
    for first, second in zip(
        one.run_ids(text.ids, text, range(4)), other.run_ids(text.ids, text, range(4)), strict=True
    ):
        np.testing.assert_array_equal(first, second)


def _fuse(graph: Any) -> None:
    node = nodes(graph, "Softmax")[0]
    node.op_type, node.domain = "MultiHeadAttention", "com.microsoft"


def _no_softmax(graph: Any) -> None:
    for node in nodes(graph, "Softmax"):
        node.op_type = "Sigmoid"
        del node.attribute[:]


def _cut_skip(graph: Any) -> None:
    """Take the skip connection out of every block."""
    for node in nodes(graph, "Add"):
        makers = {output: other for other in graph.node for output in other.output}
        if all(name in makers and makers[name].op_type != "Constant" for name in node.input):
            node.op_type = "Mul"


def _second_stream(graph: Any) -> None:
    """Let the third attention's scores depend on the tokens past the block before it."""
    norms = nodes(graph, "LayerNormalization")
    first, query = norms[0].output[0], nodes(graph, "Softmax")[2]
    mean = onnx.helper.make_node("ReduceMean", [first], ["mean"], keepdims=0)
    total = onnx.helper.make_node("Add", [query.input[0], "mean"], ["scores"])
    query.input[0] = "scores"
    place = list(graph.node).index(query)
    graph.node.insert(place, total)
    graph.node.insert(place, mean)


def _other_axis(graph: Any) -> None:
    """Columns of the second attention sum to 1, rows do not."""
    node = nodes(graph, "Softmax")[1]
    del node.attribute[:]
    node.attribute.append(onnx.helper.make_attribute("axis", 2))


def _sees_padding(graph: Any) -> None:
    """The mask is not added to the last attention's scores."""
    softmax = nodes(graph, "Softmax")[2]
    (masked,) = (node for node in graph.node if softmax.input[0] in node.output)
    softmax.input[0] = masked.input[0]


def _another_input(graph: Any) -> None:
    graph.input.append(onnx.helper.make_tensor_value_info("past", 1, [1]))
    node = nodes(graph, "LayerNormalization")[0]
    graph.node.insert(
        list(graph.node).index(node) + 1, onnx.helper.make_node("Add", [node.output[0], "past"], ["more"])
    )
    for other in nodes(graph, "MatMul"):
        if other.input[0] == node.output[0]:
            other.input[0] = "more"


def _fixed_length(graph: Any) -> None:
    for item in graph.input:
        item.type.tensor_type.shape.dim[1].dim_value = 128


def _no_ids(graph: Any) -> None:
    graph.input[0].name = "tokens"
    for node in graph.node:
        for place, name in enumerate(node.input):
            if name == "input_ids":
                node.input[place] = "tokens"


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (_fuse, "MultiHeadAttention .* has queries, keys and values in one tensor"),
        (_no_softmax, "has no softmax that weighs tokens"),
        (_cut_skip, "no addition joins attention"),
        (_second_stream, "does not depend on .* alone; it may not be"),
        (_other_axis, r"taken for attentions\.1, has rows that do not sum to 1"),
        (_sees_padding, r"taken for attentions\.2, is not 0 where padding"),
        (_another_input, "needs past besides a text"),
        (_fixed_length, "does not run on"),
        (_no_ids, "has no input input_ids"),
    ],
)
def test_refused_with_the_reason(edit: Callable[[Any], None], message: str, hidden_bert: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        export_onnx(edited(hidden_bert, edit), tmp_path / "out")
    assert str(caught.value).startswith(str(hidden_bert))
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_files_that_are_refused(hidden_bert: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    junk = tmp_path / "junk.onnx"
    junk.write_bytes(b"not a model")
    two = tmp_path / "two"
    two.mkdir()
    for name in ("a.onnx", "b.onnx"):
        (two / name).write_bytes(b"")
    big = tmp_path / "big.json"
    tokenizers.Tokenizer(tokenizers.models.WordLevel({"[UNK]": 999}, "[UNK]")).save(str(big))
    for source, tokenizer, message in (
        (tmp_path / "gone", None, "no such file or folder"),
        (empty, None, "holds no ONNX file"),
        (two, None, r"several ONNX files \(a.onnx, b.onnx\)"),
        (junk, None, "has no tokenizer.json beside it"),
        (junk, hidden_bert, "not a whole ONNX model"),
        (hidden_bert, tmp_path / "none.json", "no such file; expected a tokenizer.json"),
        (hidden_bert, junk, "not a tokenizer"),
        (hidden_bert, big, "it is not this model's tokenizer"),
    ):
        with pytest.raises(InputError, match=message):
            export_onnx(source, tmp_path / "out", tokenizer=tokenizer)


def test_from_the_command_line(hidden_bert: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    graph = hidden_bert / "model.onnx"
    moved = tmp_path / "elsewhere.json"
    (hidden_bert / "tokenizer.json").rename(moved)
    assert main(["export", "--from-onnx", str(graph), str(tmp_path / "out"), "--tokenizer", str(moved)]) == 0
    shown = capsys.readouterr()
    assert "3 layers, 4 heads, hidden size 32" in shown.out
    assert "found 3 attentions" in shown.err
    assert main(["export", "--from-onnx", str(graph), str(tmp_path / "no"), "--quantize", "int8"]) == 2
    assert main(["export", "bert-base-uncased", str(tmp_path / "no"), "--tokenizer", str(moved)]) == 2
    assert "only with --from-onnx" in capsys.readouterr().err


def test_without_the_onnx_package(hidden_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.import_module

    def without(name: str) -> Any:
        if name == "onnx":
            raise ModuleNotFoundError("No module named 'onnx'")
        return real(name)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(InputError, match=r"pip install 'edgeinterp\[onnx\]'"):
        export_onnx(hidden_bert, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_it_needs_no_pytorch(hidden_bert: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from edgeinterp.exporting.export import export_onnx; "
        f"export_onnx({str(hidden_bert)!r}, {str(tmp_path / 'out')!r}); "
        "assert not {'torch', 'transformers', 'optimum'} & set(sys.modules)"
    )
    path = str(Path(ei.__file__).parents[1])
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": path}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr

"""ONNX files are opened as they are published: exposed once, kept by content, within bounds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
from onnxruntime.quantization import quantize_dynamic

import edgeinterp as ei
from edgeinterp.cli.main import main
from edgeinterp.errors import InputError
from edgeinterp.exporting import opening
from tests.families.foreign_files import hide_readings
from tests.small_models import CORPUS

Make = Callable[[str], Path]


@pytest.fixture
def published(exported: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as Transformers.js has it: onnx/model.onnx, and the tokenizer one folder above."""
    hide_readings(exported("bert"), tmp_path / "my-bert" / "onnx", keep_last=True)
    (tmp_path / "my-bert" / "onnx" / "tokenizer.json").rename(tmp_path / "my-bert" / "tokenizer.json")
    monkeypatch.setenv("EDGEINTERP_CACHE", str(tmp_path / "cache"))
    return tmp_path / "my-bert"


def test_a_published_folder_is_checked(published: Path, capsys: Any, tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(CORPUS * 20), encoding="utf-8")
    command = ["check", str(published), "--texts", str(texts), "--only", "correspondence", "--permutations", "19"]
    assert main([*command, "--out", str(tmp_path / "one")]) == 0
    said = capsys.readouterr().err
    assert "exposing its attentions and hidden states, once" in said
    assert str(tmp_path / "cache") in said
    assert main([*command, "--out", str(tmp_path / "two")]) == 0
    assert capsys.readouterr().err == ""
    one, two = (ei.load_result(tmp_path / name) for name in ("one", "two"))
    assert [verdict.verdict for verdict in one.verdicts] == [verdict.verdict for verdict in two.verdicts]
    assert Path(one.model.path).name == "my-bert"


def test_a_file_is_opened_and_known_by_its_name_and_content(published: Path) -> None:
    graph = published / "onnx" / "model.onnx"
    other = shutil.copy(graph, graph.with_name("model_other.onnx"))
    first, second = ei.load(graph), ei.load(other)
    assert first.folder.name == "my-bert"
    assert second.folder.name == "my-bert_model_other"
    assert ei.load(graph).folder == first.folder
    model = onnx.load(str(other))
    model.doc_string = "changed"
    onnx.save(model, str(other))
    assert ei.load(other).folder != second.folder


def test_several_files_in_a_folder_are_listed(published: Path) -> None:
    graph = published / "onnx" / "model.onnx"
    graph.rename(graph.with_name("model_a.onnx"))
    shutil.copy(graph.with_name("model_a.onnx"), graph.with_name("model_b.onnx"))
    with pytest.raises(InputError, match=r"several ONNX files \(model_a.onnx, model_b.onnx\); name one file"):
        ei.load(published)


def test_the_cache_is_bounded_and_can_be_cleared(published: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(opening, "MOST_KEPT", 2)
    graph = published / "onnx" / "model.onnx"
    folders = []
    for number in range(3):
        path = graph.with_name(f"model_{number}.onnx")
        model = onnx.load(str(graph))
        model.doc_string = str(number)
        onnx.save(model, str(path))
        folders.append(ei.load(path).folder)
        os.utime(folders[-1].parent, (1000 + number, 1000 + number))
    assert [folder.exists() for folder in folders] == [False, True, True]
    foreign = opening.cache_folder() / "somebody-else"
    foreign.mkdir()
    (foreign / "mine.txt").write_text("kept", encoding="utf-8")
    assert main(["doctor", "--clear-cache"]) == 0
    assert "removed 2 exposed models" in capsys.readouterr().out
    assert (foreign / "mine.txt").exists()
    assert not any(folder.exists() for folder in folders)
    assert main(["doctor", "--clear-cache", "--out", "x.json"]) == 2


def test_a_model_folder_whose_manifest_was_lost_is_a_published_one(
    published: Path, exported: Make, tmp_path: Path
) -> None:
    shutil.copytree(exported("bert"), tmp_path / "lost")
    (tmp_path / "lost" / "edgeinterp.json").unlink()
    found = ei.load(tmp_path / "lost").manifest
    assert found.certificate["measure"] == "behaviour"
    assert (found.layers, found.heads) == (3, 4)
    assert found.block is not None, found.certificate["values"]
    assert found.head == ""


def test_what_cannot_be_exposed_leaves_nothing(published: Path) -> None:
    graph = published / "onnx" / "model.onnx"
    model = onnx.load(str(graph))
    for node in model.graph.node:
        if node.op_type == "Softmax":
            node.op_type = "Sigmoid"
            del node.attribute[:]
    onnx.save(model, str(graph))
    with pytest.raises(InputError, match="has no softmax that weighs tokens"):
        ei.load(graph)
    assert not list(opening.cache_folder().rglob("*"))


def test_two_builds_of_one_repository_are_compared(published: Path, tmp_path: Path) -> None:
    graph = published / "onnx" / "model.onnx"
    other = shutil.copy(graph, graph.with_name("model_other.onnx"))
    found = ei.compare(graph, other, CORPUS * 5, only="activations")
    states = found.to_dict()["activations"]["hidden_states"]
    assert len(states) == 4
    assert all(layer["relative_difference"]["mean"] == 0 for layer in states)


@pytest.fixture
def several(published: Path) -> Path:
    """A published folder with two builds."""
    quantize_dynamic(str(published / "onnx" / "model.onnx"), str(published / "onnx" / "model_quantized.onnx"))
    return published


def test_one_of_several_files_is_named(several: Path, capsys: Any, tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(CORPUS * 20), encoding="utf-8")
    command = ["check", str(several), "--texts", str(texts), "--only", "correspondence", "--permutations", "19"]
    assert main([*command, "--out", str(tmp_path / "plain")]) == 0
    said = capsys.readouterr().err
    assert "has onnx/model.onnx, onnx/model_quantized.onnx; takes model.onnx; name another with --file" in said
    for name in ("model_quantized.onnx", "onnx/model_quantized.onnx"):
        assert main([*command, "--file", name, "--out", str(tmp_path / "chosen")]) == 0
        assert ei.load_result(tmp_path / "chosen").model.quantization == "int8"
    assert ei.load_result(tmp_path / "plain").model.quantization == "none"


def test_two_files_of_a_repository_are_compared(several: Path, capsys: Any, tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(CORPUS * 4), encoding="utf-8")
    command = ["compare", str(several), "--texts", str(texts), "--only", "activations"]
    assert main([*command, "--files", "model.onnx", "model_quantized.onnx", "--out", str(tmp_path / "out")]) == 0
    found = ei.load_comparison(tmp_path / "out" / "comparison.json")
    assert [found.model[side].quantization for side in "ab"] == ["none", "int8"]
    capsys.readouterr()
    assert main([*command, "OTHER", "--files", "model.onnx", "model_quantized.onnx"]) == 2
    assert "--files: takes the place of OTHER" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(command)
    assert "required: B" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["check", "FOLDER", "--file", "model_q4.onnx"],
            "has no model_q4.onnx; it has onnx/model.onnx, onnx/model_",
        ),
        (["check", "FOLDER", "--file", "model"], "expected the name of an .onnx file"),
        (["check", "FOLDER", "--file", "../model.onnx"], "expected the name of an .onnx file in the folder"),
        (["check", "FOLDER", "--file", "*.onnx"], "expected the name of an .onnx file in the folder"),
        (["check", "FOLDER", "--file", "FOLDER/onnx/model.onnx"], "expected the name of an .onnx file in the folder"),
        (["check", "--file", "model.onnx"], "name the folder or the hub id"),
        (["bench", "FOLDER/nowhere", "--file", "model.onnx"], "no such folder; expected one with ONNX files, or a hub"),
        (["export", "FOLDER", "OUT", "--file", "model.onnx"], "--file: only with --from-onnx"),
    ],
)
def test_files_that_are_not_there(several: Path, arguments: list[str], message: str, capsys: Any) -> None:
    given = [argument.replace("FOLDER", str(several)).replace("OUT", str(several / "out")) for argument in arguments]
    assert main(given) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_one_file_of_a_hub_id(several: Path, tmp_path: Path) -> None:
    """The hub's own cache stands for the hub; nothing but what is asked for is taken from it."""
    place = tmp_path / "hub" / "models--someone--my-bert"
    snapshot = place / "snapshots" / "0123456789abcdef0123456789abcdef01234567"
    shutil.copytree(several, snapshot)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(snapshot.name)
    command = [sys.executable, "-m", "edgeinterp", "export", "--from-onnx", "someone/my-bert", str(tmp_path / "out")]
    own = {"HF_HUB_CACHE": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1", "EDGEINTERP_CACHE": str(tmp_path / "cache")}
    subprocess.run([*command, "--file", "model_quantized.onnx"], env={**os.environ, **own}, check=True)
    assert ei.load(tmp_path / "out").manifest.quantization == "int8"
    absent = [*command[:5], "someone/else", *command[6:], "--file", "model.onnx"]
    found = subprocess.run(absent, env={**os.environ, **own}, check=False, capture_output=True, text=True)
    assert found.returncode == 2
    assert "edgeinterp: someone/else: cannot be fetched" in found.stderr
    assert found.stderr.count("\n") == 1

"""ONNX files are opened as they are published: exposed once, kept by content, within bounds."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest

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

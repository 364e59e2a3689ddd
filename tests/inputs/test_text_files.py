"""The same texts in files of every kind give the same result on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from edgeinterp.cli.main import main
from edgeinterp.inputs.texts import default_texts

TEXTS = default_texts()[:40]
# no quotes and no commas: how they are written is tested with the readers
PLAIN = [text.replace('"', "").replace(",", "") for text in TEXTS]


def checked(folder: Path, name: str, content: str, *options: str) -> Any:
    (folder / name).write_text(content, encoding="utf-8")
    arguments = ["check", "--only", "correspondence", "--permutations", "19", "--quiet", "--out", str(folder / "out")]
    assert main([*arguments, "--texts", str(folder / name), *options]) == 0
    found = json.loads((folder / "out" / "result.json").read_text(encoding="utf-8"))
    return found["checks"], found["verdicts"]


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return checked(tmp_path_factory.mktemp("plain"), "a.txt", "\n".join(PLAIN))


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("a.tsv", "".join(f'"{text}"\n' for text in ["text", *PLAIN]), []),
        ("a.tsv", '"id"\t"text"\n' + "".join(f'"{i}"\t7\t"{text}"\n' for i, text in enumerate(PLAIN, 1)), []),
        ("a.json", json.dumps([{"text": text} for text in PLAIN], indent=1), []),
        ("a.JSON", json.dumps(PLAIN), []),
        ("a.json", "".join(json.dumps({"text": text}) + "\n" for text in PLAIN), []),
        ("a.txt", "\r".join(PLAIN), []),
        ("a.csv", "Unnamed: 0,TEXT\n" + "".join(f"{i},{text}\n" for i, text in enumerate(PLAIN)), []),
        ("a.csv", "text,Body\n" + "".join(f"{i},{text}\n" for i, text in enumerate(PLAIN)), ["--text-column", "body"]),
        ("a.jsonl", "".join(json.dumps({"b": text}) + "\n" for text in PLAIN), ["--text-column", "b"]),
    ],
    ids=["quoted", "R", "JSON", "JSON strings", "JSON lines", "old Mac", "capitals", "own column", "own key"],
)
def test_kinds_of_files_agree(name: str, content: str, options: list[str], wanted: Any, tmp_path: Path) -> None:
    assert checked(tmp_path, name, content, *options) == wanted


def test_compare_takes_a_column(tmp_path: Path) -> None:
    from edgeinterp_models import default_model_folder

    (tmp_path / "a.csv").write_text("text,body\n" + "".join(f"x,{text}\n" for text in PLAIN), encoding="utf-8")
    folder = str(default_model_folder())
    arguments = ["compare", folder, folder, "--only", "activations", "--quiet", "--out", str(tmp_path)]
    assert main([*arguments, "--texts", str(tmp_path / "a.csv"), "--text-column", "body"]) == 0
    # the other column has too little for an answer
    assert json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))["activations"]["texts"] == len(PLAIN)

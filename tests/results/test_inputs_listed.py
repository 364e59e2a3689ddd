"""result.json names what a run was given: hash and lines of each file, by its name alone."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.checks.given import Inputs
from edgeinterp.checks.settings import Settings
from edgeinterp.results.result import InputFile

DATA = Path(ei.__file__).parent / "inputs" / "data"
TEXTS = b"\xef\xbb\xbfThe cat sat on the mat.\r\n\r\nThe dog ran.\nNo line end"
PAIRS = b"word1,word2,relation\nrobin,bird,hyper\nrobin,hen,coord\n"
NORMS = b"concept,furry,flies\ncat,5,0\nrobin,1,5\n"
TEMPLATES = b"The {} is here.\nEvery {1} is a {2}.\n"


def listed(only: str | list[str], **given: Any) -> dict[str, InputFile]:
    names = [only] if isinstance(only, str) else only
    given = {"texts": None, "norms": None, "pairs": None, "templates": None} | given
    found = Inputs.read(Settings(only=names, controls=["licensed", "surface"]), **given).files
    assert len({one.kind for one in found}) == len(found)
    return {one.kind: one for one in found}


def file(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def of(kind: str, name: str | None, data: bytes, lines: int) -> InputFile:
    return InputFile(kind, name, hashlib.sha256(data).hexdigest(), lines)


def test_files_of_every_kind(tmp_path: Path) -> None:
    found = listed(
        ["correspondence", "relations", "properties"],
        texts=file(tmp_path, "t.txt", TEXTS), pairs=str(file(tmp_path, "p.csv", PAIRS)),
        norms=file(tmp_path, "n.csv", NORMS), templates=file(tmp_path, "sentences.txt", TEMPLATES),
    )  # fmt: skip
    assert found == {
        "texts": of("texts", "t.txt", TEXTS, 4),
        "pairs": of("pairs", "p.csv", PAIRS, 3),
        "norms": of("norms", "n.csv", NORMS, 3),
        "templates": of("templates", "sentences.txt", TEMPLATES, 2),
    }


@pytest.mark.parametrize(
    ("name", "data", "lines"),
    [
        ("t.json", b'["one cat",\n "two dogs"]\n', 2),
        ("t.jsonl", b'{"text": "one cat"}\n\n{"text": "two dogs"}\n', 3),
        ("t.csv", b'text\n"one\ncat"\ntwo dogs\n', 4),
        ("t.txt", b"one cat\rtwo dogs\rthree", 3),
    ],
)
def test_texts_in_every_form(name: str, data: bytes, lines: int, tmp_path: Path) -> None:
    assert listed("influence", texts=file(tmp_path, name, data))["texts"] == of("texts", name, data, lines)


def test_what_is_packed_is_hashed_as_it_lies_there(tmp_path: Path) -> None:
    packed = gzip.compress(PAIRS, mtime=0)
    assert listed("relations", pairs=file(tmp_path, "p.csv.gz", packed))["pairs"] == of("pairs", "p.csv.gz", packed, 3)
    packed = gzip.compress(NORMS[:30], mtime=0) + gzip.compress(NORMS[30:], mtime=0)
    assert listed("properties", norms=file(tmp_path, "n.csv.gz", packed))["norms"] == of("norms", "n.csv.gz", packed, 3)


def test_standard_input_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TEXTS)))
    assert listed("correspondence", texts="-")["texts"] == of("texts", "-", TEXTS, 4)


def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(PAIRS,))
    writer.start()
    assert listed("relations", pairs=path)["pairs"] == of("pairs", "pipe.csv", PAIRS, 3)
    writer.join()


def test_embedded_data_are_listed_too() -> None:
    found = listed(["correspondence", "relations", "properties"])
    for kind in ("texts", "pairs", "norms"):
        data = (DATA / f"{kind}.tsv").read_bytes()
        assert found[kind] == of(kind, f"{kind}.tsv", data, len(data.splitlines()))
    assert (found["templates"].name, found["templates"].lines) == (None, 2)


def test_only_what_is_read_is_listed() -> None:
    assert set(listed("correspondence", templates=["a {} b"])) == {"texts"}
    assert set(listed("properties")) == {"norms"}
    # texts tell which layers are licensed
    assert set(listed("relations")) == {"texts", "pairs", "templates"}


def test_what_is_made_in_python_has_no_name() -> None:
    texts = ["one cat", "two dogs"]
    assert listed("influence", texts=texts)["texts"] == of("texts", None, b"one cat\ntwo dogs\n", 2)
    pairs, norms = ei.default_pairs(), ei.default_norms()
    found = listed(["relations", "properties"], pairs=pairs, norms=norms)
    assert (found["pairs"].name, found["pairs"].lines) == (None, 1600)
    assert (found["norms"].name, found["norms"].lines) == (None, 1500)
    values = norms.values.copy()
    values[7, 2] += 1e-9
    other = ei.Norms(norms.concepts, norms.words, norms.features, values, norms.source)
    assert listed("properties", norms=other)["norms"].sha256 != found["norms"].sha256


def test_result_json_names_no_folder(tmp_path: Path) -> None:
    path = file(tmp_path, "<b>my texts.txt", b"The cat sat on the mat in the warm hall today.\n" * 3)
    result = ei.check(texts=path, only=["correspondence"], n_permutations=9, controls=["foreign"])
    result.save(tmp_path / "result.json")
    text = (tmp_path / "result.json").read_text(encoding="utf-8")
    assert json.loads(text)["inputs"] == [
        {"kind": "texts", "name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "lines": 3}
    ]
    assert str(tmp_path) not in text
    assert ei.load_result(tmp_path).inputs == result.inputs

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeinterp import InputError
from edgeinterp.datasets import default_texts, read_texts


def test_default_texts_are_there() -> None:
    texts = default_texts()
    assert len(texts) == 600
    assert all(len(text.split()) >= 5 for text in texts)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt", b"one text\n\n  another \n"),
        ("a.txt", b"\xef\xbb\xbfone text\r\nanother\r\n"),
        ("a", b"one text\nanother"),
        ("a.tsv", b"id\ttext\n1\tone text\n2\tanother\n"),
        ("a.TSV", b"\xef\xbb\xbftext\tid\r\none text\t1\r\nanother\t2\r\n"),
        ("a.csv", b'id,text\n1,"one text"\n2,another\n'),
        ("a.jsonl", b'{"text": "one text"}\n\n{"text": "another", "id": 2}\n'),
    ],
)
def test_reads(tmp_path: Any, name: Any, content: Any) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert read_texts(path) == ["one text", "another"]


def test_quotes_in_tsv_are_text(tmp_path: Any) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('text\n"Well," she said\n', encoding="utf-8")
    assert read_texts(path) == ['"Well," she said']


def test_a_csv_cell_may_hold_a_line_break(tmp_path: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_text('text\n"one\ntext"\n', encoding="utf-8")
    assert read_texts(path)[0].split() == ["one", "text"]


def test_standard_input(monkeypatch: Any) -> None:
    class Stdin:
        buffer = io.BytesIO(b"one text\nanother\n")

    monkeypatch.setattr("sys.stdin", Stdin())
    assert read_texts("-") == ["one text", "another"]


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.txt", b"", "has no text"),
        ("a.txt", b"\n \n", "has no text"),
        ("a.txt", b"good\nb\xe4d\n", "line 2: not UTF-8 .byte 0xe4."),
        ("a.txt", b"good\na\x00b\n", "line 2: has a zero byte"),
        ("a.txt", b"x" * 1_000_001, "line 1: 1000001 characters"),
        ("a.tsv", b"id\twords\n1\ta\n", "line 1: expected a column `text` in the header, found id, words"),
        ("a.tsv", b"", "expected a column `text` in the header, found nothing"),
        ("a.tsv", b"id\ttext\n1\n", "line 2: 1 columns, expected 2"),
        ("a.csv", b'text\n"open\n', "not a comma-separated table"),
        ("a.jsonl", b'{"text": "a"}\n{"text": \n', "line 2: not JSON"),
        ("a.jsonl", b'{"words": "a"}\n', 'line 1: expected an object with a string "text"'),
        ("a.jsonl", b'["a"]\n', "line 1: expected an object"),
        ("a.jsonl", b'{"text": "a \\ud800"}\n', "line 1: has half of a surrogate pair"),
        ("a.jsonl", b'{"text": "a", "n": ' + b"1" * 5000 + b"}\n", "line 1: not JSON"),
    ],
)
def test_faults_are_named(tmp_path: Any, name: Any, content: Any, match: Any) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=match) as caught:
        read_texts(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path: Any) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_texts(tmp_path / "none.txt")
    with pytest.raises(InputError, match="is a folder"):
        read_texts(tmp_path)


@given(st.binary(max_size=300), st.sampled_from(["a.txt", "a.tsv", "a.csv", "a.jsonl"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_texts_or_one_line(tmp_path: Any, content: Any, name: Any) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    fault = ""
    try:
        texts = read_texts(path)
    except InputError as error:
        texts, fault = [], str(error)
    assert len(fault.splitlines()) == (0 if texts else 1)
    assert all(text.strip() for text in texts)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"]), min_size=1), min_size=1))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_lines_round_trip(tmp_path: Any, texts: Any) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    wanted = [text.strip() for text in texts if text.strip()]
    if wanted:
        assert read_texts(path) == wanted

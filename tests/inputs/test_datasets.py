from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgeinterp import InputError
from edgeinterp.inputs.texts import default_texts, read_texts


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
        ("a.ndjson", b'{"text": "one text"}\n{"TEXT": "another"}\n'),
        ("a.json", b'{"text": "one text"}\n{"text": "another"}\n'),
        ("a.json", b'["one text", "another"]'),
        ("a.JSON", b'\xef\xbb\xbf[\n {"text": "one text"},\r\n {"id": 2, "Text": "another"}\n]\n'),
        ("a.txt", b"one text\ranother\r"),
        ("a.txt", b"one text\ranother\n"),
        ("a.csv", b"id,text\r1,one text\r2,another"),
        ("a.Csv", b'id,"Text "\n1,one text\n2,another\n'),
        ("a.CSV", b"TEXT,id\none text,1,\nanother,2,,\n"),
        ("a.csv", b'id, "text"\n1, "one text"\n2, another\n'),
        ("a.tsv", b'"id"\t"text"\n"1"\t"one text"\n"2"\t"another"\n'),
        ("a.tsv", b'"id"\t"text"\n"1"\t7\t"one text"\n"2"\t8\t"another"\n'),
        ("a.csv", b'"text"\n"1","one text"\n"2","another"\n'),
        ("a.tab", b"id\ttext\n1\tone text\n2\tanother\n"),
    ],
)
def test_reads(tmp_path: Any, name: Any, content: Any) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert read_texts(path) == ["one text", "another"]


def test_quotes_in_tsv_are_text(tmp_path: Any) -> None:
    path = tmp_path / "a.tsv"
    path.write_text('text\n"Well," she said\n5" of rain\n', encoding="utf-8")
    assert read_texts(path) == ['"Well," she said', '5" of rain']


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
        ("a.tsv", b"id\ttext\n1\n", "line 2: 1 column, expected 2"),
        ("a.tsv", b'text\n"open\nlater"\n', "line 2: the cell .* begins with a quote"),
        ("a.tsv", b"id\tbody\n1\ta\n", "found id, body; name the column of texts with --text-column"),
        ("a.csv", b"Text,text\na,b\n", "line 1: columns 'Text' and 'text' have one name"),
        ("a.csv", b"text\nHello, world\n", "line 2: 2 columns, expected 1; put texts that hold commas in quotes"),
        ("a.csv", b"id;text\n1;a\n", "line 1: columns are separated by semicolons"),
        ("a.json", b'{"texts": ["a"]}', "found texts; name the column"),
        ("a.json", b'{\n "text": "a"\n}', "holds one object; expected an array"),
        ("a.json", b'{"text": {"0": "a"}}', "line 1: expected an object with a string .text., found"),
        ("a.json", b'[["a"]]', "item 1: is ..a..; expected an array of texts"),
        ("a.json", b'["a", null]', "item 2: is null"),
        ("a.json", b'["a", {"text": 3}]', "item 2: expected an object with a string .text., found 3"),
        ("a.json", b'[{"body": "a"}]', "item 1: .* found body; name the column"),
        ("a.json", b'[{"text": "a", "Text": "b"}]', "item 1: columns 'text' and 'Text' have one name"),
        ("a.json", b'"a"', "holds one value; expected an array"),
        ("a.json", b'["a", ', "not JSON"),
        ("a.json", b"[" * 100_000, "not JSON"),
        ("a.json", b"[]", "has no text"),
        ("a.json", '["a"]'.encode("utf-16"), "is UTF-16"),
        ("a.json", b'["a", "\\ud800"]', "item 2: has half of a surrogate pair"),
        ("a.jsonl", b'[\n{"text": "a"}\n]', "line 1: not JSON .*name a JSON array .json"),
        (
            "a.txt",
            b'{"text": "a"}\n',
            "line 1: looks like JSON, one object a line: put it into .* ends in .jsonl",
        ),
        (
            "a.txt",
            b'[{"text": "a"},\n{"text": "b"}]',
            "line 1: looks like a JSON array: put it into .* ends in .json",
        ),
        ("a.txt", b'[\n  "a",\n  "b"\n]', "line 2: looks like a JSON array"),
        ("a.txt", b'{\n "id": 1\n}\n', "line 2: looks like JSON over several lines"),
        ("a.txt", b'{"body": "a b"}\n\n{"body": "c"}\n', "every line is JSON.*ends in .jsonl, and name the column"),
        ("a.log", b'\xef\xbb\xbf{"level": 1}\r\n', "every line is JSON"),
        ("a.txt", b'["1", "a b"]\n["2", "c d"]\n', "line 1: looks like a JSON array"),
        ("a.txt", b'[1, "a b"]\n[2, "c d"]\n', "every line is JSON"),
        ("a.txt", b"id\tText\n1\ta\n", "line 1: looks like a table .*put it into a file whose name ends in .tsv"),
        ("a.txt", b'"id","text"\n1,a\n', "line 1: looks like a table .*put it into a file whose name ends in .csv"),
        ("a.csv", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "Git LFS .*git lfs pull"),
        ("a.parquet", b"PAR1\x15\x04plain", "is a Parquet file; save it as .csv"),
        ("a.txt", b"SQLite format 3\x00", "is a database"),
        ("a.txt", b"BZh91AY", "compressed by bzip2; unpack it"),
        ("a.txt", b"<!DOCTYPE html>\n<p>one text</p>\n", "line 1: looks like HTML or XML: take the texts out"),
        ("a.xml", b'\xef\xbb\xbf<?xml version="1.0"?>\n<a>b</a>\n', "looks like HTML or XML"),
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


@pytest.mark.parametrize("content", [b'{"text": "a"}\n', b'{"body": "a"}\n{"body": "b"}\n', b'["a",\n"b"]'])
def test_json_on_standard_input_is_told_what_to_do(monkeypatch: Any, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    with pytest.raises(InputError, match=r"standard input.*JSON.*put it into a file whose name ends in \.json"):
        read_texts("-")


@pytest.mark.parametrize("line", ["[SEP] [SEP]", '{"level": "info"}', "[", "{", "Context, text", "a\tb", "[1] a note"])
def test_plain_texts_that_look_a_little_like_something_else(line: str, tmp_path: Any) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{line}\nanother\n", encoding="utf-8")
    assert read_texts(path) == [line, "another"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "text,Body\nx,one\ny,two\n"),
        ("a.tsv", "text\tbody \nx\tone\ny\ttwo\n"),
        ("a.csv", "Body,body\nx,one\ny,two\n"),
        ("a.jsonl", '{"text": "x", "body": "one"}\n{"BODY": "two"}\n'),
        ("a.json", '[{"text": "x", "body": "one"}, {"body": "two"}]'),
    ],
)
def test_a_column_of_ones_own(tmp_path: Any, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert read_texts(path, text_column="body") == ["one", "two"]
    with pytest.raises(InputError, match=r"a column `lyrics`|a string .lyrics."):
        read_texts(path, text_column="lyrics")
    with pytest.raises(InputError, match="text-column: is empty"):
        read_texts(path, text_column=" ")


@pytest.mark.parametrize(
    ("name", "content", "row"),
    [
        ("a.csv", "text,body\nx,one\ny\n", "line 3"),
        ("a.tsv", "text\tbody\nx\tone\n\ny\n", "line 4"),
        ("a.jsonl", '{"body": "one"}\n{"text": "y"}\n', "line 2"),
        ("a.jsonl", '{"body": "one"}\n\n{"body": null}\n', "line 3"),
        ("a.json", '[{"body": "one"}, {"text": "y"}]', "item 2"),
        ("a.json", '[{"body": "one"}, "two"]', "item 2"),
    ],
)
def test_a_row_that_lacks_the_column_is_named(tmp_path: Any, name: str, content: str, row: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=f"{row}:"):
        read_texts(tmp_path / name, text_column="body")


def test_a_column_of_a_file_without_columns(tmp_path: Any) -> None:
    (tmp_path / "a.txt").write_text("one\n", encoding="utf-8")
    with pytest.raises(InputError, match="one text a line, so it has no column 'body'"):
        read_texts(tmp_path / "a.txt", text_column="body")
    (tmp_path / "b.csv").write_text("Body,BODY\nx,y\n", encoding="utf-8")
    with pytest.raises(InputError, match="'Body' and 'BODY' have one name"):
        read_texts(tmp_path / "b.csv", text_column="body")
    (tmp_path / "c.json").write_text('["x"]', encoding="utf-8")
    with pytest.raises(InputError, match=r"item 1: .*string .body."):
        read_texts(tmp_path / "c.json", text_column="body")


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(st.sampled_from(['"', "text", "\t", ",", "\n", "\r", "[", "{", ":"])).map(
            lambda parts: "".join(parts).encode()
        ),
    ),
    st.sampled_from(["a.txt", "a.tsv", "a.csv", "a.jsonl", "a.json"]),
)
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


def test_other_quotes_and_other_names_of_columns_are_refused(tmp_path: Any) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("'id'\t'text'\n'1'\t'one'\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1: 'text' stands in other quotes"):
        read_texts(path)
    path.write_text("id\ttext\n1\t'one'\n", encoding="utf-8")
    assert read_texts(path) == ["'one'"]
    odd: Any
    for odd in (5, ["text"]):
        with pytest.raises(InputError, match="expected the name of a column, a string"):
            read_texts(path, text_column=odd)

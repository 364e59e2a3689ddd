"""Read and validate texts, and explain faults."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..runtime.arguments import file_name
from ..runtime.counting import counted
from ..runtime.files import POINTER, TEXT, Bound, bounded_lines, read_whole
from ..runtime.json_values import MOST_VALUES, json_fault
from ..runtime.sequences import has_half_character
from .tables import bare_name, listed, table_rows

__all__ = ["ENDINGS", "decoded_lines", "default_texts", "file_lines", "read_texts"]

# a text of this many characters is more than a model reads whole; more likely a binary or a missing line break
LONGEST_LINE = 1_000_000
# enough bytes to detect the kind of file
HEAD = 256
COLUMN = "text"
OTHER = "name the column of texts with --text-column (text_column=)"
# what is read by the end of its name may also come through standard input, which has none
PUT = "put it into a file whose name ends in"
ARRAY = f"a JSON array: {PUT} .json"
OBJECT = f"JSON over several lines: {PUT} .json, as an array of texts or of objects"
# how files that are no text begin, what they are, and what to do
_BEGINNINGS = {
    b"PK\x03\x04": "is a workbook or archive; unpack it, or save the sheet as .csv (UTF-8)",
    b"\x1f\x8b": "is compressed by gzip; unpack it",
    b"BZh": "is compressed by bzip2; unpack it",
    b"\xfd7zXZ": "is compressed by xz; unpack it",
    b"\x28\xb5\x2f\xfd": "is compressed by zstd; unpack it",
    POINTER: "is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`",
    b"%PDF-": "is a PDF; save its text as UTF-8",
    b"PAR1": "is a Parquet file; save it as .csv (UTF-8)",
    b"ARROW1": "is an Arrow file; save it as .csv (UTF-8)",
    b"SQLite format 3": "is a database; save the table as .csv (UTF-8)",
    b"\x93NUMPY": "is a NumPy array; save it as .csv (UTF-8)",
    b"\xd0\xcf\x11\xe0": "is a document or workbook of an old Office; save it as text (UTF-8)",
    b"{\\rtf": "is Rich Text; save it as text (UTF-8)",
}
# how plain files begin that are marked up
_MARKUP = ("<!doctype html", "<html", "<?xml")
# where a text stands, and the text
Found = Iterator[tuple[str, str]]


def default_texts() -> list[str]:
    """Return the embedded texts: examples from WordNet 3.0 and sentences from Jane Austen's novels (see NOTICE)."""
    return read_texts(Path(__file__).parent / "data" / "texts.tsv")


def read_texts(path: str | Path, *, text_column: str | None = None) -> list[str]:
    """Read texts from a file.

    Parameters
    ----------
    path : str or Path
        UTF-8: one text a line, or by the end of its name a table (``.csv``; ``.tsv``, ``.tab``) or JSON (``.jsonl``,
        ``.ndjson``; ``.json``: an array, or one object a line) with a column ``text``. ``-`` is standard input, one
        text a line. Empty lines are skipped.
    text_column : str, optional
        The column of a table, or the key of JSON objects, that holds the texts. By default ``text``, in any case.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        One line that names the file, the line where there is one, and what was expected.
    """
    if not str(path):
        raise InputError("texts: the name is empty; name a file, or - for standard input")
    name = "standard input" if str(path) == "-" else str(path)
    texts = []
    for where, text in _found(file_name("texts", path), name, text_column):
        if has_half_character(text):
            raise InputError(f"{name}, {where}: has half of a surrogate pair, which is no text; mend the file")
        if len(text) > LONGEST_LINE:
            raise InputError(f"{name}, {where}: {len(text)} characters; expected one text a line")
        if text.strip():
            texts.append(text.strip())
    if not texts:
        raise InputError(f"{name}: has no text; expected one text a line, or a column `text`")
    return texts


def _found(path: Path, name: str, column: str | None) -> Found:
    kind = path.suffix.lower()
    if column is not None and not isinstance(column, str):
        raise InputError(f"text-column {ascii(column)[:40]}: expected the name of a column, a string")
    if column is not None and not column.strip():
        raise InputError("text-column: is empty; name a column")
    if kind == ".json":
        return _json(name, path, column)
    lines = file_lines(path, name)
    if kind in _READERS:
        return _READERS[kind](name, lines, column)
    if column is not None:
        raise InputError(
            f"{name}: is read as one text a line, so it has no column {column!r}; give a .csv, .tsv, .json or .jsonl"
        )
    return _plain(name, lines)


def file_lines(path: str | Path, name: str, what: str = "texts", bound: Bound = TEXT) -> Iterator[str]:
    """Yield the lines of a UTF-8 file, or of standard input (``-``).

    Parameters
    ----------
    path : str or Path
    name, what : str
        Names in messages: of the file, and of its content.
    bound : Bound

    Raises
    ------
    InputError
        Where the file cannot be read or is too large, or a line cannot be decoded.
    """
    opened = None if str(path) == "-" else Path(path)
    expected = f"a file of UTF-8 {what}, one a line"
    return decoded_lines(bounded_lines(opened, name, expected, what.removesuffix("s"), bound), name)


def decoded_lines(lines: Iterator[bytes], name: str) -> Iterator[str]:
    """Yield lines of UTF-8 bytes without their ends; a byte order mark is removed.

    Raises
    ------
    InputError
        Names the line where the bytes are not UTF-8 or include a zero byte.
    """
    first: list[bytes] = []
    while sum(map(len, first)) < HEAD and (line := next(lines, b"")):
        first.append(line)
    kind = _other_kind(b"".join(first)[:HEAD])
    if kind is not None:
        raise InputError(f"{name}: {kind}")
    if first:
        first[0] = first[0].removeprefix(b"\xef\xbb\xbf")
    for number, line in enumerate(chain(first, lines), 1):
        bare = line.removesuffix(b"\n").removesuffix(b"\r")
        try:
            text = bare.decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"{name}, line {number}: not UTF-8 (byte {bare[error.start]:#04x}); save the file as UTF-8"
            ) from None
        if "\0" in text:
            raise InputError(f"{name}, line {number}: has a zero byte, so it is not a text file")
        yield text


def _other_kind(head: bytes) -> str | None:
    """Tell from its first bytes what kind of file is no UTF-8 text, and what to do; None where it may be text."""
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "is UTF-32; save it as UTF-8"
    # in UTF-16, punctuation of most scripts has a zero in every other byte
    places = {at % 2 for at, byte in enumerate(head) if not byte}
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or (len(places) == 1 and 3 * head.count(0) > len(head)):
        return "is UTF-16; save it as UTF-8"
    return next((kind for beginning, kind in _BEGINNINGS.items() if head.startswith(beginning)), None)


def _plain(name: str, lines: Iterable[str]) -> Found:
    seen: list[str] = []
    records = True
    for number, line in enumerate(lines, 1):
        bare = line.strip()
        if bare and len(seen) < 2:
            seen.append(bare)
            kind = _other_text(seen)
            if kind is not None:
                raise InputError(f"{name}, line {number}: looks like {kind}; expected one text a line")
        records = records and (not bare or (bare[0] in "{[" and isinstance(_parsed(bare), dict | list)))
        yield f"line {number}", line
    if seen and records:
        raise InputError(f"{name}: every line is JSON, expected one text a line; {PUT} .jsonl, and {OTHER}")


def _other_text(lines: list[str]) -> str | None:
    """Tell from at most its first two lines whether a plain file is a table or JSON with a column `text`."""
    first = lines[0]
    if first.casefold().startswith(_MARKUP):
        return "HTML or XML: take the texts out of it"
    if len(lines) == 2:
        kind = {"[": ARRAY, "{": OBJECT}.get(first)
        return kind if lines[1].startswith(("{", '"')) else None
    if first.startswith(("{", "[")):
        record = _parsed(first)
        if isinstance(record, dict) and isinstance(record.get(COLUMN), str):
            return f"JSON, one object a line: {PUT} .jsonl"
        return ARRAY if first.startswith(('[{"', '["')) else None
    for separator, kind in (("\t", ".tsv"), (",", ".csv")):
        cells = first.casefold().split(separator)
        if len(cells) > 1 and " " not in first and COLUMN in map(bare_name, cells):
            return f"a table with a column `text`: {PUT} {kind}"
    return None


def _parsed(text: str) -> Any:
    """Return JSON's value; None where it is not JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _csv(name: str, lines: Iterable[str], column: str | None) -> Found:
    return _table(name, lines, column, comma=True)


def _tsv(name: str, lines: Iterable[str], column: str | None) -> Found:
    return _table(name, lines, column, comma=False)


def _table(name: str, lines: Iterable[str], column: str | None, *, comma: bool) -> Found:
    rows = table_rows(name, lines, comma=comma, cell=LONGEST_LINE)
    line, header = next(rows, (1, []))
    at = _text_column(f"{name}, line {line}", header, column)
    width = len(header)
    if bare_name(header[at]) != header[at].strip().strip('"'):
        raise InputError(
            f'{name}, line {line}: {header[at].strip()} stands in other quotes; quote with ", or not at all'
        )
    for number, row in rows:
        if len(row) <= at or any(cell.strip() for cell in row[width:]):
            hint = "; put texts that hold commas in quotes" if comma and len(row) > width else ""
            raise InputError(f"{name}, line {number}: {counted(len(row), 'column')}, expected {width}{hint}")
        yield f"line {number}", row[at]


def _text_column(where: str, names: Sequence[str], wanted: str | None) -> int:
    """Return the name of the texts' column: the requested one, else ``text``, in any letter case."""
    known = [bare_name(name) for name in names]
    asked = bare_name(COLUMN if wanted is None else wanted)
    if wanted is not None and known.count(asked) == 1:
        return known.index(asked)
    found = [at for at, name in enumerate(known) if name.casefold() == asked.casefold()]
    if not found:
        shown = listed(known) or "nothing"
        raise InputError(f"{where}: expected a column `{asked}` in the header, found {shown}; {OTHER}")
    if len(found) > 1:
        shown = " and ".join(repr(known[at]) for at in found[:2])
        raise InputError(f"{where}: columns {shown} have one name; rename one, or {OTHER}")
    return found[0]


def _json_lines(name: str, lines: Iterable[str], column: str | None) -> Found:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        expected = f"expected {_object(column)}; name a JSON array .json"
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{name}, line {number}: not JSON ({json_fault(error)}); {expected}") from None
        if not isinstance(record, dict):
            raise InputError(f"{name}, line {number}: {expected}")
        yield f"line {number}", _text_of(record, f"{name}, line {number}", column)


def _json(name: str, path: Path, column: str | None) -> Found:
    """Read an array of texts or objects, or a .json file with one object per line."""
    data = read_whole(path, "a file of texts as JSON")
    lines = list(decoded_lines(iter(data.splitlines(keepends=True)), name))
    if isinstance(_parsed(next((line for line in lines if line.strip()), "")), dict):
        yield from _json_lines(name, lines, column)
        return
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise InputError(f"{name}: has more than {MOST_VALUES} values; give .jsonl, one object a line")
    expected = f"an array of texts, or of objects with a string {json.dumps(column or COLUMN)}"
    try:
        values = json.loads("\n".join(lines))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{name}: not JSON ({json_fault(error)}); expected {expected}") from None
    if not isinstance(values, list):
        kind = "one object" if isinstance(values, dict) else "one value"
        raise InputError(f"{name}: holds {kind}; expected {expected} (pandas: orient='records')")
    for number, value in enumerate(values, 1):
        where = f"item {number}"
        if isinstance(value, str) and column is None:
            yield where, value
        elif isinstance(value, dict):
            yield where, _text_of(value, f"{name}, {where}", column)
        else:
            raise InputError(f"{name}, {where}: is {json.dumps(value)[:40]}; expected {expected}")


def _object(column: str | None) -> str:
    return f"an object with a string {json.dumps(column or COLUMN)}"


def _text_of(record: dict[str, Any], where: str, column: str | None) -> str:
    """Return the text of a JSON object."""
    names = list(record)
    asked = bare_name(column or COLUMN).casefold()
    if not any(bare_name(name).casefold() == asked for name in names):
        raise InputError(f"{where}: expected {_object(column)}, found {listed(names) or 'nothing'}; {OTHER}")
    text = record[names[_text_column(where, names, column)]]
    if not isinstance(text, str):
        raise InputError(f"{where}: expected {_object(column)}, found {json.dumps(text)[:40]} there")
    return text


_READERS: dict[str, Callable[[str, Iterable[str], str | None], Found]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".tab": _tsv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
}
# usual endings of text file names
ENDINGS = (".txt", ".json", *_READERS)

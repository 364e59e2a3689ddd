"""Texts: read, validate, explain what is wrong."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import InputError
from .files import unreadable
from .json_values import json_fault

__all__ = ["decoded_lines", "default_texts", "file_lines", "read_texts", "table_fault"]

# a text of this many characters is no text that a model reads whole; more likely a binary or a missing line break
LONGEST_LINE = 1_000_000
OBJECT = 'an object with a string "text"'


def default_texts() -> list[str]:
    """Return the embedded texts: examples from WordNet 3.0 and sentences from Jane Austen's novels (see NOTICE)."""
    return read_texts(Path(__file__).parent / "data" / "texts.tsv")


def read_texts(path: str | Path) -> list[str]:
    """Read texts from a file.

    Parameters
    ----------
    path : str or Path
        UTF-8: one text a line, or ``.tsv``, ``.csv``, ``.jsonl`` with a column ``text``. ``-`` is standard input, one
        text a line. Empty lines are passed over.

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
    kind = Path(path).suffix.lower()
    readers = {".tsv": _table, ".csv": _table, ".jsonl": _json_lines}
    for number, text in readers.get(kind, _plain)(name, kind, file_lines(path, name)):
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise InputError(f"{name}, line {number}: has half of a surrogate pair, which is no text; mend the file")
        if len(text) > LONGEST_LINE:
            raise InputError(f"{name}, line {number}: {len(text)} characters; expected one text a line")
        if text.strip():
            texts.append(text.strip())
    if not texts:
        raise InputError(f"{name}: has no text; expected one text a line, or a column `text`")
    return texts


def file_lines(path: str | Path, name: str, what: str = "texts") -> Iterator[str]:
    """Yield the lines of a UTF-8 file, or of standard input (``-``); ``name`` is what messages call it.

    Raises
    ------
    InputError
        Where the file cannot be read, or a line not decoded.
    """
    if str(path) == "-" and sys.stdin is None:
        raise InputError(f"{name}: is closed; expected UTF-8 {what}, one a line")
    try:
        data = sys.stdin.buffer.read() if str(path) == "-" else Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise unreadable(name, error, f"a file of UTF-8 {what}, one a line") from None
    yield from decoded_lines(data, name)


def decoded_lines(data: bytes, name: str) -> Iterator[str]:
    """Yield the lines of UTF-8 bytes without their ends; a byte order mark is taken off.

    Raises
    ------
    InputError
        Naming the line, where the bytes are not UTF-8 or hold a zero byte.
    """
    kind = _other_kind(data[:256])
    if kind is not None:
        raise InputError(f"{name}: {kind}")
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        try:
            text = line.removesuffix(b"\r").decode("utf-8")
        except UnicodeDecodeError as error:
            raise InputError(
                f"{name}, line {number}: not UTF-8 (byte {line[error.start]:#04x}); save the file as UTF-8"
            ) from None
        if "\0" in text:
            raise InputError(f"{name}, line {number}: has a zero byte, so it is not a text file")
        yield text


def _other_kind(head: bytes) -> str | None:
    """Tell from its first bytes what a file is that is no UTF-8 text, and what to do; None where it may be one."""
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "is UTF-32; save it as UTF-8"
    # a character of most scripts' punctuation has a zero in every other byte
    places = {at % 2 for at, byte in enumerate(head) if not byte}
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or (len(places) == 1 and 3 * head.count(0) > len(head)):
        return "is UTF-16; save it as UTF-8"
    if head.startswith(b"PK\x03\x04"):
        return "is a workbook or archive; unpack it, or save the sheet as .csv (UTF-8)"
    if head.startswith(b"\x1f\x8b"):
        return "is compressed by gzip; unpack it"
    if head.startswith(b"%PDF-"):
        return "is a PDF; save its text as UTF-8"
    return None


def _plain(_name: str, _kind: str, lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    yield from enumerate(lines, 1)


def _table(name: str, kind: str, lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    lines = (f"{line}\n" for line in lines)  # a quoted cell may go on in the next line
    if kind == ".tsv":
        # tab-separated files as they come from corpora do not quote
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    else:
        rows = csv.reader(lines, strict=True)
    csv.field_size_limit(LONGEST_LINE)
    try:
        header = [cell.strip() for cell in next(rows, [])]
        if "text" not in header:
            found = ", ".join(header[:5]) or "nothing"
            raise InputError(f"{name}, line 1: expected a column `text` in the header, found {found}")
        column = header.index("text")
        for row in rows:
            if len(row) > column:
                yield rows.line_num, row[column]
            elif any(cell.strip() for cell in row):
                raise InputError(f"{name}, line {rows.line_num}: {len(row)} columns, expected {len(header)}")
    except csv.Error as error:
        raise InputError(
            f"{name}, line {rows.line_num}: not a {kind[1:]} table ({table_fault(error)}); expected one row a line"
        ) from None


def table_fault(error: csv.Error) -> str:
    """Return what is wrong with a table in a user's words: the library speaks of its own limits and states."""
    reason = str(error)
    if reason.startswith("field larger than"):
        return f"a cell of more than {csv.field_size_limit()} characters"
    if reason == "unexpected end of data":
        return "a quote is opened and never closed"
    return reason


def _json_lines(name: str, _kind: str, lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(f"{name}, line {number}: not JSON ({json_fault(error)}); expected {OBJECT}") from None
        if not isinstance(record, dict) or not isinstance(record.get("text"), str):
            raise InputError(f"{name}, line {number}: expected {OBJECT}")
        yield number, record["text"]

"""Texts: read, validate, explain what is wrong."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from .errors import InputError
from .files import MB, TEXT, Bound, bounded_lines
from .json_values import json_fault

__all__ = ["decoded_lines", "default_texts", "file_lines", "read_texts", "table_rows"]

# a text of this many characters is no text that a model reads whole; more likely a binary or a missing line break
LONGEST_LINE = 1_000_000
# a row of a table goes on over lines while a quote is open
LONGEST_ROW = 16 * MB
# enough bytes to tell what kind of file it is
HEAD = 256
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


def file_lines(path: str | Path, name: str, what: str = "texts", bound: Bound = TEXT) -> Iterator[str]:
    """Yield the lines of a UTF-8 file, or of standard input (``-``).

    Parameters
    ----------
    path : str or Path
    name, what : str
        What messages call the file, and what it holds.
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
    """Yield lines of UTF-8 bytes without their ends; a byte order mark is taken off.

    Raises
    ------
    InputError
        Naming the line, where the bytes are not UTF-8 or hold a zero byte.
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
    rows = table_rows(name, lines, comma=kind == ".csv", cell=LONGEST_LINE)
    _, names = next(rows, (1, []))
    header = [cell.strip() for cell in names]
    if "text" not in header:
        found = ", ".join(header[:5]) or "nothing"
        raise InputError(f"{name}, line 1: expected a column `text` in the header, found {found}")
    column = header.index("text")
    for number, row in rows:
        if len(row) > column:
            yield number, row[column]
        elif any(cell.strip() for cell in row):
            raise InputError(f"{name}, line {number}: {len(row)} columns, expected {len(header)}")


def table_rows(name: str, lines: Iterable[str], *, comma: bool, cell: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of its last line, cells) of each row of a table.

    Parameters
    ----------
    name : str
        What messages call the file.
    lines : iterable of str
        Without their ends; a quoted cell may go on in the next one.
    comma : bool
        Separated by commas, with quotes; else by tabs, without: so they come from corpora.
    cell : int
        Most characters of a cell.

    Raises
    ------
    InputError
        Naming the line where it is no such table.
    """
    length = 0

    def ended() -> Iterator[str]:
        nonlocal length
        for number, line in enumerate(lines, 1):
            length += len(line) + 1
            if length > LONGEST_ROW:
                raise InputError(
                    f"{name}, line {number}: a row is longer than {LONGEST_ROW // MB} MB, perhaps for a quote that is "
                    "opened and never closed; expected one row a line"
                )
            yield f"{line}\n"

    csv.field_size_limit(cell)
    rows = csv.reader(ended(), strict=True) if comma else csv.reader(ended(), delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        for cells in rows:
            length = 0
            yield rows.line_num, cells
    except csv.Error as error:
        kind = "comma" if comma else "tab"
        raise InputError(
            f"{name}, line {rows.line_num}: not a {kind}-separated table ({_table_fault(error)}); "
            "expected one row a line"
        ) from None


def _table_fault(error: csv.Error) -> str:
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

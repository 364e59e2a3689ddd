"""Parse tables of text: lines -> rows of cells, and columns by header."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from ..errors import InputError
from ..runtime.files import MB

__all__ = [
    "NO_WORDS",
    "Row",
    "bare_name",
    "is_index_name",
    "is_number",
    "listed",
    "refuse_no_words",
    "table_rows",
]

Row = tuple[int, list[str]]
# a row of a table continues over lines while a quote is open
LONGEST_ROW = 16 * MB
_SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
# what R, pandas and spreadsheets write where a word is missing; "nan" and "na" are words
NO_WORDS = frozenset({"", "NA", "N/A", "NaN", "<NA>", "#N/A"})
# what pandas, R, readr and spreadsheets call the column that numbers the rows
_INDEX = re.compile(
    r"|(unnamed: ?\d+(_level_\d+)?|index|idx|id|level_\d+|\.\.\.\d+|#|nr\.?|no\.|"
    r"row|(row|item|word|concept|cue|pair|text|line|record)[ _.]?(names?|id|no|nr|num|number|index))(\.\d+)?"
)


def listed(names: Sequence[str], most: int = 6) -> str:
    """Return names in one line, the first few spelled out.

    Examples
    --------
    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def bare_name(cell: str) -> str:
    """Return a column's name without space or quotes around it."""
    return cell.strip().strip("\"'“”").strip()


def is_index_name(name: str) -> bool:
    """Tell whether a header's cell is a usual name of a column that numbers the rows.

    Examples
    --------
    >>> [is_index_name(name) for name in ("Unnamed: 0", "", "id", "word")]
    [True, True, True, False]
    """
    return _INDEX.fullmatch(bare_name(name).casefold()) is not None


def is_number(cell: str) -> bool:
    """Tell whether a cell holds a number; ``nan`` and ``inf`` may be words."""
    try:
        float(cell)
    except ValueError:
        return False
    return any(letter.isdigit() for letter in cell)


def refuse_no_words(where: str, cells: Sequence[str]) -> None:
    """Refuse words of which more than half are numbers, as in an index, or which are all in quotes other than ``"``.

    Raises
    ------
    InputError
    """
    numbers = [cell for cell in cells if is_number(cell)]
    if 2 * len(numbers) > len(cells):
        raise InputError(f"{where} has numbers such as {numbers[0]!r}; expected words; is another column meant?")
    if all(len(cell) > 1 and cell[0] in "'`‘“" and cell[-1] in "'`’”" for cell in cells):
        raise InputError(f'{where} has every word in quotes, such as {cells[0]}; take them away, or quote with "')


def table_rows(
    name: str, lines: Iterable[str], *, comma: bool, cell: int, names_words: Callable[[list[str]], bool] | None = None
) -> Iterator[Row]:
    """Yield (number of its last line, cells) of each row of a table that is not empty, the header first.

    Where R wrote row names without a heading, so that the header is one cell short, it is given an empty one.

    Parameters
    ----------
    name : str
        Name of the file in messages.
    lines : iterable of str
        Lines without line ends; in a comma-separated table, a quoted cell may continue in the next line.
    comma : bool
        Separated by commas, otherwise by tabs. A cell between tabs is quoted where it begins and ends with a quote, and
        quotes inside are doubled (or, as R writes them, have a backslash before them).
    cell : int
        Most characters of a cell.
    names_words : callable, optional
        Tells whether a header names the column of words; where it does not, R's row names may be the words. By default
        they must be numbers.

    Raises
    ------
    InputError
        Names the line that does not fit the table, or where an unclosed quote begins.
    """
    ended = _Ended(name, comma)
    rows = _rows(ended, lines, cell)
    header, second = next(rows, None), next(rows, None)
    if header is None:
        return
    # between commas only where the header is quoted, as R writes it: a surplus comma may be part of a text or number
    if second and (ended.quoted or not comma) and _has_row_names(header[1], second[1], names_words):
        header = header[0], ["", *header[1]]
    yield header
    if second:
        yield second
    yield from rows


def _rows(ended: _Ended, lines: Iterable[str], cell: int) -> Iterator[Row]:
    """Yield the rows that are not empty."""
    name, comma = ended.name, ended.comma
    csv.field_size_limit(cell)
    if comma:
        rows = csv.reader(ended.lines(lines), strict=True, skipinitialspace=True)
    else:
        rows = csv.reader(ended.lines(lines), delimiter="\t", quoting=csv.QUOTE_NONE)
    try:
        for cells in rows:
            found = cells if comma else [_unquoted(each, name, rows.line_num) for each in cells]
            ended.end_row(rows.line_num)
            if any(each.strip() for each in found):
                yield rows.line_num, found
    except csv.Error as error:
        raise InputError(
            f"{name}, line {ended.first}: not a {'comma' if comma else 'tab'}-separated table "
            f"({_table_fault(error)}); expected one row a line"
        ) from None


def _has_row_names(header: list[str], row: list[str], names_words: Callable[[list[str]], bool] | None) -> bool:
    if len(row) != len(header) + 1 or not row[-1].strip():
        return False
    return row[0].strip().isdigit() or (names_words is not None and not names_words(header))


class _Ended:
    """Lines with their ends, for the csv module, within bounds; ``first`` is the current row's first line."""

    def __init__(self, name: str, comma: bool) -> None:
        self.name, self.comma = name, comma
        self.length, self.first = 0, 1
        self.quoted = False

    def end_row(self, line: int) -> None:
        """Begin the next row after this line."""
        self.first, self.length = line + 1, 0

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        header = True
        for number, line in enumerate(lines, 1):
            self.length += len(line) + 1
            if self.length > LONGEST_ROW:
                raise InputError(
                    f"{self.name}, line {number}: a row is longer than {LONGEST_ROW // MB} MB, perhaps for a quote "
                    "that is opened and never closed; expected one row a line"
                )
            if header and line.strip():
                _refuse_separator(self.name, number, line, self.comma)
                header, self.quoted = False, line.lstrip().startswith('"')
            yield f"{line}\n"


def _refuse_separator(name: str, number: int, header: str, comma: bool) -> None:
    """Refuse a header whose columns are separated by something else."""
    wanted, kind = (",", "commas in a .csv file") if comma else ("\t", "tabs in a .tsv file")
    unquoted = re.sub(r'"[^"]*"', "", header.strip())
    found = max(_SEPARATORS, key=unquoted.count)
    if wanted not in unquoted and found in unquoted:
        raise InputError(
            f"{name}, line {number}: columns are separated by {_SEPARATORS[found]}; expected {kind}: rename the "
            "file or save it anew, with a decimal point in numbers"
        )


def _unquoted(cell: str, name: str, number: int) -> str:
    """Remove the quotes around a tab-separated cell; a quote elsewhere is text."""
    bare = cell.strip()
    if not bare.startswith('"'):
        return cell
    inside = bare[1:-1]
    if len(bare) > 1 and bare.endswith('"'):
        for doubled in ('""', '\\"'):
            if '"' not in inside.replace(doubled, ""):
                return inside.replace(doubled, '"')
    if bare.replace('\\"', "").count('"') % 2:
        raise InputError(
            f"{name}, line {number}: the cell {bare[:30]!r} begins with a quote that it does not close; close it on "
            "the same line, without a tab in between, or take the quote away"
        )
    return cell


def _table_fault(error: csv.Error) -> str:
    """Say in a user's words what is wrong with a table: the library's own messages name its internal states."""
    reason = str(error)
    if reason.startswith("field larger than"):
        return f"a cell of more than {csv.field_size_limit()} characters"
    if reason == "unexpected end of data":
        return "a quote is opened and never closed"
    if "expected after" in reason:
        return "a quote within a quoted cell is not doubled"
    return reason

"""The data structures that every check's section fills: tables of cells, and verdicts with their numbers."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from .formats import MISSING

__all__ = ["Cell", "Column", "Overview", "Row", "Table", "VerdictRow"]

UNEXPLAINED = "not measured in this run"
# columns that fit beside each other on A4
PRINTED = 13


@dataclass(frozen=True)
class Cell:
    """One formatted value; a missing value has its reason."""

    text: str
    reason: str | None = None

    @property
    def note(self) -> str | None:
        """Return the reason if the value is missing."""
        return (self.reason or UNEXPLAINED) if self.text == MISSING else None


@dataclass(frozen=True)
class Column:
    """A heading, and one plain sentence that explains the column."""

    heading: str
    meaning: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table: its heading and one cell for each column."""

    head: str
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    """A table; ``head`` is the heading of the column of row headings."""

    caption: str
    head: str
    columns: list[Column]
    rows: list[Row]

    @property
    def printed_parts(self) -> list[tuple[int, int]]:
        """Return first and last (exclusive) column of each part that fits on paper; parts are as equal as possible."""
        parts = -(-len(self.columns) // PRINTED) or 1
        cuts = [round(part * len(self.columns) / parts) for part in range(parts + 1)]
        return list(itertools.pairwise(cuts))

    @property
    def notes(self) -> list[str]:
        """Return the distinct reasons for missing values, in the order of the table."""
        return _distinct([cell.note for row in self.rows for cell in row.cells])


@dataclass(frozen=True)
class VerdictRow:
    """One claim's verdict: ``subject`` is short ("4", under the heading "attention"), ``cells`` its main numbers.

    ``by_definition``: nothing was tested, so that it is not counted among the findings.
    """

    subject: str
    claim: str
    verdict: str
    because: str
    cells: list[Cell] = field(default_factory=list)
    by_definition: bool = False


@dataclass(frozen=True)
class Overview:
    """Summarise a check: the same in the terminal and at the top of the page.

    Attributes
    ----------
    name : str
        The check's name.
    question : str
        The question of the check.
    answer : str
        The verdicts in one sentence.
    reading : str
        How to read the numbers, in a sentence or two.
    data : str
        Description of the data.
    subject : str
        The heading over the rows' subjects, for example ``"attention"``.
    columns : list of Column
        The headings of the numbers in each row.
    rows : list of VerdictRow
        One row for each claim.
    permutations : int or None
        Number of permutations behind the p-values; None without p-values.
    label : str
        Kind of data, in one short word.
    units : str
        Sampling units of the intervals, for example ``"texts"``.
    remarks : list of str
        Further remarks, such as on data that were left out.
    summary : list of str
        Lines that say what to use.
    """

    name: str
    question: str
    answer: str
    reading: str
    data: str
    subject: str
    columns: list[Column]
    rows: list[VerdictRow]
    permutations: int | None = None
    label: str = "Texts"
    units: str = "texts"
    remarks: list[str] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)

    @property
    def notes(self) -> list[str]:
        """Return the distinct reasons for missing numbers."""
        return _distinct([cell.note for row in self.rows for cell in row.cells])


def _distinct(notes: list[str | None]) -> list[str]:
    return list(dict.fromkeys(note for note in notes if note is not None))

"""Parse the cells of norms: bytes -> rows -> values, with the line and column of any fault."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runtime.counting import counted
from ..runtime.files import TABLE, bounded_lines
from .norm_columns import MISSING, Header
from .norm_layouts import Layout
from .tables import NO_WORDS, Row, is_index_name, listed, refuse_no_words, table_rows
from .texts import decoded_lines

__all__ = ["Table", "checked_number", "file_rows", "fitted_cells", "read_long", "read_wide"]

# longest names of concepts and features, and notes beside them
LONGEST_CELL = 1 << 17
# a matrix of more cells is only allocated if it can be sparse
MOST_CELLS = 1 << 26
# ratings and counts are far smaller; squares and sums of larger values would overflow
LARGEST_VALUE = 1e12
# a column that counts the rows numbers them, whatever its name; with fewer rows, and fewer where it stands before the
# concepts, it may do so by chance
FEWEST_COUNTED = (10, 3)
_DECIMAL_COMMA = re.compile(r"[-+]?\d*[\d.]*,[\d,.]*\d(?:[eE][-+]?\d+)?")


@dataclass
class Table:
    """Content of a file: ``values`` is (concepts, features), NaN where missing, dense or CSR."""

    concepts: list[str]
    features: list[str]
    values: Any
    notes: list[str] = field(default_factory=list)


def file_rows(path: Path, what: str = "norms", names_words: Callable[[list[str]], bool] | None = None) -> Iterator[Row]:
    """Yield (line number, cells) of each row of a ``.csv``, ``.tsv`` or other tab-separated file, plain or gzip.

    Raises
    ------
    InputError
        Names the file and the fault.
    """
    name = str(path)
    expected = f"a file of {what}, .csv or .tsv"
    lines = decoded_lines(bounded_lines(path, name, expected, "row", TABLE, unpack=True), name)
    first = next(lines, "")
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    if suffixes[-1:] in ([".json"], [".jsonl"], [".ndjson"]):
        raise InputError(f"{name}: is JSON by its name; expected {expected}")
    comma = suffixes[-1:] == [".csv"] or (suffixes[-1:] != [".tsv"] and "\t" not in first)
    yield from table_rows(name, chain([first], lines), comma=comma, cell=LONGEST_CELL, names_words=names_words)


def _number(cell: str) -> float | None:
    """Return a cell's number, NaN for a missing value, None for anything else."""
    text = cell.strip()
    if text.casefold() in MISSING:
        return math.nan
    try:
        # digit groups are Python's own notation, not a table's
        return None if "_" in text else float(text)
    except ValueError:
        return None


def checked_number(cell: str, where: str, counts: bool = False) -> float:
    """Return a cell's number, NaN for a missing value.

    Raises
    ------
    InputError
        Names the place and what is wrong there.
    """
    value = _number(cell)
    if value is None:
        shown = cell.strip()[:40]
        if _DECIMAL_COMMA.fullmatch(shown):
            raise InputError(
                f"{where}: {shown!r} is not a number but has a comma; write it with a decimal point and no other "
                "separator (1234.5)"
            )
        raise InputError(f"{where}: {shown!r} is not a number; expected one with a decimal point, or an empty cell")
    if math.isinf(value):
        raise InputError(f"{where}: {cell.strip()!r} is not finite; leave the cell empty where a value is missing")
    if abs(value) > LARGEST_VALUE:
        raise InputError(
            f"{where}: {cell.strip()!r} is too large; expected ratings or counts, at most {LARGEST_VALUE:g}"
        )
    if counts and value < 0:
        raise InputError(f"{where}: {cell.strip()!r} is negative; expected how many participants named the feature")
    return value


def fitted_cells(cells: list[str], columns: int, name: str, line: int) -> list[str]:
    """Return a row with as many cells as the header; extra empty cells, as spreadsheets write them, are dropped."""
    if len(cells) < columns or any(cell.strip() for cell in cells[columns:]):
        raise InputError(f"{name}, line {line}: {counted(len(cells), 'column')}, expected {columns} as in line 1")
    return cells[:columns]


class _Columns:
    """The feature columns of a wide file: numbers, or skipped texts."""

    def __init__(self, name: str, layout: Layout) -> None:
        self.name, self.counts = name, layout.counts
        # columns that a layout names must be numbers
        self.fixed, self.concept = not layout.free, layout.concept
        self.indices, self.names = list(layout.columns), [text.strip() for text in layout.columns.values()]
        if not self.indices:
            raise InputError(f"{name}: no column beside the concepts; expected one column a feature")
        self.texts: set[int] = set()
        self.seen = np.zeros(len(self.indices), dtype=np.int64)

    def values(self, line: int, cells: list[str]) -> NDArray[np.float64]:
        chosen = [cells[i] for i in self.indices]
        try:
            row = np.array([float(cell) for cell in chosen])
        except ValueError:
            return self._slowly(line, chosen)
        if (
            self.texts
            or not (np.abs(row) <= LARGEST_VALUE).all()
            or (self.counts and row.min() < 0)
            or "_" in "".join(chosen)
        ):
            return self._slowly(line, chosen)
        self.seen += 1
        return row

    def _slowly(self, line: int, chosen: list[str]) -> NDArray[np.float64]:
        row = np.full(len(chosen), np.nan)
        for place, cell in enumerate(chosen):
            value = _number(cell)
            if value is not None and place not in self.texts and 0 <= value <= LARGEST_VALUE:
                row[place] = value
                self.seen[place] += 1
            elif self._is_text(place, cell, value):
                self.texts.add(place)
            elif place in self.texts and (value is None or math.isnan(value)):
                continue
            else:
                row[place] = self._judged(line, place, cell)
        return row

    def _is_text(self, place: int, cell: str, value: float | None) -> bool:
        """Tell whether a column without a number so far holds words."""
        return value is None and not (self.seen[place] or self.fixed or _DECIMAL_COMMA.fullmatch(cell.strip()))

    def _judged(self, line: int, place: int, cell: str) -> float:
        where = f"{self.name}, line {line}, column {self.label(place)}"
        if place in self.texts:
            raise InputError(
                f"{where}: {cell.strip()!r} is a number, but the lines before have words; expected numbers in every "
                "line, or in none"
            )
        value = checked_number(cell, where, self.counts)
        self.seen[place] += not math.isnan(value)
        return value

    def label(self, place: int) -> str:
        return self.names[place] or f"number {self.indices[place] + 1}"

    def kept(self, values: NDArray[np.float64], notes: list[str]) -> list[int]:
        """Return the columns of features; add the skipped ones to ``notes``."""
        empty = [self.label(i) for i in range(len(self.names)) if not self.seen[i] and i not in self.texts]
        words = [self.label(i) for i in sorted(self.texts)]
        if words:
            notes.append(f"columns without numbers were passed over: {listed(words)}")
        if empty:
            notes.append(f"columns without any value were passed over: {listed(empty)}")
        counting = [] if self.fixed else _counting(values, np.array(self.indices) < self.concept)
        if counting:
            labels = listed([self.label(i) for i in counting])
            notes.append(f"columns that count the rows were passed over: {labels}")
        kept = [i for i in range(len(self.names)) if self.seen[i] and i not in counting]
        if not kept:
            raise InputError(f"{self.name}: no column of numbers beside the concepts; expected one column a feature")
        self._check_names(kept)
        return kept

    def _check_names(self, kept: list[int]) -> None:
        known: set[str] = set()
        for place in kept:
            if not self.names[place]:
                raise InputError(f"{self.name}, line 1: column {self.label(place)} has values but no name; name it")
            if self.names[place] in known:
                raise InputError(f"{self.name}, line 1: two columns {self.names[place]!r}; expected each feature once")
            known.add(self.names[place])


def _counting(values: NDArray[np.float64], before: NDArray[np.bool_]) -> list[int]:
    """Return the columns that increase by 1 from row to row; ``before`` marks columns before the concepts."""
    if len(values) < FEWEST_COUNTED[1]:
        return []
    up = (values[0] == np.floor(values[0])) & (np.diff(values, axis=0) == 1.0).all(axis=0)
    found: list[int] = np.flatnonzero(up & (before | (len(values) >= FEWEST_COUNTED[0]))).tolist()
    return found


def read_wide(name: str, header: Sequence[str], rows: Iterator[Row], layout: Layout) -> Table:
    """Read one concept per row; repeated concepts are averaged over their values, with a note."""
    _check_header(name, header, layout)
    columns = _Columns(name, layout)
    lines: dict[str, list[int]] = {}
    cells = array("d")
    for count, (line, row) in enumerate(rows):
        fitted = fitted_cells(row, len(header), name, line)
        lines.setdefault(_concept(fitted[layout.concept], name, line), []).append(count)
        cells.extend(columns.values(line, fitted))
    if not lines:
        raise InputError(f"{name}: has a header but no row; expected one concept a line")
    notes: list[str] = []
    refuse_no_words(f"{name}: column {header[layout.concept].strip() or 'number 1'}", list(lines))
    values = np.frombuffer(cells, dtype=np.float64).reshape(-1, len(columns.indices))
    kept = columns.kept(values, notes)
    features = [columns.names[place] for place in kept]
    chosen = values[:, kept]
    if layout.zero_missing:
        chosen = _without_zeros(chosen, notes)
    table = Table(list(lines), features, _averaged(chosen, lines, notes), notes)
    return _with_values(name, table) if layout.zero_missing else table


def _without_zeros(values: NDArray[np.float64], notes: list[str]) -> NDArray[np.float64]:
    """Return the values with NaN for 0, which stands for no rating in this layout."""
    zeros = values == 0.0
    if zeros.any():
        notes.append(f"0 is no rating in this layout: {counted(int(zeros.sum()), 'value', spec=',')} taken as missing")
    return np.where(zeros, np.nan, values)


def _with_values(name: str, table: Table) -> Table:
    """Leave out the concepts without any value."""
    rows = np.flatnonzero(~np.isnan(table.values).all(axis=1))
    if not rows.size:
        raise InputError(f"{name}: no concept has a rating; expected numbers other than 0 in {listed(table.features)}")
    if left := len(table.concepts) - len(rows):
        without = counted(left, "concept without any rating was", "concepts without any rating were", ",")
        table.notes.append(f"{without} left out")
    return Table([table.concepts[row] for row in rows], table.features, table.values[rows], table.notes)


def _check_header(name: str, header: Sequence[str], layout: Layout) -> None:
    numbers = [_number(cell) for i, cell in enumerate(header) if i != layout.concept and cell.strip()]
    # numbered features, from 0 or 1 on, are still names, with or without a name for the concepts
    concept = header[layout.concept]
    named = not concept.strip() or is_index_name(concept) or Header(name, header).named_concept == layout.concept
    numbered = named and numbers in ([*range(len(numbers))], [*range(1, len(numbers) + 1)])
    if numbers and None not in numbers and not numbered and layout.name == "wide":
        raise InputError(f"{name}, line 1: numbers; expected the names of the features; add a header line")


def _concept(cell: str, name: str, line: int) -> str:
    concept = cell.strip()
    if concept in NO_WORDS:
        has = f"has {concept} for a concept" if concept else "has no concept"
        raise InputError(f"{name}, line {line}: {has}; expected its name, or take the line out")
    return concept


def _averaged(values: NDArray[np.float64], lines: dict[str, list[int]], notes: list[str]) -> NDArray[np.float64]:
    repeated = [concept for concept, own in lines.items() if len(own) > 1]
    if not repeated:
        return values
    notes.append(f"concepts on several lines, averaged: {listed(repeated)}")
    merged = values[[own[0] for own in lines.values()]]
    for row, own in enumerate(lines.values()):
        if len(own) > 1:
            here = ~np.isnan(values[own])
            total = np.where(here, values[own], 0.0).sum(axis=0)
            merged[row] = np.where(here.any(axis=0), total / np.maximum(here.sum(axis=0), 1), np.nan)
    return merged


def read_long(name: str, header: Sequence[str], rows: Iterator[Row], layout: Layout) -> Table:
    """Read one pair of concept and feature per row; a missing pair is 0 (not named)."""
    feature_column, value_column = layout.feature, layout.value
    assert feature_column is not None
    assert value_column is not None
    concepts: dict[str, int] = {}
    features: dict[str, int] = {}
    pairs = _Pairs(name, layout)
    for line, row in rows:
        fitted = fitted_cells(row, len(header), name, line)
        concept, feature = _concept(fitted[layout.concept], name, line), fitted[feature_column].strip()
        if not feature:
            raise InputError(f"{name}, line {line}: has no feature; expected its name, or take the line out")
        where = f"{name}, line {line}, column {header[value_column].strip() or value_column + 1}"
        value = checked_number(fitted[value_column], where, layout.counts)
        key = (concepts.setdefault(concept, len(concepts)), features.setdefault(feature, len(features)))
        pairs.add(key, value, line, (concept, feature))
    if not concepts:
        raise InputError(f"{name}: has a header but no row; expected one concept and feature a line")
    refuse_no_words(f"{name}: column {header[layout.concept].strip() or 'number 1'}", list(concepts))
    return Table(list(concepts), list(features), pairs.matrix(len(concepts), len(features)), pairs.notes())


class _Pairs:
    """Values by (concept, feature), and how repeated pairs were treated."""

    def __init__(self, name: str, layout: Layout) -> None:
        self.name, self.repeats = name, layout.repeats
        self.values: dict[tuple[int, int], float] = {}
        self.same = self.merged = 0

    def add(self, key: tuple[int, int], value: float, line: int, names: tuple[str, str]) -> None:
        known = self.values.get(key)
        if known is None or math.isnan(known):
            self.same += known is not None
            self.values[key] = value
        elif self.repeats == "sum" and not math.isnan(value):
            self.merged += 1
            self.values[key] = known + value
        elif value == known or math.isnan(value):
            self.same += 1
        elif self.repeats == "largest":
            self.merged += 1
            self.values[key] = max(known, value)
        else:
            raise InputError(
                f"{self.name}, line {line}: {names[0]!r} and {names[1]!r} again, with {value:g} instead of {known:g}; "
                "expected each pair once"
            )

    def notes(self) -> list[str]:
        said = {"sum": "their values were added up", "largest": "the largest value was kept"}
        notes = []
        if self.merged:
            notes.append(f"{counted(self.merged, 'line names', 'lines name')} a pair again: {said[self.repeats]}")
        if self.same:
            one, many = "line repeats a pair and was passed over", "lines repeat a pair and were passed over"
            notes.append(counted(self.same, one, many))
        return notes

    def matrix(self, concepts: int, features: int) -> Any:
        """Return (concepts, features), CSR without stored zeros, or dense where a value is missing."""
        from scipy.sparse import csr_array

        keys = np.array(list(self.values), dtype=np.int64).reshape(-1, 2)
        data = np.array(list(self.values.values()), dtype=np.float64)
        if np.isnan(data).any() and concepts * features > MOST_CELLS:
            raise InputError(
                f"{self.name}: {counted(concepts, 'concept')} x {counted(features, 'feature')} with empty "
                "values do not fit into memory; "
                "take the lines with an empty value out"
            )
        matrix = csr_array((data, (keys[:, 0], keys[:, 1])), shape=(concepts, features))
        if np.isnan(data).any():
            return matrix.toarray()
        matrix.eliminate_zeros()
        matrix.sort_indices()
        return matrix

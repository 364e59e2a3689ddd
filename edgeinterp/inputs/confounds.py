"""Confounds: numbers of the words of norms that are to be erased from hidden states, read from a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runtime.arguments import file_name
from .norm_tables import checked_number, file_rows, fitted_cells
from .norms import Norms, word_of
from .tables import bare_name, listed

__all__ = ["Confounds", "confounds_of"]


@dataclass(frozen=True, eq=False)
class Confounds:
    """Numbers of concepts.

    Attributes
    ----------
    names : list of str
        What they are.
    rows : dict of str to ndarray of shape (len(names),)
        The numbers of each concept of the norms.
    """

    names: list[str]
    rows: dict[str, NDArray[np.float64]]

    def of(self, concepts: Sequence[str]) -> NDArray[np.float64]:
        """Return the numbers of concepts (concepts, len(names))."""
        return np.stack([self.rows[concept] for concept in concepts])


def confounds_of(given: Norms | str | Path, norms: Norms) -> Confounds:
    """Take confounds, or read a file of them, for the concepts of ``norms``: by the concept's name, or its word.

    Raises
    ------
    InputError
        Where the file cannot be used, or lacks a concept or one of its numbers.
    """
    if not isinstance(given, Norms | str | os.PathLike):
        raise InputError(f"confounds: is a {type(given).__name__}; expected a file or edgeinterp.Norms")
    table = given if isinstance(given, Norms) else _read(given)
    source = table.source or "confounds"
    values: Any = table.values.toarray() if table.sparse else np.asarray(table.values, dtype=np.float64)
    place = {word: row for row, word in enumerate(table.words)}
    place.update({concept: row for row, concept in enumerate(table.concepts)})
    found = {
        concept: place.get(concept, place.get(word)) for concept, word in zip(norms.concepts, norms.words, strict=True)
    }
    lacking = [concept for concept, row in found.items() if row is None]
    if lacking:
        raise InputError(f"{source}: has no line for {listed(lacking)}; give one line for every word of the norms")
    rows = {concept: values[row] for concept, row in found.items() if row is not None}
    for number, name in enumerate(table.features):
        gaps = [concept for concept, row in rows.items() if not np.isfinite(row[number])]
        if gaps:
            raise InputError(f"{source}: column {name!r} has no number for {listed(gaps)}; fill them in")
    return Confounds(table.features, rows)


def _read(path: str | Path) -> Norms:
    """Read a table with words in its first column, and numbers in the others; a column of ranks is one as well."""
    name = str(path)
    rows = file_rows(file_name("confounds", path), "confounds")
    first = next(rows, None)
    if first is None or len(first[1]) < 2:
        raise InputError(f"{name}: has no confound; expected a header such as `word, age`, and one word a line")
    header = [bare_name(cell) for cell in first[1]]
    words: dict[str, list[float]] = {}
    for line, cells in rows:
        word, *numbers = fitted_cells(cells, len(header), name, line)
        word = " ".join(word.split())
        if word in words:
            raise InputError(f"{name}, line {line}: {word!r} comes twice; give one line for each word")
        columns = zip(numbers, header[1:], strict=True)
        words[word] = [checked_number(cell, f"{name}, line {line}, column {column!r}") for cell, column in columns]
    if not words:
        raise InputError(f"{name}: has no word; expected one a line, below the header")
    return Norms(list(words), [word_of(word) for word in words], header[1:], np.array([*words.values()]), name)

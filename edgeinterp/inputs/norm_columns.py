"""Read the header of a file of norms: find the column of concepts, and columns that only number the rows."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InputError
from .tables import bare_name, is_index_name, is_number, listed

__all__ = ["MISSING", "Header"]

# in order of preference, where a file has several
CONCEPT_NAMES = (
    *("concept", "cue", "word", "item", "concepts", "cues", "words", "items"),
    *("target", "targets", "target_word", "stimulus", "stimuli", "term", "terms", "noun", "nouns"),
    *(
        "lemma",
        "lemmas",
        "lexeme",
        "lexemes",
        "token",
        "tokens",
        "headword",
        "concept_name",
        "word_form",
        "vectors",
        "name",
        "names",
    ),
)
# columns of words that stand beside the concepts and say something about them
BESIDE_NAMES = frozenset((
    *("pos", "pos_tag", "postag", "upos", "xpos", "tag", "part_of_speech", "word_class", "gender", "number"),
    *("category", "class", "type", "kind", "group", "domain", "list", "set", "condition", "comment", "source"),
    *("language", "lang", "pronunciation", "ipa", "definition", "gloss", "translation", "sense", "dom_pos"),
))  # fmt: skip
# cells that say that a value is missing
MISSING = frozenset({"", "na", "n/a", "nan"})


class Header:
    """Column names without letter case, space and quotes, their indices, and the first row below them.

    Parameters
    ----------
    name : str
        The file, for messages.
    cells, row : sequence of str
        The first two lines.
    """

    def __init__(self, name: str, cells: Sequence[str], row: Sequence[str] = ()) -> None:
        self.name = name
        self.cells = [cell.strip() for cell in cells]
        self.folded = ["_".join(bare_name(cell).casefold().split()) for cell in cells]
        self.row = row

    def __contains__(self, name: str) -> bool:
        return name in self.folded

    def at(self, name: str) -> int:
        """Return the index of the first column with this name."""
        return self.folded.index(name)

    def first(self, names: Sequence[str]) -> int | None:
        """Return the index of the first of these names that the header has."""
        return next((self.at(name) for name in names if name in self), None)

    def has(self, *names: str) -> bool:
        """Tell whether the header has all of these names."""
        return all(name in self for name in names)

    def label(self, at: int) -> str:
        """Return a column's name in messages."""
        return self.cells[at] or f"number {at + 1}"

    @property
    def named_concept(self) -> int | None:
        """The column that is named like one of concepts and holds no number in the first row."""
        named = [self.folded.index(name) for name in CONCEPT_NAMES if name in self]
        return next((at for at in named if not self._number(at)), None)

    @property
    def index_columns(self) -> list[int]:
        """The columns that number the rows, by name and first value; leading ones also without a name, or as X.

        A column called ``item`` or the like with numbers, before the column of concepts, counts too.
        """
        found: list[int] = []
        concept = self.named_concept or 0
        for at, cell in enumerate(self.cells):
            # R names a column without a name X
            first = len(found) == at and (not bare_name(cell) or self.folded[at] == "x")
            named = first or (bare_name(cell) and is_index_name(cell))
            if (named or (at < concept and self.folded[at] in CONCEPT_NAMES)) and self._whole(at):
                found.append(at)
        return found

    def concept(self) -> int:
        """Return the column of the concepts: the one that is named so, else the only one that holds words.

        Raises
        ------
        InputError
            Where there is none, or several are possible.
        """
        if (named := self.named_concept) is not None:
            return named
        words = [at for at in range(len(self.cells)) if not self._number(at)]
        numbered = self.first(CONCEPT_NAMES)
        if not words or (numbered is not None and numbered < words[0]):
            what = "every column" if numbered is None else f"column {self.label(numbered)}"
            raise InputError(f"{self.name}, line 2: {what} holds a number; expected words in a column `concept`")
        found = self._candidates(words)
        if len(found) > 1:
            seen = listed([self.label(at) for at in found])
            raise InputError(f"{self.name}, line 1: which of {seen} names the concepts? call that column `concept`")
        return found[0]

    def _candidates(self, words: list[int]) -> list[int]:
        """Return those columns without a number in the first row that may name the concepts; one at least."""
        lettered = [at for at in words if at < len(self.row) and _is_word(self.row[at])]
        if any(bare_name(self.cells[at]) and is_index_name(self.cells[at]) for at in lettered):
            return lettered
        return [at for at in lettered if self.folded[at] not in BESIDE_NAMES] or lettered or words[:1]

    def _whole(self, at: int) -> bool:
        return self._number(at) and float(self.row[at]).is_integer()

    def _number(self, at: int) -> bool:
        return at < len(self.row) and is_number(self.row[at])


def _is_word(cell: str) -> bool:
    """Tell whether a cell may be a word: it has a letter, and does not say that a value is missing."""
    return cell.strip().casefold() not in MISSING and any(letter.isalpha() for letter in cell)

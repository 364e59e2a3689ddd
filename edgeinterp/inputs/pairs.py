"""Pairs of words with a relation and a category, read from a file or embedded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from ..errors import InputError
from ..runtime.arguments import file_name
from ..runtime.counting import counted
from ..runtime.sequences import text_list
from .norm_tables import file_rows
from .tables import NO_WORDS, bare_name, is_index_name, listed, refuse_no_words

__all__ = ["HYPERNYM", "Pairs", "default_pairs", "read_pairs"]

# the relation whose second word names the category of the first
HYPERNYM = "hyper"
COLUMNS = ("word1", "word2", "relation")
LONGEST_WORD = 200


@dataclass(frozen=True)
class Pairs:
    """Pairs of words, each with the relation of the first to the second.

    Attributes
    ----------
    word1, word2 : list of str
        The words; several parts are fine (``musical instrument``).
    relations : list of str
        The relation of each pair, such as ``hyper``: word1 is a kind of word2.
    categories : list of str
        Category of each pair: pairs of a category share words, so whole categories are held out, flipped and resampled
        together.
    source : str
        The file, or a description of the embedded data.
    notes : list of str
        Parts that were skipped or filled in, one sentence each.
    """

    word1: list[str]
    word2: list[str]
    relations: list[str]
    categories: list[str]
    source: str = ""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("word1", "word2", "relations", "categories"):
            object.__setattr__(self, name, text_list(getattr(self, name), name, "pair"))
        if len({len(self.word1), len(self.word2), len(self.relations), len(self.categories)}) != 1:
            raise ValueError("word1, word2, relations and categories must be of one length")

    def __len__(self) -> int:
        return len(self.word1)

    def part(self, rows: list[int]) -> Pairs:
        """Return the given rows, in that order."""
        columns = (self.word1, self.word2, self.relations, self.categories)
        word1, word2, relations, categories = ([column[i] for i in rows] for column in columns)
        return Pairs(word1, word2, relations, categories, self.source, self.notes)


def read_pairs(path: str | Path) -> Pairs:
    r"""Read pairs of words from a file.

    Parameters
    ----------
    path : str or Path
        UTF-8 ``.csv`` or ``.tsv`` (also ``.gz``) with a header: ``word1, word2, relation`` and, where there is one,
        ``category``; other columns are skipped.

    Returns
    -------
    Pairs
        A pair that comes twice with the same relation is kept once; ``notes`` says so. An empty or missing category
        is word2 of the pair in which word1 has the relation ``hyper``, else word1 itself.

    Raises
    ------
    InputError
        One line that names the file, the line where there is one, and what was expected.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "pairs.csv"
    >>> _ = path.write_text("word1,word2,relation\nrobin,bird,hyper\nrobin,hen,coord\nbird,robin,hypo\n")
    >>> read_pairs(path).categories
    ['bird', 'bird', 'bird']
    >>> folder.cleanup()
    """
    name = str(path)
    rows = file_rows(file_name("pairs", path), "pairs")
    first = next(rows, None)
    if first is None:
        raise InputError(f"{name}: is empty; expected a header `word1, word2, relation` and one pair a line")
    header, second = first[1], next(rows, None)
    if second is None:
        raise InputError(f"{name}: has no pair; expected lines such as `robin, bird, hyper`")
    places = _places(name, [bare_name(cell).casefold() for cell in header])
    found = _Found()
    for line, cells in chain([second], rows):
        found.add(*_checked(name, line, cells, places, len(header)))
    given = found.given
    for column, words in zip(COLUMNS, zip(*given, strict=True), strict=True):
        refuse_no_words(f"{name}: column {column}", words)
    hypernyms = {word1: word2 for word1, word2, relation in reversed(given) if relation == HYPERNYM}
    categories = [category or hypernyms.get(row[0]) or row[0] for row, category in given.items()]
    word1, word2, relations = (list(column) for column in zip(*given, strict=True))
    if len(set(relations)) < 2:
        raise InputError(
            f"{name}: every pair has the relation {relations[0]!r}; expected at least two, to set against each other"
        )
    index = [cell or "number 1" for at, cell in enumerate(header) if is_index_name(cell) and (cell or at == 0)]
    notes = [f"columns that number the rows were passed over: {listed(index)}"] if index else []
    return Pairs(word1, word2, relations, categories, name, notes + found.notes())


def default_pairs() -> Pairs:
    """Return the embedded pairs: 1,600 pairs of English nouns of 80 categories, from WordNet 3.0 (see NOTICE).

    Five relations, as many pairs of each: ``hyper`` (word1 is a kind of word2), ``hypo`` (the reverse), ``coord`` (two
    of one kind), ``random_category`` (word2 names another category), ``random_word`` (word2 is of another category and
    about as long).

    Examples
    --------
    >>> pairs = default_pairs()
    >>> len(pairs), len(set(pairs.categories)), sorted(set(pairs.relations))
    (1600, 80, ['coord', 'hyper', 'hypo', 'random_category', 'random_word'])
    """
    pairs = read_pairs(Path(__file__).parent / "data" / "pairs.tsv")
    source = "WordNet 3.0, nouns of 80 categories"
    return Pairs(pairs.word1, pairs.word2, pairs.relations, pairs.categories, source, pairs.notes)


def _places(name: str, header: list[str]) -> dict[str, int]:
    for column in COLUMNS:
        if column not in header:
            raise InputError(
                f"{name}, line 1: no column {column!r}; expected a header with word1, word2, relation (and category)"
            )
    twice = next((cell for cell in (*COLUMNS, "category") if header.count(cell) > 1), None)
    if twice is not None:
        raise InputError(f"{name}, line 1: column {twice!r} comes twice; name one of them otherwise")
    return {column: header.index(column) for column in (*COLUMNS, "category") if column in header}


def _checked(name: str, line: int, cells: list[str], places: dict[str, int], columns: int) -> tuple[str, str, str, str]:
    # extra empty cells come from spreadsheets; an empty last column may be missing altogether
    if any(cell.strip() for cell in cells[columns:]) or len(cells) <= max(places[column] for column in COLUMNS):
        raise InputError(f"{name}, line {line}: {counted(len(cells), 'column')}, expected {columns} as in line 1")
    values = {column: " ".join(cells[at].split()) if at < len(cells) else "" for column, at in places.items()}
    for column in COLUMNS:
        if values[column] in NO_WORDS:
            what = values[column] or "empty"
            raise InputError(f"{name}, line {line}: {column} is {what}; give a word, or take the line out")
        if len(values[column]) > LONGEST_WORD:
            raise InputError(f"{name}, line {line}: {column} has {len(values[column])} characters; expected a word")
    if values["word1"] == values["word2"]:
        raise InputError(f"{name}, line {line}: word1 and word2 are both {values['word1']!r}; expected two words")
    category = values.get("category", "")
    category = "" if category in NO_WORDS else category
    return values["word1"], values["word2"], values["relation"], category


class _Found:
    """Each pair once, with the category of its first line; endless repetition takes no memory."""

    def __init__(self) -> None:
        self.given: dict[tuple[str, str, str], str] = {}
        self.repeats: Counter[tuple[str, str, str]] = Counter()
        self.missing = 0

    def add(self, word1: str, word2: str, relation: str, category: str) -> None:
        row = (word1, word2, relation)
        self.missing += not category
        if row in self.given:
            self.repeats[row] += 1
        else:
            self.given[row] = category

    def notes(self) -> list[str]:
        notes = []
        if self.repeats:
            word1, word2, relation = next(row for row in self.given if row in self.repeats)
            such = f"a pair with its relation (such as {word1}, {word2}, {relation})"
            one, many = f"line repeats {such} and was passed over", f"lines repeat {such} and were passed over"
            notes.append(counted(self.repeats.total(), one, many))
        if self.missing:
            notes.append(
                f"{counted(self.missing, 'pair has', 'pairs have')} no category: word2 of word1's own {HYPERNYM} pair "
                "is taken, else word1 itself"
            )
        return notes

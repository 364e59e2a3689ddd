"""Pairs of words with a relation and a category, read from a file or embedded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import InputError
from ..runtime.arguments import file_name, one_by_one, whole_number
from ..runtime.counting import counted
from ..runtime.sequences import name_tuple, text_list
from .conllu import RELATIONS, WITHIN, drawn, is_conllu, trees
from .norm_tables import file_rows
from .tables import NO_WORDS, bare_name, is_index_name, listed, refuse_no_words

__all__ = ["HYPERNYM", "NEGATIVE", "Pairs", "default_pairs", "pairs_from_conllu", "read_pairs"]

# the relation whose second word names the category of the first
HYPERNYM = "hyper"
# begins the relation of pairs that do not hold the one named after it: `not nsubj`
NEGATIVE = "not "
COLUMNS = ("word1", "word2", "relation")
STARTS = ("start1", "start2")
OPTIONAL = ("category", "text", *STARTS)
LONGEST_WORD = 200

# characters at which word1 and word2 begin in their text; None for the first place that fits
Starts = tuple[int | None, int | None]


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
    texts : list of str, optional
        The text of each pair, in which both words stand; several pairs may share one. By default templates are filled.
    starts : list of two (int or None), optional
        Characters of the text at which word1 and word2 begin, from 0; None for the first place that fits.
    """

    word1: list[str]
    word2: list[str]
    relations: list[str]
    categories: list[str]
    source: str = ""
    notes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    starts: Sequence[Starts] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("word1", "word2", "relations", "categories", "texts"):
            object.__setattr__(self, name, text_list(getattr(self, name), name, "pair"))
        object.__setattr__(self, "starts", _starts(self.starts))
        if len({len(self.word1), len(self.word2), len(self.relations), len(self.categories)}) != 1:
            raise ValueError("word1, word2, relations and categories must be of one length")
        if len(self.texts) not in (0, len(self)):
            raise ValueError("texts must hold one text for each pair, or none")
        if len(self.starts) not in (0, len(self.texts)):
            raise ValueError("starts must hold two places for each text, or none")

    def __len__(self) -> int:
        return len(self.word1)

    def part(self, rows: list[int]) -> Pairs:
        """Return the given rows, in that order."""
        names = ("word1", "word2", "relations", "categories", "texts", "starts")
        columns: dict[str, Any] = {name: getattr(self, name) for name in names}
        chosen: dict[str, Any] = {name: [column[i] for i in rows] for name, column in columns.items() if column}
        return replace(self, **chosen)

    def key(self, row: int) -> str:
        """Return what tells a pair from others: its words and, where it has one, its text."""
        return "\t".join((self.word1[row], self.word2[row], *self.texts[row : row + 1]))


def _starts(given: Any) -> list[Starts]:
    found: list[Starts] = []
    for number, two in enumerate(one_by_one("starts", given, "two places for each pair"), 1):
        if isinstance(two, str) or not hasattr(two, "__len__") or len(two) != 2:
            raise InputError(f"starts: pair {number} has {two!r}; expected two numbers of characters, or None")
        name = f"starts: pair {number} has"
        one, other = (None if start is None else whole_number(name, start, 0) for start in two)
        found.append((one, other))
    return found


def read_pairs(path: str | Path) -> Pairs:
    r"""Read pairs of words from a file.

    Parameters
    ----------
    path : str or Path
        UTF-8 ``.csv`` or ``.tsv`` (also ``.gz``) with a header: ``word1, word2, relation`` and, where there are such,
        ``category``; ``text``, in which both words stand, with ``start1, start2``, the characters at which they begin
        (from 0; an empty cell is the first place that fits). Other columns are skipped. A ``.conllu`` file (also
        ``.gz``) is read by ``pairs_from_conllu``.

    Returns
    -------
    Pairs
        A pair that comes twice with the same relation and text is kept once; ``notes`` says so. An empty or missing
        category is word2 of the pair in which word1 has the relation ``hyper``, else word1 itself.

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
    name, file = str(path), file_name("pairs", path)
    if is_conllu(file):
        return pairs_from_conllu(file)
    rows = file_rows(file, "pairs")
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
    # texts and their places are no words
    for column, words in zip(COLUMNS, zip(*given, strict=True), strict=False):
        refuse_no_words(f"{name}: column {column}", words)
    hypernyms = {row.word1: row.word2 for row in reversed(given) if row.relation == HYPERNYM}
    pairs = {row: category or hypernyms.get(row.word1) or row.word1 for row, category in given.items()}
    first_relation, *others = {row.relation for row in given}
    if not others:
        raise InputError(
            f"{name}: every pair has the relation {first_relation!r}; expected at least two, to set against each other"
        )
    index = [cell or "number 1" for at, cell in enumerate(header) if is_index_name(cell) and (cell or at == 0)]
    notes = [f"columns that number the rows were passed over: {listed(index)}"] if index else []
    return _from_rows(pairs, name, notes + found.notes())


def pairs_from_conllu(
    path: str | Path, relations: Sequence[str] | str = tuple(RELATIONS), within: int = WITHIN
) -> Pairs:
    r"""Draw pairs of words that hold a syntactic relation, and as many that do not, from trees in CoNLL-U.

    Word1 is the head, word2 the dependent: ``nsubj``, a verb and its noun or name as subject; ``amod``, a noun or name
    and its adjective. Each pair has one of the relation ``not nsubj`` or ``not amod`` from the same sentence: the same
    head, and the word of the same part of speech on the same side whose distance is nearest, that is neither such a
    dependent of the head nor a conjunct, an apposition or a part of the name of one. The category is the head's lemma.

    Parameters
    ----------
    path : str or Path
        A UTF-8 file of Universal Dependencies, plain or gzip.
    relations : sequence of str, or str
        Which of ``nsubj``, ``amod``.
    within : int
        By how many words the distances of both dependents from the head may differ. A pair without such a word is left
        out, and ``notes`` counts it.

    Returns
    -------
    Pairs
        With a text and places for each pair.

    Raises
    ------
    InputError
        One line that names the file, the line where there is one, and what was expected.

    Notes
    -----
    Adjectives mostly stand beside their noun, and others do not: with a large ``within``, distance alone (the rival
    ``surface``) tells ``amod`` from ``not amod``. A large treebank has enough pairs with ``within=1``.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name) / "trees.conllu"
    >>> words = ["1 Dogs dog NOUN 4 nsubj", "2 of _ ADP 3 case", "3 sailors _ NOUN 1 nmod", "4 bark _ VERB 0 root"]
    >>> lines = ["{0}\t{1}\t{2}\t{3}\t_\t_\t{4}\t{5}\t_\t_\n".format(*word.split()) for word in words]
    >>> _ = path.write_text("".join(lines))
    >>> pairs = pairs_from_conllu(path)
    >>> list(zip(pairs.word1, pairs.word2, pairs.relations)), pairs.categories
    ([('bark', 'Dogs', 'nsubj'), ('bark', 'sailors', 'not nsubj')], ['bark', 'bark'])
    >>> folder.cleanup()
    """
    name, file = str(path), file_name("pairs", path)
    relations, within = name_tuple(relations, "relations"), whole_number("within", within, 0)
    for relation in relations:
        if relation not in RELATIONS:
            raise InputError(f"relations: {relation!r} is unknown; expected some of {', '.join(RELATIONS)}")
    found: dict[_Row, str] = {}
    count, alone = 0, Counter[str]()
    for tree in trees(file):
        for relation in relations:
            for head, dependent, other in drawn(tree, relation, within):
                if other is None:
                    alone[relation] += 1
                    continue
                for word, label in ((dependent, relation), (other, f"{NEGATIVE}{relation}")):
                    count += 1
                    found.setdefault(_Row(head.form, word.form, label, tree.text, (head.start, word.start)), head.lemma)
    if not found:
        raise InputError(
            f"{name}: has no pair; expected words that hold {' or '.join(relations)}, each with one of the same part "
            f"of speech that does not, on the same side of the head, as far from it within {counted(within, 'word')}"
        )
    return _from_rows(found, name, _notes_on_trees(count - len(found), alone, within))


def _notes_on_trees(repeated: int, alone: Counter[str], within: int) -> list[str]:
    notes = [
        f"{counted(alone[relation], f'pair of {relation} was', f'pairs of {relation} were')} left out: no word of the "
        f"same part of speech stands on the same side, as far from the head within {counted(within, 'word')}"
        for relation in alone
    ]
    if repeated:
        one, many = "pair came", "pairs came"
        notes.append(f"{counted(repeated, one, many)} in a text that had come before, and counted once")
    return notes


def _from_rows(given: dict[_Row, str], source: str, notes: list[str]) -> Pairs:
    """Return pairs from rows and their categories."""
    word1, word2, relations, texts, starts = (list(column) for column in zip(*given, strict=True))
    pairs = Pairs(word1, word2, relations, list(given.values()), source, notes)
    return replace(pairs, texts=texts, starts=starts) if any(texts) else pairs


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
    return replace(pairs, source=source)


def _places(name: str, header: list[str]) -> dict[str, int]:
    for column in COLUMNS:
        if column not in header:
            raise InputError(
                f"{name}, line 1: no column {column!r}; expected a header with word1, word2, relation (and category)"
            )
    twice = next((cell for cell in (*COLUMNS, *OPTIONAL) if header.count(cell) > 1), None)
    if twice is not None:
        raise InputError(f"{name}, line 1: column {twice!r} comes twice; name one of them otherwise")
    start = next((column for column in STARTS if column in header), None)
    if start is not None and "text" not in header:
        raise InputError(f"{name}, line 1: column {start!r} without a column 'text', in which the word begins there")
    return {column: header.index(column) for column in (*COLUMNS, *OPTIONAL) if column in header}


class _Row(NamedTuple):
    """What tells a pair of a file from others."""

    word1: str
    word2: str
    relation: str
    text: str
    starts: Starts


def _checked(name: str, line: int, cells: list[str], places: dict[str, int], columns: int) -> tuple[_Row, str]:
    """Return a pair and its category."""
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
    # as it is: places are characters of it
    text = "".join(cells[at] for column, at in places.items() if column == "text" and at < len(cells))
    if "text" in places and text.strip() in NO_WORDS:
        raise InputError(f"{name}, line {line}: text is empty; give a text with both words, or take the line out")
    one, other = (_start(f"{name}, line {line}: {column}", values.get(column, "")) for column in STARTS)
    return _Row(values["word1"], values["word2"], values["relation"], text, (one, other)), category


def _start(where: str, cell: str) -> int | None:
    if cell in NO_WORDS:
        return None
    # spreadsheets and pandas write whole numbers of a column with gaps as 5.0
    digits = cell.removesuffix(".0")
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 9:
        raise InputError(f"{where} is {cell[:40]!r}; expected a character's number in the text, from 0, or nothing")
    return int(digits)


class _Found:
    """Each pair once, with the category of its first line; endless repetition takes no memory."""

    def __init__(self) -> None:
        self.given: dict[_Row, str] = {}
        self.repeats: Counter[_Row] = Counter()
        self.missing = 0

    def add(self, row: _Row, category: str) -> None:
        self.missing += not category
        if row in self.given:
            self.repeats[row] += 1
        else:
            self.given[row] = category

    def notes(self) -> list[str]:
        notes = []
        if self.repeats:
            word1, word2, relation, *_ = next(row for row in self.given if row in self.repeats)
            such = f"a pair with its relation (such as {word1}, {word2}, {relation})"
            one, many = f"line repeats {such} and was passed over", f"lines repeat {such} and were passed over"
            notes.append(counted(self.repeats.total(), one, many))
        if self.missing:
            notes.append(
                f"{counted(self.missing, 'pair has', 'pairs have')} no category: word2 of word1's own {HYPERNYM} pair "
                "is taken, else word1 itself"
            )
        return notes

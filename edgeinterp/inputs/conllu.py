"""Read dependency trees in CoNLL-U, and draw words that hold a relation, each with one that does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from ..runtime.counting import counted
from ..runtime.files import TEXT, bounded_lines
from .texts import decoded_lines

__all__ = ["RELATIONS", "WITHIN", "Tree", "Word", "drawn", "is_conllu", "trees"]

# each relation's parts of speech: of the head, and of the dependent
RELATIONS = {"nsubj": (("VERB",), ("NOUN", "PROPN")), "amod": (("NOUN", "PROPN"), ("ADJ",))}
# by how many words the distances of a dependent and of the word set against it may differ
WITHIN = 3
# relations of a word to one that stands before it, and holds what that holds
SAME = ("conj", "appos", "flat")
COLUMNS = 10
# words of a sentence; more are no sentence, but a file without the empty lines between them
LONGEST = 5000
_TEXT = re.compile(r"#\s*text\s*=\s*(.*)")
_ID = re.compile(r"(\d+)(?:-(\d+)|\.\d+)?", re.ASCII)


class Word(NamedTuple):
    """A word of a sentence: ``number`` and ``head`` count from 1, a head of 0 is none.

    ``start`` is its first character in the text; None within a multiword token that is spelled otherwise (``du``).
    """

    number: int
    form: str
    lemma: str
    upos: str
    head: int
    relation: str
    start: int | None


@dataclass(frozen=True)
class Tree:
    """A sentence with its words."""

    text: str
    words: list[Word]


def is_conllu(path: Path) -> bool:
    """Tell by its name whether a file is CoNLL-U, plain or gzip.

    Examples
    --------
    >>> [is_conllu(Path(name)) for name in ("en.conllu", "en.CONLLU.gz", "conllu.tsv")]
    [True, True, False]
    """
    return path.name.lower().removesuffix(".gz").endswith(".conllu")


def trees(path: Path) -> Iterator[Tree]:
    """Yield the sentences of a CoNLL-U file (universaldependencies.org/format.html).

    The text is that of ``# text =``, else the tokens with a space after each but those of ``SpaceAfter=No``. Empty
    nodes (``1.1``) and other comments are passed over; a multiword token (``1-2``) stands in the text for its words.

    Raises
    ------
    InputError
        Names the line that is malformed, or whose token is not what comes next in the text.
    """
    name = str(path)
    lines = decoded_lines(bounded_lines(path, name, "a file of trees in CoNLL-U", "word", TEXT, unpack=True), name)
    block = _Block(name)
    for number, line in enumerate(chain(lines, [""]), 1):
        if line.startswith("#"):
            block.comment(line)
        elif line.strip():
            block.add(number, line)
        else:
            if block.rows:
                yield block.tree()
            block = _Block(name)


def drawn(tree: Tree, relation: str, within: int = WITHIN) -> Iterator[tuple[Word, Word, Word | None]]:
    """Yield the head and the dependent of each such relation, and the word that is set against the dependent.

    That word has the dependent's part of speech, stands on the same side of the head, and does not hold the relation
    to it, nor is it a conjunct, an apposition or a part of the name of one that does. Of all, it is the one whose
    distance from the head is nearest to the dependent's, the earlier where two are; None where no distance is within
    ``within`` words. No word is taken twice: a word set against the dependents of two heads, in two categories, would
    be known from the one to the other. Subtypes of a relation count as it. Words are only taken if they stand in the
    text, and differ from the head.
    """
    heads, dependents = RELATIONS[relation]
    used: set[int] = set()
    for word in tree.words:
        head = tree.words[word.head - 1] if word.head else None
        if head is None or not _is(word, relation) or word.upos not in dependents or head.upos not in heads:
            continue
        other = _opposite(tree, head, word, relation, within, used)
        if other is not None:
            used.add(other.number)
        yield head, word, other


def _is(word: Word, relation: str) -> bool:
    return word.relation.partition(":")[0] == relation


def _opposite(tree: Tree, head: Word, word: Word, relation: str, within: int, used: set[int]) -> Word | None:
    holding = {other.number for other in tree.words if other.head == head.number and _is(other, relation)}
    for other in tree.words:
        if other.head in holding and any(_is(other, same) for same in SAME):
            holding.add(other.number)
    if not _apart(head, word):
        return None
    fitting = [
        (abs(abs(other.number - head.number) - abs(word.number - head.number)), other.number)
        for other in tree.words
        if other.upos == word.upos
        and (other.number < head.number) == (word.number < head.number)
        and other.number not in holding | used
        and _apart(head, other)
    ]
    difference, number = min(fitting, default=(within + 1, 0))
    return tree.words[number - 1] if difference <= within else None


def _apart(head: Word, word: Word) -> bool:
    """Tell whether both words stand in the text, as different words."""
    return head.start is not None and word.start is not None and head.form != word.form


@dataclass
class _Block:
    """The lines of one sentence."""

    name: str
    text: str | None = None
    rows: list[tuple[int, list[str]]] = field(default_factory=list)
    # line, form, whether a space follows, and its words, from the first to one past the last (from 0)
    tokens: list[tuple[int, str, bool, int, int]] = field(default_factory=list)
    # words that stand in the last multiword token's place
    covered: int = 0

    def comment(self, line: str) -> None:
        found = _TEXT.fullmatch(line)
        if found:
            self.text = found.group(1).rstrip()

    def add(self, number: int, line: str) -> None:
        where, cells = f"{self.name}, line {number}", line.split("\t")
        if len(cells) != COLUMNS:
            raise InputError(
                f"{where}: {counted(len(cells), 'column')} between tabs, expected the {COLUMNS} of CoNLL-U"
            )
        found = _ID.fullmatch(cells[0])
        count = len(self.rows)
        if not found:
            raise InputError(f"{where}: ID is {cells[0][:40]!r}; expected a number, a range such as 1-2, or 1.1")
        if "." in cells[0]:
            return
        first, last = int(found.group(1)), int(found.group(2) or found.group(1))
        if first != count + 1 or last < first or ("-" in cells[0] and first <= self.covered):
            raise InputError(f"{where}: ID is {cells[0]}; expected {count + 1}, one more than the word before")
        if last > LONGEST:
            raise InputError(
                f"{where}: a sentence of more than {LONGEST:,} words; expected an empty line after each sentence"
            )
        if not cells[1].strip():
            raise InputError(f"{where}: FORM is empty; expected a word")
        if "-" in cells[0]:
            self.covered = last
        else:
            self.rows.append((number, cells))
        if "-" in cells[0] or first > self.covered:
            self.tokens.append((number, cells[1], "SpaceAfter=No" not in cells[9].split("|"), count, last))

    def tree(self) -> Tree:
        number = self.rows[-1][0]
        if self.covered > len(self.rows):
            raise InputError(f"{self.name}, line {number}: the sentence ends before word {self.covered} of its range")
        text = self.text
        if text is None:
            text = "".join(f"{form} " if space else form for _, form, space, _, _ in self.tokens).rstrip()
        starts = self._starts(text)
        return Tree(text, [self._word(i, start) for i, start in enumerate(starts)])

    def _starts(self, text: str) -> list[int | None]:
        """Return the first character of every word."""
        starts: list[int | None] = []
        at = 0
        for number, form, _, first, last in self.tokens:
            while text[at : at + 1].isspace():
                at += 1
            if not text.startswith(form, at):
                raise InputError(
                    f"{self.name}, line {number}: FORM is {form[:40]!r}, but `# text =` goes on {text[at : at + 20]!r}"
                )
            own = [cells[1] for _, cells in self.rows[first:last]]
            spelled = "".join(own) == form
            starts += [at + len("".join(own[:i])) if spelled else None for i in range(len(own))]
            at += len(form)
        return starts

    def _word(self, at: int, start: int | None) -> Word:
        number, cells = self.rows[at]
        head = cells[6]
        if not (head.isascii() and head.isdigit()) or len(head) > 6 or int(head) > len(self.rows):
            raise InputError(
                f"{self.name}, line {number}: HEAD is {head[:40]!r}; expected a word from 1 to {len(self.rows)}, or 0"
            )
        lemma = cells[1].casefold() if cells[2] in ("_", "") else cells[2]
        return Word(at + 1, cells[1], lemma, cells[3], int(head), cells[7], start)

"""The recipe of the embedded pairs: 80 categories of WordNet's nouns, four words of each, five pairs of every word.

A word means its first noun sense, has few of them (``MOST_SENSES``) and few letters. Words are those of a vocabulary
that people know (the raters of the Lancaster norms), in lower case. A category is a noun whose hyponyms, at any depth,
instances such as rivers aside, are at least ``WORDS`` and at most ``MOST_MEMBERS`` such words, in one of the
lexicographer files of things (``FILES``): what people are called, and what cannot be touched, is left out, and so is
what is crude. Its name is the word of its synset that WordNet's tagged texts have most often, at least once; a member
that has the name in it, or a word in common with it, gives the relation away by its spelling and is left out.
Categories are taken by the frequency of their names, each unless it lies above or below one that was taken, or shares a
member with it.

Of every category the words of lowest hash are kept, each with five pairs: ``hyper`` (word, category), ``hypo`` (the
same the other way round), ``coord`` (another member, neither above the other), ``random_category`` (the name of another
category, in no sense above the word), ``random_word`` (a member of another category, as long as the own one's name to
within a letter, so that length alone does not tell it from ``hyper``). The partner is the one of lowest hash. NOTICE
has the licence.

Run from the repository's root, with the folder of WordNet 3.0's ``data.noun``, ``index.noun`` and ``cntlist.rev``, and
a file whose first column is the vocabulary::

    PYTHONPATH=.:kernels:models python models/make_pairs.py WORDNET VOCABULARY.tsv edgeinterp/inputs/data/pairs.tsv
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

CATEGORIES, WORDS = 80, 4
MOST_MEMBERS = 60
# of a member, and of a category's name
MOST_SENSES = (2, 6)
# of a word, and where that can be of two: what is longer has no room in the embedded templates
MOST_LETTERS = (12, 17)
CRUDE = {"orifice", "swastika", "waste"}
# animal, artifact, body, food, natural object, plant, substance
FILES = {"05", "06", "08", "13", "17", "20", "27"}
HYPERNYM = "@"


@dataclass(frozen=True)
class Category:
    """A name, the synset that it means, and the words below it."""

    name: str
    synset: str
    members: frozenset[str]


def key(*parts: str) -> str:
    """Return the hash that words and partners are chosen by."""
    return hashlib.blake2b("\t".join(parts).encode(), digest_size=8).hexdigest()


@dataclass
class WordNet:
    """Its nouns, or another part of speech: what stands above each synset, and the synsets of each word.

    ``links``: of each synset the kind of every pointer, its synset, and which word of the one points to which of the
    other, as four hexadecimal digits.
    """

    folder: Path
    part: str = "noun"
    links: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    file: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for line in _lines(self.folder / f"data.{self.part}"):
            fields = line.split("|")[0].split()
            synset, count = fields[0], int(fields[3], 16)
            pointers = fields[5 + 2 * count :]
            self.links[synset] = list(zip(pointers[::4], pointers[1::4], pointers[3::4], strict=True))
            self.words[synset] = [_plain(word) for word in fields[4 : 4 + 2 * count : 2]]
            self.file[synset] = fields[1]

    @cached_property
    def senses(self) -> dict[str, list[str]]:
        """Synsets of each word, the most frequent first."""
        rows = [line.split() for line in _lines(self.folder / f"index.{self.part}")]
        return {_plain(row[0]): row[-int(row[2]) :] for row in rows}

    @cached_property
    def tagged(self) -> dict[str, int]:
        """How often the first sense of a noun stands in the texts that WordNet was tagged in."""
        rows = [line.split() for line in _lines(self.folder / "cntlist.rev")]
        nouns = [(name.split("%"), number, count) for name, number, count in rows]
        return {_plain(word): int(count) for (word, kind), number, count in nouns if kind[0] == number == "1"}

    def linked(self, synset: str, kinds: tuple[str, ...]) -> list[str]:
        """Return the synsets that pointers of these kinds lead to."""
        return [to for kind, to, _ in self.links[synset] if kind in kinds]

    def above(self, synset: str, kinds: tuple[str, ...] = (HYPERNYM,)) -> set[str]:
        """Return every synset above one, or that pointers of other kinds lead to, step by step."""
        found: set[str] = set()
        coming = self.linked(synset, kinds)
        while coming:
            one = coming.pop()
            if one not in found:
                found.add(one)
                coming += self.linked(one, kinds)
        return found

    def meanings(self, word: str, kinds: tuple[str, ...] = (HYPERNYM,)) -> set[str]:
        """Return the synsets of a word in any sense, and all above them."""
        return {one for synset in self.senses[word] for one in (synset, *self.above(synset, kinds))}

    def plain(self, word: str, most: int) -> bool:
        """Whether a word is short, of letters alone, in lower case, and has 1 to ``most`` senses."""
        lower = word.islower() and word.replace(" ", "").isalpha()
        return lower and len(word) <= MOST_LETTERS[0] and 0 < len(self.senses.get(word, [])) <= most


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _lines(path: Path) -> list[str]:
    """Return the lines of a file without its licence, which is indented."""
    return [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("  ")]


def categories(net: WordNet, vocabulary: list[str]) -> list[Category]:
    """Return the categories taken, by name."""
    members: dict[str, set[str]] = {}
    for word in (word for word in vocabulary if word not in CRUDE and net.plain(word, MOST_SENSES[0])):
        for synset in net.above(net.senses[word][0]):
            members.setdefault(synset, set()).add(word)
    found = []
    for synset in (synset for synset in members if net.file[synset] in FILES):
        names = [one for one in net.words[synset] if net.plain(one, MOST_SENSES[1]) and net.senses[one][0] == synset]
        name = max(names, key=lambda one: net.tagged.get(one, 0), default="")
        fit = {word for word in members[synset] if not _alike(word, name)}
        if name not in CRUDE and net.tagged.get(name, 0) and len(fit) <= MOST_MEMBERS:
            kept = frozenset(word for word in fit if _coordinates(net, word, fit))
            found += [Category(name, synset, kept)] if len(kept) >= WORDS else []
    taken: list[Category] = []
    for one in sorted(found, key=lambda one: (-net.tagged[one.name], one.name)):
        if not any(_related(net, one, other) for other in taken):
            taken.append(one)
    return sorted(taken[:CATEGORIES], key=lambda one: one.name)


def _coordinates(net: WordNet, word: str, members: set[str] | frozenset[str]) -> list[str]:
    """Return the members that mean something else than a word, and nothing above or below it."""
    first = net.senses[word][0]
    related = {first, *net.above(first)}
    meant = {other: net.senses[other][0] for other in members}
    return sorted(other for other, synset in meant.items() if synset not in related and first not in net.above(synset))


def _alike(word: str, name: str) -> bool:
    return name in word or word in name or bool(set(word.split()) & set(name.split()))


def _related(net: WordNet, one: Category, other: Category) -> bool:
    nested = one.synset in net.above(other.synset) or other.synset in net.above(one.synset)
    return nested or bool(one.members & other.members)


def pairs(net: WordNet, taken: list[Category]) -> list[tuple[str, str, str, str]]:
    """Return word1, word2, relation and category of every pair."""
    rows: list[tuple[str, str, str, str]] = []
    used: set[frozenset[str]] = set()
    for category in taken:
        for word in sorted(category.members, key=lambda word: key(category.name, word))[:WORDS]:
            partners = _partners(net, word, category, taken)
            rows += [(word, category.name, "hyper", category.name), (category.name, word, "hypo", category.name)]
            for relation, others in partners.items():
                # the same two words in two categories would make one of both
                short = [one for one in others if len(word) + len(one) <= MOST_LETTERS[1]] or others
                free = [one for one in short if relation == "coord" or frozenset((word, one)) not in used]
                other = min(free, key=lambda one: key(relation, word, one))
                used.add(frozenset((word, other)))
                rows.append((word, other, relation, category.name))
    return rows


def _partners(net: WordNet, word: str, own: Category, taken: list[Category]) -> dict[str, list[str]]:
    """Return the words that may stand beside a word in each relation but its own category's."""
    meanings = net.meanings(word)
    others = [category for category in taken if category is not own]
    strangers = sorted({other for category in others for other in category.members})
    return {
        "coord": _coordinates(net, word, own.members),
        "random_category": [one.name for one in others if not meanings & set(net.senses[one.name])],
        "random_word": [
            other
            for other in strangers
            if abs(len(other) - len(own.name)) <= 1
            and not meanings & set(net.senses[other])
            and not set(net.senses[word]) & net.meanings(other)
        ],
    }


def first_column(path: Path) -> list[str]:
    """Return the words of a vocabulary: the first column of a table with a header."""
    return [line.split("\t")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:]]


def write(rows: list[tuple[str, str, str, str]], out: Path) -> None:
    """Write pairs and say what came out."""
    lines = [("word1", "word2", "relation", "category"), *rows]
    out.write_text("".join("\t".join(row) + "\n" for row in lines), encoding="utf-8")
    print(f"{out}: {len(rows)} pairs, {len({row[3] for row in rows})} categories")


def main(wordnet: Path, vocabulary: Path, out: Path) -> None:
    """Write the embedded pairs anew."""
    net = WordNet(wordnet)
    write(pairs(net, categories(net, first_column(vocabulary))), out)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))

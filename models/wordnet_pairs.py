"""Pairs of words from WordNet: parts and wholes (``mero``), or adjectives that are antonyms (``anto``).

A word means its first sense, is of a vocabulary that people know, in lower case, of letters alone, of at most
``make_pairs.MOST_LETTERS`` letters, with at most ``MOST_SENSES`` senses. All choices among several are by lowest hash.

``mero``: word1 is a part of word2, a whole whose parts WordNet names. Both are things (``make_pairs.FILES``), and
neither has the other in its name. The category is the whole; of each, at most ``WORDS`` parts, each with five pairs:

- ``mero`` (part, whole), and ``holo``, the same the other way round;
- ``copart`` (part, another part of the whole, where it has one);
- ``random_whole`` (part, another category's whole, to which no sense of the part belongs, as a part, a member, a
  substance or a kind, through any number of steps);
- ``random_word`` (part, a part of another category, as long as the whole's name to within a letter, unrelated too).

``anto``: word1 and word2 are direct antonyms, neither with the other in it: ``able`` and ``unable`` would be told apart
from others by their spelling. The category is the set of words that antonymy joins. Each antonym has in either order
three pairs:

- ``anto``;
- ``similar`` (word1, an adjective of its own synset or of one that WordNet calls similar, where it has one);
- ``random_word`` (word1, an antonym of another category, as long as word2 to within a letter, in no sense similar to
  word1 or to what is opposite to it).

``check`` sets the relation that comes first, ``mero`` or ``anto``, against each other one. Run from the repository's
root, with the folder of WordNet 3.0's ``data`` and ``index`` files (Debian's package wordnet-base has them), and a file
whose first column is the vocabulary::

    python models/wordnet_pairs.py WORDNET VOCABULARY.tsv mero mero.tsv
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from make_pairs import FILES, HYPERNYM, WORDS, WordNet, first_column, key, write

Rows = list[tuple[str, str, str, str]]

MOST_SENSES = 6
# pointers from a part, a member or a substance to its whole; to an antonym; to a similar adjective
PART_OF, MEMBER_OF, SUBSTANCE_OF = "#p", "#m", "#s"
ANTONYM, SIMILAR = "!", "&"
BELONGING = (HYPERNYM, PART_OF, MEMBER_OF, SUBSTANCE_OF)


def parts(net: WordNet, vocabulary: Iterable[str]) -> Rows:
    """Return the pairs of parts and wholes."""
    wholes: dict[str, list[str]] = {}
    known = [word for word in vocabulary if net.plain(word, MOST_SENSES) and net.file[net.senses[word][0]] in FILES]
    names = {net.senses[word][0]: word for word in sorted(known, key=lambda word: key("name", word), reverse=True)}
    for word in known:
        for synset in net.linked(net.senses[word][0], (PART_OF,)):
            whole = names.get(synset, "")
            if whole and whole not in word and word not in whole:
                wholes.setdefault(whole, []).append(word)
    rows: Rows = []
    used: set[frozenset[str]] = set()
    for whole, all_parts in sorted(wholes.items()):
        for word in sorted(all_parts, key=lambda word: key(whole, word))[:WORDS]:
            rows += [(word, whole, "mero", whole), (whole, word, "holo", whole)]
            others = {name: own for name, own in wholes.items() if name != whole}
            rows += [(word, other, "copart", whole) for other in _lowest("copart", word, all_parts, used)]
            strangers = [name for name in others if _apart(net, word, name, BELONGING)]
            rows += [(word, other, "random_whole", whole) for other in _lowest("random_whole", word, strangers, used)]
            members = sorted({one for own in others.values() for one in own if abs(len(one) - len(whole)) <= 1})
            strangers = [one for one in members if _apart(net, word, one, BELONGING)]
            rows += [(word, other, "random_word", whole) for other in _lowest("random_word", word, strangers, used)]
    return rows


def antonyms(net: WordNet, vocabulary: Iterable[str]) -> Rows:
    """Return the pairs of antonyms."""
    known = {word for word in vocabulary if net.plain(word, MOST_SENSES)}
    opposites = {word: [one for one in _opposites(net, word) if one in known] for word in sorted(known)}
    opposites = {word: own for word, own in opposites.items() if own}
    category = _joined(opposites)
    rows: Rows = []
    used: set[frozenset[str]] = set()
    for word, own in opposites.items():
        for opposite in own:
            rows.append((word, opposite, "anto", category[word]))
            alike = {one for one in _near(net, word) if one in known and category.get(one) != category[word]}
            rows += [(word, one, "similar", category[word]) for one in _lowest("similar", word, alike - {word}, used)]
            meant = {one for side in (word, opposite) for one in (side, *_near(net, side))}
            strangers = [
                one
                for one in opposites
                if category[one] != category[word]
                and abs(len(one) - len(opposite)) <= 1
                and not meant & _near(net, one)
            ]
            rows += [
                (word, one, "random_word", category[word]) for one in _lowest("random_word", word, strangers, used)
            ]
    return rows


def _lowest(relation: str, word: str, others: Iterable[str], used: set[frozenset[str]]) -> list[str]:
    """Return the partner of lowest hash as a list, empty where there is none; no two words are paired twice."""
    free = [other for other in others if other != word and frozenset((word, other)) not in used]
    chosen = sorted(free, key=lambda other: key(relation, word, other))[:1]
    used.update(frozenset((word, other)) for other in chosen)
    return chosen


def _apart(net: WordNet, word: str, other: str, kinds: tuple[str, ...]) -> bool:
    """Tell whether no sense of either word is, or belongs to, a sense of the other."""
    senses, others = set(net.senses[word]), set(net.senses[other])
    return not senses & net.meanings(other, kinds) and not others & net.meanings(word, kinds)


def _opposites(net: WordNet, word: str) -> list[str]:
    """Return the direct antonyms of a word's first sense that mean their own first sense, spelled apart."""
    synset = net.senses[word][0]
    found = []
    for kind, to, which in net.links[synset]:
        if kind == ANTONYM and net.words[synset][int(which[:2], 16) - 1] == word:
            other = net.words[to][int(which[2:], 16) - 1]
            alike = other in word or word in other
            found += [other] if not alike and net.senses.get(other, [""])[0] == to else []
    return found


def _near(net: WordNet, word: str) -> set[str]:
    """Return the words of a word's synsets, in any sense, and of those similar to them."""
    synsets = {one for sense in net.senses[word] for one in (sense, *net.linked(sense, (SIMILAR,)))}
    return {one for synset in synsets for one in net.words[synset]}


def _joined(opposites: dict[str, list[str]]) -> dict[str, str]:
    """Name each word's set of words that antonymy joins by the first of them."""
    category: dict[str, str] = {}
    for word in opposites:
        coming = [word]
        while coming:
            one = coming.pop()
            if one not in category:
                category[one] = word
                coming += opposites.get(one, [])
    return category


MADE: dict[str, tuple[str, Callable[[WordNet, Iterable[str]], Rows]]] = {
    "mero": ("noun", parts),
    "anto": ("adj", antonyms),
}


def main(wordnet: Path, vocabulary: Path, relation: str, out: Path) -> None:
    """Write the pairs of one relation."""
    part, make = MADE[relation]
    write(make(WordNet(wordnet, part), first_column(vocabulary)), out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))

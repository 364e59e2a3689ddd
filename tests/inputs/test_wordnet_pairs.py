"""The rules by which pairs are drawn from WordNet, on a few lines in its form."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import wordnet_pairs
from make_pairs import WordNet

LICENCE = "  1 This software and database is being provided to you\n"


def net(folder: Path, part: str, synsets: dict[str, tuple[str, str, list[tuple[str, str, str]]]]) -> WordNet:
    """Write synsets by offset, with words, lexicographer file and pointers; senses are in the order of synsets."""
    kind = part[0]
    senses: dict[str, list[str]] = {}
    lines = []
    for offset, (words, file, links) in synsets.items():
        names = words.split()
        for name in names:
            senses.setdefault(name, []).append(offset)
        cells = [offset, file, kind, f"{len(names):02x}", *(f"{name} 0" for name in names), f"{len(links):03d}"]
        lines.append(" ".join([*cells, *(f"{how} {to} {kind} {which}" for how, to, which in links), "| gloss"]))
    index = [f"{word} {kind} {len(own)} 0 {len(own)} 0 {' '.join(own)}  " for word, own in senses.items()]
    (folder / f"data.{part}").write_text(LICENCE + "\n".join(lines) + "\n", encoding="utf-8")
    (folder / f"index.{part}").write_text(LICENCE + "\n".join(index) + "\n", encoding="utf-8")
    return WordNet(folder, part)


@pytest.fixture
def nouns(tmp_path: Path) -> WordNet:
    whole = "0000"
    return net(tmp_path, "noun", {
        "00000001": ("house", "06", []),
        "00000002": ("roof", "06", [("#p", "00000001", whole)]),
        "00000003": ("porch", "06", [("#p", "00000001", whole)]),
        "00000004": ("ship", "06", []),
        "00000005": ("mast", "06", [("#p", "00000004", whole)]),
        "00000006": ("shipyard", "06", [("#p", "00000004", whole)]),
        "00000007": ("poet", "18", [("#p", "00000004", whole)]),
        # a second sense of roof stands on ships
        "00000008": ("deck roof", "06", [("#p", "00000004", whole)]),
    })  # fmt: skip


def test_parts_stand_against_wholes_that_no_sense_of_them_belongs_to(nouns: WordNet) -> None:
    vocabulary = ["house", "roof", "porch", "ship", "mast", "shipyard", "poet"]
    rows = wordnet_pairs.parts(nouns, vocabulary)
    assert {row[:2] for row in rows if row[2] == "mero"} == {("roof", "house"), ("porch", "house"), ("mast", "ship")}
    assert {row[:2] for row in rows if row[2] == "holo"} == {("house", "roof"), ("house", "porch"), ("ship", "mast")}
    # roof and porch are paired once; shipyard has its whole in its name, a poet is no thing
    assert [row[2] for row in rows].count("copart") == 1
    assert {row[:2] for row in rows if row[2] == "random_whole"} == {("porch", "ship"), ("mast", "house")}
    assert all(row[3] == {"roof": "house", "porch": "house"}.get(row[0], row[3]) for row in rows)
    assert any(row[2] == "random_word" for row in rows)
    for word, other, relation, category in rows:
        if relation == "random_word":
            assert abs(len(other) - len(category)) <= 1
            assert (word == "mast") != (other == "mast")


def test_antonyms_in_either_order_with_words_that_are_near_neither(tmp_path: Path) -> None:
    adjectives = net(tmp_path, "adj", {
        "00000001": ("hot", "00", [("!", "00000002", "0101"), ("&", "00000005", "0000")]),
        "00000002": ("cold", "00", [("!", "00000001", "0101")]),
        "00000003": ("wet", "00", [("!", "00000004", "0101")]),
        "00000004": ("dry", "00", [("!", "00000003", "0101")]),
        "00000005": ("warm", "00", [("&", "00000001", "0000")]),
        "00000006": ("able", "00", [("!", "00000007", "0101")]),
        "00000007": ("unable", "00", [("!", "00000006", "0101")]),
    })  # fmt: skip
    rows = wordnet_pairs.antonyms(adjectives, ["hot", "cold", "wet", "dry", "warm", "able", "unable"])
    found: dict[str, Any] = {relation: {row[:2] for row in rows if row[2] == relation} for *_, relation, _ in rows}
    assert found["anto"] == {("hot", "cold"), ("cold", "hot"), ("wet", "dry"), ("dry", "wet")}
    assert found["similar"] == {("hot", "warm")}
    assert {row[3] for row in rows} == {"cold", "dry"}
    for word, other in found["random_word"]:
        assert {word, other} & {"hot", "cold"}
        assert {word, other} & {"wet", "dry"}

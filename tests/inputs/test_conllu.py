"""Trees in CoNLL-U: what is read, which words are drawn, and one line for everything that cannot be."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import edgeinterp as ei
from edgeinterp.inputs.conllu import RELATIONS, WITHIN, Tree, Word, drawn, trees
from tests import reference_pairs as reference

KINDS = ("nsubj", "nsubj:pass", "amod", "conj", "appos", "flat:name", "obj", "dep")


def row(*cells: str) -> str:
    """A line from ID, FORM, LEMMA, UPOS, HEAD, DEPREL and MISC."""
    number, form, lemma, upos, head, relation, misc = (*cells, "_")[:7]
    return "\t".join((number, form, lemma, upos, "_", "_", head, relation, "_", misc))


SENTENCE = [
    "# sent_id = 1",
    "# text = The owner of the shop didn't sell.",
    row("1", "The", "the", "DET", "2", "det"),
    row("2", "owner", "owner", "NOUN", "8", "nsubj"),
    row("3", "of", "of", "ADP", "5", "case"),
    row("4", "the", "the", "DET", "5", "det"),
    row("5", "shop", "shop", "NOUN", "2", "nmod"),
    row("6-7", "didn't", "_", "_", "_", "_"),
    row("6", "did", "do", "AUX", "8", "aux"),
    row("7", "n't", "not", "PART", "8", "advmod"),
    row("8", "sell", "sell", "VERB", "0", "root", "SpaceAfter=No"),
    row("8.1", "anything", "anything", "PRON", "_", "_"),
    row("9", ".", ".", "PUNCT", "8", "punct"),
]


def written(folder: Any, lines: list[str], name: str = "trees.conllu") -> Any:
    path = folder / name
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_sentence_gives_a_pair_and_its_opposite(tmp_path: Any) -> None:
    pairs = ei.read_pairs(written(tmp_path, SENTENCE))
    assert (pairs.word1, pairs.word2) == (["sell", "sell"], ["owner", "shop"])
    assert (pairs.relations, pairs.categories) == (["nsubj", "not nsubj"], ["sell", "sell"])
    assert pairs.texts == ["The owner of the shop didn't sell."] * 2
    assert pairs.starts == [(29, 4), (29, 17)]
    assert pairs.notes == []


def test_without_a_text_the_tokens_make_one(tmp_path: Any) -> None:
    pairs = ei.read_pairs(written(tmp_path, SENTENCE[2:]))
    # a multiword token stands for its words, and SpaceAfter=No for no space
    assert pairs.texts[0] == "The owner of the shop didn't sell."
    assert ei.read_pairs(written(tmp_path, SENTENCE)) == pairs


def test_gzip_and_windows_line_ends(tmp_path: Any) -> None:
    want = ei.read_pairs(written(tmp_path, SENTENCE))
    path = tmp_path / "trees.conllu.gz"
    path.write_bytes(gzip.compress("\r\n".join([*SENTENCE, "", ""]).encode()))
    found = ei.read_pairs(path)
    assert (found.word2, found.texts, found.starts) == (want.word2, want.texts, want.starts)


def test_words_of_a_token_that_is_spelled_otherwise_have_no_place(tmp_path: Any) -> None:
    lines = [row("1-2", "du", "_", "_", "_", "_"), row("1", "de", "de", "ADP", "0", "root"),
             row("2", "le", "le", "DET", "1", "det"), row("3-4", "cannot", "_", "_", "_", "_", "SpaceAfter=No"),
             row("3", "can", "can", "AUX", "1", "dep"), row("4", "not", "not", "PART", "1", "dep")]  # fmt: skip
    (tree,) = trees(written(tmp_path, lines))
    assert tree.text == "du cannot"
    assert [word.start for word in tree.words] == [None, None, 3, 6]


def test_a_sentence_that_comes_twice_counts_once(tmp_path: Any) -> None:
    pairs = ei.read_pairs(written(tmp_path, [*SENTENCE, "", *SENTENCE]))
    assert len(pairs) == 2
    assert pairs.notes == ["2 pairs came in a text that had come before, and counted once"]


def test_pairs_without_an_opposite_are_counted(tmp_path: Any) -> None:
    alone = [line.replace("NOUN\t_\t_\t2\tnmod", "PRON\t_\t_\t2\tnmod") for line in SENTENCE]
    pairs = ei.read_pairs(written(tmp_path, [*SENTENCE, "", *alone]))
    assert len(pairs) == 2
    assert pairs.notes[0].startswith("1 pair of nsubj was left out: no word of the same part of speech")
    with pytest.raises(ei.InputError, match="has no pair; expected words that hold nsubj or amod"):
        ei.read_pairs(written(tmp_path, alone))
    # the shop is three words nearer to the verb
    assert ei.pairs_from_conllu(written(tmp_path, SENTENCE), "nsubj", within=3).word2 == ["owner", "shop"]
    with pytest.raises(ei.InputError, match="within 2 words"):
        ei.pairs_from_conllu(written(tmp_path, SENTENCE), within=2)


@pytest.mark.parametrize(
    ("at", "line", "said"),
    [
        (3, "2\towner", "line 4: 2 columns between tabs, expected the 10 of CoNLL-U"),
        (3, row("x", "owner", "o", "NOUN", "8", "nsubj"), "line 4: ID is 'x'"),
        (3, row("3", "owner", "o", "NOUN", "8", "nsubj"), "line 4: ID is 3; expected 2"),
        (3, row("2", "owner", "o", "NOUN", "10", "nsubj"), "line 4: HEAD is '10'; expected a word from 1 to 9"),
        (3, row("2", "owner", "o", "NOUN", "_", "nsubj"), "line 4: HEAD is '_'"),
        (3, row("2", " ", "o", "NOUN", "8", "nsubj"), "line 4: FORM is empty"),
        (3, row("2", "owners", "o", "NOUN", "8", "nsubj"), "line 4: FORM is 'owners', but `# text =` goes on 'owner"),
        (7, row("7-8", "didn't", "_", "_", "_", "_"), "line 8: ID is 7-8; expected 6"),
        (7, row("6-12", "didn't", "_", "_", "_", "_"), "line 13: the sentence ends before word 12"),
    ],
)  # fmt: skip
def test_malformed_lines_are_named(tmp_path: Any, at: int, line: str, said: str) -> None:
    path = written(tmp_path, [*SENTENCE[:at], line, *SENTENCE[at + 1 :]])
    with pytest.raises(ei.InputError) as caught:
        ei.read_pairs(path)
    assert str(caught.value).startswith(f"{path}, line")
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_file_without_empty_lines_is_refused(tmp_path: Any) -> None:
    lines = [row(str(number), "word", "word", "NOUN", "0", "dep") for number in range(1, 5002)]
    with pytest.raises(ei.InputError, match="line 5001: a sentence of more than 5,000 words"):
        ei.read_pairs(written(tmp_path, lines))


def test_arguments_are_checked(tmp_path: Any) -> None:
    path = written(tmp_path, SENTENCE)
    with pytest.raises(ei.InputError, match="relations: 'obj' is unknown; expected some of nsubj, amod"):
        ei.pairs_from_conllu(path, "obj")
    with pytest.raises(ei.InputError, match="within -1"):
        ei.pairs_from_conllu(path, within=-1)
    with pytest.raises(ei.InputError, match="no such file"):
        ei.pairs_from_conllu(tmp_path / "none.conllu")
    with pytest.raises(ei.InputError, match="has no pair"):
        ei.pairs_from_conllu(written(tmp_path, []))


@given(st.data())
def test_opposites_are_those_of_the_reference(data: Any) -> None:
    count = data.draw(st.integers(2, 12))
    rows, words = [], []
    for number in range(1, count + 1):
        upos = data.draw(st.sampled_from(("NOUN", "NOUN", "PROPN", "VERB", "ADJ")))
        form = data.draw(st.sampled_from((f"w{number}", "same")))
        head = data.draw(st.integers(0, count))
        head = 0 if head == number else head
        kind = data.draw(st.sampled_from(KINDS))
        # these hang on what stands before them
        if kind.partition(":")[0] in ("conj", "appos", "flat"):
            head = min(head, number - 1)
        rows.append([str(number), form, form, upos, "_", "_", str(head), kind, "_", "_"])
        words.append(Word(number, form, form, upos, head, kind, number * 10))
    for relation, (heads, dependents) in RELATIONS.items():
        for within in (0, WITHIN):
            found = [
                (head.number, word.number, 0 if other is None else other.number)
                for head, word, other in drawn(Tree("", words), relation, within)
            ]
            assert found == reference.opposites(rows, relation, heads, dependents, within)

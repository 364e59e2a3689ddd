"""Pairs in texts of their own: what a file may say, and where the words stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import edgeinterp as ei
from edgeinterp.inputs.templates import OwnText
from tests import reference_pairs as reference

HEADER = "word1\tword2\trelation\ttext\tstart1\tstart2\n"


def written(folder: Any, text: str, name: str = "pairs.tsv") -> Any:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def placed(text: str, word1: str, word2: str, starts: Any = None) -> Any:
    pairs = ei.Pairs([word1], [word2], ["a"], ["c"], texts=[text], starts=[starts] if starts else [])
    return OwnText().placed(pairs, 0)


def test_a_file_gives_each_pair_its_text(tmp_path: Any) -> None:
    text = f"{HEADER}cat\tmat\ton\tThe cat, a cat, sat on the mat.\t11\t\ncat\tmat\toff\t A cat off a mat.\t\t13.0\n"
    pairs = ei.read_pairs(written(tmp_path, text))
    # as it is, for the places are characters of it
    assert pairs.texts == ["The cat, a cat, sat on the mat.", " A cat off a mat."]
    assert pairs.starts == [(11, None), (None, 13)]
    assert [OwnText().placed(pairs, row).one for row in (0, 1)] == [(11, 14), (3, 6)]
    assert [OwnText().placed(pairs, row).other for row in (0, 1)] == [(27, 30), (13, 16)]
    assert pairs.part([1]).texts == pairs.texts[1:]
    assert pairs.part([1]).starts == pairs.starts[1:]


def test_the_same_pair_in_two_texts_is_two_pairs(tmp_path: Any) -> None:
    text = (
        "word1,word2,relation,text\ncat,mat,on,cat on mat\ncat,mat,on,mat under cat\ncat,mat,on,cat on mat\na,b,x,a b\n"
    )
    pairs = ei.read_pairs(written(tmp_path, text, "pairs.csv"))
    assert pairs.texts == ["cat on mat", "mat under cat", "a b"]
    assert any("1 line repeats" in note for note in pairs.notes)


def test_without_the_column_nothing_changes(tmp_path: Any) -> None:
    # spreadsheets end rows with empty cells
    pairs = ei.read_pairs(written(tmp_path, "word1\tword2\trelation\ncat\tmat\ton\na\tb\tx\t\t\n"))
    assert (pairs.texts, pairs.starts) == ([], [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEADER}cat\tmat\ton\t\t\t\n", "line 2: text is empty"),
        (f"{HEADER}cat\tmat\ton\n", "line 2: text is empty"),
        (f"{HEADER}cat\tmat\ton\tcat mat\t-1\t\n", "line 2: start1 is '-1'; expected a character's number"),
        (f"{HEADER}cat\tmat\ton\tcat mat\t\t1.5\n", "line 2: start2 is '1.5'"),
        ("word1\tword2\trelation\tstart1\ncat\tmat\ton\t3\n", "line 1: column 'start1' without a column 'text'"),
        ("word1\tword2\trelation\ttext\ttext\ncat\tmat\ton\ta\tb\n", "line 1: column 'text' comes twice"),
    ],
)
def test_faults_are_one_line(tmp_path: Any, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ei.InputError) as caught:
        ei.read_pairs(path)
    assert str(caught.value).startswith(f"{path}, line")
    assert said in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"texts": ["a b"]}, "texts must hold one text for each pair"),
        ({"texts": ["a b", "a b"], "starts": [(0, 2)]}, "starts must hold two places for each text"),
        ({"starts": [(0, 2), (0, 2)]}, "starts must hold two places for each text"),
        ({"texts": ["a b", 3]}, "texts: pair 2"),
        ({"texts": ["a b", "a b"], "starts": [(0, 2), 5]}, "starts: pair 2 has 5"),
        ({"texts": ["a b", "a b"], "starts": [(0, 2), (0, -2)]}, "starts: pair 2 has -2"),
    ],
)
def test_fields_that_do_not_fit_are_refused(fields: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        ei.Pairs(["a", "a"], ["b", "b"], ["x", "y"], ["c", "c"], **fields)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (placed("The cats sat on a mat.", "cat", "mat"), "'cat': not in its text as a whole word"),
        (placed("The Cat sat on a mat.", "cat", "mat"), "'cat': not in its text as a whole word"),
        (placed("The cat sat on a mat.", "cat", "mat", (5, None)), "'cat': not in its text at character 5"),
        (placed("The cat sat on a mat.", "cat", "mat", (None, 99)), "'mat': not in its text at character 99"),
        (placed("A sea gull.", "gull", "sea gull"), "both words stand in one place of their text"),
    ],
)
def test_words_without_a_place_have_a_reason(found: Any, reason: str) -> None:
    assert found.reason == reason


def test_a_start_finds_words_without_spaces_between_them() -> None:
    found = placed("猫在垫子上", "猫", "垫子", (0, 2))
    assert (found.one, found.other, found.reason) == ((0, 1), (2, 4), "")
    assert placed("猫在垫子上", "猫", "垫子").reason


@given(st.text("ab_ .é", max_size=14), st.text("ab é", min_size=1, max_size=3), st.text("ab", min_size=1, max_size=2))
def test_places_are_those_of_the_reference(text: str, word1: str, word2: str) -> None:
    found = placed(text, word1, word2)
    want = reference.places(text, word1, word2)
    assert (None if found.reason else (found.one, found.other)) == want

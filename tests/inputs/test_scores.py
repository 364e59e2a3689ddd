from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import edgeinterp as ei
from edgeinterp.inputs.scores import score_records, scored_texts

LINE = {"text": "A cat sat.", "method": "m", "tokens": ["A", "cat", "sat", "."], "scores": [1, 2, 3, 4]}


def one(**change: Any) -> Any:
    record = {key: value for key, value in {**LINE, **change}.items() if value is not None}
    return scored_texts([("here", record)])[0]


def parts(text: str, tokens: list[str]) -> list[str]:
    found = one(text=text, tokens=tokens, scores=[1.0] * len(tokens))
    return [text[first:last] for first, last in found.spans]


@pytest.mark.parametrize(
    ("text", "tokens", "want"),
    [
        ("A cat sat.", ["[CLS]", "a", "cat", "sat", ".", "[SEP]"], ["A", "cat", "sat", "."]),
        ("unbelievable", ["un", "##believ", "##able"], ["un", "believ", "able"]),
        ("the cat", ["▁the", "▁cat"], ["the", "cat"]),
        ("the cat", ["the", "Ġcat"], ["the", "cat"]),
        ("the cat", ["<s>", "Ġthe", " cat", "</s>"], ["the", "cat"]),
        ("low low", ["lo", "w</w>", "low</w>"], ["lo", "w", "low"]),
        ("Café crème", ["cafe", "creme"], ["Café", "crème"]),
        ("Café", ["Caf", "Ã©"], ["Caf", "é"]),
        ("straße", ["strasse"], ["straße"]),
        ("ab ab", ["ab", "ab"], ["ab", "ab"]),
        ("one, two", ["one", "two"], ["one", "two"]),
        ("The cat sat at home.", ["at", "home"], ["at", "home"]),
        ("nobody said no", ["no"], ["no"]),
        ("I don't like it", ["I", "do", "n't", "like"], ["I", "do", "n't", "like"]),
    ],
)
def test_tokens_of_any_tokenizer_are_found(text: str, tokens: list[str], want: list[str]) -> None:
    assert parts(text, tokens) == want


def test_words_are_not_found_inside_of_others() -> None:
    assert [tuple(span) for span in one(text="The cat sat at home.", tokens=["at"], scores=[1]).spans] == [(12, 14)]
    assert [tuple(span) for span in one(text="This is his", tokens=["is", "his"], scores=[1, 2]).spans] == [
        (5, 7), (8, 11),
    ]  # fmt: skip
    with pytest.raises(ei.InputError, match="'thing' is not in it"):
        one(text="Nothing is here", tokens=["thing"], scores=[1])


@given(st.text(st.sampled_from("abc ÄéßIİ"), min_size=1).filter(lambda text: bool(text.strip())))
def test_words_are_always_found(text: str) -> None:
    assert parts(text, text.split()) == text.split()


def test_what_is_not_in_the_text_is_named() -> None:
    found = one(tokens=["A", "dog", "sat", "."])
    assert found.unmatched == ("dog",)
    assert found.scores.tolist() == [1, 3, 4]


def test_numpy_and_tuples_are_taken() -> None:
    found = one(tokens=None, spans=np.array([[0, 1], [2, 5]]), scores=np.array([1.0, 2.0], np.float32))
    assert found.spans.tolist() == [[0, 1], [2, 5]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"text": None}, "text: expected a string"),
        ({"text": "  "}, "text is empty"),
        ({"method": ""}, "method: expected a name"),
        ({"method": 3}, "method: expected a string"),
        ({"scores": None}, "scores: expected a list of numbers"),
        ({"scores": "1234"}, "scores: expected a list of numbers"),
        ({"scores": []}, "scores: expected a list of numbers"),
        ({"scores": [1, 2, 3]}, "3 scores for 4 tokens; give one for each"),
        ({"scores": [1, 2, float("nan"), 4]}, "score 3 is nan; expected a finite number"),
        ({"scores": [1, 2, float("inf"), 4]}, "score 3 is inf"),
        ({"scores": [1, 2, 10**400, 4]}, "score 3 is 1000000"),
        ({"scores": [1, 2, 1e200, 4]}, "score 3 is 1e[+]200; expected a finite number"),
        ({"scores": np.array([1, 2, 1j, 4])}, "score 1 is a complex number"),
        ({"tokens": ["[CLS]"], "scores": [1]}, "no token is part of the text"),
        ({"scores": [1, 2, None, 4]}, "score 3 is null; expected a number"),
        ({"scores": [1, 2, True, 4]}, "score 3 is true; expected a number"),
        ({"scores": [1, 2, "x", 4]}, 'score 3 is "x"; expected a number'),
        ({"tokens": None}, "expected tokens, a list of strings, or spans"),
        ({"tokens": ["A", 3, "sat", "."]}, "expected tokens, a list of strings"),
        ({"tokens": ["The", "dog", "ran", "away"]}, "the tokens are not those of the text: 'The' is not in it"),
        ({"spans": [[0, 1]]}, "4 scores for 1 spans"),
        ({"spans": [[0, 1], [2, 5], [6, 9], [9, 11]]}, r"span 4 is \[9, 11\]; expected characters 0 to 10"),
        ({"spans": [[0, 1], [5, 2], [6, 9], [9, 10]]}, r"span 2 is \[5, 2\]"),
        ({"spans": [[0, 1], [2, 5, 6], [6, 9], [9, 10]]}, "span 2: expected"),
        ({"spans": [[0, 1], [2.5, 5], [6, 9], [9, 10]]}, "span 2: expected"),
        ({"signed": "yes"}, "signed: expected true or false"),
        ({"target": 3}, "target: expected a string"),
        ({"score": [1]}, "'score' is not known; expected text, method"),
    ],
)
def test_bad_lines_get_one_line(change: Any, said: str) -> None:
    with pytest.raises(ei.InputError, match=said) as error:
        one(**change)
    assert str(error.value).startswith("here: ")


def test_a_text_is_scored_once_by_a_method() -> None:
    with pytest.raises(ei.InputError, match=r"b: method 'm' has scores of this text already \(a\); keep one"):
        scored_texts([("a", LINE), ("b", LINE)])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty; expected an object"),
        ("{", "line 1: not JSON"),
        ('["text"]', "line 1: expected an object"),
        ('{"text": "a", "text": "b"}', "line 1: not JSON .a key stands twice"),
        ("\n\n3", "line 3: expected an object"),
        (json.dumps({**LINE, "scores": [1, 2, 3]}), "line 1: 3 scores for 4 tokens"),
        ("\ufeff" + json.dumps({**LINE, "x": 1}), "line 1: 'x' is not known"),
    ],
)
def test_bad_files_get_one_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "scores.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ei.InputError, match=said) as error:
        scored_texts(score_records(path))
    assert str(error.value).startswith(str(path))

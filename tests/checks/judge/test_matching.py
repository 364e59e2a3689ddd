from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeinterp.checks.judge.matching import token_scores
from edgeinterp.inputs.scores import ScoredText
from tests import reference_judge as reference

TEXT = "the unbelievable cat"


def scored(spans: Any, scores: Any, text: str = TEXT) -> ScoredText:
    return ScoredText(text, "m", np.array(spans, dtype=np.int64).reshape(-1, 2), np.array(scores, dtype=float))


cuts = st.lists(st.integers(0, len(TEXT)), min_size=2, max_size=9, unique=True).map(sorted)


@given(cuts, cuts, st.integers(0, 2**31))
def test_equals_the_reference(given_at: Any, tokens_at: Any, seed: Any) -> None:
    parts, tokens = (list(itertools.pairwise(at))[::2] for at in (given_at, tokens_at))
    scores = np.random.default_rng(seed).normal(size=len(parts))
    found, outside = token_scores(scored(parts, scores), np.array(tokens))
    want = reference.token_scores(TEXT, list(zip(parts, scores, strict=True)), tokens)
    np.testing.assert_allclose(found, want, atol=1e-12)
    assert len(outside) <= len(parts)


def test_tokens_words_and_characters_come_to_the_same() -> None:
    tokens = np.array([[0, 0], [0, 3], [4, 6], [6, 12], [12, 16], [17, 20], [0, 0]])
    own = np.array([0.0, 1.0, 0.5, 3.0, 1.5, -2.0, 0.0])
    by_token, _ = token_scores(scored(tokens[1:-1], own[1:-1]), tokens)
    np.testing.assert_allclose(by_token, own)
    characters = [(at, at + 1) for first, last in tokens for at in range(first, last)]
    each = [own[k] / (last - first) for k, (first, last) in enumerate(tokens) for _ in range(first, last)]
    by_character, _ = token_scores(scored(characters, each), tokens)
    np.testing.assert_allclose(by_character, own)
    by_word, outside = token_scores(scored([[0, 3], [4, 16], [17, 20]], [1.0, 5.0, -2.0]), tokens)
    assert by_word.sum() == pytest.approx(own.sum())
    assert by_word[[1, 5]].tolist() == [1.0, -2.0]
    # a space around a word is not counted among its characters
    wide, _ = token_scores(scored([[0, 4], [3, 17], [16, 20]], [1.0, 5.0, -2.0]), tokens)
    np.testing.assert_allclose(wide, by_word)
    assert outside == []


def test_what_belongs_to_no_token_is_named() -> None:
    found, outside = token_scores(scored([[0, 3], [17, 20]], [1.0, 2.0]), np.array([[0, 3]]))
    assert found.tolist() == [1.0]
    assert outside == ["cat"]

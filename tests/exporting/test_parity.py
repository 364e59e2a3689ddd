"""The certificate's arithmetic; tests of the export see it at work."""

from __future__ import annotations

import numpy as np
import pytest

from edgeinterp.errors import InputError
from edgeinterp.exporting import parity


def test_trials_stay_within_the_positions() -> None:
    for limit in (1, 9, 64, 512, None):
        for trial in parity.trials(limit):
            assert max(trial.lengths) <= min(limit or 160, 160)
            assert trial.mask.sum(axis=1).tolist() == list(trial.lengths)


def test_cosine_below_the_threshold_is_a_warning() -> None:
    agreement = parity._Agreement("hidden_states.1")
    expected = np.eye(4, dtype=np.float32)[None]
    agreement.add(expected, expected + 0.5, np.ones((1, 4), bool))
    answer = parity._by_cosine([agreement], "int8")
    assert not answer["passed"]
    assert "hidden_states.1 0.8" in answer["warnings"][0]


def test_values_that_are_not_finite_are_refused() -> None:
    agreement = parity._Agreement("attentions.0")
    values = np.ones((1, 1, 2, 2), np.float32)
    mask = np.array([[True, False]])
    bad = values.copy()
    bad[0, 0, 1, 1] = np.nan  # padding: nobody reads it
    agreement.add(values, bad, mask)
    assert agreement.relative_difference == 0
    bad[0, 0, 0, 0] = np.nan
    with pytest.raises(InputError, match=r"^attentions\.0: not finite"):
        agreement.add(values, bad, mask)


def test_feeds_hold_the_texts_and_nothing_under_the_mask() -> None:
    texts = [np.array([5, 6, 7]), np.array([8, 9])]
    for padding, tokens, positions in (
        ("right", [[8, 9, 5, 6], [5, 6, 0, 0]], [[0, 1, 2, 3], [0, 1, 1, 1]]),
        ("left", [[8, 9, 5, 6], [0, 0, 5, 6]], [[0, 1, 2, 3], [0, 0, 0, 1]]),
    ):
        feed = parity.make_feed(parity.Trial((4, 2), padding), parity.INPUT_NAMES, texts, 0, first=1)
        assert feed["input_ids"].tolist() == tokens
        assert feed["position_ids"].tolist() == positions
        assert feed["attention_mask"].tolist() == (np.array(tokens) > 0).astype(int).tolist()
        assert not feed["token_type_ids"].any()

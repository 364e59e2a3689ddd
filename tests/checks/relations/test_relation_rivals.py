"""Rivals of ``relations`` that look at bare words: what they see, and the worlds that they are for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

import edgeinterp as ei
from edgeinterp.checks.relations.features import dense
from edgeinterp.checks.relations.passes import WordStates
from edgeinterp.checks.relations.rivals import cosine_columns, state_rows
from edgeinterp.checks.relations.scores import Classifier
from tests import reference_relations as reference
from tests.checks.relations import relation_worlds as worlds
from tests.checks.relations.test_relations import rows_of


def verdict(seed: int, categories: int, **what: Any) -> str:
    world = worlds.related(seed, categories, **what)
    result = ei.relations(**world.given(), n_permutations=99, random_state=seed, threads=1)
    return str(result.verdicts[0].verdict)


def test_bare_states_are_those_of_both_words_and_their_lengths() -> None:
    words = [("robin", "bird"), ("robin", "hen"), ("goldfish", "fish"), ("hen", "bird")]
    rng = np.random.default_rng(0)
    states = {word: rng.standard_normal((3, 5)) for pair in words for word in pair}
    found = [dense(rows) for rows in state_rows(words, states)]
    assert len(found) == 2
    for layer, rows in enumerate(found, 1):
        assert np.allclose(rows, reference.both_states(words, states, layer))
    kept = WordStates(list(states), (3, 5))
    for word, own in states.items():
        kept.put(word, own)
    for rows, again in zip(found, state_rows(words, kept), strict=True):
        assert np.allclose(rows, dense(again), atol=1e-5)


def test_each_fold_takes_the_hidden_state_that_the_others_choose() -> None:
    world = worlds.related(3, 12, each=4, late=1.0, width=6)
    # a third hidden state without anything
    rng = np.random.default_rng(3)
    states = {word: np.vstack([own, rng.standard_normal((1, 6))]) for word, own in world.word_states.items()}
    settings: Any = {"n_permutations": 1, "threads": 1, "controls": ["words_states"]}
    contrast = ei.relations(**world.given(word_states=states), **settings).contrasts[0]
    data = rows_of(world)
    Xs = [reference.both_states([world.words[i] for i in data.rows], states, layer) for layer in (1, 2)]
    penalties = [Classifier(X, data).mapping.candidates for X in Xs]
    predicted, chosen = reference.heldout_best(Xs, data.y, data.folds, penalties)
    assert {number for number, _ in chosen.values()} == {0}
    assert contrast.rivals["words_states"].auc == pytest.approx(
        reference.within(predicted, data.y > 0, data.unit)[0], abs=1e-6
    )


def test_a_dimension_that_does_not_vary_says_nothing() -> None:
    words = [("robin", "bird"), ("robin", "hen"), ("goldfish", "fish")]
    rng = np.random.default_rng(1)
    states = {word: rng.standard_normal((2, 5)) for pair in words for word in pair}
    constant = {word: np.insert(own, 2, 7.3, axis=1) for word, own in states.items()}
    assert np.allclose(cosine_columns(words, constant), cosine_columns(words, states))


@pytest.mark.parametrize("what", [{"late": 1.5}, {"longer": 1.5}, {"cosine": 3.0, "massive": 80.0}])
def test_what_bare_words_give_away_is_not_called_a_relation(what: dict[str, float]) -> None:
    # before these rivals they were supported in 12, 11 and 6 of 12
    found = [verdict(seed, 30, **what) for seed in range(3000, 3012)]
    assert found.count("supported") <= binom.ppf(0.95, len(found), 0.05)


@pytest.mark.parametrize("massive", [0.0, 80.0])
def test_a_relation_of_pairs_is_still_supported(massive: float) -> None:
    # 10 cannot show a power of .8 (`make calibrate` has more), but they would show one that is far from it
    found = [verdict(seed, 80, relation=1.5, massive=massive) for seed in range(3000, 3010)]
    assert found.count("supported") >= binom.ppf(0.01, len(found), 0.8)

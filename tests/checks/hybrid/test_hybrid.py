"""``hybrid`` against slow references, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.errors import InputError
from tests.checks.hybrid.hybrid_worlds import World, world
from tests.reference_hybrid import block, of_words, penalties, weighted
from tests.reference_relations import heldout_best, within


def measured(given: World, **settings: Any) -> ei.HybridResult:
    options: dict[str, Any] = {"n_permutations": 99, "controls": (), **settings}
    return ei.hybrid(given.features, given.labels, given.groups, given.words, given.word_states, given.norms, **options)


def test_nested_classifiers_equal_refits_with_a_penalty_for_every_block() -> None:
    given = world(0, attention=1.0, features=1.0, categories=10)
    (found,) = measured(given).contrasts
    labels, groups = np.array(given.labels), np.array(given.groups)
    y, folds = np.where(labels == "hyper", 1.0, -1.0), groups
    blocks = {
        "W": of_words(given.words, given.word_states, absolute=False),
        "S": of_words(given.words, given.norms, absolute=True),
        "A": block([given.features.reshape(len(y), -1)]),
    }
    assert set(found.auc) == {"W", "S", "A", "WS", "WA", "WSA"}
    for names, own in found.auc.items():
        Xs = weighted([blocks[name] for name in names])
        predicted, _ = heldout_best(Xs, y, folds, [penalties(X) for X in Xs])
        assert own == pytest.approx(within(predicted, y > 0, groups)[0], abs=1e-9), names


def test_gains_are_differences_and_the_shared_part_is_what_remains() -> None:
    (found,) = measured(world(1, attention=1.0, features=1.0)).contrasts
    auc = {blocks: max(value, 0.5) for blocks, value in found.auc.items()}
    gains = {key: gain.value or 0.0 for key, gain in found.gains.items()}
    assert gains["attention"] == pytest.approx(auc["WSA"] - auc["WS"])
    assert gains["semantics"] == pytest.approx(auc["WSA"] - auc["WA"])
    assert gains["both"] == pytest.approx(auc["WSA"] - auc["W"])
    assert found.shared.value == pytest.approx(gains["both"] - gains["attention"] - gains["semantics"])


def test_p_of_a_gain_deals_the_signs_of_categories_gains() -> None:
    (found,) = measured(world(1, attention=1.0, categories=10)).contrasts
    whole, without = np.array(found.together.unit_aucs), np.array(found.nested["WS"].unit_aucs)
    gains = (whole - without) / len(whole)
    assert found.gains["attention"].value == pytest.approx(gains.sum(), abs=1e-5)
    # every sign of ten categories, the same for all of them
    signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * len(gains))).reshape(len(gains), -1)
    exact = np.mean(gains @ signs >= gains.sum() - 1e-9)
    p = found.gains["attention"].p
    assert p is not None
    assert abs(p - exact) < 4.0 * (exact * (1.0 - exact) / 99 + 1e-4) ** 0.5 + 0.011


def test_neither_order_of_pairs_nor_threads_change_a_number() -> None:
    given = world(2, attention=1.0, categories=10)
    order = np.random.default_rng(0).permutation(len(given.labels))
    moved = replace(
        given,
        features=given.features[order],
        labels=[given.labels[i] for i in order],
        groups=[given.groups[i] for i in order],
        words=[given.words[i] for i in order],
    )
    # `hyper` is the positive relation whichever comes first
    first, second = (
        measured(one, threads=threads, controls=("dealt", "random_features", "spelling")).contrasts[0]
        for one, threads in ((given, 1), (moved, 2))
    )
    assert first.auc == second.auc
    assert {key: one.auc for key, one in first.controls.items()} == {
        key: one.auc for key, one in second.controls.items()
    }


def test_pairs_without_properties_are_left_out_and_counted() -> None:
    given = world(3, attention=1.0)
    lacking = given.words[0][0]
    without = {word: vector for word, vector in given.norms.items() if word != lacking}
    found = measured(replace(given, norms=without))
    assert found.without_norms == sum(lacking in pair for pair in given.words)
    assert found.pairs + found.without_norms == len(given.words)


def test_many_pairs_are_cut_to_whole_categories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edgeinterp.checks.hybrid.hybrid.MOST_PAIRS", 80)
    found = measured(world(4, attention=1.0))
    assert 0 < found.contrasts[0].together.pairs <= 80
    assert "whole categories of at most 80 pairs" in found.notes[0]


def test_result_is_the_same_after_json() -> None:
    found = measured(world(5, attention=1.0, categories=10), controls=("spelling",))
    assert ei.HybridResult.from_dict(found.to_dict()) == found


def test_properties_from_a_table_with_gaps_and_senses() -> None:
    given = world(6, attention=1.0, categories=10)
    words = list(given.norms)
    values = np.array([given.norms[word] for word in words])
    values[0, 0] = np.nan
    table = ei.Norms([*words, "w1_(again)"], [*words, "w1"], list("abcdef"), np.vstack([values, values[1]]))
    filled = dict(zip(words, values, strict=True))
    filled[words[0]] = np.where(np.isnan(values[0]), np.nanmean(np.vstack([values, values[1]]), axis=0), values[0])
    kinds: tuple[Any, ...] = (table, filled)
    by_table, by_words = (measured(replace(given, norms=norms)) for norms in kinds)
    assert by_table.contrasts[0].auc == by_words.contrasts[0].auc


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"norms": {}}, "no pair has properties of both words"),
        ({"norms": {"w0": [1.0], "w1": [1.0, 2.0]}}, "vectors of 1 and 2 features"),
        ({"norms": {"w0": [np.nan]}}, "all finite"),
        ({"norms": 3}, "expected Norms, or a vector for each word"),
        ({"word_states": {}}, "word_states: none given"),
    ],
)
def test_odd_input_is_refused_in_one_line(change: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        measured(replace(world(7, categories=4), **change))


def test_states_of_another_shape_are_refused() -> None:
    with pytest.raises(InputError, match="sentence_states"):
        measured(world(8, categories=4), sentence_states=np.zeros((3, 2, 4)))

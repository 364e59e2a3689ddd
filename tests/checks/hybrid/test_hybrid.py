"""``hybrid`` against slow references, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.errors import InputError
from edgeinterp.results.hybrid.result import Gain, HybridControl
from edgeinterp.results.hybrid.verdicts import hybrid_verdicts
from edgeinterp.results.shared import Margin
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
    # whichever was measured first
    assert list(found.auc) == ["W", "S", "A", "WS", "WA", "WSA"]
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
        ({"norms": {}}, "leaves no two relations to set against each other"),
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


def test_categories_that_do_not_fit_make_room_for_those_that_do(monkeypatch: pytest.MonkeyPatch) -> None:
    given = world(9, attention=1.0, categories=10)
    # nine categories of eight pairs, and one of more than there is room for
    big = [f"c{min(int(name[1:]), 5)}" for name in given.groups]
    monkeypatch.setattr("edgeinterp.checks.hybrid.hybrid.MOST_PAIRS", 39)
    (found,) = measured(replace(given, groups=big)).contrasts
    assert (found.together.pairs, found.together.categories) == (32, 4)


def test_contrasts_are_those_of_all_relations_given() -> None:
    given = world(10, attention=1.0, categories=10)
    labels = ["first" if label == "hyper" else label for label in given.labels]
    order = sorted(range(len(labels)), key=lambda i: labels[i] != "first")
    words = [given.words[i] for i in order]
    # without properties of the first pair, the first relation with properties is another
    moved = replace(
        given,
        labels=[labels[i] for i in order],
        groups=[given.groups[i] for i in order],
        words=words,
        features=given.features[order],
        norms={word: vector for word, vector in given.norms.items() if word not in words[0]},
    )
    assert [one.name for one in measured(moved).contrasts] == ["first against coord"]


def test_a_word_is_looked_up_in_lower_case_where_it_is_not_there_as_written() -> None:
    given = world(11, attention=1.0, categories=10)
    words = list(given.norms)
    table = ei.Norms(words, words, list("abcdef"), np.array([given.norms[word] for word in words]))
    upper = [(one.upper(), other) for one, other in given.words]
    states = {**given.word_states, **{word.upper(): state for word, state in given.word_states.items()}}
    found = measured(replace(given, words=upper, norms=table, word_states=states))  # type: ignore[arg-type]
    assert found.without_norms == 0


def test_verdicts_are_borderline_where_what_decides_them_is() -> None:
    found = measured(world(0, categories=40, attention=2.0, features=2.0), equal=2.0, controls=())
    (contrast,) = found.contrasts
    near = Gain(0.0001, (0.00001, 0.2), (0.001, 0.19), 0.1)
    beaten = HybridControl(0.6, Margin(0.2, (0.1, 0.3), (0.12, 0.28), 0.1), gain=0.0)
    keys = ("dealt.0", "random_features.0", "spelling", "random_model.0", "elsewhere")
    controls = dict.fromkeys(keys, beaten)
    (verdict,) = hybrid_verdicts(
        replace(found, contrasts=[replace(contrast, gains={**contrast.gains, "attention": near}, controls=controls)])
    )
    assert (verdict.verdict, verdict.borderline) == ("supported", True)

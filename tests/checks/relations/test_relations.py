"""``relations``: the fast path against its reference, what is planted is found, and what is not there is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import edgeinterp as ei
from edgeinterp.checks.missing import Missing
from edgeinterp.checks.relations.data import MOST_FOLDS, contrast_rows, row_keys
from edgeinterp.checks.relations.features import HEAVIER, ColumnRows, dense, standardised_rows, weightings
from edgeinterp.checks.relations.pair_features import between
from edgeinterp.checks.relations.places import MOST_SHIFT, other_places
from edgeinterp.checks.relations.rivals import (
    cosine_columns,
    similarity_rows,
    spelling_columns,
    surface_rows,
    word_rows,
)
from edgeinterp.checks.relations.scores import Classifier, best_of, margin, scored_columns, unit_auc
from edgeinterp.checks.relations.stream import BlockClassifier
from tests import reference_relations as reference
from tests.checks.relations import relation_worlds as worlds


def relate(*arguments: Any, **named: Any) -> Any:
    """The public function; what may be None in general is not here."""
    return ei.relations(*arguments, **named)


def rows_of(world: Any, seed: int = 0, negative: str = "coord", words: Any = None) -> Any:
    keys = row_keys(lambda i: world.features[i], world.labels, world.words)
    return contrast_rows(world.labels, "hyper", negative, world.groups, words or world.words, keys, seed)


def standardised(features: Any, data: Any) -> Any:
    """Features (n, ...) of a contrast as a classifier takes them."""
    return dense(standardised_rows(ColumnRows(features[data.rows].reshape(len(data.rows), -1)))[0])


@pytest.fixture(scope="module")
def found() -> Any:
    """A planted world and what is found in it."""
    world = worlds.planted()
    return relate(**world.given(), n_permutations=199, threads=2)


def test_auc_counts_pairs_and_halves_ties() -> None:
    rng = np.random.default_rng(0)
    y = np.where(rng.random(30) < 0.4, 1.0, -1.0)
    y[[0, 1, 15, 16]] = [1, -1, 1, -1]
    scores = rng.integers(0, 5, (30, 6)).astype(float)
    scores[:, 5] = 2.0
    got = unit_auc(scores, y, np.array([0, 15]))
    for column in range(6):
        for unit, part in enumerate((slice(0, 15), slice(15, 30))):
            assert got[unit, column] == pytest.approx(reference.auc(scores[part, column], y[part] > 0))
    assert got[:, 5].tolist() == [0.5, 0.5]


def test_heldout_predictions_auc_and_flips_equal_refits() -> None:
    world = worlds.noise(3, categories=9, each=4)
    data = rows_of(world)
    X = standardised(world.features, data)
    classifier = Classifier(X, data)
    alphas = classifier.mapping.candidates
    assert len(alphas) == 10
    null = classifier.under_flips(6)
    signs = data.flips(0, 6)
    assert set(np.unique(signs)) == {-1.0, 1.0}
    for draw in range(-1, 6):
        turned: Any = [] if draw < 0 else np.flatnonzero(signs[:, draw] < 0)
        y = reference.flipped(data.y, data.unit, turned)
        predicted = reference.heldout(X, y, data.folds, alphas)
        want, _ = reference.within(predicted, y > 0, data.unit)
        got = classifier.scored().auc if draw < 0 else null[draw]
        assert got == pytest.approx(want, abs=1e-9)
    # as the relations are dealt in earnest: the labels themselves change, the flips do not
    assert np.ptp(null) > 0.01


def test_without_a_basis_in_memory_nothing_changes(monkeypatch: Any) -> None:
    world = worlds.noise(4, categories=9, each=4)
    data = rows_of(world)
    X = standardised(world.features, data)
    want = Classifier(X, data)
    monkeypatch.setattr("edgeinterp.checks.relations.scores.HELD_BYTES", 1)
    got = Classifier(X, data)
    assert want.basis is not None
    assert got.basis is None
    assert np.array_equal(want.under_flips(20), got.under_flips(20))


def test_whole_categories_are_held_out_and_never_the_same_two_words_on_both_sides() -> None:
    world = worlds.noise(5, categories=30, each=4)
    # one pair comes again, the other way round, in another category
    first, last = world.words[1], len(world.words) - 1
    assert world.labels[1] == world.labels[last] == "coord"
    words = [*world.words[:last], (first[1], first[0])]
    alone, joined = rows_of(world), rows_of(world, words=words)
    assert alone.units == 30
    assert joined.units == 29
    for data, own in ((alone, world.words), (joined, words)):
        assert len(set(data.folds.tolist())) == MOST_FOLDS
        sides: dict[Any, set[int]] = {}
        for row, fold in zip(data.rows, data.folds, strict=True):
            sides.setdefault(world.groups[row], set()).add(fold)
            sides.setdefault(tuple(sorted(own[row])), set()).add(fold)
        assert {len(folds) for folds in sides.values()} == {1}


def test_categories_without_both_relations_are_left_out() -> None:
    world = worlds.noise(6, categories=10, each=3)
    labels = list(world.labels)
    for i, group in enumerate(world.groups):
        if group == world.groups[0]:
            labels[i] = "hyper"
    keys = row_keys(lambda i: world.features[i], labels, world.words)
    data = contrast_rows(labels, "hyper", "coord", world.groups, world.words, keys, 0)
    assert data.units == 9
    assert world.groups[0] not in {world.groups[i] for i in data.rows}


def test_flips_are_the_same_in_every_contrast_and_change_with_the_seed() -> None:
    rng = np.random.default_rng(7)
    labels, groups, words = worlds.pairs(rng, 12, 4, ("hyper", "coord", "other"))
    keys = row_keys(lambda _: np.zeros(1), labels, words)
    signs = []
    for negative, seed in (("coord", 0), ("other", 0), ("coord", 1)):
        data = contrast_rows(labels, "hyper", negative, groups, words, keys, seed)
        flips = data.flips(0, 500)
        signs.append({groups[data.rows[start]]: flips[u] for u, start in enumerate(data.starts)})
    for group in set(groups):
        assert np.array_equal(signs[0][group], signs[1][group])
        assert not np.array_equal(signs[0][group], signs[2][group])
        assert abs(signs[0][group].mean()) < 0.2
    both = np.stack(list(signs[0].values()))
    assert np.abs(np.corrcoef(both) - np.eye(len(both))).max() < 0.2


def test_a_planted_head_is_found_by_name_and_beats_every_rival(found: Any) -> None:
    (contrast,) = found.contrasts
    assert contrast.auc > 0.95
    assert contrast.p_adjusted == 1 / 200
    assert contrast.excess == pytest.approx(contrast.auc - 0.5, abs=0.1)
    assert list(contrast.rivals) == [
        "words", "words_states", "similarity", "cosine", "cosine_states", "surface", "random_model.0", "random_model.1"
    ]  # fmt: skip
    assert list(contrast.references) == ["elsewhere.earlier", "elsewhere.later", "licensed"]
    places = [contrast.references[f"elsewhere.{place}"] for place in ("earlier", "later")]
    for rival in (*contrast.rivals.values(), *places):
        assert rival.auc < 0.7
        assert rival.margin.ci[0] > 0.2
    best = max(contrast.heads, key=lambda head: abs(head.auc - 0.5))
    assert (best.attention_layer, best.head, best.direction) == (2, 3, "1->2")
    assert best.auc > 0.95
    assert [head for head in contrast.heads if head.p_adjusted <= 0.05] == [best]
    (verdict,) = found.verdicts
    assert (verdict.verdict, verdict.contrast) == ("supported", "hyper against coord")


@pytest.mark.parametrize(("strength", "kinds"), [(1.0, 1), (0.3, 2)])
def test_blocks_have_penalties_of_their_own_as_refits_choose_them(strength: float, kinds: int) -> None:
    rng = np.random.default_rng(12)
    world = worlds.noise(12, categories=9, each=4, shape=(2, 1, 1))
    data = rows_of(world)
    parts = [slice(0, 1), slice(1, 12)]
    # one column tells, eleven do not: alike, they drown it
    noise = rng.standard_normal((len(data.y), 12))
    columns = np.column_stack([strength * data.y + noise[:, 0], noise[:, 1:]])
    rows = [ColumnRows(X) for X in reference.weighted(columns, parts, HEAVIER)]
    assert [dense(a) for a in weightings(ColumnRows(columns), parts)] == [pytest.approx(dense(b)) for b in rows]
    Xs = [dense(one) for one in rows]
    fits: list[Any] = [Classifier(X, data) for X in Xs]
    predicted, chosen = reference.heldout_best(Xs, data.y, data.folds, [fit.mapping.candidates for fit in fits])
    # where one block is plainly better every fold says so, else they differ
    assert len({number for number, _ in chosen.values()}) >= kinds
    for got in (best_of(fits), best_of(BlockClassifier(one, data) for one in rows)):
        assert got.auc == pytest.approx(reference.within(predicted, data.y > 0, data.unit)[0])
        assert got.penalty == pytest.approx([chosen[fold][1] for fold in sorted(chosen)])
        refitted = reference.refitted_without_best(Xs, data.y, data.folds, data.unit, chosen)
        assert got.without[:, 1] == pytest.approx(np.array(refitted))
    if kinds == 1:
        assert {number for number, _ in chosen.values()} == {1}
        assert best_of(fits).auc == fits[1].scored().auc


@pytest.mark.parametrize("columns", [1, 4])
def test_a_cosine_is_scored_as_it_is_and_chosen_on_other_folds(columns: int) -> None:
    rng = np.random.default_rng(columns)
    world = worlds.noise(13, categories=24, each=4, shape=(2, 1, 1))
    data = rows_of(world)
    # lower where there is more of the relation, in some categories; and ties
    values = np.round(rng.standard_normal((len(data.y), columns)) - 0.4 * data.y[:, None] * (data.unit[:, None] % 3), 1)
    got = scored_columns(values, data)
    want, chosen = reference.unfitted(values, data.y, data.folds, data.unit)
    assert {direction for _, direction in chosen.values()} == {-1.0}
    assert got.auc == pytest.approx(want)
    fixed, again = reference.unfitted_without(values, data.y, data.folds, data.unit)
    assert got.without == pytest.approx(np.stack([fixed, again], axis=1))
    assert got.accuracy is None
    assert np.abs(got.units @ data.weights / data.weights.sum() - got.auc) < 1e-12


def test_cosines_need_the_states_that_they_look_at() -> None:
    world = worlds.planted()
    first = {word: states[0] for word, states in world.word_states.items()}
    contrast = relate(**world.given(word_states=first), n_permutations=99).contrasts[0]
    whole = relate(**world.given(), n_permutations=99).contrasts[0]
    assert contrast.rivals["cosine"] == whole.rivals["cosine"]
    assert contrast.rivals["similarity"] == whole.rivals["similarity"]
    for name in ("cosine_states", "words_states"):
        assert contrast.rivals[name].auc is None
        assert "all their hidden states were not given" in contrast.rivals[name].reason


def test_heads_are_the_auc_within_categories(found: Any) -> None:
    world = worlds.planted()
    positive = np.array(world.labels) == "hyper"
    for head in found.contrasts[0].heads:
        column = world.features[:, ("1->2", "2->1").index(head.direction), head.attention_layer - 1, head.head - 1]
        want, _ = reference.within(column, positive, np.array(world.groups))
        assert head.auc == pytest.approx(want)


def test_less_attention_is_found_as_well() -> None:
    contrast = relate(**worlds.planted(1, direction=1, strength=-3.0).given(), n_permutations=99).contrasts[0]
    best = min(contrast.heads, key=lambda head: head.auc)
    assert (best.attention_layer, best.head, best.direction) == (2, 3, "2->1")
    assert best.p_adjusted == 0.01
    assert contrast.auc > 0.95


def test_interval_and_margin_are_over_categories(found: Any) -> None:
    world = worlds.planted()
    data = rows_of(world, seed=found_seed())
    X = standardised(world.features, data)
    Z = standardised(world.elsewhere["later"], data)
    own, rival = Classifier(X, data).scored(), Classifier(Z, data).scored()
    contrast = found.contrasts[0]
    both = (reference.fixed_without, reference.refitted_without)
    fixed, refitted = (np.array(each(X, data.y, data.folds, data.unit, own.penalty)) for each in both)
    low, high = reference.jackknife(own.auc, fixed, refitted, 0.05)
    assert contrast.ci == pytest.approx((low, min(high, 1.0)), abs=1e-9)
    less = [np.maximum(each(Z, data.y, data.folds, data.unit, rival.penalty), 0.5) for each in both]
    got = margin(own, rival, 0.05, 0.05)
    assert got.value is not None
    assert got.ci == pytest.approx(reference.jackknife(got.value, fixed - less[0], refitted - less[1], 0.05))
    assert got.value == pytest.approx(contrast.references["elsewhere.later"].margin.value)
    assert got.value == pytest.approx(own.auc - max(rival.auc, 0.5))


def found_seed() -> int:
    from edgeinterp.statistics.draws import seed_of

    return seed_of(0)


def test_a_rival_below_chance_counts_as_chance() -> None:
    world = worlds.noise(8, categories=12, each=4)
    data = rows_of(world)
    X = standardised(world.features, data)
    own = Classifier(X, data).scored()
    low = replace(own, auc=0.2, without=np.full((data.units, 2), 0.2))
    got = margin(own, low, 0.05, 0.05)
    assert got.value == pytest.approx(own.auc - 0.5)
    assert got.ci == pytest.approx(reference.jackknife(own.auc - 0.5, own.without[:, 0], own.without[:, 1], 0.05))
    high = replace(own, auc=0.8, without=np.full((data.units, 2), 0.8))
    assert margin(own, high, 0.05, 0.05).value == pytest.approx(own.auc - 0.8)


def test_a_leak_of_length_is_caught_by_surface() -> None:
    result = relate(**worlds.leak_of_length().given(), n_permutations=99)
    contrast = result.contrasts[0]
    assert contrast.p_adjusted == 0.01
    assert contrast.rivals["surface"].auc > 0.99
    assert contrast.rivals["surface"].margin.ci[0] <= 0.0
    assert contrast.rivals["words"].margin.ci[0] > 0.0
    assert result.verdicts[0].verdict == "weakened"
    assert "lengths, spelling and position" in result.verdicts[0].because


def test_a_lexical_leak_is_caught_by_words() -> None:
    result = relate(**worlds.leak_of_words().given(), n_permutations=99)
    contrast = result.contrasts[0]
    assert contrast.rivals["words"].auc > 0.99
    assert contrast.rivals["words"].margin.ci[0] <= 0.0
    assert contrast.references["elsewhere.earlier"].margin.ci[0] > 0.0
    assert contrast.references["elsewhere.later"].margin.ci[0] > 0.0
    assert result.verdicts[0].verdict == "weakened"
    assert "the words alone" in result.verdicts[0].because


def test_attention_that_is_everywhere_is_caught_by_elsewhere() -> None:
    world = worlds.planted()
    result = relate(**world.given(elsewhere=world.features[..., ::-1]), n_permutations=99)
    assert result.contrasts[0].references["elsewhere"].auc > 0.95
    assert result.verdicts[0].verdict == "weakened"
    assert "two other places" in result.verdicts[0].because


@pytest.mark.parametrize(("there", "silent"), [("earlier", "later"), ("later", "earlier")])
def test_one_choice_of_other_places_that_does_as_well_is_enough(there: str, silent: str) -> None:
    world = worlds.planted()
    places = {**world.elsewhere, there: world.features[..., ::-1]}
    result = relate(**world.given(elsewhere=places, licensed=[2]), n_permutations=99)
    (contrast,) = result.contrasts
    assert contrast.references[f"elsewhere.{there}"].auc > 0.95
    assert contrast.references[f"elsewhere.{silent}"].margin.ci[0] > 0.0
    licensed = contrast.references["licensed"]
    assert licensed.against[f"elsewhere.{there}"].auc > 0.95
    assert result.verdicts[0].verdict == "weakened"
    assert f"two other places of the sentence, the {there} that fit" in result.verdicts[0].because
    # of a single template, the better of the two
    alone = contrast.references[f"elsewhere.{there}"]
    assert (contrast.templates[0].elsewhere.auc, contrast.templates[0].elsewhere.margin) == (alone.auc, alone.margin)


def test_other_places_without_a_name_are_one_rival() -> None:
    world = worlds.planted()
    named = relate(**world.given(), n_permutations=99).contrasts[0]
    alone = relate(**world.given(elsewhere=world.elsewhere["later"]), n_permutations=99).contrasts[0]
    assert alone.references["elsewhere"] == named.references["elsewhere.later"]
    assert len(alone.references) == len(named.references) - 1


def test_a_random_model_that_does_as_well_is_caught() -> None:
    world = worlds.planted()
    models = [world.random_models[0], world.features[..., ::-1]]
    result = relate(**world.given(random_models=iter(models)), n_permutations=99)
    assert result.contrasts[0].rivals["random_model.0"].margin.ci[0] > 0.0
    assert result.contrasts[0].rivals["random_model.1"].auc > 0.95
    assert result.verdicts[0].verdict == "unsupported"
    assert "a random model" in result.verdicts[0].because


def test_layers_that_are_not_licensed_weaken() -> None:
    world = worlds.planted(layer=2)
    result = relate(**world.given(licensed=[1, 3]), n_permutations=99)
    licensed = result.contrasts[0].references["licensed"]
    assert licensed.layers == [1, 3]
    assert licensed.auc < 0.7
    # noise is not shown to be nothing by so few categories
    assert result.verdicts[0].verdict == "undecided"
    assert "not with those layers alone" in result.verdicts[0].because
    with_it = relate(**world.given(licensed=[2]), n_permutations=99)
    licensed = with_it.contrasts[0].references["licensed"]
    assert licensed.auc > 0.95
    assert licensed.p_adjusted == 0.01
    assert licensed.against.keys() == {*with_it.contrasts[0].rivals, "elsewhere.earlier", "elsewhere.later"}
    assert with_it.verdicts[0].verdict == "supported"


def test_word_effects_are_not_relations() -> None:
    # 200 repetitions: make calibrate
    rejected, heads, repetitions = 0, 0, 25
    for seed in range(repetitions):
        world = worlds.noise(100 + seed, shape=(2, 2, 3))
        contrast = relate(
            world.features, world.labels, world.groups, words=world.words, n_permutations=99, random_state=seed
        ).contrasts[0]
        assert contrast.p is not None
        rejected += contrast.p <= 0.05
        heads += min(head.p_adjusted or 1.0 for head in contrast.heads) <= 0.05
    # binomial, 99.9 %: 6 of 25 at a rate of .05
    assert rejected <= 6
    assert heads <= 6


def test_flips_of_categories_hold_where_permuted_rows_do_not() -> None:
    """Word effects, single features: rows dealt within categories reject far too often, flips of categories do not."""
    rng = np.random.default_rng(0)
    by_rows, by_flips, draws = [], [], 99
    for seed in range(24):
        world = worlds.noise(100 + seed, categories=10, each=20, shape=(2, 2, 3))
        data = rows_of(world, seed)
        flat = world.features[data.rows].reshape(len(data.rows), -1)
        shares = data.weights / data.weights.sum()
        units = unit_auc(flat, data.y, data.starts) - 0.5
        observed = np.abs(shares @ units)
        flipped = np.abs((shares[:, None] * data.flips(0, draws)).T @ units)
        by_flips.append((1 + np.sum(flipped >= observed - 1e-12, axis=0)) / (draws + 1) <= 0.05)
        dealt = []
        for _ in range(draws):
            y = data.y.copy()
            for u in range(data.units):
                part = data.unit == u
                y[part] = rng.permutation(y[part])
            dealt.append(np.abs(shares @ (unit_auc(flat, y, data.starts) - 0.5)))
        by_rows.append((1 + np.sum(np.array(dealt) >= observed, axis=0)) / (draws + 1) <= 0.05)
    assert np.mean(by_rows) > 0.15
    assert np.mean(by_flips) < 0.09


def test_order_and_threads_do_not_matter() -> None:
    world = worlds.noise(11, categories=10, each=5)
    world.features = np.round(world.features, 1)
    first = relate(**world.given(), n_permutations=99, threads=1).to_dict()
    order = np.random.default_rng(0).permutation(len(world.labels))
    for name in ("features", "surface"):
        setattr(world, name, getattr(world, name)[order])
    world.elsewhere = {name: part[order] for name, part in world.elsewhere.items()}
    world.random_models = [part[order] for part in world.random_models]
    for name in ("labels", "groups", "words"):
        setattr(world, name, [getattr(world, name)[i] for i in order])
    other = relate(**world.given(), n_permutations=99, threads=3)
    # which of two relations comes first is the only thing that order may decide, and `hyper` is known by name
    got = other.to_dict()
    assert got["contrasts"][0]["heads"] == first["contrasts"][0]["heads"]
    assert got["verdicts"] == first["verdicts"]
    for name in ("auc", "accuracy", "p", "p_adjusted", "excess"):
        assert got["contrasts"][0][name] == pytest.approx(first["contrasts"][0][name], rel=1e-9)
    assert type(other).from_dict(got) == other


def test_templates_are_averaged_and_scored_alone() -> None:
    world = worlds.planted()
    quiet = worlds.shares(np.random.default_rng(5).standard_normal(world.features.shape))
    both = np.stack([world.features, quiet])
    other = {name: np.stack([part, part]) for name, part in world.elsewhere.items()}
    changed = world.given(features=both, elsewhere=other, templates=["states it", "does not"])
    contrast = relate(**changed, n_permutations=99).contrasts[0]
    assert [template.template for template in contrast.templates] == ["states it", "does not"]
    assert contrast.templates[0].auc > 0.95
    assert contrast.templates[1].auc < 0.7
    assert contrast.templates[0].elsewhere.auc == contrast.templates[1].elsewhere.auc
    alone = relate(**world.given(features=both.mean(axis=0)), n_permutations=99).contrasts[0]
    assert contrast.auc == pytest.approx(alone.auc)


def test_features_that_never_vary_are_dropped_and_counted() -> None:
    world = worlds.planted()
    world.features[:, 1] = 0.0
    contrast = relate(**world.given(), n_permutations=99).contrasts[0]
    assert contrast.dropped == 12
    assert {head.direction for head in contrast.heads} == {"1->2"}
    world.features[:] = 1.0
    contrast = relate(**world.given(), n_permutations=99).contrasts[0]
    assert (contrast.auc, contrast.p_adjusted, contrast.heads) == (0.5, None, [])


def test_contrasts_are_corrected_for_each_other() -> None:
    rng = np.random.default_rng(2)
    labels, groups, words = worlds.pairs(rng, 12, 6, ("coord", "hyper", "other"))
    features = rng.standard_normal((len(labels), 2, 2, 2))
    features[:, 0, 0, 0] += 4.0 * (np.array(labels) == "hyper") + 0.2 * (np.array(labels) == "other")
    result = relate(worlds.shares(features), labels, groups, words=words, n_permutations=199)
    assert [(c.positive, c.negative) for c in result.contrasts] == [("hyper", "coord"), ("hyper", "other")]
    assert [c.p for c in result.contrasts] == [1 / 200, 1 / 200]
    assert [c.p_adjusted for c in result.contrasts] == [2 / 200, 2 / 200]


def test_few_categories_are_undecided_and_one_has_no_score() -> None:
    result = relate(**worlds.noise(1, categories=7).given(), n_permutations=99)
    assert result.verdicts[0].verdict == "undecided"
    assert "7 categories" in result.verdicts[0].because
    result = relate(**worlds.noise(1, categories=1).given(), n_permutations=99)
    assert result.contrasts[0].auc is None
    assert result.verdicts[0].verdict == "undecided"


@pytest.mark.parametrize("options", [{"n_permutations": 1}, {"n_permutations": 18}, {"alpha": 0.0001}])
@pytest.mark.parametrize("make", [worlds.planted, worlds.noise])
def test_too_few_permutations_are_undecided(make: Any, options: dict[str, Any]) -> None:
    result = relate(**make().given(), **{"n_permutations": 99, **options})
    assert {one.verdict for one in result.verdicts} == {"undecided"}
    assert "cannot give an adjusted p below" in result.verdicts[0].because


def test_what_was_not_given_is_null_with_a_reason() -> None:
    world = worlds.planted()
    result = relate(world.features, world.labels, world.groups, n_permutations=99)
    contrast = result.contrasts[0]
    assert all(rival.auc is None and rival.reason for rival in contrast.rivals.values())
    assert contrast.references["licensed"].reason
    assert result.verdicts[0].verdict == "undecided"
    result = relate(**world.given(elsewhere=Missing("no room")), n_permutations=99)
    assert result.contrasts[0].references["elsewhere"].reason == "no room"
    assert result.verdicts[0].verdict == "undecided"
    assert "no room" in result.verdicts[0].because


@pytest.mark.parametrize(
    "changes",
    [
        {"features": np.zeros((4, 2, 3))},
        {"features": np.full((320, 2, 3, 4), np.nan)},
        {"elsewhere": np.zeros((320, 2, 3, 5))},
        {"elsewhere": {"earlier": np.zeros((320, 2, 3, 4)), "later": np.zeros((320, 2, 3, 5))}},
        {"elsewhere": {"": np.zeros((320, 2, 3, 4))}},
        {"elsewhere": {}},
        {"labels": ["hyper"] * 320},
        {"labels": ["hyper", "coord"]},
        {"groups": ["one"]},
        {"words": [("a", "b")]},
        {"word_states": {"a": [1.0]}},
        {"word_states": dict.fromkeys(["a", "b"], np.zeros((0, 3))), "words": [("a", "b")] * 320},
        {"word_states": {"a": [1.0, 2.0], "b": [[1.0, 2.0], [3.0, 4.0]]}, "words": [("a", "b")] * 320},
        {"surface": np.zeros((3, 2))},
        {"licensed": [0]},
        {"licensed": [4]},
        {"templates": ["a", "b"]},
        {"random_models": [np.zeros((3, 2, 3, 4))]},
        {"controls": ["nothing"]},
        {"alpha": 0.0},
        {"n_permutations": 0},
    ],
)
def test_unusable_arguments_are_one_line(changes: Any) -> None:
    world = worlds.planted()
    with pytest.raises(ei.InputError) as caught:
        relate(**world.given(**changes))
    assert len(str(caught.value).splitlines()) == 1


def test_identities_are_of_words_in_several_folds() -> None:
    words = [("a", "x"), ("b", "x"), ("a", "y"), ("c", "z")]
    states = {word: np.eye(6)[i][None] for i, word in enumerate("abcxyz")}
    features, *heavier = map(dense, word_rows(words, states, np.array([0, 0, 1, 1])))
    # one block each, and none of the identities of word2
    assert len(heavier) == 3
    # word1: a; word2: x is in fold 0 alone, y and z in fold 1 alone; then two blocks of states
    assert features.shape == (4, 1 + 12)
    assert np.allclose(np.square(features[:, :1]).sum() / 4, 1.0)
    assert np.allclose(np.square(features[:, 1:7]).sum() / 4, 1.0)


def test_similarity_and_surface_are_what_they_say() -> None:
    words = [("robin", "bird"), ("robin", "hen"), ("goldfish", "fish")]
    rng = np.random.default_rng(0)
    states = {word: rng.standard_normal((3, 5)) for pair in words for word in pair}
    known = sorted(states)
    mean = np.mean([states[word][0] for word in known], axis=0)
    first, second = (np.stack([states[pair[place]][0] - mean for pair in words]) for place in (0, 1))
    cosine = reference.cosines(words, states)
    assert np.allclose(cosine_columns(words, states), cosine)
    columns = np.concatenate([cosine[:, :1], first - second, first * second], axis=1)
    parts = [slice(0, 1), slice(1, 6), slice(6, 11)]
    for got, want in zip(similarity_rows(words, states), reference.weighted(columns, parts, HEAVIER), strict=True):
        assert np.allclose(dense(got), want)
    # bi in ^robin$ and ^bird$, n$ in ^hen$; ^goldfish$ has fi, is, sh, h$ of ^fish$
    want = [[5, 4, 1, 2 / (6 + 5)], [5, 3, 2, 2 / (6 + 4)], [8, 4, 4, 2 * 4 / (9 + 5)]]
    assert spelling_columns(words).tolist() == want
    columns = dense(surface_rows(words, np.array([[1.0, 7.0], [2.0, 7.0], [3.0, 7.0]])))
    assert columns.shape == (3, 1 + 4)
    assert np.allclose(columns.std(axis=0), 1.0)


@given(st.integers(0, 2**32 - 1))
def test_attention_between_spans(seed: int) -> None:
    rng = np.random.default_rng(seed)
    attention = rng.random((2, 3, 9, 9)).astype(np.float32)
    a, b, c, d = sorted(rng.choice(10, 4, replace=False).tolist())
    for one, other in (((a, b), (c, d)), ((c, d), (a, b))):
        want = reference.attention_between(attention, one, other)
        assert np.allclose(between(attention, one, other), want, atol=1e-6)


@given(st.integers(0, 2**32 - 1))
def test_other_places_touch_neither_word_and_are_as_near_as_can_be(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size = int(rng.integers(6, 20))
    a, b, c, d = sorted(rng.choice(size + 1, 4, replace=False).tolist())
    one, other = ((a, b), (c, d)) if rng.random() < 0.5 else ((c, d), (a, b))
    free = np.ones(size, dtype=bool)
    free[[0, -1]] = rng.random(2) < 0.5
    free[a:b] = free[c:d] = False
    possible = reference.two_places(free, one, other, MOST_SHIFT)
    got = other_places(free.tobytes(), one, other)
    if not possible:
        assert got is None
        return
    assert got is not None
    best = reference.nearest_places(possible, one, other)
    for places, want in zip(got, (best[0], best[-1]), strict=True):
        (i, i_end), (j, j_end) = places
        assert (i, j) == want
        assert (i_end - i, j_end - j) == (one[1] - one[0], other[1] - other[0])


def test_one_side_of_the_words_has_the_same_places_twice() -> None:
    free = np.array([False, True, True, False, True, False, True, True, True, True])
    # words at 3 and 5: shifted by one to either side, or where a special token stands before, to the right alone
    assert other_places(free.tobytes(), (3, 4), (5, 6)) == (((2, 3), (4, 5)), ((4, 5), (6, 7)))
    free[2] = False
    assert other_places(free.tobytes(), (3, 4), (5, 6)) == (((4, 5), (6, 7)), ((4, 5), (6, 7)))

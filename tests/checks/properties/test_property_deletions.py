"""Leaving a unit out of every fit, without refits, equals refits; intervals then cover."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from scipy.special import stdtrit

import edgeinterp as ei
from edgeinterp.checks.properties import deletions as property_deletions
from edgeinterp.checks.properties.comparisons.neighbours import Neighbourhood, NeighbourMap
from edgeinterp.checks.properties.data import assemble
from edgeinterp.checks.properties.deletions import unit_changes
from edgeinterp.checks.properties.mappings import Mapping, PLSMap, RidgeMap, heldout
from edgeinterp.checks.properties.scores import pearson_scores
from edgeinterp.regression import deletions
from edgeinterp.statistics.inference import jackknife_interval
from tests import reference, reference_relations
from tests.checks.properties.norm_worlds import clusters, planted, vectors, words

# units of 1 to 3 concepts, folds of 6
STARTS = np.array([0, 1, 2, 3, 6, 7, 8, 10, 12, *range(14, 30)])
LABELS = np.repeat(np.arange(5), 6)


def without(mapping: Mapping, Y: Any, chosen: Any = None) -> tuple[Any, Any]:
    """Scores without each unit, fits held fixed and not, and the candidate of each fold."""
    found = heldout(mapping, Y[:, None], LABELS)
    P, choice = found.centred[:, 0], found.choice[0]
    chosen = np.arange(len(STARTS)) if chosen is None else chosen
    changes = unit_changes(mapping, Y, P, LABELS, choice, STARTS, chosen)
    assert changes is not None
    return pearson_scores(P, Y, STARTS, (chosen, changes))[1], choice


def missing(Y: Any) -> Any:
    Y = Y.copy()
    Y[[2, 3, 17], 1] = Y[3:6, 2] = np.nan
    return Y


def test_memory_does_not_grow_with_the_penalties_that_folds_chose() -> None:
    rng = np.random.default_rng(0)
    mapping, Y, labels = RidgeMap(rng.normal(size=(600, 20)), False), rng.normal(size=(600, 500)), np.arange(600) // 60
    peaks = []
    for choice in (np.zeros(10), np.arange(10.0)):
        tracemalloc.start()
        basis, every = mapping.basis(np.arange(600)), np.arange(600)
        for _ in deletions.deletions(basis, 1.0 + choice, labels, Y, every, every):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    # the residuals of the last penalty while those of the next are worked out
    assert peaks[1] < peaks[0] + 2 * Y.nbytes


@pytest.mark.parametrize("with_missing", [False, True])
@pytest.mark.parametrize("width", [4, 40])
@pytest.mark.parametrize("held", [1, 1 << 21])
def test_ridge_without_a_unit_equals_refits(
    width: int, with_missing: bool, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletions, "HELD", held)
    X = vectors(30, width)
    Y = planted(X, 4, 0.5)
    Y = missing(Y) if with_missing else Y
    mapping = RidgeMap(X, sparse=False)
    found, choice = without(mapping, Y)
    penalties = [mapping.candidates[c] for c in choice]

    def predict(rows: Any, y: Any) -> Any:
        P, means = reference.ridge_heldout(X[rows], y[:, None], LABELS[rows], penalties)
        return (P - means)[:, 0]

    np.testing.assert_allclose(found[:, 1], reference.refitted_without(predict, Y, LABELS, STARTS.tolist()), atol=1e-9)
    _, fixed = reference.pearson_without(heldout(mapping, Y[:, None], LABELS).centred[:, 0], Y, STARTS.tolist())
    np.testing.assert_allclose(found[:, 0], fixed, atol=1e-12)
    # the fits do matter
    assert np.abs(found[:, 1] - found[:, 0]).max() > 1e-3


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("with_missing", [False, True])
@pytest.mark.parametrize("held", [1, 1 << 21])
def test_neighbours_without_a_unit_equal_looking_again(
    weighted: bool, with_missing: bool, held: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(property_deletions, "HELD", held)
    X, Y = clusters(30, 5, 4, 8)
    # those of a unit are near each other, so that several of one unit are among a concept's nearest
    X[3:6], X[8:10] = X[3] + 0.01 * X[3:6], X[8] + 0.01 * X[8:10]
    Y = missing(Y) if with_missing else Y
    mapping = NeighbourMap(Neighbourhood(X, spare=3), weighted)
    found, choice = without(mapping, Y)
    places = [mapping.place(c) for c in choice]

    def predict(rows: Any, y: Any) -> Any:
        out = np.empty(len(y))
        for k, (geometry, count) in enumerate(places):
            own = LABELS[rows] == k
            Z = mapping.near.geometries[geometry][rows]
            sharpness = 10.0 if weighted else 0.0
            out[own] = reference.nearest_mean(Z, y, LABELS[rows], [count] * len(places), sharpness)[own]
        return out

    np.testing.assert_allclose(found[:, 1], reference.refitted_without(predict, Y, LABELS, STARTS.tolist()), atol=1e-9)


def test_vectors_that_are_all_alike_predict_nothing_without_any_unit() -> None:
    found, _ = without(RidgeMap(np.ones((30, 3)), False), planted(vectors(30, 4), 2, 0.5))
    assert found.tolist() == [[0.0, 0.0]] * len(STARTS)


def test_mappings_that_would_have_to_be_fitted_again_say_so() -> None:
    X = vectors(30, 4)
    Y = planted(X, 2, 0.5)
    assert unit_changes(PLSMap(X), Y, Y, LABELS, np.zeros(5, np.int64), STARTS, np.arange(5)) is None


@pytest.mark.parametrize(
    "make", [lambda X: RidgeMap(X, sparse=False), lambda X: NeighbourMap(Neighbourhood(X, spare=3))]
)
def test_some_units_stand_for_all(make: Any) -> None:
    X = vectors(30, 4)
    mapping, Y = make(X), missing(planted(X, 4, 0.5))
    every, _ = without(mapping, Y)
    chosen = np.array([0, 3, 5, 6, 20])
    some, _ = without(mapping, Y, chosen=chosen)
    np.testing.assert_allclose(some[chosen], every[chosen], atol=1e-12)
    assert np.isnan(np.delete(some, chosen, axis=0)).all()
    part = np.where(np.arange(len(every)) % 2, np.nan, 0.4 + 0.01 * np.arange(len(every)))
    known = part[~np.isnan(part)]
    # the mean of the variances of two ways, the second with twice the deviations of the first
    both = np.stack([part, 0.3 + 2.0 * part], axis=1)
    for ways, times in ((part[:, None], 1.0), (both, math.sqrt(2.5))):
        low, high = jackknife_interval(0.5, ways, 0.05, fisher=False) or (np.nan, np.nan)
        spread = times * math.sqrt((len(part) - 1) * known.var())
        assert high - 0.5 == pytest.approx(stdtrit(len(known) - 1, 0.975) * spread)
        assert 0.5 - low == pytest.approx(high - 0.5)


def test_of_three_concepts_none_can_be_left_out() -> None:
    X = vectors(3, 4)[None]
    properties: Any = ei.properties
    layer = properties(X, planted(X[0], 2, 0.5), random_model_layers=[X], n_permutations=9).layers[0]
    assert layer.score is not None
    assert layer.ci is None
    assert layer.rivals["random_model.0"].margin.ci is None


def test_a_unit_that_is_all_that_a_fold_learned_from_stays() -> None:
    X = vectors(30, 4)
    Y = planted(X, 2, 0.5)
    # the second feature is known of a unit of three in the first fold, and of one concept in the second
    Y[:, 1] = np.nan
    Y[[3, 4, 5, 7], 1] = [1.0, 2.0, 4.0, 3.0]
    choice, every = np.full(5, 5), np.arange(len(STARTS))
    changes = unit_changes(RidgeMap(X, sparse=False), Y, 0.5 * Y, LABELS, choice, STARTS, every)
    assert changes is not None
    unit = np.flatnonzero(STARTS == 3)
    assert changes[:, unit, 1].tolist() == [[0.0], [0.0], [0.0]]
    assert np.isfinite(changes).all()


def test_a_score_has_the_wider_interval_and_a_margin_the_mean_of_both_variances() -> None:
    X, other = vectors(60, 4), vectors(60, 4, seed=9)
    Y = planted(X, 3, 0.5)
    properties: Any = ei.properties
    named: dict[str, Any] = {"words": words(60), "random_state": 3, "n_permutations": 9, "controls": ["random_model"]}
    layer = properties(X[None], Y, random_model_layers=[other[None]], **named).layers[0]
    both = assemble(np.stack([X, other]), Y, None, named["words"], None, None, 3)
    scores, withouts = [], []
    for Z in both.X.astype(np.float64):
        mapping = RidgeMap(Z, sparse=False)
        found = heldout(mapping, both.Y[:, None], both.labels)
        penalties = [mapping.candidates[c] for c in found.choice[0]]

        def predict(rows: Any, y: Any, Z: Any = Z, penalties: Any = penalties) -> Any:
            P, means = reference.ridge_heldout(Z[rows], y[:, None], both.labels[rows], penalties)
            return (P - means)[:, 0]

        starts = both.starts.tolist()
        value, fixed = reference.pearson_without(found.centred[:, 0], both.Y, starts)
        scores.append(value)
        withouts.append([fixed, reference.refitted_without(predict, both.Y, both.labels, starts)])
    own, rival = np.array(withouts)
    low, high = reference_relations.jackknife(math.atanh(scores[0]), np.arctanh(own[1]), np.arctanh(own[1]), 0.05)
    assert layer.score == pytest.approx(scores[0], abs=1e-9)
    assert layer.ci == pytest.approx((math.tanh(low), math.tanh(high)), abs=1e-9)
    margin = layer.rivals["random_model.0"].margin
    assert margin.value == pytest.approx(scores[0] - scores[1], abs=1e-9)
    fixed, refitted = own - rival
    assert margin.ci == pytest.approx(reference_relations.jackknife(margin.value, fixed, refitted, 0.05), abs=1e-9)

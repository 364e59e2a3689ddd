from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks.properties.comparisons.inputs_of_controls import (
    gaussian_vectors,
    length_differences,
    letter_counts,
    random_features,
    shuffled_columns,
    spelling_norms,
    spelling_vectors,
)
from edgeinterp.checks.properties.comparisons.neighbours import Neighbourhood, NeighbourMap
from edgeinterp.checks.properties.comparisons.upper_bound import UpperBound
from edgeinterp.checks.properties.data import assemble
from edgeinterp.checks.properties.mappings import RidgeMap, heldout
from edgeinterp.checks.properties.scores import correlations, margin, pearson_scores, score
from edgeinterp.statistics.inference import jackknife_interval
from tests import reference, reference_properties
from tests.checks.properties.norm_worlds import clusters, planted, production, vectors, words

measure: Any = ei.properties


def concepts_of(X: Any, Y: Any) -> Any:
    return assemble(X[None], Y, None, None, None, None, 0)


def test_shuffled_columns_keep_each_feature() -> None:
    Y = production(50, 6)
    Y[3, 2] = np.nan
    out = shuffled_columns(Y, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(out, axis=0), np.sort(Y, axis=0))
    np.testing.assert_array_equal(np.isnan(out), np.isnan(Y))
    assert not np.array_equal(out, Y, equal_nan=True)


def test_random_features_keep_sparsity_and_values() -> None:
    Y = production(2000, 5, 0.1)
    out = random_features(Y, np.random.default_rng(0))
    assert abs(np.mean(out != 0) - np.mean(Y != 0)) < 0.01
    assert set(out.ravel()) <= set(Y.ravel())


def test_gaussian_vectors_have_the_covariance() -> None:
    values = np.array([400.0, 90.0, 3.0])
    drawn = gaussian_vectors(values, np.arange(20000), np.random.default_rng(0))
    np.testing.assert_allclose(np.cov(drawn.T) * 20000, np.diag(values), atol=10.0)
    shared = gaussian_vectors(values, np.array([0, 1, 0]), np.random.default_rng(0))
    np.testing.assert_array_equal(shared[0], shared[2])


def test_spelling() -> None:
    X = spelling_vectors(["Tab", "cab", "x"], np.array([1.0, 2.0, 3.0]))
    assert X[:, 0].tolist() == [3.0, 3.0, 1.0]
    assert X[:, 1].tolist() == [1.0, 2.0, 3.0]
    # letters a b c t x, then the bigrams "ab" and "b$" that two words have
    assert X.shape == (3, 2 + 5 + 2)
    assert X[:, -1].tolist() == [1.0, 1.0, 0.0]
    assert spelling_norms(["ab", "ba"]).shape == (2, 0)


@pytest.mark.parametrize("weighted", [False, True])
def test_neighbours_equal_the_reference(weighted: bool) -> None:
    X, Y = clusters(90, 6, 3, 12)
    labels = np.repeat(np.arange(9), 10)
    found = heldout(NeighbourMap(Neighbourhood(X), weighted), Y[:, None], labels)
    sharpness = 10.0 if weighted else 0.0
    want, choice = reference.heldout_neighbours(X, Y, labels, [100, 30, 10, 3], sharpness)
    np.testing.assert_array_equal(found.choice[0], choice)
    # cosines are of single precision
    np.testing.assert_allclose(found.centred[:, 0], want, atol=1e-5 if weighted else 1e-9)


@pytest.mark.parametrize("huge", [0.0, 1e3])
def test_neighbours_are_found_beside_a_huge_activation(huge: float) -> None:
    """One dimension a thousand times the others decides every cosine; the rival must not be weak because of it."""
    X, Y = clusters(200, 12, 4, 20)
    labels = np.repeat(np.arange(10), 20)
    X[:, 0] += huge * np.random.default_rng(6).normal(size=len(X))
    found = heldout(NeighbourMap(Neighbourhood(X)), Y[:, None], labels)
    assert correlations(found.centred[:, 0], Y).mean() > 0.9
    # folds took a geometry that serves: not the first, of vectors as they are
    if huge:
        assert 0 not in found.choice[0] // 4


def test_upper_bound_of_features_unseen_in_training() -> None:
    Y = np.zeros((40, 6))
    Y[np.arange(40), np.arange(40) % 5] = 1.0
    Y[3, 5] = 1.0
    concepts = concepts_of(vectors(40, 5), Y)
    bound = UpperBound(concepts)
    # five features without error; the last is 0 in the fold that cannot learn it, below its mean in the others
    fold = concepts.labels == concepts.labels[concepts.Y[:, 5] > 0]
    rare = np.corrcoef(fold, concepts.Y[:, 5])[0, 1]
    # training means differ a little from fold to fold
    assert bound.score(6, "pearson").score == pytest.approx((5 + rare) / 6, abs=0.002)


def test_jackknife_equals_leaving_out() -> None:
    X, Y = vectors(40, 4), planted(vectors(40, 4), 5, 0.4)
    Y[2, 3] = Y[7, 3] = np.nan
    starts = np.array([0, *range(3, 40)])
    value, without, features = pearson_scores(X[:, :1] + 0.1 * Y, Y, starts)
    want, want_without = reference.pearson_without(X[:, :1] + 0.1 * Y, Y, starts.tolist())
    assert value == pytest.approx(want)
    assert value == pytest.approx(features.mean())
    np.testing.assert_allclose(without[:, 0], want_without, atol=1e-12)


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5])
def test_intervals_contain_their_estimate(share: float) -> None:
    """Percentile intervals of sparse correlations do not."""
    for seed in range(20):
        Y = production(200, 40, share, seed)
        P = 0.2 * Y + np.random.default_rng(seed).normal(size=Y.shape)
        value, without, _ = pearson_scores(P, Y, np.arange(200))
        found = jackknife_interval(value, without, 0.05, fisher=True)
        assert found is not None
        assert found[0] <= value <= found[1]


@pytest.mark.parametrize(("n", "sparse"), [(20, False), (60, False), (200, False), (200, True)])
def test_intervals_cover_the_estimand(n: int, sparse: bool) -> None:
    """Predictions of a fixed procedure on new concepts of the same population: score and margin."""
    labels = np.repeat(np.arange(10), n // 10)

    def sample(size: int, rng: np.random.Generator) -> tuple[Any, Any, Any]:
        # features share causes, as norms do
        common = rng.normal(size=(size, 2)) @ np.array([[1.0, 0.5, 0.0, 1.0], [0.0, 1.0, 1.0, -1.0]])
        Y = common + rng.normal(size=common.shape)
        one = Y + rng.normal(size=Y.shape)
        other = Y + 1.5 * rng.normal(size=Y.shape)
        if sparse:
            Y = np.where(Y > 2.2, Y, 0.0)
        return one, other, Y

    one, other, Y = sample(400_000, np.random.default_rng(99))
    true = pearson_scores(one, Y, np.array([0]))[0]
    difference = true - pearson_scores(other, Y, np.array([0]))[0]
    covered, beaten = 0, 0
    repetitions = 600
    for seed in range(repetitions):
        one, other, Y = sample(n, np.random.default_rng([seed, n]))
        a, b = (score("pearson", P, Y, labels, np.arange(n)) for P in (one, other))
        found = jackknife_interval(a.value, a.units, 0.05, fisher=True)
        paired = margin("pearson", a, b, np.arange(n, dtype=np.uint64), 0.05, 0.05).ci
        assert found is not None
        assert paired is not None
        covered += found[0] <= true <= found[1]
        beaten += paired[0] <= difference <= paired[1]
    assert 0.92 <= covered / repetitions <= 0.985
    assert 0.92 <= beaten / repetitions <= 0.985


def test_arrays_alone_are_undecided_at_best() -> None:
    X = vectors(100, 8)[None]
    result = measure(X, planted(X[0], 4, 0.7), n_permutations=39)
    assert result.verdicts[0].verdict == "undecided"
    assert "words were not given" in result.verdicts[0].because
    assert "no vectors of random models were given" in result.verdicts[0].because


def test_a_random_model_that_cannot_be_made_says_why() -> None:
    from pathlib import Path

    from edgeinterp.model.random_model import RandomModelError

    def refused() -> Any:
        yield np.zeros((1, 100, 8))
        raise RandomModelError(Path("folder"), "the model has no weight matrices")

    X = vectors(100, 8)[None]
    result = measure(
        X, planted(X[0], 4, 0.7), words=words(100), n_permutations=39, random_model_layers=refused()
    )  # fmt: skip
    assert result.layers[0].rivals["random_model"].reason == "the model has no weight matrices"
    assert result.verdicts[0].verdict == "undecided"


@pytest.mark.parametrize("options", [{"n_permutations": 1}, {"n_permutations": 9}, {"alpha": 0.0001}])
def test_too_few_permutations_are_named(options: dict[str, Any]) -> None:
    X = vectors(60, 4)[None]
    for norms in (planted(X[0], 2, 0.9), vectors(60, 2, 5)):
        result = measure(X, norms, **{"n_permutations": 99, **options})
        assert result.verdicts[0].verdict == "undecided"
        assert "permutation" in result.verdicts[0].because
        assert "cannot give p <=" in result.verdicts[0].because


def test_norms_without_meaning_are_word_length_and_differences_of_it() -> None:
    names = words(60)
    long = np.array([len(name) for name in names], dtype=float)
    differences = length_differences(names, np.random.default_rng(3))
    chosen = np.sort(np.random.default_rng(3).permutation(60)[:20])
    np.testing.assert_array_equal(differences, [[abs(a - long[j]) for j in chosen] for a in long])
    assert length_differences(names[:4], np.random.default_rng(3)).shape == (4, 4)
    X = vectors(60, 6) + (long - long.mean())[:, None] * np.ones(6)
    controls = ["word_length", "length_differences", "selectivity"]
    found = measure(X[None], planted(X, 3, 0.5), words=names, n_permutations=9, controls=controls).layers[0]
    concepts = assemble(X[None], planted(X, 3, 0.5), None, names, None, None, 0)
    targets = letter_counts(concepts.words or [])
    mapping = RidgeMap(concepts.X[0], sparse=False)
    fitted = heldout(mapping, targets[:, None], concepts.labels)
    want = reference_properties.refitted(
        concepts.X[0], targets, concepts.labels, [mapping.candidates[c] for c in fitted.choice[0]]
    )
    expected = reference_properties.correlation(want[:, 0], targets[:, 0])
    assert found.references["word_length"].score == pytest.approx(expected, abs=1e-9)
    assert expected > 0.8
    assert 0.0 < found.references["length_differences"].score < expected


def test_norms_without_meaning_that_do_not_vary_have_a_reason() -> None:
    X = vectors(60, 6)[None]
    controls = ["word_length", "length_differences"]

    def reasons(**given: Any) -> list[Any]:
        made = measure(X, planted(X[0], 3, 0.5), n_permutations=9, controls=controls, **given)
        return [made.layers[0].references[name].reason for name in controls]

    assert reasons() == ["words were not given"] * 2
    alike = [a + b for a in "abcdefgh" for b in "abcdefgh"][:60]
    assert reasons(words=alike) == ["all words have as many letters", "all words differ by as many letters"]

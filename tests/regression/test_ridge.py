"""The permutation ridge against scikit-learn refits, and both halves of its test."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, KFold, LeaveOneOut, ShuffleSplit
from sklearn.utils.estimator_checks import check_estimator

from edgeinterp import PermutationRidge
from edgeinterp.errors import InputError
from edgeinterp.regression.decomposition import shrinkage_scale
from edgeinterp.regression.folds import Folds, fold_labels
from edgeinterp.regression.matrix import MatrixRoute
from edgeinterp.regression.operators import heldout_operators, ridge_coefficients
from edgeinterp.regression.penalties import degrees_of_freedom, penalty_for, penalty_grid, spectrum, spectrum_grid
from edgeinterp.regression.ridge import permutation_ridge
from edgeinterp.regression.rotation import RotationRoute
from edgeinterp.regression.routes import choose_route
from edgeinterp.regression.sparse import SparseRoute
from edgeinterp.regression.targets import Scratch
from edgeinterp.statistics.draws import Draws, seed_of
from edgeinterp.statistics.pvalues import holm_over_families, permutation_p, permutation_pvalue
from edgeinterp_kernels import ridge as ridge_kernels
from edgeinterp_kernels._jit import Kernel
from tests import reference

Array = np.ndarray[Any, Any]
GRID = [1000.0, 10.0, 0.1]
TOLERANCE = {np.float64: 1e-9, np.float32: 1e-5}


def data(n: int = 60, d: int = 8, T: int = 4, seed: int = 0, noise: float = 1.0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) * np.geomspace(1, 0.03, d) + 2
    return X, X @ rng.normal(size=(d, T)) + noise * rng.normal(size=(n, T)) + 5


def labels_of(n: int, k: int) -> Array:
    return fold_labels(n, KFold(k).split(np.zeros(n)))


def rows_of(seed: int, n: int, count: int) -> Array:
    return Draws.build(seed_of(seed), n, "rows", None).rows(0, count)


# The identity: one matrix, no refits ---------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(
    n=st.integers(6, 30),
    d=st.integers(1, 40),
    folds=st.integers(2, 6),
    exponent=st.floats(-2, 4),
    seed=st.integers(0, 10_000),
)
def test_one_matrix_gives_every_heldout_prediction(n: int, d: int, folds: int, exponent: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, Y = rng.normal(size=(n, d)) + 3, rng.normal(size=(n, 2))
    labels = rng.permutation(np.arange(n) % folds)
    alpha = 10.0**exponent
    layout = Folds.from_labels(labels)
    ((C, scale, _),) = heldout_operators(X, layout, np.array([alpha]))
    predictions, means = reference.ridge_heldout(X, Y, labels, [alpha] * folds)
    # rounding, as the conditioning of the regression itself amplifies it: that of refits as well as ours (with smaller
    # penalties and folds that leave no degrees of freedom both lose more)
    largest = np.linalg.norm(X - X.mean(axis=0), 2) ** 2
    rounding = 1e-12 + 100 * np.finfo(float).eps * (largest + alpha) / alpha
    np.testing.assert_allclose(scale * C @ Y[layout.order], (predictions - means)[layout.order], atol=rounding, rtol=0)
    np.testing.assert_allclose(C.sum(axis=1), 0, atol=rounding)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("cv", [KFold(5), KFold(4, shuffle=True, random_state=0), LeaveOneOut()])
@pytest.mark.parametrize("shape", [(60, 8), (40, 90)])
def test_predictions_and_scores_equal_refits(dtype: Any, cv: Any, shape: tuple[int, int]) -> None:
    X, Y = data(*shape)
    X, Y = X.astype(dtype), Y.astype(dtype)
    fit = PermutationRidge(GRID, cv, n_permutations=0).fit(X, Y)
    labels = fold_labels(len(X), cv.split(X))
    X64, Y64 = X.astype(float), Y.astype(float)
    chosen = reference.ridge_choice(X64, Y64, labels, GRID)
    predictions, means = reference.ridge_heldout(X64, Y64, labels, chosen)
    scale = np.abs(Y64).max()
    np.testing.assert_array_equal(fit.alpha_, chosen)
    assert fit.cv_predictions_.dtype == dtype
    np.testing.assert_allclose(fit.cv_predictions_ / scale, predictions / scale, atol=TOLERANCE[dtype])
    expected = reference.ridge_scores(predictions, means, Y64, labels, "pearson")
    np.testing.assert_allclose(fit.scores_, expected, atol=TOLERANCE[dtype])
    assert fit.score_ == pytest.approx(expected.mean(), abs=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("route", [MatrixRoute, RotationRoute])
def test_huge_activations_cost_no_precision(route: Any, dtype: Any) -> None:
    """A few columns thousands of times the others, as in hidden states of decoders; the whole default grid."""
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(150, 40)) * np.geomspace(1, 1e-2, 40)) @ np.linalg.qr(rng.normal(size=(40, 40)))[0]
    X[:, 3] *= 3000
    X[:, 7] = X[:, 7] * 500 + 2000
    X, Y = X.astype(dtype), rng.normal(size=(150, 3)).astype(dtype)
    labels = labels_of(150, 5)
    folds, grid = Folds.from_labels(labels), spectrum_grid(spectrum(X))
    built = route(X, Y, folds, grid, "pearson")
    for p, alpha in enumerate(grid):
        predictions, means = reference.ridge_heldout(X.astype(float), Y.astype(float), labels, [alpha] * 5)
        got = built.heldout(folds.order[None], np.full((1, 5), p))
        np.testing.assert_allclose(got, (predictions - means)[folds.order], atol=TOLERANCE[dtype])


def test_final_fit_uses_the_penalty_best_on_all_heldout_predictions() -> None:
    X, Y = data()
    fit = PermutationRidge(GRID, 5, n_permutations=0).fit(X, Y)
    labels = labels_of(60, 5)
    errors = {a: ((Y - reference.ridge_heldout(X, Y, labels, [a] * 5)[0]) ** 2).sum() for a in GRID}
    assert fit.best_alpha_ == min(errors, key=lambda a: errors[a])
    refit = Ridge(alpha=fit.best_alpha_).fit(X, Y)
    np.testing.assert_allclose(fit.predict(X), refit.predict(X), atol=1e-9)
    np.testing.assert_allclose(fit.coef_, refit.coef_, atol=1e-9)


@pytest.mark.parametrize("shape", [(50, 7, 4), (50, 7, 90), (20, 30, 4)])
def test_coefficients_of_sparse_and_dense_targets_equal_scikit_learn(shape: tuple[int, int, int]) -> None:
    X, Y = data(*shape)
    Y[Y < 5] = 0
    expected = Ridge(alpha=0.7).fit(X, Y)
    for targets in (Y, sp.csc_array(Y)):
        divided, trace = ridge_coefficients(X, targets, 0.7)
        np.testing.assert_allclose(shrinkage_scale(0.7, trace) * divided.T, expected.coef_, atol=1e-9)
        fit = PermutationRidge(0.7, 5, n_permutations=0).fit(X, targets)
        np.testing.assert_allclose(fit.coef_, expected.coef_, atol=1e-9)
        np.testing.assert_allclose(fit.intercept_, expected.intercept_, atol=1e-9)


# The null distribution -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scoring", ["pearson", "r2"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("route", [MatrixRoute, RotationRoute, SparseRoute])
def test_every_route_scores_permutations_as_refits_do(route: Any, dtype: Any, scoring: str) -> None:
    X, Y = data()
    labels, permutations = labels_of(60, 5), rows_of(3, 60, 4)
    folds = Folds.from_labels(labels)
    targets = sp.csc_array(Y.astype(dtype)) if route is SparseRoute else Y.astype(dtype)
    built = route(X.astype(dtype), targets, folds, np.array(GRID), scoring)
    choice = np.array([[0, 1, 2, 1, 0], [1] * 5, [2] * 5, [0, 0, 2, 2, 2]])
    scores = built.scores(permutations[:, folds.order], choice, Scratch())
    for b, permutation in enumerate(permutations):
        dealt = Y[permutation]
        predictions, means = reference.ridge_heldout(X, dealt, labels, [GRID[c] for c in choice[b]])
        expected = reference.ridge_scores(predictions, means, dealt, labels, scoring)
        np.testing.assert_allclose(scores[b], expected, atol=TOLERANCE[dtype])
        heldout = built.heldout(permutations[b : b + 1, folds.order], choice[b : b + 1])
        np.testing.assert_allclose(heldout, (predictions - means)[folds.order], atol=20 * TOLERANCE[dtype])


@pytest.mark.parametrize("route", [MatrixRoute, RotationRoute, SparseRoute])
@pytest.mark.parametrize("T", [2, 30])
def test_gains_of_every_route_are_errors_less_those_of_the_mean(route: Any, T: int) -> None:
    X, Y = data(T=T)
    labels, permutations = labels_of(60, 5), rows_of(3, 60, 3)
    folds = Folds.from_labels(labels)
    targets = sp.csc_array(Y) if route is SparseRoute else Y
    gains = route(X, targets, folds, np.array(GRID), "pearson").gains(permutations[:, folds.order], Scratch())
    for b, permutation in enumerate(permutations):
        for p, alpha in enumerate(GRID):
            predictions, means = reference.ridge_heldout(X, Y[permutation], labels, [alpha] * 5)
            gain = (Y[permutation] - predictions) ** 2 - (Y[permutation] - means) ** 2
            expected = [gain[labels == k].sum() for k in range(5)]
            np.testing.assert_allclose(gains[b, p], expected, rtol=1e-9, atol=1e-9 * np.square(Y).sum())


@pytest.mark.parametrize("scoring", ["pearson", "r2"])
def test_penalty_is_chosen_again_inside_every_permutation(scoring: str) -> None:
    """Fails when someone chooses once outside: the null then equals the other reference."""
    X, Y = data(n=40, d=30, T=3, noise=0.3)
    labels, permutations = labels_of(40, 5), rows_of(0, 40, 12)
    scores, null, chosen = reference.ridge_test(X, Y, labels, GRID, scoring, permutations)
    _, wrong, _ = reference.ridge_test(X, Y, labels, GRID, scoring, permutations, choose_once=True)
    fit = PermutationRidge(GRID, 5, scoring, n_permutations=12).fit(X, Y)
    np.testing.assert_allclose(fit.scores_, scores, atol=1e-9)
    np.testing.assert_allclose(fit.null_scores_, null, atol=1e-9)
    np.testing.assert_allclose(fit.null_distribution_, null.mean(axis=1), atol=1e-9)
    np.testing.assert_array_equal(fit.alpha_, chosen)
    assert np.abs(wrong - null).max() > 0.05  # the mistake would be seen


def test_spectrum_rule_looks_at_no_target_and_has_the_stated_degrees_of_freedom() -> None:
    X, Y = data(n=80, d=30)
    alphas = [PermutationRidge("spectrum", 5, n_permutations=0).fit(X, y).alpha_ for y in (Y, Y[::-1] ** 3)]
    np.testing.assert_array_equal(alphas[0], alphas[1])
    values = np.linalg.svd(X - X.mean(axis=0), compute_uv=False) ** 2
    assert (values / (values + alphas[0][0])).sum() == pytest.approx(8.0, abs=1e-6)


@pytest.mark.parametrize("eigenvalues", [np.ones(8), np.geomspace(1e6, 1e-6, 30), np.array([3e8, 2.0, 2.0, 1e-9])])
def test_a_penalty_has_its_degrees_of_freedom_to_the_last_digits(eigenvalues: Array) -> None:
    rank = len(eigenvalues)
    wanted = np.geomspace(1.0, 0.9 * rank, 10)
    grid = spectrum_grid(eigenvalues)
    for df, alpha in zip(wanted, grid, strict=True):
        assert degrees_of_freedom(eigenvalues, float(alpha)) == pytest.approx(df, rel=1e-12)
    # every eigenvalue 1: half the rank is a penalty of 1, whose logarithm is 0
    if np.ptp(eigenvalues) == 0:
        assert penalty_for(eigenvalues, rank / 2) == pytest.approx(1.0, abs=1e-14)


def test_a_penalty_does_not_depend_on_the_others_of_its_grid() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        eigenvalues = np.sort(rng.random(20) * 10.0 ** rng.uniform(-2, 2, 20))[::-1]
        wanted = np.geomspace(1.0, 0.9 * 20, 10)
        assert [penalty_for(eigenvalues, float(df)) for df in wanted] == spectrum_grid(eigenvalues).tolist()


@pytest.mark.parametrize(("n", "d"), [(1000, 1000), (2000, 30)])
def test_what_grows_with_folds_is_bounded_with_leave_one_out(n: int, d: int) -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(n, d)).astype(np.float32), rng.normal(size=(n, 20))
    folds = Folds.from_labels(np.arange(n))
    route = (RotationRoute if n > d else MatrixRoute)(X, Y, folds, np.array(GRID), "pearson")
    parts = route.parts(np.zeros((64, n), np.int64))
    assert [p for part in parts for p in range(64)[part]] == list(range(64))
    sums = 4 * n * d if n > d else 48 * n  # bytes a column: cross-products, or six moments
    assert max(part.stop - part.start for part in parts) * 20 * sums <= 32 << 20


def test_default_grid_spans_one_degree_of_freedom_to_nine_tenths_of_the_rank() -> None:
    X, _ = data(n=80, d=30)
    eigenvalues = spectrum(X)
    df = [degrees_of_freedom(eigenvalues, float(a)) for a in spectrum_grid(eigenvalues)]
    np.testing.assert_allclose(df, np.geomspace(1, 27, 10), rtol=1e-6)
    np.testing.assert_allclose(penalty_grid(X, None, sparse=False), spectrum_grid(eigenvalues))
    assert len(penalty_grid(X, None, sparse=True)) == 1
    assert degrees_of_freedom(eigenvalues, penalty_for(eigenvalues, 3.5)) == pytest.approx(3.5)


def test_sparse_and_dense_targets_give_the_same() -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(70, 12))
    Y = np.where(rng.random((70, 25)) < 0.15, rng.integers(1, 20, (70, 25)), 0).astype(float)
    for alphas in ("spectrum", GRID):
        for scoring in ("pearson", "r2"):
            dense = PermutationRidge(alphas, 5, scoring, 20).fit(X, Y)
            sparse = PermutationRidge(alphas, 5, scoring, 20).fit(X, sp.csr_matrix(Y))
            np.testing.assert_allclose(sparse.scores_, dense.scores_, atol=1e-9)
            np.testing.assert_allclose(sparse.null_scores_, dense.null_scores_, atol=1e-9)
            np.testing.assert_allclose(sparse.cv_predictions_, dense.cv_predictions_, atol=1e-9)
            np.testing.assert_allclose(sparse.coef_, dense.coef_, atol=1e-9)
            np.testing.assert_array_equal(sparse.pvalues_, dense.pvalues_)
            assert sparse.reasons_ == dense.reasons_


def test_float32_follows_float64() -> None:
    X, Y = data(n=90, d=20, T=6, noise=3)
    wide = PermutationRidge(GRID, 5, n_permutations=100).fit(X, Y)
    narrow = PermutationRidge(GRID, 5, n_permutations=100).fit(X.astype(np.float32), Y.astype(np.float32))
    np.testing.assert_allclose(narrow.scores_, wide.scores_, atol=1e-5)
    np.testing.assert_allclose(narrow.null_scores_, wide.null_scores_, atol=1e-5)


# Missing values ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scoring", ["pearson", "r2"])
def test_missing_values_give_what_refits_on_the_rows_that_are_there_give(scoring: str) -> None:
    X, Y = data(n=50, T=5)
    Y[[3, 17, 30], 1] = np.nan
    Y[[3, 17, 30], 4] = np.nan
    Y[:8, 2] = np.nan
    labels, permutations = labels_of(50, 5), rows_of(0, 50, 6)
    fit = PermutationRidge([2.0], 5, scoring, n_permutations=6).fit(X, Y)
    for t in range(5):
        seen = ~np.isnan(Y[:, t])
        for b, permutation in enumerate([np.arange(50), *permutations]):
            dealt = Y[reference.first_return(permutation, seen), t][seen, None]
            predictions, means = reference.ridge_heldout(X[seen], dealt, labels[seen], [2.0] * 5)
            expected = reference.ridge_scores(predictions, means, dealt, labels[seen], scoring)[0]
            assert (fit.scores_[t] if b == 0 else fit.null_scores_[b - 1, t]) == pytest.approx(expected, abs=1e-9)
            if b == 0:
                np.testing.assert_allclose(fit.cv_predictions_[seen, t], predictions[:, 0], atol=1e-9)
                assert np.isnan(fit.cv_predictions_[~seen, t]).all()
        np.testing.assert_allclose(fit.coef_[t], Ridge(alpha=2.0).fit(X[seen], Y[seen, t]).coef_, atol=1e-9)


def test_penalty_is_chosen_over_targets_with_different_missing_rows() -> None:
    X, Y = data(n=50, T=2, noise=4)
    Y[:9, 1] = np.nan
    fit = PermutationRidge(GRID, 5, n_permutations=0).fit(X, Y)
    labels = labels_of(50, 5)
    errors = np.zeros((3, 5))
    for t in range(2):
        seen = ~np.isnan(Y[:, t])
        for p, alpha in enumerate(GRID):
            predictions, _ = reference.ridge_heldout(X[seen], Y[seen, t : t + 1], labels[seen], [alpha] * 5)
            for k in range(5):
                errors[p, k] += ((Y[seen, t] - predictions[:, 0]) ** 2)[labels[seen] == k].sum()
    chosen = [GRID[int(np.argmin(errors.sum(axis=1) - errors[:, k]))] for k in range(5)]
    np.testing.assert_array_equal(fit.alpha_, chosen)


def test_targets_with_different_missing_rows_keep_their_dependence() -> None:
    """Drawn apart, the mean over targets would vary far less under permutation, and p would be too small."""
    X, Y = data(n=100, T=1, noise=5)
    copies = np.repeat(Y, 12, axis=1)
    copies[np.arange(12), np.arange(12)] = np.nan
    whole = PermutationRidge([1.0], 5, n_permutations=300).fit(X, Y)
    parts = PermutationRidge([1.0], 5, n_permutations=300).fit(X, copies)
    assert parts.null_distribution_.std() == pytest.approx(whole.null_distribution_.std(), rel=0.05)


# P-values ------------------------------------------------------------------------------------------------------------


def test_pvalues_follow_their_definitions() -> None:
    X, Y = data(T=6, noise=6)
    fit = PermutationRidge([1.0], 5, n_permutations=99).fit(X, Y)
    assert fit.pvalue_ == (1 + np.sum(fit.null_distribution_ >= fit.score_)) / 100
    np.testing.assert_allclose(fit.pvalues_, reference.max_t_pvalues(fit.scores_, fit.null_scores_))
    assert fit.smallest_pvalue_ == 0.01
    assert fit.excess_ == pytest.approx(fit.score_ - fit.null_distribution_.mean())
    assert permutation_pvalue(2.0, np.zeros(19)) == 0.05
    assert permutation_pvalue(0.0, np.zeros(19)) == 1.0


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=8))
def test_holm_over_families_of_one_is_holm(pvalues: list[float]) -> None:
    got = holm_over_families([np.array([p]) for p in pvalues])
    np.testing.assert_allclose(np.concatenate(got), reference.holm_pvalues(pvalues))


def test_a_family_counts_until_all_of_it_is_rejected() -> None:
    got = holm_over_families([np.array([0.001, 0.9]), np.array([0.02])])
    np.testing.assert_allclose(got[0], [0.002, 0.9])
    np.testing.assert_allclose(got[1], [0.04])  # not 0.02: a null hypothesis of the first family still stands


def test_missing_patterns_are_corrected_by_holm() -> None:
    X, Y = data(n=80, T=4, noise=8)
    Y[:5, 2:] = np.nan
    fit = PermutationRidge([1.0], 5, n_permutations=99).fit(X, Y)
    patterns = (slice(0, 2), slice(2, 4))
    within = [permutation_p(fit.scores_[t], fit.null_scores_[:, t]).p_adjusted for t in patterns]
    np.testing.assert_allclose(fit.pvalues_, np.concatenate(holm_over_families(within)))


def test_targets_without_a_null_leave_the_family_with_a_reason() -> None:
    X, Y = data(T=3)
    Y = np.column_stack([Y, np.full(60, 0.1), np.eye(60)[:, :4].sum(axis=1)])
    fit = PermutationRidge([1.0], 5, n_permutations=50).fit(X, Y)
    assert set(fit.reasons_) == {3, 4}
    assert "does not vary" in fit.reasons_[3]
    assert "4 nonzero rows" in fit.reasons_[4]
    np.testing.assert_array_equal(np.isnan(fit.pvalues_), [False, False, False, True, True])
    assert fit.scores_[3] == 0


def test_constant_predictions_score_zero() -> None:
    _, Y = data()
    for scoring in ("pearson", "r2"):
        fit = PermutationRidge(None, 5, scoring, 10).fit(np.ones((60, 3)), Y)
        assert np.abs(fit.scores_).max() == 0 if scoring == "pearson" else fit.scores_.max() < 0
        assert fit.pvalue_ > 0


# Both halves: a signal is found, noise is not ------------------------------------------------------------------------


def rejections(make: Any, repetitions: int = 200, **options: Any) -> int:
    count = 0
    for seed in range(repetitions):
        X, Y, groups = make(np.random.default_rng(seed))
        fit = PermutationRidge(cv=5, n_permutations=99, random_state=seed, n_jobs=1, **options).fit(X, Y, groups)
        count += fit.pvalue_ <= 0.05
    return count


def test_noise_is_not_found() -> None:
    def noise(rng: Any) -> tuple[Array, Array, None]:
        common = rng.normal(size=(40, 1))
        return rng.normal(size=(40, 10)), common + rng.normal(size=(40, 3)), None

    assert rejections(noise, alphas=GRID) <= binom.ppf(0.99, 200, 0.05)


def test_noise_with_missing_values_is_not_found() -> None:
    def noise(rng: Any) -> tuple[Array, Array, None]:
        Y = rng.normal(size=(40, 1)) + 0.5 * rng.normal(size=(40, 6))
        Y[rng.random(Y.shape) < 0.1] = np.nan
        return rng.normal(size=(40, 10)), Y, None

    assert rejections(noise, alphas=[10.0]) <= binom.ppf(0.99, 200, 0.05)


def test_reassigned_rows_are_not_found_and_adjusted_pvalues_hold_for_all_targets() -> None:
    any_target, pooled = 0, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        X, Y = data(n=40, d=10, T=5, seed=seed)
        Y = Y[rng.permutation(40)]
        fit = PermutationRidge(GRID, 5, n_permutations=99, random_state=seed, n_jobs=1).fit(X, Y)
        any_target += np.nanmin(fit.pvalues_) <= 0.05
        pooled += fit.pvalue_ <= 0.05
    assert pooled <= binom.ppf(0.99, 200, 0.05)
    assert any_target <= binom.ppf(0.99, 200, 0.05)


def test_random_sparse_norms_are_not_found() -> None:
    def norms(rng: Any) -> tuple[Array, Any, None]:
        Y = np.where(rng.random((60, 20)) < 0.1, rng.integers(1, 20, (60, 20)), 0).astype(float)
        return rng.normal(size=(60, 10)), sp.csc_array(Y), None

    assert rejections(norms) <= binom.ppf(0.99, 200, 0.05)


def test_a_planted_linear_signal_is_found() -> None:
    """150 rows, 10 columns, a fifth of each target's variance: power above .95."""

    def planted(rng: Any) -> tuple[Array, Array, None]:
        X, W = rng.normal(size=(150, 10)), rng.normal(size=(10, 5))
        W /= np.linalg.norm(W, axis=0)
        return X, X @ W * np.sqrt(0.2) + rng.normal(size=(150, 5)) * np.sqrt(0.8), None

    assert rejections(planted, alphas=GRID) > 0.95 * 200


def grouped(rng: Any, signal: float = 0.0) -> tuple[Array, Array, Array]:
    """Groups of four rows that share an effect, in X and in Y."""
    groups = np.repeat(np.arange(20), 4)
    X = rng.normal(size=(20, 6))[groups] + 0.3 * rng.normal(size=(80, 6))
    Y = rng.normal(size=(20, 2))[groups] + 0.3 * rng.normal(size=(80, 2))
    return X, Y + signal * X[:, :2], groups


def test_shared_effects_of_groups_are_not_found_when_groups_are_dealt_whole() -> None:
    assert rejections(grouped, alphas=[10.0]) <= binom.ppf(0.99, 200, 0.05)
    assert rejections(lambda rng: grouped(rng, signal=1.5), repetitions=40, alphas=[10.0]) >= 38


def test_dealing_single_rows_of_groups_finds_what_is_not_there() -> None:
    """Why groups are dealt whole by default: rows of a group are not exchangeable with others."""
    assert rejections(grouped, repetitions=100, alphas=[10.0], permute="rows") > binom.ppf(0.999, 100, 0.05)


def test_effects_within_groups_are_found_by_dealing_within() -> None:
    def make(rng: Any, signal: float) -> tuple[Array, Array, Array]:
        groups = np.repeat(np.arange(10), 8)
        X = rng.normal(size=(80, 4))
        return X, rng.normal(size=(10, 1))[groups] + signal * X[:, :1] + rng.normal(size=(80, 1)), groups

    options: dict[str, Any] = {"alphas": [10.0], "permute": "within"}
    assert rejections(lambda rng: make(rng, 0.0), **options) <= binom.ppf(0.99, 200, 0.05)
    assert rejections(lambda rng: make(rng, 1.0), repetitions=40, **options) >= 38


# Permutations --------------------------------------------------------------------------------------------------------


def test_permutations_are_keyed_by_seed_and_number() -> None:
    draws = Draws.build(seed_of(7), 30, "rows", None)
    all_of_them = draws.rows(0, 50)
    np.testing.assert_array_equal(all_of_them[20:30], draws.rows(20, 30))
    assert np.all(np.sort(all_of_them, axis=1) == np.arange(30))
    assert len(np.unique(all_of_them, axis=0)) == 50
    assert not np.array_equal(all_of_them, Draws.build(seed_of(8), 30, "rows", None).rows(0, 50))
    big = [seed_of(s) for s in (0, 1, 2**32, 2**63 - 1, -1)]
    assert len(set(big)) == 5


def test_permutations_are_uniform() -> None:
    rows = Draws.build(seed_of(0), 4, "rows", None).rows(0, 24_000)
    _, counts = np.unique(rows, axis=0, return_counts=True)
    assert len(counts) == 24
    assert ((counts - 1000) ** 2 / 1000).sum() < 41.6  # chi-squared, 23 degrees of freedom, .99


def test_groups_are_dealt_whole_among_their_like() -> None:
    groups = np.array([0, 0, 1, 1, 2, 2, 3, 3, 3, 4])
    draws = Draws.build(seed_of(0), 10, "groups", groups)
    assert draws.smallest_pvalue == pytest.approx(1 / 6)
    for row in draws.rows(0, 20):
        np.testing.assert_array_equal(row[6:], [6, 7, 8, 9])
        assert {tuple(row[i : i + 2]) for i in (0, 2, 4)} == {(0, 1), (2, 3), (4, 5)}
    within = Draws.build(seed_of(0), 10, "within", groups).rows(0, 20)
    np.testing.assert_array_equal(groups[within], np.tile(groups, (20, 1)))


@pytest.mark.parametrize("route", ["grid", "spectrum", "sparse"])
def test_threads_blocks_and_batches_change_nothing(route: str) -> None:
    X, Y = data(n=60, d=20, T=12)
    targets = sp.csc_array(np.where(Y > 6, Y, 0)) if route == "sparse" else Y
    alphas = "spectrum" if route == "sparse" else route
    fits = [
        PermutationRidge(alphas, 5, n_permutations=b, n_jobs=j).fit(X, targets)
        for b, j in [(200, 1), (200, 3), (130, 2)]
    ]
    np.testing.assert_array_equal(fits[0].null_scores_, fits[1].null_scores_)
    np.testing.assert_allclose(fits[0].null_scores_[:130], fits[2].null_scores_, atol=1e-12)


def test_seeds_decide() -> None:
    X, Y = data()
    by_seed = [PermutationRidge([1.0], 5, n_permutations=20, random_state=s).fit(X, Y).null_scores_ for s in (1, 1, 2)]
    np.testing.assert_array_equal(by_seed[0], by_seed[1])
    assert not np.array_equal(by_seed[0], by_seed[2])

    def state() -> str:
        return repr(np.random.get_state())  # noqa: NPY002

    before = state()
    PermutationRidge([1.0], 5, n_permutations=20, random_state=None).fit(X, Y)
    assert state() == before
    PermutationRidge([1.0], 5, n_permutations=20, random_state=np.random.default_rng(0)).fit(X, Y)


# The estimator -------------------------------------------------------------------------------------------------------


# Checks that scikit-learn runs on any estimator and that cannot hold here, with the reason; none so far.
EXPECTED_FAILURES: dict[str, str] = {}


def test_scikit_learn_accepts_the_estimator() -> None:
    check_estimator(PermutationRidge(n_permutations=20), expected_failed_checks=EXPECTED_FAILURES, on_skip=None)


def test_clones_and_parameters_survive() -> None:
    parameters = clone(PermutationRidge([1.0], 3, "r2", 7, permute="rows", random_state=4)).get_params()
    assert parameters["n_permutations"] == 7
    assert parameters["permute"] == "rows"


def test_each_kernel_compiles_once_for_each_type() -> None:
    X, Y = data(n=60, d=20, T=12)
    sparse_targets = np.where(np.quantile(Y, 0.8) < Y, Y, 0)
    missing = Y.copy()
    missing[0, 0] = np.nan
    for dtype in (np.float32, np.float64):
        for targets in (Y, missing, sp.csc_array(sparse_targets)):
            for scoring in ("pearson", "r2"):
                PermutationRidge(GRID, 5, scoring, n_permutations=3).fit(X.astype(dtype), targets.astype(dtype))
                PermutationRidge("spectrum", 5, scoring, n_permutations=3).fit(np.asfortranarray(X), targets)
    compiled: set[str] = set()
    for name, kernel in vars(ridge_kernels).items():
        if isinstance(kernel, Kernel):
            kinds = [kind for kind, _ in kernel.signatures()]
            assert len(kinds) == len(set(kinds)) <= 2, name
            compiled |= {name} if kinds else set()
    assert {"_pearson_moments", "_fold_moments", "_lookup_pearson", "_sparse_fold_moments"} <= compiled


def test_progress_is_told_and_counts_to_the_end() -> None:
    X, Y = data()
    seen: list[tuple[int, int]] = []
    PermutationRidge(
        [1.0], 5, n_permutations=150, n_jobs=2, progress=lambda done, total: seen.append((done, total))
    ).fit(X, Y)
    assert seen[-1] == (150, 150)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_inputs_are_left_alone() -> None:
    X, Y = data()
    Y[0, 0] = np.nan
    before = X.copy(), Y.copy()
    PermutationRidge([1.0], 5, n_permutations=5).fit(X, Y)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(Y, before[1])


def test_grouped_folds_hold_groups_out_together() -> None:
    X, Y = data()
    groups = np.repeat(np.arange(20), 3)
    fit = PermutationRidge([1.0], 4, n_permutations=5).fit(X, Y, groups)
    assert all(len(np.unique(fit.folds_[groups == g])) == 1 for g in range(20))
    given_splitter = PermutationRidge([1.0], GroupKFold(4), n_permutations=5).fit(X, Y, groups)
    np.testing.assert_array_equal(fit.folds_, given_splitter.folds_)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alphas": [0.0, 1.0]}, "alphas must be numbers > 0"),
        ({"alphas": "best"}, "alphas must be numbers > 0"),
        ({"scoring": "accuracy"}, "scoring must be"),
        ({"n_permutations": -1}, "n_permutations -1: expected a whole number"),
        ({"permute": "columns"}, "permute must be"),
        ({"permute": "within"}, "needs groups"),
        ({"random_state": 2**63}, "random_state 9223372036854775808: expected a whole number of at most 63 bits"),
        ({"n_jobs": 0}, "n_jobs must not be 0"),
        ({"cv": ShuffleSplit(3, random_state=0)}, "cv must hold out every row once"),
        ({"cv": LeaveOneOut(), "scoring": "r2"}, "needs at least 2 rows"),
    ],
)
def test_faults_are_named_in_one_line(options: dict[str, Any], message: str) -> None:
    X, Y = data()
    with pytest.raises(InputError, match=message) as caught:
        PermutationRidge(**{"n_permutations": 5, **options}).fit(X, Y)
    assert "\n" not in str(caught.value)


def test_groups_that_cannot_be_exchanged_are_named() -> None:
    X, Y = data(n=10)
    with pytest.raises(InputError, match="no two groups of one size"):
        PermutationRidge([1.0], 4, n_permutations=5).fit(X, Y, np.repeat([0, 1, 2, 3], [1, 2, 3, 4]))


def test_route_follows_shape() -> None:
    rng = np.random.default_rng(0)
    small, tall = rng.normal(size=(60, 40)), rng.normal(size=(3000, 8))
    alphas = np.array(GRID)
    for X, Y, expected in [
        (small, small[:, :3], MatrixRoute),
        (tall, tall[:, :3], RotationRoute),
        (small, sp.csc_array(np.where(small[:, :3] > 1, small[:, :3], 0)), SparseRoute),
        (small, sp.csc_array(small[:, :3]), MatrixRoute),  # sparse in name only
    ]:
        route = choose_route(X, Y, Folds.from_labels(labels_of(len(X), 5)), alphas, "pearson")
        assert isinstance(route, expected)


def test_metric_sees_heldout_predictions_of_every_permutation() -> None:
    X, Y = data()
    Y[2, 1] = np.nan
    labels = labels_of(60, 5)
    draws = Draws.build(seed_of(0), 60, "rows", None)
    seen: list[tuple[Array, Array]] = []

    def error(predictions: Array, targets: Array) -> float:
        seen.append((predictions, targets))
        return float(np.nanmean((predictions - targets) ** 2))

    test = permutation_ridge(X, Y, labels, draws, alphas=[1.0], n_permutations=3, metric=error)
    assert test.null_metric is not None
    assert len(test.null_metric) == 3
    for (predictions, targets), permutation in zip(seen, [*draws.rows(0, 3), np.arange(60)], strict=True):
        np.testing.assert_array_equal(targets[:, 0], Y[permutation, 0])
        np.testing.assert_array_equal(np.isnan(targets), np.isnan(Y))
        expected, _ = reference.ridge_heldout(X, Y[permutation][:, :1], labels, [1.0] * 5)
        np.testing.assert_allclose(predictions[:, :1], expected, atol=1e-9)
    assert test.metric == pytest.approx(error(*seen[-1]))

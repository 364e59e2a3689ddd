"""The permutation ridge at every scale: units, mixed columns, tiny and huge penalties, duplicates; against refits."""

from __future__ import annotations

import itertools
import warnings
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, LeaveOneOut, StratifiedGroupKFold, StratifiedKFold

from edgeinterp import PermutationRidge
from edgeinterp.errors import InputError
from edgeinterp.regression.folds import Folds, fold_labels
from edgeinterp.regression.matrix import MatrixRoute
from edgeinterp.regression.penalties import penalty_grid
from edgeinterp.regression.rotation import RotationRoute
from edgeinterp.regression.sparse import SparseRoute
from edgeinterp.regression.targets import Scratch
from edgeinterp.statistics.draws import Draws, seed_of
from tests import reference
from tests.reference_exact import ExactRidge, ridge_in_digits

Array = np.ndarray[Any, Any]
TOLERANCE = {np.float64: 1e-6, np.float32: 1e-3}
# float32 holds 1e-38 to 1e38, float64 1e-308 to 1e308
REACH = {np.float64: 150, np.float32: 15}


class Problem(NamedTuple):
    """Rows and targets of order 1, the units that they are given in, and a penalty for the rows of order 1."""

    X: Array
    Y: Array
    x_unit: int
    y_units: Array
    alpha: float
    cv: Any
    dtype: Any

    def given(self) -> tuple[Array, Array, float]:
        """What the user has; units are powers of two, so that no digit differs."""
        X, Y = np.ldexp(self.X, self.x_unit), np.ldexp(self.Y, self.y_units)
        return X.astype(self.dtype), Y.astype(self.dtype), float(np.ldexp(self.alpha, 2 * self.x_unit))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    n, d, T = draw(st.integers(8, 40)), draw(st.integers(1, 50)), draw(st.integers(1, 3))
    X = rng.normal(size=(n, d))
    kind = draw(st.sampled_from(["plain", "mixed columns", "offsets", "twin columns", "twin rows", "rare columns"]))
    if kind == "mixed columns":
        X *= 10.0 ** rng.uniform(-12, 0, d)
    elif kind == "offsets":
        X = X * 10.0 ** rng.uniform(-4, 0, d) + 10 * rng.normal(size=d)
    elif kind == "twin columns":
        X[:, rng.integers(d)] = X[:, 0]
    elif kind == "twin rows":
        X[rng.integers(n)] = X[0]
    elif kind == "rare columns":
        X = (rng.random((n, d)) < 0.1).astype(float)
    reach = int(REACH[dtype] * np.log2(10))
    units = st.integers(-reach, reach) if draw(st.booleans()) else st.just(0)
    X = X.astype(dtype).astype(float)
    Y = (X @ rng.normal(size=(d, T)) + draw(st.sampled_from([0.1, 1.0, 10.0])) * rng.normal(size=(n, T))).astype(dtype)
    alpha = 10.0 ** draw(st.floats(-26, 10))
    cv = draw(st.sampled_from([KFold(2), KFold(5, shuffle=True, random_state=0), LeaveOneOut()]))
    y_units = np.array([draw(units) for _ in range(T)], np.int32)
    return Problem(X, Y.astype(float), draw(units), y_units, alpha, cv, dtype)


@settings(deadline=None, max_examples=400)
@given(problem=problems())
def test_any_scale_gives_what_refits_give_or_is_refused(problem: Problem) -> None:
    X, Y, alpha = problem.given()
    try:
        fit = PermutationRidge(alpha, problem.cv, n_permutations=9).fit(X, Y)
    except InputError as error:
        event("refused")
        # only where the penalty is beyond float64, or a result beyond the type
        assert problem.alpha < 1e-14 or "leave the range" in str(error)  # noqa: PT017
        return
    tolerance = TOLERANCE[problem.dtype]
    deviations, means = reference.ridge_deviations(problem.X, problem.Y, fit.folds_, problem.alpha)
    size = max(np.abs(problem.Y).max(), np.abs(deviations).max())
    held_out = np.ldexp(fit.cv_predictions_.astype(float), -problem.y_units)
    np.testing.assert_allclose(held_out, deviations + means, atol=tolerance * size, rtol=0)
    trace = np.square(problem.X - problem.X.mean(axis=0)).sum()
    scale = trace / (trace + problem.alpha)  # of all predictions
    np.testing.assert_allclose(fit.scores_, reference.correlations(deviations, problem.Y, scale), atol=tolerance)
    # in float64, directions far below the penalty's root would cost the reference more digits than are asked for
    coefficients = ridge_in_digits(problem.X, problem.Y, problem.alpha)
    got = np.ldexp(np.ldexp(fit.coef_.T.astype(float), -problem.y_units), problem.x_unit)
    np.testing.assert_allclose(got, coefficients, atol=tolerance * np.abs(coefficients).max(), rtol=0)
    predicted = np.ldexp(fit.predict(X).astype(float), -problem.y_units)
    fitted = (problem.X - problem.X.mean(axis=0)) @ coefficients + problem.Y.mean(axis=0)
    # an intercept is a difference of what coefficients give at the rows' mean
    size = max(np.abs(problem.Y).max(), np.abs(problem.X.mean(axis=0) * coefficients.T).sum(axis=1).max())
    np.testing.assert_allclose(predicted, fitted, atol=10 * tolerance * size, rtol=0)
    assert np.isfinite(fit.null_scores_).all()
    assert 0.1 <= fit.pvalue_ <= 1


@settings(deadline=None, max_examples=150)
@given(problem=problems(), scoring=st.sampled_from(["pearson", "r2"]))
def test_routes_agree_on_permuted_targets(problem: Problem, scoring: str) -> None:
    labels = fold_labels(len(problem.X), KFold(4).split(problem.X))
    folds, grid = Folds.from_labels(labels), np.array([problem.alpha * 1000, problem.alpha])
    rows = np.random.default_rng(0).permuted(np.tile(np.arange(len(labels)), (3, 1)), axis=1)
    choice = np.array([[0, 1, 0, 1], [1] * 4, [0] * 4])
    X, Y = problem.X, problem.Y
    try:
        routes: list[Any] = [
            MatrixRoute(X, Y, folds, grid, scoring),
            SparseRoute(X, sp.csc_array(Y), folds, grid, scoring),
        ]
        if X.shape[1] < len(X):
            routes.append(RotationRoute(X, Y, folds, grid, scoring))
    except InputError:
        event("refused")
        return
    first, *others = ((r.scores(rows, choice, Scratch()), r.gains(rows, Scratch())) for r in routes)
    for scores, gains in others:
        np.testing.assert_allclose(scores, first[0], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(gains, first[1], rtol=1e-6, atol=1e-6 * np.abs(first[1]).max())


@pytest.mark.parametrize("unit", [1e-150, 1e-13, 1e-8, 1.0, 1e8, 1e150])
@pytest.mark.parametrize("alphas", ["grid", "spectrum", [1e-2, 1.0, 100.0]])
def test_choices_and_pvalues_do_not_depend_on_units(unit: float, alphas: Any) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5))
    Y = X[:, :2] + 2 * rng.normal(size=(60, 2))
    plain = PermutationRidge(alphas, 5, n_permutations=99).fit(X, Y)
    given: Any = alphas if isinstance(alphas, str) else [a * unit * unit for a in alphas]
    scaled = PermutationRidge(given, 5, n_permutations=99).fit(X * unit, Y / unit)
    np.testing.assert_allclose(scaled.scores_, plain.scores_, atol=1e-9)
    np.testing.assert_allclose(scaled.null_scores_, plain.null_scores_, atol=1e-9)
    np.testing.assert_allclose(scaled.alpha_ / unit / unit, plain.alpha_, rtol=1e-6)
    np.testing.assert_array_equal(scaled.pvalues_, plain.pvalues_)
    np.testing.assert_allclose(scaled.cv_predictions_ * unit, plain.cv_predictions_, rtol=1e-9)


def test_targets_in_different_units_choose_as_refits_do() -> None:
    """The error is summed over targets as they are: the one in the largest unit decides."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(50, 30))
    Y = np.column_stack([1e-120 * X[:, 0], 1e120 * (X[:, 1] + 5 * rng.normal(size=50))])
    grid = [1e3, 10.0, 0.1]
    together = PermutationRidge(grid, 5, n_permutations=19).fit(X, Y)
    alone = PermutationRidge(grid, 5, n_permutations=19).fit(X, Y[:, 1])
    np.testing.assert_array_equal(together.alpha_, alone.alpha_)
    assert together.scores_[0] > 0.5


def test_a_small_unit_beside_a_large_one_keeps_its_signal() -> None:
    """Field strengths of 1e-13 beside voltages of 1e-5, as magnetometers and electrodes give them."""
    rng = np.random.default_rng(0)
    latent = rng.normal(size=300)
    tesla = 1e-13 * (latent[:, None] * rng.normal(size=8) + 0.5 * rng.normal(size=(300, 8)))
    X, y = np.c_[tesla, 1e-5 * rng.normal(size=(300, 4))], latent + 0.3 * rng.normal(size=300)
    for rows in (20, 40, 300):
        for alpha in np.logspace(-30, -5, 11):
            fit = PermutationRidge(alpha, n_permutations=0).fit(X[:rows], y[:rows])
            deviations, _ = reference.ridge_deviations(X[:rows], y[:rows, None], fit.folds_, alpha)
            expected = reference.correlations(deviations, y[:rows, None])
            np.testing.assert_allclose(fit.scores_, expected, atol=1e-6)


@pytest.mark.parametrize("alpha", [1e-4, 1e-6, 1e-8, 1e-10])
def test_coefficients_of_wide_rows_with_a_small_penalty(alpha: float) -> None:
    rng = np.random.default_rng(0)
    X, new = 100 * rng.normal(size=(30, 200)), 100 * rng.normal(size=(5, 200))
    y = X[:, 0] / 100 + rng.normal(size=30)
    fit, expected = PermutationRidge(alpha, n_permutations=0).fit(X, y), Ridge(alpha, solver="svd").fit(X, y)
    np.testing.assert_allclose(fit.predict(new), expected.predict(new), rtol=1e-9)
    np.testing.assert_allclose(fit.coef_, expected.coef_, rtol=1e-9, atol=1e-12)


def test_twin_columns_share_a_coefficient_and_are_refused_where_the_penalty_cannot_tell() -> None:
    rng = np.random.default_rng(1)
    X = 1e4 * rng.normal(size=(100, 5))
    X, y = np.c_[X, X[:, 0]], X[:, 0] / 1e4 + rng.normal(size=100)
    fit = PermutationRidge(1e-4, n_permutations=9).fit(X, y)
    assert fit.coef_[0] == pytest.approx(fit.coef_[5], rel=1e-6)
    told: list[int] = []
    with pytest.raises(InputError, match="float64 cannot resolve"):
        PermutationRidge(1e-20, n_permutations=99, progress=lambda done, _: told.append(done)).fit(X, y)
    assert not told  # before any permutation


@pytest.mark.parametrize("unit", [1e-30, 1e-6, 1e20])
def test_noise_gets_no_small_pvalue_whatever_its_unit(unit: float) -> None:
    rng = np.random.default_rng(0)
    X, noise = rng.normal(size=(100, 5)), rng.normal(size=100)
    plain = PermutationRidge(n_permutations=99).fit(X, noise)
    for dtype in (np.float32, np.float64):
        fit = PermutationRidge(n_permutations=99).fit(X.astype(dtype), (noise * unit).astype(dtype))
        assert fit.score_ == pytest.approx(plain.score_, abs=1e-5)
        assert fit.pvalue_ == pytest.approx(plain.pvalue_, abs=0.0101)


def test_results_out_of_range_are_refused_before_any_permutation() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), rng.normal(size=40)
    told: list[int] = []
    with pytest.raises(InputError, match="range of float32"):
        PermutationRidge(1e-60, 5, n_permutations=9, progress=lambda done, _: told.append(done)).fit(
            (X * 1e-30).astype(np.float32), (y * 1e30).astype(np.float32)
        )
    with pytest.raises(InputError, match="range of float64"):
        PermutationRidge("grid", 5, n_permutations=9).fit(X * 1e-170, y)
    assert not told


@pytest.mark.parametrize(("cv", "grouped"), [(StratifiedKFold(3), False), (StratifiedGroupKFold(3), True)])
def test_splitters_are_given_the_targets(cv: Any, grouped: bool) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    y = (X[:, 0] > 0) * 1
    groups = np.arange(60) // 3 if grouped else None
    fit = PermutationRidge(cv=cv, n_permutations=19).fit(X, y, groups)
    np.testing.assert_array_equal(fit.folds_, fold_labels(60, cv.split(X, y, groups)))
    assert fit.pvalue_ == 0.05


def test_pvalues_are_those_of_refits() -> None:
    rng = np.random.default_rng(5)
    X = rng.normal(size=(24, 40)) * np.geomspace(1, 1e-5, 40)
    Y = 1e90 * rng.normal(size=(24, 2))
    fit = PermutationRidge(1e-9, 4, n_permutations=39).fit(X, Y)

    null = [
        reference.correlations(reference.ridge_deviations(X, Y[rows], fit.folds_, 1e-9)[0], Y[rows]).mean()
        for rows in Draws.build(seed_of(0), 24, "rows", None).rows(0, 39)
    ]
    np.testing.assert_allclose(fit.null_distribution_, null, atol=1e-6)
    assert fit.pvalue_ == (1 + np.sum(np.array(null) >= fit.score_)) / 40


@pytest.mark.parametrize("scoring", ["pearson", "r2"])
def test_full_columns_of_sparse_targets_give_what_dense_ones_give(scoring: str) -> None:
    """A column without zeros may vary little beside its mean, or not at all."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 5))
    rare = np.where(rng.random((60, 8)) < 0.1, rng.normal(size=(60, 8)), 0)
    for dtype, offset in ((np.float64, 1e9), (np.float32, 1e4)):
        Y = np.c_[rare, np.full(60, 1e9), X[:, 0] + rng.normal(size=60) + offset].astype(dtype)
        for alphas in (1.0, [1.0, 1000.0]):
            dense, sparse = (
                PermutationRidge(alphas, 5, scoring, 9).fit(X.astype(dtype), y) for y in (Y, sp.csc_array(Y))
            )
            np.testing.assert_allclose(sparse.scores_, dense.scores_, atol=TOLERANCE[dtype])
            np.testing.assert_allclose(sparse.null_scores_, dense.null_scores_, atol=TOLERANCE[dtype])
            np.testing.assert_array_equal(sparse.alpha_, dense.alpha_)
            np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=TOLERANCE[dtype], atol=1e-9)


@pytest.mark.parametrize(("n", "d"), [(40, 5), (20, 30)])
@pytest.mark.parametrize("alpha", [1e-6, 1.0, 1e10])
def test_coefficients_do_not_see_the_mean_of_the_targets(n: int, d: int, alpha: float) -> None:
    rng = np.random.default_rng(0)
    X = 1e5 + rng.normal(size=(n, d))
    y = X[:, 0] - 1e5 + rng.normal(size=n)
    expected = reference.ridge_by_svd(X, (y + 2.0**40 - 2.0**40)[:, None], alpha)[0][:, 0]
    fit = PermutationRidge(alpha, 5, n_permutations=0).fit(X, np.c_[y + 2.0**40, np.full(n, 1e9)])
    np.testing.assert_allclose(fit.coef_[0], expected, atol=1e-6 * np.abs(expected).max(), rtol=0)
    np.testing.assert_array_equal(fit.coef_[1], 0.0)


@pytest.mark.parametrize(
    ("dtype", "constant", "unit"), [(np.float64, 1e170, 1e-10), (np.float64, 0.0, 1e-165), (np.float32, 0.0, 1e-25)]
)
def test_a_target_that_does_not_vary_has_no_say_in_the_penalty(dtype: Any, constant: float, unit: float) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 20)).astype(dtype)
    y = (unit * (3 * X[:, 0] + rng.normal(size=60))).astype(dtype)
    alone = PermutationRidge("grid", 5, n_permutations=9).fit(X, y)
    beside = PermutationRidge("grid", 5, n_permutations=9).fit(X, np.c_[y, np.full(60, constant, dtype)])
    np.testing.assert_array_equal(beside.alpha_, alone.alpha_)
    assert beside.best_alpha_ == alone.best_alpha_
    assert alone.best_alpha_ < penalty_grid(X, "grid", sparse=False)[0]  # what no error at all would choose


def test_a_fold_without_any_difference_between_its_training_rows_predicts_their_mean() -> None:
    X = np.zeros((11, 4), np.float32)
    X[6:9, 3] = X[7:9, 2] = 1
    Y = np.random.default_rng(0).normal(size=(11, 2)).astype(np.float32)
    folds = Folds.from_labels(np.arange(11) // 6)
    route = RotationRoute(X, Y, folds, np.array([4e-10]), "pearson")
    assert not route.heldout(folds.order[None], np.zeros((1, 2), int))[6:].any()


@pytest.mark.parametrize("alphas", ["grid", "spectrum"])
def test_penalties_from_the_spectrum_follow_the_unit_of_rows_far_from_zero(alphas: str) -> None:
    """Times in seconds since 1970 beside measurements of order 1."""
    rng = np.random.default_rng(0)
    X = np.c_[rng.normal(size=(100, 4)), 1.7e9 + 100 * rng.normal(size=100)]
    fits = [PermutationRidge(alphas, 5, n_permutations=0).fit(X * 2.0**u, X[:, 4]) for u in (-60, 0, 60)]
    for fit, u in zip(fits, (-60, 0, 60), strict=True):
        np.testing.assert_allclose(np.ldexp(fit.alpha_, -2 * u), fits[1].alpha_, rtol=1e-9)
        np.testing.assert_allclose(fit.scores_, fits[1].scores_, atol=1e-9)
    assert fits[1].alpha_.min() > 10


@pytest.mark.parametrize("unit", [1e-60, 1e-42, 1e39, 1e60])
@pytest.mark.parametrize("kind", [np.asarray, sp.csc_array])
def test_targets_that_the_type_of_the_rows_cannot_hold_are_refused(unit: float, kind: Any) -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(30, 3)).astype(np.float32), rng.normal(size=(30, 2))
    with pytest.raises(InputError, match="range of float32"):
        PermutationRidge(1.0, 5, n_permutations=9).fit(X, kind(Y * [unit, 1.0]))


@pytest.mark.parametrize("split", [([0, 1], [99]), ("a", "b"), ([0.0], [1.0]), (None, None)])
def test_splits_that_are_no_row_numbers_are_refused_in_one_line(split: Any) -> None:
    with pytest.raises(InputError, match="pairs of row numbers"):
        PermutationRidge(cv=[split], n_permutations=9).fit(np.eye(30), np.arange(30))


@pytest.mark.parametrize("shape", [(14, 9), (9, 14)])
def test_small_directions_of_rows_far_from_zero_keep_their_coefficients(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(shape[0], 1)) @ rng.normal(size=(1, shape[1])) + 1e6 * rng.normal(size=shape[1])
    Y = rng.normal(size=(shape[0], 2))
    fit, expected = PermutationRidge(1e-7, 3, n_permutations=0).fit(X, Y), Ridge(1e-7, solver="svd").fit(X, Y)
    np.testing.assert_allclose(fit.coef_, expected.coef_, atol=1e-6 * np.abs(expected.coef_).max(), rtol=0)


# Against fractions ---------------------------------------------------------------------------------------------------


class Exact(NamedTuple):
    """Small rows, which fractions can follow, in any unit: much of them cancels exactly."""

    X: Array
    Y: Array
    alphas: list[float]
    cv: Any
    dtype: Any
    route: str


@st.composite
def exact_problems(draw: st.DrawFn) -> Exact:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    n, d, T = draw(st.integers(4, 8)), draw(st.integers(1, 4)), draw(st.integers(1, 2))
    X = rng.integers(-2, 3, (n, d)).astype(float)
    kind = draw(st.sampled_from(["plain", "twin rows", "one-hot", "far from zero"]))
    if kind == "twin rows":
        X = X[rng.integers(0, n // 2, n)]
    elif kind == "one-hot":
        X = np.eye(d)[rng.integers(0, d, n)]
    elif kind == "far from zero":
        X += 2.0 ** draw(st.integers(0, 48 if dtype is np.float64 else 20))
    folds = draw(st.integers(2, 4))
    last = np.arange(n) >= n - n // folds
    large = 2.0 ** draw(st.integers(0, 40 if dtype is np.float64 else 18))
    Y = rng.integers(-3, 4, (n, T)).astype(float)
    for t in range(T):
        shape = draw(st.sampled_from(["plain", "one row", "last fold", "large in last fold", "level"]))
        if shape == "one row":
            Y[:, t] = np.eye(n)[rng.integers(n)]
        elif shape == "last fold":
            Y[:, t] *= last
        elif shape == "large in last fold":
            Y[last, t] *= large
        elif shape == "level":
            Y[last, t] += large
    reach = int(REACH[dtype] * np.log2(10)) // 2
    unit = draw(st.integers(-reach, reach))
    Y = np.ldexp(Y, [draw(st.integers(-reach, reach)) for _ in range(T)])
    alphas = [2.0 ** (draw(st.integers(-25, 30)) + 2 * unit) for _ in range(draw(st.integers(1, 3)))]
    route = draw(st.sampled_from(["dense", "sparse"]))
    return Exact(np.ldexp(X, unit).astype(dtype), Y.astype(dtype), alphas, KFold(folds), dtype, route)


def _twins(alphas: list[float], folds: int) -> Exact:
    """Rows of which a fold holds all of a direction; predictions are constant in some permutations."""
    y = np.array([[0.0], [1.0], [1.0], [-2.0], [2.0]])
    return Exact(np.eye(4)[[1, 1, 3, 2, 1]], y, alphas, KFold(folds), np.float64, "dense")


def _large_beside_small() -> Exact:
    """The large target has the same error at both penalties; what the small one adds is lost beside it in float64."""
    Y = np.array([[3, 0], [0, 3], [2, -1], [0, -1], [2, 1], [1, 0]]) * [1.0, 2.0**21]
    return Exact(np.array([[0.0], [1], [0], [-1], [-1], [0]]), Y, [1.0, 2.0], KFold(3), np.float64, "dense")


def _training_mean() -> Exact:
    """Held-out rows are the mean of the others, or there is nothing to learn from: nothing is predicted."""
    X, y = np.array([[2.0], [-2.0], [0.0], [0.0]]), np.array([[-2.0], [0.0], [1.0], [-2.0]])
    return Exact(X, y, [2.0**-14], KFold(2), np.float64, "dense")


def _scales_apart() -> Exact:
    """In a permutation one fold predicts exactly 0, and another has a penalty that leaves a ten-millionth."""
    X, y = np.array([[-1.0], [-2.0], [0.0], [0.0]]), np.array([[1.0], [3.0], [1.0], [-(2.0**15)]])
    return Exact(X, y, [2.0**23, 1.0], KFold(3), np.float64, "dense")


def _nothing_to_choose_by() -> Exact:
    """The target is constant in the rows that one fold is fitted on: its penalties tie exactly."""
    X, y = np.array([[1.0, 2, 2], [0, 2, 2], [2, -2, 0], [1, -1, -1]]), np.array([[0.0], [0], [1], [0]])
    return Exact(X, y, [2.0**14, 2.0**17], KFold(2), np.float64, "dense")


def _sizes_in_one_target() -> Exact:
    """One fold is fitted on targets 2^40 times as large as the other's: their own mean rounds what one learns from."""
    X = np.array([[1.0], [1], [-1], [1], [-1], [0], [0]])
    Y = np.array([[2.0, -3], [-3, -3], [-3, 1], [1, 3], [-(2.0**40), -1], [-(2.0**41), 2], [0, -2]])
    return Exact(X, Y, [1.0], KFold(2), np.float64, "dense")


@settings(deadline=None, max_examples=100)
@given(problem=exact_problems())
@example(problem=_twins([2.0**-16], 2))
@example(problem=_large_beside_small())
@example(problem=_training_mean())
@example(problem=_scales_apart())
@example(problem=_nothing_to_choose_by())
@example(problem=_sizes_in_one_target())
@example(problem=_twins([2.0**-14, 2.0**-15], 4))
def test_what_cancels_scores_and_chooses_as_fractions_do(problem: Exact) -> None:
    X, Y, alphas, cv, dtype, route = problem
    tolerance, grid = TOLERANCE[dtype], sorted(set(alphas), reverse=True)
    fit = PermutationRidge(alphas, cv, n_permutations=5).fit(X, Y if route == "dense" else sp.csc_array(Y))
    exact = ExactRidge(X, fit.folds_, grid)
    for b, rows in enumerate([np.arange(len(X)), *Draws.build(seed_of(0), len(X), "rows", None).rows(0, 5)]):
        targets = [[Fraction(float(v)) for v in y] for y in Y[rows].T]
        choices = exact.choices(targets)
        if b == 0:
            for alpha, right in zip([*fit.alpha_, fit.best_alpha_], choices, strict=True):
                assert alpha in [grid[p] for p in right]
        scores = fit.scores_ if b == 0 else fit.null_scores_[b - 1]
        away = []
        for choice in itertools.product(*choices[:-1]):
            far = [abs(score - exact.pearson(y, choice)) for score, y in zip(scores, targets, strict=True)]
            away.append(max(one - exact.rounded(y, choice) for one, y in zip(far, targets, strict=True)))
        assert min(away) <= tolerance, (scores, away)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("route", [MatrixRoute, SparseRoute, RotationRoute])
def test_predictions_that_do_not_vary_score_zero_by_every_route(route: Any, dtype: Any) -> None:
    X = np.array([[0.3, 1.7], [0.3, 1.7], [0.3, 1.7], [-1.1, 0.4], [2.3, 0.1], [0.7, -0.9]], dtype)
    y = np.array([[0, 0, 0.7, 0, 0, 0]], dtype).T
    folds = Folds.from_labels(np.array([0, 0, 0, 1, 1, 1]))  # twins that none of the other fold's fit tells apart
    built = route(X, y if route is not SparseRoute else sp.csc_array(y), folds, np.array([1.0]), "pearson")
    exact = ExactRidge(X, np.array([0, 0, 0, 1, 1, 1]), [1.0])
    rows = np.array([[2, 0, 1, 3, 4, 5], [3, 0, 1, 2, 4, 5]])
    got = built.scores(rows, np.zeros((2, 2), int), Scratch())[:, 0]
    expected = [exact.pearson([Fraction(float(v)) for v in y[r, 0]], [0, 0]) for r in rows]
    assert expected[0] == 0
    np.testing.assert_allclose(got, expected, atol=TOLERANCE[dtype])


def test_a_target_that_is_constant_in_training_rows_leaves_the_choice_to_the_others() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        X, small = rng.integers(-9, 10, (12, 3)) / 4.0, rng.integers(-9, 10, 12)
        large = np.where(np.arange(12) < 6, 0, rng.integers(1, 10, 12))
        grid = [2.0**10, 2.0, 2.0**-10]
        Y = np.c_[2.0**40 * large, 2.0**-280 * small]
        fit = PermutationRidge(grid, 2, n_permutations=0).fit(X, Y)
        exact = ExactRidge(X, fit.folds_, grid)
        choices = exact.choices([[Fraction(float(v)) for v in y] for y in Y.T])
        np.testing.assert_array_equal(fit.alpha_, [grid[p] for (p,) in choices[:2]])


@pytest.mark.parametrize("shape", [(30, 4), (12, 20)])
@pytest.mark.parametrize("alpha", [1e-3, 1.0, 1e29])
@pytest.mark.parametrize("kind", [np.asarray, sp.csc_array])
def test_rows_far_from_zero_give_what_the_same_rows_near_zero_give(shape: Any, alpha: float, kind: Any) -> None:
    rng = np.random.default_rng(0)
    near = rng.integers(-(2**10), 2**10, shape) * 2.0**-10  # no digit of them is lost 5e10 away
    X, Y = near + 2.0**35 * np.round(1 + rng.random(shape[1]), 3).round(1), rng.normal(size=(shape[0], 2))
    near = X - X[0]
    Y[rng.random(Y.shape) < 0.6] = 0
    far, expected = (PermutationRidge(alpha, 3, n_permutations=9).fit(x, kind(Y)) for x in (X, near))
    size = np.abs(expected.coef_).max()
    np.testing.assert_allclose(far.coef_, expected.coef_, atol=1e-9 * size, rtol=0)
    np.testing.assert_allclose(far.scores_, expected.scores_, atol=1e-9)
    np.testing.assert_allclose(far.null_scores_, expected.null_scores_, atol=1e-9)
    np.testing.assert_allclose(far.predict(X), expected.predict(near), atol=1e-9)
    exact = reference.ridge_by_svd(near, Y, alpha)[0]
    np.testing.assert_allclose(far.coef_.T, exact, atol=1e-6 * np.abs(exact).max(), rtol=0)


class _OwnSplitter:
    """Leaves groups alone, and says so as scikit-learn does."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Any:
        assert groups is not None
        warnings.warn("The groups parameter is ignored by _OwnSplitter", UserWarning, stacklevel=2)
        warnings.warn("something else", RuntimeWarning, stacklevel=2)
        return KFold(3).split(X)


@pytest.mark.parametrize("cv", [KFold(3), LeaveOneOut(), None, 3])
def test_a_splitter_may_leave_groups_to_the_permutations(cv: Any) -> None:
    rng = np.random.default_rng(0)
    X, y, groups = rng.normal(size=(30, 2)), rng.normal(size=30), np.arange(30) // 3
    fit = PermutationRidge(cv=cv, n_permutations=9).fit(X, y, groups)  # warnings are errors here
    assert fit.smallest_pvalue_ == 0.1
    with pytest.warns(RuntimeWarning, match="something else") as caught:
        PermutationRidge(cv=_OwnSplitter(), n_permutations=9).fit(X, y, groups)
    assert len(caught) == 1

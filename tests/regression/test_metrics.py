"""Rank metrics against scipy and against counting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edgeinterp.errors import InputError
from edgeinterp.regression.metrics import METRICS, mean_spearman, neighbourhood_accuracy, precision_at_k
from edgeinterp.regression.ridge import permutation_ridge
from edgeinterp.statistics.draws import Draws
from tests import reference

Array = np.ndarray[Any, Any]


def norms(seed: int = 0, n: int = 30, T: int = 12) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    Y = np.where(rng.random((n, T)) < 0.3, rng.integers(1, 5, (n, T)), 0).astype(float)
    return np.round(Y + rng.normal(size=Y.shape), 1), Y


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_spearman_equals_scipy_with_ties_and_missing_values(dtype: Any) -> None:
    P, Y = norms()
    P, Y = P.astype(dtype), Y.astype(dtype)
    P[3] = 0.5
    Y[4] = 1.0
    Y[np.random.default_rng(1).random(Y.shape) < 0.1] = np.nan
    assert mean_spearman(P, Y) == pytest.approx(np.nanmean(reference.spearman_per_row(P, Y)), abs=1e-12)


def test_precision_shares_ties() -> None:
    P, Y = norms(n=8)
    P = np.round(P)
    expected = np.nanmean(reference.precision_per_row(P, Y, np.random.default_rng(0)))
    assert precision_at_k(P, Y) == pytest.approx(expected, abs=0.01)
    assert precision_at_k(Y, Y) == 1.0
    assert precision_at_k(np.zeros_like(Y), Y) == pytest.approx(np.mean((Y != 0).mean(axis=1)[(Y != 0).any(axis=1)]))


@pytest.mark.parametrize("k", [1, 5, 10])
def test_neighbourhood_accuracy_equals_counting(k: int) -> None:
    rng = np.random.default_rng(0)
    Y = rng.normal(size=(40, 6))
    P = Y + rng.normal(size=Y.shape)
    assert neighbourhood_accuracy(P, Y, k) == pytest.approx(reference.neighbour_share(P, Y, k))


def test_identical_gold_rows_share_the_credit() -> None:
    Y = np.repeat(np.eye(3), 2, axis=0)
    assert neighbourhood_accuracy(Y, Y, 1) == pytest.approx(0.5)
    assert neighbourhood_accuracy(Y, Y, 2) == pytest.approx(1.0)


def test_metrics_name_what_they_cannot_use() -> None:
    P, Y = norms()
    with pytest.raises(InputError, match="alike"):
        mean_spearman(P, Y[:, :3])
    with pytest.raises(InputError, match="no concept has gold"):
        precision_at_k(P, np.zeros_like(Y))
    Y[0, 0] = np.nan
    with pytest.raises(InputError, match="missing values"):
        neighbourhood_accuracy(P, Y)


@pytest.mark.parametrize("name", METRICS)
def test_a_planted_signal_beats_every_permutation(name: str) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 8))
    Y = np.maximum(X @ rng.normal(size=(8, 15)) + 0.3 * rng.normal(size=(60, 15)) - 1, 0)
    labels, draws = np.arange(60) % 5, Draws.build(1, 60, "rows", None)
    runs = [
        permutation_ridge(X, Y, labels, draws, alphas=[1.0], n_permutations=70, n_jobs=j, metric=METRICS[name])
        for j in (1, 2)
    ]
    assert runs[0].metric is not None
    assert runs[0].null_metric is not None
    assert runs[1].null_metric is not None
    assert runs[0].metric > runs[0].null_metric.max()
    np.testing.assert_array_equal(runs[0].null_metric, runs[1].null_metric)

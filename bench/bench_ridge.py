"""The permutation ridge beside what a user would otherwise use: ratios of medians, all from one run.

    python bench/bench_ridge.py [--repeats 5] [--threads N] [--only dense,sparse,tall]

Every fitted object is checked against scikit-learn refits in the same run: a function that returned at once would
fail before a ratio is printed. Times of whole fits include everything that ``fit`` does; "permutations" is a fit
with 1,000 permutations less a fit with none. himalaya is measured where it is installed.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numba
import numpy as np
import scipy.sparse as sp
import sklearn
from scipy.stats import permutation_test
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import KFold, permutation_test_score
from threadpoolctl import threadpool_info, threadpool_limits

sys.path.insert(0, str(Path(__file__).parent))

import machine

from edgeinterp import PermutationRidge
from edgeinterp.regression.ridge import penalty_grid
from edgeinterp.runtime.system import peak_memory_mb
from edgeinterp.runtime.threads import one_blas_thread, usable_threads

Array = np.ndarray[Any, Any]
PERMUTATIONS = 1000


def median_time(function: Callable[[], Any], repeats: int, warm: bool = True) -> float:
    """Median seconds of several calls, after one that compiles and fills caches."""
    if warm:
        function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def rival_time(function: Callable[[], Any], repeats: int, threads: int) -> float:
    """Median seconds under the better of one BLAS thread and ``threads``: on a busy machine that is one."""
    times = []
    for blas in sorted({1, threads}):
        with threadpool_limits(blas, user_api="blas"):
            times.append(median_time(function, repeats))
    return min(times)


def refit_scores(X: Array, Y: Array, alpha: float, folds: int = 10) -> tuple[Array, Array]:
    """Pooled correlations and held-out predictions by refitting every fold with scikit-learn, in float64."""
    X, Y = X.astype(float), Y.astype(float)
    predictions, centred = np.zeros_like(Y), np.zeros_like(Y)
    for train, test in KFold(folds).split(X):
        predictions[test] = Ridge(alpha=alpha).fit(X[train], Y[train]).predict(X[test])
        centred[test] = predictions[test] - Y[train].mean(axis=0)
    p, y = centred - centred.mean(axis=0), Y - Y.mean(axis=0)
    norms = np.sqrt((p * p).sum(axis=0) * (y * y).sum(axis=0))
    return np.where(norms > 1e-20, (p * y).sum(axis=0) / np.where(norms > 1e-20, norms, 1), 0.0), predictions


def check_against_refits(fit: PermutationRidge, X: Array, Y: Array) -> float:
    """Largest difference of a float32 fit with one penalty to refits, in scores and predictions; at most 1e-5."""
    scores, predictions = refit_scores(X, Y, fit.alpha_[0])
    worst = max(np.abs(fit.scores_ - scores).max(), np.abs(fit.cv_predictions_ - predictions).max() / np.abs(Y).max())
    if worst > 1e-5 or len(np.unique(fit.null_distribution_)) < PERMUTATIONS // 2:
        raise SystemExit(f"the fit does not equal refits: {worst}")
    return float(worst)


def numpy_closed_form(X: Array, Y: Array, alpha: float) -> Array:
    """Permute with NumPy alone: the same matrix, one product and three sums for each permutation."""
    n = len(X)
    X = X.astype(float)
    Xc = X - X.mean(axis=0)
    H = Xc @ np.linalg.solve(Xc.T @ Xc + alpha * np.eye(X.shape[1]), Xc.T) + 1 / n
    C = np.zeros((n, n))
    for train, test in KFold(10).split(X):
        C[np.ix_(test, train)] = np.linalg.solve(np.eye(len(test)) - H[np.ix_(test, test)], H[np.ix_(test, train)])
        C[np.ix_(test, train)] -= 1 / len(train)
    C = C.astype(np.float32)
    Yc = Y - Y.mean(axis=0)
    y_norm = np.sqrt((Yc**2).sum(axis=0))
    rng, null = np.random.default_rng(0), np.empty((PERMUTATIONS, Y.shape[1]))
    for b in range(PERMUTATIONS):
        y = Yc[rng.permutation(n)]
        p = C @ y
        p -= p.mean(axis=0)
        null[b] = (p * y).sum(axis=0) / np.sqrt((p**2).sum(axis=0)) / y_norm
    return null


def line(name: str, seconds: float, unit: float, unit_name: str) -> None:
    """Print one measurement beside its yardstick."""
    print(f"  {name:<58} {seconds:10.4f} s   {seconds / unit:9.2f} x {unit_name}")


def bare_product(n: int, Y: Array, threads: int, repeats: int) -> float:
    """Seconds of the float32 product that all permutations amount to, done at once."""
    A = np.random.default_rng(1).normal(size=(n, n)).astype(np.float32)
    stacked = np.tile(Y, (1, PERMUTATIONS))
    out = np.empty_like(stacked)
    with threadpool_limits(threads, user_api="blas"):
        return median_time(lambda: np.matmul(A, stacked, out=out), repeats)


def dense(threads: int, repeats: int) -> None:
    """541 x 384, 50 targets, 10 folds, 1,000 permutations, float32."""
    print("dense: 541 x 384, 50 targets, 10 folds, 1,000 permutations, float32")
    rng = np.random.default_rng(0)
    n, d, T = 541, 384, 50
    X = rng.normal(size=(n, d)).astype(np.float32)
    Y = (X @ rng.normal(size=(d, T)) * 0.05 + rng.normal(size=(n, T))).astype(np.float32)

    def fit(alphas: Any, n_permutations: int, n_jobs: int) -> PermutationRidge:
        return PermutationRidge(alphas, n_permutations=n_permutations, n_jobs=n_jobs).fit(X, Y)

    one = fit("spectrum", PERMUTATIONS, threads)
    worst, alpha = check_against_refits(one, X, Y), float(one.alpha_[0])
    penalties: dict[str, Any] = {
        "one penalty, given": [alpha],
        "one penalty, by its rule": "spectrum",
        "ten, chosen every time": "grid",
    }
    whole: dict[str, float] = {}
    for jobs in sorted({1, threads}):
        bare = bare_product(n, Y, jobs, repeats)
        line(f"bare product (n x n) @ (n x {T * PERMUTATIONS}), {jobs} BLAS thread(s)", bare, bare, "bare product")
        for name, alphas in penalties.items():
            whole[name] = median_time(partial(fit, alphas, PERMUTATIONS, jobs), repeats)
            empty = median_time(partial(fit, alphas, 0, jobs), repeats)
            line(f"{name}, {jobs} thread(s): whole fit", whole[name], bare, "bare product")
            line(f"{name}, {jobs} thread(s): permutations", whole[name] - empty, bare, "bare product")
    print(f"  largest difference of the fitted object to scikit-learn refits: {worst:.1e}")
    ours, searched = whole["one penalty, given"], whole["ten, chosen every time"]
    seconds = rival_time(lambda: numpy_closed_form(X, Y, alpha), 3, threads)
    line("NumPy, same closed form, one penalty", seconds, ours, "ours")
    for name, model, count, own in (
        ("Ridge", Ridge(alpha=alpha), 20, ours),
        ("RidgeCV, ten penalties", RidgeCV(penalty_grid(X, "grid", sparse=False)), 3, searched),
    ):
        test = partial(permutation_test_score, model, X, Y, cv=KFold(10), n_permutations=count, scoring="r2")
        scale = (PERMUTATIONS + 1) / (count + 1)
        title = f"scikit-learn permutation_test_score({name}), from {count}"
        line(title, rival_time(test, 1, threads) * scale, own, "ours")
        line("    the same under scikit-learn's default threads", median_time(test, 1) * scale, own, "ours")
    with_scipy(X, Y, alpha, ours, threads)
    himalaya(X, Y, alpha, ours, threads)


def with_scipy(X: Array, Y: Array, alpha: float, ours: float, threads: int) -> None:
    """SciPy's permutation test of the same score, refitted by scikit-learn for each; extrapolated from 20."""

    def score(order: Array) -> float:
        return float(refit_scores(X, Y[order.astype(int)], alpha)[0].mean())

    def test() -> None:
        permutation_test(
            (np.arange(len(Y)),), score, permutation_type="pairings", n_resamples=20, alternative="greater",
            vectorized=False, rng=np.random.default_rng(0),
        )  # fmt: skip

    # the data as they are, and 20
    seconds = rival_time(test, 1, threads) * (PERMUTATIONS + 1) / 21
    line("scipy.stats.permutation_test, refits, from 20", seconds, ours, "ours")


def himalaya(X: Array, Y: Array, alpha: float, ours: float, threads: int) -> None:
    """himalaya's solvers, as a user would loop over permutations and folds; extrapolated from 3 permutations."""
    try:
        from himalaya.kernel_ridge import KernelRidge as Kernel
        from himalaya.ridge import Ridge as Primal
    except ImportError:
        print("  himalaya is not installed: not measured")
        return
    rng = np.random.default_rng(0)
    for name, model in (
        ("Ridge", Primal(alpha=alpha, fit_intercept=True)),
        ("KernelRidge", Kernel(alpha=alpha, warn=False)),
    ):

        def one(model: Any = model) -> None:
            y = Y[rng.permutation(len(Y))]
            for train, test in KFold(10).split(X):
                model.fit(X[train], y[train]).predict(X[test])

        line(f"himalaya {name}, refits, from 3 permutations", rival_time(one, 3, threads) * PERMUTATIONS, ours, "ours")


def sparse(threads: int, repeats: int) -> None:
    """541 x 384, 2,526 sparse targets, 0.5 % filled."""
    print("sparse: 541 x 384, 2,526 targets 0.5 % filled, 10 folds, 1,000 permutations, float32")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(541, 384)).astype(np.float32)
    Y = sp.random_array((541, 2526), density=0.005, rng=rng, format="csc", dtype=np.float32)
    Y.data[:] = rng.integers(5, 30, len(Y.data))

    def fit(n_permutations: int) -> PermutationRidge:
        return PermutationRidge(n_permutations=n_permutations, n_jobs=threads).fit(X, Y)

    full = Y.toarray()
    one = fit(PERMUTATIONS)
    worst = check_against_refits(one, X, full)
    seconds, empty = median_time(lambda: fit(PERMUTATIONS), repeats), median_time(lambda: fit(0), repeats)
    alpha = float(one.alpha_[0])

    def refit() -> None:
        for train, test in KFold(10).split(X):
            Ridge(alpha=alpha).fit(X[train], full[train]).predict(X[test])

    refits = rival_time(refit, 3, threads) * PERMUTATIONS
    line("whole fit", seconds, seconds, "ours")
    line("permutations", seconds - empty, seconds, "ours")
    line("scikit-learn refits, from 3 permutations", refits, seconds, "ours")
    print(f"  refits against permutations alone: {refits / (seconds - empty):.0f} x")
    print(f"  largest difference of the fitted object to scikit-learn refits: {worst:.1e}")


TALL = """
import sys, time
import numpy as np
from edgeinterp.regression.ridge import permutation_ridge
from edgeinterp.statistics.draws import Draws
from edgeinterp.runtime.system import peak_memory_mb

rng = np.random.default_rng(0)
imported = peak_memory_mb()
X = rng.standard_normal((20000, 384), dtype=np.float32)
Y = rng.standard_normal((20000, 6), dtype=np.float32) + 0.05 * X[:, :6]
data = peak_memory_mb()
draws, folds = Draws.build(1, 20000, "rows", None), np.arange(20000) % 10
start = time.perf_counter()
permutation_ridge(X, Y, folds, draws, n_permutations=100, n_jobs=int(sys.argv[1]))
seconds = time.perf_counter() - start
print(f"  imports {imported:.0f} MB, with data {data:.0f} MB, peak {peak_memory_mb():.0f} MB, {seconds:.1f} s")
"""


def tall(threads: int, _: int) -> None:
    """20,000 x 384 in a process of its own, for its memory."""
    print("tall: 20,000 x 384, 6 targets, ten penalties, 10 folds, 100 permutations, peak resident memory (Linux)")
    sys.stdout.flush()
    subprocess.run([sys.executable, "-c", TALL, str(threads)], check=True)


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=usable_threads(-1))
    parser.add_argument("--only", default="dense,sparse,tall")
    arguments = parser.parse_args()
    print(machine.line())
    print(f"our threads {arguments.threads}; repeats {arguments.repeats}")
    versions = {"python": platform.python_version(), "numpy": np.__version__, "numba": numba.__version__}
    print(", ".join(f"{k} {v}" for k, v in versions.items()) + f", scikit-learn {sklearn.__version__}")
    for pool in threadpool_info():
        print(f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}: {pool['num_threads']} threads")
    with one_blas_thread():
        print("own threads run with one BLAS thread each; rivals under the better of one and as many as ours")
    for name in arguments.only.split(","):
        {"dense": dense, "sparse": sparse, "tall": tall}[name](arguments.threads, arguments.repeats)
    print(f"load after: {os.getloadavg()[0]:.2f}; peak memory of this process {peak_memory_mb():.0f} MB")


if __name__ == "__main__":
    main()

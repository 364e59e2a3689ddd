"""Permutation test of cross-validated ridge on plain arrays: the layer under ``PermutationRidge``.

Nothing is refitted. Held-out predictions are a linear map of the targets (``operators``), so that permuted
targets cost one product (``routes``) or a few look-ups (``sparse``). Whatever is chosen from the targets,
the penalty of each fold, is chosen again in every permutation, by the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeinterp_kernels.ridge import trace_permutations

from ..errors import InputError
from ..runtime.counting import counted
from ..runtime.threads import one_blas_thread
from ..statistics.draws import Draws
from .decomposition import in_units, near_origin, row_exponent, scale_parts
from .folds import Folds
from .operators import ridge_coefficients
from .penalties import choose_clearly, penalty_grid, sums_of_others
from .routes import Route, choose_route
from .targets import Scratch, error_unit, target_weights

__all__ = ["RidgeTest", "permutation_ridge"]

Array = np.ndarray[Any, Any]
# Permutations that a thread takes at a time: at most 64, and 200,000 row numbers.
BLOCK, BLOCK_ROWS = 64, 200_000
_OUT_OF_RANGE = "leave the range of {}: give X and y in other units, or as float64"


@dataclass(frozen=True)
class RidgeTest:
    """Scores of cross-validated ridge and of the same on permuted targets.

    Attributes
    ----------
    score : float
        Mean of ``scores``.
    scores : ndarray of shape (T,)
        Score of each target.
    null : ndarray of shape (B,)
        ``score`` of each permutation.
    null_scores : ndarray of shape (B, T)
        ``scores`` of each permutation.
    predictions : ndarray of shape (n, T)
        Held-out predictions; NaN where the target is missing.
    alphas : ndarray of shape (K,)
        Penalty of each fold.
    final_alpha : float
        Penalty with the least error over all held-out predictions.
    patterns : list of ndarrays
        Targets that share their missing rows.
    null_metric : ndarray of shape (B,) or None
        With ``metric``: its value for each permutation.
    metric : float or None
        With ``metric``: its value.
    origin : ndarray of shape (d,)
        Taken from the rows, without rounding, where they are far from zero.
    refit : tuple of ndarrays of shape (d, T), (T,) and (T,), or None
        With ``coefficients``: those of the fit on all rows that have a value, with ``final_alpha``; predictions at
        ``origin``; intercepts.
    """

    score: float
    scores: Array
    null: Array
    null_scores: Array
    predictions: Array
    alphas: Array
    final_alpha: float
    patterns: list[Array]
    origin: Array
    metric: float | None = None
    null_metric: Array | None = None
    refit: tuple[Array, Array, Array] | None = None


class _Problem:
    """Every block of targets with its route, and the two passes over a block of permutations."""

    def __init__(self, X: Array, Y: Any, labels: Array, alphas: Array, scoring: str) -> None:
        self.alphas, self.Y, self.X = alphas, Y, X
        self.n_rows, self.n_targets = Y.shape
        self.scratch = Scratch()
        self.routes: list[tuple[Route, Array, Array | None]] = []
        self.patterns: list[Array] = []
        sparse = not isinstance(Y, np.ndarray)
        missing = None if sparse else np.isnan(Y)
        # one unit for the errors of all targets, so that a sum over them weighs them as they are
        unit = error_unit(Y)
        for targets, observed in _missing_patterns(missing, self.n_targets):
            rows = None if observed is None else np.flatnonzero(observed)
            folds = Folds.from_labels(labels, rows)
            block = Y if len(targets) == self.n_targets else Y[:, targets]
            route = choose_route(X, block, folds, alphas, scoring, unit)
            self.routes.append((route, targets, observed))
            self.patterns.append(targets)

    def rows(self, permutations: Array) -> list[Array]:
        """For each route, the permuted row numbers in fold order (B, m)."""
        out = []
        for route, _, observed in self.routes:
            source = permutations
            if observed is not None:
                source = np.zeros_like(permutations)
                trace_permutations(permutations, observed, source)
            out.append(np.ascontiguousarray(source[:, route.folds.order]))
        return out

    def gains(self, rows: list[Array]) -> Array:
        """Error of each draw, penalty and fold (B, P, K) over all targets."""
        parts = [route.gains(r, self.scratch) for (route, _, _), r in zip(self.routes, rows, strict=True)]
        return np.sum(parts, axis=0)  # type: ignore[no-any-return]

    def choose(self, rows: list[Array]) -> Array:
        """Penalty of each draw and fold, and the best for all folds (B, K + 1)."""
        if len(self.alphas) == 1:
            return np.zeros((len(rows[0]), self.routes[0][0].folds.n_folds + 1), np.int64)
        rounding = np.sum([route.rounding(r) for (route, _, _), r in zip(self.routes, rows, strict=True)], axis=0)
        choice, alike = choose_clearly(self.gains(rows), rounding)
        unsure = alike.sum(axis=1) > 1
        for b in np.flatnonzero(unsure.any(axis=1)):
            rivals = np.flatnonzero(alike[b][:, unsure[b]].any(axis=1))
            again = rivals[self._choose_again([r[b] for r in rows], rivals)]
            choice[b] = np.where(unsure[b], again, choice[b])
        return choice

    def _choose_again(self, rows: list[Array], rivals: Array) -> Array:
        """Position in ``rivals``, penalties near alike, for each fold and for all (K + 1,), of one draw.

        Each sum is in the unit of the largest target that has errors in it: another may be constant in training rows.
        """
        parts = [route.precise.gains(r, rivals) for (route, _, _), r in zip(self.routes, rows, strict=True)]
        exponents = np.concatenate([route.exponents for route, _, _ in self.routes])
        gains, rounding = (np.concatenate(values, axis=2) for values in zip(*parts, strict=True))
        live = (sums_of_others(np.moveaxis(np.abs(gains), 2, 0)) > 0).any(axis=1).T  # (K + 1, T)
        units = np.where(live, exponents, np.iinfo(exponents.dtype).min // 4).max(axis=1)
        out = np.zeros(len(units), np.int64)
        for unit in np.unique(units):
            weights = target_weights(np.minimum(exponents, unit), int(unit))
            choice, _ = choose_clearly((gains @ weights)[None], (rounding @ weights)[None])
            out[units == unit] = choice[0, units == unit]
        return out

    def scores(self, rows: list[Array], choice: Array) -> Array:
        """Scores (B, T)."""
        out = np.empty((len(choice), self.n_targets))
        for (route, targets, _), r in zip(self.routes, rows, strict=True):
            out[:, targets] = route.scores(r, choice, self.scratch)
        return out

    def heldout(self, rows: list[Array], choice: Array) -> tuple[Array, Array]:
        """Held-out predictions and permuted targets (n, T) of one draw, rows as in X; NaN where missing."""
        predictions = np.full((self.n_rows, self.n_targets), np.nan, self.X.dtype)
        permuted = predictions.copy()
        for (route, targets, _), r in zip(self.routes, rows, strict=True):
            every = len(targets) == self.n_targets
            Y = self.Y[r[0]] if every else self.Y[r[0]][:, targets]
            Y = Y if isinstance(Y, np.ndarray) else Y.toarray()
            at: Any = route.folds.order if every else np.ix_(route.folds.order, targets)
            predictions[at] = route.heldout(r, choice) + _training_means(Y, route.folds)
            permuted[at] = Y
        return predictions, permuted

    def refit(self, choice: int, alpha: float, exponent: int, origin: Array) -> tuple[Array, Array, Array]:
        """Coefficients (d, T), values at ``origin`` and intercepts (T,) on all rows, penalty ``alpha``.

        The rows are ``np.ldexp(X + origin, exponent)``.
        """
        d = self.X.shape[1]
        slopes, dtype = np.empty((d, self.n_targets), self.X.dtype), self.X.dtype
        near, intercepts = np.empty(self.n_targets, dtype), np.empty(self.n_targets, dtype)
        for route, targets, observed in self.routes:
            rows: Any = slice(None) if observed is None else observed
            X, Y = self.X[rows], (self.Y if len(targets) == self.n_targets else self.Y[:, targets])[rows]
            divided, trace = ridge_coefficients(X, route.divided(Y), float(self.alphas[choice]))
            mantissa, power = scale_parts(alpha, trace, exponent)
            units = power + route.exponents
            means = np.asarray(Y.sum(axis=0, dtype=np.float64)).ravel() / len(X)
            with np.errstate(over="ignore", under="ignore"):
                slopes[:, targets] = np.ldexp(divided * mantissa, units - exponent)
                at_origin = means - np.ldexp(X.mean(axis=0, dtype=np.float64) @ divided * mantissa, units)
                near[targets] = at_origin
                intercepts[targets] = at_origin - np.ldexp(origin.astype(np.float64) @ divided * mantissa, units)
            lost = np.abs(slopes[:, targets]).max(axis=0) < np.finfo(slopes.dtype).tiny
            if np.any(lost & divided.any(axis=0)):
                raise InputError(f"coef_ {_OUT_OF_RANGE}".format(slopes.dtype))
        return slopes, near, intercepts


def _training_means(Y: Array, folds: Folds) -> Array:
    """Mean of each target over the training rows of each row's fold; ``Y`` in fold order."""
    out = np.empty(Y.shape)
    sums = np.zeros((folds.n_folds + 1, Y.shape[1]))
    for k, f in folds.slices():
        sums[k] = Y[f].sum(axis=0, dtype=np.float64)
    # from both sides: less its own, a sum would lose rows beside a fold of huge values
    before = np.vstack([np.zeros(Y.shape[1]), np.cumsum(sums, axis=0)])
    after = np.cumsum(sums[::-1], axis=0)[::-1]
    for k, f in folds.slices():
        out[f] = (before[k] + after[k + 1]) / (len(Y) - (f.stop - f.start))
    return out


def _missing_patterns(missing: Array | None, n_targets: int) -> list[tuple[Array, Array | None]]:
    """Targets that share their missing rows, with the rows they have (``None``: all)."""
    if missing is None or not missing.any():
        return [(np.arange(n_targets), None)]
    patterns: dict[bytes, list[int]] = {}
    for t in range(n_targets):
        patterns.setdefault(missing[:, t].tobytes(), []).append(t)
    out: list[tuple[Array, Array | None]] = []
    for targets in patterns.values():
        observed = ~missing[:, targets[0]]
        if observed.sum() < 3:
            raise InputError(f"target {targets[0]} has {counted(observed.sum(), 'value')}: at least 3 are needed")
        out.append((np.array(targets), None if observed.all() else observed))
    return out


def permutation_ridge(
    X: Array,
    Y: Any,
    labels: Array,
    draws: Draws,
    *,
    alphas: Any = None,
    scoring: str = "pearson",
    n_permutations: int = 1000,
    n_jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    metric: Callable[[Array, Array], float] | None = None,
    coefficients: bool = False,
) -> RidgeTest:
    """Cross-validated ridge with the distribution of its scores under permutation.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        Finite; float32 or float64, which decides the type of all products.
    Y : ndarray or scipy.sparse matrix of shape (n, T)
        Targets; NaN is missing (dense only).
    labels : ndarray of shape (n,)
        Fold number of each row.
    draws : Draws
        Permutations.
    alphas : None, str or numbers
        See ``penalty_grid``.
    scoring : {"pearson", "r2"}
        Pooled correlation of held-out predictions less training means, or scikit-learn's R2, mean over folds.
    n_permutations : int
        B.
    n_jobs : int
        Threads; they take blocks of permutations and never change a result.
    progress : callable, optional
        Called as ``progress(done, n_permutations)`` from the calling thread.
    metric : callable, optional
        ``metric(predictions, targets) -> float`` of all held-out predictions (NaN where missing), evaluated for the
        data and for each permutation (``metrics``).
    coefficients : bool
        Whether to fit all rows too, with the penalty best on all held-out predictions.

    Raises
    ------
    InputError
        Before any permutation, when float64 cannot resolve what a penalty asks for, or results leave its range.
    """
    with one_blas_thread():
        exponent = row_exponent(X)
        X = np.ldexp(X, -exponent) if exponent else X
        X, origin = near_origin(X)
        grid = penalty_grid(X, alphas, not isinstance(Y, np.ndarray), exponent)
        problem = _Problem(X, Y, labels, in_units(grid, -exponent), scoring)
        identity = problem.rows(np.arange(len(X))[None])
        choice = problem.choose(identity)
        choice, best = choice[:, :-1], int(choice[0, -1])
        scores = problem.scores(identity, choice)[0]
        predictions, given = problem.heldout(identity, choice)
        refit = problem.refit(best, float(grid[best]), exponent, origin) if coefficients else None
        _refuse_overflow(X.dtype, scores, predictions[~np.isnan(given)], *(refit or ()))
        null = np.empty((n_permutations, problem.n_targets), X.dtype)
        metrics = None if metric is None else np.empty(n_permutations)
        _fill(problem, draws, null, metrics=metrics, metric=metric, n_jobs=n_jobs, progress=progress)
        _refuse_overflow(X.dtype, null)
    value = None if metric is None else metric(predictions, Y if isinstance(Y, np.ndarray) else Y.toarray())
    pooled = null.mean(axis=1, dtype=np.float64)
    return RidgeTest(
        float(scores.mean()), scores, pooled, null, predictions, grid[choice[0]], float(grid[best]),
        problem.patterns, np.ldexp(origin, exponent), value, metrics, refit,
    )  # fmt: skip


def _refuse_overflow(dtype: Any, *results: Array) -> None:
    if not all(np.isfinite(result).all() for result in results):
        raise InputError(f"results {_OUT_OF_RANGE}".format(dtype))


def _fill(
    problem: _Problem,
    draws: Draws,
    null: Array,
    *,
    metrics: Array | None,
    metric: Callable[[Array, Array], float] | None,
    n_jobs: int,
    progress: Callable[[int, int], None] | None,
) -> None:
    """Score every permutation into ``null`` (B, T), and ``metrics`` (B,) where wanted, block by block."""
    total = len(null)
    length = int(np.clip(BLOCK_ROWS // problem.n_rows, 1, BLOCK))  # never depends on the number of threads

    def work(first: int) -> int:
        last = min(first + length, total)
        rows = problem.rows(draws.rows(first, last))
        choice = problem.choose(rows)[:, :-1]
        null[first:last] = problem.scores(rows, choice)
        if metric is not None and metrics is not None:
            for b in range(last - first):
                metrics[first + b] = metric(*problem.heldout([r[b : b + 1] for r in rows], choice[b : b + 1]))
        return last - first

    done = 0
    for count in _in_threads(work, range(0, total, length), n_jobs):
        done += count
        if progress is not None:
            progress(done, total)


def _in_threads(work: Callable[[int], int], firsts: range, n_jobs: int) -> Iterator[int]:
    if n_jobs == 1 or len(firsts) < 2:
        yield from map(work, firsts)
        return
    with ThreadPoolExecutor(n_jobs) as pool:
        waiting = [pool.submit(work, first) for first in firsts]
        try:
            for future in as_completed(waiting):
                yield future.result()
        finally:
            for future in waiting:
                future.cancel()

"""``PermutationRidge``: cross-validated ridge with its permutation test, after scikit-learn's conventions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, MultiOutputMixin, RegressorMixin
from sklearn.model_selection import GroupKFold, check_cv
from sklearn.utils.validation import check_array, check_consistent_length, check_is_fitted, validate_data

from ..errors import InputError
from ..runtime.arguments import group_names, permutation_count, real_array, refuse_odd_entries, whole_number
from ..runtime.counting import counted
from ..runtime.threads import no_warnings, usable_threads
from ..statistics.draws import Draws, seed_of
from ..statistics.pvalues import adjusted_pvalues, permutation_pvalue
from .folds import fold_labels
from .ridge import RidgeTest, permutation_ridge

__all__ = ["PermutationRidge"]

Array = np.ndarray[Any, Any]

_TYPES = [np.float64, np.float32]
MIN_NONZERO = 5
# Two scores closer than this (relative to 1 or to the score) are a tie; rounding in sums over rows stays below it.
TIE = {4: 5e-6, 8: 1e-11}


class PermutationRidge(MultiOutputMixin, RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Ridge regression, scored on held-out rows and tested against permuted targets, without refitting.

    For fold k the held-out prediction is ``mean(Y_tr) + (X_k - mean(X_tr)) (Xc'Xc + alpha_k I)^-1 Xc'Y_tr``. All
    folds together are one linear map of the targets, so that permuting the rows of Y needs a product instead of
    refits. The penalty is one for all targets in each fold: the one with the best R2, pooled over targets, on the
    held-out predictions of the *other* folds; it is chosen anew in every permutation, so that its optimism is part
    of the null distribution.

    Parameters
    ----------
    alphas : None, "spectrum", "grid", float or array-like, default=None
        Penalties to choose from, on scikit-learn's scale. ``"spectrum"``: one, from the spectrum of X alone, with a
        tenth of the rows (at most half of the rank) as effective degrees of freedom. ``"grid"``: ten, from 1 degree
        of freedom to nine tenths of the rank. None: ``"spectrum"`` for sparse Y, ``"grid"`` otherwise.
    cv : int, splitter or iterable, default=10
        Folds; every row must be held out exactly once. A number means ``KFold`` without shuffling, or
        ``GroupKFold`` when groups are given. ``LeaveOneOut()`` works.
    scoring : {"pearson", "r2"}, default="pearson"
        ``"pearson"``: correlation over all rows pooled, after subtracting from each held-out prediction the mean of
        that target in its training folds (without that, noise scores below 0); 0 where either is constant.
        ``"r2"``: scikit-learn's ``r2_score`` of each fold, averaged over folds.
    n_permutations : int, default=1000
        Permutations; 0 scores without testing.
    permute : {None, "rows", "within", "groups"}, default=None
        What is exchangeable under the null hypothesis: all rows, rows of the same group, or whole groups of the same
        number of rows. None: ``"groups"`` when groups are given, else ``"rows"``.
    random_state : int, NumPy generator or None, default=0
        Key of the permutations. Permutation number b is the same whatever the number of threads or permutations.
    n_jobs : int or None, default=-1
        Threads, as in scikit-learn: -1 all usable cores, None one. Never changes a result. During ``fit`` BLAS is
        held to one thread in the whole process (threadpoolctl).
    progress : callable or None, default=None
        Called as ``progress(done, n_permutations)`` now and then, from the thread that called ``fit``.

    Attributes
    ----------
    score_ : float
        Mean of ``scores_``.
    scores_ : ndarray of shape (n_targets,)
        Score of each target.
    null_distribution_ : ndarray of shape (n_permutations,)
        ``score_`` under permutation.
    null_scores_ : ndarray of shape (n_permutations, n_targets)
        ``scores_`` under permutation.
    pvalue_ : float
        ``(1 + #{T* >= T}) / (B + 1)`` of ``score_``.
    pvalues_ : ndarray of shape (n_targets,)
        Adjusted for all targets: single-step max-T on studentised scores, and where targets miss different rows
        max-T within each missing pattern and Holm across patterns. NaN for a target that is not reported on its own.
    reasons_ : dict of int to str
        Why a target has no p-value of its own.
    excess_ : float
        ``score_`` less its mean under permutation: what is left of it when the optimism of the method is removed.
    smallest_pvalue_ : float
        No p-value can be smaller with this number of permutations and these groups.
    alpha_ : ndarray of shape (n_folds,)
        Penalty of each fold.
    best_alpha_ : float
        Penalty best on all held-out predictions; ``predict`` uses it, fitted on all rows.
    cv_predictions_ : ndarray of shape (n, n_targets) or (n,)
        Held-out predictions; NaN where the target is missing.
    folds_ : ndarray of shape (n,)
        Fold of each row.
    coef_, intercept_ : ndarrays of shape (n_targets, n_features), (n_targets,)
        Fitted on all rows, one dimension less for a one-dimensional y.

    Notes
    -----
    A p-value says that X and Y are related more than rows dealt at random are. It does not say how strongly, nor
    why: set the score beside rivals and an upper bound. Permutation assumes rows (or groups) to be exchangeable
    under the null hypothesis.

    References
    ----------
    Phipson & Smyth 2010 (p-values); Westfall & Young 1993 (max-T); Hastie, Tibshirani & Friedman, section 7.10.2
    (choices belong inside the resampling).

    Examples
    --------
    >>> import numpy as np
    >>> from edgeinterp import PermutationRidge
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(80, 5))
    >>> Y = np.column_stack([X[:, 0] + rng.normal(size=80), rng.normal(size=80)])
    >>> fit = PermutationRidge(n_permutations=199).fit(X, Y)
    >>> fit.pvalue_, fit.pvalues_.round(3).tolist()
    (0.005, [0.005, 0.195])
    """

    def __init__(
        self,
        alphas: Any = None,
        cv: Any = 10,
        scoring: str = "pearson",
        n_permutations: int = 1000,
        *,
        permute: str | None = None,
        random_state: Any = 0,
        n_jobs: int | None = -1,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.alphas = alphas
        self.cv = cv
        self.scoring = scoring
        self.n_permutations = n_permutations
        self.permute = permute
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.progress = progress

    def fit(self, X: Any, y: Any, groups: Any = None) -> PermutationRidge:
        """Score X against y on held-out rows, and against permuted rows of y.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Finite. float32 is kept and decides the precision of everything; other types become float64.
        y : array-like or scipy.sparse matrix of shape (n, n_targets) or (n,)
            Targets; NaN (dense only) is missing: such rows are left out of the fits and scores of that target.
        groups : array-like of shape (n,), optional
            Rows that belong together, by text or numbers; none may be missing.

        Returns
        -------
        PermutationRidge
            Itself.

        Raises
        ------
        ValueError
            When an argument cannot be used; the message says what was expected.
        """
        n_permutations = self._check_parameters()
        for name, given in (("X", X), ("y", y)):
            refuse_odd_entries(name, given)
        X = validate_data(self, X, dtype=_TYPES, ensure_min_samples=2)
        Y, flat = _checked_targets(y, X)
        groups = None if groups is None else np.asarray(group_names("groups", groups, len(X)))
        permute = self.permute or ("rows" if groups is None else "groups")
        self.folds_ = self._folds(X, y, groups)
        if self.scoring == "r2":
            _check_fold_sizes(Y, self.folds_)
        missing = np.isnan(Y) if isinstance(Y, np.ndarray) else None
        draws = Draws.build(seed_of(self.random_state), len(X), permute, groups, missing)
        test = permutation_ridge(
            X, Y, self.folds_, draws, alphas=self.alphas, scoring=self.scoring, n_permutations=n_permutations,
            n_jobs=usable_threads(self.n_jobs), progress=self.progress, coefficients=True,
        )  # fmt: skip
        self.smallest_pvalue_ = max(1 / (n_permutations + 1), draws.smallest_pvalue)
        self._keep(test, Y, flat)
        return self

    def predict(self, X: Any) -> Array:
        """Predict targets of new rows with the fit on all rows, penalty ``best_alpha_``.

        Parameters
        ----------
        X : array-like of shape (n, n_features)
            Finite.

        Returns
        -------
        ndarray of shape (n, n_targets) or (n,)
            Predictions, in the type of the X that was fitted.
        """
        check_is_fitted(self)
        refuse_odd_entries("X", X)
        X = validate_data(self, X, dtype=_TYPES, reset=False)
        # as coef_ and intercept_ say, without the digits that rows far from zero would cost
        return (X - self._origin) @ self.coef_.T + self._at_origin  # type: ignore[no-any-return]

    def _check_parameters(self) -> int:
        """Refuse what cannot be used, and return the number of permutations."""
        if self.scoring not in ("pearson", "r2"):
            raise InputError(f"scoring must be 'pearson' or 'r2', got {self.scoring!r}")
        if self.alphas is not None and not isinstance(self.alphas, str):
            real_array("alphas", self.alphas)
        return permutation_count("n_permutations", self.n_permutations, least=0)

    def _folds(self, X: Array, y: Any, groups: Array | None) -> Array:
        by_number = not (self.cv is None or _gives_folds(self.cv))
        cv = whole_number("cv", self.cv, 2, len(X)) if by_number else self.cv
        splitter = GroupKFold(cv) if by_number and groups is not None else check_cv(cv)
        with no_warnings("The groups parameter is ignored"):  # by such a splitter, but not by the permutations
            return fold_labels(len(X), splitter.split(X, y, groups))

    def _keep(self, test: RidgeTest, Y: Any, flat: bool) -> None:
        """Set the attributes that follow from scores and their null distribution."""
        self.score_, self.scores_ = test.score, test.scores
        self.null_distribution_, self.null_scores_ = test.null, test.null_scores
        self.alpha_, self.best_alpha_ = test.alphas, test.final_alpha
        self.cv_predictions_ = test.predictions[:, 0] if flat else test.predictions
        assert test.refit is not None
        slopes, near, intercepts = test.refit
        self._origin, self._at_origin = test.origin, near[0] if flat else near
        self.coef_: Array = slopes[:, 0] if flat else slopes.T
        self.intercept_: Any = intercepts[0] if flat else intercepts
        tie = TIE[test.null_scores.dtype.itemsize]
        self.pvalue_ = float(permutation_pvalue(test.score, test.null, tie * max(1.0, abs(test.score))))
        self.excess_ = test.score - float(test.null.mean()) if len(test.null) else float("nan")
        self.reasons_ = _unreported(Y, test.null_scores, tie)
        reportable = np.array([t not in self.reasons_ for t in range(len(test.scores))])
        self.pvalues_ = adjusted_pvalues(test.scores, test.null_scores, test.patterns, reportable, tie)


def _checked_targets(y: Any, X: Array) -> tuple[Any, bool]:
    """Targets as a two-dimensional array or sparse matrix in the type of X, and whether they came in one dimension."""
    flat = False
    if y is None:
        raise ValueError("PermutationRidge requires y to be passed, but the target y is None")
    if hasattr(y, "tocsc"):
        Y = check_array(y, accept_sparse="csc", dtype=_TYPES, input_name="y")
        Y = Y.copy() if Y is y else Y
        Y = _in_type(Y, X.dtype)
        Y.sum_duplicates()
        Y.eliminate_zeros()
    else:
        Y = check_array(y, ensure_2d=False, dtype=_TYPES, ensure_all_finite="allow-nan", input_name="y")
        Y = _in_type(Y, X.dtype)
        flat = Y.ndim == 1
        Y = Y[:, None] if flat else Y
    check_consistent_length(X, Y)
    return Y, flat


def _in_type(Y: Any, dtype: Any) -> Any:
    """Targets, dense or sparse, in the type of X; refused where that cannot hold them."""
    if Y.dtype == dtype:
        return Y
    with np.errstate(over="ignore", under="ignore"):
        out = Y.astype(dtype)
    given, held = _largest(Y), _largest(out)
    if np.any(np.isinf(held) | ((held < np.finfo(dtype).tiny) & (given > 0))):
        raise InputError(f"y: values leave the range of {dtype}, the type of X: give y in other units, or X as float64")
    return out


def _largest(Y: Any) -> Array:
    """Size of the largest entry of each target, NaN left out."""
    sizes = abs(Y)
    return np.asarray(np.fmax.reduce(sizes) if isinstance(sizes, np.ndarray) else sizes.max(axis=0).toarray())


def _gives_folds(cv: Any) -> bool:
    """Tell a splitter, or an iterable of splits, from what can only be a number of folds."""
    if isinstance(cv, str | bytes | np.generic) or (isinstance(cv, np.ndarray) and not cv.ndim):
        return False
    return hasattr(cv, "split") or isinstance(cv, Iterable)


def _check_fold_sizes(Y: Any, labels: Array) -> None:
    present = np.ones((Y.shape[0], 1), bool) if not isinstance(Y, np.ndarray) else ~np.isnan(Y)
    for k in range(labels.max() + 1):
        counts = present[labels == k].sum(axis=0)
        if np.any(counts == 1):
            raise InputError(f"scoring='r2' needs at least 2 rows of each target in a fold, fold {k} has 1")


def _unreported(Y: Any, null: Array, tie: float) -> dict[int, str]:
    """Return the reason for which a target has no p-value of its own."""
    counts = np.count_nonzero(np.nan_to_num(Y), axis=0) if isinstance(Y, np.ndarray) else np.diff(Y.indptr)
    if len(null) == 0:
        return dict.fromkeys(range(len(counts)), "no permutations were asked for")
    enough = counts >= MIN_NONZERO
    reasons = {
        int(t): f"{counted(counts[t], 'nonzero row')}, at least {MIN_NONZERO} are needed"
        for t in np.flatnonzero(~enough)
    }
    reported = null if enough.all() else null[:, enough]
    constant = np.flatnonzero(enough)[reported.std(axis=0, dtype=np.float64) <= tie]
    return reasons | dict.fromkeys(constant.tolist(), "its score does not vary under permutation")

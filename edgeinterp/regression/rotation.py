"""Dense targets in the eigenbasis of the rows, where n is far larger than d: no n x n matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from edgeinterp_kernels.ridge import fold_moments, pearson_moments

from .decomposition import (
    EPS,
    SAFE_SHARE,
    STRIP,
    centred_gram,
    contrasts,
    decompose,
    decompose_rows,
    shrinkage,
    shrinkage_scale,
)
from .folds import Folds
from .targets import DenseTargets, Scratch, fold_factors, in_target_units, least_spread, pooled_pearson, r2_of_folds

__all__ = ["FoldRotations", "RotationRoute", "fold_rotations"]

Array = np.ndarray[Any, Any]

# What choosing penalties may leave for scoring the same permutations, a thread.
KEPT_BYTES = 16 << 20


@dataclass(frozen=True)
class FoldRotations:
    """Factors in place of the n x n matrices where rows far outnumber columns: memory n * r + 2 * K * r * r.

    With ``Xc = U S V'`` on all rows, ``u`` the training mean of U and ``N = U_tr'U_tr - n_tr u u'``, let ``S N S = Q
    diag(lambda) Q'`` and ``W = diag(lambda)^-1/2 Q' S``. The held-out prediction minus the training mean is

        (U_f - u) W' diag(lambda / (lambda + alpha)) W (U_tr - u)' y_tr

    where everything but the shrinkage is near orthogonal, so that float32 does not lose the small directions.

    Attributes
    ----------
    U : ndarray of shape (n_rows, r)
        Left singular vectors in fold order, in the type asked for.
    means : ndarray of shape (K, r)
        Training mean of U.
    W : ndarray of shape (K, r, r)
        From U to the left singular vectors of the training rows.
    eigenvalues : ndarray of shape (K, r)
        Squared singular values of the training rows.
    test_factor : list of K ndarrays of shape (min(m, r), r)
        Any matrix with the same cross-product as the held-out rows, ``(U_f - u) W'``.
    test_sum : ndarray of shape (K, r)
        Sum of ``(U_f - u) W'`` over the held-out rows.
    trace : float
        Sum of squares of all centred rows.
    safe : bool
        Whether penalties hide what cross-products lose, so that these gave the directions.
    """

    U: Array
    means: Array
    W: Array
    eigenvalues: Array
    test_factor: list[Array]
    test_sum: Array
    trace: float
    safe: bool


def _orthonormal_rows(X: Array, folds: Folds, dtype: Any, smallest: float) -> tuple[Array, Array, float, bool]:
    """Left singular vectors of the centred rows (fold order), singular values, their squares' sum, and ``safe``.

    ``safe``: penalties are large enough for cross-products to stand for the rows. Else vectors are float64: rounding
    to float32 would make a direction of one that a fold leaves no trace of.
    """
    rows = X[folds.order] if len(folds.order) < len(X) else X
    mean, gram = centred_gram(rows)
    trace = float(np.trace(gram))
    if smallest <= SAFE_SHARE * trace:
        basis = decompose_rows(X[folds.order].astype(np.float64), smallest)
        return basis.U, basis.s, trace, False
    values, V = np.linalg.eigh(gram)
    keep = values > len(values) * EPS * max(float(values[-1]), 0.0)
    s, V = np.sqrt(values[keep]), V[:, keep]
    U = np.empty((folds.n_rows, len(s)), dtype)
    for first in range(0, folds.n_rows, STRIP):
        part = slice(first, first + STRIP)
        U[part] = (X[folds.order[part]].astype(np.float64) - mean) @ (V / s)
    return U, s, trace, True


def _training_directions(training: Array, s: Array, smallest: float) -> tuple[Array, Array]:
    """Squared singular values and right singular vectors of the centred ``training * s``, not by squares of it."""
    factor = np.asarray(np.linalg.qr(contrasts(training) * s, mode="r"))
    # rows that are alike in X are so in its singular vectors up to rounding only
    basis = decompose(factor, smallest, size=max(training.shape) * float(np.linalg.norm(s)))
    return basis.s**2, basis.V


def fold_rotations(X: Array, folds: Folds, dtype: Any, smallest: float) -> FoldRotations:
    """Training eigenbasis of every fold, from one d x d cross-product and one update per fold.

    Where the smallest penalty does not hide what cross-products lose, from the rows themselves, fold by fold.

    Parameters
    ----------
    X : ndarray of shape (n, d)
        All rows; those in ``folds.order`` are used.
    folds : Folds
        Held-out rows.
    dtype : type
        float32 or float64, of U, W and the factors; computed in float64.
    smallest : float
        The smallest penalty.

    Returns
    -------
    FoldRotations
        See there. Directions that the smallest penalty hides anyway may be left out.

    Raises
    ------
    InputError
        When a penalty is too small for float64 to resolve what it asks for.
    """
    U, s, trace, safe = _orthonormal_rows(X, folds, dtype, smallest)
    K, r, n = folds.n_folds, len(s), folds.n_rows
    means, W, values = np.zeros((K, r)), np.zeros((K, r, r), dtype), np.zeros((K, r))
    factors, sums = [np.zeros((0, r), dtype) for _ in range(K)], np.zeros((K, r))
    # U is orthonormal and centred up to rounding; what it really is keeps small directions exact
    total, whole = U.sum(axis=0, dtype=np.float64), centred_gram(U)[1]
    whole += np.outer(total, total) / n
    for k, f in folds.slices():
        test = U[f].astype(np.float64)
        means[k] = (total - test.sum(axis=0)) / (n - len(test))
        if safe:
            inner = whole - test.T @ test - (n - len(test)) * np.outer(means[k], means[k])
            eigenvalues, Q = np.linalg.eigh(inner * np.outer(s, s))
            keep = eigenvalues > 1e-13 * np.square(s.max(initial=0.0))
            eigenvalues, Q = eigenvalues[keep], Q[:, keep]
        else:
            training = np.delete(U, np.arange(f.start, f.stop), axis=0)
            eigenvalues, Q = _training_directions(training, s, smallest)
        inward = np.zeros((r, r))
        inward[: len(eigenvalues)] = (Q / np.sqrt(eigenvalues)).T * s
        values[k, : len(eigenvalues)] = eigenvalues
        rotated = (test - means[k]) @ inward.T
        sums[k], W[k] = rotated.sum(axis=0), inward
        factor = rotated if len(rotated) <= r else np.linalg.qr(rotated, mode="r")
        factors[k] = np.asarray(factor, dtype)
    return FoldRotations(np.asarray(U, dtype), means, W, values, factors, sums, trace, safe)


class RotationMaps:
    """``precise.Maps`` by ``fold_rotations``, in ``dtype``."""

    def __init__(self, X: Array, folds: Folds, alphas: Array, dtype: Any = np.float64) -> None:
        self.folds = folds
        self.basis, self.alphas = fold_rotations(X, folds, dtype, float(np.min(alphas))), alphas
        trace = self.basis.trace
        self.scales = np.array([shrinkage_scale(float(alpha), trace) for alpha in alphas])
        self.shrinkage = np.array([shrinkage(self.basis.eigenvalues, float(alpha), trace) for alpha in alphas])

    def norm(self, p: int, k: int) -> float:
        """See ``Maps``."""
        shrinkage, basis = self.shrinkage[p, k], self.basis
        # held-out rows may be rounding where they are the training mean: it is beside these rows and those of the mean
        f = slice(int(self.folds.starts[k]), int(self.folds.starts[k + 1]))
        held = np.square(basis.U[f]).sum()
        others = max(0.0, np.square(basis.U).sum() - held)
        size = np.sqrt(held) + np.sqrt(others * (f.stop - f.start) / max(1, len(basis.U) - (f.stop - f.start)))
        cancelled = size * np.max(shrinkage * np.linalg.norm(basis.W[k], axis=1), initial=0.0)
        return float(max(np.linalg.norm(basis.test_factor[k] * shrinkage), cancelled))

    def condition(self, p: int, k: int) -> float:
        """How many ``EPS`` fitted values may move (``Decomposition.condition``), or their cross-products."""
        values, alpha = self.basis.eigenvalues[k], float(self.alphas[p])
        if self.basis.safe:
            return self.basis.trace / alpha
        return float(np.sqrt(values.max(initial=0.0)) * np.max(np.sqrt(values) / (values + alpha), initial=0.0))

    def predict(self, k: int, Y: Array) -> Callable[[int], Array]:
        """See ``Maps``."""
        f = slice(int(self.folds.starts[k]), int(self.folds.starts[k + 1]))
        basis, mean, W = self.basis, self.basis.means[k], self.basis.W[k]
        z = W @ (basis.U.T @ Y - np.outer(mean, Y.sum(axis=0)))
        test = basis.U[f] - mean
        return lambda p: test @ (W.T @ (self.shrinkage[p, k][:, None] * z))


class _Rotated(NamedTuple):
    """One fold: training cross-products in its eigenbasis (r, C), training means (C,), and what gives p y.

    That is the targets of the held-out rows (m, C), or where their factor is not the rows themselves their
    cross-products in the eigenbasis (r, C).
    """

    fold: int
    z: Array
    held: Array
    mean: Array
    by_rows: bool


class RotationRoute(DenseTargets):
    """Dense targets in the eigenbasis, for n far larger than d: no n x n matrix.

    Cross-products with the targets are formed once for each permutation and serve all penalties; the sums that the
    scores need follow from them fold by fold in r dimensions. Choosing penalties needs them for each penalty and
    column: they are kept, so that scoring the same permutations has only to take the chosen ones.
    """

    def __init__(self, X: Array, Y: Array, folds: Folds, alphas: Array, scoring: str, unit: int = 0) -> None:
        dtype = X.dtype
        super().__init__(Y, folds, scoring, dtype, partial(RotationMaps, X, folds, alphas), unit)
        maps = RotationMaps(X, folds, alphas, dtype)
        basis, self.scales = maps.basis, maps.scales
        rounding = EPS / float(np.finfo(dtype).eps)
        self.norms = np.array(
            [
                [maps.norm(p, k) * (1.0 + rounding * maps.condition(p, k)) for k in range(folds.n_folds)]
                for p in range(len(alphas))
            ]
        )
        self.U = basis.U
        self.means, self.W, self.factors = basis.means.astype(dtype), basis.W, basis.test_factor
        self.test_sum = basis.test_sum.astype(dtype)
        self.shrinkage = np.asarray(maps.shrinkage, dtype)  # (P, K, r)
        self.sums_bytes = folds.n_folds * (2 * self.U.shape[1] * self.dtype.itemsize + 24 * len(self.shrinkage))

    def _cross_products(self, flat: Array, scratch: Scratch) -> tuple[Array, Array]:
        """``U_f' Y_f`` (K, r, C) and ``1' Y_f`` (K, C)."""
        b = scratch.take("cross", (self.folds.n_folds, self.U.shape[1], flat.shape[1]), self.dtype)
        sums = np.zeros((self.folds.n_folds, flat.shape[1]), self.dtype)
        b[:] = 0
        for k, f in self.folds.slices():
            np.matmul(self.U[f].T, flat[f], out=b[k])
            sums[k] = flat[f].sum(axis=0)
        return b, sums

    def _rotated(self, targets: Array, scratch: Scratch) -> Iterator[_Rotated]:
        """Yield each fold's cross-products, valid until the next is asked for."""
        flat = targets.reshape(len(targets), -1)
        b, sums = self._cross_products(flat, scratch)
        # from both sides: less its own, a sum would lose rows beside a fold of huge values
        after, sum_after = scratch.take("after", b.shape, self.dtype), np.zeros_like(sums)
        after[-1] = 0
        for k in range(len(b) - 1, 0, -1):
            np.add(after[k], b[k], out=after[k - 1])
            sum_after[k - 1] = sum_after[k] + sums[k]
        before, sum_before = np.zeros_like(b[0]), np.zeros_like(sums[0])
        training = scratch.take("training", b[0].shape, self.dtype)
        for k, f in self.folds.slices():
            train_sum = sum_before + sum_after[k]
            mean = self.means[k][:, None]
            np.add(before, after[k], out=training)
            training -= mean * train_sum
            before += b[k]
            sum_before += sums[k]
            m = f.stop - f.start
            by_rows = len(self.factors[k]) == m
            held = flat[f] if by_rows else self.W[k] @ (b[k] - mean * sums[k])
            yield _Rotated(k, self.W[k] @ training, held, train_sum / (self.folds.n_rows - m), by_rows)

    def _moments(self, part: _Rotated, shrinkage: Array, scratch: Scratch) -> Array:
        """Add up over the held-out rows of p y, p and p p (3, P, C), for shrinkages of each penalty (P, r)."""
        factor, columns = self.factors[part.fold], part.z.shape[1]
        P, m = len(shrinkage), len(factor)
        stacked = (factor * shrinkage[:, None]).reshape(P * m, factor.shape[1])
        projected = scratch.take("projected", (P * m, columns), self.dtype)
        np.matmul(stacked, part.z, out=projected)
        out = np.empty((3, P, columns))
        one = scratch.take("one", (3, columns), np.float64)
        for p in range(P):
            predictions = projected[p * m : (p + 1) * m]
            pearson_moments(predictions, part.held if part.by_rows else predictions, one)
            out[:, p] = one
        if not part.by_rows:
            # held and z are centred on the training mean of U, so that held z is the sum of p y with y as it is
            out[0] = shrinkage @ (part.held * part.z)
        # not the sum of what was projected: that is 0 up to rounding where nothing varies
        out[1] = (shrinkage * self.test_sum[part.fold]) @ part.z
        return out

    def gains(self, rows: Array, scratch: Scratch) -> Array:
        """See ``Route``."""
        P, K = len(self.shrinkage), self.folds.n_folds
        keeps = 24 * P * K * len(rows) * self.n_targets <= KEPT_BYTES
        kept: list[Array] = []
        out = np.zeros((len(rows), P, K))
        for part in self.parts(rows):
            targets = self.gather(rows[part], scratch)
            moments = np.zeros((K, 3, P, targets.shape[1] * targets.shape[2]))
            for fold in self._rotated(targets, scratch):
                k = fold.fold
                moments[k] = self._moments(fold, self.shrinkage[:, k], scratch)
                py, p1, pp = moments[k]
                scales = self.scales[:, None]
                gain = scales * (scales * pp - 2.0 * (py - fold.mean * p1))
                out[part, :, k] = (gain.reshape(P, targets.shape[1], -1) @ self.weights).T
            if keeps:
                kept.append(moments)
        # scoring asks for the same permutations next
        scratch.kept[id(self)] = (rows, kept)
        return out

    def scores(self, rows: Array, choice: Array, scratch: Scratch) -> Array:
        """See ``Route``."""
        owner, kept = scratch.kept.pop(id(self), (None, []))
        kept = kept if owner is rows else []
        factors = fold_factors(self.scales, choice, relative=self.scoring == "pearson")
        least = least_spread(self.norms, choice, factors, self.y_var, self.dtype)
        out = np.empty((len(rows), self.n_targets))
        for number, part in enumerate(self.parts(rows)):
            targets = None if kept and self.scoring == "pearson" else self.gather(rows[part], scratch)
            if kept:
                chosen = self._chosen(kept[number], choice[part])
            else:
                assert targets is not None
                chosen = self._anew(targets, choice[part], scratch)
            columns = np.repeat(factors[part].T, self.n_targets, axis=1)
            chosen[:, :2] *= columns[:, None]
            chosen[:, 2] *= columns**2
            out[part] = self._summed(chosen, least[part], targets)
        return self.precise.settle(out, rows, choice)

    def _chosen(self, moments: Array, choice: Array) -> Array:
        """Select the sums (K, 3, B T) of the chosen penalties (B, K) from those of all penalties (K, 3, P, B T)."""
        B = len(choice)
        K, _, P, columns = moments.shape
        by_draw = moments.reshape(K, 3, P, B, columns // B)
        out = np.empty((K, 3, B, columns // B))
        for k in range(K):
            out[k] = by_draw[k][:, choice[:, k], np.arange(B)]
        return out.reshape(K, 3, columns)

    def _anew(self, targets: Array, choice: Array, scratch: Scratch) -> Array:
        """Compute the sums (K, 3, B T) of the chosen penalties."""
        out = np.zeros((self.folds.n_folds, 3, targets.shape[1] * targets.shape[2]))
        for part in self._rotated(targets, scratch):
            k = part.fold
            by_column = np.repeat(self.shrinkage[choice[:, k], k].T, targets.shape[2], axis=1)
            every = np.ones((1, len(part.z)), self.dtype)
            out[k] = self._moments(part._replace(z=by_column * part.z), every, scratch)[:, 0]
        return out

    def _summed(self, sums: Array, least: Array, targets: Array | None) -> Array:
        """Scores (B, T) from sums by fold (K, 3, B T); R2 asks for the targets (m, B, T) as well."""
        columns = sums.shape[2]
        B = columns // self.n_targets
        if self.scoring == "pearson":
            by_draw = sums.sum(axis=0).reshape(3, B, self.n_targets).transpose(1, 0, 2)
            return pooled_pearson(by_draw, self.folds.n_rows, self.y_sum, self.y_var, least, self.dtype)
        assert targets is not None
        flat = targets.reshape(len(targets), columns)
        moments = np.empty((self.folds.n_folds, 6, columns))
        fold_moments(flat, flat, self.folds.starts, moments)
        moments[:, :3] = sums
        return r2_of_folds(moments, self.folds, np.tile(self.y_sum, B), self.dtype).reshape(B, self.n_targets)

    def heldout(self, rows: Array, choice: Array) -> Array:
        """See ``Route``."""
        targets = self.Y[rows[0]]
        out = np.zeros((len(targets), self.n_targets), self.dtype)
        for part in self._rotated(targets[:, None], Scratch()):
            k = part.fold
            f = slice(int(self.folds.starts[k]), int(self.folds.starts[k + 1]))
            weights = self.W[k].T @ (self.shrinkage[choice[0, k], k][:, None] * part.z)
            out[f] = self.scales[choice[0, k]] * ((self.U[f] - self.means[k]) @ weights)
        return in_target_units(out, self.exponents)

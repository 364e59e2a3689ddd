"""Maps from vectors to norms: held-out predictions by ridge, PLS or a small network; ``neighbours`` has another.

All share one procedure. A mapping offers a few candidates (penalties, components, numbers of neighbours); each fold
takes the candidate with the least squared error on the held-out predictions of the *other* folds, over all features;
the mean of the training folds is subtracted from predictions before they are correlated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...regression.folds import fold_slices
from ...regression.penalties import choose_penalties, degrees_of_freedom, spectrum_grid, spectrum_penalty
from ...runtime.threads import no_warnings

__all__ = [
    "MAPPINGS",
    "Heldout",
    "Mapping",
    "RidgeMap",
    "held_out",
    "heldout",
    "make_mapping",
    "missing_patterns",
    "principal",
    "solved",
    "training_means",
]

Array = NDArray[Any]

COMPONENTS = (1, 2, 5, 10, 20)
HIDDEN_UNITS = 32
# steps of Adam, whatever the number of concepts
STEPS, BATCH = 400, 64
MAPPINGS = ("ridge", "pls", "mlp")
# predictions of all candidates that are held at a time
HELD_BYTES = 32 << 20


class Mapping(Protocol):
    """Interface of a mapping for ``heldout``, made for one X."""

    candidates: list[float]
    # whether columns are fitted one by one, so that several draws can be fitted together
    separable: bool

    def predictions(self, Y: Array, labels: Array, rows: Array) -> Array:
        """Predict (candidates, m, columns) less training means; ``Y`` (m, columns) are the rows ``rows`` of X."""

    def dimensions(self, choice: Array) -> float:
        """Give the effective dimensions of the map, mean over folds."""


@dataclass(frozen=True)
class Heldout:
    """Held-out predictions less training means (n, draws, T), and the choice of each draw and fold (draws, K)."""

    centred: Array
    choice: NDArray[np.int64]


def heldout(mapping: Mapping, Y: Array, labels: Array) -> Heldout:
    """Return held-out predictions of targets ``Y`` (n, draws, T), each draw with its own choices.

    NaN is missing, in all draws alike; rows are in fold order.
    """
    n, draws, T = Y.shape
    centred = np.full(Y.shape, np.nan)
    choice = np.zeros((draws, int(labels[-1]) + 1), dtype=np.int64)
    step = max(1, HELD_BYTES // (8 * n * T * len(mapping.candidates))) if mapping.separable else 1
    for first in range(0, draws, step):
        part = slice(first, first + step)
        centred[:, part], choice[part] = _heldout(mapping, Y[:, part], labels)
    return Heldout(centred, choice)


def _heldout(mapping: Mapping, Y: Array, labels: Array) -> tuple[Array, NDArray[np.int64]]:
    draws, folds = Y.shape[1], int(labels[-1]) + 1
    gains = np.zeros((draws, len(mapping.candidates), folds))
    found = []
    for targets, rows in missing_patterns(Y[:, 0]):
        block = Y[np.ix_(rows, np.arange(draws), targets)]
        flat, own = block.reshape(len(rows), -1), labels[rows]
        predicted = mapping.predictions(flat, own, rows)
        found.append((targets, rows, predicted))
        errors = flat - training_means(flat, own)
        for f in fold_slices(own):
            part = predicted[:, f]
            lost = np.einsum("pic,pic->pc", part, part) - 2.0 * np.einsum("pic,ic->pc", part, errors[f])
            gains[:, :, own[f.start]] += lost.reshape(len(predicted), draws, -1).sum(axis=2).T
    choice = choose_penalties(gains)
    centred = np.full(Y.shape, np.nan)
    for targets, rows, predicted in found:
        by_draw = predicted.reshape(len(predicted), len(rows), draws, len(targets))
        chosen = choice[:, labels[rows]].T
        taken = by_draw[chosen, np.arange(len(rows))[:, None], np.arange(draws)]
        centred[np.ix_(rows, np.arange(draws), targets)] = taken
    return centred, choice


def missing_patterns(Y: Array) -> list[tuple[Array, Array]]:
    """Group features by their missing rows; return each group with its observed rows."""
    missing = np.isnan(Y)
    if not missing.any():
        return [(np.arange(Y.shape[1]), np.arange(len(Y)))]
    patterns: dict[bytes, list[int]] = {}
    for t in range(Y.shape[1]):
        patterns.setdefault(missing[:, t].tobytes(), []).append(t)
    return [(np.array(targets), np.flatnonzero(~missing[:, targets[0]])) for targets in patterns.values()]


def training_means(Y: Array, labels: Array) -> Array:
    """Mean of each column over the observed rows of the other folds, for every row (n, columns)."""
    present = ~np.isnan(Y)
    filled = np.where(present, Y, 0.0)
    total, count = filled.sum(axis=0), present.sum(axis=0)
    out = np.empty(Y.shape)
    for k in np.unique(labels):
        f = labels == k
        out[f] = (total - filled[f].sum(axis=0)) / np.maximum(count - present[f].sum(axis=0), 1)
    return out


def make_mapping(name: str, X: Array, sparse: bool, seed: int) -> Mapping:
    """Return the mapping called ``name`` ("ridge", "pls", "mlp") for vectors ``X`` (n, d)."""
    if name == "ridge":
        return RidgeMap(X, sparse)
    return PLSMap(X) if name == "pls" else NetworkMap(X, seed)


class RidgeMap:
    r"""Ridge with an unpenalised intercept: the formulas of ``regression.ridge``, for many targets on one X.

    With ``H = 11'/n + Z diag(1 / (s + alpha)) Z'`` the held-out residuals of the rows of fold f are ``(I - H_ff)^-1 (Y
    - HY)_f``: exact, no refit. Each penalty needs only products with n x d matrices and one solve of the fold's size; a
    new X costs one eigendecomposition.
    """

    separable = True

    def __init__(self, X: Array, sparse: bool) -> None:
        self.X = np.asarray(X, dtype=np.float64)
        self._bases: dict[bytes, tuple[Array, Array]] = {}
        self.spectrum = self.basis(np.arange(len(X)))[1]
        scale = np.square(self.X).sum()
        self.spectrum = self.spectrum[self.spectrum > max(X.shape) * np.finfo(np.float64).eps * scale][::-1]
        if sparse:
            self.candidates = [spectrum_penalty(self.spectrum, len(X))]
        else:
            self.candidates = spectrum_grid(self.spectrum).tolist()

    def basis(self, rows: Array) -> tuple[Array, Array]:
        """Centred rows in their principal directions (m, r), and squared singular values, ascending."""
        key = rows.tobytes()
        if key not in self._bases:
            self._bases[key] = principal(self._apart(self.X[rows], rows))
        return self._bases[key]

    def _design(self, rows: Array) -> Array:
        """Orthonormal columns (m, q) that are fitted without a penalty: the intercept."""
        return np.full((len(rows), 1), len(rows) ** -0.5)

    def _apart(self, values: Array, _rows: Array) -> Array:
        """Residuals (m, columns) of a fit of the design alone."""
        return np.asarray(values - values.mean(axis=0))

    def _left(self, apart: Array, labels: Array, _rows: Array) -> Array:
        """Held-out residuals (m, columns) of the design alone."""
        return np.asarray(apart - training_means(apart, labels))

    def predictions(self, Y: Array, labels: Array, rows: Array) -> Array:
        """See ``Mapping``."""
        out = np.zeros((len(self.candidates), *Y.shape))
        if not len(self.spectrum):
            return out
        Z, values = self.basis(rows)
        apart, design = self._apart(Y, rows), self._design(rows)
        left = self._left(apart, labels, rows)
        weights = 1.0 / (values + np.array(self.candidates)[:, None])
        # all penalties at once: Z is read once
        cross = (weights.T[:, :, None] * (Z.T @ apart)[:, None]).reshape(len(values), -1)
        fitted = (Z @ cross).reshape(len(Y), len(weights), -1)
        for p, own in enumerate(weights):
            out[p] = left - held_out(Z, own, design, apart - fitted[:, p], labels)
        return out

    def each(self, Y: Array, labels: Array, rows: Array, candidates: Sequence[int]) -> Iterator[Array]:
        """Yield the predictions of some candidates one by one: less memory where ``Y`` has many columns."""
        Z, values = self.basis(rows)
        apart, design = self._apart(Y, rows), self._design(rows)
        left, cross = self._left(apart, labels, rows), Z.T @ apart
        for candidate in candidates:
            weights = 1.0 / (values + self.candidates[candidate])
            yield left - held_out(Z, weights, design, apart - Z @ (weights[:, None] * cross), labels)

    def chosen(self, choice: Array) -> list[tuple[RidgeMap, Array]]:
        """Give the map, and each fold's penalty."""
        return [(self, np.array(self.candidates)[choice])]

    def dimensions(self, choice: Array) -> float:
        """Effective degrees of freedom, mean over folds."""
        return float(np.mean([degrees_of_freedom(self.spectrum, self.candidates[c]) for c in choice]))


def held_out(Z: Array, weights: Array, design: Array, residuals: Array, labels: Array) -> Array:
    """Held-out residuals (n, columns), from those of the fit on all rows."""
    out, roots = np.empty(residuals.shape), np.sqrt(weights)
    for f in fold_slices(labels):
        own = Z[f] * roots
        # the product of an array with its own transpose costs half
        kept = own @ own.T
        np.subtract(-(design[f] @ design[f].T), kept, out=kept)
        kept.flat[:: len(own) + 1] += 1.0
        out[f] = solved(kept, residuals[f])
    return out


def solved(matrix: Array, right: Array) -> Array:
    """Solve a positive definite system at half the cost of a general one; fall back if rounding made it indefinite."""
    from scipy.linalg import cho_factor, cho_solve

    try:
        factor = cho_factor(matrix, check_finite=False)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.solve(matrix, right))
    return np.asarray(cho_solve(factor, right, check_finite=False))


def principal(centred: Array) -> tuple[Array, Array]:
    """Centred rows in their principal directions (n, r), and squared singular values, ascending."""
    if centred.shape[1] <= len(centred):
        values, V = np.linalg.eigh(centred.T @ centred)
        return centred @ V, np.maximum(values, 0.0)
    values, U = np.linalg.eigh(centred @ centred.T)
    values = np.maximum(values, 0.0)
    return U * np.sqrt(values), values


class PLSMap:
    """Partial least squares (scikit-learn's ``PLSRegression``); folds choose the number of components."""

    separable = False

    def __init__(self, X: Array) -> None:
        self.X = np.asarray(X, dtype=np.float64)
        varies = int(np.linalg.matrix_rank(self.X - self.X.mean(axis=0)))
        self.candidates = [float(c) for c in COMPONENTS if c <= max(1, min(varies - 1, len(X) // 2))]

    def predictions(self, Y: Array, labels: Array, rows: Array) -> Array:
        """See ``Mapping``; one fit of a fold gives all numbers of components, since they are nested."""
        from sklearn.cross_decomposition import PLSRegression

        X = self.X[rows]
        out = np.zeros((len(self.candidates), *Y.shape))
        for k in np.unique(labels):
            train, held = labels != k, labels == k
            most = min(int(self.candidates[-1]), int(train.sum()) - 1)
            if most < 1 or not np.ptp(Y[train], axis=0).any() or not np.ptp(X[train], axis=0).any():
                continue
            # a vanished residual of Y is a perfect fit, and NIPALS that stops early is close enough
            with no_warnings():
                fit = PLSRegression(n_components=most).fit(X[train], Y[train])
            scores = ((X[held] - fit._x_mean) / fit._x_std) @ fit.x_rotations_
            for p, components in enumerate(self.candidates):
                a = min(int(components), most)
                out[p, held] = (scores[:, :a] @ fit.y_loadings_[:, :a].T) * fit._y_std
        return out

    def dimensions(self, choice: Array) -> float:
        """Components, mean over folds."""
        return float(np.mean([self.candidates[c] for c in choice]))


class NetworkMap:
    """One hidden layer (scikit-learn's ``MLPRegressor``) of a fixed size: there is nothing to choose."""

    separable = False

    def __init__(self, X: Array, seed: int) -> None:
        self.X = np.asarray(X, dtype=np.float64)
        self.seed = seed % (1 << 32)
        self.candidates = [float(HIDDEN_UNITS)]

    def predictions(self, Y: Array, labels: Array, rows: Array) -> Array:
        """See ``Mapping``; vectors and norms are standardised on the training folds."""
        from sklearn.neural_network import MLPRegressor

        X, means = self.X[rows], training_means(Y, labels)
        out = np.zeros((1, *Y.shape))
        for k in np.unique(labels):
            train, held = labels != k, labels == k
            scale, spread = X[train].std(axis=0), Y[train].std(axis=0)
            scale, spread = np.where(scale > 0, scale, 1.0), np.where(spread > 0, spread, 1.0)
            inputs = (X - X[train].mean(axis=0)) / scale
            targets = (Y[train] - means[held][:1]) / spread
            epochs = -(-STEPS * BATCH // int(train.sum()))
            net = MLPRegressor(
                hidden_layer_sizes=(HIDDEN_UNITS,), alpha=1.0, batch_size=min(BATCH, int(train.sum())),
                learning_rate_init=0.01, max_iter=epochs, n_iter_no_change=epochs, random_state=self.seed,
            )  # fmt: skip
            # training stops after a fixed number of steps, as part of the procedure
            with no_warnings():
                net.fit(inputs[train], targets[:, 0] if targets.shape[1] == 1 else targets)
            out[0, held] = net.predict(inputs[held]).reshape(-1, Y.shape[1]) * spread
        return out

    def dimensions(self, _choice: Array) -> float:
        """Return the number of hidden units."""
        return float(HIDDEN_UNITS)

"""Cross-validated ridge in fractions: no rounding, so that what cancels is exactly 0 and ties are ties."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

# Share of what is summed, whatever cancels, that float64 resolves in a sum.
RESOLVED = Fraction(1, 2**43)

Row = list[Fraction]
Rows = list[Row]


def solve(A: Rows, B: Rows) -> Rows:
    """Solution of A Z = B by elimination; A is positive definite."""
    n = len(A)
    rows = [a + b for a, b in zip(A, B, strict=True)]
    for i in range(n):
        pivot = rows[i][i]
        rows[i] = [value / pivot for value in rows[i]]
        for j in range(n):
            if j != i and rows[j][i]:
                factor = rows[j][i]
                rows[j] = [a - factor * b for a, b in zip(rows[j], rows[i], strict=True)]
    return [row[n:] for row in rows]


def mean(values: Row) -> Fraction:
    return sum(values, Fraction(0)) / len(values)


def coefficients(X: Rows, alpha: Fraction) -> tuple[Rows, Row]:
    """Map (d, n) from targets to coefficients, and means of the columns."""
    columns = [list(column) for column in zip(*X, strict=True)]
    means = [mean(column) for column in columns]
    centred = [[value - m for value in column] for column, m in zip(columns, means, strict=True)]
    gram = [[sum((a * b for a, b in zip(u, v, strict=True)), Fraction(0)) for v in centred] for u in centred]
    for i in range(len(gram)):
        gram[i][i] += alpha
    return solve(gram, centred), means


def ridge_in_digits(X: NDArray[Any], Y: NDArray[Any], alpha: float, digits: int = 60) -> NDArray[Any]:
    """Coefficients (d, T) of ridge with an intercept, in so many digits: X' (X X' + alpha I)^-1 Y, both centred."""
    with mpmath.workdps(digits):
        centred = [_centred(column) for column in X.T]
        rows = mpmath.matrix(centred).T
        gram = rows * rows.T
        for i in range(len(X)):
            gram[i, i] += mpmath.mpf(float(alpha))
        weights = [rows.T * mpmath.lu_solve(gram, mpmath.matrix(_centred(y))) for y in Y.T]
        return np.array([[float(value) for value in one] for one in weights]).T


def _centred(values: NDArray[Any]) -> list[Any]:
    exact = [mpmath.mpf(float(value)) for value in values]
    middle = mpmath.fsum(exact) / len(exact)
    return [value - middle for value in exact]


class ExactRidge:
    """Held-out maps of each penalty (largest first); targets are lists of n fractions."""

    def __init__(self, X: NDArray[Any], labels: NDArray[Any], grid: Sequence[float]) -> None:
        rows = [[Fraction(float(value)) for value in row] for row in X]
        self.labels, self.n = [int(k) for k in labels], len(rows)
        self.folds = sorted(set(self.labels))
        self.maps: list[list[Rows]] = []
        for alpha in grid:
            fits = [self._map(rows, k, Fraction(alpha)) for k in self.folds]
            self.maps.append(fits)

    def _map(self, rows: Rows, fold: int, alpha: Fraction) -> Rows:
        training = [row for row, k in zip(rows, self.labels, strict=True) if k != fold]
        weights, means = coefficients(training, alpha)
        at = [i for i, k in enumerate(self.labels) if k != fold]
        out = []
        for row, k in zip(rows, self.labels, strict=True):
            line = [Fraction(0)] * self.n
            if k == fold:
                away = [value - m for value, m in zip(row, means, strict=True)]
                for i, position in enumerate(at):
                    line[position] = sum((a * w[i] for a, w in zip(away, weights, strict=True)), Fraction(0))
            out.append(line)
        return out

    def means(self, y: Row) -> Row:
        """Training mean of each row."""
        return [mean([v for v, k in zip(y, self.labels, strict=True) if k != own]) for own in self.labels]

    def deviations(self, y: Row, choice: Sequence[int]) -> Row:
        """Held-out predictions less training means; ``choice`` gives each fold's penalty."""
        out = [Fraction(0)] * self.n
        for fold, p in zip(self.folds, choice, strict=True):
            for i, line in enumerate(self.maps[p][fold]):
                if self.labels[i] == fold:
                    out[i] = sum((c * v for c, v in zip(line, y, strict=True)), Fraction(0))
        return out

    def choices(self, targets: Sequence[Row]) -> list[list[int]]:
        """Penalties with the least squared error on the other folds, for each fold, then on all.

        Of a tie only the first is right; float64 cannot tell errors apart that are nearer than ``RESOLVED``.
        """
        gains, sizes = ([[Fraction(0)] * len(self.folds) for _ in self.maps] for _ in range(2))
        for y in targets:
            means = self.means(y)
            for p in range(len(self.maps)):
                P = self.deviations(y, [p] * len(self.folds))
                for i, k in enumerate(self.labels):
                    # squared error less that of the mean, which is the same for each penalty
                    gains[p][k] += P[i] * (P[i] - 2 * (y[i] - means[i]))
                    line = self.maps[p][self.folds.index(k)][i]
                    summed = sum((abs(c * (v - means[i])) for c, v in zip(line, y, strict=True)), Fraction(0))
                    sizes[p][k] += summed * (summed + 2 * abs(y[i] - means[i]))
        out = []
        for column, size in zip(self._of_others(gains), self._of_others(sizes), strict=True):
            near = [p for p, gain in enumerate(column) if gain - min(column) <= RESOLVED * max(size)]
            out.append([p for p in near if column[p] not in column[:p]])
        return out

    def _of_others(self, values: Rows) -> Rows:
        """Sum over the other folds for each fold, then over all, of each penalty (K + 1, P), of values (P, K)."""
        sums = [[sum(row, Fraction(0)) - own for own in [*row, Fraction(0)]] for row in values]
        return [list(column) for column in zip(*sums, strict=True)]

    def pearson(self, y: Row, choice: Sequence[int]) -> float:
        """Correlation over all rows, 0 where one is constant."""
        P = self.deviations(y, choice)
        p, q = [v - mean(P) for v in P], [v - mean(y) for v in y]
        pp, yy, py = (sum(a * b for a, b in zip(u, v, strict=True)) for u, v in ((p, p), (q, q), (p, q)))
        return math.copysign(math.sqrt(py * py / (pp * yy)), py) if pp and yy else 0.0

    def rounded(self, y: Row, choice: Sequence[int]) -> float:
        """By how much float64 may move a correlation whose predictions cancel; 0 where nothing is predicted."""
        P, means = self.deviations(y, choice), self.means(y)
        varied = sum((v - mean(P)) ** 2 for v in P)
        if not varied:
            return 0.0
        summed = Fraction(0)
        for i, k in enumerate(self.labels):
            fold = self.folds.index(k)
            line = self.maps[choice[fold]][fold][i]
            summed += sum((abs(c * (v - means[i])) for c, v in zip(line, y, strict=True)), Fraction(0)) ** 2
        return float(RESOLVED) * math.sqrt(summed / varied)

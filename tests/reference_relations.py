"""Slow, obvious versions of what ``relations`` computes; they call nothing of ours."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import Ridge


def auc(scores: Any, positive: Any) -> float:
    """Share of (positive, negative) pairs in which the positive has the higher score, ties counting half."""
    won = 0.0
    for p in np.asarray(scores)[np.asarray(positive)]:
        for n in np.asarray(scores)[~np.asarray(positive)]:
            won += 1.0 if p > n else 0.5 if p == n else 0.0
    return float(won / (np.sum(positive) * np.sum(~np.asarray(positive))))


def within(scores: Any, positive: Any, groups: Any) -> tuple[float, dict[Any, float]]:
    """AUC within groups, averaged with weight n+ n-, and each group's own."""
    top, bottom, own = 0.0, 0.0, {}
    for group in np.unique(groups):
        part = groups == group
        weight = np.sum(positive[part]) * np.sum(~positive[part])
        own[group] = auc(scores[part], positive[part])
        top, bottom = top + weight * own[group], bottom + weight
    return float(top / bottom), own


def heldout(X: Any, y: Any, folds: Any, alphas: Any) -> Any:
    """Predictions of each fold by ridge fitted on the others, with the penalty that the *other* folds' errors choose.

    The penalty of a fold is the one with the least squared error over all held-out predictions but its own; those
    predictions come from fits that each leave their own fold out. Returned less the mean of the training labels.
    """
    predicted = np.empty((len(alphas), len(y)))
    means = np.empty(len(y))
    for fold in np.unique(folds):
        test = folds == fold
        means[test] = y[~test].mean()
        for a, alpha in enumerate(alphas):
            predicted[a, test] = Ridge(alpha=alpha).fit(X[~test], y[~test]).predict(X[test])
    out = np.empty(len(y))
    for fold in np.unique(folds):
        test = folds == fold
        # less a constant: what predicting the training mean would lose
        errors = [np.sum((y - p)[~test] ** 2) for p in predicted]
        out[test] = predicted[int(np.argmin(errors)), test] - means[test]
    return out


def flipped(y: Any, groups: Any, turned: Any) -> Any:
    """Labels in which the relations of some groups have changed places."""
    return np.where(np.isin(groups, list(turned)), -y, y)


def fixed_without(X: Any, y: Any, folds: Any, units: Any, penalty: Any) -> list[float]:
    """AUC with each unit out of those that are scored, every fold's fit as it was."""
    predicted = np.empty(len(y))
    for fold in np.unique(folds):
        test, train = folds == fold, folds != fold
        predicted[test] = Ridge(alpha=penalty[fold]).fit(X[train], y[train]).predict(X[test]) - y[train].mean()
    rests = [units != unit for unit in np.unique(units)]
    return [within(np.round(predicted[rest], 9), y[rest] > 0, units[rest])[0] for rest in rests]


def refitted_without(X: Any, y: Any, folds: Any, units: Any, penalty: Any) -> list[float]:
    """AUC with each unit out of everything: every fold is fitted again on what is left, penalties as given by fold."""
    found = []
    for unit in np.unique(units):
        rest = units != unit
        predicted = np.empty(len(y))
        for fold in np.unique(folds[rest]):
            test, train = rest & (folds == fold), rest & (folds != fold)
            predicted[test] = Ridge(alpha=penalty[fold]).fit(X[train], y[train]).predict(X[test]) - y[train].mean()
        found.append(within(np.round(predicted[rest], 9), y[rest] > 0, units[rest])[0])
    return found


def jackknife(value: float, fixed: Any, refitted: Any, alpha: float) -> tuple[float, float]:
    """Interval of a statistic from what it is without each unit: the mean of the variances with fits fixed and not."""
    from scipy.stats import t

    n = len(fixed)
    variances = [(n - 1) / n * np.sum((without - np.mean(without)) ** 2) for without in (fixed, refitted)]
    reach = t.ppf(1 - alpha / 2, n - 1) * np.sqrt(np.mean(variances))
    return value - reach, value + reach


def attention_between(attention: Any, one: tuple[int, int], other: tuple[int, int]) -> Any:
    """Attention (2, L, H) between two spans of (L, H, tokens, tokens): sum over attended, mean over attending."""
    L, H = attention.shape[:2]
    out = np.zeros((2, L, H))
    for layer in range(L):
        for head in range(H):
            for direction, (start, end) in enumerate(((one, other), (other, one))):
                rows = [sum(float(attention[layer, head, i, j]) for j in range(*end)) for i in range(*start)]
                out[direction, layer, head] = sum(rows) / len(rows)
    return out


def two_places(free: Any, one: tuple[int, int], other: tuple[int, int], most: int) -> list[Any]:
    """Every pair of free places of the same lengths and order whose distance differs by at most ``most``."""
    a, b = one[1] - one[0], other[1] - other[0]
    found = []
    for i in range(len(free) - a + 1):
        for j in range(len(free) - b + 1):
            first, second = set(range(i, i + a)), set(range(j, j + b))
            if not all(free[k] for k in first | second) or first & second or (i < j) != (one[0] < other[0]):
                continue
            if abs((j - i) - (other[0] - one[0])) <= most:
                found.append((i, j))
    return found


def nearest_places(possible: list[Any], one: tuple[int, int], other: tuple[int, int]) -> list[Any]:
    """Of such places all that are best: of the nearest distance, and of those the nearest to the words; in order."""
    distance = other[0] - one[0]
    nearest = min(abs((j - i) - distance) for i, j in possible)
    kept = [(i, j) for i, j in possible if abs((j - i) - distance) == nearest]
    way = min(abs(i - one[0]) + abs(j - other[0]) for i, j in kept)
    return sorted((i, j) for i, j in kept if abs(i - one[0]) + abs(j - other[0]) == way)

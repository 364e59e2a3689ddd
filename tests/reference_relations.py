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
    return heldout_best([X], y, folds, [alphas])[0]


def heldout_best(Xs: Any, y: Any, folds: Any, alphas: Any) -> tuple[Any, dict[Any, tuple[int, float]]]:
    """The same where each fold chooses among several features too, each with its penalties; and what each chose."""
    tried = [(number, alpha) for number, own in enumerate(alphas) for alpha in own]
    predicted = np.empty((len(tried), len(y)))
    means = np.empty(len(y))
    for fold in np.unique(folds):
        test = folds == fold
        means[test] = y[~test].mean()
        for place, (number, alpha) in enumerate(tried):
            X = Xs[number]
            predicted[place, test] = Ridge(alpha=alpha).fit(X[~test], y[~test]).predict(X[test])
    out, chosen = np.empty(len(y)), {}
    for fold in np.unique(folds):
        test = folds == fold
        # less a constant: what predicting the training mean would lose
        errors = [np.sum((y - p)[~test] ** 2) for p in predicted]
        best = int(np.argmin(errors))
        out[test], chosen[fold] = predicted[best, test] - means[test], tried[best]
    return out, chosen


def weighted(X: Any, parts: Any, heavier: float) -> list[Any]:
    """Features whose blocks have a total variance of 1, and then each block in turn one of ``heavier``."""
    X = X - X.mean(axis=0)
    alike = np.concatenate([X[:, part] / np.sqrt(np.square(X[:, part]).sum() / len(X)) for part in parts], axis=1)
    found = [alike]
    for part in parts:
        one = alike.copy()
        one[:, part] *= np.sqrt(heavier)
        found.append(one)
    return found


def unfitted(columns: Any, y: Any, folds: Any, units: Any, chosen_by: Any = None) -> tuple[float, dict[Any, Any]]:
    """AUC of columns as they are: each fold takes the one, and the direction, that are farthest from .5 on the others.

    ``chosen_by`` are the rows that choose, by default all. Of equal ones the first, and more of it where y is 1.
    """
    chosen_by = np.ones(len(y), dtype=bool) if chosen_by is None else chosen_by
    scores = np.empty(len(y))
    chosen = {}
    for fold in np.unique(folds):
        others = chosen_by & (folds != fold)
        aucs = [within(column[others], y[others] > 0, units[others])[0] for column in columns.T]
        away = np.round(np.array(aucs) - 0.5, 12)
        best = int(np.argmax(np.abs(away)))
        chosen[fold] = (best, 1.0 if away[best] >= 0 else -1.0)
        scores[folds == fold] = chosen[fold][1] * columns[folds == fold, best]
    return within(scores, y > 0, units)[0], chosen


def unfitted_without(columns: Any, y: Any, folds: Any, units: Any) -> tuple[list[float], list[float]]:
    """The same with each unit out of what is scored, choices as they were, and out of the choices as well."""
    _, chosen = unfitted(columns, y, folds, units)
    as_is = np.array([chosen[fold][1] * columns[i, chosen[fold][0]] for i, fold in enumerate(folds)])
    fixed, again = [], []
    for unit in np.unique(units):
        rest = units != unit
        fixed.append(within(as_is[rest], y[rest] > 0, units[rest])[0])
        again.append(unfitted(columns[rest], y[rest], folds[rest], units[rest])[0])
    return fixed, again


def cosines(words: Any, states: Any) -> Any:
    """Cosine of each pair at every hidden state, states less their mean over the distinct words (n, 2 states).

    First of states as they are, then once more with every dimension at a deviation of 1 over these words.
    """
    known = sorted({word for pair in words for word in pair})
    out = []
    for scaled in (False, True):
        for layer in range(len(states[known[0]])):
            mean = np.mean([states[word][layer] for word in known], axis=0)
            scale = np.std([states[word][layer] for word in known], axis=0) if scaled else 1.0
            row = []
            for one, other in words:
                a, b = (states[one][layer] - mean) / scale, (states[other][layer] - mean) / scale
                row.append(a @ b / np.sqrt((a @ a) * (b @ b)))
            out.append(row)
    return np.array(out).T


def both_states(words: Any, states: Any, layer: int) -> Any:
    """One hidden state of word1, of word2, and the logarithms of their lengths; columns at mean 0 and deviation 1."""
    rows: Any = []
    for one, other in words:
        a, b = states[one][layer], states[other][layer]
        rows.append([*a, *b, np.log(np.sqrt(a @ a)), np.log(np.sqrt(b @ b))])
    X = np.array(rows)
    return (X - X.mean(axis=0)) / X.std(axis=0)


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
    return refitted_without_best([X], y, folds, units, {fold: (0, penalty[fold]) for fold in np.unique(folds)})


def refitted_without_best(Xs: Any, y: Any, folds: Any, units: Any, chosen: Any) -> list[float]:
    """The same where each fold has chosen among several features: their number, and a penalty."""
    found = []
    for unit in np.unique(units):
        rest = units != unit
        predicted = np.empty(len(y))
        for fold in np.unique(folds[rest]):
            test, train = rest & (folds == fold), rest & (folds != fold)
            X, alpha = Xs[chosen[fold][0]], chosen[fold][1]
            predicted[test] = Ridge(alpha=alpha).fit(X[train], y[train]).predict(X[test]) - y[train].mean()
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

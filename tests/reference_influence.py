"""The slow, obvious version of influence: calls nothing of ours."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def one_minus_cosine(a: Array, b: Array) -> float:
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if not a.any() or not b.any():
        return float(a.any() != b.any())
    return float(1.0 - a @ b / math.sqrt((a @ a) * (b @ b)))


def influence_matrix(original: Array, replaced: Array) -> Array:
    """(n, d) and (draws, positions, n, d) -> (n, positions): mean over draws of 1 - cosine."""
    draws, positions, size, _ = replaced.shape
    out = np.zeros((size, positions))
    for i in range(size):
        for c in range(positions):
            out[i, c] = np.mean([one_minus_cosine(original[i], replaced[draw, c, i]) for draw in range(draws)])
    return out


def ranks(values: list[float]) -> list[float]:
    """Ranks from 1, ties sharing their mean."""
    return [
        1.0 + sum(other < value for other in values) + 0.5 * (sum(other == value for other in values) - 1)
        for value in values
    ]


def spearman(x: list[float], y: list[float]) -> float | None:
    """None where y does not vary; 0 where only x does not."""
    if len(set(y)) < 2:
        return None
    if len(set(x)) < 2:
        return 0.0
    return float(np.corrcoef(ranks(x), ranks(y))[0, 1])


def columns_of(row: int, positions: list[int], causal: bool) -> list[int]:
    """Indices of the replaced columns that a row is compared over."""
    return [c for c, j in enumerate(positions) if j != row and (not causal or j < row)]


def rho(
    predictor: Array, influence: Array, positions: list[int], rows: list[int], causal: bool = False
) -> float | None:
    """Mean over rows of Spearman; predictor (n, n), influence (n, positions)."""
    found = []
    for i in rows:
        columns = columns_of(i, positions, causal)
        if len(columns) < 4:
            continue
        one = spearman([predictor[i, positions[c]] for c in columns], [influence[i, c] for c in columns])
        if one is not None:
            found.append(one)
    return float(np.mean(found)) if found else None


def rollout(attentions: Array) -> Array:
    """Sum over all paths, one layer after the other, entry by entry."""
    layers, heads, size, _ = attentions.shape
    before = [[float(i == j) for j in range(size)] for i in range(size)]
    out = []
    for layer in range(layers):
        after = [[0.0] * size for _ in range(size)]
        for i in range(size):
            for j in range(size):
                for k in range(size):
                    step = sum(float(attentions[layer, h, i, k]) for h in range(heads)) / heads
                    after[i][j] += (0.5 * step + 0.5 * (i == k)) * before[k][j]
        out.append(after)
        before = after
    return np.array(out)


def summaries(attention: Array, special: list[bool], causal: bool) -> dict[str, float]:
    """One head's attention (n, n)."""
    size = len(special)
    found: dict[str, list[float]] = {name: [] for name in ("entropy", "self", "previous", "next", "special")}
    for i in range(size):
        if special[i]:
            continue
        row = [float(value) for value in attention[i]]
        keys = i + 1 if causal else size
        if keys > 1:
            found["entropy"].append(-sum(value * math.log(value) for value in row if value > 0) / math.log(keys))
        found["self"].append(row[i])
        found["previous"].append(row[i - 1] if i > 0 else 0.0)
        found["next"].append(row[i + 1] if i + 1 < size else 0.0)
        found["special"].append(sum(value for value, mark in zip(row, special, strict=True) if mark))
    return {name: float(np.mean(values)) if values else math.nan for name, values in found.items()}


def self_share(influence: Array, positions: list[int], free: list[int], causal: bool = False) -> float | None:
    """Mean over replaced rows of I_ii / sum_j I_ij; what was not replaced counts as the mean of what was."""
    found = []
    for c, i in enumerate(positions):
        others = columns_of(i, positions, causal)
        rest = [j for j in free if j != i and (not causal or j < i)]
        if others:
            whole = influence[i, c] + len(rest) * float(np.mean([influence[i, k] for k in others]))
            if whole > 0:
                found.append(influence[i, c] / whole)
    return float(np.mean(found)) if found else None


def common_rows(sizes: list[int], special: list[Array]) -> list[int]:
    """Rows that every text of a bin has and in which none of them has a special token."""
    return [i for i in range(min(sizes)) if not any(mask[i] for mask in special)]


def pair_table(
    predictors: list[Array], influences: list[Array], positions: list[int], rows: list[int], causal: bool = False
) -> list[list[float | None]]:
    """Correlation of each text's predictor (n, n) with each text's influence (n, positions)."""
    return [[rho(one, other, positions, rows, causal) for other in influences] for one in predictors]


def foreign_mean(table: list[list[float]]) -> float:
    return float(np.mean([value for s, row in enumerate(table) for t, value in enumerate(row) if s != t]))


def exchange_p(tables: list[list[list[float]]], draws: int, rng: np.random.Generator) -> float:
    """p of the mean over texts of their own correlation, whole texts exchanging influence within their bin."""
    texts = sum(len(table) for table in tables)
    observed = sum(table[s][s] for table in tables for s in range(len(table))) / texts
    reached = 1
    for _ in range(draws):
        total = 0.0
        for table in tables:
            order = rng.permutation(len(table))
            total += sum(table[s][order[s]] for s in range(len(table)))
        reached += total / texts >= observed - 1e-12
    return reached / (draws + 1)


def jackknife_t(values: list[float], transform: Any, back: Any, alpha: float = 0.05) -> tuple[float, float]:
    """Delete-one interval of the mean, formed on ``transform`` of it."""
    from scipy.stats import t

    n = len(values)
    without = [transform((sum(values) - value) / (n - 1)) for value in values]
    spread = math.sqrt((n - 1) / n * sum((one - np.mean(without)) ** 2 for one in without))
    reach = float(t.ppf(1 - alpha / 2, n - 1)) * spread
    centre = transform(sum(values) / n)
    return back(centre - reach), back(centre + reach)

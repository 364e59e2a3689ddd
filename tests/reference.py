"""Slow, obvious versions of what the package computes. Nothing here calls the package."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

Array = np.ndarray[Any, Any]

MASK = (1 << 64) - 1
GOLDEN = 0x9E3779B97F4A7C15

# ---------------------------------------------------------------------------------------------------------------
# Keyed draws


def mix(z: int) -> int:
    """Finaliser of splitmix64."""
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def stream_start(key: int, draw: int, purpose: int) -> int:
    """State of the generator for a key, a draw and a purpose."""
    return mix(key ^ mix((draw * GOLDEN + purpose) & MASK))


def shuffled(values: list[Any], bits: np.random.PCG64) -> list[Any]:
    """Fisher & Yates from the last down, positions by masking the low, then the high half of each 64 bits."""
    halves = (half for number in iter(bits.random_raw, None) for half in (number & 0xFFFFFFFF, number >> 32))
    out = list(values)
    for i in range(len(values) - 1, 0, -1):
        mask = 2 ** i.bit_length() - 1
        j = next(half & mask for half in halves if half & mask <= i)
        out[i], out[j] = out[j], out[i]
    return out


def drawn(values: list[float], bits: np.random.PCG64, whole: bool) -> list[float]:
    """Normal values with mean and deviation of those given (Box & Muller), from the halves of each 64 bits.

    Whole ones are rounded, and none lies beyond those given.
    """
    mean = math.fsum(values) / len(values)
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    out: list[float] = []
    while len(out) < len(values):
        word = int(bits.random_raw())
        radius = math.sqrt(-2.0 * math.log(((word >> 32) + 0.5) / 2.0**32))
        angle = 2.0 * math.pi * (word & 0xFFFFFFFF) / 2.0**32
        out += [mean + deviation * radius * turn(angle) for turn in (math.cos, math.sin)]
    out = out[: len(values)]
    return [min(max(round(value), min(values)), max(values)) for value in out] if whole else out


def keyed_permutation(size: int, key: int, draw: int, purpose: int = 1) -> list[int]:
    """Fisher-Yates, from the last place down."""
    dealt = list(range(size))
    state = stream_start(key, draw, purpose)
    for i in range(size - 1, 0, -1):
        state = (state + GOLDEN) & MASK
        j = ((mix(state) >> 32) * (i + 1)) >> 32
        dealt[i], dealt[j] = dealt[j], dealt[i]
    return dealt


def keyed_poisson(key: int, draw: int, purpose: int = 2) -> int:
    """Poisson(1) by inverting its distribution function."""
    word = mix((stream_start(key, draw, purpose) + GOLDEN) & MASK)
    uniform = (word >> 11) / 2.0**53
    weight, cumulative, term = 0, math.exp(-1.0), math.exp(-1.0)
    while uniform >= cumulative and weight < 16:
        weight += 1
        term /= weight
        cumulative += term
    return weight


def content_key(ids: list[int], seed: int) -> int:
    """BLAKE2b of the ids as little-endian 64-bit integers, keyed by the seed."""
    data = b"".join(int(token).to_bytes(8, "little", signed=True) for token in ids)
    key = seed.to_bytes(8, "little", signed=True)
    return int.from_bytes(hashlib.blake2b(data, digest_size=8, key=key).digest(), "little")


# ---------------------------------------------------------------------------------------------------------------
# Correspondence


def position_centres(rows: list[NDArray[Any]], positions: list[NDArray[Any]]) -> dict[int, NDArray[Any]]:
    """Mean by position: the mean of all, plus each position's mean deviation shrunk with 5 pseudo-counts."""
    everything = np.concatenate(rows)
    places = np.concatenate(positions)
    mean = everything.mean(axis=0)
    centres = {-1: mean}
    for place in set(places.tolist()):
        own = everything[places == place]
        centres[place] = mean + (own - mean).sum(axis=0) / (len(own) + 5.0)
    return centres


def centred(rows: NDArray[Any], positions: NDArray[Any], centres: dict[int, NDArray[Any]]) -> NDArray[Any]:
    """Take the centre of each row's position off; positions beyond all fitted ones have the overall mean."""
    return np.array([row - centres.get(int(place), centres[-1]) for row, place in zip(rows, positions, strict=True)])


def ridge_by_gcv(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """Ridge weights for the best of 49 penalties by generalised cross-validation, from the hat matrix itself.

    The penalties go from 1e-5 of the median diagonal entry of X'X to its largest eigenvalue.
    """
    n = len(x)
    largest = np.linalg.eigvalsh(x.T @ x)[-1]
    best, weights = math.inf, np.zeros((x.shape[1], y.shape[1]))
    for penalty in np.geomspace(1e-5 * np.median(np.diag(x.T @ x)), largest, 49):
        inverse = np.linalg.inv(x.T @ x + penalty * np.eye(x.shape[1]))
        hat = x @ inverse @ x.T
        left = n - 1.0 - np.trace(hat)
        if left <= 1e-3 * n:
            continue
        error = n * float(np.sum((y - hat @ y) ** 2)) / left**2
        if error < best:
            best, weights = error, inverse @ x.T @ y
    return weights


def cosine(a: NDArray[Any], b: NDArray[Any]) -> float:
    """Cosine of two vectors, 0 where one of them is 0."""
    norms = math.sqrt(float(a @ a)) * math.sqrt(float(b @ b))
    return float(a @ b) / norms if norms else 0.0


def nearest(query: NDArray[Any], candidates: NDArray[Any]) -> tuple[int, list[float]]:
    """Index of the most similar candidate, and all similarities."""
    similarities = [cosine(query, candidate) for candidate in candidates]
    return int(np.argmax(similarities)), similarities


def halves(ids: NDArray[Any], lengths: list[int], special: NDArray[Any], seed: int) -> dict[str, list[dict[str, Any]]]:
    """Texts by half, in the order (length, key), without their special tokens."""
    texts: list[dict[str, Any]] = []
    first = 0
    for size in lengths:
        own = ids[first : first + size].tolist()
        keep = [i for i in range(size) if not special[first + i]]
        texts.append(
            {
                "key": content_key(own, seed),
                "length": size,
                "rows": [first + i for i in keep],
                "ids": [own[i] for i in keep],
                "positions": np.array(keep),
            }
        )
        first += size
    texts.sort(key=lambda text: (text["length"], text["key"]))
    return {
        "fit": [text for text in texts if text["key"] % 2 == 0 and text["ids"]],
        "half": [text for text in texts if text["key"] % 4 == 0 and text["ids"]],
        "evaluate": [text for text in texts if text["key"] % 2 == 1 and len(text["ids"]) >= 8],
    }


def fit_layer(states: NDArray[Any], layer: int, texts: list[dict[str, Any]]) -> dict[str, Any]:
    """Centres of a layer and of the references, and the ridge map between them (None at hidden state 0)."""
    rows = [states[layer][text["rows"]] for text in texts]
    own = [states[0][text["rows"]] for text in texts]
    places = [text["positions"] for text in texts]
    centres, references = position_centres(rows, places), position_centres(own, places)
    weights = None
    if layer:
        x = np.concatenate([centred(r, p, centres) for r, p in zip(rows, places, strict=True)])
        y = np.concatenate([centred(r, p, references) for r, p in zip(own, places, strict=True)])
        weights = ridge_by_gcv(x, y)
    return {"centres": centres, "references": references, "weights": weights}


def queries_and_candidates(
    states: NDArray[Any], layer: int, text: dict[str, Any], other: dict[str, Any], fitted: dict[str, Any], name: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Queries of ``text`` and candidates of ``other`` under one map."""
    rows, own = states[layer][text["rows"]], states[0][other["rows"]]
    if name == "raw":
        return rows, own
    rows = centred(rows, text["positions"], fitted["centres"])
    own = centred(own, other["positions"], fitted["references"])
    if name == "linear" and fitted["weights"] is not None:
        rows = rows @ fitted["weights"]
    return rows, own


def correspondence(
    states: NDArray[Any], ids: NDArray[Any], lengths: list[int], special: NDArray[Any], seed: int, draws: int
) -> list[dict[str, Any]]:
    """Scores of every layer and map, one token at a time, in double precision."""
    states = states.astype(np.float64)
    parts = halves(ids, lengths, special, seed)
    layers = []
    for layer in range(len(states)):
        fitted = fit_layer(states, layer, parts["fit"])
        half = fit_layer(states, layer, parts["half"])
        scores: dict[str, Any] = {name: map_scores(states, layer, parts, fitted, name, draws) for name in MAP_NAMES}
        whole = scores["linear"]["identification"]
        scores["rise"] = whole - map_scores(states, layer, parts, half, "linear", 0)["identification"]
        scores["foreign"] = {name: foreign_share(states, layer, parts, fitted, name) for name in ("raw", "linear")}
        scores["anisotropy"] = mean_cosine_between_texts(states, layer, parts["evaluate"])
        layers.append(scores)
    return layers


MAP_NAMES = ("raw", "centred", "linear")


def map_scores(
    states: NDArray[Any], layer: int, parts: dict[str, Any], fitted: dict[str, Any], name: str, draws: int
) -> dict[str, Any]:
    """Identification, chance, mean reciprocal rank, position credit and permutation counts of one map."""
    hits = tokens = 0
    chance = reciprocal = credit = ceiling = 0.0
    counts = [0] * draws
    by_text = []
    for text in parts["evaluate"]:
        queries, candidates = queries_and_candidates(states, layer, text, text, fitted, name)
        own, size, text_hits = text["ids"], len(text["ids"]), 0
        references = states[0][text["rows"]]
        retrieved = []
        for i in range(size):
            best, similarities = nearest(queries[i], candidates)
            retrieved.append(best)
            text_hits += own[best] == own[i]
            chance += own.count(own[best]) / size
            mine = max(value for value, token in zip(similarities, own, strict=True) if token == own[i])
            reciprocal += 1.0 / (1 + sum(value > mine for value in similarities))
            same = [j for j in range(size) if own[j] == own[i] and np.array_equal(references[j], references[i])]
            credit += (best in same) / len(same)
            ceiling += 1.0 / len(same)
        for draw in range(draws):
            dealt = keyed_permutation(size, text["key"], draw)
            counts[draw] += sum(own[dealt[i]] == own[retrieved[i]] for i in range(size))
        hits, tokens = hits + text_hits, tokens + size
        by_text.append(text_hits)
    return {
        "hits": hits,
        "by_text": by_text,
        "identification": hits / tokens,
        "chance": chance / tokens,
        "mrr": reciprocal / tokens,
        "position": credit / tokens,
        "position_ceiling": ceiling / tokens,
        "counts": counts,
    }


def foreign_share(states: NDArray[Any], layer: int, parts: dict[str, Any], fitted: dict[str, Any], name: str) -> float:
    """Share of queries that retrieve their own position in the next text, where that has another token there."""
    hits = total = 0
    for text, other in zip(parts["evaluate"][:-1], parts["evaluate"][1:], strict=True):
        queries, candidates = queries_and_candidates(states, layer, text, other, fitted, name)
        for query, position, token in zip(queries, text["positions"], text["ids"], strict=True):
            there = [own for own, place in zip(other["ids"], other["positions"], strict=True) if place == position]
            if there and there[0] != token:
                total += 1
                hits += other["positions"][nearest(query, candidates)[0]] == position
    return hits / total


def mean_cosine_between_texts(states: NDArray[Any], layer: int, texts: list[dict[str, Any]]) -> float:
    """Mean cosine over all pairs of tokens of different texts."""
    total, pairs = 0.0, 0
    for i, first in enumerate(texts):
        for second in texts[i + 1 :]:
            for a in first["rows"]:
                for b in second["rows"]:
                    total += cosine(states[layer][a], states[layer][b])
                    pairs += 1
    return total / pairs


# ---------------------------------------------------------------------------------------------------------------
# Permutation p-values


def permutation_p(observed: list[float], null: list[list[float]]) -> tuple[list[float], list[float]]:
    """Raw and single-step max-T p-values, unit by unit and draw by draw."""
    units, draws = len(observed), len(null)
    columns = [[row[unit] for row in null] for unit in range(units)]
    raw = [
        (1 + sum(value >= seen for value in column)) / (draws + 1)
        for seen, column in zip(observed, columns, strict=True)
    ]
    # the data count as one of the permutations when studentising
    rows = [observed, *null]
    means = [sum(row[unit] for row in rows) / len(rows) for unit in range(units)]
    spreads = [math.sqrt(sum((row[unit] - means[unit]) ** 2 for row in rows) / len(rows)) for unit in range(units)]
    moving = [unit for unit in range(units) if len(set(columns[unit])) > 1]
    adjusted = []
    for unit in range(units):
        if unit not in moving:
            adjusted.append(math.nan)
            continue
        z = (observed[unit] - means[unit]) / spreads[unit]
        reached = sum(
            max((row[k] - means[k]) / spreads[k] for k in moving) >= z - 1e-9 * max(1.0, abs(z)) for row in null
        )
        adjusted.append((1 + reached) / (draws + 1))
    return raw, adjusted


# --------------------------------------------------------------------------------------------------------------------
# ridge: scikit-learn refits in loops
# --------------------------------------------------------------------------------------------------------------------


def ridge_heldout(X: Array, Y: Array, labels: Array, alphas: Sequence[float]) -> tuple[Array, Array]:
    """Held-out predictions, fold k with penalty ``alphas[k]``, and training means, both (n, T); one refit per fold."""
    predictions, means = np.zeros(Y.shape), np.zeros(Y.shape)
    for k in np.unique(labels):
        train, test = labels != k, labels == k
        fit = Ridge(alpha=alphas[k], solver="svd").fit(X[train], Y[train])
        predictions[test] = fit.predict(X[test]).reshape(-1, Y.shape[1])
        means[test] = Y[train].mean(axis=0)
    return predictions, means


def ridge_by_svd(X: Array, Y: Array, alpha: float) -> tuple[Array, Array]:
    """Coefficients (d, T) and training means of ridge by the singular values of the centred rows, float64.

    Singular values that are rounding beside the largest count as 0; centred rows have at most n - 1 others.
    """
    U, s, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    s = np.where(np.arange(len(s)) < len(X) - 1, s, 0.0)
    s = np.where(s > max(X.shape) * np.finfo(float).eps * np.linalg.norm(X, 2), s, 0.0)
    weights = np.array([0.0 if value == 0 else 1.0 / (value + alpha / value) for value in s])
    mean = Y.mean(axis=0)
    return Vt.T @ (weights[:, None] * (U.T @ (Y - mean))), mean


def ridge_deviations(X: Array, Y: Array, labels: Array, alpha: float) -> tuple[Array, Array]:
    """Held-out predictions less training means, and those means, by one ``ridge_by_svd`` a fold."""
    deviations, means = np.zeros(Y.shape), np.zeros(Y.shape)
    for k in np.unique(labels):
        train, test = labels != k, labels == k
        coefficients, means[test] = ridge_by_svd(X[train], Y[train], alpha)
        deviations[test] = (X[test] - X[train].mean(axis=0)) @ coefficients
    return deviations, means


def correlations(P: Array, Y: Array, scale: float = 1.0) -> Array:
    """Pearson correlation of each column, 0 where one is constant; columns may be of any unit.

    Predictions below 1e-13 of the targets times ``scale`` are rounding: constant.
    """
    out = np.zeros(Y.shape[1])
    for t in range(Y.shape[1]):
        p, y = P[:, t] - P[:, t].mean(), Y[:, t] - Y[:, t].mean()
        if np.abs(p).max() > 1e-13 * scale * np.abs(y).max() > 0:
            p, y = p / np.abs(p).max(), y / np.abs(y).max()
            out[t] = p @ y / np.sqrt((p @ p) * (y @ y))
    return out


def ridge_choice(X: Array, Y: Array, labels: Array, grid: Sequence[float]) -> list[float]:
    """Penalty of each fold: best R2 pooled over targets on the held-out predictions of the other folds."""
    n_folds = labels.max() + 1
    predictions = {alpha: ridge_heldout(X, Y, labels, [alpha] * n_folds)[0] for alpha in grid}
    chosen = []
    for k in range(n_folds):
        others = labels != k
        spread = ((Y[others] - Y[others].mean(axis=0)) ** 2).sum()
        r2 = {alpha: 1 - ((Y[others] - P[others]) ** 2).sum() / spread for alpha, P in predictions.items()}
        chosen.append(max(sorted(grid, reverse=True), key=lambda alpha: r2[alpha]))
    return chosen


def ridge_scores(predictions: Array, means: Array, Y: Array, labels: Array, scoring: str) -> Array:
    """Score of each target."""
    if scoring == "r2":
        folds = [labels == k for k in np.unique(labels)]
        by_fold: Array = np.array([r2_score(Y[f], predictions[f], multioutput="raw_values") for f in folds])
        return np.asarray(by_fold.mean(axis=0))
    centred = predictions - means
    out = np.zeros(Y.shape[1])
    for t in range(Y.shape[1]):
        if centred[:, t].std() > 1e-12 * Y[:, t].std() > 0:
            out[t] = np.corrcoef(centred[:, t], Y[:, t])[0, 1]
    return out


def ridge_test(
    X: Array,
    Y: Array,
    labels: Array,
    grid: Sequence[float],
    scoring: str,
    permutations: Array,
    choose_once: bool = False,
) -> tuple[Array, Array, list[float]]:
    """Scores (T,), null scores (B, T), penalties; ``choose_once`` is the mistake: choosing outside."""
    first = ridge_choice(X, Y, labels, grid)
    results = []
    for permutation in [np.arange(len(X)), *permutations]:
        dealt = Y[permutation]
        alphas = first if choose_once else ridge_choice(X, dealt, labels, grid)
        results.append(ridge_scores(*ridge_heldout(X, dealt, labels, alphas), dealt, labels, scoring))
    return results[0], np.array(results[1:]), first


def max_t_pvalues(scores: Array, null: Array) -> Array:
    """Single-step max-T, the data counted among the draws that studentise."""
    everything = np.vstack([scores, null])
    z = (everything - everything.mean(axis=0)) / everything.std(axis=0)
    return np.array([np.mean([row.max() >= z[0, t] - 1e-9 for row in z[1:]] + [True]) for t in range(len(scores))])


def holm_pvalues(pvalues: Sequence[float]) -> list[float]:
    """Holm 1979."""
    order = np.argsort(pvalues)
    out, reached = [0.0] * len(pvalues), 0.0
    for rank, i in enumerate(order):
        reached = max(reached, min(1.0, (len(pvalues) - rank) * pvalues[i]))
        out[i] = reached
    return out


def first_return(permutation: Array, observed: Array) -> Array:
    """Permutation of the observed rows: follow the permutation until it is back among them."""
    out = np.arange(len(permutation))
    for i in np.flatnonzero(observed):
        j = permutation[i]
        while not observed[j]:
            j = permutation[j]
        out[i] = j
    return out


def spearman_per_row(P: Array, Y: Array) -> Array:
    """Rank correlation of each row by scipy, features that are missing left out."""
    out = np.full(len(P), np.nan)
    for i in range(len(P)):
        seen = ~np.isnan(P[i]) & ~np.isnan(Y[i])
        if len(set(Y[i, seen])) > 1:
            out[i] = spearmanr(P[i, seen], Y[i, seen])[0] if len(set(P[i, seen])) > 1 else 0.0
    return out


def precision_per_row(P: Array, Y: Array, rng: np.random.Generator, draws: int = 4000) -> Array:
    """Overlap of the k largest predictions with the k gold features, ties broken at random many times."""
    out = np.full(len(P), np.nan)
    for i in range(len(P)):
        gold = set(np.flatnonzero(Y[i]))
        hits = [len(gold & set(np.lexsort((rng.random(P.shape[1]), -P[i]))[: len(gold)])) for _ in range(draws)]
        out[i] = np.mean(hits) / len(gold) if gold else np.nan
    return out


def neighbour_share(P: Array, Y: Array, k: int) -> float:
    """Share of rows whose own gold row is among the k most similar, without ties."""
    hits = 0
    for i in range(len(P)):
        cosine = [p @ y / np.sqrt(p @ p * (y @ y)) for p, y in ((P[i], Y[j]) for j in range(len(Y)))]
        hits += i in np.argsort(cosine)[-k:]
    return hits / len(P)


# ---------------------------------------------------------------------------------------------------------------
# Properties


def _chosen(candidates: list[Array], Y: Array, labels: Array) -> tuple[Array, Array]:
    """For each fold the candidate with the least squared error on the other folds; predictions less training means."""
    folds = range(int(labels.max()) + 1)
    means = np.empty(Y.shape)
    for k in folds:
        means[labels == k] = np.nanmean(Y[labels != k], axis=0)
    choice = np.array([
        np.argmin([np.nansum((P - Y)[labels != k] ** 2) for P in candidates]) for k in folds
    ])  # fmt: skip
    out = np.empty(Y.shape)
    for k in folds:
        out[labels == k] = (candidates[choice[k]] - means)[labels == k]
    return out, choice


def heldout_ridge(X: Array, Y: Array, labels: Array, alphas: list[float]) -> tuple[Array, Array]:
    """Refit every fold, penalty and feature with scikit-learn."""
    candidates = []
    for alpha in alphas:
        P = np.full(Y.shape, np.nan)
        for k in range(int(labels.max()) + 1):
            for t in range(Y.shape[1]):
                train = (labels != k) & ~np.isnan(Y[:, t])
                held = (labels == k) & ~np.isnan(Y[:, t])
                P[held, t] = Ridge(alpha=alpha).fit(X[train], Y[train, t]).predict(X[held])
        candidates.append(P)
    return _chosen(candidates, Y, labels)


def heldout_pls(X: Array, Y: Array, labels: Array, components: list[int]) -> tuple[Array, Array]:
    """Refit every fold and number of components with scikit-learn."""
    candidates = []
    for count in components:
        P = np.empty(Y.shape)
        for k in range(int(labels.max()) + 1):
            fit = PLSRegression(n_components=count).fit(X[labels != k], Y[labels != k])
            P[labels == k] = fit.predict(X[labels == k])
        candidates.append(P)
    return _chosen(candidates, Y, labels)


def heldout_neighbours(
    X: Array, Y: Array, labels: Array, counts: list[int], sharpness: float = 0.0
) -> tuple[Array, Array]:
    """Mean of the nearest training rows by cosine: centred, standardised, and by the hat matrix of ridge.

    Each row weighs exp(sharpness cosine). The penalty of the hat matrix leaves a tenth of the rows, or half of the
    dimensions, as degrees of freedom.
    """
    centred = X - X.mean(axis=0)
    U, s, _ = np.linalg.svd(centred, full_matrices=False)
    wanted, low, high = min(len(X) / 10, len(s) / 2), -30.0, 30.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if np.sum(s**2 / (s**2 + math.exp(middle))) > wanted else (low, middle)
    whitened = U * np.sqrt(s**2 / (s**2 + math.exp(low)))
    candidates = []
    for Z in (centred, centred / centred.std(axis=0), whitened):
        for count in counts:
            P = np.empty(Y.shape)
            for i in range(len(X)):
                train = [j for j in range(len(X)) if labels[j] != labels[i]]
                cosine = {j: Z[i] @ Z[j] / math.sqrt((Z[i] @ Z[i]) * (Z[j] @ Z[j])) for j in train}
                near = sorted(train, key=lambda j: -cosine[j])[:count]
                P[i] = np.average(Y[near], axis=0, weights=[math.exp(sharpness * cosine[j]) for j in near])
            candidates.append(P)
    return _chosen(candidates, Y, labels)


def pearson_without(P: Array, Y: Array, starts: list[int]) -> tuple[float, list[float]]:
    """Mean correlation over features, whole and without each unit of rows."""

    def mean(rows: list[int]) -> float:
        found = []
        for t in range(Y.shape[1]):
            seen = [i for i in rows if not math.isnan(Y[i, t])]
            found.append(float(np.corrcoef(P[seen, t], Y[seen, t])[0, 1]))
        return float(np.mean(found))

    ends = [*starts[1:], len(Y)]
    every = range(len(Y))
    return mean(list(every)), [
        mean([i for i in every if not first <= i < last]) for first, last in zip(starts, ends, strict=True)
    ]


def refitted_without(
    predict: Callable[[Array, Array], Array], Y: Array, labels: Array, starts: Sequence[int]
) -> list[float]:
    """Mean correlation over features with each unit out of everything: every fold is fitted again.

    ``predict(rows, y)`` gives held-out predictions less training means of one feature on rows of the data.
    """
    found = []
    for first, last in zip(starts, [*starts[1:], len(Y)], strict=True):
        scores = []
        for t in range(Y.shape[1]):
            rows = np.array([i for i in range(len(Y)) if not first <= i < last and not math.isnan(Y[i, t])])
            scores.append(float(np.corrcoef(predict(rows, Y[rows, t]), Y[rows, t])[0, 1]))
        found.append(float(np.mean(scores)))
    return found


def nearest_mean(Z: Array, y: Array, labels: Array, counts: Sequence[int], sharpness: float = 0.0) -> Array:
    """Mean of the nearest rows of other folds, fold k taking ``counts[k]``, less the mean of those rows.

    Each row weighs exp(sharpness cosine).
    """
    out = np.empty(len(y))
    for i in range(len(y)):
        train = [j for j in range(len(y)) if labels[j] != labels[i]]
        near = sorted(train, key=lambda j: -float(Z[i] @ Z[j]))[: counts[labels[i]]]
        weights = [math.exp(sharpness * float(Z[i] @ Z[j])) for j in near]
        out[i] = np.average(y[near], weights=weights) - np.mean(y[train])
    return out

"""Each kernel against the same numbers by NumPy, side by side: a kernel that is not 1.3 times as fast becomes NumPy.

python bench/bench_kernels.py [--rounds 9]

Sizes are those of a check of the embedded model with the embedded texts and norms. Times are of the CPU, in one thread,
the least of several rounds in turn; the first call, which compiles or loads, is not in them.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import machine
import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

from edgeinterp_kernels import divergence, influence, keyed, ranks, retrieval, ridge, shuffling

Array = np.ndarray[Any, Any]
# name, kernel, NumPy
Row = tuple[str, Callable[[], Any], Callable[[], Any]]
RNG = np.random.default_rng(0)


# ---- retrieval of tokens


def texts(count: int = 25, tokens: int = 24) -> tuple[Array, Array]:
    lengths = RNG.integers(tokens - 8, tokens + 8, count)
    return np.concatenate([[0], np.cumsum(lengths)]), RNG.integers(0, 12, lengths.sum()).astype(np.int32)


def numpy_groups(references: Array, ends: Array, ids: Array) -> Array:
    out = np.empty(ids.size, np.int32)
    for first, last in itertools.pairwise(ends):
        own, rows = ids[first:last], references[first:last]
        i, j = np.nonzero(own[:, None] == own)
        alike = np.zeros((own.size, own.size), bool)
        alike[i, j] = (rows[i] == rows[j]).all(axis=1)
        out[first:last] = alike.argmax(axis=1)
    return out


def numpy_scores(similarities: Array, ends: Array, ids: Array, groups: Array, maps: int) -> tuple[Array, Array]:
    retrieved, tallies, start = np.empty((maps, ids.size), np.int32), np.empty((ends.size - 1, maps, 4)), 0
    for text, (first, last) in enumerate(itertools.pairwise(ends)):
        size, own, group = last - first, ids[first:last], groups[first:last]
        rows = similarities[start : start + maps * size * size].reshape(maps, size, size)
        start += rows.size
        at = rows.argmax(axis=2)
        alike = own[:, None] == own
        best = np.where(alike, rows, -np.inf).max(axis=2, keepdims=True)
        shared = 1.0 / np.bincount(group, minlength=size)[group]
        retrieved[:, first:last] = at
        tallies[text, :, 0] = (own[at] == own).sum(axis=1)
        tallies[text, :, 1] = alike.sum(axis=0)[at].sum(axis=1) / size
        tallies[text, :, 2] = np.where(group[at] == group, shared, 0.0).sum(axis=1)
        tallies[text, :, 3] = (1.0 / (1 + (rows > best).sum(axis=2))).sum(axis=1)
    return retrieved, tallies


def numpy_foreign(similarities: Array, ends: Array, positions: Array, ids: Array, maps: int) -> tuple[Array, int]:
    hits, queries, start = np.zeros(maps, np.int64), 0, 0
    for first, second, end in zip(ends, ends[1:], ends[2:], strict=False):
        rows = similarities[start : start + maps * (second - first) * (end - second)]
        start += rows.size
        same = positions[first:second, None] == positions[second:end]
        other = (same & (ids[first:second, None] != ids[second:end])).any(axis=1)
        at = rows.reshape(maps, second - first, end - second)[:, other].argmax(axis=2)
        hits += (positions[second + at] == positions[first:second][other]).sum(axis=1)
        queries += int(other.sum())
    return hits, queries


def of_retrieval() -> Iterator[Row]:
    ends, ids = texts()
    lengths, maps = np.diff(ends), 3
    references = RNG.standard_normal((ids.size, 384)).astype(np.float32)[ids]
    yield (
        "reference_groups",
        lambda: retrieval.reference_groups(references, ends, ids),
        lambda: numpy_groups(references, ends, ids),
    )
    groups = retrieval.reference_groups(references, ends, ids)
    own = RNG.random(maps * int(lengths @ lengths), np.float32)
    yield (
        "score_texts",
        lambda: retrieval.score_texts(own, ends, ids, groups, maps),
        lambda: numpy_scores(own, ends, ids, groups, maps),
    )
    positions = np.concatenate([np.arange(size) for size in lengths]).astype(np.int32)
    foreign = RNG.random(maps * int(lengths[:-1] @ lengths[1:]), np.float32)
    yield (
        "foreign_hits",
        lambda: retrieval.foreign_hits(foreign, ends, positions, ids, maps),
        lambda: numpy_foreign(foreign, ends, positions, ids, maps),
    )


# ---- keyed draws, shuffling


def numpy_mix(z: Any) -> Any:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def numpy_start(keys: Any, draws: Any, purpose: int) -> Any:
    return numpy_mix(keys ^ numpy_mix(draws * GOLDEN + np.uint64(purpose)))


def numpy_counts(keys: Array, lengths: Array, ids: Array, retrieved: Array, draws: int) -> Array:
    counts, first = np.zeros((draws, retrieved.shape[1]), np.int64), 0
    numbers = np.arange(draws)
    for key, size in zip(keys, lengths, strict=True):
        dealt = np.tile(ids[first : first + size], (draws, 1))
        state = numpy_start(key, numbers.astype(np.uint64), 1)
        for i in range(size - 1, 0, -1):
            state = state + GOLDEN
            j = (((numpy_mix(state) >> np.uint64(32)) * np.uint64(i + 1)) >> np.uint64(32)).astype(np.int64)
            held = dealt[:, i].copy()
            dealt[:, i] = dealt[numbers, j]
            dealt[numbers, j] = held
        for unit in range(counts.shape[1]):
            counts[:, unit] += (dealt == retrieved[first : first + size, unit]).sum(axis=1)
        first += size
    return counts


def numpy_poisson(keys: Array, draws: int) -> Array:
    word = numpy_mix(numpy_start(keys, np.arange(draws, dtype=np.uint64)[:, None], 2) + GOLDEN)
    uniform = (word >> np.uint64(11)) * (1.0 / 9007199254740992.0)
    return np.searchsorted(keyed._POISSON, uniform, side="right").astype(np.float64)


def shuffled(shuffle: Callable[[Array, np.random.PCG64], None], values: Array) -> Array:
    out = values.copy()
    shuffle(out, np.random.PCG64(0))
    return out


def of_draws() -> Iterator[Row]:
    ends, ids = texts(60)
    keys = RNG.integers(0, 2**63, ends.size - 1).astype(np.uint64)
    retrieved = RNG.integers(0, 12, (ids.size, 18)).astype(np.int32)
    given = keys, np.diff(ends), ids, retrieved, 1000
    yield "permutation_counts", lambda: keyed.permutation_counts(*given), lambda: numpy_counts(*given)
    many = RNG.integers(0, 2**63, 200).astype(np.uint64)
    yield "poisson_weights", lambda: keyed.poisson_weights(many, 1000), lambda: numpy_poisson(many, 1000)
    for dtype in (np.int8, np.float32):
        values = np.arange(1_000_000).astype(dtype)
        yield (
            f"shuffle {np.dtype(dtype).name}",
            lambda v=values: shuffled(shuffling.shuffle, v),
            lambda v=values: shuffled(lambda out, bits: np.random.Generator(bits).shuffle(out), v),
        )


# ---- attention and influence


def numpy_differences(first: Array, second: Array, rows: Array) -> tuple[Array, Array]:
    p, q = first[:, rows].astype(np.float64), second[:, rows].astype(np.float64)
    agree = p.argmax(axis=2) == q.argmax(axis=2)
    whole = p + q
    d = np.divide(p - q, whole, out=np.zeros_like(whole), where=whole > 0)
    s = d * d
    tail = 1.0 / 28.0 + s * (1.0 / 45.0 + s * (1.0 / 66.0 + s * (1.0 / 91.0 + s / 120.0)))
    terms = 0.5 * whole * s * (1.0 + s * (1.0 / 6.0 + s * (1.0 / 15.0 + s * tail)))
    far = np.abs(d) >= 0.25
    p, q, d = p[far], q[far], d[far]
    terms[far] = _logs(p, q, d)
    return np.clip(terms.sum(axis=2) * (0.5 / np.log(2.0)), 0.0, 1.0), agree


def _logs(p: Array, q: Array, d: Array) -> Array:
    up, down = np.zeros_like(d), np.zeros_like(d)
    np.log(1.0 + d, out=up, where=p > 0)
    np.log(1.0 - d, out=down, where=q > 0)
    return p * up + q * down


def numpy_change(original: Array, changed: Array) -> Array:
    def unit(rows: Array) -> Array:
        rows = rows.astype(np.float64)
        lengths = np.sqrt(np.einsum("...k,...k->...", rows, rows))[..., None]
        return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)

    apart = unit(changed) - unit(original)
    out = 0.5 * np.einsum("cik,cik->ic", apart, apart)
    lost = original.any(axis=1)[:, None] != changed.any(axis=2).T
    return np.where(lost, 1.0, out)


def numpy_ranks(values: Array) -> Array:
    """Ranks along the last axis from 0, ties sharing their mean; NaN come last."""
    order = np.argsort(values, axis=-1)
    ordered = np.take_along_axis(values, order, axis=-1)
    place = np.arange(values.shape[-1])
    new = np.ones(values.shape, bool)
    new[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    first = np.maximum.accumulate(np.where(new, place, 0), axis=-1)
    ends = np.ones(values.shape, bool)
    ends[..., :-1] = new[..., 1:]
    last = np.minimum.accumulate(np.where(ends, place, values.shape[-1])[..., ::-1], axis=-1)[..., ::-1]
    out = np.empty(values.shape)
    np.put_along_axis(out, order, 0.5 * (first + last), axis=-1)
    return out


def numpy_standardised(values: Array, allowed: Array) -> Array:
    found = numpy_ranks(np.where(allowed, values, np.inf))
    centred = np.where(allowed, found - 0.5 * (allowed.sum(axis=1, keepdims=True) - 1), 0.0)
    lengths = np.sqrt((centred**2).sum(axis=-1, keepdims=True))
    return np.divide(centred, lengths, out=np.zeros_like(centred), where=lengths > 0)


def of_influence() -> Iterator[Row]:
    maps = RNG.exponential(size=(2, 12, 24, 24)).astype(np.float32) ** 2
    first, second = maps / maps.sum(axis=-1, keepdims=True)
    near = first * np.exp(0.05 * RNG.standard_normal(first.shape).astype(np.float32))
    near /= near.sum(axis=-1, keepdims=True)
    rows = np.arange(1, 23)
    for name, other in (("near", near), ("far", second)):
        yield (
            f"attention_differences {name}",
            lambda o=other: divergence.attention_differences(first, o, rows),
            lambda o=other: numpy_differences(first, o, rows),
        )
    states = RNG.standard_normal((3, 20, 384)).astype(np.float32)
    yield "cosine_change", lambda: influence.cosine_change(states[0], states), lambda: numpy_change(states[0], states)
    values, allowed = RNG.random((6, 20, 8)), RNG.random((20, 8)) < 0.9
    yield (
        "standardised_ranks",
        lambda: influence.standardised_ranks(values, allowed),
        lambda: numpy_standardised(values, allowed),
    )


# ---- rank metrics


def kernel_spearman(P: Array, Y: Array) -> Array:
    out = np.empty(len(P))
    ranks.spearman_rows(P, Y, np.stack([np.argsort(P, axis=1), np.argsort(Y, axis=1)]), out)
    return out


def numpy_spearman(P: Array, Y: Array) -> Array:
    missing = np.isnan(P)
    p, y = (np.where(missing, np.nan, numpy_ranks(rows)) for rows in (P, Y))
    p, y = (np.nan_to_num(rows - np.nanmean(rows, axis=1, keepdims=True)) for rows in (p, y))
    cross, pp, yy = ((a * b).sum(axis=1) for a, b in ((p, y), (p, p), (y, y)))
    return np.where(yy > 0, np.divide(cross, np.sqrt(pp * yy), out=np.zeros_like(cross), where=pp * yy > 0), np.nan)


def kernel_precision(P: Array, Y: Array) -> Array:
    out = np.empty(len(P))
    ranks.precision_rows(P, Y, np.sort(P, axis=1), out)
    return out


def numpy_precision(P: Array, Y: Array) -> Array:
    gold = (Y != 0) & ~np.isnan(P)
    k, m = gold.sum(axis=1), np.count_nonzero(~np.isnan(P), axis=1)
    threshold = np.take_along_axis(np.sort(P, axis=1), np.minimum(m - k, P.shape[1] - 1)[:, None], axis=1)
    above, tied = threshold < P, threshold == P
    found, tied_gold = (above & gold).sum(axis=1), (tied & gold).sum(axis=1)
    share = (k - above.sum(axis=1)) / np.maximum(tied.sum(axis=1), 1)
    return np.where(k > 0, (found + tied_gold * share) / np.maximum(k, 1), np.nan)


def kernel_nearer(similarity: Array) -> Array:
    out = np.empty((len(similarity), 2), np.int64)
    ranks.nearer_candidates(similarity, 0, 1e-6, out)
    return out


def numpy_nearer(similarity: Array) -> Array:
    over = similarity - np.diagonal(similarity)[:, None].astype(np.float64)
    return np.stack([(over > 1e-6).sum(axis=1), (np.abs(over) <= 1e-6).sum(axis=1) - 1], axis=1)


def of_ranks() -> Iterator[Row]:
    P, Y = RNG.standard_normal((2, 1500, 6))
    yield "spearman_rows", lambda: kernel_spearman(P, Y), lambda: numpy_spearman(P, Y)
    yield "precision_rows", lambda: kernel_precision(P, Y), lambda: numpy_precision(P, Y)
    similarity = RNG.standard_normal((512, 1500)).astype(np.float32)
    yield "nearer_candidates", lambda: kernel_nearer(similarity), lambda: numpy_nearer(similarity)


# ---- ridge


def numpy_trace(permutations: Array, observed: Array, out: Array) -> Array:
    found = permutations.copy()
    missing = observed & ~observed[found]
    while missing.any():
        b, i = np.nonzero(missing)
        found[b, i] = permutations[b, found[b, i]]
        missing[b, i] = ~observed[found[b, i]]
    out[:, observed] = found[:, observed]
    return out


def numpy_pearson(P: Array, Y: Array, out: Array) -> Array:
    out[:] = 0.0
    for first in range(0, len(P), 64):
        p, y = P[first : first + 64], Y[first : first + 64]
        out[0] += np.einsum("ic,ic->c", p, y)
        out[1] += p.sum(axis=0)
        out[2] += np.einsum("ic,ic->c", p, p)
    return out


def numpy_folds(P: Array, Y: Array, starts: Array, out: Array) -> Array:
    out[:] = 0.0
    for k, (first, last) in enumerate(itertools.pairwise(starts)):
        if first == last:
            continue
        out[k, 5] = Y[first]
        for start in range(first, last, 64):
            p, y = P[start : min(start + 64, last)], Y[start : min(start + 64, last)]
            moved = y - Y[first]
            out[k, 0] += np.einsum("ic,ic->c", p, y)
            out[k, 1] += p.sum(axis=0)
            out[k, 2] += np.einsum("ic,ic->c", p, p)
            out[k, 3] += moved.sum(axis=0)
            out[k, 4] += np.einsum("ic,ic->c", moved, moved)
    return out


def numpy_gather_pairs(S: Array, rows: Array, first: int, last: int, out: Array) -> Array:
    i, j = np.tril_indices(last)
    i, j = i[first * (first + 1) // 2 :], j[first * (first + 1) // 2 :]
    for b in range(len(rows)):
        out[b] = S[rows[b][i], rows[b][j]]
    return out


def numpy_pack(half: Array, out: Array) -> Array:
    both = 2 * (half + half.T)
    both[np.diag_indices(len(half))] = 2 * half.diagonal()
    out[:] = both[np.tri(len(half), dtype=bool)]
    return out


def filled(run: Callable[..., Any], *given: Any) -> Callable[[], Any]:
    """Run on arguments of which the last is written to, and return that."""

    def call() -> Any:
        run(*given)
        return given[-1]

    return call


def of_dense_ridge() -> Iterator[Row]:
    n, T, B = 480, 65, 16
    Y, P = RNG.standard_normal((2, n, B * T)).astype(np.float32)
    one = np.ascontiguousarray(Y[:, :T])
    permutations = np.array([RNG.permutation(n) for _ in range(B)])
    observed = RNG.random(n) < 0.9
    yield (
        "trace_permutations",
        filled(ridge.trace_permutations, permutations, observed, np.zeros_like(permutations)),
        lambda: numpy_trace(permutations, observed, np.zeros_like(permutations)),
    )
    p, y = RNG.standard_normal((2, 150, 384)).astype(np.float32)
    yield (
        "pearson_moments",
        filled(ridge.pearson_moments, p, y, np.empty((3, 384))),
        filled(numpy_pearson, p, y, np.empty((3, 384))),
    )
    for folds in (10, n):
        starts = np.linspace(0, n, folds + 1).astype(np.int64)
        yield (
            f"fold_moments, {folds} folds",
            filled(ridge.fold_moments, P, Y, starts, np.empty((folds, 6, B * T))),
            filled(numpy_folds, P, Y, starts, np.empty((folds, 6, B * T))),
        )
    S = one @ one.T
    rows, first, last = permutations.astype(np.uint32), 240, 257
    count = (last * (last + 1) - first * (first + 1)) // 2
    pairs = S, rows, first, last, np.empty((B, count), np.float32)
    yield "gather_pairs", filled(ridge.gather_pairs, *pairs), filled(numpy_gather_pairs, *pairs)
    half = RNG.standard_normal((n, n))
    packed = half, np.empty(n * (n + 1) // 2, np.float32)
    yield "pack_pairs", filled(ridge.pack_pairs, *packed), filled(numpy_pack, *packed)


def of_sparse_ridge() -> Iterator[Row]:
    n, T, B = 541, 2500, 4
    Y = sp.random(n, T, 0.005, format="csc", dtype=np.float32, rng=RNG)
    targets = Y.indptr.astype(np.int64), Y.indices.astype(np.uint32), Y.data
    C = (RNG.standard_normal((n, n)) / n).astype(np.float32)
    places = np.array([RNG.permutation(n) for _ in range(B)], np.uint32)
    table, sums = np.stack([0.5 * (C + C.T), C.T @ C], axis=2), C.sum(axis=0)
    mean = np.asarray(Y.mean(axis=0)).ravel().astype(np.float64)
    y_moments = np.array([mean, np.asarray(Y.multiply(Y).sum(axis=0)).ravel() - n * mean**2, np.zeros(T), np.zeros(T)])
    columns, starts = np.ascontiguousarray(C.T), np.linspace(0, n, 11).astype(np.int64)

    def permuted(place: Array) -> tuple[Array, Array]:
        y = sp.csr_array((targets[2], place[targets[1]].astype(np.int64), targets[0]), shape=(T, n))
        return np.ascontiguousarray((y @ columns).T), np.ascontiguousarray(y.toarray().T)

    def looked(out: Array) -> Array:
        for b, place in enumerate(places):
            p, y = permuted(place)
            py, p1, pp = numpy_pearson(p, y, np.empty((3, T)))
            scale = np.sqrt(np.maximum((pp - p1 * p1 / n) * y_moments[1], 1e-30))
            out[b] = np.where(y_moments[1] > 0, (py - p1 * mean) / scale, 0.0)
        return out

    def summed(out: Array) -> Array:
        return numpy_folds(*permuted(places[0]), starts, out)

    yield (
        "lookup_pearson",
        filled(ridge.lookup_pearson, (table, sums), places, targets, y_moments, np.empty((B, T))),
        filled(looked, np.empty((B, T))),
    )
    yield (
        "sparse_fold_moments",
        filled(ridge.sparse_fold_moments, columns, places[0], targets, starts, np.empty((10, 6, T))),
        filled(summed, np.empty((10, 6, T))),
    )


# ---- running them


def seconds(run: Callable[[], Any]) -> float:
    """Time of the CPU for one call; short calls are repeated."""
    repeats = 1
    while True:
        start = time.process_time()
        for _ in range(repeats):
            run()
        taken = time.process_time() - start
        if taken > 0.02:
            return taken / repeats
        repeats *= 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print(machine.line())
    print(f"{'kernel':28s} {'kernel':>10s} {'NumPy':>10s} {'NumPy / kernel':>15s}")
    parts = (of_retrieval, of_draws, of_influence, of_ranks, of_dense_ridge, of_sparse_ridge)
    with threadpool_limits(1), np.errstate(over="ignore"):
        for name, kernel, rival in itertools.chain.from_iterable(part() for part in parts):
            check_equal(name, kernel(), rival())
            taken = [(seconds(kernel), seconds(rival)) for _ in range(rounds)]
            ours, numpys = (min(column) for column in zip(*taken, strict=True))
            print(f"{name:28s} {1e3 * ours:7.3f} ms {1e3 * numpys:7.3f} ms {numpys / ours:15.2f}", flush=True)


def check_equal(name: str, ours: Any, numpys: Any) -> None:
    for one, other in zip(
        *((value if isinstance(value, tuple) else (value,)) for value in (ours, numpys)), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-4, err_msg=name)


if __name__ == "__main__":
    main()

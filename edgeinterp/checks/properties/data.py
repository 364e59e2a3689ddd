"""Prepare the data of ``properties``: checked arrays, with order, folds and units determined by content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...runtime.arguments import group_names, real_array
from ...runtime.counting import counted
from ...runtime.sequences import refuse_repeated
from ...statistics.draws import Draws, seed_of

__all__ = ["FOLDS", "Concepts", "Folded", "assemble", "generator", "regrouped"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]

FOLDS = 10
# most units that are left out of every fit; with more units, those of lowest key represent all
MOST_LEFT_OUT = 2000
# least number of units: without one, a fit must still have two to learn from
FEWEST_TO_LEAVE = 4
# largest share of nonzero values in sparse (production) norms, which are scored by look-ups under one penalty
SPARSE_SHARE = 0.2
_FEWEST_VALUES = 3


@dataclass(frozen=True)
class Folded:
    """Norms of concepts in one kind of folds, fold after fold, and within a fold unit after unit.

    Attributes
    ----------
    Y : ndarray of float64, shape (n, T)
        Norms of the features that can be scored; NaN is missing.
    sparse : bool
        Whether at most a fifth of the values is nonzero and none is missing.
    labels : ndarray of int, shape (n,)
        Fold of each concept, ascending.
    starts : ndarray of int, shape (units,)
        First row of each unit of the intervals: concepts that share a word, or a cluster where clusters are held out.
    keys : ndarray of uint64, shape (units,)
        Content key of each unit.
    seed : int
        64-bit key of every random choice.
    words : list of str or None
        Spelling of each concept.
    tokens : ndarray or None
        Number of tokens of each concept's word.
    frequencies : ndarray or None
        Frequency of each concept's word.
    columns : ndarray of int, shape (T,)
        Which of the features given can be scored.
    reliability : ndarray of shape (T,) or None
        Split-half reliability of each feature.
    confounds : ndarray of shape (n, c) or None
        Numbers that may be erased.
    """

    Y: Doubles
    sparse: bool
    labels: NDArray[np.int64]
    starts: NDArray[np.int64]
    keys: NDArray[np.uint64]
    seed: int
    words: list[str] | None
    tokens: Doubles | None
    frequencies: Doubles | None
    columns: NDArray[np.int64]
    reliability: Doubles | None
    confounds: Doubles | None

    @property
    def left_out(self) -> NDArray[np.int64]:
        """Units (m,), ascending, that intervals leave out one by one."""
        most = MOST_LEFT_OUT if len(self.keys) >= FEWEST_TO_LEAVE else 0
        return np.sort(np.argsort(self.keys, kind="stable")[:most])


@dataclass(frozen=True)
class Concepts(Folded):
    """Vectors and norms of concepts in folds over concepts.

    Attributes
    ----------
    X : ndarray of shape (L + 1, n, d)
        Hidden states in the order of ``order``.
    draws : Draws or None
        Permutations; None where nothing can be exchanged.
    groups : ndarray of int, shape (n,), or None
        Group of each concept, where groups were given.
    names : list of str
        Names of all given features.
    reasons : dict of int to str
        Reason for which a given feature cannot be scored.
    nonzero : ndarray of int, shape (features given,)
        Number of concepts with a value other than 0.
    order : ndarray of int, shape (n,)
        Index of each row in the given arrays.
    """

    X: Array
    draws: Draws | None
    groups: NDArray[np.int64] | None
    names: list[str]
    reasons: dict[int, str]
    nonzero: NDArray[np.int64]
    order: NDArray[np.int64]


def assemble(
    X_layers: ArrayLike,
    Y: Any,
    groups: ArrayLike | None,
    words: Sequence[str] | None,
    token_counts: ArrayLike | None,
    features: Sequence[str] | None,
    random_state: Any,
    frequencies: ArrayLike | None = None,
    reliability: ArrayLike | None = None,
    confounds: ArrayLike | None = None,
) -> Concepts:
    """Check the given arrays and sort them by content.

    Raises
    ------
    InputError
        Names the arguments whose shapes disagree.
    """
    X = _checked_vectors(X_layers)
    values, names = _checked_norms(Y, X.shape[1], features)
    n = X.shape[1]
    groups = None if groups is None else np.unique(group_names("groups", groups, n, "concepts"), return_inverse=True)[1]
    words = None if words is None else [str(word) for word in group_names("words", words, n, "concepts")]
    tokens = None if token_counts is None else _checked_counts(token_counts, n)
    often = None if frequencies is None else _checked_frequencies(frequencies, n)
    others = None if confounds is None else _checked_confounds(confounds, n)
    seed = seed_of(random_state)
    rows = _row_keys(X, values, words, seed)
    unit, unit_keys = _units(rows, None, words, seed)
    labels = _dealt_folds(unit, unit_keys)
    order = np.lexsort((rows, unit_keys[unit], labels))
    columns, reasons = _scorable(values, labels)
    kept = np.ascontiguousarray(values[order][:, columns])
    ordered = unit[order]
    starts = _starts(ordered)
    shares = np.count_nonzero(kept) <= SPARSE_SHARE * max(1, kept.size)
    together = None if groups is None else groups[order]
    return Concepts(
        X=np.ascontiguousarray(X[:, order]),
        Y=kept,
        sparse=bool(shares and not np.isnan(kept).any()),
        labels=labels[order],
        starts=starts,
        keys=unit_keys[ordered[starts]],
        draws=_draws(seed, ordered, together, kept),
        groups=together,
        seed=seed,
        words=None if words is None else [words[i] for i in order],
        tokens=None if tokens is None else tokens[order],
        frequencies=None if often is None else often[order],
        columns=columns,
        reliability=None if reliability is None else _checked_reliability(reliability, len(names))[columns],
        confounds=None if others is None else others[order],
        names=names,
        reasons=reasons,
        nonzero=np.count_nonzero(np.nan_to_num(values), axis=0),
        order=order,
    )


def regrouped(concepts: Concepts, clusters: NDArray[np.int64]) -> tuple[Folded, NDArray[np.int64]]:
    """Fold the concepts anew, whole clusters together: each cluster is a unit.

    Returns
    -------
    Folded, ndarray of int, shape (n,)
        The norms in their new folds, and the row of ``concepts`` that each of their rows is.
    """
    n = len(concepts.Y)
    rows = np.arange(n, dtype=np.uint64)
    own = np.array([_hash(int(row).to_bytes(8, "little"), concepts.seed) for row in rows], dtype=np.uint64)
    unit, unit_keys = _units(own, clusters, concepts.words, concepts.seed)
    labels = _dealt_folds(unit, unit_keys)
    order = np.lexsort((rows, unit_keys[unit], labels))
    starts = _starts(unit[order])
    folded = Folded(
        Y=np.ascontiguousarray(concepts.Y[order]),
        sparse=concepts.sparse,
        labels=labels[order],
        starts=starts,
        keys=unit_keys[unit[order][starts]],
        seed=concepts.seed,
        words=None if concepts.words is None else [concepts.words[i] for i in order],
        tokens=None if concepts.tokens is None else concepts.tokens[order],
        frequencies=None if concepts.frequencies is None else concepts.frequencies[order],
        columns=concepts.columns,
        reliability=concepts.reliability,
        confounds=None if concepts.confounds is None else concepts.confounds[order],
    )
    return folded, order


def _starts(unit: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.flatnonzero(np.concatenate([[True], unit[1:] != unit[:-1]]))


def generator(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """Return a generator keyed by the run's seed, a purpose and numbers such as a draw's."""
    digest = hashlib.blake2b(purpose.encode(), digest_size=8).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "little"), *numbers])


def _checked_vectors(X_layers: ArrayLike) -> Array:
    X = real_array("X_layers", X_layers)
    if X.ndim != 3 or 0 in X.shape:
        raise InputError(f"X_layers: shape {X.shape}; expected (layers + 1, concepts, hidden size), none of them 0")
    if X.dtype not in (np.float32, np.float64):
        X = X.astype(np.float64)
    if not np.isfinite(X).all():
        raise InputError("X_layers: has values that are not finite")
    return X


def _checked_norms(Y: Any, n: int, features: Sequence[str] | None) -> tuple[Doubles, list[str]]:
    dense = Y.toarray() if hasattr(Y, "toarray") else Y
    # whether a concept has a feature is 1 or 0
    values: Doubles = real_array("Y", dense, booleans=True).astype(np.float64)
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or len(values) != n or values.shape[1] == 0:
        raise InputError(f"Y: shape {values.shape}; expected ({n}, features)")
    if np.isinf(values).any():
        raise InputError("Y: has infinite values")
    if features is None:
        return values, [f"feature {t}" for t in range(values.shape[1])]
    names = [str(name) for name in group_names("features", features, values.shape[1], "columns of Y")]
    refuse_repeated(names, "features")
    return values, names


def _checked_counts(token_counts: ArrayLike, n: int) -> Doubles:
    counts = real_array("token_counts", token_counts).astype(np.float64)
    if counts.shape != (n,):
        raise InputError(f"token_counts: shape {counts.shape}; expected ({n},), the tokens of each concept's word")
    if not (np.isfinite(counts) & (counts >= 0)).all():
        odd = counts[~(np.isfinite(counts) & (counts >= 0))][0]
        raise InputError(f"token_counts: has {odd:g}; expected the number of tokens of each concept's word")
    return counts


def _checked_frequencies(frequencies: ArrayLike, n: int) -> Doubles:
    found = real_array("frequencies", frequencies).astype(np.float64)
    if found.shape != (n,) or not (np.isfinite(found) & (found >= 0)).all():
        raise InputError(f"frequencies: shape {found.shape}; expected ({n},), all finite and none below 0")
    return found


def _checked_confounds(confounds: ArrayLike, n: int) -> Doubles:
    found = real_array("confounds", confounds, booleans=True).astype(np.float64)
    found = found[:, None] if found.ndim == 1 else found
    if found.ndim != 2 or len(found) != n or not found.shape[1]:
        raise InputError(f"confounds: shape {found.shape}; expected ({n}, columns), numbers of each concept")
    if not np.isfinite(found).all():
        raise InputError("confounds: has values that are not finite; give a number for each concept")
    return found


def _checked_reliability(reliability: ArrayLike, features: int) -> Doubles:
    found = real_array("reliability", reliability).astype(np.float64)
    if found.shape != (features,) or not (found <= 1.0).all():
        raise InputError(f"reliability: shape {found.shape}; expected ({features},), none above 1")
    return found


def _hash(data: bytes, seed: int) -> int:
    digest = hashlib.blake2b(data, digest_size=8, key=seed.to_bytes(8, "little"))
    return int.from_bytes(digest.digest(), "little")


def _row_keys(X: Array, Y: Doubles, words: Sequence[str] | None, seed: int) -> NDArray[np.uint64]:
    """Key each concept by its word and norms, or without words by its norms and vectors."""
    clean = Y + 0.0  # no negative zeros
    clean[np.isnan(Y)] = np.nan  # one bit pattern for all NaN
    keys = []
    for i in range(len(Y)):
        what = X[:, i].tobytes() if words is None else words[i].encode()
        keys.append(_hash(clean[i].tobytes() + what, seed))
    return np.array(keys, dtype=np.uint64)


def _units(
    rows: NDArray[np.uint64], groups: NDArray[np.int64] | None, words: Sequence[str] | None, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Join concepts that share a word or a group; key each unit by the least key of its words, or of its rows."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(rows)
    own = rows if words is None else np.array([_hash(word.encode(), seed) for word in words], dtype=np.uint64)
    nodes, offset = [np.arange(n)], n
    for shared in (words, groups):
        if shared is not None:
            codes = np.unique(np.asarray(shared), return_inverse=True)[1]
            nodes.append(offset + codes)
            offset += int(codes.max()) + 1
    joined = np.concatenate(nodes)
    edges = coo_array((np.ones(len(joined)), (np.tile(np.arange(n), len(nodes)), joined)), shape=(offset, offset))
    components = connected_components(edges, directed=False)[1][:n]
    unit = np.unique(components, return_inverse=True)[1]
    keys = np.full(int(unit.max()) + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(keys, unit, own)
    return unit, keys


def _dealt_folds(unit: NDArray[np.int64], keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Assign units, largest first and then by key, each to the fold with the fewest concepts."""
    sizes = np.bincount(unit)
    filled = np.zeros(min(FOLDS, len(sizes)), dtype=np.int64)
    fold = np.empty(len(sizes), dtype=np.int64)
    for u in np.lexsort((keys, -sizes)):
        fold[u] = np.argmin(filled)
        filled[fold[u]] += sizes[u]
    return fold[unit]


def _scorable(Y: Doubles, labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], dict[int, str]]:
    """Return the features whose prediction can be right or wrong, and why the others are left out."""
    reasons = {}
    for t in range(Y.shape[1]):
        there = ~np.isnan(Y[:, t])
        seen, folds = Y[there, t], labels[there]
        if seen.size < _FEWEST_VALUES:
            reasons[t] = f"{counted(seen.size, 'value')}, at least {_FEWEST_VALUES} are needed"
        elif seen.max() == seen.min():
            reasons[t] = "all concepts have the same value"
        elif folds.max() == folds.min() and labels.max() > labels.min():
            reasons[t] = "all concepts that have a value are held out together: none is left to learn from"
    kept = np.array([t for t in range(Y.shape[1]) if t not in reasons], dtype=np.int64)
    return kept, reasons


def _draws(seed: int, unit: NDArray[np.int64], groups: NDArray[np.int64] | None, Y: Doubles) -> Draws | None:
    """Exchange whole groups where all have one size; else concepts, those that share a word as wholes.

    Wholes change places with wholes of the same size and missing values.
    """
    missing = np.isnan(Y) if np.isnan(Y).any() else None
    sizes = np.zeros(1) if groups is None else np.bincount(groups)
    if groups is not None and sizes.max() > 1 and (sizes == sizes[0]).all():
        unit = groups
    together = len(np.unique(unit)) < len(unit)
    try:
        return Draws.build(seed, len(unit), "groups" if together else "rows", unit if together else None, missing)
    except InputError:
        return None

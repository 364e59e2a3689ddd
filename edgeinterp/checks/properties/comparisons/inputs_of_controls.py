"""Inputs of nulls, rivals and references: transformed vectors or norms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations_with_replacement, pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "common_columns", "frequency_vectors", "gaussian_vectors", "length_differences", "letter_counts", "random_features",
    "shuffled_columns", "spelling_norms", "spelling_vectors", "varying",
]  # fmt: skip

Doubles = NDArray[np.float64]

# words that others are compared with by length
DIFFERENCES = 20


def shuffled_columns(Y: Doubles, rng: np.random.Generator) -> Doubles:
    """Permute the values of each feature over concepts independently: correlations between features are lost.

    Missing values (NaN) stay in place. ``Y`` is (n, features); a copy is returned.
    """
    out = Y.copy()
    for t in range(Y.shape[1]):
        there = np.flatnonzero(~np.isnan(Y[:, t]))
        out[there, t] = rng.permutation(Y[there, t])
    return out


def random_features(Y: Doubles, rng: np.random.Generator) -> Doubles:
    """Generate features: each value is drawn, with replacement, from all values of the original feature.

    Sparsity and value distribution match ``Y`` (n, features) in expectation; nothing else does.
    """
    out = Y.copy()
    for t in range(Y.shape[1]):
        there = np.flatnonzero(~np.isnan(Y[:, t]))
        out[there, t] = rng.choice(Y[there, t], size=there.size)
    return out


def gaussian_vectors(spectrum: Doubles, owners: NDArray[np.int64], rng: np.random.Generator) -> Doubles:
    """Draw vectors from the normal distribution whose covariance has this ``spectrum``.

    The vectors are in principal directions: fits to them do not depend on a rotation.

    Parameters
    ----------
    spectrum : ndarray of shape (r,)
        Squared singular values of the centred vectors.
    owners : ndarray of int, shape (n,)
        Concepts with the same number share their vector, as equal words do.
    rng : numpy Generator
        Source of the draws.

    Returns
    -------
    ndarray of shape (n, max(r, 1))
    """
    scale = np.sqrt(spectrum / len(owners)) if len(spectrum) else np.zeros(1)
    drawn: Doubles = rng.standard_normal((int(owners.max()) + 1, len(scale))) * scale
    return drawn[owners]


def spelling_vectors(words: Sequence[str], tokens: Doubles | None) -> Doubles:
    """Describe words by spelling alone: length, number of tokens, counts of letters and of bigrams.

    Bigrams (ends of the word included) of a single distinct word are left out, since they say nothing about others.
    Letters are compared without case.

    Parameters
    ----------
    words : sequence of str
        Spelling of each concept.
    tokens : ndarray of shape (n,) or None
        Number of tokens of each word, if known.

    Returns
    -------
    ndarray of shape (n, features)
    """
    lower = [word.casefold() for word in words]
    letters = [Counter(word) for word in lower]
    bigrams = [Counter(first + second for first, second in pairwise(f"^{word}$")) for word in lower]
    found = Counter(bigram for word in set(lower) for bigram in set(map("".join, pairwise(f"^{word}$"))))
    columns = [[float(len(word)) for word in lower]]
    if tokens is not None:
        columns.append(tokens.tolist())
    columns += [[float(own[letter]) for own in letters] for letter in sorted(set().union(*lower))]
    columns += [[float(own[pair]) for own in bigrams] for pair in sorted(found) if found[pair] > 1]
    return np.array(columns).T


def frequency_vectors(frequencies: Doubles, tokens: Doubles | None, words: Sequence[str] | None = None) -> Doubles:
    """Describe words by how common and how long they are, each at deviation 1, with all squares and products.

    That is the logarithm of the frequency, the number of tokens and that of letters, as far as they are known. A word
    that was never seen counts as half of the rarest that was.
    """
    columns = [_logarithms(frequencies)]
    if tokens is not None:
        columns.append(tokens)
    if words is not None:
        columns.append(np.array([len(word) for word in words], dtype=np.float64))
    X = _at_deviation_1(np.stack(columns, axis=1))
    products = [first * second for first, second in combinations_with_replacement(X.T, 2)]
    return _at_deviation_1(np.column_stack([X, *products]))


def common_columns(frequencies: Doubles) -> Doubles:
    """Return the logarithm of the frequency, and its rank (n, 2)."""
    from scipy.stats import rankdata

    return np.stack([_logarithms(frequencies), rankdata(frequencies)], axis=1)


def _logarithms(frequencies: Doubles) -> Doubles:
    seen = frequencies[frequencies > 0.0]
    least = 0.5 * float(seen.min()) if seen.size else 1.0
    return np.asarray(np.log(np.where(frequencies > 0.0, frequencies, least)))


def _at_deviation_1(X: Doubles) -> Doubles:
    deviation = X.std(axis=0)
    return np.asarray((X - X.mean(axis=0)) / np.where(deviation > 1e-9, deviation, 1.0))


def spelling_norms(words: Sequence[str]) -> Doubles:
    """Return spelling as norms to predict: length, and the count of each letter that is not constant over words."""
    lower = [word.casefold() for word in words]
    columns = [[float(len(word)) for word in lower]]
    columns += [[float(word.count(letter)) for word in lower] for letter in sorted(set().union(*lower))]
    return varying(np.array(columns).T)


def letter_counts(words: Sequence[str]) -> Doubles:
    """Return the number of letters of each word (n, 1)."""
    return np.array([[float(len(word))] for word in words])


def length_differences(words: Sequence[str], rng: np.random.Generator) -> Doubles:
    """Return by how many letters each word differs from 20 of them (n, at most 20)."""
    letters = letter_counts(words)
    return np.abs(letters - letters[np.sort(rng.permutation(len(words))[:DIFFERENCES])].T)


def varying(Y: Doubles) -> Doubles:
    """Return the columns that are not constant."""
    return Y[:, Y.max(axis=0) > Y.min(axis=0)]

"""Features of the rivals of ``relations`` that need no attention: the words, their similarity, their surface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .relation_scores import blocks, standardised

__all__ = ["similarity_features", "spelling_columns", "surface_features", "word_features"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]
Words = Sequence[tuple[str, str]]
States = Mapping[str, Array]

# identities of more words would say little more, and cost memory for every pair
MOST_IDENTITIES = 512


def word_features(words: Words, states: States, folds: NDArray[np.int64]) -> Doubles:
    """Describe each pair by which words it has and their hidden states 0: what the words alone give away.

    A word that stands in one fold only cannot help there: its identity is left out. Of the others the 512 most frequent
    are used, for word1 and word2 each. Identities of word1 and of word2, hidden states of word1 and of word2 are four
    blocks of equal variance.
    """
    parts: list[Array] = []
    for place in (0, 1):
        own = [pair[place] for pair in words]
        seen: dict[str, set[int]] = {}
        for word, fold in zip(own, folds.tolist(), strict=True):
            seen.setdefault(word, set()).add(fold)
        counts = Counter(own)
        known = sorted((word for word in seen if len(seen[word]) > 1), key=lambda word: (-counts[word], word))
        known = known[:MOST_IDENTITIES]
        if known:
            number = {word: i for i, word in enumerate(known)}
            identity = np.zeros((len(words), len(known)))
            for i, word in enumerate(own):
                if word in number:
                    identity[i, number[word]] = 1.0
            parts.append(identity)
    for place in (0, 1):
        parts.append(np.stack([states[pair[place]] for pair in words]))
    return blocks(*parts)


def similarity_features(words: Words, states: States) -> Doubles:
    """Describe each pair by cosine, difference and product of the words' hidden states 0, blocks of equal variance.

    Hidden states lose their mean over the words first: otherwise what all of them share decides the cosine.
    """
    known = sorted({word for pair in words for word in pair})
    table = np.stack([np.asarray(states[word], dtype=np.float64) for word in known])
    centred = dict(zip(known, table - table.mean(axis=0), strict=True))
    first, second = (np.stack([centred[pair[place]] for pair in words]) for place in (0, 1))
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cosine = np.sum(first * second, axis=1) / np.where(norms > 0.0, norms, 1.0)
    return blocks(cosine[:, None], first - second, first * second)


def surface_features(words: Words | None, surface: Array | None) -> Doubles:
    """Describe each pair by what can be seen without a model, every feature with a deviation of 1."""
    parts = [] if surface is None else [np.asarray(surface, dtype=np.float64)]
    if words is not None:
        parts.append(spelling_columns(words))
    columns = np.concatenate(parts, axis=1)
    found, _ = standardised(columns)
    return found if found.shape[1] else np.zeros((len(columns), 1))


def spelling_columns(words: Words) -> Doubles:
    """Lengths in characters, their difference without sign, and the overlap (Dice) of letter bigrams (n, 4)."""
    rows = []
    for first, second in words:
        one, other = (Counter(map("".join, pairwise(f"^{word.casefold()}$"))) for word in (first, second))
        shared = sum((one & other).values())
        dice = 2.0 * shared / (sum(one.values()) + sum(other.values()))
        rows.append([float(len(first)), float(len(second)), float(abs(len(first) - len(second))), dice])
    return np.array(rows)

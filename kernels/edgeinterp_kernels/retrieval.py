"""Retrieve tokens among the tokens of one text, from similarity matrices; several texts at a time.

Texts are concatenated: text t has the tokens ``ends[t]`` to ``ends[t + 1]``, and its matrices follow those of the texts
before it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._jit import contiguous, helper, kernel

__all__ = ["foreign_hits", "reference_groups", "score_texts"]


@helper
def _count_alike(
    first: int, size: int, ids: NDArray[np.int32], groups: NDArray[np.int32], sizes: NDArray[np.int64]
) -> None:
    """Count the tokens of the text with each token's id, and the members of each group."""
    for i in range(first, first + size):
        sizes[1, first + groups[i]] += 1
        for j in range(first, first + size):
            if ids[j] == ids[i]:
                sizes[0, i] += 1


@kernel
def _score_texts(
    similarities: NDArray[np.float32],
    ends: NDArray[np.int64],
    ids: NDArray[np.int32],
    groups: NDArray[np.int32],
    sizes: NDArray[np.int64],
    retrieved: NDArray[np.int32],
    tallies: NDArray[np.float64],
) -> None:
    start = 0
    for text in range(ends.size - 1):
        first, size = ends[text], ends[text + 1] - ends[text]
        _count_alike(first, size, ids, groups, sizes)
        for m in range(tallies.shape[1]):
            hits = 0
            chance = 0
            credit = 0.0
            reciprocal = 0.0
            for i in range(size):
                row = start + (m * size + i) * size
                best = -np.inf
                own = -np.inf
                at = 0
                for j in range(size):
                    value = similarities[row + j]
                    if value > best:
                        best = value
                        at = j
                    if ids[first + j] == ids[first + i] and value > own:
                        own = value
                rank = 1
                for j in range(size):
                    if similarities[row + j] > own:
                        rank += 1
                retrieved[m, first + i] = at
                reciprocal += 1.0 / rank
                chance += sizes[0, first + at]
                if ids[first + at] == ids[first + i]:
                    hits += 1
                if groups[first + at] == groups[first + i]:
                    credit += 1.0 / sizes[1, first + groups[first + i]]
            tallies[text, m, 0] = hits
            tallies[text, m, 1] = chance / size
            tallies[text, m, 2] = credit
            tallies[text, m, 3] = reciprocal
        start += tallies.shape[1] * size * size


def score_texts(
    similarities: NDArray[np.float32],
    ends: NDArray[np.int64],
    ids: NDArray[np.int32],
    groups: NDArray[np.int32],
    maps: int,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Retrieve each token of a text among the text's candidates, for several maps at once.

    Parameters
    ----------
    similarities : ndarray of float32
        For each text (maps, tokens, tokens), flat: similarity of each query (rows) to each candidate (columns). Scaling
        a row changes nothing.
    ends : ndarray of int64, shape (texts + 1,)
        Start of each text's tokens, and the end of the last text. No text is empty.
    ids : ndarray of int32, shape (tokens,)
        Token ids.
    groups : ndarray of int32, shape (tokens,)
        Index of the first token of the text whose reference is identical (``reference_groups``).
    maps : int
        Number of maps.

    Returns
    -------
    retrieved : ndarray of int32, shape (maps, tokens)
        Index in its text of the most similar candidate, the first of equals.
    tallies : ndarray of float64, shape (texts, maps, 4)
        Sums over tokens: retrieved its own id; share of the text's tokens whose id equals the retrieved one (the
        permutation mean of the first sum); retrieved its own position, identical references sharing the credit;
        1 / rank of the best candidate with its own id.

    Raises
    ------
    ValueError
        If sizes disagree.
    """
    lengths = np.diff(ends)
    _check_sizes(similarities.size, maps * int(lengths @ lengths), int(ends[-1]), ids, groups)
    retrieved = np.empty((maps, ids.size), dtype=np.int32)
    tallies = np.empty((ends.size - 1, maps, 4))
    sizes = np.zeros((2, ids.size), dtype=np.int64)
    tokens = contiguous(ids, np.int32), contiguous(groups, np.int32)
    _score_texts(contiguous(similarities, np.float32), contiguous(ends, np.int64), *tokens, sizes, retrieved, tallies)
    return retrieved, tallies


@kernel
def _foreign_hits(
    similarities: NDArray[np.float32],
    ends: NDArray[np.int64],
    positions: NDArray[np.int32],
    ids: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> None:
    maps = counts.size - 1
    start = 0
    for text in range(ends.size - 2):
        first, second, end = ends[text], ends[text + 1], ends[text + 2]
        queries, candidates = second - first, end - second
        for i in range(queries):
            differs = False
            for j in range(second, end):
                if positions[j] == positions[first + i]:
                    differs = ids[j] != ids[first + i]
            if not differs:
                continue
            counts[maps] += 1
            for m in range(maps):
                row = start + (m * queries + i) * candidates
                best = -np.inf
                at = 0
                for j in range(candidates):
                    if similarities[row + j] > best:
                        best = similarities[row + j]
                        at = j
                if positions[second + at] == positions[first + i]:
                    counts[m] += 1
        start += maps * queries * candidates


def foreign_hits(
    similarities: NDArray[np.float32],
    ends: NDArray[np.int64],
    positions: NDArray[np.int32],
    ids: NDArray[np.int32],
    maps: int,
) -> tuple[NDArray[np.int64], int]:
    """Count queries that retrieve their own position among the candidates of the text after theirs.

    Parameters
    ----------
    similarities : ndarray of float32
        For each text but the last (maps, queries, candidates), flat: similarity of each of its queries to each
        candidate of the next text.
    ends : ndarray of int64, shape (texts + 1,)
        Start of each text's tokens, and the end of the last text.
    positions, ids : ndarray of int32, shape (tokens,)
        Positions in their own texts, and token ids.
    maps : int
        Number of maps.

    Returns
    -------
    hits : ndarray of int64, shape (maps,)
        Queries that retrieve their own position.
    queries : int
        Queries at whose position the other text has a different token. Where it has none, nothing can be retrieved;
        where it has the same token, retrieving it is correct, and so no evidence of position passing as identity.

    Raises
    ------
    ValueError
        If sizes disagree.
    """
    lengths = np.diff(ends)
    _check_sizes(similarities.size, maps * int(lengths[:-1] @ lengths[1:]), int(ends[-1]), ids, positions)
    counts = np.zeros(maps + 1, dtype=np.int64)
    tokens = contiguous(positions, np.int32), contiguous(ids, np.int32)
    _foreign_hits(contiguous(similarities, np.float32), contiguous(ends, np.int64), *tokens, counts)
    return counts[:-1], int(counts[-1])


def _check_sizes(found: int, expected: int, tokens: int, *by_token: NDArray[np.int32]) -> None:
    """Refuse sizes that would make kernels read or write out of bounds."""
    if found != expected or any(values.size != tokens for values in by_token):
        sizes = [values.size for values in by_token]
        raise ValueError(f"{found} similarities and {sizes} tokens, expected {expected} and {tokens}")


@kernel
def _reference_groups(
    references: NDArray[np.float32], ends: NDArray[np.int64], ids: NDArray[np.int32], groups: NDArray[np.int32]
) -> None:
    for text in range(ends.size - 1):
        first = ends[text]
        for i in range(ends[text + 1] - first):
            groups[first + i] = i
            for j in range(i):
                if ids[first + j] == ids[first + i] and groups[first + j] == j:
                    equal = True
                    for k in range(references.shape[1]):
                        if references[first + i, k] != references[first + j, k]:
                            equal = False
                            break
                    if equal:
                        groups[first + i] = j
                        break


def reference_groups(
    references: NDArray[np.float32], ends: NDArray[np.int64], ids: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return, for each token, the index of the first token of its text with the same id and an identical reference.

    Parameters
    ----------
    references : ndarray of float32, shape (tokens, hidden size)
        Hidden state 0.
    ends : ndarray of int64, shape (texts + 1,)
        Start of each text's tokens, and the end of the last text.
    ids : ndarray of int32, shape (tokens,)
        Token ids.

    Returns
    -------
    ndarray of int32, shape (tokens,)
    """
    groups = np.empty(ids.size, dtype=np.int32)
    references = contiguous(references, np.float32)
    _reference_groups(references, contiguous(ends, np.int64), contiguous(ids, np.int32), groups)
    return groups

"""Retrieval of tokens among the tokens of one text, from a matrix of similarities."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._jit import kernel

__all__ = ["foreign_hits", "reference_groups", "score_text"]


@kernel
def _score_text(
    similarities: NDArray[np.float32],
    ids: NDArray[np.int32],
    groups: NDArray[np.int32],
    sizes: NDArray[np.int64],
    retrieved: NDArray[np.int32],
    tallies: NDArray[np.float64],
) -> None:
    maps, size = similarities.shape[0], similarities.shape[1]
    alike, group_size = sizes[0], sizes[1]
    for i in range(size):
        group_size[groups[i]] += 1
        for j in range(size):
            if ids[j] == ids[i]:
                alike[i] += 1
    for m in range(maps):
        hits = 0
        chance = 0
        credit = 0.0
        reciprocal = 0.0
        for i in range(size):
            best = -np.inf
            own = -np.inf
            at = 0
            for j in range(size):
                value = similarities[m, i, j]
                if value > best:
                    best = value
                    at = j
                if ids[j] == ids[i] and value > own:
                    own = value
            rank = 1
            for j in range(size):
                if similarities[m, i, j] > own:
                    rank += 1
            retrieved[m, i] = at
            reciprocal += 1.0 / rank
            chance += alike[at]
            if ids[at] == ids[i]:
                hits += 1
            if groups[at] == groups[i]:
                credit += 1.0 / group_size[groups[i]]
        tallies[m, 0] = hits
        tallies[m, 1] = chance / size
        tallies[m, 2] = credit
        tallies[m, 3] = reciprocal


def score_text(
    similarities: NDArray[np.float32], ids: NDArray[np.int32], groups: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Retrieve each token of one text among the text's candidates, for several maps at once.

    Parameters
    ----------
    similarities : ndarray of float32, shape (maps, tokens, tokens)
        Similarity of each query (rows) to each candidate (columns). A factor common to a row changes nothing.
    ids : ndarray of int32, shape (tokens,)
        Token ids.
    groups : ndarray of int32, shape (tokens,)
        Index of the first token whose reference is identical (``reference_groups``).

    Returns
    -------
    retrieved : ndarray of int32, shape (maps, tokens)
        Index of the most similar candidate, the first of equals.
    tallies : ndarray of float64, shape (maps, 4)
        Sums over tokens: retrieved the own id; share of the text's tokens whose id equals the retrieved one (the
        permutation mean of the first sum); retrieved the own position, identical references sharing the credit;
        1 / rank of the best candidate with the own id.
    """
    similarities = np.ascontiguousarray(similarities, dtype=np.float32)
    retrieved = np.empty(similarities.shape[:2], dtype=np.int32)
    tallies = np.empty((similarities.shape[0], 4), dtype=np.float64)
    sizes = np.zeros((2, ids.size), dtype=np.int64)
    _score_text(similarities, ids, groups, sizes, retrieved, tallies)
    return retrieved, tallies


@kernel
def _foreign_hits(
    similarities: NDArray[np.float32],
    query_positions: NDArray[np.int32],
    candidate_positions: NDArray[np.int32],
    query_ids: NDArray[np.int32],
    candidate_ids: NDArray[np.int32],
    counts: NDArray[np.int64],
) -> None:
    maps = similarities.shape[0]
    for i in range(query_positions.size):
        differs = False
        for j in range(candidate_positions.size):
            if candidate_positions[j] == query_positions[i]:
                differs = candidate_ids[j] != query_ids[i]
        if not differs:
            continue
        counts[maps] += 1
        for m in range(maps):
            best = -np.inf
            at = 0
            for j in range(candidate_positions.size):
                if similarities[m, i, j] > best:
                    best = similarities[m, i, j]
                    at = j
            if candidate_positions[at] == query_positions[i]:
                counts[m] += 1


def foreign_hits(
    similarities: NDArray[np.float32],
    query_positions: NDArray[np.int32],
    candidate_positions: NDArray[np.int32],
    query_ids: NDArray[np.int32],
    candidate_ids: NDArray[np.int32],
) -> tuple[NDArray[np.int64], int]:
    """Count queries that retrieve their own position among the candidates of another text.

    Parameters
    ----------
    similarities : ndarray of float32, shape (maps, queries, candidates)
        Similarity of each query of one text to each candidate of the other.
    query_positions, candidate_positions : ndarray of int32, shapes (queries,), (candidates,)
        Positions in their own texts.
    query_ids, candidate_ids : ndarray of int32, shapes (queries,), (candidates,)
        Token ids.

    Returns
    -------
    hits : ndarray of int64, shape (maps,)
        Queries that retrieve their own position.
    queries : int
        Queries at whose position the other text has another token. Where it has none, nothing can be retrieved; where
        it has the same token, retrieving it would be right, so it cannot show that position passes as identity.
    """
    counts = np.zeros(similarities.shape[0] + 1, dtype=np.int64)
    similarities = np.ascontiguousarray(similarities, dtype=np.float32)
    _foreign_hits(similarities, query_positions, candidate_positions, query_ids, candidate_ids, counts)
    return counts[:-1], int(counts[-1])


@kernel
def _reference_groups(references: NDArray[np.float32], ids: NDArray[np.int32], groups: NDArray[np.int32]) -> None:
    for i in range(ids.size):
        groups[i] = i
        for j in range(i):
            if ids[j] == ids[i] and groups[j] == j:
                equal = True
                for k in range(references.shape[1]):
                    if references[i, k] != references[j, k]:
                        equal = False
                        break
                if equal:
                    groups[i] = j
                    break


def reference_groups(references: NDArray[np.float32], ids: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return, for each token, the index of the first token of the text with the same id and an identical reference.

    Parameters
    ----------
    references : ndarray of float32, shape (tokens, hidden size)
        Hidden state 0 of one text.
    ids : ndarray of int32, shape (tokens,)
        Token ids.

    Returns
    -------
    ndarray of int32, shape (tokens,)
    """
    groups = np.empty(ids.size, dtype=np.int32)
    _reference_groups(np.ascontiguousarray(references, dtype=np.float32), ids, groups)
    return groups

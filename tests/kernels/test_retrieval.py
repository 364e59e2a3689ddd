from __future__ import annotations

import itertools
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeinterp_kernels import retrieval


def slow_scores(similarities: Any, ids: Any, groups: Any) -> Any:
    size = len(ids)
    retrieved, tallies = [], []
    for matrix in similarities:
        at = [int(np.argmax(row)) for row in matrix]
        hits = sum(ids[j] == ids[i] for i, j in enumerate(at))
        chance = sum(list(ids).count(ids[j]) for j in at) / size
        credit = sum((groups[j] == groups[i]) / list(groups).count(groups[i]) for i, j in enumerate(at))
        reciprocal = 0.0
        for i, row in enumerate(matrix):
            own = max(value for value, token in zip(row, ids, strict=True) if token == ids[i])
            reciprocal += 1.0 / (1 + sum(value > own for value in row))
        retrieved.append(at)
        tallies.append([hits, chance, credit, reciprocal])
    return np.array(retrieved), np.array(tallies)


def side_by_side(parts: Any) -> Any:
    """Where texts of these lengths begin and end."""
    return np.concatenate([[0], np.cumsum([len(part) for part in parts])])


@given(st.lists(st.integers(1, 14), min_size=1, max_size=4), st.integers(1, 4), st.integers(0, 2**31), st.booleans())
@settings(max_examples=60, deadline=None)
def test_scores_equal_the_reference(sizes: Any, maps: Any, seed: Any, ties: Any) -> None:
    rng = np.random.default_rng(seed)
    ids = [rng.integers(0, 5, size).astype(np.int32) for size in sizes]
    groups = [np.array([own.tolist().index(one) for one in own], dtype=np.int32) for own in ids]
    similarities = [rng.normal(size=(maps, size, size)).astype(np.float32) for size in sizes]
    if ties:
        similarities = [np.round(one) for one in similarities]
    flat = np.concatenate([one.ravel() for one in similarities])
    ends = side_by_side(ids)
    retrieved, tallies = retrieval.score_texts(flat, ends, np.concatenate(ids), np.concatenate(groups), maps)
    for text, parts in enumerate(zip(similarities, ids, groups, strict=True)):
        want_retrieved, want = slow_scores(*parts)
        np.testing.assert_array_equal(retrieved[:, ends[text] : ends[text + 1]], want_retrieved)
        np.testing.assert_allclose(tallies[text], want, rtol=1e-12)


def test_a_factor_on_a_query_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    ids = rng.integers(0, 5, 9).astype(np.int32)
    groups, ends = np.arange(9, dtype=np.int32), np.array([0, 9])
    similarities = rng.normal(size=81).astype(np.float32)
    found, scaled = (retrieval.score_texts(similarities * factor, ends, ids, groups, 1) for factor in (1.0, 4.0))
    for a, b in zip(found, scaled, strict=True):
        np.testing.assert_array_equal(a, b)


def slow_foreign(similarities: Any, positions: Any, ids: Any) -> Any:
    """Hits by map, and queries, of each text's queries among the candidates of the next text."""
    hits, queries = [0] * len(similarities[0]), 0
    for text, matrices in enumerate(similarities):
        there = dict(zip(positions[text + 1].tolist(), ids[text + 1].tolist(), strict=True))
        for i, (place, token) in enumerate(zip(positions[text].tolist(), ids[text].tolist(), strict=True)):
            if there.get(place, token) == token:
                continue
            queries += 1
            for m, matrix in enumerate(matrices):
                hits[m] += int(positions[text + 1][int(np.argmax(matrix[i]))] == place)
    return hits, queries


@given(st.lists(st.integers(1, 9), min_size=2, max_size=5), st.integers(1, 3), st.integers(0, 2**31))
@settings(max_examples=60, deadline=None)
def test_foreign_equals_the_reference(sizes: Any, maps: Any, seed: Any) -> None:
    rng = np.random.default_rng(seed)
    ids = [rng.integers(0, 3, size).astype(np.int32) for size in sizes]
    positions = [np.sort(rng.permutation(size + 3)[:size]).astype(np.int32) for size in sizes]
    similarities = [
        rng.integers(0, 4, (maps, first, second)).astype(np.float32) for first, second in itertools.pairwise(sizes)
    ]
    flat = np.concatenate([one.ravel() for one in similarities])
    hits, queries = retrieval.foreign_hits(
        flat, side_by_side(ids), np.concatenate(positions), np.concatenate(ids), maps
    )
    assert (hits.sum(axis=0).tolist(), queries.sum()) == slow_foreign(similarities, positions, ids)
    # texts stand on their own
    for text, one in enumerate(zip(similarities, positions, ids, strict=False)):
        pair = slice(text, text + 2)
        assert (hits[text].tolist(), queries[text]) == slow_foreign(one[:1], positions[pair], ids[pair])


def test_foreign_counts_only_positions_that_both_texts_have() -> None:
    similarities = np.zeros((2, 3, 2), dtype=np.float32)
    similarities[0, 0, 0] = similarities[0, 1, 1] = 1.0  # both found
    similarities[1, 0, 1] = similarities[1, 1, 1] = 1.0  # the second found
    positions, ids = np.array([1, 2, 3, 1, 2], dtype=np.int32), np.array([7, 8, 9, 5, 6], dtype=np.int32)
    hits, queries = retrieval.foreign_hits(similarities.ravel(), np.array([0, 3, 5]), positions, ids, 2)
    assert queries.tolist() == [2]
    assert hits.tolist() == [[2, 1]]


def test_foreign_leaves_out_positions_with_the_same_token() -> None:
    places, ids = np.array([0, 1, 2, 0, 1, 2], dtype=np.int32), np.array([7, 8, 9, 7, 0, 9], dtype=np.int32)
    hits, queries = retrieval.foreign_hits(np.eye(3, dtype=np.float32).ravel(), np.array([0, 3, 6]), places, ids, 1)
    assert (hits.tolist(), queries.tolist()) == ([[1]], [1])


def test_a_text_that_has_no_next_is_no_foreign_query() -> None:
    places = np.arange(3, dtype=np.int32)
    hits, queries = retrieval.foreign_hits(np.zeros(0, np.float32), np.array([0, 3]), places, places, 2)
    assert (hits.tolist(), queries.tolist()) == ([], [])


def test_groups_ask_for_identical_references_and_ids_of_one_text() -> None:
    references = np.array([[1, 2], [1, 2], [3, 4], [1, 2], [1, 2], [1, 2], [1, 2]], dtype=np.float32)
    ids = np.array([7, 7, 7, 8, 7, 7, 7], dtype=np.int32)
    assert retrieval.reference_groups(references, np.array([0, 5, 7]), ids).tolist() == [0, 0, 2, 3, 0, 0, 0]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_kernels_compile_once(kind: Any) -> None:
    ids, ends = np.zeros(6, dtype=np.int32), np.array([0, 3, 6])
    retrieval.score_texts(np.ones(18, dtype=kind), ends, ids, ids, 1)
    retrieval.foreign_hits(np.ones(9, dtype=kind), ends, ids, ids, 1)
    retrieval.reference_groups(np.ones((6, 2), dtype=kind), ends, ids)
    for compiled in (retrieval._score_texts, retrieval._foreign_hits, retrieval._reference_groups):
        assert len(list(compiled.signatures())) == int(not numba.config.DISABLE_JIT)


def test_sizes_that_do_not_fit_are_refused() -> None:
    ids, ends = np.zeros(6, dtype=np.int32), np.array([0, 3, 6])
    for similarities, own in ((np.ones(17, np.float32), ids), (np.ones(18, np.float32), ids[:5])):
        with pytest.raises(ValueError, match="expected 18 and 6"):
            retrieval.score_texts(similarities, ends, own, ids, 1)
    with pytest.raises(ValueError, match="expected 18 and 6"):
        retrieval.foreign_hits(np.ones(9, np.float32), ends, ids, ids, 2)

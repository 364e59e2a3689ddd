from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeinterp_kernels import retrieval
from edgeinterp_kernels.machine_code import ENABLED


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


@given(st.integers(1, 14), st.integers(1, 4), st.integers(0, 2**31), st.booleans())
@settings(max_examples=60, deadline=None)
def test_scores_equal_the_reference(size: Any, maps: Any, seed: Any, ties: Any) -> None:
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, 5, size).astype(np.int32)
    groups = np.array([next(j for j in range(size) if ids[j] == ids[i]) for i in range(size)], dtype=np.int32)
    similarities = rng.normal(size=(maps, size, size)).astype(np.float32)
    if ties:
        similarities = np.round(similarities)
    retrieved, tallies = retrieval.score_text(similarities, ids, groups)
    want_retrieved, want = slow_scores(similarities, ids, groups)
    np.testing.assert_array_equal(retrieved, want_retrieved)
    np.testing.assert_allclose(tallies, want, rtol=1e-12)


def test_a_factor_on_a_query_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    ids = rng.integers(0, 5, 9).astype(np.int32)
    groups = np.arange(9, dtype=np.int32)
    similarities = rng.normal(size=(1, 9, 9)).astype(np.float32)
    scaled = similarities * np.float32(4.0)
    for a, b in zip(
        retrieval.score_text(similarities, ids, groups), retrieval.score_text(scaled, ids, groups), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_foreign_counts_only_positions_that_both_texts_have() -> None:
    similarities = np.zeros((2, 3, 2), dtype=np.float32)
    similarities[0, 0, 0] = similarities[0, 1, 1] = 1.0  # both found
    similarities[1, 0, 1] = similarities[1, 1, 1] = 1.0  # the second found
    hits, queries = retrieval.foreign_hits(
        similarities,
        np.array([1, 2, 3], dtype=np.int32),
        np.array([1, 2], dtype=np.int32),
        np.array([7, 8, 9], dtype=np.int32),
        np.array([5, 6], dtype=np.int32),
    )
    assert queries == 2
    assert hits.tolist() == [2, 1]


def test_foreign_leaves_out_positions_with_the_same_token() -> None:
    places, ids = np.arange(3, dtype=np.int32), np.array([7, 8, 9], dtype=np.int32)
    others = np.array([7, 0, 9], dtype=np.int32)
    hits, queries = retrieval.foreign_hits(np.eye(3, dtype=np.float32)[None], places, places, ids, others)
    assert (hits.tolist(), queries) == ([1], 1)


def test_groups_ask_for_identical_references_and_ids() -> None:
    references = np.array([[1, 2], [1, 2], [3, 4], [1, 2], [1, 2]], dtype=np.float32)
    ids = np.array([7, 7, 7, 8, 7], dtype=np.int32)
    assert retrieval.reference_groups(references, ids).tolist() == [0, 0, 2, 3, 0]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_kernels_compile_once(kind: Any) -> None:
    ids = np.zeros(3, dtype=np.int32)
    retrieval.score_text(np.ones((1, 3, 3), dtype=kind), ids, ids)
    retrieval.foreign_hits(np.ones((1, 3, 3), dtype=kind), ids, ids, ids, ids)
    for compiled in (retrieval._score_text, retrieval._foreign_hits):
        assert len(compiled.kinds) == int(ENABLED)

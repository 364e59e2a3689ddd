from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeinterp_kernels import divergence
from edgeinterp_kernels.divergence import attention_differences
from tests import reference_compare as reference


def maps(rng: Any, shape: Any, sharpness: float = 2.0, zeros: float = 0.0) -> Any:
    """Rows that add up to 1, some keys not attended to at all."""
    values = np.exp(sharpness * rng.normal(size=shape))
    values[..., 1:] *= rng.random(values[..., 1:].shape) >= zeros
    return (values / values.sum(axis=-1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 1e-3, 0.05, 1.0])
@pytest.mark.parametrize("zeros", [0.0, 0.4])
def test_is_the_reference(noise: float, zeros: float) -> None:
    rng = np.random.default_rng([int(1000 * noise), int(10 * zeros)])
    first = maps(rng, (3, 11, 11), zeros=zeros)
    second = first * np.exp(noise * rng.normal(size=first.shape))
    second = (second / second.sum(axis=-1, keepdims=True)).astype(np.float32)
    rows = np.array([0, 2, 7, 10])
    js, agree = attention_differences(first, second, rows)
    for head in range(3):
        for place, row in enumerate(rows):
            p, q = first[head, row].astype(np.float64), second[head, row].astype(np.float64)
            assert js[head, place] == pytest.approx(max(reference.jensen_shannon(p, q), 0.0), rel=1e-7, abs=1e-9)
            assert agree[head, place] == (reference.most_attended(p) == reference.most_attended(q))
    assert (js > 0.0).all() == (noise > 0.0)


def test_both_branches_of_a_term_agree_where_they_meet() -> None:
    # ratios of difference to sum on either side of the change from series to logarithm
    for ratio in (0.2499, 0.25, 0.2501, 0.9):
        p, q = 0.5 * (1.0 + ratio), 0.5 * (1.0 - ratio)
        first = np.array([[[p, q]]], dtype=np.float32)
        second = np.array([[[q, p]]], dtype=np.float32)
        js, agree = attention_differences(first, second, np.array([0]))
        expected = reference.jensen_shannon(first[0, 0].astype(np.float64), second[0, 0].astype(np.float64))
        assert js[0, 0] == pytest.approx(expected, rel=1e-9)
        assert not agree[0, 0]


def test_small_differences_keep_their_digits() -> None:
    # for p = (1 + e) / 2 the divergence is e^2 / (2 ln 2): float32 logarithms would leave nothing of it
    e = 2.0**-12
    first, second = (
        np.array([[[0.5 + e / 2, 0.5 - e / 2]]], np.float32),
        np.array([[[0.5 - e / 2, 0.5 + e / 2]]], np.float32),
    )
    js, _ = attention_differences(first, second, np.array([0]))
    assert js[0, 0] == pytest.approx(e * e / (2.0 * np.log(2.0)), rel=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.floats(0.0, 0.9))
def test_bounds_and_symmetry(seed: int, size: int, zeros: float) -> None:
    rng = np.random.default_rng(seed)
    first, second = maps(rng, (2, size, size), zeros=zeros), maps(rng, (2, size, size), zeros=zeros)
    rows = np.arange(size)
    js, agree = attention_differences(first, second, rows)
    back, again = attention_differences(second, first, rows)
    np.testing.assert_allclose(js, back, atol=1e-12)
    np.testing.assert_array_equal(agree, again)
    assert ((js >= 0.0) & (js <= 1.0)).all()
    assert (attention_differences(first, first, rows)[0] == 0.0).all()
    assert attention_differences(first, first, rows)[1].all()


def test_rows_without_a_common_key_are_one_bit_apart() -> None:
    first, second = np.zeros((1, 1, 4), np.float32), np.zeros((1, 1, 4), np.float32)
    first[0, 0, :2], second[0, 0, 2:] = 0.5, (0.75, 0.25)
    js, agree = attention_differences(first, second, np.array([0]))
    assert js[0, 0] == pytest.approx(1.0, abs=1e-12)
    assert not agree[0, 0]


def test_compiles_once_for_views_and_types() -> None:
    rng = np.random.default_rng(0)
    whole = maps(rng, (2, 8, 8))
    attention_differences(whole[:, :6, :6], whole.astype(np.float64)[:, :6, :6], np.arange(6, dtype=np.int32))
    assert len(list(divergence._attention_differences.signatures())) == int(not numba.config.DISABLE_JIT)

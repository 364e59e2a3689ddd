from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edgeinterp_kernels import shuffling
from tests import reference

SIZES = (0, 1, 2, 3, 4, 5, 8, 9, 100, 257)


def shuffled(values: NDArray[Any], seed: int) -> NDArray[Any]:
    out = values.copy()
    shuffling.shuffle(out, np.random.PCG64(seed))
    return out


# one 64-bit number at a time ends in the middle of drawing again
@pytest.mark.parametrize("at_once", [1, 3, 4096])
@pytest.mark.parametrize("size", SIZES)
def test_a_permutation_equals_the_reference(size: int, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shuffling, "_AT_ONCE", at_once)
    for seed in range(20):
        expected = reference.shuffled(list(range(size)), np.random.PCG64(seed))
        assert shuffled(np.arange(size, dtype=np.uint16), seed).tolist() == expected


@pytest.mark.parametrize("dtype", ["i1", "u1", "<f2", "<f4", "<i8", "<f8"])
def test_a_permutation_is_that_of_numpy_for_every_size_of_value(dtype: str) -> None:
    values = np.arange(20000).astype(dtype)
    expected = values.copy()
    np.random.Generator(np.random.PCG64(7)).shuffle(expected)
    np.testing.assert_array_equal(shuffled(values, 7), expected)


def test_too_many_values_are_refused() -> None:
    # one byte that is seen many times: nothing that large is allocated
    many = np.lib.stride_tricks.as_strided(np.zeros(1, np.uint8), ((1 << 32) + 1,), (0,))
    with pytest.raises(ValueError, match="at most 4294967296 can be shuffled"):
        shuffling.shuffle(many, np.random.PCG64(0))

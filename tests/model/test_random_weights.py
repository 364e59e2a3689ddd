"""Weights drawn anew: their values against a slow reference, their distribution, their storage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtr

import edgeinterp as ei
from edgeinterp.model import random_weights
from edgeinterp.model.manifest import Initializer, read_manifest
from edgeinterp.model.random_weights import (
    RandomModelError,
    drawn_matrix,
    normal_values,
    random_matrix,
    read_matrix,
    shuffled_matrix,
    weight_matrices,
)
from edgeinterp_models import default_model_folder
from tests import reference

Array = NDArray[Any]
RNG = np.random.default_rng(0)
WIDTHS = {"bfloat16": ml_dtypes.bfloat16}


def entry_of(folder: Path, values: Array, dtype: str) -> Initializer:
    values.tofile(folder / "w")
    return Initializer("w", dtype, list(values.shape), "w", 0, values.nbytes)


def unpacked(values: Array, bits: int) -> list[int]:
    return [int(byte) >> place & (1 << bits) - 1 for byte in values.ravel() for place in range(0, 8, bits)]


def expected(numbers: list[float], entry: Initializer, seed: int, whole: bool) -> list[float]:
    return reference.drawn(numbers, random_weights._bits_of(entry, seed), whole)


# a part of 4 numbers ends in the middle of a matrix
@pytest.mark.parametrize("at_once", [4, 1 << 20])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bfloat16"])
def test_floats_equal_the_reference(dtype: str, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random_weights, "_AT_ONCE", at_once)
    kind = np.dtype(WIDTHS.get(dtype, dtype))
    values = RNG.normal(0.3, 2.0, (5, 7)).astype(kind)
    entry = entry_of(tmp_path, values, dtype)
    for seed in range(3):
        found = drawn_matrix(tmp_path, entry, seed)
        assert found.shape == (5, 7)
        numbers = expected([float(value) for value in values.ravel()], entry, seed, False)
        wanted = np.array(numbers).astype(np.float32 if dtype == "bfloat16" else kind).astype(kind)
        close = {"float64": 1e-12, "float32": 2.0**-22, "float16": 2.0**-9, "bfloat16": 2.0**-6}[dtype]
        np.testing.assert_allclose(
            found.ravel().view(kind).astype(np.float64), wanted.astype(np.float64), rtol=close, atol=close
        )


@pytest.mark.parametrize("at_once", [4, 1 << 20])
@pytest.mark.parametrize(("dtype", "bits"), [("int8", 8), ("uint8", 8), ("int16", 8), ("uint8", 4), ("uint8", 2)])
def test_integers_equal_the_reference(
    dtype: str, bits: int, at_once: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random_weights, "_AT_ONCE", at_once)
    limits = np.iinfo(dtype)
    values = RNG.integers(limits.min, limits.max + 1, (5, 7)).astype(dtype)
    entry = entry_of(tmp_path, values, dtype)
    numbers = unpacked(values, bits) if bits < 8 else values.ravel().tolist()
    found = drawn_matrix(tmp_path, entry, 3, bits)
    assert (found.dtype, found.shape) == (values.dtype, values.shape)
    wanted = expected([float(number) for number in numbers], entry, 3, True)
    assert (unpacked(found, bits) if bits < 8 else found.ravel().tolist()) == wanted


def test_bfloat16_is_rounded_to_the_nearest_and_half_way_to_the_even_one() -> None:
    numbers = np.concatenate([RNG.normal(size=1000), 1.0 + np.arange(1, 9) * 2.0**-8, [0.0]])
    stored = random_weights._stored(numbers, "bfloat16", 8)
    np.testing.assert_array_equal(stored, numbers.astype(np.float32).astype(ml_dtypes.bfloat16).view(np.uint16))
    back = random_weights._numbers(stored, "bfloat16", 8)
    np.testing.assert_array_equal(back, stored.view(ml_dtypes.bfloat16).astype(np.float32))


def test_values_are_normal_and_independent() -> None:
    values = normal_values(np.random.PCG64(1), 200_001)
    assert values.size == 200_001
    share = np.arange(1, values.size + 1) / values.size
    # Kolmogorov & Smirnov, quantile .999
    assert np.abs(ndtr(np.sort(values)) - share).max() < 1.95 / np.sqrt(values.size)
    # of neighbours, which come from the same bits, and of their sizes
    for one in (values, np.abs(values)):
        assert abs(np.corrcoef(one[:-1:2], one[1::2])[0, 1]) < 4 / np.sqrt(values.size / 2)
        assert abs(np.corrcoef(one[:-1], one[1:])[0, 1]) < 4 / np.sqrt(values.size)


def test_a_matrix_keeps_its_mean_and_deviation_and_nothing_else() -> None:
    folder = default_model_folder()
    for entry in weight_matrices(folder, read_manifest(folder).initializers):
        before = read_matrix(folder, entry).astype(np.float64)
        after = drawn_matrix(folder, entry, 0).ravel().astype(np.float64)
        # cut to the range of the matrix: no product of 8 bits grows
        assert before.min() <= after.min() <= after.max() <= before.max()
        spread = 5 / np.sqrt(2 * before.size)
        assert abs(after.mean() - before.mean()) < (5 / np.sqrt(before.size) + 0.003) * before.std()
        assert abs(after.std() / before.std() - 1) < 0.004 + spread
        if before.size > 5000:
            assert abs(np.corrcoef(before, after)[0, 1]) < 5 / np.sqrt(before.size)


def test_cutting_4_bits_takes_a_few_hundredths_of_the_deviation(tmp_path: Path) -> None:
    # blocks of 32 weights, each block's largest at the end of the range, as quantisers do it
    weights = RNG.normal(size=(2000, 32))
    scale = np.abs(weights).max(axis=1, keepdims=True) / 7.5
    codes = np.clip(np.rint(weights / scale + 8), 0, 15).astype(np.uint8).ravel()
    entry = entry_of(tmp_path, (codes[::2] | codes[1::2] << 4).reshape(2000, 16), "uint8")
    drawn = np.array(unpacked(drawn_matrix(tmp_path, entry, 0, 4), 4))
    assert drawn.max() == 15
    assert 0.97 < drawn.std() / codes.std() < 1.0


def test_draws_depend_on_name_and_seed_alone(tmp_path: Path) -> None:
    RNG.normal(size=(10, 10)).astype(np.float32).tofile(tmp_path / "w")
    one, other = (Initializer(name, "float32", [10, 10], "w", 0, 400) for name in ("a", "b"))
    first = drawn_matrix(tmp_path, one, 0)
    np.testing.assert_array_equal(first, random_matrix(tmp_path, one, 0, "drawn"))
    assert not np.array_equal(first, drawn_matrix(tmp_path, one, 1))
    assert not np.array_equal(first, drawn_matrix(tmp_path, other, 0))
    np.testing.assert_array_equal(random_matrix(tmp_path, one, 0, "shuffled"), shuffled_matrix(tmp_path, one, 0))


@pytest.mark.parametrize(("dtype", "bits"), [("float8_e4m3fn", 8), ("uint8", None)])
def test_what_is_no_number_cannot_be_drawn(dtype: str, bits: int | None, tmp_path: Path) -> None:
    entry = entry_of(tmp_path, np.arange(64, dtype=np.uint8).reshape(8, 8), dtype)
    with pytest.raises(RandomModelError, match=r"elements of w are no plain numbers .* take shuffled weights$"):
        drawn_matrix(tmp_path, entry, 0, bits)


def test_values_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    values = RNG.normal(size=(4, 4)).astype(np.float32)
    values[1, 2] = np.inf
    with pytest.raises(RandomModelError, match="w has values that are not finite"):
        drawn_matrix(tmp_path, entry_of(tmp_path, values, "float32"), 0)


@pytest.mark.parametrize("kind", ["gaussian", "", None, 3])
def test_a_kind_that_is_not_known(kind: Any) -> None:
    with pytest.raises(ei.InputError, match=r"^kind: .* is not known; choose from shuffled, drawn$"):
        ei.random_model(default_model_folder(), kind=kind)

"""Weight matrices of a model folder: which initializers they are, and their random copies (docs/method.md).

Two kinds of copies:

- ``shuffled``: the elements of a matrix permuted among themselves. It keeps its exact values (mean, variance, extremes)
  and loses their trained positions.
- ``drawn``: every element drawn anew from the normal distribution with the matrix's own mean and standard deviation. It
  loses its tails as well.

A tensor counts as a weight matrix if a node unpacks it as weights (``nodes.element_bits``), or if, by the table of
initializers alone, it

- has at least two dimensions above 1 (a row of one vector is a vector);
- has a floating type, or an integer type of quantised weights (4, 8 or 16 bits). Wider integers are indices and
  tables of positions, ``bool`` is a mask;
- is not the scale or zero point of another tensor (blockwise quantisation keeps those as matrices): its name is
  ``X_scale`` or ``X_zero_point``, and an integer tensor's name begins with ``X``;
- is not a fixed table: at most two different values (a mask), or sines and cosines of positions (floating, nothing
  outside -1..1, and a first row of zeros and ones only: position 0). Quantised sines look like weights and become
  random.

An initializer with several uses stays tied. A second copy that the exporter stored, transposed or not, has its own name
and is made on its own.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeinterp_kernels.shuffling import shuffle

from ..errors import InputError
from .manifest import Initializer

__all__ = [
    "DRAWN",
    "RANDOM_WEIGHTS",
    "SHUFFLED",
    "RandomModelError",
    "drawn_matrix",
    "known_kind",
    "normal_values",
    "random_matrix",
    "read_matrix",
    "shuffled_matrix",
    "weight_matrices",
]

# the kinds of random weights, in words
SHUFFLED, DRAWN = "shuffled", "drawn"
RANDOM_WEIGHTS = {SHUFFLED: "shuffled weights", DRAWN: "newly drawn weights"}

_FLOATS = {
    "float16": "<f2",
    "float32": "<f4",
    "float64": "<f8",
    "bfloat16": "<u2",
    "float8_e4m3fn": "u1",
    "float8_e4m3fnuz": "u1",
    "float8_e5m2": "u1",
    "float8_e5m2fnuz": "u1",
    "float8_e8m0fnu": "u1",
}
_INTEGERS = {"int8": "i1", "uint8": "u1", "int16": "<i2", "uint16": "<u2"}
# several elements to the byte: their bytes could be shuffled, but onnxruntime does not accept them
_PACKED = ("int4", "uint4", "float4_e2m1fn", "int2", "uint2")
_EIGHT_BIT_FLOATS = tuple(name for name in _FLOATS if name.startswith("float8"))
# values that are drawn at once
_AT_ONCE = 1 << 20
_COMPANIONS = ("_scale", "_scales", "_zero_point", "_zero_points", "_zp")

Matrix = NDArray[Any]


class RandomModelError(InputError):
    """The control cannot be made for this model; ``reason`` is one line for results, without the folder's path."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"{folder}: no random model: {reason}")
        self.reason = reason


def weight_matrices(folder: Path, initializers: list[Initializer], unpacked: Collection[str] = ()) -> list[Initializer]:
    """Return the entries of a model's table that are weight matrices (rules: see the module).

    Parameters
    ----------
    folder : Path
        The model folder; its values distinguish masks and tables of sines from weights.
    initializers : list of Initializer
        The manifest's table.
    unpacked : collection of str
        Names of those that a node unpacks as weights, which may store a matrix as one row of bytes.

    Raises
    ------
    RandomModelError
        Where a weight matrix cannot be replaced: it would silently stay unchanged.
    """
    found = []
    for entry in initializers:
        if entry.name not in unpacked and not _may_be_weight(entry, initializers):
            continue
        if entry.file is None:
            raise RandomModelError(folder, f"the values of {entry.name} do not lie in one run; export the model again")
        if entry.dtype in _PACKED:
            raise RandomModelError(folder, f"{entry.name} is {entry.dtype}, which onnxruntime cannot be given anew")
        if not _is_fixed_table(folder, entry):
            found.append(entry)
    return found


def read_matrix(folder: Path, entry: Initializer, most: int | None = None) -> Matrix:
    """Return a flat copy of an initializer's values; types unknown to NumPy become integers of their size.

    ``most`` limits the number of values. The file is read, not mapped: mapped pages would count as memory beside the
    copy.
    """
    assert entry.file is not None
    storage = np.dtype((_FLOATS | _INTEGERS)[entry.dtype])
    count = entry.length // storage.itemsize
    count = count if most is None else min(count, most)
    try:
        values = np.fromfile(folder / entry.file, storage, count, offset=entry.offset)
    except OSError as error:
        raise InputError(f"{folder / entry.file}: cannot be read ({error.strerror})") from None
    if values.size != count:
        raise InputError(f"{folder / entry.file}: ends before {entry.name} does; export the model again")
    return values


def known_kind(name: str, kind: Any) -> str:
    """Return one of ``RANDOM_WEIGHTS``.

    Raises
    ------
    InputError
        Where ``kind`` is none; ``name`` is the argument's.
    """
    if not isinstance(kind, str) or kind not in RANDOM_WEIGHTS:
        raise InputError(f"{name}: {kind!r} is not known; choose from {', '.join(RANDOM_WEIGHTS)}")
    return kind


def random_matrix(folder: Path, entry: Initializer, seed: int, kind: str, bits: int | None = 8) -> Matrix:
    """Return a random copy of a weight matrix, of one of ``RANDOM_WEIGHTS``; ``bits`` as in ``drawn_matrix``."""
    return drawn_matrix(folder, entry, seed, bits) if kind == DRAWN else shuffled_matrix(folder, entry, seed)


def shuffled_matrix(folder: Path, entry: Initializer, seed: int) -> Matrix:
    """Return a weight matrix with its elements permuted among themselves.

    Parameters
    ----------
    folder : Path
    entry : Initializer
        One of ``weight_matrices``.
    seed : int

    Returns
    -------
    ndarray of the entry's shape
        bfloat16 and 8-bit floats as unsigned integers of their size.
    """
    values = read_matrix(folder, entry)
    shuffle(values, _bits_of(entry, seed))
    return values.reshape(entry.shape)


def drawn_matrix(folder: Path, entry: Initializer, seed: int, bits: int | None = 8) -> Matrix:
    """Return a matrix with every element drawn anew: N(m, s^2), m and s the mean and deviation of the matrix's own.

    Integers of quantised weights are drawn as they are stored, rounded, and cut to the least and the largest of the
    matrix; scales and zero points stay. So no sum of 8-bit products grows beyond what the trained weights can give
    (on processors without VNNI it would saturate). The cut takes about .1 % off the deviation of 8-bit weights, and 1
    to 4 % off that of 4-bit ones.

    Parameters
    ----------
    folder : Path
    entry : Initializer
        One of ``weight_matrices``.
    seed : int
    bits : int or None
        Of an element, where several of them share a byte; None where they are no plain numbers.

    Returns
    -------
    ndarray of the entry's shape
        bfloat16 as unsigned integers of its size.

    Raises
    ------
    RandomModelError
        Where elements are no plain numbers, or not finite.
    """
    if bits is None or entry.dtype in _EIGHT_BIT_FLOATS:
        raise RandomModelError(
            folder,
            f"elements of {entry.name} are no plain numbers (entries of a table, 8-bit floats, or bits across bytes), "
            "so that none can be drawn; take shuffled weights",
        )
    values = read_matrix(folder, entry)
    parts = [values[at : at + _AT_ONCE] for at in range(0, values.size, _AT_ONCE)]
    mean, deviation, least, largest = _moments(parts, entry.dtype, bits)
    if not np.isfinite(deviation):
        raise RandomModelError(folder, f"{entry.name} has values that are not finite; export the model again")
    stream = _bits_of(entry, seed)
    for part in parts:
        drawn = mean + deviation * normal_values(stream, part.size * (8 // bits))
        part[:] = _stored(drawn.clip(least, largest), entry.dtype, bits)
    return values.reshape(entry.shape)


def normal_values(stream: np.random.PCG64, count: int) -> NDArray[np.float64]:
    """Draw from the standard normal distribution, two values from every 64 bits (Box & Muller 1958).

    NumPy keeps its bit streams across versions, but not what it makes of them.
    """
    raw = stream.random_raw((count + 1) // 2)
    radius = np.sqrt(-2.0 * np.log(((raw >> np.uint64(32)) + 0.5) / 2.0**32))
    angle = (raw & np.uint64(0xFFFFFFFF)) * (2.0 * np.pi / 2.0**32)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()[:count]


def _bits_of(entry: Initializer, seed: int) -> np.random.PCG64:
    """Return the stream of bits of one matrix, whatever was drawn before."""
    key = int(seed).to_bytes(8, "little", signed=True)
    digest = hashlib.blake2b(entry.name.encode(), digest_size=16, key=key, person=b"random_model").digest()
    return np.random.PCG64(int.from_bytes(digest, "little"))


def _moments(parts: list[Matrix], dtype: str, bits: int) -> tuple[float, float, float, float]:
    """Return mean and deviation of a matrix's numbers, and their limits: its own for integers, none for floats."""
    count = sum(part.size for part in parts) * (8 // bits)
    # what is not finite is refused by its caller
    with np.errstate(invalid="ignore"):
        mean = sum(float(_numbers(part, dtype, bits).sum(dtype=np.float64)) for part in parts) / count
        from_mean = (np.subtract(_numbers(part, dtype, bits), mean, dtype=np.float64) for part in parts)
        deviation = math.sqrt(sum(float(np.square(part).sum()) for part in from_mean) / count)
    if dtype in _FLOATS:
        return mean, deviation, -math.inf, math.inf
    ends = [(int(numbers.min()), int(numbers.max())) for numbers in (_numbers(part, dtype, bits) for part in parts)]
    return mean, deviation, min(low for low, _ in ends), max(high for _, high in ends)


def _numbers(stored: Matrix, dtype: str, bits: int) -> Matrix:
    """Return the numbers that values of a file stand for, in their order."""
    if dtype == "bfloat16":
        return (stored.astype(np.uint32) << np.uint32(16)).view(np.float32)
    if bits == 8:
        return stored
    places = np.arange(0, 8, bits, dtype=np.uint8)
    return ((stored[:, None] >> places) & np.uint8((1 << bits) - 1)).ravel()


def _stored(numbers: NDArray[np.float64], dtype: str, bits: int) -> Matrix:
    """Return numbers as a file stores them: the reverse of ``_numbers``, whole numbers for integers."""
    if dtype == "bfloat16":
        whole = numbers.astype(np.float32).view(np.uint32)
        # to the nearest, and half way to the even one
        return ((whole + np.uint32(0x7FFF) + ((whole >> np.uint32(16)) & np.uint32(1))) >> np.uint32(16)).astype("<u2")
    if dtype in _FLOATS:
        return numbers.astype(_FLOATS[dtype])
    found: Matrix = np.rint(numbers).astype(_INTEGERS[dtype])
    if bits == 8:
        return found
    places = np.arange(0, 8, bits, dtype=np.uint8)
    packed: Matrix = np.bitwise_or.reduce(found.reshape(-1, 8 // bits) << places, axis=1)
    return packed


def _may_be_weight(entry: Initializer, table: list[Initializer]) -> bool:
    """Tell whether dimensions, type and name allow a weight matrix."""
    if sum(size > 1 for size in entry.shape) < 2 or 0 in entry.shape:
        return False
    if entry.dtype not in _FLOATS and entry.dtype not in _INTEGERS and entry.dtype not in _PACKED:
        return False
    stems = [entry.name.removesuffix(ending) for ending in _COMPANIONS if entry.name.endswith(ending)]
    return not any(
        other.name != entry.name
        and other.name.startswith(stem)
        and not other.name.endswith(_COMPANIONS)
        and (other.dtype in _INTEGERS or other.dtype in _PACKED)
        for stem in stems
        for other in table
    )


def _is_fixed_table(folder: Path, entry: Initializer) -> bool:
    """Tell whether the values are a mask, or sines and cosines of positions."""
    width = entry.shape[-1]
    # the first values settle nearly every matrix
    start = read_matrix(folder, entry, most=max(width, 64))
    real = entry.dtype in ("float16", "float32", "float64")
    sines = real and bool(np.isin(start[:width], (0, 1)).all()) and 0 < np.count_nonzero(start[:width]) < width
    if not sines and np.unique(start).size > 2:
        return False
    values = read_matrix(folder, entry)
    low, high = values.min(), values.max()
    return bool((sines and low >= -1 and high <= 1) or ((values == low) | (values == high)).all())

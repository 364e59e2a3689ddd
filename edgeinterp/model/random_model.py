"""The ``random_model`` control (docs/method.md): the same graph and tokenizer, every weight matrix shuffled.

The elements of each matrix are permuted among themselves. A matrix keeps its exact values (mean, variance, extremes)
and loses their trained positions. Biases, gains, scales, zero points, masks and untrained tables stay unchanged.
Nothing is written to disk: onnxruntime receives the shuffled copies.

A tensor counts as a weight matrix, by the table of initializers alone, if it

- has at least two dimensions above 1 (a row of one vector is a vector);
- has a floating type, or an integer type of quantised weights (4, 8 or 16 bits). Wider integers are indices and
  tables of positions, ``bool`` is a mask;
- is not the scale or zero point of another tensor (blockwise quantisation keeps those as matrices): its name is
``X_scale`` or ``X_zero_point``, and an integer tensor's name begins with ``X``; - is not a fixed table: at most two
different values (a mask), or sines and cosines of positions (floating, nothing
  outside -1..1, and a first row of zeros and ones only: position 0). Quantised sines look like weights and are
  shuffled.

An initializer with several uses stays tied. A second copy that the exporter stored, transposed or not, has its own name
and is shuffled independently.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeinterp_kernels.shuffling import shuffle

from ..errors import InputError
from ..runtime.arguments import random_number
from ..runtime.threads import thread_count
from .activations import EncodedText
from .files import OpenTokenizer, open_session
from .manifest import PROJECTIONS, Initializer
from .model import Model, load
from .onnx_file import read_onnx
from .outputs import Fixed

__all__ = ["RandomModel", "RandomModelError", "load_random", "random_model", "shuffled_matrix", "weight_matrices"]

PROBE = "the quick brown fox jumps over the lazy dog while seven small birds watch from an old stone wall"
# least difference of a hidden state from the real model's, relative to the largest value there
SMALLEST_DIFFERENCE = 1e-3

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
# type numbers of onnx.proto, for types that NumPy does not have
_ONNX_TYPES = {
    "bfloat16": 16,
    "float8_e4m3fn": 17,
    "float8_e4m3fnuz": 18,
    "float8_e5m2": 19,
    "float8_e5m2fnuz": 20,
    "float8_e8m0fnu": 24,
}
_COMPANIONS = ("_scale", "_scales", "_zero_point", "_zero_points", "_zp")

Matrix = NDArray[Any]


class RandomModelError(InputError):
    """The control cannot be made for this model; ``reason`` is one line for results, without the folder's path."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"{folder}: no random model: {reason}")
        self.reason = reason


class RandomModel(Model):
    """Run a model with shuffled weights through the interface of ``Model``; ``load_random`` makes one.

    ``manifest`` and ``sha256`` are those of the real model.

    Attributes
    ----------
    seed : int
        Key of the shuffling.
    shuffled : list of str
        Names of the initializers that were shuffled.
    """

    def __init__(self, frame: _Frame, seed: int, threads: int) -> None:
        # not Model's constructor: the folder was checked when the real model was opened
        self.folder = frame.folder
        self.manifest = frame.manifest
        self.threads = threads
        self.seed = seed
        self._own_tokenizer, self._special_ids = frame.tokenizer, frame.special_ids
        self._vocabulary, self._inputs = frame.vocabulary, frame.inputs
        overrides = _overrides(frame.folder, frame.entries, seed)
        self.shuffled = list(overrides)
        self._session = open_session(self.folder / "model.onnx", self.threads // self._workers, overrides)
        self._fixed = Fixed()
        # onnxruntime reads these arrays in place for the lifetime of the session
        self._overrides = overrides

    def _own_weights(self) -> dict[str, Any]:
        return self._overrides

    def _weights_of_projections(self) -> dict[str, Any]:
        there = {entry.name for entry in read_onnx(self.folder / PROJECTIONS).initializers}
        return {name: value for name, value in self._overrides.items() if name in there}


@dataclass(frozen=True)
class _Frame:
    """Hold the parts of the real model that a random model reuses, without its session."""

    folder: Path
    manifest: Any
    tokenizer: OpenTokenizer
    special_ids: Any
    vocabulary: int | None
    inputs: set[str]
    entries: list[Initializer]
    probe: EncodedText
    expected: list[NDArray[np.float32]]


def load_random(model: Model | str | Path, seed: int, threads: int | None = None) -> RandomModel:
    """Open a model with the elements of every weight matrix shuffled.

    The permutation of a matrix is that of NumPy's ``Generator(PCG64)`` (of NumPy 2.4; written down in
    ``edgeinterp_kernels.shuffling``), seeded by a hash of the seed and the initializer's name. It does not depend on
    order, threads or earlier draws.

    Parameters
    ----------
    model : Model, str or Path
        The real model, which stays open and unchanged, or its folder: then the real model is opened for one short text,
        and closed before the random one is opened. Memory: one copy of the matrices, and a session. Of a random model,
        one that differs from it.
    seed : int
        Another seed, another random model.
    threads : int, optional
        Threads for onnxruntime; by default those of ``model``, or every core this process may use.

    Returns
    -------
    RandomModel

    Raises
    ------
    RandomModelError
        Where the folder lists no weights or a weight matrix cannot be replaced; where the random model does not differ
        from the real one in every hidden state, is not finite, or is the same at every position.
    InputError
        Where the folder cannot be loaded at all.

    Examples
    --------
    >>> import edgeinterp_models
    >>> from edgeinterp.model.random_model import load_random
    >>> random = load_random(edgeinterp_models.default_model_folder(), seed=0)
    >>> random.manifest.layers, len(random.shuffled)
    (6, 39)
    """
    real = load(model, threads) if isinstance(model, str | Path) else model
    threads = real.threads if threads is None else thread_count(threads)
    frame = _frame(real)
    # the last reference, where this function opened the model
    del real
    random = RandomModel(frame, seed, threads)
    _check_random(random, frame)
    return random


def random_model(model: Model | str | Path, random_state: Any = 0, *, threads: int | None = None) -> RandomModel:
    """Open a model with the elements of every weight matrix shuffled: the null of arXiv 2512.18792.

    Parameters
    ----------
    model : Model, str or Path
        The real model, which stays open and unchanged, or its folder.
    random_state : int, NumPy generator or None
        Each number gives another random model.
    threads : int, optional
        By default those of ``model``, or every core this process may use.

    Returns
    -------
    RandomModel
        With the interface of ``Model``: ``encode``, ``activations``.

    Raises
    ------
    InputError
        Where the folder cannot be loaded or its weights cannot be shuffled, and where the random model is of no use:
        not finite, the same at every position, or equal to the real model in some hidden state.

    Examples
    --------
    >>> import edgeinterp as ei, edgeinterp_models
    >>> ei.random_model(edgeinterp_models.default_model_folder(), random_state=1).seed
    1
    """
    return load_random(model, random_number("random_state", random_state), threads)


def weight_matrices(folder: Path, initializers: list[Initializer]) -> list[Initializer]:
    """Return the entries of a model's table that are weight matrices (rules: see the module).

    Parameters
    ----------
    folder : Path
        The model folder; its values distinguish masks and tables of sines from weights.
    initializers : list of Initializer
        The manifest's table.

    Raises
    ------
    RandomModelError
        Where a weight matrix cannot be replaced: it would silently stay unchanged.
    """
    found = []
    for entry in initializers:
        if not _may_be_weight(entry, initializers):
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
    key = int(seed).to_bytes(8, "little", signed=True)
    digest = hashlib.blake2b(entry.name.encode(), digest_size=16, key=key, person=b"random_model").digest()
    shuffle(values, np.random.PCG64(int.from_bytes(digest, "little")))
    return values.reshape(entry.shape)


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


def _frame(real: Model) -> _Frame:
    folder, table = real.folder, real.manifest.initializers
    if not table:
        raise RandomModelError(folder, "the model folder lists no weights; export the model again")
    graph = read_onnx(folder / "model.onnx")
    if table != graph.initializers:
        raise RandomModelError(folder, "the model folder's list of weights is not the model's; export the model again")
    entries = weight_matrices(folder, table)
    if not entries:
        raise RandomModelError(folder, "the model has no weight matrices")
    hidden = weight_matrices(folder, graph.constants)
    if hidden:
        raise RandomModelError(
            folder, f"a weight matrix {hidden[0].shape} stands inside the graph as a constant and cannot be replaced"
        )
    (probe,) = real.encode([PROBE], 32)
    expected = real.run_ids(probe.ids, probe, range(real.manifest.layers + 1))
    return _Frame(
        folder,
        real.manifest,
        real._own_tokenizer,
        real._special_ids,
        real._vocabulary,
        real._inputs,
        entries,
        probe,
        expected,
    )


def _overrides(folder: Path, entries: list[Initializer], seed: int) -> dict[str, Any]:
    return {entry.name: _ort_value(folder, entry, shuffled_matrix(folder, entry, seed)) for entry in entries}


def _ort_value(folder: Path, entry: Initializer, values: Matrix) -> Any:
    """Return an OrtValue over the array's own memory, which it keeps alive."""
    from onnxruntime import OrtValue

    if entry.dtype not in _ONNX_TYPES:
        return OrtValue.ortvalue_from_numpy(values)
    make = getattr(OrtValue, "ortvalue_from_numpy_with_onnx_type", None)
    if make is None:
        raise RandomModelError(folder, f"{entry.name} is {entry.dtype}; a newer onnxruntime is needed to replace it")
    return make(values, _ONNX_TYPES[entry.dtype])


def _check_random(random: RandomModel, frame: _Frame) -> None:
    """Refuse a control that equals the real model, or whose output is useless."""
    layers = range(random.manifest.layers + 1)
    found = random.run_ids(frame.probe.ids, frame.probe, layers)
    for layer, (states, real) in enumerate(zip(found, frame.expected, strict=True)):
        name = f"hidden state {layer}"
        if not np.isfinite(states).all():
            raise RandomModelError(random.folder, f"{name} is not finite once the weights are shuffled")
        if len(states) > 1 and not np.ptp(states, axis=0).any():
            raise RandomModelError(random.folder, f"{name} is the same for every token once the weights are shuffled")
        if np.abs(states - real).max() <= SMALLEST_DIFFERENCE * np.abs(real).max():
            raise RandomModelError(random.folder, f"{name} equals the real model's although the weights are shuffled")

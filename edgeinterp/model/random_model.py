"""The ``random_model`` control (docs/method.md): the same graph and tokenizer, every weight matrix random.

Biases, gains, scales, zero points, masks and untrained tables stay unchanged. Nothing is written to disk: onnxruntime
receives the random copies (``random_weights``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..runtime.arguments import random_number, whole_number
from ..runtime.threads import thread_count
from .activations import EncodedText
from .files import OpenTokenizer, open_session
from .manifest import PROJECTIONS, Initializer
from .model import Model, load
from .nodes import element_bits, first_states, read_nodes
from .onnx_file import read_onnx
from .outputs import Fixed
from .random_weights import (
    RANDOM_WEIGHTS,
    SHUFFLED,
    Matrix,
    RandomModelError,
    known_kind,
    random_matrix,
    weight_matrices,
)

__all__ = ["RandomModel", "RandomModelError", "load_random", "random_model"]

PROBE = "the quick brown fox jumps over the lazy dog while seven small birds watch from an old stone wall"
# least difference of a token's hidden state from the real model's, relative to the largest value there
SMALLEST_DIFFERENCE = 1e-3

# type numbers of onnx.proto, for types that NumPy does not have
_ONNX_TYPES = {
    "bfloat16": 16,
    "float8_e4m3fn": 17,
    "float8_e4m3fnuz": 18,
    "float8_e5m2": 19,
    "float8_e5m2fnuz": 20,
    "float8_e8m0fnu": 24,
}


class RandomModel(Model):
    """Run a model with random weights through the interface of ``Model``; ``load_random`` makes one.

    ``manifest`` and ``sha256`` are those of the real model.

    Attributes
    ----------
    seed : int
        Key of all that is random.
    kind : str
        ``shuffled`` or ``drawn``.
    trained_layers : int or None
        The last hidden state that is the trained model's; None where none is.
    replaced : list of str
        Names of the initializers that are random.
    """

    def __init__(self, frame: _Frame, seed: int, threads: int) -> None:
        # not Model's constructor: the folder was checked when the real model was opened
        self.folder = frame.folder
        self.manifest = frame.manifest
        self.threads = threads
        self.seed, self.kind, self.trained_layers = seed, frame.kind, frame.trained_layers
        self._own_tokenizer, self._special_ids = frame.tokenizer, frame.special_ids
        self._vocabulary, self._inputs = frame.vocabulary, frame.inputs
        overrides = _overrides(frame, seed)
        self.replaced = list(overrides)
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
    kind: str
    trained_layers: int | None
    # of an element, of tensors that hold several in a byte; None where elements are no numbers
    bits: dict[str, int | None]


def load_random(
    model: Model | str | Path,
    seed: int,
    threads: int | None = None,
    kind: str = SHUFFLED,
    trained_layers: int | None = None,
) -> RandomModel:
    """Open a model with random weight matrices, of one of ``random_weights.RANDOM_WEIGHTS``.

    The permutation of a matrix is that of NumPy's ``Generator(PCG64)`` (of NumPy 2.4; written down in
    ``edgeinterp_kernels.shuffling``), and its draws are made of the same bits; both are seeded by a hash of the seed
    and the initializer's name. They do not depend on order, threads or earlier draws.

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
    kind, trained_layers
        As in ``random_model``.

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
    >>> random.manifest.layers, len(random.replaced)
    (6, 39)
    """
    known_kind("kind", kind)
    real = load(model, threads) if isinstance(model, str | Path) else model
    threads = real.threads if threads is None else thread_count(threads)
    if trained_layers is not None:
        trained_layers = whole_number("trained_layers", trained_layers, 0, real.manifest.layers - 1)
    frame = _frame(real, kind, trained_layers)
    # the last reference, where this function opened the model
    del real
    random = RandomModel(frame, seed, threads)
    _check_random(random, frame)
    return random


def random_model(
    model: Model | str | Path,
    random_state: Any = 0,
    *,
    kind: str = SHUFFLED,
    trained_layers: int | None = None,
    threads: int | None = None,
) -> RandomModel:
    """Open a model with random weight matrices: the null of arXiv 2512.18792.

    What counts as random matters (arXiv 2501.17727): a shuffled matrix keeps its exact values, a drawn one its mean and
    deviation alone. At either, nearly every hidden state still identifies its input (arXiv 2510.15511).

    Parameters
    ----------
    model : Model, str or Path
        The real model, which stays open and unchanged, or its folder.
    random_state : int, NumPy generator or None
        Each number gives another random model.
    kind : str
        ``shuffled``: the elements of every matrix permuted among themselves. ``drawn``: every element drawn anew from
        the normal distribution with the matrix's own mean and standard deviation; integers of quantised weights are
        rounded and cut to the matrix's own range, which takes little off their deviation, with scales and zero points
        kept.
    trained_layers : int, optional
        K from 0 to L - 1: matrices that hidden states 0..K need stay as they were trained, so that these states are the
        trained model's (exactly, where graph optimisations are off; otherwise up to rounding), and those above are not.
        Tied or shared matrices count for the first state that needs them. By default every matrix is random.
    threads : int, optional
        By default those of ``model``, or every core this process may use.

    Returns
    -------
    RandomModel
        With the interface of ``Model``: ``encode``, ``activations``.

    Raises
    ------
    InputError
        Where the folder cannot be loaded or its weights cannot be made random, where layers share their matrices so
        that ``trained_layers`` cannot keep some, and where the random model is of no use: not finite, the same at every
        position, or equal to the real model in some hidden state that should differ.

    Examples
    --------
    >>> import edgeinterp as ei, edgeinterp_models
    >>> ei.random_model(edgeinterp_models.default_model_folder(), random_state=1).seed
    1
    >>> half = ei.random_model(edgeinterp_models.default_model_folder(), kind="drawn", trained_layers=3)
    >>> half.kind, half.trained_layers, len(half.replaced)
    ('drawn', 3, 18)
    """
    return load_random(model, random_number("random_state", random_state), threads, kind, trained_layers)


def _frame(real: Model, kind: str, trained_layers: int | None) -> _Frame:
    folder, table = real.folder, real.manifest.initializers
    if not table:
        raise RandomModelError(folder, "the model folder lists no weights; export the model again")
    graph = read_onnx(folder / "model.onnx")
    if table != graph.initializers:
        raise RandomModelError(folder, "the model folder's list of weights is not the model's; export the model again")
    nodes = read_nodes(folder / "model.onnx")
    bits = element_bits(nodes)
    entries = weight_matrices(folder, table, bits)
    if not entries:
        raise RandomModelError(folder, "the model has no weight matrices")
    hidden = weight_matrices(folder, graph.constants)
    if hidden:
        raise RandomModelError(
            folder, f"a weight matrix {hidden[0].shape} stands inside the graph as a constant and cannot be replaced"
        )
    if trained_layers is not None:
        entries = _above(folder, entries, first_states(nodes, real.manifest.layers), trained_layers)
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
        kind,
        trained_layers,
        bits,
    )


def _above(folder: Path, entries: list[Initializer], first: dict[str, int], trained: int) -> list[Initializer]:
    """Return the matrices that no hidden state up to ``trained`` needs."""
    beyond = max(first.values()) + 1
    above = [entry for entry in entries if first.get(entry.name, beyond) > trained]
    without = set(range(trained + 1, beyond)) - {first.get(entry.name) for entry in above}
    if without:
        raise RandomModelError(
            folder,
            f"no weight matrix is layer {min(without)}'s alone (layers share theirs), so that none can stay trained",
        )
    return above


def _overrides(frame: _Frame, seed: int) -> dict[str, Any]:
    found = {}
    for entry in frame.entries:
        values = random_matrix(frame.folder, entry, seed, frame.kind, frame.bits.get(entry.name, 8))
        found[entry.name] = _ort_value(frame.folder, entry, values)
    return found


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
    """Refuse a control that equals the real model where it must not, or whose output is useless."""
    layers, words = range(random.manifest.layers + 1), RANDOM_WEIGHTS[random.kind]
    ids, probe, expected = frame.probe.ids, frame.probe, frame.expected
    found = random.run_ids(ids, probe, layers)
    trained = 0 if random.trained_layers is None else random.trained_layers + 1
    if trained:
        # the trained model without graph optimisations, as random models run: not even rounding differs
        expected = RandomModel(replace(frame, entries=[]), random.seed, random.threads).run_ids(ids, probe, layers)
    for layer, (states, real) in enumerate(zip(found, expected, strict=True)):
        name = f"hidden state {layer}"
        if layer < trained:
            if not np.array_equal(states, real):
                raise RandomModelError(random.folder, f"{name} is not the trained model's with {words} above it")
            continue
        if not np.isfinite(states).all():
            raise RandomModelError(random.folder, f"{name} is not finite with {words}")
        if len(states) > 1 and not np.ptp(states, axis=0).any():
            raise RandomModelError(random.folder, f"{name} is the same for every token with {words}")
        # of each token: the huge values that some tokens have are none of the others'
        least = SMALLEST_DIFFERENCE * np.abs(real).max(axis=1)
        if (np.abs(states - real).max(axis=1) <= least).all():
            raise RandomModelError(random.folder, f"{name} equals the real model's in spite of {words}")

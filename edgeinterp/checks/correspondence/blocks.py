"""Batches of texts: checked, split into texts, and joined into blocks for matrix products."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...runtime.arguments import flags, one_by_one, real_array, whole_array
from ...statistics.content import content_key
from .linear_map import FittedLayer

__all__ = [
    "Batch",
    "Block",
    "SwappedText",
    "Text",
    "fills_a_block",
    "mapped",
    "retrieval_hits",
    "single_precision",
    "unit",
]

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]
T = TypeVar("T")

# rows multiplied at once: enough for a fast matrix product, few enough to keep memory flat
BLOCK_TOKENS = 256
# largest magnitude of a value: squares of larger ones overflow single precision
LARGEST = np.float32(1e15)
# below this magnitude throughout, squares of states underflow
SMALLEST = np.float32(1e-15)
# of a token, and tokens of a text
LARGEST_ID = (1 << 31) - 1
# batches up to this many values are copied into one array rather than processed layer by layer
FEW = 1 << 18


@dataclass(frozen=True)
class Text:
    """One text's tokens that are not special: states by layer (tokens, d), ids, positions in the text."""

    key: int
    states: list[Floats]
    ids: Integers
    positions: Integers


@dataclass(frozen=True)
class SwappedText:
    """Copy of a text with two tokens swapped, for the ``swap`` control.

    Attributes
    ----------
    text : int
        Index of the text among ``lengths``; it must be in the evaluation half.
    positions : tuple of int
        Indices of the two tokens in the text.
    hidden_states : ndarray, shape (L + 1, tokens of the text, d)
        Hidden states of the copy.
    """

    text: int
    positions: tuple[int, int]
    hidden_states: NDArray[np.floating] | Sequence[NDArray[np.floating]]


def fills_a_block(texts: list[Text]) -> bool:
    """Tell whether texts have enough tokens for a fast matrix product."""
    return sum(text.ids.size for text in texts) >= BLOCK_TOKENS


def single_precision(name: str, given: ArrayLike) -> Floats:
    """Return real numbers in float32; values too large for it become infinite, and are refused later."""
    with np.errstate(over="ignore"):
        return real_array(name, given).astype(np.float32, copy=False)


def _surely_finite(states: list[Floats]) -> bool:
    """Tell whether a sum of squares rules out NaN, infinite and too large values."""
    flat = [rows.ravel() for rows in states]
    if sum(rows.size for rows in flat) <= FEW:
        flat = [np.concatenate(flat)]
    with np.errstate(over="ignore", invalid="ignore"):
        return all(np.dot(rows, rows) < LARGEST**2 for rows in flat)


@dataclass(frozen=True)
class Batch:
    """Concatenated texts: ``states`` by layer (tokens, d), and their ids, lengths and special tokens."""

    states: list[Floats]
    ids: Integers
    sizes: NDArray[np.int64]
    special: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        hidden_states: NDArray[np.floating] | Sequence[NDArray[np.floating]],
        token_ids: ArrayLike,
        lengths: ArrayLike,
        special_tokens_mask: ArrayLike | None,
    ) -> Batch:
        """Check that shapes agree and every value is finite; InputError names the fault."""
        ids = whole_array("token_ids", token_ids, LARGEST_ID).astype(np.int32)
        sizes = whole_array("lengths", lengths, LARGEST_ID)
        mask = np.zeros(ids.shape, dtype=bool) if special_tokens_mask is None else special_tokens_mask
        special = flags("special_tokens_mask", mask)
        states = [
            single_precision(f"hidden_states, layer {layer}", rows)
            for layer, rows in enumerate(one_by_one("hidden_states", hidden_states, "arrays of shape (tokens, d)"))
        ]
        if not states or any(rows.ndim != 2 or rows.shape != (ids.size, states[0].shape[1]) for rows in states):
            shapes = [rows.shape for rows in states[:2]]
            raise InputError(f"hidden_states: arrays of shape {shapes}, expected (L + 1, {ids.size} tokens, d)")
        counts = {int(sizes.sum()), ids.size, special.size}
        if special.ndim != 1 or len(counts) > 1:
            raise InputError(
                f"lengths add up to {sizes.sum()}, token_ids have {ids.size}, special_tokens_mask {special.size}: "
                "expected the same number of tokens in each"
            )
        if not _surely_finite(states):
            for layer, rows in enumerate(states):
                if not np.all(np.abs(rows) <= LARGEST):
                    raise InputError(f"hidden_states: layer {layer} has values that are not finite or above 1e15")
        for layer, rows in enumerate(states):
            # such a first row is rare, and reading one costs nothing
            if 0 < np.abs(rows[:1]).max(initial=0) < SMALLEST and np.abs(rows).max() < SMALLEST:
                raise InputError(f"hidden_states: layer {layer} has no value above 1e-15; give them in a larger unit")
        return cls(states, ids, sizes, special)

    def of_a_model(self) -> Batch:
        """Return it as it is; InputError where it has one hidden state alone, by which no attention layer is judged."""
        if len(self.states) < 2:
            raise InputError(
                "hidden_states: 1 array, expected L + 1, those of hidden states 0 to L: a model of L attention layers "
                "has at least two, and each layer is judged by the hidden state that it reads"
            )
        return self

    @property
    def spans(self) -> list[slice]:
        """Return the slice of each text."""
        ends = np.cumsum(self.sizes)
        return [slice(int(end - size), int(end)) for end, size in zip(ends, self.sizes, strict=True)]

    def only(self, span: slice) -> Batch:
        """Return one text as a batch, without copying."""
        size = np.array([span.stop - span.start])
        return Batch([rows[span] for rows in self.states], self.ids[span], size, self.special[span])

    def texts(self, seed: int) -> list[Text]:
        """Split into texts without their special tokens."""
        texts = []
        for span in self.spans:
            positions = np.flatnonzero(~self.special[span]).astype(np.int32)
            places: slice | NDArray[np.int64] = span.start + positions.astype(np.int64)
            if positions.size and positions[-1] - positions[0] == positions.size - 1:
                places = slice(span.start + int(positions[0]), span.start + int(positions[-1]) + 1)
            # one array for all layers: each call lets another thread run first. Copy: pending texts outlive this batch
            states = list(np.stack([rows[places] for rows in self.states]))
            texts.append(Text(content_key(self.ids[span], seed), states, self.ids[span][positions], positions))
        return texts


class Block:
    """Evaluated texts side by side, so that each layer's map is applied in one product.

    Attributes
    ----------
    texts : list of Text
        The texts.
    ends : ndarray of int64, shape (texts + 1,)
        Start of each text's tokens, and the end of the last text.
    groups : ndarray of int32, shape (tokens,)
        Index of the first token of the same text with an identical reference.
    """

    def __init__(self, texts: list[Text], successor: Text | None, reference: FittedLayer) -> None:
        from edgeinterp_kernels.retrieval import reference_groups

        self.texts = texts
        everyone = texts if successor is None else [*texts, successor]
        self._ends = np.concatenate([[0], np.cumsum([text.ids.size for text in everyone])])
        self._positions = np.concatenate([text.positions for text in everyone])
        self._ids = np.concatenate([text.ids for text in everyone])
        own = np.concatenate([text.states[0] for text in everyone])
        self.ends = self._ends[: len(texts) + 1]
        self.tokens = int(self.ends[-1])
        self.groups = reference_groups(own[: self.tokens], self.ends, self._ids[: self.tokens])
        centred = unit(reference.centring(own, self._positions))
        # candidates by map: (maps, tokens, d)
        self._candidates = np.stack([unit(own), centred, centred])
        # one array for all layers: allocating memory costs as much as the work in it
        self._queries = np.empty((3, self.tokens, own.shape[1]), dtype=np.float32)

    def queries(self, layer: int, fitted: FittedLayer) -> Floats:
        """Return the block's queries under each map, shape (maps, tokens, d); the next call overwrites them."""
        raw, centred, linear = self._queries
        np.concatenate([text.states[layer] for text in self.texts], out=raw)
        np.subtract(raw, fitted.centring.of(self._positions[: self.tokens]), out=centred)
        if fitted.weights is None:
            linear[:] = centred
        else:
            np.matmul(centred, fitted.weights, out=linear)
        return self._queries

    def retrieve(self, queries: Floats) -> tuple[Integers, NDArray[np.float64]]:
        """Return the candidate that each query retrieves in its text, and sums by text; see ``score_texts``."""
        from edgeinterp_kernels.retrieval import score_texts

        similarities = self._similarities(queries, self._candidates, 0)
        return score_texts(similarities, self.ends, self._ids[: self.tokens], self.groups, len(queries))

    def foreign(self, queries: Floats) -> tuple[NDArray[np.int64], int]:
        """Count queries, raw and linear, that retrieve their own position in the next text, and all queries."""
        from edgeinterp_kernels.retrieval import foreign_hits

        similarities = self._similarities(queries[::2], self._candidates[::2], 1)
        return foreign_hits(similarities, self._ends, self._positions, self._ids, 2)

    def _similarities(self, queries: Floats, candidates: Floats, ahead: int) -> Floats:
        """Multiply each text's queries with the candidates of the text that many places ahead, flat."""
        sizes = np.diff(self._ends).tolist()
        shapes = list(zip(sizes[: len(self.texts)], sizes[ahead:], strict=False))
        out = np.empty(len(queries) * sum(rows * columns for rows, columns in shapes), dtype=np.float32)
        first = 0
        for text, count, (rows, columns) in _alike(shapes):
            left = _by_text(queries, int(self._ends[text]), count, rows)
            right = _by_text(candidates, int(self._ends[text + ahead]), count, columns)
            last = first + count * len(queries) * rows * columns
            part = out[first:last].reshape(count, len(queries), rows, columns)
            np.matmul(left, right.swapaxes(2, 3), out=part)
            first = last
        return out

    def directions(self, raw: Floats) -> NDArray[np.float64]:
        """Return each text's sum of unit hidden states, shape (texts, d)."""
        # one product: a row a text, with 1 / length at its own tokens
        share = np.zeros((len(self.texts), len(raw)), dtype=np.float32)
        owner = np.repeat(np.arange(len(self.texts)), np.diff(self.ends))
        share[owner, np.arange(len(raw))] = 1.0 / _lengths(raw)
        return (share @ raw).astype(np.float64)


def retrieval_hits(
    texts: Sequence[Text], reference: FittedLayer, maps: Sequence[tuple[int, FittedLayer]]
) -> NDArray[np.int64]:
    """Count the tokens of each text that maps retrieve correctly within the text, shape (texts, maps).

    Parameters
    ----------
    texts : sequence of Text
        None is empty; neighbours of equal length are fastest.
    reference : FittedLayer
        Its centring gives the candidates, from hidden state 0.
    maps : sequence of (int, FittedLayer)
        A hidden state and its map.
    """
    hits = np.zeros((len(texts), len(maps)), dtype=np.int64)
    if not texts:
        return hits
    sizes = [text.ids.size for text in texts]
    ends = np.concatenate([[0], np.cumsum(sizes)])
    positions = np.concatenate([text.positions for text in texts])
    ids = np.concatenate([text.ids for text in texts])
    candidates = unit(reference.centring(np.concatenate([text.states[0] for text in texts]), positions))[None]
    for place, (layer, fitted) in enumerate(maps):
        # one product for all of them
        states = np.concatenate([text.states[layer] for text in texts])
        queries = mapped(fitted, fitted.centring(states, positions))[None]
        for text, count, size in _alike(sizes):
            first = int(ends[text])
            left, right = (_by_text(rows, first, count, size)[:, 0] for rows in (queries, candidates))
            own = ids[first : first + count * size].reshape(count, size)
            retrieved = np.take_along_axis(own, np.argmax(left @ right.swapaxes(1, 2), axis=2), axis=1)
            hits[text : text + count, place] = np.count_nonzero(retrieved == own, axis=1)
    return hits


def _alike(shapes: Iterable[T]) -> Iterator[tuple[int, int, T]]:
    """Yield runs of equal shape: first text, number of texts, shape. Texts are sorted by length, so runs are long."""
    first = 0
    for shape, run in groupby(shapes):
        count = sum(1 for _ in run)
        yield first, count, shape
        first += count


def _by_text(rows: Floats, first: int, texts: int, size: int) -> Floats:
    """Return a view, (texts, maps, size, d), of texts of one size; their rows are contiguous from ``first``."""
    maps, _, width = rows.shape
    return rows[:, first : first + texts * size].reshape(maps, texts, size, width).swapaxes(0, 1)


def unit(rows: Floats) -> Floats:
    """Scale rows to length 1; a row of zeros stays."""
    unit: Floats = rows / _lengths(rows)[:, None]
    return unit


def _lengths(rows: Floats) -> Floats:
    """Return the length of each row, or 1e-30 for a row of zeros."""
    lengths: Floats = np.maximum(np.sqrt(np.einsum("ij,ij->i", rows, rows)), np.float32(1e-30))
    return lengths


def mapped(fitted: FittedLayer, centred: Floats) -> Floats:
    """Apply the linear map; hidden state 0 is the reference itself, so its map is the identity."""
    return centred if fitted.weights is None else centred @ fitted.weights

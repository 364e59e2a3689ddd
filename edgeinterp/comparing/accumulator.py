"""Accumulate differences of hidden states and attentions between two builds of one model, text by text.

docs/method.md has the definitions. ``Differences`` takes plain arrays; ``comparing.activations`` feeds it from two
models.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError
from ..runtime.counting import counted
from .cka import LinearCKA

__all__ = ["Differences", "Extreme", "Sums"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# rows buffered before they are multiplied: a product of few rows costs as much as one of many
WAITING_ROWS = 256


@dataclass(frozen=True, order=True)
class Extreme:
    """The worst value so far; ties go to the text of lowest key, then to the first position and head."""

    badness: float
    key: int
    position: int
    head: int = 0


@dataclass(frozen=True)
class Sums:
    """Sums accumulated by ``Differences``.

    Attributes
    ----------
    keys : ndarray of uint64, shape (texts,)
    tokens, queries : ndarray, shape (texts,)
        Tokens and queries of each text that count.
    cosine, relative : ndarray, shape (texts, states)
        Sums over a text's tokens; no column where widths differ.
    js, agreement : ndarray, shape (texts, layers)
        Sums over a text's queries, means over heads; no column where numbers of heads differ.
    head_js, head_agreement : ndarray, shape (layers, heads)
        Sums over all queries.
    cka : list of float or None
    worst_states, worst_rows : list of Extreme or None
        By hidden state and by attention layer.
    """

    keys: NDArray[np.uint64]
    tokens: Doubles
    queries: Doubles
    cosine: Doubles
    relative: Doubles
    js: Doubles
    agreement: Doubles
    head_js: Doubles
    head_agreement: Doubles
    cka: list[float | None]
    worst_states: list[Extreme | None]
    worst_rows: list[Extreme | None]


class Differences:
    """Accumulate how the activations of two models differ on the same tokens, text by text.

    Memory: 12 bytes x d^2 for each hidden state (``LinearCKA``), the rows of a few texts, and 32 bytes for each text
    and layer. Layers are compared by number; layers that only one model has are not compared.

    Parameters
    ----------
    causal : bool
        Whether a position attends only to itself and earlier positions: the first then has no choice, and is no query.
    """

    def __init__(self, causal: bool = False) -> None:
        self.causal = causal
        # sums of each text in one block each: small arrays between short-lived activations leave holes that the next,
        # longer texts do not fit into
        self._keys = array("Q")
        self._counts = array("d")
        self._states = array("d")
        self._rows = array("d")
        self._cka: list[LinearCKA] = []
        self._waiting: list[tuple[list[Floats], list[Floats]]] = []
        self._waiting_rows = 0
        self._worst_states: list[Extreme | None] = []
        self._worst_rows: list[Extreme | None] = []
        self._heads: Doubles | None = None

    def update(
        self,
        first: tuple[Sequence[NDArray[Any]], Sequence[NDArray[Any]]],
        second: tuple[Sequence[NDArray[Any]], Sequence[NDArray[Any]]],
        key: int,
        special_tokens_mask: ArrayLike,
    ) -> None:
        """Add one text.

        Parameters
        ----------
        first, second : tuple of (hidden states, attentions)
            For each model: a list of (tokens, d) and a list of (heads, tokens, tokens).
        key : int
            Content key of the text, the key of its intervals.
        special_tokens_mask : array_like of bool, shape (tokens,)
            True for tokens that are left out, and are no queries.

        Raises
        ------
        InputError
            Where the numbers of tokens differ.
        """
        tokens = np.flatnonzero(~np.asarray(special_tokens_mask, dtype=bool))
        size = len(np.asarray(special_tokens_mask))
        for states, maps in (first, second):
            if any(len(rows) != size for rows in states) or any(rows.shape[-1] != size for rows in maps):
                raise InputError(f"update: a text of {counted(size, 'token')}, but activations of another number")
        queries = tokens[tokens > 0] if self.causal else tokens
        if not tokens.size:
            return
        self._keys.append(key)
        self._counts.extend((tokens.size, queries.size))
        pairs = [
            (np.asarray(a, np.float32)[tokens], np.asarray(b, np.float32)[tokens])
            for a, b in zip(first[0], second[0], strict=False)
        ]
        self._add_states(pairs, tokens, key)
        self._add_attentions(list(zip(first[1], second[1], strict=False)), queries, key)

    def _add_states(self, pairs: list[tuple[Floats, Floats]], tokens: NDArray[np.int64], key: int) -> None:
        if not self._cka:
            self._cka = [LinearCKA(a.shape[1], b.shape[1]) for a, b in pairs]
            self._waiting = [([], []) for _ in pairs]
            self._worst_states = [None] * len(pairs)
        sums = np.zeros((2, len(pairs)))
        for layer, (a, b) in enumerate(pairs):
            self._waiting[layer][0].append(a)
            self._waiting[layer][1].append(b)
            if a.shape[1] == b.shape[1]:
                cosine, relative = _token_differences(a, b)
                sums[:, layer] = cosine.sum(), relative.sum()
                at = int(np.argmin(cosine))
                worst = Extreme(-float(cosine[at]), -key, -int(tokens[at]))
                self._worst_states[layer] = _worse(self._worst_states[layer], worst)
        self._states.frombytes(sums.tobytes())
        self._waiting_rows += tokens.size
        if self._waiting_rows >= WAITING_ROWS:
            self._flush()

    def _add_attentions(self, pairs: list[tuple[Floats, Floats]], queries: NDArray[np.int64], key: int) -> None:
        sums = np.zeros((2, len(pairs)))
        if not self._worst_rows:
            self._worst_rows = [None] * len(pairs)
        if queries.size and pairs and pairs[0][0].shape[0] == pairs[0][1].shape[0]:
            self._add_maps(pairs, queries, key, sums)
        self._rows.frombytes(sums.tobytes())

    def _add_maps(
        self, pairs: list[tuple[Floats, Floats]], queries: NDArray[np.int64], key: int, sums: Doubles
    ) -> None:
        from edgeinterp_kernels.divergence import attention_differences

        if self._heads is None:
            self._heads = np.zeros((2, len(pairs), pairs[0][0].shape[0]))
        for layer, (a, b) in enumerate(pairs):
            js, agree = attention_differences(a, b, queries)
            sums[:, layer] = js.mean(axis=0).sum(), agree.mean(axis=0).sum()
            self._heads[0, layer] += js.sum(axis=1)
            self._heads[1, layer] += agree.sum(axis=1)
            head, at = np.unravel_index(int(np.argmax(js)), js.shape)
            worst = Extreme(float(js[head, at]), -key, -int(queries[at]), -int(head))
            self._worst_rows[layer] = _worse(self._worst_rows[layer], worst)

    def _flush(self) -> None:
        for cka, (first, second) in zip(self._cka, self._waiting, strict=True):
            if first:
                cka.update(np.concatenate(first), np.concatenate(second))
            first.clear()
            second.clear()
        self._waiting_rows = 0

    def finish(self) -> Sums:
        """Return the sums so far; more texts may follow."""
        self._flush()
        counts = np.array(self._counts, dtype=np.float64).reshape(-1, 2)
        states = np.array(self._states, dtype=np.float64).reshape(len(self._keys), 2, len(self._cka))
        rows = np.array(self._rows, dtype=np.float64).reshape(len(self._keys), 2, len(self._worst_rows))
        widths = len(self._cka) if None not in self._worst_states else 0
        layers = len(self._worst_rows) if self._heads is not None else 0
        heads = np.zeros((2, 0, 0)) if self._heads is None else self._heads
        return Sums(
            keys=np.array(self._keys, dtype=np.uint64),
            tokens=counts[:, 0],
            queries=counts[:, 1],
            cosine=states[:, 0, :widths],
            relative=states[:, 1, :widths],
            js=rows[:, 0, :layers],
            agreement=rows[:, 1, :layers],
            head_js=heads[0],
            head_agreement=heads[1],
            cka=[cka.value() for cka in self._cka],
            worst_states=self._worst_states,
            worst_rows=self._worst_rows,
        )


def _token_differences(a: Floats, b: Floats) -> tuple[Doubles, Doubles]:
    """Return, token by token, the cosine of two states, and their distance over the root mean square of their norms.

    Two zero vectors are equal; a zero vector is orthogonal to any other.
    """
    x, y = a.astype(np.float64), b.astype(np.float64)
    own_x, own_y = np.einsum("ij,ij->i", x, x), np.einsum("ij,ij->i", y, y)
    scale = np.sqrt(own_x * own_y)
    product = np.einsum("ij,ij->i", x, y)
    cosine = np.where(scale > 0.0, product / np.where(scale > 0.0, scale, 1.0), (own_x == own_y).astype(np.float64))
    mean = np.sqrt(0.5 * (own_x + own_y))
    distance = np.sqrt(np.einsum("ij,ij->i", x - y, x - y))
    return np.clip(cosine, -1.0, 1.0), distance / np.where(mean > 0.0, mean, 1.0)


def _worse(held: Extreme | None, found: Extreme) -> Extreme:
    return found if held is None or found > held else held

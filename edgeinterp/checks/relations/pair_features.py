"""Reduce the attention of each pair's sentence to the inputs of ``relations``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...results.relations.controls import PLACES
from ...runtime.arguments import flags, one_by_one, real_array, whole_array
from ...runtime.counting import counted
from ..attention_arrays import checked_attention
from ..missing import Missing
from .places import Span, other_places

__all__ = ["PairFeatures", "between", "id_ranks", "pair_features", "token_columns"]

Array = NDArray[Any]
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class PairFeatures:
    """Result of ``pair_features``, under the names of ``relations``' arguments.

    Attributes
    ----------
    features : ndarray, shape (n, 2, L, H)
        Attention from word1 to word2 and back.
    surface : ndarray, shape (n, 6)
        Tokens of word1 and of word2, their difference, tokens from one to the other; ranks of the words' mean ids.
    elsewhere : dict of str to ndarray (n, 2, L, H), ndarray, or Missing
        Attention between two other places, the earlier and the later that fit; one array where no sentence has room on
        both sides; ``Missing`` with a reason where there are none.
    """

    features: Floats
    surface: NDArray[np.float64]
    elsewhere: dict[str, Floats] | Floats | Missing


def pair_features(
    attentions: Iterable[ArrayLike],
    spans: Sequence[tuple[Span, Span]],
    token_ids: Sequence[ArrayLike],
    special_tokens_masks: Sequence[ArrayLike] | None = None,
) -> PairFeatures:
    """Reduce the attention of sentences, one per pair of words, to the inputs of ``relations``.

    Parameters
    ----------
    attentions : iterable of array_like, shape (L, H, tokens, tokens) each
        Attention of each sentence; rows are queries and sum to 1. A generator is fine: one array is held at a time.
    spans : sequence of two (first, last)
        Tokens of word1 and of word2: first token, and one past the last.
    token_ids : sequence of array_like of int, shape (tokens,) each
        Ids of each sentence, special tokens included.
    special_tokens_masks : sequence of array_like of bool, shape (tokens,) each, optional
        True for special tokens, which cannot be other places; by default none.

    Returns
    -------
    PairFeatures
        For several templates, call this once per template, stack ``features`` and average ``surface``.

    Raises
    ------
    InputError
        Where shapes disagree, a row is no distribution, or a span is empty or overlaps the other.

    Examples
    --------
    >>> import numpy as np, edgeinterp as ei
    >>> uniform = np.full((1, 2, 9, 9), 1 / 9)
    >>> found = ei.pair_features([uniform], [((3, 5), (6, 7))], [range(9)])
    >>> [round(float(share), 2) for share in found.features[0, :, 0, 0]], found.surface[0].tolist()
    ([0.11, 0.22], [2.0, 1.0, 1.0, 3.0, 0.0, 1.0])
    """
    ids = [whole_array(f"token_ids, pair {i}", one) for i, one in enumerate(one_by_one("token_ids", token_ids, "ids"))]
    places = _checked_spans(spans, ids)
    masks = _masks(special_tokens_masks, ids)
    others = [other_places(_free(*pair, mask).tobytes(), *pair) for pair, mask in zip(places, masks, strict=True)]
    own: list[Floats] = []
    elsewhere: list[list[Floats]] = []
    for i, given in enumerate(one_by_one("attentions", attentions, "one array for each pair")):
        if i == len(ids):
            raise InputError(f"attentions: more than {len(ids)} given for {counted(len(ids), 'pair')}")
        maps = _maps(given, i, ids[i].size, own)
        own.append(between(maps, *places[i]))
        elsewhere.append([between(maps, *two) for two in others[i] or ()])
    if len(own) != len(ids):
        raise InputError(f"attentions: {len(own)} given for {counted(len(ids), 'pair')}")
    means = np.array([[one[a:b].mean() for a, b in pair] for one, pair in zip(ids, places, strict=True)])
    surface = np.hstack([[token_columns(pair) for pair in places], id_ranks(means)]).astype(np.float64)
    return PairFeatures(np.stack(own), surface, _elsewhere(elsewhere, others))


def between(attention: Array, one: Span, other: Span) -> Floats:
    """Attention (2, L, H) from span to span and back: sum over the keys, mean over the queries."""
    (a, b), (c, d) = one, other
    there = attention[:, :, a:b, c:d].sum(axis=(2, 3), dtype=np.float64) / (b - a)
    back = attention[:, :, c:d, a:b].sum(axis=(2, 3), dtype=np.float64) / (d - c)
    return np.stack([there, back]).astype(np.float32)


def token_columns(spans: tuple[Span, Span]) -> list[float]:
    """Return token counts of both words, their absolute difference, and the tokens from one word to the other."""
    (a, b), (c, d) = spans
    return [b - a, d - c, abs((b - a) - (d - c)), abs(c - a)]


def id_ranks(means: Array) -> Array:
    """Rank words by their mean ids (n, 2), over all words: ids of frequent words are low in most vocabularies."""
    return np.searchsorted(np.unique(means), means)


def _elsewhere(found: list[list[Floats]], others: list[Any]) -> dict[str, Floats] | Floats | Missing:
    cramped = [i for i, two in enumerate(others) if two is None]
    if cramped:
        return Missing(
            f"no room for two other places of the same lengths and distance in {counted(len(cramped), 'sentence')}, "
            f"such as that of pair {cramped[0]}; leave them out, or put four words or more on either side"
        )
    parts = {name: np.stack([two[place] for two in found]) for place, name in enumerate(PLACES)}
    return parts if any(earlier != later for earlier, later in others) else parts[PLACES[0]]


def _checked_spans(spans: Any, ids: list[NDArray[np.int64]]) -> list[tuple[Span, Span]]:
    found = []
    for i, given in enumerate(one_by_one("spans", spans, "two spans for each pair")):
        both = real_array(f"spans, pair {i}", given)
        size = ids[i].size if i < len(ids) else 0
        if both.shape != (2, 2) or both.dtype.kind not in "iu" or both.min() < 0 or both.max() > size:
            raise InputError(f"spans: pair {i} has {given!r}; expected two (first, last) of token indices up to {size}")
        (a, b), (c, d) = both.tolist()
        if a >= b or c >= d or max(a, c) < min(b, d):
            raise InputError(f"spans: pair {i} has {both.tolist()}; expected two that hold a token and share none")
        found.append(((a, b), (c, d)))
    if len(found) != len(ids) or not found:
        raise InputError(
            f"spans: {len(found)} given for {counted(len(ids), 'pair')}; expected the same number, above 0"
        )
    return found


def _masks(given: Sequence[ArrayLike] | None, ids: list[NDArray[np.int64]]) -> list[NDArray[np.bool_]]:
    if given is None:
        return [np.zeros(one.size, dtype=bool) for one in ids]
    name = "special_tokens_masks"
    found = [flags(f"{name}, pair {i}", one) for i, one in enumerate(one_by_one(name, given, "one for each pair"))]
    if [one.shape for one in found] != [one.shape for one in ids]:
        raise InputError(f"{name}: expected the shapes of token_ids, one array for each pair")
    return found


def _free(one: Span, other: Span, special: NDArray[np.bool_]) -> NDArray[np.bool_]:
    free = ~special
    for first, last in (one, other):
        free[first:last] = False
    return free


def _maps(given: Any, i: int, size: int, before: list[Floats]) -> Array:
    maps = real_array(f"attentions, pair {i}", given)
    expected = ("L", "H") if not before else before[0].shape[1:]
    if maps.ndim != 4 or 0 in maps.shape or maps.shape[2:] != (size, size) or (before and maps.shape[:2] != expected):
        raise InputError(
            f"attentions: pair {i} has shape {maps.shape}, expected ({expected[0]}, {expected[1]}, {size}, {size})"
        )
    return checked_attention("attentions", maps, f"pair {i}, ")

"""Fit half of correspondence: sum up texts until layers close; then only the maps are kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...runtime.allocator import give_back
from ...statistics.content import in_half_of_fit
from .blocks import Text, fills_a_block
from .linear_map import Centring, FitSums, FittedLayer

__all__ = ["FittedMaps", "MapFit"]

# a hidden state's map fitted on all of its text, and on half of it
Pair = tuple[FittedLayer, FittedLayer]


@dataclass(frozen=True)
class FittedMaps:
    """Fitted maps by hidden state.

    Attributes
    ----------
    whole, half : list of FittedLayer
        Maps fitted on all of the fit half, and on half of it.
    tokens : tuple of int
        Tokens that each map was fitted on; of hidden state 0, all tokens of the fit half.
    """

    whole: list[FittedLayer]
    half: list[FittedLayer]
    tokens: tuple[int, ...]

    @property
    def shape(self) -> tuple[int, int]:
        """Return the number of hidden states, and their width."""
        return len(self.whole), self.whole[0].centring.by_position.shape[1]

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield everything as named arrays, for ``from_arrays``."""
        yield "tokens", np.array(self.tokens)
        for name, maps in (("whole", self.whole), ("half", self.half)):
            for layer, fitted in enumerate(maps):
                yield f"{name}_{layer}_centring", fitted.centring.by_position
                if fitted.weights is not None:
                    yield f"{name}_{layer}_weights", fitted.weights
                if fitted.penalty is not None:
                    yield f"{name}_{layer}_penalty", np.array(fitted.penalty)

    @classmethod
    def from_arrays(cls, arrays: Iterable[tuple[str, NDArray[Any]]]) -> FittedMaps:
        """Rebuild maps from what ``arrays`` gave."""
        kept = dict(arrays)

        def fitted(name: str) -> FittedLayer:
            penalty = kept.get(f"{name}_penalty")
            centring = Centring(kept[f"{name}_centring"])
            return FittedLayer(centring, kept.get(f"{name}_weights"), None if penalty is None else float(penalty))

        tokens = tuple(kept["tokens"].tolist())
        whole, half = ([fitted(f"{name}_{layer}") for layer in range(len(tokens))] for name in ("whole", "half"))
        return cls(whole, half, tokens)


class MapFit:
    """Sums over the fit half. Layers that gain nothing more are closed one by one; ``finish`` fits the others.

    Parameters
    ----------
    at_once : int
        Hidden states whose maps are fitted side by side.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = max(1, at_once)
        self._tokens = 0
        # two parts of the texts, so that maps can be fitted on half of them
        self._sums: tuple[FitSums, FitSums] | None = None
        self._waiting: tuple[list[Text], list[Text]] = ([], [])
        # for each closed layer its maps, and the tokens added until then
        self._closed: dict[int, tuple[Pair, int]] = {}

    def add(self, texts: list[Text]) -> None:
        """Add texts, a block of tokens at a time."""
        for text in texts:
            if not text.ids.size:
                continue
            if self._sums is None:
                shift = np.stack([rows.mean(axis=0) for rows in text.states])
                layers, hidden_size = len(text.states), text.states[0].shape[1]
                self._sums = (FitSums(layers, hidden_size, shift), FitSums(layers, hidden_size, shift))
            self._tokens += text.ids.size
            self._waiting[0 if in_half_of_fit(text.key) else 1].append(text)
        for which, waiting in enumerate(self._waiting):
            if fills_a_block(waiting):
                self._add_block(which)

    def so_far(self) -> tuple[FittedLayer, dict[int, Pair]] | None:
        """Return the reference's centring and the maps of open layers; None before any token."""
        give_back()
        for which in range(2):
            self._add_block(which)
        if self._sums is None:
            return None
        maps = self._pairs([0, *self._open(len(self._sums[0].shift))])
        give_back()
        return maps.pop(0)[0], maps

    def close(self, layer: int, maps: Pair) -> None:
        """Close hidden state ``layer``: keep its maps on all of its text and on half of it."""
        self._closed[layer] = maps, self._tokens
        for sums in self._sums or ():
            sums.let_go(layer)

    def finish(self, shape: tuple[int, int]) -> FittedMaps:
        """Fit the maps of open layers, and free the sums; ``shape`` gives layers and width."""
        give_back()
        for which in range(2):
            self._add_block(which)
        layers, hidden_size = shape
        if self._sums is None:
            nothing = FitSums(layers, hidden_size, np.zeros((layers, hidden_size), dtype=np.float32))
            maps = [nothing.single(layer, True).fit() for layer in range(layers)]
            return FittedMaps(maps, maps, (0,) * layers)
        closed = {layer: pair for layer, (pair, _) in self._closed.items()}
        pairs = closed | self._pairs([0, *self._open(layers)], last=True)
        self._sums = None
        give_back()
        whole, half = ([pairs[layer][which] for layer in range(layers)] for which in range(2))
        tokens = [self._closed[layer][1] if layer in self._closed else self._tokens for layer in range(layers)]
        return FittedMaps(whole, half, tuple(tokens))

    def _open(self, layers: int) -> list[int]:
        return [layer for layer in range(1, layers) if layer not in self._closed]

    def _add_block(self, which: int) -> None:
        waiting = self._waiting[which]
        if self._sums is not None and waiting:
            states = (np.concatenate(rows) for rows in zip(*(text.states for text in waiting), strict=True))
            self._sums[which].add(states, np.concatenate([text.positions for text in waiting]))
            waiting.clear()

    def _pairs(self, layers: list[int], last: bool = False) -> dict[int, Pair]:
        """Fit hidden states' maps on all texts so far, and on half of them; with ``last``, free their sums."""
        from concurrent.futures import ThreadPoolExecutor

        assert self._sums is not None
        first, second = self._sums
        first.align(second)

        def pair(layer: int) -> Pair:
            return first.merged(second, layer, last).fit(), first.single(layer, last).fit()

        with ThreadPoolExecutor(self._at_once) as pool:
            return dict(zip(layers, pool.map(pair, layers), strict=True))

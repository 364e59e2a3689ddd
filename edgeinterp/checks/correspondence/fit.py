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
from .tokens.sums import most_sums
from .tokens.type_means import TypeMeans, TypeSums

__all__ = ["FittedMaps", "MapFit"]

Floats = NDArray[np.float32]
# a hidden state's map on all of its text, and on half of it
Pair = tuple[FittedLayer, FittedLayer]


@dataclass(frozen=True)
class FittedMaps:
    """Fitted maps by hidden state.

    Attributes
    ----------
    whole, half : list of FittedLayer
        Maps fitted on all of the fit half, and on half of it.
    types : list of TypeMeans
        Means by token id, of all of the fit half.
    tokens : tuple of int
        Tokens that each map was fitted on; of hidden state 0, all tokens of the fit half.
    """

    whole: list[FittedLayer]
    half: list[FittedLayer]
    types: list[TypeMeans]
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
                yield f"{name}_{layer}_noise", fitted.centring.noise
                yield f"{name}_{layer}_variance", fitted.variance
                if fitted.weights is not None:
                    yield f"{name}_{layer}_weights", fitted.weights
                if fitted.penalty is not None:
                    yield f"{name}_{layer}_penalty", np.array(fitted.penalty)
        for layer, types in enumerate(self.types):
            yield f"types_{layer}_ids", types.ids
            yield f"types_{layer}_means", types.means

    @classmethod
    def from_arrays(cls, arrays: Iterable[tuple[str, NDArray[Any]]]) -> FittedMaps:
        """Rebuild maps from what ``arrays`` gave."""
        kept = dict(arrays)

        def fitted(name: str) -> FittedLayer:
            penalty = kept.get(f"{name}_penalty")
            centring = Centring(kept[f"{name}_centring"], kept[f"{name}_noise"])
            number = None if penalty is None else float(penalty)
            return FittedLayer(centring, kept[f"{name}_variance"], kept.get(f"{name}_weights"), number)

        tokens = tuple(kept["tokens"].tolist())
        whole, half = ([fitted(f"{name}_{layer}") for layer in range(len(tokens))] for name in ("whole", "half"))
        types = [TypeMeans(kept[f"types_{layer}_ids"], kept[f"types_{layer}_means"]) for layer in range(len(tokens))]
        return cls(whole, half, types, tokens)


class MapFit:
    """Sums over the fit half. Layers that gain nothing more are closed one by one; ``finish`` fits the others.

    Parameters
    ----------
    at_once : int
        Hidden states whose maps are fitted side by side.
    seed : int
        Key of the hash by which token ids are kept, where they are too many.
    of_layers : int, optional
        Hidden states of the model, where only some are fed.
    """

    def __init__(self, at_once: int, seed: int, of_layers: int | None = None) -> None:
        self._at_once = max(1, at_once)
        self._seed, self._of_layers = seed, of_layers
        self._tokens = 0
        # two parts of the texts, so that maps can be fitted on half of them
        self._sums: tuple[FitSums, FitSums] | None = None
        self._types: TypeSums | None = None
        self._waiting: tuple[list[Text], list[Text]] = ([], [])
        # by closed layer its maps, its means by token id, and the tokens fed until then
        self._closed: dict[int, tuple[Pair, TypeMeans, int]] = {}

    def add(self, texts: list[Text]) -> None:
        """Add texts, a block of tokens at a time."""
        for text in texts:
            if not text.ids.size:
                continue
            if self._sums is None:
                shift = np.stack([rows.mean(axis=0) for rows in text.states])
                layers, hidden_size = len(text.states), text.states[0].shape[1]
                self._sums = (FitSums(layers, hidden_size, shift), FitSums(layers, hidden_size, shift))
                limit = most_sums(self._of_layers or layers, hidden_size)
                self._types = TypeSums(layers, hidden_size, limit, self._seed)
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
        """Fit hidden state ``layer`` no further: these are its maps on all of its text, and on half of it."""
        self._closed[layer] = maps, self._means(layer, maps[0]), self._tokens
        for sums in self._sums or ():
            sums.let_go(layer)

    def finish(self, shape: tuple[int, int]) -> FittedMaps:
        """Fit the maps of open layers, and free the sums; ``shape`` gives layers and width."""
        give_back()
        for which in range(2):
            self._add_block(which)
        layers, hidden_size = shape
        if self._sums is None:
            maps = [FittedLayer.of_nothing(np.zeros(hidden_size, dtype=np.float32))] * layers
            return FittedMaps(maps, maps, [TypeMeans.none(hidden_size)] * layers, (0,) * layers)
        for layer, pair in self._pairs([0, *self._open(layers)], last=True).items():
            self._closed[layer] = pair, self._means(layer, pair[0]), self._tokens
        self._sums = self._types = None
        give_back()
        pairs, types, tokens = zip(*(self._closed[layer] for layer in range(layers)), strict=True)
        return FittedMaps([pair[0] for pair in pairs], [pair[1] for pair in pairs], list(types), tokens)

    def _open(self, layers: int) -> list[int]:
        return [layer for layer in range(1, layers) if layer not in self._closed]

    def _add_block(self, which: int) -> None:
        waiting = self._waiting[which]
        if self._sums is None or self._types is None or not waiting:
            return
        positions = np.concatenate([text.positions for text in waiting])
        slots = self._types.places(np.concatenate([text.ids for text in waiting]), positions)
        self._sums[which].add(self._with_types(waiting, slots), positions)
        waiting.clear()

    def _with_types(self, texts: list[Text], slots: NDArray[np.int64]) -> Iterator[Floats]:
        """Yield the states of texts, one hidden state at a time, and sum them up by token id."""
        assert self._sums is not None
        assert self._types is not None
        for layer, rows in enumerate(zip(*(text.states for text in texts), strict=True)):
            states = np.concatenate(rows)
            if layer not in self._closed:
                self._types.add(layer, slots, states - self._sums[0].shift[layer])
            yield states

    def _means(self, layer: int, fitted: FittedLayer) -> TypeMeans:
        assert self._sums is not None
        assert self._types is not None
        return self._types.means(layer, fitted, self._sums[0].shift[layer])

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

"""Evaluation half of correspondence: retrieve texts with the fitted maps, a block at a time, and tally."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...results.correspondence.verdicts import SHORTEST
from ...runtime.arguments import whole_array
from .blocks import Block, Text, fills_a_block, mapped, retrieval_hits, unit
from .fit import FittedMaps
from .tallies import MAPS, SampledText, Tallies, Trace

__all__ = ["Evaluation"]

Floats = NDArray[np.float32]


class Evaluation:
    """Retrieve the texts of the evaluation half with fixed maps.

    Parameters
    ----------
    maps : FittedMaps
        Maps of the fit half.
    foreign : bool
        Whether each text is also retrieved among the tokens of the next one.
    tallies : Tallies
        Receives the counts.
    """

    def __init__(self, maps: FittedMaps, foreign: bool, tallies: Tallies) -> None:
        self.maps, self.tallies = maps, tallies
        self._foreign = foreign
        self._waiting: list[Text] = []

    @property
    def waiting(self) -> int:
        """Return the texts, the last ones added, that are not scored yet."""
        return len(self._waiting)

    def add(self, texts: list[Text]) -> None:
        """Add texts; the last one is pending until its successor arrives, which the foreign control needs."""
        for text in texts:
            if text.ids.size < SHORTEST:
                continue
            self._waiting.append(text)
            if fills_a_block(self._waiting[:-1]):
                *block, successor = self._waiting
                self._score(block, successor)
                self._waiting = [successor]

    def add_swapped(self, text: Text, references: Floats, positions: Any) -> None:
        """Add a swapped copy, with the references (tokens, d) and ids of the original text."""
        chosen = whole_array("positions", positions)
        if chosen.size != 2 or not np.isin(chosen, text.positions).all():
            raise InputError(f"positions {chosen.tolist()[:8]}: expected two tokens of the text that are not special")
        places = [int(np.flatnonzero(text.positions == place)[0]) for place in chosen]
        candidates = unit(self.maps.whole[0].centring(references, text.positions))
        hits = np.zeros(len(text.states), dtype=np.int64)
        for layer, fitted in enumerate(self.maps.whole):
            queries = mapped(fitted, fitted.centring(text.states[layer][places], text.positions[places]))
            retrieved = text.ids[np.argmax(queries @ candidates.T, axis=1)]
            # each of the two places now holds the token of the other
            hits[layer] = np.count_nonzero(retrieved == text.ids[places[::-1]])
        self.tallies.swap_keys.append(text.key)
        self.tallies.swap_hits.append(hits)

    def finish(self) -> Tallies:
        """Score the pending texts, and return the tallies."""
        if self._waiting:
            self._score(self._waiting, None)
            self._waiting = []
        return self.tallies

    def _score(self, texts: list[Text], successor: Text | None) -> None:
        """Retrieve every token of ``texts``; ``successor`` is the last one's foreign text."""
        tallies, maps = self.tallies, self.maps.whole
        block = Block(texts, successor, maps[0])
        scores = np.zeros((len(texts), len(maps), len(MAPS), 4))
        retrieved = np.zeros((len(maps), len(MAPS), block.tokens), dtype=np.int32)
        foreign, asked = np.zeros((len(maps), 2), dtype=np.int64), 0
        for layer, fitted in enumerate(maps):
            queries = block.queries(layer, fitted)
            retrieved[layer], scores[:, layer] = block.retrieve(queries)
            tallies.add_directions(layer, block.directions(queries[0]))
            if self._foreign:
                foreign[layer], asked = block.foreign(queries)
        tallies.add_foreign(foreign, asked)
        self._tally(block, scores, retrieved)

    def _tally(self, block: Block, scores: NDArray[np.float64], retrieved: NDArray[np.int32]) -> None:
        tallies = self.tallies
        sampled = [text for text in block.texts if tallies.sample.wants(text.key)]
        half_hits = retrieval_hits(sampled, self.maps.half[0], list(enumerate(self.maps.half)))
        by_half = dict(zip((text.key for text in sampled), half_hits, strict=True))
        for index, text in enumerate(block.texts):
            own = slice(*block.ends[index : index + 2].tolist())
            ceiling = np.count_nonzero(np.bincount(block.groups[own]))
            tallies.add_text(text.key, text.ids.size, scores[index], float(ceiling))
            tallies.offer_trace(Trace(text.key, text.ids, retrieved[:, :, own].copy()))
            if tallies.sample.wants(text.key):
                kept = text.ids[retrieved[:, :, own]].transpose(2, 0, 1)
                tallies.sample.add(text.key, SampledText(text.ids, kept, by_half[text.key]))

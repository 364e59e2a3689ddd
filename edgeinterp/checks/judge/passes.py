"""Passes of ``judge`` over a model: effects of replaced tokens, methods of ours, insertion and deletion."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...model.activations import EncodedText
from ...model.model import Model
from ...reading.of_text import with_rolled_up
from ...statistics.content import content_key
from ..influence.sample import Replacement, SampledText
from ..output.explaining import OCCLUSION
from ..output.targets import Target
from ..text_readings import further_readings, maps_of

__all__ = ["DRAWS", "RANDOM", "SHARES", "OneText", "Passes", "vocabulary"]

# replacing tokens behind each effect, in each of the two sets
DRAWS = 4
# tokens of a text that are replaced, at most
MOST_TOKENS = 32
# shares of tokens that are kept or replaced
SHARES = (0.25, 0.5, 0.75)
RANDOM = "random"

Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]


def vocabulary(texts: Sequence[EncodedText]) -> Replacement:
    """Return the replacement by random tokens of the texts, in two sets of draws."""
    found = np.unique(np.concatenate([text.ids[~text.special] for text in texts]))
    return Replacement("random tokens", 2 * DRAWS, found)


@dataclass(frozen=True)
class OneText:
    """One text, and the places of its tokens that are replaced."""

    key: int
    text: EncodedText
    places: Integers

    @classmethod
    def of(cls, text: EncodedText) -> OneText:
        """Choose the places: all that are not special or, of more than 32, some by hash."""
        key, free = content_key(text.ids), np.flatnonzero(~text.special)
        if free.size > MOST_TOKENS:
            order = np.argsort(_uniform(key, "places", text.ids.size)[free], kind="stable")
            free = np.sort(free[order[:MOST_TOKENS]])
        return cls(key, text, free)


@dataclass(frozen=True)
class Passes:
    """The passes over one model, for one target."""

    model: Model
    target: Target
    instead: Replacement

    def effects(self, one: OneText) -> Doubles:
        """Return each replaced token's effect by each set of draws, shape (2, places)."""
        copies = self.instead.copies(SampledText(one.key, 0, one.text, one.places))
        found = self.target.effects(self.model, one.text, copies).reshape(2, DRAWS, one.places.size)
        return np.asarray(found.mean(axis=1), dtype=np.float64)

    def own(self, one: OneText, effects: Doubles) -> dict[str, Doubles]:
        """Return the scores of every method of ours: occlusion by the first set of draws, each reading, random ones."""
        found = {OCCLUSION: effects[0]}
        if self.target.layer:
            names = ("attention", *further_readings(self.model))
            for key, maps in with_rolled_up(maps_of(self.model, one.text, names)).items():
                scores = self.target.read(maps[self.target.layer - 1], self.model, one.text)
                found[f"{key}:{self.target.layer}"] = scores[one.places]
        return found | {RANDOM: _uniform(one.key, "random scores", one.text.ids.size)[one.places]}

    def embedding(self, texts: Sequence[OneText]) -> list[Doubles]:
        """Return the length of each replaced token's hidden state 0, less the mean over the texts."""
        states = [np.empty((0, 0))] * len(texts)
        for batch in self.model.activations([one.text for one in texts], (0,)):
            ends = np.cumsum(batch.lengths)[:-1]
            for index, rows in zip(batch.texts, np.split(batch.hidden_states[0], ends), strict=True):
                states[index] = rows[texts[index].places].astype(np.float64)
        mean = np.concatenate(states).mean(axis=0)
        return [np.asarray(np.linalg.norm(own - mean, axis=1), dtype=np.float64) for own in states]

    def curves(self, one: OneText, scores: Mapping[str, Doubles]) -> tuple[float, Doubles]:
        """Return the target's change when all tokens are replaced, and each method's mean changes, shape (methods, 2).

        Insertion keeps the highest scores and replaces the others, deletion the reverse. Every method keeps the same
        number of tokens in the same text: the share that is meant, in expectation. A replaced token is the same in all
        copies.
        """
        size = one.places.size
        kept = [int(share * size + _uniform(one.key, "kept", len(SHARES))[at]) for at, share in enumerate(SHARES)]
        ties = _uniform(one.key, "ties", size)
        other = self.instead.copies(SampledText(one.key, 0, one.text, one.places))[-size:]
        replaced = one.text.ids.copy()
        for place, copy in zip(one.places, other, strict=True):
            replaced[place] = copy.ids[place]
        copies = [replaced]
        for own in scores.values():
            order = one.places[np.lexsort((ties, -own))]
            for count in kept:
                insertion, deletion = replaced.copy(), one.text.ids.copy()
                insertion[order[:count]] = one.text.ids[order[:count]]
                deletion[order[:count]] = replaced[order[:count]]
                copies += [insertion, deletion]
        changes = self.target.effects(self.model, one.text, [replace(one.text, ids=ids) for ids in copies])
        found: Doubles = changes[1:].reshape(len(scores), len(SHARES), 2).mean(axis=1)
        return float(changes[0]), found


def _uniform(key: int, what: str, count: int) -> Doubles:
    """Return numbers from 0 to 1, keyed by content."""
    seed = hashlib.blake2b(key.to_bytes(8, "little") + what.encode(), digest_size=8).digest()
    return np.random.default_rng(int.from_bytes(seed, "little")).random(count)

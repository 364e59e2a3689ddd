"""Choose texts, positions and replacing tokens for ``influence``, all keyed by content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...model.activations import EncodedText
from ...model.model import Model
from ...results.influence.verdicts import FEWEST_TEXTS, SHORTEST
from ...statistics.content import content_key

__all__ = [
    "LONGEST",
    "POSITIONS",
    "TEXTS",
    "Replacement",
    "SampledText",
    "TooShortError",
    "mask_token",
    "replaced_by",
    "replacement",
    "sample",
]

TEXTS, LONGEST, POSITIONS = 24, 32, 8
IN_BIN = 6
DRAWS = 2
# tokens at the end of a text that are not replaced where texts of a bin differ in length
ENDING = 4
MASKS = ("[MASK]", "<mask>", "<MASK>", "[mask]", "<|mask|>")


class TooShortError(InputError):
    """No text is long enough; a run then leaves its claims undecided."""


@dataclass(frozen=True)
class SampledText:
    """A text, the bin in which it exchanges influence, and its replaced positions, the same in all texts of the bin."""

    key: int
    bin: int
    text: EncodedText
    positions: NDArray[np.int64]


@dataclass(frozen=True)
class Replacement:
    """Replacement for tokens: the mask token, or random tokens of the sampled texts.

    Attributes
    ----------
    name : str
        ``"mask token"`` or ``"random tokens"``.
    draws : int
        Copies for each position.
    """

    name: str
    draws: int
    vocabulary: NDArray[np.int32]

    def copies(self, sampled: SampledText) -> list[EncodedText]:
        """Return the copies of a text, one draw after the other, one per position."""
        text, copies = sampled.text, []
        for draw in range(self.draws):
            for position in sampled.positions:
                ids = text.ids.copy()
                ids[position] = self._other(int(ids[position]), _word(sampled.key, int(position), draw))
                copies.append(EncodedText(ids, text.type_ids, text.special, text.truncated, text.text))
        return copies

    def _other(self, own: int, word: int) -> int:
        """Choose a vocabulary entry, by hash, different from the token itself if there is another."""
        others = self.vocabulary[self.vocabulary != own]
        return int(others[word % others.size]) if others.size else own


def mask_token(model: Model) -> int | None:
    """Return the id of the tokenizer's mask token; None for causal models, which were not trained with it."""
    if model.manifest.causal:
        return None
    found = model.token_ids(MASKS)
    return found[0] if found else None


def replacement(model: Model, texts: Sequence[EncodedText]) -> Replacement:
    """Choose the replacement for tokens: the mask token where the model has one, else 2 draws of the texts' tokens."""
    return replaced_by(mask_token(model), texts)


def replaced_by(mask: int | None, texts: Sequence[EncodedText]) -> Replacement:
    """Make the replacement for tokens: the mask token or, where there is none, 2 draws of the texts' own tokens."""
    if mask is not None:
        return Replacement("mask token", 1, np.array([mask], dtype=np.int32))
    vocabulary = np.unique(np.concatenate([text.ids[~text.special] for text in texts]))
    return Replacement("random tokens", DRAWS, vocabulary)


def sample(
    encoded: Sequence[EncodedText], seed: int, texts: int = TEXTS, positions: int = POSITIONS
) -> list[SampledText]:
    """Choose texts and positions.

    Distinct texts of at least 8 tokens that are not special are sorted by (tokens, content key) and cut into as many
    equal parts as there will be bins. Each bin takes neighbours in its part: the run whose lengths differ least and,
    among equals, the one nearest to the middle of the part. The sample so covers all lengths, and lengths within a bin
    are equal where the texts allow it. That matters: the end of a text attracts attention and has influence, so texts
    that end elsewhere are not exchangeable. Positions are drawn, by hash, among those that are not special in any text
    of the bin; where lengths differ, not among the last tokens of the shortest. Truncated texts are used only where
    there are too few others.

    Parameters
    ----------
    encoded : sequence of EncodedText
        At most ``LONGEST`` tokens each.
    seed : int
        The run's seed.
    texts, positions : int
        Upper limits.

    Raises
    ------
    InputError
        ``TooShortError`` where no text is long enough.
    """
    distinct = {content_key(text.ids, seed): text for text in sorted(encoded, key=lambda text: text.text)}
    usable = [(key, text) for key, text in distinct.items() if np.count_nonzero(~text.special) >= SHORTEST]
    if not usable:
        cut = any(text.truncated for text in distinct.values())
        raise TooShortError(
            f"texts: none has {SHORTEST} tokens or more that influence could be measured between; give {FEWEST_TEXTS} "
            f"that do{', or a larger --max-tokens' if cut else ''}"
        )
    usable.sort(key=lambda pair: (pair[1].truncated, pair[0]))
    whole = sum(not text.truncated for _, text in usable)
    usable = usable[: max(whole, min(texts, len(usable)))]
    usable.sort(key=lambda pair: (pair[1].ids.size, pair[0]))
    found = []
    for number, members in enumerate(_bins([text.ids.size for _, text in usable], texts)):
        found += _with_positions([usable[index] for index in members], positions, number)
    return found


def _bins(lengths: list[int], texts: int) -> list[range]:
    """Cut the order of texts into parts, and take the most even run of each; bin sizes differ by one text at most."""
    count = len(lengths)
    texts = min(texts, count)
    bins = max(1, texts // IN_BIN)
    sizes = [texts // bins + (index < texts % bins) for index in range(bins)]
    found, used = [], 0
    for size in sizes:
        # the part of the order for this bin, in proportion to its share of the sample
        first, last = used * count // texts, (used + size) * count // texts
        middle = (first + last - size) / 2
        starts = range(first, last - size + 1)
        start = min(starts, key=lambda at: (lengths[at + size - 1] - lengths[at], abs(at - middle), at))
        found.append(range(start, start + size))
        used += size
    return found


def _with_positions(members: list[tuple[int, EncodedText]], positions: int, number: int) -> list[SampledText]:
    """Give the texts of a bin the same positions."""
    sizes = [text.ids.size for _, text in members]
    free = np.flatnonzero(~np.any([text.special[: min(sizes)] for _, text in members], axis=0))
    if max(sizes) > min(sizes):
        free = free[: max(min(positions, free.size), free.size - ENDING)]
    key = content_key([word for key, _ in sorted(members) for word in (key >> 32, key & 0xFFFFFFFF)])
    chosen = sorted(free.tolist(), key=lambda position: _word(key, position, -1))[:positions]
    places = np.array(sorted(chosen), dtype=np.int64)
    return [SampledText(own, number, text, places) for own, text in members]


def _word(key: int, position: int, draw: int) -> int:
    data = key.to_bytes(8, "little") + f"influence {position} {draw}".encode()
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")

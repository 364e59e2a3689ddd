"""Choose texts, positions and replacing tokens for ``influence``, all keyed by content."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...model.activations import EncodedText
from ...model.model import Model
from ...results.influence.verdicts import FEWEST_TEXTS, SHORTEST
from ...runtime.arguments import random_number, whole_number
from ...statistics.content import content_key
from ..flat_texts import flat_texts
from .bins import IN_BIN

__all__ = [
    "LONGEST",
    "MOST_TEXTS",
    "POSITIONS",
    "TEXTS",
    "ReplacedCopies",
    "Replacement",
    "SampledText",
    "TooShortError",
    "mask_token",
    "replaced_by",
    "replaced_copies",
    "replacement",
    "sample",
    "stages",
]

# texts at first, and at most
TEXTS, MOST_TEXTS = 24, 192
LONGEST, POSITIONS = 32, 8
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
    encoded: Sequence[EncodedText], seed: int, texts: int = MOST_TEXTS, positions: int = POSITIONS
) -> list[SampledText]:
    """Choose texts and positions; the first texts, a whole number of bins, are a sample of their own (``stages``).

    Distinct texts of at least 8 tokens that are not special are sorted by (tokens, content key) and cut into as many
    equal parts as there will be bins. Each bin takes neighbours in its part: the run whose lengths differ least and,
    among equals, the one nearest to the middle of the part. The sample so covers all lengths, and lengths within a bin
    are equal where the texts allow it. That matters: the end of a text attracts attention and has influence, so texts
    that end elsewhere are not exchangeable. Positions are drawn, by hash, among those that are not special in any text
    of the bin; where lengths differ, not among the last tokens of the shortest. Truncated texts are used only where
    there are too few others.
    Bins come in an order in which every four of them stand for all lengths.

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
    bins = _bins([text.ids.size for _, text in usable], texts)
    found = []
    for number in _spread(len(bins)):
        found += _with_positions([usable[index] for index in bins[number]], positions, number)
    return found


def stages(chosen: Sequence[SampledText]) -> list[list[SampledText]]:
    """Cut a sample into the parts by which it grows: whole bins, of at least 24 texts together."""
    found: list[list[SampledText]] = [[]]
    for number, part in enumerate(chosen):
        if len(found[-1]) >= TEXTS and part.bin != chosen[number - 1].bin:
            found.append([])
        found[-1].append(part)
    return found


def _spread(bins: int) -> list[int]:
    """Order bins so that each few of them stand for all: those in the middle of each quarter, then their neighbours."""
    quarters = TEXTS // IN_BIN
    steps = -(-bins // quarters)
    nearest = sorted(range(steps), key=lambda step: (abs(2 * step + 1 - steps), step))
    return [number for step in nearest for number in range(step, bins, steps)]


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


@dataclass(frozen=True)
class ReplacedCopies:
    """One text to run, and its copies, in the form that ``influence`` takes.

    Attributes
    ----------
    text : int
        Index of the text among ``lengths``.
    group : int
        Texts with the same number exchange their influence: an entry of ``groups``.
    positions : ndarray of int64, shape (P,)
        Replaced position of each copy.
    token_ids : ndarray of int64, shape (draws, P, tokens of the text)
        Token ids of the copies; hidden states of shape (L + 1, draws, P, tokens, d) are an entry of
        ``replaced_hidden_states``.
    """

    text: int
    group: int
    positions: NDArray[np.int64]
    token_ids: NDArray[np.int64]


def replaced_copies(
    token_ids: ArrayLike, lengths: ArrayLike, special_tokens_mask: ArrayLike | None = None, *,
    mask_token_id: int | None = None, n_texts: int = TEXTS, random_state: Any = 0,
) -> list[ReplacedCopies]:  # fmt: skip
    """Sample texts as ``edgeinterp check`` does, and return the copies in which one token each is replaced.

    8 positions each, the same in all texts of a group. ``edgeinterp check`` cuts texts to 32 tokens first: each further
    token is a further row in every copy.

    Parameters
    ----------
    token_ids, lengths, special_tokens_mask
        As in ``influence``.
    mask_token_id : int, optional
        Replacement for tokens, in a model trained with it; by default tokens of the sampled texts, in 2 draws.
    n_texts : int
        At most so many texts, whole groups. ``edgeinterp check`` starts with 24 and adds texts, up to 192, until gains
        are precise enough.
    random_state : int, NumPy generator or None
        Key of the sample.

    Returns
    -------
    list of ReplacedCopies

    Raises
    ------
    InputError
        Where shapes disagree, or no text has 8 tokens that are not special.

    Examples
    --------
    >>> import edgeinterp as ei
    >>> first, *others = ei.replaced_copies(list(range(300)), [10] * 30)
    >>> len(others), first.token_ids.shape
    (23, (2, 8, 10))
    """
    encoded = [
        EncodedText(ids.astype(np.int32), None, special, False, f"{number:012d}")
        for number, (ids, special) in enumerate(flat_texts(token_ids, lengths, special_tokens_mask))
    ]
    most = whole_number("n_texts", n_texts, 1)
    candidates = sample(encoded, random_number("random_state", random_state), max(most, MOST_TEXTS))
    # whole bins, unless the first one is larger
    ends = [at for at in range(1, len(candidates)) if candidates[at].bin != candidates[at - 1].bin]
    chosen = candidates[: max([at for at in [*ends, len(candidates)] if at <= most], default=most)]
    mask = None if mask_token_id is None else whole_number("mask_token_id", mask_token_id, 0)
    with_what = replaced_by(mask, [part.text for part in candidates])

    def copies(part: SampledText) -> NDArray[np.int64]:
        rows = [copy.ids for copy in with_what.copies(part)]
        return np.array(rows, dtype=np.int64).reshape(with_what.draws, len(part.positions), -1)

    return [ReplacedCopies(int(part.text.text), part.bin, part.positions, copies(part)) for part in chosen]

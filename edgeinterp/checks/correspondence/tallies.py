"""State of the evaluation half: counts by text, sums by layer, and a small sample."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...results.correspondence.controls import FOREIGN
from .tokens.share import Shares, ShareSums

__all__ = ["MAPS", "SHOWN", "Sample", "SampledText", "Tallies", "Trace", "joined"]

MAPS = ("raw", "centred", "linear")
SAMPLE_TOKENS = 5000
# most tokens of a text that can be shown
SHOWN = range(8, 29)
# fields of ``Tallies`` that are one array each, layers first
_SUMS = ("credit", "reciprocal", "directions", "squares_within")

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class SampledText:
    """One text of the sample for permutations and ``rise``.

    ``retrieved`` holds token ids, shape (tokens, layers, maps); ``half_hits`` the hits of the map fitted on half of
    the fit half, shape (layers,); ``type_scores`` those of the type mean map, shape (layers, 3).
    """

    ids: NDArray[np.int32]
    retrieved: NDArray[np.int32]
    half_hits: NDArray[np.int64]
    type_scores: Doubles


@dataclass
class Sample:
    """The evaluated texts of lowest key within ``limit`` tokens; the sample does not depend on their order."""

    limit: int
    texts: dict[int, SampledText] = field(default_factory=dict)
    tokens: int = 0
    cutoff: int = 1 << 64

    def expect(self, texts: Iterable[tuple[int, int]]) -> None:
        """Announce all texts of the half, as (key, tokens), so that only those that will stay are wanted."""
        tokens = 0
        for place, (key, size) in enumerate(sorted(texts)):
            tokens += size
            if place and tokens > self.limit:
                self.cutoff = min(self.cutoff, key)
                break

    def wants(self, key: int) -> bool:
        """Tell whether a text can still belong to the sample."""
        return key < self.cutoff

    def add(self, key: int, text: SampledText) -> None:
        """Add a text, and drop those of highest key while the limit is exceeded. At least one text stays."""
        if key in self.texts:
            # a duplicate gets the same draws, so it is no further evidence
            return
        self.texts[key] = text
        self.tokens += text.ids.size
        while self.tokens > self.limit and len(self.texts) > 1:
            self.cutoff = max(self.texts)
            self.tokens -= self.texts.pop(self.cutoff).ids.size

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield everything but the limit as named arrays, for ``from_arrays``."""
        texts = list(self.texts.values())
        yield "sample_keys", np.array(list(self.texts), dtype=np.uint64)
        # 2^64 means that nothing was dropped yet
        yield "sample_cutoff", np.array(str(self.cutoff))
        yield "sample_sizes", np.array([text.ids.size for text in texts], dtype=np.int64)
        if texts:
            for name in ("ids", "retrieved"):
                yield f"sample_{name}", np.concatenate([getattr(text, name) for text in texts])
            for name in ("half_hits", "type_scores"):
                yield f"sample_{name}", np.stack([getattr(text, name) for text in texts])

    @classmethod
    def from_arrays(cls, arrays: Iterable[tuple[str, NDArray[Any]]]) -> Sample:
        """Rebuild a sample of ``SAMPLE_TOKENS`` from what ``arrays`` gave."""
        kept, texts = dict(arrays), {}
        ends = np.cumsum(kept["sample_sizes"]).tolist()
        for i, (key, last) in enumerate(zip(kept["sample_keys"].tolist(), ends, strict=True)):
            part = slice(last - int(kept["sample_sizes"][i]), last)
            by_token = (kept[f"sample_{name}"][part] for name in ("ids", "retrieved"))
            texts[key] = SampledText(*by_token, *(kept[f"sample_{name}"][i] for name in ("half_hits", "type_scores")))
        return cls(SAMPLE_TOKENS, texts, int(kept["sample_sizes"].sum()), int(str(kept["sample_cutoff"])))


@dataclass(frozen=True)
class Trace:
    """One text to show: its ids, and the retrieved index by layer, map and token (layers, maps, tokens)."""

    key: int
    ids: NDArray[np.int32]
    retrieved: NDArray[np.int32]


@dataclass
class Tallies:
    """Counts and sums over the evaluation half, starting from ``empty``.

    By text: ``keys``, ``tokens``, and as packed blocks ``hits`` and ``chance``, each (texts, layers, maps), and
    ``foreign`` (texts, layers, 2), with how many tokens were ``asked`` for. By layer, one array each with layers first:
    sums of position credit and of reciprocal ranks, and what anisotropy needs. ``share`` are sums until all texts are
    scored, then what is kept of them. ``swap_scores``: of each swapped copy, by hidden state and map tried, tokens
    looked up and those that followed the content, (layers, maps, 2).
    """

    # one block each: small arrays between short-lived activations would fragment memory
    keys: array[int]
    tokens: array[int]
    packed_hits: array[int]
    packed_chance: array[float]
    packed_foreign: array[int]
    asked: array[int]
    credit: Doubles
    reciprocal: Doubles
    directions: Doubles
    squares_within: Doubles
    sample: Sample
    share: ShareSums | Shares
    position_ceiling: float = 0.0
    pairs_within: float = 0.0
    trace: Trace | None = None
    swap_keys: list[int] = field(default_factory=list)
    swap_scores: list[NDArray[np.int64]] = field(default_factory=list)

    @classmethod
    def empty(cls, layers: int, hidden_size: int, share: ShareSums) -> Tallies:
        """Return tallies of no text, for ``layers`` hidden states."""
        return cls(
            array("Q"), array("q"), array("H"), array("f"), array("H"), array("H"),
            credit=np.zeros((layers, len(MAPS))),
            reciprocal=np.zeros((layers, len(MAPS))),
            directions=np.zeros((layers, hidden_size)),
            squares_within=np.zeros(layers),
            sample=Sample(SAMPLE_TOKENS),
            share=share,
        )  # fmt: skip

    @property
    def layers(self) -> int:
        """Number of hidden states."""
        return len(self.credit)

    def add_text(self, key: int, tokens: int, scores: Doubles, ceiling: float) -> None:
        """Add one text's sums, shape (layers, maps, 4), in the order that ``score_texts`` gives.

        ``ceiling`` is the most position credit that the text can reach.
        """
        self.keys.append(key)
        self.tokens.append(tokens)
        self.packed_hits.frombytes(scores[:, :, 0].astype(np.uint16).tobytes())
        self.packed_chance.frombytes(scores[:, :, 1].astype(np.float32).tobytes())
        self.credit += scores[:, :, 2]
        self.reciprocal += scores[:, :, 3]
        self.pairs_within += float(tokens) ** 2
        self.position_ceiling += ceiling

    @property
    def hits(self) -> NDArray[np.uint16]:
        """Return hits by text, (texts, layers, maps): a view, to be released before more texts are added."""
        return np.frombuffer(self.packed_hits, dtype=np.uint16).reshape(-1, self.layers, len(MAPS))

    @property
    def chance(self) -> NDArray[np.float32]:
        """Return chance by text, (texts, layers, maps): a view, to be released before more texts are added."""
        return np.frombuffer(self.packed_chance, dtype=np.float32).reshape(-1, self.layers, len(MAPS))

    def add_directions(self, layer: int, sums: Doubles) -> None:
        """Add the summed unit vectors of texts, shape (texts, d), at one layer."""
        self.directions[layer] += sums.sum(axis=0)
        self.squares_within[layer] += float(np.sum(sums * sums))

    def add_foreign(self, hits: NDArray[np.int64], asked: NDArray[np.int64]) -> None:
        """Add texts' foreign hits, raw and linear (texts, layers, 2), and how many tokens each was asked for."""
        self.packed_foreign.frombytes(hits.astype(np.uint16).tobytes())
        self.asked.frombytes(asked.astype(np.uint16).tobytes())

    def close(self, variances: list[Doubles]) -> None:
        """Keep of the sums by token id only the shares; ``variances`` of dimensions, by hidden state."""
        if isinstance(self.share, ShareSums):
            self.share = self.share.shares(variances)

    @property
    def foreign(self) -> NDArray[np.uint16]:
        """Foreign hits by text, raw and linear, (texts, layers, 2): a view, to be let go before texts are added."""
        return np.frombuffer(self.packed_foreign, dtype=np.uint16).reshape(-1, self.layers, 2)

    def offer_trace(self, trace: Trace) -> None:
        """Keep the text of lowest key among those short enough to be shown."""
        if trace.ids.size in SHOWN and (self.trace is None or trace.key < self.trace.key):
            self.trace = trace

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield everything as named arrays, for ``from_arrays``; no swapped copy may have been added."""
        assert not self.swap_keys
        assert isinstance(self.share, ShareSums)
        yield from ((name, getattr(self, name)) for name in _SUMS)
        yield "keys", np.array(self.keys, dtype=np.uint64)
        yield "tokens", np.array(self.tokens, dtype=np.int64)
        yield "hits", self.hits.copy()
        yield "chance", self.chance.copy()
        yield FOREIGN.name, self.foreign.copy()
        yield "asked", np.array(self.asked, dtype=np.uint16)
        yield "numbers", np.array([self.position_ceiling, self.pairs_within])
        yield from self.sample.arrays()
        if self.trace is not None:
            yield "trace_key", np.array([self.trace.key], dtype=np.uint64)
            yield "trace_ids", self.trace.ids
            yield "trace_retrieved", self.trace.retrieved
        yield from self.share.arrays()

    @classmethod
    def from_arrays(cls, arrays: Iterable[tuple[str, NDArray[Any]]]) -> Tallies:
        """Rebuild tallies from what ``arrays`` gave."""
        kept = dict(arrays)
        ceiling, pairs = kept["numbers"].tolist()
        trace = None
        if "trace_key" in kept:
            trace = Trace(int(kept["trace_key"][0]), kept["trace_ids"], kept["trace_retrieved"])
        return cls(
            array("Q", kept["keys"].tobytes()),
            array("q", kept["tokens"].tobytes()),
            array("H", kept["hits"].tobytes()),
            array("f", kept["chance"].tobytes()),
            array("H", kept[FOREIGN.name].tobytes()),
            array("H", kept["asked"].tobytes()),
            kept["credit"],
            kept["reciprocal"],
            kept["directions"],
            kept["squares_within"],
            sample=Sample.from_arrays(kept.items()),
            share=ShareSums.from_arrays(kept.items()),
            position_ceiling=ceiling,
            pairs_within=pairs,
            trace=trace,
        )

    @property
    def evaluated_tokens(self) -> int:
        """Tokens of all evaluated texts."""
        return sum(self.tokens)

    def anisotropy(self, layer: int) -> float | None:
        """Return the mean cosine of two tokens of different texts (Ethayarajh 2019), over all pairs."""
        pairs = float(self.evaluated_tokens) ** 2 - self.pairs_within
        if pairs <= 0.0:
            return None
        total = float(self.directions[layer] @ self.directions[layer])
        return (total - float(self.squares_within[layer])) / pairs


def joined(parts: list[Tallies]) -> Tallies:
    """Join tallies of the same texts for hidden states [0] + group, group after group, into one of all layers."""
    whole = parts[0]
    for part in parts[1:]:
        whole = _joined(whole, part)
    return whole


def _joined(first: Tallies, part: Tallies) -> Tallies:
    hits = np.concatenate([first.hits, part.hits[:, 1:]], axis=1)
    chance = np.concatenate([first.chance, part.chance[:, 1:]], axis=1)
    foreign = np.concatenate([first.foreign, part.foreign[:, 1:]], axis=1)
    assert isinstance(first.share, Shares)
    assert isinstance(part.share, Shares)
    texts = {}
    for key, text in part.sample.texts.items():
        mine = first.sample.texts[key]
        texts[key] = SampledText(
            mine.ids,
            np.concatenate([mine.retrieved, text.retrieved[:, 1:]], axis=1),
            np.concatenate([mine.half_hits, text.half_hits[1:]]),
            np.concatenate([mine.type_scores, text.type_scores[1:]]),
        )
    trace = first.trace
    if trace is not None and part.trace is not None:
        trace = replace(trace, retrieved=np.concatenate([trace.retrieved, part.trace.retrieved[1:]]))
    return replace(
        first,
        packed_hits=array("H", hits.tobytes()),
        packed_chance=array("f", chance.tobytes()),
        packed_foreign=array("H", foreign.tobytes()),
        credit=np.concatenate([first.credit, part.credit[1:]]),
        reciprocal=np.concatenate([first.reciprocal, part.reciprocal[1:]]),
        directions=np.concatenate([first.directions, part.directions[1:]]),
        squares_within=np.concatenate([first.squares_within, part.squares_within[1:]]),
        sample=replace(first.sample, texts=texts),
        share=replace(first.share, values=np.concatenate([first.share.values, part.share.values[1:]])),
        trace=trace,
        swap_scores=[np.concatenate([a, b[1:]]) for a, b in zip(first.swap_scores, part.swap_scores, strict=True)],
    )

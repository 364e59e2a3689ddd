"""Compute scores, intervals and p-values from the tallies of the evaluation half (docs/method.md)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...results.correspondence.controls import FOREIGN, SWAP
from ...results.correspondence.result import (
    CorrespondenceResult,
    Example,
    Foreign,
    LayerCorrespondence,
    LengthBin,
    MapScores,
    PositionScore,
    Rise,
    Swap,
    TokenScore,
)
from ...results.correspondence.verdicts import NO_TOKENS_APART, correspondence_verdicts
from ...results.shared import TextScores
from ...statistics.inference import interval
from ...statistics.pvalues import FamilyP, permutation_p
from .settings import CorrespondenceSettings, Counts
from .tallies import MAPS, Tallies

__all__ = ["summarise"]

Doubles = NDArray[np.float64]

LENGTH_BINS = (8, 16, 32, 64, 128)
MOST_TEXT_SCORES = 500
# matches by permutation, hidden state and map that are counted at once
MOST_COUNTS = 1 << 22
REFERENCE = "hidden state 0 is the reference itself"


def summarise(tallies: Tallies, settings: CorrespondenceSettings, counts: Counts) -> CorrespondenceResult:
    """Return the result of the tallies."""
    numbers = _Numbers(tallies, settings, counts.fitted)
    result = CorrespondenceResult(
        texts=len(tallies.keys),
        fit_tokens=counts.fit_tokens[0],
        evaluated_tokens=tallies.evaluated_tokens,
        truncated=counts.truncated,
        repeated=counts.repeated,
        unknown=counts.unknown,
        smallest_p=_smallest_p(tallies, settings.n_permutations),
        given=counts.given,
        hidden_size=counts.hidden_size,
        permutations=settings.n_permutations,
        alpha=settings.alpha,
        threshold=settings.threshold,
        layers=[numbers.layer(layer, counts.fit_tokens[layer]) for layer in range(tallies.layers)],
        example=_example(tallies),
        text_scores=_text_scores(tallies),
    )
    return replace(result, verdicts=correspondence_verdicts(result))


class _Numbers:
    """Statistics that are computed for all layers at once."""

    def __init__(self, tallies: Tallies, settings: CorrespondenceSettings, fitted: bool) -> None:
        self.tallies, self.settings, self.fitted = tallies, settings, fitted
        self.tokens = np.array(tallies.tokens, dtype=np.float64)
        self.keys = np.array(tallies.keys, dtype=np.uint64)
        shape = (len(self.tokens), tallies.layers, len(MAPS))
        # by text: tokens, hits, chance; the parts are views, because this is what grows with texts
        self.sums: Doubles = np.empty((shape[0], 1 + 2 * shape[1] * shape[2]))
        self.sums[:, 0] = self.tokens
        hits, chance = np.split(self.sums[:, 1:], 2, axis=1)
        self.hits, self.chance = hits.reshape(shape), chance.reshape(shape)
        self.hits[:], self.chance[:] = tallies.hits, tallies.chance
        self.total = float(self.tokens.sum())
        if self.total:
            self.identification = self.hits.sum(axis=0) / self.total
            self.chance_level = self.chance.sum(axis=0) / self.total
            self.intervals, self.kappa_intervals = self._intervals()
            self.families = self._families()
            self.rises = self._rises()

    def _intervals(self) -> tuple[Doubles, Doubles]:
        """Return intervals of identification and of kappa, each (2, layers, maps), over texts."""
        _, layers, maps = self.hits.shape

        def statistic(totals: Doubles) -> Doubles:
            with np.errstate(divide="ignore", invalid="ignore"):
                hits, chance = np.split(totals[:, 1:] / totals[:, :1], 2, axis=1)
                return np.concatenate(
                    [hits, np.where(1.0 - chance > 1e-9, (hits - chance) / (1.0 - chance), np.nan)], 1
                )

        bounds = interval(self.keys, self.sums, statistic, self.settings.alpha)
        first, second = np.split(bounds, 2, axis=1)
        return (
            np.clip(first, 0.0, 1.0).reshape(2, layers, maps),
            np.minimum(second, 1.0).reshape(2, layers, maps),
        )

    def _families(self) -> list[FamilyP | None]:
        """Return for each map the p-values of hidden states 1..L, by permuting positions within sampled texts."""
        from edgeinterp_kernels.keyed import permutation_counts

        sample = sorted(self.tallies.sample.texts.items())
        layers = self.tallies.layers - 1
        if not layers or not sample:
            return [None] * len(MAPS)
        keys = np.array([key for key, _ in sample], dtype=np.uint64)
        sizes = np.array([text.ids.size for _, text in sample], dtype=np.int64)
        ids = np.concatenate([text.ids for _, text in sample])
        retrieved = np.concatenate([text.retrieved[:, 1:] for _, text in sample])
        # permuting takes as long as counting: all maps at once, where memory allows it
        at_once = len(MAPS) if self.settings.n_permutations * layers * len(MAPS) <= MOST_COUNTS else 1
        families: list[FamilyP | None] = []
        for first in range(0, len(MAPS), at_once):
            units = retrieved[:, :, first : first + at_once].transpose(0, 2, 1).reshape(ids.size, -1)
            counts = permutation_counts(
                keys, sizes, ids, units, self.settings.n_permutations, threads=self.settings.threads
            )
            hits = np.sum(units == ids[:, None], axis=0)
            for unit in range(0, units.shape[1], layers):
                own = slice(unit, unit + layers)
                families.append(permutation_p(hits[own], counts[:, own]))
        return families

    def _rises(self) -> tuple[Doubles, Doubles]:
        """Return, by layer, linear identification with the whole fit half minus half of it, and its interval."""
        sample = sorted(self.tallies.sample.texts.items())
        linear = MAPS.index("linear")
        rows = [
            np.concatenate(
                [[text.ids.size], np.sum(text.retrieved[:, :, linear] == text.ids[:, None], axis=0) - text.half_hits]
            )
            for _, text in sample
        ]
        sums = np.array(rows, dtype=np.float64)
        keys = np.array([key for key, _ in sample], dtype=np.uint64)

        def statistic(totals: Doubles) -> Doubles:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(totals[:, 1:] / totals[:, :1], dtype=np.float64)

        return statistic(sums.sum(axis=0, keepdims=True))[0], interval(keys, sums, statistic, self.settings.alpha)

    def layer(self, layer: int, fit_tokens: int) -> LayerCorrespondence:
        """Return the scores of one hidden state."""
        return LayerCorrespondence(
            layer=layer,
            fit_tokens=fit_tokens,
            anisotropy=self.tallies.anisotropy(layer),
            rise=self._rise(layer),
            foreign=self._foreign(layer),
            swap=self._swap(layer),
            maps={name: self._map(layer, index) for index, name in enumerate(MAPS)},
        )

    def _map(self, layer: int, index: int) -> MapScores:
        missing = None
        if not self.total:
            missing = "no evaluated text has 8 tokens that are not special"
        elif MAPS[index] == "linear" and layer and not self.fitted:
            missing = "no text in the fit half"
        if missing:
            nothing = TokenScore(None, None, None, None, None, None, None, None, None, [], missing)
            return MapScores(nothing, PositionScore(None, None))
        identification = float(self.identification[layer, index])
        chance = float(self.chance_level[layer, index])
        told_apart = chance < 1.0 - 1e-9
        p, adjusted, reason = self._p(layer, index)
        token = TokenScore(
            identification=identification,
            kappa=(identification - chance) / (1.0 - chance) if told_apart else None,
            ci=_pair(self.intervals[:, layer, index]),
            kappa_ci=_pair(self.kappa_intervals[:, layer, index]) if told_apart else None,
            chance=chance,
            ceiling=1.0,
            mrr=float(self.tallies.reciprocal[layer, index]) / self.total,
            p=p,
            p_adjusted=adjusted,
            by_length=self._by_length(layer, index),
            reason=reason if told_apart else NO_TOKENS_APART,
        )
        credit = float(self.tallies.credit[layer, index]) / self.total
        return MapScores(token, PositionScore(credit, self.tallies.position_ceiling / self.total))

    def _p(self, layer: int, index: int) -> tuple[float | None, float | None, str | None]:
        family = self.families[index]
        if layer == 0 or family is None:
            return None, None, REFERENCE
        if not family.in_family[layer - 1]:
            return float(family.p[layer - 1]), None, "every permutation gives the same value, so nothing can be tested"
        return float(family.p[layer - 1]), float(family.p_adjusted[layer - 1]), None

    def _by_length(self, layer: int, index: int) -> list[LengthBin]:
        bins = []
        for shortest, following in zip(LENGTH_BINS, (*LENGTH_BINS[1:], None), strict=True):
            inside = (self.tokens >= shortest) & (self.tokens < (following or math.inf))
            tokens = int(self.tokens[inside].sum())
            if tokens:
                share = float(self.hits[inside, layer, index].sum()) / tokens
                bins.append(LengthBin(shortest, following - 1 if following else None, tokens, share))
        return bins

    def _rise(self, layer: int) -> Rise:
        if layer == 0:
            return Rise(None, None, REFERENCE)
        if not self.total or not self.fitted:
            return Rise(None, None, "no text in one of the halves")
        values, bounds = self.rises
        return Rise(float(values[layer]), _pair(bounds[:, layer]))

    def _foreign(self, layer: int) -> Foreign:
        if FOREIGN.name not in self.settings.controls:
            return Foreign(None, None, "not among the controls of this run")
        queries = self.tallies.foreign_queries
        if not queries:
            return Foreign(None, None, "needs two evaluated texts")
        raw, linear = self.tallies.foreign_hits[layer] / queries
        return Foreign(float(raw), float(linear) if self.fitted else None)

    def _swap(self, layer: int) -> Swap:
        if SWAP.name not in self.settings.controls:
            return Swap(None, None, 0, "not among the controls of this run")
        texts = len(self.tallies.swap_keys)
        if not texts or not self.fitted:
            return Swap(None, None, texts, "swap not measured")
        hits = np.array([row[layer] for row in self.tallies.swap_hits], dtype=np.float64)
        sums = np.stack([np.full(texts, 2.0), hits], axis=1)

        def statistic(totals: Doubles) -> Doubles:
            with np.errstate(divide="ignore", invalid="ignore"):
                return np.asarray(totals[:, 1:] / totals[:, :1], dtype=np.float64)

        bounds = interval(np.array(self.tallies.swap_keys, dtype=np.uint64), sums, statistic, self.settings.alpha)
        return Swap(float(hits.sum()) / (2.0 * texts), _pair(np.clip(bounds[:, 0], 0.0, 1.0)), texts)


def _smallest_p(tallies: Tallies, n_permutations: int) -> float | None:
    """Return the smallest p from permuting positions within the sampled texts: equal tokens are indistinguishable."""
    if not tallies.sample.texts:
        return None
    ways = 0.0
    for text in tallies.sample.texts.values():
        _, alike = np.unique(text.ids, return_counts=True)
        ways += math.lgamma(text.ids.size + 1) - sum(math.lgamma(count + 1) for count in alike.tolist())
    return max(1.0 / (n_permutations + 1), math.exp(-ways))


def _pair(bounds: Doubles) -> tuple[float, float] | None:
    return None if np.isnan(bounds).any() else (float(bounds[0]), float(bounds[1]))


def _example(tallies: Tallies) -> Example | None:
    """Return the traced text; its tokens are ids until a caller with the tokenizer names them."""
    if tallies.trace is None:
        return None
    layers: list[dict[str, Any]] = [
        {name: tallies.trace.retrieved[layer, index].tolist() for index, name in enumerate(MAPS)}
        for layer in range(tallies.layers)
    ]
    return Example([str(token) for token in tallies.trace.ids.tolist()], layers)


def _text_scores(tallies: Tallies) -> list[TextScores]:
    """Return hits by text for the texts of lowest key, each once.

    ``alike`` is also needed for kappa: summed over tokens, the number of tokens of the text with the retrieved id.
    ``half``: hits of the linear map fitted on half of the fit half, where ``rise`` is measured; ``swap``: hits of the
    swapped copy.
    """
    swapped = dict(zip(tallies.swap_keys, tallies.swap_hits, strict=True))
    chosen: dict[int, TextScores] = {}
    for index in sorted(range(len(tallies.keys)), key=lambda i: tallies.keys[i]):
        key = tallies.keys[index]
        if len(chosen) == MOST_TEXT_SCORES:
            break
        if key not in chosen:
            hits = tallies.hits[index]
            scores: dict[str, Any] = {name: hits[:, place].tolist() for place, name in enumerate(MAPS)}
            # the sum of chance over the text's tokens is a whole number
            alike = np.rint(tallies.chance[index].astype(np.float64) * tallies.tokens[index]).astype(int)
            scores["alike"] = {name: alike[:, MAPS.index(name)].tolist() for name in ("centred", "linear")}
            if key in swapped:
                scores[SWAP.name] = swapped[key].tolist()
            if key in tallies.sample.texts:
                scores["half"] = tallies.sample.texts[key].half_hits.tolist()
            chosen[key] = TextScores(f"{key:016x}", {"tokens": tallies.tokens[index], **scores})
    return list(chosen.values())

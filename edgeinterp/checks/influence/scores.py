"""Readings of texts -> rho, gain and pair of every reading at every layer, exchanges, and intervals over texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...statistics.means import DIGITS
from .bins import Integers, bins_of, exchanges, pseudo_values
from .pairs import Effects, pair_tables
from .profile import Gains, Profile
from .texts import TextReading

__all__ = ["LayerScores", "Scores", "UnitScores"]

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class UnitScores:
    """One reading at one layer: a number for each text, and one for each exchange.

    Attributes
    ----------
    rho, foreign : ndarray, shape (texts,)
        Rank correlation with the text's own influence, and with that in the other texts of its bin (pseudo-values).
        NaN where nothing changes, and ``foreign`` where nothing can be exchanged.
    gain, pair : ndarray, shape (texts,)
        Each less what it is with the influence in the other texts; NaN where nothing can be exchanged.
    gain_exchanged, pair_exchanged : ndarray, shape (n_permutations + 1,)
        Means over the texts that can be exchanged, before the value in other texts is subtracted: of the data, then of
        each exchange.
    """

    rho: Doubles
    foreign: Doubles
    gain: Doubles
    pair: Doubles
    gain_exchanged: Doubles
    pair_exchanged: Doubles


class Scores:
    """Statistics of one sample of texts, in one model."""

    def __init__(self, readings: Sequence[TextReading], causal: bool, alpha: float) -> None:
        self.bins, self.causal, self.alpha = bins_of(readings, causal), causal, alpha
        self.keys = np.array([key for part in self.bins for key in part.keys], dtype=np.uint64)
        self.can_exchange = np.repeat([part.exchangeable for part in self.bins], [len(part.keys) for part in self.bins])
        self.effects = Effects([part for part in self.bins if part.exchangeable])

    @property
    def exchangeable(self) -> int:
        """Count the exchangeable texts."""
        return int(self.can_exchange.sum())

    @property
    def ways(self) -> float:
        """Count the distinct exchanges of texts."""
        sizes = [len(part.keys) for part in self.bins if part.exchangeable]
        # beyond the range of a double, the number is as good as infinite
        with np.errstate(over="ignore"):
            return float(np.prod([_factorial(size) for size in sizes]))

    def orders(self, n_permutations: int, seed: int) -> list[Integers]:
        """Deal influence within every bin, the same exchange for all layers, heads and rollout."""
        return exchanges([part for part in self.bins if part.exchangeable], n_permutations, seed)

    def without_exchanges(self) -> list[Integers]:
        """Return the data as they are, and no exchange."""
        return [np.arange(len(part.keys))[None, :] for part in self.bins if part.exchangeable]

    def at(self, layer: int) -> LayerScores:
        """Return what is common to all readings at attention layer 1..L."""
        return LayerScores(self, layer)


class LayerScores:
    """One layer: its profile, the residuals of its influence, and the scores of any reading."""

    def __init__(self, scores: Scores, layer: int) -> None:
        self.scores, self.layer = scores, layer
        self.profile = Profile(scores.bins, layer)
        self.exchangeable = [number for number, part in enumerate(scores.bins) if part.exchangeable]
        self.profile_rho = np.concatenate([self.profile.rho(number) for number in range(len(scores.bins))])

    @cached_property
    def influence(self) -> list[Doubles]:
        """What is left of influence when effects are taken out, of the bins that exchange it."""
        parts = [self.scores.bins[number].influence(self.layer) for number in self.exchangeable]
        return self.scores.effects.residuals(parts)

    def distance(self) -> Doubles:
        """Rank correlation of nearness, -|i - j|, with influence, text by text."""
        away = [np.repeat(-np.abs(part.offsets)[None], len(part.keys), axis=0) for part in self.scores.bins]
        return self._rho(self._ranks(away))

    def gain(self, place: int) -> Doubles:
        """Return the gain of the reading at ``place`` of ``TextReading.values`` in each text."""
        gains = self._gains(self._ranks(self._values(place)))
        return self._gain(gains, gains.exchanged(self.scores.without_exchanges()))

    def unit(self, place: int, orders: Sequence[Integers]) -> UnitScores:
        """Score the reading at ``place`` of ``TextReading.values``, under the given exchanges."""
        values = self._values(place)
        ranks = self._ranks(values)
        gains = self._gains(ranks)
        exchanged = gains.exchanged(orders)
        residuals = self.scores.effects.residuals([values[number] for number in self.exchangeable])
        pairs = [np.round(table, DIGITS) for table in pair_tables(residuals, self.influence)]
        return UnitScores(
            self._rho(ranks),
            self._spread([pseudo_values(table) for table in gains.rho()]),
            self._gain(gains, exchanged),
            self._spread([np.diag(table) - pseudo_values(table) for table in pairs]),
            self._mean([draws.sum(axis=1) for draws in exchanged]),
            self._mean([
                table[np.arange(len(table)), order].sum(axis=1) for table, order in zip(pairs, orders, strict=True)
            ]),
        )  # fmt: skip

    def _values(self, place: int) -> list[Doubles]:
        return [part.values(self.layer, place) for part in self.scores.bins]

    def _gains(self, ranks: Sequence[Doubles]) -> Gains:
        return Gains(self.profile, {number: ranks[number] for number in self.exchangeable})

    def _gain(self, gains: Gains, exchanged: Sequence[Doubles]) -> Doubles:
        """Take the gain with other texts' influence off that with the text's own."""
        foreign = gains.foreign()
        return self._spread([own[0] - pseudo_values(other) for own, other in zip(exchanged, foreign, strict=True)])

    def _ranks(self, values: Sequence[NDArray[Any]]) -> list[Doubles]:
        from edgeinterp_kernels.influence import standardised_ranks

        return [standardised_ranks(own, part.allowed) for own, part in zip(values, self.scores.bins, strict=True)]

    def _rho(self, ranks: Sequence[Doubles]) -> Doubles:
        found = []
        for own, influence in zip(ranks, self.profile.ranks, strict=True):
            with np.errstate(divide="ignore", invalid="ignore"):
                found.append((own * influence).sum(axis=(1, 2)) / np.any(influence != 0.0, axis=-1).sum(axis=-1))
        return np.round(np.concatenate(found), DIGITS)

    def _spread(self, parts: Sequence[Doubles]) -> Doubles:
        """Put values of the texts that can be exchanged in their places among all texts."""
        found = np.full(len(self.scores.keys), np.nan)
        if parts:
            found[self.scores.can_exchange] = np.concatenate(parts)
        return found

    def _mean(self, sums: Sequence[Doubles]) -> Doubles:
        if not sums:
            return np.full(1, np.nan)
        found: Doubles = np.round(np.sum(sums, axis=0) / self.scores.exchangeable, DIGITS)
        return found


def _factorial(size: int) -> float:
    return float(np.prod(np.arange(1, size + 1, dtype=np.float64)))

"""The profile of signed offsets, and what a reading adds to it: ``gain`` (docs/method.md, "Influence")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from .bins import Bin, Integers, other_texts

__all__ = ["Gains", "Profile"]

# shares of sums of squares that are rounding
_ROUNDING = 1e-12

Doubles = NDArray[np.float64]


class Profile:
    """The mean rank of influence at each signed offset, for each bin from the texts of other bins, at one layer.

    Attributes
    ----------
    ranks : list of ndarray, shape (m, rows, positions) each
        Standardised ranks of influence, bin by bin; 0 in a row without differences.
    maps : list of ndarray, shape (m, rows, positions) each
        The profile as a predictor, each row centred; 0 where a text's ``ranks`` are.
    """

    def __init__(self, bins: Sequence[Bin], layer: int) -> None:
        from edgeinterp_kernels.influence import standardised_ranks

        self.bins = bins
        self.ranks = [standardised_ranks(part.influence(layer), part.allowed) for part in bins]
        longest = max((int(np.abs(part.offsets).max(initial=0)) for part in bins), default=0)
        sums = [self._by_offset(number, longest) for number in range(len(bins))]
        total = np.sum(sums, axis=0)
        self.maps = [self._map(number, total - own, longest) for number, own in enumerate(sums)]

    def _by_offset(self, number: int, longest: int) -> Doubles:
        """Sum a bin's ranks by offset, and count them: shape (2, offsets)."""
        part, ranks = self.bins[number], self.ranks[number]
        counted = part.allowed & np.any(ranks != 0.0, axis=-1)[..., None]
        places = np.broadcast_to(part.offsets + longest, ranks.shape)[counted]
        size = 2 * longest + 1
        return np.stack([np.bincount(places, ranks[counted], size), np.bincount(places, minlength=size)])

    def _map(self, number: int, others: Doubles, longest: int) -> Doubles:
        part, ranks = self.bins[number], self.ranks[number]
        means = others[0] / np.maximum(others[1], 1.0)
        values = np.where(part.allowed, means[part.offsets + longest], 0.0)
        centred = values - values.sum(axis=-1, keepdims=True) / np.maximum(part.allowed.sum(axis=-1), 1)[:, None]
        live = np.any(ranks != 0.0, axis=-1)[..., None]
        found: Doubles = np.where(part.allowed & live, centred, 0.0)
        return found

    def rho(self, number: int) -> Doubles:
        """Correlation of the profile with the influence in each text of a bin, mean over rows."""
        own = _own(self, number)
        with np.errstate(divide="ignore", invalid="ignore"):
            rows = np.where(own[..., 0] > 1e-20, own[..., 1] / np.sqrt(own[..., 0]), 0.0)
            found: Doubles = rows.sum(axis=1) / live_rows(self, number)
        return found


def live_rows(profile: Profile, number: int) -> Doubles:
    """Count the rows of each text in which influence differs."""
    found: Doubles = np.any(profile.ranks[number] != 0.0, axis=-1).sum(axis=-1).astype(np.float64)
    return found


def _own(profile: Profile, number: int) -> Doubles:
    maps, ranks = profile.maps[number], profile.ranks[number]
    return np.stack([(maps * maps).sum(axis=-1), (maps * ranks).sum(axis=-1)], axis=-1)


class Gains:
    """The products of one reading with the profile and the influence, from which every exchange's gain follows.

    Parameters
    ----------
    profile : Profile
    readings : dict of int to ndarray, shape (m, rows, positions) each
        Standardised ranks of the reading in the bins that exchange influence, by the bin's number.
    """

    def __init__(self, profile: Profile, readings: Mapping[int, Doubles]) -> None:
        self.own = [_own(profile, number) for number in readings]
        self.live = [live_rows(profile, number) for number in readings]
        self.pairs = [self._pairs(profile, number, reading) for number, reading in readings.items()]
        self.sums = [self._sums(at) for at in range(len(readings))]

    @staticmethod
    def _pairs(profile: Profile, number: int, reading: Doubles) -> Doubles:
        """Products row by row of reading s and text t: <p, r>, <r, r>, <r, y>; shape (m, m, rows, 3)."""
        ranks, rows_first = profile.ranks[number], reading.transpose(1, 0, 2)
        with_profile = rows_first @ profile.maps[number].transpose(1, 2, 0)
        with_influence = rows_first @ ranks.transpose(1, 2, 0)
        differs = [np.any(part != 0.0, axis=-1).T for part in (reading, ranks)]
        both = differs[0][:, :, None] & differs[1][:, None, :]
        return np.stack([with_profile, both, with_influence], axis=-1).transpose(1, 2, 0, 3)

    def _sums(self, at: int) -> Doubles:
        """Sum over rows, in the order of the normal equations: <p, p>, <p, r>, <r, r>, <p, y>, <r, y>."""
        pairs, own = self.pairs[at].sum(axis=2), self.own[at].sum(axis=1)
        profile, with_influence = (np.broadcast_to(own[None, :, part], pairs.shape[:2]) for part in (0, 1))
        return np.stack([profile, pairs[..., 0], pairs[..., 1], with_influence, pairs[..., 2]], axis=-1)

    def rho(self) -> list[Doubles]:
        """Correlate each text's reading with the influence in each text of its bin, shape (m, m) a bin."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return [sums[..., 4] / live for sums, live in zip(self.sums, self.live, strict=True)]

    def exchanged(self, orders: Sequence[Integers]) -> list[Doubles]:
        """Return each text's gain under each exchange, shape (draws, m) a bin; everything is fitted again in each."""
        sums = [part[np.arange(len(part)), order].sum(axis=1) for part, order in zip(self.sums, orders, strict=True)]
        return [self._gains(at, order, weights) for at, (order, weights) in enumerate(self._fitted(orders, sums))]

    def foreign(self) -> list[Doubles]:
        """Return the gain of each text's reading with every other text's influence, shape (m, m) a bin.

        The coefficients are those of such pairs, each text's mean over them.
        """
        orders = [other_texts(len(part)) for part in self.sums]
        means = [(part.sum(axis=(0, 1)) - np.einsum("ssk->k", part))[None] / (len(part) - 1) for part in self.sums]
        found = []
        for at, (order, weights) in enumerate(self._fitted(orders, means)):
            table = np.zeros(self.sums[at].shape[:2])
            table[np.arange(len(table)), order] = self._gains(at, order, np.repeat(weights, len(order), axis=0))
            found.append(table)
        return found

    @staticmethod
    def _fitted(orders: Sequence[Integers], sums: Sequence[Doubles]) -> list[tuple[Integers, Doubles]]:
        """Fit influence by profile and reading for each bin, from the sums of the other bins; beside its order."""
        total = np.sum(sums, axis=0)
        return [(order, _weights(total - own)) for order, own in zip(orders, sums, strict=True)]

    def _gains(self, at: int, order: Integers, weights: Doubles) -> Doubles:
        from edgeinterp_kernels.gain import exchanged_gains

        return exchanged_gains(self.pairs[at], self.own[at], self.live[at], order, weights)


def _weights(sums: Doubles) -> Doubles:
    """Solve normal equations for the weights of profile and reading, shape (draws, 2).

    Those of a reading that would have to count against itself, or is the profile, are 1 and 0.
    """
    pp, pr, rr, py, ry = sums.T
    determinant = pp * rr - pr * pr
    alone = pp <= _ROUNDING * rr
    same = ~alone & (determinant <= _ROUNDING * pp * rr)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_profile = np.where(alone, 0.0, (py * rr - ry * pr) / determinant)
        of_reading = np.where(alone, ry / rr, (ry * pp - py * pr) / determinant)
    counts = ~same & (of_reading > 0.0)
    return np.stack([np.where(counts, of_profile, 1.0), np.where(counts, of_reading, 0.0)], axis=-1)

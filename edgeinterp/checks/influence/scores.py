"""From readings of texts to correlations of every predictor with every text's influence, exchanges, and intervals."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...results.influence.verdicts import FEWEST_IN_GROUP
from ...results.shared import Margin
from ...statistics.inference import interval, levels
from ...statistics.pvalues import FamilyP, permutation_p
from .texts import Predictors, TextReading

__all__ = ["FEWEST_IN_GROUP", "Bin", "Scores", "bins_of", "exchange_null", "pair_scores", "pseudo_values", "random_own"]

_DIGITS = 12

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Bin:
    """Texts that exchange their influence.

    ``pairs[u, s, t]`` is the correlation of predictor u of text s with the influence measured in text t, mean over the
    rows that every text of the bin has; NaN where that influence is constant. ``random_own[u, s]`` is, over the same
    rows, the correlation of a random model's predictor u of text s with the influence in the random model itself; None
    where unknown.
    """

    keys: list[int]
    pairs: Doubles
    random_own: Doubles | None = None

    @property
    def exchangeable(self) -> bool:
        """Tell whether the texts can exchange influence."""
        return len(self.keys) >= FEWEST_IN_GROUP


def bins_of(readings: Sequence[TextReading], of_random: int = 0) -> list[Bin]:
    """Group texts, in an order determined by their content alone.

    The last ``of_random`` predictors of a layer belong to a random model.
    """
    groups: dict[tuple[int, ...], list[TextReading]] = {}
    for reading in sorted(readings, key=lambda reading: reading.key):
        groups.setdefault(reading.group, []).append(reading)
    ordered = sorted(groups.values(), key=lambda group: [reading.key for reading in group])
    return [
        Bin([reading.key for reading in group], pair_scores(group), random_own(group, of_random)) for group in ordered
    ]


def pair_scores(group: Sequence[TextReading]) -> Doubles:
    """Return the correlations of ``Bin.pairs``, shape (L * predictors, m, m)."""
    rows = _common_rows(group)
    ranks = np.stack([reading.ranks[:, :, rows] for reading in group], axis=2)
    influence = np.stack([reading.influence[:, rows] for reading in group], axis=1)
    layers, predictors, m = ranks.shape[:3]
    products = ranks.reshape(layers, predictors * m, -1) @ influence.reshape(layers, m, -1).transpose(0, 2, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = products / _differing(influence)[:, None, :]
    # rounded, so that exchanges without effect compare as equal
    pairs: Doubles = np.round(means, _DIGITS).reshape(layers * predictors, m, m)
    return pairs


def random_own(group: Sequence[TextReading], of_random: int) -> Doubles | None:
    """Return the correlations of ``Bin.random_own``, shape (L * of_random, m)."""
    rows = _common_rows(group)
    found = []
    for reading in group:
        if reading.random_influence is None or not of_random:
            return None
        influence = reading.random_influence[:, rows]
        products = np.einsum("lpnc,lnc->lp", reading.ranks[:, -of_random:, rows], influence)
        with np.errstate(divide="ignore", invalid="ignore"):
            found.append((products / _differing(influence)[:, None]).ravel())
    own: Doubles = np.round(np.stack(found, axis=1), _DIGITS)
    return own


def _common_rows(group: Sequence[TextReading]) -> NDArray[np.intp]:
    """Return the rows that every text of the group has."""
    size = min(reading.rows.size for reading in group)
    return np.flatnonzero(np.all([reading.rows[:size] for reading in group], axis=0))


def _differing(influence: Doubles) -> NDArray[np.intp]:
    """Count the rows (next to last axis) in which influence differs between columns (last axis)."""
    counts: NDArray[np.intp] = np.any(influence != 0.0, axis=-1).sum(axis=-1)
    return counts


def pseudo_values(pairs: Doubles) -> Doubles:
    """Return each text's jackknife pseudo-value of the mean correlation with *other* texts' influence.

    The mean over pairs s != t is a U-statistic: each text enters twice, with its attention and with its influence. Its
    pseudo-values m U - (m - 1) U_without average to U exactly, and their spread is that of U; plain means per text
    would count each text once, and give too narrow intervals.

    Parameters
    ----------
    pairs : ndarray, shape (units, m, m)

    Returns
    -------
    ndarray, shape (units, m)
    """
    m = pairs.shape[-1]
    own = np.einsum("uss->us", pairs)
    both = pairs.sum(axis=1) + pairs.sum(axis=2) - 2.0 * own
    whole = pairs.sum(axis=(1, 2)) - own.sum(axis=1)
    values: Doubles = whole[:, None] / (m - 1) - (whole[:, None] - both) / (m - 2)
    return values


def exchange_null(bins: Sequence[Bin], n_permutations: int, seed: int) -> tuple[Doubles, Doubles]:
    """Exchange influence between texts of a bin, with the same exchange for all layers, heads and predictors.

    Returns
    -------
    observed : ndarray, shape (units,)
        Mean correlation over the exchangeable texts.
    null : ndarray, shape (n_permutations, units)
        The same under each exchange.
    """
    observed = np.zeros(len(bins[0].pairs))
    null = np.zeros((n_permutations, len(observed)))
    texts = sum(len(part.keys) for part in bins)
    for part in bins:
        m = len(part.keys)
        order = np.argsort(_generator(part.keys, seed).random((n_permutations, m)), axis=1)
        own = np.arange(m)
        # summed in the same order as the exchanges, so that the identity equals it
        observed += part.pairs[:, own, own].sum(axis=1)
        for s in range(m):
            null += part.pairs[:, s, order[:, s]].T
    return np.round(observed / texts, _DIGITS), np.round(null / texts, _DIGITS)


def _generator(keys: Sequence[int], seed: int) -> np.random.Generator:
    """Key exchanges by the seed and the bin's texts: neither the order of texts nor another bin changes the draws."""
    data = np.array(sorted(keys), dtype="<u8").tobytes() + b"influence"
    digest = hashlib.blake2b(data, digest_size=16, key=int(seed).to_bytes(8, "little")).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "little")))


class Scores:
    """Statistics of one sample of texts: mean correlations, p-values, rivals, and intervals over texts.

    Units are layers x predictors, a layer's predictors one after the other.
    """

    def __init__(self, bins: Sequence[Bin], layers: int, predictors: Predictors, alpha: float) -> None:
        self.bins, self.layers, self.predictors, self.alpha = bins, layers, predictors, alpha
        own = [np.einsum("uss->us", part.pairs) for part in bins]
        self.keys = np.array([key for part in bins for key in part.keys], dtype=np.uint64)
        # (texts, units)
        self.rho = np.concatenate(own, axis=1).T
        foreign = [
            pseudo_values(part.pairs) if part.exchangeable else np.full(rho.shape, np.nan)
            for part, rho in zip(bins, own, strict=True)
        ]
        self.foreign = np.concatenate(foreign, axis=1).T
        known = [part.random_own for part in bins if part.random_own is not None]
        # (texts, layers * a random model's predictors), texts in the order of rho
        self.random_own = np.concatenate(known, axis=1).T if len(known) == len(bins) else None
        self.can_exchange = np.repeat([part.exchangeable for part in bins], [len(part.keys) for part in bins])

    def unit(self, layer: int, place: int) -> int:
        """Return the column of a predictor at attention layer 1..L."""
        return (layer - 1) * int(self.rho.shape[1] // self.layers) + place

    def random_unit(self, layer: int, place: int) -> int:
        """Return the column of ``random_own`` for the random model's predictor at ``place``."""
        count = self.predictors.of_random
        return (layer - 1) * count + place - (int(self.rho.shape[1] // self.layers) - count)

    @property
    def exchangeable(self) -> int:
        """Count the exchangeable texts."""
        return sum(len(part.keys) for part in self.bins if part.exchangeable)

    @property
    def ways(self) -> float:
        """Count the distinct exchanges of texts."""
        sizes = [len(part.keys) for part in self.bins if part.exchangeable]
        # beyond the range of a double, the number is as good as infinite
        with np.errstate(over="ignore"):
            return float(np.prod([_factorial(size) for size in sizes]))

    def pvalues(self, families: Sequence[Sequence[int]], n_permutations: int, seed: int) -> list[FamilyP]:
        """Return the p-values of each family of units, from one set of exchanges."""
        bins = [part for part in self.bins if part.exchangeable]
        observed, null = exchange_null(bins, n_permutations, seed)
        return [permutation_p(observed[list(units)], null[:, list(units)]) for units in families]

    def mean_interval(self, values: Doubles) -> tuple[float, tuple[float, float] | None]:
        """Return the mean of one correlation over texts with its interval, formed on Fisher's z of the mean."""
        mean = float(values[~np.isnan(values)].mean())
        bounds = self._bounds(values, lambda means: np.arctanh(np.clip(means, -_LARGEST, _LARGEST)), self.alpha)
        return mean, None if bounds is None else (_back(bounds[0]), _back(bounds[1]))

    def margin(self, values: Doubles, delta: float) -> Margin:
        """Return the mean of a difference over the texts that have it, with its intervals."""
        ci, inner = (self._bounds(values, lambda means: means, level) for level in levels(self.alpha))
        return Margin(float(values[~np.isnan(values)].mean()), ci, inner, delta)

    def _bounds(
        self, values: Doubles, transform: Callable[[Doubles], Doubles], alpha: float
    ) -> tuple[float, float] | None:
        there = ~np.isnan(values)
        sums = np.stack([values[there], np.ones(int(there.sum()))], axis=1)

        def statistic(draws: Doubles) -> Doubles:
            with np.errstate(divide="ignore", invalid="ignore"):
                return transform(draws[:, 0] / draws[:, 1])[:, None]

        low, high = interval(self.keys[there], sums, statistic, alpha)[:, 0]
        return (float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else None


# the z of a correlation of 1 is infinite
_LARGEST = 1.0 - 1e-15


def _back(z: float) -> float:
    return round(float(np.tanh(z)), _DIGITS)


def _factorial(size: int) -> float:
    return float(np.prod(np.arange(1, size + 1, dtype=np.float64)))

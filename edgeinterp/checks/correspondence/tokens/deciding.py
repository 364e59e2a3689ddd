"""Tallies -> how much of a state is its token, and whether any map finds it: what verdicts rest on."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

from ....results.correspondence.result import MapKappa, Recoverable, Share
from ....results.correspondence.verdicts import TRIED
from ....statistics.inference import interval, jackknife_deviations, jackknife_interval, rounding_step
from ..tallies import MAPS, Tallies
from .share import Shares

__all__ = ["Kappas", "share_groups", "share_of"]

Doubles = NDArray[np.float64]

# groups of texts from which on a jackknife over them is worth its name
FEWEST_GROUPS = 5


def kappa_of(hits: Doubles, chance: Doubles) -> Doubles:
    """Return kappa of shares; NaN where chance leaves nothing to find."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(1.0 - chance > 1e-9, (hits - chance) / (1.0 - chance), np.nan)


class Kappas:
    """Kappas of all maps and hidden states, at 1 - alpha over the number of maps tried.

    Parameters
    ----------
    tallies : Tallies
    sums : ndarray, shape (texts, 1 + 2 * layers * maps)
        By text: tokens, hits, chance.
    alpha : float
    fitted : bool
        Whether there is a fit half, and so a linear map.
    """

    def __init__(self, tallies: Tallies, sums: Doubles, alpha: float, fitted: bool) -> None:
        self.fitted, self.tokens = fitted, int(sums[:, 0].sum())
        keys, level = np.array(tallies.keys, dtype=np.uint64), alpha / len(TRIED)
        shape = (tallies.layers, len(MAPS))
        self.values = _kappas(sums.sum(axis=0, keepdims=True)).reshape(shape)
        self.bounds = interval(keys, sums, _kappas, level).reshape(2, *shape)
        sample = list(tallies.sample.texts.items())
        scores = np.array([text.type_scores for _, text in sample])
        self.looked_up = scores[:, :, 0].sum(axis=0)
        flat = scores.transpose(0, 2, 1).reshape(len(sample), -1)
        self.type_values = _type_kappas(flat.sum(axis=0, keepdims=True))[0]
        self.type_bounds = interval(np.array([key for key, _ in sample], dtype=np.uint64), flat, _type_kappas, level)

    def at(self, layer: int) -> Recoverable:
        """Return the map of highest lower bound at one hidden state, and all that were tried."""
        found = {}
        for name in TRIED:
            if name == "type_mean":
                value, bounds = self.type_values[layer], self.type_bounds[:, layer]
                tokens = int(self.looked_up[layer])
            else:
                place = MAPS.index(name)
                value, bounds, tokens = self.values[layer, place], self.bounds[:, layer, place], self.tokens
            known = tokens and np.isfinite(value) and (self.fitted or name != "linear" or not layer)
            ci = (float(bounds[0]), min(1.0, float(bounds[1]))) if known and np.isfinite(bounds).all() else None
            found[name] = MapKappa(float(value) if known else None, ci, tokens)
        best = max(found, key=lambda name: _rank(found[name]))
        return Recoverable(best, found[best].kappa, found[best].ci, found)


def _rank(one: MapKappa) -> tuple[float, float]:
    low = -np.inf if one.ci is None else one.ci[0]
    return low, -np.inf if one.kappa is None else one.kappa


def _kappas(totals: Doubles) -> Doubles:
    with np.errstate(divide="ignore", invalid="ignore"):
        hits, chance = np.split(totals[:, 1:] / totals[:, :1], 2, axis=1)
    return kappa_of(hits, chance)


def _type_kappas(totals: Doubles) -> Doubles:
    """Return kappas of totals (draws, 3 * layers): tokens looked up, hits and chance, each by hidden state."""
    with np.errstate(divide="ignore", invalid="ignore"):
        tokens, hits, chance = np.split(totals, 3, axis=1)
        return kappa_of(hits / tokens, chance / tokens)


def share_of(tallies: Tallies, layer: int, alpha: float) -> Share:
    """Return how much of one hidden state is its token, with delete-group jackknife intervals."""
    shares = tallies.share
    assert isinstance(shares, Shares)
    covered = shares.covered / shares.tokens if shares.tokens else None
    if np.isnan(shares.values[layer, :, 0]).any():
        reason = "no token of two evaluated texts" if not shares.covered else "the states of these tokens do not differ"
        return Share(None, None, tokens=shares.covered, covered=covered, reason=reason)
    parts = []
    for values in shares.values[layer]:
        without = values[1:][~np.isnan(values[1:])][:, None]
        value = float(values[0])
        enough = len(without) >= FEWEST_GROUPS
        parts.append((
            value,
            jackknife_interval(value, without, alpha, fisher=False) if enough else None,
            _rounded(jackknife_deviations(without)[:, 0]) if enough else [],
        ))  # fmt: skip
    (value, ci, deviations), (standardised, its_ci, its_deviations) = parts
    why = None if ci else f"texts in fewer than {FEWEST_GROUPS} groups give no interval"
    return Share(value, ci, standardised, its_ci, 0.0, shares.covered, covered, deviations, its_deviations, why)


def _rounded(deviations: Doubles) -> list[float]:
    """Return three digits of the root mean square: differences of results need no more."""
    step = rounding_step(deviations)
    digits = max(0, -round(np.log10(step))) if step else 0
    # -0.0 would be a longer 0
    return [round(value, digits) + 0.0 for value in deviations.tolist()]


def share_groups(tallies: Tallies) -> str:
    """Return a digest of the evaluated texts: with the same texts, groups of two results are the same."""
    keys = np.sort(np.array(tallies.keys, dtype=np.uint64))
    return hashlib.blake2b(keys.tobytes(), digest_size=8).hexdigest() if keys.size else ""

"""Margins over random models, and how well gains are known: what decides how many texts and models are run."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...results.influence.controls import FEWEST_RANDOM, RANDOM_PARTS
from ...results.influence.result import RivalAgreement
from ...results.influence.verdicts import FEWEST_TEXTS
from ...results.rule import delta_of
from ...results.shared import Margin
from ...statistics.inference import levels
from ...statistics.means import bounds, mean_bounds
from .kept import Kept, Unit
from .scores import LayerScores, Scores, UnitScores

__all__ = ["NO_CHANGE", "Judged", "ScoredModel", "half_width", "mean_margins", "random_margins", "settled", "widest"]

NO_CHANGE = "no replaced token changes the hidden state in at least one text; leave it out, or replace by other tokens"
NO_EXCHANGE = "no texts can be exchanged: fewer than 3 of one length with the same positions"
NO_RANDOM_CHANGE = "no replaced token changes a random model's hidden state in at least one text"

Doubles = NDArray[np.float64]
Judged = dict[Unit, dict[str, RivalAgreement]]


@dataclass(frozen=True)
class ScoredModel:
    """Gain and pair of each judged reading in one model, by attention layer and name of the reading."""

    scores: Scores
    layers: dict[int, LayerScores]
    units: dict[Unit, UnitScores]

    @classmethod
    def of(cls, study: Kept, scores: Scores, random: bool = False) -> ScoredModel:
        """Score every reading that is judged, without exchanges."""
        orders, layers, units = scores.without_exchanges(), dict[int, LayerScores](), {}
        readings = study.random_readings if random else study.readings
        for layer, name in study.judged:
            if layer not in layers:
                layers[layer] = scores.at(layer)
            units[layer, name] = layers[layer].unit(readings.place(name), orders)
        return cls(scores, layers, units)


def half_width(study: Kept) -> float | None:
    """Return the widest half-width of the gains that verdicts rest on, by t quantiles; None where one is not known."""
    from scipy.special import stdtrit

    scores = Scores(study.kept, study.causal, study.alpha)
    count = scores.exchangeable
    if count < FEWEST_TEXTS:
        return None
    layers = {layer: scores.at(layer) for layer, _ in study.cheap}
    gains = [layers[layer].gain(study.readings.place(name))[scores.can_exchange] for layer, name in study.cheap]
    spread = float(np.max([values.std(ddof=1) for values in gains]))
    return (
        None if math.isnan(spread) else float(stdtrit(count - 1.0, 1.0 - study.alpha / 2.0)) * spread / math.sqrt(count)
    )


def widest(found: Sequence[tuple[float, float] | None]) -> float | None:
    """Return half the width of the widest interval; None where one is lacking."""
    known = [(high - low) / 2.0 for low, high in (ci for ci in found if ci is not None)]
    return max(known) if known and len(known) == len(found) else None


def settled(study: Kept, own: ScoredModel, others: Sequence[ScoredModel]) -> bool:
    """Whether further random models would change no verdict, asked after two of them.

    That is so when no verdict hangs on a margin over them that is open: of readings whose gain and pair are above 0,
    each is above the random models' in both, or shown not to be in one.
    """
    if len(others) < FEWEST_RANDOM:
        return False
    found = random_margins(study, own, others)
    above = np.ones(len(own.units), dtype=bool)
    for name in ("gain", "pair"):
        values = np.stack([getattr(unit, name) for unit in own.units.values()], axis=1)
        above &= [margin.outcome == "beaten" for margin in mean_margins(own.scores, values, 0.0)]
    outcomes = [
        {margin.outcome for margin in found[one].values()} for one, hangs in zip(own.units, above, strict=True) if hangs
    ]
    return all("open" not in some or some & {"equal", "wins"} for some in outcomes)


def random_margins(study: Kept, own: ScoredModel, others: Sequence[ScoredModel]) -> Judged:
    """Return the margins over random models of all that verdicts are given on."""
    return {one: _over_random(study, own, others, one) for one in own.units}


def _over_random(study: Kept, own: ScoredModel, others: Sequence[ScoredModel], one: Unit) -> dict[str, RivalAgreement]:
    parts = [_texts(model, one) for model in (own, *others)]
    if any(np.isnan(values).any() for _, values in parts):
        missing = RivalAgreement(None, None, NO_CHANGE if np.isnan(parts[0][1]).any() else NO_RANDOM_CHANGE)
        return dict.fromkeys(RANDOM_PARTS.values(), missing)
    if not all(len(keys) for keys, _ in parts):
        return dict.fromkeys(RANDOM_PARTS.values(), RivalAgreement(None, None, NO_EXCHANGE))
    keys, place = np.unique(np.concatenate([keys for keys, _ in parts]), return_inverse=True)
    # what each text adds in each model: rho of the profile, gain, pair, and that it is there
    sums, done = np.zeros((len(keys), len(parts), 4)), 0
    for number, (some, values) in enumerate(parts):
        sums[place[done : done + len(some)], number] = values
        done += len(some)
    statistics = {"gain": (_open_share, delta_of("share", study.equal)), "pair": (_pair, delta_of("pair", study.equal))}
    found = {}
    for part, (statistic, delta) in statistics.items():
        each = statistic(sums.sum(axis=0)[None])[0]
        margin = _over_models(keys, sums, statistic, study.alpha, delta)
        found[RANDOM_PARTS[part]] = RivalAgreement(float(each[1:].mean()), margin)
    return found


def _texts(model: ScoredModel, one: Unit) -> tuple[NDArray[np.uint64], Doubles]:
    """Return the texts that can be exchanged, and of each rho of the profile, gain, pair, and 1."""
    unit, there = model.units[one], model.scores.can_exchange
    profile = model.layers[one[0]].profile_rho
    values = np.stack([profile, unit.gain, unit.pair, np.ones(len(profile))], axis=1)
    return model.scores.keys[there], values[there]


def _open_share(sums: Doubles) -> Doubles:
    """Gain as a share of what the profile leaves open, shape (draws, models): ((p + g)^2 - p^2) / (1 - p^2).

    A random model's profile explains nothing, which leaves its gain more room.
    """
    profile, gain = np.maximum(sums[..., 0], 0.0) / sums[..., 3], sums[..., 1] / sums[..., 3]
    found: Doubles = ((profile + gain) ** 2 - profile**2) / np.maximum(1.0 - profile**2, 1e-12)
    return found


def _pair(sums: Doubles) -> Doubles:
    found: Doubles = sums[..., 2] / sums[..., 3]
    return found


def _over_models(
    keys: NDArray[np.uint64], sums: Doubles, statistic: Callable[[Doubles], Doubles], alpha: float, delta: float
) -> Margin:
    """Return the margin over the mean of random models, with intervals over texts and, where there are two, models."""
    from scipy.special import stdtrit

    count = sums.shape[1] - 1

    def over(drawn: Doubles) -> Doubles:
        found = statistic(drawn.reshape(len(drawn), *sums.shape[1:]))
        difference: Doubles = found[:, :1] - found[:, 1:].mean(axis=1, keepdims=True)
        return difference

    flat = sums.reshape(len(sums), -1)
    value = float(over(flat.sum(axis=0)[None])[0, 0])
    spread = float(statistic(sums.sum(axis=0)[None])[0, 1:].std(ddof=1)) if count > 1 else 0.0
    found = []
    for level in levels(alpha):
        (within,) = bounds(keys, flat, over, level)
        reach = float(stdtrit(count - 1.0, 1.0 - level / 2.0)) * spread / math.sqrt(count) if count > 1 else 0.0
        found.append(
            None if within is None else (value - math.hypot(value - within[0], reach),
                                         value + math.hypot(within[1] - value, reach))
        )  # fmt: skip
    return Margin(value, found[0], found[1], delta)


def mean_margins(scores: Scores, values: Doubles, delta: float) -> list[Margin]:
    """Return means over texts that can be exchanged, of values of shape (texts, k), with their intervals."""
    there = scores.can_exchange
    if not there.any():
        return [Margin(None, None, None, delta)] * values.shape[1]
    found = [mean_bounds(scores.keys[there], values[there], level) for level in levels(scores.alpha)]
    return [
        Margin(None if np.isnan(mean) else float(mean), ci, inner, delta)
        for mean, ci, inner in zip(values[there].mean(axis=0), *found, strict=True)
    ]

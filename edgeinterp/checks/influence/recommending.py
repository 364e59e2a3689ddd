"""Which reading to show of a layer: chosen on one half of the texts, judged on the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...reading.names import named
from ...results.influence.controls import CHEAPER_PARTS
from ...results.influence.result import InfluenceResult, Recommended
from ...results.influence.verdicts import FEWEST_TEXTS, judged_reading
from ...runtime.counting import counted
from .kept import Kept, Unit
from .numbers import Numbers
from .over_random import ScoredModel

__all__ = ["recommended"]

_RANK = {"supported": 2, "undecided": 1}


def recommended(
    study: Kept, whole: Numbers, random: Sequence[ScoredModel], result: InfluenceResult
) -> dict[int, Recommended | None]:
    """Return the reading of each layer that is best in every second bin, as the texts of the other bins judge it.

    The best is the one that gains most among those that hold where the choice is made; where none does, among those
    that are undecided there, and then among all. Choice and judgement know nothing of each other: profiles, weights
    and what is subtracted come from their own texts, and copies of a text stay together. Only random models are the
    same for both. None where nothing was measured.
    """
    chooses = _sides(whole)
    halves = [[text for text in whole.kept if chooses[text.key] is side] for side in (True, False)]
    layers = range(1, study.layers + 1)
    if not all(halves):
        return dict.fromkeys(layers)
    first = Numbers(study, halves[0], random, [[(layer, key) for key in study.readings.keys for layer in layers]])
    chosen = {layer: _best(study, first, layer, _of_half(result, first)) for layer in layers}
    units: list[Unit] = [(layer, key) for layer, key in chosen.items() if key is not None]
    if not units:
        return dict.fromkeys(layers)
    half = Numbers(study, halves[1], random, [units])
    seen = _of_half(result, half)
    return {layer: None if key is None else _judged(half, (layer, key), seen) for layer, key in chosen.items()}


def _of_half(result: InfluenceResult, half: Numbers) -> InfluenceResult:
    """Return the result with the counts of one half of the texts, which is what verdicts ask for."""
    exchangeable = half.scores.exchangeable
    return replace(result, texts=len(half.kept), exchangeable=exchangeable, smallest_p=half.smallest_p)


def _sides(whole: Numbers) -> dict[int, bool]:
    """Tell of each text's key whether it chooses: every second bin does, in the order of lengths."""
    chooses: dict[int, bool] = {}
    side = False
    for part in sorted(whole.scores.bins, key=lambda part: (part.rows.size, part.keys)):
        met = next((chooses[key] for key in part.keys if key in chooses), None)
        side = not side if met is None else side
        for key in part.keys:
            chooses.setdefault(key, side if met is None else met)
    return chooses


def _best(study: Kept, half: Numbers, layer: int, result: InfluenceResult) -> str | None:
    """Return the key of the best reading; where two are as good, the cheaper."""
    best, most = None, (-1, -np.inf)
    for key in study.readings.keys:
        found = judged_reading(half.reading((layer, key)), result)
        if found.gain.value is not None and (_RANK.get(found.verdict, 0), found.gain.value) > most:
            best, most = key, (_RANK.get(found.verdict, 0), found.gain.value)
    return best


def _judged(half: Numbers, unit: Unit, result: InfluenceResult) -> Recommended:
    found = judged_reading(half.reading(unit), result)
    name = named(found.name, found.rolled_up)
    holds = found.verdict == "supported"
    because = found.because if holds else f"the best of half of the texts, {name}, is {found.verdict}: {found.because}"
    if half.scores.exchangeable < FEWEST_TEXTS:
        because = (
            f"half of the texts choose, and {half.scores.exchangeable} that can exchange influence are left to judge; "
            f"{FEWEST_TEXTS} are needed: give {counted(2 * FEWEST_TEXTS, 'text')} or more"
        )
    beside = {key: float(half.units[unit[0], key].rho.mean()) for key in CHEAPER_PARTS}
    return Recommended(
        found.name if holds else None, found.rolled_up and holds, found.rho, found.ci, found.verdict, because,
        result.texts, {key: None if np.isnan(rho) else rho for key, rho in beside.items()},
    )  # fmt: skip

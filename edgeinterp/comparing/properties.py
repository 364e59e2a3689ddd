"""Conditions behind a verdict of ``properties``."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ..results.properties.controls import CONTROLS
from ..results.properties.result import PropertiesResult, RivalScore, Units
from ..results.properties.verdicts import CHANCE, MARGINS, closest_rival
from ..results.shared import Verdict
from ..statistics.inference import rounding_step
from .deciding import Condition, Deviations, further

__all__ = ["property_conditions"]


def property_conditions(part: PropertiesResult, verdict: Verdict) -> list[Condition]:
    """Return the conditions behind the verdict on one hidden state, in both kinds of folds."""
    layer = next((layer for layer in part.layers if layer.layer == verdict.hidden_state), None)
    if layer is None or layer.score is None:
        return []
    beyond_chance = int(layer.p_adjusted is not None and layer.p_adjusted <= part.alpha)
    kept = partial(_deviations, part.units, layer.deviations, "concepts")
    found = [Condition("score", beyond_chance, layer.score, layer.ci, kept("score")), *_margins(layer.rivals, kept)]
    over = layer.clusters
    if over is None or over.score is None or part.clusters is None:
        return found
    kept = partial(_deviations, part.clusters.units, over.deviations, "clusters")
    above = int(over.ci is not None and over.ci[0] > CHANCE)
    name = "score with clusters held out"
    found.append(Condition(name, above, over.score, over.ci, kept("score")))
    return [*found, *_margins(over.rivals, kept, ", clusters held out")]


def _margins(
    rivals: dict[str, RivalScore], kept: Callable[[str], Deviations | None], folds: str = ""
) -> list[Condition]:
    """Return the condition on each kind of rival: the margin over the closest."""
    weakening = " and ".join(control.name for control in CONTROLS if control.unbeaten == "weakened")
    names = {
        "unsupported": f"smallest margin over other rivals than {weakening}",
        "weakened": f"smallest margin over {weakening}",
    }
    found = []
    for kind, unbeaten in MARGINS.items():
        closest = closest_rival(rivals, unbeaten)
        margin = None if closest is None else rivals[closest].margin
        name = names[unbeaten] + folds
        if margin is None:
            found.append(Condition(name, 0, None, None, None, "no such rival was measured"))
        else:
            found.append(Condition(name, further(margin), margin.value, margin.ci, kept(kind)))
    return found


def _deviations(
    units: Units | None, deviations: dict[str, list[list[float]]], unit: str, kind: str
) -> Deviations | None:
    values = deviations.get(kind)
    if units is None or not values:
        return None
    kept = np.array(values, dtype=np.float64).T
    return Deviations(units.digest, units.count, kept, rounding_step(kept), unit)

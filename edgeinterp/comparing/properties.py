"""Conditions behind a verdict of ``properties``."""

from __future__ import annotations

import numpy as np

from ..results.properties.controls import CONTROLS
from ..results.properties.result import LayerProperties, PropertiesResult
from ..results.properties.verdicts import MARGINS, closest_rival
from ..results.shared import Verdict
from ..statistics.inference import rounding_step
from .deciding import Condition, Deviations, further

__all__ = ["property_conditions"]


def property_conditions(part: PropertiesResult, verdict: Verdict) -> list[Condition]:
    """Return the conditions behind the verdict on one hidden state."""
    layer = next((layer for layer in part.layers if layer.layer == verdict.hidden_state), None)
    if layer is None or layer.score is None:
        return []
    beyond_chance = int(layer.p_adjusted is not None and layer.p_adjusted <= part.alpha)
    weakening = " and ".join(control.name for control in CONTROLS if control.unbeaten == "weakened")
    names = {
        "unsupported": f"smallest margin over other rivals than {weakening}",
        "weakened": f"margin over {weakening}",
    }
    return [
        Condition("score", beyond_chance, layer.score, layer.ci, _deviations(part, layer, "score")),
        *(_margin(part, layer, kind, names[unbeaten]) for kind, unbeaten in MARGINS.items()),
    ]


def _margin(part: PropertiesResult, layer: LayerProperties, kind: str, name: str) -> Condition:
    closest = closest_rival(layer.rivals, MARGINS[kind])
    found = None if closest is None else layer.rivals[closest].margin
    if found is None:
        return Condition(name, 0, None, None, None, "no such rival was measured")
    return Condition(name, further(found), found.value, found.ci, _deviations(part, layer, kind))


def _deviations(part: PropertiesResult, layer: LayerProperties, kind: str) -> Deviations | None:
    values = layer.deviations.get(kind)
    if part.units is None or not values:
        return None
    kept = np.array(values, dtype=np.float64).T
    return Deviations(part.units.digest, part.units.count, kept, rounding_step(kept))

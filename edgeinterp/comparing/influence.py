"""Conditions behind a verdict of ``influence``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..results.influence.controls import RANDOM_PARTS
from ..results.influence.result import Agreement, InfluenceResult, RivalAgreement
from ..results.shared import Verdict
from .deciding import Condition, UnitSums, further, mean_of_sums

__all__ = ["influence_conditions"]

NOT_KEPT = "no values by text were kept of it"


def influence_conditions(part: InfluenceResult, verdict: Verdict) -> list[Condition]:
    """Return the conditions behind the verdict on mean attention, rollout or a head at one attention layer."""
    layer = next((layer for layer in part.layers if layer.attention_layer == verdict.attention_layer), None)
    if layer is None:
        return []
    if part.head is not None and verdict.claim.startswith("head "):
        return _conditions(part, part.head.agreement, part.head.rivals, {})
    found = layer.rollout if verdict.claim.startswith("rollout ") else layer.attention
    return _conditions(part, found, found.rivals, _by_text(part, found.key, layer.attention_layer))


def _conditions(
    part: InfluenceResult, found: Agreement, rivals: Mapping[str, RivalAgreement], kept: Mapping[str, UnitSums]
) -> list[Condition]:
    if found.rho is None:
        return []
    out = []
    for name, one in (("gain", found.gain), ("pair", found.pair)):
        above = further(one) if one.p_adjusted is None or one.p_adjusted <= part.alpha else 0
        out.append(Condition(name, above, one.value, one.ci, kept.get(name), None if name in kept else NOT_KEPT))
    for name in RANDOM_PARTS.values():
        margin = rivals[name].margin if name in rivals else None
        value, ci = (None, None) if margin is None else (margin.value, margin.ci)
        out.append(Condition(f"margin over {name}", further(margin), value, ci, None, NOT_KEPT))
    # shown, and asked for by needs; no verdict rests on it
    out.append(Condition("rho", 1, found.rho, found.ci, kept.get("rho"), None if "rho" in kept else NOT_KEPT))
    return out


def _by_text(part: InfluenceResult, name: str, attention_layer: int) -> dict[str, UnitSums]:
    found = {}
    for statistic in ("rho", "gain", "pair"):
        rows = {}
        for text in part.text_scores:
            value = text.scores.get(f"{name}_{statistic}", [])[attention_layer - 1 : attention_layer]
            if value and value[0] is not None:
                rows[int(text.hash, 16)] = np.array([1.0, value[0]])
        if rows:
            found[statistic] = UnitSums(rows, mean_of_sums)
    return found

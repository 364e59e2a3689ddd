"""Conditions behind a verdict of ``influence``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..results.controls import rivals as rivals_of
from ..results.influence.controls import CONTROLS
from ..results.influence.result import Agreement, InfluenceResult, RivalAgreement
from ..results.shared import Verdict
from .deciding import Condition, UnitSums, further

__all__ = ["influence_conditions"]

NOT_KEPT = "no values by text were kept of it"


def influence_conditions(part: InfluenceResult, verdict: Verdict) -> list[Condition]:
    """Return the conditions behind the verdict on mean attention, rollout or a head at one attention layer."""
    layer = next((layer for layer in part.layers if layer.attention_layer == verdict.attention_layer), None)
    if layer is None:
        return []
    if part.head is not None and verdict.claim.startswith("head "):
        return _conditions(part, part.head.agreement, part.head.rivals, None)
    if verdict.claim.startswith("rollout "):
        return _conditions(part, layer.rollout, layer.rollout_rivals, _by_text(part, "rollout", layer.attention_layer))
    return _conditions(part, layer.attention, layer.rivals, _by_text(part, "attention", layer.attention_layer))


def _conditions(
    part: InfluenceResult, found: Agreement, rivals: Mapping[str, RivalAgreement], kept: UnitSums | None
) -> list[Condition]:
    if found.rho is None:
        return []
    out = [Condition("rho", _follows(found, part.alpha), found.rho, found.ci, kept, None if kept else NOT_KEPT)]
    for name in (control.name for control in rivals_of(CONTROLS)):
        margin = rivals[name].margin if name in rivals else None
        value, ci = (None, None) if margin is None else (margin.value, margin.ci)
        out.append(Condition(f"margin over {name}", further(margin), value, ci, None, NOT_KEPT))
    return out


def _follows(found: Agreement, alpha: float) -> int:
    """Return 1 where attention knows something of influence, else 0."""
    return int(found.p_adjusted is not None and found.p_adjusted <= alpha)


def _by_text(part: InfluenceResult, name: str, attention_layer: int) -> UnitSums | None:
    rows = {}
    for text in part.text_scores:
        value = text.scores.get(name, [])[attention_layer - 1 : attention_layer]
        if value and value[0] is not None:
            rows[int(text.hash, 16)] = np.array([1.0, value[0]])
    return UnitSums(rows, _mean) if rows else None


def _mean(totals: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(totals[:, 1] / totals[:, 0], dtype=np.float64)

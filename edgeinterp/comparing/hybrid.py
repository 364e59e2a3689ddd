"""Conditions behind a verdict of ``hybrid``."""

from __future__ import annotations

from ..results.hybrid.result import HybridResult
from ..results.shared import Verdict
from .deciding import Condition
from .relations import beyond_chance, margin_condition

__all__ = ["hybrid_conditions"]

# the classifier without a block, and the gain over it
_GAINS = {"WS": "gain of attention", "WA": "gain of properties"}


def hybrid_conditions(part: HybridResult, verdict: Verdict) -> list[Condition]:
    """Return the conditions behind the verdict on one contrast."""
    contrast = next((one for one in part.contrasts if one.name == verdict.contrast), None)
    if contrast is None or contrast.together.auc is None:
        return []
    whole = contrast.together
    gains = [margin_condition(whole, name, contrast.nested[key]) for key, name in _GAINS.items()]
    controls = [margin_condition(whole, f"margin over {key}", one) for key, one in contrast.controls.items()]
    return [beyond_chance(whole, part.alpha), *gains, *controls]

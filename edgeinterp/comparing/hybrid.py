"""Conditions behind a verdict of ``hybrid``."""

from __future__ import annotations

from ..results.hybrid.result import HybridResult
from ..results.shared import Verdict
from .deciding import Condition
from .relations import beyond_chance, margin_condition

__all__ = ["hybrid_conditions"]

# what is left out of the nested classifier that each gain is over
_GAINS = {"words_features": "gain of attention", "words_attention": "gain of properties"}


def hybrid_conditions(part: HybridResult, verdict: Verdict) -> list[Condition]:
    """Return the conditions behind the verdict on one contrast."""
    contrast = next((one for one in part.contrasts if one.name == verdict.contrast), None)
    if contrast is None or contrast.auc is None:
        return []
    gains = [margin_condition(contrast, name, contrast.parts[key]) for key, name in _GAINS.items()]
    controls = [margin_condition(contrast, f"margin over {key}", rival) for key, rival in contrast.rivals.items()]
    return [beyond_chance(contrast, part.alpha), *gains, *controls]

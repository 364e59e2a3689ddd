"""Conditions behind a verdict of ``judge``."""

from __future__ import annotations

import numpy as np

from ..results.judge.result import JudgeResult
from ..results.shared import Verdict
from .deciding import Condition, UnitSums, further, mean_of_sums

__all__ = ["judge_conditions"]

NOT_KEPT = "no values by text were kept of it"


def judge_conditions(part: JudgeResult, verdict: Verdict) -> list[Condition]:
    """Return the conditions behind the verdict on one method."""
    found = next((one for one in part.methods if one.method == verdict.method), None)
    if found is None or found.rho is None:
        return []
    rows = {
        int(text.hash, 16): np.array([1.0, text.scores[found.method]])
        for text in part.text_scores
        if found.method in text.scores
    }
    beyond = int(found.p_adjusted is not None and found.p_adjusted <= part.alpha)
    out = [Condition("rho", beyond, found.rho, found.ci, UnitSums(rows, mean_of_sums) if rows else None, NOT_KEPT)]
    for name, rival in found.rivals.items():
        value, ci = (None, None) if rival.margin is None else (rival.margin.value, rival.margin.ci)
        out.append(Condition(f"margin over {name}", further(rival.margin), value, ci, None, NOT_KEPT))
    return out

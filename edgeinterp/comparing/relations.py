"""Conditions behind a verdict of ``relations``, or of ``hybrid``, whose classifiers are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..results.hybrid.result import HybridResult
from ..results.relations.controls import LICENSED, is_place
from ..results.relations.result import AUC_DIGITS, Contrast, RelationRival, RelationsResult
from ..results.shared import Verdict
from ..statistics.inference import jackknife_deviations
from .deciding import Condition, Deviations, UnitSums, further, mean_of_sums

__all__ = ["hybrid_conditions", "relation_conditions"]

Doubles = NDArray[np.float64]
_Scored = Contrast | RelationRival

# a rival below this value counts as this (docs/method.md, "Relations")
CHANCE = 0.5
# the classifier without a block, and the gain over it
_GAINS = {"WS": "gain of attention", "WA": "gain of properties"}


def relation_conditions(part: RelationsResult, verdict: Verdict) -> list[Condition]:
    """Return the conditions behind the verdict on one contrast."""
    contrast = next((one for one in part.contrasts if one.name == verdict.contrast), None)
    if contrast is None or contrast.auc is None:
        return []
    out = [_beyond_chance(contrast, part.alpha)]
    places = {name: place for name, place in contrast.references.items() if is_place(name)}
    out += [_margin(contrast, f"margin over {name}", rival) for name, rival in {**contrast.rivals, **places}.items()]
    licensed = contrast.references.get(LICENSED.name)
    if licensed is not None and licensed.auc is not None:
        holds = _within(licensed.p_adjusted, part.alpha) and _all_beaten(licensed.against)
        kept = _sums(contrast, [licensed], mean_of_sums)
        out.append(Condition("AUC of licensed layers", int(holds), licensed.auc, licensed.ci, kept))
    return out


def _within(p: float | None, alpha: float) -> int:
    return int(p is not None and p <= alpha)


def _all_beaten(rivals: Mapping[str, RelationRival]) -> bool:
    return all(rival.outcome == "beaten" for rival in rivals.values())


def hybrid_conditions(part: HybridResult, verdict: Verdict) -> list[Condition]:
    """Return the conditions behind the verdict on one contrast."""
    contrast = next((one for one in part.contrasts if one.name == verdict.contrast), None)
    if contrast is None or contrast.together.auc is None:
        return []
    whole = contrast.together
    gains = [_margin(whole, name, contrast.nested[key]) for key, name in _GAINS.items()]
    controls = [_margin(whole, f"margin over {key}", one) for key, one in contrast.controls.items()]
    return [_beyond_chance(whole, part.alpha), *gains, *controls]


def _beyond_chance(contrast: Contrast, alpha: float) -> Condition:
    """Return the condition on the AUC itself."""
    own = _sums(contrast, [contrast], mean_of_sums)
    return Condition("AUC", _within(contrast.p_adjusted, alpha), contrast.auc, contrast.ci, own)


def _margin(contrast: Contrast, name: str, rival: RelationRival) -> Condition:
    """Return the condition on the margin over another classifier."""
    value, ci = (None, None) if rival.margin is None else (rival.margin.value, rival.margin.ci)
    kept = _sums(contrast, [contrast, rival], _difference)
    return Condition(name, further(rival.margin), value, ci, kept, rival.reason)


def _sums(contrast: Contrast, parts: Sequence[_Scored], statistic: Callable[[Doubles], Doubles]) -> UnitSums | None:
    if not contrast.units or any(len(part.unit_aucs) != len(contrast.units) for part in parts):
        return None
    weights = np.array(contrast.unit_weights)
    table = np.stack([weights, *(weights * np.array(part.unit_aucs) for part in parts)], axis=1)
    rows = {int(unit, 16): row for unit, row in zip(contrast.units, table, strict=True)}
    return UnitSums(rows, statistic, "categories", _deviations(contrast, parts, table, statistic))


def _deviations(
    contrast: Contrast, parts: Sequence[_Scored], table: Doubles, statistic: Callable[[Doubles], Doubles]
) -> Deviations | None:
    """Return deviations with fits held fixed and with the category out of them; NaN where they were not measured."""
    if any(len(part.auc_without) != len(table) for part in parts):
        return None
    refitted = np.stack([np.ones(len(table)), *(np.array(part.auc_without, float) for part in parts)], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        without = np.stack([statistic(table.sum(axis=0) - table), statistic(refitted)], axis=1)
    named = " ".join(map(str, [*contrast.units, *contrast.unit_weights]))
    # each part is rounded, and a deviation is that many times larger than its parts
    step = (len(table) - 1) * 10.0**-AUC_DIGITS * len(parts) ** 0.5
    return Deviations(named, len(table), jackknife_deviations(without), step, "categories")


def _difference(totals: Doubles) -> Doubles:
    own, rival = totals[:, 1] / totals[:, 0], totals[:, 2] / totals[:, 0]
    return np.asarray(own - np.maximum(rival, CHANCE), dtype=np.float64)

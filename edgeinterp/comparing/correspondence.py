"""Conditions behind a verdict of ``correspondence``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..results.correspondence import verdicts as thresholds
from ..results.correspondence.controls import FOREIGN, SWAP
from ..results.correspondence.result import CorrespondenceResult, LayerCorrespondence
from ..results.shared import Interval, Verdict
from ..statistics.inference import rounding_step
from .deciding import Condition, Deviations, UnitSums, mean_of_sums

__all__ = ["correspondence_conditions"]

Doubles = NDArray[np.float64]

NOT_KEPT = "no values by text were kept of it"


def correspondence_conditions(part: CorrespondenceResult, verdict: Verdict) -> list[Condition]:
    """Return the conditions behind the verdict on one attention layer; attention layer 1 has none."""
    if verdict.attention_layer is None or verdict.attention_layer == 1:
        return []
    layer = part.layers[verdict.attention_layer - 1]
    swap, foreign = layer.swap, layer.foreign
    why = foreign.reason or NOT_KEPT
    follows = int(swap.ci is not None and swap.ci[0] > thresholds.FOLLOWS_CONTENT)
    enough = int(layer.rise.ci is None or not thresholds.rises(*layer.rise.ci))
    return [
        *_shares(part, layer),
        *_kappas(part, layer),
        Condition("content share", follows, swap.content_share, swap.ci, _swapped(part, layer), swap.reason),
        Condition(FOREIGN.name, _own_text(layer), foreign.linear, foreign.ci, None, why, better=-1),
        Condition("rise", enough, layer.rise.value, layer.rise.ci, _rise(part, layer), better=-1),
    ]


def _shares(part: CorrespondenceResult, layer: LayerCorrespondence) -> list[Condition]:
    one = layer.share
    found = (
        ("share", one.value, one.ci, one.deviations),
        ("share, standardised", one.standardised, one.standardised_ci, one.standardised_deviations),
    )
    conditions = []
    for name, value, ci, kept in found:
        values = np.array(kept, dtype=np.float64)[:, None]
        deviations = Deviations(part.share_groups, len(kept), values, rounding_step(values), "texts") if kept else None
        conditions.append(Condition(name, _side(ci), value, ci, deviations, None if kept else one.reason))
    return conditions


def _side(ci: Interval) -> int:
    """Return 0 where a share lies below one half, 2 where it lies above, 1 between."""
    if ci is None:
        return 1
    return 2 if ci[0] > thresholds.MOSTLY else int(ci[1] >= thresholds.MOSTLY)


def _kappas(part: CorrespondenceResult, layer: LayerCorrespondence) -> list[Condition]:
    conditions = []
    for name, one in layer.recoverable.maps.items():
        # how far: lost, some of it, recoverable
        met = 1 if one.ci is None else 2 if one.ci[0] > thresholds.RECOVERABLE else int(one.ci[1] >= thresholds.LOST)
        sums = _kappa(part, layer, name) if name in layer.maps else None
        title = f"{name.replace('_', ' ')} kappa"
        conditions.append(Condition(title, met, one.kappa, one.ci, sums, None if sums else NOT_KEPT))
    return conditions


def _own_text(layer: LayerCorrespondence) -> int:
    found, ci = layer.maps["linear"].token.identification, layer.foreign.ci
    return int(ci is not None and found is not None and ci[1] < thresholds.FOREIGN_SHARE * found)


def _rows(part: CorrespondenceResult, row: Callable[[dict[str, Any]], list[float] | None]) -> dict[int, Doubles]:
    found = {int(text.hash, 16): row(text.scores) for text in part.text_scores}
    return {key: np.array(values, dtype=np.float64) for key, values in found.items() if values is not None}


def _kappa(part: CorrespondenceResult, layer: LayerCorrespondence, name: str) -> UnitSums | None:
    def row(scores: dict[str, Any]) -> list[float] | None:
        alike = scores.get("alike", {}).get(name)
        if alike is None:
            return None
        tokens = scores["tokens"]
        return [tokens, scores[name][layer.layer], alike[layer.layer] / tokens]

    return _units(_rows(part, row), _kappa_of)


def _kappa_of(totals: Doubles) -> Doubles:
    identification, chance = totals[:, 1] / totals[:, 0], totals[:, 2] / totals[:, 0]
    return np.where(1.0 - chance > 1e-9, (identification - chance) / (1.0 - chance), np.nan)


def _swapped(part: CorrespondenceResult, layer: LayerCorrespondence) -> UnitSums | None:
    def row(scores: dict[str, Any]) -> list[float] | None:
        hits = scores.get(SWAP.name)
        return None if hits is None else [2.0, hits[layer.layer]]

    return _units(_rows(part, row), mean_of_sums)


def _rise(part: CorrespondenceResult, layer: LayerCorrespondence) -> UnitSums | None:
    def row(scores: dict[str, Any]) -> list[float] | None:
        half = scores.get("half")
        return None if half is None else [scores["tokens"], scores["linear"][layer.layer] - half[layer.layer]]

    return _units(_rows(part, row), mean_of_sums)


def _units(rows: dict[int, Doubles], statistic: Callable[[Doubles], Doubles]) -> UnitSums | None:
    return UnitSums(rows, statistic) if rows else None

"""Conditions behind a verdict of ``correspondence``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..results.correspondence import verdicts as thresholds
from ..results.correspondence.controls import FOREIGN, SWAP
from ..results.correspondence.result import CorrespondenceResult, LayerCorrespondence, TokenScore
from ..results.shared import Verdict
from .deciding import Condition, UnitSums

__all__ = ["correspondence_conditions"]

Doubles = NDArray[np.float64]

NOT_KEPT = "no values by text were kept of it"


def correspondence_conditions(part: CorrespondenceResult, verdict: Verdict) -> list[Condition]:
    """Return the conditions behind the verdict on one attention layer; attention layer 1 has none."""
    if verdict.attention_layer is None or verdict.attention_layer == 1:
        return []
    layer = part.layers[verdict.attention_layer - 1]
    linear, centred = layer.maps["linear"].token, layer.maps["centred"].token
    swap = layer.swap
    follows = int(swap.ci is not None and swap.ci[0] >= thresholds.FOLLOWS_CONTENT)
    enough = int(verdict.verdict != "undecided")
    own = layer.foreign.reason or NOT_KEPT
    sums = {name: _kappa(part, layer, name) for name in ("linear", "centred")}
    return [
        Condition("linear kappa", _recoverable(linear, part), linear.kappa, linear.kappa_ci, sums["linear"]),
        Condition("centred kappa", _dominant(centred), centred.kappa, centred.kappa_ci, sums["centred"]),
        Condition("content share", follows, swap.content_share, swap.ci, _swapped(part, layer), swap.reason),
        Condition(FOREIGN.name, _own_text(layer), layer.foreign.linear, None, None, own, better=-1),
        Condition("rise", enough, layer.rise.value, layer.rise.ci, _rise(part, layer), better=-1),
    ]


def _recoverable(linear: TokenScore, part: CorrespondenceResult) -> int:
    """Return 0 if identity is lost, 1 if the linear map finds some of it, 2 if it finds enough."""
    if linear.p_adjusted is None or linear.p_adjusted > part.alpha or linear.kappa_ci is None:
        return 0
    if linear.kappa_ci[1] < thresholds.LOST:
        return 0
    return 2 if linear.kappa_ci[0] >= part.threshold else 1


def _dominant(centred: TokenScore) -> int:
    return int(centred.kappa_ci is not None and centred.kappa_ci[0] >= thresholds.DOMINANT)


def _own_text(layer: LayerCorrespondence) -> int:
    found = layer.maps["linear"].token.identification
    if layer.foreign.linear is None or found is None:
        return 0
    return int(layer.foreign.linear <= thresholds.FOREIGN_SHARE * found)


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

    return _units(_rows(part, row), _share)


def _rise(part: CorrespondenceResult, layer: LayerCorrespondence) -> UnitSums | None:
    def row(scores: dict[str, Any]) -> list[float] | None:
        half = scores.get("half")
        return None if half is None else [scores["tokens"], scores["linear"][layer.layer] - half[layer.layer]]

    return _units(_rows(part, row), _share)


def _share(totals: Doubles) -> Doubles:
    return np.asarray(totals[:, 1] / totals[:, 0], dtype=np.float64)


def _units(rows: dict[int, Doubles], statistic: Callable[[Doubles], Doubles]) -> UnitSums | None:
    return UnitSums(rows, statistic) if rows else None

"""Result of leaving heads out: what it changes, and what readings said of it beforehand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..runtime.json_values import to_json
from .shared import Estimate, TextScores

__all__ = ["HeadEffect", "HeadsResult"]


@dataclass(frozen=True)
class HeadEffect:
    """One head: the target's mean change when it alone is left out, and each prediction's mean of it."""

    attention_layer: int
    head: int
    effect: float | None
    predictions: dict[str, float]


@dataclass(frozen=True)
class HeadsResult:
    """Result of ``leave_out_heads``.

    Attributes
    ----------
    target : str
    texts : int
    pruned : list of str
        Heads that were left out together, such as ``3.7``.
    change : Estimate
        How much the target changes then: 1 - cos of a vector, the absolute change of a logit.
    agreement : dict of str to Estimate
        Rank correlation over heads of each prediction with the effect of leaving the head out alone.
    heads : list of HeadEffect
    chosen_by : str
        The prediction by which heads were chosen; empty where they were given.
    text_scores : list of TextScores
        ``change``, and agreement by prediction, of each text.
    """

    target: str
    texts: int
    pruned: list[str]
    change: Estimate
    agreement: dict[str, Estimate]
    heads: list[HeadEffect]
    chosen_by: str = ""
    text_scores: list[TextScores] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

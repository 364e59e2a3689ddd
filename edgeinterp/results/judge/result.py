"""Result types of ``judge``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...runtime.json_values import from_json, to_json
from ..rows import Tabular
from ..shared import Estimate, Interval, Margin, TextScores, Verdict

__all__ = ["JudgeResult", "JudgedMethod", "JudgedText", "MethodRival"]


@dataclass(frozen=True)
class MethodRival:
    """Score of a rival: its rank correlation with the same effects, and the margin of the method over it."""

    rho: float | None
    margin: Margin | None
    reason: str | None = None
    outcome: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", self.margin.outcome if self.margin is not None else None)


@dataclass(frozen=True)
class JudgedMethod:
    """One method, judged by the effects of replaced tokens.

    Attributes
    ----------
    method : str
    own : bool
        Whether it is a method of edgeinterp's.
    signed : bool
        Whether its signs were compared: only with effects that have signs.
    rho, ci : float or None, interval
        Mean over texts of the rank correlation of scores and effects.
    chance : float or None
        The same under exchange of scores between texts.
    p, p_adjusted : float or None
        By exchanges; adjusted over all methods.
    share_of_ceiling : Estimate
        rho over the root of the effects' reliability: 1 is what a method of the exact effects would reach.
    insertion, deletion : float or None
        How far the target is from the whole text's, as a share of the way to a text of random tokens: mean over shares
        of tokens kept, highest scores first (insertion: lower is better), and of tokens replaced (deletion: higher is
        better). In some of the texts.
    rivals : dict
    matched, unmatched : int
        Given scores that belong to tokens of the model, and those that do not.
    """

    method: str
    own: bool
    signed: bool
    rho: float | None
    ci: Interval
    chance: float | None
    p: float | None
    p_adjusted: float | None
    share_of_ceiling: Estimate
    insertion: float | None = None
    deletion: float | None = None
    rivals: dict[str, MethodRival] = field(default_factory=dict)
    matched: int | None = None
    unmatched: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class JudgedText:
    """One text with its tokens' effects, and every method's scores, for illustration; None for special tokens."""

    text: str
    tokens: list[str]
    effects: list[float | None]
    scores: dict[str, list[float | None]]


@dataclass(frozen=True, repr=False)
class JudgeResult(Tabular):
    """Result of ``judge`` (docs/checks/judge.md), with its verdicts.

    Attributes
    ----------
    target : str
        What the effects are on.
    texts, tokens : int
        Compared texts, and their tokens.
    draws : int
        Replacing tokens behind each effect; there are two sets of so many.
    reliability : float or None
        Rank correlation of the sizes of effects by one set of draws with those by the other, mean over texts.
    reliability_ci : interval
    signed_reliability, signed_reliability_ci
        The same of effects with their signs, which is the ceiling of methods that are compared with signs.
    curve_texts : int
        Texts behind insertion and deletion.
    permutations : int
        Exchanges of scores between texts.
    smallest_p : float or None
    methods : list of JudgedMethod
    example : JudgedText or None
    """

    target: str
    texts: int
    tokens: int
    draws: int
    reliability: float | None
    reliability_ci: Interval
    permutations: int
    alpha: float
    methods: list[JudgedMethod]
    signed_reliability: float | None = None
    signed_reliability_ci: Interval = None
    smallest_p: float | None = None
    curve_texts: int = 0
    equal: float = 1.0
    example: JudgedText | None = None
    notes: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    text_scores: list[TextScores] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> JudgeResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)

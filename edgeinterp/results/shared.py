"""Types that the results of several checks share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = [
    "ControlScore",
    "Interval",
    "Margin",
    "TextScores",
    "Verdict",
    "renamed",
]

Interval = tuple[float, float] | None


def renamed(verdict: str) -> str:
    """Return the current name of a verdict: results of edgeinterp 0.1 call ``undecided`` ``untested``."""
    return "undecided" if verdict == "untested" else verdict


@dataclass(frozen=True)
class Margin:
    """Score minus a rival's score, with its paired interval."""

    value: float | None
    ci: Interval


@dataclass(frozen=True)
class Verdict:
    """Hold one claim, the verdict on it, and the deciding numbers.

    Attributes
    ----------
    claim : str
        The sentence that a user would like to say.
    check : str
        The deciding check, for example ``"correspondence"``.
    verdict : str
        ``supported``, ``weakened``, ``unsupported`` or ``undecided``.
    because : str
        The reason in plain words, with the deciding numbers.
    attention_layer, hidden_state : int or None
        The attention layer 1..L, or the hidden state 0..L, of the claim; None where it has none.
    contrast : str or None
        The two relations that the claim contrasts, such as ``hyper against coord``; None in other checks.
    kind : str or None
        The subject of the claim: ``attention``, ``rollout``, ``head L.H``, ``hidden state`` or ``contrast``. None in
        results of schema 2 and 3, like all fields below.
    statistic : str or None
        The name of the deciding statistic, such as ``kappa``.
    value, ci, p_adjusted : float, (float, float), float or None
        That statistic, its interval at 1 - alpha, and its p-value within its family.
    closest_rival : str or None
        The rival with the highest score: among unbeaten rivals that refute the claim; if there are none, among all
        unbeaten rivals; if there are none, among all measured rivals.
    margin : Margin or None
        The statistic less that rival's, with the paired interval.
    reason : str or None
        Why one of these numbers is None.
    """

    claim: str
    check: str
    verdict: str
    because: str
    attention_layer: int | None = None
    hidden_state: int | None = None
    contrast: str | None = None
    kind: str | None = None
    statistic: str | None = None
    value: float | None = None
    ci: Interval = None
    p_adjusted: float | None = None
    closest_rival: str | None = None
    margin: Margin | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict", renamed(self.verdict))

    @property
    def layer(self) -> int | None:
        """Return the attention layer 1..L or hidden state 0..L of the claim; ``kind`` tells which."""
        return self.hidden_state if self.attention_layer is None else self.attention_layer


@dataclass(frozen=True)
class TextScores:
    """Scores of one text, keyed by a hash of its token ids, so that results of two machines can be paired."""

    hash: str
    scores: dict[str, Any]


@dataclass(frozen=True)
class ControlScore:
    """Score of a null or a reference; for a null, the mean over its draws."""

    score: float | None
    reason: str | None = None

"""What the results of several checks have in common."""

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
    """Return a verdict's present name: results of edgeinterp 0.1 call ``undecided`` ``untested``."""
    return "undecided" if verdict == "untested" else verdict


@dataclass(frozen=True)
class Margin:
    """Score minus a rival's, with its paired interval."""

    value: float | None
    ci: Interval


@dataclass(frozen=True)
class Verdict:
    """One claim and what became of it, with the numbers that it rests on.

    Attributes
    ----------
    claim : str
        The sentence a user would like to say.
    check : str
        The check that decided, for example ``"correspondence"``.
    verdict : str
        ``supported``, ``weakened``, ``unsupported`` or ``undecided``.
    because : str
        The reason in plain words, with the deciding numbers.
    attention_layer, hidden_state : int or None
        The attention layer 1..L, or the hidden state 0..L, that the claim is about, where it is about one.
    contrast : str or None
        The two relations that the claim sets against each other, where it does, such as ``hyper against coord``.
    kind : str or None
        What the claim is about: ``attention``, ``rollout``, ``head L.H``, ``hidden state`` or ``contrast``. None in
        results of schema 2 and 3, as are all that follow.
    statistic : str or None
        The name of the statistic that decides, such as ``kappa``.
    value, ci, p_adjusted : float, (float, float), float or None
        That statistic, its interval at 1 - alpha, and its p-value within its family.
    closest_rival : str or None
        Of the rivals that refute the claim because they are not beaten the one with the highest score; without any, of
        those that are not beaten; without any, of all that were measured.
    margin : Margin or None
        The statistic less that rival's, with the paired interval.
    reason : str or None
        Why one of these numbers is None.
    by_definition : bool
        Whether nothing was tested: attention layer 1 reads the input embeddings themselves.
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
    by_definition: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict", renamed(self.verdict))

    @property
    def layer(self) -> int | None:
        """The attention layer 1..L or hidden state 0..L that the claim is about; ``kind`` tells which."""
        return self.hidden_state if self.attention_layer is None else self.attention_layer


@dataclass(frozen=True)
class TextScores:
    """Scores of one text, keyed by a hash of its token ids, so that two machines' results can be paired."""

    hash: str
    scores: dict[str, Any]


@dataclass(frozen=True)
class ControlScore:
    """What a null or a reference scores; a null's is the mean over its draws."""

    score: float | None
    reason: str | None = None

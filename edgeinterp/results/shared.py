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
class Verdict:
    """One claim and what became of it.

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
    """

    claim: str
    check: str
    verdict: str
    because: str
    attention_layer: int | None = None
    hidden_state: int | None = None
    contrast: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "verdict", renamed(self.verdict))


@dataclass(frozen=True)
class TextScores:
    """Scores of one text, keyed by a hash of its token ids, so that two machines' results can be paired."""

    hash: str
    scores: dict[str, Any]


@dataclass(frozen=True)
class Margin:
    """Score minus a rival's, with its paired interval."""

    value: float | None
    ci: Interval


@dataclass(frozen=True)
class ControlScore:
    """What a null or a reference scores; a null's is the mean over its draws."""

    score: float | None
    reason: str | None = None

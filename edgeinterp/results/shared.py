"""Types that the results of several checks share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = [
    "ControlScore",
    "Estimate",
    "Interval",
    "Margin",
    "TextScores",
    "Verdict",
]

Interval = tuple[float, float] | None

# share of an interval's width within which a bound is near
NEAR = 0.1


@dataclass(frozen=True)
class Margin:
    """Score minus a rival's, with its paired intervals.

    Attributes
    ----------
    value : float or None
        The difference.
    ci : (float, float) or None
        Its interval at level 1 - alpha.
    inner : (float, float) or None
        Its interval at level 1 - 2 alpha: inside +-delta, two one-sided tests at level alpha find both equal
        (Schuirmann 1987).
    delta : float or None
        The largest difference that counts as none, fixed per statistic before data (``rule.delta_of``).
    """

    value: float | None
    ci: Interval
    inner: Interval = None
    delta: float | None = None

    @property
    def outcome(self) -> str | None:
        """The comparison's outcome, or None without an interval; tested in this order.

        ``wins``: the rival does, the interval lies below 0. ``beaten``: the rival is, it lies above 0. ``equal``: the
        inner interval lies inside +-delta. ``open``: none of these is shown.
        """
        if self.ci is None:
            return None
        if self.ci[1] < 0.0:
            return "wins"
        if self.ci[0] > 0.0:
            return "beaten"
        if self.within is not None and self.delta is not None and self.within < self.delta:
            return "equal"
        return "open"

    @property
    def within(self) -> float | None:
        """The larger bound of the inner interval in absolute terms: score and rival differ by no more than this."""
        return None if self.inner is None else max(abs(self.inner[0]), abs(self.inner[1]))

    @property
    def borderline(self) -> bool:
        """Whether the bound that decides lies within a tenth of its interval's width of where it would not."""
        if self.ci is None:
            return False
        low, high = self.ci
        near = [min(abs(low), abs(high)) / (high - low) if high > low else 1.0]
        if self.outcome in ("equal", "open") and self.inner is not None and self.delta is not None:
            width = self.inner[1] - self.inner[0]
            to_equal = abs(self.delta - (self.within or 0.0)) / width if width > 0.0 else 1.0
            near = [to_equal] if self.outcome == "equal" else [*near, to_equal]
        return min(near) < NEAR


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
    method : str or None
        The explanation method of the claim; None in other checks than ``judge``.
    kind : str or None
        What the claim is about: ``attention``, ``rollout``, ``head L.H``, ``hidden state``, ``contrast`` or ``method``.
    statistic : str or None
        The name of the deciding statistic, such as ``kappa``.
    value, ci, p_adjusted : float, (float, float), float or None
        That statistic, its interval at 1 - alpha, and its p-value within its family.
    closest_rival : str or None
        Of the rivals that decide the verdict the one with the highest score; without any, of all that were measured.
    margin : Margin or None
        The statistic less that rival's, with the paired intervals.
    borderline : bool
        Whether the bound that decides lies within a tenth of its interval's width of where the verdict would change.
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
    borderline: bool = False
    reason: str | None = None
    by_definition: bool = False
    method: str | None = None

    @property
    def layer(self) -> int | None:
        """Return the attention layer 1..L or hidden state 0..L of the claim; ``kind`` tells which."""
        return self.hidden_state if self.attention_layer is None else self.attention_layer


@dataclass(frozen=True)
class Estimate:
    """A number over texts with its interval, or the reason why there is none."""

    value: float | None
    ci: Interval = None
    reason: str | None = None


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

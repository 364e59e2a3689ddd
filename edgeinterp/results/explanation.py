"""What ``explain`` returns: a text's tokens with a score each, and what is known of the method that gave them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..runtime.json_values import to_json
from .shared import Interval

__all__ = ["Explanation", "Licence"]


@dataclass(frozen=True)
class Licence:
    """What is known of a method on this model.

    ``verdict`` is one of the four, ``measured`` for occlusion, which is the effect itself, or ``not judged``; ``rho``
    and ``ci``: its rank correlation with influence in ``texts`` texts.
    """

    verdict: str
    because: str
    rho: float | None = None
    ci: Interval = None
    texts: int | None = None


@dataclass(frozen=True)
class Explanation:
    """One text explained by one method.

    ``scores[j]`` is what token j has to do with the target; None for special tokens, which are not replaced and not
    scored. ``target``: ``pooled``, the mean of the last hidden state, or ``logit``, that of the class ``predicted``.
    """

    text: str
    tokens: list[str]
    scores: list[float | None]
    method: str
    target: str
    licence: Licence
    predicted: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

"""Result types of ``correspondence``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...runtime.json_values import from_json, to_json
from ..rows import Tabular
from ..shared import Interval, TextScores, Verdict

__all__ = [
    "CorrespondenceResult",
    "Example",
    "Foreign",
    "LayerCorrespondence",
    "LengthBin",
    "MapScores",
    "PositionScore",
    "Rise",
    "Swap",
    "TokenScore",
]


@dataclass(frozen=True)
class LengthBin:
    """Identification among texts of ``shortest`` to ``longest`` tokens (``longest`` is null where unlimited)."""

    shortest: int
    longest: int | None
    tokens: int
    identification: float


@dataclass(frozen=True)
class TokenScore:
    """Share of queries whose retrieved candidate has the token's own id (ceiling 1)."""

    identification: float | None
    kappa: float | None
    ci: Interval
    kappa_ci: Interval
    chance: float | None
    ceiling: float | None
    mrr: float | None
    p: float | None
    p_adjusted: float | None
    by_length: list[LengthBin] = field(default_factory=list)
    reason: str | None = None


@dataclass(frozen=True)
class PositionScore:
    """Share of queries whose retrieved candidate is the same position; identical references share the credit."""

    identification: float | None
    ceiling: float | None


@dataclass(frozen=True)
class MapScores:
    """Hold both scores of one map."""

    token: TokenScore
    position: PositionScore


@dataclass(frozen=True)
class Rise:
    """Linear identification with the whole fit half, minus with half of it, on the same tokens."""

    value: float | None
    ci: Interval
    reason: str | None = None


@dataclass(frozen=True)
class Foreign:
    """Share of queries that retrieve their own position in *another* text: position passing as identity."""

    raw: float | None
    linear: float | None
    reason: str | None = None


@dataclass(frozen=True)
class Swap:
    """For two swapped tokens, the share of queries retrieved as the token that moved there."""

    content_share: float | None
    ci: Interval
    texts: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class LayerCorrespondence:
    """All measurements at one hidden state (``layer`` 0..L); ``maps`` has raw, centred and linear.

    ``fit_tokens`` counts the tokens that the linear map was fitted on; fewer than available where more no longer
    helped.
    """

    layer: int
    anisotropy: float | None
    rise: Rise
    foreign: Foreign
    swap: Swap
    maps: dict[str, MapScores]
    fit_tokens: int = 0


@dataclass(frozen=True)
class Example:
    """One text, and for each layer and map the index of the token that each token's hidden state retrieves."""

    tokens: list[str]
    layers: list[dict[str, list[int]]]


@dataclass(frozen=True, repr=False)
class CorrespondenceResult(Tabular):
    """Result of ``correspondence`` (docs/method.md), with its verdicts.

    ``texts`` counts the evaluated texts; ``repeated`` texts were left out, since a copy is no further evidence;
    ``given`` counts the distinct texts of both halves. ``unknown`` is the share of the given texts' tokens that the
    tokenizer does not know. ``smallest_p`` is the smallest p that permutations of the evaluated tokens can give,
    however many are drawn (null where none was permuted). The numbers describe this fitted procedure on new texts of
    the same population. They do not say that a layer *uses* the identity which a linear map recovers.
    """

    texts: int
    fit_tokens: int
    evaluated_tokens: int
    truncated: int
    hidden_size: int
    permutations: int
    alpha: float
    threshold: float
    layers: list[LayerCorrespondence]
    example: Example | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    text_scores: list[TextScores] = field(default_factory=list)
    repeated: int = 0
    unknown: float = 0.0
    smallest_p: float | None = None
    given: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CorrespondenceResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)

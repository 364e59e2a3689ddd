"""What each check returns: plain data, the parts of ``result.json``.

``to_dict`` gives JSON values only: what could not be computed is ``null`` with a ``reason`` beside it, never NaN.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .json_values import from_json, to_json

__all__ = [
    "ControlScore",
    "CorrespondenceResult",
    "Example",
    "FeatureScore",
    "Foreign",
    "LayerCorrespondence",
    "LayerProperties",
    "LeftOut",
    "LengthBin",
    "MapScores",
    "Margin",
    "PositionScore",
    "PropertiesResult",
    "Rise",
    "RivalScore",
    "Swap",
    "TextScores",
    "TokenScore",
    "Verdict",
]

Interval = tuple[float, float] | None


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
        ``supported``, ``weakened``, ``unsupported`` or ``untested``.
    because : str
        The reason in plain words, with the deciding numbers.
    attention_layer, hidden_state : int or None
        The attention layer 1..L, or the hidden state 0..L, that the claim is about, where it is about one.
    """

    claim: str
    check: str
    verdict: str
    because: str
    attention_layer: int | None = None
    hidden_state: int | None = None


@dataclass(frozen=True)
class LengthBin:
    """Identification among texts of ``shortest`` to ``longest`` tokens (``longest`` is null where it is open)."""

    shortest: int
    longest: int | None
    tokens: int
    identification: float


@dataclass(frozen=True)
class TokenScore:
    """How often the retrieved candidate has the token's own id (ceiling 1)."""

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
    """How often the retrieved candidate is the same position; identical references share the credit."""

    identification: float | None
    ceiling: float | None


@dataclass(frozen=True)
class MapScores:
    """Both scores of one map."""

    token: TokenScore
    position: PositionScore


@dataclass(frozen=True)
class Rise:
    """Linear identification with the whole fit half minus with half of it, on the same tokens."""

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
    """Of two tokens that changed places, the share retrieved as the content that moved there."""

    content_share: float | None
    ci: Interval
    texts: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class LayerCorrespondence:
    """Everything measured at one hidden state (``layer`` 0..L); ``maps`` has raw, centred and linear."""

    layer: int
    anisotropy: float | None
    rise: Rise
    foreign: Foreign
    swap: Swap
    maps: dict[str, MapScores]


@dataclass(frozen=True)
class Example:
    """One text, and for each layer and map the index of the token that each token's hidden state retrieves."""

    tokens: list[str]
    layers: list[dict[str, list[int]]]


@dataclass(frozen=True)
class TextScores:
    """Scores of one text, keyed by a hash of its token ids, so that two machines' results can be paired."""

    hash: str
    scores: dict[str, Any]


@dataclass(frozen=True)
class CorrespondenceResult:
    """What ``correspondence`` measured (docs/method.md), with its verdicts.

    ``texts`` are those evaluated; ``repeated`` texts were left out, since a copy is no further evidence. The numbers
    describe this fitted procedure on new texts of the same population. They do not say that a layer
    *uses* the identity which a linear map recovers.
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

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CorrespondenceResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)


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


@dataclass(frozen=True)
class RivalScore:
    """What a rival explanation scores, and by how much the layer beats it; ``share`` is of the upper bound."""

    score: float | None
    margin: Margin | None
    share: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class FeatureScore:
    """One feature's own score; ``beyond`` is what it has over the best rival's score on that feature."""

    name: str
    score: float | None
    p_adjusted: float | None
    beyond: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class LayerProperties:
    """Everything measured at one hidden state (``layer`` 0..L).

    ``rivals`` has a key a rival; a rival of several draws or seeds has one for each, such as ``random_model.0``.
    """

    layer: int
    score: float | None
    ci: Interval
    p: float | None
    p_adjusted: float | None
    excess: float | None
    penalty: list[float]
    metrics: dict[str, float | None]
    nulls: dict[str, ControlScore]
    rivals: dict[str, RivalScore]
    references: dict[str, ControlScore]
    share: float | None
    features: list[FeatureScore]
    reason: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """A concept that the tokenizer cannot represent, and why."""

    concept: str
    reason: str


@dataclass(frozen=True)
class PropertiesResult:
    """What ``properties`` measured (docs/method.md), with its verdicts.

    A score says how well held-out norms are predicted. It does not say that the model knows them: that is what the
    rivals are for, and a rival that nobody thought of is not among them.
    """

    concepts: int
    features: int
    metric: str
    mapping: str
    permutations: int
    alpha: float
    source: str
    layers: list[LayerProperties]
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PropertiesResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)

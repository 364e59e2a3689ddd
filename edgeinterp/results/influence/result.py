"""Result types of ``influence``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...runtime.json_values import from_json, to_json
from ..rows import Tabular
from ..shared import Interval, Margin, TextScores, Verdict

__all__ = [
    "Agreement",
    "BestHead",
    "HeadInfluence",
    "HeadSummary",
    "InfluenceResult",
    "LayerInfluence",
    "NamedHead",
    "ReferenceAgreement",
    "RivalAgreement",
    "SentenceView",
    "Span",
]


@dataclass(frozen=True)
class Agreement:
    """Mean rank correlation, over texts and rows, of attention with the influence of the replaced tokens."""

    rho: float | None
    ci: Interval
    p: float | None
    p_adjusted: float | None
    reason: str | None = None


@dataclass(frozen=True)
class RivalAgreement:
    """Score of a rival explanation, and attention's margin over it.

    ``random_model`` scores a random model's attention on that model's influence; the other rivals score on the real
    influence.
    """

    rho: float | None
    margin: Margin | None
    reason: str | None = None
    outcome: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", self.margin.outcome if self.margin is not None else None)


@dataclass(frozen=True)
class ReferenceAgreement:
    """Score of a reference: context for a correlation, not a rival to beat."""

    rho: float | None
    reason: str | None = None


@dataclass(frozen=True)
class HeadSummary:
    """Where a head's attention goes, mean over queries and texts (``entropy``: as a share of uniform attention's)."""

    entropy: float | None
    self: float | None
    previous: float | None
    next: float | None
    special: float | None


@dataclass(frozen=True)
class HeadInfluence:
    """Measurements of one head (1..H) of a layer."""

    head: int
    rho: float | None
    p_adjusted: float | None
    ci: Interval = None
    summary: HeadSummary | None = None
    reason: str | None = None


@dataclass(frozen=True)
class LayerInfluence:
    """All measurements at one attention layer (1..L); ``rivals`` and ``references`` belong to mean attention.

    The reference ``random_attention`` scores a random model's attention on the real model's influence.
    """

    attention_layer: int
    self_share: float | None
    attention: Agreement
    heads: list[HeadInfluence]
    rollout: Agreement
    rivals: dict[str, RivalAgreement]
    rollout_rivals: dict[str, RivalAgreement]
    references: dict[str, ReferenceAgreement] = field(default_factory=dict)
    rollout_references: dict[str, ReferenceAgreement] = field(default_factory=dict)


@dataclass(frozen=True)
class NamedHead:
    """The head that the user named, with its own margins; ``agreement`` has the p within the family of all heads."""

    attention_layer: int
    head: int
    agreement: Agreement
    rivals: dict[str, RivalAgreement]
    references: dict[str, ReferenceAgreement] = field(default_factory=dict)


@dataclass(frozen=True)
class BestHead:
    """The head that follows influence best in one half of the texts, scored on the other half alone."""

    attention_layer: int
    head: int
    chosen_rho: float
    rho: float
    ci: Interval
    texts: int


@dataclass(frozen=True)
class Span:
    """Tokens ``first`` to ``last`` (included) of a sentence to mark, and the reason."""

    name: str
    first: int
    last: int


@dataclass(frozen=True)
class SentenceView:
    """Attention, influence and rollout of one sentence, token by token.

    ``attention[l][h][i][j]``, ``influence[l][i][j]`` and ``rollout[l][i][j]`` belong to attention layer l + 1 and head
    h + 1, from position i to position j. Every token except special ones was replaced: influence is null in the columns
    of special tokens, and at positions that a causal model cannot see.
    """

    tokens: list[str]
    special: list[bool]
    attention: list[list[list[list[float]]]]
    influence: list[list[list[float | None]]]
    rollout: list[list[list[float]]]
    spans: list[Span] = field(default_factory=list)


@dataclass(frozen=True, repr=False)
class InfluenceResult(Tabular):
    """Result of ``influence`` (docs/method.md), with its verdicts.

    ``texts`` were sampled from ``sampled_from``; ``positions`` counts the replaced positions of all texts, each
    replaced ``draws`` times. ``exchangeable`` texts can exchange their influence; ``smallest_p`` is the smallest p that
    such exchanges can give. ``unknown`` is the share of the given texts' tokens that the tokenizer does not know. A
    correlation compares the order of the replaced tokens by attention with their order by change of the hidden state.
    It does not say that attention carried the change.
    """

    texts: int
    positions: int
    draws: int
    replacement: str
    causal: bool
    permutations: int
    alpha: float
    layers: list[LayerInfluence]
    exchangeable: int = 0
    smallest_p: float | None = None
    longest: int = 0
    sampled_from: int | None = None
    truncated: int = 0
    head: NamedHead | None = None
    best_head: BestHead | None = None
    sentence: SentenceView | None = None
    notes: list[str] = field(default_factory=list)
    unknown: float = 0.0
    verdicts: list[Verdict] = field(default_factory=list)
    equal: float = 1.0
    text_scores: list[TextScores] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> InfluenceResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)

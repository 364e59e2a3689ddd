"""Result types of ``influence``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...reading.names import key_of
from ...runtime.json_values import from_json, to_json
from ..rows import Tabular
from ..shared import Interval, Margin, TextScores, Verdict

__all__ = [
    "Agreement",
    "BestHead",
    "BeyondChance",
    "HeadInfluence",
    "HeadSummary",
    "InfluenceResult",
    "LayerInfluence",
    "NamedHead",
    "ReadingInfluence",
    "Recommended",
    "ReferenceAgreement",
    "RivalAgreement",
    "SentenceView",
    "Span",
]


@dataclass(frozen=True)
class BeyondChance(Margin):
    """``gain`` or ``pair``, with its p-values: what attention knows beyond the profile, and beyond which tokens matter.

    Both are less what they are with the influence in other texts, so that chance is 0.
    """

    p: float | None = None
    p_adjusted: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Agreement:
    """How attention and influence agree: mean rank correlation of rows, over texts, and what of it is no position."""

    rho: float | None
    ci: Interval
    gain: BeyondChance
    pair: BeyondChance
    reason: str | None = None


@dataclass(frozen=True)
class RivalAgreement:
    """Score of a rival explanation, and attention's margin over it.

    ``profile``: its rank correlation with influence; the margin is ``gain``. ``salience``: the pair correlation with
    the influence in other texts; the margin is ``pair``. ``random_model.gain`` and ``random_model.pair``: the mean of
    random models, on the influence in themselves; gains there as shares of what the profile leaves open.
    """

    score: float | None
    margin: Margin | None
    reason: str | None = None
    outcome: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", self.margin.outcome if self.margin is not None else None)


@dataclass(frozen=True)
class ReferenceAgreement:
    """A rank correlation that puts that of attention in context, with its interval; not there to be beaten."""

    rho: float | None
    ci: Interval = None
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
    agreement: Agreement
    summary: HeadSummary | None = None


@dataclass(frozen=True)
class ReadingInfluence(Agreement):
    """One reading of a layer: how it agrees with influence, its rivals and references, and what follows.

    ``name`` is one of ``reading.names.READINGS``; ``rolled_up`` tells whether it was multiplied up over the blocks so
    far, as rollout is attention multiplied up. ``query``: ``token``, the rows of tokens, or ``special``, the one row
    that classifiers and pooled vectors read: that of the first special token, in causal models of the last token. One
    row cannot tell a token that matters from one that matters to it: ``pair`` is not asked there.
    """

    name: str = "attention"
    rolled_up: bool = False
    query: str = "token"
    rivals: dict[str, RivalAgreement] = field(default_factory=dict)
    references: dict[str, ReferenceAgreement] = field(default_factory=dict)
    verdict: str = ""
    because: str = ""

    @property
    def key(self) -> str:
        """Return its name in ``edgeinterp.readings``."""
        return key_of(self.name, self.rolled_up)


@dataclass(frozen=True)
class Recommended:
    """The reading of a layer that is best in one half of the texts, as the other half judges it.

    ``name`` is None where none holds there; ``because`` says why. ``beside``: rho of attention and rollout in the
    ``texts`` that judge.
    """

    name: str | None
    rolled_up: bool
    rho: float | None
    ci: Interval
    verdict: str
    because: str
    texts: int
    beside: dict[str, float | None] = field(default_factory=dict)

    @property
    def key(self) -> str | None:
        """Return its name in ``edgeinterp.readings``; None where none is recommended."""
        return None if self.name is None else key_of(self.name, self.rolled_up)


@dataclass(frozen=True)
class LayerInfluence:
    """All measurements at one attention layer (1..L); the first two readings are mean attention and rollout.

    References: ``distance``, nearness with the influence in the text; ``foreign_text``, the same reading with the
    influence in other texts.
    """

    attention_layer: int
    self_share: float | None
    readings: list[ReadingInfluence]
    heads: list[HeadInfluence]
    recommended: Recommended | None = None

    @property
    def attention(self) -> ReadingInfluence:
        """Return mean attention."""
        return self.readings[0]

    @property
    def rollout(self) -> ReadingInfluence:
        """Return attention multiplied up."""
        return self.readings[1]

    def reading(self, key: str, query: str = "token") -> ReadingInfluence:
        """Return the reading of this name.

        Raises
        ------
        KeyError
            Where it was not judged.
        """
        for one in self.readings:
            if (one.key, one.query) == (key, query):
                return one
        raise KeyError(key)


@dataclass(frozen=True)
class NamedHead:
    """The head that the run was asked about, with rivals of its own; ``agreement`` has the p of all heads' family."""

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
    """Attention, its readings and influence of one sentence, token by token.

    ``attention[l][h][i][j]``, ``influence[l][i][j]`` and ``rollout[l][i][j]`` belong to attention layer l + 1 and head
    h + 1, from position i to position j; ``readings[key][l][i][j]`` are further readings of attention by their keys,
    none where the model folder has no values. Every token except special ones was replaced: influence is null in the
    columns of special tokens, and at positions that a causal model cannot see.
    """

    tokens: list[str]
    special: list[bool]
    attention: list[list[list[list[float]]]]
    influence: list[list[list[float | None]]]
    rollout: list[list[list[float]]]
    spans: list[Span] = field(default_factory=list)
    readings: dict[str, list[list[list[float]]]] = field(default_factory=dict)


@dataclass(frozen=True, repr=False)
class InfluenceResult(Tabular):
    """Result of ``influence`` (docs/method.md), with its verdicts.

    ``texts`` were sampled from ``sampled_from``; ``positions`` were replaced in all of them together, each ``draws``
    times. ``exchangeable`` texts could exchange their influence; ``smallest_p`` is what that can give. ``half_width``
    is the widest of the gains that verdicts rest on: the sample grows until it is small enough. ``random_models`` were
    drawn, on ``random_texts`` of the texts. ``unknown`` is
    the share of the given texts' tokens that the tokenizer does not know. ``no_readings`` is the reason for which none
    but attention is judged. A correlation says in which order attention
    puts the tokens that were replaced, compared with how much each changed the hidden state. It does not say that
    attention is what carried the change.
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
    half_width: float | None = None
    random_models: int = 0
    random_texts: int = 0
    unknown: float = 0.0
    verdicts: list[Verdict] = field(default_factory=list)
    equal: float = 1.0
    text_scores: list[TextScores] = field(default_factory=list)
    no_readings: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> InfluenceResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)

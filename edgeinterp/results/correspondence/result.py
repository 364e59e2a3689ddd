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
    "MapKappa",
    "MapScores",
    "MapSwap",
    "PositionScore",
    "RandomModelScore",
    "Recoverable",
    "Rise",
    "Share",
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
    """Share of queries that retrieve their own position in *another* text: position passing as identity.

    ``ci`` is that of the linear map.
    """

    raw: float | None
    linear: float | None
    reason: str | None = None
    ci: Interval = None


@dataclass(frozen=True)
class MapSwap:
    """The share of one map, of the ``tokens`` that it can find at all."""

    content_share: float | None
    ci: Interval
    tokens: int


@dataclass(frozen=True)
class Swap:
    """Of two tokens that changed places, the share retrieved as the content that moved there, by the linear map.

    ``maps`` has it for every map that ``recoverable`` tries.
    """

    content_share: float | None
    ci: Interval
    texts: int = 0
    reason: str | None = None
    maps: dict[str, MapSwap] = field(default_factory=dict)


@dataclass(frozen=True)
class Share:
    """How much of a hidden state is its token: 0 is chance, 1 a state that depends on nothing else.

    Attributes
    ----------
    value, ci : float, (float, float), or None
        Of the states as they are, less the means of positions.
    standardised, standardised_ci : float, (float, float), or None
        The same with dimensions at unit variance: a few massive ones decide ``value``.
    chance : float
        What states without anything of their token give.
    tokens : int
        Evaluated tokens whose id occurs in several groups of texts: the share is theirs.
    covered : float or None
        Their share of the evaluated tokens.
    deviations, standardised_deviations : list of float
        What each group of texts adds to the two values (jackknife); ``compare`` pairs results by them.
    reason : str or None
        Why there is none.
    """

    value: float | None
    ci: Interval
    standardised: float | None = None
    standardised_ci: Interval = None
    chance: float = 0.0
    tokens: int = 0
    covered: float | None = None
    deviations: list[float] = field(default_factory=list)
    standardised_deviations: list[float] = field(default_factory=list)
    reason: str | None = None


@dataclass(frozen=True)
class MapKappa:
    """Kappa of one map, with its interval at 1 - alpha / 3; ``tokens`` are those that were looked up."""

    kappa: float | None
    ci: Interval
    tokens: int


@dataclass(frozen=True)
class Recoverable:
    """Whether any map finds the token: the ``map`` of highest lower bound, and all of them.

    Three maps are tried, so that each interval is at 1 - alpha / 3.
    """

    map: str | None
    kappa: float | None
    ci: Interval
    maps: dict[str, MapKappa] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True)
class RandomModelScore:
    """What a model of the same architecture with random weights gives."""

    share: float | None
    standardised: float | None
    kappa: float | None


NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class LayerCorrespondence:
    """All measurements at one hidden state (``layer`` 0..L); ``maps`` has raw, centred and linear.

    ``fit_tokens``: what its linear map was fitted on; less than there was where more no longer helped.
    ``random_model``: one entry for each random model.
    """

    layer: int
    anisotropy: float | None
    rise: Rise
    foreign: Foreign
    swap: Swap
    maps: dict[str, MapScores]
    fit_tokens: int = 0
    share: Share = Share(None, None, reason=NOT_MEASURED)
    recoverable: Recoverable = Recoverable(None, None, None, reason=NOT_MEASURED)
    random_model: list[RandomModelScore] = field(default_factory=list)


@dataclass(frozen=True)
class Example:
    """One text, and for each layer and map the index of the token that each token's hidden state retrieves."""

    tokens: list[str]
    layers: list[dict[str, list[int]]]


@dataclass(frozen=True, repr=False)
class CorrespondenceResult(Tabular):
    """Result of ``correspondence`` (docs/method.md), with its verdicts.

    ``texts`` are those evaluated; ``repeated`` texts were left out, since a copy is no further evidence; ``given``
    counts those of both halves, each once. ``unknown`` is the share of the given texts' tokens that the tokenizer does
    not know; ``smallest_p`` what permutations of the evaluated tokens can give at best, however many are drawn (null
    where none was permuted). ``share_groups`` names the texts that shares are of, and ``random_reason`` says why there
    is no random model. The numbers describe this fitted procedure on new texts of the same population. They do not say
    that a layer *uses* the identity which a map recovers.
    """

    texts: int
    fit_tokens: int
    evaluated_tokens: int
    truncated: int
    hidden_size: int
    permutations: int
    alpha: float
    layers: list[LayerCorrespondence]
    example: Example | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    text_scores: list[TextScores] = field(default_factory=list)
    repeated: int = 0
    unknown: float = 0.0
    smallest_p: float | None = None
    given: int = 0
    share_groups: str = ""
    random_reason: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CorrespondenceResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)

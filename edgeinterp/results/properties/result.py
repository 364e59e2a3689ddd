"""Result types of ``properties``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...runtime.json_values import from_json, to_json
from ..rows import Tabular
from ..shared import ControlScore, Interval, Margin, Verdict
from .sets import SetPair

__all__ = [
    "ClusterScore",
    "Clusters",
    "FeatureScore",
    "Gain",
    "LayerProperties",
    "LeftOut",
    "PropertiesResult",
    "RivalScore",
    "Rotated",
    "Units",
]


@dataclass(frozen=True)
class RivalScore:
    """Score of a rival explanation, and the layer's margin over it; ``share`` is the share of the upper bound."""

    score: float | None
    margin: Margin | None
    share: float | None = None
    reason: str | None = None
    outcome: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", self.margin.outcome if self.margin is not None else None)


@dataclass(frozen=True)
class FeatureScore:
    """Score of one feature; ``beyond`` is its excess over the best rival's score on that feature."""

    name: str
    score: float | None
    p_adjusted: float | None
    beyond: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Rotated:
    """Are these features told apart, or is any direction of the norms predicted as well?

    Attributes
    ----------
    features : int
        Features that could be rotated: those without missing values.
    spread : float or None
        Variance over features of the squared correlation.
    rotated_spread : float or None
        The same of features of random rotations of the norms, mean over rotations.
    p : float or None
        How often rotations spread at least as much.
    share : float or None
        Share of features above the 95 % quantile of single random directions: .05 by chance.
    reason : str or None
        Why there is none.
    """

    features: int
    spread: float | None = None
    rotated_spread: float | None = None
    p: float | None = None
    share: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Gain:
    """What a hidden state adds to hidden state 0, the embeddings.

    Attributes
    ----------
    value : float or None
        Score with both hidden states in the map, minus the score of hidden state 0 alone.
    ci : tuple of float or None
        Its interval, paired over concepts.
    p, p_adjusted : float or None
        How often the gain is as large where what hidden state 0 leaves of the norms is dealt to other concepts; the
        second is corrected over hidden states.
    score : float or None
        Score with both hidden states in the map.
    reason : str or None
        Why there is none.
    """

    value: float | None
    ci: Interval = None
    p: float | None = None
    p_adjusted: float | None = None
    score: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class ClusterScore:
    """A hidden state in folds over clusters; ``rivals`` and ``deviations`` as in ``LayerProperties``."""

    score: float | None
    ci: Interval
    rivals: dict[str, RivalScore]
    reason: str | None = None
    deviations: dict[str, list[list[float]]] = field(default_factory=dict)


@dataclass(frozen=True)
class LayerProperties:
    """All measurements at one hidden state (``layer`` 0..L).

    ``rivals`` has one key per rival; a rival with several draws or seeds has one for each, such as ``random_model.0``.
    ``deviations`` are jackknife deviations for the units that ``Units`` names: of ``score``, of its margin over
    ``neighbours``, and of its margin over the closest of the ``others``. ``compare`` pairs two results by them. There
    is one list with fits held fixed, and one with the unit left out of the fits as well where the mapping supports it.
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
    deviations: dict[str, list[list[float]]] = field(default_factory=dict)
    clusters: ClusterScore | None = None
    rotated: Rotated | None = None
    p_within: float | None = None
    over_embeddings: Gain | None = None


@dataclass(frozen=True)
class Units:
    """Units of the intervals: ``digest`` identifies them and their norms, ``kept`` of ``count`` have deviations."""

    digest: str
    count: int
    kept: int


@dataclass(frozen=True)
class Clusters:
    """What whole clusters were held out: how many, what they are, and what names them as units of intervals."""

    count: int
    made_of: str
    units: Units | None = None


@dataclass(frozen=True)
class LeftOut:
    """A concept that the tokenizer cannot represent, and the reason."""

    concept: str
    reason: str


@dataclass(frozen=True, repr=False)
class PropertiesResult(Tabular):
    """Result of ``properties`` (docs/method.md), with its verdicts.

    A score says how well held-out norms are predicted. It does not say that the model knows them: the rivals test that,
    and an explanation that is not among the rivals is not tested.

    Of several sets of norms, this is the first; ``sets`` are the others, each with its own verdicts, and ``pairs`` say
    how any two differ. ``name`` tells sets apart; it is empty where there is one.
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
    units: Units | None = None
    equal: float = 1.0
    clusters: Clusters | None = None
    name: str = ""
    sets: list[PropertiesResult] = field(default_factory=list)
    pairs: list[SetPair] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PropertiesResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)

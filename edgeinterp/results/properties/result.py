"""What ``properties`` returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...runtime.json_values import from_json, to_json
from ..rows import Tabular
from ..shared import ControlScore, Interval, Margin, Verdict

__all__ = [
    "FeatureScore",
    "LayerProperties",
    "LeftOut",
    "PropertiesResult",
    "RivalScore",
    "Units",
]


@dataclass(frozen=True)
class RivalScore:
    """What a rival explanation scores, and by how much the layer beats it; ``share`` is of the upper bound."""

    score: float | None
    margin: Margin | None
    share: float | None = None
    reason: str | None = None
    outcome: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", self.margin.outcome if self.margin is not None else None)


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
    ``deviations`` are jackknife deviations of ``score`` and of its margins over ``neighbours`` and over the closest of
    the ``others``, for the units that ``Units`` names: what ``compare`` pairs two results by. One list with fits held
    fixed, and one with the unit out of them as well where the mapping can tell.
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


@dataclass(frozen=True)
class Units:
    """The units of the intervals: ``digest`` names them and their norms, ``kept`` of ``count`` have deviations."""

    digest: str
    count: int
    kept: int


@dataclass(frozen=True)
class LeftOut:
    """A concept that the tokenizer cannot represent, and why."""

    concept: str
    reason: str


@dataclass(frozen=True, repr=False)
class PropertiesResult(Tabular):
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
    units: Units | None = None
    equal: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PropertiesResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)

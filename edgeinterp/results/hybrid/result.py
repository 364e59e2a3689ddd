"""Result types of ``hybrid``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...runtime.json_values import from_json, to_json
from ..relations.result import PairLeftOut, RelationRival
from ..rows import Tabular
from ..shared import Estimate, Interval, Margin, Verdict

__all__ = ["HybridContrast", "HybridResult"]


@dataclass(frozen=True)
class HybridContrast:
    """All measurements of one contrast between two relations.

    Attributes
    ----------
    positive, negative : str
        The relations.
    pairs, categories : int
        Their numbers in the contrast.
    auc, accuracy, ci, p, p_adjusted, excess
        Of words, properties and attention together, as in ``relations``' ``Contrast``.
    gains : dict of str to Margin
        ``attention``: what attention adds to words and properties; ``features``: what properties add to words and
        attention; ``both``: what the two add to words. Each an AUC less that without.
    shared : Estimate
        What either adds to words and the other adds as well: ``both`` less the two gains.
    parts : dict of str to RelationRival
        The nested classifiers: ``words``, ``words_features``, ``words_attention``.
    rivals : dict of str to RelationRival
        Every control in the place of attention or of properties; the margin is what the real ones add beyond it.
    references : dict of str to RelationRival
        ``states``: hidden states of the words in the sentence, in the place of attention.
    units, unit_weights, unit_aucs, auc_without : list
        As in ``relations``' ``Contrast``: two results are paired by these.
    """

    positive: str
    negative: str
    pairs: int
    categories: int
    auc: float | None
    accuracy: float | None
    ci: Interval
    p: float | None
    p_adjusted: float | None
    excess: float | None
    gains: dict[str, Margin] = field(default_factory=dict)
    shared: Estimate = field(default_factory=lambda: Estimate(None))
    parts: dict[str, RelationRival] = field(default_factory=dict)
    rivals: dict[str, RelationRival] = field(default_factory=dict)
    references: dict[str, RelationRival] = field(default_factory=dict)
    reason: str | None = None
    units: list[str] = field(default_factory=list)
    unit_weights: list[float] = field(default_factory=list)
    unit_aucs: list[float] = field(default_factory=list)
    auc_without: list[float | None] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the contrast in words."""
        return f"{self.positive} against {self.negative}"


@dataclass(frozen=True, repr=False)
class HybridResult(Tabular):
    """Result of ``hybrid`` (docs/method.md), with its verdicts.

    A gain says that a linear classifier does better with something than without it, on categories that were held out.
    It does not say that the model uses it.

    Attributes
    ----------
    pairs, categories, features : int
        Pairs whose two words have properties, their categories, and the number of properties.
    without_norms : int
        Pairs of which a word has no properties; these were not measured.
    """

    pairs: int
    categories: int
    features: int
    templates: list[str]
    contrasts: list[HybridContrast]
    permutations: int
    alpha: float
    without_norms: int = 0
    source: str = ""
    norms_source: str = ""
    left_out: list[PairLeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    equal: float = 1.0

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> HybridResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)

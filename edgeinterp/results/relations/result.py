"""Result types of ``relations``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...runtime.json_values import from_json, to_json
from ..influence.result import SentenceView
from ..rows import Tabular
from ..shared import Interval, Margin, Verdict

__all__ = [
    "AUC_DIGITS",
    "Contrast",
    "HeadScore",
    "PairLeftOut",
    "PairSentence",
    "Reference",
    "RelationRival",
    "RelationsResult",
    "TemplateScore",
]

# digits to which AUCs by category, and AUCs without a category, are rounded
AUC_DIGITS = 6


@dataclass(frozen=True)
class RelationRival:
    """Score of a rival explanation; the margin counts a rival below .5 as .5 (docs/method.md).

    ``unit_aucs``: its AUC in each of the contrast's ``units``; ``auc_without``: its AUC without each, see ``Contrast``.
    """

    auc: float | None
    margin: Margin | None
    reason: str | None = None
    outcome: str | None = None
    unit_aucs: list[float] = field(default_factory=list)
    auc_without: list[float | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outcome", self.margin.outcome if self.margin is not None else None)


@dataclass(frozen=True)
class HeadScore:
    """AUC of one head's attention in one direction, as the only feature.

    ``direction`` is ``"1->2"`` where word1 attends to word2. ``auc`` above .5: more attention in the positive
    relation; below .5: less. The p-value tests its distance from .5.
    """

    attention_layer: int
    head: int
    direction: str
    auc: float | None
    p_adjusted: float | None
    reason: str | None = None


@dataclass(frozen=True)
class TemplateScore:
    """The same contrast from one template alone, without a p-value; ``elsewhere`` is the better of the two places."""

    template: str
    auc: float | None
    accuracy: float | None
    ci: Interval
    elsewhere: RelationRival


@dataclass(frozen=True)
class Reference(RelationRival):
    """What puts a contrast in context: other places of the sentence, and the licensed attention layers.

    Other places have an AUC and a margin, as rivals have. The licensed layers have an AUC of their own with ``layers``,
    ``ci``, ``p``, ``p_adjusted`` and what they are ``against``, rivals and other places both, in the same layers.
    """

    layers: list[int] = field(default_factory=list)
    ci: Interval = None
    p: float | None = None
    p_adjusted: float | None = None
    against: dict[str, RelationRival] = field(default_factory=dict)


@dataclass(frozen=True)
class Contrast:
    """All measurements of one contrast between two relations.

    Attributes
    ----------
    positive, negative : str
        The relations.
    pairs, categories : int
        Their numbers in the contrast; categories that share a pair of words count as one.
    auc, accuracy, ci, p, p_adjusted, excess
        AUC within categories, averaged with weight n+ n-; share of pairs with a prediction of the right sign; interval
        over categories; p-values under flips of whole categories; AUC less its mean under flips.
    penalty : list of float
        Penalty chosen in each fold.
    rivals : dict
        A key a rival; random models have one for each seed, such as ``random_model.0``.
    references : dict
        Other places, one for each choice of them, ``elsewhere.earlier`` and ``elsewhere.later``; and ``licensed``.
    heads : list of HeadScore
        Every head and direction whose attention varies.
    templates : list of TemplateScore
    dropped : int
        Number of constant features, which were left out.
    units, unit_weights, unit_aucs : list
        Hash of each category, its weight n+ n-, and its AUC; two results are paired by these.
    auc_without : list of float or None
        AUC without each unit, also left out of the other folds' fits; None for units outside the sample that was
        measured.
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
    penalty: list[float] = field(default_factory=list)
    rivals: dict[str, RelationRival] = field(default_factory=dict)
    references: dict[str, Reference] = field(default_factory=dict)
    heads: list[HeadScore] = field(default_factory=list)
    templates: list[TemplateScore] = field(default_factory=list)
    dropped: int = 0
    reason: str | None = None
    units: list[str] = field(default_factory=list)
    unit_weights: list[float] = field(default_factory=list)
    unit_aucs: list[float] = field(default_factory=list)
    auc_without: list[float | None] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the contrast in words."""
        return f"{self.positive} against {self.negative}"


@dataclass(frozen=True)
class PairLeftOut:
    """A pair that could not be measured, and the reason."""

    word1: str
    word2: str
    reason: str


@dataclass(frozen=True)
class PairSentence:
    """One pair in one sentence, for illustration: it is no evidence, and its choice does not depend on its numbers.

    Attributes
    ----------
    word1, word2, relation, template : str
        The pair, its relation and its template or own text; null where no sentence can be shown.
    contrast : str
        The contrast that ``attention_layer`` and ``head`` come from.
    attention_layer, head, direction, auc
        The head whose attention alone has the highest AUC there; null where no head could be measured.
    replacement : str
        The replacement for each token, to measure influence.
    causal : bool
        Whether a position sees earlier ones only.
    view : SentenceView
        Its ``spans`` are word1 and word2; null, with a ``reason``, where it could not be made.
    """

    word1: str | None
    word2: str | None
    relation: str
    template: str | None
    contrast: str
    attention_layer: int | None = None
    head: int | None = None
    direction: str | None = None
    auc: float | None = None
    replacement: str | None = None
    causal: bool = False
    view: SentenceView | None = None
    reason: str | None = None


@dataclass(frozen=True, repr=False)
class RelationsResult(Tabular):
    """Result of ``relations`` (docs/method.md), with its verdicts.

    An AUC says how well attention tells two relations apart in held-out categories. It does not say that the head, or
    the model, uses the relation; and an explanation that is not among the rivals is not tested. ``texts``: the number
    of texts, where each pair was read in a text of its own; 0 where templates were filled.
    """

    pairs: int
    categories: int
    templates: list[str]
    contrasts: list[Contrast]
    permutations: int
    alpha: float
    source: str = ""
    layers: int = 0
    heads: int = 0
    left_out: list[PairLeftOut] = field(default_factory=list)
    sentence: PairSentence | None = None
    notes: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    equal: float = 1.0
    # what stands for attention: a key of ``reading.names``
    reading: str = "attention"
    texts: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RelationsResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)

"""Result types of ``hybrid``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...runtime.json_values import from_json, to_json
from ..relations.result import Contrast, PairLeftOut, RelationRival
from ..rows import Tabular
from ..shared import Estimate, Margin, Verdict

__all__ = ["Gain", "HybridContrast", "HybridControl", "HybridResult"]


@dataclass(frozen=True)
class Gain(Margin):
    """What is lost without a block: an AUC less that without it, as a margin.

    ``p``, ``p_adjusted``: how often the gains of categories, each with its sign dealt by chance, sum to as much; and
    after Holm's correction over the contrasts.
    """

    p: float | None = None
    p_adjusted: float | None = None


@dataclass(frozen=True)
class HybridControl(RelationRival):
    """A control in the place of attention or of properties.

    ``gain`` is what it adds in that place; ``auc`` that of all together with it; ``margin`` what the real one adds
    beyond that.
    """

    gain: float | None = None


@dataclass(frozen=True)
class HybridContrast:
    """All measurements of one contrast between two relations.

    Attributes
    ----------
    positive, negative : str
        The relations.
    auc : dict of str to float
        AUC of blocks, alone and together: ``W`` words, ``S`` properties, ``A`` attention, ``H`` the last hidden states
        of the words in the sentence; ``WS``, ``WA``, ``WSA``; and ``WSH``, hidden states in the place of attention.
    gains : dict of str to Gain
        ``attention``: what it adds to words and properties; ``semantics``: what properties add to words and attention;
        ``both``: what the two add to words.
    shared : Estimate
        What either adds to words and the other adds as well: ``both`` less the two gains.
    controls : dict of str to HybridControl
        Every control in the place of attention or of properties, draws numbered.
    together : Contrast
        Of words, properties and attention together: pairs, categories, AUC, accuracy, interval, p-values, and what two
        results are paired by.
    nested : dict of str to RelationRival
        ``WS`` and ``WA``, by category: the gains are margins over these.
    """

    positive: str
    negative: str
    together: Contrast
    auc: dict[str, float] = field(default_factory=dict)
    gains: dict[str, Gain] = field(default_factory=dict)
    shared: Estimate = field(default_factory=lambda: Estimate(None))
    controls: dict[str, HybridControl] = field(default_factory=dict)
    nested: dict[str, RelationRival] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the contrast in words."""
        return self.together.name


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
    # what stands for attention: a key of ``reading.names``
    reading: str = "attention"

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> HybridResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)

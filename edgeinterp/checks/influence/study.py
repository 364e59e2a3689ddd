"""Texts, one after the other -> the result of ``influence``: whether there are enough, and what they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...results.influence.controls import FEWEST_RANDOM
from ...results.influence.result import (
    Agreement,
    BeyondChance,
    HeadInfluence,
    InfluenceResult,
    LayerInfluence,
    NamedHead,
    ReadingInfluence,
)
from ...results.influence.verdicts import with_verdicts
from .kept import Kept, Unit
from .numbers import Numbers
from .over_random import ScoredModel, half_width, settled
from .recommending import recommended
from .scores import Scores
from .texts import of_special_rows

__all__ = ["HALF_WIDTH", "PERMUTATIONS", "Study"]

PERMUTATIONS = 1000
# of the widest gain: with it, a gain of 0 is shown to be within .02 of it
HALF_WIDTH = 0.015


class Study(Kept):
    """Keeps texts, says whether they are enough, and forms the result; parameters are those of ``Kept``."""

    def __init__(self, *settings: Any, **found: Any) -> None:
        super().__init__(*settings, **found)
        self._random_models_scored: list[ScoredModel] = []
        self._scored: ScoredModel | None = None

    def precise(self) -> bool:
        """Whether every gain that a verdict rests on is known well enough; significance has no say in it."""
        found = half_width(self)
        return found is not None and found <= HALF_WIDTH

    @property
    def random_models_scored(self) -> list[ScoredModel]:
        """The gains and pairs of each random model."""
        for texts in self.random[len(self._random_models_scored) :]:
            self._random_models_scored.append(ScoredModel.of(self, Scores(texts, self.causal, self.alpha), random=True))
        return self._random_models_scored

    def settled(self) -> bool:
        """Whether further random models would change no verdict; asked after two of them."""
        if len(self.random) < FEWEST_RANDOM:
            return False
        if self._scored is None:
            self._scored = ScoredModel.of(self, Scores(self.kept, self.causal, self.alpha))
        return settled(self, self._scored, self.random_models_scored)

    def result(self) -> InfluenceResult:
        """Form the result, with its verdicts."""
        layers = range(1, self.layers + 1)
        readings = [(layer, key) for key in self.readings.keys for layer in layers]
        heads = [(layer, head) for layer in layers for head in range(self.heads)]
        numbers = Numbers(self, self.kept, self.random_models_scored, [readings, heads])
        special = self._special(readings)
        result = InfluenceResult(
            texts=len(self.kept),
            positions=sum(reading.positions.size for reading in self.kept),
            draws=self.draws,
            layers=[
                LayerInfluence(
                    layer,
                    numbers.self_share(layer),
                    [each.reading((layer, key)) for each in (numbers, *special) for key in self.readings.keys],
                    [numbers.one_head(layer, head) for head in range(self.heads)],
                )
                for layer in layers
            ],
            exchangeable=numbers.scores.exchangeable,
            smallest_p=numbers.smallest_p,
            longest=self.longest,
            head=numbers.named(),
            best_head=numbers.best(),
            half_width=numbers.half_width,
            random_models=len(self.random),
            random_texts=len(self.random[0]) if self.random else 0,
            text_scores=numbers.text_scores(),
            **self._settings(self.replacement),
        )
        result = with_verdicts(result)
        found = recommended(self, numbers, self.random_models_scored, result)
        return replace(result, layers=[replace(one, recommended=found[one.attention_layer]) for one in result.layers])

    def _special(self, readings: Sequence[Unit]) -> list[Numbers]:
        """Return the numbers of the special rows, where texts have them."""
        rows = of_special_rows(self.kept, self.causal)
        if not rows:
            return []
        random = [
            ScoredModel.of(self, Scores(of_special_rows(texts, self.causal), self.causal, self.alpha), random=True)
            for texts in self.random
        ]
        return [Numbers(self, rows, random, [readings], "special")]

    def nothing(self, reason: str) -> InfluenceResult:
        """Return the result for no text: every claim is undecided for this reason."""
        layers = [_unmeasured(self, layer, reason) for layer in range(1, self.layers + 1)]
        head = None if self.head is None else NamedHead(*self.head, layers[0].attention, {})
        none = InfluenceResult(
            texts=0, positions=0, draws=0, layers=layers, head=head, notes=[reason], **self._settings("none")
        )
        return with_verdicts(none)

    def _settings(self, replacement: str) -> dict[str, Any]:
        return {
            "replacement": replacement, "causal": self.causal, "permutations": self.n_permutations, "alpha": self.alpha,
            "unknown": self.unknown, "equal": self.equal, "no_readings": self.no_readings,
        }  # fmt: skip


def _unmeasured(study: Study, layer: int, reason: str) -> LayerInfluence:
    none = BeyondChance(None, None, reason=reason)
    nothing = Agreement(None, None, none, none, reason)
    heads = [HeadInfluence(head, nothing) for head in range(1, study.heads + 1)]
    readings = [ReadingInfluence(**vars(nothing), rolled_up=up) for up in (False, True)]
    return LayerInfluence(layer, None, readings, heads)

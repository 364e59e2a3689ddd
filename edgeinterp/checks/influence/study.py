"""Form the result of ``influence`` from texts: its numbers, families, rivals and verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...results.controls import chosen, functions, names, refuse_unknown
from ...results.influence.controls import CONTROLS, RANDOM_ATTENTION, RANDOM_MODEL
from ...results.influence.result import (
    Agreement,
    BestHead,
    HeadInfluence,
    HeadSummary,
    InfluenceResult,
    LayerInfluence,
    NamedHead,
    ReferenceAgreement,
    RivalAgreement,
)
from ...results.influence.verdicts import FEWEST_TEXTS, influence_verdicts, too_few_texts
from ...results.rule import delta_of
from ...results.shared import TextScores
from ...runtime.arguments import equality, flag, head_numbers, level, permutation_count
from ...statistics.pvalues import FamilyP
from .scores import Scores, bins_of
from .texts import Passes, Predictors, TextReading, read_text

__all__ = ["NAMES", "PERMUTATIONS", "Study"]

NAMES = names(CONTROLS)
PERMUTATIONS = 1000
# a head is chosen on half of the texts
_FEWEST_TO_CHOOSE = 8
NO_CHANGE = "no replaced token changes the hidden state in at least one text; leave it out, or replace by other tokens"
NO_RANDOM_CHANGE = "no replaced token changes the random model's hidden state in at least one text"
NO_ROWS = (
    "no row has 4 replaced tokens to compare over, in at least one text; replace at least 5 tokens in every text, or "
    "leave the text out"
)

Doubles = NDArray[np.float64]


class Study:
    """Take texts one by one, keep ranks of a few kilobytes each, and form the result.

    Parameters
    ----------
    layers, heads : int
    causal : bool
    head : tuple of int, optional
        Attention layer and head to judge, from 1.
    n_permutations : int
    alpha : float
    seed : int
        64 bits.
    controls : sequence of str
    equal : float
        What the differences that count as none are multiplied by.
    unknown : float
        Share of tokens that the tokenizer does not know.
    replacement : str
        Name of the replacement; ``given`` where the caller replaced tokens.
    no_random : str
        Reason for which there is no random model.
    """

    def __init__(
        self,
        layers: int,
        heads: int,
        causal: bool,
        head: tuple[int, int] | None,
        n_permutations: int,
        alpha: float,
        seed: int,
        controls: Sequence[str],
        *,
        equal: float = 1.0,
        unknown: float = 0.0,
        replacement: str = "given",
        no_random: str = "no attentions and hidden states of a random model were given",
    ) -> None:
        refuse_unknown(controls, NAMES, "influence")
        self.layers, self.heads, self.causal = layers, heads, flag("causal", causal)
        self.head = checked_head(head, layers, heads)
        self.n_permutations = permutation_count("n_permutations", n_permutations)
        self.alpha, self.seed, self.controls, self.equal = level(alpha), seed, tuple(controls), equality(equal)
        self.readings: list[TextReading] = []
        self.draws = 1
        self.longest = 0
        self.unknown, self.replacement, self.no_random = unknown, replacement, no_random
        self.with_random = False

    def add(
        self,
        key: int,
        group: tuple[int, ...],
        positions: NDArray[np.int64],
        special: NDArray[np.bool_],
        draws: int,
        own: Passes,
        random: Passes | None,
    ) -> None:
        """Reduce one text (see ``read_text``); texts of the same group exchange their influence."""
        if RANDOM_MODEL.name not in self.controls:
            random = None
        self.with_random = random is not None
        self.draws = max(self.draws, draws)
        self.longest = max(self.longest, special.size)
        self.readings.append(read_text(key, group, positions, special, own, random, self.head, self.causal))

    def result(self) -> InfluenceResult:
        """Form the result, with its verdicts."""
        predictors = Predictors(self.heads, self.with_random, self.head is not None)
        numbers = _Numbers(self, predictors)
        scores = numbers.scores
        result = InfluenceResult(
            texts=len(self.readings),
            positions=sum(reading.positions for reading in self.readings),
            draws=self.draws,
            replacement=self.replacement,
            causal=self.causal,
            permutations=self.n_permutations,
            alpha=self.alpha,
            layers=[numbers.layer(layer) for layer in range(1, self.layers + 1)],
            exchangeable=scores.exchangeable,
            smallest_p=numbers.smallest_p,
            longest=self.longest,
            unknown=self.unknown,
            head=numbers.named(),
            best_head=numbers.best(),
            text_scores=numbers.text_scores(),
            equal=self.equal,
        )
        return replace(result, verdicts=influence_verdicts(result))

    def nothing(self, reason: str) -> InfluenceResult:
        """Return the result for no text: every claim is undecided for this reason."""
        layers = [_unmeasured(self, layer, reason) for layer in range(1, self.layers + 1)]
        head = None if self.head is None else NamedHead(*self.head, layers[0].attention, {})
        none = InfluenceResult(
            0,
            0,
            0,
            "none",
            self.causal,
            self.n_permutations,
            self.alpha,
            layers,
            head=head,
            unknown=self.unknown,
            equal=self.equal,
        )
        return replace(none, notes=[reason], verdicts=influence_verdicts(none))


def _unmeasured(study: Study, layer: int, reason: str) -> LayerInfluence:
    nothing = Agreement(None, None, None, None, reason)
    heads = [HeadInfluence(head, None, None, reason=reason) for head in range(1, study.heads + 1)]
    return LayerInfluence(layer, None, nothing, heads, nothing, {}, {})


def checked_head(head: tuple[int, int] | None, layers: int, heads: int) -> tuple[int, int] | None:
    """Return the head to judge; refuse one that the model does not have.

    Raises
    ------
    InputError
    """
    if head is None:
        return None
    layer, number = head_numbers(head)
    if not (1 <= layer <= layers and 1 <= number <= heads):
        raise InputError(
            f"head {layer}.{number}: the model has layers 1 to {layers} with heads 1 to {heads} each; "
            "give LAYER.HEAD, such as 1.1"
        )
    return layer, number


class _Numbers:
    """Numbers of one study, unit by unit."""

    def __init__(self, study: Study, predictors: Predictors) -> None:
        self.study, self.predictors = study, predictors
        # sums must not depend on the order of texts
        self.readings = sorted(study.readings, key=lambda reading: reading.key)
        self.scores = Scores(bins_of(self.readings, predictors.of_random), study.layers, predictors, study.alpha)
        layers = range(1, study.layers + 1)
        unit = self.scores.unit
        self.families = {
            "attention": [unit(layer, predictors.mean) for layer in layers],
            "rollout": [unit(layer, predictors.rollout) for layer in layers],
            "heads": [unit(layer, predictors.head(head)) for layer in layers for head in range(study.heads)],
        }
        self.undecided = self._undecided()
        self.p: dict[str, tuple[FamilyP, dict[int, int]]] = {}
        if self.undecided is None:
            self._test()

    @property
    def smallest_p(self) -> float | None:
        """Return the smallest p that these exchanges can give; None where there is nothing to exchange."""
        if not self.scores.exchangeable:
            return None
        return max(1.0 / (self.study.n_permutations + 1), 1.0 / self.scores.ways)

    def _undecided(self) -> str | None:
        if self.scores.exchangeable < FEWEST_TEXTS:
            arrays = self.study.replacement == "given"
            return too_few_texts(self.scores.exchangeable, len(self.readings), arrays)
        return None

    def _test(self) -> None:
        """Test every unit that has a value in every text; the others leave their family."""
        whole = ~np.isnan(self.scores.foreign[self.scores.can_exchange]).any(axis=0)
        kept = {name: [unit for unit in units if whole[unit]] for name, units in self.families.items()}
        tested = self.scores.pvalues(list(kept.values()), self.study.n_permutations, self.study.seed)
        for (name, units), family in zip(kept.items(), tested, strict=True):
            self.p[name] = family, {unit: place for place, unit in enumerate(units)}

    def layer(self, layer: int) -> LayerInfluence:
        predictors, study = self.predictors, self.study
        attention = self.scores.unit(layer, predictors.mean)
        rollout = self.scores.unit(layer, predictors.rollout)
        return LayerInfluence(
            attention_layer=layer,
            self_share=_mean([reading.self_share[layer - 1] for reading in self.readings]),
            attention=self.agreement(attention, "attention"),
            heads=[self.one_head(layer, head) for head in range(study.heads)],
            rollout=self.agreement(rollout, "rollout"),
            rivals=self.rivals(layer, predictors.mean),
            rollout_rivals=self.rivals(layer, predictors.rollout),
            references=self.references(layer, predictors.mean),
            rollout_references=self.references(layer, predictors.rollout),
        )

    def references(self, layer: int, place: int) -> dict[str, ReferenceAgreement]:
        """Return the correlation of the random model's attention with the influence in the real one."""
        counterpart = self.predictors.random_of(place)
        if counterpart is None:
            return {}
        values = self.scores.rho[:, self.scores.unit(layer, counterpart)]
        if np.isnan(values).any():
            return {RANDOM_ATTENTION.name: ReferenceAgreement(None, self.why_missing())}
        return {RANDOM_ATTENTION.name: ReferenceAgreement(float(values.mean()))}

    def agreement(self, unit: int, family: str) -> Agreement:
        values = self.scores.rho[:, unit]
        if np.isnan(values).any():
            return Agreement(None, None, None, None, self.why_missing())
        rho, ci = self.scores.mean_interval(values)
        p, adjusted, reason = self.pvalues(unit, family)
        return Agreement(rho, ci, p, adjusted, reason)

    def why_missing(self) -> str:
        empty = any(not reading.rows.any() for reading in self.readings)
        return NO_ROWS if empty else NO_CHANGE

    def pvalues(self, unit: int, family: str) -> tuple[float | None, float | None, str | None]:
        if self.undecided is not None:
            return None, None, self.undecided
        tested, places = self.p[family]
        place = places[unit]
        if not tested.in_family[place]:
            return float(tested.p[place]), None, "every exchange of influence gives the same value"
        return float(tested.p[place]), float(tested.p_adjusted[place]), None

    def one_head(self, layer: int, head: int) -> HeadInfluence:
        found = self.agreement(self.scores.unit(layer, self.predictors.head(head)), "heads")
        means = [_mean(list(values)) for values in self.summaries(layer, head).T]
        return HeadInfluence(head + 1, found.rho, found.p_adjusted, found.ci, HeadSummary(*means), found.reason)

    def summaries(self, layer: int, head: int) -> Doubles:
        return np.stack([reading.summaries[layer - 1, head] for reading in self.readings])

    def rivals(self, layer: int, place: int) -> dict[str, RivalAgreement]:
        """Return every requested rival of one predictor at one layer."""
        return {name: make(self, layer, place) for name, make in _RIVALS.items() if name in self.study.controls}

    # rivals; each function has its row's name

    def foreign_text(self, layer: int, place: int) -> RivalAgreement:
        if self.undecided is not None:
            return RivalAgreement(None, None, self.undecided)
        unit = self.scores.unit(layer, place)
        there = self.scores.can_exchange
        return self.compared(np.where(there, self.scores.rho[:, unit], np.nan), self.scores.foreign[:, unit], there)

    def distance(self, layer: int, place: int) -> RivalAgreement:
        own, other = (self.scores.rho[:, self.scores.unit(layer, at)] for at in (place, self.predictors.distance))
        return self.compared(own, other, np.ones(len(own), dtype=bool))

    def random_model(self, layer: int, place: int) -> RivalAgreement:
        """Compare with the same predictor of the random model, on the influence in the random model itself."""
        counterpart, known = self.predictors.random_of(place), self.scores.random_own
        if counterpart is None or known is None:
            return RivalAgreement(None, None, self.study.no_random)
        own, other = (
            self.scores.rho[:, self.scores.unit(layer, place)],
            known[:, self.scores.random_unit(layer, counterpart)],
        )
        if np.isnan(other).any() and not np.isnan(own).any():
            return RivalAgreement(None, None, NO_RANDOM_CHANGE)
        return self.compared(own, other, np.ones(len(own), dtype=bool))

    def compared(self, own: Doubles, other: Doubles, there: NDArray[np.bool_]) -> RivalAgreement:
        if np.isnan(own[there]).any() or np.isnan(other[there]).any():
            return RivalAgreement(None, None, self.why_missing())
        margin = self.scores.margin(own - other, delta_of("rho", self.study.equal))
        return RivalAgreement(float(other[there].mean()), margin)

    def named(self) -> NamedHead | None:
        if self.study.head is None:
            return None
        layer, head = self.study.head
        place = self.predictors.head(head - 1)
        agreement = self.agreement(self.scores.unit(layer, place), "heads")
        return NamedHead(layer, head, agreement, self.rivals(layer, place), self.references(layer, place))

    def best(self) -> BestHead | None:
        """Choose the best head on every second text of each bin, and score it on the others."""
        chooses = np.concatenate([np.arange(len(part.keys)) % 2 == 0 for part in self.scores.bins])
        units = self.families["heads"]
        rho = self.scores.rho[:, units]
        if len(rho) < _FEWEST_TO_CHOOSE or chooses.all() or np.isnan(rho).all(axis=0).any():
            return None
        found = np.where(np.isnan(rho).any(axis=0), -np.inf, rho[chooses].mean(axis=0))
        at = int(np.argmax(found))
        rest = rho[~chooses, at]
        if np.isnan(rest).any():
            return None
        score, ci = self.scores.mean_interval(np.where(chooses, np.nan, rho[:, at]))
        layer, head = divmod(at, self.study.heads)
        return BestHead(layer + 1, head + 1, float(found[at]), score, ci, len(rest))

    def text_scores(self) -> list[TextScores]:
        """Return the correlations of mean attention and rollout for each text, layer by layer."""
        parts = []
        for key, rho in zip(self.scores.keys, self.scores.rho, strict=True):
            scores: dict[str, Any] = {
                name: [_number(rho[unit]) for unit in self.families[name]] for name in ("attention", "rollout")
            }
            parts.append(TextScores(f"{int(key):016x}", scores))
        return parts


_RIVALS = functions(chosen(CONTROLS), _Numbers)


def _mean(values: Sequence[float]) -> float | None:
    known = [float(value) for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

"""The numbers of one study: every reading at every layer with its intervals, p-values, rivals and references."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...results.controls import chosen, functions, rivals
from ...results.influence.controls import CHEAPER_PARTS, CONTROLS, PROFILE, RANDOM_MODEL, RANDOM_PARTS, SALIENCE
from ...results.influence.result import (
    Agreement,
    BestHead,
    BeyondChance,
    HeadInfluence,
    HeadSummary,
    NamedHead,
    ReadingInfluence,
    ReferenceAgreement,
    RivalAgreement,
)
from ...results.influence.verdicts import FEWEST_TEXTS, too_few_texts
from ...results.rule import delta_of
from ...results.shared import Margin, TextScores
from ...statistics.means import mean_intervals
from ...statistics.pvalues import permutation_p
from .kept import Kept, Unit
from .over_random import NO_CHANGE, Judged, ScoredModel, mean_margins, random_margins, widest
from .scores import LayerScores, Scores, UnitScores
from .texts import TextReading

__all__ = ["Numbers"]

# a head is chosen on half of the texts
_FEWEST_TO_CHOOSE = 8
NO_ROWS = (
    "no row has 4 replaced tokens to compare over, in at least one text; replace at least 5 tokens in every text, or "
    "leave the text out"
)
ONE_ROW = "pair is not asked in one row"
SAME = "every exchange of influence gives the same value"

Doubles = NDArray[np.float64]


class Numbers:
    """The numbers of one study, unit by unit.

    Parameters
    ----------
    study : Kept
    texts : sequence of TextReading
        All of the study's, some, or their special rows alone.
    random : sequence of ScoredModel
    wanted : sequence of sequence of Unit
        Families that are tested together.
    query : str
        ``token`` or ``special``.
    """

    def __init__(
        self,
        study: Kept,
        texts: Sequence[TextReading],
        random: Sequence[ScoredModel],
        wanted: Sequence[Sequence[Unit]],
        query: str = "token",
    ) -> None:
        self.study, self.query = study, query
        # sums must not depend on the order in which texts came
        self.kept = sorted(texts, key=lambda reading: reading.key)
        self.scores = Scores(self.kept, study.causal, study.alpha)
        self.undecided = self._undecided()
        orders = (
            self.scores.without_exchanges() if self.undecided else self.scores.orders(study.n_permutations, study.seed)
        )
        self.layers: dict[int, LayerScores] = {}
        self.units: dict[Unit, UnitScores] = {}
        asked = [one for family in wanted for one in family]
        # costlier readings are held against these
        bases = [(layer, key) for layer, _ in asked for key in CHEAPER_PARTS]
        for layer, key in sorted(dict.fromkeys([*bases, *asked]), key=lambda one: one[0]):
            if layer not in self.layers:
                self.layers[layer] = self.scores.at(layer)
            self.units[layer, key] = self.layers[layer].unit(study.readings.place(key), orders)
        self.agreements: dict[Unit, Agreement] = {}
        for family in wanted:
            self._test(family)
        self.random = self._random_margins(random, asked)

    @property
    def smallest_p(self) -> float | None:
        """The smallest p that these exchanges can give; None where there is nothing to exchange."""
        if not self.scores.exchangeable:
            return None
        return max(1.0 / (self.study.n_permutations + 1), 1.0 / self.scores.ways)

    @property
    def half_width(self) -> float | None:
        """The widest half-width of the gains that verdicts rest on."""
        return widest([self.agreements[one].gain.ci for one in self.study.cheap])

    def _undecided(self) -> str | None:
        if self.scores.exchangeable < FEWEST_TEXTS:
            arrays = self.study.replacement == "given"
            return too_few_texts(self.scores.exchangeable, len(self.kept), arrays)
        return None

    def _random_margins(self, random: Sequence[ScoredModel], asked: Sequence[Unit]) -> Judged:
        if not random:
            return {}
        units = {one: self.units[one] for one in asked if one in random[0].units}
        return random_margins(self.study, ScoredModel(self.scores, self.layers, units), random)

    def _test(self, members: Sequence[Unit]) -> None:
        """Test gain and pair of a family: every unit that has a value in every text; the others leave it."""
        there = self.scores.can_exchange
        whole = [one for one in members if not np.isnan(self.units[one].rho).any()]
        rest = {one: BeyondChance(None, None, reason=self.why_missing()) for one in members}
        rest |= dict.fromkeys(whole, BeyondChance(None, None, reason=self.undecided))
        tested = {name: dict(rest) for name in ("gain", "pair")}
        if self.query == "special":
            tested["pair"] = dict.fromkeys(members, BeyondChance(None, None, reason=ONE_ROW))
        if whole and there.any():
            for name in tested if self.query == "token" else ("gain",):
                tested[name] |= dict(zip(whole, self._tested(whole, name), strict=True))
        intervals = {}
        if whole:
            intervals = dict(
                zip(whole, mean_intervals(self.scores.keys, self._values(whole, "rho"), self.study.alpha), strict=True)
            )
        for one in members:
            gain, pair = tested["gain"][one], tested["pair"][one]
            rho, ci = intervals.get(one, (None, None))
            why = gain.reason or (pair.reason if self.query == "token" else None)
            self.agreements[one] = Agreement(rho, ci, gain, pair, why)

    def _values(self, members: Sequence[Unit], name: str) -> Doubles:
        return np.stack([getattr(self.units[one], name) for one in members], axis=1)

    def _tested(self, members: Sequence[Unit], name: str) -> list[BeyondChance]:
        margins = mean_margins(self.scores, self._values(members, name), delta_of(name, self.study.equal))
        plain = [(one.value, one.ci, one.inner, one.delta) for one in margins]
        if self.undecided is not None:
            return [BeyondChance(*one, reason=self.undecided) for one in plain]
        drawn = self._values(members, f"{name}_exchanged")
        family = permutation_p(drawn[0], drawn[1:])
        return [
            BeyondChance(*one, p, adjusted if there else None, None if there else SAME)
            for one, p, adjusted, there in zip(
                plain, family.p.tolist(), family.p_adjusted.tolist(), family.in_family.tolist(), strict=True
            )
        ]

    def why_missing(self) -> str:
        """Say why a reading has no value in at least one text."""
        empty = any(not reading.rows.any() for reading in self.kept)
        return NO_ROWS if empty else NO_CHANGE

    def reading(self, one: Unit) -> ReadingInfluence:
        """Return everything of one reading at one layer."""
        name, up = self.study.readings.kinds[str(one[1])]
        found = self.agreements[one]
        return ReadingInfluence(
            **vars(found), name=name, rolled_up=up, query=self.query, rivals=self.rivals(one, found),
            references=self.references(one),
        )  # fmt: skip

    def self_share(self, layer: int) -> float | None:
        """Return the mean share of influence that a token has on its own position."""
        return _mean([reading.self_share[layer - 1] for reading in self.kept])

    def one_head(self, layer: int, head: int) -> HeadInfluence:
        """Return everything of head 0..H-1 of a layer."""
        summaries = np.stack([reading.summaries[layer - 1, head] for reading in self.kept])
        summary = HeadSummary(*[_mean(list(values)) for values in summaries.T])
        return HeadInfluence(head + 1, self.agreements[layer, head], summary)

    def named(self) -> NamedHead | None:
        """Return the head that was asked about."""
        if self.study.head is None:
            return None
        layer, head = self.study.head
        one = (layer, head - 1)
        found = self.agreements[one]
        return NamedHead(layer, head, found, self.rivals(one, found), self.references(one))

    def rivals(self, one: Unit, found: Agreement) -> dict[str, RivalAgreement]:
        """Return every rival that was asked for, of one reading."""
        out: dict[str, RivalAgreement] = {}
        for name, make in _RIVALS.items():
            if name in self.study.controls:
                out |= make(self, one, found)
        # one row tells nothing of pairs
        pairs = (SALIENCE.name, RANDOM_PARTS["pair"]) if self.query == "special" else ()
        return {name: rival for name, rival in out.items() if name not in pairs}

    def references(self, one: Unit) -> dict[str, ReferenceAgreement]:
        """Return every reference that was asked for, of one reading."""
        return {name: make(self, one) for name, make in _REFERENCES.items() if name in self.study.controls}

    # rivals and references; each has its row's name

    def profile(self, one: Unit, found: Agreement) -> dict[str, RivalAgreement]:
        """Set the profile of offsets against the reading: the margin is gain."""
        there = self.scores.can_exchange
        values = self.layers[one[0]].profile_rho[there]
        if found.gain.value is None or not len(values):
            return {PROFILE.name: RivalAgreement(None, None, found.gain.reason)}
        return {PROFILE.name: RivalAgreement(float(values.mean()), _plain(found.gain))}

    def salience(self, one: Unit, found: Agreement) -> dict[str, RivalAgreement]:
        """Set which tokens matter against the reading: the margin is pair."""
        if found.pair.value is None:
            return {SALIENCE.name: RivalAgreement(None, None, found.pair.reason)}
        own = self.units[one].pair_exchanged[0]
        return {SALIENCE.name: RivalAgreement(float(own) - found.pair.value, _plain(found.pair))}

    def random_model(self, one: Unit, _found: Agreement) -> dict[str, RivalAgreement]:
        """Set random models against the reading, in gain and in pair."""
        missing = RivalAgreement(None, None, self.study.no_random)
        return self.random.get(one, {RANDOM_MODEL.name: missing})

    def cheaper(self, one: Unit, _found: Agreement) -> dict[str, RivalAgreement]:
        """Set attention, per block and rolled up, against a reading that costs more: the margin is of gains."""
        if not isinstance(one[1], str) or one[1] in CHEAPER_PARTS:
            return {}
        out = {}
        for key, name in CHEAPER_PARTS.items():
            own, other = self.units[one].gain, self.units[one[0], key].gain
            if np.isnan((own - other)[self.scores.can_exchange]).any() or not self.scores.exchangeable:
                out[name] = RivalAgreement(None, None, self.undecided or self.why_missing())
                continue
            (margin,) = mean_margins(self.scores, (own - other)[:, None], delta_of("gain", self.study.equal))
            out[name] = RivalAgreement(float(other[self.scores.can_exchange].mean()), margin)
        return out

    def foreign_text(self, one: Unit) -> ReferenceAgreement:
        """Correlate the reading with the influence in other texts."""
        return self._reference(self.units[one].foreign, self.scores.can_exchange)

    def distance(self, one: Unit) -> ReferenceAgreement:
        """Correlate nearness with influence."""
        values = self.layers[one[0]].distance()
        return self._reference(values, np.ones(len(values), dtype=bool))

    def _reference(self, values: Doubles, there: NDArray[np.bool_]) -> ReferenceAgreement:
        if np.isnan(values[there]).any() or not there.any():
            return ReferenceAgreement(None, None, self.undecided or self.why_missing())
        ((rho, ci),) = mean_intervals(self.scores.keys[there], values[there][:, None], self.study.alpha)
        return ReferenceAgreement(rho, ci)

    def best(self) -> BestHead | None:
        """Choose the best head on every second text of each bin, and score it on the others."""
        chooses = np.concatenate([np.arange(len(part.keys)) % 2 == 0 for part in self.scores.bins])
        heads = [(layer, head) for layer in self.layers for head in range(self.study.heads)]
        rho = np.stack([self.units[one].rho for one in heads], axis=1)
        if len(rho) < _FEWEST_TO_CHOOSE or chooses.all() or np.isnan(rho).all(axis=0).any():
            return None
        found = np.where(np.isnan(rho).any(axis=0), -np.inf, rho[chooses].mean(axis=0))
        at = int(np.argmax(found))
        rest = rho[~chooses, at]
        if np.isnan(rest).any():
            return None
        ((score, ci),) = mean_intervals(self.scores.keys[~chooses], rest[:, None], self.study.alpha)
        layer, head = divmod(at, self.study.heads)
        return BestHead(layer + 1, head + 1, float(found[at]), score, ci, len(rest))

    def text_scores(self) -> list[TextScores]:
        """Return rho, gain and pair of mean attention and rollout in each text, layer by layer."""
        layers = range(1, self.study.layers + 1)
        parts = []
        for text, key in enumerate(self.scores.keys):
            scores: dict[str, Any] = {
                f"{name}_{part}": [_number(getattr(self.units[layer, name], part)[text]) for layer in layers]
                for name in ("attention", "rollout")
                for part in ("rho", "gain", "pair")
            }
            parts.append(TextScores(f"{int(key):016x}", scores))
        return parts


_RIVALS = functions(rivals(CONTROLS), Numbers)
_REFERENCES = functions([one for one in chosen(CONTROLS) if one.kind == "reference"], Numbers)


def _plain(found: BeyondChance) -> Margin:
    return Margin(found.value, found.ci, found.inner, found.delta)


def _mean(values: Sequence[float]) -> float | None:
    known = [float(value) for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

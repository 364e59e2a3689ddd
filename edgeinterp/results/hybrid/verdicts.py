"""Verdicts on whether attention and properties together say more than each alone, from the numbers of ``hybrid``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...reading.names import kind_of, named
from ..controls import Compared, compared, family, row_of
from ..numbers import numbers
from ..relations.verdicts import CHANCE, too_little
from ..rule import Effect, Rival, Ruling, delta_of, more, reached
from ..shared import Margin, Verdict
from .controls import CONTROLS, SIDES
from .result import HybridContrast, HybridResult

__all__ = ["hybrid_verdicts"]

# what a side adds, and to what
_ADDED = {
    "attention": ("attention", "to words and properties"),
    "semantics": ("these properties", "to words and attention"),
}


@dataclass(frozen=True)
class _Side:
    """One side of a claim, attention or properties: what it adds, and its controls.

    ``state`` is ``adds``; ``nothing``, where the gain is shown to be none; ``leaks``, where a control gains as much;
    ``not localised``, where other places do; ``open``; or ``unmeasured``.
    """

    name: str
    gain: Margin
    state: str
    rivals: Mapping[str, Rival]
    deciding: list[str]

    @property
    def margins(self) -> list[Margin | None]:
        """Return the margins that decide its state: over controls, or else the gain itself."""
        return [self.rivals[key].margin for key in self.deciding] or [self.gain]

    @property
    def words(self) -> str:
        """Say what the side adds, with its interval."""
        what, to = _ADDED[self.name]
        said = f"{what} add{'s' if self.name == 'attention' else ''}"
        if self.gain.ci is None or self.gain.value is None:
            return f"what {what} would add {to} has no interval"
        low, high = self.gain.ci
        said += f" {self.gain.value:+.3f} ({low:+.3f} to {high:+.3f}) {to}"
        if self.state == "nothing":
            said += f", which is none beyond {self.gain.delta:g}" if self.gain.outcome == "equal" else ", which is less"
        for key in self.deciding[:1]:
            said += f"; {reached(row_of(CONTROLS, key), key, self.rivals[key], explains=False)}"
        return said


def hybrid_verdicts(result: HybridResult) -> list[Verdict]:
    """Return one verdict for each contrast: do attention and properties together say more than each alone?

    ``unsupported`` where a control gains as much as what it stands for, or neither side adds anything; ``weakened``
    where one side alone adds, or where attention between other places adds as much; ``supported`` where both add, each
    more than every control; else ``undecided``.
    """
    verdicts = []
    for contrast in result.contrasts:
        ruling = _judge(contrast, result)
        rivals = {key: Rival(one.auc, one.margin, one.reason) for key, one in contrast.controls.items()}
        claim = (
            f"{named(*kind_of(result.reading))} and these properties together say more than each alone of the "
            f"relation {contrast.positive}, against {contrast.negative}"
        )
        whole = contrast.together
        found = (whole.auc, whole.ci, whole.p_adjusted)
        auc = numbers("auc", found, whole.reason, rivals, ruling.deciding)
        verdicts.append(
            Verdict(
                claim, "hybrid", ruling.verdict, ruling.because, contrast=contrast.name, kind="contrast",
                borderline=ruling.borderline, **auc,
            )
        )  # fmt: skip
    return verdicts


def _judge(contrast: HybridContrast, result: HybridResult) -> Ruling:
    whole = contrast.together
    short = too_little(whole, result.permutations, result.alpha, len(result.contrasts))
    if short:
        return Ruling("undecided", short, [])
    assert whole.auc is not None
    p = 1.0 if whole.p_adjusted is None else whole.p_adjusted
    said = f"AUC {whole.auc:.3f} of all together, adjusted p = {p:.3g}"
    effect = Effect(said, whole.auc, whole.ci, p, CHANCE, delta_of("auc", result.equal), "")
    if effect.is_nothing:
        return Ruling("unsupported", f"{said}: all together tell nothing apart", [])
    if p > result.alpha:
        return Ruling("undecided", f"{said}: no effect is shown, and none is ruled out", [])
    sides = [_side(contrast, name) for name in SIDES]
    return _ruled(said, sides, whole.categories)


def _ruled(said: str, sides: list[_Side], categories: int) -> Ruling:
    """Judge by the states of both sides."""
    states = {side.state for side in sides}
    because = f"{said}; {'; '.join(side.words for side in sides)}"
    if "leaks" in states:
        return _because("unsupported", f"{because}: a control gains as much", _of(sides, "leaks"))
    if states == {"nothing"}:
        return _because("unsupported", f"{because}: neither says what the other does not", sides)
    if "open" in states:
        margins = [margin for side in _of(sides, "open") for margin in side.margins]
        more_of = more(margins, categories, "categories")
        return _because("undecided", f"{because}; not decided: {more_of}", _of(sides, "open"))
    if "unmeasured" in states:
        lacking = "; ".join(
            line for side in _of(sides, "unmeasured") for line in _against(side.name, side.rivals).lacking()
        )
        return Ruling("undecided", f"{because}; {lacking}", [])
    if "nothing" in states:
        return _because("weakened", f"{because}: one of the two alone says as much", _of(sides, "nothing"))
    if "not localised" in states:
        why = "what attention adds is not localised at the words"
        return _because("weakened", f"{because}: {why}", _of(sides, "not localised"))
    every = [side.gain for side in sides] + [rival.margin for side in sides for rival in side.rivals.values()]
    near = any(margin is not None and margin.borderline for margin in every)
    return Ruling("supported", f"{because}; every control is beaten", [], near)


def _of(sides: list[_Side], state: str) -> list[_Side]:
    return [side for side in sides if side.state == state]


def _because(verdict: str, because: str, sides: list[_Side]) -> Ruling:
    """Return a verdict that some sides decide; it is borderline where each of their margins is."""
    margins = [margin for side in sides for margin in side.margins]
    near = all(margin is not None and margin.borderline for margin in margins)
    return Ruling(verdict, because, [key for side in sides for key in side.deciding], near)


def _side(contrast: HybridContrast, name: str) -> _Side:
    gain = contrast.gains[name]
    own = {
        key: Rival(one.auc, one.margin, one.reason)
        for key, one in contrast.controls.items()
        if family(CONTROLS, key) in SIDES[name]
    }
    if gain.outcome in ("equal", "wins"):
        return _Side(name, gain, "nothing", own, [])
    if gain.outcome != "beaten":
        return _Side(name, gain, "open", own, [])
    against = _against(name, own)
    for state, unbeaten, outcomes in (
        ("leaks", "unsupported", ("equal", "wins")),
        ("open", "unsupported", ("open",)),
        ("not localised", "weakened", ("equal", "wins")),
        ("open", "weakened", ("open",)),
    ):
        keys = against.that(unbeaten, *outcomes)
        if keys:
            return _Side(name, gain, state, own, sorted(keys, key=lambda key: -(own[key].score or 0.0)))
    return _Side(name, gain, "unmeasured" if against.unmeasured else "adds", own, [])


def _against(side: str, rivals: Mapping[str, Rival]) -> Compared:
    return compared([one for one in CONTROLS if family(CONTROLS, one.name) in SIDES[side]], rivals)

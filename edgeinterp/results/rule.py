"""The one rule by which rivals, p-values and effects become a verdict, for every check that has rivals.

In this order: ``unsupported`` where the effect is shown to be nothing or a refuting rival is ``equal`` or ``wins``;
``undecided`` where p is above alpha, a refuting rival is ``open``, or something needed was not run; ``weakened`` where
a weakening rival is ``equal`` or ``wins``; ``undecided`` where one is ``open``; else ``supported``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .controls import Compared, Control, Table, compared, family, row_of
from .shared import Interval, Margin

__all__ = ["DELTA", "Effect", "Rival", "Ruling", "delta_of", "more", "reached", "rule"]

# the largest difference that counts as none, for statistics that lie between 0 and 1
DELTA = 0.05
_DELTAS = {"gain": 0.02}


def delta_of(statistic: str, equal: float = 1.0) -> float:
    """Return the largest difference of a statistic that counts as none, times the user's ``--equal``."""
    return _DELTAS.get(statistic, DELTA) * equal


@dataclass(frozen=True)
class Effect:
    """What a claim rests on before any rival is asked.

    Attributes
    ----------
    words : str
        The statistic and its numbers, as a verdict says them.
    value, ci, p_adjusted : float, (float, float) or None, float or None
        The statistic, its interval at level 1 - alpha, and its adjusted p-value.
    chance : float
        What it is where there is no effect.
    delta : float
        The largest distance from chance that counts as none.
    nothing : str
        What it means that p is above alpha, or that the effect is nothing.
    """

    words: str
    value: float
    ci: Interval
    p_adjusted: float | None
    chance: float
    delta: float
    nothing: str

    @property
    def is_nothing(self) -> bool:
        """Whether the interval lies inside +-delta of chance."""
        if self.ci is None:
            return False
        return self.chance - self.delta < self.ci[0] and self.ci[1] < self.chance + self.delta


@dataclass(frozen=True)
class Rival:
    """What a verdict says of one rival: what it scores, and the margin over it."""

    score: float | None
    margin: Margin | None
    reason: str | None


@dataclass(frozen=True)
class Ruling:
    """A verdict with its reason, the rivals that decide it (keys, highest score first), whether it is borderline."""

    verdict: str
    because: str
    deciding: list[str]
    borderline: bool = False


@dataclass(frozen=True)
class _Case:
    """One claim: its effect, its rivals, and what the rivals are counted in."""

    table: Table
    effect: Effect
    rivals: Mapping[str, Rival]
    against: Compared
    units: tuple[int, str]
    subject: str

    def ruled(self, alpha: float) -> Ruling:
        effect, against = self.effect, self.against
        if effect.is_nothing:
            low, high = effect.ci or (math.nan, math.nan)
            reach = f"the interval {low:.3f} to {high:.3f} lies within {effect.delta:g} of chance"
            return Ruling("unsupported", f"{effect.words}: {reach}; {effect.nothing}", [])
        refuting = against.that("unsupported", "equal", "wins")
        if refuting:
            return self._because("unsupported", refuting)
        if effect.p_adjusted is None:
            return Ruling("undecided", f"{effect.words}: no permutation test", [])
        if effect.p_adjusted > alpha:
            refuting = against.that("unsupported", "open")
            more = f"; {self._more(refuting)}" if refuting else ""
            return Ruling("undecided", f"{effect.words}: no effect is shown, and none is ruled out{more}", refuting)
        if against.unmeasured:
            return Ruling("undecided", "; ".join(against.lacking()), [])
        for verdict, unbeaten, outcomes in (
            ("undecided", "unsupported", ("open",)),
            ("weakened", "weakened", ("equal", "wins")),
            ("undecided", "weakened", ("open",)),
        ):
            found = against.that(unbeaten, *outcomes)
            if found:
                return self._because(verdict, found)
        return self._supported()

    def _because(self, verdict: str, deciding: Sequence[str]) -> Ruling:
        """Name the rivals that decide, the strongest of each kind; a verdict is borderline where each of them is."""
        order = self._strongest(deciding)
        best: dict[str, str] = {}
        for name in order:
            best.setdefault(family(self.table, name), name)
        named = "; ".join(self._words(name) for name in best.values())
        near = all(margin is not None and margin.borderline for margin in map(self._margin, deciding))
        if verdict != "undecided":
            return Ruling(verdict, f"{self.effect.words}, but {named}", order, near)
        return Ruling(verdict, f"{self.effect.words}; not decided: {named}; {self._more(deciding)}", order, near)

    def _supported(self) -> Ruling:
        order = self._strongest(self.rivals)
        if not order:
            return Ruling("supported", self.effect.words, [])
        near = any(margin is not None and margin.borderline for margin in map(self._margin, order))
        words = f"{self.effect.words}; every rival is beaten, the closest: {self._words(order[0])}"
        return Ruling("supported", words, order[:1], near)

    def _strongest(self, names: Sequence[str] | Mapping[str, Rival]) -> list[str]:
        scores = {name: self.rivals[name].score for name in names}
        return sorted(scores, key=lambda name: -math.inf if scores[name] is None else -(scores[name] or 0.0))

    def _margin(self, name: str) -> Margin | None:
        return self.rivals[name].margin

    def _words(self, name: str) -> str:
        return reached(row_of(self.table, name), name, self.rivals[name], self.subject)

    def _more(self, deciding: Sequence[str]) -> str:
        return more(list(map(self._margin, deciding)), *self.units)


def rule(
    table: Table,
    effect: Effect,
    rivals: Mapping[str, Rival],
    alpha: float,
    units: tuple[int, str],
    subject: str = "",
) -> Ruling:
    """Judge one claim by the effect, its p and its rivals, as the head of this module says.

    Parameters
    ----------
    table : sequence of Control
        The check's controls: what follows where a rival is not beaten.
    effect : Effect
        What the claim rests on.
    rivals : mapping of str to Rival
        Every rival that was asked for, by its key.
    alpha : float
        One minus the level of intervals, and the largest p that counts.
    units : (int, str)
        How many units the intervals are over, and what they are called in the plural.
    subject : str
        What stands in the place of ``{}`` in ``Control.reaches``.
    """
    return _Case(table, effect, rivals, compared(table, rivals), units, subject).ruled(alpha)


def reached(control: Control | None, key: str, rival: Rival, subject: str = "", explains: bool = True) -> str:
    """Say what a rival reaches, the margin over it, and what follows: only an equal rival ``explains`` anything."""
    score = "an unknown score" if rival.score is None else f"{rival.score:.3f}"
    text = f"{control.reaches.format(subject) if control else f'{key} reaches'} {score}"
    part = key.partition(".")[2]
    if control is not None and control.name != key and part.isalpha():
        text += f" in {control.parts.get(part, part)}"
    margin = rival.margin
    if margin is None or margin.ci is None or margin.value is None:
        return text
    value, low, high = (_number(part) for part in (margin.value, *margin.ci))
    text += f" (margin {value}, interval {low} to {high})"
    if margin.outcome == "wins":
        return f"{text}: it does better{', and explains it' if explains else ''}"
    if margin.outcome == "equal":
        return f"{text}: {'it explains it, ' if explains else ''}equal within {margin.within:.3f}"
    return text


def more(given: Sequence[Margin | None], count: int, unit: str) -> str:
    """Say about how many units would decide every open comparison, if the margins stay what they are."""
    margins = [margin for margin in given if margin is not None]
    precise = [_precise(margin) for margin in margins]
    if precise and all(precise):
        return f"more {unit} will not decide: the interval lies across a bound at the precision aimed at"
    needed = max((_units_that_decide(margin, count) for margin in margins), default=0)
    if not needed:
        return f"more {unit} would decide"
    coarse = [margin for margin in margins if _half(margin.inner) > (margin.delta or math.inf)]
    blunt = f" (with {count:,}, no rival can be shown to be equal within {coarse[0].delta:g})" if coarse else ""
    return f"about {needed:,} {unit} would decide{blunt}"


def _half(interval: Interval) -> float:
    return math.inf if interval is None else (interval[1] - interval[0]) / 2.0


def _precise(margin: Margin) -> bool:
    return margin.delta is not None and _half(margin.ci) <= margin.delta / 2.0


def _units_that_decide(margin: Margin, count: int) -> int:
    r"""Return about how many units make the margin beaten, lost or equal, should it stay: widths fall as 1/sqrt(n).

    .. math:: n \min\Big(\frac{h}{|m|}, \frac{h'}{\delta - |m|}\Big)^2

    with the margin m and the half-widths h and h' of its interval and its inner interval.
    """
    size = abs(margin.value or 0.0)
    aims = [_half(margin.ci) / size] if size > 0.0 else []
    if margin.delta is not None and margin.inner is not None and size < margin.delta:
        aims.append(_half(margin.inner) / (margin.delta - size))
    factor = min(aims, default=math.inf)
    if not math.isfinite(factor):
        return 0
    needed = max(count + 1, math.ceil(count * factor**2))
    unit: int = 10 ** max(0, len(str(needed)) - 2)
    return -(-needed // unit) * unit


def _number(value: float) -> str:
    text = f"{value:.3f}"
    return text.removeprefix("-") if float(text) == 0.0 else text

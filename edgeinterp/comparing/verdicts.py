"""Compare the verdicts of two results, and classify flips."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from ..results.result import CheckResult, Result
from ..results.shared import Verdict
from ..runtime.counting import counted
from .correspondence import correspondence_conditions
from .deciding import Condition, Conditions, statistic_pair
from .influence import influence_conditions
from .judge import judge_conditions
from .properties import property_conditions
from .relations import hybrid_conditions, relation_conditions
from .result import ClaimPair, StatisticPair

__all__ = ["DECIDING", "claim_pairs", "unpaired_notes"]

# a check to compare: its name and the conditions of one of its verdicts
DECIDING: dict[str, Conditions] = {
    "correspondence": correspondence_conditions,
    "influence": influence_conditions,
    "relations": relation_conditions,
    "properties": property_conditions,
    "hybrid": hybrid_conditions,
    "judge": judge_conditions,
}


def claim_pairs(a: Result, b: Result, alpha: float) -> list[ClaimPair]:
    """Return every claim that both results judge, with its verdicts, its statistics and whether it flipped."""
    others = {_subject(verdict): (part, verdict) for part, verdict in _judged(b)}
    found = []
    for part, verdict in _judged(a):
        other = others.get(_subject(verdict))
        if other is not None:
            found.append(_pair((part, other[0]), verdict, other[1], alpha))
    return found


def _judged(result: Result) -> Iterator[tuple[CheckResult | None, Verdict]]:
    """Yield every verdict with the part that it rests on; those of further sets of norms name their set."""
    for verdict in result.verdicts:
        yield result.checks.get(verdict.check), verdict
    part = result.properties()
    for one in part.sets if part is not None else []:
        for verdict in one.verdicts:
            yield one, replace(verdict, claim=f"{verdict.claim} ({one.name})")


def unpaired_notes(a: Result, b: Result) -> list[str]:
    """Name the claims, of checks that both ran, that only one of them judges."""
    notes = []
    for check in a.checks.keys() & b.checks.keys():
        claims = [[verdict.claim for _, verdict in _judged(result) if verdict.check == check] for result in (a, b)]
        for name, own, other in (("a", claims[0], claims[1]), ("b", claims[1], claims[0])):
            alone = [claim for claim in own if claim not in other]
            if alone:
                notes.append(
                    f"{check}: {counted(len(alone), 'claim is', 'claims are')} judged in {name} only, such as: "
                    f"{alone[0]}"
                )
    return sorted(notes)


def _subject(verdict: Verdict) -> tuple[str, str]:
    return verdict.check, verdict.claim


def _pair(
    parts: tuple[CheckResult | None, CheckResult | None], verdict: Verdict, other: Verdict, alpha: float
) -> ClaimPair:
    conditions = DECIDING.get(verdict.check)
    statistics: list[StatisticPair] = []
    signs: list[int] = []
    if conditions is not None and None not in parts:
        first = conditions(parts[0], verdict)
        second = {condition.name: condition for condition in conditions(parts[1], other)}
        both = [(condition, second[condition.name]) for condition in first if condition.name in second]
        statistics = [statistic_pair(one, two, alpha) for one, two in both]
        signs = [_sign(one, two) for one, two in both]
    flip, because = _flip(verdict, other, statistics, signs)
    return ClaimPair(
        claim=verdict.claim,
        check=verdict.check,
        a=verdict.verdict,
        b=other.verdict,
        because_a=verdict.because,
        because_b=other.because,
        flip=flip,
        because=because,
        statistics=statistics,
        attention_layer=verdict.attention_layer,
        hidden_state=verdict.hidden_state,
        contrast=verdict.contrast,
    )


def _sign(one: Condition, two: Condition) -> int:
    """Return the sign of the difference that would explain why only one of the two meets a condition."""
    return one.better * ((one.met > two.met) - (one.met < two.met))


def _flip(
    verdict: Verdict, other: Verdict, statistics: list[StatisticPair], signs: list[int]
) -> tuple[str | None, str]:
    """Return whether a verdict flipped, and the reason why the flip is real or borderline."""
    if verdict.verdict == other.verdict:
        return None, "the same verdict"
    deciding = [(pair, sign) for pair, sign in zip(statistics, signs, strict=True) if pair.decides]
    if not deciding:
        return "borderline", "no statistic of this claim tells which of its conditions changed"
    for pair, sign in deciding:
        if _excludes_zero(pair, sign):
            return "real", f"{pair.name} differs by {_words(pair)}"
    return "borderline", "; ".join(_short_of(pair) for pair, _ in deciding)


def _excludes_zero(pair: StatisticPair, sign: int) -> bool:
    """Tell whether the whole interval has the sign that explains which of the two meets the condition."""
    if pair.ci is None:
        return False
    low, high = pair.ci
    return low > 0.0 if sign > 0 else high < 0.0


def _words(pair: StatisticPair) -> str:
    assert pair.ci is not None
    assert pair.difference is not None
    over = f"paired over {pair.units}" if pair.paired else "without pairs: the two intervals do not meet"
    return f"{pair.difference:+.3g} (interval {pair.ci[0]:+.3g} to {pair.ci[1]:+.3g}, {over})"


def _short_of(pair: StatisticPair) -> str:
    if pair.difference is None or not math.isfinite(pair.difference) or pair.ci is None:
        return f"{pair.name} could not be compared ({pair.reason or 'no interval'})"
    if not pair.paired:
        low, high = pair.ci
        return f"{pair.name} differs by {pair.difference:+.3g}, unpaired {low:+.3g} to {high:+.3g} ({pair.reason})"
    return f"{pair.name} differs by {pair.difference:+.3g}, interval {pair.ci[0]:+.3g} to {pair.ci[1]:+.3g} with 0"

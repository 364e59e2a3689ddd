"""Verdicts on whether a method orders tokens by their effect, from the numbers of ``judge``."""

from __future__ import annotations

from ...runtime.counting import counted
from ..enough import too_few_permutations
from ..numbers import numbers
from ..rule import Effect, Rival, Ruling, delta_of, rule
from ..shared import Verdict
from .controls import CONTROLS
from .result import JudgedMethod, JudgeResult

__all__ = ["FEWEST_TEXTS", "judge_verdicts"]

FEWEST_TEXTS = 20


def judge_verdicts(result: JudgeResult) -> list[Verdict]:
    """Return one verdict per method by the one rule (``results/rule.py``): does it order tokens by their effect?

    Undecided also where there are too few texts or permutations, or effects do not repeat with other replacing tokens.
    """
    verdicts = []
    for found in result.methods:
        rivals = {name: Rival(one.rho, one.margin, one.reason) for name, one in found.rivals.items()}
        ruling = _judged(found, result, rivals)
        rho = numbers("rho", (found.rho, found.ci, found.p_adjusted), found.reason, rivals, ruling.deciding)
        claim = f"{found.method} orders tokens by their effect on {result.target}"
        verdicts.append(
            Verdict(
                claim, "judge", ruling.verdict, ruling.because, method=found.method, kind="method",
                borderline=ruling.borderline, **rho,
            )
        )  # fmt: skip
    return verdicts


def _judged(found: JudgedMethod, result: JudgeResult, rivals: dict[str, Rival]) -> Ruling:
    short = _too_little(found, result)
    if short or found.rho is None or found.chance is None:
        return Ruling("undecided", short or found.reason or "it could not be measured", [])
    effect = Effect(
        f"rho {found.rho:.3f}, adjusted p = {_p(found)}", found.rho, found.ci, found.p_adjusted, found.chance,
        delta_of("rho", result.equal), "scores of other texts agree with the effects as well",
    )  # fmt: skip
    return rule(CONTROLS, effect, rivals, result.alpha, (result.texts, "texts"), found.method)


def _p(found: JudgedMethod) -> str:
    return "none" if found.p_adjusted is None else f"{found.p_adjusted:.3g}"


def _too_little(found: JudgedMethod, result: JudgeResult) -> str | None:
    if result.texts < FEWEST_TEXTS:
        return (
            f"{counted(result.texts, 'text has', 'texts have')} 4 tokens or more whose effects differ, at least "
            f"{FEWEST_TEXTS} are needed; give {FEWEST_TEXTS - result.texts} more"
        )
    if result.smallest_p is not None:
        few = too_few_permutations(result.permutations, result.smallest_p, result.alpha)
        if few:
            return few
    ci = result.signed_reliability_ci if found.signed else result.reliability_ci
    low = None if ci is None else ci[0]
    if low is None or low <= 0.0:
        return (
            "the effects do not repeat when other tokens replace: no method could be seen to follow them; give more or "
            "longer texts"
        )
    return found.reason if found.rho is None else None

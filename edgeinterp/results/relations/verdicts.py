"""Does attention carry the relation? Numbers of ``relations`` -> verdicts, with every threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ...runtime.counting import counted
from ..advice import fewest_permutations
from ..controls import compared, family, refuting, row_of
from ..numbers import numbers
from ..shared import Verdict
from .controls import CONTROLS, LICENSED
from .result import Contrast, Licensed, RelationRival, RelationsResult

__all__ = ["FEWEST_CATEGORIES", "relation_verdicts", "smallest_adjusted", "too_few_categories"]

FEWEST_CATEGORIES = 8


def relation_verdicts(result: RelationsResult) -> list[Verdict]:
    """Return one verdict per contrast: does attention carry the relation?

    Undecided: too few categories or permutations, or nothing measured. Unsupported: adjusted p above alpha, or a rival
    that must be beaten for anything at all is not (a lower bound of a margin is not above 0; ``controls.py`` says
    which; every random model and both choices of other places must be). Undecided: a rival could not be measured.
    Weakened: another rival is not beaten, or the licensed layers alone do not reach the same. Supported: everything is
    beaten, and the licensed layers agree.
    """
    verdicts = []
    for contrast in result.contrasts:
        verdict, because = _judge(contrast, result)
        claim = f"attention carries the relation {contrast.positive}, against {contrast.negative}"
        found = (contrast.auc, contrast.ci, contrast.p_adjusted)
        auc = numbers("auc", found, contrast.reason, contrast.rivals, "auc", refuting(CONTROLS))
        verdicts.append(Verdict(claim, "relations", verdict, because, contrast=contrast.name, kind="contrast", **auc))
    return verdicts


def smallest_adjusted(permutations: int, categories: int, contrasts: int) -> float:
    """Return the smallest adjusted p that so many flips of so many categories can give.

    Flipping a category or flipping all others gives the same AUC, so that 2^(categories - 1) flips differ. Holm's
    correction takes the smallest p of several contrasts times their number.
    """
    return min(1.0, contrasts * max(1.0 / (permutations + 1), 2.0 ** (1 - categories)))


def _judge(contrast: Contrast, result: RelationsResult) -> tuple[str, str]:
    short = _too_little(contrast, result)
    if short:
        return "undecided", short
    verdict, because = _weighed(contrast.auc, contrast.p_adjusted, contrast.rivals, result.alpha)
    if verdict != "supported":
        return verdict, because
    return _with_licence(contrast.references.get(LICENSED.name), because, result)


def _too_little(contrast: Contrast, result: RelationsResult) -> str | None:
    if contrast.auc is None:
        return contrast.reason or "it could not be measured"
    if contrast.categories < FEWEST_CATEGORIES:
        return too_few_categories(contrast.categories)
    smallest = smallest_adjusted(result.permutations, contrast.categories, len(result.contrasts))
    if smallest > result.alpha:
        return (
            f"{counted(result.permutations, 'permutation')} of "
            f"{counted(contrast.categories, 'category', 'categories')} cannot give an adjusted p below {smallest:.3g} "
            f"over {counted(len(result.contrasts), 'contrast')}, {result.alpha:g} is needed; give at least "
            f"{_enough(result, contrast.categories)}"
        )
    if contrast.p_adjusted is None:
        return contrast.reason or "no permutation test"
    return None


def too_few_categories(categories: int) -> str:
    """Say how many categories more there must be."""
    return (
        f"{counted(categories, 'category has', 'categories have')} both relations, at least {FEWEST_CATEGORIES} are "
        f"needed; give both relations in {FEWEST_CATEGORIES - categories} more, which share no pair of words with "
        "others"
    )


def _enough(result: RelationsResult, categories: int) -> str:
    """Name the permutations and categories that can give an adjusted p that reaches alpha."""
    contrasts = len(result.contrasts)
    wanted = []
    permutations = fewest_permutations(result.alpha / contrasts)
    if result.permutations < permutations:
        wanted.append(counted(permutations, "permutation"))
    needed = categories
    while contrasts * 2.0 ** (1 - needed) > result.alpha:
        needed += 1
    if needed > categories:
        wanted.append(counted(needed, "category", "categories"))
    return " and ".join(wanted)


def _weighed(
    auc: float | None, p_adjusted: float | None, rivals: Mapping[str, RelationRival], alpha: float
) -> tuple[str, str]:
    """Judge one AUC by its p and its rivals, licensed layers aside."""
    if auc is None or p_adjusted is None:
        return "undecided", "it could not be measured"
    chance = f"AUC {auc:.3f}, adjusted p = {p_adjusted:.3g}"
    if p_adjusted > alpha:
        return "unsupported", f"{chance}: relations dealt to whole categories by chance do as well"
    against = compared(CONTROLS, rivals)
    refuted = against.that_leave("unsupported")
    if refuted:
        named = "; ".join(_rival_words(auc, rivals, name) for name in _strongest(rivals, refuted))
        return "unsupported", f"{chance}, but {named}"
    if against.unmeasured:
        return "undecided", "; ".join(against.lacking())
    weakening = against.that_leave("weakened")
    if weakening:
        named = "; ".join(_rival_words(auc, rivals, name) for name in _strongest(rivals, weakening))
        return "weakened", f"{chance}; other places and random models do worse, but {named}"
    best = max(rivals, key=lambda name: rivals[name].auc or 0.0)
    return "supported", f"{chance}; every rival is beaten, the closest: {_rival_words(auc, rivals, best)}"


def _with_licence(licensed: Licensed | None, because: str, result: RelationsResult) -> tuple[str, str]:
    if licensed is None or licensed.auc is None:
        reason = (licensed.reason if licensed else None) or "they were left out"
        return "undecided", f"every rival is beaten, but the licensed layers were not measured ({reason})"
    verdict, why = _weighed(licensed.auc, licensed.p_adjusted, licensed.rivals, result.alpha)
    if verdict == "supported":
        return "supported", because
    named = f"layer{'s' if len(licensed.layers) > 1 else ''} {', '.join(map(str, licensed.layers))}"
    return "weakened", (
        f"{because}; but not with those layers alone that may be read token to token ({named}): {verdict}, {why}"
    )


def _strongest(rivals: Mapping[str, RelationRival], names: list[str]) -> list[str]:
    """Keep the best of each kind of rival, best first."""
    best: dict[str, str] = {}
    for name in sorted(names, key=lambda name: -(rivals[name].auc or 0.0)):
        best.setdefault(family(CONTROLS, name), name)
    return list(best.values())


def _rival_words(auc: float, rivals: Mapping[str, RelationRival], name: str) -> str:
    rival = rivals[name]
    assert rival.auc is not None
    control = row_of(CONTROLS, name)
    text = f"{control.reaches if control else f'{name} reaches'} {rival.auc:.3f}"
    if rival.margin is not None and rival.margin.ci is not None and rival.margin.value is not None:
        value, low, high = (_number(part) for part in (rival.margin.value, *rival.margin.ci))
        text += f" (margin {value}, interval {low} to {high})"
    elif math.isfinite(auc):
        text += f" against {auc:.3f}"
    return text


def _number(value: float) -> str:
    text = f"{value:.3f}"
    return text.removeprefix("-") if float(text) == 0.0 else text

"""Does attention carry the relation? Numbers of ``relations`` -> verdicts, with every threshold."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..advice import fewest_permutations
from ..numbers import numbers
from ..shared import Verdict
from .result import Contrast, Licensed, RelationRival, RelationsResult

__all__ = ["FEWEST_CATEGORIES", "RIVALS", "relation_verdicts", "smallest_adjusted", "too_few_categories"]

FEWEST_CATEGORIES = 8
RIVALS = ("random_model", "elsewhere", "words", "similarity", "surface")
# what attention must have over its own places and weights for something to be left of the claim
OWN = ("random_model", "elsewhere")


def relation_verdicts(result: RelationsResult) -> list[Verdict]:
    """Return one verdict per contrast: does attention carry the relation?

    Undecided: too few categories or permutations, or nothing measured. Unsupported: adjusted p above alpha, or
    ``random_model`` or ``elsewhere`` is not beaten (a lower bound of a margin is not above 0; every random model and
    both choices of other places must be). Undecided: a rival could not be measured. Weakened: ``words``, ``similarity``
    or ``surface`` is not beaten, or the licensed layers alone do not reach the same. Supported: everything is beaten,
    and the licensed layers agree.
    """
    verdicts = []
    for contrast in result.contrasts:
        verdict, because = _judge(contrast, result)
        claim = f"attention carries the relation {contrast.positive}, against {contrast.negative}"
        found = (contrast.auc, contrast.ci, contrast.p_adjusted)
        auc = numbers("auc", found, contrast.reason, contrast.rivals, "auc", OWN)
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
    return _with_licence(contrast.references.get("licensed"), because, result)


def _too_little(contrast: Contrast, result: RelationsResult) -> str | None:
    if contrast.auc is None:
        return contrast.reason or "it could not be measured"
    if contrast.categories < FEWEST_CATEGORIES:
        return too_few_categories(contrast.categories)
    smallest = smallest_adjusted(result.permutations, contrast.categories, len(result.contrasts))
    if smallest > result.alpha:
        return (
            f"{result.permutations} permutations of {contrast.categories} categories cannot give an adjusted p below "
            f"{smallest:.3g} over {len(result.contrasts)} contrasts, {result.alpha:g} is needed; give at least "
            f"{_enough(result, contrast.categories)}"
        )
    if contrast.p_adjusted is None:
        return contrast.reason or "no permutation test"
    return None


def too_few_categories(categories: int) -> str:
    """Say how many categories more there must be."""
    return (
        f"{categories} categories have both relations, at least {FEWEST_CATEGORIES} are needed; give both relations in "
        f"{FEWEST_CATEGORIES - categories} more, which share no pair of words with others"
    )


def _enough(result: RelationsResult, categories: int) -> str:
    """Name the permutations and categories that can give an adjusted p that reaches alpha."""
    contrasts = len(result.contrasts)
    wanted = []
    permutations = fewest_permutations(result.alpha / contrasts)
    if result.permutations < permutations:
        wanted.append(f"{permutations} permutations")
    needed = categories
    while contrasts * 2.0 ** (1 - needed) > result.alpha:
        needed += 1
    if needed > categories:
        wanted.append(f"{needed} categories")
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
    unbeaten, unmeasured = _unbeaten(rivals)
    beaten_first = [name for name in unbeaten if _kind(name) in OWN]
    if beaten_first:
        named = "; ".join(_rival_words(auc, rivals, name) for name in _strongest(rivals, beaten_first))
        return "unsupported", f"{chance}, but {named}"
    if unmeasured:
        return "undecided", "; ".join(unmeasured)
    if unbeaten:
        named = "; ".join(_rival_words(auc, rivals, name) for name in _strongest(rivals, unbeaten))
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


def _unbeaten(rivals: Mapping[str, RelationRival]) -> tuple[list[str], list[str]]:
    """Return the names of rivals that are not beaten, and in words those that were not measured."""
    unbeaten, unmeasured = [], []
    for kind in RIVALS:
        names = [name for name in rivals if _kind(name) == kind]
        if not names:
            unmeasured.append(f"the rival {kind} was left out")
        for name in names:
            rival = rivals[name]
            if rival.auc is None or rival.margin is None or rival.margin.ci is None:
                unmeasured.append(f"the rival {kind} was not measured ({rival.reason or 'no interval'})")
            elif not rival.margin.ci[0] > 0.0:
                unbeaten.append(name)
    return unbeaten, list(dict.fromkeys(unmeasured))


def _strongest(rivals: Mapping[str, RelationRival], names: list[str]) -> list[str]:
    """Keep the best of each kind of rival, best first."""
    best: dict[str, str] = {}
    for name in sorted(names, key=lambda name: -(rivals[name].auc or 0.0)):
        best.setdefault(_kind(name), name)
    return list(best.values())


def _kind(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


_ALONE = {
    "elsewhere": "attention between two other places of the sentence reaches",
    "elsewhere.earlier": "attention between two other places of the sentence, the earlier that fit, reaches",
    "elsewhere.later": "attention between two other places of the sentence, the later that fit, reaches",
    "words": "the words alone reach",
    "similarity": "similarity of the embeddings reaches",
    "surface": "lengths, spelling and position reach",
    "random_model": "a random model reaches",
}


def _rival_words(auc: float, rivals: Mapping[str, RelationRival], name: str) -> str:
    rival = rivals[name]
    assert rival.auc is not None
    alone = _ALONE.get(name) or _ALONE[_kind(name)]
    text = f"{alone} {rival.auc:.3f}"
    if rival.margin is not None and rival.margin.ci is not None and rival.margin.value is not None:
        value, low, high = (_number(part) for part in (rival.margin.value, *rival.margin.ci))
        text += f" (margin {value}, interval {low} to {high})"
    elif math.isfinite(auc):
        text += f" against {auc:.3f}"
    return text


def _number(value: float) -> str:
    text = f"{value:.3f}"
    return text.removeprefix("-") if float(text) == 0.0 else text

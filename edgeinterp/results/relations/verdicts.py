"""Verdicts on whether attention carries a relation, from the numbers of ``relations``; every threshold is here."""

from __future__ import annotations

from collections.abc import Mapping

from ...reading.names import kind_of, named
from ...runtime.counting import counted
from ..advice import fewest_permutations
from ..controls import row_of
from ..numbers import numbers
from ..rule import Effect, Rival, Ruling, delta_of, more, reached, rule
from ..shared import Verdict
from .controls import CONTROLS, ELSEWHERE, LICENSED, is_place
from .result import Contrast, Reference, RelationRival, RelationsResult

__all__ = ["CHANCE", "FEWEST_CATEGORIES", "relation_verdicts", "smallest_adjusted", "too_few_categories", "too_little"]

FEWEST_CATEGORIES = 8
# the AUC of what tells nothing apart
CHANCE = 0.5
NOT_LOCALISED = (
    "what tells the relations apart is not localised at the words (in an encoder neighbouring states hold both words: "
    "this does not refute)"
)


def relation_verdicts(result: RelationsResult) -> list[Verdict]:
    """Return one verdict per contrast by the one rule (``results/rule.py``): does attention carry the relation?

    Undecided also where there are too few categories or permutations. What would be supported is weakened where other
    places of the sentence do as well, or the licensed layers alone do not hold, and undecided where that is open.
    """
    verdicts = []
    for contrast in result.contrasts:
        rivals, places = _rivals(contrast.rivals), _places(contrast.references)
        ruling = _judge(contrast, result, rivals, places)
        if any(is_place(key) for key in ruling.deciding):
            rivals = {**rivals, **places}
        claim = (
            f"{named(*kind_of(result.reading))} carries the relation {contrast.positive}, against {contrast.negative}"
        )
        found = (contrast.auc, contrast.ci, contrast.p_adjusted)
        auc = numbers("auc", found, contrast.reason, rivals, ruling.deciding)
        verdicts.append(
            Verdict(
                claim, "relations", ruling.verdict, ruling.because, contrast=contrast.name, kind="contrast",
                borderline=ruling.borderline, **auc,
            )
        )  # fmt: skip
    return verdicts


def _rivals(rivals: Mapping[str, RelationRival]) -> dict[str, Rival]:
    return {name: Rival(one.auc, one.margin, one.reason) for name, one in rivals.items() if not is_place(name)}


def _places(found: Mapping[str, RelationRival]) -> dict[str, Rival]:
    return {name: Rival(one.auc, one.margin, one.reason) for name, one in found.items() if is_place(name)}


def smallest_adjusted(permutations: int, categories: int, contrasts: int) -> float:
    """Return the smallest adjusted p for this number of flips and categories.

    Flipping one category or all the others gives the same AUC, so 2^(categories - 1) flips differ. Holm's correction
    multiplies the smallest p of several contrasts by their number.
    """
    return min(1.0, contrasts * max(1.0 / (permutations + 1), 2.0 ** (1 - categories)))


def _judge(contrast: Contrast, result: RelationsResult, rivals: dict[str, Rival], places: dict[str, Rival]) -> Ruling:
    short = too_little(contrast, result.permutations, result.alpha, len(result.contrasts))
    if short:
        return Ruling("undecided", short, [])
    ruling = _weighed(contrast, contrast.categories, rivals, places, result)
    if ruling.verdict != "supported":
        return ruling
    return _with_licence(contrast, ruling, result)


def too_little(contrast: Contrast, permutations: int, alpha: float, contrasts: int) -> str | None:
    """Say why a contrast, one of several, cannot be judged with its categories and permutations; None where it can."""
    if contrast.auc is None:
        return contrast.reason or "it could not be measured"
    if contrast.categories < FEWEST_CATEGORIES:
        return too_few_categories(contrast.categories)
    smallest = smallest_adjusted(permutations, contrast.categories, contrasts)
    if smallest > alpha:
        return (
            f"{counted(permutations, 'permutation')} of "
            f"{counted(contrast.categories, 'category', 'categories')} cannot give an adjusted p below {smallest:.3g} "
            f"over {counted(contrasts, 'contrast')}, {alpha:g} is needed; give at least "
            f"{_enough(permutations, alpha, contrasts, contrast.categories)}"
        )
    if contrast.p_adjusted is None:
        return contrast.reason or "no permutation test"
    return None


def too_few_categories(categories: int) -> str:
    """Say how many more categories are needed."""
    return (
        f"{counted(categories, 'category has', 'categories have')} both relations, at least {FEWEST_CATEGORIES} are "
        f"needed; give both relations in {FEWEST_CATEGORIES - categories} more, which share no pair of words with "
        "others"
    )


def _enough(given: int, alpha: float, contrasts: int, categories: int) -> str:
    """Say how many permutations and categories can give an adjusted p of alpha."""
    wanted = []
    permutations = fewest_permutations(alpha / contrasts)
    if given < permutations:
        wanted.append(counted(permutations, "permutation"))
    needed = categories
    while contrasts * 2.0 ** (1 - needed) > alpha:
        needed += 1
    if needed > categories:
        wanted.append(counted(needed, "category", "categories"))
    return " and ".join(wanted)


def _weighed(
    found: Contrast | Reference, categories: int, rivals: dict[str, Rival], places: dict[str, Rival],
    result: RelationsResult,
) -> Ruling:  # fmt: skip
    """Judge one AUC by its p, its rivals and other places, licensed layers aside."""
    if found.auc is None or found.p_adjusted is None:
        return Ruling("undecided", "it could not be measured", [])
    effect = Effect(
        f"AUC {found.auc:.3f}, adjusted p = {found.p_adjusted:.3g}",
        found.auc,
        found.ci,
        found.p_adjusted,
        CHANCE,
        delta_of("auc", result.equal),
        "relations dealt to whole categories by chance do as well",
    )
    ruling = rule(CONTROLS, effect, rivals, result.alpha, (categories, "categories"))
    return _localised(ruling, places, categories) if ruling.verdict == "supported" else ruling


def _localised(ruling: Ruling, places: dict[str, Rival], categories: int) -> Ruling:
    """Weaken what other places of the sentence do as well; undecided where that is open or was not measured."""
    margins = {key: one.margin for key, one in places.items() if one.margin is not None and one.margin.ci is not None}
    if len(margins) < max(1, len(places)):
        why = (
            next((one.reason for key, one in places.items() if key not in margins), "it was left out") or "no interval"
        )
        said = f"{ruling.because}; but the reference {ELSEWHERE.name} was not measured ({why})"
        return Ruling("undecided", said, ruling.deciding)
    for verdict, wanted in (("weakened", ("equal", "wins")), ("undecided", ("open",))):
        keys = [key for key, margin in margins.items() if margin.outcome in wanted]
        if not keys:
            continue
        keys.sort(key=lambda key: -(places[key].score or 0.0))
        named = reached(row_of(CONTROLS, keys[0]), keys[0], places[keys[0]], explains=False)
        said = f"but {named}; {NOT_LOCALISED}"
        if verdict == "undecided":
            decides = more([margins[key] for key in keys], categories, "categories")
            said = f"not decided: whether that is localised at the words, as {named}; {decides}"
        near = all(margins[key].borderline for key in keys)
        return Ruling(verdict, f"{ruling.because}; {said}", keys, near)
    return ruling


def _with_licence(contrast: Contrast, ruling: Ruling, result: RelationsResult) -> Ruling:
    licensed = contrast.references.get(LICENSED.name)
    if licensed is not None and len(licensed.layers) == result.layers:
        return ruling
    if licensed is None or licensed.auc is None:
        reason = (licensed.reason if licensed else None) or "they were left out"
        why = f"every rival is beaten, but the licensed layers were not measured ({reason})"
        return Ruling("undecided", why, ruling.deciding)
    against = licensed.against
    alone = _weighed(licensed, contrast.categories, _rivals(against), _places(against), result)
    if alone.verdict == "supported":
        return ruling
    verdict = "undecided" if alone.verdict == "undecided" else "weakened"
    named = f"layer{'s' if len(licensed.layers) > 1 else ''} {', '.join(map(str, licensed.layers))}"
    why = (
        f"{ruling.because}; but not with those layers alone that may be read token to token ({named}): "
        f"{alone.verdict}, {alone.because}"
    )
    return Ruling(verdict, why, ruling.deciding, alone.borderline)

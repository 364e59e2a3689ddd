"""The rules of the verdicts on relations, on built results either side of each threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgeinterp.results.relations.result import Contrast, Reference, RelationRival, RelationsResult
from edgeinterp.results.relations.verdicts import relation_verdicts, smallest_adjusted
from edgeinterp.results.shared import Margin

NAMES = (
    "words", "words_states", "similarity", "cosine", "cosine_states", "surface", "random_model.0", "random_model.1"
)  # fmt: skip
PLACES = ("elsewhere.earlier", "elsewhere.later")


def rival(low: float, auc: float = 0.6, width: float = 0.1) -> RelationRival:
    """Return a rival whose margin's interval begins at ``low``; its inner interval is .8 as wide."""
    value, reach = low + width / 2.0, 0.4 * width
    return RelationRival(auc, Margin(value, (low, low + width), (value - reach, value + reach), 0.05))


BEATEN = {name: rival(0.01) for name in NAMES}
MISSING = RelationRival(None, None, "there was no room")


def place(low: float, width: float = 0.1) -> Reference:
    """Return other places that reach .79, whose margin's interval begins at ``low``."""
    return Reference(0.79, rival(low, width=width).margin)


BEYOND = {name: place(0.01) for name in PLACES}
LICENSED = Reference(0.78, None, layers=[1, 2], ci=(0.7, 0.9), p=0.001, p_adjusted=0.05, against={**BEATEN, **BEYOND})
GOOD = Contrast(
    positive="hyper",
    negative="coord",
    pairs=300,
    categories=16,
    auc=0.8,
    accuracy=0.75,
    ci=(0.7, 0.9),
    p=0.001,
    p_adjusted=0.05,
    excess=0.3,
    rivals=BEATEN,
    references={**BEYOND, "licensed": LICENSED},
)


def judged(permutations: int = 999, alpha: float = 0.05, contrasts: int = 1, **changes: Any) -> tuple[str, str]:
    contrast = replace(GOOD, **changes)
    result = RelationsResult(300, 16, ["a {1} is a {2}"], [contrast] * contrasts, permutations, alpha, layers=3)
    verdict = relation_verdicts(result)[0]
    assert verdict.check == "relations"
    assert verdict.contrast == "hyper against coord"
    assert verdict.attention_layer is None
    return verdict.verdict, verdict.because


def without(*names: str, low: float = -0.01, width: float = 0.04) -> dict[str, RelationRival]:
    """Return rivals of which some are equal by default."""
    return {**BEATEN, **{name: rival(low, 0.79, width) for name in names}}


def open_(*names: str) -> dict[str, RelationRival]:
    return without(*names, low=0.0, width=0.2)


def winning(*names: str) -> dict[str, RelationRival]:
    return without(*names, low=-0.11, width=0.1)


def licensed(**changes: Any) -> dict[str, Reference]:
    return {**BEYOND, "licensed": replace(LICENSED, **changes)}


def elsewhere(**places: RelationRival) -> dict[str, Reference]:
    """Return references of which some places are others: ``earlier``, ``later``."""
    changed = {f"elsewhere.{name}": Reference(**vars(one)) for name, one in places.items()}
    return {**GOOD.references, **changed}


@pytest.mark.parametrize(
    ("changes", "verdict", "because"),
    [
        ({}, "supported", "every rival is beaten"),
        # p above alpha shows nothing either way, unless the AUC is shown to be chance
        ({"p_adjusted": 0.0501}, "undecided", "none is ruled out"),
        ({"p_adjusted": 0.9, "auc": 0.51, "ci": (0.451, 0.549)}, "unsupported", "lies within 0.05 of chance"),
        ({"p_adjusted": 0.9, "auc": 0.51, "ci": (0.449, 0.549)}, "undecided", "none is ruled out"),
        ({"p_adjusted": None, "reason": "every flip gives the same"}, "undecided", "every flip gives the same"),
        # each rival: a lower bound of 0 is not above 0
        ({"rivals": without("random_model.1")}, "unsupported", "a random model reaches 0.790"),
        ({"rivals": winning("random_model.1")}, "unsupported", "does better, and explains it"),
        ({"rivals": open_("random_model.1")}, "undecided", "not decided: a random model reaches 0.790"),
        ({"rivals": without("words")}, "weakened", "the words alone reach 0.790"),
        ({"rivals": without("words")}, "weakened", "explains it, equal within 0.026"),
        ({"rivals": open_("words")}, "undecided", "about 17 categories would decide"),
        ({"rivals": without("words", low=-0.001, width=0.02)}, "weakened", "equal within 0.017"),
        ({"rivals": without("similarity")}, "weakened", "similarity of the embeddings"),
        ({"rivals": without("cosine")}, "weakened", "the cosine of the words' embeddings alone reaches 0.790"),
        ({"rivals": winning("cosine_states")}, "weakened", "the cosine of the bare words, at the best hidden state"),
        ({"rivals": winning("words_states")}, "weakened", "the bare words alone, at the best hidden state, reach"),
        ({"rivals": open_("cosine")}, "undecided", "not decided: the cosine of the words' embeddings"),
        ({"rivals": winning("surface")}, "weakened", "lengths, spelling and position"),
        ({"rivals": without("surface", low=1e-9)}, "supported", "every rival"),
        # what refutes comes before what is open, what weakens after it
        ({"rivals": {**open_("words"), "random_model.0": rival(-0.01, 0.7, 0.04)}}, "unsupported", "a random model"),
        ({"rivals": {**without("words"), "random_model.0": open_("x")["x"]}}, "undecided", "a random model"),
        ({"rivals": {**open_("words"), "similarity": without("x")["x"]}}, "weakened", "similarity"),
        # what was not measured cannot be beaten
        ({"rivals": {**BEATEN, "cosine_states": MISSING}}, "undecided", "there was no room"),
        ({"rivals": {**without("words"), "cosine": MISSING}}, "undecided", "there was no room"),
        ({"rivals": {**without("random_model.0"), "cosine": MISSING}}, "unsupported", "a random model"),
        ({"rivals": {k: v for k, v in BEATEN.items() if k != "surface"}}, "undecided", "surface was left out"),
        ({"rivals": {k: v for k, v in BEATEN.items() if "random" not in k}}, "undecided", "random_model was left out"),
        # other places of the sentence come last: they weaken what beats every rival, and never refute
        ({"references": elsewhere(earlier=place(-0.01, 0.04))}, "weakened", "sentence, the earlier that fit, reaches"),
        ({"references": elsewhere(later=place(-0.11))}, "weakened", "the later that fit, reaches 0.790"),
        ({"references": elsewhere(later=place(-0.01, 0.04))}, "weakened", "not localised at the words"),
        ({"references": elsewhere(later=place(-0.01, 0.04))}, "weakened", "every rival is beaten"),
        ({"references": elsewhere(earlier=place(0.0, 0.2))}, "undecided", "about 17 categories would decide"),
        ({"references": elsewhere(earlier=place(0.0, 0.2))}, "undecided", "whether that is localised at the words"),
        ({"references": elsewhere(earlier=place(0.0, 0.2), later=place(-0.11))}, "weakened", "the later"),
        ({"references": elsewhere(later=place(-0.11)), "rivals": without("random_model.0")}, "unsupported", "a random"),
        ({"references": elsewhere(later=place(-0.11)), "rivals": open_("words")}, "undecided", "the words alone"),
        ({"references": elsewhere(earlier=MISSING)}, "undecided", "there was no room"),
        ({"references": {"elsewhere": Reference(0.7, rival(0.01).margin), "licensed": LICENSED}}, "supported", "every"),
        ({"references": {"elsewhere": Reference(**vars(MISSING)), "licensed": LICENSED}}, "undecided", "no room"),
        ({"references": {"licensed": LICENSED}}, "undecided", "elsewhere was not measured (it was left out)"),
        # licensed layers
        ({"references": licensed(auc=None, layers=[1, 2, 3], against={}, reason="every layer")}, "supported", "every"),
        ({"references": BEYOND}, "undecided", "they were left out"),
        ({"references": licensed(auc=None, reason="no text")}, "undecided", "no text"),
        ({"references": licensed(p_adjusted=0.0501)}, "undecided", "layers 1, 2"),
        ({"references": licensed(p_adjusted=None)}, "undecided", "layers 1, 2"),
        ({"references": licensed(against={**without("words"), **BEYOND})}, "weakened", "the words alone"),
        (
            {"references": licensed(against={**without("random_model.0"), **BEYOND})},
            "weakened",
            "unsupported, AUC 0.780",
        ),
        ({"references": licensed(against={**BEATEN, **elsewhere(later=place(-0.11))})}, "weakened", "not localised"),
        ({"references": licensed(p_adjusted=0.9), "rivals": without("random_model.0")}, "unsupported", "a random"),
        # categories
        ({"categories": 8}, "supported", "every rival"),
        ({"categories": 7}, "undecided", "7 categories"),
        ({"auc": None, "reason": "none can be held out"}, "undecided", "none can be held out"),
        # permutations
        ({"permutations": 19}, "supported", "every rival"),
        ({"permutations": 18}, "undecided", "18 permutations"),
        ({"permutations": 39, "contrasts": 2}, "supported", "every rival"),
        ({"permutations": 38, "contrasts": 2}, "undecided", "over 2 contrasts"),
        ({"categories": 8, "alpha": 0.0078, "p_adjusted": 0.001}, "undecided", "of 8 categories"),
        (
            {"categories": 8, "alpha": 0.0079, "p_adjusted": 0.001, "references": licensed(p_adjusted=0.001)},
            "supported",
            "every rival",
        ),
    ],
)
def test_either_side_of_each_threshold(changes: Any, verdict: str, because: str) -> None:
    found = judged(**changes)
    assert found[0] == verdict, found
    assert because in found[1]


def test_the_smallest_p_minds_flips_categories_and_contrasts() -> None:
    assert smallest_adjusted(999, 16, 1) == 0.001
    assert smallest_adjusted(999, 16, 4) == 0.004
    # flipping a category, or all the others, is the same
    assert smallest_adjusted(10**6, 8, 1) == 1 / 128
    assert smallest_adjusted(1, 16, 4) == 1.0

"""The rules of the verdicts on relations, on built results either side of each threshold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from edgeinterp.results.relations.result import Contrast, Licensed, RelationRival, RelationsResult
from edgeinterp.results.relations.verdicts import relation_verdicts, smallest_adjusted
from edgeinterp.results.shared import Margin

NAMES = ("elsewhere.earlier", "elsewhere.later", "words", "similarity", "surface", "random_model.0", "random_model.1")


def rival(low: float, auc: float = 0.6) -> RelationRival:
    return RelationRival(auc, Margin(low + 0.05, (low, low + 0.1)))


BEATEN = {name: rival(0.01) for name in NAMES}
MISSING = RelationRival(None, None, "there was no room")
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
    references={"licensed": Licensed(0.78, [1, 2], (0.7, 0.9), 0.001, 0.05, BEATEN)},
)


def judged(permutations: int = 999, alpha: float = 0.05, contrasts: int = 1, **changes: Any) -> tuple[str, str]:
    contrast = replace(GOOD, **changes)
    result = RelationsResult(300, 16, ["a {1} is a {2}"], [contrast] * contrasts, permutations, alpha)
    verdict = relation_verdicts(result)[0]
    assert verdict.check == "relations"
    assert verdict.contrast == "hyper against coord"
    assert verdict.attention_layer is None
    return verdict.verdict, verdict.because


def without(*names: str, low: float = 0.0) -> dict[str, RelationRival]:
    return {**BEATEN, **{name: rival(low, 0.79) for name in names}}


def licensed(**changes: Any) -> dict[str, Licensed]:
    return {"licensed": replace(GOOD.references["licensed"], **changes)}


@pytest.mark.parametrize(
    ("changes", "verdict", "because"),
    [
        ({}, "supported", "every rival is beaten"),
        # p
        ({"p_adjusted": 0.0501}, "unsupported", "dealt to whole categories by chance"),
        ({"p_adjusted": None, "reason": "every flip gives the same"}, "undecided", "every flip gives the same"),
        # each rival: a lower bound of 0 is not above 0
        ({"rivals": without("elsewhere.earlier")}, "unsupported", "two other places of the sentence, the earlier"),
        ({"rivals": without("elsewhere.later")}, "unsupported", "two other places of the sentence, the later"),
        ({"rivals": without("elsewhere")}, "unsupported", "two other places of the sentence reaches 0.790"),
        ({"rivals": without("random_model.1")}, "unsupported", "a random model reaches 0.790"),
        ({"rivals": without("words")}, "weakened", "the words alone reach 0.790"),
        ({"rivals": without("similarity")}, "weakened", "similarity of the embeddings"),
        ({"rivals": without("surface")}, "weakened", "lengths, spelling and position"),
        ({"rivals": without("surface", low=1e-9)}, "supported", "every rival"),
        ({"rivals": without("words", "similarity", "surface")}, "weakened", "other places and random models do worse"),
        ({"rivals": without("words", "elsewhere.later")}, "unsupported", "two other places"),
        # what was not measured cannot be beaten
        ({"rivals": {**BEATEN, "elsewhere": MISSING}}, "undecided", "there was no room"),
        ({"rivals": {**BEATEN, "elsewhere.earlier": MISSING}}, "undecided", "there was no room"),
        ({"rivals": {**without("random_model.0"), "elsewhere": MISSING}}, "unsupported", "a random model"),
        ({"rivals": {k: v for k, v in BEATEN.items() if "where" not in k}}, "undecided", "elsewhere was left out"),
        ({"rivals": {k: v for k, v in BEATEN.items() if k != "surface"}}, "undecided", "surface was left out"),
        ({"rivals": {k: v for k, v in BEATEN.items() if "random" not in k}}, "undecided", "random_model was left out"),
        # licensed layers
        ({"references": {}}, "undecided", "they were left out"),
        ({"references": licensed(auc=None, reason="no text")}, "undecided", "no text"),
        ({"references": licensed(p_adjusted=0.0501)}, "weakened", "layers 1, 2"),
        ({"references": licensed(p_adjusted=None)}, "weakened", "layers 1, 2"),
        ({"references": licensed(rivals=without("words"))}, "weakened", "the words alone"),
        ({"references": licensed(rivals=without("elsewhere.earlier"))}, "weakened", "two other places"),
        ({"references": licensed(p_adjusted=0.9), "rivals": without("elsewhere.later")}, "unsupported", "two other"),
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

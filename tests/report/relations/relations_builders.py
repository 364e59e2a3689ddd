"""Results of ``relations`` made by hand: four contrasts, missing controls, hostile names."""

from __future__ import annotations

import dataclasses

from edgeinterp.results.influence.result import SentenceView, Span
from edgeinterp.results.relations.controls import is_place
from edgeinterp.results.relations.result import (
    Contrast,
    HeadScore,
    PairLeftOut,
    PairSentence,
    Reference,
    RelationRival,
    RelationsResult,
    TemplateScore,
)
from edgeinterp.results.relations.verdicts import relation_verdicts
from edgeinterp.results.result import Result
from edgeinterp.results.shared import Margin
from tests.report import builders
from tests.report.builders import HOSTILE, WORDS
from tests.report.influence.influence_builders import sentence

LAYERS, HEADS = 6, 12
TEMPLATES = ["Every {1} is a kind of {2} here.", "They named {1} and {2} in the end."]


def rival(auc: float, other: float, spread: float = 0.03) -> RelationRival:
    value = auc - max(other, 0.5)
    return RelationRival(
        other, Margin(value, (value - spread, value + spread), (value - 0.84 * spread, value + 0.84 * spread), 0.05)
    )


def heads() -> list[HeadScore]:
    found = []
    for direction in ("1->2", "2->1"):
        for layer in range(1, LAYERS + 1):
            for head in range(1, HEADS + 1):
                auc = 0.5 + 0.03 * ((layer * 7 + head * 3) % 9 - 4)
                strong = (layer, head, direction) == (3, 5, "2->1")
                found.append(HeadScore(layer, head, direction, 0.91 if strong else auc, 0.001 if strong else 0.6))
    return found


def contrast(negative: str, auc: float, others: dict[str, float]) -> Contrast:
    against = {name: rival(auc, other) for name, other in others.items()}
    rivals = {name: one for name, one in against.items() if not is_place(name)}
    places = {name: Reference(**vars(one)) for name, one in against.items() if is_place(name)}
    licensed = Reference(
        auc - 0.01, None, layers=[1, 2, 3], ci=(auc - 0.03, auc + 0.01), p=0.001, p_adjusted=0.004, against=against
    )
    return Contrast(
        positive="hyper", negative=negative, pairs=368, categories=16, auc=auc, accuracy=auc - 0.06,
        ci=(auc - 0.02, auc + 0.02), p=0.001, p_adjusted=0.004, excess=auc - 0.5, penalty=[1.0], rivals=rivals,
        references={**places, "licensed": licensed},
        heads=heads(),
        templates=[TemplateScore(text, auc, auc - 0.05, (auc - 0.03, auc), rival(auc, 0.7)) for text in TEMPLATES],
    )  # fmt: skip


def shown_pair(view: SentenceView, **changes: object) -> PairSentence:
    plain = PairSentence(
        "robin", "bird", "hyper", TEMPLATES[0], "hyper against random_category", 3, 5, "2->1", 0.91, "mask token",
        False, view,
    )  # fmt: skip
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]


def whole(part: RelationsResult) -> Result:
    part = dataclasses.replace(part, verdicts=relation_verdicts(part))
    return dataclasses.replace(builders.encoder(), checks={"relations": part}, verdicts=part.verdicts)


def relations(contrasts: list[Contrast]) -> RelationsResult:
    return RelationsResult(
        pairs=920, categories=16, templates=TEMPLATES, contrasts=contrasts, permutations=1000, alpha=0.05,
        source="WordNet", layers=LAYERS, heads=HEADS,
    )  # fmt: skip


def four() -> Result:
    """One contrast supported, one weakened by words, two unsupported by elsewhere and a random model; a pair shown."""
    low = {"elsewhere.earlier": 0.66, "elsewhere.later": 0.7, "words": 0.015, "similarity": 0.84, "cosine": 0.79,
           "cosine_states": 0.85, "words_states": 0.62, "surface": 0.36,
           "random_model.0": 0.3, "random_model.1": 0.41}  # fmt: skip
    view = sentence(WORDS, LAYERS, HEADS, causal=False, spans=[Span("word1", 1, 1), Span("word2", 3, 4)])
    part = relations(
        [
            contrast("random_category", 0.93, low),
            contrast("coord", 0.948, {**low, "words": 0.991}),
            contrast("hypo", 0.98, {**low, "elsewhere.earlier": 0.96}),
            contrast("random_word", 0.975, {**low, "random_model.1": 0.97}),
        ]
    )
    return whole(dataclasses.replace(part, sentence=shown_pair(view)))


def hostile() -> Result:
    """Names that would run if they could; nothing could be measured, and pairs are left out."""
    empty = RelationRival(None, None, HOSTILE[1])
    nowhere = Reference(None, None, HOSTILE[1])
    one = dataclasses.replace(
        contrast(HOSTILE[0], 0.8, {}), positive=HOSTILE[2], auc=None, accuracy=None, ci=None, p=None, p_adjusted=None,
        excess=None, reason=HOSTILE[1], rivals={"words": empty},
        references={"elsewhere": nowhere, "licensed": Reference(None, None, "none")},
        heads=[], templates=[],
    )  # fmt: skip
    other = dataclasses.replace(contrast("coord", 0.8, {"elsewhere": 0.6}), references={})
    view = sentence([*HOSTILE, "plain", ""], LAYERS, 2, causal=True, spans=[Span(HOSTILE[0], 1, 1)])
    shown = shown_pair(
        view, word1=HOSTILE[0], word2=HOSTILE[1], template=HOSTILE[2], contrast=HOSTILE[3], causal=True, head=None,
        attention_layer=None, direction=None, auc=None, replacement=HOSTILE[1],
    )  # fmt: skip
    part = dataclasses.replace(
        relations([one, other]),
        sentence=shown,
        templates=[HOSTILE[0], HOSTILE[1]],
        left_out=[PairLeftOut(HOSTILE[0], HOSTILE[1], "'x': the tokenizer does not know it")] * 5,
        notes=list(HOSTILE),
        source=HOSTILE[3],
    )
    return whole(part)


EVERY = [four, hostile]

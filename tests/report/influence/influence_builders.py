"""Results of ``influence`` made by hand: an encoder, a deep decoder, missing controls, hostile tokens."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from edgeinterp.results.controls import rivals as rivals_of
from edgeinterp.results.influence.controls import CONTROLS
from edgeinterp.results.influence.result import (
    Agreement,
    BestHead,
    HeadInfluence,
    HeadSummary,
    InfluenceResult,
    LayerInfluence,
    NamedHead,
    ReferenceAgreement,
    RivalAgreement,
    SentenceView,
    Span,
)
from edgeinterp.results.influence.verdicts import influence_verdicts
from edgeinterp.results.result import Result
from edgeinterp.results.shared import Margin
from tests.report import builders
from tests.report.builders import HOSTILE, WORDS, B
from tests.report.properties.properties_builders import wobble


def agreement(rho: float, p: float = 0.001) -> Agreement:
    return Agreement(rho, (rho - 0.04, rho + 0.04), p, p)


def rivals(rho: float, foreign: float, distance: float) -> dict[str, RivalAgreement]:
    others = {control.name: 0.02 for control in rivals_of(CONTROLS)}
    values = {**others, "foreign_text": foreign, "distance": distance}
    return {
        name: RivalAgreement(
            value,
            Margin(
                rho - value, (rho - value - 0.03, rho - value + 0.03), (rho - value - 0.025, rho - value + 0.025), 0.05
            ),
        )
        for name, value in values.items()
    }


def heads(layer: int, count: int, rho: float) -> list[HeadInfluence]:
    summary = HeadSummary(0.61, 0.05, 0.22, 0.18, 0.31)
    found = []
    for head in range(1, count + 1):
        own = rho + 0.6 * wobble(layer, head)
        found.append(HeadInfluence(head, own, 0.001 if own > rho else 0.4, (own - 0.1, own + 0.1), summary))
    return found


def layer(index: int, count: int, rho: float, rolled: float, distance: float) -> LayerInfluence:
    return LayerInfluence(
        attention_layer=index,
        self_share=0.95 - 0.05 * index if index < 10 else 0.5,
        attention=agreement(rho),
        heads=heads(index, count, rho),
        rollout=agreement(rolled),
        rivals=rivals(rho, rho - 0.2, distance),
        rollout_rivals=rivals(rolled, rolled - 0.2, distance),
        references={"random_attention": ReferenceAgreement(0.08 / index)},
        rollout_references={"random_attention": ReferenceAgreement(None, "nothing changes there")},
    )


def unmeasured(index: int, count: int, reason: str) -> LayerInfluence:
    missing, rival = Agreement(None, None, None, None, reason), RivalAgreement(None, None, reason)
    none = dict.fromkeys(("foreign_text", "distance", "random_model"), rival)
    blank = HeadSummary(None, None, None, None, None)
    return LayerInfluence(
        index, None, missing, [HeadInfluence(h + 1, None, None, None, blank, reason) for h in range(count)], missing,
        none, none,
    )  # fmt: skip


def sentence(
    tokens: Sequence[str], layers: int, count: int, causal: bool, spans: list[Span] | None = None
) -> SentenceView:
    size = range(len(tokens))
    special = [i in (0, len(tokens) - 1) for i in size]

    def one(*keys: int) -> list[list[float]]:
        return [[round(0.5 + wobble(*keys, i, j), 3) if not causal or j <= i else 0.0 for j in size] for i in size]

    def hidden(i: int, j: int) -> bool:
        return special[j] or (causal and j > i)

    influence: list[list[list[float | None]]] = [
        [[None if hidden(i, j) else value for j, value in enumerate(row)] for i, row in enumerate(one(at, 99))]
        for at in range(layers)
    ]
    return SentenceView(
        tokens=list(tokens),
        special=special,
        attention=[[one(at, head) for head in range(count)] for at in range(layers)],
        influence=influence,
        rollout=[one(at, 77) for at in range(layers)],
        spans=spans or [],
    )


def judged(layers: list[LayerInfluence], **changes: object) -> InfluenceResult:
    plain = InfluenceResult(
        texts=24, positions=192, draws=1, replacement="mask token", causal=False, permutations=B, alpha=0.05,
        layers=layers, exchangeable=24, smallest_p=1 / (B + 1), longest=31, sampled_from=600,
    )  # fmt: skip
    part = dataclasses.replace(plain, **changes)  # type: ignore[arg-type]
    return dataclasses.replace(part, verdicts=influence_verdicts(part))


def whole(part: InfluenceResult) -> Result:
    plain = builders.encoder()
    model = dataclasses.replace(plain.model, layers=len(part.layers))
    return dataclasses.replace(plain, model=model, checks={"influence": part}, verdicts=part.verdicts)


def encoder() -> Result:
    """Six layers that follow influence less and less, a head that was asked about, and a pair marked in a sentence."""
    rhos = [0.72, 0.76, 0.73, 0.55, 0.51, 0.34]
    distance = [0.71, 0.67, 0.66, 0.61, 0.53, 0.42]
    layers = [layer(i + 1, 12, rhos[i], rhos[i] + 0.01, distance[i]) for i in range(6)]
    head = NamedHead(4, 9, agreement(0.57, 0.002), rivals(0.57, 0.4, 0.6))
    spans = [Span("word1", 1, 1), Span("word2", 3, 4)]
    return whole(
        judged(
            layers,
            head=head,
            best_head=BestHead(4, 9, 0.56, 0.57, (0.5, 0.62), 12),
            sentence=sentence(WORDS, 6, 12, causal=False, spans=spans),
        )
    )


def decoder() -> Result:
    """Thirty layers; rollout turns against influence with depth."""
    layers = [layer(i + 1, 9, 0.7 - 0.02 * i, 0.68 - 0.045 * i, 0.5 + 0.005 * i) for i in range(30)]
    view = sentence(WORDS[:10], 30, 9, causal=True)
    return whole(judged(layers, causal=True, draws=2, replacement="random tokens", truncated=3, sentence=view))


def lacking() -> Result:
    """Too few texts, no random model, no sentence; one layer that could not be measured."""
    plain = layer(1, 4, 0.6, 0.6, 0.4)
    missing = RivalAgreement(None, None, "the model folder lists no weights; export the model again")
    own = {**plain.rivals, "random_model": missing}
    first = dataclasses.replace(plain, rivals=own, rollout_rivals=own)
    few = [dataclasses.replace(first, attention_layer=at) for at in range(1, 6)]
    few.append(unmeasured(6, 4, "no replaced token changes the hidden state in at least one text"))
    return whole(judged(few, texts=12, exchangeable=12))


def hostile() -> Result:
    """Every text that tokens, reasons and notes may bring, at its worst."""
    tokens = [*HOSTILE, "plain", "", " "]
    view = sentence(tokens, 6, 2, causal=False, spans=[Span(HOSTILE[0], 1, 1), Span(HOSTILE[3], 3, 3)])
    layers = [layer(i + 1, 2, 0.6, 0.6, 0.4) for i in range(5)] + [unmeasured(6, 2, HOSTILE[1])]
    part = judged(layers, sentence=view, notes=list(HOSTILE), replacement=HOSTILE[0])
    verdicts = [dataclasses.replace(own, because=f"{HOSTILE[0]} {own.because}") for own in part.verdicts]
    return whole(dataclasses.replace(part, verdicts=verdicts))


def nothing() -> Result:
    """No layer could be measured."""
    return whole(judged([unmeasured(i + 1, 4, "no row has 4 replaced tokens") for i in range(6)]))


EVERY: list[Callable[[], Result]] = [encoder, decoder, lacking, hostile, nothing]

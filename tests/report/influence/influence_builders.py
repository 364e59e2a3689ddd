"""Results of ``influence`` made by hand: an encoder, a deep decoder, missing controls, hostile tokens."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from edgeinterp.results.influence.result import (
    Agreement,
    BestHead,
    BeyondChance,
    HeadInfluence,
    HeadSummary,
    InfluenceResult,
    LayerInfluence,
    NamedHead,
    ReadingInfluence,
    Recommended,
    ReferenceAgreement,
    RivalAgreement,
    SentenceView,
    Span,
)
from edgeinterp.results.influence.verdicts import influence_verdicts, judged_reading
from edgeinterp.results.result import Result
from edgeinterp.results.shared import Margin
from tests.report import builders
from tests.report.builders import HOSTILE, WORDS, B
from tests.report.properties.properties_builders import wobble


def beyond(value: float, half: float, delta: float, p: float) -> BeyondChance:
    inner = 0.8 * half
    return BeyondChance(value, (value - half, value + half), (value - inner, value + inner), delta, p, p)


def agreement(rho: float, gain: float = 0.07, pair: float = 0.3, p: float = 0.001) -> Agreement:
    return Agreement(rho, (rho - 0.04, rho + 0.04), beyond(gain, 0.01, 0.02, p), beyond(pair, 0.03, 0.05, p))


def plain(found: Margin) -> Margin:
    return Margin(found.value, found.ci, found.inner, found.delta)


def rivals(found: Agreement, random: float = 0.02) -> dict[str, RivalAgreement]:
    """``random`` is what random models reach in gain and in pair."""
    pair = found.pair.value or 0.0
    return {
        "profile": RivalAgreement(0.65, plain(found.gain)),
        "salience": RivalAgreement(0.01, plain(found.pair)),
        "random_model.gain": RivalAgreement(random, Margin(0.2, (0.17, 0.23), (0.175, 0.225), 0.05)),
        "random_model.pair": RivalAgreement(
            random, Margin(pair - random, (pair - random - 0.04, pair - random + 0.04), None, 0.05)
        ),
    }


def references(rho: float) -> dict[str, ReferenceAgreement]:
    return {
        "foreign_text": ReferenceAgreement(rho - 0.2, (rho - 0.24, rho - 0.16)),
        "distance": ReferenceAgreement(0.6, (0.56, 0.64)),
    }


def heads(layer: int, count: int, rho: float) -> list[HeadInfluence]:
    summary = HeadSummary(0.61, 0.05, 0.22, 0.18, 0.31)
    found = []
    for head in range(1, count + 1):
        more = 0.6 * wobble(layer, head)
        found.append(HeadInfluence(head, agreement(rho + more, pair=more, p=0.001 if more > 0 else 0.4), summary))
    return found


def layer(index: int, count: int, rho: float, rolled: float, pair: float = 0.3, gain: float = 0.07) -> LayerInfluence:
    own, rollout = agreement(rho, gain, pair), agreement(rolled)
    return LayerInfluence(
        attention_layer=index,
        self_share=0.95 - 0.05 * index if index < 10 else 0.5,
        readings=[
            ReadingInfluence(**vars(own), rivals=rivals(own), references=references(rho)),
            ReadingInfluence(
                **vars(rollout),
                rolled_up=True,
                rivals=rivals(rollout),
                references={"foreign_text": ReferenceAgreement(None, None, "nothing changes there")},
            ),
            ReadingInfluence(
                **vars(agreement(rho + 0.1)),
                name="alti",
                rolled_up=True,
                rivals={
                    **rivals(own),
                    "cheaper.attention": RivalAgreement(gain, plain(own.gain)),
                    "cheaper.rollout": RivalAgreement(gain, plain(own.gain)),
                },
                verdict="supported",
                because="every rival is beaten",
            ),
            ReadingInfluence(**vars(own), query="special", rivals=rivals(own), verdict="weakened", because="a reason"),
        ],
        heads=heads(index, count, rho),
        recommended=Recommended("alti", True, rho + 0.1, (rho, rho + 0.2), "supported", "it holds", 12),
    )


def changed(one: LayerInfluence, **changes: Any) -> LayerInfluence:
    """Change mean attention (``attention``), rollout (``rollout``), or both (``both``) of a layer."""
    both = changes.pop("both", {})
    readings = [dataclasses.replace(each, **{**both, **changes.get(each.key, {})}) for each in one.readings]
    return dataclasses.replace(one, readings=readings)


def unmeasured(index: int, count: int, reason: str) -> LayerInfluence:
    none, rival = BeyondChance(None, None, reason=reason), RivalAgreement(None, None, reason)
    missing = Agreement(None, None, none, none, reason)
    every = dict.fromkeys(("profile", "salience", "random_model"), rival)
    blank = HeadSummary(None, None, None, None, None)
    readings = [ReadingInfluence(**vars(missing), rolled_up=up, rivals=every) for up in (False, True)]
    return LayerInfluence(index, None, readings, [HeadInfluence(h + 1, missing, blank) for h in range(count)])


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
        readings={key: [one(at, 55) for at in range(layers)] for key in ("alti", "alti_rolled_up")},
    )


def judged(layers: list[LayerInfluence], **changes: object) -> InfluenceResult:
    plain = InfluenceResult(
        texts=24, positions=192, draws=1, replacement="mask token", causal=False, permutations=B, alpha=0.05,
        layers=layers, exchangeable=24, smallest_p=1 / (B + 1), longest=31, sampled_from=600, half_width=0.02,
        random_models=3, random_texts=24,
    )  # fmt: skip
    part = dataclasses.replace(plain, **changes)  # type: ignore[arg-type]
    layers = [
        dataclasses.replace(each, readings=[one if one.verdict else judged_reading(one, part) for one in each.readings])
        for each in part.layers
    ]
    part = dataclasses.replace(part, layers=layers)
    return dataclasses.replace(part, verdicts=influence_verdicts(part))


def whole(part: InfluenceResult) -> Result:
    plain = builders.encoder()
    model = dataclasses.replace(plain.model, layers=len(part.layers))
    return dataclasses.replace(plain, model=model, checks={"influence": part}, verdicts=part.verdicts)


def encoder() -> Result:
    """Six layers of every verdict, a head that was asked about, and a pair marked in a sentence."""
    rhos = [0.72, 0.76, 0.73, 0.55, 0.51, 0.34]
    pairs = [0.3, 0.3, 0.3, 0.01, 0.3, 0.04]
    gains = [0.07, 0.07, 0.07, 0.07, 0.002, 0.07]
    layers = [layer(i + 1, 12, rhos[i], rhos[i] + 0.01, pairs[i], gains[i]) for i in range(6)]
    layers[0] = changed(layers[0], attention={"rivals": rivals(layers[0].attention, random=0.4)})
    own = agreement(0.57, pair=0.01, p=0.002)
    head = NamedHead(4, 9, own, rivals(own), references(0.57))
    spans = [Span("word1", 1, 1), Span("word2", 3, 4)]
    return whole(
        judged(
            layers,
            head=head,
            best_head=BestHead(4, 9, 0.56, 0.57, (0.5, 0.62), 12),
            sentence=sentence(WORDS, 6, 12, causal=False, spans=spans),
        )
    )


def bare_sentence() -> Result:
    """The same, as of a model without values: attention alone, nothing recommended."""
    (part,) = encoder().checks.values()
    assert isinstance(part, InfluenceResult)
    assert part.sentence is not None
    layers = [dataclasses.replace(one, recommended=None) for one in part.layers]
    return whole(dataclasses.replace(part, layers=layers, sentence=dataclasses.replace(part.sentence, readings={})))


def decoder() -> Result:
    """Thirty layers; rollout turns against influence with depth."""
    layers = [layer(i + 1, 9, 0.7 - 0.02 * i, 0.68 - 0.045 * i) for i in range(30)]
    view = sentence(WORDS[:10], 30, 9, causal=True)
    return whole(judged(layers, causal=True, draws=2, replacement="random tokens", truncated=3, sentence=view))


def lacking() -> Result:
    """Too few texts, no random model, no sentence; one layer that could not be measured."""
    plain = layer(1, 4, 0.6, 0.6)
    missing = RivalAgreement(None, None, "the model folder lists no weights; export the model again")
    own = {name: rival for name, rival in plain.attention.rivals.items() if "random" not in name} | {
        "random_model": missing
    }
    first = changed(plain, both={"rivals": own})
    few = [dataclasses.replace(first, attention_layer=at) for at in range(1, 6)]
    few.append(unmeasured(6, 4, "no replaced token changes the hidden state in at least one text"))
    return whole(judged(few, texts=12, exchangeable=12))


def hostile() -> Result:
    """Every text that tokens, reasons and notes may bring, at its worst."""
    tokens = [*HOSTILE, "plain", "", " "]
    view = sentence(tokens, 6, 2, causal=False, spans=[Span(HOSTILE[0], 1, 1), Span(HOSTILE[3], 3, 3)])
    layers = [layer(i + 1, 2, 0.6, 0.6) for i in range(5)] + [unmeasured(6, 2, HOSTILE[1])]
    part = judged(layers, sentence=view, notes=list(HOSTILE), replacement=HOSTILE[0])
    verdicts = [dataclasses.replace(own, because=f"{HOSTILE[0]} {own.because}") for own in part.verdicts]
    return whole(dataclasses.replace(part, verdicts=verdicts))


def nothing() -> Result:
    """No layer could be measured."""
    return whole(judged([unmeasured(i + 1, 4, "no row has 4 replaced tokens") for i in range(6)]))


EVERY: list[Callable[[], Result]] = [encoder, decoder, lacking, hostile, nothing]

"""Results made by hand, with plausible numbers: the report only formats them."""

from __future__ import annotations

import dataclasses
from typing import Any

from edgeinterp.results.correspondence.result import (
    CorrespondenceResult,
    Example,
    Foreign,
    LayerCorrespondence,
    LengthBin,
    MapKappa,
    MapScores,
    PositionScore,
    RandomModelScore,
    Recoverable,
    Rise,
    Share,
    Swap,
    TokenScore,
)
from edgeinterp.results.result import Device, ModelInfo, Result
from edgeinterp.results.shared import TextScores, Verdict

HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!--<b onclick='x()'>{{ 7*7 }}",
    "\u2028line\x1b[31mred[/]\udc80\u202etxt",
]
B = 1000


def token(value: float, chance: float, spread: float = 0.012, first: bool = False) -> TokenScore:
    ci = (max(0.0, value - spread), min(1.0, value + spread))
    kappa = [(bound - chance) / (1 - chance) for bound in (value, *ci)]
    by_length = [
        LengthBin(8, 15, 412, min(1.0, value + 0.01)),
        LengthBin(16, 31, 1630, value),
        LengthBin(32, None, 988, max(0.0, value - 0.02)),
    ]
    p = None if first else 1 / (B + 1)
    return TokenScore(
        value, kappa[0], ci, (kappa[1], kappa[2]), chance, 1.0, min(1.0, value + 0.02), p, p, by_length=by_length
    )


def maps(linear: float, centred: float, raw: float, chance: float, first: bool = False) -> dict[str, MapScores]:
    values = {"raw": raw, "centred": centred, "linear": linear}
    return {
        name: MapScores(token(value, chance, first=first), PositionScore(max(0.0, value - 0.03), 0.97))
        for name, value in values.items()
    }


def layer(index: int, linear: float, centred: float, raw: float, chance: float) -> LayerCorrespondence:
    first = index == 0
    swap = Swap(None, None, 0, "hidden state 0 moves with its token") if first else Swap(0.93, (0.88, 0.97), 32)
    rise = Rise(None, None, "hidden state 0 is the reference") if first else Rise(0.004, (-0.002, 0.011))
    found = maps(linear, centred, raw, chance, first)
    tried = {
        name: MapKappa(found[name].token.kappa, found[name].token.kappa_ci, 3030) for name in ("linear", "centred")
    }
    tried["type_mean"] = MapKappa(0.7, (0.68, 0.72), 1410)
    best = max(tried, key=lambda name: tried[name].kappa or 0.0)
    share = max(0.05, 0.97 - 0.08 * index)
    return LayerCorrespondence(
        index, 0.1 + 0.02 * index, rise, Foreign(0.04, 0.03, ci=(0.02, 0.05)), swap, found,
        share=Share(share, (share - 0.02, share + 0.02), share - 0.04, (share - 0.06, share - 0.02), 0.0, 2310, 0.762),
        recoverable=Recoverable(best, tried[best].kappa, tried[best].ci, tried),
        random_model=[RandomModelScore(max(0.02, 0.9 - 0.15 * index), max(0.02, 0.88 - 0.15 * index), 0.7)],
    )  # fmt: skip


def undecided_layer(index: int, reason: str) -> LayerCorrespondence:
    empty = TokenScore(None, None, None, None, None, None, None, None, None, reason=reason)
    scores = {name: MapScores(empty, PositionScore(None, None)) for name in ("raw", "centred", "linear")}
    return LayerCorrespondence(
        index, None, Rise(None, None, reason), Foreign(None, None, reason), Swap(None, None, 0, reason), scores,
        share=Share(None, None, reason=reason), recoverable=Recoverable(None, None, None, reason=reason),
    )  # fmt: skip


def claim(attention: int) -> str:
    return f"attention of layer {attention} may be read token to token"


def verdict(attention: int, word: str, because: str) -> Verdict:
    return Verdict(claim(attention), "correspondence", word, because, attention, by_definition=because == GIVEN)


GIVEN = "by definition: it reads the input embeddings themselves"


TEXT = "it was a truth universal ##ly acknowledged that a man in possession of a good fortune"
WORDS = TEXT.split()


def example(tokens: list[str], layers: int) -> Example:
    found = []
    for index in range(layers):
        linear = [(place + 3) % len(tokens) if place * 7 % 11 < index // 3 else place for place in range(len(tokens))]
        raw = [0 if place * 5 % 7 < index else place for place in range(len(tokens))]
        found.append({"raw": raw, "centred": [*linear[:-1], 0], "linear": linear})
    return Example(tokens, found)


def correspondence(
    layers: list[LayerCorrespondence], verdicts: list[Verdict], shown: Example | None, hidden_size: int
) -> CorrespondenceResult:
    return CorrespondenceResult(
        texts=300,
        fit_tokens=3124,
        evaluated_tokens=3030,
        truncated=2,
        hidden_size=hidden_size,
        permutations=B,
        alpha=0.05,
        layers=layers,
        example=shown,
        verdicts=verdicts,
        text_scores=[TextScores("0f3a", {"linear": [1.0]})],
    )


def whole(part: CorrespondenceResult, model: ModelInfo, notes: list[str]) -> Result:
    return Result(
        edgeinterp="0.1.0",
        created="2026-01-15T10:30:00+00:00",
        seed=0,
        alpha=0.05,
        permutations=B,
        model=model,
        device=Device("aarch64", "Cortex-A72", 4, 3794, "1.22.1", "0.61.2", 2),
        checks={"correspondence": part},
        verdicts=part.verdicts,
        texts=[],
        timings={"load_s": 0.412, "forward_s": 8.93, "controls_forward_s": 0.71, "total_s": 12.6},
        memory={"peak_mb": 412.5, "model_mb": None},
        settings={"max_tokens": 256, "batch": None, "low_memory": False, "controls": ["foreign", "swap"]},
        notes=notes,
    )


def encoder() -> Result:
    """Six layers, all but the last reading supported: a sentence encoder."""
    values = [
        (1, 1, 1),
        (1, 1, 1),
        (1, 1, 1),
        (0.998, 1, 1),
        (0.995, 0.998, 0.997),
        (0.969, 0.88, 0.85),
        (0.96, 0.94, 0.91),
    ]
    layers = [layer(index, *value, 0.082) for index, value in enumerate(values)]
    verdicts = [verdict(1, "supported", GIVEN)]
    for attention in range(2, 6):
        low = layers[attention - 1].maps["linear"].token.kappa_ci
        assert low is not None
        verdicts.append(
            verdict(
                attention,
                "supported",
                f"the token makes up most of the state; the linear map recovers it (kappa at least {low[0]:.3f}), and "
                f"swapped tokens are followed (0.930, at least 0.880)",
            )
        )
    verdicts.append(
        verdict(
            6,
            "weakened",
            "the linear map recovers the token (kappa 0.97 [0.95, 0.98]); but the token makes up 0.41 [0.38, 0.45] of "
            "the state, 0.40 [0.37, 0.43] with dimensions at unit variance: the state is mostly about something else",
        )
    )
    model = ModelInfo("models/all-minilm-l6-v2", "5f" * 32, "bert", 6, 12, 384, False, "none")
    return whole(correspondence(layers, verdicts, example(WORDS, 7), 384), model, [])


def decoder() -> Result:
    """Thirty layers of which the reading fails, in all four words, with a missing layer."""
    layers = [layer(0, 1.0, 1.0, 1.0, 0.08)]
    verdicts = [verdict(1, "supported", GIVEN)]
    for index in range(1, 31):
        raw = max(0.09, 0.27 - 0.016 * index)
        layers.append(layer(index, 0.98 - 0.0087 * index, raw + 0.01, raw, 0.08))
        if index == 30:
            break
        if index < 20:
            word, because = (
                "weakened",
                (
                    f"the linear map recovers the token (kappa {0.98 - 0.0087 * index:.2f}); but the state is mostly "
                    "about something else"
                ),
            )
        elif index < 25:
            word, because = (
                "undecided",
                ("too little text: 1,000 fit tokens for hidden size 576, at least 1,152 are needed; use more texts"),
            )
        else:
            word, because = "unsupported", "no better than chance (adjusted p 0.213)"
        verdicts.append(verdict(index + 1, word, because))
    layers[28] = undecided_layer(28, "a hidden state is not finite in 3 texts")
    path = "models/a-rather-long-organisation-name/" + "SmolLM2-135M-Instruct-with-a-very-long-name-" * 3 + "int8"
    model = ModelInfo(path, "a7" * 32, "llama", 30, 9, 576, True, "int8")
    tokens = ["Ġ" + word for word in WORDS] * 4
    notes = ["some texts (12) had fewer than 8 tokens and were not evaluated", "the sample for swap was cut to 8 texts"]
    return whole(correspondence(layers, verdicts, example(tokens, 31), 576), model, notes)


def hostile() -> Result:
    """Every text that a model folder or a user's file may bring, at its worst."""
    plain = encoder()
    part: Any = plain.checks["correspondence"]
    verdicts = [
        dataclasses.replace(old, because=f"{HOSTILE[index % 4]} {old.because}", claim=HOSTILE[index % 4])
        for index, old in enumerate(part.verdicts)
    ]
    layers = [*part.layers[:5], undecided_layer(5, HOSTILE[0]), undecided_layer(6, HOSTILE[1])]
    shown = example([*HOSTILE, *HOSTILE, "plain", "", " "], 7)
    part = dataclasses.replace(part, layers=layers, verdicts=verdicts, example=shown)
    model = dataclasses.replace(plain.model, path="models/" + " ".join(HOSTILE), architecture=HOSTILE[1])
    return dataclasses.replace(
        plain,
        model=model,
        device=dataclasses.replace(plain.device, cpu=HOSTILE[0], machine=HOSTILE[3]),
        checks={"correspondence": part},
        verdicts=verdicts,
        settings={HOSTILE[0]: HOSTILE[1], "texts": {"file": HOSTILE[3]}},
        timings={HOSTILE[1]: 1.0},
        memory={HOSTILE[2]: None},
        notes=list(HOSTILE),
    )


def bare() -> Result:
    """Nothing could be decided, and nothing optional is there."""
    plain = encoder()
    part: Any = plain.checks["correspondence"]
    layers = [undecided_layer(index, "no token can be told apart from the others") for index in range(7)]
    verdicts = [verdict(index, "undecided", "no token can be told apart from the others") for index in range(1, 7)]
    part = dataclasses.replace(part, layers=layers, verdicts=verdicts, example=None, truncated=0)
    device = dataclasses.replace(plain.device, memory_mb=None, threads=None)
    return dataclasses.replace(
        plain, device=device, checks={"correspondence": part}, verdicts=verdicts, settings={}, timings={}, memory={}
    )


EVERY = [encoder, decoder, hostile, bare]

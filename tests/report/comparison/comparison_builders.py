"""Comparisons made by hand, with plausible numbers: the report only formats them."""

from __future__ import annotations

import dataclasses

from edgeinterp.comparing.onset import first_difference, largest_jump
from edgeinterp.comparing.result import (
    ActivationDifferences,
    AttentionDifference,
    ClaimPair,
    Comparison,
    HeadDifference,
    Mean,
    StateDifference,
    StatisticPair,
    Worst,
)
from edgeinterp.results.result import Device, ModelInfo
from tests.report.builders import HOSTILE

MODEL = ModelInfo("models/minilm", "a" * 64, "BertModel", 3, 2, 384, False, "none")
DEVICE = Device("x86_64", "a desktop", 2, 8000, "1.20", "0.60", 2)


def activations() -> ActivationDifferences:
    worst = Worst(0.91, 3, "ab" * 8, "The cat sat on the mat.", "mat", None)
    relative, js = [0.002, 0.05, 0.08, 0.4], [1e-5, 0.004, 0.02]
    states = [
        StateDifference(
            layer, Mean(1.0 - value / 9, (0.95, 0.999), worst), Mean(value, (value / 2, value * 2)), 1.0 - value / 5
        )
        for layer, value in enumerate(relative)
    ]
    heads = [HeadDifference(0, 0.00002, 1.0), HeadDifference(1, 0.3, 0.61)]
    layers = [
        AttentionDifference(
            layer,
            Mean(value, (value / 2, value * 2), dataclasses.replace(worst, head=1)),
            Mean(0.9, (0.88, 0.93)),
            heads,
        )
        for layer, value in enumerate(js, 1)
    ]
    notes = ["2 texts are cut into different tokens by the two tokenizers"]
    first, jump = first_difference(relative, js), largest_jump(relative, js)
    return ActivationDifferences(120, 2345, 2, states, layers, first, jump, notes)


def claims() -> list[ClaimPair]:
    kappa = StatisticPair("linear kappa", 0.95, 0.71, 0.24, (0.2, 0.28), 250, True, True)
    rise = StatisticPair("rise", None, None, None, None, None, False, False, "no text in one of the halves")
    near = StatisticPair("score", 0.682, 0.681, 0.001, (-0.004, 0.006), 500, True, True)
    return [
        ClaimPair("attention layer 1 may be read token to token", "correspondence", "supported", "supported",
                  "by definition", "by definition", None, "the same verdict", [], attention_layer=1),
        ClaimPair("attention layer 2 may be read token to token", "correspondence", "supported", "weakened",
                  "found in a", "not in b", "real", "linear kappa differs by +0.24", [kappa, rise], attention_layer=2),
        ClaimPair("hidden state 3 encodes these properties", "properties", "weakened", "unsupported",
                  "near in a", "nearer in b", "borderline", "score differs by +0.001", [near], hidden_state=3),
        ClaimPair("attention tells hyper from coord", "relations", "undecided", "undecided",
                  "few", "few", None, "the same verdict", [], contrast="hyper against coord"),
    ]  # fmt: skip


def full() -> Comparison:
    other = dataclasses.replace(MODEL, path="models/minilm-int8", quantization="int8", sha256="b" * 64)
    return Comparison(
        edgeinterp="0.1.0", created="2026-01-01T00:00:00+00:00", seed=0, alpha=0.05, model={"a": MODEL, "b": other},
        device={"a": DEVICE, "b": DEVICE}, activations=activations(), verdicts=claims(),
        settings={"only": ["activations"], "permutations": 1000}, notes=["a: 3 texts were cut to 256 tokens"],
        timings={"activations_s": 1.5, "total_s": 3.25}, memory={"peak_mb": 321.0},
    )  # fmt: skip


def saved() -> Comparison:
    """Two saved results of two machines."""
    pi = Device("aarch64", "a small board", 4, 1000, "1.20", "0.60", 4)
    reason = "two saved results: activations are not kept in them"
    return dataclasses.replace(full(), activations=None, reason=reason, device={"a": DEVICE, "b": pi}, memory={})


def same() -> Comparison:
    """Nothing differs."""
    part = activations()
    states = [StateDifference(s.layer, Mean(1.0, (1.0, 1.0)), Mean(0.0, (0.0, 0.0)), 1.0) for s in part.hidden_states]
    layers = [
        AttentionDifference(a.attention_layer, Mean(0.0, (0.0, 0.0)), Mean(1.0, (1.0, 1.0))) for a in part.attentions
    ]
    part = ActivationDifferences(120, 2345, 0, states, layers, None, None)
    return dataclasses.replace(full(), activations=part, verdicts=claims()[:1])


def apart() -> Comparison:
    """Models of other widths and numbers of layers: most of it is missing, with reasons."""
    part = activations()
    gone = Mean(None, reason="hidden sizes differ (384 and 256), so states have no angle to each other")
    states = [StateDifference(s.layer, gone, gone, s.cka) for s in part.hidden_states]
    states[-1] = dataclasses.replace(states[-1], cka=None, reason="only a has hidden state 3")
    none = Mean(None, reason="numbers of heads differ (2 and 4)")
    layers = [AttentionDifference(a.attention_layer, none, none) for a in part.attentions]
    part = ActivationDifferences(120, 2345, 0, states, layers, None, None)
    return dataclasses.replace(full(), activations=part, verdicts=[])


def hostile() -> Comparison:
    """Names, texts and tokens that try to say something to the page or the terminal."""
    found = full()
    part = activations()
    worst = Worst(0.1, 1, "0" * 16, HOSTILE[0] + HOSTILE[2], HOSTILE[1])
    state = dataclasses.replace(part.hidden_states[0], cosine=Mean(0.5, (0.4, 0.6), worst))
    part = dataclasses.replace(part, hidden_states=[state, *part.hidden_states[1:]], notes=[HOSTILE[3]])
    pair = dataclasses.replace(found.verdicts[1], because=HOSTILE[0], because_a=HOSTILE[1], because_b=HOSTILE[3])
    model = {"a": dataclasses.replace(MODEL, path=HOSTILE[3]), "b": dataclasses.replace(MODEL, path=HOSTILE[0])}
    return dataclasses.replace(found, activations=part, verdicts=[pair], model=model, notes=[HOSTILE[2]])


EVERY = [full, saved, same, apart, hostile]

"""Results of ``properties`` made by hand: dense ratings, sparse norms, missing controls, hostile names."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from edgeinterp.results.controls import rivals as rivals_of
from edgeinterp.results.properties.controls import CONTROLS
from edgeinterp.results.properties.result import (
    Clusters,
    ClusterScore,
    FeatureScore,
    Gain,
    LayerProperties,
    LeftOut,
    PropertiesResult,
    RivalScore,
    Rotated,
)  # fmt: skip
from edgeinterp.results.properties.sets import SetDifference, SetPair, SharedScore
from edgeinterp.results.result import CheckResult, Result
from edgeinterp.results.shared import ControlScore, Margin, Verdict
from tests.report import builders
from tests.report.builders import HOSTILE, B

SENSES = ["auditory", "gustatory", "haptic", "interoceptive", "olfactory", "visual"]


def wobble(*keys: int) -> float:
    """A number between -0.5 and 0.5 that looks arbitrary and is always the same."""
    mixed = 17
    for key in keys:
        mixed = (mixed * 7919 + key * 104729 + 12345) % 1000003
    return mixed / 1000003 - 0.5


def rival(score: float, value: float, spread: float, bound: float) -> RivalScore:
    margin = Margin(
        score - value,
        (score - value - spread, score - value + spread),
        (score - value - 0.84 * spread, score - value + 0.84 * spread),
        0.05,
    )
    return RivalScore(value, margin, value / bound)


def features(names: Sequence[str], score: float, layer: int) -> list[FeatureScore]:
    found = []
    for index, name in enumerate(names):
        own = score + 0.5 * wobble(index, layer)
        rare = index % 97 == 5 and len(names) > 50
        found.append(
            FeatureScore(name, None, None, None, "fewer than 5 concepts have this feature")
            if rare
            else FeatureScore(name, own, min(1.0, 0.001 + max(0.0, 0.3 - own)), 0.1 * wobble(index, layer, 3))
        )
    return found


def layer(index: int, score: float, near: float, bound: float, names: Sequence[str]) -> LayerProperties:
    spread = 0.012
    draws = {f"random_vectors.{seed}": 0.012 + 0.02 * wobble(index, seed) for seed in range(5)}
    draws |= {f"random_model.{seed}": 0.035 + 0.03 * wobble(index, seed, 1) for seed in range(5)}
    others = {control.name: 0.01 for control in rivals_of(CONTROLS) if control.draws == 1}
    rivals = {**others, "neighbours": near, "word_form": 0.42 * score + 0.01 * wobble(index), **draws}
    measured = {name: rival(score, value, spread, bound) for name, value in rivals.items()}
    return LayerProperties(
        layer=index,
        score=score,
        ci=(score - 0.018, score + 0.018),
        p=1 / (B + 1),
        p_adjusted=1 / (B + 1),
        excess=score - 0.004,
        penalty=[10.0, 100.0, 100.0, 31.622776],
        metrics={"pearson": score, "r2": score**2 - 0.02, "spearman": 0.7 * score, "precision": 0.27, "odd one": None},
        nulls={
            "permuted": ControlScore(0.004),
            "within_groups": ControlScore(0.31),
            "shuffled": ControlScore(0.002),
            "random_features": ControlScore(-0.003),
        },
        rivals=measured,
        references={
            "rotated": ControlScore(0.98 * score),
            "upper_bound": ControlScore(bound),
            "selectivity": ControlScore(score - 0.35),
            "word_length": ControlScore(0.71),
            "length_differences": ControlScore(0.52),
            "without_length": ControlScore(score - 0.014),
            "without_frequency": ControlScore(score - 0.021),
            "without_tokens": ControlScore(None, "it is the same for all concepts"),
            "without_confounds": ControlScore(None, "confounds were not given"),
            "reliability": ControlScore(0.93),
        },
        share=score / bound,
        features=features(names, score, index),
        clusters=ClusterScore(score - 0.04, (score - 0.09, score + 0.01), measured),
        rotated=Rotated(len(names), 0.0086, 0.0098, 0.54, 0.167),
        over_embeddings=None if index == 0 else Gain(0.021, (0.009, 0.033), 0.005, 0.005, score + 0.021),
        p_within=0.001,
    )


def unmeasured(index: int, reason: str) -> LayerProperties:
    empty = RivalScore(None, None, None, reason)
    gone = ControlScore(None, reason)
    return LayerProperties(
        layer=index,
        score=None,
        ci=None,
        p=None,
        p_adjusted=None,
        excess=None,
        penalty=[],
        metrics={"pearson": None},
        nulls={"permuted": gone},
        rivals={"neighbours": empty, "random_model.0": empty},
        references={"upper_bound": gone},
        share=None,
        features=[],
        reason=reason,
    )


def verdict(state: LayerProperties) -> Verdict:
    """What such numbers lead to, in words like those of the real verdicts."""
    claim = f"hidden state {state.layer} encodes these properties beyond nearness"
    near = state.rivals["neighbours"]
    if state.score is None or near.score is None or near.margin is None or near.margin.ci is None:
        return Verdict(claim, "properties", "undecided", state.reason or "neighbours has no score", None, state.layer)
    low, high = near.margin.ci
    if low > 0:
        because = (
            f"beyond permuted norms (adjusted p 0.001), and every rival is beaten, neighbours by at least {low:.3f}"
        )
        return Verdict(claim, "properties", "supported", because, None, state.layer)
    because = (
        f"neighbours alone reach {100 * near.score / state.score:.0f} % of this score "
        f"(margin {near.margin.value:.3f}, interval {low:.3f} to {high:.3f}); every other rival is beaten"
    )
    return Verdict(claim, "properties", "weakened", because, None, state.layer)


def whole(part: PropertiesResult, *, states: int = 7) -> Result:
    plain = builders.encoder()
    model = dataclasses.replace(plain.model, layers=states - 1)
    return dataclasses.replace(plain, model=model, checks={"properties": part}, verdicts=part.verdicts)


def properties(layers: list[LayerProperties], features: int, verdicts: list[Verdict]) -> PropertiesResult:
    return PropertiesResult(
        concepts=1500,
        features=features,
        metric="pearson",
        mapping="ridge",
        permutations=B,
        alpha=0.05,
        source="embedded perceptual ratings",
        layers=layers,
        verdicts=verdicts,
        clusters=Clusters(50, "k-means of hidden state 3"),
    )


def dense() -> Result:
    """Seven hidden states, six ratings: some beat their neighbours, none beats them by much."""
    scores = [0.681, 0.684, 0.672, 0.671, 0.676, 0.702, 0.693]
    layers = [
        layer(index, score, 0.662 + 0.004 * (index % 3), 0.79 - 0.004 * index, SENSES)
        for index, score in enumerate(scores)
    ]
    return whole(properties(layers, 6, [verdict(state) for state in layers]))


def sparse() -> Result:
    """Thirty-one hidden states, 683 rare features: neighbours do better, one state is not finite, words are missing."""
    names = [f"{['slow', 'loud', 'made_of-wood', 'x'][index % 4]}_{index}" for index in range(683)]
    layers = [
        layer(index, 0.19 - 0.002 * index, 0.25 - 0.003 * index, 0.52 - 0.006 * index, names) for index in range(31)
    ]
    layers[17] = unmeasured(17, "a hidden state is not finite for 3 concepts")
    verdicts = [verdict(state) for state in layers]
    for index in range(24, 31):
        because = f"word_form does as well: margin 0.004, interval -0.00{index % 7 + 1} to 0.012"
        verdicts[index] = dataclasses.replace(verdicts[index], verdict="unsupported", because=because)
    left_out = [LeftOut(f"word{index}", "only unknown tokens") for index in range(9)]
    left_out.append(LeftOut("ice cream", "more than one word, and no template joins them"))
    part = dataclasses.replace(
        properties(layers, 683, verdicts),
        concepts=1855,
        metric="precision",
        permutations=100,
        source="a rather/long path/to a file/of production norms.csv",
        left_out=left_out,
        notes=["683 features had fewer than 2 concepts and were not read"],
    )
    return whole(part, states=31)


def lacking() -> Result:
    """Some rivals could not be measured, one draw failed, a control that nobody knows, no scores beyond rivals."""
    plain = dense().properties()
    assert plain is not None
    gone = RivalScore(None, None, None, "the model folder has no table of initializers")
    layers = []
    for state in plain.layers:
        rivals: dict[str, RivalScore] = {
            name: gone if name.startswith("random_model") else own for name, own in state.rivals.items()
        }
        rivals["random_vectors.2"] = dataclasses.replace(gone, reason="the covariance is not finite")
        rivals["something new"] = rivals["word_form"]
        reason = "it ran out of memory"
        layers.append(
            dataclasses.replace(
                state,
                rivals=rivals,
                nulls={"shuffled": ControlScore(None, reason)},
                references={},
                share=None,
                features=[dataclasses.replace(own, beyond=None) for own in state.features],
            )
        )
    return whole(dataclasses.replace(plain, layers=layers, metric="a new metric", mapping="a new mapping"))


def hostile() -> Result:
    """Every text that a norms file may bring, at its worst."""
    plain = dense().properties()
    assert plain is not None
    layers = [
        dataclasses.replace(
            state,
            features=features([*HOSTILE, "a" * 200, ""], 0.6, state.layer),
            metrics={HOSTILE[0]: 0.1, HOSTILE[3]: None},
            nulls={**state.nulls, HOSTILE[2]: ControlScore(0.2)},
            rivals={**state.rivals, HOSTILE[1]: state.rivals["word_form"], HOSTILE[3]: state.rivals["word_form"]},
            references={**state.references, HOSTILE[3]: ControlScore(None, HOSTILE[1])},
        )
        for state in plain.layers[:-1]
    ]
    layers.append(unmeasured(6, HOSTILE[0]))
    verdicts = [
        dataclasses.replace(own, because=f"{HOSTILE[index % 4]} {own.because}", claim=HOSTILE[index % 4])
        for index, own in enumerate(plain.verdicts)
    ]
    left_out = [LeftOut(text, other) for text in HOSTILE for other in HOSTILE[:2]]
    part = dataclasses.replace(
        plain,
        layers=layers,
        verdicts=verdicts,
        left_out=left_out,
        notes=list(HOSTILE),
        source=" ".join(HOSTILE),
        metric=HOSTILE[1],
        mapping=HOSTILE[0],
    )
    return whole(part)


def nothing() -> Result:
    """No hidden state could be measured."""
    layers = [unmeasured(index, "fewer than 10 concepts") for index in range(7)]
    return whole(properties(layers, 6, [verdict(state) for state in layers]))


def both() -> Result:
    """A run of both checks, with different numbers of permutations."""
    one, other = builders.encoder(), dense()
    part = other.properties()
    assert part is not None
    checks: dict[str, CheckResult] = {**one.checks, "properties": dataclasses.replace(part, permutations=100)}
    return dataclasses.replace(one, checks=checks, verdicts=[*one.verdicts, *other.verdicts])


def shared(state: LayerProperties, less: float) -> SharedScore:
    assert state.score is not None
    assert state.ci is not None
    score = state.score - less
    return SharedScore(score, (state.ci[0] - less, state.ci[1] - less), state.p_adjusted, "weakened", "neighbours do")


def several(names: Sequence[str] = ("senses.tsv", "zoo.tsv", "small.tsv")) -> Result:
    """Three sets of norms, of which two share enough concepts, and the third has no score."""
    part, other, empty = (result.properties() for result in (dense(), dense(), nothing()))
    assert part is not None
    assert other is not None
    assert empty is not None
    other = dataclasses.replace(other, name=names[1], concepts=101, source=names[1])
    empty = dataclasses.replace(empty, name=names[2], concepts=4, source=names[2])
    differences = [
        SetDifference(
            state.layer, shared(state, 0.1), shared(state, 0.3), 0.12, 0.02, -0.1, 0.2, (0.05 - 0.03 * at, 0.35)
        )
        for at, state in enumerate(part.layers)
    ]
    differences[6] = dataclasses.replace(differences[6], total=None, number=None, features_ci=None)
    reason = "4 concepts, at least 10 are needed; give 6 more with norms"
    pairs = [
        SetPair(names[0], names[1], 50, 0.75, 0.5, 6, 4, differences),
        SetPair(names[0], names[2], 4, None, reason=reason),
        SetPair(names[1], names[2], 0, None, reason=reason),
    ]
    return whole(dataclasses.replace(part, name=names[0], sets=[other, empty], pairs=pairs))


def hostile_sets() -> Result:
    """Names of sets at their worst."""
    return several(HOSTILE[:3])


EVERY: list[Callable[[], Result]] = [dense, sparse, lacking, hostile, nothing, both, several, hostile_sets]

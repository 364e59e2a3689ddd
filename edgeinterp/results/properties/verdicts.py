"""Verdicts on whether a hidden state encodes these properties; every threshold is here."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.counting import counted
from ..controls import row_of
from ..enough import too_few_permutations
from ..numbers import numbers
from ..rule import Effect, Rival, Ruling, delta_of, rule
from ..shared import Verdict
from .controls import CONTROLS, PERMUTED
from .result import LayerProperties, PropertiesResult, RivalScore

__all__ = ["MARGINS", "closest_rival", "property_verdicts", "too_few_concepts"]

FEWEST_CONCEPTS = 10
# a score of held-out predictions that know nothing
CHANCE = 0.0
# margins of which results keep deviations, and the verdict where the rival behind is not beaten
MARGINS = {"others": "unsupported", "neighbours": "weakened"}


def property_verdicts(result: PropertiesResult) -> list[Verdict]:
    """Return one verdict per hidden state by the one rule (``results/rule.py``): does it encode these properties?

    Undecided also where there is too little to test with.
    """
    verdicts = []
    for layer in result.layers:
        rivals = {name: Rival(one.score, one.margin, one.reason) for name, one in layer.rivals.items()}
        ruling = _judge(layer, result, rivals)
        claim = f"hidden state {layer.layer} encodes these properties"
        found = (layer.score, layer.ci, layer.p_adjusted)
        score = numbers(result.metric, found, layer.reason, rivals, ruling.deciding)
        verdicts.append(
            Verdict(
                claim, "properties", ruling.verdict, ruling.because, hidden_state=layer.layer, kind="hidden state",
                borderline=ruling.borderline, **score,
            )
        )  # fmt: skip
    return verdicts


def _judge(layer: LayerProperties, result: PropertiesResult, rivals: dict[str, Rival]) -> Ruling:
    if layer.score is None:
        return Ruling("undecided", layer.reason or "it could not be scored", [])
    if result.concepts < FEWEST_CONCEPTS:
        return Ruling("undecided", too_few_concepts(result.concepts), [])
    few = too_few_permutations(result.permutations, 1.0 / (result.permutations + 1), result.alpha)
    if few:
        return Ruling("undecided", few, [])
    if layer.p_adjusted is None:
        return Ruling("undecided", layer.reason or "no permutation test", [])
    effect = Effect(
        _with_chance(layer),
        layer.score,
        layer.ci,
        layer.p_adjusted,
        CHANCE,
        delta_of(result.metric, result.equal),
        "norms dealt to other concepts are predicted as well",
    )
    return rule(CONTROLS, effect, rivals, result.alpha, (result.concepts, "concepts"))


def too_few_concepts(concepts: int) -> str:
    """Say how many more concepts are needed."""
    lacking = FEWEST_CONCEPTS - concepts
    return f"{counted(concepts, 'concept')}, at least {FEWEST_CONCEPTS} are needed; give {lacking} more with norms"


def closest_rival(rivals: Mapping[str, RivalScore], unbeaten: str) -> str | None:
    """Return the measured rival with the lowest lower bound of its margin, among those that leave this verdict."""
    bounds = {
        name: rival.margin.ci[0]
        for name, rival in rivals.items()
        if _leaves(name) == unbeaten and rival.margin is not None and rival.margin.ci is not None
    }
    return min(bounds, key=lambda name: bounds[name], default=None)


def _leaves(name: str) -> str:
    control = row_of(CONTROLS, name)
    return control.unbeaten if control else "unsupported"


def _with_chance(layer: LayerProperties) -> str:
    permuted = layer.nulls.get(PERMUTED.name)
    chance = f", permuted {permuted.score:.3f}" if permuted is not None and permuted.score is not None else ""
    return f"score {layer.score:.3f}{chance}, adjusted p = {layer.p_adjusted:.3g}"

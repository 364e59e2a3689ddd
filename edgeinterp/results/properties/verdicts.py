"""Does a hidden state encode these properties? Numbers of ``properties`` -> verdicts, with every threshold."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.counting import counted
from ..controls import compared, family, refuting, row_of
from ..enough import too_few_permutations
from ..numbers import numbers
from ..shared import Verdict
from ..wording import share
from .controls import CONTROLS, PERMUTED
from .result import LayerProperties, PropertiesResult, RivalScore

__all__ = ["MARGINS", "closest_rival", "property_verdicts", "too_few_concepts"]

FEWEST_CONCEPTS = 10
# margins of which results keep deviations, and the verdict where the rival behind is not beaten
MARGINS = {"others": "unsupported", "neighbours": "weakened"}


def property_verdicts(result: PropertiesResult) -> list[Verdict]:
    """Return one verdict per hidden state: does it encode these properties?

    Unsupported: adjusted p above alpha, or a rival that must be beaten for anything at all is not (the lower bound of
    its margin is not above 0; ``controls.py`` says which). Undecided: too little to test with, or a rival that could
    not be measured. Weakened: another rival is not beaten. Supported: everything is beaten.
    """
    verdicts = []
    for layer in result.layers:
        verdict, because = _judge_properties(layer, result)
        claim = f"hidden state {layer.layer} encodes these properties"
        found = (layer.score, layer.ci, layer.p_adjusted)
        score = numbers(result.metric, found, layer.reason, layer.rivals, refuting=refuting(CONTROLS))
        verdicts.append(
            Verdict(claim, "properties", verdict, because, hidden_state=layer.layer, kind="hidden state", **score)
        )
    return verdicts


def _judge_properties(layer: LayerProperties, result: PropertiesResult) -> tuple[str, str]:
    if layer.score is None:
        return "undecided", layer.reason or "it could not be scored"
    if result.concepts < FEWEST_CONCEPTS:
        return "undecided", too_few_concepts(result.concepts)
    few = too_few_permutations(result.permutations, 1.0 / (result.permutations + 1), result.alpha)
    if few:
        return "undecided", few
    if layer.p_adjusted is None:
        return "undecided", layer.reason or "no permutation test"
    if layer.p_adjusted > result.alpha:
        return "unsupported", f"{_with_chance(layer)}: norms dealt to other concepts are predicted as well"
    against = compared(CONTROLS, layer.rivals)
    refuted = against.that_leave("unsupported")
    if refuted:
        named = "; ".join(_rival_words(layer, name) for name in _strongest(layer, refuted))
        return "unsupported", f"{named}: what they predict needs no knowledge in this hidden state"
    if against.unmeasured:
        return "undecided", "; ".join(against.lacking())
    weakening = against.that_leave("weakened")
    if weakening:
        named = "; ".join(_rival_words(layer, name) for name in _strongest(layer, weakening))
        return "weakened", f"{named}: geometry explains it"
    best = max(layer.rivals, key=lambda name: layer.rivals[name].score or 0.0)
    return "supported", f"{_with_chance(layer)}; every rival is beaten, the closest: {_rival_words(layer, best)}"


def too_few_concepts(concepts: int) -> str:
    """Say how many concepts more there must be."""
    lacking = FEWEST_CONCEPTS - concepts
    return f"{counted(concepts, 'concept')}, at least {FEWEST_CONCEPTS} are needed; give {lacking} more with norms"


def closest_rival(rivals: Mapping[str, RivalScore], unbeaten: str) -> str | None:
    """Return the measured rival whose margin has the lowest lower bound, of those that leave this verdict unbeaten."""
    bounds = {
        name: rival.margin.ci[0]
        for name, rival in rivals.items()
        if _leaves(name) == unbeaten and rival.margin is not None and rival.margin.ci is not None
    }
    return min(bounds, key=lambda name: bounds[name], default=None)


def _leaves(name: str) -> str:
    control = row_of(CONTROLS, name)
    return control.unbeaten if control else "unsupported"


def _strongest(layer: LayerProperties, names: list[str]) -> list[str]:
    """Keep the best of each kind of rival, best first."""
    best: dict[str, str] = {}
    for name in sorted(names, key=lambda name: -(layer.rivals[name].score or 0.0)):
        best.setdefault(family(CONTROLS, name), name)
    return list(best.values())


def _rival_words(layer: LayerProperties, name: str) -> str:
    rival = layer.rivals[name]
    assert layer.score is not None
    assert rival.score is not None
    reached = f"{rival.score:.3f} against {layer.score:.3f}"
    if layer.score > 0.0 and rival.score > 0.0:
        reached = f"{_of(rival.score / layer.score)} of this score"
    bounds = ""
    if rival.margin is not None and rival.margin.ci is not None:
        low, high = rival.margin.ci
        bounds = f" (margin {rival.margin.value:.3f}, interval {low:.3f} to {high:.3f})"
    control = row_of(CONTROLS, name)
    return f"{control.reaches if control else f'{name} reaches'} {reached}{bounds}"


def _of(ratio: float) -> str:
    """Return a ratio as a percentage; above all of it, as it is."""
    return share(ratio) if ratio < 1.0 else f"{100.0 * ratio:.0f} %"


def _with_chance(layer: LayerProperties) -> str:
    permuted = layer.nulls.get(PERMUTED.name)
    chance = f", permuted {permuted.score:.3f}" if permuted is not None and permuted.score is not None else ""
    return f"score {layer.score:.3f}{chance}, adjusted p = {layer.p_adjusted:.3g}"

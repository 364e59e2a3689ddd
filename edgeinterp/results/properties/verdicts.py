"""Verdicts on whether a hidden state encodes these properties; every threshold is here."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.counting import counted
from ..controls import row_of
from ..enough import too_few_permutations
from ..numbers import numbers
from ..rule import Effect, Rival, Ruling, delta_of, rule
from ..shared import Verdict
from ..wording import share
from .controls import CLUSTERS, CONTROLS, PERMUTED, WITHIN_GROUPS
from .result import LayerProperties, PropertiesResult, RivalScore

__all__ = ["CHANCE", "FEWEST_CONCEPTS", "MARGINS", "closest_rival", "property_verdicts", "too_few_concepts"]

FEWEST_CONCEPTS = 10
# a score of held-out predictions that know nothing
CHANCE = 0.0
# margins of which results keep deviations, and the verdict where the rival behind is not beaten
MARGINS = {"others": "unsupported", "neighbours": "weakened"}


def property_verdicts(result: PropertiesResult) -> list[Verdict]:
    """Return one verdict per hidden state by the one rule (``results/rule.py``): does it encode these properties?

    The rule is asked in folds over concepts and in folds over clusters, and the verdict is the weaker of both
    (``_strength``). Undecided also where there is too little to test with.
    """
    return [_verdict(layer, result) for layer in result.layers]


def _verdict(layer: LayerProperties, result: PropertiesResult) -> Verdict:
    rivals = _rivals(layer.rivals)
    ruling, cluster_ruling = _judge(layer, result, rivals), None
    if not _unmeasured(layer, result):
        cluster_ruling = _over_clusters(layer, result)
    because = ruling.because
    if cluster_ruling is not None and _strength(cluster_ruling) < _strength(ruling):
        because = f"with whole clusters held out (over concepts: {ruling.verdict}): {cluster_ruling.because}"
        ruling = cluster_ruling
        rivals = _rivals(layer.clusters.rivals if layer.clusters else {})
    if layer.p_adjusted is not None and layer.p_adjusted <= result.alpha:
        because = "; ".join(
            [because, *_categories(layer, result.alpha), *_directions(layer, result.alpha), *_adds(layer, result.alpha)]
        )
    score = numbers(result.metric, (layer.score, layer.ci, layer.p_adjusted), layer.reason, rivals, ruling.deciding)
    if ruling is cluster_ruling and score["closest_rival"] is not None:
        score["closest_rival"] = f"{CLUSTERS.name}.{score['closest_rival']}"
    return Verdict(
        f"hidden state {layer.layer} encodes these properties beyond nearness", "properties", ruling.verdict, because,
        hidden_state=layer.layer, kind="hidden state", borderline=ruling.borderline, **score,
    )  # fmt: skip


def _rivals(measured: Mapping[str, RivalScore]) -> dict[str, Rival]:
    return {name: Rival(one.score, one.margin, one.reason) for name, one in measured.items()}


def _strength(ruling: Ruling) -> int:
    """Return how far a claim holds, in the order in which the rule asks.

    ``unsupported``; ``undecided``; ``weakened``; ``undecided`` where only weakening rivals are open; ``supported``.
    """
    if ruling.verdict == "undecided":
        rows = [row_of(CONTROLS, name) for name in ruling.deciding]
        return 3 if rows and all(row is not None and row.unbeaten == "weakened" for row in rows) else 1
    return {"unsupported": 0, "weakened": 2}.get(ruling.verdict, 4)


def _unmeasured(layer: LayerProperties, result: PropertiesResult) -> str | None:
    """Say why there is too little to ask the rule, whatever the folds."""
    if layer.score is None:
        return layer.reason or "it could not be scored"
    if result.concepts < FEWEST_CONCEPTS:
        return too_few_concepts(result.concepts)
    few = too_few_permutations(result.permutations, 1.0 / (result.permutations + 1), result.alpha)
    if few or layer.p_adjusted is None:
        return few or layer.reason or "no permutation test"
    return None


def _judge(layer: LayerProperties, result: PropertiesResult, rivals: dict[str, Rival]) -> Ruling:
    """Ask the rule in folds over concepts."""
    why = _unmeasured(layer, result)
    if why or layer.score is None:
        return Ruling("undecided", why or "it could not be scored", [])
    effect = Effect(
        _with_chance(layer), layer.score, layer.ci, layer.p_adjusted, CHANCE, delta_of(result.metric, result.equal),
        "norms dealt to other concepts are predicted as well",
    )  # fmt: skip
    return rule(CONTROLS, effect, rivals, result.alpha, (result.concepts, "concepts"))


def _over_clusters(layer: LayerProperties, result: PropertiesResult) -> Ruling:
    """Ask the rule in folds over clusters.

    Clusters of different sizes cannot change places: an effect is shown where the interval over clusters lies above
    chance.
    """
    found = layer.clusters
    if found is None or found.score is None or found.ci is None:
        reason = None if found is None else found.reason
        return Ruling("undecided", reason or "no folds over clusters", [])
    low, high = found.ci
    effect = Effect(
        f"score {found.score:.3f} [{low:.3f}, {high:.3f}]", found.score, found.ci, 0.0 if low > CHANCE else 1.0, CHANCE,
        delta_of(result.metric, result.equal), "nothing is predicted of concepts unlike those learned from",
    )  # fmt: skip
    return rule(CONTROLS, effect, _rivals(found.rivals), result.alpha, (result.concepts, "concepts"))


def _categories(layer: LayerProperties, alpha: float) -> list[str]:
    """Say that categories alone give the score, where norms dealt within the given groups score as much."""
    if layer.p_within is None or layer.p_within <= alpha:
        return []
    null = layer.nulls.get(WITHIN_GROUPS.name)
    reached = f"{null.score:.3f}" if null is not None and null.score is not None else "as much"
    shown = f"norms dealt within groups reach {reached}, adjusted p = {layer.p_within:.3g}"
    return [f"categories alone give the score ({shown})"]


def _directions(layer: LayerProperties, alpha: float) -> list[str]:
    """Say whether these features are told apart from other directions of the norms."""
    turned = layer.rotated
    if turned is None or turned.p is None or turned.share is None:
        return []
    above = f"{share(turned.share)} of features lie above 95 % of random directions"
    if turned.p <= alpha:
        return [f"these features are told apart: they spread more than rotated ones do (p = {turned.p:.3g}); {above}"]
    return [f"any direction of these norms is predicted as well (spread: p = {turned.p:.3g}); {above}"]


def _adds(layer: LayerProperties, alpha: float) -> list[str]:
    """Say what the hidden state adds to hidden state 0, where that is shown."""
    gain = layer.over_embeddings
    if gain is None or gain.value is None or gain.ci is None or gain.p_adjusted is None:
        return []
    low, high = gain.ci
    if gain.p_adjusted > alpha or low <= 0.0:
        return []
    return [f"hidden state {layer.layer} adds {gain.value:.3f} [{low:.3f}, {high:.3f}] to its embeddings"]


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

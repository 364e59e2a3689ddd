"""Numbers -> verdicts. Every threshold of every verdict lives here."""

from __future__ import annotations

import math

from .results import CorrespondenceResult, LayerCorrespondence, LayerProperties, PropertiesResult, TokenScore, Verdict

__all__ = ["DOMINANT", "FOLLOWS_CONTENT", "FOREIGN_SHARE", "correspondence_verdicts", "property_verdicts"]

# correspondence
DOMINANT = 0.5
FOLLOWS_CONTENT = 0.5
FOREIGN_SHARE = 0.5
LOST = 0.2
STILL_RISING = 0.02
TOKENS_PER_DIMENSION = 2
# properties
FEWEST_CONCEPTS = 10
RIVALS = ("word_form", "random_vectors", "random_model", "neighbours")


def correspondence_verdicts(result: CorrespondenceResult) -> list[Verdict]:
    """Return one verdict per attention layer: may it be read token to token?

    Attention layer l reads hidden state l - 1. The order of the tests is supported, untested, unsupported, weakened.
    """
    verdicts = []
    for attention_layer in range(1, len(result.layers)):
        layer = result.layers[attention_layer - 1]
        verdict, because = ("supported", "it reads the input embeddings themselves")
        if attention_layer > 1:
            verdict, because = _judge(layer, result)
        claim = f"attention layer {attention_layer} may be read token to token"
        verdicts.append(Verdict(claim, "correspondence", verdict, because, attention_layer))
    return verdicts


def _judge(layer: LayerCorrespondence, result: CorrespondenceResult) -> tuple[str, str]:
    linear, centred = layer.maps["linear"].token, layer.maps["centred"].token
    if linear.kappa is None or linear.identification is None:
        return "untested", f"{linear.reason}; give more or longer texts"
    lacking = _lacking(layer, linear, centred, result.threshold)
    if not lacking:
        return "supported", _found(layer, linear, centred)
    short = _too_little(layer, linear, result)
    if short:
        return "untested", short
    position = _position(layer)
    smallest = 1.0 / (result.permutations + 1.0)
    if linear.p_adjusted is not None and smallest > result.alpha:
        needed = math.ceil(1.0 / result.alpha) - 1
        return "untested", (
            f"{result.permutations} permutations cannot give p <= {result.alpha:g}; give at least {needed}"
        )
    if linear.p_adjusted is None or linear.p_adjusted > result.alpha:
        p = "every permutation gives the same" if linear.p_adjusted is None else f"adjusted p = {linear.p_adjusted:.3g}"
        return "unsupported", (
            f"a linear map finds {_share(linear.identification)} of tokens, chance finds {_share(linear.chance)} ({p})"
            + position
        )
    if linear.kappa_ci is not None and linear.kappa_ci[1] < LOST:
        return "unsupported", (
            f"identity is nearly lost: linear kappa is at most {linear.kappa_ci[1]:.2f}, below {LOST}" + position
        )
    return "weakened", "; ".join(lacking) + position


def _lacking(layer: LayerCorrespondence, linear: TokenScore, centred: TokenScore, threshold: float) -> list[str]:
    """Return, in words, what ``supported`` still asks for."""
    lacking = []
    low = linear.kappa_ci[0] if linear.kappa_ci else None
    if low is None or low < threshold:
        bound = "has no interval (one text)" if low is None else f"may be as low as {low:.2f}"
        lacking.append(f"not recoverable: linear kappa {bound}, {threshold:g} needed")
    low = centred.kappa_ci[0] if centred.kappa_ci else None
    if low is None or low < DOMINANT:
        bound = "no interval" if low is None else f"centred kappa {centred.kappa:.2f}, lower bound {low:.2f}"
        lacking.append(f"not dominant: without a fitted map other tokens are nearer ({bound}, {DOMINANT:g} needed)")
    if layer.swap.ci is None:
        lacking.append(layer.swap.reason or "swap not measured")
    elif layer.swap.ci[0] < FOLLOWS_CONTENT:
        lacking.append(
            f"swapped tokens are followed in {_share(layer.swap.content_share)} of cases only "
            f"(lower bound {layer.swap.ci[0]:.2f}, {FOLLOWS_CONTENT:g} needed)"
        )
    if layer.foreign.linear is None:
        lacking.append(f"foreign texts not measured: {layer.foreign.reason or 'no fit half'}")
    elif linear.identification is not None and layer.foreign.linear > FOREIGN_SHARE * linear.identification:
        lacking.append(
            f"position passes as identity: {_share(layer.foreign.linear)} are found in a text they are not from"
        )
    return lacking


def _found(layer: LayerCorrespondence, linear: TokenScore, centred: TokenScore) -> str:
    return (
        f"a linear map finds {_share(linear.identification)} of tokens (chance {_share(linear.chance)}), "
        f"{_share(centred.identification)} are nearest without one, and swapped tokens are followed in "
        f"{_share(layer.swap.content_share)} of cases"
    )


def _too_little(layer: LayerCorrespondence, linear: TokenScore, result: CorrespondenceResult) -> str | None:
    """Return why a verdict would come from too little text, or None."""
    advice = f"give at least twice as many texts (now {result.fit_tokens} tokens to fit on)"
    rise = layer.rise
    if rise.ci is not None and rise.ci[1] > STILL_RISING and rise.ci[0] > 0.0:
        return f"identification still rises with more text (by {rise.value:.3f} from half to all of it); {advice}"
    needed = TOKENS_PER_DIMENSION * result.hidden_size
    if result.fit_tokens < needed and linear.p_adjusted is not None and linear.p_adjusted <= result.alpha:
        return f"{result.fit_tokens} tokens to fit {result.hidden_size} dimensions, {needed} needed; {advice}"
    return None


def _position(layer: LayerCorrespondence) -> str:
    """Name position where raw retrieval works almost as well in a text that the token is not from.

    Only where raw retrieval finds anything at all: at chance, both shares are small and their ratio means nothing.
    """
    raw = layer.maps["raw"].token
    if layer.foreign.raw is None or raw.identification is None or raw.kappa_ci is None or raw.kappa_ci[0] <= 0.0:
        return ""
    if layer.foreign.raw <= FOREIGN_SHARE * raw.identification:
        return ""
    return (
        f"; raw retrieval follows position: {_share(layer.foreign.raw)} of tokens retrieve their own position in "
        "a text that they are not from"
    )


def _share(value: float | None) -> str:
    """Return a share as a percentage that never rounds up to all or down to none."""
    if value is None:
        return "an unknown share"
    percent = 100.0 * value
    if 99.5 <= percent < 100.0 or 0.0 < percent < 0.95:
        return f"{percent:.1f} %" if 0.05 < percent < 99.95 else (">99.9 %" if percent > 50 else "<0.1 %")
    return f"{percent:.0f} %"


def property_verdicts(result: PropertiesResult) -> list[Verdict]:
    """Return one verdict per hidden state: does it encode these properties?

    Unsupported: adjusted p above alpha, or a rival other than ``neighbours`` is not beaten (the lower bound of its
    margin is not above 0). Untested: too little to test with, or a rival that could not be measured. Weakened: only
    ``neighbours`` is not beaten. Supported: everything is beaten.
    """
    verdicts = []
    for layer in result.layers:
        verdict, because = _judge_properties(layer, result)
        claim = f"hidden state {layer.layer} encodes these properties"
        verdicts.append(Verdict(claim, "properties", verdict, because, hidden_state=layer.layer))
    return verdicts


def _judge_properties(layer: LayerProperties, result: PropertiesResult) -> tuple[str, str]:
    if layer.score is None:
        return "untested", layer.reason or "it could not be scored"
    if result.concepts < FEWEST_CONCEPTS:
        return "untested", f"{result.concepts} concepts, at least {FEWEST_CONCEPTS} are needed"
    if layer.p_adjusted is None:
        return "untested", layer.reason or "no permutation test"
    smallest = 1.0 / (result.permutations + 1)
    if smallest > result.alpha:
        return "untested", f"{result.permutations} permutations cannot give a p below {smallest:.3g}; ask for more"
    if layer.p_adjusted > result.alpha:
        return "unsupported", f"{_with_chance(layer)}: norms dealt to other concepts are predicted as well"
    unbeaten, unmeasured = _unbeaten(layer)
    others = [name for name in unbeaten if _rival_of(name) != "neighbours"]
    if others:
        named = "; ".join(_rival_words(layer, name) for name in _strongest(layer, others))
        return "unsupported", f"{named}: what they predict needs no knowledge in this hidden state"
    if unmeasured:
        return "untested", "; ".join(unmeasured)
    if unbeaten:
        return "weakened", f"{_rival_words(layer, 'neighbours')}: geometry explains it"
    best = max(layer.rivals, key=lambda name: layer.rivals[name].score or 0.0)
    return "supported", f"{_with_chance(layer)}; every rival is beaten, the closest: {_rival_words(layer, best)}"


def _unbeaten(layer: LayerProperties) -> tuple[list[str], list[str]]:
    """Return the names of rivals that are not beaten, and in words those that were not measured."""
    unbeaten, unmeasured = [], []
    for kind in RIVALS:
        names = [name for name in layer.rivals if _rival_of(name) == kind]
        if not names:
            unmeasured.append(f"the rival {kind} was left out")
        for name in names:
            rival = layer.rivals[name]
            if rival.margin is None or rival.margin.ci is None:
                unmeasured.append(f"the rival {kind} was not measured ({rival.reason or 'no interval'})")
            elif not rival.margin.ci[0] > 0.0:
                unbeaten.append(name)
    return unbeaten, list(dict.fromkeys(unmeasured))


def _strongest(layer: LayerProperties, names: list[str]) -> list[str]:
    """Keep the best of each kind of rival, best first."""
    best: dict[str, str] = {}
    for name in sorted(names, key=lambda name: -(layer.rivals[name].score or 0.0)):
        best.setdefault(_rival_of(name), name)
    return list(best.values())


def _rival_of(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


_ALONE = {
    "word_form": "spelling alone reaches",
    "random_vectors": "random vectors reach",
    "random_model": "a random model reaches",
    "neighbours": "neighbours alone reach",
}


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
    return f"{_ALONE[_rival_of(name)]} {reached}{bounds}"


def _of(ratio: float) -> str:
    """Return a ratio as a percentage; above all of it, as it is."""
    return _share(ratio) if ratio < 1.0 else f"{100.0 * ratio:.0f} %"


def _with_chance(layer: LayerProperties) -> str:
    permuted = layer.nulls.get("permuted")
    chance = f", permuted {permuted.score:.3f}" if permuted is not None and permuted.score is not None else ""
    return f"score {layer.score:.3f}{chance}, adjusted p = {layer.p_adjusted:.3g}"

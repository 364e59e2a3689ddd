"""Verdicts on reading attention token to token, from the numbers of ``correspondence``; every threshold is here."""

from __future__ import annotations

import math
from typing import Any

from ...runtime.counting import counted
from ..advice import rounded_up, texts_for_fit, texts_for_rise
from ..enough import too_few_permutations, too_many_unknown
from ..numbers import numbers
from ..shared import Verdict
from ..wording import share
from .result import CorrespondenceResult, LayerCorrespondence, TokenScore

__all__ = [
    "DOMINANT", "FOLLOWS_CONTENT", "FOREIGN_SHARE", "NO_TOKENS_APART", "SHORTEST", "TOKENS_PER_DIMENSION",
    "correspondence_verdicts", "rises",
]  # fmt: skip

DOMINANT = 0.5
FOLLOWS_CONTENT = 0.5
FOREIGN_SHARE = 0.5
LOST = 0.2
STILL_RISING = 0.02
TOKENS_PER_DIMENSION = 2
# tokens that are not special; shorter texts are not evaluated
SHORTEST = 8
# with this many texts, all fall into one half once in a thousand runs
ENOUGH_FOR_BOTH_HALVES = 11
NO_TOKENS_APART = "no token that can be told apart from the others of its text"


def rises(low: float, high: float) -> bool:
    """Tell whether a map still gains from text: by the interval of the gain in identification from twice the text."""
    return high > STILL_RISING and low > 0.0


def correspondence_verdicts(result: CorrespondenceResult) -> list[Verdict]:
    """Return one verdict per attention layer: may it be read token to token?

    Attention layer l reads hidden state l - 1. The verdict is undecided where too many tokens are unknown, kappa is
    undefined or no permutation can reach alpha (layer 1 needs none: it reads the input embeddings). Then the tests
    decide in this order: supported, undecided, unsupported, weakened.
    """
    verdicts = []
    for attention_layer in range(1, len(result.layers)):
        layer = result.layers[attention_layer - 1]
        verdict, because = _judge(layer, result)
        claim = f"attention layer {attention_layer} may be read token to token"
        kappa = _numbers(layer.maps["linear"].token)
        verdicts.append(Verdict(claim, "correspondence", verdict, because, attention_layer, kind="attention", **kappa))
    return verdicts


def _numbers(linear: TokenScore) -> dict[str, Any]:
    same = "every permutation gives the same" if linear.p_adjusted is None else "one text gives no interval"
    found = (linear.kappa, linear.kappa_ci, linear.p_adjusted)
    # the other requirements, swap and foreign, have bounds of their own
    return numbers("kappa", found, linear.reason or same, None)


def _judge(layer: LayerCorrespondence, result: CorrespondenceResult) -> tuple[str, str]:
    linear, centred = layer.maps["linear"].token, layer.maps["centred"].token
    unknown = too_many_unknown(result.unknown)
    if unknown:
        return "undecided", unknown
    if linear.kappa is None or linear.identification is None:
        return "undecided", f"{linear.reason}{_remedy(linear.reason, result)}"
    if layer.layer == 0:
        return "supported", "it reads the input embeddings themselves"
    few = too_few_permutations(result.permutations, smallest_p(result), result.alpha)
    if few:
        return "undecided", few
    lacking = _lacking(layer, linear, centred, result.threshold)
    if not lacking:
        return "supported", _found(layer, linear, centred)
    short = _too_little(layer, linear, result)
    if short:
        return "undecided", short
    position = _position(layer)
    if linear.p_adjusted is None or linear.p_adjusted > result.alpha:
        p = "every permutation gives the same" if linear.p_adjusted is None else f"adjusted p = {linear.p_adjusted:.3g}"
        return "unsupported", (
            f"a linear map finds {share(linear.identification)} of tokens, chance finds {share(linear.chance)} ({p})"
            + position
        )
    if linear.kappa_ci is not None and linear.kappa_ci[1] < LOST:
        return "unsupported", (
            f"identity is nearly lost: linear kappa is at most {linear.kappa_ci[1]:.2f}, below {LOST}" + position
        )
    return "weakened", "; ".join(lacking) + position


def smallest_p(result: CorrespondenceResult) -> float:
    """Return the smallest p that the permutations of a result can give."""
    return max(1.0 / (result.permutations + 1.0), result.smallest_p or 0.0)


def _lacking(layer: LayerCorrespondence, linear: TokenScore, centred: TokenScore, threshold: float) -> list[str]:
    """Say what is missing for ``supported``."""
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
            f"swapped tokens are followed in {share(layer.swap.content_share)} of cases only "
            f"(lower bound {layer.swap.ci[0]:.2f}, {FOLLOWS_CONTENT:g} needed)"
        )
    if layer.foreign.linear is None:
        lacking.append(f"foreign texts not measured: {layer.foreign.reason or 'no fit half'}")
    elif linear.identification is not None and layer.foreign.linear > FOREIGN_SHARE * linear.identification:
        lacking.append(
            f"position passes as identity: {share(layer.foreign.linear)} are found in a text they are not from"
        )
    return lacking


def _found(layer: LayerCorrespondence, linear: TokenScore, centred: TokenScore) -> str:
    return (
        f"a linear map finds {share(linear.identification)} of tokens (chance {share(linear.chance)}), "
        f"{share(centred.identification)} are nearest without one, and swapped tokens are followed in "
        f"{share(layer.swap.content_share)} of cases"
    )


def _too_little(layer: LayerCorrespondence, linear: TokenScore, result: CorrespondenceResult) -> str | None:
    """Return the reason if there is too little text for a verdict, else None."""
    rise = layer.rise
    if rise.ci is not None and rises(*rise.ci):
        return (
            f"identification still rises with more text (by {rise.value:.3f} from half to all of it, at most "
            f"{rise.ci[1]:.3f}, where {STILL_RISING:g} is allowed); {_more(result, rise.ci[1])}"
        )
    needed = TOKENS_PER_DIMENSION * result.hidden_size
    if result.fit_tokens < needed and linear.p_adjusted is not None and linear.p_adjusted <= result.alpha:
        return (
            f"the fit half has {counted(result.fit_tokens, 'token', spec=',')}, twice the hidden size, "
            f"{result.hidden_size} x "
            f"{TOKENS_PER_DIMENSION} = {needed:,}, is needed; {_more(result)}"
        )
    return None


def _more(result: CorrespondenceResult, high: float | None = None) -> str:
    """Say how many texts the fit half needs; ``high`` is the upper bound of the remaining gain from twice the text."""
    given, needed = result.given, TOKENS_PER_DIMENSION * result.hidden_size
    if not given:
        # a result of an earlier version does not contain its number of texts
        short = 2 * math.ceil(needed / max(1, result.fit_tokens))
        times = short if high is None else texts_for_rise(1, high, STILL_RISING)
        return f"give {times} times as many texts"
    wanted = given
    if result.fit_tokens < needed:
        wanted = texts_for_fit(given, result.fit_tokens + result.evaluated_tokens, result.fit_tokens, needed)
    if high is not None:
        # with fewer tokens than this, the gain from more text may still grow
        wanted = texts_for_rise(wanted, high, STILL_RISING)
    return f"give about {rounded_up(wanted):,} texts of this length (now {given:,})"


def _remedy(reason: str | None, result: CorrespondenceResult) -> str:
    """Say how to give a layer without a score one."""
    if reason == NO_TOKENS_APART:
        return "; give texts whose tokens differ"
    needed = TOKENS_PER_DIMENSION * result.hidden_size
    wanted = max(ENOUGH_FOR_BOTH_HALVES, texts_for_fit(0, SHORTEST, 0, needed) if needed else 0)
    return (
        f"; give {rounded_up(wanted):,} further texts of {SHORTEST} tokens or more, which are dealt to two halves "
        "(fewer, where they are longer)"
    )


def _position(layer: LayerCorrespondence) -> str:
    """Name position as the cue, where raw retrieval works almost as well in a text that does not hold the token.

    Only where raw retrieval works at all: at chance both shares are small, and their ratio means nothing.
    """
    raw = layer.maps["raw"].token
    if layer.foreign.raw is None or raw.identification is None or raw.kappa_ci is None or raw.kappa_ci[0] <= 0.0:
        return ""
    if layer.foreign.raw <= FOREIGN_SHARE * raw.identification:
        return ""
    return (
        f"; raw retrieval follows position: {share(layer.foreign.raw)} of tokens retrieve their own position in "
        "a text that they are not from"
    )

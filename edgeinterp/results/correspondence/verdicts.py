"""Verdicts on reading attention token to token, from the numbers of ``correspondence``; every threshold is here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ...runtime.counting import counted
from ..advice import rounded_up, texts_for_fit, texts_for_rise, texts_to_clear
from ..enough import too_few_permutations, too_many_unknown
from ..numbers import numbers
from ..shared import NEAR, Interval, Verdict
from ..wording import share
from .result import CorrespondenceResult, LayerCorrespondence, TokenScore

__all__ = [
    "FOLLOWS_CONTENT", "FOREIGN_SHARE", "LOST", "MOSTLY", "NO_TOKENS_APART", "RECOVERABLE", "SHORTEST",
    "TOKENS_PER_DIMENSION", "TRIED", "correspondence_verdicts", "found_by_position", "rises",
]  # fmt: skip

# maps that may find the token, each with an interval at 1 - alpha over their number
TRIED = ("linear", "centred", "type_mean")
# kappa that one of them must pass
RECOVERABLE = 0.5
# share of a state that its token must pass, raw and standardised
MOSTLY = 0.5
# share of swapped tokens that must be followed to their new places
FOLLOWS_CONTENT = 0.5
# of identification, that foreign must stay below
FOREIGN_SHARE = 0.5
# kappa that every map must stay below where identity is lost
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

    Attention layer l reads hidden state l - 1. Layer 1 reads the input embeddings themselves: ``supported`` by
    definition. Nothing is decided where too many tokens are unknown, no token can be told apart or no permutation can
    give alpha. Then the order of the tests is supported, position is what is found, weakened, too little text, lost;
    the rest is undecided.
    """
    verdicts = []
    for attention_layer in range(1, len(result.layers)):
        layer = result.layers[attention_layer - 1]
        judged = _judge(layer, result)
        claim = f"attention layer {attention_layer} may be read token to token"
        verdicts.append(
            Verdict(
                claim, "correspondence", judged.verdict, judged.because, attention_layer, kind="attention",
                borderline=_borderline(layer, judged), by_definition=judged.by_definition, **_numbers(layer, judged),
            )
        )  # fmt: skip
    return verdicts


@dataclass(frozen=True)
class _Judged:
    """A verdict with its reason.

    ``decides`` is what its numbers are of: one of the two shares, or kappa of one map (by default of the one that finds
    most); ``bounds`` are the values that its interval was held against.
    """

    verdict: str
    because: str
    decides: str = ""
    bounds: tuple[float, ...] = ()
    by_definition: bool = False


def _borderline(layer: LayerCorrespondence, judged: _Judged) -> bool:
    """Tell whether a bound of the interval that decides lies within a tenth of its width of where it would not."""
    ci = _of(layer, judged.decides)[1]
    if ci is None:
        return False
    near = NEAR * (ci[1] - ci[0])
    return any(abs(edge - bound) < near for edge in ci for bound in judged.bounds)


def _judge(layer: LayerCorrespondence, result: CorrespondenceResult) -> _Judged:
    """Judge the attention that reads one hidden state."""
    linear = layer.maps["linear"].token
    unknown = too_many_unknown(result.unknown)
    if unknown:
        return _Judged("undecided", unknown)
    if linear.kappa is None or linear.identification is None:
        return _Judged("undecided", f"{linear.reason}{_remedy(linear.reason, result)}")
    if layer.layer == 0:
        return _Judged("supported", "by definition: it reads the input embeddings themselves", by_definition=True)
    few = too_few_permutations(result.permutations, smallest_p(result), result.alpha)
    if few:
        return _Judged("undecided", few)
    return _measured(layer, linear, result)


def _measured(layer: LayerCorrespondence, linear: TokenScore, result: CorrespondenceResult) -> _Judged:
    """Judge by the numbers, once they can decide."""
    recoverable, side = _recoverable(layer), _side(layer)
    positional = _open_to_position(layer, linear)
    if recoverable and side == "above" and not positional:
        return _Judged("supported", _found(layer), _nearer(layer), (MOSTLY,))
    found_position = found_by_position(layer)
    if _found_at_all(layer) and side == "below" and not found_position:
        because = f"{_finds(layer)}; but {_shares(layer)}: the state is mostly about something else"
        return _Judged("weakened", because, _nearer(layer), (MOSTLY,))
    # what a map finds for sure, more text does not take away
    short = _too_little(layer, linear, result)
    if short and (found_position or not recoverable):
        return _Judged("undecided", short)
    position = _position(layer)
    if found_position:
        return _Judged("unsupported", f"position is what is found: {found_position}{position}")
    highest, name = _highest(layer, linear)
    if highest < LOST:
        because = f"identity is nearly lost: kappa is at most {highest:.2f} with every map and more text, below {LOST}"
        found = f"the linear one finds {share(linear.identification)} of tokens, chance {share(linear.chance)}"
        return _Judged("unsupported", f"{because} ({found}){position}", name, (LOST,))
    return _undecided(layer, positional, position, result)


def _recoverable(layer: LayerCorrespondence) -> bool:
    ci = layer.recoverable.ci
    return ci is not None and ci[0] > RECOVERABLE


def _found_at_all(layer: LayerCorrespondence) -> bool:
    """Tell whether identity is not lost: what a state is mostly about does not wait for a map that is sure."""
    ci = layer.recoverable.ci
    return ci is not None and ci[0] > LOST


def _highest(layer: LayerCorrespondence, linear: TokenScore) -> tuple[float, str]:
    """Return the largest kappa that any map may have, were there twice the text, and the map; infinite without any."""
    kappas = {name: one.ci for name, one in layer.recoverable.maps.items() if one.ci is not None}
    gain = 0.0 if layer.rise.ci is None else max(0.0, layer.rise.ci[1]) / max(1e-9, 1.0 - (linear.chance or 0.0))
    highs = [(high + gain * (name == "linear"), name) for name, (_, high) in kappas.items()]
    return max(highs, default=(math.inf, ""))


def _side(layer: LayerCorrespondence) -> str:
    """Tell on which side of one half the share lies, raw and standardised: ``above``, ``below``, or neither."""
    raw, standardised = layer.share.ci, layer.share.standardised_ci
    if raw is None or standardised is None:
        return ""
    if min(raw[0], standardised[0]) > MOSTLY:
        return "above"
    return "below" if max(raw[1], standardised[1]) < MOSTLY else ""


def _nearer(layer: LayerCorrespondence) -> str:
    """Return which of the two shares has its bound nearer to one half, or beyond it."""
    raw, standardised = layer.share.ci, layer.share.standardised_ci
    if raw is None or standardised is None:
        return "share"

    def beyond(ci: tuple[float, float]) -> float:
        return max(ci[0] - MOSTLY, MOSTLY - ci[1])

    return "share" if beyond(raw) <= beyond(standardised) else "share, standardised"


def found_by_position(layer: LayerCorrespondence) -> str:
    """Say by what it shows that the linear map finds a position, not its token; empty where nothing shows it."""
    linear, foreign, swap = layer.maps["linear"].token, layer.foreign, layer.swap
    if linear.kappa_ci is None or linear.kappa_ci[0] <= 0.0 or linear.identification is None:
        return ""
    shown = []
    if foreign.ci is not None and foreign.ci[0] > FOREIGN_SHARE * linear.identification:
        shown.append(f"{share(foreign.linear)} are found in a text they are not from")
    tried = layer.recoverable.maps.get("linear")
    sure = tried is not None and tried.ci is not None and tried.ci[0] > RECOVERABLE
    if sure and swap.ci is not None and swap.ci[1] < FOLLOWS_CONTENT:
        shown.append(f"swapped tokens are followed in {share(swap.content_share)} of cases only")
    return "; ".join(shown)


def _open_to_position(layer: LayerCorrespondence, linear: TokenScore) -> list[str]:
    """Return, in words, why position is not excluded; empty where it is by one of the maps that find the token."""
    sure = [name for name, one in layer.recoverable.maps.items() if one.ci is not None and one.ci[0] > RECOVERABLE]
    found = [_open_with(name, layer, linear) for name in sure]
    return min(found, key=len) if found else _open_with("linear", layer, linear)


def _open_with(name: str, layer: LayerCorrespondence, linear: TokenScore) -> list[str]:
    """Return why position is not excluded, where one map is what finds the token.

    Means of token ids are of other texts and of all positions: the bound of foreign does not apply to them. It must be
    measured all the same: without a control that a claim needs nothing is supported.
    """
    swap, foreign, why = layer.swap, layer.foreign, []
    one = swap.maps.get(name)
    if one is None or one.ci is None:
        why.append(swap.reason or "swap not measured")
    elif one.ci[0] <= FOLLOWS_CONTENT:
        why.append(
            f"swapped tokens are followed in {share(one.content_share)} of cases "
            f"(lower bound {one.ci[0]:.2f}, {FOLLOWS_CONTENT:g} needed)"
        )
    if foreign.ci is None:
        why.append(f"foreign texts not measured: {foreign.reason or 'they give no interval'}")
        return why
    bound = None if linear.identification is None else FOREIGN_SHARE * linear.identification
    if name in layer.maps and bound is not None and foreign.ci[1] >= bound:
        half = f"below {bound:.2f}, {FOREIGN_SHARE:g} of identification, needed"
        why.append(
            f"position may pass as identity: {share(foreign.linear)} are found in a text they are not from "
            f"(upper bound {foreign.ci[1]:.2f}, {half})"
        )
    return why


def _undecided(
    layer: LayerCorrespondence, positional: list[str], position: str, result: CorrespondenceResult
) -> _Judged:
    """Say what keeps a layer from a verdict, and what would decide it."""
    if not _recoverable(layer):
        best = layer.recoverable
        kappa = f"{best.map} kappa {_value(best.kappa, best.ci)}, {RECOVERABLE:g} needed"
        because = f"no map is sure to find the token ({kappa}); {_more_for(best.kappa, best.ci, RECOVERABLE, result)}"
        return _Judged("undecided", because + position, bounds=(LOST, RECOVERABLE))
    if _side(layer) == "above":
        return _Judged("undecided", "; ".join(positional) + position)
    one = layer.share
    if one.ci is None or one.standardised_ci is None:
        return _Judged("undecided", f"how much of the state is its token was not measured: {one.reason}")
    low, high = sorted((one.ci, one.standardised_ci))
    if low[1] < MOSTLY < high[0]:
        because = f"{_shares(layer)}: a few dimensions decide on which side of {MOSTLY:g} it lies; more text does not"
        return _Judged("undecided", because, "share")
    name = _nearer(layer)
    value, ci = _of(layer, name)
    return _Judged("undecided", f"{_shares(layer)}; {_more_for(value, ci, MOSTLY, result)}", name, (MOSTLY,))


def _more_for(value: float | None, ci: Interval, bound: float, result: CorrespondenceResult) -> str:
    """Say about how many texts bring an interval to one side of a bound."""
    if value is None or ci is None:
        return "give more texts"
    if not ci[0] <= bound <= ci[1]:
        return f"more text will not decide: it lies between {LOST:g} and {RECOVERABLE:g}"
    wanted = texts_to_clear(result.given or 1, value, ci, bound)
    if wanted is None:
        return f"it lies so near {bound:g} that more text will hardly decide"
    return f"about {rounded_up(wanted):,} texts of this length (now {result.given:,}) would decide"


def _of(layer: LayerCorrespondence, name: str) -> tuple[float | None, Interval]:
    """Return the value and the interval of one of the two shares, or of the kappa of a map."""
    one, best = layer.share, layer.recoverable
    shares = {"share": (one.value, one.ci), "share, standardised": (one.standardised, one.standardised_ci)}
    if name in shares:
        return shares[name]
    kappa = best.maps.get(name, best)
    return kappa.kappa, kappa.ci


def _value(value: float | None, ci: Interval) -> str:
    number = "unknown" if value is None else f"{value:.2f}"
    return number if ci is None else f"{number} [{ci[0]:.2f}, {ci[1]:.2f}]"


def _shares(layer: LayerCorrespondence) -> str:
    one = layer.share
    return (
        f"the token makes up {_value(one.value, one.ci)} of the state, "
        f"{_value(one.standardised, one.standardised_ci)} with dimensions at unit variance"
    )


def _finds(layer: LayerCorrespondence) -> str:
    best = layer.recoverable
    named = {"type_mean": "the means of token ids"}.get(best.map or "", f"the {best.map} map")
    verb, what = ("recover", "the token") if _recoverable(layer) else ("find", "some of the tokens")
    return f"{named} {verb}{'' if best.map == 'type_mean' else 's'} {what} (kappa {_value(best.kappa, best.ci)})"


def _found(layer: LayerCorrespondence) -> str:
    followed = max(one.content_share or 0.0 for one in layer.swap.maps.values())
    return f"{_shares(layer)}; {_finds(layer)}, and swapped tokens are followed in {share(followed)} of cases"


def _numbers(layer: LayerCorrespondence, judged: _Judged) -> dict[str, Any]:
    """Return the numbers of what decides: one of the two shares, or kappa of a map."""
    name = judged.decides
    if name.startswith("share"):
        return numbers("share", (*_of(layer, name), None), f"{name}: its interval decides, there is no p-value", None)
    name = name or layer.recoverable.map or "linear"
    found, linear = _of(layer, name), layer.maps["linear"].token
    if layer.layer == 0 or found[0] is None:
        found = linear.kappa, linear.kappa_ci
    scores = layer.maps.get(name)
    if scores is None:
        return numbers("kappa", (*found, None), "the means of token ids have no p-value", None)
    same = "every permutation gives the same" if scores.token.p_adjusted is None else "one text gives no interval"
    return numbers("kappa", (*found, scores.token.p_adjusted), scores.token.reason or same, None)


def smallest_p(result: CorrespondenceResult) -> float:
    """Return the smallest p that the permutations of a result can give."""
    return max(1.0 / (result.permutations + 1.0), result.smallest_p or 0.0)


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

"""Verdicts on whether attention follows influence, from the numbers of ``influence``; every threshold is here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ...runtime.counting import counted
from ..advice import fewest_permutations
from ..controls import Control
from ..enough import too_many_unknown
from ..numbers import numbers
from ..rule import Effect, Rival, Ruling, delta_of, rule
from ..shared import Verdict
from .controls import CHEAPER, CONTROLS, FEWEST_RANDOM, RANDOM_PARTS, SALIENCE
from .result import Agreement, BeyondChance, InfluenceResult, ReadingInfluence, RivalAgreement

__all__ = [
    "FEWEST_IN_GROUP", "FEWEST_TEXTS", "LEAST_PAIR", "SHORTEST", "influence_verdicts", "judged_reading",
    "too_few_texts", "with_verdicts",
]  # fmt: skip

# texts whose influence can be exchanged
FEWEST_TEXTS = 20
# without any one text, two must remain to exchange
FEWEST_IN_GROUP = 3
# tokens that are not special
SHORTEST = 8
# pair that salience alone can leave, where its product is too weak to be found and taken out (docs/method.md)
LEAST_PAIR = 0.02


def with_verdicts(result: InfluenceResult) -> InfluenceResult:
    """Return the result with a verdict on every reading, and its list of verdicts.

    By the one rule (``results/rule.py``), with gain as the margin over ``profile``, which refutes, and pair as the
    margin over ``salience``, which weakens; both need an adjusted p of at most alpha, and pair's lower bound must be
    above .02: so much salience alone can leave. A reading that costs more must also gain more than attention and
    rollout do, or is weakened. Undecided also where too many tokens are unknown, fewer than 20 texts can exchange their
    influence, permutations cannot reach alpha, or there are fewer than two random models. In the one row of special
    tokens pair is not asked.
    """
    layers = [
        replace(layer, readings=[judged_reading(one, result) for one in layer.readings]) for layer in result.layers
    ]
    result = replace(result, layers=layers)
    return replace(result, verdicts=influence_verdicts(result))


def judged_reading(one: ReadingInfluence, result: InfluenceResult) -> ReadingInfluence:
    """Return a reading with its verdict."""
    named = {name: Rival(rival.score, rival.margin, rival.reason) for name, rival in one.rivals.items()}
    ruling = _judge(one, named, result, one.key.replace("_rolled_up", ", rolled up,").replace("_", " "), one.query)
    return replace(one, verdict=ruling.verdict, because=ruling.because)


def influence_verdicts(result: InfluenceResult) -> list[Verdict]:
    """Return verdicts on mean attention and rollout at every attention layer, and on the head that the user named.

    Verdicts on other readings stand beside their numbers: to try many of them is not to claim them.
    """
    verdicts = []
    for layer in result.layers:
        claim, found = f"mean attention of layer {layer.attention_layer} follows influence", layer.attention
        verdicts.append(_judged(claim, "attention", layer.attention_layer, found, found.rivals, result))
    for layer in result.layers:
        claim = f"rollout up to layer {layer.attention_layer} follows influence"
        verdicts.append(_judged(claim, "rollout", layer.attention_layer, layer.rollout, layer.rollout.rivals, result))
    if result.head is not None:
        head = result.head
        kind = f"head {head.attention_layer}.{head.head}"
        claim = f"{kind} follows influence"
        verdicts.append(_judged(claim, kind, head.attention_layer, head.agreement, head.rivals, result))
    return verdicts


def _judged(
    claim: str, kind: str, layer: int, found: Agreement, rivals: Mapping[str, RivalAgreement], result: InfluenceResult
) -> Verdict:
    named = {name: Rival(one.score, one.margin, one.reason) for name, one in rivals.items()}
    ruling = _judge(found, named, result, "rollout" if kind == "rollout" else "attention")
    gain = found.gain
    shown = numbers("gain", (gain.value, gain.ci, gain.p_adjusted), gain.reason or found.reason, named, ruling.deciding)
    return Verdict(
        claim, "influence", ruling.verdict, ruling.because, attention_layer=layer, kind=kind,
        borderline=ruling.borderline, **shown,
    )  # fmt: skip


def _table(what: str, query: str) -> list[Control]:
    """Return the controls that bear on a reading."""
    left_out = {CHEAPER.name} if what in ("attention", "rollout") else set()
    left_out |= {SALIENCE.name} if query == "special" else set()
    return [one for one in CONTROLS if one.name not in left_out]


def _judge(
    found: Agreement, rivals: dict[str, Rival], result: InfluenceResult, what: str, query: str = "token"
) -> Ruling:
    why = _why_undecided(found, result)
    if why:
        return Ruling("undecided", why, [])
    gain = found.gain
    assert gain.value is not None
    effect = Effect(
        _numbers("gain", gain), gain.value, None, gain.p_adjusted, 0.0, delta_of("gain", result.equal),
        f"{what} adds nothing to the profile",
    )  # fmt: skip
    ruling = rule(_table(what, query), effect, rivals, result.alpha, (result.texts, "texts"), what)
    if ruling.verdict == "weakened" and query == "token" and found.pair.outcome in ("equal", "wins"):
        return replace(ruling, because=f"{ruling.because}; {what} knows which tokens matter, not for whom")
    if ruling.verdict == "undecided" and ruling.deciding and set(ruling.deciding) <= set(RANDOM_PARTS.values()):
        known = f"{counted(result.random_models, 'random model')} on {counted(result.random_texts, 'text')}"
        told = ruling.because.rpartition("; ")[0]
        return replace(ruling, because=f"{told}; more texts will not decide: the margin is over {known}")
    if ruling.verdict != "supported":
        return ruling
    if 0 < result.random_models < FEWEST_RANDOM:
        return Ruling("undecided", f"{result.random_models} random model, {FEWEST_RANDOM} are needed", [])
    if query == "special":
        return ruling
    pair = found.pair
    if pair.p_adjusted is None or pair.p_adjusted > result.alpha:
        return Ruling("undecided", f"{_numbers('pair', pair)}: not above that of exchanged texts", [SALIENCE.name])
    if pair.ci is None or pair.ci[0] <= LEAST_PAIR:
        little = pair.within is not None and pair.delta is not None and pair.within < pair.delta
        reached = f"{_numbers('pair', pair)}: no more than salience alone can leave ({LEAST_PAIR:g})"
        return Ruling(
            "weakened" if little else "undecided", f"{_numbers('gain', gain)}, but {reached}", [SALIENCE.name]
        )
    return replace(ruling, because=f"{_numbers('pair', pair)}, {ruling.because}")


def _why_undecided(found: Agreement, result: InfluenceResult) -> str | None:
    """Say why nothing can be decided, whatever the rivals give."""
    unknown = too_many_unknown(result.unknown)
    if unknown:
        return unknown
    if found.rho is None:
        return found.reason or "influence could not be measured"
    if result.exchangeable < FEWEST_TEXTS:
        return too_few_texts(result.exchangeable, result.texts, result.replacement == "given")
    if result.smallest_p is None or result.smallest_p > result.alpha:
        return _too_few_exchanges(result)
    untested = found.gain.p_adjusted is None
    # a reading whose weight is 0 in every exchange has no p, and is shown to add nothing
    if found.gain.value is None or (untested and found.gain.outcome != "equal"):
        return found.gain.reason or "no permutation test"
    return None


def too_few_texts(exchangeable: int, texts: int, arrays: bool) -> str:
    """Say how many more texts are needed, or how to make the given texts exchangeable.

    Parameters
    ----------
    exchangeable : int
        Texts that can exchange their influence, fewer than 20.
    texts : int
        All texts.
    arrays : bool
        Whether the caller replaced the tokens: then texts differ in their positions, or in length.
    """
    found = f"{counted(exchangeable, 'text')} to exchange influence between, {FEWEST_TEXTS} are needed"
    more = (
        f"give at least {counted(FEWEST_TEXTS - texts, 'further text')} of {SHORTEST} tokens or more"
        if texts < FEWEST_TEXTS
        else ""
    )
    if arrays and exchangeable < texts:
        alike = (
            "replace the same positions in all texts, of one length, or say with groups= which texts exchange "
            f"(at least {FEWEST_IN_GROUP} in a group, with the same positions)"
        )
        more = f"{more}, and {alike}" if more else f"replaced positions or lengths differ between texts: {alike}"
    return f"{found}; {more}"


def _too_few_exchanges(result: InfluenceResult) -> str:
    """Say whether permutations or texts in a group are too few for a p of alpha."""
    needed = fewest_permutations(result.alpha)
    if result.permutations < needed or result.smallest_p is None:
        return (
            f"{counted(result.permutations, 'permutation')} cannot give p <= {result.alpha:g}; give at least {needed}"
        )
    return (
        f"these texts can be exchanged in {counted(round(1.0 / result.smallest_p), 'way', spec=',')}, which "
        "cannot give p <= "
        f"{result.alpha:g}; put more texts into each group"
    )


def _numbers(name: str, found: BeyondChance) -> str:
    bounds = "" if found.ci is None else f" (interval {found.ci[0]:.3f} to {found.ci[1]:.3f})"
    p = "" if found.p_adjusted is None else f", adjusted p = {found.p_adjusted:.3g}"
    return f"{name} {found.value:.3f}{bounds}{p}"

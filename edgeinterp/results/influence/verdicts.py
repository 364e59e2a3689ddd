"""Does attention follow influence? Numbers of ``influence`` -> verdicts, with every threshold."""

from __future__ import annotations

from collections.abc import Mapping

from ..advice import fewest_permutations
from ..enough import too_many_unknown
from ..numbers import numbers
from ..shared import Verdict
from .result import Agreement, InfluenceResult, RivalAgreement

__all__ = ["FEWEST_IN_GROUP", "FEWEST_TEXTS", "FOLLOWS", "SHORTEST", "influence_verdicts", "too_few_texts"]

# what refutes the claim where it is not beaten
REFUTING = ("foreign_text",)
# what the lower bound of the rank correlation must reach
FOLLOWS = 0.5
# texts whose influence can be exchanged
FEWEST_TEXTS = 20
# leaving one text out must still leave two to exchange
FEWEST_IN_GROUP = 3
# tokens that are not special
SHORTEST = 8
RIVALS = ("foreign_text", "distance", "random_model")

_REACHES = {
    "foreign_text": "the influence measured in other texts reaches",
    "distance": "distance alone reaches",
    "random_model": "a random model's {} follows its own influence with",
}


def influence_verdicts(result: InfluenceResult) -> list[Verdict]:
    """Return verdicts on mean attention and on rollout at every attention layer, and on the head that is asked about.

    Undecided: too many tokens are unknown, fewer than 20 texts can exchange their influence, or permutations cannot
    reach alpha.
    Unsupported: adjusted p above alpha, ``foreign_text`` is not beaten (the lower bound of its margin is not above 0),
    or the lower bound of rho itself is not above 0: against influence is not along with it. Weakened: all that holds,
    but the lower bound of rho is below 0.5 or another rival is not beaten. Supported: everything holds; undecided
    where only a rival is lacking that was not measured.
    """
    verdicts = []
    for layer in result.layers:
        claim = f"mean attention of layer {layer.attention_layer} follows influence"
        verdicts.append(_judged(claim, "attention", layer.attention_layer, layer.attention, layer.rivals, result))
    for layer in result.layers:
        claim = f"rollout up to layer {layer.attention_layer} follows influence"
        verdicts.append(_judged(claim, "rollout", layer.attention_layer, layer.rollout, layer.rollout_rivals, result))
    if result.head is not None:
        head = result.head
        kind = f"head {head.attention_layer}.{head.head}"
        claim = f"{kind} follows influence"
        verdicts.append(_judged(claim, kind, head.attention_layer, head.agreement, head.rivals, result))
    return verdicts


def _judged(
    claim: str, kind: str, layer: int, found: Agreement, rivals: Mapping[str, RivalAgreement], result: InfluenceResult
) -> Verdict:
    what = "rollout" if kind == "rollout" else "attention"
    verdict, because = _judge(found, rivals, result, what)
    rho = numbers("rho", (found.rho, found.ci, found.p_adjusted), found.reason, rivals, "rho", REFUTING)
    return Verdict(claim, "influence", verdict, because, attention_layer=layer, kind=kind, **rho)


def _judge(
    found: Agreement, rivals: Mapping[str, RivalAgreement], result: InfluenceResult, what: str
) -> tuple[str, str]:
    unknown = too_many_unknown(result.unknown)
    if unknown:
        return "undecided", unknown
    if found.rho is None:
        return "undecided", found.reason or "influence could not be measured"
    if result.exchangeable < FEWEST_TEXTS:
        return "undecided", too_few_texts(result.exchangeable, result.texts, result.replacement == "given")
    if result.smallest_p is None or result.smallest_p > result.alpha:
        return "undecided", _too_few_exchanges(result)
    if found.p_adjusted is not None and found.p_adjusted > result.alpha:
        return "unsupported", f"{_found(found)}: the influence measured in other texts fits as well"
    unbeaten, unmeasured = _unbeaten(rivals)
    if "foreign_text" in unbeaten:
        return "unsupported", f"{_found(found)}: {_alone('foreign_text', rivals, what)}"
    if found.p_adjusted is None or "foreign_text" in unmeasured:
        return "undecided", found.reason or unmeasured.get("foreign_text", "no permutation test")
    lower = None if found.ci is None else found.ci[0]
    if lower is not None and not lower > 0.0:
        return "unsupported", f"{_found(found)}: attention and influence do not agree"
    lacking = [_alone(name, rivals, what) for name in unbeaten]
    if lower is not None and lower < FOLLOWS:
        lacking.insert(0, f"the lower bound of rho is {lower:.2f}, {FOLLOWS:g} is needed")
    if lacking:
        return "weakened", f"{_found(found)}, more than with other texts; but {'; '.join(lacking)}"
    if lower is None:
        return "undecided", "no interval"
    if unmeasured:
        return "undecided", "; ".join(unmeasured.values())
    closest = max(rivals, key=lambda name: rivals[name].rho or 0.0)
    return "supported", f"{_found(found)}; every rival is beaten, the closest: {_alone(closest, rivals, what)}"


def too_few_texts(exchangeable: int, texts: int, arrays: bool) -> str:
    """Say how many texts more there must be, or how those there are come to exchange their influence.

    Parameters
    ----------
    exchangeable : int
        Texts that can exchange their influence, fewer than 20.
    texts : int
        Texts there are.
    arrays : bool
        Whether somebody else replaced the tokens: then texts differ in their positions, or in length.
    """
    found = f"{exchangeable} texts to exchange influence between, {FEWEST_TEXTS} are needed"
    more = (
        f"give at least {FEWEST_TEXTS - texts} further texts of {SHORTEST} tokens or more"
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
    """Say whether permutations or texts in a group are too few for a p that reaches alpha."""
    needed = fewest_permutations(result.alpha)
    if result.permutations < needed or result.smallest_p is None:
        return f"{result.permutations} permutations cannot give p <= {result.alpha:g}; give at least {needed}"
    return (
        f"these texts can be exchanged in {1.0 / result.smallest_p:,.0f} ways, which cannot give p <= "
        f"{result.alpha:g}; put more texts into each group"
    )


def _unbeaten(rivals: Mapping[str, RivalAgreement]) -> tuple[list[str], dict[str, str]]:
    """Return the names of rivals that are not beaten, and in words those that were not measured."""
    unbeaten, unmeasured = [], {}
    for name in RIVALS:
        rival = rivals.get(name)
        if rival is None:
            unmeasured[name] = f"the rival {name} was left out"
        elif rival.margin is None or rival.margin.ci is None:
            unmeasured[name] = f"the rival {name} was not measured ({rival.reason or 'no interval'})"
        elif not rival.margin.ci[0] > 0.0:
            unbeaten.append(name)
    return unbeaten, unmeasured


def _found(found: Agreement) -> str:
    bounds = "" if found.ci is None else f" (interval {found.ci[0]:.2f} to {found.ci[1]:.2f})"
    p = "" if found.p_adjusted is None else f", adjusted p = {found.p_adjusted:.3g}"
    return f"rho {found.rho:.2f}{bounds}{p}"


def _alone(name: str, rivals: Mapping[str, RivalAgreement], what: str) -> str:
    rival = rivals[name]
    assert rival.margin is not None
    assert rival.margin.ci is not None
    reached = "an unknown correlation" if rival.rho is None else f"{rival.rho:.2f}"
    low, high = rival.margin.ci
    margin = f"(margin {rival.margin.value:.3f}, interval {low:.3f} to {high:.3f})"
    return f"{_REACHES[name].format(what)} {reached} {margin}"

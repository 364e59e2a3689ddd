"""Does attention follow influence? Numbers of ``influence`` -> verdicts, with every threshold."""

from __future__ import annotations

from collections.abc import Mapping

from ...runtime.counting import counted
from ..advice import fewest_permutations
from ..controls import compared, refuting, row_of
from ..enough import too_many_unknown
from ..numbers import numbers
from ..shared import Verdict
from .controls import CONTROLS
from .result import Agreement, InfluenceResult, RivalAgreement

__all__ = ["FEWEST_IN_GROUP", "FEWEST_TEXTS", "FOLLOWS", "SHORTEST", "influence_verdicts", "too_few_texts"]

# what the lower bound of the rank correlation must reach
FOLLOWS = 0.5
# texts whose influence can be exchanged
FEWEST_TEXTS = 20
# leaving one text out must still leave two to exchange
FEWEST_IN_GROUP = 3
# tokens that are not special
SHORTEST = 8


def influence_verdicts(result: InfluenceResult) -> list[Verdict]:
    """Return verdicts on mean attention and on rollout at every attention layer, and on the head that is asked about.

    Undecided: too many tokens are unknown, fewer than 20 texts can exchange their influence, or permutations cannot
    reach alpha.
    Unsupported: adjusted p above alpha, a rival that must be beaten for anything at all is not (the lower bound of its
    margin is not above 0; ``controls.py`` says which), or the lower bound of rho itself is not above 0: against
    influence is not along with it. Weakened: all that holds, but the lower bound of rho is below 0.5 or another rival
    is not beaten. Supported: everything holds; undecided where only a rival is lacking that was not measured.
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
    rho = numbers("rho", (found.rho, found.ci, found.p_adjusted), found.reason, rivals, "rho", refuting(CONTROLS))
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
    against = compared(CONTROLS, rivals)
    refuting = [_alone(name, rivals, what) for name in against.that_leave("unsupported")]
    if refuting:
        return "unsupported", f"{_found(found)}: {'; '.join(refuting)}"
    missing = against.lacking("unsupported")
    if found.p_adjusted is None or missing:
        return "undecided", found.reason or "; ".join(missing) or "no permutation test"
    lower = None if found.ci is None else found.ci[0]
    if lower is not None and not lower > 0.0:
        return "unsupported", f"{_found(found)}: attention and influence do not agree"
    lacking = [_alone(name, rivals, what) for name in against.that_leave("weakened")]
    if lower is not None and lower < FOLLOWS:
        lacking.insert(0, f"the lower bound of rho is {lower:.2f}, {FOLLOWS:g} is needed")
    if lacking:
        return "weakened", f"{_found(found)}, more than with other texts; but {'; '.join(lacking)}"
    if lower is None:
        return "undecided", "no interval"
    if against.unmeasured:
        return "undecided", "; ".join(against.lacking())
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
    """Say whether permutations or texts in a group are too few for a p that reaches alpha."""
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
    control = row_of(CONTROLS, name)
    reaches = control.reaches.format(what) if control else f"{name} reaches"
    return f"{reaches} {reached} {margin}"

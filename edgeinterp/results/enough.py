"""Is there enough to decide anything? What every check asks before it judges, and whether it judged at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..runtime.counting import counted
from .advice import fewest_permutations
from .shared import Verdict
from .wording import share

__all__ = ["MOST_UNKNOWN", "too_few_permutations", "too_many_unknown", "unjudged", "where_cut"]

# share of tokens that the tokenizer does not know, from which on a model is not judged by these texts. Half is too
# late: SentencePiece gives an unknown word two tokens, its mark of a space and the unknown one
MOST_UNKNOWN = 1.0 / 3.0


def too_few_permutations(permutations: int, smallest: float, alpha: float) -> str | None:
    """Return, in words, why the smallest attainable p is above alpha; None where it is not."""
    if smallest <= alpha:
        return None
    needed = fewest_permutations(alpha)
    if permutations < needed:
        return f"{counted(permutations, 'permutation')} cannot give p <= {alpha:g}; give at least {needed}"
    return f"these data can be permuted in too few ways: p cannot be below {smallest:.3g}, {alpha:g} is needed"


def too_many_unknown(unknown: float) -> str | None:
    """Return, in words, why texts of this share of unknown tokens decide nothing; None where they may."""
    if unknown < MOST_UNKNOWN:
        return None
    return f"{share(unknown)} of tokens are unknown to this tokenizer; give texts that the model was made for"


def unjudged(checks: Iterable[str], found: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Return those checks that judged nothing, with the reason: no claim, or every claim undecided.

    Parameters
    ----------
    checks : iterable of str
        The checks that were asked for.
    found : sequence of (str, str, str)
        Check, verdict and reason of every claim.
    """
    nothing = {}
    for check in checks:
        own = [(verdict, because) for name, verdict, because in found if name == check]
        if all(verdict == "undecided" for verdict, _ in own):
            nothing[check] = own[0][1] if own else "it found no claim to judge"
    return nothing


def where_cut(verdicts: list[Verdict], why: str) -> list[Verdict]:
    """Return verdicts as they are or, where ``why`` says that a budget cut what a check needs, none unsupported.

    What was undecided anyway says so too: its reason may be what the budget left.
    """
    if not why:
        return verdicts
    return [
        replace(one, verdict="undecided", because=f"{why}; {one.because}")
        if one.verdict in ("unsupported", "undecided")
        else one
        for one in verdicts
    ]

"""Decide whether there is enough data to judge anything, and whether a check judged anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..runtime.counting import counted
from .advice import fewest_permutations
from .shared import Verdict
from .wording import share

__all__ = ["MOST_UNKNOWN", "too_few_permutations", "too_many_unknown", "unjudged", "where_cut"]

# share of unknown tokens above which these texts cannot judge a model. Half would be too late: SentencePiece gives an
# unknown word two tokens, its mark of a space and the unknown token
MOST_UNKNOWN = 1.0 / 3.0


def too_few_permutations(permutations: int, smallest: float, alpha: float) -> str | None:
    """Say why the smallest attainable p is above alpha; None where it is not."""
    if smallest <= alpha:
        return None
    needed = fewest_permutations(alpha)
    if permutations < needed:
        return f"{counted(permutations, 'permutation')} cannot give p <= {alpha:g}; give at least {needed}"
    return f"these data can be permuted in too few ways: p cannot be below {smallest:.3g}, {alpha:g} is needed"


def too_many_unknown(unknown: float) -> str | None:
    """Say why texts with this share of unknown tokens decide nothing; None where they can decide."""
    if unknown < MOST_UNKNOWN:
        return None
    return f"{share(unknown)} of tokens are unknown to this tokenizer; give texts that the model was made for"


def unjudged(checks: Iterable[str], found: Sequence[tuple[str, str, str]]) -> dict[str, str]:
    """Return the checks that judged nothing, with the reason: no claim, or every claim undecided.

    Parameters
    ----------
    checks : iterable of str
        The requested checks.
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
    """Return verdicts unchanged or, where ``why`` says that a budget cut the check short, with none unsupported.

    Verdicts that were undecided anyway carry the reason too: the budget may have caused them.
    """
    if not why:
        return verdicts
    return [
        replace(one, verdict="undecided", because=f"{why}; {one.because}")
        if one.verdict in ("unsupported", "undecided")
        else one
        for one in verdicts
    ]

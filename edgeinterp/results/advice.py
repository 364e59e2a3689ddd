"""Say in numbers how much more data or permutations would decide, by the same rules as the verdict."""

from __future__ import annotations

import math

__all__ = ["fewest_permutations", "rounded_up", "texts_for_fit", "texts_for_rise"]

# margin, in standard deviations, for the hash that assigns texts to the two halves
MARGIN = 2.0
# deviation of one further text's contribution to the fit half, in mean text lengths: a text enters with probability
# 1/2, and lengths vary by some 70 %
SPREAD = 0.7
# of the gain from twice the text, in powers of the number of texts
DECAY = 0.75


def fewest_permutations(level: float) -> int:
    """Return the least B for which 1 / (B + 1) is not above a level."""
    count = max(1, math.ceil(1.0 / level) - 2)
    while 1.0 / (count + 1.0) > level:
        count += 1
    return count


def texts_for_fit(given: int, tokens: int, fit_tokens: int, needed: int) -> int:
    r"""Return how many texts are needed for a given number of tokens in the fit half.

    Of M further texts of mean length m about half fall into it, each with a deviation of at most .7 m: M is the least
    with :math:`M m / 2 - 2 \cdot 0.7\, m \sqrt M \ge` the missing tokens.

    Parameters
    ----------
    given : int
        Distinct texts so far.
    tokens : int
        Their tokens.
    fit_tokens : int
        Tokens of the fit half.
    needed : int
        Tokens that the fit half needs.
    """
    lacking = (needed - fit_tokens) / max(1.0, tokens / max(1, given))
    root = MARGIN * SPREAD
    further: int = max(1, math.ceil((root + math.sqrt(root**2 + 2.0 * max(0.0, lacking))) ** 2))
    return given + further


def texts_for_rise(given: int, high: float, allowed: float) -> int:
    """Return how many texts are needed until doubling them no longer helps.

    With many texts the gain from twice the text halves with each doubling, as the error of a fit does; with few texts
    it falls more slowly. It is taken to fall by 2 to the power of .75. The result is the number of doublings, at least
    one, that brings its upper bound below the allowed value.
    """
    doublings: int = max(1, math.ceil(math.log2(high / allowed) / DECAY))
    return given << doublings


def rounded_up(count: int) -> int:
    """Round up to two significant digits, not below ``count``: advice needs no exact number of texts."""
    unit: int = 10 ** max(0, len(str(count)) - 2)
    return -(-count // unit) * unit

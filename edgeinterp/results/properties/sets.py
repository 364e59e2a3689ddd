"""Result types of ``properties`` for several sets of norms: how two sets differ, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..shared import Interval

__all__ = ["SetDifference", "SetPair", "SharedScore"]


@dataclass(frozen=True)
class SharedScore:
    """One set's score, verdict and reason at one hidden state, on the concepts that it shares with another set."""

    score: float | None
    ci: Interval
    p_adjusted: float | None
    verdict: str
    because: str


@dataclass(frozen=True)
class SetDifference:
    r"""What two sets' scores differ by at one hidden state, a less b, and its three parts.

    .. math:: s_A - s_B = [(s_A - n_A) - (s_B - n_B)] + [(n_A - c_A) - (n_B - c_B)] + [c_A - c_B]

    with s the score on a set's own concepts, n on as many of them as are shared, drawn at random, and c on the shared
    concepts.

    Attributes
    ----------
    layer : int
        The hidden state.
    a, b : SharedScore
        Both sets on the shared concepts.
    total : float or None
        Difference of the scores on each set's own concepts.
    number, concepts, features : float or None
        What the number of concepts, the choice of concepts and the features contribute; they sum to ``total``.
    features_ci : (float, float) or None
        Interval of ``features``, paired over the shared concepts, at this hidden state alone.
    """

    layer: int
    a: SharedScore
    b: SharedScore
    total: float | None
    number: float | None
    concepts: float | None
    features: float | None
    features_ci: Interval


@dataclass(frozen=True)
class SetPair:
    """Two sets of norms: do they order hidden states alike, and what do their scores differ by?

    Attributes
    ----------
    a, b : str
        Names of the sets (``PropertiesResult.name``).
    concepts : int
        Concepts in common: those whose word both sets have once.
    rho : float or None
        Spearman's correlation of the two sets' scores over hidden states, each on its own concepts.
    rho_shared : float or None
        The same on the shared concepts.
    features_a, features_b : int
        Features of each set that have a score of their own on the shared concepts.
    layers : list of SetDifference
        Empty where too few concepts are shared.
    reason : str or None
        Why ``layers`` is empty.
    """

    a: str
    b: str
    concepts: int
    rho: float | None
    rho_shared: float | None = None
    features_a: int = 0
    features_b: int = 0
    layers: list[SetDifference] = field(default_factory=list)
    reason: str | None = None

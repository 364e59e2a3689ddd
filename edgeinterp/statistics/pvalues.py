"""P-values of permutation tests: raw, by the maximum statistic over a family, by Holm over families."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FamilyP", "MaxT", "adjusted_pvalues", "holm_over_families", "permutation_p", "permutation_pvalue"]

Array = np.ndarray[Any, Any]
Doubles = NDArray[np.float64]


def permutation_pvalue(score: Array | float, null: Array, tie: float = 0.0) -> Any:
    """Return ``(1 + #{T* >= T}) / (B + 1)``: never 0 (Phipson & Smyth 2010).

    Parameters
    ----------
    score : float, or ndarray of shape (T,)
        Score of the observed data.
    null : ndarray of shape (B,) or (B, T)
        Scores of permuted data.
    tie : float
        Scores this close count as equal, so that rounding cannot turn a tie into a win.
    """
    return (1.0 + np.count_nonzero(null >= score - tie, axis=0)) / (len(null) + 1.0)


@dataclass(frozen=True)
class FamilyP:
    """Hold the p-values of one family of units.

    Attributes
    ----------
    p : ndarray, shape (units,)
        (1 + #{T* >= T}) / (B + 1), never 0 (Phipson & Smyth 2010).
    p_adjusted : ndarray, shape (units,)
        Single-step max-T (Westfall & Young 1993) on T studentised by its own mean and deviation over the permutations
        and the observed data: counting the data as one draw keeps p exact for few permutations. NaN for a unit that
        left the family.
    in_family : ndarray of bool, shape (units,)
        False where the null deviation is 0: every permutation gives the same value, so nothing can be tested.
    mean : ndarray, shape (units,)
        Permutation mean.
    """

    p: Doubles
    p_adjusted: Doubles
    in_family: NDArray[np.bool_]
    mean: Doubles


class MaxT:
    """Single-step max-T adjusted p-values (Westfall & Young 1993, algorithm 2.5) of a family added part by part.

    Each unit is studentised by the mean and deviation of its statistic over the permutations and the data. The data
    count as one of B + 1 draws: only then are they exchangeable with the draws under the null hypothesis, and p exact
    for any B. Only the largest value of each draw is kept, so parts may be freed.

    Examples
    --------
    >>> family = MaxT()
    >>> family.add(np.array([9.0]), np.array([[1.0], [2.0], [3.0]]))
    >>> family.pvalues().tolist()
    [0.25]
    """

    def __init__(self) -> None:
        self._largest: Doubles | None = None
        self._observed: list[Doubles] = []

    def add(self, observed: Doubles, null: NDArray[np.floating], tie: Doubles | float = 0.0) -> None:
        """Add units to the family.

        Parameters
        ----------
        observed : ndarray of shape (units,)
            Statistics of the observed data; larger means more effect.
        null : ndarray of shape (n_permutations, units)
            Statistics of permuted data, one permutation a row; no column constant.
        tie : float or ndarray of shape (units,)
            Statistics this close count as equal, so that rounding cannot turn a tie into a win.
        """
        count = len(null) + 1
        mean = (null.sum(axis=0, dtype=np.float64) + observed) / count
        squares = np.square(null - mean).sum(axis=0, dtype=np.float64) + np.square(observed - mean)
        deviation = np.sqrt(squares / count)
        self._observed.append((observed - mean - tie) / deviation)
        largest = np.full(len(null), -np.inf)
        if len(observed):
            largest = np.max((null - mean) / deviation, axis=1)
        self._largest = largest if self._largest is None else np.maximum(self._largest, largest)

    def pvalues(self) -> Doubles:
        """Return the adjusted p of every unit, in the order of addition."""
        if self._largest is None:
            return np.empty(0)
        below = np.searchsorted(np.sort(self._largest), np.concatenate(self._observed), side="left")
        adjusted: Doubles = np.asarray(
            (1.0 + len(self._largest) - below) / (len(self._largest) + 1.0), dtype=np.float64
        )
        return adjusted


def permutation_p(observed: ArrayLike, null: ArrayLike) -> FamilyP:
    r"""Return raw and max-T adjusted p-values of a family.

    .. math:: p_j = \frac{1 + \#\{T^*_j \ge T_j\}}{B + 1}, \qquad
              \tilde p_j = \frac{1 + \#\{\max_k Z^*_k \ge Z_j\}}{B + 1}

    Parameters
    ----------
    observed : array_like, shape (units,)
        The statistic of each unit; larger means more effect.
    null : array_like, shape (n_permutations, units)
        The same statistics under each permutation, one permutation a row.

    Returns
    -------
    FamilyP

    Examples
    --------
    >>> permutation_p([9.0], [[1.0], [2.0], [3.0]]).p.tolist()
    [0.25]
    """
    seen: Doubles = np.asarray(observed, dtype=np.float64)
    drawn: Doubles = np.asarray(null, dtype=np.float64)
    mean, deviation = drawn.mean(axis=0), drawn.std(axis=0)
    # a deviation within rounding counts as none
    in_family = deviation > 1e-12 * np.maximum(np.abs(mean), 1e-300)
    adjusted = np.full(seen.shape, np.nan)
    if in_family.any():
        family = MaxT()
        some, others = seen[in_family], drawn[:, in_family]
        # equal counts must compare as equal after the division
        family.add(some, others, 1e-9 * np.maximum(deviation[in_family], np.abs(some - mean[in_family])))
        adjusted[in_family] = family.pvalues()
    return FamilyP(permutation_pvalue(seen, drawn), adjusted, in_family, mean)


def holm_over_families(families: list[Array]) -> list[Array]:
    """Return Holm-corrected p-values over families whose p-values are already corrected within each family.

    A family stops counting only when *all* of its hypotheses are rejected. With the families in order of their
    largest p-values ``M_1 <= .. <= M_m``, a hypothesis p of family j is rejected at the smallest level
    ``min_{r < j} max((m - i + 1) M_i for i <= r, (m - r) p)``. One hypothesis in each family gives Holm (1979).
    """
    m = len(families)
    order = sorted(range(m), key=lambda g: float(families[g].max()))
    out: list[Array] = [np.empty(0)] * m
    for j, g in enumerate(order):
        adjusted, reached = np.full(len(families[g]), np.inf), 0.0
        for r in range(j + 1):
            adjusted = np.minimum(adjusted, np.maximum(reached, (m - r) * families[g]))
            reached = max(reached, (m - r) * float(families[order[r]].max()))
        out[g] = np.minimum(adjusted, 1.0)
    return out


def adjusted_pvalues(scores: Array, null: Array, patterns: list[Array], reportable: Array, tie: float) -> Array:
    """Return the adjusted p of every target, NaN where it is not reported on its own.

    Parameters
    ----------
    scores : ndarray of shape (T,)
        Scores of the observed data.
    null : ndarray of shape (B, T)
        Scores of permuted data.
    patterns : list of ndarrays
        Targets that share their missing rows: max-T within, Holm across.
    reportable : ndarray of shape (T,), bool
        Targets that stay in the family.
    tie : float
        As in ``permutation_pvalue``.
    """
    out = np.full(len(scores), np.nan)
    members = [targets[reportable[targets]] for targets in patterns]
    members = [targets for targets in members if len(targets)]
    families = [MaxT() for _ in members]
    for targets, family in zip(members, families, strict=True):
        family.add(scores[targets], null[:, targets], tie)
    corrected = holm_over_families([family.pvalues() for family in families])
    for targets, pvalues in zip(members, corrected, strict=True):
        out[targets] = pvalues
    return out

"""P-values of a permutation test, corrected over targets by max-T and over missing patterns by Holm."""

from __future__ import annotations

from typing import Any

import numpy as np

from .inference import MaxT

__all__ = ["adjusted_pvalues", "holm_over_families", "max_t", "permutation_pvalue"]

Array = np.ndarray[Any, Any]


def permutation_pvalue(score: float, null: Array, tie: float = 0.0) -> float:
    """Return ``(1 + #{T* >= T}) / (B + 1)``: never 0 (Phipson & Smyth 2010).

    Parameters
    ----------
    score : float
        Score of the data as they are.
    null : ndarray of shape (B,)
        Scores of permuted data.
    tie : float
        Scores this close count as equal, so that rounding cannot turn a tie into a win.
    """
    return float((1 + np.count_nonzero(null >= score - tie)) / (len(null) + 1))


def max_t(scores: Array, null: Array, tie: float = 0.0) -> Array:
    """Single-step max-T adjusted p-values of one family (``MaxT``).

    Parameters
    ----------
    scores : ndarray of shape (T,)
        Scores of the data as they are.
    null : ndarray of shape (B, T)
        Scores of permuted data, the same permutation in a row; no column constant.
    tie : float
        As in ``permutation_pvalue``, in units of the score.

    Returns
    -------
    ndarray of shape (T,)
        P-values that hold for all targets together.
    """
    family = MaxT()
    family.add(scores, null, tie)
    return family.pvalues()


def holm_over_families(families: list[Array]) -> list[Array]:
    """Holm's correction over families whose p-values are each already corrected within.

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
    """Give the adjusted p-value of every target, NaN where it is not reported on its own.

    Parameters
    ----------
    scores : ndarray of shape (T,)
        Scores of the data as they are.
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
    corrected = holm_over_families([max_t(scores[t], null[:, t], tie) for t in members])
    for targets, pvalues in zip(members, corrected, strict=True):
        out[targets] = pvalues
    return out

"""Worlds of ``PermutationRidge``: targets that share causes, rows that belong together, values that are missing."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

import edgeinterp as ei
from tests.checks.properties.norm_worlds import planted, production, vectors

from .studies import PERMUTATIONS, Outcomes, Study

Doubles = NDArray[np.float64]
EFFECTS = (0.0, 0.05, 0.1, 0.2, 0.4)
ROWS, WIDTH, TARGETS = 120, 12, 6


def correlated(rng: np.random.Generator, rows: int = ROWS) -> Doubles:
    """Targets that share two causes, as norms do."""
    targets: Doubles = rng.normal(size=(rows, 2)) @ rng.normal(size=(2, TARGETS)) + rng.normal(size=(rows, TARGETS))
    return targets


def rows(seed: int) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """Vectors and targets that have nothing to do with each other."""
    return vectors(ROWS, WIDTH, seed), correlated(np.random.default_rng([seed, 21])), {}


def missing(seed: int) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """The same with two patterns of missing values."""
    X, Y, _ = rows(seed)
    rng = np.random.default_rng([seed, 22])
    Y[np.ix_(rng.random(ROWS) < 0.2, [0, 1])] = np.nan
    Y[np.ix_(rng.random(ROWS) < 0.1, [2, 3])] = np.nan
    return X, Y, {}


def sparse(seed: int) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """Counts of which most are 0."""
    return vectors(ROWS, WIDTH, seed), production(ROWS, 20, 0.08, seed), {}


def grouped(seed: int) -> tuple[Doubles, Doubles, dict[str, Any]]:
    """Groups of 3 rows that share most of their vectors and of their targets: 40 units, not 120."""
    rng = np.random.default_rng([seed, 23])
    groups = np.repeat(np.arange(ROWS // 3), 3)
    X = vectors(ROWS // 3, WIDTH, seed)[groups] + 0.3 * rng.normal(size=(ROWS, WIDTH))
    Y = correlated(rng, ROWS // 3)[groups] + 0.3 * rng.normal(size=(ROWS, TARGETS))
    order = rng.permutation(ROWS)
    return X[order], Y[order], {"groups": groups[order]}


def nothing_there(seed: int, *, world: Any, scoring: str = "pearson") -> Outcomes:
    """p of the mean over targets, and the least adjusted one."""
    X, Y, given = world(seed)
    fit = ei.PermutationRidge(n_permutations=PERMUTATIONS, scoring=scoring, random_state=seed, n_jobs=1)
    fit.fit(X, Y, **given)
    return {"p": fit.pvalue_, f"targets, adjusted, any of {Y.shape[1]}": float(np.nanmin(fit.pvalues_))}


def found(seed: int, *, effect: float) -> Outcomes:
    """p of a linear effect."""
    X = vectors(ROWS, WIDTH, seed)
    fit = ei.PermutationRidge(n_permutations=PERMUTATIONS, random_state=seed, n_jobs=1)
    fit.fit(X, planted(X, TARGETS, effect, seed))
    return {"p": fit.pvalue_, "target 1, adjusted p": float(fit.pvalues_[0])}


SHARED = f"{ROWS} rows, {WIDTH} columns, {TARGETS} targets that share causes"
STUDIES = (
    Study("ridge", "ridge-null", "null", SHARED, partial(nothing_there, world=rows)),
    Study("ridge", "ridge-null-r2", "null", f"{SHARED}; scored by R2",
          partial(nothing_there, world=rows, scoring="r2")),
    Study("ridge", "ridge-null-missing", "null", f"{SHARED}; two patterns of missing values (Holm over patterns)",
          partial(nothing_there, world=missing)),
    Study("ridge", "ridge-null-sparse", "null", f"{ROWS} rows, 20 targets of which .08 are not 0",
          partial(nothing_there, world=sparse)),
    Study("ridge", "ridge-null-groups", "null", f"{SHARED}; groups of 3 rows share vectors and targets",
          partial(nothing_there, world=grouped)),
    *(
        Study("ridge", f"ridge-effect-{effect:g}", "effect", "a linear effect; share of the variance explained",
              partial(found, effect=effect), f"{effect:g}")
        for effect in EFFECTS
    ),
)  # fmt: skip

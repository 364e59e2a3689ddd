"""How often `relations` finds a relation where there are only words: 200 simulated data sets, with binomial bounds.

Attention depends on which words stand in a pair and on nothing else; the pairs of a category share words (as hypernym
pairs share the category's name). Run from the repository's root::

    PYTHONPATH=.:kernels:models python bench/relations_calibration.py [REPETITIONS]
"""

from __future__ import annotations

import sys

import numpy as np
from scipy.stats import binom

import edgeinterp as ei
from edgeinterp.results import RelationRival
from tests.checks import relation_worlds as worlds

PERMUTATIONS = 199
PLACES = ("elsewhere.earlier", "elsewhere.later")


def above(rival: RelationRival) -> bool:
    """Whether the whole interval of a margin lies above 0."""
    return rival.margin is not None and rival.margin.ci is not None and rival.margin.ci[0] > 0.0


def main(repetitions: int) -> None:
    counts = {"AUC": 0, "any head": 0, "supported": 0}
    counts |= {f"margin over {name} above 0": 0 for name in (*PLACES, "both")}
    scores = []
    for seed in range(repetitions):
        world = worlds.noise(1000 + seed, categories=16, each=8)
        result = ei.relations(**world.given(), n_permutations=PERMUTATIONS, random_state=seed)
        (contrast,) = result.contrasts
        assert contrast.p is not None
        scores.append(contrast.auc)
        counts["AUC"] += contrast.p <= 0.05
        counts["any head"] += min(head.p_adjusted or 1.0 for head in contrast.heads) <= 0.05
        counts["supported"] += result.verdicts[0].verdict == "supported"
        beaten = [above(contrast.rivals[name]) for name in PLACES]
        for name, one in zip((*PLACES, "both"), (*beaten, all(beaten)), strict=True):
            counts[f"margin over {name} above 0"] += one
    low, high = binom.ppf(0.005, repetitions, 0.05), binom.ppf(0.995, repetitions, 0.05)
    print(f"{repetitions} repetitions, {PERMUTATIONS} flips; AUC {np.mean(scores):.3f}, deviation {np.std(scores):.3f}")
    print(f"at alpha 0.05 a binomial 99 % interval is {low:.0f} to {high:.0f}")
    for name, count in counts.items():
        print(f"{name}: {count} ({100 * count / repetitions:.1f} %)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)

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
from tests.checks import relation_worlds as worlds

PERMUTATIONS = 199


def main(repetitions: int) -> None:
    counts = {"AUC": 0, "any head": 0, "supported": 0, "margin over elsewhere above 0": 0}
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
        margin = contrast.rivals["elsewhere"].margin
        counts["margin over elsewhere above 0"] += margin is not None and margin.ci is not None and margin.ci[0] > 0.0
    low, high = binom.ppf(0.005, repetitions, 0.05), binom.ppf(0.995, repetitions, 0.05)
    print(f"{repetitions} repetitions, {PERMUTATIONS} flips; AUC {np.mean(scores):.3f}, deviation {np.std(scores):.3f}")
    print(f"at alpha 0.05 a binomial 99 % interval is {low:.0f} to {high:.0f}")
    for name, count in counts.items():
        print(f"{name}: {count} ({100 * count / repetitions:.1f} %)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)

"""False positives of influence where attention and influence have nothing to do with each other (docs/method.md).

Salient tokens attract attention, others have influence, and positions and offsets matter for both, alike in all texts.

python bench/simulate_influence.py [REPETITIONS]      (200 by default)
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np


def main() -> None:
    from scipy.stats import binom

    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.checks.influence_worlds import salient_world

    repetitions = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    limit = binom.ppf(0.99, repetitions, 0.05) / repetitions
    print(f"{repetitions} repetitions; binomial 99 % bound of .05: {limit:.3f}")
    print("texts in a bin   layers   rollout    heads   a claim above unsupported")
    for in_bin in (6, 3, 24):
        found = []
        for seed in range(repetitions):
            result = salient_world(seed, in_bin=in_bin).measured(n_permutations=199, random_state=seed)
            layers = result.layers
            found.append(
                [
                    min(layer.attention.p_adjusted for layer in layers) <= 0.05,
                    min(layer.rollout.p_adjusted for layer in layers) <= 0.05,
                    min(head.p_adjusted for layer in layers for head in layer.heads) <= 0.05,
                    any(verdict.verdict in ("supported", "weakened") for verdict in result.verdicts),
                ]
            )
        print(f"{in_bin:14}   " + "   ".join(f"{rate:6.3f}" for rate in np.mean(found, axis=0)), flush=True)


if __name__ == "__main__":
    main()

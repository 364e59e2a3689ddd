"""Kernels called from two Python threads at once, under whatever threading layer numba was told to use.

Run with ``NUMBA_THREADING_LAYER=workqueue``, which aborts the process where kernels that are parallel inside meet.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import edgeinterp as ei


def main() -> None:
    """Fit the same ridge alone and in two threads, eight times, and compare."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(120, 16)), rng.normal(size=(120, 4))

    def fitted(_: int) -> np.ndarray:
        return ei.PermutationRidge(n_permutations=50, n_jobs=2).fit(X, Y).null_distribution_

    alone = fitted(0)
    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(fitted, range(8)):
            np.testing.assert_array_equal(found, alone)
    print(f"8 fits from two threads, layer {os.environ.get('NUMBA_THREADING_LAYER', 'default')}: the same numbers")


if __name__ == "__main__":
    main()

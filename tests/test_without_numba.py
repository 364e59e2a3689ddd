"""On a new machine, whatever edgeinterp does: the assembly of its kernels is there, and numba is not even imported."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAM = """
import sys

sys.modules["numba"] = None
import numpy as np
import scipy.sparse as sp

import edgeinterp as ei

texts, pairs, norms = ei.default_texts()[:60], ei.default_pairs(), ei.default_norms()
small = ei.Norms(norms.concepts[:60], norms.words[:60], norms.features[:20], norms.values[:60, :20])

def checks(model):
    print(*ei.check(model, texts, norms=small, n_permutations=5, controls=["permuted", "foreign", "swap"]).checks)
    for metric in ("spearman", "precision", "neighbours_5"):
        ei.check(model, texts, norms=small, n_permutations=5, metric=metric, only=["properties"], controls=[])

def compare(model):
    print(ei.compare(model, model, texts, n_permutations=5, only=["activations"]).activations is not None)

def fits(_model):
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((80, 6)), rng.standard_normal((80, 9))
    Y[Y < 1.0] = 0.0
    Y[0] = 1.0
    for kind in (np.float32, np.float64):
        for targets in (Y, sp.csc_array(Y), sp.csr_array(Y)):
            for alphas in ("spectrum", [1.0], [1.0, 10.0]):
                for scoring in ("pearson", "r2"):
                    for shape in (X, np.tile(X, 20)):
                        fit = ei.PermutationRidge(alphas, cv=4, scoring=scoring, n_permutations=5)
                        fit.fit(shape.astype(kind), targets.astype(kind))
    print(fit.pvalues_.shape)

globals()[sys.argv[1]](sys.argv[2])
"""
SAID = {"checks": "correspondence influence relations properties\n", "compare": "True\n", "fits": "(9,)\n"}


@pytest.mark.parametrize("what", SAID)
def test_numba_is_not_needed(what: str, exported: Callable[[str], Path], tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, what, str(exported("bert"))], env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (done.stdout, done.returncode) == (SAID[what], 0), done.stderr
    assert any(tmp_path.rglob("*.kernel"))

"""Threads of matrix products are held while ours run, those of SciPy where it is used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import edgeinterp
from edgeinterp.runtime.threads import usable_cores

ROOT = Path(edgeinterp.__file__).parents[1]
HELD = """
import json, sys
import numpy
from threadpoolctl import threadpool_info
from edgeinterp.runtime.threads import one_blas_thread

def counts():
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]

with one_blas_thread():
    # where its BLAS is one of its own, that is held as well
    import scipy.linalg
    held = counts()
print(json.dumps([held, counts()]))
"""
CHECKED = """
import sys
from threadpoolctl import threadpool_info
import edgeinterp as ei

seen = set()

def progress(*_told):
    seen.update(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas")

ei.check(None, ei.default_texts()[:60], only=sys.argv[1:], n_permutations=9, controls=[], progress=progress)
print("scipy.linalg" in sys.modules, seen)
"""


def said(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def test_every_blas_is_held_and_let_go() -> None:
    held, after = json.loads(said(HELD))
    assert set(held) == {1}
    # OpenBLAS starts no more than there are cores
    assert set(after) == {min(2, usable_cores())}


@pytest.mark.parametrize("check", ["correspondence", "influence", "relations"])
def test_a_check_holds_every_blas(check: str) -> None:
    assert said(CHECKED, check) == "True {1}\n"

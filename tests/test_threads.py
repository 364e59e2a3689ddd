"""Threads of matrix products are held while ours run, those of SciPy where it is used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import edgeinterp

ROOT = Path(edgeinterp.__file__).parents[1]
HELD = """
import json, sys
import numpy
from threadpoolctl import threadpool_info
from edgeinterp.threads import one_blas_thread

def counts():
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]

import scipy.linalg
before = counts()
with one_blas_thread():
    held = counts()
print(json.dumps([before, held, counts()]))
"""
CHECKED = """
import sys
import edgeinterp as ei

texts, pairs = ei.default_texts()[:60], ei.default_pairs()
ei.check(None, texts, pairs=pairs, only=sys.argv[1:], permutations=9, controls=[])
print("scipy.linalg" in sys.modules)
"""


def said(program: str, *arguments: str) -> str:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_every_blas_is_held_and_let_go() -> None:
    before, held, after = json.loads(said(HELD))
    assert len(held) >= 1
    assert set(held) == {1}
    assert before == after


@pytest.mark.parametrize(("check", "loaded"), [("correspondence", False), ("influence", False), ("relations", True)])
def test_scipys_is_loaded_before_it_is_held_and_only_where_it_is_used(check: str, loaded: bool) -> None:
    assert said(CHECKED, check) == f"{loaded}\n"

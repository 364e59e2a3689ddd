"""A folder to run in, with what the table of mistakes needs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.benchmark.result import BenchResult, Figure, WorkloadInfo, load_bench
from edgeinterp.benchmark.state import read_state, settings_of
from edgeinterp.benchmark.workload import STANDARD, definition, digest
from edgeinterp.checks.device import describe, model_info
from edgeinterp.model.model import load
from edgeinterp_models import default_model_folder
from tests.small_models import CORPUS


@pytest.fixture(scope="session")
def saved(exported: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good result.json."""
    path = tmp_path_factory.mktemp("result") / "result.json"
    ei.check(exported("bert"), CORPUS * 20, only=["correspondence"], n_permutations=19).save(path)
    return path


@pytest.fixture(scope="session")
def bench_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `edgeinterp bench --out` writes, with one figure: how long it took does not matter here."""
    path = tmp_path_factory.mktemp("bench") / "bench.json"
    model = load(default_model_folder(), 1)
    defined = definition(STANDARD, model)
    state = read_state()
    BenchResult(
        edgeinterp=ei.__version__,
        created="2026-01-01T00:00:00+00:00",
        workload=WorkloadInfo(STANDARD.name, digest(defined), defined),
        model=model_info(model),
        device=describe(1),
        settings=settings_of(model),
        state={"before": state, "after": state},
        figures=[Figure("copy", "GB/s", "higher", 2.0, 1.0, 3.0, 3)],
        total_s=1.0,
    ).save(path)
    load_bench(path)
    return path


@pytest.fixture
def here(exported: Callable[[str], Path], saved: Path, tmp_path: Path, monkeypatch: Any) -> Path:
    """A folder to run in, with a small model folder called ``model`` and two good results."""
    shutil.copytree(exported("bert"), tmp_path / "model")
    for name in ("a.json", "b.json"):
        shutil.copy(saved, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path

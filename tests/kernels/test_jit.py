"""Kernels are compiled on their first call and kept where that is possible; where it is not, they run all the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numba.core import caching

import edgeinterp_kernels
from edgeinterp_kernels import ranks, shuffling
from edgeinterp_kernels._jit import Kernel, cache_folder, helper
from tests.endurance import powerless

PACKAGE = Path(edgeinterp_kernels.__file__).parent
RUN = """
import sys
import numpy as np
from edgeinterp_kernels import attention, divergence, influence, keyed, ranks, retrieval, ridge, shuffling
late = "numba" not in sys.modules
keys, lengths = np.array([3, 4], np.uint64), np.array([5, 4])
ids = np.arange(9, dtype=np.int32) % 3
counts = keyed.permutation_counts(keys, lengths, ids, ids[:, None], 6, threads=2)
for dtype in ("u1", "f4"):
    values = np.arange(9).astype(dtype)
    shuffling.shuffle(values, np.random.PCG64(0))
loaded = [getattr(one, "stats", None) and sum(one.stats.cache_hits.values())
          for one in (*keyed._permutation_counts._compiled.values(), *shuffling._exchange._compiled.values())]
print(late, counts.ravel().tolist(), values.tolist(), sep=";", end=";")
print(loaded)
"""
SAID = "True;[5, 3, 3, 1, 2, 2];"


@helper
def twice(value: float) -> float:
    return 2.0 * value


def doubled(values: Any, out: Any) -> None:
    for i in range(values.size):
        out[i] += twice(values[i]) / values[i]


def run(kernel: Any, dtype: Any = np.float64) -> list[float]:
    out = np.zeros(3)
    kernel(np.array([1.0, 0.0, 4.0], dtype), out)
    return out.tolist()


def in_a_process(packages: Path = PACKAGE.parent, **settings: Any) -> list[str]:
    """What ``RUN`` says: numba is not imported at first, results, which machine code was loaded."""
    left_out = ("NUMBA_CACHE_DIR", "NUMBA_DISABLE_JIT", "XDG_CACHE_HOME")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    preexec = settings.pop("preexec_fn", None)
    environment |= {"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1", **settings}
    command = [sys.executable, "-c", RUN]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, preexec_fn=preexec)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip().split(";")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


EXPECTED = [2.0, float("nan"), 2.0]


def assert_runs(kernel: Kernel) -> None:
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(run(kernel), EXPECTED)


def test_the_first_process_compiles_and_the_next_one_loads(tmp_path: Path) -> None:
    first, second = (in_a_process(NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2))
    interpreted = in_a_process(NUMBA_DISABLE_JIT="1")
    assert first[0] == second[0] == interpreted[0] == "True"
    assert first[1:3] == second[1:3] == interpreted[1:3]
    assert (first[3], second[3], interpreted[3]) == ("[0, 0, 0]", "[1, 1, 1]", "[None, None, None]")


def test_processes_that_begin_together_do_not_disturb_each_other(tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(lambda _: in_a_process(NUMBA_CACHE_DIR=str(tmp_path)), range(3)))
    after = in_a_process(NUMBA_CACHE_DIR=str(tmp_path))
    assert all(one[:3] == after[:3] for one in said)
    assert after[3] == "[1, 1, 1]"


@pytest.mark.skipif(os.name == "nt", reason="permissions differ on Windows")
def test_an_install_and_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    install, home = tmp_path / "install", tmp_path / "home"
    shutil.copytree(PACKAGE, install / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    home.mkdir()
    everything = [home, install, *install.rglob("*")]
    for path in everything:
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    kept = in_a_process(NUMBA_CACHE_DIR=str(tmp_path / "cache"))
    said = in_a_process(install, HOME=str(home), preexec_fn=powerless if root else None)
    assert said == [*kept[:3], "[0, 0, 0]"]
    assert sorted(everything) == sorted([home, *home.rglob("*"), install, *install.rglob("*")])
    for path in everything:
        path.chmod(0o755)


def test_each_type_of_element_has_an_index_of_its_own(cache: Path) -> None:
    kernel = Kernel(doubled)
    for dtype in (np.float64, np.float32):
        with np.errstate(invalid="ignore"):
            np.testing.assert_array_equal(run(kernel, dtype), EXPECTED)
    assert [kind for kind, _ in kernel.signatures()] == ["float64", "float32"]
    assert len(list(cache.rglob("*.nbi"))) == len(list(cache.rglob("*.nbc"))) == 2


def test_the_folder_of_the_cache_is_told(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = cache_folder()
    assert folder is not None
    assert cache in Path(folder).parents
    monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [])
    assert cache_folder() is None


def test_there_is_no_place_for_a_cache(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caching.CompileResultCacheImpl, "_locator_classes", [])
    assert_runs(Kernel(doubled))
    assert not cache.exists()


def test_a_disk_that_is_full(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    # it adds to what it is given: so it must not have run twice
    assert_runs(Kernel(doubled))
    assert not list(cache.rglob("*.nbi"))


@pytest.mark.parametrize("suffix", [".nbi", ".nbc"])
@pytest.mark.parametrize("damage", [lambda _: b"", lambda whole: whole[: len(whole) // 2], lambda _: b"\xff\xfe"])
def test_a_damaged_cache(cache: Path, suffix: str, damage: Callable[[bytes], bytes]) -> None:
    assert_runs(Kernel(doubled))
    (file,) = cache.rglob(f"*{suffix}")
    file.write_bytes(damage(file.read_bytes()))
    assert_runs(Kernel(doubled))


def test_threads_that_begin_together_compile_once(cache: Path) -> None:
    kernel = Kernel(doubled)
    with np.errstate(invalid="ignore"), ThreadPoolExecutor(8) as pool:
        for out in pool.map(lambda _: run(kernel), range(32)):
            np.testing.assert_array_equal(out, EXPECTED)
    assert len(list(kernel.signatures())) == 1
    assert len(list(cache.rglob("*.nbc"))) == 1


def test_views_and_what_is_read_only_need_no_compiling_of_their_own() -> None:
    rows, out = np.arange(12.0).reshape(3, 4), np.empty(3)
    for given in (rows, rows[:, ::-1], np.asfortranarray(rows)):
        given.flags.writeable = False
        ranks.spearman_rows(given, rows, np.stack([np.argsort(given), np.argsort(rows)]), out)
        ranks.precision_rows(given, rows, np.sort(given), out)
    for kernel in (ranks._spearman_rows, ranks._precision_rows):
        kinds = [kind for kind, _ in kernel.signatures()]
        assert len(kinds) == len(set(kinds))


def test_shuffling_compiles_once_for_each_size() -> None:
    for dtype in ("i1", "u1", "f4", "i4", "f8"):
        shuffling.shuffle(np.arange(5).astype(dtype), np.random.PCG64(0))
    kinds = [kind for kind, _ in shuffling._exchange.signatures()]
    assert len(kinds) == len(set(kinds)) <= 4


def test_wrong_arguments_are_an_error() -> None:
    with pytest.raises((TypeError, numba.TypingError)):
        Kernel(doubled)(np.zeros(3), None)

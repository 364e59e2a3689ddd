"""Kernels are compiled once, kept, and loaded again without numba; whatever keeps that from working, they still run."""

from __future__ import annotations

import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp_kernels
from edgeinterp_kernels import _jit, by_numba, machine_code, pages
from edgeinterp_kernels._jit import Kernel, helper

ROOT = str(Path(edgeinterp_kernels.__file__).parents[1])
RUN = """
import sys
import numpy as np
from edgeinterp_kernels.keyed import permutation_counts, poisson_weights
keys, lengths = np.array([3, 4], np.uint64), np.array([5, 4])
ids = np.arange(9, dtype=np.int32) % 3
counts = permutation_counts(keys, lengths, ids, ids[:, None], 6, threads=2)
print("numba" in sys.modules, counts.ravel().tolist(), poisson_weights(keys, 3).ravel().tolist())
"""


EVERY = """
import sys
from tests.kernels import assemble
assemble.call_kernels()
kernels = assemble.kernels()
print("numba" in sys.modules, len(kernels), all(kernel.kinds and kernel.stands_alone for kernel in kernels))
"""


FILES = """
import json
from tests.kernels import assemble
print(json.dumps(dict(assemble.files())))
"""

# a setting of numba's, set to what it is without: kernels are compiled by numba
BY_NUMBA = {"NUMBA_OPT": "3"}


STARTED = """
import sys
from edgeinterp_kernels import machine_code

def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("RssFile:"))

if sys.argv[1:] == ["keep"]:
    machine_code.release = lambda _library: None
before = resident()
machine_code.start()
print(resident() - before)
"""


# from a megabyte on numba refers to an array where it lies
LARGE = np.ones(200_000)


@helper
def twice(value: float) -> float:
    return 2.0 * value


def doubled(values: Any, factor: float, sizes: tuple[Any, int], keys: np.uint64, out: Any) -> None:
    for i in range(values.shape[0]):
        for j in range(values.shape[1]):
            if values[i, j] > 0.0:
                out[i, j] = twice(values[i, j]) * factor + sizes[0][i] + sizes[1] + (keys >> np.uint64(63))


def with_an_array_of_its_own(values: Any, out: Any) -> None:
    copy = values.copy()
    for i in range(copy.size):
        out[i] = copy[i] + 1.0


def with_a_copy_of_its_own(values: Any, out: Any) -> None:
    out[:] = values
    for i in range(values.size):
        out[i] += 1.0


def with_a_large_array_from_outside(values: Any, out: Any) -> None:
    for i in range(values.size):
        out[i] = LARGE[i] + values[i]


def with_functions_of_numbas_own(values: Any, out: Any) -> None:
    for i in range(values.size):
        out[i] = max(math.hypot(values[i], 0.0), 0.0) ** 2 + int(values[i]) ** 3


def _relocated(library: str) -> Iterator[tuple[int, int]]:
    """Where pages of the library are no longer as they are in its file; where the system tells."""
    place, ours = (0, 0), False
    if sys.platform.startswith("linux"):
        for line in Path("/proc/self/smaps").read_text(errors="replace").splitlines():
            fields = line.split()
            if not fields[0].endswith(":"):
                start, stop = fields[0].split("-")
                place, ours = (int(start, 16), int(stop, 16)), fields[-1].endswith(library)
            elif ours and fields[0] == "Private_Dirty:" and fields[1] != "0":
                yield place


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, and nothing loaded yet."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(machine_code, "_LOADED", {})
    machine_code._environment.cache_clear()
    yield tmp_path / "cache" / "edgeinterp_kernels"
    machine_code._environment.cache_clear()


def in_a_process(cache: Path, program: str = RUN, *arguments: str, root: str = ROOT, **settings: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_DISABLE_JIT"}
    path = os.pathsep.join([root, str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment |= {"PYTHONPATH": path, "NUMBA_CACHE_DIR": str(cache), **settings}
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], env=environment, capture_output=True, text=True, check=True
    ).stdout  # fmt: skip


def call(kernel: Callable[..., None], dtype: Any = np.float64) -> Any:
    values = np.array([[1.0, -1.0, 3.0], [0.5, 2.0, -4.0]], dtype)
    values.flags.writeable = False
    out = np.zeros((2, 3))
    kernel(values, 3.0, (np.array([10, 20], np.int32), 5), np.uint64(2**63), out)
    return out


EXPECTED = [[22.0, 0.0, 34.0], [29.0, 38.0, 0.0]]


def test_kernels_give_the_same_whoever_compiles_them(tmp_path: Path) -> None:
    shipped = in_a_process(tmp_path)
    first, second = (in_a_process(tmp_path, **BY_NUMBA) for _ in range(2))
    interpreted = in_a_process(tmp_path, NUMBA_DISABLE_JIT="1")
    numba, said = zip(*(one.split(maxsplit=1) for one in (shipped, first, second, interpreted)), strict=True)
    assert numba == ("False", "True", "False", "False")
    assert len(set(said)) == 1


@pytest.mark.parametrize("settings", [{}, BY_NUMBA])
def test_no_kernel_needs_numba_once_it_is_compiled(tmp_path: Path, settings: dict[str, str]) -> None:
    for first in (bool(settings), False):
        imported, kernels, alone = in_a_process(tmp_path, EVERY, **settings).split()
        assert (imported, alone) == (str(first), "True")
        assert int(kernels) >= 19


def test_the_assembly_is_that_of_the_kernels_as_they_are(tmp_path: Path) -> None:
    made = json.loads(in_a_process(tmp_path, FILES))
    kept = {path.name: path.read_text("utf-8") for path in machine_code.ASSEMBLY.iterdir()}
    assert kept.keys() == made.keys(), "run: make kernels"
    assert kept[machine_code.SUMS].splitlines()[0] == made[machine_code.SUMS].splitlines()[0], "run: make kernels"
    # numba follows the bytecode of Python, and LLVM the kind of processor (on a Cortex-A72 it takes a condition out of
    # a loop of _foreign_hits; six of x86-64, from Nehalem to AVX-512, give the same): others write some otherwise
    if sys.version_info[:2] == (3, 11) and platform.machine() in ("x86_64", "AMD64"):
        assert kept == made, "run: make kernels"
    for text in kept.values():
        # of one processor, of a new LLVM, of a process of numba's
        assert not re.search(r"x86|target|nocreateundeforpoison|_ZN|0x[0-9a-f]{9}|inttoptr", text)


@pytest.mark.parametrize("change", ["source", "list", "emptied", "another"])
def test_assembly_that_does_not_fit_is_left_alone(tmp_path: Path, change: str) -> None:
    copy = tmp_path / "copy"
    package = shutil.copytree(
        Path(ROOT, "edgeinterp_kernels"), copy / "edgeinterp_kernels", ignore=shutil.ignore_patterns("__pycache__")
    )
    if change == "source":
        with (package / "keyed.py").open("a") as file:
            file.write("# changed\n")
    elif change == "list":
        (package / "assembly" / machine_code.SUMS).unlink()
    else:
        for path in (package / "assembly").glob("*.ll"):
            path.write_text("" if change == "emptied" else path.read_text().replace(" 1\n", " 2\n"))
    whole = in_a_process(tmp_path / "cache")
    first, second = (in_a_process(tmp_path / "cache of the copy", root=str(copy)) for _ in range(2))
    assert [one.partition(" ")[0] for one in (whole, first, second)] == ["False", "True", "False"]
    assert len({one.partition(" ")[2] for one in (whole, first, second)}) == 1


def test_arrays_numbers_and_tuples_arrive(cache: Path) -> None:
    kernel = Kernel(doubled)
    for dtype in (np.float64, np.float32):
        np.testing.assert_array_equal(call(kernel, dtype), EXPECTED)
    np.testing.assert_array_equal(call(doubled), EXPECTED)
    assert len(kernel.kinds) == len(list(cache.glob("*.kernel"))) == machine_code.kept_in(cache) == 2


def test_a_damaged_file_is_compiled_again(cache: Path) -> None:
    call(Kernel(doubled))
    (file,) = cache.glob("*.kernel")
    whole, symbol = file.read_bytes(), file.name.partition("-")[0]
    other = whole.replace(b'"needs": []', b'"needs": ["abort"]')
    damages = [b"", b"\n", whole[:-10], whole[:300] + b"\xff" + whole[301:], b"[1]\n" + whole, b"\xff\xfe", other]
    for damaged in damages:
        assert damaged != whole
        file.write_bytes(damaged)
        machine_code._LOADED.clear()
        assert machine_code._read(file, symbol) is None
        np.testing.assert_array_equal(call(Kernel(doubled)), EXPECTED)
        assert machine_code._read(file, symbol) is not None
    # another kernel's file under this name
    assert machine_code._read(file, "another") is None
    assert list(cache.iterdir()) == [file]


def test_a_cache_that_cannot_be_written_is_no_fault(cache: Path) -> None:
    cache.parent.write_text("a file where the folder would be")
    np.testing.assert_array_equal(call(Kernel(doubled)), EXPECTED)
    assert not machine_code.kept_in(cache)


def test_a_full_disk_leaves_nothing_half_written(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_source: Any, _target: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    np.testing.assert_array_equal(call(Kernel(doubled)), EXPECTED)
    assert not list(cache.iterdir())


def test_another_processor_has_machine_code_of_its_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call(Kernel(doubled))
    monkeypatch.setenv("NUMBA_CPU_NAME", "generic")
    monkeypatch.setenv("NUMBA_CPU_FEATURES", "")
    machine_code._environment.cache_clear()
    machine_code._LOADED.clear()
    assert not machine_code.kept_in(cache)
    np.testing.assert_array_equal(call(Kernel(doubled)), EXPECTED)
    assert len(list(cache.glob("*.kernel"))) == 2


@pytest.mark.parametrize(
    "function", [with_an_array_of_its_own, with_a_copy_of_its_own, with_a_large_array_from_outside]
)
def test_code_that_cannot_stand_alone_runs_as_numba_runs_it(cache: Path, function: Callable[..., None]) -> None:
    kernel, out = Kernel(function), np.zeros(3)
    for _ in range(2):
        kernel(np.arange(3.0), out)
        np.testing.assert_array_equal(out, [1.0, 2.0, 3.0])
    assert not kernel.stands_alone
    assert not cache.exists()


def test_what_a_kernel_calls_of_numbas_goes_with_it(cache: Path) -> None:
    kernel, out = Kernel(with_functions_of_numbas_own), np.zeros(3)
    kernel(np.arange(3.0), out)
    np.testing.assert_array_equal(out, [0.0, 2.0, 12.0])
    assert kernel.stands_alone
    assert len(list(cache.glob("*.kernel"))) == 1


@pytest.mark.parametrize("name", ["numba.core.registry.cpu_target", "numba.core.compiler.Flags"])
def test_a_later_numba_may_be_otherwise_inside(cache: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(name, None)
    # numba's own way in is another, and needs what is gone: so much of it as this test may take away
    monkeypatch.setattr(_jit, "dispatched", lambda function: function)
    kernel = Kernel(doubled)
    np.testing.assert_array_equal(call(kernel), EXPECTED)
    assert not kernel.stands_alone


def test_an_unknown_convention_is_not_called(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = {name: (in_c, "i1") for name, (in_c, _) in by_numba.NUMBERS.items()}
    monkeypatch.setattr(by_numba, "NUMBERS", other)
    kernel = Kernel(doubled)
    np.testing.assert_array_equal(call(kernel), EXPECTED)
    assert not kernel.stands_alone
    assert not cache.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        "text", None, np.float16(1), 2**63, np.zeros((3, 2)).T, np.zeros(()),
        *(np.zeros((2, 3), kind) for kind in (">f8", "O", "M8[s]", "f2", "g", "c8")),
    ],
    ids=["text", "none", "half", "long", "transposed", "scalar", *("swapped", "objects", "dates", "f2", "g", "c8")],
)  # fmt: skip
def test_what_no_kernel_takes_is_refused(cache: Path, wrong: Any) -> None:
    with pytest.raises(TypeError):
        Kernel(with_an_array_of_its_own)(wrong, np.zeros(3))
    assert not cache.exists()


def test_what_cannot_be_written_is_no_output(cache: Path) -> None:
    kernel, values, out = Kernel(with_an_array_of_its_own), np.arange(3.0), np.zeros(3)
    for _ in range(2):
        out.flags.writeable = False
        with pytest.raises(TypeError, match="out is read-only"):
            kernel(values, out)
        assert not out.any()
    values.flags.writeable = False
    kernel(values, np.zeros(3))


def test_debugging_leaves_nothing_for_later_runs(tmp_path: Path) -> None:
    debugged = in_a_process(tmp_path, NUMBA_BOUNDSCHECK="1", NUMBA_DEBUGINFO="1", NUMBA_ENABLE_PROFILING="1")
    plain, again = (in_a_process(tmp_path, **BY_NUMBA) for _ in range(2))
    assert plain.startswith("True")
    assert again.startswith("False")
    assert {one.partition(" ")[2] for one in (debugged, plain, again)} == {plain.partition(" ")[2]}


@pytest.mark.parametrize(
    ("settings", "rules"),
    [
        ({"NUMBA_CPU_NAME": "generic"}, lambda name, features: (name, features) == ("generic", "")),
        ({"NUMBA_CPU_FEATURES": "+sse2"}, lambda _name, features: features == "+sse2"),
        ({"NUMBA_ENABLE_AVX": "0"}, lambda _name, features: "+avx" not in features),
    ],
)
def test_the_processor_is_the_one_that_numba_is_told(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], rules: Callable[[str, str], bool]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert rules(*machine_code._processor())


def test_arrays_of_nothing_are_taken(cache: Path) -> None:
    out = np.zeros((0, 3))
    Kernel(doubled)(np.zeros((0, 3)), 1.0, (np.zeros(0, np.int32), 0), np.uint64(0), out)


def test_threads_that_come_first_together_compile_once(cache: Path) -> None:
    kernel = Kernel(doubled)
    with ThreadPoolExecutor(8) as pool:
        for out in pool.map(lambda _: call(kernel), range(32)):
            np.testing.assert_array_equal(out, EXPECTED)
    assert len(kernel.kinds) == 1


def test_pages_of_a_library_come_back_when_they_are_needed(cache: Path) -> None:
    call(Kernel(doubled))
    parts = pages._constant("libllvmlite.so")
    assert bool(parts) == sys.platform.startswith("linux")
    # what the loader relocated and then protected is nothing that its file can bring back
    changed = list(_relocated("libllvmlite.so"))
    assert not any(start < stop and first < start + size for start, size in parts for first, stop in changed)
    pages.release("libllvmlite.so")
    pages.release("no such library")
    machine_code._LOADED.clear()
    np.testing.assert_array_equal(call(Kernel(doubled), np.float32), EXPECTED)


def test_what_loads_kernels_leaves_most_of_itself_behind(tmp_path: Path) -> None:
    if not sys.platform.startswith("linux"):
        return
    given_back, kept = (int(in_a_process(tmp_path, STARTED, word)) for word in ("release", "keep"))
    assert given_back < kept / 2


def test_a_fork_waits_for_no_thread_of_its_parent() -> None:
    if not hasattr(os, "fork"):
        return
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with machine_code._LOCK:
            held.set()
            let_go.wait(0.3)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    child = os.fork()
    if not child:
        os._exit(0 if machine_code._LOCK.acquire(timeout=5) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    let_go.set()
    thread.join()


def test_places_to_keep_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", os.path.abspath("somewhere"))
    own, shared = machine_code.cache_folders()
    assert own == Path(machine_code.__file__).parent / "__pycache__"
    assert shared == Path("somewhere", "edgeinterp_kernels").absolute()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    assert list(machine_code.cache_folders()) == [own]

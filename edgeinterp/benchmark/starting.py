"""Measure start-up: imports, compiling kernels, loading them from the cache, opening the model and a random one."""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ..errors import InputError
from ..model.model import Model, load
from ..model.random_model import RandomModelError, load_random
from .result import Figure
from .timing import Job, Spec, absent, figure

__all__ = ["kernel_signatures", "model_jobs", "start_figures"]

# compiling took a minute on two slow cores; no need to wait for a slower machine
TIMEOUT = 600.0
_PACKAGES = ("edgeinterp", "edgeinterp_kernels")

_IMPORT = "import time; t = time.perf_counter(); import edgeinterp; print(time.perf_counter() - t)"
# kernels are compiled or loaded one after the other, for the types that this process used; importing numba is included
_KERNELS = """
import json, sys, time
from importlib import import_module

wanted = [(getattr(import_module(module), name), *given) for module, name, *given in json.load(sys.stdin)]
start = time.perf_counter()
for kernel, kind, signature in wanted:
    kernel.compiled(kind).compile(signature)
print(time.perf_counter() - start)
"""


class _FailedError(Exception):
    """A subprocess that did not return its figure; the message gives the reason."""


def model_jobs(model: Model) -> Iterator[Job]:
    """Yield the time of opening the model, and of making and opening a random model."""
    yield Job((Spec("model.open", "s", "lower"),), lambda: [_seconds(lambda: load(model.folder, model.threads))])
    yield Job((Spec("model.random", "s", "lower"),), lambda: [_seconds(lambda: _random(model))])


def _random(model: Model) -> Model:
    try:
        return load_random(model, 0)
    except RandomModelError as error:
        raise InputError(error.reason) from None


def _seconds(make: Callable[[], object]) -> float:
    start = time.perf_counter()
    made = make()
    seconds = time.perf_counter() - start
    del made
    return seconds


def start_figures(processes: int, progress: Callable[[int, int], None]) -> Iterator[Figure]:
    """Yield times, each measured in separate processes.

    ``start.import``: ``import edgeinterp``, beyond bare Python. ``kernels.compile``: every kernel that this process has
    used, compiled into an empty cache, once. ``kernels.load``: the same kernels loaded from that cache.
    """
    progress(0, 3)
    yield _measured(Spec("start.import", "s", "lower"), lambda: _several(_IMPORT, "", {}, processes))
    progress(1, 3)
    specs = (Spec("kernels.compile", "s", "lower"), Spec("kernels.load", "s", "lower"))
    signatures = kernel_signatures()
    if not signatures:
        yield from absent(specs, "numba compiles nothing in this process (NUMBA_DISABLE_JIT)")
        return
    given = json.dumps(signatures)
    try:
        folder = tempfile.TemporaryDirectory(prefix="edgeinterp-bench-", ignore_cleanup_errors=True)
    except OSError as error:
        yield from absent(specs, f"no temporary folder can be made for a cache ({error.strerror})")
        return
    with folder as cache:
        place = {"NUMBA_CACHE_DIR": cache}
        compiled = _measured(specs[0], lambda: [_run(_KERNELS, given, place)])
        progress(2, 3)
        yield compiled
        if compiled.median is None:
            yield from absent(specs[1:], compiled.reason or "")
        elif not any(Path(cache).rglob("*.nbi")):
            yield from absent(specs[1:], "nothing was kept in the cache")
        else:
            yield _measured(specs[1], lambda: _several(_KERNELS, given, place, processes))
    progress(3, 3)


def kernel_signatures() -> list[tuple[str, str, str, str]]:
    """Return module, name, type of the first argument's elements and signature of every kernel that this process ran.

    Signatures are numba's own strings.
    """
    import edgeinterp_kernels
    from edgeinterp_kernels._jit import Kernel

    found = []
    for info in sorted(pkgutil.iter_modules(edgeinterp_kernels.__path__), key=lambda info: info.name):
        module = f"edgeinterp_kernels.{info.name}"
        if module in sys.modules:
            for name, value in sorted(vars(import_module(module)).items()):
                if isinstance(value, Kernel):
                    found += [(module, name, kind, repr(types)) for kind, types in value.signatures()]
    return found


def _measured(spec: Spec, seconds: Callable[[], list[float]]) -> Figure:
    try:
        return figure(spec, seconds())
    except _FailedError as error:
        return next(absent([spec], str(error)))


def _several(script: str, given: str, settings: dict[str, str], processes: int) -> list[float]:
    return [_run(script, given, settings) for _ in range(processes)]


def _run(script: str, given: str, settings: dict[str, str]) -> float:
    """Run a script that prints seconds in a subprocess with the import path of this process."""
    if not sys.executable:
        raise _FailedError("the path of the Python interpreter is not known")
    homes = [str(Path(spec.origin).parents[1]) for name in _PACKAGES if (spec := find_spec(name)) and spec.origin]
    path = os.pathsep.join(dict.fromkeys([*homes, *filter(None, [os.environ.get("PYTHONPATH")])]))
    try:
        done = subprocess.run(
            [sys.executable, "-c", script], input=given, capture_output=True, text=True, check=False, timeout=TIMEOUT,
            env={**os.environ, "PYTHONPATH": path, **settings},
        )  # fmt: skip
        return float(done.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _FailedError(f"a process of its own could not be run ({type(error).__name__})") from None
    except ValueError:
        last = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise _FailedError(f"a process of its own failed ({last[:120]})") from None

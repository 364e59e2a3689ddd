"""Run the benchmark: a model and a fixed workload in, this device's figures out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from .._version import __version__
from ..checks.device import describe, model_info
from ..exporting.opening import load
from ..model.model import Model
from ..runtime.clock import Progress
from ..runtime.system import peak_memory_mb
from .checking import check_jobs
from .forward import forward_jobs
from .reference import reference_jobs
from .regression import permutation_jobs
from .result import BenchResult, Figure, WorkloadInfo
from .starting import model_jobs, start_figures
from .state import read_state, settings_of
from .timing import Spec, absent, figure, measured
from .workload import STANDARD, Data, Workload, definition, digest

__all__ = ["bench"]


def bench(
    model: str | Path | None = None,
    *,
    threads: int | None = None,
    workload: Workload = STANDARD,
    progress: Progress | None = None,
) -> BenchResult:
    """Measure this device on a fixed workload.

    Parameters
    ----------
    model : str or Path, optional
        A model folder; by default the embedded one.
    threads : int, optional
        Threads for onnxruntime, permutations and the checks; by default every core this process may use.
    workload : Workload
        The workload to measure.
    progress : callable, optional
        Called with (phase, done, in all).

    Returns
    -------
    BenchResult

    Raises
    ------
    InputError
        Where the model folder or the number of threads cannot be used.

    Notes
    -----
    Every figure is repeated: its spread shows how much the device varied during the measurement, not on another day.
    Figures belong to this build of the model: another model is another workload.
    """
    if model is None:
        from edgeinterp_models import default_model_folder

        model = default_model_folder()
    start = time.perf_counter()
    opened = load(model, threads)
    before = read_state()
    figures = list(_figures(opened, workload, progress or (lambda _phase, _done, _total: None)))
    defined = definition(workload, opened)
    return BenchResult(
        edgeinterp=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        workload=WorkloadInfo(workload.name, digest(defined), defined),
        model=model_info(opened),
        device=describe(opened.threads),
        settings=settings_of(opened),
        state={"before": before, "after": read_state()},
        figures=figures,
        total_s=round(time.perf_counter() - start, 3),
    )


def _figures(model: Model, workload: Workload, progress: Progress) -> Iterator[Figure]:
    """Measure in sweeps; memory comes first, before a second model or reference arrays are loaded."""
    data, told = Data.of(workload), _Told(progress)
    jobs = [
        *forward_jobs(model, data, workload), *check_jobs(model, data, workload, told.again),
        *permutation_jobs(workload, model.threads),
    ]  # fmt: skip
    yield from measured(jobs, workload, partial(told.tell, "measuring"))
    yield _memory()
    others = [*model_jobs(model), *reference_jobs(workload, model.threads)]
    yield from measured(others, workload, partial(told.tell, "references"))
    yield from start_figures(workload.processes, partial(told.tell, "processes"))


class _Told:
    """Progress of the run. A check within it reports no progress of its own, but every step of it checks for Ctrl-C."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._last = ("measuring", 0, 1)

    def tell(self, phase: str, done: int, total: int) -> None:
        self._last = (phase, done, total)
        self.again()

    def again(self) -> None:
        self._progress(*self._last)


def _memory() -> Figure:
    spec, peak = Spec("memory.peak", "MB", "lower"), peak_memory_mb()
    return next(absent([spec], "the system does not tell")) if peak is None else figure(spec, [peak])

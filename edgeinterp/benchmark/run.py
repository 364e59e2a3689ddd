"""One run: a model and a fixed workload in, this device's figures out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from .._version import __version__
from ..clock import Progress
from ..device import describe, model_info, peak_memory_mb
from ..model import Model, load
from .checking import check_figures
from .forward import forward_figures
from .reference import reference_figures
from .regression import permutation_figures
from .result import BenchResult, Figure, WorkloadInfo
from .starting import model_figures, start_figures
from .state import read_state, settings_of
from .timing import absent, figure
from .workload import STANDARD, Data, Workload, definition, digest

__all__ = ["bench"]

Measure = Callable[[Callable[[], None]], Iterator[Figure]]


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
        What is measured.
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
    Every figure is repeated: its spread tells how much the device varied while it was measured, which says nothing of
    another day. Figures are those of this build of the model: another model is another workload.
    """
    if model is None:
        from edgeinterp_models import default_model_folder

        model = default_model_folder()
    start = time.perf_counter()
    opened = load(model, threads)
    before = read_state()
    figures = _figures(opened, workload, progress or (lambda _phase, _done, _total: None))
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


def _figures(model: Model, workload: Workload, progress: Progress) -> list[Figure]:
    """Measure part by part; memory before the references, whose arrays are no part of what a check needs."""
    data = Data.of(workload)
    parts: tuple[tuple[str, Measure, int], ...] = (
        ("model", lambda _: model_figures(model), 2),
        ("forward passes", lambda step: forward_figures(model, data, workload, step), 2 * len(workload.lengths)),
        ("checks", lambda step: check_figures(model, data, workload, step), 8),
        ("permutations", lambda step: permutation_figures(workload, model.threads, step), 3),
        ("memory", lambda _: _memory(), 1),
        ("references", lambda step: reference_figures(workload, model.threads, step), 3),
        ("processes", start_figures, 3),
    )
    return [one for phase, measure, total in parts for one in _counted(phase, measure, total, progress)]


def _counted(phase: str, measure: Measure, total: int, progress: Progress) -> Iterator[Figure]:
    """Pass figures on, and tell how far it is: after each, and whenever a repetition is over, which minds Ctrl-C."""
    done = 0

    def tell() -> None:
        progress(phase, done, total)

    tell()
    for one in measure(tell):
        done += 1
        tell()
        yield one


def _memory() -> Iterator[Figure]:
    peak = peak_memory_mb()
    if peak is None:
        yield absent("memory.peak", "MB", "the system does not tell", better="lower")
    else:
        yield figure("memory.peak", "MB", [peak], better="lower")

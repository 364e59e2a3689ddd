"""Repeat every figure, in sweeps over all of them, and keep the statistics."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..errors import InputError
from .result import Figure
from .workload import Workload

__all__ = ["Job", "Spec", "absent", "figure", "measured"]

# a figure measured once has no spread
_FEWEST = 2


@dataclass(frozen=True)
class Spec:
    """Name and unit of a figure, and whether ``higher`` or ``lower`` is better."""

    name: str
    unit: str
    better: str = "higher"


@dataclass
class Job:
    """A repeatable measurement: ``step`` runs once and returns a value for each of ``specs``."""

    specs: Sequence[Spec]
    step: Callable[[], Sequence[float]]
    values: list[Sequence[float]] = field(default_factory=list)
    reason: str | None = None

    def give_up(self, reason: str) -> None:
        """Give the reason for which there is nothing to measure."""
        self.reason = reason

    def figures(self) -> Iterator[Figure]:
        """Yield the figures of the repetitions."""
        if self.reason is not None:
            yield from absent(self.specs, self.reason)
        else:
            for spec, values in zip(self.specs, zip(*self.values, strict=True), strict=True):
                yield figure(spec, values)


def measured(
    jobs: Sequence[Job | Figure], workload: Workload, progress: Callable[[int, int], None]
) -> Iterator[Figure]:
    """Measure jobs in the workload's number of sweeps, after a warm-up; figures come back in order.

    If the model or its tokenizer cannot do a job (``InputError``), its figure is null, with the reason.
    """
    total = len(jobs) * (workload.sweeps + 1)
    start = time.perf_counter()
    for sweep in range(workload.sweeps + 1):
        if sweep > _FEWEST and time.perf_counter() - start > workload.limit:
            break
        for number, job in enumerate(jobs):
            progress(sweep * len(jobs) + number, total)
            if isinstance(job, Job) and job.reason is None:
                _repeat(job, workload, warming=sweep == 0)
    progress(total, total)
    for job in jobs:
        if isinstance(job, Job):
            yield from job.figures()
        else:
            yield job


def _repeat(job: Job, workload: Workload, *, warming: bool) -> None:
    start = time.perf_counter()
    for _ in range(1 if warming else workload.repetitions):
        try:
            values = job.step()
        except InputError as error:
            job.give_up(str(error))
            return
        if not warming:
            job.values.append(values)
        if time.perf_counter() - start > workload.seconds:
            return


def figure(spec: Spec, values: Iterable[float]) -> Figure:
    """Return a figure of several repetitions; values that are not above 0 (a difference lost in noise) do not count."""
    kept = [value for value in values if value > 0]
    if not kept:
        return next(absent([spec], "lost in noise: no repetition took longer than its reference"))
    median = statistics.median(kept)
    return Figure(spec.name, spec.unit, spec.better, median, min(kept), max(kept), len(kept))


def absent(specs: Iterable[Spec], reason: str) -> Iterator[Figure]:
    """Yield figures that could not be measured."""
    for spec in specs:
        yield Figure(spec.name, spec.unit, spec.better, None, None, None, 0, reason)

"""Repetitions of one figure, and what is kept of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

from .result import Figure
from .workload import Workload

__all__ = ["absent", "figure", "repeated"]


def repeated(step: Callable[[], object], workload: Workload, progress: Callable[[], None]) -> None:
    """Call ``step`` once to warm up, then as often as the workload says: at least, and as long as time allows.

    ``step`` measures itself, and is told by its own records how often it was called: the first is to be thrown away.
    """
    fewest, most = workload.rounds
    start = 0.0
    for number in range(most + 1):
        if number == 1:
            start = time.perf_counter()
        elif number > fewest and time.perf_counter() - start > workload.seconds:
            break
        step()
        progress()


def figure(name: str, unit: str, values: Sequence[float], *, better: str = "higher") -> Figure:
    """Return a figure of several repetitions; those that are not above 0 (a difference lost in noise) do not count."""
    kept = [value for value in values if value > 0]
    if not kept:
        return absent(name, unit, "lost in noise: no repetition gave a time above 0", better=better)
    return Figure(name, unit, better, statistics.median(kept), min(kept), max(kept), len(kept))


def absent(name: str, unit: str, reason: str, *, better: str = "higher") -> Figure:
    """Return a figure that could not be measured."""
    return Figure(name, unit, better, None, None, None, 0, reason)

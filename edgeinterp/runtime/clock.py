"""Seconds by phase of a run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

__all__ = ["Clock", "Progress", "silent"]

Item = TypeVar("Item")
# (phase, done, in all)
Progress = Callable[[str, int, int], None]


def silent(_phase: str, _done: int, _total: int) -> None:
    """Take progress where nobody asked for it."""


@dataclass
class Clock:
    """Measure seconds by phase; time in a nested phase counts for the inner phase only."""

    seconds: dict[str, float] = field(default_factory=dict)
    _inner: list[float] = field(default_factory=list)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the duration of the block to ``name``."""
        start = time.perf_counter()
        self._inner.append(0.0)
        try:
            yield
        finally:
            passed = time.perf_counter() - start
            self.seconds[name] = self.seconds.get(name, 0.0) + passed - self._inner.pop()
            if self._inner:
                self._inner[-1] += passed

    @contextlib.contextmanager
    def beside(self, name: str) -> Iterator[None]:
        """Add the duration of a block that runs in its own thread, parallel to another phase; it counts in both."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def forward(self, name: str, batches: Iterator[Item]) -> Iterator[Item]:
        """Pass batches on, and count the time that producing them takes."""
        while True:
            with self.phase(name):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

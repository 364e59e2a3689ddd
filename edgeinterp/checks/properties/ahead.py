"""Compute the vectors of random models in a thread beside the permutations."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from ...model.random_model import RandomModelError

__all__ = ["Ahead", "stop"]

Item = TypeVar("Item")


def stop(given: object) -> None:
    """Tell what makes the items to make no more, where it can be told."""
    told = getattr(given, "stop", None)
    if told is not None:
        told()


class Ahead(Generic[Item]):
    """Prefetch one item of an iterable in a worker thread.

    ``reason`` explains a missing item, where a random model cannot be made.
    """

    def __init__(self, pool: ThreadPoolExecutor, given: Iterable[Item]) -> None:
        self.pool, self.items = pool, iter(given)
        self.reason: str | None = None
        self.coming: Future[Item | None] | None = pool.submit(next, self.items, None)

    def take(self, wait: bool) -> Item | None:
        """Return the next item; None at the end, or if it is not ready and ``wait`` is False."""
        if self.coming is None or not (wait or self.coming.done()):
            return None
        try:
            item = self.coming.result()
        except RandomModelError as error:
            self.coming, self.reason = None, error.reason
            return None
        self.coming = None if item is None else self.pool.submit(next, self.items, None)
        return item

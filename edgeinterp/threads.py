"""How many threads to use."""

from __future__ import annotations

import os

from .errors import InputError

__all__ = ["usable_threads"]


def usable_threads(n_jobs: int | None) -> int:
    """Threads for ``n_jobs`` as scikit-learn counts them: None is 1, -1 all cores this process may use, -2 one less.

    Raises
    ------
    InputError
        For 0, which means nothing.
    """
    if n_jobs is None:
        return 1
    if n_jobs == 0:
        raise InputError("n_jobs must not be 0: give a number of threads, or -1 for all cores")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return n_jobs if n_jobs > 0 else max(1, cores + 1 + n_jobs)

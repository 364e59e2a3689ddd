"""Count the threads to use, and hold process-wide settings while they run."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from typing import Any

from ..errors import InputError
from .arguments import whole_number

__all__ = [
    "MOST_THREADS",
    "Shared",
    "no_warnings",
    "one_blas_thread",
    "thread_count",
    "usable_cores",
    "usable_threads",
]

# no device has more cores, and onnxruntime would create them all
MOST_THREADS = 1024


def usable_cores() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Shared:
    """Share a process-wide setting between threads: the first holder makes it, the last undoes it.

    If each thread made and undid it on its own, one would find another's setting and leave that behind.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._made: set[str] = set()
        self._undo = ExitStack()

    @contextmanager
    def held(self, name: str, make: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
        """Hold the context that ``make`` returns; it is not entered again while another holder has the same name."""
        with self._lock:
            if name not in self._made:
                self._undo.enter_context(make())
                self._made.add(name)
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._made.clear()
                    self._undo.close()


_BLAS, _WARNINGS = Shared(), Shared()


def no_warnings(message: str = "") -> AbstractContextManager[None]:
    """Hold back warnings of every thread in the whole process, until the last that asked for it has ended.

    ``message``: a regular expression for how those begin that are meant; all by default.
    """
    return _WARNINGS.held(f"ignored {message}", partial(_ignored, message))


@contextmanager
def _ignored(message: str) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message)
        yield


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread, process-wide, while worker threads run; the last holder undoes it.

    Otherwise BLAS and the workers compete for the same cores (on a busy machine several times slower than one thread),
    and results could depend on the number of threads. ``scipy.linalg`` is loaded first: it brings its own BLAS, numba
    loads it too, and the limit applies only to libraries already loaded.
    """
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    with _BLAS.held("blas", partial(threadpool_limits, 1, user_api="blas")):
        yield


def thread_count(threads: int | None) -> int:
    """Return how many threads to use: by default every core this process may use.

    Raises
    ------
    InputError
    """
    if threads is None:
        return usable_cores()
    count = whole_number("threads", threads, 1)
    if count > MOST_THREADS:
        raise InputError(f"threads {count}: expected a whole number of at least 1 and at most {MOST_THREADS}")
    return count


def usable_threads(n_jobs: int | None) -> int:
    """Count threads for ``n_jobs`` as scikit-learn does: None is 1, -1 all cores this process may use, -2 one less.

    Raises
    ------
    InputError
        For 0, which has no meaning.
    """
    if n_jobs is None:
        return 1
    n_jobs = whole_number("n_jobs", n_jobs)
    if n_jobs == 0:
        raise InputError("n_jobs must not be 0: give a number of threads, or -1 for all cores")
    return n_jobs if n_jobs > 0 else max(1, usable_cores() + 1 + n_jobs)

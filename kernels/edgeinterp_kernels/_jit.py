"""Decorators for kernels and for the functions that kernels call."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, TypeVar

import numpy as np

__all__ = ["Kernel", "cache_folder", "contiguous", "helper", "kernel"]

F = TypeVar("F", bound=Callable[..., Any])
Array = np.ndarray[Any, Any]

_LOCK = threading.Lock()
_HELPERS: list[Callable[..., Any]] = []


class Kernel:
    """A function that writes into arrays, compiled by numba on its first call.

    numba is imported with the first call. Machine code is cached where numba caches it: in NUMBA_CACHE_DIR, beside the
    sources, or in the user's cache; where none of these is usable, every process compiles anew. With NUMBA_DISABLE_JIT
    the function runs as plain Python. ``fastmath`` stays off because it loses NaN.

    A kernel returns nothing, raises nothing, and runs without the GIL. Its first argument is an array, and it is
    compiled once for each dtype of that array. The types of all other arguments are fixed; the caller ensures this
    (``contiguous``).
    """

    __name__: str

    def __init__(self, function: Callable[..., None]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._compiled: dict[str, Any] = {}

    def __call__(self, *arguments: Any) -> None:
        """Run on arguments, some of which are written to."""
        kind = arguments[0].dtype.name
        compiled = self._compiled.get(kind) or self.compiled(kind)
        try:
            compiled(*arguments)
        except Exception:
            # the kernel did not run: numba could not write or read its cache
            self._compiled[kind] = again = _compiled(self._function, kind, cache=False)
            again(*arguments)

    def compiled(self, kind: str) -> Any:
        """Return numba's function for a first argument of this dtype."""
        with _LOCK:
            if kind not in self._compiled:
                try:
                    self._compiled[kind] = _compiled(self._function, kind, cache=True)
                except RuntimeError:
                    # no place to cache machine code
                    self._compiled[kind] = _compiled(self._function, kind, cache=False)
            return self._compiled[kind]

    def signatures(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield the compiled versions: dtype of the first argument, and numba's types of all arguments."""
        for kind, compiled in self._compiled.items():
            for signature in getattr(compiled, "signatures", ()):
                yield kind, signature


def kernel(function: Callable[..., None]) -> Kernel:
    """Make ``function`` a kernel."""
    return Kernel(function)


def helper(function: F) -> F:
    """Allow kernels and other helpers to call ``function``, which may return a number."""
    _HELPERS.append(function)
    return function


def cache_folder() -> str | None:
    """Return the folder of numba's cache for kernels; None where it cannot be written, or nothing is compiled."""
    try:
        stats = getattr(_compiled(contiguous, "", cache=True), "stats", None)
    except RuntimeError:
        return None
    return stats and str(stats.cache_path)


def contiguous(values: Any, dtype: Any) -> Array:
    """Return ``values`` in the form for which a kernel compiles once: C order, one dtype, writable."""
    return np.require(values, dtype, ["C_CONTIGUOUS", "ALIGNED", "WRITEABLE"])


def _compiled(function: Callable[..., Any], kind: str, cache: bool) -> Any:
    import numba

    while _HELPERS:
        numba.extending.register_jitable(error_model="numpy")(_HELPERS.pop())
    # numba's cache has one index per name, and processes that write to it at once for different types can corrupt it
    named = FunctionType(function.__code__, function.__globals__, function.__name__)
    named.__module__, named.__qualname__ = function.__module__, f"{function.__qualname__}_{kind}"
    return numba.njit(cache=cache, nogil=True, error_model="numpy")(named)

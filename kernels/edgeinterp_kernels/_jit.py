"""The decorators: for kernels, and for what kernels call."""

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
    """A function that writes into arrays, which numba compiles on its first call.

    numba is imported then, not before. Machine code is kept where numba keeps it: in NUMBA_CACHE_DIR, beside the
    sources, or in the user's cache; where none of these can be used, it is compiled in every process. With
    NUMBA_DISABLE_JIT the function runs as it is written. ``fastmath`` stays off because it loses NaN.

    A kernel returns nothing, raises nothing, and runs without the GIL. Its first argument is an array, and it is
    compiled once for each type of element of that array. Everything else must have one type: whoever calls it sees to
    that (``contiguous``).
    """

    __name__: str

    def __init__(self, function: Callable[..., None]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._compiled: dict[str, Any] = {}

    def __call__(self, *arguments: Any) -> None:
        """Run on arguments, of which some are written to."""
        kind = arguments[0].dtype.name
        compiled = self._compiled.get(kind) or self.compiled(kind)
        try:
            compiled(*arguments)
        except Exception:
            # it did not run: numba could not write what it had compiled, or not read what it had written
            self._compiled[kind] = again = _compiled(self._function, kind, cache=False)
            again(*arguments)

    def compiled(self, kind: str) -> Any:
        """Return numba's function for a first argument of this type of element."""
        with _LOCK:
            if kind not in self._compiled:
                try:
                    self._compiled[kind] = _compiled(self._function, kind, cache=True)
                except RuntimeError:
                    # nowhere to keep machine code
                    self._compiled[kind] = _compiled(self._function, kind, cache=False)
            return self._compiled[kind]

    def signatures(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield what it was compiled for: type of element of the first argument, and numba's types of all of them."""
        for kind, compiled in self._compiled.items():
            for signature in getattr(compiled, "signatures", ()):
                yield kind, signature


def kernel(function: Callable[..., None]) -> Kernel:
    """Make a kernel of ``function``."""
    return Kernel(function)


def helper(function: F) -> F:
    """Let kernels and other helpers call ``function``, which may return a number."""
    _HELPERS.append(function)
    return function


def cache_folder() -> str | None:
    """Return where numba keeps the machine code of kernels; None where it can write nowhere, or compiles nothing."""
    try:
        stats = getattr(_compiled(contiguous, "", cache=True), "stats", None)
    except RuntimeError:
        return None
    return stats and str(stats.cache_path)


def contiguous(values: Any, dtype: Any) -> Array:
    """Return ``values`` as numba has to see it to compile a kernel once: in C order, of one type, not read-only."""
    return np.require(values, dtype, ["C_CONTIGUOUS", "ALIGNED", "WRITEABLE"])


def _compiled(function: Callable[..., Any], kind: str, cache: bool) -> Any:
    import numba

    while _HELPERS:
        numba.extending.register_jitable(error_model="numpy")(_HELPERS.pop())
    # numba's cache has one index a name, and processes that write to it at once for different types can mix them up
    named = FunctionType(function.__code__, function.__globals__, function.__name__)
    named.__module__, named.__qualname__ = function.__module__, f"{function.__qualname__}_{kind}"
    return numba.njit(cache=cache, nogil=True, error_model="numpy")(named)

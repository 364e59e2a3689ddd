"""The one decorator for every kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

__all__ = ["kernel"]

F = TypeVar("F", bound=Callable[..., Any])


def kernel(function: F) -> F:
    """Compile ``function`` on first use, without the GIL, cached on disk where that is possible.

    Numba raises at decoration time when it finds no folder to cache in (a read-only install without a writable
    home): the kernel then compiles once a process instead. ``fastmath`` stays off because it loses NaN.
    """
    try:
        compiled = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:
        compiled = numba.njit(nogil=True, error_model="numpy")(function)
    return compiled  # type: ignore[no-any-return]

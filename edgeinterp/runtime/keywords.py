"""Keywords by their old names, refused with the new ones."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

__all__ = ["renamed_keywords"]

P = ParamSpec("P")
R = TypeVar("R")


def renamed_keywords(**names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that refuses keywords by their old names, and says the new ones; nothing is passed on.

    Raises
    ------
    TypeError
        From the decorated function, where it is called with an old name.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            for old, new in names.items():
                if old in kwargs:
                    raise TypeError(f"{function.__name__}: the argument {old} is called {new}; write {new}=...")
            return function(*args, **kwargs)

        return called

    return decorate

"""The two decorators: for kernels, and for what kernels call."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from operator import index
from typing import Any, TypeVar

import numpy as np

from .by_numba import Kinds, dispatched, mark_helper
from .machine_code import ENABLED, ready

__all__ = ["Kernel", "helper", "kernel"]

F = TypeVar("F", bound=Callable[..., Any])
# types of arrays: in the order of this machine's bytes
_TYPES = {np.dtype(one).str for one in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8")}
_LEAST, _MOST = -(2**63), 2**63 - 1
# an array that may be written to gives its address so at a third of what ``.ctypes`` takes
_address: Callable[[Any], ctypes.Array[ctypes.c_char]] = (ctypes.c_char * 0).from_buffer


class Kernel:
    """A function that writes into arrays, compiled on the first call for the types that it is called with.

    Arguments are arrays in C order, numbers (``int``, ``float``, ``numpy.uint64``) and tuples of these. It returns
    nothing, makes no arrays, raises nothing, and runs without the GIL. Machine code is kept on disk where that is
    possible (``machine_code``). ``fastmath`` stays off because it loses NaN.

    Attributes
    ----------
    name : str
        Of its module in this package, and its own.
    function : callable
        The Python that it is written in.
    kinds : list
        What it has been compiled or loaded for, see ``by_numba.Kinds``.
    """

    __name__: str

    def __init__(self, function: Callable[..., None]) -> None:
        functools.update_wrapper(self, function)
        self.function = function
        self.name = f"{self.__module__.rpartition('.')[2]}.{self.__name__}"
        self.kinds: list[Kinds] = []
        self._names = function.__code__.co_varnames[: function.__code__.co_argcount]
        self._compiled: dict[tuple[Any, ...], Callable[..., int]] = {}
        self._instead: Callable[..., None] | None = None if ENABLED else function

    def __call__(self, *arguments: Any) -> None:
        """Run on arguments, of which some are written to.

        Raises
        ------
        TypeError
            If one is nothing that a kernel takes.
        """
        if self._instead is not None:
            self._instead(*arguments)
            return
        key: list[Any] = []
        flat: list[Any] = []
        _flatten(arguments, key, flat)
        compiled = self._compiled.get(tuple(key))
        if compiled is not None:
            if compiled(*flat):
                raise RuntimeError(f"kernel {self.__name__} failed")
            return
        kinds = _kinds(arguments)
        for name, argument in zip(self._names, arguments, strict=True):
            if name == "out" and not argument.flags.writeable:
                raise TypeError(f"kernel {self.__name__}: out is read-only")
        self.prepare(kinds, tuple(key))
        self(*arguments)

    @property
    def stands_alone(self) -> bool:
        """Whether its machine code needs nothing of numba, as far as it has been compiled."""
        return self._instead is None

    def prepare(self, kinds: Kinds, key: tuple[Any, ...] | None = None) -> None:
        """Load or compile it for arguments of these kinds.

        Where the machine code cannot stand alone, numba's own function is used: slower to load, otherwise the same.
        """
        made = ready(self.name, self.function, kinds)
        if kinds not in self.kinds:
            self.kinds.append(kinds)
        if made is None:
            self._instead = dispatched(self.function)
        elif key is not None:
            self._compiled[key] = made


def kernel(function: Callable[..., None]) -> Kernel:
    """Make a kernel of ``function``."""
    return Kernel(function)


def helper(function: F) -> F:
    """Let kernels call ``function``, and helpers do so; it may return a number."""
    mark_helper(function)
    return function


def _flatten(arguments: tuple[Any, ...], key: list[Any], flat: list[Any]) -> None:
    """Add what the C function takes to ``flat`` and what tells types apart to ``key``."""
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            shape = argument.shape
            key += (argument.dtype, len(shape))
            try:
                flat.append(_address(argument))
            except (TypeError, ValueError):
                if not argument.flags.c_contiguous:
                    raise TypeError("kernels take arrays in C order") from None
                key.append("read-only")
                flat.append(argument.ctypes.data)
            flat += shape
        elif isinstance(argument, tuple):
            key.append("(")
            _flatten(argument, key, flat)
            key.append(")")
        else:
            key.append(type(argument))
            value = argument if isinstance(argument, float) else index(argument)
            if not _LEAST <= value <= _MOST and not isinstance(argument, float | np.uint64):
                raise TypeError(f"kernels take whole numbers of 64 bits, not {value}")
            flat.append(value)


def _kinds(arguments: tuple[Any, ...]) -> Kinds:
    """Say of what kinds arguments are.

    Raises
    ------
    TypeError
        If one is nothing that a kernel takes.
    """
    kinds: list[Any] = []
    for argument in arguments:
        if isinstance(argument, tuple):
            kinds.append(_kinds(argument))
        elif isinstance(argument, np.ndarray) and argument.dtype.str in _TYPES and argument.ndim:
            kinds.append((argument.dtype.name, argument.ndim))
        elif isinstance(argument, np.uint64):
            kinds.append(("uint64", -1))
        elif isinstance(argument, float):
            kinds.append(("float64", -1))
        elif isinstance(argument, int | np.integer):
            kinds.append(("int64", -1))
        else:
            raise TypeError(f"kernels take arrays, numbers and tuples of these, not {type(argument).__name__}")
    return tuple(kinds)

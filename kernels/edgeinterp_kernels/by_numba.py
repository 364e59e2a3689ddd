"""LLVM's assembly of kernels, made by numba: a function of addresses and numbers, which C could call."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import numpy as np

__all__ = ["NUMBERS", "Kinds", "dispatched", "leaves", "mark_helper", "parsed"]

# What a kernel takes: ("float32", 2) is an array of two dimensions, ("int64", -1) a number, a tuple of these a tuple.
Kinds = tuple[Any, ...]

# numbers as C and as LLVM have them
NUMBERS = {
    "float64": (ctypes.c_double, "double"), "int64": (ctypes.c_int64, "i64"), "uint64": (ctypes.c_uint64, "i64")
}  # fmt: skip
# what serves callers in Python
_UNSERVED = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def dispatched(function: Callable[..., None]) -> Callable[..., None]:
    """Return the function as numba compiles it for Python: slow to load, otherwise the same."""
    import numba

    made: Callable[..., None] = numba.njit(nogil=True, error_model="numpy")(_with_helpers(function))
    return made


def mark_helper(function: Callable[..., Any]) -> None:
    """Have ``function`` compiled into every kernel that calls it."""
    function.__dict__["kernel_helper"] = True


def parsed(symbol: str, function: Callable[..., None], kinds: Kinds) -> Any:
    """Return LLVM's assembly of a kernel, parsed: a function that C could call, named ``symbol``, and what it calls.

    None if numba compiles nothing, if the code needs something of numba's when it runs, or if numba passes arguments
    otherwise than we know.
    """
    import llvmlite.binding as llvm

    made = _assembly_of_numba(function, kinds)
    if made is None:
        return None
    name, assembly, *linked = made
    parameters, lines, arguments = _passed_on(kinds)
    wrapper = [
        f'define i32 @"{symbol}"({", ".join(["ptr %returned", "ptr %error", *parameters])}) {{',
        *lines,
        f'%status = call i32 @"{name}"({", ".join(["ptr %returned", "ptr %error", *arguments])})',
        "ret i32 %status",
        "}",
    ]
    module = llvm.parse_assembly("\n".join([assembly, *wrapper]))
    for part in linked:
        module.link_in(llvm.parse_assembly(part))
    if any(part.name.startswith("numba.dynamic.globals") for part in module.global_variables):
        # the address of a large array of this process stands in the code
        return None
    types = ["ptr", "ptr", *(argument.split()[0] for argument in arguments)]
    if str(module.get_function(name).global_value_type) != f"i32 ({', '.join(types)})":
        return None
    for part in (*module.functions, *module.global_variables):
        # object files of several kernels are loaded side by side
        if not part.is_declaration and part.name != symbol:
            part.linkage = "internal"
    return module


def _assembly_of_numba(function: Callable[..., None], kinds: Kinds) -> list[str] | None:
    """Return what numba makes of a function: its name, LLVM's assembly, and that of what it calls.

    numba itself would go on to machine code that nobody calls. None where its switch is off, where the function takes
    more than a kernel may, or where a later version does this by other names.
    """
    try:
        import numba
        from numba.core.compiler import Flags, compile_extra
        from numba.core.compiler_lock import global_compiler_lock
        from numba.core.errors import NumbaError
        from numba.core.registry import cpu_target

        flags = Flags()
        # kernels make no arrays: there is no need to count who uses one
        options = {"nopython": True, "boundscheck": None, "error_model": "numpy", "_nrt": False, **_UNSERVED}
        cpu_target.options.parse_as_flags(flags, options)
        flags.no_compile = True
    except (ImportError, AttributeError, TypeError, KeyError):
        return None
    if numba.config.DISABLE_JIT:
        return None
    types = tuple(_numba_type(kind) for kind in kinds)
    contexts = cpu_target.typing_context, cpu_target.target_context
    try:
        with global_compiler_lock:
            made = compile_extra(*contexts, _with_helpers(function), types, numba.types.none, flags, {})
            called = dict.fromkeys(str(one._get_module_for_linking()) for one in made.library._linking_libraries)
    except (NumbaError, AttributeError):
        return None
    return [made.fndesc.llvm_func_name, made.library.get_llvm_str(), *called]


def _numba_type(kind: Kinds) -> Any:
    from numba import types

    if not isinstance(kind[0], str):
        return types.Tuple([_numba_type(part) for part in kind])
    name, dimensions = kind
    one = types.boolean if name == "bool" else getattr(types, name)
    return one if dimensions < 0 else types.Array(one, dimensions, "C")


def leaves(kinds: Kinds) -> Iterator[tuple[str, int]]:
    """Yield the arrays and numbers among kinds, those in tuples where the tuple stands."""
    for kind in kinds:
        if isinstance(kind[0], str):
            yield kind
        else:
            yield from leaves(kind)


def _passed_on(kinds: Kinds) -> tuple[list[str], list[str], list[str]]:
    """Return, as LLVM's assembly, parameters as in C, lines that work with them, and arguments as numba passes them.

    An array comes as its address and shape, and goes on as who owns it (nobody, twice), the number of elements and the
    bytes of one, the address, shape and strides.
    """
    parameters: list[str] = []
    lines: list[str] = []
    arguments: list[str] = []
    for place, (name, dimensions) in enumerate(leaves(kinds)):
        value = f"%a{place}"
        if dimensions < 0:
            parameters.append(f"{NUMBERS[name][1]} {value}")
            arguments.append(parameters[-1])
            continue
        shape = [f"i64 {value}.n{axis}" for axis in range(dimensions)]
        parameters += [f"ptr {value}", *shape]
        size = np.dtype(name).itemsize
        # a step along an axis of an array in C order passes over all that lies behind the axis
        steps = [f"i64 {size}"]
        for axis in reversed(range(dimensions)):
            lines.append(f"{value}.s{axis} = mul {steps[0]}, {value}.n{axis}")
            steps.insert(0, f"i64 {value}.s{axis}")
        lines.append(f"{value}.count = udiv exact {steps[0]}, {size}")
        owners = ["ptr null", "ptr null"]
        arguments += [*owners, f"i64 {value}.count", f"i64 {size}", f"ptr {value}", *shape, *steps[1:]]
    return parameters, lines, arguments


def _inline(function: Callable[..., Any]) -> Any:
    """Return the function for numba to compile into what calls it."""
    import numba

    return numba.njit(error_model="numpy", inline="always", **_UNSERVED)(_with_helpers(function))


def _with_helpers(function: Any) -> Any:
    """Return a copy of the function that finds its helpers as numba wants them."""
    found = {name: function.__globals__.get(name) for name in function.__code__.co_names}
    helpers = {name: _inline(one) for name, one in found.items() if "kernel_helper" in getattr(one, "__dict__", ())}
    own = {**function.__globals__, **helpers}
    return FunctionType(function.__code__, own, function.__name__, function.__defaults__)

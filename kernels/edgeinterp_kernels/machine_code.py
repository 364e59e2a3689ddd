"""Machine code of kernels: numba compiles it once per machine, LLVM alone loads it in every later run.

Importing numba and having it load one function from its own cache takes over 100 MB and most of a second; LLVM takes a
tenth of both. So a kernel is wrapped in a function of addresses and numbers, which needs nothing of numba when it
runs, and is kept as an object file.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import json
import os
import platform
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from ._pages import release

__all__ = ["ENABLED", "Kinds", "cache_folders", "dispatched", "kept_in", "mark_helper", "ready", "start"]

# What a kernel takes: ("float32", 2) is an array of two dimensions, ("int64", -1) a number, a tuple of these a tuple.
Kinds = tuple[Any, ...]

# numba's own switch, which is a number: where it is not 0, kernels run as the Python that they are written in
ENABLED = not re.fullmatch(r"\s*[+-]?0*[1-9]\d*\s*", os.environ.get("NUMBA_DISABLE_JIT", ""))
# numbers as C and as LLVM have them
_NUMBERS = {
    "float64": (ctypes.c_double, "double"), "int64": (ctypes.c_int64, "i64"), "uint64": (ctypes.c_uint64, "i64")
}  # fmt: skip
# what serves callers in Python
_UNSERVED = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
# settings of numba that change no machine code
_NEUTRAL = ("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER", "NUMBA_THREADING_LAYER_PRIORITY")
# intrinsics of LLVM that become calls of the C library
_CALLS = {"memset", "memcpy", "memmove", "exp", "exp2", "log", "log2", "log10", "pow", "sin", "cos"}
_LOCK = threading.RLock()
if hasattr(os, "register_at_fork"):
    # a child would wait for ever for what a thread of its parent held
    os.register_at_fork(before=_LOCK.acquire, after_in_parent=_LOCK.release, after_in_child=_LOCK.release)
_LOADED: dict[str, Callable[..., int] | None] = {}
# where a function of numba's writes what it returns (None: a word of zeros) and why it failed (kernels do not)
_NOTHING = (ctypes.c_int64 * 1)()


class _Code(NamedTuple):
    """An object file, the function in it, and functions of the process that it calls."""

    symbol: str
    needs: list[str]
    machine: bytes


def start() -> None:
    """Start what loads machine code, so that its memory is given back before a model takes any.

    Starting reads 45 MB of LLVM. Without a call it starts with the first kernel.
    """
    if ENABLED:
        with _LOCK:
            _engine()
            release("libllvmlite.so")


def ready(name: str, function: Callable[..., None], kinds: Kinds) -> Callable[..., int] | None:
    """Return ``function`` compiled for arguments of these kinds, from the cache if it is there.

    Parameters
    ----------
    name : str
        Of the kernel, different from every other's.
    function : callable
        In the Python that numba compiles; writes into its arguments and returns nothing.
    kinds : tuple
        Of its arguments.

    Returns
    -------
    callable or None
        Takes an address and sizes for each array, a number as it is, the parts of a tuple one after the other, and
        returns 0; the GIL is released meanwhile. None if the code cannot stand alone: it needs something of numba's.
    """
    symbol = f"{name}_{hashlib.sha256(repr(kinds).encode()).hexdigest()[:12]}"
    with _LOCK:
        if symbol in _LOADED:
            return _LOADED[symbol]
        file_name = f"{symbol}-{_environment()}.kernel"
        found = (_read(folder / file_name, symbol) for folder in cache_folders())
        code = next(filter(None, found), None)
        if code is None:
            code = _compiled(symbol, function, kinds)
            if code is None:
                return None
            # where some debugging of numba's is on, it leaves calls of its own runtime in the code
            if not any(need.startswith(("NRT_", "numba_")) for need in code.needs):
                any(_kept(code, folder / file_name) for folder in cache_folders())
        bound = _LOADED[symbol] = _bound(code, kinds)
        release("libllvmlite.so")
    return bound


def dispatched(function: Callable[..., None]) -> Callable[..., None]:
    """Return the function as numba compiles it for Python: slow to load, otherwise the same."""
    import numba

    made: Callable[..., None] = numba.njit(nogil=True, error_model="numpy")(_with_helpers(function))
    return made


def mark_helper(function: Callable[..., Any]) -> None:
    """Have ``function`` compiled into every kernel that calls it."""
    function.__dict__["kernel_helper"] = True


def cache_folders() -> Iterator[Path]:
    """Yield the folders where machine code is looked for; it is kept in the first that can be written."""
    given = os.environ.get("NUMBA_CACHE_DIR")
    if given:
        yield Path(given, "edgeinterp_kernels")
        return
    yield Path(__file__).parent / "__pycache__"
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or os.path.expanduser("~/.cache")
    if os.path.isabs(home):
        yield Path(home, "edgeinterp_kernels")


def kept_in(folder: Path) -> int:
    """Return how many kernels a folder holds that this version can load on this machine."""
    return len(list(folder.glob(f"*-{_environment()}.kernel"))) if folder.is_dir() else 0


def _read(path: Path, symbol: str) -> _Code | None:
    """Return what a file of the cache holds; None if there is none, or it is damaged."""
    try:
        header, _, machine = path.read_bytes().partition(b"\n")
        told = json.loads(header)
        code = _Code(symbol, [str(need) for need in told["needs"]], machine)
        return code if _hash(code) == told["sha256"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _kept(code: _Code, path: Path) -> bool:
    """Write a file of the cache, whole or not at all; return whether that could be done."""
    told = {"sha256": _hash(code), "needs": code.needs}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=".kernel-")
    except OSError:
        return False
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(told).encode() + b"\n" + code.machine)
        os.chmod(part, 0o644)
        os.replace(part, path)
    except OSError:
        with suppress(OSError):
            os.unlink(part)
        return False
    return True


def _hash(code: _Code) -> str:
    return hashlib.sha256(" ".join([code.symbol, *code.needs]).encode() + b"\n" + code.machine).hexdigest()


@functools.cache
def _environment() -> str:
    """Hash everything but a kernel's name and kinds that its machine code depends on."""
    parts = [version("numba"), version("llvmlite"), platform.python_version(), platform.machine(), platform.system()]
    parts += [
        f"{name}={value}"
        for name, value in sorted(os.environ.items())
        if name.startswith("NUMBA_") and name not in _NEUTRAL
    ]
    digest = hashlib.sha256("\n".join([*parts, *_processor()]).encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _processor() -> tuple[str, str]:
    """Name and features of the processor as LLVM has them, unless numba was told others; by numba's rules."""
    import llvmlite.binding as llvm

    name = os.environ.get("NUMBA_CPU_NAME") or llvm.get_host_cpu_name()
    if "NUMBA_CPU_FEATURES" in os.environ or name.lower() == "generic":
        return name, os.environ.get("NUMBA_CPU_FEATURES", "")
    try:
        features = llvm.get_host_cpu_features()
    except RuntimeError:
        return name, ""
    if os.environ.get("NUMBA_ENABLE_AVX", "1").strip() == "0":
        for feature in features:
            features[feature] = features[feature] and not feature.startswith("avx")
    return name, features.flatten()


def _target() -> Any:
    """Return what makes code for this processor, as numba sets it up for code that runs where it is made."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    name, features = _processor()
    return target.create_target_machine(
        cpu=name, features=features, opt=3, codemodel="jitdefault", jit=True,
        reloc="static" if target.name.startswith("x86") else "default",
    )  # fmt: skip


@functools.cache
def _engine() -> Any:
    """Return what loads object files into this process."""
    import llvmlite.binding as llvm

    machine = _target()
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)


def _bound(code: _Code, kinds: Kinds) -> Callable[..., int] | None:
    """Load machine code; None if it calls what is not there, for which LLVM would end the process."""
    import llvmlite.binding as llvm

    engine = _engine()
    if any(llvm.address_of_symbol(need) is None for need in code.needs):
        return None
    engine.add_object_file(llvm.ObjectFileRef.from_data(code.machine))
    engine.finalize_object()
    address = engine.get_function_address(code.symbol)
    if not address:
        return None
    prototype = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, *_c_types(kinds))
    return functools.partial(prototype(address), _NOTHING, _NOTHING)


def _c_types(kinds: Kinds) -> Iterator[Any]:
    for name, dimensions in _leaves(kinds):
        if dimensions < 0:
            yield _NUMBERS[name][0]
        else:
            yield ctypes.c_void_p
            yield from [ctypes.c_int64] * dimensions


def _compiled(symbol: str, function: Callable[..., None], kinds: Kinds) -> _Code | None:
    """Compile; None if numba compiles nothing, or passes arguments otherwise than we know."""
    import llvmlite.binding as llvm
    import numba

    made = _by_numba(function, kinds)
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
    machine = _target()
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    # by numba's settings: it vectorises loops, and nothing else, because that makes some loops twice as slow
    tuning.loop_vectorization = bool(numba.config.LOOP_VECTORIZE)
    tuning.slp_vectorization = bool(numba.config.SLP_VECTORIZE)
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)
    outside = [part.name for part in (*module.functions, *module.global_variables) if part.is_declaration]
    needs = [name for name in outside if not name.startswith("llvm.")]
    needs += sorted({name.split(".")[1] for name in outside if name.startswith("llvm.")} & _CALLS)
    return _Code(symbol, needs, machine.emit_object(module))


def _by_numba(function: Callable[..., None], kinds: Kinds) -> list[str] | None:
    """Return what numba makes of a function: its name, and LLVM's assembly, not optimised, and that of what it calls.

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


def _leaves(kinds: Kinds) -> Iterator[tuple[str, int]]:
    """Yield the arrays and numbers among kinds, those in tuples where the tuple stands."""
    for kind in kinds:
        if isinstance(kind[0], str):
            yield kind
        else:
            yield from _leaves(kind)


def _passed_on(kinds: Kinds) -> tuple[list[str], list[str], list[str]]:
    """Return, as LLVM's assembly, parameters as in C, lines that work with them, and arguments as numba passes them.

    An array comes as its address and shape, and goes on as who owns it (nobody, twice), the number of elements and the
    bytes of one, the address, shape and strides.
    """
    parameters: list[str] = []
    lines: list[str] = []
    arguments: list[str] = []
    for place, (name, dimensions) in enumerate(_leaves(kinds)):
        value = f"%a{place}"
        if dimensions < 0:
            parameters.append(f"{_NUMBERS[name][1]} {value}")
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

"""Machine code of kernels, which are written for numba, in a process that does without numba.

Importing numba takes over 100 MB and a second, and making LLVM's assembly of the Python most of what compiling takes.
So that is done before a release (``make kernels``), for the types that kernels are called with, and comes with
the package. The first run on a machine has LLVM make an object file of it for the processor; later runs load that.
Kernels of other types, or changed since, are compiled by numba, and kept likewise.

A kernel is wrapped in a function of addresses and numbers, which needs nothing of numba when it runs.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import json
import os
import platform
import re
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from .by_numba import NUMBERS, Kinds, leaves, parsed
from .pages import release

__all__ = [
    "ASSEMBLY", "ENABLED", "SUMS", "cache_folders", "digest", "kept_in", "ready", "sources", "start", "symbol_of",
    "target",
]  # fmt: skip

# numba's own switch, which is a number: where it is not 0, kernels run as the Python that they are written in
ENABLED = not re.fullmatch(r"\s*[+-]?0*[1-9]\d*\s*", os.environ.get("NUMBA_DISABLE_JIT", ""))
# settings of numba that change no machine code
_NEUTRAL = ("NUMBA_CACHE_DIR", "NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER", "NUMBA_THREADING_LAYER_PRIORITY")
# settings of numba that say for which processor, and are followed without it
_OF_PROCESSOR = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_ENABLE_AVX")
# intrinsics of LLVM that become calls of the C library
_CALLS = {"memset", "memcpy", "memmove", "exp", "exp2", "log", "log2", "log10", "pow", "sin", "cos"}
_MOST = 2**63 - 1
# what numba made of the kernels, for the types that they are called with, and hashes of these files and of the kernels
ASSEMBLY = Path(__file__).parent / "assembly"
SUMS = "SHA256SUMS"
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
    symbol = symbol_of(name, kinds)
    with _LOCK:
        if symbol in _LOADED:
            return _LOADED[symbol]
        file_name = f"{symbol}-{_environment()}.kernel"
        found = (_read(folder / file_name, symbol) for folder in cache_folders())
        code = next(filter(None, found), None)
        made = code or _compiled(symbol, function, kinds)
        if made is None:
            return None
        bound = _LOADED[symbol] = _bound(made, kinds)
        # where some debugging of numba's is on, it leaves calls of its own runtime in the code
        if code is None and bound and not any(need.startswith(("NRT_", "numba_")) for need in made.needs):
            any(_kept(made, folder / file_name) for folder in cache_folders())
        release("libllvmlite.so")
    return bound


def symbol_of(name: str, kinds: Kinds) -> str:
    """Return the name of a kernel's function for arguments of these kinds, in machine code and of files."""
    return f"{name}_{digest(repr(kinds).encode())[:12]}"


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
    return digest(" ".join([code.symbol, *code.needs]).encode() + b"\n" + code.machine)


@functools.cache
def _environment() -> str:
    """Hash everything but a kernel's name and kinds that its machine code depends on."""
    parts = [version("numba"), version("llvmlite"), platform.python_version(), platform.machine(), platform.system()]
    parts += [f"{name}={value}" for name, value in sorted(_settings().items())]
    parts += [*_processor(), sources(), *sorted(f"{name} {told}" for name, told in _sums().items())]
    return digest("\n".join(parts).encode())[:16]


def _settings() -> dict[str, str]:
    """Return the settings of numba that may change machine code."""
    return {name: value for name, value in os.environ.items() if name.startswith("NUMBA_") and name not in _NEUTRAL}


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


def target() -> Any:
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

    machine = target()
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
    for name, dimensions in leaves(kinds):
        if dimensions < 0:
            yield NUMBERS[name][0]
        else:
            yield ctypes.c_void_p
            yield from [ctypes.c_int64] * dimensions


def _compiled(symbol: str, function: Callable[..., None], kinds: Kinds) -> _Code | None:
    """Compile; None if numba compiles nothing, or passes arguments otherwise than we know."""
    import llvmlite.binding as llvm

    # by numba's settings: it vectorises loops, and nothing else, because that makes some loops twice as slow
    loops, others = True, False
    module = _shipped(symbol)
    if module is None:
        module = parsed(symbol, function, kinds)
        if module is None:
            return None
        import numba

        loops, others = bool(numba.config.LOOP_VECTORIZE), bool(numba.config.SLP_VECTORIZE)
    machine = target()
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    tuning = llvm.create_pipeline_tuning_options(speed_level=3)
    tuning.loop_vectorization, tuning.slp_vectorization = loops, others
    builder = llvm.create_pass_builder(machine, tuning)
    builder.getModulePassManager().run(module, builder)
    outside = [part.name for part in (*module.functions, *module.global_variables) if part.is_declaration]
    needs = [name for name in outside if not name.startswith("llvm.")]
    needs += sorted({name.split(".")[1] for name in outside if name.startswith("llvm.")} & _CALLS)
    return _Code(symbol, needs, machine.emit_object(module))


def _shipped(symbol: str) -> Any:
    """Return the assembly of a kernel that came with this package, parsed; None if there is none that can be used.

    It is as numba made it, and holds for every processor of 64 bits. It is left alone where kernels have been changed
    since, where it is damaged, where numba is told to do things otherwise, and where LLVM is too old to read it.
    """
    import llvmlite.binding as llvm

    if _settings().keys() - set(_OF_PROCESSOR) or sys.byteorder != "little" or sys.maxsize < _MOST:
        return None
    name, sums = f"{symbol}.ll", _sums()
    try:
        text = (ASSEMBLY / name).read_bytes().replace(b"\r\n", b"\n")
        if sums.get("*.py") != sources() or sums.get(name) != digest(text):
            return None
        module = llvm.parse_assembly(text.decode())
        module.verify()
    except (OSError, ValueError, RuntimeError):
        return None
    return module


@functools.cache
def _sums() -> dict[str, str]:
    """Return the hashes that the files of assembly should have, and the kernels; none where there is no list."""
    try:
        lines = (ASSEMBLY / SUMS).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return {}
    return {name: told for told, _, name in (line.partition("  ") for line in lines)}


def sources() -> str:
    """Hash the Python that kernels are made of, whatever ends its lines."""
    paths = sorted(Path(__file__).parent.glob("*.py"))
    return digest(b"".join(path.read_bytes().replace(b"\r\n", b"\n") for path in paths))


def digest(data: bytes) -> str:
    """Return the SHA-256 of data, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()

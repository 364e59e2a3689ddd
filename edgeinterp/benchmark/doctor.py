"""Find what would be slow or fail on this machine, and what to do about it."""

from __future__ import annotations

import json
import os
import platform
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..checks.correspondence.linear_map import BYTES_PER_PAIR, layers_at_a_time
from ..checks.device import describe
from ..errors import InputError
from ..model.files import check_files
from ..model.manifest import Manifest, read_manifest
from ..results.result import Device, ModelInfo
from ..runtime import system
from ..runtime.arguments import file_name
from ..runtime.counting import counted
from ..runtime.json_values import to_json
from ..runtime.threads import usable_cores
from ..runtime.writing import write_whole

__all__ = ["Diagnosis", "Finding", "doctor", "memory_needed_mb", "threading_layer"]

SCHEMA = 1
# resident before any model is open: Python, NumPy, onnxruntime, SciPy and scikit-learn
IMPORTS_MB = 160
# numba and LLVM, which come with the first kernel
KERNELS_MB = 140
# outputs of batches under way, their copies, tallies: memory budget of a check beyond the model
WORKING_MB = 100
# versions known to crash: package, version, machine, effect
BROKEN = (
    ("onnxruntime", "1.21.0", "aarch64", "dies with an illegal instruction on a Raspberry Pi 4 (onnxruntime#23957)"),
)
HOT = 80.0


@dataclass(frozen=True)
class Finding:
    """One finding.

    Attributes
    ----------
    name : str
        Subject of the finding.
    status : str
        ``ok``, ``slow``, ``fails`` or ``unknown``.
    found : str
        The finding.
    advice : str or None
        What to do; None where nothing needs to be done.
    """

    name: str
    status: str
    found: str
    advice: str | None = None


@dataclass(frozen=True)
class Diagnosis:
    """All findings; ``to_dict`` is the JSON of ``edgeinterp doctor --out``."""

    findings: list[Finding]
    device: Device
    model: ModelInfo | None = None
    schema: int = field(default=SCHEMA, kw_only=True)

    @property
    def failing(self) -> list[Finding]:
        """Return the findings that would make a check fail."""
        return [finding for finding in self.findings if finding.status == "fails"]

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        data: dict[str, Any] = to_json(self)
        return {"schema": data.pop("schema"), **data}

    def save(self, path: str | Path) -> None:
        """Write the JSON to ``path``, whole or not at all."""
        write_whole(Path(path), json.dumps(self.to_dict(), indent=1, allow_nan=False, ensure_ascii=False) + "\n")


def doctor(model: str | Path | None = None, *, root: Path = system.ROOT) -> Diagnosis:
    """Examine this machine, and whether a model fits on it; nothing is run, nothing is changed.

    Parameters
    ----------
    model : str or Path, optional
        A model folder; by default the embedded one.
    root : Path
        Root of the operating system's files.

    Returns
    -------
    Diagnosis

    Raises
    ------
    InputError
        Where ``model`` is no model folder, or one of its files is missing or was changed: no check would open it.
    """
    if model is None:
        from edgeinterp_models import default_model_folder

        model = default_model_folder()
    folder = file_name("model", model)
    manifest = read_manifest(folder)
    check_files(folder, manifest)
    parts: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python, _packages, _kernel_cache, _thread_pool, lambda: _cores(root), lambda: _features(root, manifest),
        lambda: _clock(root), lambda: _memory(root, folder, manifest), _export,
    )  # fmt: skip
    findings = [finding for part in parts for finding in part()]
    info = ModelInfo(
        str(folder), manifest.model_sha256, manifest.architecture, manifest.layers, manifest.heads,
        manifest.hidden_size, manifest.causal, manifest.quantization,
    )  # fmt: skip
    return Diagnosis(findings, describe(), info)


def _python() -> Iterator[Finding]:
    bits = 8 * struct.calcsize("P")
    found = f"Python {platform.python_version()}, {bits} bits, {platform.machine()}"
    if bits < 64:
        advice = "install a 64-bit operating system: numba and onnxruntime have no 32-bit wheels"
        yield Finding("Python", "fails", found, advice)
    elif not (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield Finding("Python", "fails", found, "use Python 3.11, 3.12 or 3.13")
    else:
        yield Finding("Python", "ok", found)


def _packages() -> Iterator[Finding]:
    for package in ("numpy", "numba", "onnxruntime", "tokenizers", "scikit-learn"):
        try:
            own = version(package)
        except PackageNotFoundError:
            yield Finding(package, "fails", "not installed", "pip install edgeinterp")
            continue
        broken = next((row for row in BROKEN if row[:3] == (package, own, platform.machine())), None)
        if broken:
            yield Finding(package, "fails", f"{own} {broken[3]}", f"pip install '{package}!={own}'")
        elif package == "onnxruntime":
            yield _onnxruntime(own)
        else:
            yield Finding(package, "ok", own)


def _onnxruntime(own: str) -> Finding:
    try:
        import onnxruntime

        names = [name.removesuffix("ExecutionProvider") for name in onnxruntime.get_available_providers()]
    except Exception as error:  # any import error is relevant to the user
        reason = " ".join(str(error).split())[:120]
        return Finding("onnxruntime", "fails", f"{own} cannot be imported ({reason})", "reinstall onnxruntime")
    return Finding("onnxruntime", "ok", f"{own}, providers {', '.join(names)}; edgeinterp uses CPU")


def _kernel_cache() -> Iterator[Finding]:
    try:
        import numba

        from edgeinterp_kernels._jit import cache_folder

        folder = cache_folder()
    except Exception as error:  # any import error is relevant to the user
        reason = " ".join(str(error).split())[:120]
        yield Finding("kernel cache", "fails", f"numba cannot be imported ({reason})", "reinstall numba and llvmlite")
        return
    if numba.config.DISABLE_JIT:
        yield Finding("kernel cache", "slow", "NUMBA_DISABLE_JIT is set: kernels run as plain Python", "unset it")
    elif folder is None:
        advice = "set NUMBA_CACHE_DIR to a folder that can be written"
        found = "no folder for it can be written: kernels compile in every run (some seconds)"
        yield Finding("kernel cache", "slow", found, advice)
    elif any(Path(folder).glob("*.nbi")):
        yield Finding("kernel cache", "ok", f"{folder}, filled")
    else:
        yield Finding("kernel cache", "ok", f"{folder}, empty: the first run compiles (some seconds)")


def _thread_pool() -> Iterator[Finding]:
    # kernels run from our threads and use no pool; numba's pool matters to other code in the same process
    layer = threading_layer()
    if layer != "workqueue":
        yield Finding("numba threading layer", "ok", f"{layer}; edgeinterp does not depend on it")
    else:
        yield Finding(
            "numba threading layer", "ok",
            "workqueue only; edgeinterp does not depend on it, but parallel kernels of other code must not be called "
            "from two threads (numba#8563)", "apt install libgomp1, if you run such code",
        )  # fmt: skip


def threading_layer() -> str:
    """Return the pool that numba would use for parallel kernels: ``tbb``, ``omp`` or ``workqueue``."""
    pools = ("tbb", "omp")
    return next((name for name in pools if _imports(f"numba.np.ufunc.{name}pool")), "workqueue")


def _imports(module: str) -> bool:
    import importlib

    try:
        importlib.import_module(module)
    except ImportError:
        return False
    return True


def _cores(root: Path) -> Iterator[Finding]:
    there, usable, granted = os.cpu_count() or 1, usable_cores(), system.cgroup_cores(root)
    found = f"{counted(there, 'core')}, {usable} usable by this process"
    if granted is not None and granted < usable:
        threads = max(1, int(granted))
        yield Finding(
            "cores", "slow", f"{found}, but the container is granted {granted:g} cores' time",
            f"run with --threads {threads}: more threads than granted time wait for each other",
        )  # fmt: skip
    elif usable == 1:
        yield Finding("cores", "slow", found, "one core: expect about twice the times in the README")
    else:
        yield Finding("cores", "ok", found)


def _features(root: Path, manifest: Manifest) -> Iterator[Finding]:
    features = system.cpu_features(root)
    if features is None:
        yield Finding("CPU features", "unknown", "the system does not list them")
        return
    wanted = {"avx2", "avx512f", "avx512_vnni", "avx_vnni", "asimd", "asimddp", "i8mm"}
    known = sorted(wanted & features)
    found = ", ".join(known) or "none of those that matter"
    fast_int8 = {"avx512_vnni", "avx_vnni", "asimddp", "i8mm"} & features
    if "int8" in manifest.quantization and not fast_int8:
        yield Finding(
            "CPU features", "slow", f"{found}: no integer dot products, so {manifest.quantization} gains little",
            "compare the time of a float32 export; and readings with a machine that has them (edgeinterp compare)",
        )  # fmt: skip
    else:
        yield Finding("CPU features", "ok", found)


def _clock(root: Path) -> Iterator[Finding]:
    governor, hot, firmware = system.governor(root), system.temperature(root), system.undervoltage(root)
    if firmware:
        yield Finding("power", "slow", ", ".join(firmware), "use the power supply and the cooling made for this board")
    if governor == "powersave":
        advice = "set it to ondemand or performance while measuring (cpufreq-set -g performance)"
        yield Finding("clock governor", "slow", governor, advice)
    elif governor is not None:
        yield Finding("clock governor", "ok", governor)
    if hot is not None:
        slow = hot >= HOT
        cooling = "let it cool, or it will be throttled" if slow else None
        yield Finding("temperature", "slow" if slow else "ok", f"{hot:.0f} degrees Celsius", cooling)


def memory_needed_mb(folder: Path, manifest: Manifest, low_memory: bool = False) -> int:
    """Estimate the peak memory of ``edgeinterp check`` on a model, in MB.

    The estimate adds the weights twice (a random model beside the model itself), imported libraries, the compiler in
    the first run, the working memory of the checks (100 MB), and the sums of the linear maps: 32 bytes x layers x
    hidden size squared, with low memory of as many layers as fit into 64 MB. Attention maps of long texts add to it.
    """
    weights = sum((folder / name).stat().st_size for name in manifest.files if name.startswith("model.onnx"))
    sums = BYTES_PER_PAIR * manifest.hidden_size**2
    layers = min(manifest.layers, layers_at_a_time(manifest.hidden_size)) if low_memory else manifest.layers
    return IMPORTS_MB + KERNELS_MB + WORKING_MB + (2 * weights + layers * sums >> 20)


def _memory(root: Path, folder: Path, manifest: Manifest) -> Iterator[Finding]:
    try:
        needed, least = memory_needed_mb(folder, manifest), memory_needed_mb(folder, manifest, low_memory=True)
    except OSError as error:
        raise InputError(f"{folder}: {error.strerror}; export the model again") from None
    available = system.memory_available_mb(root)
    found = f"{folder.name} needs about {needed:,} MB"
    if available is None:
        yield Finding("memory", "unknown", f"{found}; the system does not report free memory")
    elif needed <= available:
        yield Finding("memory", "ok", f"{found}, {available:,} MB are available")
    elif least <= available:
        yield Finding("memory", "slow", f"{found}, {available:,} MB are available", f"--low-memory needs {least:,} MB")
    else:
        smaller = "" if manifest.quantization != "none" else "export with --quantize int8, or "
        advice = f"{smaller}leave out random models (--controls), or use a smaller model"
        yield Finding("memory", "fails", f"{found}, {available:,} MB are available", advice)


def _export() -> Iterator[Finding]:
    lacking = [name for name in ("torch", "transformers", "onnx") if find_spec(name) is None]
    if lacking:
        found = f"not here ({', '.join(lacking)} missing); checks do not need it"
        yield Finding("export", "ok", found, "pip install 'edgeinterp[export]', where models are to be exported")
        return
    transformers = version("transformers")
    # Optimum's exporter does not go with transformers 5 (optimum-onnx#114)
    optimum = find_spec("optimum") is not None and int(transformers.split(".")[0]) < 5
    exporter = f"optimum {version('optimum')}" if optimum else "by torch.onnx.export"
    yield Finding("export", "ok", f"torch {version('torch')}, transformers {transformers}, {exporter}")

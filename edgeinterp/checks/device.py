"""Describe machine and model for a result."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .._version import __version__
from ..model.model import Model
from ..results.result import Device, ModelInfo
from ..runtime.clock import Clock
from ..runtime.system import peak_memory_mb

__all__ = ["circumstances", "describe", "model_info"]


def circumstances(model: Model, clock: Clock) -> dict[str, Any]:
    """Return what every ``Result`` says of a run: version, time, model, machine, seconds and memory."""
    return {
        "edgeinterp": __version__,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "model": model_info(model),
        "device": describe(model.threads),
        "timings": {name: round(seconds, 3) for name, seconds in clock.seconds.items()},
        "memory": {"peak_mb": peak_memory_mb()},
    }


def describe(threads: int | None = None) -> Device:
    """Return this machine's description; ``threads`` is what the run uses."""
    return Device(
        machine=platform.machine() or "unknown",
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        memory_mb=_memory_mb(),
        onnxruntime=_version("onnxruntime"),
        numba=_version("numba"),
        threads=threads,
    )


def model_info(model: Model) -> ModelInfo:
    """Return a result's description of its model."""
    manifest = model.manifest
    return ModelInfo(
        path=str(model.folder),
        sha256=model.sha256,
        architecture=manifest.architecture,
        layers=manifest.layers,
        heads=manifest.heads,
        hidden_size=manifest.hidden_size,
        causal=manifest.causal,
        quantization=manifest.quantization,
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _cpu() -> str:
    model = Path("/proc/device-tree/model")
    information = Path("/proc/cpuinfo")
    try:
        if model.exists():
            return model.read_text(encoding="utf-8").strip("\0\n ")
        for line in information.read_text(encoding="utf-8").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in ("model name", "Model", "Hardware"):
                return value.strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _memory_mb() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    except (AttributeError, ValueError, OSError):
        return None

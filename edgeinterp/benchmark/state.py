"""Read conditions that may slow the device down, before and after, and the settings that figures depend on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..model.model import Model
from ..runtime import system
from ..runtime.counting import counted
from ..runtime.threads import usable_cores
from .doctor import HOT, threading_layer
from .result import BenchResult, Reading, State
from .starting import kernel_signatures

__all__ = ["read_state", "remarks", "settings_of"]

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "BLIS_NUM_THREADS")


def read_state(root: Path = system.ROOT) -> State:
    """Read governor, clock, temperature, throttling and load; unknown values are null with a reason."""
    clocks = system.frequencies_mhz(root)
    return State(
        _told(system.governors(root), "the system has no clock governor (common in virtual machines)"),
        _told([min(clocks), max(clocks)] if clocks else None, "the system does not tell the cores' clock"),
        _told(system.temperature(root), "the system has no thermal zone"),
        _told(system.undervoltage(root), "only the firmware of a Raspberry Pi tells"),
        _told(system.throttle_events(root), "the system does not count them"),
        _told(round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None, "the system does not tell"),
    )


def _told(value: Any, reason: str) -> Reading:
    return Reading(value, reason if value is None else None)


def settings_of(model: Model) -> dict[str, Any]:
    """Return versions and thread settings that may differ between two runs on one device."""
    from threadpoolctl import threadpool_info

    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    blas = sorted(
        {f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}".strip() for pool in pools}
    )
    return {
        "threads": model.threads,
        "usable_cores": usable_cores(),
        "blas": blas,
        "blas_threads": max((int(pool["num_threads"]) for pool in pools), default=None),
        "numba_threading_layer": threading_layer(),
        "kernels": len(kernel_signatures()),
        "environment": {name: os.environ[name] for name in _THREADS if name in os.environ},
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        **{name: _version(name) for name in ("onnxruntime", "numpy", "numba", "scikit-learn", "tokenizers")},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def remarks(result: BenchResult) -> list[str]:
    """Give reasons to distrust a run's figures: other work, a slow governor, heat, throttling."""
    before, after = result.state["before"], result.state["after"]
    said = []
    load = before.load.value
    # other processes that take half a core affect every figure
    if load is not None and load >= 0.5:
        said.append(f"the machine was busy in the minute before it began (load {load:g}); measure when it is idle")
    if "powersave" in (before.governors.value or []):
        said.append("the clock governor is powersave; set it to performance to measure the device at its best")
    if after.temperature_c.value is not None and after.temperature_c.value >= HOT:
        said.append(f"it ended at {after.temperature_c.value:.0f} degrees Celsius; cores that hot are throttled")
    if after.throttled.value:
        said.append(f"the firmware reports {', '.join(after.throttled.value)}")
    counts = before.throttle_events.value, after.throttle_events.value
    if None not in counts and counts[1] > counts[0]:
        said.append(f"cores were throttled {counted(counts[1] - counts[0], 'time')} while it ran")
    return said

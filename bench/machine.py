"""The machine and the thread settings that a benchmark ran under, in one line."""

from __future__ import annotations

import os

from edgeinterp.checks.device import describe
from edgeinterp.runtime.threads import usable_cores


def line() -> str:
    device = describe()
    settings = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.endswith("_NUM_THREADS")]
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return (
        f"{device.cpu}, {device.machine}, {usable_cores()} usable cores, {device.memory_mb} MB, onnxruntime "
        f"{device.onnxruntime}, numba {device.numba}{load}; {' '.join(settings) or 'no thread settings'}"
    )

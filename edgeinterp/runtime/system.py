"""Read the cores, memory and clock that the operating system grants this process, and its use. Changes nothing.

Every reader takes the ``root`` of the file system, and returns None where the system gives no answer.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

__all__ = [
    "cgroup_cores",
    "cgroup_memory_mb",
    "cpu_features",
    "frequencies_mhz",
    "governor",
    "governors",
    "memory_available_mb",
    "peak_memory_mb",
    "temperature",
    "throttle_events",
    "undervoltage",
]

ROOT = Path("/")
# bits of the Raspberry Pi firmware's get_throttled: under-voltage, frequency capped, throttled, soft temperature limit
_THROTTLED = {0: "under-voltage", 1: "frequency capped", 2: "throttled", 3: "soft temperature limit"}


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None


def cpu_features(root: Path = ROOT) -> frozenset[str] | None:
    """Return the flags (x86) or features (ARM) of the first core in /proc/cpuinfo."""
    for line in (_text(root / "proc/cpuinfo") or "").splitlines():
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            return frozenset(value.split())
    return None


def _cgroups(root: Path) -> list[Path]:
    """Return the folders of this process's control groups: version 2, innermost first, then version 1."""
    found = []
    for line in (_text(root / "proc/self/cgroup") or "").splitlines():
        number, controllers, path = [*line.split(":", 2), "", ""][:3]
        parts = [part for part in path.split("/") if part and part != ".."]
        for names in [""] if number == "0" else controllers.split(","):
            base = root / "sys/fs/cgroup" / names
            found += [base.joinpath(*parts[:depth]) for depth in range(len(parts), -1, -1)]
    return found


def cgroup_cores(root: Path = ROOT) -> float | None:
    """Return how many cores' time the control groups (of a container, say) grant: the smallest limit."""
    granted = []
    for folder in _cgroups(root):
        quota, period = [*(_text(folder / "cpu.max") or "").split(), "", ""][:2]
        if not quota:
            quota = _text(folder / "cpu.cfs_quota_us") or ""
            period = _text(folder / "cpu.cfs_period_us") or ""
        if quota.isdigit() and period.isdigit() and int(period):
            granted.append(int(quota) / int(period))
    return min(granted, default=None)


def cgroup_memory_mb(root: Path = ROOT) -> int | None:
    """Return the memory limit of the control groups: the smallest limit."""
    limits = []
    for folder in _cgroups(root):
        for name in ("memory.max", "memory.limit_in_bytes"):
            value = _text(folder / name) or ""
            # version 1 writes "no limit" as a number near 2**63
            if value.isdigit() and int(value) < 1 << 60:
                limits.append(int(value) >> 20)
    return min(limits, default=None)


def memory_available_mb(root: Path = ROOT) -> int | None:
    """Return the memory that new work may take without swapping: MemAvailable, within the control group's limit."""
    free = re.search(r"^MemAvailable:\s+(\d+) kB", _text(root / "proc/meminfo") or "", re.MULTILINE)
    known = [int(free.group(1)) >> 10] if free else []
    limit = cgroup_memory_mb(root)
    return min([*known, *([] if limit is None else [limit])], default=None)


def peak_memory_mb(root: Path = ROOT) -> float | None:
    """Return the peak memory of this process, in MB of 2**20 bytes."""
    # Linux's getrusage includes the memory of the process that started this one
    most = re.search(r"^VmHWM:\s+(\d+) kB", _text(root / "proc/self/status") or "", re.MULTILINE)
    if most:
        return int(most.group(1)) / (1 << 10)
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1 << 20) if sys.platform == "darwin" else used / (1 << 10)


def governor(root: Path = ROOT) -> str | None:
    """Return the clock governor of core 0, such as ``performance``, ``ondemand`` or ``powersave``."""
    return _text(root / "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") or None


def _of_cores(root: Path, name: str) -> list[str]:
    """Return the content of ``name`` in every core's folder."""
    folders = (root / "sys/devices/system/cpu").glob("cpu[0-9]*")
    return [text for folder in sorted(folders) if (text := _text(folder / name))]


def governors(root: Path = ROOT) -> list[str] | None:
    """Return the distinct clock governors of the cores."""
    return sorted(set(_of_cores(root, "cpufreq/scaling_governor"))) or None


def frequencies_mhz(root: Path = ROOT) -> list[float]:
    """Return each core's current clock in MHz, from the governor or /proc/cpuinfo; [] where neither states it."""
    own = [int(text) / 1000.0 for text in _of_cores(root, "cpufreq/scaling_cur_freq") if text.isdigit()]
    lines = (_text(root / "proc/cpuinfo") or "").splitlines()
    told = re.findall(r"^cpu MHz\s*:\s*(\d+(?:\.\d+)?)$", "\n".join(lines), re.MULTILINE)
    return own or [float(value) for value in told]


def throttle_events(root: Path = ROOT) -> int | None:
    """Return how often the cores were throttled for heat since the system started."""
    counts = [int(text) for text in _of_cores(root, "thermal_throttle/core_throttle_count") if text.isdigit()]
    return sum(counts) if counts else None


def temperature(root: Path = ROOT) -> float | None:
    """Return the hottest thermal zone in degrees Celsius."""
    found = []
    for zone in sorted((root / "sys/class/thermal").glob("thermal_zone*")):
        value = _text(zone / "temp") or ""
        if value.lstrip("-").isdigit():
            found.append(int(value) / 1000.0)
    return max(found, default=None)


def undervoltage(root: Path = ROOT) -> list[str] | None:
    """Name the causes that slow a Raspberry Pi down now, as its firmware reports them; [] for none."""
    value = _text(root / "sys/devices/platform/soc/soc:firmware/get_throttled")
    if value is None or not re.fullmatch(r"(0x)?[0-9a-fA-F]+", value):
        return None
    bits = int(value, 16)
    return [word for bit, word in _THROTTLED.items() if bits >> bit & 1]


def writable(folder: Path) -> bool:
    """Tell whether a file could be created in ``folder``, or in its nearest existing parent."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)

"""What the operating system grants, read from invented file systems."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from edgeinterp.runtime import system


def root_of(folder: Path, **files: str) -> Path:
    """Write files named by their path with ``__`` for ``/`` and ``_dot_`` for a dot."""
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_features_of_either_kind_of_processor(tmp_path: Path) -> None:
    x86 = root_of(tmp_path / "x86", proc__cpuinfo="processor\t: 0\nflags\t\t: fpu avx2 avx512_vnni\n")
    arm = root_of(tmp_path / "arm", proc__cpuinfo="processor\t: 0\nFeatures\t: fp asimd crc32\n")
    assert system.cpu_features(x86) == frozenset({"fpu", "avx2", "avx512_vnni"})
    assert system.cpu_features(arm) == frozenset({"fp", "asimd", "crc32"})
    assert system.cpu_features(tmp_path / "none") is None


def test_peak_memory_is_of_this_process_and_not_of_the_one_that_started_it(tmp_path: Path) -> None:
    says = (
        "from edgeinterp.runtime.system import peak_memory_mb as peak; x = b'1' * (int({}) << 20); del x; print(peak())"
    )
    starts = (
        "import subprocess, sys; x = b'1' * (300 << 20); "
        "print(subprocess.run([sys.executable, '-c', sys.argv[1]], capture_output=True, text=True, check=True).stdout)"
    )

    def peak(*command: str) -> float:
        done = subprocess.run([sys.executable, "-c", *command], capture_output=True, text=True, check=True)
        return float(done.stdout)

    small, large = peak(says.format(0)), peak(says.format(100))
    assert 0 < small < 100
    assert small + 90 < large < small + 110
    if sys.platform == "linux":
        assert peak(starts, says.format(0)) < small + 10
    status = root_of(tmp_path, proc__self__status="VmPeak:\t   9999 kB\nVmHWM:\t   2048 kB\nVmRSS:\t    1024 kB\n")
    assert system.peak_memory_mb(status) == 2.0
    told = system.peak_memory_mb(tmp_path / "none")
    assert told is not None
    assert told > 10


@pytest.mark.parametrize(("quota", "cores"), [("150000 100000", 1.5), ("max 100000", None), ("", None)])
def test_cores_of_a_control_group(tmp_path: Path, quota: str, cores: float | None) -> None:
    root = root_of(
        tmp_path, proc__self__cgroup="0::/box/run\n", sys__fs__cgroup__box__run__cpu_dot_max="400000 100000",
        sys__fs__cgroup__box__cpu_dot_max=quota,
    )  # fmt: skip
    # the outer group may be the tighter one
    assert system.cgroup_cores(root) == (cores if cores is not None else 4.0)


def test_control_groups_of_version_1(tmp_path: Path) -> None:
    root = root_of(
        tmp_path, proc__self__cgroup="4:memory:/box\n3:cpu,cpuacct:/box\n",
        sys__fs__cgroup__cpu__box__cpu_dot_cfs_quota_us="50000",
        sys__fs__cgroup__cpu__box__cpu_dot_cfs_period_us="100000",
        sys__fs__cgroup__memory__box__memory_dot_limit_in_bytes=str(256 << 20),
        sys__fs__cgroup__memory__memory_dot_limit_in_bytes="9223372036854771712",
    )  # fmt: skip
    assert system.cgroup_cores(root) == 0.5
    assert system.cgroup_memory_mb(root) == 256


def test_memory_is_what_is_free_within_the_limit(tmp_path: Path) -> None:
    free = {"proc__meminfo": "MemTotal: 999 kB\nMemAvailable:    2097152 kB\n", "proc__self__cgroup": "0::/\n"}
    assert system.memory_available_mb(root_of(tmp_path / "a", **free)) == 2048
    limited = root_of(tmp_path / "b", **free, sys__fs__cgroup__memory_dot_max=str(512 << 20))
    assert system.memory_available_mb(limited) == 512
    assert system.memory_available_mb(tmp_path / "none") is None


def test_clock_and_heat(tmp_path: Path) -> None:
    root = root_of(
        tmp_path, sys__devices__system__cpu__cpu0__cpufreq__scaling_governor="powersave\n",
        sys__class__thermal__thermal_zone0__temp="61000\n", sys__class__thermal__thermal_zone1__temp="84500\n",
        sys__devices__platform__soc__placeholder="",
    )  # fmt: skip
    assert system.governor(root) == "powersave"
    assert system.temperature(root) == 84.5
    assert system.undervoltage(root) is None
    (root / "sys/devices/platform/soc/soc:firmware").mkdir()
    (root / "sys/devices/platform/soc/soc:firmware/get_throttled").write_text("50005")
    assert system.undervoltage(root) == ["under-voltage", "throttled"]


def test_a_folder_that_is_not_there_yet_is_judged_by_its_parent(tmp_path: Path) -> None:
    assert system.writable(tmp_path / "a" / "b")
    (tmp_path / "file").write_text("")
    assert not system.writable(tmp_path / "file" / "c")

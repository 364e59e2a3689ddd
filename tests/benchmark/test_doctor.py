"""What the doctor says of machines that lack something."""

from __future__ import annotations

import json
import platform
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from edgeinterp.benchmark import doctor as module
from edgeinterp.benchmark.doctor import Diagnosis, Finding, doctor, memory_needed_mb
from edgeinterp.cli.main import main
from edgeinterp.errors import InputError
from edgeinterp.model.manifest import read_manifest
from edgeinterp_kernels import _jit, keyed
from edgeinterp_models import default_model_folder
from tests.runtime.test_system import root_of

SMALL = {"proc__meminfo": "MemAvailable:    204800 kB\n"}


def found(diagnosis: Diagnosis, name: str) -> Finding:
    return next(finding for finding in diagnosis.findings if finding.name == name)


def test_this_machine_runs_the_tests_so_nothing_fails() -> None:
    diagnosis = doctor()
    assert diagnosis.failing == []
    assert {"Python", "onnxruntime", "kernel cache", "cores", "memory", "export"} <= {
        f.name for f in diagnosis.findings
    }
    assert diagnosis.model is not None
    assert diagnosis.model.layers == 6


def test_too_little_memory_fails_and_low_memory_is_advised_where_it_helps(tmp_path: Path) -> None:
    assert found(doctor(root=root_of(tmp_path, **SMALL)), "memory").status == "fails"
    folder = default_model_folder()
    deep = replace(read_manifest(folder), layers=60, hidden_size=1024)
    whole, grouped = memory_needed_mb(folder, deep), memory_needed_mb(folder, deep, low_memory=True)
    assert whole - grouped == pytest.approx(32 * 58 * 1024**2 / 2**20, abs=1)
    between = f"MemAvailable: {(whole + grouped) // 2 << 10} kB\n"
    (finding,) = module._memory(root_of(tmp_path / "b", proc__meminfo=between), folder, deep)
    assert (finding.status, finding.advice) == ("slow", f"--low-memory needs {grouped:,} MB")


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_folder_that_no_check_would_open_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(default_model_folder(), folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:-9])
    with pytest.raises(InputError, match=f"{name}: changed since the export"):
        doctor(folder)
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name}: no such file"):
        doctor(folder)


def test_a_container_with_less_time_than_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "usable_cores", lambda: 4)
    root = root_of(tmp_path, proc__self__cgroup="0::/\n", sys__fs__cgroup__cpu_dot_max="150000 100000")
    finding = found(doctor(root=root), "cores")
    assert finding.status == "slow"
    assert "--threads 1" in (finding.advice or "")


def test_a_processor_without_integer_dot_products(tmp_path: Path) -> None:
    pi4 = root_of(tmp_path, proc__cpuinfo="Features\t: fp asimd evtstrm crc32 cpuid\n")
    finding = found(doctor(root=pi4), "CPU features")
    assert finding.status == "slow"
    assert "asimd" in finding.found


def test_heat_and_governor(tmp_path: Path) -> None:
    root = root_of(
        tmp_path, sys__devices__system__cpu__cpu0__cpufreq__scaling_governor="powersave",
        sys__class__thermal__thermal_zone0__temp="85000",
    )  # fmt: skip
    diagnosis = doctor(root=root)
    assert found(diagnosis, "clock governor").status == found(diagnosis, "temperature").status == "slow"


@pytest.mark.parametrize(
    ("package", "version", "machine", "status"),
    [
        ("onnxruntime", "1.21.0", "aarch64", "fails"),
        ("onnxruntime", "1.21.0", "x86_64", "ok"),
        ("onnxruntime", "1.22.1", "aarch64", "ok"),
    ],
)
def test_known_bad_versions(
    monkeypatch: pytest.MonkeyPatch, package: str, version: str, machine: str, status: str
) -> None:
    monkeypatch.setattr(module, "version", lambda name: version if name == package else "1.0")
    monkeypatch.setattr(platform, "machine", lambda: machine)
    finding = next(finding for finding in module._packages() if finding.name == package)
    assert finding.status == status


def test_kernels_without_a_place_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_jit, "cache_folder", lambda: None)
    finding = next(module._kernel_cache())
    assert (finding.status, finding.advice) == ("slow", "set NUMBA_CACHE_DIR to a folder that can be written")


def test_kernels_that_run_as_python_are_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 1)
    finding = next(module._kernel_cache())
    assert (finding.status, finding.advice) == ("slow", "unset it")
    assert "NUMBA_DISABLE_JIT" in finding.found


def test_the_cache_of_kernels_is_filled_by_the_first_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    finding = next(module._kernel_cache())
    assert finding.status == "ok"
    assert str(tmp_path) in finding.found
    assert "empty" in finding.found
    monkeypatch.setattr(keyed._poisson_weights, "_compiled", {})
    keyed.poisson_weights(np.arange(3, dtype=np.uint64), 2)
    finding = next(module._kernel_cache())
    assert finding.status == "ok"
    assert finding.found.endswith("filled")


def test_the_exporter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _name: True)
    monkeypatch.setattr(module, "version", lambda _name: "4.57.6")
    assert next(module._export()).found.endswith("transformers 4.57.6, optimum 4.57.6")
    monkeypatch.setattr(module, "version", lambda _name: "5.1.0")
    assert next(module._export()).found.endswith("transformers 5.1.0, by torch.onnx.export")
    monkeypatch.setattr(module, "find_spec", lambda _name: None)
    finding = next(module._export())
    assert (finding.status, finding.advice is not None) == ("ok", True)


def test_no_model_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"edgeinterp\.json"):
        doctor(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_model_folder_that_no_check_would_open_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(default_model_folder(), folder)
    (folder / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", encoding="utf-8")
    with pytest.raises(InputError, match=f"{name}: is a Git LFS pointer"):
        doctor(folder)
    (folder / name).unlink()
    with pytest.raises(InputError, match=f"{name}: no such file"):
        doctor(folder)


def test_command_prints_and_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--out", str(tmp_path / "doctor.json")]) == 0
    out = capsys.readouterr().out
    assert "kernel cache" in out
    data: dict[str, Any] = json.loads((tmp_path / "doctor.json").read_text(encoding="utf-8"))
    assert data.keys() == {"schema", "findings", "device", "model"}
    assert data["model"]["architecture"] == "BertModel"


def test_command_ends_with_2_where_something_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    diagnosis = doctor(root=root_of(tmp_path, **SMALL))
    monkeypatch.setattr(module, "doctor", lambda _model: diagnosis)
    assert main(["doctor"]) == 2
    printed = capsys.readouterr()
    assert printed.err.startswith("edgeinterp: memory: ")
    assert printed.err.count("\n") == 1
    assert "1 would fail here" in printed.out

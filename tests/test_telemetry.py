"""Nothing that runs here reports anywhere: onnxruntime's telemetry is off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import onnxruntime

SCRIPT = """
import os
import edgeinterp, edgeinterp_models
edgeinterp.load(edgeinterp_models.default_model_folder())
print(os.environ["ORT_DISABLE_TELEMETRY"])
"""


def ran(home: Path, **environment: str) -> str:
    kept = {
        name: value for name, value in os.environ.items() if name not in ("ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**kept, "HOME": str(home), **environment}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.strip()


def traces(home: Path) -> list[str]:
    return sorted(path.name for path in home.rglob("*") if path.is_file())


def reports() -> bool:
    """Whether this onnxruntime has telemetry: its library then knows the variable that turns it off."""
    libraries = (Path(onnxruntime.__file__).parent / "capi").glob("*onnxruntime*")
    return any(b"ORT_DISABLE_TELEMETRY" in path.read_bytes() for path in libraries if path.is_file())


def test_no_identifier_is_made_for_telemetry(tmp_path: Path) -> None:
    assert ran(tmp_path) == "1"
    assert traces(tmp_path) == []


def test_a_user_may_leave_it_on(tmp_path: Path) -> None:
    """The control: what the default keeps from being made is made here, or this onnxruntime has no telemetry at all."""
    assert ran(tmp_path, ORT_DISABLE_TELEMETRY="0") == "0"
    assert ("deviceid" in traces(tmp_path)) == reports()

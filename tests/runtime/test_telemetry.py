"""Nothing that runs here reports anywhere: onnxruntime's telemetry is off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


def test_no_identifier_is_made_for_telemetry(tmp_path: Path) -> None:
    assert ran(tmp_path) == "1"
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_user_may_leave_it_on(tmp_path: Path) -> None:
    assert ran(tmp_path, ORT_DISABLE_TELEMETRY="0") == "0"

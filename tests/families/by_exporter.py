"""Every family by each exporter: by Optimum, and by PyTorch with transformers 4 and with transformers 5."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

from edgeinterp.errors import InputError
from edgeinterp.exporting import exporters
from edgeinterp.exporting.chatter import turned_down
from edgeinterp.exporting.export import export

from .models import FAMILIES, ONLY_5, OTHERS, REFUSED, save_family

ROOT = Path(__file__).parents[2]
# `make test` installs it there
TRANSFORMERS5 = Path(os.environ.get("TRANSFORMERS5", Path(sys.prefix) / "transformers5"))
EVERY = {**FAMILIES, **OTHERS, **ONLY_5, **{key: family for key, (family, _) in REFUSED.items()}}


def environment() -> dict[str, str]:
    """Return the variables of a process in which transformers 5 comes first."""
    assert (TRANSFORMERS5 / "transformers").is_dir(), f"no transformers 5 in {TRANSFORMERS5}; `make test` installs it"
    paths = [TRANSFORMERS5, ROOT, ROOT / "kernels", ROOT / "models"]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}


def certified(key: str) -> str:
    """Return the largest relative difference of an export's certificate, or why the family is refused."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        try:
            with warnings.catch_warnings(), turned_down():
                warnings.simplefilter("ignore")
                save_family(EVERY[key], source)
        except ValueError as error:
            if "Unrecognized model identifier" not in str(error):
                raise
            return "not in this release of transformers"
        try:
            manifest = export(source, Path(folder) / "out")
        except InputError as error:
            return f"refused: {str(error).removeprefix(f'{source}: ')}"
        difference = manifest.certificate["worst"]["relative_difference"]
        return f"{difference:.0e}" if manifest.exporter == "optimum" or not _optimum_asked() else "unknown to Optimum"


def _optimum_asked() -> bool:
    return sys.argv[1:] == ["optimum"]


def columns() -> list[dict[str, str]]:
    """Return, of each exporter, what it made of each family."""
    found = []
    for way, variables in (("optimum", dict(os.environ)), ("torch", dict(os.environ)), ("torch", environment())):
        command = [sys.executable, "-m", "tests.families.by_exporter", way]
        done = subprocess.run(command, env=variables, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        found.append(json.loads(done.stdout))
    return found


if __name__ == "__main__":
    from transformers.utils import logging as bars

    bars.disable_progress_bar()
    if not _optimum_asked():
        exporters.optimum_fault = lambda: "not used here"
    print(json.dumps({key: certified(key) for key in EVERY}))

"""Fuzz every reader in turn and say what was found: ``python -m tests.fuzz.every SECONDS``; needs ``edgeinterp[fuzz]``.

The table goes into docs/fuzzing.md. What a reader chokes on lies in ``crash-*`` in the current folder.
"""

from __future__ import annotations

import importlib.metadata
import platform
import re
import subprocess
import sys

from edgeinterp import __version__
from tests.fuzz.readers import READERS

SEED = 1
PACKAGES = ("atheris", "tokenizers", "numpy")


def fuzzed(name: str, seconds: int) -> tuple[int, int]:
    """Fuzz one reader; how often it was run, and how many faults were found: the first one ends it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.fuzz", name, str(seconds), str(SEED)],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, errors="replace",
    )  # fmt: skip
    runs = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    if done.returncode or runs is None:
        print(done.stderr[-5000:], file=sys.stderr)
        return int(runs[1]) if runs else 0, 1
    return int(runs[1]), 0


def main() -> int:
    """Print the table; 1 where a reader failed."""
    seconds = int(sys.argv[1])
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in PACKAGES)
    print(f"edgeinterp {__version__}, Python {platform.python_version()}, {versions}; seed {SEED}\n")
    print(f"| {'reader':16} | seconds | executions | faults |\n| {'-' * 16} | ------: | ---------: | -----: |")
    faults = 0
    for name in READERS:
        runs, found = fuzzed(name, seconds)
        faults += found
        print(f"| {name:16} | {seconds:7} | {runs:10,} | {found:6} |", flush=True)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())

"""What takes too long for every run of the tests: many texts, many runs at once, an install that nobody may write to.

``make endurance`` (or ``python -m tests.endurance``) prints what was seen, for docs/endurance.md; exit status 1 where
something does not hold. The last part needs root, to become somebody else.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import edgeinterp
import edgeinterp_kernels
import edgeinterp_models
from edgeinterp.inputs.texts import default_texts

# how many texts, and by how much more memory the larger number may take: 1 kB a text
FEW, MANY, KILOBYTES = 2_000, 50_000, 1.0
RUNS = 8


def shuffled_texts(count: int, seed: int = 0) -> list[str]:
    """Distinct texts: the words of the embedded ones in another order."""
    rng = random.Random(seed)
    found: dict[str, None] = dict.fromkeys(default_texts())
    stock = list(found)
    while len(found) < count:
        words = rng.choice(stock).split()
        rng.shuffle(words)
        found[" ".join(words)] = None
    return list(found)[:count]


def run(*arguments: str, environment: dict[str, str] | None = None) -> str:
    """Run the command, and return what it says on stderr."""
    command = [sys.executable, "-m", "edgeinterp", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})}
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)}: exit code {done.returncode}, {done.stderr}")
    return done.stderr


def result(folder: Path) -> dict[str, Any]:
    """Read a result without what differs from run to run."""
    found: dict[str, Any] = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    for name in ("created", "timings"):
        del found[name]
    return found


def many_texts(folder: Path) -> bool:
    """Memory of a run over few texts and over many."""
    peaks = {}
    for count in (FEW, MANY):
        path = folder / f"{count}.txt"
        path.write_text("\n".join(shuffled_texts(count)), encoding="utf-8")
        out = folder / f"out{count}"
        run("check", "--only", "correspondence", "--texts", str(path), "--quiet", "--out", str(out))
        found = json.loads((out / "result.json").read_text(encoding="utf-8"))
        peaks[count] = found["memory"]["peak_mb"]
        part = found["checks"]["correspondence"]
        print(
            f"{count:,} distinct texts: {found['timings']['total_s']:.0f} s, peak memory {peaks[count]:.0f} MB, "
            f"{part['evaluated_tokens']:,} tokens evaluated"
        )
    each = 1024.0 * float(peaks[MANY] - peaks[FEW]) / (MANY - FEW)
    print(f"a further text: {each:.2f} kB, at most {KILOBYTES:g} wanted")
    return each <= KILOBYTES


def runs_at_once(folder: Path) -> bool:
    """Let several runs compile into one empty cache of kernels, and compare their results."""
    texts = folder / "few.txt"
    texts.write_text("\n".join(shuffled_texts(80)), encoding="utf-8")
    environment = {"NUMBA_CACHE_DIR": str(folder / "cache")}

    def one(number: int) -> dict[str, Any]:
        out = folder / f"run{number}"
        arguments = ["check", "--only", "correspondence,influence", "--texts", str(texts), "--permutations", "99"]
        said = run(*arguments, "--quiet", "--out", str(out), environment=environment)
        if said:
            raise SystemExit(f"a run said {said!r}")
        found = result(out)
        del found["memory"]
        return found

    with ThreadPoolExecutor(RUNS) as pool:
        results = list(pool.map(one, range(RUNS)))
    again = one(RUNS)
    same = all(found == again for found in results)
    print(
        f"{RUNS} runs at once with one empty cache, and one after them: {'the same' if same else 'different'} results"
    )
    return same


def nothing_writable(folder: Path) -> bool:
    """Run a copy of the package as somebody who may write nowhere but into one folder."""
    if not hasattr(os, "getuid") or os.getuid() != 0 or not sys.platform.startswith("linux"):
        print("an install that cannot be written: not tried, needs Linux and root")
        return False
    own, out, home = (folder / name for name in ("install", "out", "home"))
    for package in (edgeinterp, edgeinterp_kernels, edgeinterp_models):
        source = Path(str(package.__file__)).parent
        shutil.copytree(source, own / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    out.mkdir()
    home.mkdir()
    for path in [home, own, *own.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    environment = {
        name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")
    }
    environment |= {"PYTHONPATH": str(own), "HOME": str(home), "TMPDIR": str(home)}
    command = [sys.executable, "-m", "edgeinterp", "check", "--only", "correspondence", "--quiet", "--out", str(out)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=environment, cwd=home, preexec_fn=powerless
    )
    if done.returncode:
        raise SystemExit(f"exit code {done.returncode}, {done.stderr}")
    left = [path for path in [*own.rglob("*"), *home.rglob("*")] if path.suffix in (".nbi", ".nbc", ".pyc")]
    verdicts = result(out)["verdicts"]
    print(
        f"an install, a home and a temporary folder that cannot be written: {len(verdicts)} verdicts, "
        f"{done.stderr.strip() or 'nothing'} on stderr, {len(left)} files left behind"
    )
    return len(verdicts) > 0 and not left and not done.stderr


def powerless() -> None:
    """Let go of what lets root write where modes forbid it (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH)."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):
        if libc.prctl(24, capability, 0, 0, 0):
            raise OSError(ctypes.get_errno(), "capabilities cannot be dropped")


def main() -> int:
    """Run every part in a folder of its own."""
    held = True
    for part in (nothing_writable, runs_at_once, many_texts):
        with tempfile.TemporaryDirectory() as folder:
            held &= part(Path(folder))
            sys.stdout.flush()
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())

"""What becomes of a run where the disk really is too small: ``make test-disk``; the output goes into docs/disk.md.

Every command writes to a tmpfs of every size up to the one that it needs, from one without a free inode on. Needs
Linux and the right to mount: root, or user namespaces (``unshare --user --map-root-user --mount``). Where neither is
given, it fails and says so.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import edgeinterp as ei
from edgeinterp.benchmark.run import bench
from edgeinterp.exporting.export import export
from tests.bad_input.test_legitimate import MANY
from tests.benchmark.test_bench import SMALL
from tests.small_models import CORPUS, save_source

KB = 1024
# the page is the unit of a tmpfs; from some size on, steps are a tenth of it
PAGE_KB = 4
COMMANDS = {
    "check": "check model --only correspondence --permutations 19 --texts mine.txt --quiet --out disk/out",
    "compare": "compare a.json a.json --quiet --out disk/out",
    "doctor": "doctor model --quiet --out disk/doctor.json",
    "bench --compare": "bench --compare bench.json bench.json --quiet --out disk/bench.json",
    "export --from-onnx": "export --from-onnx model disk/model --quiet",
    "export": "export source disk/model --quiet",
    "export --quantize int8": "export source disk/model --quantize int8 --quiet",
    "export --quantize fp16": "export source disk/model --quantize fp16 --quiet",
}
# an export takes ten seconds
COARSE = ("export", "export --quantize int8", "export --quantize fp16")
MOST_KB = 64 * KB


def mounted(folder: Path, size_kb: int) -> None:
    """Mount a disk; one of 0 kB has no inode for a file."""
    options = f"size={size_kb}k" if size_kb else f"size={PAGE_KB}k,nr_inodes=1"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)


def may_mount(folder: Path) -> bool:
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode == 0:
        subprocess.run(["umount", str(folder)], check=True)
    return done.returncode == 0


def may_have(own: list[str]) -> bool:
    """Whether a name space of our own is allowed."""
    return (
        shutil.which(own[0]) is not None
        and not subprocess.run([*own, "true"], capture_output=True, check=False).returncode
    )


def prepared(folder: Path) -> None:
    """Write what the commands read."""
    save_source("bert", folder / "source")
    export(folder / "source", folder / "model")
    ei.check(folder / "model", CORPUS * 20, only=["correspondence"], n_permutations=19).save(folder / "a.json")
    bench(folder / "model", workload=SMALL, threads=1).save(folder / "bench.json")
    (folder / "mine.txt").write_text(MANY, encoding="utf-8")
    (folder / "disk").mkdir()


def fault(done: subprocess.CompletedProcess[str], disk: Path) -> str | None:
    """What is wrong with a run that found no room; None where it is as it should be."""
    if done.returncode not in (0, 2):
        return f"exit code {done.returncode}"
    if done.stdout or done.stderr.count("\n") != (done.returncode == 2):
        return "not one line"
    if done.returncode == 2 and ("report it" in done.stderr or "o space left" not in done.stderr):
        return "does not say that there is no space"
    left = sorted(path for path in disk.rglob("*") if path.is_file())
    for path in left:
        if path.parent.name != ".unfinished" and path.name.startswith("."):
            return f"{path.name} is left"
        if path.suffix == ".json" and not readable(path):
            return f"{path.name} is half written"
        if path.suffix == ".html" and not path.read_bytes().endswith(b"</html>"):
            return f"{path.name} is half written"
    if done.returncode == 2 and (disk / "model").exists():
        return "part of a model folder is left"
    return None


def readable(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True


def tried(name: str, folder: Path) -> bool:
    """Run one command on ever larger disks until it has room, and print what came of it."""
    disk, size, runs, said = folder / "disk", 0, 0, ""
    while size <= MOST_KB:
        mounted(disk, size)
        try:
            done = subprocess.run(
                [sys.executable, "-m", "edgeinterp", *COMMANDS[name].split()],
                cwd=folder, capture_output=True, text=True, check=False,
            )  # fmt: skip
            wrong = fault(done, disk)
        finally:
            subprocess.run(["umount", str(disk)], check=True)
        if wrong is not None:
            print(f"{name}, {size} kB: {wrong}; it said {done.stderr!r}")
            return False
        if done.returncode == 0:
            print(f"{name}: refused on {runs} disks, done on one of {size} kB; before that it said")
            print(f"    {said.strip().replace(str(folder) + os.sep, '')}")
            return runs > 0
        runs, said = runs + 1, done.stderr
        step = max(PAGE_KB, size // (2 if name in COARSE else 10))
        size += -(-step // PAGE_KB) * PAGE_KB
    print(f"{name}: no room on a disk of {MOST_KB} kB; it said {said!r}")
    return False


def main() -> int:
    """Try every command; 1 where one leaves something half written or does not say why."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if not may_mount(folder):
            own = ["unshare", "--user", "--map-root-user", "--mount"]
            if sys.argv[1:] or not may_have(own):
                print("no file system may be mounted here: run it as root, or where user namespaces are allowed")
                return 1
            return subprocess.run([*own, sys.executable, "-m", "tests.disk", "inside"], check=False).returncode
        prepared(folder)
        held = True
        for command in COMMANDS:
            held &= tried(command, folder)
            sys.stdout.flush()
    return int(not held)


if __name__ == "__main__":
    sys.exit(main())

"""The disk is full at every operation in turn: one line, nothing half written, what was there before still whole."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.checks.correspondence import blocks
from edgeinterp.cli.main import main
from edgeinterp.runtime import checkpoint
from tests.bad_input.full_disk import FullDisk
from tests.bad_input.test_legitimate import MANY

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not name open files")

# without random models, whose passes write as the others do and take longest
CHECK = "check model --only correspondence --controls foreign --permutations 19 --texts mine.txt --quiet --out out"
COMMANDS = {
    CHECK: ("result.json", "report.html"),
    "compare a.json b.json --quiet --out out": ("comparison.json", "comparison.html"),
    "doctor model --quiet --out out/doctor.json": ("doctor.json",),
    "bench --compare bench.json bench.json --quiet --out out/bench.json": ("bench.json",),
    "export --from-onnx model out/new --overwrite --quiet": ("new",),
}
MOST = 400


def ended(command: str) -> int:
    try:
        return main(command.split())
    except SystemExit as stop:
        return int(stop.code or 0)


@pytest.fixture
def prepared(here: Path, bench_file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the commands need, and checkpoints as often as there can be any."""
    shutil.copy(bench_file, here / "bench.json")
    (here / "mine.txt").write_text("".join(MANY.splitlines(keepends=True)[:12]), encoding="utf-8")
    monkeypatch.setattr(checkpoint, "SECONDS", 0.0)
    monkeypatch.setattr(blocks, "BLOCK_TOKENS", 2000)
    return here


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def plain(data: bytes) -> Any:
    """The content of a JSON file without what differs from run to run."""
    found = json.loads(data)
    return {name: part for name, part in found.items() if name not in ("created", "timings", "memory")}


def whole(name: str, data: bytes, wanted: bytes) -> bool:
    """Whether a file is what a command writes, all of it; times and free memory differ from run to run."""
    if name.startswith("new/"):
        return data == wanted
    if name.endswith(".json"):
        json.loads(data)
    return re.sub(rb"[\d.]+", b"0", data) == re.sub(rb"[\d.]+", b"0", wanted)


@pytest.mark.parametrize("forever", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("older", [False, True], ids=["new", "over an older one"])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.partition(" ")[0])
def test_full_at_every_operation(command: str, older: bool, forever: bool, prepared: Path, capfd: Any) -> None:
    names, out = COMMANDS[command], prepared / "out"
    assert ended(command) == 0, capfd.readouterr().err
    wanted = content(out)
    assert {name.split("/")[0] for name in wanted} == set(names)
    before = {} if not older else wanted
    tried = refused = 0
    reached = True
    while reached:
        tried += 1
        assert tried < MOST
        shutil.rmtree(out, ignore_errors=True)
        if older:
            put_back(out, before)
        disk = FullDisk(prepared, tried, forever)
        with pytest.MonkeyPatch.context() as patch:
            disk.put_in(patch)
            code = ended(command)
        reached, said = disk.reached, capfd.readouterr()
        told = f"{disk.done[tried - 1 :][:1]}: {code} {said.err}"
        assert said.out == "", told
        found = content(out) if out.exists() else {}
        kept = {name: data for name, data in found.items() if not name.startswith(".unfinished/")}
        if code == 0:
            # nothing failed, or what failed was kept for a run that might be stopped
            assert said.err == "", told
            assert kept.keys() == wanted.keys() == found.keys(), told
            assert not (forever and reached), told
        else:
            refused += 1
            check_refusal(code, said.err, told)
            found = kept = without_aside(kept, said.err)
            assert kept.keys() <= wanted.keys(), told
            assert before.keys() <= kept.keys(), told
            assert not list(out.glob(".unfinished/.*")), told
            # a model folder is there or not: no part of it
            assert "new" not in names or kept.keys() in (set(), wanted.keys()), told
        for name, data in kept.items():
            assert data == before.get(name) or whole(name, data, wanted[name]), f"{name}, {told}"
        left = sorted(path.name for path in prepared.iterdir() if path.name not in ("out", "model"))
        assert left == ["a.json", "b.json", "bench.json", "mine.txt"], told
    assert refused >= 5 * len(names), "making, writing, flushing, synchronising and renaming are five"


def check_refusal(code: int, said: str, told: str) -> None:
    assert code == 2, told
    assert said.startswith("edgeinterp: "), told
    assert "out" in said.partition(": cannot be written")[0], told
    assert said.count("\n") == 1, told
    assert "No space left on device" in said, told
    assert any(word in said for word in ("free space", "choose another", "rename it")), told


def without_aside(found: dict[str, bytes], said: str) -> dict[str, bytes]:
    """Take an older model folder that could not be put back for what it is, where the line names it."""
    called = {name.partition("/")[0] for name in found if name.startswith(".new.old.")}
    assert all(f"out/{name}: rename it" in said for name in called), said
    return {re.sub(r"^\.new\.old\.[^/]+", "new", name): data for name, data in found.items()}


def put_back(out: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(data)


def test_a_run_that_found_no_room_goes_on(prepared: Path, capfd: Any) -> None:
    """Where the last part fails, what was kept leads to the same result without running it again."""
    assert ended(CHECK) == 0
    wanted = plain((prepared / "out" / "result.json").read_bytes())
    disk = FullDisk(prepared, 10_000, forever=True)
    with pytest.MonkeyPatch.context() as patch:
        disk.put_in(patch)
        assert ended(CHECK) == 0
    # the first operation on result.json's own temporary file
    at = next(number for number, done in enumerate(disk.done, 1) if "out/.result.json" in done)
    disk = FullDisk(prepared, at, forever=True)
    with pytest.MonkeyPatch.context() as patch:
        disk.put_in(patch)
        assert ended(CHECK) == 2
    assert "out/result.json: cannot be written (No space left on device)" in capfd.readouterr().err
    assert sorted(path.name for path in (prepared / "out" / ".unfinished").iterdir()) == [
        "correspondence.json", "run.json",
    ]  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ei.Model, "_run", None)
        assert ended(f"{CHECK} --resume") == 0, capfd.readouterr().err
    assert plain((prepared / "out" / "result.json").read_bytes()) == wanted
    assert sorted(path.name for path in (prepared / "out").iterdir()) == ["report.html", "result.json"]

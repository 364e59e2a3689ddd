"""Runs that were stopped or killed go on to the same result."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import edgeinterp as ei
from edgeinterp.checks.correspondence import blocks, linear_map
from edgeinterp.checks.correspondence.fit import FittedMaps
from edgeinterp.errors import InputError
from edgeinterp.inputs.norms import default_norms
from edgeinterp.inputs.pairs import default_pairs
from edgeinterp.inputs.texts import default_texts
from edgeinterp.runtime import checkpoint as module
from edgeinterp.runtime import spool
from edgeinterp.runtime.checkpoint import Checkpoint, digest
from edgeinterp.runtime.spool import Spool

Make = Callable[[str], Path]

TEXTS = default_texts()[:120]
FEW = list(dict.fromkeys(default_pairs().categories))[:3]
PAIRS = default_pairs().part([i for i, name in enumerate(default_pairs().categories) if name in FEW and i % 3 == 0])
NORMS = ei.Norms(
    default_norms().concepts[:60], default_norms().words[:60], default_norms().features, default_norms().values[:60]
)


class StoppedError(Exception):
    """The run was stopped by the test."""


@pytest.fixture(autouse=True)
def _kept_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.0)
    # several blocks, so that texts wait when a run is stopped
    monkeypatch.setattr(blocks, "BLOCK_TOKENS", 100)
    # one layer at a time
    monkeypatch.setattr(linear_map, "LOW_MEMORY_BYTES", 1)


def run(folder: Path, progress: Any = None, **options: Any) -> dict[str, Any]:
    result = ei.check(
        folder, TEXTS, pairs=PAIRS, norms=NORMS, n_permutations=19, threads=2, progress=progress, **options
    ).to_dict()
    for name in ("timings", "memory", "created"):
        del result[name]
    return result


class Steps:
    """Count what a run reports, and stop it at one of these."""

    def __init__(self, stop: int | None = None) -> None:
        self.stop = stop
        self.phases: list[str] = []

    @property
    def seen(self) -> int:
        return len(self.phases)

    def __call__(self, phase: str, _done: int, _total: int) -> None:
        self.phases.append(phase)
        if self.seen == self.stop:
            raise StoppedError


@pytest.mark.parametrize(
    ("options", "stops"),
    [
        ({}, 2),
        ({"only": ["correspondence"]}, 6),
        ({"low_memory": True, "only": ["correspondence"]}, 4),
        ({"only": ["properties", "relations"]}, 2),
    ],
)
def test_a_stopped_run_goes_on_to_the_same_result(
    exported: Make, tmp_path: Path, options: dict[str, Any], stops: int
) -> None:
    folder = exported("bert")
    steps = Steps()
    whole = run(folder, steps, **options)
    for stop in sorted(random.Random(stops).sample(range(2, steps.seen), stops)):
        with pytest.raises(StoppedError):
            run(folder, Steps(stop), checkpoint=tmp_path / "part", **options)
        # and again, soon after it went on
        with contextlib.suppress(StoppedError):
            run(folder, Steps(2), checkpoint=tmp_path / "part", resume=True, **options)
        assert run(folder, checkpoint=tmp_path / "part", resume=True, **options) == whole


def test_parts_of_other_groups_of_layers_are_not_taken(
    exported: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How many layers are fitted at a time may change between versions."""
    folder, options = exported("bert"), {"low_memory": True, "only": ["correspondence"]}
    steps = Steps()
    whole = run(folder, steps, **options)
    with pytest.raises(StoppedError):
        run(folder, Steps(steps.seen - 1), checkpoint=tmp_path / "part", **options)
    monkeypatch.setattr(linear_map, "LOW_MEMORY_BYTES", 64 << 20)
    assert run(folder, checkpoint=tmp_path / "part", resume=True, **options) == whole


def test_what_was_done_is_not_done_again(exported: Make, tmp_path: Path) -> None:
    folder = exported("bert")
    steps, again = Steps(), Steps()
    run(folder, steps, checkpoint=tmp_path / "part", only=["correspondence"])
    run(folder, again, checkpoint=tmp_path / "part", resume=True, only=["correspondence"])
    assert again.seen == 0
    last = max(number for number, phase in enumerate(steps.phases, 1) if phase == "evaluation half")
    with pytest.raises(StoppedError):
        run(folder, Steps(last), checkpoint=tmp_path / "part", only=["correspondence"])
    later = Steps()
    run(folder, later, checkpoint=tmp_path / "part", resume=True, only=["correspondence"])
    assert "fit half" in steps.phases
    assert "fit half" not in later.phases
    assert 0 < later.phases.count("evaluation half") < steps.phases.count("evaluation half") / 2


def test_damaged_parts_are_worked_out_again(exported: Make, tmp_path: Path) -> None:
    folder = exported("bert")
    steps = Steps()
    whole = run(folder, steps, only=["correspondence", "properties"])
    for stop in (steps.phases.index("swapped copies"), steps.seen - 3):
        with pytest.raises(StoppedError):
            run(folder, Steps(stop), checkpoint=tmp_path / "part", only=["correspondence", "properties"])
        parts = [path for path in (tmp_path / "part").iterdir() if path.name != "run.json"]
        assert parts
        for path in parts:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        assert run(folder, checkpoint=tmp_path / "part", resume=True, only=["correspondence", "properties"]) == whole


def test_attention_in_files_is_kept_and_what_is_damaged_worked_out_again(
    exported: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part is read row by row: what is found wrong halfway must not stay."""
    options: dict[str, Any] = {"only": ["relations"], "controls": ["elsewhere", "words", "random_model"]}
    whole = run(exported("bert"), **options)
    monkeypatch.setattr(spool, "HELD_BYTES", 0)
    monkeypatch.setattr(spool, "BLOCK_BYTES", 2000)
    steps, folder = Steps(), tmp_path / "part"
    assert run(exported("bert"), steps, **options) == whole
    damages: list[Callable[[bytes], bytes]] = [
        lambda data: data,
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"\0", b"\1"),
        # one row somewhere in the middle
        lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :],
    ]
    for damage in damages:
        with pytest.raises(StoppedError):
            run(exported("bert"), Steps(steps.seen), checkpoint=folder, **options)
        parts = {path.name: path for path in folder.iterdir() if path.name != "run.json"}
        assert set(parts) == {"pairs.own.npz", *(f"pairs.random.{seed}.npz" for seed in range(3))}
        for path in parts.values():
            path.write_bytes(damage(path.read_bytes()))
        again = Steps()
        assert run(exported("bert"), again, checkpoint=folder, resume=True, **options) == whole
        if damage(b"\0") == b"\0":
            assert {"pairs", "random model 1"}.isdisjoint(again.phases)


def test_parts_of_another_layout_are_worked_out_again(exported: Make, tmp_path: Path) -> None:
    options: dict[str, Any] = {"only": ["relations"], "controls": ["words"]}
    steps, folder = Steps(), tmp_path / "part"
    whole = run(exported("bert"), steps, **options)
    for arrays in ({"features": np.zeros((2, 9, 2, 2, 2))}, {"own.0": np.zeros((2, 9))}, {"own.x": np.zeros((2, 9))}):
        with pytest.raises(StoppedError):
            run(exported("bert"), Steps(steps.seen), checkpoint=folder, **options)
        np.savez(folder / "pairs.own.npz", allow_pickle=False, **arrays)
        assert run(exported("bert"), checkpoint=folder, resume=True, **options) == whole


SCRIPT = """
import sys
import time
from edgeinterp.runtime import checkpoint
from edgeinterp.checks.correspondence import blocks
checkpoint.SECONDS, blocks.BLOCK_TOKENS = 0.0, 100
from edgeinterp.__main__ import run
sys.exit(run())
"""

FEWEST_KILLS = 2


def test_killed_runs_leave_nothing_half_written_and_go_on(exported: Make, tmp_path: Path) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(TEXTS), encoding="utf-8")
    command = [sys.executable, "-c", SCRIPT, "check", str(exported("bert")), "--only", "correspondence,influence"]
    command += ["--texts", str(texts), "--permutations", "19", "--quiet", "--out"]
    start = time.perf_counter()
    assert subprocess.run([*command, str(tmp_path / "whole")], check=False).returncode == 0
    # moments follow the machine: later attempts live longer, so that a slow one comes to an end as well
    seconds = time.perf_counter() - start
    rng = random.Random(5)
    kills = 0
    for attempt in range(40):
        process = subprocess.Popen([*command, str(tmp_path / "killed"), "--resume"])
        try:
            assert process.wait(rng.uniform(0.3, 0.9) * seconds * (1.0 + attempt / 5.0)) == 0
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
            process.wait()
            kills += 1
            if (tmp_path / "killed" / "result.json").exists():
                ei.load_result(tmp_path / "killed")
            continue
        if kills >= FEWEST_KILLS:
            break
        # the uninterrupted run had kernels to compile, or the machine to itself no longer: once more, killed earlier
        seconds /= 2.0
        shutil.rmtree(tmp_path / "killed")
    assert kills >= FEWEST_KILLS
    assert sorted(path.name for path in (tmp_path / "killed").iterdir()) == ["report.html", "result.json"]
    found = [ei.load_result(tmp_path / name).to_dict() for name in ("whole", "killed")]
    for one in found:
        for name in ("timings", "memory", "created"):
            del one[name]
    assert found[0] == found[1]


def test_other_inputs_are_refused_by_name(exported: Make, tmp_path: Path) -> None:
    steps = Steps()
    run(exported("bert"), steps, only=["correspondence"])
    with pytest.raises(StoppedError):
        run(exported("bert"), Steps(steps.seen), checkpoint=tmp_path / "part", only=["correspondence"])
    with pytest.raises(InputError, match="other settings; give the same as before"):
        run(exported("bert"), checkpoint=tmp_path / "part", resume=True, only=["correspondence"], random_state=1)
    with pytest.raises(InputError, match="other model, settings"):
        run(exported("gpt2"), checkpoint=tmp_path / "part", resume=True)
    # without resume a run begins anew, whatever is there
    run(exported("bert"), checkpoint=tmp_path / "part", only=["correspondence"], random_state=1)
    (tmp_path / "part" / "run.json").write_text('{"schema": 99}', encoding="utf-8")
    with pytest.raises(InputError, match="another version"):
        run(exported("bert"), checkpoint=tmp_path / "part", resume=True, only=["correspondence"])


@pytest.mark.parametrize(
    ("options", "message"),
    [({"resume": True}, "checkpoint folder"), ({"budget": 9.0, "checkpoint": "part"}, "cuts by the clock")],
)
def test_settings_that_cannot_be_resumed(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ei.check(None, **options)


def test_what_finds_no_room_is_not_kept_and_the_run_goes_on(exported: Make, tmp_path: Path, monkeypatch: Any) -> None:
    def full(_path: Path, _write: Any) -> None:
        raise InputError("no room")

    whole = run(exported("bert"), only=["correspondence"])
    with monkeypatch.context() as patch:
        patch.setattr(module, "write_stream_whole", full)
        assert run(exported("bert"), checkpoint=tmp_path / "part", only=["correspondence"]) == whole
    assert not (tmp_path / "part").exists()


def test_a_single_text_has_no_fit_half_to_keep(exported: Make, tmp_path: Path) -> None:
    for text in TEXTS[:6]:
        results = []
        for resume in (False, True):
            result = ei.check(
                exported("bert"), [text], only=["correspondence"], checkpoint=tmp_path / "part", resume=resume
            )
            results.append(result.to_dict()["checks"])
        assert (
            results[0] == results[1] == ei.check(exported("bert"), [text], only=["correspondence"]).to_dict()["checks"]
        )


class Kept(dict[str, NDArray[Any]]):
    """The simplest state of a pass."""

    def arrays(self) -> Iterable[tuple[str, NDArray[Any]]]:
        return self.items()


def test_without_a_folder_nothing_is_kept() -> None:
    nothing = Checkpoint()
    nothing.keep_value("a", 1)
    nothing.keep_state("b", Kept({"c": np.zeros(2)}))
    assert nothing.value("a") is None
    assert nothing.state("b", dict) is None
    assert not nothing.due
    assert nothing.made("d", Kept, lambda: Kept({"e": np.ones(1)}))["e"].tolist() == [1.0]


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    kept = Checkpoint.begin(tmp_path / "part", {"texts": "1"}, resume=False)
    arrays = {
        "a": np.arange(6, dtype=np.uint16).reshape(2, 3),
        "b": np.array("ü"),
        "c": np.array([2**64 - 1], np.uint64),
    }
    kept.keep_state("x.1", Kept(arrays))
    found = Checkpoint.begin(tmp_path / "part", {"texts": "1"}, resume=True).state("x.1", Kept)
    assert found is not None
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    # a state of something else is none
    assert kept.state("x.1", FittedMaps.from_arrays) is None
    assert kept.state("x.1", Spool(3, (2,)).filled) is None
    kept.keep_value("x", {"done": True})
    assert kept.state("x.1", Kept) is None
    # objects would need pickle, which is never read
    with (tmp_path / "part" / "y.npz").open("wb") as file:
        np.savez(file, a=np.array([{}], dtype=object))
    assert kept.state("y", Kept) is None
    kept.finish()
    assert not (tmp_path / "part").exists()
    shutil.rmtree(tmp_path / "part", ignore_errors=True)


def test_digests_tell_arrays_and_lists_apart() -> None:
    rows = np.arange(6.0)
    different = {digest(rows), digest(rows.reshape(2, 3)), digest(rows.astype(np.float32)), digest(rows.tolist())}
    assert len(different) == 4
    assert digest(["a", "b"]) != digest(["ab"]) != digest("ab")
    assert digest("a", "b") != digest("ab")
    assert digest(rows) == digest(rows.copy())


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("names", [["notes.txt"], ["result.json"], ["run.json", "weights.bin"], ["run.json", "a/b"]])
def test_a_folder_that_holds_something_else_is_refused_and_kept(tmp_path: Path, names: list[str], resume: bool) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="no part of a run; expected a folder of its own"):
        Checkpoint.begin(tmp_path, {"seed": "0"}, resume)
    assert all((tmp_path / name).read_text(encoding="utf-8") == "mine" for name in names)


def test_what_is_no_name_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for odd in ("", 5, tmp_path / "file"):
        with pytest.raises(InputError):
            ei.check(texts=TEXTS[:3], only="correspondence", n_permutations=19, checkpoint=odd)  # type: ignore[arg-type]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_only_what_a_run_wrote_is_removed(tmp_path: Path) -> None:
    kept = Checkpoint.begin(tmp_path / "part", {}, False)
    kept.keep_value("a", 1)
    (tmp_path / "part" / "notes.txt").write_text("mine", encoding="utf-8")
    kept.finish()
    assert [path.name for path in (tmp_path / "part").iterdir()] == ["notes.txt"]

"""A device's figures on a small workload, their file, and two of them side by side."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edgeinterp.benchmark import checking, run, starting
from edgeinterp.benchmark.comparing import compare_benches
from edgeinterp.benchmark.result import BenchResult, Figure, load_bench
from edgeinterp.benchmark.run import bench
from edgeinterp.benchmark.state import read_state, remarks
from edgeinterp.benchmark.timing import Job, Spec, figure, measured
from edgeinterp.benchmark.workload import STANDARD, Workload, definition, digest
from edgeinterp.checks.run import check
from edgeinterp.cli.main import main
from edgeinterp.errors import InputError
from edgeinterp.model.model import load
from edgeinterp.runtime import system
from edgeinterp_models import default_model_folder
from tests.runtime.test_system import root_of

SMALL = Workload(
    name="small", lengths=(16, 128), tokens=32, sweeps=2, repetitions=1, texts=60, categories=2, concepts=40,
    permutations=19, rows=60, columns=8, dense_targets=4, sparse_targets=30, density=0.1, dense_permutations=200,
    sparse_permutations=400, product=64, copy_mb=1, processes=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def result() -> BenchResult:
    every = starting.kernel_signatures
    with pytest.MonkeyPatch.context() as patch:
        # compiling all of them takes some ten seconds
        patch.setattr(starting, "kernel_signatures", lambda: [one for one in every() if one[0].endswith(".keyed")])
        return bench(workload=SMALL, threads=1)


@pytest.fixture
def saved(result: BenchResult, tmp_path: Path) -> Path:
    result.save(tmp_path / "a.json")
    return tmp_path / "a.json"


def edited(saved: Path, name: str, edit: Callable[[dict[str, Any]], object]) -> Path:
    """A file beside ``saved`` with something in it changed."""
    data = json.loads(saved.read_text(encoding="utf-8"))
    edit(data)
    path = saved.parent / name
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def rehashed(data: dict[str, Any], **changed: Any) -> None:
    """Change the workload of a file as another version of it would."""
    data["workload"]["definition"].update(changed)
    data["workload"]["sha256"] = digest(data["workload"]["definition"])


def test_every_figure_is_positive_and_has_its_spread(result: BenchResult) -> None:
    names = {one.name for one in result.figures}
    assert {f"forward.{length}.{what}" for length in (16, 128) for what in ("last", "all")} <= names
    checks = ("correspondence", "influence", "relations", "properties")
    assert {f"check.{name}.{what}" for name in checks for what in ("whole", "beyond")} <= names
    assert {f"permutations.{name}" for name in ("dense.one_penalty", "dense.grid", "sparse")} <= names
    assert {"product.one_thread", "product.all_threads", "copy", "memory.peak", "model.open", "model.random"} <= names
    assert {"start.import", "kernels.compile", "kernels.load"} <= names
    assert len(names) == len(result.figures)
    for one in result.figures:
        assert one.median is not None, (one.name, one.reason)
        assert one.min is not None
        assert one.max is not None
        assert 0 < one.min <= one.median <= one.max, one
        assert one.count >= 1
    repeated = [one for one in result.figures if one.name.startswith(("forward", "check", "product", "model"))]
    assert {one.count for one in repeated} == {2}


def test_compiling_takes_longer_than_loading_and_a_check_longer_than_what_is_beyond(result: BenchResult) -> None:
    figures = {one.name: one.median or 0.0 for one in result.figures}
    # the cache was empty, and then it was not
    assert figures["kernels.compile"] > figures["kernels.load"]
    for name in ("correspondence", "influence", "relations", "properties"):
        assert figures[f"check.{name}.whole"] > figures[f"check.{name}.beyond"]


def test_the_file_is_read_back_without_loss_and_without_nan(result: BenchResult, saved: Path) -> None:
    text = saved.read_text(encoding="utf-8")
    assert "NaN" not in text
    data = json.loads(text)
    assert next(iter(data)) == "schema"
    assert {"edgeinterp", "created", "workload", "model", "device", "settings", "state", "figures"} <= data.keys()
    assert load_bench(saved).to_dict() == data == result.to_dict()
    assert data["device"]["threads"] == data["settings"]["threads"] == 1
    for state in data["state"].values():
        for reading in state.values():
            assert (reading["value"] is None) == ("reason" in reading)


def test_the_hash_changes_with_the_workload_and_the_model(exported: Callable[[str], Path]) -> None:
    model = load(default_model_folder(), 1)
    hashes = {digest(definition(STANDARD, model)), digest(definition(STANDARD, load(exported("bert"), 1)))}
    for change in ({"seed": 1}, {"lengths": (16, 32)}, {"rows": 542}, {"density": 0.01}, {"sweeps": 4}, {"name": "b"}):
        hashes.add(digest(definition(replace(STANDARD, **change), model)))
    assert len(hashes) == 8
    assert digest(definition(STANDARD, model)) == digest(dict(reversed(definition(STANDARD, model).items())))


def test_what_a_model_cannot_do_is_null_with_a_reason(
    exported: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refused(model: Any, *, only: Any, **settings: Any) -> Any:
        if "influence" in only:
            raise InputError("texts: none that this tokenizer knows")
        return check(model, only=only, **settings)

    monkeypatch.setattr(checking, "check", refused)
    monkeypatch.setattr(run, "start_figures", lambda *_: iter(()))
    found = bench(exported("bert"), workload=SMALL, threads=1)
    figures = {one.name: one for one in found.figures}
    assert (figures["forward.16.last"].median or 0) > 0
    assert figures["forward.128.all"] == Figure(
        "forward.128.all", "tokens/s", "higher", None, None, None, 0, "the model takes at most 96 tokens"
    )
    for name in ("whole", "beyond"):
        assert figures[f"check.influence.{name}"].median is None
        assert figures[f"check.influence.{name}"].reason == "texts: none that this tokenizer knows"
        assert (figures[f"check.correspondence.{name}"].median or 0) > 0
    found.save(tmp_path / "bench.json")
    pairs = {pair.name: pair for pair in compare_benches(*[tmp_path / "bench.json"] * 2).figures}
    assert pairs["forward.128.all"].ratio is None
    assert "at most 96 tokens" in (pairs["forward.128.all"].reason or "")


def test_kernels_that_were_used_are_found_with_their_types(result: BenchResult) -> None:
    found = starting.kernel_signatures()
    assert result.settings["kernels"] <= len(found)
    assert {"_score_texts", "_permutation_counts", "_pearson_moments"} <= {name for _, name, _, _ in found}
    assert all(module.startswith("edgeinterp_kernels.") and kind and types for module, _, kind, types in found)


def test_a_process_that_fails_gives_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "_IMPORT", "raise SystemExit('no such thing')")
    monkeypatch.setattr(starting, "kernel_signatures", list)
    figures = list(starting.start_figures(1, lambda _done, _total: None))
    assert [one.median for one in figures] == [None, None, None]
    assert "no such thing" in (figures[0].reason or "")
    assert "NUMBA_DISABLE_JIT" in (figures[1].reason or "")


def test_repetitions_stop_when_time_is_up_and_differences_lost_in_noise_do_not_count() -> None:
    steps: list[float] = []

    def step() -> list[float]:
        steps.append(1.0)
        return [float(len(steps)) - 3.0]

    job = Job([Spec("x", "s")], step)
    one = next(iter(measured([job], replace(STANDARD, sweeps=2, repetitions=3, seconds=60.0), lambda *_: None)))
    # 1 to warm up, 2 x 3 measured: -1, 0, 1, 2, 3, 4
    assert len(steps) == 7
    assert (one.median, one.min, one.max, one.count) == (2.5, 1.0, 4.0, 4)
    steps.clear()
    list(measured([Job([Spec("x", "s")], step)], replace(STANDARD, sweeps=2, seconds=0.0), lambda *_: None))
    assert len(steps) == 3
    steps.clear()
    slow = replace(STANDARD, sweeps=9, repetitions=1, limit=0.0)
    list(measured([Job([Spec("x", "s")], step)], slow, lambda *_: None))
    assert len(steps) == 3
    assert figure(Spec("x", "s"), [0.0, -1.0]).median is None


def test_the_state_of_a_device_that_tells_and_of_one_that_does_not(result: BenchResult, tmp_path: Path) -> None:
    core = "sys__devices__system__cpu__cpu0__"
    root = root_of(
        tmp_path / "pi", **{
            f"{core}cpufreq__scaling_governor": "powersave\n", f"{core}cpufreq__scaling_cur_freq": "1500000\n",
            f"{core}thermal_throttle__core_throttle_count": "2\n", "sys__class__thermal__thermal_zone0__temp": "84000",
        },
    )  # fmt: skip
    state = read_state(root)
    assert state.governors.value == ["powersave"]
    assert state.frequency_mhz.value == [1500.0, 1500.0]
    assert (state.temperature_c.value, state.throttle_events.value) == (84.0, 2)
    silent = read_state(tmp_path / "none")
    for reading in (silent.governors, silent.frequency_mhz, silent.temperature_c, silent.throttle_events):
        assert reading.value is None
        assert reading.reason
    events = replace(state, throttle_events=replace(state.throttle_events, value=5))
    said = " ".join(remarks(replace(result, state={"before": state, "after": events})))
    assert all(word in said for word in ("powersave", "84 degrees", "throttled 3 times"))


def test_clocks_of_a_machine_without_governor(tmp_path: Path) -> None:
    root = root_of(tmp_path, proc__cpuinfo="processor : 0\ncpu MHz\t\t: 2596.150\nprocessor : 1\ncpu MHz\t: 800\n")
    assert system.frequencies_mhz(root) == [2596.15, 800.0]
    assert system.governors(root) is None
    assert system.throttle_events(root) is None


def test_a_file_beside_itself_is_the_same(saved: Path) -> None:
    found = compare_benches(saved, saved)
    assert [pair.ratio for pair in found.figures] == [1.0] * len(found.figures)
    assert {pair.outcome for pair in found.figures} == {"within the spread", None}
    assert all(pair.reason for pair in found.figures if pair.outcome is None)
    assert found.differences == []


def test_differences_beyond_the_spread_are_marked_and_settings_named(saved: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        figures = {one["name"]: one for one in data["figures"]}
        for name in ("forward.16.last", "model.open"):
            figures[name].update({part: 100 * figures[name][part] for part in ("median", "min", "max")})
        figures["copy"]["max"] *= 100
        data["settings"].update(onnxruntime="1.0", threads=4)
        data["state"]["before"]["governors"] = {"value": ["powersave"]}
        del figures["forward.16.all"]
        data["figures"] = list(figures.values())

    found = compare_benches(saved, edited(saved, "b.json", change))
    pairs = {pair.name: pair for pair in found.figures}
    assert (pairs["forward.16.last"].outcome, pairs["model.open"].outcome) == ("b is better", "b is worse")
    assert pairs["forward.16.last"].ratio == pytest.approx(100.0)
    low, high = pairs["forward.16.last"].range or (0, 0)
    assert low <= 100.0 <= high
    assert pairs["copy"].outcome == "within the spread"
    assert (pairs["forward.16.all"].ratio, pairs["forward.16.all"].reason) == (None, "b: not in the file")
    differ = {part.name: (part.a, part.b) for part in found.differences}
    assert differ["threads"] == (1, 4)
    assert differ["onnxruntime"][1] == "1.0"
    assert differ["clock governor"][1] == ["powersave"]
    assert any(note.startswith("b: ") and "powersave" in note for note in found.notes)


def _fails(arguments: list[str], capsys: Any) -> str:
    try:
        code = main(["bench", *arguments])
    except SystemExit as error:
        code = int(error.code or 0)
    shown = capsys.readouterr()
    assert code == 2
    assert shown.out == ""
    assert shown.err.startswith("edgeinterp: ")
    assert shown.err.count("\n") == 1
    return str(shown.err)


def test_other_workloads_and_models_are_refused(saved: Path, capsys: Any) -> None:
    other = edited(saved, "other.json", lambda data: rehashed(data, rows=99))
    said = _fails(["--compare", str(saved), str(other)], capsys)
    assert "different workloads" in said
    assert "rows" in said

    def change(data: dict[str, Any]) -> None:
        data["model"]["sha256"] = "f" * 64
        rehashed(data, model_sha256="f" * 64)

    said = _fails(["--compare", str(saved), str(edited(saved, "model.json", change))], capsys)
    assert "different models" in said
    assert str(saved) in said


BROKEN: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "schema": (lambda data: data.update(schema=99), "schema 99, expected 1"),
    "no workload": (lambda data: data.pop("workload"), "holds no workload"),
    "no device": (lambda data: data.pop("device"), "not whole (has no device)"),
    "no figure": (lambda data: data.update(figures=[]), "holds no figure"),
    "figures": (lambda data: data.update(figures=3), "not whole"),
    "figure": (lambda data: data["figures"][0].pop("unit"), "not whole (figures.0: has no unit)"),
    "twice": (lambda data: data["figures"].append(data["figures"][0]), "stands twice"),
    "text": (lambda data: data["figures"][0].update(median="fast"), "not whole"),
    "negative": (lambda data: data["figures"][0].update(min=-1.0), "0 < min <= median <= max"),
    "order": (lambda data: data["figures"][0].update(max=1e-12), "0 < min <= median <= max"),
    "no reason": (lambda data: data["figures"][0].update(median=None), "null without a reason"),
    "better": (lambda data: data["figures"][0].update(better="?"), "expected `higher` or `lower`"),
    "state": (lambda data: data["state"].pop("after"), "expected `before` and `after`"),
    "edited by hand": (
        lambda data: data["workload"]["definition"].update(rows=1),
        "differs from the hash of its definition",
    ),
    "another model": (lambda data: data["model"].update(sha256="0"), "another model"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_files_are_one_line_that_names_the_file(saved: Path, kind: str, capsys: Any) -> None:
    edit, expected = BROKEN[kind]
    path = edited(saved, "broken.json", edit)
    said = _fails(["--compare", str(saved), str(path)], capsys)
    assert "broken.json" in said
    assert expected in said


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00", '{"schema": 1}', "[" * 100_000])
def test_files_that_are_no_figures(saved: Path, text: str, capsys: Any) -> None:
    path = saved.parent / "no.json"
    path.write_text(text, encoding="utf-8")
    assert "no.json" in _fails(["--compare", str(path), str(saved)], capsys)


def test_settings_that_mean_nothing(saved: Path, tmp_path: Path, capsys: Any) -> None:
    same = str(saved)
    assert "no such file" in _fails(["--compare", same, str(tmp_path / "none.json")], capsys)
    assert "MODEL" in _fails(["model", "--compare", same, same], capsys)
    assert "--threads" in _fails(["--threads", "2", "--compare", same, same], capsys)
    assert "one of the files" in _fails(["--compare", same, same, "--out", same], capsys)
    assert "names no file" in _fails(["--out", str(tmp_path)], capsys)
    assert "names no file" in _fails(["--out", ""], capsys)
    assert "cannot be written" in _fails(["--out", str(saved / "x.json")], capsys)
    assert "threads 0" in _fails(["--threads", "0"], capsys)
    assert "no-such-folder" in _fails(["no-such-folder"], capsys)
    _fails(["--compare", same], capsys)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json"]


def test_bench_prints_and_writes(
    result: BenchResult, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    seen: list[Any] = []

    def measure(model: Any, **settings: Any) -> BenchResult:
        seen.append((model, settings["threads"]))
        settings["progress"]("measuring", 1, 2)
        return result

    monkeypatch.setattr(run, "bench", measure)
    path = tmp_path / "new" / "bench.json"
    assert main(["bench", "folder", "--threads", "3", "--out", str(path)]) == 0
    shown = capsys.readouterr()
    assert seen == [("folder", 3)]
    assert shown.err == ""
    for one in result.figures:
        assert one.name in shown.out
    assert "nan" not in shown.out.lower().split()
    assert load_bench(path).to_dict() == result.to_dict()
    assert main(["bench", "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_narrow_terminals_without_unicode_lose_nothing(
    result: BenchResult, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    from edgeinterp.report.bench import render, render_comparison
    from edgeinterp.report.terminal import make_console

    monkeypatch.setenv("COLUMNS", "60")
    missing = replace(result.figures[0], median=None, min=None, max=None, count=0, reason="no reason at all")
    for number in range(2):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
        console = make_console(stream)
        if number:
            render_comparison(compare_benches(saved, saved), console)
        else:
            render(replace(result, figures=[missing, *result.figures[1:]]), console)
        stream.flush()
        shown = stream.buffer.getvalue().decode("ascii")
        assert max(map(len, shown.splitlines())) <= 60
        assert "no reason at all" in shown or number


def test_compare_as_a_command(saved: Path, tmp_path: Path) -> None:
    other = edited(saved, "b.json", lambda data: data["settings"].update(threads=7))
    out = tmp_path / "difference.json"
    command = [sys.executable, "-m", "edgeinterp", "bench", "--compare", str(saved), str(other), "--out", str(out)]
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "differs: threads: 1 (a), 7 (b)" in done.stdout
    assert "forward.16.last" in done.stdout
    data = json.loads(out.read_text(encoding="utf-8"))
    assert {"schema", "workload", "model", "device", "figures", "differences", "notes"} <= data.keys()
    assert data["differences"] == [{"name": "threads", "a": 1, "b": 7}]
    assert {one["ratio"] for one in data["figures"]} == {1.0}


def test_help_teaches_by_example(capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert shown.count("  edgeinterp bench") >= 5
    assert "--compare A.json B.json" in shown


def test_ctrl_c_ends_the_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any) -> None:
    import signal
    import time

    def press(*_: Any) -> list[float]:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(9)
        return [1.0]

    monkeypatch.setattr(run, "forward_jobs", lambda *_: [Job([Spec("x", "s")], press)])
    assert main(["bench", "--out", str(tmp_path / "bench.json")]) == 130
    assert capsys.readouterr().err == "edgeinterp: interrupted; nothing half written is left\n"
    assert list(tmp_path.iterdir()) == []


def test_unknown_model_is_said_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="edgeinterp"):
        bench(tmp_path)

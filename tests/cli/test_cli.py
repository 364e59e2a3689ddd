from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.cli.check import model_and_norms
from edgeinterp.cli.main import main
from edgeinterp.inputs.texts import default_texts


def run(*arguments: Any, **options: Any) -> Any:
    command = [sys.executable, "-m", "edgeinterp", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False, **options
    )


@pytest.fixture
def texts(tmp_path: Any) -> Any:
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(default_texts()[::5]), encoding="utf-8")
    return str(path)


@pytest.fixture
def norms(tmp_path: Any) -> Any:
    """Forty of the embedded ratings."""
    found = ei.default_norms()
    path = tmp_path / "norms.csv"
    rows = [",".join(["concept", *found.features])]
    rows += [",".join([word, *map(str, found.values[i])]) for i, word in enumerate(found.concepts[:40])]
    path.write_text("\n".join(rows), encoding="utf-8")
    return str(path)


@pytest.fixture
def pairs(tmp_path: Any) -> Any:
    """Two words of each of eight categories, hypernyms against words of the same kind."""
    path = tmp_path / "pairs.csv"
    found = ei.default_pairs()
    rows: list[str] = []
    columns = (found.word1, found.word2, found.relations, found.categories)
    for category in sorted(set(found.categories))[:8]:
        own = [row for row in zip(*columns, strict=True) if row[3] == category]
        rows += [",".join(row) for row in own if row[2] == "hyper"][:2]
        rows += [",".join(row) for row in own if row[2] == "coord"][:2]
    path.write_text("\n".join(["word1,word2,relation,category", *rows]), encoding="utf-8")
    return str(path)


def test_check_of_pairs_prints_and_writes(pairs: Any, tmp_path: Any) -> None:
    templates = tmp_path / "templates.txt"
    templates.write_text("The {} is here.\nNow we all know that {1} is not a {2} at all here.\n", encoding="utf-8")
    out = tmp_path / "out"
    done = run(
        "check", "--only", "relations", "--pairs", pairs, "--templates", str(templates), "--permutations", "99",
        "--controls", "elsewhere,words,similarity,surface", "--out", str(out),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # rivals that a claim needs were left out
    assert done.stderr.startswith("edgeinterp: relations judged nothing: the rival words_states was left out")
    part = ei.load_result(out).relations()
    assert part is not None
    assert (part.pairs, part.categories, part.permutations, part.source) == (32, 8, 99, pairs)
    assert part.templates == ["Now we all know that {1} is not a {2} at all here."]
    assert [verdict.contrast for verdict in part.verdicts] == ["hyper against coord"]
    assert part.verdicts[0].verdict in done.stdout
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Does attention between two words carry their relation?" in page


def test_check_of_norms_prints_and_writes(norms: Any, tmp_path: Any) -> None:
    templates = tmp_path / "templates.txt"
    templates.write_text("The {} is here.\n", encoding="utf-8")
    out = tmp_path / "out"
    done = run(
        "check", "--only", "properties", "--norms", norms, "--templates", str(templates), "--permutations", "99",
        "--out", str(out),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    part = ei.load_result(out).properties()
    assert part is not None
    nothing = {verdict.verdict for verdict in part.verdicts} == {"undecided"}
    assert done.stderr.startswith("edgeinterp: properties judged nothing" if nothing else "")
    assert len(done.stderr.splitlines()) == nothing
    assert (part.concepts, part.features, part.permutations, part.source) == (40, 6, 99, norms)
    assert [verdict.hidden_state for verdict in part.verdicts] == list(range(7))


def test_check_prints_and_writes(texts: Any, tmp_path: Any) -> None:
    out = tmp_path / "new" / "out"
    done = run("check", "--texts", texts, "--only", "correspondence", "--permutations", "99", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    result = ei.load_result(out)
    for verdict in result.verdicts:
        assert verdict.verdict in done.stdout
    assert str(out / "report.html") in done.stdout.replace("\n", "")
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "token to token" in page
    assert sorted(path.name for path in out.iterdir()) == ["report.html", "result.json"]


def test_check_of_influence_prints_and_writes(texts: Any, tmp_path: Any) -> None:
    out = tmp_path / "out"
    done = run(
        "check", "--texts", texts, "--only", "influence", "--permutations", "99", "--head", "4.9", "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    part = ei.load_result(out).influence()
    assert part is not None
    assert part.head is not None
    assert (part.head.attention_layer, part.head.head) == (4, 9)
    # the sample grows until its intervals are narrow, or the texts end
    assert 24 <= part.texts <= 192
    assert "head 4.9" in done.stdout
    assert "rollout 6" in done.stdout
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "One sentence, token by token" in page


def test_quiet_and_standard_input(texts: Any) -> None:
    with open(texts, "rb") as stream:
        done = run("check", "--texts", "-", "--only", "correspondence", "--permutations", "19", "--quiet", stdin=stream)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("unsupported", 0), ("weakened", 0), ("undecided", 1)])
def test_fail_on(texts: Any, fail_on: Any, code: Any, capsys: Any) -> None:
    # without the swap control nothing beyond layer 1 is decided
    arguments = [
        "check",
        "--texts",
        texts,
        "--only",
        "correspondence",
        "--permutations",
        "19",
        "--controls",
        "foreign",
        "--fail-on",
        fail_on,
    ]
    assert main(arguments) == code
    assert "undecided" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "no-such-folder"],
        ["check", "--texts", "no-such-file.txt"],
        ["check", "--texts", "."],
        ["check", "--alpha", "2"],
        ["check", "--alpha", "nan"],
        ["check", "--alpha", "1e-300"],
        ["check", "--permutations", "-5"],
        ["check", "--permutations", "100000000"],
        ["check", "--texts", ""],
        ["check", "--out", ""],
        ["check", "--permutations", "many"],
        ["check", "--only", "nothing"],
        ["check", "--controls", "nothing"],
        ["check", "--random", "nothing"],
        ["check", "--norms", "no-such-file.csv"],
        ["check", "--templates", "no-such-file.txt"],
        ["check", "--pairs", "no-such-file.csv"],
        ["check", "--pairs", "."],
        ["check", "--pairs", ""],
        ["check", "--metric", "nothing"],
        ["check", "--mapping", "nothing"],
        ["check", "--head", "3"],
        ["check", "--head", "a.b"],
        ["check", "--head", "-1.2"],
        ["check", "--head", "7.1"],
        ["check", "--batch", "0"],
        ["check", "--threads", "0"],
        ["check", "--max-tokens", "0"],
        ["check", "--budget", "-1"],
        ["check", "--budget", "nan"],
        ["check", "--out", "/dev/null/x"],
        ["check", "--no-such-option"],
        ["no-such-command"],
        [],
        ["export"],
        ["export", "./no-such-folder", "out"],
        ["export", "--from-onnx", "a.onnx", "out", "--task", "fill-mask"],
    ],
)
def test_faults_are_one_line_and_exit_2(arguments: Any, capsys: Any, monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        code: Any = main(arguments)
    except SystemExit as stop:
        code = stop.code
    captured = capsys.readouterr()
    lines = [line for line in captured.err.splitlines() if line.startswith("edgeinterp: ")]
    assert code == 2
    assert len(lines) == 1
    assert "Traceback" not in captured.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["check", "compare", "export", "doctor", "bench"])
@pytest.mark.parametrize("odd", ["--no-such-option", "--no-such=3"])
def test_an_unknown_option_points_to_the_help_of_its_command(command: str, odd: str, capsys: Any) -> None:
    names = {"compare": ["a", "b"], "export": ["a", "b"]}.get(command, [])
    with pytest.raises(SystemExit) as stop:
        main([command, *names, odd])
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert said == f"edgeinterp: unrecognized arguments: {odd}; see `edgeinterp {command} --help`\n"


def test_a_hub_that_cannot_be_reached_is_one_line(tmp_path: Any) -> None:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1"}
    done = run("export", "no-such-organisation/no-such-model", str(tmp_path / "out"), env=environment)
    assert done.returncode == 2
    assert [line for line in done.stderr.splitlines() if line.startswith("edgeinterp: ")] == done.stderr.splitlines()[
        -1:
    ]
    assert "no-such-organisation/no-such-model" in done.stderr
    assert not list(tmp_path.iterdir())


def test_debug_shows_the_traceback(tmp_path: Any) -> None:
    done = run("check", str(tmp_path / "none"), "--debug")
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert done.stderr.splitlines()[-1].startswith("edgeinterp: ")


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["export", "--help"]])
def test_help_teaches_by_example(arguments: Any, capsys: Any) -> None:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == 0
    shown = capsys.readouterr().out
    assert f"  edgeinterp {arguments[0].replace('--help', 'check')}" in shown
    assert len(shown.splitlines()) > 10


def test_version(capsys: Any) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.strip() == f"edgeinterp {ei.__version__}"


def test_closed_pipe_is_no_error(texts: Any) -> None:
    command = f"{sys.executable} -m edgeinterp check --texts {texts} --only correspondence --permutations 19 | head -1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr == ""


@pytest.mark.parametrize(("redirection", "code"), [(">/dev/full", 2), (">&-", 0), ("2>&-", 0), ("--texts - <&-", 2)])
def test_closed_and_full_streams(texts: Any, redirection: str, code: int) -> None:
    options = f"--only correspondence --texts {texts} --permutations 19"
    command = f"{sys.executable} -m edgeinterp check {options} {redirection}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert len(done.stderr.splitlines()) == (code == 2)


def test_nothing_heavy_is_imported_for_help() -> None:
    heavy = "numba sklearn scipy onnxruntime torch transformers rich jinja2"
    code = (
        "import sys, contextlib, edgeinterp, edgeinterp.cli.main\n"
        "with contextlib.suppress(SystemExit): edgeinterp.cli.main.main(['check', '--help'])\n"
        f"print(*(name for name in {heavy.split()!r} if name in sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == ""


def test_check_needs_no_torch(texts: Any, norms: Any, pairs: Any) -> None:
    # as if they were not installed: other libraries ask sys.modules whether torch is there
    block = (
        "import sys\nclass Without:\n  def find_spec(self, name, *_):\n"
        "    if name.partition('.')[0] in ('torch', 'transformers', 'optimum', 'onnx'):\n"
        "      raise ModuleNotFoundError(name)\nsys.meta_path.insert(0, Without())\n"
    )
    arguments = ["check", "--texts", texts, "--norms", norms, "--pairs", pairs, "--permutations", "9"]
    code = f"{block}import edgeinterp.cli.main\nsys.exit(edgeinterp.cli.main.main({arguments!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # nothing but that 9 permutations are too few
    assert len(done.stderr.splitlines()) == 1
    assert "influence judged nothing: 9 permutations cannot" in done.stderr


def test_check_of_two_sets_of_norms(norms: str, tmp_path: Any) -> None:
    other, out = tmp_path / "other.csv", tmp_path / "out"
    lines = Path(norms).read_text(encoding="utf-8").splitlines()
    other.write_text("\n".join(lines[:1] + lines[21:]), encoding="utf-8")
    done = run(
        "check", "--only", "properties", "--norms", norms, str(other), "--permutations", "19", "--controls", "permuted",
        "--out", str(out),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "norms.csv and other.csv: rank agreement of hidden states" in said
    assert "on the 20 concepts in common" in said
    part = ei.load_result(out).properties()
    assert part is not None
    assert [one.concepts for one in (part, *part.sets)] == [40, 20]
    assert "Several sets of norms" in (out / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("model", "norms", "expected"),
    [
        (None, None, (None, None)),
        (None, ["a.csv"], (None, ["a.csv"])),
        (None, ["a.csv", "b.csv"], (None, ["a.csv", "b.csv"])),
        (None, ["a.csv", "{folder}"], ("{folder}", ["a.csv"])),
        (None, ["a.csv", "b.csv", "m.onnx"], ("m.onnx", ["a.csv", "b.csv"])),
        (None, ["a.csv", "embedded"], ("embedded", ["a.csv"])),
        (None, ["{folder}"], (None, ["{folder}"])),
        ("m", ["a.csv", "{folder}"], ("m", ["a.csv", "{folder}"])),
    ],
)
def test_a_model_behind_the_norms_is_the_model(model: Any, norms: Any, expected: Any, tmp_path: Any) -> None:
    def named(value: Any) -> Any:
        return [named(one) for one in value] if isinstance(value, list) else value and value.replace("{folder}", here)

    here = str(tmp_path)
    assert model_and_norms(named(model), named(norms)) == tuple(map(named, expected))

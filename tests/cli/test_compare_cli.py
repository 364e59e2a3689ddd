from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.cli.main import main
from edgeinterp.inputs.texts import default_texts
from edgeinterp_models import default_model_folder
from tests.model_folders import zeroed

FOLDER = str(default_model_folder())


@pytest.fixture
def texts(tmp_path: Path) -> str:
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(default_texts()[::15]), encoding="utf-8")
    return str(path)


def test_compare_prints_and_writes(texts: str, tmp_path: Path, capsys: Any) -> None:
    other = zeroed(default_model_folder(), tmp_path / "model", 3, "value")
    out = tmp_path / "out"
    arguments = ["compare", FOLDER, str(other), "--texts", texts, "--only", "activations", "--out", str(out)]
    assert main(arguments) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert "The two begin to differ in block 3." in shown.out
    assert str(out / "comparison.html") in shown.out.replace("\n", "")
    assert sorted(path.name for path in out.iterdir()) == ["comparison.html", "comparison.json"]
    data = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    assert data["schema"] == 3
    assert set(data["model"]) == set(data["device"]) == {"a", "b"}
    assert data["flips"] == {"real": 0, "borderline": 0}
    assert data["activations"]["first_difference"]["block"] == 3
    assert "NaN" not in (out / "comparison.json").read_text(encoding="utf-8")
    assert ei.load_comparison(out).to_dict() == data
    page = (out / "comparison.html").read_text(encoding="utf-8")
    assert "begin to differ in block 3" in page


def _saved(folder: Path, verdict: str, shift: int) -> str:
    """Write a result whose third attention layer has this verdict, and hits lower by a share of each text's tokens."""
    result = ei.check(
        FOLDER, default_texts()[::6], only=["correspondence"], n_permutations=19, controls=["foreign", "swap"]
    )
    data = result.to_dict()
    for text in data["texts"]:
        scores = text["scores"]["correspondence"]
        scores["linear"][2] -= min(shift, scores["linear"][2])
    if shift:
        data["checks"]["correspondence"]["layers"][2]["recoverable"]["maps"]["linear"]["ci"] = [0.4, 0.8]
    data["verdicts"][2]["verdict"] = verdict
    folder.mkdir()
    (folder / "result.json").write_text(json.dumps(data), encoding="utf-8")
    return str(folder)


def test_fail_on_flip_counts_real_flips(tmp_path: Path, capsys: Any) -> None:
    fine = _saved(tmp_path / "fine", "supported", 0)
    near = _saved(tmp_path / "near", "weakened", 0)
    lost = _saved(tmp_path / "lost", "weakened", 6)
    assert main(["compare", fine, near, "--fail-on-flip"]) == 0
    assert "0 really, 1 borderline" in capsys.readouterr().out
    assert main(["compare", fine, lost]) == 0
    assert main(["compare", fine, lost, "--fail-on-flip", "--quiet"]) == 1
    shown = capsys.readouterr()
    assert "1 really, 0 borderline" in shown.out
    assert "Activations were not compared" in shown.out
    assert shown.err.splitlines() == [
        "edgeinterp: --fail-on-flip: 1 of 6 verdicts really flip: supported to weakened: attention layer 3 may be read "
        "token to token"
    ]
    assert main(["compare", fine, fine, "--fail-on-flip"]) == 0
    assert "are the same in both" in capsys.readouterr().out


def test_settings_are_passed_on_and_others_left_to_their_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    from edgeinterp.comparing import run
    from tests.report.comparison.comparison_builders import full

    seen: list[tuple[Any, Any]] = []

    def compare(*arguments: Any, **settings: Any) -> Any:
        seen.append((arguments, settings))
        return full()

    monkeypatch.setattr(run, "compare", compare)
    assert main(["compare", "x", "y", "--quiet"]) == 0
    arguments, settings = seen[0]
    assert arguments == ("x", "y", None)
    assert settings.keys() == {"only", "progress"}
    given = "--texts t --only a,b --seed 3 --alpha .1 --max-tokens 9 --threads 2 --batch 4 --permutations 7"
    given += " --controls c,d --norms n --pairs p --head 2.3 --templates e --metric r2 --mapping pls"
    given += " --random drawn --low-memory --quiet --fail-on-flip"
    assert main(["compare", "x", "y", *given.split()]) == 1
    arguments, settings = seen[1]
    assert arguments == ("x", "y", Path("t"))
    del settings["progress"]
    assert settings == {
        "only": ["a", "b"], "pairs": "p", "head": (2, 3), "random_state": 3, "alpha": 0.1, "max_tokens": 9,
        "threads": 2, "batch": 4, "n_permutations": 7, "controls": ["c", "d"], "norms": "n",
        "templates": "e", "metric": "r2", "mapping": "pls", "low_memory": True, "random": "drawn",
    }  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-folder", FOLDER],
        [FOLDER, "no-such-folder"],
        [FOLDER, FOLDER, "--texts", "no-such-file.txt"],
        [FOLDER, FOLDER, "--only", "nothing"],
        [FOLDER, FOLDER, "--only", ""],
        [FOLDER, FOLDER, "--out", ""],
        [FOLDER, FOLDER, "--seed", "many"],
        [FOLDER, FOLDER, "--batch", "0"],
        [FOLDER, FOLDER, "--threads", "0"],
        [FOLDER, FOLDER, "--max-tokens", "0"],
        [FOLDER, FOLDER, "--alpha", "2"],
        [FOLDER],
        [],
    ],
)
def test_faults_are_one_line(arguments: list[str], capsys: Any) -> None:
    try:
        code = main(["compare", *arguments])
    except SystemExit as error:
        code = int(error.code or 0)
    shown = capsys.readouterr()
    assert code == 2
    assert shown.out == ""
    assert shown.err.startswith("edgeinterp: ")
    assert shown.err.count("\n") == 1


def test_help_teaches_by_example(capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["compare", "--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    assert shown.count("  edgeinterp compare ") >= 5
    for word in ("--fail-on-flip", "borderline", "result.json"):
        assert word in shown

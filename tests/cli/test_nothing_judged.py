"""Nothing was tested is not success: what the command says and returns where a check judged nothing."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.cli.main import main
from edgeinterp.report.html import render
from tests.conftest import Make
from tests.report.builders import encoder

KNOWN = [f"the cat {word} sat on the mat and a dog ate cake {number}" for number in range(20) for word in ("a", "the")]
STRANGE = [" ".join(f"qx{number}zz{word}" for word in range(12)) for number in range(40)]
ONLY = ("--only", "correspondence")


@pytest.fixture(scope="module")
def words_only(exported: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose tokenizer knows a few words; what it gives to others is no special token of its own."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = sorted({word for text in KNOWN for word in text.split()})
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, **{word: i for i, word in enumerate(words, 1)}}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    folder = tmp_path_factory.mktemp("words") / "model"
    shutil.copytree(exported("bert"), folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    manifest = json.loads((folder / "edgeinterp.json").read_text(encoding="utf-8"))
    manifest["files"]["tokenizer.json"] = hashlib.sha256((folder / "tokenizer.json").read_bytes()).hexdigest()
    (folder / "edgeinterp.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def texts(folder: Path, lines: list[str]) -> str:
    path = folder / "texts.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def said(capsys: Any) -> list[str]:
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("edgeinterp: ")]


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("unsupported", 1), ("weakened", 1), ("undecided", 1)])
@pytest.mark.parametrize("lines", [["too short"] * 3, STRANGE])
def test_a_check_that_judged_nothing_fails(
    words_only: Path, tmp_path: Path, capsys: Any, lines: list[str], fail_on: str, code: int
) -> None:
    given = ["--only", "correspondence,influence", "--permutations", "19", "--texts", texts(tmp_path, lines)]
    assert main(["check", str(words_only), *given, "--fail-on", fail_on, "--quiet"]) == code
    shown = said(capsys)
    assert "correspondence judged nothing: " in shown[0]
    assert "influence judged nothing: " in shown[0]
    assert len(shown) == 1 + (fail_on == "undecided")


@pytest.mark.parametrize(("fail_on", "code"), [("never", 0), ("unsupported", 0), ("weakened", 0), ("undecided", 1)])
def test_one_permutation_is_undecided(exported: Make, tmp_path: Path, capsys: Any, fail_on: str, code: int) -> None:
    given = [*ONLY, "--permutations", "1", "--texts", texts(tmp_path, KNOWN), "--out", str(tmp_path / "out")]
    assert main(["check", str(exported("bert")), *given, "--fail-on", fail_on, "--quiet"]) == code
    result = ei.load_result(tmp_path / "out")
    assert [one.verdict for one in result.verdicts] == ["supported", "undecided", "undecided"]
    shown = said(capsys)
    assert len(shown) == code
    if code:
        assert "--fail-on undecided matched 2 of 3 claims" in shown[0]
        assert "undecided: attention layer 2 may be read" in shown[0]


def test_unknown_tokens_are_no_evidence(words_only: Path) -> None:
    assert ei.load(words_only).unknown_id == 0
    result = ei.check(words_only, STRANGE, only=["correspondence", "influence"], n_permutations=19)
    assert {one.verdict for one in result.verdicts} == {"undecided"}
    assert all("100 % of tokens are unknown to this tokenizer" in one.because for one in result.verdicts)
    assert sum("100 % of tokens are unknown" in note for note in result.notes) == 1
    assert "100 % of tokens are unknown" in render(result)
    # half of each text: still nothing is judged, however well the other half is told apart
    half = [f"{known} {strange}" for known, strange in zip(KNOWN, STRANGE, strict=True)]
    mixed = ei.check(words_only, half, only=["correspondence"], n_permutations=19)
    assert {one.verdict for one in mixed.verdicts} == {"undecided"}
    part = mixed.correspondence()
    assert part is not None
    assert 0.4 < part.unknown < 0.6


def test_some_unknown_tokens_are_left_out_and_said(words_only: Path) -> None:
    some = [f"{text} qx{number} zz{number}" for number, text in enumerate(KNOWN)]
    result = ei.check(words_only, some, only=["influence"], n_permutations=19)
    assert [note for note in result.notes if "13 % of tokens are unknown to this tokenizer; they are left out" in note]
    assert not any("unknown" in one.because for one in result.verdicts)
    plain = ei.check(words_only, KNOWN, only=["correspondence"], n_permutations=19)
    assert not any("unknown" in note for note in plain.notes)


def test_short_texts_are_said(words_only: Path) -> None:
    result = ei.check(words_only, [*KNOWN, *[f"the cat {word}" for word in "ab"] * 10], only=["correspondence"])
    assert any("20 of 60 texts have fewer than 8 tokens" in note for note in result.notes)


def test_every_layer_has_its_reason_where_nothing_is_long_enough(words_only: Path) -> None:
    result = ei.check(words_only, ["the cat"], only=["correspondence"], n_permutations=19)
    assert [one.attention_layer for one in result.verdicts] == [1, 2, 3]
    assert all("no evaluated text has 8 tokens" in one.because for one in result.verdicts)
    assert "no evaluated text has 8 tokens" in render(result)


def test_a_table_without_verdicts_has_its_reason() -> None:
    stream = ei.Correspondence().result()
    result = dataclasses.replace(encoder(), checks={"correspondence": stream}, verdicts=[])
    assert "No attention layer was judged: no evaluated text has 8 tokens that are not special." in render(result)


def test_many_claims_are_counted(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from edgeinterp.cli import check as cli_check

    verdicts = [dataclasses.replace(encoder().verdicts[1], claim=f"claim {i} " + "x" * 90) for i in range(300)]
    result = dataclasses.replace(encoder(), verdicts=[dataclasses.replace(one, verdict="weakened") for one in verdicts])
    assert cli_check._exit_code(result, "unsupported") == 0
    assert said(capsys) == []
    assert cli_check._exit_code(result, "weakened") == 1
    (line,) = said(capsys)
    assert line.startswith("edgeinterp: --fail-on weakened matched 300 of 300 claims: weakened: claim 0 x")
    assert line.endswith("; and 295 more")
    assert len(line) < 520


def test_older_results_and_comparisons_are_refused_in_one_line(exported: Make, tmp_path: Path, capsys: Any) -> None:
    new = ei.check(exported("bert"), KNOWN, only=["correspondence"], n_permutations=1)
    new.save(tmp_path / "new" / "result.json")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "result.json").write_text(json.dumps(new.to_dict() | {"schema": 4}), encoding="utf-8")
    assert main(["compare", str(tmp_path / "old"), str(tmp_path / "new"), "--quiet"]) == 2
    (line,) = said(capsys)
    assert "schema 4, expected 5; verdicts follow other rules since; run the check again" in line
    found = ei.compare(tmp_path / "new", tmp_path / "new")
    data = found.to_dict() | {"schema": 2}
    (tmp_path / "comparison.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ei.InputError, match=r"schema 2, expected 3; .*run `edgeinterp compare` again"):
        ei.load_comparison(tmp_path)


def test_compare_that_judged_nothing_fails(words_only: Path, tmp_path: Path, capsys: Any) -> None:
    given = ["compare", str(words_only), str(words_only), *ONLY, "--texts", texts(tmp_path, STRANGE), "--quiet"]
    assert main(given) == 0
    assert "correspondence judged nothing: 100 % of tokens are unknown" in said(capsys)[0]
    assert main([*given, "--fail-on-flip"]) == 1


def test_a_budget_that_was_overshot_is_said(exported: Make) -> None:
    result = ei.check(exported("bert"), KNOWN, only=["correspondence"], budget=0.01)
    (note,) = [note for note in result.notes if "overshot" in note]
    before, _, took = note.removesuffix(" seconds, not 0.01").rpartition(" ")
    assert before == "--budget 0.01 was overshot: the run took"
    assert float(took) == pytest.approx(result.timings["total_s"], abs=0.011)
    ample = ei.check(exported("bert"), KNOWN, only=["correspondence"], budget=1000)
    assert not any("overshot" in note for note in ample.notes)


def test_a_check_that_a_budget_cut_too_far_is_never_unsupported(exported: Make) -> None:
    many = [f"the cat {i} sat on mat {i % 7} and a dog ate the cake {i * i}" for i in range(60)]
    model = exported("bert")
    cut = ei.check(model, many, budget=0.001)
    assert "unsupported" not in {one.verdict for one in cut.verdicts}
    for check, what in (
        ("influence", "20 texts with 5 replaced positions"),
        ("relations", "8 categories of 80"),
        ("properties", "100 concepts of 1500"),
    ):
        reasons = [one.because for one in cut.verdicts if one.check == check and one.verdict == "undecided"]
        assert any(why.startswith(f"--budget 0.001 left {what}") for why in reasons), check

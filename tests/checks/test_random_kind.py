"""Which kind of random models a run draws: every check passes it on, results and pages say it."""

from __future__ import annotations

import dataclasses
import importlib
from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.cli.main import main
from edgeinterp.inputs.texts import default_texts
from edgeinterp.model.random_model import RandomModelError
from edgeinterp.report import write_html
from edgeinterp.results.correspondence.result import CorrespondenceResult
from edgeinterp_models import default_model_folder

FOLDER = default_model_folder()
TEXTS = default_texts()[:40]
FAST: dict[str, Any] = {"only": "correspondence", "n_permutations": 9, "controls": "random_model"}


def part_of(result: ei.Result) -> CorrespondenceResult:
    part = result.correspondence()
    assert part is not None
    return part


@pytest.mark.parametrize("kind", ["shuffled", "drawn"])
@pytest.mark.parametrize("name", ["correspondence", "influence", "relations", "properties"])
def test_every_check_draws_the_kind_that_is_asked_for(name: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def refuse(model: Any, seed: int, threads: int | None = None, kind: str = "none given") -> Any:
        seen.append(kind)
        raise RandomModelError(FOLDER, "seen")

    monkeypatch.setattr(importlib.import_module(f"edgeinterp.checks.{name}.run"), "load_random", refuse)
    given: dict[str, Any] = {"pairs": small_pairs()} if name == "relations" else {}
    given |= {"norms": small_norms()} if name == "properties" else {}
    given |= {"texts": TEXTS} if name in ("correspondence", "influence") else {}
    result = ei.check(FOLDER, only=name, n_permutations=9, controls="random_model", random=kind, **given)
    assert seen == [kind]
    assert result.settings["random"] == kind


def small_pairs() -> ei.Pairs:
    pairs = ei.default_pairs()
    names = sorted(set(pairs.categories))[:6]
    return pairs.part([i for i, name in enumerate(pairs.categories) if name in names])


def small_norms() -> ei.Norms:
    norms = ei.default_norms()
    return dataclasses.replace(norms, concepts=norms.concepts[:40], words=norms.words[:40], values=norms.values[:40])


@pytest.fixture(scope="module")
def drawn() -> ei.Result:
    return ei.check(FOLDER, TEXTS, random="drawn", **FAST)


def test_the_numbers_are_those_of_that_model(drawn: ei.Result) -> None:
    shuffled = ei.check(FOLDER, TEXTS, **FAST)
    assert shuffled.settings["random"] == "shuffled"
    assert not any("random models have" in note for note in shuffled.notes)
    assert "random models have newly drawn weights" in drawn.notes
    own, other = part_of(drawn).layers, part_of(shuffled).layers
    # the model's own numbers are the same, the random model's are not
    assert [state.share for state in own] == [state.share for state in other]
    assert all(one.random_model != two.random_model for one, two in zip(own[1:], other[1:], strict=True))
    # what the run has beside its numbers is what that model has where it is checked itself
    alone = part_of(ei.check(ei.random_model(FOLDER, 0, kind="drawn"), TEXTS, **FAST))
    for one, two in zip(own, alone.layers, strict=True):
        assert one.random_model[0].share == pytest.approx(two.share.value, abs=0.01)


def test_results_of_another_kind_are_not_compared(drawn: ei.Result, tmp_path: Path) -> None:
    other = ei.check(FOLDER, TEXTS, **FAST)
    with pytest.raises(ei.InputError, match=r"different settings \(random: drawn and shuffled\)"):
        ei.compare(drawn, other)
    # results older than the setting had shuffled weights
    del other.settings["random"]
    with pytest.raises(ei.InputError, match=r"random: drawn and shuffled"):
        ei.compare(drawn, other)
    assert ei.compare(other, ei.check(FOLDER, TEXTS, **FAST)).flips == []


def test_another_kind_is_another_run(tmp_path: Path) -> None:
    ei.check(FOLDER, TEXTS, checkpoint=tmp_path / "run", **FAST)
    with pytest.raises(ei.InputError, match="settings"):
        ei.check(FOLDER, TEXTS, checkpoint=tmp_path / "run", resume=True, random="drawn", **FAST)


def test_the_report_and_the_page_say_which(
    drawn: ei.Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn.save(tmp_path / "result.json")
    assert ei.load_result(tmp_path).settings["random"] == "drawn"
    write_html(drawn, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    given = "--only correspondence --permutations 9 --controls random_model --random drawn"
    assert main(["check", str(FOLDER), "--texts", str(tmp_path / "texts.txt"), *given.split()]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for shown in (page, printed):
        assert "In a model with newly drawn weights" in shown
        assert "no sign of learning (arXiv 2510.15511)" in shown
        assert "random models have newly drawn weights" in shown


def test_without_random_models_the_kind_is_not_used() -> None:
    result = ei.check(FOLDER, TEXTS, random="drawn", **{**FAST, "controls": "swap"})
    assert "random was given but not used: random_model is not among the controls" in result.notes


@pytest.mark.parametrize("kind", ["gaussian", "", None])
def test_a_kind_that_is_not_known(kind: Any) -> None:
    with pytest.raises(ei.InputError, match=r"^random: .* is not known; choose from shuffled, drawn$"):
        ei.check(FOLDER, TEXTS, random=kind, **FAST)
    with pytest.raises(ei.InputError, match=r"^random: .* is not known; choose from shuffled, drawn$"):
        ei.require(FOLDER, "draw-attention", texts=TEXTS, random=kind)

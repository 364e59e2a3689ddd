"""What is given and not used is said, and a file that is not there is refused whether it would be read or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.checks.settings import CHECKS, CONTROLS, Settings
from edgeinterp.checks.unused import unused_notes
from edgeinterp.cli.main import main
from edgeinterp_models import default_model_folder

TEXTS = ["The cat sat on the mat in the warm hall."] * 3
# which checks read each, from the documentation of `check`
READ_BY = {
    "texts": {"correspondence", "influence", "relations"},
    "norms": {"properties", "hybrid"},
    "pairs": {"relations", "hybrid"},
    "templates": {"relations", "properties", "hybrid"},
    "confounds": {"properties"},
}
SETTINGS: dict[str, Any] = {
    "head": (3, 1), "metric": "r2", "mapping": "pls", "low_memory": True,
}  # fmt: skip
FILES = {
    "texts": "none.txt", "norms": "none.csv", "pairs": "none.csv", "templates": "none.txt", "confounds": "none.csv",
}  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_not_there_is_an_error_in_every_check(check: str, kind: str, tmp_path: Path) -> None:
    missing = tmp_path / FILES[kind]
    given: dict[str, Any] = {"texts": TEXTS, "only": check}
    with pytest.raises(ei.InputError, match=r"none\.(txt|csv): no such file"):
        ei.check(**{**given, kind: missing})
    with pytest.raises(ei.InputError, match="is a folder"):
        ei.check(**{**given, kind: tmp_path})


@pytest.mark.parametrize("check", CHECKS)
def test_what_no_check_reads_is_said(check: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("anything\n", encoding="utf-8")
    for kind, users in READ_BY.items():
        notes = unused_notes({kind: tmp_path / "a.csv"}, [check])
        assert [note.split()[0] for note in notes] == ([] if check in users else [kind])
        assert not unused_notes({kind: None}, [check])


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_that_no_check_reads_are_said_unless_they_are_defaults(name: str) -> None:
    said = [bool(unused_notes({name: SETTINGS[name]}, [check])) for check in CHECKS]
    assert said.count(False) == 1
    assert not unused_notes({name: SETTINGS[name]}, CHECKS)
    assert not any(unused_notes(vars(Settings()), [check]) for check in CHECKS)


def test_controls_of_other_checks_are_said() -> None:
    (note,) = unused_notes({"controls": ["swap", "permuted"]}, ["correspondence"])
    assert note == "controls of checks that were not run: permuted"
    assert not unused_notes({"controls": list(CONTROLS)}, ["correspondence"])
    assert not unused_notes({"controls": ["swap"]}, ["correspondence"])


def test_the_result_says_it_and_its_numbers_are_the_same() -> None:
    plain = ei.check(texts=TEXTS, only="correspondence", n_permutations=9)
    given = ei.check(texts=TEXTS, only="correspondence", n_permutations=9, norms=ei.default_norms(), head=(3, 1))
    assert given.notes == [
        "norms was given but not used: it is for properties and hybrid",
        "head was given but not used: it is for influence",
        *plain.notes,
    ]
    assert given.checks == plain.checks


@pytest.mark.parametrize("check", CHECKS)
def test_a_head_that_the_model_does_not_have_is_refused_in_every_check(check: str, capsys: Any) -> None:
    assert main(["check", "--only", check, "--head", "99.1"]) == 2
    assert "head 99.1: the model has layers 1 to 6" in capsys.readouterr().err


def test_compare_of_activations_says_what_is_for_checks(tmp_path: Path) -> None:
    folder = default_model_folder()
    with pytest.raises(ei.InputError, match="no such file"):
        ei.compare(folder, folder, TEXTS, only="activations", norms=tmp_path / "none.csv")
    with pytest.raises(ei.InputError, match=r"head 9\.9"):
        ei.compare(folder, folder, TEXTS, only="activations", head=(9, 9))
    with pytest.raises(TypeError, match="the argument norm is not known"):
        ei.compare(folder, folder, TEXTS, only="activations", norm=3)
    found = ei.compare(folder, folder, TEXTS, only="activations", n_permutations=9, metric="r2")
    assert [note for note in found.notes if "not used" in note] == [
        "n_permutations was given but not used: it is for checks, and none was run",
        "metric was given but not used: it is for checks, and none was run",
    ]

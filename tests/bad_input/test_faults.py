"""Whatever a user gets wrong: exit code 2, one line that says what to do, nothing half written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edgeinterp.cli.main import main
from tests.bad_input.cases import Case, every_case
from tests.bad_input.folders import export_cases, model_cases, result_cases

CASES = [*every_case(), *model_cases(), *result_cases(), *export_cases()]


def ended(arguments: list[str]) -> int:
    try:
        return main(arguments)
    except SystemExit as stop:
        return int(stop.code or 0)


def test_every_case_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mistake_is_told_in_one_line(case: Case, here: Path, capfd: Any) -> None:
    case.make(here)
    before = sorted(path.name for path in here.iterdir())
    code = ended(case.argv)
    shown = capfd.readouterr()
    assert (code, shown.out) == (2, ""), shown.err
    assert shown.err.startswith("edgeinterp: ")
    assert shown.err.count("\n") == 1, shown.err
    assert shown.err.endswith("\n")
    assert "report it" not in shown.err
    assert len(shown.err) < 600, "nobody reads on"
    missing = [part for part in case.says if part not in shown.err]
    assert not missing, shown.err
    assert sorted(path.name for path in here.iterdir() if path.name != "out") == before
    assert not list(here.glob("out/*"))

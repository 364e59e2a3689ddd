from __future__ import annotations

import edgeinterp as ei
from edgeinterp.report.judge.section import details, overview
from tests.report.judge import judge_builders


def test_every_method_has_its_row_and_numbers() -> None:
    result = judge_builders.three()
    part = result.judge()
    assert part is not None
    shown = overview(result)
    assert [row.subject for row in shown.rows] == [one.method for one in part.methods]
    assert [row.verdict for row in shown.rows] == [one.verdict for one in result.verdicts]
    first = shown.rows[0].cells
    assert first[0].text == f"{part.methods[0].rho:.3f}"
    assert "of 3 methods" in shown.answer.casefold()
    more = details(result)
    assert [row.head for row in more["numbers"].rows] == [one.method for one in part.methods]
    assert more["map"].row_names == ["effect", *(one.method for one in part.methods)]


def test_positions_show_the_largest_of_three() -> None:
    result = judge_builders.three()
    part = result.judge()
    assert part is not None
    one = part.methods[0]
    largest = max(rival.rho or -1 for key, rival in one.rivals.items() if key.startswith("position"))
    at = [column.heading for column in overview(result).columns].index("position")
    assert overview(result).rows[0].cells[at].text == f"{largest:.3f}"


def test_nothing_judged_is_said() -> None:
    result = judge_builders.nothing()
    assert "could not be decided" in overview(result).answer
    assert {one.verdict for one in result.verdicts} == {"undecided"}


def test_the_result_is_read_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    result = judge_builders.three()
    result.save(tmp_path / "result.json")
    assert ei.load_result(tmp_path).judge() is not None

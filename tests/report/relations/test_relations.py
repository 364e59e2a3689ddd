"""What the reports say about relations: which rivals are beaten, where the strongest heads are, what is missing."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from edgeinterp.report import html, terminal
from edgeinterp.report.primitives.formats import visible
from edgeinterp.report.primitives.tables import Table
from edgeinterp.report.relations import tables as relations_tables
from edgeinterp.results.relations.result import RelationsResult
from edgeinterp.results.result import Result
from tests.report.builders import HOSTILE
from tests.report.relations import relations_builders as builders
from tests.report.test_html import Page, unspaced

every = pytest.mark.parametrize("build", builders.EVERY, ids=lambda build: build.__name__)


def shown(result: Result, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    terminal.render(result, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def part(result: Result) -> RelationsResult:
    found = result.relations()
    assert found is not None
    return found


def column(table: Table, heading: str) -> list[str]:
    place = [column.heading for column in table.columns].index(heading)
    return [row.cells[place].text for row in table.rows]


def test_question_answer_and_data_in_words() -> None:
    text = " ".join(shown(builders.four()).split())
    assert "relations: Does attention between two words carry their relation?" in text
    assert "Of 4 contrasts: attention carries the relation in 1 (hyper against random_category); only" in text
    assert "with reservations in 2 (hyper against coord, hyper against hypo); not in 1 (hyper against" in text
    assert "920 pairs of 16 categories (WordNet), 2 templates" in text
    assert "on new categories of the same kind" in text


def test_a_row_has_the_auc_and_every_rival() -> None:
    rows = [line.split() for line in shown(builders.four(), 160).splitlines()]
    (row,) = (row for row in rows if row[:3] == ["coord", "~", "weakened"])
    assert " ".join(row[3:]) == "0.948 [0.928, 0.968] 0.991 0.620 0.840 0.790 0.850 0.360 0.410 0.700 0.004"


@pytest.mark.parametrize("width", [40, 60, 100, 200])
@every
def test_every_verdict_and_reason_appears(build: Callable[[], Result], width: int) -> None:
    result = build()
    text = unspaced(shown(result, width))
    words = unspaced(Page(html.render(result)).words)
    for verdict in result.verdicts:
        assert verdict.verdict in text
        assert unspaced(visible(verdict.because)) in text
        assert unspaced(visible(verdict.because)) in words
        assert unspaced(visible(verdict.claim)) in words


def test_margins_say_what_is_beaten_and_seeds_count_one_by_one() -> None:
    table = relations_tables.margins(part(builders.four()))
    assert column(table, "elsewhere earlier") == [
        "beaten: +0.270 [0.240, 0.300]",
        "beaten: +0.288 [0.258, 0.318]",
        "equal within 0.045: +0.020 [-0.010, 0.050]",
        "beaten: +0.315 [0.285, 0.345]",
    ]
    assert column(table, "elsewhere later") == [
        "beaten: +0.230 [0.200, 0.260]",
        "beaten: +0.248 [0.218, 0.278]",
        "beaten: +0.280 [0.250, 0.310]",
        "beaten: +0.275 [0.245, 0.305]",
    ]
    # a rival below .5 counts as .5
    assert column(table, "words")[0] == "beaten: +0.430 [0.400, 0.460]"
    assert column(table, "random model")[0] == "2 of 2 beaten: +0.430 [0.400, 0.460]"
    assert column(table, "random model")[3] == "1 of 2 beaten; least equal within 0.030: +0.005 [-0.025, 0.035]"
    rivals = relations_tables.rivals(part(builders.four()))
    assert column(rivals, "random model")[0] == "0.300 to 0.410"
    headings = [column.heading for column in rivals.columns]
    assert headings == [
        "words", "words states", "similarity", "cosine", "cosine states", "surface", "random model",
        "elsewhere earlier", "elsewhere later",
    ]  # fmt: skip
    assert all(column.meaning for column in rivals.columns)


def test_maps_show_every_head_in_its_place() -> None:
    found = part(builders.four())
    there, back = relations_tables.heads(found, found.contrasts[0])
    assert (there.title, back.title) == (
        "hyper against random_category: attention from word1 to word2",
        "hyper against random_category: attention from word2 to word1",
    )
    assert set(there.marked) == set()
    assert set(back.marked) == {(2, 4)}
    assert back.values[2][4] == 0.91
    assert there.values[2][4] == pytest.approx(0.5 + 0.03 * ((21 + 15) % 9 - 4))
    assert back.table().rows[2].cells[4].text == "0.91*"
    page = html.render(builders.four())
    # two directions and two widths of each contrast, and the two maps of the pair
    assert page.count('class="heat"') == 4 * 2 * 2 + 2
    assert "head 5 of layer 3, from word2 to word1, has more attention in hyper (AUC 0.910" in Page(page).words


def test_context_and_templates() -> None:
    found = part(builders.four())
    table = relations_tables.context(found)
    assert column(table, "flipped") == ["0.500"] * 4
    assert column(table, "licensed") == ["0.920", "0.938", "0.970", "0.965"]
    assert column(table, "its layers") == ["1 to 3"] * 4
    first, second = relations_tables.templates(found)
    assert (first.caption, second.caption) == tuple(builders.TEMPLATES)
    assert column(first, "elsewhere") == ["0.700"] * 4
    assert column(first, "margin over elsewhere")[0] == "beaten: +0.230 [0.200, 0.260]"


@every
def test_the_page_is_well_formed_and_deaf(build: Callable[[], Result]) -> None:
    text = html.render(build())
    tags = Page(text).tags
    identifiers = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttpRequest", text)
    for _, attributes in tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")]
    assert "Carried is not used" in text


def test_what_is_missing_has_its_reason() -> None:
    result = builders.hostile()
    words = Page(html.render(result)).words
    assert "5 pairs were left out (the tokenizer does not know it)" in words
    assert "and 2 more" in words
    for name in HOSTILE[:2]:
        assert unspaced(visible(name)) in unspaced(words)
    assert column(relations_tables.margins(part(result)), "elsewhere")[0] == "–"


def test_a_result_without_contrasts() -> None:
    empty = builders.whole(builders.relations([]))
    assert "No contrast was judged." in shown(empty)
    assert "No contrast was judged." in Page(html.render(empty)).words

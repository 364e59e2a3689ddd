"""Heat maps: every number is there, without colour too."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from edgeinterp.report.primitives.heatmap import HeatMap

SVG = re.compile(r"^<svg ")


def heat(**changes: Any) -> HeatMap:
    plain: dict[str, Any] = {
        "title": "Influence",
        "description": "By layer and head.",
        "row_label": "layer",
        "column_label": "head",
        "row_names": ["1", "2"],
        "column_names": ["1", "2", "<3>"],
        "values": [[0.0, 0.5, 1.0], [-1.0, None, 2.0]],
    }
    return HeatMap(**{**plain, **changes})


def cells(heat_map: HeatMap, width: int = 760) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(str(heat_map.draw("map", width)))
    return [
        part for part in root.iter("g") if part.get("class", "").startswith("cell") and part.get("class") != "cells"
    ]


def opacity(cell: ElementTree.Element) -> float:
    rect = cell.find("rect")
    assert rect is not None
    return float(rect.get("fill-opacity", "nan"))


def spoken(cell: ElementTree.Element) -> str:
    return cell.findtext("title") or ""


def test_every_value_can_be_read() -> None:
    assert [spoken(cell) for cell in cells(heat())] == [
        "layer 1, head 1: 0.00",
        "layer 1, head 2: 0.50",
        "layer 1, head <3>: 1.00",
        "layer 2, head 1: -1.00",
        "layer 2, head 2: not measured",
        "layer 2, head <3>: 2.00",
    ]
    assert [[cell.text for cell in row.cells] for row in heat().table().rows] == [
        ["0.00", "0.50", "1.00"],
        ["-1.00", "–", "2.00"],
    ]


def test_strength_grows_with_the_value_and_ends_with_the_scale() -> None:
    zero, half, one, below, missing, beyond = map(opacity, cells(heat(low=-1.0, centre=0.0)))
    assert missing == 0.0 < zero < half < one == beyond
    assert below == one
    names = [cell.find("rect").get("class") for cell in cells(heat(low=-1.0, centre=0.0))]  # type: ignore[union-attr]
    assert names == ["high", "high", "high", "low", "high", "high"]


def test_what_is_below_the_centre_is_told_without_colour() -> None:
    bars = [any(part.get("class") == "below" for part in cell.iter("path")) for cell in cells(heat(low=-1.0))]
    assert bars == [False, False, False, True, False, False]


def test_marked_cells_are_outlined_starred_and_said() -> None:
    marked = heat(marked={(0, 1), (1, 1)}, mark_meaning="adjusted p at most 0.05")
    outlined = [any(part.get("class") == "mark" for part in cell.iter("rect")) for cell in cells(marked)]
    assert outlined == [False, True, False, False, True, False]
    assert spoken(cells(marked)[1]) == "layer 1, head 2: 0.50 (adjusted p at most 0.05)"
    # what is missing is not starred
    assert [cell.text for cell in marked.table().rows[0].cells] == ["0.00", "0.50*", "1.00"]
    assert marked.table().rows[1].cells[1].text == "–"
    assert "Outlined: adjusted p at most 0.05." in str(marked.draw("map"))


def test_shades_are_drawn_and_values_are_said() -> None:
    shaded = cells(heat(shades=[[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]))
    assert opacity(shaded[0]) > opacity(shaded[2])
    assert spoken(shaded[0]) == "layer 1, head 1: 0.00"


def test_numbers_stand_in_cells_that_have_room() -> None:
    wide, narrow = cells(heat(), 760), cells(heat(column_names=[str(i) for i in range(40)], values=[[0.5] * 40] * 2))
    assert wide[1].findtext("text") == "0.50"
    assert narrow[1].find("text") is None
    # a number must stay legible on its cell
    assert opacity(wide[2]) < 0.6


def test_text_is_escaped_and_styles_are_attributes() -> None:
    drawn = str(heat(row_names=["<script>", "\x1b"], legend="a & b").draw("map"))
    assert SVG.match(drawn)
    assert "<script>" not in drawn
    assert "\x1b" not in drawn
    assert "style=" not in drawn


@pytest.mark.parametrize("changes", [{"values": [[None] * 3] * 2}, {"row_names": [], "values": []}])
def test_nothing_to_draw(changes: Any) -> None:
    assert heat(**changes).empty
    assert not heat().empty
    ElementTree.fromstring(str(heat(**changes).draw("map")))


def test_a_scale_of_one_point_draws() -> None:
    assert all(0.0 <= opacity(cell) <= 1.0 for cell in cells(heat(low=0.0, high=0.0)))

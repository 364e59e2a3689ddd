"""Room for texts in drawings, and for columns on paper."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from edgeinterp.report.primitives.drawing import add, fitted, width_of
from edgeinterp.report.primitives.tables import PRINTED, Column, Table


@pytest.mark.parametrize("text", ["", "a", "attention", "WWWW@@@@", "语言模型", "e\u0301" * 9, "long" * 50])
@pytest.mark.parametrize("room", [0, 10, 40, 400])
def test_texts_are_shortened_where_they_do_not_fit(text: str, room: float) -> None:
    shown = fitted(text, room, 12)
    if width_of(text, 12) <= room:
        assert shown == text
    else:
        assert shown.endswith("…")
        assert text.startswith(shown[:-1])
        assert shown == "…" or width_of(shown, 12) <= room


def test_wide_letters_and_bold_ones_take_more_room() -> None:
    assert width_of("iiii", 12) < width_of("IIII", 12) < width_of("WWWW", 12) < width_of("语言模型", 12)
    assert width_of("e\u0301", 12) == width_of("e", 12)
    assert width_of("word", 12) < width_of("word", 12, bold=True) < width_of("word", 24)


def test_what_cannot_be_seen_is_written_out() -> None:
    child = add(ElementTree.Element("svg"), "title", "\x1b[31m\udc80\u202e", width=3)
    assert child.text == "\\x1b[31m\\udc80\\u202e"
    assert child.attrib == {"width": "3"}


@pytest.mark.parametrize("columns", [0, 1, PRINTED, PRINTED + 1, 31, 100])
def test_parts_on_paper_hold_every_column_once(columns: int) -> None:
    parts = Table("caption", "head", [Column(str(at)) for at in range(columns)], []).printed_parts
    assert [at for first, last in parts for at in range(first, last)] == list(range(columns))
    sizes = [last - first for first, last in parts]
    assert max(sizes) <= PRINTED
    assert max(sizes) - min(sizes) <= 1
    assert len(parts) == 1 or columns > PRINTED
    assert all(left[1] == right[0] for left, right in pairwise(parts))

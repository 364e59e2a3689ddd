"""Line plots: gaps stay gaps, labels stay apart and inside, ties are no trouble."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree

from edgeinterp.report.primitives.svg import Line, LinePlot, Point


def line(name: str, values: dict[int, float]) -> Line:
    return Line(name, [Point(x, y, (y - 0.1, y + 0.1), f"{name} {x}") for x, y in values.items()], name)


def drawn(*lines: Line, width: int = 760) -> ElementTree.Element:
    plot = LinePlot("a title", "a <description> & more", "layer", "share", list(lines))
    return ElementTree.fromstring(plot.draw("id", width))


def of_class(root: ElementTree.Element, prefix: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if element.get("class", "").startswith(prefix)]


def test_a_missing_value_leaves_a_gap() -> None:
    root = drawn(line("raw", {0: 1.0, 1: 0.9, 3: 0.5, 4: 0.4}))
    assert len(of_class(root, "line")) == 2
    assert len(of_class(root, "marker")) == 4
    assert len(of_class(root, "band")) == 2


def test_named_for_those_who_cannot_see_it() -> None:
    root = drawn(line("raw", {0: 1.0}))
    named = {element.get("id"): element.text for element in root if element.get("id")}
    assert named == {"id-title": "a title", "id-desc": "a <description> & more"}
    assert (root.get("aria-labelledby"), root.get("aria-describedby")) == ("id-title", "id-desc")


def test_equal_ends_get_labels_apart() -> None:
    root = drawn(*(line(name, {0: 1.0, 1: 1.0}) for name in "abc"), line("low", {0: 0.0, 1: 0.0}))
    heights = sorted(float(label.get("y", "nan")) for label in of_class(root, "label"))
    assert len(heights) == 4
    assert min(after - before for before, after in itertools.pairwise(heights)) >= 16
    assert all(0 < height < 380 for height in heights)


def test_many_layers_have_few_ticks() -> None:
    values = dict.fromkeys(range(81), 0.5)
    for width in (360, 760):
        root = drawn(line("raw", values), width=width)
        ticks = [element for element in root.iter("text") if (element.text or "").isdigit()]
        assert 3 <= len(ticks) <= width / 30


def test_markers_leave_the_line_visible() -> None:
    values = {x: 0.5 for x in range(81) if x not in (40, 42)}
    root = drawn(line("raw", values), width=360)
    shown = [marker for marker in of_class(root, "marker") if len(marker.findall("path")) == 2]
    assert len(of_class(root, "marker")) == len(values)
    assert 10 < len(shown) < 30
    # the value between two gaps, and the one beside the label
    titles = {marker.findtext("title") for marker in shown}
    assert {"raw 41", "raw 80"} <= titles


def test_a_reference_between_gaps_is_seen() -> None:
    reference = Line("chance", [Point(x, 0.2, None, "") for x in (0, 2, 3)], "chance")
    root = ElementTree.fromstring(LinePlot("", "", "", "", [], references=[reference]).draw("id"))
    assert [path.get("d", "").endswith("m-4 0h8") for path in of_class(root, "reference")] == [True, False]


def test_ticks_suit_the_range() -> None:
    for top, expected in ((0.05, ["0.00", "0.01"]), (0.5, ["0.0", "0.1"]), (40.0, ["0", "10"])):
        plot = LinePlot("", "", "", "", [Line("raw", [Point(0, top, None, "")], "raw")], y_range=(0.0, 0.0))
        texts = [element.text for element in ElementTree.fromstring(plot.draw("id")).iter("text")]
        assert texts[:2] == expected


def test_nothing_to_draw() -> None:
    assert LinePlot("", "", "", "", []).empty
    assert drawn().tag == "svg"
    assert LinePlot("", "", "", "", [Line("raw", [], "raw")], x_range=(0, 6)).draw("id")


def test_values_beyond_the_range_stay_inside() -> None:
    root = drawn(line("raw", {0: -0.4, 1: 1.6}))
    for marker in of_class(root, "line"):
        heights = [float(pair.split()[1]) for pair in marker.get("d", "")[1:].split("L")]
        assert all(0 <= height <= 380 for height in heights)

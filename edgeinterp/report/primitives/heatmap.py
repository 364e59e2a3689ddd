"""Heat maps as inline SVG: readable without colour (numbers, outlines, a table), in dark mode and in print.

A cell's strength is the opacity of one hue over the page's ground, so each colour is chosen once; values below
``centre`` have a second hue and a bar across their foot. Hues are set in the page's style sheet.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

from markupsafe import Markup

from .drawing import add, fitted, width_of
from .formats import MISSING, number, visible
from .tables import Cell, Column, Row, Table

__all__ = ["HeatMap"]

LETTER = 7.2
SIZE = 12
GAP, FOOT, LINE = 8, 44, 16
HIGHEST_NAME = 110
# a cell this wide has room for its number
ROOM = 34
SHORTEST, TALLEST = 15, 30
WIDEST = 64
# a cell stays light enough for its number to be readable, also in dark mode
STRONGEST, STRONGEST_NUMBERED, FAINTEST = 0.95, 0.55, 0.04
STEPS = 5

Values = Sequence[Sequence[float | None]]


@dataclass(frozen=True)
class HeatMap:
    """Hold a map of values by row and column.

    Attributes
    ----------
    title, description : str
        Text for screen readers.
    row_label, column_label : str
        Names of the axes, for example ``"attention layer"`` and ``"head"``.
    row_names, column_names : sequence of str
        Names of rows and columns; text is escaped, and invisible characters are written out.
    values : sequence of sequence of float or None
        One row for each of ``row_names``; None is missing.
    low, high, centre : float
        The scale: ``centre`` is blank; strength grows towards ``high`` in one hue and towards ``low`` in another. Give
        ``centre=low`` for a scale of one hue. Values beyond the scale are drawn as its ends.
    marked : collection of (int, int)
        Outlined cells, by row and column.
    legend : str
        Meaning of a value, in a few words.
    mark_meaning, missing_meaning : str
        Meaning of an outline, and the reason for missing values.
    shades : sequence of sequence of float or None, optional
        Values to draw in place of ``values``, such as each row relative to its largest value.
    digits : int
        Decimals of the numbers.
    """

    title: str
    description: str
    row_label: str
    column_label: str
    row_names: Sequence[str]
    column_names: Sequence[str]
    values: Values
    low: float = 0.0
    high: float = 1.0
    centre: float = 0.0
    marked: Collection[tuple[int, int]] = field(default_factory=frozenset)
    legend: str = ""
    mark_meaning: str = ""
    missing_meaning: str = "not measured"
    shades: Values | None = None
    digits: int = 2

    @property
    def empty(self) -> bool:
        """Tell whether there is no value to draw."""
        return not any(value is not None for row in self.values for value in row)

    def draw(self, identifier: str, width: int = 760) -> Markup:
        """Return the map as an ``<svg>`` element; ``identifier`` makes its ids unique on the page."""
        return Markup(ElementTree.tostring(_Drawing(self, width).build(identifier), encoding="unicode"))

    def table(self) -> Table:
        """Return the same numbers as a table; a star marks outlined cells."""
        rows = [
            Row(visible(name), [self._cell(i, j) for j in range(len(self.column_names))])
            for i, name in enumerate(self.row_names)
        ]
        head = f"{self.row_label} \\ {self.column_label}"
        return Table(self.title, head, [Column(visible(name)) for name in self.column_names], rows)

    def _cell(self, row: int, column: int) -> Cell:
        text = number(self.values[row][column], self.digits)
        star = "*" if (row, column) in self.marked and text != MISSING else ""
        return Cell(text + star, self.missing_meaning)


class _Drawing:
    """Draw one map at one width."""

    def __init__(self, heat: HeatMap, width: int) -> None:
        self.heat, self.width = heat, width
        rows, columns = max(len(heat.row_names), 1), max(len(heat.column_names), 1)
        self.left = min(_space(heat.row_names) + LINE + GAP, width // 3)
        self.cell = min((width - self.left - GAP) / columns, WIDEST)
        self.turned = _space(heat.column_names) > self.cell - 4
        self.top = LINE + 6 + (min(_space(heat.column_names), HIGHEST_NAME) if self.turned else LINE)
        self.height = min(max(self.cell, SHORTEST), TALLEST)
        self.foot = self.top + rows * self.height
        self.numbered = self.cell >= ROOM
        self.strongest = STRONGEST_NUMBERED if self.numbered else STRONGEST

    def build(self, identifier: str) -> ElementTree.Element:
        named = {"aria-labelledby": f"{identifier}-title", "aria-describedby": f"{identifier}-desc"}
        box = f"0 0 {self.width} {round(self.foot + FOOT + LINE * len(self.words))}"
        root = ElementTree.Element("svg", {"viewBox": box, "role": "img", **named, "class": "heat"})
        add(root, "title", self.heat.title, id=f"{identifier}-title")
        add(root, "desc", self.heat.description, id=f"{identifier}-desc")
        self.names(root)
        cells = add(root, "g", **{"class": "cells"})
        for i in range(len(self.heat.row_names)):
            for j in range(len(self.heat.column_names)):
                self.draw_cell(cells, i, j)
        self.scale(root)
        return root

    def names(self, root: ElementTree.Element) -> None:
        heat, middle = self.heat, (self.top + self.foot) / 2
        group, end = add(root, "g", **{"class": "names"}), {"text-anchor": "end"}
        for i, name in enumerate(heat.row_names):
            at = self.top + (i + 0.5) * self.height + 4
            shown = fitted(visible(name), self.left - LINE - GAP, SIZE)
            add(group, "text", shown, x=self.left - 6, y=round(at, 1), **end)
        for j, name in enumerate(heat.column_names):
            x, y = round(self.left + (j + 0.5) * self.cell, 1), self.top - 6
            turn = {"transform": f"translate({x + 4} {y}) rotate(-90)"} if self.turned else {"x": str(x), "y": str(y)}
            shown = fitted(visible(name), self.top - LINE - 6, SIZE) if self.turned else visible(name)
            add(group, "text", shown, **turn, **{"text-anchor": "start" if self.turned else "middle"})
        across = self.left + len(heat.column_names) * self.cell / 2
        add(group, "text", heat.column_label, x=round(across, 1), y=12, **{"text-anchor": "middle", "class": "axis"})
        turned = {"text-anchor": "middle", "class": "axis", "transform": f"translate(12 {middle:.1f}) rotate(-90)"}
        add(group, "text", heat.row_label, **turned)

    def draw_cell(self, parent: ElementTree.Element, i: int, j: int) -> None:
        heat = self.heat
        value = heat.values[i][j]
        shade = value if heat.shades is None else heat.shades[i][j]
        x, y = round(self.left + j * self.cell, 1), round(self.top + i * self.height, 1)
        group = add(parent, "g", **{"class": "cell missing" if value is None else "cell"})
        add(group, "title", self.spoken(i, j))
        size = {"width": f"{self.cell - 1:.1f}", "height": f"{self.height - 1:.1f}"}
        add(group, "rect", x=x, y=y, **size, **self.filling(shade))
        if shade is not None and shade < heat.centre:
            foot = round(y + self.height - 4, 1)
            add(group, "path", d=f"M{x + 3:.1f} {foot}h{self.cell - 7:.1f}", **{"class": "below"})
        if (i, j) in heat.marked:
            add(group, "rect", x=x + 1, y=y + 1, **_inner(self.cell, self.height), **{"class": "mark"})
        if self.numbered or value is None:
            at = {"x": f"{x + self.cell / 2:.1f}", "y": f"{y + self.height / 2 + 4:.1f}", "text-anchor": "middle"}
            add(group, "text", number(value, heat.digits), **at)

    def spoken(self, i: int, j: int) -> str:
        """Return the text that is shown on hovering and read aloud."""
        heat = self.heat
        where = f"{heat.row_label} {visible(heat.row_names[i])}, {heat.column_label} {visible(heat.column_names[j])}"
        value = heat.values[i][j]
        if value is None:
            return f"{where}: {heat.missing_meaning}"
        mark = f" ({heat.mark_meaning})" if (i, j) in heat.marked and heat.mark_meaning else ""
        return f"{where}: {number(value, heat.digits)}{mark}"

    def filling(self, value: float | None) -> dict[str, str]:
        """Return class and opacity of a value as attributes: the page allows no style outside its style sheet."""
        heat = self.heat
        if value is None:
            return {"class": "high", "fill-opacity": "0"}
        end = heat.high if value >= heat.centre else heat.low
        share = min(max((value - heat.centre) / (end - heat.centre), 0.0), 1.0) if end != heat.centre else 0.0
        opacity = FAINTEST + share * (self.strongest - FAINTEST)
        return {"class": "high" if value >= heat.centre else "low", "fill-opacity": f"{opacity:.3f}"}

    def scale(self, root: ElementTree.Element) -> None:
        """Draw the scale, and explain values, outlines and blanks."""
        heat, y = self.heat, self.foot + 12
        group = add(root, "g", **{"class": "scale"})
        ends = sorted({heat.low, heat.centre, heat.high})
        steps = [low + (high - low) * k / STEPS for low, high in itertools.pairwise(ends) for k in range(STEPS)]
        for k, value in enumerate([*steps, ends[-1]]):
            add(group, "rect", x=self.left + 13 * k, y=y, width=12, height=12, **self.filling(value))
            if value in ends:
                at = {"x": str(self.left + 13 * k + 6), "y": str(y + 26), "text-anchor": "middle"}
                add(group, "text", number(value, heat.digits), **at)
        for k, line in enumerate(self.words):
            add(group, "text", line, x=self.left, y=y + 42 + LINE * k)

    @property
    def words(self) -> list[str]:
        """Return the text under the scale, in lines that fit."""
        outlined = f"Outlined: {self.heat.mark_meaning}." if self.heat.mark_meaning else ""
        room = max(10, round((self.width - self.left) / LETTER))
        return [line for words in (self.heat.legend, outlined) for line in textwrap.wrap(words, room)]


def _space(names: Sequence[str]) -> int:
    return round(max((width_of(visible(name), SIZE) for name in names), default=SIZE)) + 6


def _inner(width: float, height: float) -> dict[str, str]:
    return {"width": f"{width - 3:.1f}", "height": f"{height - 3:.1f}"}

"""Line plots with intervals as inline SVG: lines differ by dash, marker and label, not by colour alone.

Colours, dashes and font sizes are set in the page's style sheet, under the class names that a ``Line`` gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from xml.etree import ElementTree

from markupsafe import Markup

from .drawing import add, fitted, width_of
from .formats import number

__all__ = ["Line", "LinePlot", "Point"]

LEFT, RIGHT, TOP, BOTTOM = 54, 68, 14, 44
LABEL_SPACE = 17
TICK_SPACE = 30
MARKER_SPACE = 12
SIZE = 13
# from the end of the axes to a label
LABEL_GAP = 15
# most of the width that labels take
LABELS = 0.56
STEPS = tuple(digit * 10.0**power for power in range(-3, 6) for digit in (1, 2, 5))


@dataclass(frozen=True)
class Point:
    """A value at ``x`` with its interval; ``label`` is shown on hovering."""

    x: int
    y: float
    interval: tuple[float, float] | None
    label: str


@dataclass(frozen=True)
class Line:
    """A named series of points; ``kind`` is its class in the style sheet and chooses its marker."""

    name: str
    points: list[Point]
    kind: str


@dataclass(frozen=True)
class LinePlot:
    """Lines over whole numbers; ``references`` are drawn thin and without markers (chance, ceiling, several draws).

    Lines with the same name share a label, at the end of the first. The axes cover at least ``x_range`` and
    ``y_range``. ``draw`` gives the picture at a width, so a page can hold one for wide and one for narrow screens.
    """

    title: str
    description: str
    x_label: str
    y_label: str
    lines: list[Line]
    references: list[Line] = field(default_factory=list)
    y_range: tuple[float, float] = (0.0, 1.0)
    x_range: tuple[int, int] | None = None

    @property
    def empty(self) -> bool:
        """Tell whether there is no point to draw."""
        return not any(line.points for line in self.lines)

    def draw(self, identifier: str, width: int = 760, height: int = 380) -> Markup:
        """Return the plot as an ``<svg>`` element; ``identifier`` makes its ids unique on the page."""
        return Markup(ElementTree.tostring(_Drawing(self, width, height).build(identifier), encoding="unicode"))


class _Drawing:
    """Draw one plot at one size."""

    def __init__(self, plot: LinePlot, width: int, height: int) -> None:
        self.plot, self.width, self.height = plot, width, height
        self.every = [line for line in (*plot.references, *plot.lines) if line.points]
        positions = [point.x for line in self.every for point in line.points] or [0]
        positions += plot.x_range or ()
        self.first, self.last = min(positions), max(positions)
        bounds: list[float] = [
            bound for line in self.every for point in line.points for bound in (point.y, *(point.interval or ()))
        ]
        self.low, self.high = min([plot.y_range[0], *bounds]), max([plot.y_range[1], *bounds])
        longest = max((width_of(line.name, SIZE, bold=True) for line in self.every), default=0.0)
        self.right = width - min(max(RIGHT, round(LABEL_GAP + 5 + longest)), round(LABELS * width))

    def x(self, value: float) -> float:
        share = (value - self.first) / (self.last - self.first) if self.last > self.first else 0.5
        return round(LEFT + 8 + share * (self.right - LEFT - 16), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.height - BOTTOM - share * (self.height - TOP - BOTTOM), 1)

    def build(self, identifier: str) -> ElementTree.Element:
        box = f"0 0 {self.width} {self.height}"
        named = {"aria-labelledby": f"{identifier}-title", "aria-describedby": f"{identifier}-desc"}
        root = ElementTree.Element("svg", {"viewBox": box, "role": "img", **named, "class": "plot"})
        add(root, "title", self.plot.title, id=f"{identifier}-title")
        add(root, "desc", self.plot.description, id=f"{identifier}-desc")
        self.axes(root)
        for line in self.plot.references:
            self.path(root, line, "reference")
        for line in self.plot.lines:
            self.band(root, line)
        for line in self.plot.lines:
            self.path(root, line, "line")
            self.markers(root, line)
        self.labels(root)
        return root

    def axes(self, root: ElementTree.Element) -> None:
        group = add(root, "g", **{"class": "axes"})
        right = self.right
        for value, shown in _ticks(self.low, self.high):
            at = self.y(value)
            add(group, "line", x1=LEFT, x2=right, y1=at, y2=at)
            add(group, "text", shown, x=LEFT - 6, y=at + 4, **{"text-anchor": "end"})
        room = max(1, (right - LEFT) // TICK_SPACE)
        stride = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if (self.last - self.first) / step <= room)
        for value in range(self.first, self.last + 1, stride):
            add(group, "text", str(value), x=self.x(value), y=self.height - BOTTOM + 18, **{"text-anchor": "middle"})
        middle = (LEFT + right) / 2
        add(group, "text", self.plot.x_label, x=middle, y=self.height - 6, **{"text-anchor": "middle"})
        turned = {"text-anchor": "middle", "transform": f"translate(12 {(self.height - BOTTOM + TOP) / 2}) rotate(-90)"}
        add(group, "text", self.plot.y_label, **turned)

    def path(self, root: ElementTree.Element, line: Line, role: str) -> None:
        if len(line.points) == 1 and role == "reference":
            at = self.y(line.points[0].y)
            add(root, "path", d=f"M{LEFT} {at}H{self.right}", **{"class": f"{role} {line.kind}"})
        for run in _runs(line.points):
            corners = "L".join(f"{self.x(point.x)} {self.y(point.y)}" for point in run)
            # a value between two gaps would otherwise be invisible
            alone = "m-4 0h8" if len(run) == 1 and role == "reference" else ""
            add(root, "path", d=f"M{corners}{alone}", **{"class": f"{role} {line.kind}"})

    def band(self, root: ElementTree.Element, line: Line) -> None:
        for run in _runs([point for point in line.points if point.interval]):
            upper = [f"{self.x(p.x)} {self.y(p.interval[1])}" for p in run if p.interval]
            lower = [f"{self.x(p.x)} {self.y(p.interval[0])}" for p in reversed(run) if p.interval]
            add(root, "path", d=f"M{'L'.join(upper + lower)}Z", **{"class": f"band {line.kind}"})

    def markers(self, root: ElementTree.Element, line: Line) -> None:
        alone = {run[0].x for run in _runs(line.points) if len(run) == 1}
        # where markers would hide the line, only every few points have one, counted from the label
        stride = math.ceil(MARKER_SPACE * (self.last - self.first) / max(1, self.right - LEFT - 16)) or 1
        for point in line.points:
            group = add(root, "g", **{"class": f"marker {line.kind}"})
            add(group, "title", point.label)
            at, height = self.x(point.x), self.y(point.y)
            if point.interval:
                low, high = (self.y(bound) for bound in point.interval)
                add(group, "path", d=f"M{at} {low}V{high}M{at - 3} {low}h6M{at - 3} {high}h6", **{"class": "bar"})
            if (self.last - point.x) % stride == 0 or point.x in alone:
                add(group, "path", d=_marker(self.plot.lines.index(line), at, height))

    def labels(self, root: ElementTree.Element) -> None:
        """Name each line at its right end; labels of close ends are moved apart."""
        ends = {line.name: line for line in reversed(self.every)}
        wanted = sorted(((self.y(line.points[-1].y), line) for line in ends.values()), key=lambda item: item[0])
        heights = _spread([height for height, _ in wanted], TOP + 4, self.height - BOTTOM)
        for (height, line), at in zip(wanted, heights, strict=True):
            end = self.x(line.points[-1].x)
            add(root, "path", d=f"M{end + 6} {height}L{self.right + 12} {at}", **{"class": f"leader {line.kind}"})
            name = fitted(line.name, self.width - self.right - LABEL_GAP, SIZE, bold=True)
            add(root, "text", name, x=self.right + LABEL_GAP, y=at + 4, **{"class": f"label {line.kind}"})


def _runs(points: list[Point]) -> list[list[Point]]:
    """Split at missing values, so that no line is drawn across them."""
    runs: list[list[Point]] = []
    for point in points:
        if runs and point.x == runs[-1][-1].x + 1:
            runs[-1].append(point)
        else:
            runs.append([point])
    return runs


def _marker(index: int, x: float, y: float) -> str:
    circle = f"M{x - 4} {y}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z"
    square = f"M{x - 3.5} {y - 3.5}h7v7h-7Z"
    triangle = f"M{x} {y - 5}l4.6 8h-9.2Z"
    diamond = f"M{x} {y - 5}l5 5l-5 5l-5 -5Z"
    return (circle, square, triangle, diamond)[index % 4]


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return round values between ``low`` and ``high``, at most seven if possible, and their labels."""
    step = next((step for step in STEPS if (high - low) / step <= 6), STEPS[-1])
    digits = max(0 if step > 1 else 1, -math.floor(math.log10(step) + 1e-9))
    whole = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    return [(index * step, number(index * step, digits)) for index in whole]


def _spread(heights: list[float], top: float, bottom: float) -> list[float]:
    """Move labels (from top to bottom) apart, and keep them inside."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, top, placed[-1] + LABEL_SPACE if placed else top))
    limit = bottom
    for index in range(len(placed) - 1, -1, -1):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - LABEL_SPACE
    return placed

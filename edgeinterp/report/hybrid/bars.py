"""Bars of what attention and properties add to words, each alone and both alike, with intervals, as inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from markupsafe import Markup

from ...results.hybrid.result import HybridContrast
from ...results.shared import Interval
from ..primitives.drawing import add, fitted
from ..primitives.formats import interval, signed

__all__ = ["BarsOfParts", "parts_of"]

SIZE, LINE, BAR, GAP, FOOT = 12, 18, 11, 10, 34
NUMBERS = 62
Scale = Callable[[float], float]


@dataclass(frozen=True)
class Part:
    """One bar: what it is, its value and interval."""

    name: str
    value: float
    ci: Interval


def parts_of(contrast: HybridContrast) -> list[Part]:
    """Return what attention adds alone, what both share, and what properties add alone."""
    found = []
    for name, part in (
        ("attention alone", contrast.gains.get("attention")),
        ("both say it", contrast.shared),
        ("properties alone", contrast.gains.get("semantics")),
    ):
        if part is not None and part.value is not None:
            found.append(Part(name, part.value, part.ci))
    return found


@dataclass(frozen=True)
class BarsOfParts:
    """Three bars for each contrast, on one scale of AUC."""

    contrasts: Sequence[HybridContrast]

    @property
    def title(self) -> str:
        """Return the text for screen readers, and the caption."""
        return "AUC beyond what the words alone give: attention alone, what both say, properties alone"

    @property
    def empty(self) -> bool:
        """Tell whether there is nothing to draw."""
        return not any(map(parts_of, self.contrasts))

    def draw(self, identifier: str, width: int = 900) -> Markup:
        """Return the bars as an ``<svg>`` element; ``identifier`` makes its ids unique on the page."""
        return Markup(ElementTree.tostring(self._built(identifier, width), encoding="unicode"))

    def _built(self, identifier: str, width: int) -> ElementTree.Element:
        shown = [(contrast.name, parts_of(contrast)) for contrast in self.contrasts if parts_of(contrast)]
        bounds = [bound for _, parts in shown for part in parts for bound in (part.value, *(part.ci or ()))]
        low, high = min([0.0, *bounds]), max([0.05, *bounds])
        left, right = min(140, width // 3), width - NUMBERS

        def x(value: float) -> float:
            return float(round(left + (value - low) / (high - low) * (right - left - GAP), 1))

        height = sum(LINE + len(parts) * LINE + GAP for _, parts in shown) + FOOT
        named = {"aria-labelledby": f"{identifier}-title", "aria-describedby": f"{identifier}-desc"}
        root = ElementTree.Element(
            "svg", {"viewBox": f"0 0 {width} {height}", "role": "img", **named, "class": "heat parts"}
        )
        add(root, "title", self.title, id=f"{identifier}-title")
        add(root, "desc", "; ".join(_said(name, parts) for name, parts in shown), id=f"{identifier}-desc")
        at = 0
        for name, parts in shown:
            at += LINE
            add(root, "text", fitted(name, width - GAP, SIZE, bold=True), x=0, y=at - 4, **{"font-weight": "bold"})
            for part in parts:
                self._bar(root, part, at, (left, right), x)
                at += LINE
            at += GAP
        add(root, "path", d=f"M{x(0.0)} 0V{at}", **{"class": "below"})
        add(root, "text", "0", x=x(0.0), y=at + 14, **{"text-anchor": "middle", "class": "axis"})
        add(root, "text", signed(high, 2), x=right - GAP, y=at + 14, **{"text-anchor": "end", "class": "axis"})
        add(root, "text", "AUC", x=right, y=at + 28, **{"text-anchor": "end", "class": "axis"})
        return root

    def _bar(self, root: ElementTree.Element, part: Part, at: int, edges: tuple[int, int], x: Scale) -> None:
        left, right = edges
        middle = at + LINE / 2
        label = fitted(part.name, left - GAP, SIZE)
        add(root, "text", label, x=left - 6, y=middle + 4, **{"text-anchor": "end"})
        first, last = sorted((x(0.0), x(part.value)))
        add(
            root, "rect", x=first, y=middle - BAR / 2, width=max(1.0, round(last - first, 1)), height=BAR,
            **{"class": "high" if part.value >= 0.0 else "low"},
        )  # fmt: skip
        if part.ci:
            low, high = x(part.ci[0]), x(part.ci[1])
            add(
                root, "path", d=f"M{low} {middle}H{high}M{low} {middle - 4}v8M{high} {middle - 4}v8",
                **{"class": "below", "fill": "none"},
            )  # fmt: skip
        add(root, "text", signed(part.value), x=right, y=middle + 4)


def _said(name: str, parts: Sequence[Part]) -> str:
    return f"{name}: {', '.join(f'{part.name} {signed(part.value)} ({interval(part.ci)})' for part in parts)}"

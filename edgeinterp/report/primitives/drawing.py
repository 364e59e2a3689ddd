"""Elements of drawings, and the width of texts: SVG neither wraps nor measures, and cuts long text off."""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree

from .formats import visible

__all__ = ["add", "fitted", "width_of"]

# for font size 1, measured on DejaVu Sans, which is wide
NARROW, CAPITAL, BROAD, IDEOGRAPH = 0.64, 0.75, 0.98, 1.04
BOLD = 1.12


def add(parent: ElementTree.Element, tag: str, text: str | None = None, **attributes: object) -> ElementTree.Element:
    """Add an element; invisible characters in ``text`` are written out, as in templates."""
    child = ElementTree.SubElement(parent, tag, {name: str(value) for name, value in attributes.items()})
    child.text = None if text is None else visible(text)
    return child


def width_of(text: str, size: float, bold: bool = False) -> float:
    """Estimate the width of ``text`` in the unit of ``size``, rather too large than too small.

    Examples
    --------
    >>> width_of("", 12), width_of("word", 12) < width_of("语言模型", 12)
    (0.0, True)
    """
    return size * (BOLD if bold else 1.0) * sum((_letter(character) for character in text), 0.0)


def fitted(text: str, room: float, size: float, bold: bool = False) -> str:
    """Return ``text``, shortened with an ellipsis where it is wider than ``room``.

    Examples
    --------
    >>> fitted("a word", 100, 12), fitted("a word", 25, 12)
    ('a word', 'a…')
    """
    if width_of(text, size, bold) <= room:
        return text
    while text and width_of(text + "…", size, bold) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _letter(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF":
        return IDEOGRAPH
    return BROAD if character in "mwMW@%<>=+~→…" else CAPITAL if character.isupper() else NARROW

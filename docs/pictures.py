"""Pictures for these pages, cut out of reports: ``python docs/pictures.py demo/report.html out/comparison.html``.

A report draws its plots as SVG, and styles them in the page. Here each becomes a file that brings its style along.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "images"
# name of the picture: id of its title in a report
PICTURES = {
    "correspondence": "correspondence-plot-wide-title",
    "influence": "influence-plot-wide-title",
    "relations": "relations-map-3-1-wide-title",
    "properties": "properties-plot-wide-title",
    "compare": "states-plot-wide-title",
}
FONT = ":root { font-family: system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; background: var(--ground); }"


def style_of(page: str) -> str:
    """Return the colours of a report's style sheet, light and dark, and its rules for plots."""
    sheet = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    lines = sheet[1].splitlines() if sheet else []
    start = next(place for place, line in enumerate(lines) if line.startswith(":root"))
    end = next(place for place, line in enumerate(lines) if line.startswith("* {"))
    rules = [line for line in lines[end:] if re.match(r"\.(plot|axes|line|reference|heat)\b", line)]
    return "\n".join([*lines[start:end], *rules, FONT])


def cut_out(page: str, title: str) -> str | None:
    """Return the plot whose title has this id, as a file of its own."""
    found = re.search(rf'<svg viewBox="0 0 (\d+) (\d+)"([^>]*aria-labelledby="{title}".*?</svg>)', page, re.DOTALL)
    if not found:
        return None
    width, height, rest = found.groups()
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    begin, body = rest.split(">", 1)
    return f"{opened}{begin}>\n<style>\n{style_of(page)}\n</style>{body}\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for report in sys.argv[1:]:
        text = Path(report).read_text(encoding="utf-8")
        for name, title in PICTURES.items():
            if picture := cut_out(text, title):
                (FOLDER / f"{name}.svg").write_text(picture, encoding="utf-8")
                print(FOLDER / f"{name}.svg")

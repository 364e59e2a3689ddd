"""A hook of MkDocs: the build fails where a page of the site would fetch anything from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

# what a browser fetches on its own; a link that a reader follows is not among them
FETCHED = {"src", "srcset", "poster", "data", "background"}
ELSEWHERE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)""", re.IGNORECASE)


class _Page(HTMLParser):
    """Collects what a page fetches from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes of one element."""
        names = FETCHED | ({"href"} if tag == "link" and dict(attrs).get("rel") != "canonical" else set())
        self.fetched += [value for name, value in attrs if name in names and value and ELSEWHERE.match(value)]
        self.fetched += [place for name, value in attrs if name == "style" for place in IN_STYLE.findall(value or "")]


def fetched_by(path: Path) -> list[str]:
    """Return what a page, a picture or a style sheet fetches from elsewhere."""
    text = path.read_text(encoding="utf-8")
    page = _Page()
    if path.suffix != ".css":
        page.feed(text)
    return [*page.fetched, *IN_STYLE.findall(text)]


def on_post_build(config: Any) -> None:
    """Look through the site once it is built."""
    site = Path(config["site_dir"])
    files = [path for path in sorted(site.rglob("*")) if path.suffix in (".html", ".css", ".svg")]
    found = [f"{path.relative_to(site)}: {place}" for path in files for place in fetched_by(path)]
    if found:
        from mkdocs.exceptions import PluginError

        raise PluginError("pages may not fetch anything from elsewhere:\n" + "\n".join(found))

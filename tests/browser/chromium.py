"""A headless Chromium that can reach nothing, and pages in it that keep what went wrong on them.

``python -m tests.browser.chromium`` says where the browser is, or ends with 1 where there is none.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Dialog, Error, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = (
    "the tests of the report need Chromium: install the system package `chromium` (Debian: apt-get install chromium), "
    "or run `.venv-test/bin/playwright install chromium-headless-shell`"
)
FLAGS = [
    "--no-sandbox",  # root may not use it, and a gate runs as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-color-profile=srgb",
]
AUDIT = (Path(__file__).parent / "audit.js").read_text(encoding="utf-8")

Scheme = Literal["light", "dark"]


def find() -> str | None:
    """The path of the system's browser."""
    found = (shutil.which(name) for name in NAMES)
    return next((path for path in found if path and not snapped(Path(path))), None)


def snapped(path: Path) -> bool:
    """Whether a browser is a snap, or a script that calls one: those cannot read temporary files."""
    with path.open("rb") as file:
        start = file.read(4096)
    return path.resolve().name == "snap" or (start.startswith(b"#!") and b"/snap/" in start)


@contextmanager
def launched() -> Iterator[Browser]:
    """The system's browser, or the one that Playwright has downloaded."""
    with sync_playwright() as playwright:
        path, fault = find(), ""
        try:
            # the browser that Playwright brings is looked for where no path is given
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        except Error as error:
            fault = MISSING if path is None else f"{path} does not start: {error}"
        if fault:
            pytest.fail(fault, pytrace=False)
        yield browser
        browser.close()


@dataclass
class View:
    """A report on a page, with what the browser had to say about it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def audit(self, name: str) -> Any:
        """What a function of audit.js finds."""
        return self.page.evaluate(f"() => {{ {AUDIT}; return audit.{name}(); }}")

    def refuse(self, dialog: Dialog) -> None:
        """Close a dialog; without this the page would wait for an answer."""
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def unfold(self) -> None:
        """Open everything that can be opened."""
        self.page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")


@contextmanager
def opened(
    browser: Browser, path: Path, *, width: int = 1100, height: int = 900, scheme: Scheme = "light", script: bool = True
) -> Iterator[View]:  # fmt: skip
    """Show a file, without a network."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        java_script_enabled=script,
        offline=True,
    )
    page = context.new_page()
    view = View(page)
    page.on("console", lambda message: view.complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: view.complaints.append(f"error: {error}"))
    page.on("dialog", view.refuse)
    page.on("popup", lambda other: view.complaints.append(f"popup: {other.url}"))
    context.on("request", lambda request: view.requests.append(request.url))
    page.goto(path.as_uri())
    yield view
    context.close()


if __name__ == "__main__":
    print(find() or MISSING)
    sys.exit(find() is None)

"""Contrast as WCAG AA asks, computed in the page: texts 4.5 (large ones 3), what must be seen in drawings 3."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import Scheme, opened

# paper is white whatever the screen is
MODES: list[tuple[Literal["screen", "print"], Scheme]] = [("screen", "light"), ("screen", "dark"), ("print", "dark")]


@pytest.mark.parametrize("name", ["whole", "hostile", "comparison"])
def test_texts_and_marks_stand_out(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with opened(browser, reports[name]) as view:
        view.unfold()
        if view.page.query_selector("#tokens button"):
            view.page.focus("#tokens button")
        for media, scheme in MODES:
            view.page.emulate_media(media=media, color_scheme=scheme)
            assert view.audit("faintTexts") == [], (media, scheme)
            assert view.audit("faintMarks") == [], (media, scheme)


def test_dark_is_dark_and_paper_is_white(browser: Browser, reports: dict[str, Path]) -> None:
    with opened(browser, reports["whole"], scheme="dark") as view:
        colour = "getComputedStyle(document.body).backgroundColor"
        assert view.page.evaluate(colour) == "rgb(21, 23, 26)"
        view.page.emulate_media(media="print")
        assert view.page.evaluate(colour) == "rgb(255, 255, 255)"

"""A report fits: a telephone, a page at twice its size, and A4."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import pages
from tests.browser.chromium import opened

# a desktop, the same at twice its size, telephones (320 is also 640 at twice its size)
WIDTHS = [1280, 640, 400, 320]
# A4 without the margins of the style sheet, in CSS pixels
A4 = round((210 - 2 * 14) / 25.4 * 96)


@pytest.mark.parametrize("name", pages.NAMES)
def test_nothing_is_cut_off(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with opened(browser, reports[name]) as view:
        view.unfold()
        for width in WIDTHS:
            view.page.set_viewport_size({"width": width, "height": 900})
            assert view.audit("cutOff") == [], width
            assert view.audit("overlaps") == [], width
            if name in ("whole", "deep", "comparison"):
                # names of ours have room, and are not shortened
                assert [text for text in view.page.locator(".plot .label").all_text_contents() if "…" in text] == []


def test_two_drawings_are_never_shown_at_once(browser: Browser, reports: dict[str, Path]) -> None:
    with opened(browser, reports["whole"]) as view:
        for width in WIDTHS:
            view.page.set_viewport_size({"width": width, "height": 900})
            shown = [view.page.is_visible(f"#correspondence .{kind} svg") for kind in ("wide", "narrow")]
            assert shown == [width > 640, width <= 640]


@pytest.mark.parametrize("name", pages.NAMES)
def test_paper_holds_everything(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with opened(browser, reports[name], width=A4) as view:
        view.unfold()
        words = set(view.audit("words"))
        view.page.reload()
        view.page.emulate_media(media="print")
        # parts that are folded away on the screen are printed
        assert sorted(words - set(view.audit("words"))) == []
        assert view.audit("cutOff") == []
        assert view.audit("overlaps") == []


@pytest.mark.parametrize("name", ["whole", "comparison"])
def test_printed_pages_are_a4_and_leave_the_screen_as_it_was(
    browser: Browser, reports: dict[str, Path], name: str
) -> None:
    with opened(browser, reports[name]) as view:
        state = "[...document.querySelectorAll('details')].map(part => part.open)"
        before = view.page.evaluate(state)
        pdf = view.page.pdf(prefer_css_page_size=True, print_background=True)
        assert view.page.evaluate(state) == before
        boxes = set(re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf))
        assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}
        assert len(re.findall(rb"/Type /Page\b", pdf)) >= 3
        assert view.complaints == []

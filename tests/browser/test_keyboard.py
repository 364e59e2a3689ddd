"""Everything that a mouse can do on a report, a keyboard can, in the order of the page, and visibly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import Scheme, View, opened


def tour(view: View) -> list[dict[str, Any]]:
    """Where Tab leads, from the top of the page until it leaves it."""
    found: list[dict[str, Any]] = []
    for _ in range(400):
        view.page.keyboard.press("Tab")
        at = view.audit("focus")
        if at is None or (found and at["place"] == found[0]["place"]):
            break
        found.append(at)
    return found


@pytest.mark.parametrize(("name", "scheme"), [("whole", "light"), ("hostile", "dark"), ("comparison", "light")])
def test_every_stop_is_reached_in_order_and_seen(
    browser: Browser, reports: dict[str, Path], name: str, scheme: Scheme
) -> None:
    with opened(browser, reports[name], scheme=scheme) as view:
        view.unfold()
        # the skip link shows only where it is reached
        stops = view.audit("stops")
        found = tour(view)
        assert [place["place"] for place in found] == sorted({place["place"] for place in found})
        assert len(found) == stops
        assert [place for place in found if place["wrong"]] == []
        assert "skip" in found[0]["name"]


def test_skip_link_leads_to_the_answer(browser: Browser, reports: dict[str, Path]) -> None:
    with opened(browser, reports["whole"]) as view:
        view.page.keyboard.press("Tab")
        assert view.page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        view.page.keyboard.press("Enter")
        assert view.page.url.endswith("#answer")
        view.page.keyboard.press("Tab")
        assert view.page.evaluate("document.activeElement.closest('section').id") in ("answer", "correspondence")


def test_tokens_are_moved_through_with_arrows(browser: Browser, reports: dict[str, Path]) -> None:
    with opened(browser, reports["whole"]) as view:
        view.page.focus("#tokens button")
        for key, words in (("ArrowRight", "(position 1)"), ("End", "(position 15)"), ("Home", "(position 0)")):
            view.page.keyboard.press(key)
            assert words in view.page.inner_text("#retrieved")
        view.page.keyboard.press("Space")
        assert view.page.get_attribute("#tokens button", "aria-pressed") == "true"
        view.page.focus("#state")
        view.page.keyboard.press("Home")
        assert view.page.inner_text("#state-shown") == "0"
        assert "hidden state 0" in (view.page.get_attribute("#state", "aria-valuetext") or "")


@pytest.mark.parametrize("name", ["whole", "comparison"])
def test_what_scrolls_can_be_scrolled_with_keys(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with opened(browser, reports[name], width=400) as view:
        view.unfold()
        assert view.audit("unscrollable") == []
        found = view.page.evaluate(
            """() => { const box = [...document.querySelectorAll('.scroll')].find(one =>
            one.scrollWidth > one.clientWidth + 20); if (box) { box.focus(); } return Boolean(box); }"""
        )
        assert found
        view.page.keyboard.press("ArrowRight")
        assert view.page.evaluate(
            """new Promise(done => { setTimeout(() => done(false), 3000); const look = () =>
            document.activeElement.scrollLeft > 0 ? done(true) : requestAnimationFrame(look); look(); })"""
        )

"""What a screen reader finds: language, headings in order, a name for everything that needs one."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import View, opened

# a summary is a disclosure triangle
NAMED = ["image", "button", "link", "slider", "radio", "combobox", "table", "region", "DisclosureTriangle"]


class Tree:
    """What the browser tells a screen reader."""

    def __init__(self, view: View) -> None:
        self.session = view.page.context.new_cdp_session(view.page)
        self.root = self.session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]

    def of(self, role: str) -> list[dict[str, Any]]:
        found = self.session.send("Accessibility.queryAXTree", {"nodeId": self.root, "role": role})["nodes"]
        return [node for node in found if not node["ignored"]]

    def names(self, role: str) -> list[str]:
        return [node["name"]["value"].strip() for node in self.of(role)]


@pytest.mark.parametrize("name", ["whole", "hostile", "empty", "comparison"])
def test_a_screen_reader_finds_its_way(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with opened(browser, reports[name]) as view:
        view.unfold()
        assert view.page.get_attribute("html", "lang") == "en"
        assert view.page.title().strip()
        levels = view.audit("headings")
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert [pair for pair in itertools.pairwise(levels) if pair[1] > pair[0] + 1] == []
        tree = Tree(view)
        assert [len(tree.of(role)) for role in ("main", "banner", "contentinfo", "navigation")] == [1, 1, 1, 1]
        names = {role: tree.names(role) for role in NAMED}
        assert [role for role in NAMED if "" in names[role]] == []
        # nothing is named well only because it is not found
        assert [role for role in NAMED if not names[role] and name == "whole"] == []
        drawings = tree.of("image")
        assert len(drawings) == view.page.evaluate(
            "[...document.querySelectorAll('svg:not(.linked)')].filter(one => one.checkVisibility()).length"
        )
        # links are no image: each row is a button of its own
        rows = view.page.evaluate("document.querySelectorAll('svg.linked .row').length")
        assert rows == len([node for node in tree.of("button") if node["name"]["value"][:1].isdigit()])
        # named, but no landmarks: dozens of tables would drown the sections among them
        tables = view.page.locator(".scroll").all()
        assert {box.get_attribute("role") for box in tables} == {"group"}
        regions = tree.names("region")
        assert len(regions) == len(set(regions)) == len(view.page.locator("section").all())
        for node in drawings:
            title, description = node["name"]["value"], node["description"]["value"]
            assert "" not in (title.strip(), description.strip())
            assert title != description

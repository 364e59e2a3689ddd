"""A report opens from a file, on its own, without a word of complaint."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import opened


def own(path: Path) -> list[str]:
    return [path.as_uri()]


@pytest.mark.parametrize("name", ["whole", "deep", "empty", "comparison"])
def test_nothing_is_asked_for_and_nothing_complains(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with opened(browser, reports[name]) as view:
        view.page.wait_for_load_state("networkidle")
        assert view.complaints == []
        assert view.requests == own(reports[name])


@pytest.mark.parametrize("name", ["report", "comparison"])
def test_what_the_commands_write(browser: Browser, real: dict[str, Path], name: str) -> None:
    with opened(browser, real[name], width=400) as view:
        view.unfold()
        assert view.complaints == []
        assert view.requests == own(real[name])
        assert view.audit("cutOff") == []
        assert view.audit("faintTexts") == []


def test_without_a_script_everything_is_there(browser: Browser, reports: dict[str, Path]) -> None:
    with opened(browser, reports["whole"], script=False) as view:
        assert view.complaints == []
        assert view.page.is_hidden("#explorer")
        assert view.page.is_visible("#example-table table")
        assert view.page.is_hidden("#sentence .controls")


def test_the_maps_of_a_sentence_follow_the_controls(browser: Browser, tmp_path: Path, reports: dict[str, Path]) -> None:
    with opened(browser, reports["hostile"]) as view:
        cells = """name => [...document.querySelectorAll(`#sentence-${name} g.cell:not(.missing)`)].map(cell =>
          [cell.querySelector("title").textContent.match(/: (-?[\\d.]+)( \\(.*\\))?$/)[1],
           cell.querySelector("text").textContent, cell.querySelector("rect").getAttribute("fill-opacity")])"""
        before = view.page.evaluate(cells, "reading")
        view.page.press("#sentence-layer", "Home")
        after = view.page.evaluate(cells, "reading")
        assert before != after
        for values in (before, after):
            assert [number for _, number, _ in values] == [title for title, _, _ in values]
        assert max(float(opacity) for _, _, opacity in after) <= 0.55
        view.page.select_option("#sentence-choice", "attention")
        mean = view.page.evaluate(cells, "reading")
        view.page.press("#sentence-head", "End")
        assert "layer 1, attention, head 2" in view.page.inner_text("#sentence-shown")
        assert after != mean != view.page.evaluate(cells, "reading")

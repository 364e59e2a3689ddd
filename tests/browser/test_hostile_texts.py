"""Nothing that a text, a token, a name or a file says is run or taken for markup: it is shown as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from edgeinterp.report.comparison.page import render as comparison
from edgeinterp.report.html import render as report
from edgeinterp.report.primitives.formats import visible
from tests.browser import pages
from tests.browser.chromium import View, opened
from tests.report.comparison import comparison_builders

# several rotations, so that each place says several things
TURNS = 2


def harmless(view: View) -> None:
    """Use everything that can be used; nothing that a text says happens."""
    view.unfold()
    for selector in ("#tokens button", "input[name=map]", "summary"):
        view.page.evaluate("s => document.querySelectorAll(s).forEach(one => { one.focus(); one.click(); })", selector)
    view.unfold()
    assert view.page.evaluate("window.ran") is None
    assert view.complaints == []
    assert {url for url in view.requests if not url.startswith("file:")} == set()
    assert len(view.requests) == 1
    assert all(link.startswith("#") for link in view.audit("links"))


@pytest.mark.parametrize("kind", ["report", "comparison"])
@pytest.mark.parametrize("turn", range(TURNS))
def test_texts_in_every_place_are_shown_and_not_run(browser: Browser, tmp_path: Path, kind: str, turn: int) -> None:
    def rendered(say: Callable[[int], str]) -> str:
        if kind == "report":
            return report(pages.spoken(pages.whole(), say))
        return comparison(pages.spoken(comparison_builders.full(), say))

    def plot(number: int) -> str:
        return f"{pages.PLOTS[(number * TURNS + turn) % len(pages.PLOTS)]}.{number}."

    plain, evil = tmp_path / "plain.html", tmp_path / "evil.html"
    plain.write_text(rendered(lambda number: f"plain.{number}."), encoding="utf-8")
    evil.write_text(rendered(plot), encoding="utf-8")
    with opened(browser, plain) as view:
        view.unfold()
        shown = {int(number) for number in re.findall(r"plain\.(\d+)\.", view.page.content())}
        written = {int(number) for number in re.findall(r"plain\.(\d+)\.", view.page.inner_text("body"))}
        elements = view.audit("census")
    assert len(shown) >= (120 if kind == "report" else 40)
    with opened(browser, evil) as view:
        harmless(view)
        assert view.audit("census") == elements
        seen = "".join(view.page.evaluate("document.documentElement.textContent").split())
        for number in shown | written:
            # a path is shown by its last part as well, and an empty or a blank token by a mark
            assert "".join(visible(plot(number)).split()) in seen, f"{number}: {plot(number)}"


@pytest.mark.parametrize("name", ["hostile", "comparison-hostile"])
def test_hostile_names_run_nothing(browser: Browser, reports: dict[str, Path], name: str) -> None:
    with opened(browser, reports[name]) as view:
        harmless(view)


@pytest.mark.parametrize("name", ["report", "comparison"])
def test_hostile_files_of_a_user_run_nothing(browser: Browser, real: dict[str, Path], name: str) -> None:
    with opened(browser, real[name]) as view:
        harmless(view)
        text = view.page.evaluate("document.body.textContent")
        said = [plot for plot in pages.PLOTS if plot.isprintable() and len(plot) < 100]
        assert [plot for plot in said[:2] if plot not in text] == []


@pytest.mark.parametrize("name", ["whole", "comparison"])
def test_the_policy_stops_what_is_put_in(browser: Browser, reports: dict[str, Path], name: str) -> None:
    ways = """() => {
      const script = document.createElement("script");
      script.textContent = "window.ran = 1";
      document.body.append(script);
      document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='window.ran = 2'>");
      document.body.insertAdjacentHTML("beforeend", "<iframe srcdoc='<script>parent.ran = 3</script>'></iframe>");
      const style = document.createElement("style");
      style.textContent = "h1 { display: none }";
      document.head.append(style);
      const far = document.createElement("script");
      far.src = "data:text/javascript,window.ran=4";
      document.body.append(far);
      document.querySelector("h1").setAttribute("style", "display: none");
      return fetch("data:text/plain,x").then(() => "fetched", () => "refused");
    }"""
    with opened(browser, reports[name]) as view:
        assert view.page.evaluate(ways) == "refused"
        view.page.wait_for_timeout(100)
        assert view.page.evaluate("window.ran") is None
        assert view.page.is_visible("h1")
        for directive in ("script-src", "style-src", "img-src", "connect-src"):
            assert any(directive in complaint for complaint in view.complaints), (directive, view.complaints)

"""Links between the tokens of a text: drawn where they may be read, greyed elsewhere, all of it by keyboard."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import edgeinterp as ei
from edgeinterp_models import default_model_folder
from tests.browser.chromium import View, opened
from tests.report import builders
from tests.report.influence import influence_builders


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A drawing of the embedded model, by a result in which attention layers 2 and 3 hold and 5 does not."""
    model = ei.load(default_model_folder())
    plain, other = builders.encoder(), influence_builders.encoder()
    result = dataclasses.replace(
        plain, verdicts=[*other.verdicts, *plain.verdicts], checks={**other.checks, **plain.checks},
        model=dataclasses.replace(plain.model, sha256=model.sha256),
    )  # fmt: skip
    path = tmp_path_factory.mktemp("drawing") / "drawing.html"
    ei.draw_attention(model, "The river overflowed its banks after three days.", result).save(path)
    return path


def links(view: View, kind: str = "") -> int:
    return view.page.locator(f"#drawing-1-links line.link{kind}").count()


def show(view: View, layer: int, reading: str = "attention", name: str = "drawing-1") -> None:
    view.page.select_option(f"#{name}-choice", reading)
    view.page.press(f"#{name}-layer", "Home")
    for _ in range(layer - 1):
        view.page.press(f"#{name}-layer", "ArrowRight")


def test_what_may_be_read_is_drawn_and_the_rest_only_on_request(browser: Browser, drawn: Path) -> None:
    with opened(browser, drawn) as view:
        show(view, 3)
        assert links(view) > 20
        assert links(view, ".denied") == 0
        assert "supported" in view.page.inner_text("#drawing-1-licence")
        assert "Layers in which rows of tokens may be read by it: 2, 3" in view.page.inner_text("#drawing-1-licence")
        show(view, 5)
        assert links(view) == 0
        said = view.page.inner_text("#drawing-1-licence")
        assert "unsupported" in said
        assert "Rows of tokens are not drawn" in said
        view.page.check("#drawing-1-anyway")
        assert links(view, ".denied") > 20
        assert links(view, ".denied") == links(view)
        assert "Drawn dashed on request" in view.page.inner_text("#drawing-1-licence")
        assert view.complaints == []
        assert view.requests == [drawn.as_uri()]


def test_a_head_that_is_not_judged_is_greyed(browser: Browser, drawn: Path) -> None:
    with opened(browser, drawn) as view:
        show(view, 3)
        view.page.press("#drawing-1-head", "End")
        assert "--head 3.12" in view.page.inner_text("#drawing-1-licence")
        assert links(view) == 0
        # other readings have no heads
        show(view, 3, "alti_rolled_up")
        assert view.page.is_disabled("#drawing-1-head")
        assert view.page.inner_text("#drawing-1-at") == "3 of 6"
        assert links(view) > 20


def test_the_row_that_classifiers_read_has_a_verdict_of_its_own(browser: Browser, drawn: Path) -> None:
    with opened(browser, drawn) as view:
        show(view, 3)
        view.page.focus("#drawing-1-links .row[tabindex='0']")
        # weakened there, supported in rows of tokens
        assert view.page.inner_text("#drawing-1-row").startswith("“[CLS]” (0): not drawn; weakened")
        assert links(view) == 0
        view.page.check("#drawing-1-anyway")
        view.page.focus("#drawing-1-links .row[tabindex='0']")
        said = view.page.inner_text("#drawing-1-row")
        assert "which may not be read (weakened), takes most from “" in said
        assert "% of its row; special tokens and itself have the rest." in said


def test_influence_itself_can_be_seen_in_every_layer(browser: Browser, drawn: Path) -> None:
    with opened(browser, drawn) as view:
        show(view, 5, "influence")
        assert links(view) > 20
        assert "measured" in view.page.inner_text("#drawing-1-licence")


def test_a_token_is_chosen_by_keyboard(browser: Browser, drawn: Path) -> None:
    with opened(browser, drawn) as view:
        show(view, 3)
        every = links(view)
        view.page.focus("#drawing-1-links .row[tabindex='0']")
        view.page.keyboard.press("ArrowDown")
        view.page.keyboard.press("ArrowDown")
        assert 0 < links(view) < every
        said = view.page.inner_text("#drawing-1-row")
        assert said.startswith("“river” (2), attention, mean over heads, takes most from “")
        view.page.keyboard.press("Enter")
        view.page.keyboard.press("Tab")
        # it stays chosen when the focus goes on
        assert view.page.inner_text("#drawing-1-row") == said
        assert view.page.locator("#drawing-1-links .row[aria-pressed=true]").count() == 1
        show(view, 5)
        assert "not drawn; unsupported" in view.page.inner_text("#drawing-1-row")
        view.page.focus("#drawing-1-links .row[tabindex='0']")
        view.page.keyboard.press("Escape")
        assert view.page.inner_text("#drawing-1-row") == "No token is chosen."
        assert view.page.locator("#drawing-1-links .row[aria-pressed=true]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_telephone_and_can_be_read(browser: Browser, drawn: Path, scheme: str) -> None:
    with opened(browser, drawn, width=400, scheme=scheme) as view:  # type: ignore[arg-type]
        for layer in (3, 5):
            show(view, layer)
            view.unfold()
            assert view.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
            assert view.audit("cutOff") == []
            assert view.audit("faintTexts") == []


def test_without_a_script_the_page_says_so(browser: Browser, drawn: Path) -> None:
    with opened(browser, drawn, script=False) as view:
        assert "needs a script" in view.page.inner_text("main")
        assert view.page.is_hidden("#drawing-1 .controls")


def test_the_report_draws_its_sentence(browser: Browser, reports: dict[str, Path]) -> None:
    with opened(browser, reports["whole"]) as view:
        show(view, 3, "alti_rolled_up", "sentence")
        assert view.page.locator("#sentence-links line.link").count() > 20
        assert "layer 3, alti, rolled up" in view.page.inner_text("#sentence-shown")

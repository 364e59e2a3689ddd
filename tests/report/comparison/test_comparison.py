"""A comparison on the page and in the terminal: whole, legible, and deaf to what texts and names try to say."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import re
from collections.abc import Callable

import pytest
from rich.console import Console

from edgeinterp.comparing.result import Comparison
from edgeinterp.report.comparison.page import render as page_of
from edgeinterp.report.comparison.tables import subject
from edgeinterp.report.comparison.terminal import render
from edgeinterp.report.primitives.formats import visible
from tests.report.comparison import comparison_builders as builders
from tests.report.test_html import Page

every = pytest.mark.parametrize("build", builders.EVERY, ids=lambda build: build.__name__)


def shown(found: Comparison, width: int = 100, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict", write_through=True)
    render(found, Console(file=stream, width=width, highlight=False))
    stream.seek(0)
    return stream.read()


def unwrapped(text: str) -> str:
    return re.sub(r"\s+", "", text)


@every
def test_page_is_one_file_that_runs_nothing(build: Callable[[], Comparison]) -> None:
    page = Page(page_of(build()))
    names = [tag for tag, _ in page.tags]
    assert "script" not in names
    assert not {"link", "img", "iframe", "object", "form"} & set(names)
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name in ("src", "style") for name in attributes)
        assert not (attributes.get("href") or "#").startswith(("http", "//"))
    policy = next(a["content"] for tag, a in page.tags if tag == "meta" and "http-equiv" in a)
    digest = base64.b64encode(hashlib.sha256(page.raw["style"][0].encode()).digest()).decode()
    assert policy is not None
    assert f"'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    identifiers = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))


@every
@pytest.mark.parametrize("width", [60, 100, 140])
def test_terminal_says_what_the_page_says(build: Callable[[], Comparison], width: int) -> None:
    found = build()
    text, page = shown(found, width), Page(page_of(found)).words
    for sentence in [one.because for one in found.flips] + found.notes:
        assert unwrapped(visible(sentence)) in unwrapped(text)
        assert unwrapped(visible(sentence)) in unwrapped(page)
    for pair in found.verdicts:
        assert pair.a in text
        assert pair.b in text
    assert all(len(line) <= width for line in text.splitlines())
    assert "\x1b" not in text


def test_answers() -> None:
    text = shown(builders.full())
    assert "Of 4 verdicts, 2 differ: 1 really, 1 borderline." in text
    assert "The two begin to differ at the embeddings." in text
    assert "Largest jump: block 3" in text
    same = shown(builders.same())
    assert "1 verdict is the same in both." in same
    assert "are the same up to rounding" in same
    saved = shown(builders.saved())
    assert "Activations were not compared: two saved results" in unwrapped_words(saved)
    assert "a small board" in saved
    apart = shown(builders.apart())
    assert "are the same up to rounding" not in apart
    assert "numbers of heads differ (2 and 4)" in unwrapped_words(apart)


def unwrapped_words(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def test_differences_are_never_shown_as_none() -> None:
    page = Page(page_of(builders.full())).words
    # a head that differs by 2e-5 bits, and a cosine of 0.99978
    assert "2.0e-05" in page
    assert "0.9998" in page


def test_page_plots_what_was_measured() -> None:
    assert page_of(builders.full()).count("<svg") == 4
    assert page_of(builders.apart()).count("<svg") == 2
    assert page_of(builders.saved()).count("<svg") == 0
    assert "Activations were not compared" in page_of(builders.saved())


def test_plain_terminals_are_served() -> None:
    text = shown(builders.hostile(), 80, "ascii")
    assert text.isascii()
    assert "real" in text


@pytest.mark.parametrize(
    ("claim", "named"),
    [
        ("attention layer 3 may be read token to token", "attention 3"),
        ("mean attention of layer 3 follows influence", "attention 3"),
        ("rollout up to layer 3 follows influence", "rollout 3"),
        ("head 3.7 follows influence", "head 3.7"),
    ],
)
def test_claims_on_one_layer_are_told_apart(claim: str, named: str) -> None:
    pair = dataclasses.replace(builders.full().verdicts[0], claim=claim, attention_layer=3)
    assert subject(pair) == named

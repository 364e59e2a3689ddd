"""The page: whole, self-contained, and deaf to what texts and names try to say to it."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from edgeinterp.report import html, write_html
from edgeinterp.report.primitives.formats import visible
from edgeinterp.results.result import Result
from tests.report import builders
from tests.report.influence import influence_builders
from tests.report.judge import judge_builders
from tests.report.properties import properties_builders

EVERY = [*builders.EVERY, *influence_builders.EVERY, *judge_builders.EVERY, *properties_builders.EVERY]
every = pytest.mark.parametrize(
    "build", EVERY, ids=lambda build: f"{build.__module__.rsplit('.')[-1]}-{build.__name__}"
)

VOID = {"meta", "input", "br", "link", "img", "hr"}


class Page(HTMLParser):
    """What a browser would see: tags (balanced, or it raises), attributes, text, scripts, styles."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]].append(data)
        else:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def unspaced(text: str) -> str:
    return re.sub(r"\s+", "", text)


@every
def test_every_verdict_and_every_reason_appears(build: Callable[[], Result]) -> None:
    result = build()
    words = unspaced(Page(html.render(result)).words)
    for verdict in result.verdicts:
        assert unspaced(visible(verdict.because)) in words
        of = "(Attention|Rollout)" if verdict.hidden_state is None else "Hiddenstate"
        layer = verdict.attention_layer if verdict.hidden_state is None else verdict.hidden_state
        subject = r"Head\d+\.\d+" if verdict.claim.startswith("head") else f"{of}{layer}"
        if verdict.method is not None:
            subject = re.escape(unspaced(visible(verdict.claim)))
        assert re.search(rf"{subject}[✓~✗?]{verdict.verdict}", words)


@every
def test_only_known_tags_and_attributes(build: Callable[[], Result]) -> None:
    page = Page(html.render(build()))
    known = [builders.encoder(), builders.decoder(), influence_builders.encoder()]
    tags = {tag for other in known for tag, _ in Page(html.render(other)).tags}
    assert {tag for tag, _ in page.tags} <= tags
    assert not tags & {"img", "iframe", "link", "object", "form", "b"}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "srcdoc")]


@every
def test_nothing_is_fetched(build: Callable[[], Result]) -> None:
    text = html.render(build())
    for _, attributes in Page(text).tags:
        assert "src" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttpRequest", text)


@every
def test_links_on_the_page_lead_somewhere_and_ids_are_unique(build: Callable[[], Result]) -> None:
    tags = Page(html.render(build())).tags
    identifiers = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for name in ("href", "aria-labelledby", "aria-describedby", "for"):
        for _, attributes in tags:
            for target in (attributes.get(name) or "").split():
                assert target.removeprefix("#") in identifiers


@every
def test_no_stray_words(build: Callable[[], Result]) -> None:
    text = html.render(build())
    page = Page(text)
    assert not re.search(r"\b(nan|NaN|None|undefined|Infinity)\b", page.words)
    assert not re.search(
        r"\b(nan|NaN|None|undefined)\b", " ".join(value or "" for _, a in page.tags for value in a.values())
    )
    assert not [character for character in text if not character.isprintable() and character != "\n"]


@every
def test_policy_names_the_script_and_the_style_by_hash(build: Callable[[], Result]) -> None:
    page = Page(html.render(build()))
    policy = next(a["content"] for tag, a in page.tags if tag == "meta" and a.get("http-equiv")) or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    script = [text for text in page.raw["script"] if "use strict" in text]
    for text in (*script, *page.raw["style"]):
        assert base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() in policy
    assert (len(script), len(page.raw["style"])) == (1, 1)


def test_example_cannot_leave_its_script() -> None:
    page = html.render(builders.hostile())
    match = re.search(r'<script type="application/json" id="example-data">(.*?)</script>', page, re.DOTALL)
    assert match
    assert not set("<>&\u2028\u2029") & set(match[1])
    data = json.loads(match[1])
    assert data["tokens"][:3] == builders.HOSTILE[:3]
    assert data["maps"] == ["linear", "centred", "raw"]
    assert len(data["layers"]) == 7


def test_templates_do_not_run_what_texts_say() -> None:
    words = Page(html.render(builders.hostile())).words
    assert "{{ 7*7 }}" in words


def test_structure() -> None:
    page = Page(html.render(builders.encoder()))
    assert ("html", {"lang": "en"}) in page.tags
    names = [tag for tag, _ in page.tags]
    assert [names.count(name) for name in ("main", "header", "nav", "footer", "h1")] == [1] * 5
    assert names.count("caption") == names.count("table")
    assert all(attributes.get("scope") in ("row", "col") for tag, attributes in page.tags if tag == "th")
    plots = [attributes for tag, attributes in page.tags if tag == "svg"]
    assert [plot["role"] for plot in plots] == ["img", "img"]


def test_answer_settings_and_limits() -> None:
    words = Page(html.render(builders.encoder())).words
    assert "Attention layer 1 may be read token to token by definition" in words
    assert "Of 5 further attention layers, 4 may be read token to token (layers 2 to 5); 1 only with" in words
    for part in ("seed 0", "alpha 0.05", "max tokens 256", "low memory no"):
        assert part in words
    for part in ("Recoverable does not mean used", "hold fitted predictions fixed", "no correction across checks"):
        assert part in words
    assert "forward 8.93 s" in words
    assert "peak 412 MB" in words


def test_missing_values_have_their_reasons() -> None:
    words = Page(html.render(builders.decoder())).words
    assert "a hidden state is not finite in 3 texts" in words
    bare = Page(html.render(builders.bare())).words
    assert "No identification could be measured" in bare
    assert "no token can be told apart from the others" in bare


def test_without_a_script_the_example_is_a_table() -> None:
    page = Page(html.render(builders.encoder()))
    assert ("div", {"id": "explorer", "hidden": None}) in page.tags
    assert ("details", {"id": "example-table", "open": None}) in page.tags
    assert "✗ truth , at 3" in page.words or "✗ truth, at 3" in page.words


def test_a_run_without_checks() -> None:
    plain = builders.encoder()
    assert "No check was run." in Page(html.render(dataclasses.replace(plain, checks={}, verdicts=[]))).words
    other = dataclasses.replace(plain.verdicts[0], check="another", because="for a reason of its own")
    page = Page(html.render(dataclasses.replace(plain, verdicts=[*plain.verdicts, other])))
    assert "for a reason of its own" in page.words


def test_written_file_is_the_page(tmp_path: Path) -> None:
    result = builders.hostile()
    write_html(result, tmp_path / "out" / "report.html")
    assert (tmp_path / "out" / "report.html").read_bytes() == html.render(result).encode()
    assert html.render(result) == html.render(result)

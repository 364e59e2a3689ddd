"""A result as rows, as a frame, in one line, as a small HTML table."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import polars as pl
import pytest

import edgeinterp as ei
from edgeinterp.results.result import Result
from edgeinterp.results.rows import COLUMNS
from edgeinterp.results.shared import Margin, Verdict
from tests.report import builders
from tests.report.influence import influence_builders
from tests.report.properties import properties_builders
from tests.report.relations import relations_builders

HOSTILE = "<script>alert('x')</script> & \"quoted\" </td></table>"
FULL = Verdict(
    "mean attention of layer 2 follows influence", "influence", "weakened", "why", 2, None, None, "attention", "rho",
    0.4, (0.3, 0.5), 0.001, "distance", Margin(0.02, (-0.1, 0.14)),
)  # fmt: skip
EMPTY = Verdict("claim", "relations", "undecided", "too little", contrast="a against b", reason="too little")


def with_verdicts(*verdicts: Verdict) -> Result:
    return replace(builders.encoder(), verdicts=list(verdicts))


def every() -> Iterator[Any]:
    for module in (builders, influence_builders, properties_builders, relations_builders):
        yield module.hostile()
        yield from module.hostile().checks.values()


def test_a_row_is_a_verdict_flat() -> None:
    row, empty = with_verdicts(FULL, EMPTY).to_rows()
    assert tuple(row) == tuple(empty) == COLUMNS
    assert (row["layer"], row["low"], row["high"]) == (2, 0.3, 0.5)
    assert (row["margin"], row["margin_low"], row["margin_high"]) == (0.02, -0.1, 0.14)
    assert (empty["layer"], empty["low"], empty["margin"], empty["margin_low"]) == (None,) * 4
    named = {item.name for item in fields(Verdict)} - {"attention_layer", "hidden_state", "ci"}
    assert named <= set(COLUMNS)


@pytest.mark.parametrize("part", list(every()), ids=lambda part: type(part).__name__)
def test_rows_hold_plain_values_only(part: Any) -> None:
    rows = part.to_rows()
    assert len(rows) == len(part.verdicts)
    assert {type(value) for row in rows for value in row.values()} <= {str, int, float, bool, type(None)}


@pytest.mark.parametrize("verdicts", [(FULL, EMPTY), (EMPTY,), (FULL,), ()])
def test_pandas_frames_have_the_same_types_whatever_they_hold(verdicts: tuple[Verdict, ...]) -> None:
    frame, rows = with_verdicts(*verdicts).to_frame(), with_verdicts(*verdicts).to_rows()
    assert isinstance(frame, pd.DataFrame)
    assert tuple(frame.columns) == COLUMNS
    assert frame.dtypes.equals(with_verdicts(FULL).to_frame().dtypes)
    found = frame.astype(object).where(frame.notna(), None).to_dict("records")
    assert found == rows


@pytest.mark.parametrize("verdicts", [(FULL, EMPTY), (EMPTY,) * 200 + (FULL,), ()])
def test_polars_where_pandas_is_missing(verdicts: tuple[Verdict, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    frame = with_verdicts(*verdicts).to_frame()
    assert isinstance(frame, pl.DataFrame)
    assert frame.to_dicts() == with_verdicts(*verdicts).to_rows()
    assert frame.schema == with_verdicts(FULL).to_frame().schema


def test_one_line_where_neither_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pandas", "polars"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ei.InputError, match=r"^to_frame: needs pandas or polars.*to_rows\(\)$"):
        with_verdicts(FULL).to_frame()


def test_repr_is_one_short_line() -> None:
    assert repr(builders.encoder()) == "Result(bert, 6 layers; correspondence 1 by definition, 4 supported, 1 weakened)"
    assert repr(builders.encoder().correspondence()) == (
        "CorrespondenceResult(correspondence 1 by definition, 4 supported, 1 weakened)"
    )
    assert repr(with_verdicts()) == "Result(bert, 6 layers; no verdict)"
    for part in every():
        assert len(repr(part)) < 200
        assert "\n" not in repr(part)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[Any] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parsed(result: Any) -> _Page:
    page = _Page()
    page.feed(result._repr_html_())
    return page


def test_the_html_table_shows_every_verdict() -> None:
    page = parsed(with_verdicts(FULL, EMPTY))
    assert page.tags.count("tr") == 3
    assert {"0.3 to 0.5", "0.001", "distance", "0.02 -0.1 to 0.14", "rho 0.4"} <= set(page.texts)


@pytest.mark.parametrize("name", ["claim", "because", "statistic", "closest_rival", "check"])
def test_the_html_table_escapes_everything(name: str) -> None:
    changed: dict[str, Any] = {name: HOSTILE}
    page = parsed(with_verdicts(replace(FULL, **changed)))
    assert set(page.tags) == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    assert page.attributes == []
    assert any(HOSTILE in text for text in page.texts)


def test_a_model_of_a_hostile_name_is_escaped() -> None:
    plain = builders.encoder()
    page = parsed(replace(plain, model=replace(plain.model, architecture=HOSTILE)))
    assert "script" not in page.tags
    assert any(HOSTILE in text for text in page.texts)

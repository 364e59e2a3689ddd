"""A drawing of one's own text: what it holds, what it may show, and what is refused."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.errors import InputError
from edgeinterp_models import default_model_folder
from tests.report import builders
from tests.report.influence import influence_builders
from tests.report.test_html import Page

TEXT = "The river overflowed its banks."


@pytest.fixture(scope="module")
def model() -> ei.Model:
    return ei.load(default_model_folder())


@pytest.fixture(scope="module")
def judged(model: ei.Model) -> ei.Result:
    """Both checks: correspondence weakens layer 6, which influence does too."""
    result, other = builders.encoder(), influence_builders.encoder()
    return dataclasses.replace(
        result, verdicts=[*other.verdicts, *result.verdicts], checks={**other.checks, **result.checks},
        model=dataclasses.replace(result.model, sha256=model.sha256),
    )  # fmt: skip


def page_of(drawing: ei.AttentionDrawing) -> str:
    shown = drawing._repr_html_()
    frame = re.fullmatch(r'<iframe srcdoc="(.*?)" sandbox="allow-scripts" .*</iframe>', shown, re.DOTALL)
    assert frame
    return html.unescape(frame[1])


def data_of(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="drawing-1-data">(.*?)</script>', page, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_it_draws_what_the_model_gives(model: ei.Model, judged: ei.Result) -> None:
    data = data_of(page_of(ei.draw_attention(model, TEXT, judged)))
    found = ei.readings(model, TEXT)
    assert data["tokens"] == model.token_strings(model.encode([TEXT])[0].ids.tolist())
    np.testing.assert_allclose(np.mean(data["attention"], axis=1), found["attention"], atol=1e-3)
    for key in ("rollout", "alti", "contribution_rolled_up"):
        np.testing.assert_allclose(data["maps"][key], found[key], atol=1e-3)
    # influence is measured for this very text
    assert np.shape(data["maps"]["influence"]) == np.shape(found["attention"])
    assert data["classifier_row"] == 0


def test_every_layer_has_its_licence(model: ei.Model, judged: ei.Result) -> None:
    data = data_of(page_of(ei.draw_attention(model, TEXT, judged)))
    words = [one["verdict"] for one in data["licences"]["attention"]["token"]]
    assert words == [one.verdict for one in judged.verdicts if (one.check, one.kind) == ("influence", "attention")]
    assert {one["verdict"] for one in data["licences"]["attention"]["special"]} == {"weakened"}
    assert {one["verdict"] for one in data["licences"]["norm"]["token"]} == {"not judged"}
    assert list(data["heads"]) == ["4.9"]


def test_it_begins_with_what_is_recommended(model: ei.Model, judged: ei.Result) -> None:
    chosen = "option", {"value": "alti_rolled_up", "selected": None}
    assert chosen in Page(page_of(ei.draw_attention(model, TEXT, judged))).tags
    assert ("option", {"value": "attention", "selected": None}) in Page(page_of(ei.draw_attention(model, TEXT))).tags


def test_without_a_result_nothing_is_licensed(model: ei.Model) -> None:
    data = data_of(page_of(ei.draw_attention(model, TEXT)))
    found = {one["verdict"] for kinds in data["licences"].values() for layers in kinds.values() for one in layers}
    assert found == {"not judged"}


def test_a_long_text_is_cut_and_says_so(model: ei.Model) -> None:
    drawing = ei.draw_attention(model, "the cat sat on the mat " * 30)
    assert len(drawing.view.tokens) == 64
    assert "the first 64 tokens of this text alone" in page_of(drawing)
    assert "the first 64 tokens" in repr(drawing)
    assert "tokens of this text alone" not in page_of(ei.draw_attention(model, TEXT))


def test_a_text_of_the_user_stays_text(model: ei.Model, tmp_path: Path) -> None:
    text = "</script><script>window.ran = 1</script> <b>bold</b> \u202e"
    drawing = ei.draw_attention(model, text)
    drawing.save(tmp_path / "drawing.html")
    page = (tmp_path / "drawing.html").read_text(encoding="utf-8")
    assert page == page_of(drawing)
    assert page.count("<script") == 2
    assert "<b>" not in page
    assert "\u202e" not in page


def test_a_model_without_values_is_drawn(tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    for path in Path(default_model_folder()).iterdir():
        if path.name not in ("edgeinterp.json", "projections.onnx"):
            (folder / path.name).write_bytes(path.read_bytes())
    manifest = json.loads((Path(default_model_folder()) / "edgeinterp.json").read_text(encoding="utf-8"))
    manifest["block"] = None
    del manifest["files"]["projections.onnx"]
    (folder / "edgeinterp.json").write_text(json.dumps(manifest), encoding="utf-8")
    data = data_of(page_of(ei.draw_attention(folder, TEXT)))
    assert data["maps"].keys() == {"rollout", "influence"}


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "fewer than 2 tokens"), ("dog", "fewer than 2 tokens"), (["a b", "c d"], "expected one text, found list")],
)
def test_what_cannot_be_drawn_is_refused(model: ei.Model, text: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        ei.draw_attention(model, text)


def test_a_result_of_another_model_is_refused(model: ei.Model) -> None:
    with pytest.raises(InputError, match="result: is of another model"):
        ei.draw_attention(model, TEXT, influence_builders.encoder())
    with pytest.raises(InputError, match="result: expected a result"):
        ei.draw_attention(model, TEXT, "judged")  # type: ignore[arg-type]

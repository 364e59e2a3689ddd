"""Explanations of texts: occlusion beside a reference, readings with their licence, and what is refused."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

import edgeinterp as ei
from edgeinterp.checks.influence.sample import mask_token
from edgeinterp.cli.main import main
from edgeinterp.cli.saying import chosen_file
from edgeinterp.errors import InputError
from edgeinterp.model.activations import EncodedText
from edgeinterp.report.explanation import render_page, show
from edgeinterp.results.explanation import Explanation, Licence
from edgeinterp_models import default_model_folder
from tests.report.influence import influence_builders

TEXT = "The river overflowed its banks."


@pytest.fixture(scope="module")
def model() -> ei.Model:
    return ei.load(default_model_folder())


@pytest.fixture(scope="module")
def judged(model: ei.Model) -> ei.Result:
    plain = influence_builders.encoder()
    return dataclasses.replace(plain, model=dataclasses.replace(plain.model, sha256=model.sha256))


def replaced(model: ei.Model, at: int) -> EncodedText:
    (text,) = model.encode([TEXT])
    ids = text.ids.copy()
    ids[at] = mask_token(model) or 0
    return dataclasses.replace(text, ids=ids)


def test_occlusion_is_the_change_of_the_pooled_vector(model: ei.Model) -> None:
    (found,) = ei.explain(model, TEXT)
    (text,) = model.encode([TEXT])
    (plain,) = model.head([text])
    for at, (special, score) in enumerate(zip(text.special, found.scores, strict=True)):
        if special:
            assert score is None
            continue
        (other,) = model.head([replaced(model, at)])
        assert score == pytest.approx(1 - plain @ other / np.linalg.norm(plain) / np.linalg.norm(other), abs=1e-5)
    assert (found.method, found.target, found.licence.verdict) == ("occlusion", "pooled", "measured")


def test_a_reading_is_the_mean_of_its_columns(model: ei.Model) -> None:
    (found,) = ei.explain(model, TEXT, "norm:3")
    maps = ei.readings(model, TEXT, ["norm"])["norm"][2]
    assert found.scores[1:-1] == pytest.approx(maps.mean(axis=0)[1:-1].tolist())
    assert found.licence.verdict == "not judged"
    assert "run `edgeinterp check MODEL --only correspondence,influence --out DIR`" in found.licence.because


def test_the_recommended_reading_stands_beside_occlusion(model: ei.Model, judged: ei.Result) -> None:
    occlusion, reading = ei.explain(model, TEXT, licence=judged)
    assert (occlusion.method, reading.method) == ("occlusion", "alti_rolled_up:6")
    assert reading.licence.verdict == "supported"
    assert reading.licence.because.startswith("follows influence in rows of tokens: ")
    (again,) = ei.explain(model, TEXT, "norm", licence=judged)
    assert again.licence.verdict == "not judged"


def test_texts_keep_their_order(model: ei.Model) -> None:
    found = ei.explain(model, [TEXT, "Dogs bark."], "occlusion")
    assert [one.text for one in found] == [TEXT, "Dogs bark."]
    assert found[1].scores == ei.explain(model, "Dogs bark.", "occlusion")[0].scores


@pytest.mark.slow
def test_of_a_classifier_the_predicted_class_is_explained(tmp_path: Path) -> None:
    import transformers

    from edgeinterp.exporting.export import export
    from tests import small_models

    config = small_models.config("bert")
    transformers.BertForSequenceClassification(config).save_pretrained(tmp_path / "source")
    small_models.tokenizer().save_pretrained(tmp_path / "source")
    export(tmp_path / "source", tmp_path / "model", task="text-classification")
    model = ei.load(tmp_path / "model")
    text = "the cat sat on the mat"
    occlusion, reading = (ei.explain(model, text, method)[0] for method in ("occlusion", "attention:2"))
    (encoded,) = model.encode([text])
    (logits,) = model.head([encoded])
    assert (occlusion.target, occlusion.predicted) == ("logit", int(np.argmax(logits)))
    ids = encoded.ids.copy()
    at = int(np.flatnonzero(~encoded.special)[1])
    ids[at] = mask_token(model) or 0
    (other,) = model.head([dataclasses.replace(encoded, ids=ids)])
    assert occlusion.scores[at] == pytest.approx(float(logits.max() - other[occlusion.predicted]), abs=1e-5)
    row = ei.readings(model, text, ["attention"])["attention"][1, 0]
    assert reading.scores[at] == pytest.approx(float(row[at]))


@pytest.mark.parametrize(
    ("texts", "settings", "message"),
    [
        ([], {}, "texts"),
        (["fine", ""], {}, "text 2: has no token of its own"),
        ("word " * 2000, {}, "text 1: has more than 256 tokens"),
        (TEXT, {"method": "gradient"}, "method: 'gradient', expected one of occlusion, attention"),
        (TEXT, {"method": "alti:7"}, "method: 'alti:7', expected a reading and a layer from 1 to 6"),
        (TEXT, {"method": "occlusion:2"}, "expected a reading and a layer"),
        (
            TEXT,
            {"target": "logit"},
            "has no logits; export the model with its head, such as --task",
        ),
        (TEXT, {"target": "state"}, "target: 'state', expected a hidden state from state:0 to state:6"),
        (TEXT, {"target": "states:1"}, "target: 'states:1', expected pooled, state:L, logit, or logit:CLASS"),
        (TEXT, {"licence": {}}, "licence: expected a result of check or load_result, found dict"),
    ],
)
def test_what_cannot_be_explained_is_refused(texts: Any, settings: Any, message: str, model: ei.Model) -> None:
    if texts == []:
        assert ei.explain(model, texts, **settings) == []
        return
    with pytest.raises(InputError, match=message):
        ei.explain(model, texts, **settings)


def test_a_licence_of_another_model_is_refused(model: ei.Model) -> None:
    with pytest.raises(InputError, match="licence: is of another model"):
        ei.explain(model, TEXT, licence=influence_builders.encoder())


HOSTILE = Explanation(
    "<b>x</b>", ["[CLS]", "<script>", "\u202eab", "b"], [None, 1.0, -0.5, 0.0], "occlusion", "logit",
    Licence("measured", "<i>reason</i>"), 1,
)  # fmt: skip


def test_a_page_shows_text_as_text() -> None:
    page = render_page([HOSTILE], "<model>")
    assert page.count("<script>") == 1
    assert "<i>" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page.replace("http-equiv", "")
    assert 'class="token n5"' in page
    assert 'class="token special"' in page


def test_without_colours_a_bar_stands_behind_each_token() -> None:
    stream = io.StringIO()
    show([HOSTILE], Console(file=stream, width=80))
    printed = stream.getvalue()
    assert "<script>█" in printed
    assert "b▁" in printed
    assert "\u202e" not in printed
    assert "of the predicted class (1)" in printed


def test_the_command_writes_what_it_shows(tmp_path: Path, judged: ei.Result, capsys: Any) -> None:
    judged.save(tmp_path / "result.json")
    folder = str(default_model_folder())
    for out in ("out.json", "out.html"):
        assert main(["explain", folder, TEXT, "--licence", str(tmp_path), "--out", str(tmp_path / out)]) == 0
    assert "supported" in capsys.readouterr().out
    found = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["explanations"]
    assert [one["method"] for one in found] == ["occlusion", "alti_rolled_up:6"]
    assert found[0].keys() >= {"text", "method", "target", "tokens", "scores", "licence"}
    assert "overflow" in (tmp_path / "out.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "explain: has no text"),
        (["a text", "--out", "out.txt"], "expected a name that ends in .html or .json"),
        (["a text", "--licence", "missing.json"], "missing.json"),
    ],
)
def test_the_command_refuses_in_one_line(arguments: list[str], message: str, capsys: Any) -> None:
    assert main(["explain", str(default_model_folder()), *arguments]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1


def test_the_embedded_model_has_a_name_and_a_text_of_one_token_a_page(tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out.html"
    assert main(["explain", "embedded", "dog", "--out", str(out)]) == 0
    assert f"wrote {out}" in capsys.readouterr().err
    assert "Not drawn: the text has one token of its own" in out.read_text(encoding="utf-8")


def test_a_folder_of_that_name_goes_before_the_embedded_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert chosen_file("embedded", None) == str(default_model_folder())
    (tmp_path / "embedded").mkdir()
    assert chosen_file("embedded", None) == "embedded"


def test_a_text_with_nothing_to_replace_its_token_by_is_refused(
    model: ei.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgeinterp.checks.influence.sample.mask_token", lambda _: None)
    with pytest.raises(InputError, match="nothing to replace it by"):
        ei.explain(model, "dog dog dog")
    assert (ei.explain(model, ["dog", "cat"])[0].scores[1] or 0.0) > 0.0

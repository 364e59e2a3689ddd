"""What the reports say about influence: which rivals are beaten, which heads stand out, one sentence token by token."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from importlib import resources
from typing import Any
from xml.etree import ElementTree

import pytest
from rich.console import Console

from edgeinterp import report
from edgeinterp.report import html, terminal
from edgeinterp.report.influence import section as influence
from edgeinterp.report.influence import tables as influence_tables
from edgeinterp.report.influence.sentence import sentence_maps, shades, shown_sentence
from edgeinterp.report.primitives import heatmap
from edgeinterp.results.influence.result import InfluenceResult
from edgeinterp.results.result import Result, load_result
from tests.report.builders import HOSTILE
from tests.report.influence import influence_builders as builders
from tests.report.test_html import Page


def shown(result: Result, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    terminal.render(result, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def part(result: Result) -> InfluenceResult:
    found = result.influence()
    assert found is not None
    return found


def test_question_and_answer_in_words() -> None:
    text = " ".join(shown(builders.encoder()).split())
    assert "influence: Does attention follow the influence of each token?" in text
    assert "Of 6 attention layers, 2 may be read as influence (layers 2, 3); 2 only with reservations" in text
    assert "Rollout: Of 6 layers, 6 may be read as influence" in text
    assert "a sample of 24 of 600 texts, of at most 31 tokens; 192 tokens replaced (mask token)" in text
    assert "3 random models (shuffled weights), on 24 of them" in text
    assert "attention knows which tokens matter, not for whom" in text
    decoder = " ".join(shown(builders.decoder()).split())
    assert "(random tokens, 2 draws each); 3 of the texts truncated" in decoder


def test_rows_have_their_own_numbers() -> None:
    rows = [[cell.text for cell in row.cells] for row in influence.overview(builders.encoder()).rows]
    known = ["0.070 [0.060, 0.080]", "0.001"]
    assert rows[1] == ["0.760", "[0.720, 0.800]", *known, "0.300 [0.270, 0.330]", "0.001", "0.020"]
    assert rows[7] == ["0.770", "[0.730, 0.810]", *known, "0.300 [0.270, 0.330]", "0.001", "0.020"]
    assert rows[12][2:] == ["0.070 [0.060, 0.080]", "0.002", "0.010 [-0.020, 0.040]", "0.002", "0.020"]
    overview = influence.overview(builders.encoder())
    assert [column.heading for column in overview.columns][2:] == [
        "gain over profile", "p of gain", "pair over salience", "p of pair", "random model",
    ]  # fmt: skip
    assert [row.verdict for row in overview.rows[:6]] == [
        "weakened", "supported", "supported", "weakened", "unsupported", "undecided",
    ]  # fmt: skip


def test_missing_numbers_have_reasons() -> None:
    text = " ".join(shown(builders.lacking()).split())
    assert "– the model folder lists no weights" in text
    assert "no replaced token changes the hidden state" in text


def test_only_rivals_that_were_asked_for_are_shown() -> None:
    plain = part(builders.encoder())
    few = [builders.changed(one, both={"rivals": {"profile": one.attention.rivals["profile"]}}) for one in plain.layers]
    assert influence_tables.shown(dataclasses.replace(plain, layers=few)) == ["profile"]


def test_margins_say_what_is_beaten() -> None:
    attention, rollout = influence_tables.margins(part(builders.encoder()))
    assert [cell.text for cell in attention.rows[1].cells] == [
        "beaten: +0.070 [0.060, 0.080]",
        "beaten: +0.300 [0.270, 0.330]",
        "beaten: +0.200 [0.170, 0.230]",
        "beaten: +0.280 [0.240, 0.320]",
        "0.560 [0.520, 0.600]",
        "0.600 [0.560, 0.640]",
        "0.850",
    ]
    assert [column.heading for column in attention.columns] == [
        "profile", "salience", "random model gain", "random model pair", "foreign text", "distance", "self share",
    ]  # fmt: skip
    assert attention.rows[0].cells[3].text == "wins: -0.100 [-0.140, -0.060]"
    assert attention.rows[3].cells[1].text == "equal within 0.034: +0.010 [-0.020, 0.040]"
    assert rollout.rows[1].cells[1].text == "beaten: +0.300 [0.270, 0.330]"
    assert "nothing changes there" in rollout.notes


def test_map_of_heads_marks_what_is_significant() -> None:
    found = part(builders.encoder())
    drawn = influence_tables.heads_map(found)
    assert (len(drawn.values), len(drawn.values[0])) == (6, 12)
    assert drawn.values[3][8] == found.layers[3].heads[8].agreement.pair.value
    for row, one in enumerate(found.layers):
        for column, head in enumerate(one.heads):
            assert ((row, column) in drawn.marked) == (head.agreement.pair.p_adjusted == 0.001)
    assert drawn.marked
    assert influence_tables.heads_map(part(builders.nothing())).empty


def test_alpha_decides_what_is_marked() -> None:
    strict = dataclasses.replace(part(builders.encoder()), alpha=0.0005)
    assert not influence_tables.heads_map(strict).marked


def test_page_shows_heads_best_head_and_limits() -> None:
    words = Page(html.render(builders.encoder())).words
    assert "The best head in one half of the texts is 4.9: rho 0.560 there, and 0.570 [0.500, 0.620]" in words
    for text in ("Following influence is not being its cause", "Influence is measured by replacement"):
        assert text in words
    assert "Heads: influence, and where their attention goes" in words
    assert "adjusted p of gain and of pair at most 0.05, over all heads of all layers" in words


def test_plot_has_attention_rollout_and_rivals() -> None:
    plot = influence.details(builders.encoder())["plot"]
    assert [line.name for line in plot.lines] == ["mean attention", "rollout"]
    assert [point.y for point in plot.lines[0].points] == [0.72, 0.76, 0.73, 0.55, 0.51, 0.34]
    assert [line.name for line in plot.references] == ["profile", "distance", "foreign text"]
    assert [line.points[0].y for line in plot.references] == pytest.approx([0.65, 0.6, 0.52])
    # a curve below 0 stays inside the picture
    root = ElementTree.fromstring(str(influence.details(builders.decoder())["plot"].draw("id")))
    heights = [float(y) for path in root.iter("path") for y in re.findall(r"L[\d.]+ (-?[\d.]+)", path.get("d", ""))]
    assert all(0 <= height <= 380 for height in heights)


# --- the sentence ------------------------------------------------------------------------------------------------


def test_sentence_is_drawn_for_a_layer_in_the_middle_without_a_script() -> None:
    page = Page(html.render(builders.bare_sentence()))
    assert "Attention layer 3, mean over heads." in page.words
    # the chooser needs the script, so it is hidden until that runs
    assert ("div", {"class": "controls", "hidden": None}) in page.tags
    identifiers = [attributes.get("id") for _, attributes in page.tags]
    assert {"sentence-reading", "sentence-influence", "sentence-data"} <= set(identifiers)


def test_sentence_maps_show_the_layer_and_head_that_were_chosen() -> None:
    view = part(builders.encoder()).sentence
    assert view is not None
    maps = sentence_maps(view, 2, 5, causal=False)
    assert maps["reading"].values == view.attention[1][4]
    assert maps["influence"].values == view.influence[1]
    assert sentence_maps(view, 2, None, False, "rollout")["reading"].values == view.rollout[1]
    assert sentence_maps(view, 2, None, False, "alti")["reading"].values == view.readings["alti"][1]
    mean = sentence_maps(view, 2, None, causal=False)["reading"]
    assert mean.values[3][2] == pytest.approx(sum(head[3][2] for head in view.attention[1]) / 12)
    # the two spans of the pair are marked in both directions
    assert set(mean.marked) == {(1, 3), (1, 4), (3, 1), (4, 1)}
    assert mean.mark_meaning == "between word1 and word2"


def test_shades_are_relative_to_what_is_compared() -> None:
    values: Any = [[9.0, 9.0, 9.0, 9.0], [8.0, 5.0, 1.0, 4.0], [8.0, 2.0, 7.0, None], [0.0, 0.0, 0.0, 0.0]]
    special = [True, False, False, False]
    found = shades(values, special, causal=False)
    # row 1: compared are columns 2 and 3; the sink and the own position are drawn as the strongest
    assert found[1] == [1.0, 1.0, 0.25, 1.0]
    assert found[2] == [1.0, 1.0, 1.0, None]
    assert found[3] == [0.0, 0.0, 0.0, 0.0]
    # a causal model: row 2 is compared over column 1 alone
    assert shades(values, special, causal=True)[1] == [0.0, 0.0, 0.0, 0.0]


def test_data_of_the_sentence_cannot_leave_its_script() -> None:
    page = html.render(builders.hostile())
    match = re.search(r'<script type="application/json" id="sentence-data">(.*?)</script>', page, re.DOTALL)
    assert match
    assert not set("<>&\u2028\u2029\x1b") & set(match[1])
    data = json.loads(match[1])
    assert data["tokens"][:2] == HOSTILE[:2]
    assert data["maps"].keys() == {"rollout", "alti", "alti_rolled_up"}
    assert data["licences"].keys() == {"attention", *data["maps"]}
    assert (len(data["attention"]), len(data["attention"][0])) == (6, 2)


def test_the_script_shades_as_the_page_was_drawn() -> None:
    script = (resources.files(report) / "templates" / "sentence.js").read_text(encoding="utf-8")
    strengths = (heatmap.FAINTEST, heatmap.STRONGEST, heatmap.STRONGEST_NUMBERED)
    assert "faintest = {}, strongest = {}, numbered = {};".format(*strengths) in script
    # narrow cells: no numbers in them, so the whole range of strength is used
    view = part(builders.encoder()).sentence
    assert view is not None
    drawn = ElementTree.fromstring(str(sentence_maps(view, 3, None, causal=False)["reading"].draw("id", 440)))
    assert not [cell for cell in drawn.iter("g") if cell.get("class") == "cell" and cell.find("text") is not None]


def test_any_sentence_can_be_shown() -> None:
    found = shown_sentence(builders.sentence(["a", "b", "c", "d"], 1, 1, causal=True), causal=True)
    assert (found["layer"], found["layers"], found["heads"]) == (1, 1, 1)
    assert found["maps"]["influence"].values[1][2] is None


def test_results_read_back(tmp_path: Any) -> None:
    for build in builders.EVERY[:3]:
        build().save(tmp_path / "result.json")
        assert load_result(tmp_path).to_dict() == build().to_dict()
        assert html.render(load_result(tmp_path)) == html.render(build())

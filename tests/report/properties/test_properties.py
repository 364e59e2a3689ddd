"""What the reports say about properties: which rivals are beaten, which features stand out, what is missing and why."""

from __future__ import annotations

import dataclasses
import io
import itertools
import re
from xml.etree import ElementTree

import pytest
from rich.console import Console

from edgeinterp.report import html, terminal
from edgeinterp.report.primitives.tables import Table
from edgeinterp.report.properties import features as properties_features
from edgeinterp.report.properties import section as properties
from edgeinterp.report.properties import tables as properties_tables
from edgeinterp.report.properties.words import MAPPINGS, METRICS
from edgeinterp.results.controls import names as names_of
from edgeinterp.results.controls import rivals
from edgeinterp.results.properties.controls import CONTROLS, ERASED, OVER_EMBEDDINGS
from edgeinterp.results.properties.result import Gain, PropertiesResult, RivalScore
from edgeinterp.results.result import Result
from edgeinterp.results.shared import Margin
from tests.report import builders
from tests.report.properties import properties_builders
from tests.report.test_html import Page


def shown(result: Result, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width)
    terminal.render(result, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def part(result: Result) -> PropertiesResult:
    found = result.properties()
    assert found is not None
    return found


def column(table: Table, heading: str) -> list[str]:
    place = [column.heading for column in table.columns].index(heading)
    return [row.cells[place].text for row in table.rows]


def test_question_answer_and_metric_in_words() -> None:
    text = " ".join(shown(properties_builders.dense()).split())
    assert "properties: May these properties be read from hidden states?" in text
    assert "Of 7 hidden states, 4 may be read for these properties (states 0, 1, 5, 6); 3 only with" in text
    assert METRICS["pearson"] in text
    assert "these rows are not independent findings" in text
    assert "on new concepts of the same kind" in text


def test_where_none_is_supported_the_answer_says_so() -> None:
    text = " ".join(shown(properties_builders.sparse()).split())
    assert "Of 31 hidden states, none may be read for these properties; 23 only with reservations" in text
    assert "7 may not (states 24 to 30); 1 could not be decided with these norms (state 17)" in text


def test_a_row_has_score_rivals_and_clusters() -> None:
    rows = [line.split() for line in shown(properties_builders.dense(), 120).splitlines()]
    row = next(row for row in rows if row[:3] == ["2", "~", "weakened"])
    known = {"word_form": "0.281", "random_vectors": "0.021", "random_model": "0.048", "neighbours": "0.670"}
    reached = " ".join(known.get(control.name, "0.010") for control in rivals(CONTROLS))
    assert " ".join(row[3:]) == f"0.672 [0.654, 0.690] 0.004 {reached} 0.632 0.001"


def test_gains_and_erased_confounds_are_told_with_their_numbers() -> None:
    result = properties_builders.dense()
    told = " ".join(shown(result).split())
    assert (
        "over embeddings, what hidden states add to hidden state 0: 1: +0.021 [0.009, 0.033], adj. p 0.005; 2:" in told
    )
    assert "score without length, by hidden state: 0: 0.667; 1: 0.670" in told
    table = properties_tables.gains(part(result))
    assert [row.head for row in table.rows] == ["1", "2", "3", "4", "5", "6"]
    assert column(table, "interval")[0] == "[0.009, 0.033]"
    assert "without length" in [column.heading for column in properties_tables.context(part(result)).columns]
    bare = [dataclasses.replace(state, over_embeddings=Gain(None, reason="pls")) for state in part(result).layers]
    text = " ".join(shown(properties_builders.whole(dataclasses.replace(part(result), layers=bare))).split())
    assert "over embeddings: pls" in text


def test_the_permutation_mean_follows_from_the_excess() -> None:
    state = part(properties_builders.dense()).layers[0]
    bare = dataclasses.replace(state, nulls={}, excess=0.6)
    assert properties_tables.permuted(bare).text == "0.081"
    assert properties_tables.permuted(dataclasses.replace(bare, excess=None)).text == "–"


def test_margins_say_what_is_beaten() -> None:
    table = properties_tables.margins(part(properties_builders.dense()))
    near = column(table, "neighbours")
    assert near[0] == "beaten: +0.019 [0.007, 0.031]"
    assert near[2] == "equal within 0.012: +0.002 [-0.010, 0.014]"
    assert all(text.startswith("5 of 5 beaten; least beaten: +0.") for text in column(table, "random model"))


def test_of_several_draws_the_closest_one_is_shown() -> None:
    plain = part(properties_builders.dense())
    close = RivalScore(0.68, Margin(0.001, (-0.011, 0.013), (-0.009, 0.011), 0.05), 0.86)
    state = plain.layers[0]
    state = dataclasses.replace(state, rivals={**state.rivals, "random_model.3": close})
    changed = dataclasses.replace(plain, layers=[state])
    assert column(properties_tables.margins(changed), "random model") == [
        "4 of 5 beaten; least equal within 0.011: +0.001 [-0.011, 0.013]"
    ]
    assert properties_tables.largest(state, "random_model").text == "0.680"
    every = properties_tables.draws(changed)[1]
    assert column(every, "random model 3") == ["0.680; equal within 0.011: +0.001 [-0.011, 0.013]"]


def test_an_interval_that_touches_0_is_not_beaten() -> None:
    plain = part(properties_builders.dense())
    touching = RivalScore(0.6, Margin(0.08, (0.0, 0.16)), 0.9)
    changed = dataclasses.replace(plain, layers=[dataclasses.replace(plain.layers[0], rivals={"word_form": touching})])
    assert column(properties_tables.margins(changed), "word form") == ["open: +0.080 [0.000, 0.160]"]


def test_missing_controls_have_their_reasons() -> None:
    result = properties_builders.lacking()
    table = properties_tables.margins(part(result))
    assert column(table, "random vectors")[0].startswith("4 of 5 beaten, 1 not measured; least beaten: ")
    assert set(column(table, "random model")) == {"–"}
    assert "the model folder has no table of initializers" in table.notes
    words = Page(html.render(result)).words
    for reason in ("the model folder has no table of initializers", "it ran out of memory"):
        assert reason in words
    text = shown(result)
    assert "random model: the model folder has no table of initializers" in text
    assert "upper bound" not in text


def test_few_features_stand_in_one_table_by_what_they_have_beyond() -> None:
    found = properties_features.features(part(properties_builders.dense()))
    assert found is not None
    assert found.layer == 5
    assert found.beyond
    (table,) = found.tables
    beyond = [float(text) for text in column(table, "beyond control")]
    assert beyond == sorted(beyond, reverse=True)
    assert {row.head for row in table.rows} == set(properties_builders.SENSES)


def test_of_many_features_the_ends_are_shown() -> None:
    result = part(properties_builders.sparse())
    found = properties_features.features(result)
    assert found is not None
    assert found.layer == 0
    best, worst = found.tables
    every = sorted(feature.beyond for feature in result.layers[0].features if feature.beyond is not None)
    assert column(best, "beyond control") == [f"{value:+.3f}" for value in every[:-11:-1]]
    assert column(worst, "beyond control") == [f"{value:+.3f}" for value in every[:10]]
    assert found.unranked == ["7 not ranked: fewer than 5 concepts have this feature"]
    assert [len(found.by_layer.rows), len(found.by_layer.columns)] == [20, 31]


def test_without_rivals_on_features_the_order_is_by_score() -> None:
    found = properties_features.features(part(properties_builders.lacking()))
    assert found is not None
    assert not found.beyond
    scores = [float(text) for text in column(found.tables[0], "score")]
    assert scores == sorted(scores, reverse=True)


def test_concepts_left_out_are_counted_named_and_explained() -> None:
    result = properties_builders.sparse()
    text = " ".join(shown(result, 80).split())
    assert "9 concepts were left out (only unknown tokens): “word0”, “word1”" in text
    assert "“word4” and 4 more" in text
    assert "1 concept was left out (more than one word, and no template joins them): “ice cream”" in text
    assert "683 features had fewer than 2 concepts" in text
    words = Page(html.render(result)).words
    for left in part(result).left_out:
        assert left.concept in words


def test_the_plot_has_every_control_with_labels_apart() -> None:
    for width in (360, 1000):
        plot = properties.details(properties_builders.sparse())["plot"]
        root = ElementTree.fromstring(plot.draw("id", width, 400))
        labels = [element for element in root.iter("text") if element.get("class", "").startswith("label")]
        names = [label.text for label in labels]
        assert len(names) == len(set(names))
        # on other scales, or close to the score and in tables alone
        left_out = {"selectivity", "reliability", "word_length", "length_differences"}
        left_out |= {OVER_EMBEDDINGS.name, *(control.name for control in ERASED)}
        known = {name.replace("_", " ") for name in {*names_of(CONTROLS)} - left_out}
        # names that are wider than half of a narrow plot are shortened
        assert len(names) == len(known) + 1
        assert all(any(name.startswith((label or "").rstrip("…")) for label in names) for name in {"score", *known})
        heights = sorted(float(label.get("y", "nan")) for label in labels)
        assert min(after - before for before, after in itertools.pairwise(heights)) >= 16
        assert heights[0] > 0
        assert heights[-1] < 400
        ends = [float(label.get("x", "nan")) + 7 * len(label.text or "") for label in labels]
        assert max(ends) <= width


@pytest.mark.parametrize("build", [properties_builders.hostile, properties_builders.nothing])
def test_plots_of_odd_results_are_well_formed(build: object) -> None:
    assert callable(build)
    for plot in re.findall(r"<svg.*?</svg>", html.render(build()), re.DOTALL):
        assert ElementTree.fromstring(plot).tag.endswith("svg")


def test_limits_belong_to_the_checks_that_were_run() -> None:
    token, norms = "Recoverable does not mean used", "A score beyond permuted norms is not knowledge"
    for build, expected in (
        (builders.encoder, (True, False)),
        (properties_builders.dense, (False, True)),
        (properties_builders.both, (True, True)),
    ):
        words = Page(html.render(build())).words
        assert (token in words, norms in words) == expected
        assert "no correction across checks" in words


def test_both_checks_keep_their_own_permutations_and_data() -> None:
    text = shown(properties_builders.both(), 200)
    assert "properties: 100 permutations: the smallest attainable p is 0.010" in text
    assert "correspondence: 1,000 permutations: the smallest attainable p is 0.001" in text
    assert re.search(r"^Texts   correspondence, ", text, re.MULTILINE)
    assert re.search(r"^Norms   properties, ", text, re.MULTILINE)
    assert "on new texts or concepts of the same kind" in text
    words = Page(html.render(properties_builders.both())).words
    assert "100 permutations can give is 0.010 and 1,000 permutations can give is 0.001" in words


def test_every_metric_and_mapping_has_words() -> None:
    plain = properties_builders.dense()
    for metric, mapping in itertools.zip_longest(METRICS, MAPPINGS, fillvalue="ridge"):
        changed = dataclasses.replace(part(plain), metric=metric, mapping=mapping)
        words = Page(html.render(dataclasses.replace(plain, checks={"properties": changed}))).words
        assert METRICS[metric] in words
        assert MAPPINGS[mapping][1:] in words


def test_a_result_without_hidden_states_or_verdicts() -> None:
    plain = properties_builders.dense()
    empty = dataclasses.replace(part(plain), layers=[], verdicts=[])
    result = dataclasses.replace(plain, checks={"properties": empty}, verdicts=[])
    assert "No hidden state was judged: there was none to judge." in shown(result)
    assert "No feature has a score of its own." in Page(html.render(result)).words


def test_negative_scores_stay_on_the_plot() -> None:
    plain = properties_builders.dense()
    layers = [dataclasses.replace(state, score=-3.0, ci=(-3.5, -2.5)) for state in part(plain).layers]
    plot = properties.details(
        dataclasses.replace(plain, checks={"properties": dataclasses.replace(part(plain), layers=layers)})
    )["plot"]
    root = ElementTree.fromstring(plot.draw("id"))
    ticks = [element.text for element in root.iter("text") if re.fullmatch(r"-?\d\.\d", element.text or "")]
    assert ticks == ["-3.0", "-2.0", "-1.0", "0.0"]


def test_several_sets_stand_beside_each_other_in_the_terminal() -> None:
    text = " ".join(shown(properties_builders.several()).split())
    assert "Norms senses.tsv: 1,500 concepts, 6 features; highest score 0.702 [0.684, 0.720] at hidden state 5" in text
    assert "Norms small.tsv: 4 concepts, 6 features; no score" in text
    assert (
        "senses.tsv and zoo.tsv: rank agreement of hidden states 0.75 (Spearman), 0.50 on the 50 concepts in common; "
        "the first less the second +0.120, of which number of concepts +0.020, choice of concepts -0.100, features "
        "+0.200 (interval without 0 at 2 of 7 hidden states)"
    ) in text
    assert "senses.tsv and small.tsv: rank agreement of hidden states – (Spearman); too few concepts in common" in text


def test_the_page_has_tables_of_sets_and_one_set_has_none() -> None:
    found = properties.details(properties_builders.several())["several"]
    (sets,), (pairs,), (differences,) = found["sets"], found["pairs"], found["differences"]
    assert [row.head for row in sets.rows] == ["senses.tsv", "zoo.tsv", "small.tsv"]
    assert column(sets, "concepts") == ["1,500", "101", "4"]
    assert sets.rows[0].cells[2].text.startswith("0.681 ")
    assert column(pairs, "agreement, crossed") == ["0.50", "–", "–"]
    assert "4 concepts, at least 10 are needed; give 6 more with norms" in pairs.notes
    assert column(differences, "features") == ["+0.200"] * 7
    assert column(differences, "difference")[5:] == ["+0.120", "–"]
    text = html.render(properties_builders.several())
    assert "Several sets of norms" in text
    assert properties.details(properties_builders.dense())["several"]["sets"] == []
    assert "Several sets of norms" not in html.render(properties_builders.dense())

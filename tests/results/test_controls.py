"""One table of controls a check: what it says is what verdicts, help, terminal, page and docs say."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.benchmark import checking
from edgeinterp.checks.influence import numbers as influence_numbers
from edgeinterp.checks.properties import controls as property_controls
from edgeinterp.checks.relations import study as relation_study
from edgeinterp.report import html
from edgeinterp.report.primitives.controls import named
from edgeinterp.results.controls import (
    Control,
    Cost,
    chosen,
    family,
    functions,
    names,
    needed,
    random_models,
    row_of,
)
from edgeinterp.results.correspondence.result import LayerCorrespondence
from edgeinterp.results.relations import controls as relations_table
from edgeinterp.results.tables import NAMES, TABLES
from tests import controls_table
from tests.checks.correspondence.worlds import World, identity
from tests.checks.hybrid.hybrid_worlds import world
from tests.checks.influence.influence_worlds import copying_world
from tests.checks.properties import norm_worlds
from tests.checks.relations import relation_worlds
from tests.report import builders
from tests.report.influence import influence_builders
from tests.report.properties import properties_builders
from tests.report.relations import relations_builders
from tests.report.test_terminal import shown

ROOT = Path(ei.__file__).parent
ANOTHER = Control(
    "another", "rival", "an explanation that nobody thought of yet", Cost.FITS, "unsupported", "it reaches"
)
# a result of each check made by hand that has every control
BUILT: dict[str, Any] = {
    "correspondence": builders.encoder,
    "influence": influence_builders.encoder,
    "relations": relations_builders.four,
    "properties": properties_builders.sparse,
}


def correspondence(controls: list[str]) -> str:
    world = World([identity(), identity()])
    states, ids, lengths, mask = world.arrays()
    stream = ei.Correspondence(n_permutations=19, controls=controls)
    ends = list(itertools.accumulate(lengths))
    for part in ("fit", "evaluate"):
        for end, size in zip(ends, lengths, strict=True):
            rows = slice(end - size, end)
            if ei.half(ids[rows], 0) == (part == "evaluate"):
                stream.update(states[:, rows], ids[rows], [size], part, mask[rows])
    for copy in world.swapped() if "swap" in controls else []:
        rows = slice(ends[copy.text] - lengths[copy.text], ends[copy.text])
        stream.update_swapped(copy.hidden_states, states[0, rows], ids[rows], copy.positions, mask[rows])
    return stream.result().verdicts[1].verdict


def influence(controls: list[str]) -> str:
    """A reading of values that knows what attention does not: every control bears on it."""
    others = [copying_world(seed=seed, shown="false") for seed in (1, 2)]
    random = [(*one.as_random_model(), [{"norm": maps[:, 0]} for maps in one.attentions]) for one in others]
    world = copying_world(shown="false")
    readings = [{"norm": weights[None]} for weights in world.weights]
    made = world.measured(n_permutations=99, controls=controls, random_models=random, readings=readings)
    return str(made.layers[0].reading("norm").verdict)


def relations(controls: list[str]) -> str:
    given = relation_worlds.planted().given()
    settings = {"licensed": [1, 2, 3], "n_permutations": 99, "controls": controls}
    return ei.relations(**{**given, **settings}).verdicts[0].verdict


def properties(controls: list[str]) -> str:
    X = norm_worlds.vectors(100, 8)[None]
    made: Any = ei.properties(
        X, norm_worlds.planted(X[0], 4, 0.7), words=norm_worlds.words(100), n_permutations=39, controls=controls,
        random_model_layers=norm_worlds.random_layers(X.shape), frequencies=norm_worlds.frequencies(100),
    )  # fmt: skip
    return str(made.verdicts[0].verdict)


def hybrid(controls: list[str]) -> str:
    given = world(0, categories=40, attention=2.0, features=2.0)
    found = ei.hybrid(
        given.features, given.labels, given.groups, given.words, given.word_states, given.norms, n_permutations=99,
        random_models=given.random_models, elsewhere=given.elsewhere, equal=2.0, controls=controls,
    )  # fmt: skip
    return found.verdicts[0].verdict


JUDGED = {
    "correspondence": correspondence,
    "influence": influence,
    "relations": relations,
    "properties": properties,
    "hybrid": hybrid,
}


@cache
def supported_by_all(check: str) -> bool:
    return JUDGED[check](list(names(TABLES[check]))) == "supported"


@pytest.mark.parametrize(
    ("check", "left_out"), [(check, name) for check, table in TABLES.items() for name in names(table)]
)
def test_a_control_taken_away_leaves_the_claims_that_need_it_open(check: str, left_out: str) -> None:
    assert supported_by_all(check)
    known = names(TABLES[check])
    want = "undecided" if left_out in needed(TABLES[check]) else "supported"
    assert JUDGED[check]([name for name in known if name != left_out]) == want


@pytest.mark.parametrize("check", TABLES)
def test_a_table_is_whole(check: str) -> None:
    table = TABLES[check]
    assert len({control.name for control in table}) == len(table)
    assert needed(table)
    for control in table:
        assert control.meaning
        assert not control.meaning.endswith(".")
        assert not control.comes_with or control.comes_with in names(table)
        assert control.kind != "rival" or control.unbeaten, "a rival that need not be beaten is a reference"
        # correspondence says in words of its own what is lacking
        assert control.reaches or control.kind != "rival" or check == "correspondence"


@pytest.mark.parametrize(
    ("rows", "holder"),
    [
        (chosen(TABLES["influence"]), influence_numbers.Numbers),
        ([row_of(TABLES["relations"], name) for name in relation_study._FEATURES], relation_study.Study),
        ([row_of(TABLES["properties"], name) for name in property_controls.AT_LAYERS], property_controls.Pipeline),
    ],
    ids=["influence", "relations", "properties"],
)
def test_a_row_without_a_function_is_refused(rows: list[Control], holder: type) -> None:
    assert list(functions(rows, holder)) == [control.name for control in rows]
    with pytest.raises(LookupError, match="'another' has a row, but"):
        functions([*rows, ANOTHER], holder)


def test_every_row_has_a_function_or_a_pipeline_of_its_own() -> None:
    """What is not found by its name goes the way of the claim itself, or fills a field of the result."""
    own = {relations_table.ELSEWHERE, relations_table.RANDOM_MODEL, relations_table.LICENSED}
    assert {*relation_study._FEATURES} == {*names(TABLES["relations"])} - {control.name for control in own}
    own = {*property_controls.ELSEWHERE}
    assert {*property_controls.AT_LAYERS} == {*names(TABLES["properties"])} - {control.name for control in own}
    assert {*names(TABLES["correspondence"])} <= {field.name for field in fields(LayerCorrespondence)}


def test_the_help_names_the_controls_of_the_tables(capsys: Any) -> None:
    from edgeinterp.cli.main import main

    with pytest.raises(SystemExit):
        main(["check", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for check, table in TABLES.items():
        starred = (f"{name}*" if name in needed(table) else name for name in names(table))
        assert f"{', '.join(starred)} ({check})" in told


@pytest.mark.parametrize("check", BUILT)
def test_terminal_and_page_name_the_controls_of_the_tables(check: str) -> None:
    result = BUILT[check]()
    page = " ".join(html.render(result).split())
    terminal = shown(result, 200)
    for control in TABLES[check]:
        if control.name == "selectivity":
            continue
        assert named(control.name) in page, control.name
        if control.kind == "rival" and check != "correspondence" and not control.comes_with:
            assert named(control.name) in " ".join(terminal.split()), control.name


def test_a_control_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=f"control 'another' is not known; choose from {', '.join(NAMES)}"):
        ei.check(controls=["another"])
    for check in ("influence", "relations", "properties", "hybrid"):
        with pytest.raises(ValueError, match=f"not known to {check}; choose from {', '.join(names(TABLES[check]))}"):
            JUDGED[check](["another"])


def test_the_benchmark_runs_every_control_but_those_of_other_models_and_checks() -> None:
    for check, table in TABLES.items():
        left_out = {*names(table)} - {*checking._controls(check)}
        assert left_out == {one.name for one in table if one.cost in (Cost.MODELS, Cost.CHECK)}


def test_a_result_s_key_leads_to_its_row() -> None:
    table = TABLES["relations"]
    assert family(table, "elsewhere.later") == "elsewhere"
    assert row_of(table, "elsewhere.later") != row_of(table, "elsewhere")
    assert row_of(table, "random_model.2") == relations_table.RANDOM_MODEL
    assert family(table, "nobody.knows.1") == "nobody.knows.1"
    assert row_of(table, "nobody.knows.1") is None
    assert random_models(table, ["words"]) == 0
    assert random_models(table, ["words", "random_model"]) == 3


def test_the_tables_in_the_docs_are_those_of_the_program() -> None:
    page = controls_table.PAGE.read_text(encoding="utf-8")
    assert page == controls_table.written_into(page), "run python -m tests.controls_table"
    more = (*TABLES["influence"], replace(ANOTHER, draws=3))
    assert "an explanation that nobody thought of yet" in controls_table.rendered(more)


def written(path: Path) -> Iterator[str]:
    """Every string in a module but docstrings and the names that it exports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if "__all__" not in ast.unparse(node).partition("\n")[0]]
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


# where the same word means something else: an argument, a metric, a field
MEANT = {
    ("checks", "given.py"): {"words"},
    ("checks", "properties", "scores.py"): {"neighbours"},
    ("checks", "properties", "data.py"): {"words", "reliability"},
    ("checks", "properties", "comparisons", "rotations.py"): {"rotated"},
    ("comparing", "properties.py"): {"clusters"},
    ("report", "properties", "section.py"): {"clusters", "rotated"},
    ("checks", "relations", "relations.py"): {"words", "surface", "licensed"},
    ("checks", "relations", "passes.py"): {"surface"},
    ("report", "relations", "sentence.py"): {"words"},
    # of the same hidden state in two builds
    ("report", "comparison", "page.py"): {"cosine"},
    ("report", "comparison", "tables.py"): {"cosine"},
    # the functions, which key their draws with the name, and the keys of saved margins
    ("checks", "properties", "controls.py"): {*names(TABLES["properties"])},
    ("results", "properties", "verdicts.py"): {"neighbours"},
}


def test_no_module_repeats_a_name() -> None:
    for part in ("benchmark", "checks", "cli", "comparing", "report", "results"):
        for path in (ROOT / part).rglob("*.py"):
            if path.name != "controls.py" or path.parent.name not in TABLES or part != "results":
                meant = MEANT.get(path.relative_to(ROOT).parts, set())
                assert not {*written(path)} & ({*NAMES} - meant), path

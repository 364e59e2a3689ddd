from __future__ import annotations

import dataclasses
import doctest
import importlib
import json
import os
import pkgutil
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp
import edgeinterp_kernels
from edgeinterp.checks.relations.study import NAMES
from edgeinterp.inputs.texts import default_texts
from edgeinterp.results.influence.result import Recommended
from edgeinterp_models import default_model_folder
from tests.report.influence import influence_builders

ROOT = Path(__file__).parents[1]
MODULES = [
    module.name
    for package in (edgeinterp, edgeinterp_kernels)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_some_docstrings_have_examples() -> None:
    finder = doctest.DocTestFinder()
    found = [case for name in MODULES for case in finder.find(importlib.import_module(name)) if case.examples]
    assert len(found) >= 5


def run(name: str, *arguments: object) -> str:
    """Run a program of examples/, and return what it prints."""
    program = ROOT / "examples" / f"{name}.py"
    assert len([line for line in program.read_text(encoding="utf-8").splitlines() if line]) < 40
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, str(program), *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def verdicts_of(name: str, *arguments: object) -> list[tuple[str, str]]:
    """Return the claims and verdicts that a program of examples/ prints."""
    printed = run(name, *arguments)
    found = re.findall(r"^(.+): (\w+) \(.*\)$", printed, re.MULTILINE)
    assert len(found) == len(printed.splitlines())
    return found


def test_every_example_is_run_here() -> None:
    names = {path.stem for path in (ROOT / "examples").glob("*.py")}
    own = {"own_runtime", "own_values", "debugger", "influence", "readings", "relations", "properties"}
    scores = {f"scores_from_{tool}" for tool in ("shap", "lime", "captum", "cls")}
    # inseq asks for other versions of what the other tools need: run by hand (CONTRIBUTING.md)
    assert names == own | scores | {"scores_from_inseq"}


def test_own_runtime_gives_what_check_gives(tmp_path: Path) -> None:
    texts = default_texts()[::2]
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(texts), encoding="utf-8")
    expected = edgeinterp.check(texts=texts, only=["correspondence"], controls=["foreign"])
    assert verdicts_of("own_runtime", path) == [(one.claim, one.verdict) for one in expected.verdicts]


def test_influence_of_a_toy_is_decided_with_every_control() -> None:
    found = dict(verdicts_of("influence"))
    reading = ("mean attention of layer", "rollout up to layer")
    assert list(found) == [f"{what} {layer} follows influence" for what in reading for layer in (1, 2)]
    assert "undecided" not in found.values()
    # nobody trained it: what its attention shows, that of shuffled weights shows as well
    assert "supported" not in found.values()


def test_readings_are_drawn_where_a_result_recommends_one(tmp_path: Path) -> None:
    result = influence_builders.encoder()
    part = result.influence()
    assert part is not None
    none = Recommended(None, False, None, None, "weakened", "the best is weakened", 12)
    part.layers[3] = dataclasses.replace(part.layers[3], recommended=none)
    result.save(tmp_path / "result.json")
    lines = run("readings", tmp_path / "result.json").splitlines()
    assert [line for line in lines if "not drawn" in line] == ["layer 4: not drawn; the best is weakened"]
    drawn = [line for line in lines if line.startswith("layer") and "not drawn" not in line]
    assert len(drawn) == 5
    assert all("'banks' has of each token by alti_rolled_up" in line for line in drawn)
    assert sum("banks█" in line for line in lines) == 5


def test_own_values_give_the_readings_of_the_model(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    texts = default_texts()[::3]
    monkeypatch.setattr(edgeinterp, "default_texts", lambda: texts)
    found = runpy.run_path(str(ROOT / "examples" / "own_values.py"))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert all(line.count(",") == 8 for line in lines)
    model = edgeinterp.load(default_model_folder())
    by_ids = {tuple(text.ids.tolist()): text for text in model.encode(texts)}
    for one, readings in list(zip(found["chosen"], found["readings"], strict=True))[:5]:
        expected = edgeinterp.readings(model, by_ids[tuple(found["texts"][one.text].tolist())])
        for name, maps in readings.items():
            np.testing.assert_allclose(maps, expected[name], atol=1e-4 * expected[name].max())


def test_the_debugger_draws_what_is_not_denied(tmp_path: Path) -> None:
    influence_builders.encoder().save(tmp_path / "result.json")
    lines = run("debugger", default_model_folder(), tmp_path, "The river overflowed its banks.").splitlines()
    titles = [at for at, line in enumerate(lines) if line.startswith("attention layer")]
    denied = [at for at in titles if "not drawn" in lines[at + 1]]
    drawn = [at for at in titles if lines[at + 1].split()[0] == "[CLS]"]
    assert sorted(denied + drawn) == titles
    assert [lines[at] for at in drawn] == [f"attention layer {layer}: influence supported" for layer in (2, 3)]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small random classifier as transformers saves it, and its model folder."""
    import torch
    import transformers

    from tests.small_models import config, tokenizer

    folder = tmp_path_factory.mktemp("classifier")
    torch.manual_seed(0)
    chosen = config("bert")
    chosen.num_labels = 3
    transformers.BertForSequenceClassification(chosen).save_pretrained(folder / "source")
    own = tokenizer()
    own.model_max_length = 90
    own.save_pretrained(folder / "source")
    edgeinterp.export(folder / "source", folder / "model", task="text-classification")
    return folder


@pytest.mark.parametrize("tool", ["shap", "lime", "captum"])
def test_scores_of_tools_are_judged(classifier: Path, tmp_path: Path, tool: str) -> None:
    texts = [" ".join(text.split()[:8]) for text in default_texts()[:22]]
    path, scores = tmp_path / "texts.txt", tmp_path / "scores.jsonl"
    path.write_text("\n".join(texts), encoding="utf-8")
    scores.write_text(run(f"scores_from_{tool}", classifier / "source", path), encoding="utf-8")
    found = edgeinterp.judge(classifier / "model", scores, own=False, curves=False, n_permutations=99)
    part = found.judge()
    assert part is not None
    assert part.target == "logit"
    (method,) = part.methods
    assert method.signed
    assert method.matched
    # spaces and marks of their own belong to no token
    assert (method.unmatched or 0) < 0.2 * method.matched
    assert found.verdicts[0].verdict in ("supported", "weakened", "unsupported", "undecided")


def test_scores_of_the_first_token_are_those_of_the_readings(tmp_path: Path) -> None:
    texts = default_texts()[:3]
    path = tmp_path / "texts.txt"
    path.write_text("\n".join(texts), encoding="utf-8")
    lines = [json.loads(line) for line in run("scores_from_cls", default_model_folder(), path).splitlines()]
    for text, line in zip(texts, lines, strict=True):
        maps = edgeinterp.readings(default_model_folder(), text, "attention")["attention"]
        np.testing.assert_allclose(line["scores"], maps[-1, 0, 1:-1], atol=1e-6)


def test_relations_give_what_check_gives() -> None:
    pairs = edgeinterp.default_pairs()
    pairs = pairs.part([row for row, name in enumerate(pairs.relations) if name in ("hyper", "coord")])
    template = "We spoke about the {1} and then the {2} until it was late."
    expected = edgeinterp.check(
        only="relations", pairs=pairs, templates=[template],
        controls=[name for name in NAMES if name != "licensed"],
    )  # fmt: skip
    assert verdicts_of("relations") == [(one.claim, one.verdict) for one in expected.verdicts]


def test_properties_give_what_check_gives(tmp_path: Path) -> None:
    lines = (ROOT / "edgeinterp" / "inputs" / "data" / "norms.tsv").read_text(encoding="utf-8").splitlines()
    path = tmp_path / "norms.tsv"
    path.write_text("\n".join([lines[0], *lines[1:400:4]]), encoding="utf-8")
    expected = edgeinterp.check(only="properties", norms=path)
    assert verdicts_of("properties", path) == [(one.claim, one.verdict) for one in expected.verdicts]


def test_every_public_name_is_documented() -> None:
    missing = [
        name for name in edgeinterp.__all__ if not name.startswith("__") and not getattr(edgeinterp, name).__doc__
    ]
    assert missing == []

"""Raw scores: what a verdict was made of is in the files, and gives the verdict's numbers again."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.checks import details as details_module
from edgeinterp.cli.main import main
from tests import reference_relations as reference

TEXTS = ['He said, "the cat sat on the mat,\nand then the dog came in."', *ei.default_texts()[:40]]
CONTROLS = ["foreign", "distance", "elsewhere", "words", "surface", "cosine_states", "word_form", "permuted"]


def few() -> tuple[ei.Pairs, ei.Norms]:
    pairs, norms = ei.default_pairs(), ei.default_norms()
    kept = sorted(set(pairs.categories))[:9]
    rows = [i for i, name in enumerate(pairs.categories) if name in kept]
    pairs = pairs.part([i for i in rows if pairs.relations[i] in ("hyper", "random_category", "coord")])
    own = list(range(0, 1500, 15))
    norms = replace(
        norms, concepts=[norms.concepts[i] for i in own], words=[norms.words[i] for i in own], values=norms.values[own]
    )
    return pairs, norms


def checked(folder: Path | None, **settings: Any) -> ei.Result:
    pairs, norms = few()
    given = {"texts": TEXTS, "pairs": pairs, "norms": norms, "n_permutations": 19, "controls": CONTROLS}
    return ei.check(details=folder, **{**given, **settings})


@pytest.fixture(scope="module")
def found(tmp_path_factory: Any) -> tuple[ei.Result, Path]:
    folder: Path = tmp_path_factory.mktemp("raw")
    return checked(folder), folder


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_each_check_has_a_file(found: Any) -> None:
    names = {path.name for path in found[1].iterdir()}
    assert names == {f"{name}.csv" for name in ("correspondence", "influence", "properties", "relations", "texts")}


def test_every_auc_is_that_of_its_column(found: Any) -> None:
    part, rows = found[0].relations(), table(found[1], "relations")
    assert [one.name for one in part.contrasts] == list(dict.fromkeys(row["contrast"] for row in rows))
    for one in part.contrasts:
        own = [row for row in rows if row["contrast"] == one.name]
        assert len(own) == one.pairs
        label = np.array([row["label"] == "1" for row in own])
        assert [row["relation"] for row in own] == [one.positive if yes else one.negative for yes in label]
        groups = np.array([row["category"] for row in own])
        aucs = {"attention": one.auc, **{name: rival.auc for name, rival in {**one.rivals, **one.references}.items()}}
        assert aucs.keys() >= {"elsewhere.earlier", "words", "surface", "cosine_states"}
        for name, auc in aucs.items():
            scores = np.array([float(row[name]) for row in own])
            assert reference.within(scores, label, groups)[0] == pytest.approx(auc, abs=1e-6), name


def test_every_score_of_norms_is_that_of_its_predictions(found: Any) -> None:
    part, rows = found[0].properties(), table(found[1], "properties")
    for layer in part.layers:
        own = [row for row in rows if row["hidden_state"] == str(layer.layer)]
        scores = {}
        for feature in dict.fromkeys(row["feature"] for row in own):
            gold, predicted, fold = np.array(
                [
                    [float(row[name]) for name in ("gold", "predicted", "fold")]
                    for row in own
                    if row["feature"] == feature
                ]
            ).T
            means = np.array([gold[fold != k].mean() for k in fold])
            scores[feature] = np.corrcoef(predicted - means, gold)[0, 1]
        assert np.mean(list(scores.values())) == pytest.approx(layer.score, abs=1e-6)
        assert scores == pytest.approx({one.name: one.score for one in layer.features}, abs=1e-6)


def test_gold_norms_and_words_are_those_given(found: Any) -> None:
    _, norms = few()
    place = {(word, name): norms.values[i, f] for i, word in enumerate(norms.words)
             for f, name in enumerate(norms.features)}  # fmt: skip
    for row in table(found[1], "properties")[:500]:
        assert float(row["gold"]) == pytest.approx(place[row["word"], row["feature"]])


def test_scores_of_texts_are_those_of_the_result(found: Any) -> None:
    result, folder = found
    texts = {row["hash"]: row["text"] for row in table(folder, "texts")}
    assert list(texts.values()) == list(dict.fromkeys(TEXTS))
    for check, first in (("correspondence", 0), ("influence", 1)):
        rows = {(row["hash"], row["score"], row["layer"]): row["value"] for row in table(folder, check)}
        kept = {one.hash: one.scores[check] for one in result.texts if check in one.scores}
        assert {key[0] for key in rows} == set(kept) <= set(texts)
        name = {"correspondence": "linear", "influence": "rollout_rho"}[check]
        for digest, scores in kept.items():
            for layer, value in enumerate(scores[name], first):
                assert float(rows[digest, name, str(layer)]) == pytest.approx(value, rel=1e-8)
    assert any(row["score"] == "alike.linear" for row in table(folder, "correspondence"))
    assert any((row["score"], row["layer"]) == ("tokens", "") for row in table(folder, "correspondence"))


def test_the_result_is_the_same_and_so_are_the_bytes(found: Any, tmp_path: Path) -> None:
    result, folder = found
    again = checked(tmp_path / "again", threads=1, only=["relations", "correspondence"])
    plain = checked(None, only=["relations", "correspondence"])
    for name in ("relations", "correspondence"):
        assert (tmp_path / "again" / f"{name}.csv").read_bytes() == (folder / f"{name}.csv").read_bytes()
        assert again.to_dict()["checks"][name] == plain.to_dict()["checks"][name] == result.to_dict()["checks"][name]


def test_texts_of_pairs_are_there(tmp_path: Path) -> None:
    pairs, _ = few()
    texts = [
        f'Well, "{one}" is\na {two}, or so it was said.' for one, two in zip(pairs.word1, pairs.word2, strict=True)
    ]
    checked(tmp_path, only="relations", pairs=replace(pairs, texts=texts), controls=["surface"])
    rows = table(tmp_path, "relations")
    assert all(row["word1"] in row["text"] and row["text"] in texts for row in rows)


def test_a_large_table_keeps_the_best_hidden_state_and_frequent_features(
    found: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(details_module, "MOST_PREDICTIONS", 450)
    result = checked(tmp_path, only="properties")
    part, rows = found[0].properties(), table(tmp_path, "properties")
    best = max(part.layers, key=lambda layer: layer.score)
    assert {row["hidden_state"] for row in rows} == {str(best.layer)}
    assert len({row["feature"] for row in rows}) == 4
    assert len(rows) == 400
    assert any(note.startswith(f"details have the predictions of hidden state {best.layer}") for note in result.notes)
    whole = [row for row in table(found[1], "properties") if row["hidden_state"] == str(best.layer)]
    assert all(row in whole for row in rows)


def test_a_resumed_run_keeps_its_files_and_makes_what_is_missing(tmp_path: Path) -> None:
    given: dict[str, Any] = {"only": ["correspondence"], "checkpoint": tmp_path / "kept", "details": tmp_path / "raw"}
    first = ei.check(texts=TEXTS, n_permutations=9, controls=["foreign"], **given)
    file = tmp_path / "raw" / "correspondence.csv"
    before = file.read_bytes()
    file.unlink()
    again = ei.check(texts=TEXTS, n_permutations=9, controls=["foreign"], resume=True, **given)
    assert file.read_bytes() == before
    assert again.to_dict()["checks"] == first.to_dict()["checks"]
    with pytest.raises(ei.InputError, match="details"):
        ei.check(texts=TEXTS, n_permutations=9, controls=["foreign"], resume=True, **{**given, "details": None})


def test_the_command_writes_them_beside_the_result(tmp_path: Path, capsys: Any) -> None:
    texts = tmp_path / "texts.txt"
    texts.write_text("\n".join(ei.default_texts()[:30]), encoding="utf-8")
    command = [
        "check",
        "--only",
        "correspondence",
        "--texts",
        str(texts),
        "--controls",
        "foreign",
        "--permutations",
        "9",
    ]
    assert main([*command, "--quiet", "--details"]) == 2
    assert capsys.readouterr().err == "edgeinterp: details: needs --out, the folder in which they are written\n"
    assert main([*command, "--quiet", "--details", "--out", str(tmp_path / "out")]) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"result.json", "report.html", "details"}
    assert {path.name for path in (tmp_path / "out" / "details").iterdir()} == {"correspondence.csv", "texts.csv"}


@pytest.mark.parametrize("odd", [5, "", b"a"])
def test_what_names_no_folder_is_refused(odd: Any) -> None:
    with pytest.raises(ei.InputError, match="details"):
        ei.check(texts=TEXTS, only="correspondence", details=odd)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ei.InputError, match="cannot be written") as caught:
        ei.check(texts=TEXTS, only="correspondence", details=tmp_path / "file")
    assert len(str(caught.value).splitlines()) == 1

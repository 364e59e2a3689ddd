"""Confounds of the words of norms: found by concept or word, and one line for everything that cannot be used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edgeinterp as ei
from edgeinterp.cli.main import main
from edgeinterp.inputs.confounds import confounds_of

WORDS = ei.default_norms().words[:40]
NORMS = ei.Norms(
    [*WORDS[:-1], "bat (animal)"], [*WORDS[:-1], "bat"], ["a", "b"], np.random.default_rng(0).normal(size=(40, 2))
)


def written(folder: Path, words: list[str], values: Any = None, header: str = "word,age,count") -> Path:
    path = folder / "confounds.csv"
    columns = np.column_stack([np.arange(len(words)), np.arange(len(words)) ** 2]) if values is None else values
    lines = [",".join([word, *map(str, row)]) for word, row in zip(words, columns, strict=True)]
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def test_rows_are_found_by_concept_or_word_in_any_order(tmp_path: Path) -> None:
    found = confounds_of(written(tmp_path, ["another", *NORMS.words[::-1]]), NORMS)
    assert found.names == ["age", "count"]
    np.testing.assert_array_equal(found.of(NORMS.concepts)[:, 0], np.arange(40, 0, -1))
    np.testing.assert_array_equal(found.of(["bat (animal)"]), [[1.0, 1.0]])
    rare = np.zeros((40, 2))
    rare[3] = 1.0
    assert confounds_of(written(tmp_path, NORMS.words, rare), NORMS).of(NORMS.concepts).sum() == 2.0


def test_what_is_lacking_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ei.InputError, match="has no line for bat \\(animal\\); give one line for every word"):
        confounds_of(written(tmp_path, NORMS.words[:-1]), NORMS)
    gaps = np.column_stack([np.arange(40.0), np.arange(40.0)]).astype(object)
    gaps[2, 1] = ""
    said = f"column 'count' has no number for {NORMS.words[2]}; fill them in"
    with pytest.raises(ei.InputError, match=re.escape(said)):
        confounds_of(written(tmp_path, NORMS.words, gaps), NORMS)
    with pytest.raises(ei.InputError, match="confounds: is a int"):
        confounds_of(3, NORMS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty|has no confound"),
        ("word\ncat\n", "has no confound; expected a header such as `word, age`"),
        ("word,age\n", "has no word; expected one a line, below the header"),
        ("word,age\ncat,1\ncat,2\n", "line 3: 'cat' comes twice"),
        ("word,age\ncat,old\n", "line 2, column 'age': 'old' is not a number"),
        ("word,age\ncat,inf\n", "line 2, column 'age': 'inf' is not finite"),
        ("word,age\ncat\n", "line 2: 1 column, expected 2 as in line 1"),
        ("word,age,age\ncat,1,2\n", "'age'"),
    ],
)
def test_odd_files_are_refused_in_one_line(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "confounds.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ei.InputError, match=said) as caught:
        confounds_of(path, NORMS)
    assert "\n" not in str(caught.value)


def test_the_command_and_python_give_the_score_without_them(tmp_path: Path, capsys: Any) -> None:
    norms = tmp_path / "norms.csv"
    norms.write_text(
        "word,a,b\n" + "".join(f"{w},{a},{b}\n" for w, (a, b) in zip(NORMS.words, NORMS.values, strict=True)),
        encoding="utf-8",
    )
    path, out = written(tmp_path, NORMS.words), tmp_path / "out"
    asked = ["--controls", "without_length,without_confounds", "--permutations", "19", "--out", str(out)]
    assert main(["check", "--only", "properties", "--norms", str(norms), "--confounds", str(path), *asked]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Note: confounds: age, count" in told
    assert "score without confounds, by hidden state: 0:" in told
    result = ei.load_result(out / "result.json")
    part = result.properties()
    assert part is not None
    assert [one.kind for one in result.inputs] == ["norms", "confounds"]
    given = ei.check(
        only="properties", norms=norms, confounds=path, n_permutations=19,
        controls=["without_length", "without_confounds"],
    ).properties()  # fmt: skip
    assert given is not None
    assert [layer.references for layer in given.layers] == [layer.references for layer in part.layers]
    assert part.layers[3].references["without_confounds"].score is not None
    assert "without confounds" in (out / "report.html").read_text(encoding="utf-8")
    assert main(["check", "--only", "properties", "--norms", str(norms), "--confounds", str(tmp_path / "no.csv")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1

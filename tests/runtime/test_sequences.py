from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import edgeinterp as ei
from edgeinterp import InputError, Model, Norms, Pairs, load
from edgeinterp.checks.given import given_texts
from edgeinterp.cli.main import main
from edgeinterp.model.concepts import concept_vectors
from edgeinterp.runtime.sequences import name_tuple, text_list
from edgeinterp_models import default_model_folder

TEXTS = [f"the cat number {i} sat on the warm mat in the hall" for i in range(22)]
WAYS: dict[str, Callable[[], Any]] = {
    "tuple": lambda: tuple(TEXTS),
    "generator": lambda: (text for text in TEXTS),
    "dict's keys": lambda: dict.fromkeys(TEXTS).keys(),
    "NumPy strings": lambda: np.array(TEXTS),
    "NumPy objects": lambda: np.array(TEXTS, dtype=object),
    "pandas Series": lambda: pd.Series(TEXTS),
    "pandas Series, other labels": lambda: pd.Series(TEXTS, index=range(100, 122)),
    "pandas Series of objects": lambda: pd.Series(TEXTS, dtype=object),
    "pandas Series of categories": lambda: pd.Series(TEXTS, dtype="category"),
    "pandas Index": lambda: pd.Index(TEXTS),
    "pandas array": lambda: pd.Series(TEXTS, dtype="string").array,
    "polars Series": lambda: pl.Series(TEXTS),
    "an Arrow array": lambda: ArrowLike(TEXTS),
}


class ArrowLike:
    """As a pyarrow array: what it yields is no string, ``to_pylist`` is."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts

    def __iter__(self) -> Any:
        return iter([object()] * len(self.texts))

    def to_pylist(self) -> list[str]:
        return self.texts


@pytest.fixture(scope="module")
def minilm() -> Model:
    return load(default_model_folder())


@pytest.mark.parametrize("way", WAYS)
def test_whatever_yields_strings_gives_plain_strings(way: str) -> None:
    found = text_list(WAYS[way]())
    assert found == TEXTS
    assert {type(text) for text in found} == {str}


def test_a_bare_string_is_one_text(minilm: Model) -> None:
    assert text_list("one text") == ["one text"]
    assert [encoded.text for encoded in minilm.encode("one text")] == ["one text"]
    assert len(minilm.token_spans("one text")) == 1
    assert given_texts("The cat sat on the mat.") == ["The cat sat on the mat."]
    for name in ("texts", "my texts.tsv", "no such.txt"):
        with pytest.raises(InputError, match="no such file"):
            given_texts(name)


def test_a_string_that_names_a_file_is_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my own notes").write_text("one text\nanother text\n", encoding="utf-8")
    assert given_texts("my own notes") == ["one text", "another text"]


def test_the_command_takes_no_name_of_a_file_for_a_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--texts", "no such file at all", "--only", "correspondence"]) == 2
    assert "no such file at all: no such file" in capsys.readouterr().err


@pytest.mark.parametrize("way", ["generator", "NumPy strings", "pandas Series, other labels", "polars Series"])
def test_a_check_of_them_is_that_of_the_list(way: str, minilm: Model) -> None:
    wanted = ei.check(minilm, TEXTS, only=["correspondence"], n_permutations=19)
    found = ei.check(minilm, WAYS[way](), only=["correspondence"], n_permutations=19)
    assert found.verdicts == wanted.verdicts
    assert found.checks == wanted.checks


def test_a_comparison_of_a_series_is_that_of_the_list(minilm: Model) -> None:
    wanted = ei.compare(minilm, minilm, TEXTS, only=["activations"])
    assert ei.compare(minilm, minilm, pd.Series(TEXTS), only="activations").activations == wanted.activations


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (float("nan"), "nan"),
        (np.float32("nan"), "nan"),
        (None, "None"),
        (pd.NA, "<NA>"),
        (pd.NaT, "NaT"),
        (b"bytes", "decode"),
        (np.bytes_(b"bytes"), "decode"),
        (3, r"3 \(int\)"),
        (["a text"], "list"),
        (("a text",), "tuple"),
        ({"text": "a text"}, "dict"),
        (np.array(["a text"]), "ndarray"),
        ("a\ud800b", "half of a surrogate pair"),
    ],
)
def test_what_is_no_text_is_named_by_its_number(odd: Any, said: str, minilm: Model) -> None:
    given = [*TEXTS[:20], odd, TEXTS[20]]
    for call in (
        lambda: ei.check(minilm, given, only=["correspondence"]),
        lambda: ei.compare(minilm, minilm, iter(given)),
        lambda: minilm.encode(given),
        lambda: minilm.token_spans(given),
    ):
        with pytest.raises(InputError, match=f"^texts: text 21 .*{said}") as caught:
            call()
        assert "export" not in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", [pd.Series(["a", None]), pd.Series(["a", None], dtype="string")])
def test_missing_values_of_a_series_are_named(missing: Any) -> None:
    with pytest.raises(InputError, match="text 2 is"):
        text_list(missing)
    with pytest.raises(InputError, match="text 2 is None"):
        text_list(pl.Series(["a", None]))


@pytest.mark.parametrize(
    "table",
    [{"text": TEXTS}, pd.DataFrame({"text": TEXTS}), pl.DataFrame({"text": TEXTS}), pl.LazyFrame({"text": TEXTS})],
)
def test_a_table_is_refused(table: Any) -> None:
    with pytest.raises(InputError, match=r"^texts: is a \w+; give one of its columns"):
        ei.check(texts=table, only=["correspondence"])


@pytest.mark.parametrize("given", [5, 2.5, b"one text", bytearray(b"one"), np.array("one"), np.array(5)])
def test_what_holds_no_texts_is_refused(given: Any) -> None:
    with pytest.raises(InputError, match=r"^texts: .* is no list of texts"):
        ei.check(texts=given, only=["correspondence"])
    with pytest.raises(InputError, match=r"^texts: none given"):
        ei.check(texts=np.array([], dtype=str), only=["correspondence"])


def test_names_in_a_bare_string_stand_between_commas(minilm: Model) -> None:
    assert name_tuple("correspondence, influence", "only") == ("correspondence", "influence")
    assert name_tuple(np.array(["influence"]), "only") == name_tuple("influence", "only") == ("influence",)
    result = ei.check(minilm, TEXTS, only="correspondence", controls="foreign", n_permutations=19)
    assert (list(result.checks), result.settings["controls"]) == (["correspondence"], ["foreign"])
    for only in ("correspondance", ["correspondence", 3], 5, b"correspondence"):
        with pytest.raises(InputError, match=r"^(only: )?.*(not known|no name|no list)"):
            ei.check(minilm, TEXTS, only=only)  # type: ignore[arg-type]


def test_no_public_parameter_takes_a_bare_string_letter_by_letter(minilm: Model) -> None:
    rng = np.random.default_rng(0)
    X, Y, features = rng.normal(size=(2, 20, 3)), rng.normal(size=(20, 2)), rng.random((20, 2, 2, 2))
    letters: Any = ["ab"] * 20
    labels, groups = ["hyper", "coord"] * 10, [f"category {i // 4}" for i in range(20)]
    assert ei.Correspondence(controls="foreign").settings.controls == ("foreign",)
    bare = ei.properties(X, Y, controls="permuted", n_permutations=9)
    assert bare == ei.properties(X, Y, controls=["permuted"], n_permutations=9)
    related = ei.relations(features, labels, groups, controls="surface", templates="one", n_permutations=9)
    assert related == ei.relations(features, labels, groups, controls=["surface"], templates=["one"], n_permutations=9)
    for call, said in (
        (lambda: ei.properties(X, Y, words="cat"), "words: 1 given for 20"),
        (lambda: ei.properties(X, Y, groups="cat"), "groups: 1 given for 20"),
        (lambda: ei.properties(X, Y, features="ab"), "features: 1 given for 2"),
        (lambda: ei.relations(features, "ab" * 10, groups), "labels: 1 given for 20"),
        (lambda: ei.relations(features, labels, "ab" * 10), "groups: 1 given for 20"),
        (lambda: ei.relations(features, labels, groups, words=letters), "words: pair 1 is 'ab'"),
        (lambda: ei.properties(X, Y, controls="permute"), "control 'permute' is not known"),
    ):
        with pytest.raises(InputError, match=said):
            call()
    several = concept_vectors(minilm, ["cat"], ["The {} is here."]).vectors
    np.testing.assert_array_equal(concept_vectors(minilm, "cat", "The {} is here.").vectors, several)
    assert minilm.token_ids("[CLS]") == minilm.token_ids(["[CLS]"]) != []


def test_norms_and_pairs_take_a_series_and_refuse_what_is_missing() -> None:
    norms = Norms(pd.Series(["cat"], index=[7]), np.array(["cat"]), "fur", np.zeros((1, 1)))  # type: ignore[arg-type]
    assert (norms.concepts, norms.words, norms.features) == (["cat"], ["cat"], ["fur"])
    with pytest.raises(InputError, match="words: word 2 is None"):
        Norms(["cat", "dog"], ["cat", None], ["fur"], np.zeros((2, 1)))  # type: ignore[list-item]
    with pytest.raises(InputError, match="categories: pair 1 is nan"):
        Pairs(["cat"], ["animal"], ["hyper"], [float("nan")])  # type: ignore[list-item]
    with pytest.raises(InputError, match="norms: is a DataFrame; expected a file"):
        ei.check(norms=pd.DataFrame(), only="properties")
    with pytest.raises(InputError, match="pairs: is a dict; expected a file"):
        ei.check(pairs={}, only="relations")  # type: ignore[arg-type]


def test_a_bare_string_with_a_place_for_a_word_is_a_template() -> None:
    with pytest.raises(InputError, match=r"^templates: has no template for pairs"):
        ei.check(templates="The {} is here.", only="relations")
    with pytest.raises(InputError, match=r"^none.txt: no such file"):
        ei.check(templates="none.txt", only="relations")

"""Pairs files and templates: what is read, and one line for everything that cannot be."""

from __future__ import annotations

from typing import Any

import pytest

import edgeinterp as ei
from edgeinterp.inputs.templates import PAIR_TEMPLATES, pair_template, split_templates, template_lines

HEADER = "word1,word2,relation,category\n"


def written(tmp_path: Any, text: str | bytes, name: str = "pairs.csv") -> Any:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_reads_columns_in_any_order_and_passes_others_over(tmp_path: Any) -> None:
    text = "Relation\tnote\tWORD2\tword1\tcategory\nhyper\tx\tbird\trobin\tbirds\ncoord\t\tsea  gull\trobin\tbirds\n"
    pairs = ei.read_pairs(written(tmp_path, text, "pairs.tsv"))
    assert pairs.word1 == ["robin", "robin"]
    assert pairs.word2 == ["bird", "sea gull"]
    assert pairs.relations == ["hyper", "coord"]
    assert pairs.categories == ["birds", "birds"]
    assert pairs.notes == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "Unnamed: 0,word1,word2,relation\n0,cat,animal,hyper\n1,cat,dog,coord\n"),
        ("a.csv", "id,Word1, word2,relation\n7,cat,animal,hyper\n4,cat,dog,coord\n"),
        ("a.tsv", '"word1"\t"word2"\t"relation"\n"1"\t"cat"\t"animal"\t"hyper"\n"2"\t"cat"\t"dog"\t"coord"\n'),
    ],
)
def test_columns_that_number_the_rows_are_passed_over_and_named(tmp_path: Any, name: str, text: str) -> None:
    pairs = ei.read_pairs(written(tmp_path, text, name))
    assert (pairs.word1, pairs.word2, pairs.relations) == (["cat", "cat"], ["animal", "dog"], ["hyper", "coord"])
    assert "rows were passed over" in pairs.notes[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("word1,word2,relation\n1,2,hyper\n3,4,coord\n", "column word1 has numbers such as '1'"),
        ("word1,word2,relation\ncat,2,hyper\ndog,4,coord\n", "column word2 has numbers such as '2'"),
        ("word1;word2;relation\ncat;dog;coord\n", "columns are separated by semicolons"),
        ("Word1,word1,word2,relation\na,b,c,d\n", "column 'word1' comes twice"),
        ("word1,word2,relation\n'cat','dog',coord\n'a','b',hyper\n", "every word in quotes"),
    ],
)
def test_what_holds_no_words_is_refused(tmp_path: Any, text: str, said: str) -> None:
    with pytest.raises(ei.InputError, match=said):
        ei.read_pairs(written(tmp_path, text))


def test_the_category_is_that_of_word1s_own_hypernym_pair(tmp_path: Any) -> None:
    text = "word1,word2,relation\nhen,robin,coord\nrobin,bird,hyper\nrobin,hen,coord\nbird,robin,hypo\nhen,bird,hyper\n"
    pairs = ei.read_pairs(written(tmp_path, text))
    assert pairs.categories == ["bird"] * 5
    assert "5 pairs have no category" in pairs.notes[0]
    text = "word1,word2,relation,category\nhen,robin,coord,\nowl,bird,hyper,night\nowl,hen,coord\nhen,egg,makes,\n"
    assert ei.read_pairs(written(tmp_path, text)).categories == ["hen", "night", "bird", "hen"]


def test_repeated_lines_are_kept_once_and_counted(tmp_path: Any) -> None:
    text = f"{HEADER}robin,bird,hyper,b\nrobin,hen,coord,b\nrobin,bird,hyper,other\n\nrobin,bird,coord,b\n"
    pairs = ei.read_pairs(written(tmp_path, text))
    assert len(pairs) == 3
    assert pairs.categories == ["b", "b", "b"]
    assert "1 line repeats" in pairs.notes[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (HEADER, "has no pair"),
        ("word1,word2\na,b\n", "line 1: no column 'relation'"),
        ("word1,word1,word2,relation\na,b,c,d\n", "line 1: column 'word1' comes twice"),
        (f"{HEADER}robin,bird\n", "line 2: 2 columns, expected 4"),
        (f"{HEADER}robin,bird,hyper,b,more\n", "line 2: 5 columns"),
        (f"{HEADER}robin,,hyper,b\n", "line 2: word2 is empty"),
        (f"{HEADER}a,b,hyper,b\nrobin,bird, ,b\n", "line 3: relation is empty"),
        (f"{HEADER}robin,robin,hyper,b\n", "line 2: word1 and word2 are both 'robin'"),
        (f"{HEADER}{'a' * 201},b,hyper,b\n", "201 characters"),
        (f"{HEADER}a,b,hyper,b\nc,d,hyper,b\n", "every pair has the relation 'hyper'"),
        (b"word1,word2,relation\n\xff,b,hyper\n", "line 2: not UTF-8"),
        (b"PK\x03\x04", "workbook"),
    ],
)
def test_faults_are_one_line_with_file_and_line(tmp_path: Any, text: str | bytes, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ei.InputError) as caught:
        ei.read_pairs(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert said in message
    assert len(message.splitlines()) == 1


def test_a_missing_file_is_one_line(tmp_path: Any) -> None:
    with pytest.raises(ei.InputError, match="no such file"):
        ei.read_pairs(tmp_path / "none.csv")


def test_the_embedded_pairs_are_balanced() -> None:
    pairs = ei.default_pairs()
    counts: dict[tuple[str, str], int] = {}
    for relation, category in zip(pairs.relations, pairs.categories, strict=True):
        counts[relation, category] = counts.get((relation, category), 0) + 1
    assert len(pairs) == 1600
    assert len(counts) == 5 * 80
    assert set(counts.values()) == {4}
    named = set(pairs.categories)
    homes: dict[frozenset[str], str] = {}
    for one, two, relation, category in zip(
        pairs.word1, pairs.word2, pairs.relations, pairs.categories, strict=True
    ):  # fmt: skip
        assert (two == category) == (relation == "hyper")
        assert (two in named) == (relation in ("hyper", "random_category")), (one, two)
        # the same two words in two categories would make one of both
        assert homes.setdefault(frozenset((one, two)), category) == category
        word = two if relation == "hypo" else one
        assert not set(word.split()) & set(category.split())
        assert category not in word
        assert relation != "random_word" or abs(len(two) - len(category)) <= 1


def test_pair_templates_fill_both_ways() -> None:
    for text, first in (("a {1} is a {2} .", "robin"), ("a {} is a {} .", "robin"), ("{2} like the {1}", "bird")):
        filled, one, other = pair_template(text).filled("robin", "bird")
        assert filled[one[0] : one[1]] == "robin"
        assert filled[other[0] : other[1]] == "bird"
        assert filled.replace("a ", "").startswith(first)


def test_built_in_templates_leave_room_elsewhere() -> None:
    for text in PAIR_TEMPLATES:
        before, _, after = pair_template(text).parts
        assert len(before.split()) >= 4
        assert len(after.split()) >= 4


def test_one_file_holds_templates_for_words_and_for_pairs(tmp_path: Any) -> None:
    path = written(tmp_path, " {}\n\na {1} is a {2}\nthe X is here\n{} and {}\n", "templates.txt")
    assert split_templates(template_lines(path)) == ([" {}", "the X is here"], ["a {1} is a {2}", "{} and {}"])


@pytest.mark.parametrize(
    "line", ["nothing here", "{1} alone", "{1} {1}", "{1} {2} {2}", "{} {} {}", "{1}{2}", "{1} and {}", "X and X"]
)
def test_lines_that_are_neither_are_refused(tmp_path: Any, line: str) -> None:
    path = written(tmp_path, f"a {{}}\n{line}\n", "templates.txt")
    with pytest.raises(ei.InputError) as caught:
        template_lines(path)
    assert str(caught.value).startswith(f"{path}, line 2")
    with pytest.raises(ei.InputError):
        split_templates([line])


def test_templates_as_json_are_refused(tmp_path: Any) -> None:
    with pytest.raises(ei.InputError, match=r"is JSON by its name; expected one template a line"):
        template_lines(written(tmp_path, '["The {} is here."]', "a.JSON"))


def test_a_file_without_templates_is_refused(tmp_path: Any) -> None:
    with pytest.raises(ei.InputError, match="has no template"):
        template_lines(written(tmp_path, "\n \n", "templates.txt"))


@pytest.mark.parametrize("missing", ["NA", "NaN", "N/A", "<NA>", "#N/A", ""])
def test_what_r_and_pandas_write_for_a_missing_word_is_no_word(tmp_path: Any, missing: str) -> None:
    header, path = "word1,word2,relation,category\n", tmp_path / "a.csv"
    for row in (f"{missing},bird,hyper,x", f"robin,{missing},hyper,x", f"robin,bird,{missing},x"):
        path.write_text(f"{header}robin,hen,coord,x\n{row}\n", encoding="utf-8")
        with pytest.raises(
            ei.InputError, match=r"line 3: (word1|word2|relation) is .*; give a word, or take the line out"
        ):
            ei.read_pairs(path)
    path.write_text(f"{header}robin,hen,coord,{missing}\nhen,bird,hyper,{missing}\n", encoding="utf-8")
    pairs = ei.read_pairs(path)
    assert pairs.categories == ["robin", "bird"]
    assert any(note.startswith("2 pairs have no category") for note in pairs.notes)
    # grandmothers and flat breads are words
    path.write_text("word1,word2,relation\nnan,na,hyper\nnaan,None,coord\n", encoding="utf-8")
    assert ei.read_pairs(path).word1 == ["nan", "naan"]


def test_a_template_that_comes_twice_is_named_by_its_lines(tmp_path: Any) -> None:
    path = tmp_path / "a.txt"
    path.write_text("The {} is here.\n\nThe {} is here.\n", encoding="utf-8")
    with pytest.raises(ei.InputError, match="line 3: is the template of line 1 again"):
        template_lines(path)

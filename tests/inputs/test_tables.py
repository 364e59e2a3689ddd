from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgeinterp import InputError
from edgeinterp.inputs.tables import is_index_name, table_rows


def rows(text: str, comma: bool = False) -> list[list[str]]:
    return [cells for _, cells in table_rows("a", iter(text.split("\n")), comma=comma, cell=1000)]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ('"cat"', "cat"),
        ('""', ""),
        ('"say ""hi"" now"', 'say "hi" now'),
        ('"say \\"hi\\" now"', 'say "hi" now'),
        ('5" disk', '5" disk'),
        ('a "b" c', 'a "b" c'),
        ('"Well," she said', '"Well," she said'),
        ('"Yes," she said, "and no."', '"Yes," she said, "and no."'),
        ('end"', 'end"'),
        ("'cat'", "'cat'"),
    ],
)
def test_a_cell_between_tabs_is_quoted_where_it_begins_and_ends_so(cell: str, read: str) -> None:
    assert rows(f"a\tb\nx\t{cell}\n{cell}\ty") == [["a", "b"], ["x", read], [read, "y"]]


@pytest.mark.parametrize("line", ['"open\tx', 'x\t"open', '"', '"two\ttabs"', '"one ""more'])
def test_a_quote_that_is_not_closed_is_refused_where_it_stands(line: str) -> None:
    with pytest.raises(InputError, match=r"a, line 3: the cell .* begins with a quote that it does not close"):
        rows(f'a\tb\n1\t2\n{line}\nlater"\t2')


@given(st.lists(st.lists(st.text(st.characters(blacklist_categories=["C", "Z"])), min_size=2, max_size=2), min_size=1))
def test_what_is_quoted_whole_is_read_back_alike_with_commas_and_with_tabs(table: list[list[str]]) -> None:
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in table]
    wanted = [["a", "b"], *(row for row in table if any(row))]
    for separator in (",", "\t"):
        text = "\n".join(separator.join(row) for row in chain([["a", "b"]], quoted))
        assert rows(text, comma=separator == ",") == wanted


def test_spaces_after_commas_do_not_unquote() -> None:
    assert rows('a, b\n1, "x, y"', comma=True) == [["a", "b"], ["1", "x, y"]]


def test_an_open_quote_is_told_with_the_line_where_its_row_begins() -> None:
    with pytest.raises(InputError, match=r"line 3: not a comma-separated table .a quote is opened and never closed"):
        rows('a,b\n1,2\n3,"x\n4,5\n6,7', comma=True)


@pytest.mark.parametrize(
    ("header", "comma", "said"),
    [
        ("a;b", True, "semicolons; expected commas"),
        ('"a, b";"c"', True, "semicolons; expected commas"),
        ("a\tb", True, "tabs; expected commas"),
        ("a|b", True, "vertical bars; expected commas"),
        ("a,b", False, "commas; expected tabs"),
        ("a;b", False, "semicolons; expected tabs"),
    ],
)
def test_another_separator_is_named(header: str, comma: bool, said: str) -> None:
    with pytest.raises(InputError, match=f"a, line 2: columns are separated by {said}"):
        rows(f"\n{header}\n1", comma)


def test_columns_that_number_rows() -> None:
    for name in ("", "Unnamed: 0", "Unnamed: 0.1", "id", "ID", "index", "level_0", "...1", " Row.Names ", "word_id"):
        assert is_index_name(name), name
    for name in ("word", "text", "red", "idea", "indexes", "number of legs", "x"):
        assert not is_index_name(name), name


def test_row_names_of_r_get_an_empty_name() -> None:
    for text, comma in (('"a"\t"b"\n"1"\t"x"\t"y"', False), ("a\tb\n1\tx\ty", False), ('"a","b"\n"1","x",y', True)):
        assert rows(text, comma) == [["", "a", "b"], ["1", "x", "y"]]
    # a word may as well be one too many, and between commas a text or number may hold one
    for text, comma in (("a\tb\ncat\tx\ty", False), ("a\tb\n1\tx\t", False), ("a,b\n1,x,y", True)):
        assert rows(text, comma)[0] == ["a", "b"]

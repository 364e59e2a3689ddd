from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from edgeinterp.runtime.json_values import json_text

numbers = st.none() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    numbers | st.booleans() | st.text() | st.text(alphabet='[]\n ,1"\\'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=20,
)


@given(values)
@settings(max_examples=300, deadline=None)
def test_text_reads_back_as_what_it_was(value: Any) -> None:
    assert json.loads(json_text(value)) == value


def test_rows_of_numbers_stand_in_one_line() -> None:
    assert json_text({"a": [[1, 2.5, None], [-1e-07, 0, 3]], "b": ["x"]}).splitlines() == [
        "{",
        ' "a": [',
        "  [1, 2.5, null],",
        "  [-1e-07, 0, 3]",
        " ],",
        ' "b": [',
        '  "x"',
        " ]",
        "}",
    ]

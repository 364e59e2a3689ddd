from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from edgeinterp.json_values import dumps

TEXT = st.text(st.sampled_from('[]{}",:\\ \n1-.e'), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4))


@given(VALUES)
def test_what_is_written_is_read_back(value: Any) -> None:
    assert json.loads(dumps(value)) == value


def test_lists_of_numbers_take_one_line() -> None:
    value = {"a": [1, 2.5, None], "b": [{"c": [3, 4]}], "d": ["x", "y"], "e": [[5, 6], [7]]}
    text = dumps(value)
    assert '"a": [1, 2.5, null]' in text
    assert '"c": [3, 4]' in text
    assert "[5, 6]" in text
    # words stay one a line: nothing inside a string is touched
    assert '"x",\n' in text

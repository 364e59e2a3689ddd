"""Whatever bytes a file holds, its reader returns a value or an InputError, and soon."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.readers import READERS, filled, tried

BOUNDED = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
ODD = [
    b"\0", b"\xff", b"\n", b"\r", b'"', b",", b"\t", b"-", b"1e999", b"nan", b"inf", b"{}", b"[]", b"[" * 2000, b"null",
    b"9" * 5000, b"\xef\xbb\xbf", b"\xed\xa0\x80", b"_", b"true", b"NaN", b"\\ud800", b"\xc2\x85", b"\xe2\x80\xa8",
]  # fmt: skip
SECONDS = 5.0


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Draw a valid file with a few places changed, cut, doubled or filled with something odd."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        upto = min(len(data), at + draw(st.sampled_from([0, 0, 1, 2, 8, 200, 1 << 20])))
        put = draw(st.sampled_from(ODD) | st.binary(max_size=4) | st.just(data[at:upto] * 2))
        data = data[:at] + put + data[upto:]
    return data


def soon(name: str, folder: Path, data: bytes) -> None:
    start = time.monotonic()
    tried(filled(name), folder, data)
    assert time.monotonic() - start < SECONDS


@pytest.mark.parametrize("name", READERS)
def test_valid_files_are_read(name: str, tmp_path: Path) -> None:
    for seed in filled(name).seeds:
        path = tmp_path / READERS[name].name
        path.write_bytes(seed)
        if name == "graph":
            # it points to a file beside it
            (tmp_path / "x").write_bytes(bytes(8))
        assert READERS[name].read(path) is not None


@pytest.mark.parametrize("name", READERS)
def test_any_bytes(name: str, tmp_path: Path) -> None:
    @BOUNDED
    @given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
    def some(data: bytes) -> None:
        soon(name, tmp_path, data)

    some()


@pytest.mark.parametrize("name", READERS)
def test_changed_files(name: str, tmp_path: Path) -> None:
    @BOUNDED
    @given(mutated(filled(name).seeds))
    def some(data: bytes) -> None:
        soon(name, tmp_path, data)

    some()


VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, 0.5, -1e308, 1e-320, "", "x", "\ud800", "nan", [], [1], [[]],
    ["x", None], {}, {"x": 1}, [1.5, 0.5], [0, 0], {"tokens": 0}, "undecided",
]  # fmt: skip


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in JSON values, the whole left out."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, part in inner for found in ((*way, key), *places(part, (*way, key)))]


@pytest.mark.parametrize("name", ["manifest", "configuration", "tokenizer", "result", "comparison"])
def test_json_with_other_values(name: str, tmp_path: Path) -> None:
    """Bytes alone hardly ever leave JSON whole: values are exchanged, taken out and moved."""
    seed = filled(name).seeds[0]
    ways = places(json.loads(seed))

    @BOUNDED
    @given(st.lists(st.tuples(st.sampled_from(ways), st.sampled_from([*VALUES, "take out"])), min_size=1, max_size=3))
    def some(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
        data = json.loads(seed)
        for (*way, last), value in changes:
            at = data
            try:
                for step in way:
                    at = at[step]
                if value == "take out":
                    del at[last]
                else:
                    at[last] = copy.deepcopy(value)
            except (KeyError, IndexError, TypeError):
                continue
        soon(name, tmp_path, json.dumps(data).encode())

    some()

"""``Spool``: an array that may be a file, and what is said where there is no room for it."""

from __future__ import annotations

import os
import tempfile
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgeinterp.errors import InputError
from edgeinterp.runtime import spool as module
from edgeinterp.runtime.spool import Spool


@pytest.fixture(params=["memory", "file"])
def _where(request: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "HELD_BYTES", 1 << 20 if request.param == "memory" else 0)


@pytest.mark.usefixtures("_where")
@pytest.mark.parametrize(("shape", "dtype"), [((3,), np.float32), ((2, 3, 4), np.float64), ((700,), np.float32)])
def test_rows_are_those_of_an_array(shape: tuple[int, ...], dtype: Any) -> None:
    rng = np.random.default_rng(0)
    want = np.zeros((40, *shape), dtype)
    spool = Spool(40, shape, dtype)
    for _ in range(60):
        first = int(rng.integers(0, 40))
        rows = rng.random((int(rng.integers(1, 41 - first)), *shape)).astype(dtype)
        kind = rng.integers(0, 3)
        if kind == 0:
            spool.put_rows(first, rows)
            want[first : first + len(rows)] = rows
        elif kind == 1:
            spool.put(first, rows[0])
            want[first] = rows[0]
        else:
            spool.add(first, rows[0])
            want[first] += rows[0]
        numbers = rng.integers(0, 40, int(rng.integers(0, 60)))
        assert np.array_equal(spool.rows(numbers), want[numbers])
    assert spool.rows(numbers).dtype == dtype
    assert np.array_equal(np.concatenate([rows for _, rows in spool.blocks()]), want)
    assert next(first for first, _ in spool.blocks()) == 0


@given(st.lists(st.integers(0, 999), max_size=50), st.integers(0, 4000), st.integers(16, 4000))
@settings(max_examples=60, deadline=None)
def test_whatever_is_read_together(numbers: list[int], gap: int, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "HELD_BYTES", 0)
        patch.setattr(module, "GAP_BYTES", gap)
        patch.setattr(module, "BLOCK_BYTES", block)
        spool = Spool(1000, (2,))
        spool.put_rows(0, np.arange(2000, dtype=np.float32).reshape(-1, 2))
        assert spool.rows(numbers)[:, 0].tolist() == [2.0 * number for number in numbers]


@pytest.mark.usefixtures("_where")
def test_threads_write_and_read_side_by_side() -> None:
    spool = Spool(400, (50,))

    def work(part: int) -> bool:
        for i in range(part, 400, 4):
            spool.put(i, np.full(50, i))
            spool.add(i, np.full(50, 0.5))
        own = np.arange(part, 400, 4)
        return bool((spool.rows(own) == own[:, None] + 0.5).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(work, range(4)))


def test_large_spools_hold_no_memory_and_leave_no_file(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tracemalloc.start()
    try:
        spool = Spool(20_000, (144,))
        for i in range(20_000):
            spool.put(i, np.full(144, i))
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert spool.rows([19_999, 3]).tolist() == [[19_999.0] * 144, [3.0] * 144]
    # 11.5 MB of rows
    assert held < 50_000
    assert peak < 1_000_000
    if os.name != "nt":
        # whatever ends the process, nothing is left behind
        assert list(tmp_path.iterdir()) == []


def test_without_a_temporary_folder_it_is_one_line(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(module, "HELD_BYTES", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(InputError, match="set TMPDIR to another folder") as caught:
        Spool(1000, (1000,))
    assert str(tmp_path / "gone") in str(caught.value)
    assert "4 MB" in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    # what is small needs none
    monkeypatch.setattr(module, "HELD_BYTES", 1 << 20)
    assert len(Spool(10, (10,))) == 10

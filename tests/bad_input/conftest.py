"""A folder to run in, with what the table of mistakes needs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import edgeinterp as ei
from tests.small_models import CORPUS


@pytest.fixture(scope="session")
def saved(exported: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A good result.json."""
    path = tmp_path_factory.mktemp("result") / "result.json"
    ei.check(exported("bert"), CORPUS * 20, only=["correspondence"], permutations=19).save(path)
    return path


@pytest.fixture
def here(exported: Callable[[str], Path], saved: Path, tmp_path: Path, monkeypatch: Any) -> Path:
    """A folder to run in, with a small model folder called ``model`` and two good results."""
    shutil.copytree(exported("bert"), tmp_path / "model")
    for name in ("a.json", "b.json"):
        shutil.copy(saved, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path

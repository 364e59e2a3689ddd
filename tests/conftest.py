"""Models that several tests share: written once a session."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from edgeinterp.export import export
from tests.small_models import save_source

Make = Callable[[str], Path]

# the gate must not pass or fail by luck; everywhere else new examples are tried in every run
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")


@pytest.fixture(scope="session")
def make_source(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return a function from an architecture to a folder that transformers can load."""
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            made[kind] = tmp_path_factory.mktemp("source") / kind
            save_source(kind, made[kind])
        return made[kind]

    return make


@pytest.fixture(scope="session")
def exported(make_source: Make, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return a function from an architecture to a model folder."""
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            folder = tmp_path_factory.mktemp("exported") / kind
            export(make_source(kind), folder)
            made[kind] = folder
        return made[kind]

    return make

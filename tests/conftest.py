"""Models that several tests share: written once a session."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from edgeinterp.exporting.export import export

Make = Callable[[str], Path]

# the gate must not pass or fail by luck; everywhere else new examples are tried in every run
settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("gate")


# where several processes run the tests: what takes longest begins first
LONG = (
    "test_full_disk", "test_endless", "test_families", "test_properties", "test_relation_stream", "test_export",
    "test_hybrid_worlds",
)  # fmt: skip
# tests of one file go to one process, because they share what they are made of, but for those of these files
APART = ("test_full_disk", "test_calibration", "test_properties", "test_hybrid_worlds")
# `make test-quick` leaves these out, and whatever exports a model
SLOW = (
    *LONG, "test_interrupts", "test_resume", "test_threads", "test_sequences", "test_run", "test_influence_run",
    "test_relations_run", "test_relation_sentence", "test_settling", "test_norms", "test_text_files",
    "test_reading_worlds", "test_heads_left_out", "test_hybrid_run", "test_property_sets", "test_own_texts",
    "test_relation_readings",
)  # fmt: skip
EXPORTING = {"make_source", "exported", "examined"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say which tests stay together where several processes run them, and which are slow."""
    for item in items:
        name = item.path.stem
        if name in SLOW or EXPORTING.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
        if name not in APART:
            # families are exported once, for all files that look at them
            shared = "examined" in getattr(item, "fixturenames", ())
            item.add_marker(pytest.mark.xdist_group("families" if shared else str(item.path)))
    items.sort(key=lambda item: LONG.index(item.path.stem) if item.path.stem in LONG else len(LONG))


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test exposes a file into the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EDGEINTERP_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def make_source(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return a function from an architecture to a folder that transformers can load."""
    # it needs PyTorch, which the tests of `make test-quick` do without
    from tests.small_models import save_source

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

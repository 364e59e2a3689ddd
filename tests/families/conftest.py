"""Every family is exported and compared once a session."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .examine import Examined, examine
from .models import FAMILIES, OTHERS, REFUSED

Examine = Callable[[str], Examined]


@pytest.fixture(scope="session")
def examined(tmp_path_factory: pytest.TempPathFactory) -> Examine:
    """Return a function from a family's key to what was found."""
    every = {**FAMILIES, **OTHERS, **{key: family for key, (family, _) in REFUSED.items()}}
    done: dict[str, Examined] = {}

    def find(key: str) -> Examined:
        if key not in done:
            done[key] = examine(every[key], tmp_path_factory.mktemp(key.replace("_", "-")))
        return done[key]

    return find

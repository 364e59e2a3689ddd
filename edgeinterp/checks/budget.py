"""How the seconds of ``--budget`` are dealt to checks."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["share"]

# parts of a whole
_PARTS = {"correspondence": 1, "influence": 1, "relations": 2, "properties": 2}


def share(check: str, only: Iterable[str]) -> float:
    """Return the share that one check gets, beside the others that are run."""
    return _PARTS[check] / sum(_PARTS[name] for name in {*only, check})

"""Divide the seconds of ``--budget`` among checks."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["share"]

# shares of a whole
_PARTS = {"correspondence": 1, "influence": 1, "relations": 2, "properties": 2, "hybrid": 1}


def share(check: str, only: Iterable[str]) -> float:
    """Return one check's share of the budget, given the other requested checks."""
    return _PARTS[check] / sum(_PARTS[name] for name in {*only, check})

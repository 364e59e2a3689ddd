"""A missing value with its reason."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Missing"]


@dataclass(frozen=True)
class Missing:
    """Stand for a value that was not measured or not given, because of ``reason``."""

    reason: str

"""What stands where a value would, when there is none."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Missing"]


@dataclass(frozen=True)
class Missing:
    """Nothing was measured or given, because of ``reason``."""

    reason: str

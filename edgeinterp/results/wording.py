"""Format numbers for verdicts."""

from __future__ import annotations

__all__ = ["share"]


def share(value: float | None) -> str:
    """Format a share as a percentage that never rounds up to 100 % or down to 0 %."""
    if value is None:
        return "an unknown share"
    percent = 100.0 * value
    if 99.5 <= percent < 100.0 or 0.0 < percent < 0.95:
        return f"{percent:.1f} %" if 0.05 < percent < 99.95 else (">99.9 %" if percent > 50 else "<0.1 %")
    return f"{percent:.0f} %"

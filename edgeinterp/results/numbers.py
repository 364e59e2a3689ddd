"""Numbers of a verdict: the deciding statistic, and the rival that the verdict depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .rule import Rival
from .shared import Interval

__all__ = ["numbers"]


def numbers(
    statistic: str,
    found: tuple[float | None, Interval, float | None],
    why: str | None,
    rivals: Mapping[str, Rival] | None,
    deciding: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the numbers of a ``Verdict`` by field name; ``reason`` says why one is None.

    Parameters
    ----------
    statistic : str
        Name of the deciding statistic.
    found : tuple
        Its value, interval and adjusted p-value.
    why : str or None
        What the check says of a value that is missing.
    rivals : mapping of str to Rival, or None
        What the statistic is set against; None where the check has no rivals.
    deciding : sequence of str
        The rivals that decide the verdict, the one with the highest score first.
    """
    measured = [name for name, rival in (rivals or {}).items() if rival.margin is not None and rival.margin.ci]
    closest = next(iter(deciding), None) or max(
        measured, key=lambda name: (rivals or {})[name].score or 0.0, default=None
    )
    reasons = []
    lacking = [name for name, part in zip(("value", "interval", "p-value"), found, strict=True) if part is None]
    if lacking:
        reasons.append(why or f"no {' and no '.join(lacking)}")
    if rivals is None:
        reasons.append(f"{statistic} is set against no rival")
    elif closest is None:
        reasons += ["no rival was measured", *(rival.reason for rival in rivals.values() if rival.reason)]
    value, ci, p_adjusted = found
    return {
        "statistic": statistic,
        "value": value,
        "ci": ci,
        "p_adjusted": p_adjusted,
        "closest_rival": closest,
        "margin": None if rivals is None or closest is None else rivals[closest].margin,
        "reason": "; ".join(dict.fromkeys(reasons)) or None,
    }

"""Numbers of a verdict: the deciding statistic, and the rival that the verdict depends on."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from .shared import Interval, Margin

__all__ = ["numbers"]


def numbers(
    statistic: str,
    found: tuple[float | None, Interval, float | None],
    why: str | None,
    rivals: Mapping[str, Any] | None,
    score: str = "score",
    refuting: Container[str] = (),
) -> dict[str, Any]:
    """Return the numbers of a ``Verdict`` by field name; ``reason`` says why one is None.

    Parameters
    ----------
    statistic : str
        Name of the deciding statistic.
    found : tuple
        Its value, interval and adjusted p-value.
    why : str or None
        The check's reason for a missing value.
    rivals : mapping of str to RivalScore, RivalAgreement or RelationRival, or None
        The rivals of the statistic; None where the check has none.
    score : str
        The attribute that holds a rival's own score.
    refuting : container of str
        The rivals that refute the claim unless beaten.
    """
    closest = _closest(rivals or {}, score, refuting)
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


def _closest(rivals: Mapping[str, Any], score: str, refuting: Container[str]) -> str | None:
    """Return the rival that a verdict depends on, as ``Verdict`` defines it; None where none was measured."""
    lows = {name: _low(rival.margin) for name, rival in rivals.items()}
    measured = [name for name, low in lows.items() if low is not None]
    unbeaten = [name for name in measured if not (lows[name] or 0.0) > 0.0]
    first = [name for name in unbeaten if name.split(".", maxsplit=1)[0] in refuting]
    return max(first or unbeaten or measured, key=lambda name: getattr(rivals[name], score) or 0.0, default=None)


def _low(margin: Margin | None) -> float | None:
    return None if margin is None or margin.ci is None else margin.ci[0]

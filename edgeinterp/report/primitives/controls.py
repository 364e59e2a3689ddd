"""Names and explanations of controls in reports, from the tables of ``results``."""

from __future__ import annotations

from collections.abc import Iterable

from ...results.controls import Table, chosen, family, rivals, row_of
from ...results.shared import Margin
from .formats import MISSING, interval, number, signed
from .tables import Column

__all__ = ["column", "draw", "explained", "kinds", "meaning", "named", "outcome", "that_leave"]


def named(key: str) -> str:
    """Return the displayed name of a control or metric.

    Examples
    --------
    >>> named("word_form"), named("random_model.0")
    ('word form', 'random model 0')
    """
    return key.replace("_", " ").replace(".", " ")


def meaning(table: Table, key: str) -> str:
    """Return the meaning of a control; empty for one that the tables do not have."""
    control = row_of(table, key)
    return control.meaning if control else ""


def column(table: Table, key: str) -> Column:
    """Return a control's column heading and its explanation."""
    return Column(named(key), meaning(table, key))


def draw(key: str) -> bool:
    """Tell whether a key names one draw or seed of several."""
    head, _, number = key.rpartition(".")
    return bool(head) and number.isdecimal()


def kinds(table: Table, found: Iterable[str]) -> list[str]:
    """Return distinct names: those in the table first, in its order."""
    keys = dict.fromkeys(found)
    known = [key for control in chosen(table) for key in keys if family(table, key) == control.name]
    return known + [key for key in keys if key not in known]


def explained(table: Table, found: Iterable[str]) -> list[tuple[str, str]]:
    """Return the displayed name and the meaning of the controls behind these keys."""
    return [(named(name), meaning(table, name)) for name in kinds(table, (family(table, key) for key in found))]


def outcome(margin: Margin) -> str:
    """Return the outcome of a margin in words, with the margin and its interval."""
    found = margin.outcome or MISSING
    word = f"equal within {number(margin.within)}" if found == "equal" else found
    return f"{word}: {signed(margin.value)} {interval(margin.ci)}"


def that_leave(table: Table, verdict: str) -> str:
    """List the rivals that leave a claim with this verdict unless beaten."""
    shown = [named(control.name) for control in rivals(table) if control.unbeaten == verdict]
    return " or ".join([*([", ".join(shown[:-1])] if shown[:-1] else []), *shown[-1:]])

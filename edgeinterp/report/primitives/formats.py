"""Format numbers and foreign text for display. Only the number of decimals is computed here."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

__all__ = [
    "MISSING",
    "count",
    "interval",
    "number",
    "p_value",
    "percent",
    "ranges",
    "setting",
    "signed",
    "significant",
    "visible",
]

MISSING = "–"


def number(value: float | None, digits: int = 3) -> str:
    """Return ``value`` with ``digits`` decimals, or a dash where there is none.

    Examples
    --------
    >>> number(0.96851), number(-0.0001), number(None)
    ('0.969', '0.000', '–')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def significant(value: float | None, digits: int = 3) -> str:
    """Return a number of any size with at least ``digits`` significant digits, and marks at thousands.

    Examples
    --------
    >>> significant(12345.6), significant(1.234), significant(0.001234), significant(None)
    ('12,346', '1.23', '0.00123', '–')
    """
    if value is None or not math.isfinite(value):
        return MISSING
    size = math.floor(math.log10(abs(value))) if value else 0
    return f"{value:,.{max(0, digits - 1 - size)}f}"


def signed(value: float | None, digits: int = 3) -> str:
    """Return a difference with its sign.

    Examples
    --------
    >>> signed(0.0123), signed(-0.2), signed(0.0001)
    ('+0.012', '-0.200', '0.000')
    """
    text = number(value, digits)
    return f"+{text}" if text != MISSING and float(text) > 0 else text


def interval(bounds: tuple[float, float] | None, digits: int = 3) -> str:
    """Return ``[lower, upper]``, or a dash where there is none.

    Examples
    --------
    >>> interval((0.95, 0.98))
    '[0.950, 0.980]'
    """
    if bounds is None or not all(math.isfinite(bound) for bound in bounds):
        return MISSING
    return f"[{number(bounds[0], digits)}, {number(bounds[1], digits)}]"


def p_value(p: float | None) -> str:
    """Return a p-value with three decimals, or as many as its first significant one needs: never as 0.

    Examples
    --------
    >>> p_value(1 / 1001), p_value(0.0213), p_value(1 / 20001)
    ('0.001', '0.021', '0.00005')
    """
    if p is None or not math.isfinite(p):
        return MISSING
    # the allowance shows 1 / 1001 as 0.001, not as 0.0010
    digits = 3 if p <= 0 else max(3, math.ceil(-math.log10(p) - 0.01))
    return f"{p:.{digits}f}"


def percent(share: float | None) -> str:
    """Return a share as a whole percentage, or a dash where there is none.

    Examples
    --------
    >>> percent(0.964), percent(None)
    ('96 %', '–')
    """
    text = number(None if share is None else 100 * share, 0)
    return text if text == MISSING else f"{text} %"


def count(value: int) -> str:
    """Return a whole number with marks at thousands.

    Examples
    --------
    >>> count(12345)
    '12,345'
    """
    return f"{value:,}"


def ranges(values: Iterable[int]) -> str:
    """Return whole numbers with runs abbreviated.

    Examples
    --------
    >>> ranges([1, 2, 3, 5, 7, 8])
    '1 to 3, 5, 7, 8'
    """
    runs: list[list[int]] = []
    for value in sorted(set(values)):
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    parts = (f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
    return ", ".join(parts)


def setting(value: Any) -> str:
    """Return the value of a setting in words.

    Examples
    --------
    >>> setting(True), setting(None), setting(["raw", "linear"]), setting(0.05)
    ('yes', 'not set', 'raw, linear', '0.05')
    """
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(setting(part) for part in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def visible(text: str) -> str:
    r"""Return ``text`` with invisible characters written out: escape codes, text direction marks, lone surrogates.

    A path or a token may hold anything. A terminal would obey an escape code, and a lone surrogate (an undecodable byte
    of a path) cannot be encoded.

    Examples
    --------
    >>> visible("plain"), visible("\x1b[31mred")
    ('plain', '\\x1b[31mred')
    """
    if text.isprintable():
        return text
    return "".join(_seen(character) for character in text)


def _seen(character: str) -> str:
    if character.isprintable():
        return character
    if character.isspace():
        return " "
    return character.encode("unicode_escape").decode("ascii")

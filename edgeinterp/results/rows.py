"""A result as a table with one row per verdict: list, pandas or polars frame, one line, small HTML table."""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import Any

from ..errors import InputError
from .shared import Interval, Verdict

__all__ = ["COLUMNS", "Tabular"]

_TEXTS = (
    "check", "kind", "contrast", "method", "claim", "verdict", "statistic", "closest_rival", "outcome", "because",
    "reason",
)  # fmt: skip
COLUMNS = (
    "check", "kind", "layer", "contrast", "method", "claim", "verdict", "statistic", "value", "low", "high",
    "p_adjusted", "closest_rival", "margin", "margin_low", "margin_high", "outcome", "borderline", "by_definition",
    "because", "reason",
)  # fmt: skip
# headings of the small table, and the row keys below each
_SHOWN = ("claim", "verdict", "statistic", "interval", "adjusted p", "closest rival", "margin", "because")


class Tabular:
    """Tables and a short repr for every result with verdicts."""

    verdicts: list[Verdict]

    def to_rows(self) -> list[dict[str, Any]]:
        """Return one dict per verdict, of texts, numbers and None.

        Returns
        -------
        list of dict
            Keys ``check``, ``kind``, ``layer`` (of attention or hidden states, see ``kind``), ``contrast``, ``method``,
            ``claim``, ``verdict``; ``statistic``, ``value``, ``low`` and ``high`` (its interval), ``p_adjusted``;
            ``closest_rival``, ``margin``, ``margin_low``, ``margin_high``, ``outcome``; ``borderline``,
            ``by_definition``; ``because``, and ``reason`` where a number is None. The fields of ``Verdict``, flat.
        """
        return [_row(verdict) for verdict in self.verdicts]

    def to_frame(self) -> Any:
        """Return the rows of ``to_rows`` as a frame of pandas or, where that is not installed, of polars.

        Raises
        ------
        InputError
            Where neither is installed.
        """
        try:
            import pandas as pd
        except ImportError:
            return _polars_frame(self.to_rows())
        # an empty column keeps its type too, so that frames of several results can be set below each other
        types = {name: "float64" for name in COLUMNS if name not in _TEXTS} | {
            "layer": "Int64",
            "borderline": "bool",
            "by_definition": "bool",
        }
        return pd.DataFrame(self.to_rows(), columns=list(COLUMNS), dtype="object").astype(types)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'; '.join(filter(None, [self._named(), *_counted(self.verdicts)]))})"

    def _named(self) -> str:
        """Return the name of the model, where the result has one."""
        return ""

    def _repr_html_(self) -> str:
        """Return a small table of all verdicts, for notebooks; all content is escaped."""
        head = "".join(f"<th>{name}</th>" for name in _SHOWN)
        body = "".join(f"<tr>{_cells(verdict)}</tr>" for verdict in self.verdicts)
        return (
            f"<table><caption>{escape(repr(self))}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def _row(verdict: Verdict) -> dict[str, Any]:
    margin = verdict.margin
    low, high = verdict.ci or (None, None)
    margin_low, margin_high = (margin and margin.ci) or (None, None)
    found: dict[str, Any] = {"low": low, "high": high, "margin": margin and margin.value}
    found |= {"margin_low": margin_low, "margin_high": margin_high, "outcome": margin and margin.outcome}
    return {name: found[name] if name in found else getattr(verdict, name) for name in COLUMNS}


def _polars_frame(rows: list[dict[str, Any]]) -> Any:
    try:
        import polars as pl
    except ImportError:
        raise InputError(
            "to_frame: needs pandas or polars, and neither is installed; pip install pandas, or take to_rows()"
        ) from None
    types = (
        dict.fromkeys(COLUMNS, pl.Float64)
        | dict.fromkeys(_TEXTS, pl.String)
        | {"layer": pl.Int64, "borderline": pl.Boolean, "by_definition": pl.Boolean}
    )
    return pl.DataFrame(rows, schema=types)


def _counted(verdicts: list[Verdict]) -> list[str]:
    """Return how many verdicts of each kind every check gave; what holds by definition is counted apart."""
    words: dict[str, Counter[str]] = {}
    for verdict in verdicts:
        word = "by definition" if verdict.by_definition else verdict.verdict
        words.setdefault(verdict.check, Counter())[word] += 1
    told = [
        f"{check} {', '.join(f'{number} {word}' for word, number in found.items())}" for check, found in words.items()
    ]
    return told or ["no verdict"]


def _cells(verdict: Verdict) -> str:
    margin = verdict.margin
    statistic = "" if verdict.statistic is None else f"{verdict.statistic} {_number(verdict.value)}"
    shown = (
        verdict.claim, verdict.verdict, statistic, _interval(verdict.ci), _number(verdict.p_adjusted),
        verdict.closest_rival or "", "" if margin is None else f"{_number(margin.value)} {_interval(margin.ci)}",
        verdict.because,
    )  # fmt: skip
    return "".join(f"<td>{escape(text)}</td>" for text in shown)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"


def _interval(ci: Interval) -> str:
    return "" if ci is None else f"{_number(ci[0])} to {_number(ci[1])}"

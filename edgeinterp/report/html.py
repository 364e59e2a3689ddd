"""A result as one HTML file that opens anywhere: it makes no request, and needs its script for examples alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from markupsafe import Markup

from ..results.result import Result
from .page import asset, environment, policy
from .primitives.formats import MISSING, count, number, setting
from .primitives.tables import Cell, Column, Overview, Row, Table
from .primitives.words import VERDICTS, device_line, level, model_line, model_name, smallest_p, verdict_counts
from .sections import SECTIONS, Section

__all__ = ["render"]

Pair = tuple[str, Cell]


def render(result: Result) -> str:
    """Return the report of ``result``: one self-contained HTML page.

    All content from texts, tokens, files or models is escaped. The page's content security policy allows its own script
    and style, by their hashes, and nothing else.

    Parameters
    ----------
    result : Result
        The result to show. No number is computed here.

    Returns
    -------
    str
        The page.
    """
    style, script = asset("report.css"), asset("report.js") + asset("sentence.js")
    checks = [_check(name, section, result) for name, section in SECTIONS.items() if name in result.checks]
    page = environment().get_template("report.html.j2")
    return page.render(
        result=result,
        style=Markup(style),
        script=Markup(script),
        policy=policy(style, script),
        checks=checks,
        others=[verdict for verdict in result.verdicts if verdict.check not in SECTIONS],
        model=model_name(result.model),
        facts=_facts(result),
        level=level(result),
        permutations=sorted({check["overview"].permutations for check in checks} - {None}) or [result.permutations],
        words=VERDICTS,
        total=_total([check["overview"] for check in checks]),
    )


def _total(overviews: list[Overview]) -> Table | None:
    """Count the verdicts of each kind for every check, where there are several checks."""
    if len(overviews) < 2:
        return None
    columns = [Column(f"{word.symbol} {name}") for name, word in VERDICTS.items()]
    rows = [Row(one.name, [Cell(str(number)) for number in verdict_counts(one).values()]) for one in overviews]
    return Table("Verdicts of every check", "check", columns, rows)


def _check(name: str, section: Section, result: Result) -> dict[str, Any]:
    shown = {"name": name, "template": section.template, "limits": section.limits}
    return {**shown, "overview": section.overview(result), **section.details(result)}


def _facts(result: Result) -> list[tuple[str, list[Pair]]]:
    """Return the circumstances of the run as named lists."""
    model, device = result.model, result.device
    return [
        (
            "Model",
            _pairs([("path", model.path), ("shape", model_line(model)), ("sha256", model.sha256)]),
        ),
        ("Settings", _pairs(_settings(result))),
        (
            "Device",
            _pairs([("machine", device_line(device)), ("onnxruntime", device.onnxruntime), ("numba", device.numba)]),
        ),
        ("Time", [(_name(name), Cell(_seconds(value))) for name, value in result.timings.items()]),
        ("Memory", [(_name(name), Cell(_megabytes(value))) for name, value in result.memory.items()]),
    ]


def _settings(result: Result) -> Iterable[tuple[str, str]]:
    yield "seed", str(result.seed)
    yield "alpha", setting(result.alpha)
    yield "permutations", f"{count(result.permutations)} (smallest attainable p {smallest_p(result.permutations)})"
    taken = {"seed", "alpha", "permutations"}
    for name, value in result.settings.items():
        if name not in taken:
            yield name.replace("_", " "), setting(value)


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[Pair]:
    return [(name, Cell(value or MISSING)) for name, value in pairs]


def _name(key: str) -> str:
    return key.removesuffix("_s").removesuffix("_mb").replace("_", " ")


def _seconds(value: float) -> str:
    text = number(value, 2)
    return text if text == MISSING else f"{text} s"


def _megabytes(value: float | None) -> str:
    text = number(value, 0)
    return text if text == MISSING else f"{text} MB"

"""A comparison as one self-contained HTML page, in the style of the report."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ...comparing.result import Comparison, Worst
from ...runtime.writing import write_whole
from ..page import asset, environment, policy
from ..primitives.formats import MISSING, number, setting
from ..primitives.svg import Line, LinePlot, Point
from ..primitives.tables import Cell
from ..primitives.words import VERDICTS, device_line, level_of, model_line, model_name
from . import tables

__all__ = ["render", "write_comparison_html"]

Pair = tuple[str, Cell]


def write_comparison_html(found: Comparison, path: str | Path) -> None:
    """Write the page of ``found`` to ``path``, whole or not at all.

    Raises
    ------
    InputError
        Where the file cannot be written.
    """
    write_whole(Path(path), render(found))


def render(found: Comparison) -> str:
    """Return the page of ``found``; all content from texts, tokens, files or models is escaped."""
    style = asset("report.css") + asset("comparison.css")
    level = level_of(found.alpha)
    part = found.activations
    checks = [
        {"name": name, "pairs": pairs, "table": tables.verdicts(pairs), "statistics": tables.statistics(pairs)}
        for name, pairs in ((name, list(group)) for name, group in groupby(found.verdicts, key=lambda one: one.check))
    ]
    return environment().get_template("comparison.html.j2").render(
        found=found,
        style=Markup(style),
        policy=policy(style, ""),
        names={name: model_name(found.model[name]) for name in ("a", "b")},
        lines={name: model_line(found.model[name]) for name in ("a", "b")},
        answer=tables.answer(found),
        checks=checks,
        subject=tables.subject,
        flips=tables.FLIPS,
        words=VERDICTS,
        level=level,
        facts=_facts(found),
        activations=None if part is None else _activations(found, level),
    )  # fmt: skip


def _activations(found: Comparison, level: str) -> dict[str, Any]:
    part = found.activations
    assert part is not None
    return {
        "data": tables.data(part),
        "onsets": tables.onset_lines(part),
        "notes": part.notes,
        "states": tables.hidden_states(part, level),
        "attentions": tables.attentions(part, level),
        "heads": tables.heads(part),
        "plots": [plot for plot in (_states_plot(found), _attentions_plot(found)) if not plot[1].empty],
        "worst": _worst(found),
    }


def _line(name: str, kind: str, values: list[tuple[int, float | None, Any]]) -> Line:
    points = [
        Point(layer, value, ci, f"{name}, {layer}: {number(value, 4)}")
        for layer, value, ci in values
        if value is not None
    ]
    return Line(name, points, kind)


def _lowest(lines: list[Line]) -> float:
    """Return the start of the vertical axis: differences near 1 would be a flat line on an axis from 0."""
    least = min((point.y for line in lines for point in line.points), default=0.0)
    return 0.9 if least >= 0.9 else 0.5 if least >= 0.5 else 0.0


def _states_plot(found: Comparison) -> tuple[str, LinePlot]:
    assert found.activations is not None
    states = found.activations.hidden_states
    lines = [
        _line("cosine", "cosine", [(s.layer, s.cosine.mean, s.cosine.ci) for s in states]),
        _line("worst", "worst", [(s.layer, s.cosine.worst.value if s.cosine.worst else None, None) for s in states]),
        _line("CKA", "cka", [(s.layer, s.cka, None) for s in states]),
    ]
    return "states", LinePlot(
        title="Hidden states side by side",
        description="Mean and worst cosine, and linear CKA, by hidden state. The numbers stand in the table below.",
        x_label="hidden state",
        y_label="likeness",
        lines=[line for line in lines if line.points],
        y_range=(_lowest(lines), 1.0),
    )


def _attentions_plot(found: Comparison) -> tuple[str, LinePlot]:
    assert found.activations is not None
    layers = found.activations.attentions
    lines = [
        _line("agreement", "agreement", [(a.attention_layer, a.agreement.mean, a.agreement.ci) for a in layers]),
        _line("JS", "js", [(a.attention_layer, a.js.mean, a.js.ci) for a in layers]),
    ]
    return "attentions", LinePlot(
        title="Attentions side by side",
        description="Share of queries that attend most to the same token, and mean Jensen-Shannon divergence in bits, "
        "by attention layer. The numbers stand in the table below.",
        x_label="attention layer",
        y_label="share, bits",
        lines=[line for line in lines if line.points],
    )


def _worst(found: Comparison) -> list[tuple[str, Worst]]:
    """Return the text with the worst last hidden state, and the text with the worst attention."""
    assert found.activations is not None
    part = found.activations
    places: list[tuple[str, Worst]] = []
    lowest = [
        (s.cosine.worst.value, f"hidden state {s.layer}", s.cosine.worst) for s in part.hidden_states if s.cosine.worst
    ]
    largest = [(a.js.worst.value, f"attention {a.attention_layer}", a.js.worst) for a in part.attentions if a.js.worst]
    by_value: Callable[[tuple[float, str, Worst]], float] = lambda item: item[0]  # noqa: E731
    if lowest:
        value, where, worst = min(lowest, key=by_value)
        places.append((f"Lowest cosine, {number(value, 4)}, {where}", worst))
    if largest:
        value, where, worst = max(largest, key=by_value)
        places.append((f"Largest divergence, {number(value, 4)} bits, {where}, head {worst.head}", worst))
    return places


def _facts(found: Comparison) -> list[tuple[str, list[Pair]]]:
    models = [
        (f"Model {name}", [("path", found.model[name].path), ("shape", model_line(found.model[name])),
                           ("sha256", found.model[name].sha256), ("device", device_line(found.device[name])),
                           ("onnxruntime", found.device[name].onnxruntime)])
        for name in ("a", "b")
    ]  # fmt: skip
    settings = [("seed", str(found.seed)), ("alpha", setting(found.alpha))]
    settings += [(name, setting(value)) for name, value in found.settings.items() if name not in ("seed", "alpha")]
    times = [
        (name.removesuffix("_s").replace("_", " "), f"{number(value, 1)} s") for name, value in found.timings.items()
    ]
    memory = [(name.removesuffix("_mb"), f"{number(value, 0)} MB") for name, value in found.memory.items() if value]
    named = [*models, ("Settings", settings), ("Time", times), ("Memory", memory)]
    return [(title, [(name.replace("_", " "), Cell(text or MISSING)) for name, text in rows]) for title, rows in named]

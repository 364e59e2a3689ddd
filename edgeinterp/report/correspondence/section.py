"""The section on correspondence: verdict rows, the answer in words, the plot and the example."""

from __future__ import annotations

from typing import Any

from ...results.correspondence import verdicts as thresholds
from ...results.correspondence.result import CorrespondenceResult, LayerCorrespondence, MapScores, TokenScore
from ...results.result import Result
from ...results.shared import Verdict
from ...runtime.counting import counted
from ..primitives.formats import interval, number, p_value
from ..primitives.svg import Line, LinePlot, Point
from ..primitives.tables import Cell, Column, Overview, VerdictRow
from ..primitives.words import answer, level
from . import tables
from .example import example_data, example_table

__all__ = ["details", "overview"]

NAME = "correspondence"
REFERENCE = "hidden state 0 is the reference of all others, so it is not tested itself"
_ANSWERS = {
    "supported": "may be read token to token",
    "weakened": "only with reservations",
    "unsupported": "may not",
    "undecided": "could not be decided with these texts",
}


def overview(result: Result) -> Overview:
    """Return the verdict on every attention layer with the numbers of the hidden state that it reads."""
    part = _part(result)
    verdicts = [verdict for verdict in result.verdicts if verdict.check == NAME]
    columns = [
        Column("reads", "the hidden state that this attention layer reads"),
        Column("linear", "identification by the linear map"),
        Column(f"{level(result)} interval", "of the linear identification"),
        Column("centred", "identification by the centred map"),
        Column("raw", "identification without a map"),
        Column("chance", "of the linear identification"),
        Column("adj. p", "adjusted p of the linear identification"),
    ]
    return Overview(
        name=NAME,
        question="May attention be read token to token?",
        answer=answer(
            [(v.verdict, v.attention_layer) for v in verdicts], "attention layer", "layer", _ANSWERS, _why_none(part)
        ),
        reading="Each attention layer reads the hidden state before it. The numbers describe that state: the share of "
        "tokens that still retrieve their own token (identification), after a fitted linear map, centred, and raw.",
        data=_data(part),
        subject="attention",
        columns=columns,
        rows=[_row(verdict, part) for verdict in verdicts],
        permutations=part.permutations,
    )


def details(result: Result) -> dict[str, Any]:
    """Return the details for the page."""
    part = _part(result)
    context: dict[str, Any] = {
        "part": part,
        "dominant": thresholds.DOMINANT,
        "follows_content": thresholds.FOLLOWS_CONTENT,
        "plot": _plot(part),
        "scores": tables.scores(part, REFERENCE),
        "controls": tables.controls(part),
        "lengths": tables.lengths(part),
        "example": None,
    }
    if part.example is not None and part.example.layers and part.example.tokens:
        context["example"] = example_data(part.example)
        context["example_table"] = example_table(part.example)
    return context


def _part(result: Result) -> CorrespondenceResult:
    part = result.correspondence()
    if part is None:
        raise KeyError(NAME)
    return part


def _why_none(part: CorrespondenceResult) -> str:
    """Say why no layer was judged, where none was."""
    token = _token(part.layers[0], "linear") if part.layers else None
    return (token.reason if token else None) or "no attention layer was measured"


def _data(part: CorrespondenceResult) -> str:
    cut = f"; {counted(part.truncated, 'longer text', spec=',')} truncated" if part.truncated else ""
    cut += f"; {counted(part.repeated, 'repeated text', spec=',')} left out" if part.repeated else ""
    return (
        f"{counted(part.evaluated_tokens, 'token', spec=',')} of {counted(part.texts, 'text', spec=',')} evaluated; "
        f"the linear map was fitted on {counted(part.fit_tokens, 'token', spec=',')} of other texts{cut}"
    )


def _row(verdict: Verdict, part: CorrespondenceResult) -> VerdictRow:
    attention = verdict.attention_layer
    subject = "all" if attention is None else str(attention)
    state = next((layer for layer in part.layers if attention is not None and layer.layer == attention - 1), None)
    cells = _cells(state) if state else [Cell("–")] * 7
    return VerdictRow(subject, verdict.claim, verdict.verdict, verdict.because, cells)


def _cells(state: LayerCorrespondence) -> list[Cell]:
    linear = _token(state, "linear")
    reason = REFERENCE if state.layer == 0 else None
    cells = [Cell(str(state.layer))]
    if linear is None:
        cells += [Cell("–")] * 2
    else:
        cells += [
            Cell(number(linear.identification), linear.reason),
            Cell(interval(linear.ci), linear.reason or reason),
        ]
    for name in ("centred", "raw"):
        token = _token(state, name)
        cells.append(Cell(number(token.identification), token.reason) if token else Cell("–"))
    if linear is None:
        return cells + [Cell("–")] * 2
    return [
        *cells,
        Cell(number(linear.chance), linear.reason),
        Cell(p_value(linear.p_adjusted), linear.reason or reason),
    ]


def _token(state: LayerCorrespondence, name: str) -> TokenScore | None:
    scores: MapScores | None = state.maps.get(name)
    return scores.token if scores else None


def _plot(part: CorrespondenceResult) -> LinePlot:
    lines = [_line(part, name) for name in tables.MAPS if any(name in state.maps for state in part.layers)]
    chances = [_reference(part, name, "chance") for name in tables.MAPS]
    ceiling = _reference(part, "linear", "ceiling")
    return LinePlot(
        title="Identification by hidden state",
        description="Share of tokens whose hidden state retrieves a token of the same id, by map. "
        "The tables below have the numbers.",
        x_label="hidden state",
        y_label="identification",
        lines=lines,
        x_range=(part.layers[0].layer, part.layers[-1].layer) if part.layers else None,
        references=[Line("ceiling", ceiling, "ceiling"), *(Line("chance", chance, "chance") for chance in chances)],
    )


def _line(part: CorrespondenceResult, name: str) -> Line:
    points = []
    for state in part.layers:
        token = _token(state, name)
        if token is not None and token.identification is not None:
            label = f"hidden state {state.layer}, {name}: {number(token.identification)} {interval(token.ci)}"
            points.append(Point(state.layer, token.identification, token.ci, label))
    return Line(name, points, name)


def _reference(part: CorrespondenceResult, name: str, score: str) -> list[Point]:
    points = []
    for state in part.layers:
        token = _token(state, name)
        value = getattr(token, score) if token else None
        if value is not None:
            points.append(
                Point(state.layer, value, None, f"hidden state {state.layer}, {name}, {score}: {number(value)}")
            )
    return points

"""The section on correspondence: verdict rows, the answer in words, the plot and the example."""

from __future__ import annotations

from typing import Any

from ...results.correspondence import verdicts as thresholds
from ...results.correspondence.result import CorrespondenceResult, LayerCorrespondence, MapScores, TokenScore
from ...results.result import Result
from ...results.rule import delta_of
from ...results.shared import Verdict
from ...runtime.counting import counted
from ..primitives.formats import interval, number, ranges
from ..primitives.svg import Line, LinePlot, Point
from ..primitives.tables import Cell, Column, Overview, VerdictRow
from ..primitives.words import answer, level, random_weights
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
        Column("share", "how much of that state is its token: 0 by chance, 1 where nothing else counts"),
        Column(f"{level(result)} interval", "of the share"),
        Column("standardised", "share with dimensions at unit variance"),
        Column("kappa", "how well the best of three maps finds the token: 0 by chance, 1 always"),
        Column("random", f"share of a model with {random_weights(result)}: what the architecture alone gives"),
    ]
    return Overview(
        name=NAME,
        question="May attention be read token to token?",
        answer=_answer(verdicts, part),
        reading="Each attention layer reads the hidden state before it. The numbers are of that state: how much of it "
        "is its token (share), and how surely a map finds the token in it (kappa).",
        data=_data(part),
        subject="attention",
        columns=columns,
        rows=[_row(verdict, part) for verdict in verdicts],
        permutations=part.permutations,
        summary=_beside_random(part, random_weights(result)),
    )


def _beside_random(part: CorrespondenceResult, weights: str) -> list[str]:
    """Say what may be concluded from whether the tokens of a random model are as recoverable."""
    delta = delta_of("kappa")
    found = [
        (state.layer, state.recoverable.kappa - state.random_model[0].kappa)
        for state in part.layers[1:]
        if state.random_model and state.random_model[0].kappa is not None and state.recoverable.kappa is not None
    ]
    if not found:
        return []
    alike = [layer for layer, margin in found if margin < delta]
    if not alike:
        return [
            f"In a model with {weights} tokens are less recoverable at every hidden state (kappa lower by {delta:g} or "
            "more; its maps are fitted on fewer tokens). What differs from random is what training adds."
        ]
    return [
        f"In a model with {weights}, which never learned, tokens are as recoverable at hidden "
        f"state{'s' if len(alike) > 1 else ''} {ranges(alike)} (kappa lower by less than {delta:g}, or higher): there, "
        "recoverability alone is no sign of learning (arXiv 2510.15511). What differs from random is what training "
        "adds."
    ]


def _answer(verdicts: list[Verdict], part: CorrespondenceResult) -> str:
    """Return verdicts counted in words; what holds by definition is named, and not counted."""
    tested = [(v.verdict, v.attention_layer) for v in verdicts if not v.by_definition]
    named = [v.attention_layer for v in verdicts if v.by_definition]
    if not named:
        return answer(tested, "attention layer", "layer", _ANSWERS, _why_none(part))
    first = "Attention layer 1 may be read token to token by definition: it reads the input embeddings."
    return (
        f"{first} {answer(tested, 'further attention layer', 'layer', _ANSWERS, _why_none(part))}" if tested else first
    )


def details(result: Result) -> dict[str, Any]:
    """Return the details for the page."""
    part = _part(result)
    context: dict[str, Any] = {
        "part": part,
        "thresholds": thresholds,
        "plot": _plot(part),
        "shares": tables.shares(part),
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
    cells = _cells(state, part) if state else [Cell("–")] * 6
    return VerdictRow(
        subject, verdict.claim, verdict.verdict, verdict.because, cells, by_definition=verdict.by_definition
    )


def _cells(state: LayerCorrespondence, part: CorrespondenceResult) -> list[Cell]:
    one, best = state.share, state.recoverable
    random = state.random_model[0].share if state.random_model else None
    return [
        Cell(str(state.layer)),
        Cell(number(one.value), one.reason),
        Cell(interval(one.ci), one.reason),
        Cell(number(one.standardised), one.reason),
        Cell(number(best.kappa), best.reason),
        Cell(number(random), part.random_reason),
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

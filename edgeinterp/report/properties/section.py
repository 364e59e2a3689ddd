"""The section on properties: verdict rows, the answer in words and the plot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...results.controls import family
from ...results.properties.controls import CLUSTERS, CONTROLS, ERASED, OVER_EMBEDDINGS, PERMUTED, ROTATED, UPPER_BOUND
from ...results.properties.result import LayerProperties, LeftOut, PropertiesResult
from ...results.result import Result
from ...results.shared import Verdict
from ...runtime.counting import counted
from ..primitives.controls import column, draw, explained, kinds, named, that_leave
from ..primitives.formats import MISSING, count, interval, number, p_value, signed, visible
from ..primitives.svg import Line, LinePlot, Point
from ..primitives.tables import Cell, Column, Overview, Row, Table, VerdictRow
from ..primitives.words import answer, level
from . import sets, tables
from .features import features
from .words import MAPPINGS, METRICS, rivals_of

__all__ = ["details", "overview"]

NAME = "properties"
SHOWN_NAMES = 5
_ANSWERS = {
    "supported": "may be read for these properties",
    "weakened": "only with reservations",
    "unsupported": "may not",
    "undecided": "could not be decided with these norms",
}
_PLOTTED = {"score", "another", *(control.name for control in CONTROLS)}


def overview(result: Result) -> Overview:
    """Return the verdict on every hidden state with its score, its strongest rivals and its upper bound."""
    part = _part(result)
    verdicts = [verdict for verdict in result.verdicts if verdict.check == NAME]
    rivals = tables.families(part)
    clustered = any(state.clusters is not None for state in part.layers)
    return Overview(
        name=NAME,
        question="May these properties be read from hidden states?",
        answer=answer([(v.verdict, v.hidden_state) for v in verdicts], "hidden state", "state", _ANSWERS),
        reading=_reading(part, rivals, clustered),
        data=_data(part),
        subject="hidden state",
        columns=_columns(level(result), rivals, clustered),
        rows=[_row(verdict, part, rivals, clustered) for verdict in verdicts],
        permutations=part.permutations,
        label="Norms",
        units="concepts",
        remarks=[*part.notes, *_clusters(part), *_gains(part), *_erased(part), *_left_out(part.left_out)],
        summary=sets.lines(part),
    )


def details(result: Result) -> dict[str, Any]:
    """Return the details for the page."""
    part = _part(result)
    found = [key for state in part.layers for key in (*state.nulls, *state.rivals, *state.references)]
    found += [OVER_EMBEDDINGS.name for state in part.layers if state.over_embeddings is not None]
    return {
        "part": part,
        "metric": METRICS.get(part.metric, part.metric),
        "mapping": MAPPINGS.get(part.mapping, part.mapping),
        "plot": _plot(part),
        "margins": tables.margins(part),
        "rivals": tables.rivals(part),
        "draws": tables.draws(part),
        "clusters": tables.clusters(part),
        "gains": tables.gains(part),
        "rotated": tables.rotated(part),
        "context": tables.context(part),
        "metrics": tables.metrics(part),
        "features": features(part),
        "left_out": _left_out_table(part.left_out),
        "several": sets.tables(part),
        "controls": explained(CONTROLS, found),
        "weakening": that_leave(CONTROLS, "weakened"),
    }


def _part(result: Result) -> PropertiesResult:
    part = result.properties()
    if part is None:
        raise KeyError(NAME)
    return part


def _reading(part: PropertiesResult, rivals: list[str], clustered: bool) -> str:
    several = [name for name in rivals if any(draw(key) for state in part.layers for key in rivals_of(state, name))]
    largest = f" Of several draws ({', '.join(map(named, several))}) the largest is shown." if several else ""
    beside = [
        "the score of the same procedure on permuted norms",
        *(["the scores of rival explanations"] if rivals else []),
        *(["the score with whole clusters of concepts held out"] if clustered else []),
    ]
    return (
        f"The score is {METRICS.get(part.metric, part.metric)}. Beside it: {', '.join(beside)}.{largest} The hidden "
        f"states build on each other, so these rows are not independent findings."
    )


def _data(part: PropertiesResult) -> str:
    without = f"; {counted(len(part.left_out), 'concept', spec=',')} left out" if part.left_out else ""
    shape = (
        f"{counted(part.concepts, 'concept', spec=',')} with {counted(part.features, 'feature', spec=',')} "
        f"({part.source})"
    )
    return f"{shape}; mapping {part.mapping}, metric {part.metric}{without}"


def _clusters(part: PropertiesResult) -> list[str]:
    """State the clusters that are held out as wholes."""
    found = part.clusters
    return [] if found is None else [f"clusters that are held out as wholes: {found.count}, {found.made_of}"]


def _gains(part: PropertiesResult) -> list[str]:
    """State what each hidden state adds to hidden state 0, or why that is not known."""
    found = [(state.layer, state.over_embeddings) for state in part.layers if state.over_embeddings is not None]
    shown = [
        f"{layer}: {signed(gain.value)} {interval(gain.ci)}, adj. p {p_value(gain.p_adjusted)}"
        for layer, gain in found
        if gain.value is not None
    ]
    reasons = dict.fromkeys(f"{named(OVER_EMBEDDINGS.name)}: {gain.reason}" for _, gain in found if gain.reason)
    added = f"{named(OVER_EMBEDDINGS.name)}, what hidden states add to hidden state 0: {'; '.join(shown)}"
    return [*([added] if shown else []), *reasons]


def _erased(part: PropertiesResult) -> list[str]:
    """State the score of each hidden state without each confound."""
    found = []
    for name in (control.name for control in ERASED):
        scores = [(state.layer, state.references.get(name)) for state in part.layers]
        shown = [f"{layer}: {number(one.score)}" for layer, one in scores if one is not None and one.score is not None]
        if shown:
            found.append(f"score {named(name)}, by hidden state: {'; '.join(shown)}")
    return found


def _left_out(parts: list[LeftOut]) -> list[str]:
    """Say how many concepts were left out for each reason, with the first names."""
    reasons: dict[str, list[str]] = {}
    for part in parts:
        reasons.setdefault(part.reason, []).append(part.concept)
    remarks = []
    for reason, names in reasons.items():
        more = f" and {count(len(names) - SHOWN_NAMES)} more" if len(names) > SHOWN_NAMES else ""
        which = counted(len(names), "concept was", "concepts were", ",")
        shown = ", ".join(f"“{name}”" for name in names[:SHOWN_NAMES])
        remarks.append(f"{which} left out ({reason}): {shown}{more}")
    return remarks


def _left_out_table(parts: list[LeftOut]) -> Table:
    rows = [Row(part.concept, [Cell(part.reason)]) for part in parts]
    return Table("Concepts left out", "concept", [Column("reason")], rows)


def _columns(at: str, rivals: list[str], clustered: bool) -> list[Column]:
    return [
        Column("score", "the reported metric"),
        Column(f"{at} interval", "of the score, over concepts"),
        Column(named(PERMUTED.name), "mean score when the concepts' norms are permuted"),
        *(column(CONTROLS, name) for name in rivals),
        *([column(CONTROLS, CLUSTERS.name)] if clustered else []),
        Column("adj. p", "adjusted p of the score"),
    ]


def _row(verdict: Verdict, part: PropertiesResult, rivals: list[str], clustered: bool) -> VerdictRow:
    subject = "all" if verdict.hidden_state is None else str(verdict.hidden_state)
    state = next((state for state in part.layers if state.layer == verdict.hidden_state), None)
    cells = _cells(state, rivals, clustered) if state else [Cell(MISSING)] * (4 + len(rivals) + clustered)
    return VerdictRow(subject, verdict.claim, verdict.verdict, verdict.because, cells)


def _cells(state: LayerProperties, rivals: list[str], clustered: bool) -> list[Cell]:
    return [
        Cell(number(state.score), state.reason),
        Cell(interval(state.ci), state.reason),
        tables.permuted(state),
        *(tables.largest(state, name) for name in rivals),
        *([tables.over_clusters(state)] if clustered else []),
        Cell(p_value(state.p_adjusted), state.reason),
    ]


def _plot(part: PropertiesResult) -> LinePlot:
    rivals = sorted({key for state in part.layers for key in state.rivals})
    nulls = kinds(CONTROLS, (key for state in part.layers for key in state.nulls))
    score = [
        Point(s.layer, s.score, s.ci, f"hidden state {s.layer}, score: {number(s.score)} {interval(s.ci)}")
        for s in part.layers
        if s.score is not None
    ]
    single = [
        _line(part, key, lambda state, key: state.rivals.get(key)) for key in kinds(CONTROLS, rivals) if not draw(key)
    ]
    return LinePlot(
        title="Score by hidden state, with every null, rival and the upper bound",
        description="The reported metric at each hidden state, beside the scores of controls. The tables below "
        "have the numbers.",
        x_label="hidden state",
        y_label=named(part.metric),
        lines=[Line("score", score, "score"), *single],
        references=[
            *(
                _line(part, control.name, lambda state, key: state.references.get(key))
                for control in (UPPER_BOUND, ROTATED)
            ),
            _line(part, CLUSTERS.name, lambda state, _key: state.clusters),
            *(_line(part, key, lambda state, key: state.rivals.get(key)) for key in rivals if draw(key)),
            *(_line(part, key, lambda state, key: state.nulls.get(key)) for key in nulls),
        ],
        y_range=(0.0, 0.05),
        x_range=(part.layers[0].layer, part.layers[-1].layer) if part.layers else None,
    )


def _line(part: PropertiesResult, key: str, find: Callable[[LayerProperties, str], Any]) -> Line:
    """Return one control's scores; draws of one rival share name and kind, so that they look and are labelled alike."""
    points = []
    for state in part.layers:
        found = find(state, key)
        if found is not None and found.score is not None:
            label = f"hidden state {state.layer}, {visible(named(key))}: {number(found.score)}"
            points.append(Point(state.layer, found.score, None, label))
    name = family(CONTROLS, key)
    return Line(visible(named(name)), points, name if name in _PLOTTED else "another")

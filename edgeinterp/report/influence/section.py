"""The section on influence: verdict rows, the answer in words, the plot, the maps and the sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...results.influence import verdicts as thresholds
from ...results.influence.controls import DISTANCE, FOREIGN_TEXT, PROFILE
from ...results.influence.result import Agreement, InfluenceResult, LayerInfluence, ReferenceAgreement, RivalAgreement
from ...results.result import Result
from ...results.shared import Verdict
from ...runtime.counting import counted
from ..primitives.controls import named
from ..primitives.formats import MISSING, count, interval, number
from ..primitives.svg import Line, LinePlot, Point
from ..primitives.tables import Cell, Column, Overview, VerdictRow
from ..primitives.words import answer, level, random_weights
from . import readings, tables
from .sentence import sentence

__all__ = ["details", "overview"]

NAME = "influence"
_ANSWERS = {
    "supported": "may be read as influence",
    "weakened": "only with reservations",
    "unsupported": "may not",
    "undecided": "could not be decided with these texts",
}


def overview(result: Result) -> Overview:
    """Return the verdicts on mean attention, rollout and the head that the user named, with their numbers."""
    part = _part(result)
    verdicts = [verdict for verdict in result.verdicts if verdict.check == NAME]
    columns = [
        Column("rho", "rank correlation with influence, mean over rows and texts"),
        Column(f"{level(result)} interval", "of rho, over texts"),
        *tables.GAIN_AND_PAIR,
        tables.RANDOM_PAIR,
    ]
    return Overview(
        name=NAME,
        question="Does attention follow the influence of each token?",
        answer=_answer(verdicts),
        reading="The influence of a token is the change at every other position when it is replaced. rho compares the "
        "order of replaced tokens by attention with their order by influence; gain is what attention adds to the order "
        "by signed distance; pair is whether attention knows for whom a token matters, not only that it does.",
        data=_data(part, random_weights(result)),
        subject="attention",
        columns=columns,
        rows=[_row(verdict, part) for verdict in verdicts],
        permutations=part.permutations,
        remarks=part.notes,
        summary=readings.lines(part),
    )


def details(result: Result) -> dict[str, Any]:
    """Return the details for the page."""
    part = _part(result)
    return {
        "part": part,
        "fewest": thresholds.FEWEST_TEXTS,
        "plot": _plot(part),
        "heads_map": tables.heads_map(part),
        "margins": tables.margins(part),
        "summaries": tables.summaries(part),
        "best": tables.best(part),
        "sentence": sentence(result, part),
        "recommended": readings.lines(part),
        "queries": readings.queries(part),
        "readings": readings.meanings(part),
    }


def _part(result: Result) -> InfluenceResult:
    part = result.influence()
    if part is None:
        raise KeyError(NAME)
    return part


def _is_rollout(verdict: Verdict) -> bool:
    return verdict.claim.startswith("rollout")


def _is_head(verdict: Verdict) -> bool:
    return verdict.claim.startswith("head")


def _answer(verdicts: list[Verdict]) -> str:
    mean = [v for v in verdicts if not _is_rollout(v) and not _is_head(v)]
    parts = [answer([(v.verdict, v.attention_layer) for v in mean], "attention layer", "layer", _ANSWERS)]
    rollout = [(v.verdict, v.attention_layer) for v in verdicts if _is_rollout(v)]
    if rollout:
        parts.append(f"Rollout: {answer(rollout, 'layer', 'layer', _ANSWERS)}")
    return " ".join(parts)


def _data(part: InfluenceResult, weights: str) -> str:
    draws = f", {part.draws} draws each" if part.draws > 1 else ""
    cut = f"; {count(part.truncated)} of the texts truncated" if part.truncated else ""
    sampled = counted(part.texts, "text", spec=",")
    if part.sampled_from is not None:
        sampled = f"{count(part.texts)} of {counted(part.sampled_from, 'text', spec=',')}"
    random = f"; {counted(part.random_models, 'random model')} ({weights}), on {count(part.random_texts)} of them"
    cut += random if part.random_models else ""
    return (
        f"a sample of {sampled}, of at most {counted(part.longest, 'token')}; "
        f"{counted(part.positions, 'token', spec=',')} replaced ({part.replacement}{draws}){cut}"
    )


def _row(verdict: Verdict, part: InfluenceResult) -> VerdictRow:
    layer = next((layer for layer in part.layers if layer.attention_layer == verdict.attention_layer), None)
    subject = str(verdict.attention_layer)
    found: tuple[Agreement, dict[str, RivalAgreement]] | None = None
    if _is_head(verdict) and part.head is not None:
        subject = f"head {part.head.attention_layer}.{part.head.head}"
        found = part.head.agreement, part.head.rivals
    elif layer is not None and _is_rollout(verdict):
        subject, found = f"rollout {subject}", (layer.rollout, layer.rollout.rivals)
    elif layer is not None:
        found = layer.attention, layer.attention.rivals
    cells = [Cell(MISSING)] * 7 if found is None else _cells(*found)
    return VerdictRow(subject, verdict.claim, verdict.verdict, verdict.because, cells)


def _cells(found: Agreement, rivals: dict[str, RivalAgreement]) -> list[Cell]:
    return [
        Cell(number(found.rho), found.reason),
        Cell(interval(found.ci), found.reason),
        *tables.gain_and_pair(found),
        tables.random_pair(rivals),
    ]


def _plot(part: InfluenceResult) -> LinePlot:
    return LinePlot(
        title="Rank correlation with influence, by attention layer",
        description="Mean attention and rollout, with intervals, beside the profile of offsets and nearness with the "
        "same influence, and attention with the influence in other texts. The numbers stand in the tables below.",
        x_label="attention layer",
        y_label="rank correlation (rho)",
        lines=[
            _line(part, "mean attention", "attention", lambda layer: layer.attention),
            _line(part, "rollout", "rollout", lambda layer: layer.rollout),
        ],
        references=[
            _thin(part, PROFILE.name, lambda layer: _score(layer.attention.rivals.get(PROFILE.name))),
            *(_thin(part, one.name, _reference(one.name)) for one in (DISTANCE, FOREIGN_TEXT)),
        ],
        x_range=(1, len(part.layers)) if part.layers else None,
    )


def _line(part: InfluenceResult, name: str, kind: str, find: Callable[[LayerInfluence], Agreement]) -> Line:
    points = []
    for layer in part.layers:
        found = find(layer)
        if found.rho is not None:
            label = f"attention layer {layer.attention_layer}, {name}: {number(found.rho)} {interval(found.ci)}"
            points.append(Point(layer.attention_layer, found.rho, found.ci, label))
    return Line(name, points, kind)


def _reference(name: str) -> Callable[[LayerInfluence], float | None]:
    return lambda layer: layer.attention.references.get(name, ReferenceAgreement(None)).rho


def _score(rival: RivalAgreement | None) -> float | None:
    return None if rival is None else rival.score


def _thin(part: InfluenceResult, name: str, find: Callable[[LayerInfluence], float | None]) -> Line:
    """Return what puts rho in context, without interval."""
    shown, points = named(name), []
    for layer in part.layers:
        value = find(layer)
        if value is not None:
            label = f"attention layer {layer.attention_layer}, {shown}: {number(value)}"
            points.append(Point(layer.attention_layer, value, None, label))
    return Line(shown, points, name)

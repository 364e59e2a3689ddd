"""The section on explanation methods: verdict rows, the answer in words, margins, and one text with every method."""

from __future__ import annotations

from typing import Any

from ...results.controls import family
from ...results.judge.controls import CEILING, CONTROLS
from ...results.judge.result import JudgedMethod, JudgedText, JudgeResult
from ...results.result import Result
from ...results.shared import Verdict
from ...runtime.counting import counted
from ..primitives.controls import column, explained, kinds, named, outcome, that_leave
from ..primitives.formats import MISSING, interval, number, p_value
from ..primitives.heatmap import HeatMap
from ..primitives.tables import Cell, Column, Overview, Row, Table, VerdictRow
from ..primitives.words import VERDICTS, level

__all__ = ["details", "overview"]

NAME = "judge"
_ANSWERS = {
    "supported": "{} order{} tokens by their effect",
    "weakened": "{} only with reservations",
    "unsupported": "{} do{} not",
    "undecided": "{} could not be decided with these texts",
}


def overview(result: Result) -> Overview:
    """Return the verdict on every method with its rank correlation and its rivals'."""
    part = _part(result)
    verdicts = [verdict for verdict in result.verdicts if verdict.check == NAME]
    rivals = _families(part)
    return Overview(
        name=NAME,
        question=f"Which explanation methods order tokens by their effect on {part.target}?",
        answer=_answer(verdicts),
        reading=_reading(part),
        data=f"{counted(part.texts, 'text')}, {counted(part.tokens, 'token', spec=',')}, each replaced by "
        f"{2 * part.draws} random tokens",
        subject="method",
        columns=_columns(level(result), rivals),
        rows=[_row(verdict, part, rivals) for verdict in verdicts],
        permutations=part.permutations,
        remarks=part.notes,
    )


def details(result: Result) -> dict[str, Any]:
    """Return the details for the page."""
    part = _part(result)
    keys = [key for one in part.methods for key in one.rivals]
    return {
        "part": part,
        "numbers": _numbers(part),
        "margins": _margins(part),
        "map": None if part.example is None else _map(part.example),
        "controls": [*explained(CONTROLS, keys), (named(CEILING.name), CEILING.meaning)],
        "refuting": that_leave(CONTROLS, "unsupported"),
        "weakening": that_leave(CONTROLS, "weakened"),
    }


def _part(result: Result) -> JudgeResult:
    part = result.judge()
    if part is None:
        raise KeyError(NAME)
    return part


def _answer(verdicts: list[Verdict]) -> str:
    if not verdicts:
        return "No method was judged."
    parts = []
    for name in VERDICTS:
        own = [verdict.method or "" for verdict in verdicts if verdict.verdict == name]
        if own:
            one = len(own) == 1
            ending = {"supported": "s" if one else "", "unsupported": "es" if one else ""}.get(name, "")
            parts.append(f"{_ANSWERS[name].format(len(own), ending)} ({', '.join(own)})")
    if not any(verdict.verdict == "supported" for verdict in verdicts):
        parts.insert(0, "none is shown to order tokens by their effect")
    return f"Of {counted(len(verdicts), 'method')}, {'; '.join(parts)}."


def _reading(part: JudgeResult) -> str:
    repeat = number(part.reliability, 2)
    return (
        "rho is the rank correlation of a method's scores with how much the target changes when each token is replaced "
        f"by random tokens of the texts, mean over texts; effects correlate by {repeat} with those of other replacing "
        "tokens, and the root of that is the ceiling. Beside it: rho as a part of the ceiling, and rho of rivals; of "
        f"places, the largest.{_signs(part)}"
    )


def _signs(part: JudgeResult) -> str:
    """Say which methods are compared with signs, where only some are."""
    own = [one.method for one in part.methods if one.signed]
    if not own:
        return ""
    return (
        f" {', '.join(own)}: with the signs of effects (ceiling {number(part.signed_reliability, 2)}); others by size."
    )


def _families(part: JudgeResult) -> list[str]:
    return kinds(CONTROLS, (family(CONTROLS, key) for one in part.methods for key in one.rivals))


def _columns(at: str, rivals: list[str]) -> list[Column]:
    return [
        Column("rho", "rank correlation of scores and effects, mean over texts"),
        Column(f"{at} interval", "of rho, over texts"),
        Column("of ceiling", "rho over the root of the effects' reliability: 1 is what exact effects would reach"),
        *(column(CONTROLS, name) for name in rivals),
        Column("adj. p", "p of rho against scores of other texts, adjusted for all methods"),
    ]


def _row(verdict: Verdict, part: JudgeResult, rivals: list[str]) -> VerdictRow:
    found = next((one for one in part.methods if one.method == verdict.method), None)
    if found is None:
        return VerdictRow(
            verdict.method or "all", verdict.claim, verdict.verdict, verdict.because,
            [Cell(MISSING)] * (4 + len(rivals)),
        )  # fmt: skip
    cells = [
        Cell(number(found.rho), found.reason),
        Cell(interval(found.ci, 2), found.reason),
        Cell(number(found.share_of_ceiling.value, 2), found.share_of_ceiling.reason),
        *(_largest(found, name) for name in rivals),
        Cell(p_value(found.p_adjusted), found.reason),
    ]
    return VerdictRow(found.method, verdict.claim, verdict.verdict, verdict.because, cells)


def _largest(found: JudgedMethod, name: str) -> Cell:
    own = [one for key, one in found.rivals.items() if family(CONTROLS, key) == name]
    scores = [one.rho for one in own if one.rho is not None]
    return Cell(number(max(scores, default=None)), next((one.reason for one in own if one.reason), None))


def _numbers(part: JudgeResult) -> Table:
    columns = [
        Column("whose", "ours: made by edgeinterp"),
        Column("signs", "compared, or scores and effects by their size"),
        Column("rho", "rank correlation with effects, mean over texts"),
        Column("of other texts", "mean rho with effects in texts of like length: what place in the text gives"),
        Column("of ceiling", "rho over the root of the effects' reliability"),
        Column("interval", "of that share, over texts"),
        Column(
            "insertion",
            "change of the target while the highest scores alone are kept, as a share of that of replacing all: less "
            "is better",
        ),
        Column("deletion", "the same while the highest scores are replaced: more is better"),
        Column("p", "for this method alone"),
        Column("adjusted p", "for all methods"),
        Column("matched", "scores that belong to tokens of the model"),
        Column("unmatched", "scores that belong to none"),
    ]
    rows = [
        Row(
            one.method,
            [
                Cell("ours" if one.own else "given"),
                Cell("compared" if one.signed else "size"),
                Cell(number(one.rho), one.reason),
                Cell(number(one.chance), one.reason),
                Cell(number(one.share_of_ceiling.value, 2), one.share_of_ceiling.reason),
                Cell(interval(one.share_of_ceiling.ci, 2), one.share_of_ceiling.reason),
                Cell(number(one.insertion), "no text was changed"),
                Cell(number(one.deletion), "no text was changed"),
                Cell(p_value(one.p), one.reason),
                Cell(p_value(one.p_adjusted), one.reason),
                Cell(_count(one.matched), "ours are of the model's tokens"),
                Cell(_count(one.unmatched), "ours are of the model's tokens"),
            ],
        )
        for one in part.methods
    ]
    return Table("Every method's numbers", "method", columns, rows)


def _count(value: int | None) -> str:
    return MISSING if value is None else f"{value:,}"


def _margins(part: JudgeResult) -> Table:
    keys = list(dict.fromkeys(key for one in part.methods for key in one.rivals))
    rows = [
        Row(one.method, [_margin(one, key) for key in keys]) for one in part.methods
    ]  # fmt: skip
    return Table(
        "Margins: rho minus the rival's, with its interval", "method", [Column(named(key)) for key in keys], rows
    )


def _margin(found: JudgedMethod, key: str) -> Cell:
    rival = found.rivals.get(key)
    if rival is None or rival.margin is None:
        return Cell(MISSING, None if rival is None else rival.reason)
    return Cell(outcome(rival.margin))


def _map(example: JudgedText) -> HeatMap:
    """Draw every method's scores of one text beside the effects, each row as a share of its largest."""
    rows = {"effect": example.effects, **example.scores}
    return HeatMap(
        title="One text, every method",
        description="Scores of each token by each method, as shares of its largest; effects in the first row.",
        row_label="method",
        column_label="token",
        row_names=list(rows),
        column_names=example.tokens,
        values=[_shares(values) for values in rows.values()],
        low=-1.0,
        high=1.0,
        centre=0.0,
        legend="Share of the row's largest score; with a bar below: negative",
        missing_meaning="special token, or not replaced",
        digits=2,
    )


def _shares(values: list[float | None]) -> list[float | None]:
    most = max((abs(value) for value in values if value is not None), default=0.0) or 1.0
    return [None if value is None else value / most for value in values]

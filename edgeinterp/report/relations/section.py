"""The section on relations: verdict rows, the answer in words, tables and maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...results.relations.controls import CONTROLS
from ...results.relations.result import Contrast, PairLeftOut, RelationsResult
from ...results.result import Result
from ...results.shared import Verdict
from ...runtime.counting import counted
from ..primitives.controls import column, explained, that_leave
from ..primitives.formats import MISSING, count, interval, number, p_value
from ..primitives.tables import Cell, Column, Overview, Row, Table, VerdictRow
from ..primitives.words import VERDICTS, level
from . import tables
from .sentence import pair

__all__ = ["answer", "details", "left_out_remarks", "overview"]

NAME = "relations"
SHOWN_PAIRS = 3
_ANSWERS = {
    "supported": "attention carries the relation in {}",
    "weakened": "only with reservations in {}",
    "unsupported": "not in {}",
    "undecided": "{} could not be decided with these pairs",
}


def overview(result: Result) -> Overview:
    """Return the verdict on every contrast with its AUC and its rivals' AUCs."""
    part = _part(result)
    verdicts = [verdict for verdict in result.verdicts if verdict.check == NAME]
    rivals = tables.families(part)
    positives = {contrast.positive for contrast in part.contrasts}
    subject = f"{next(iter(positives))} against" if len(positives) == 1 else "contrast"
    return Overview(
        name=NAME,
        question="Does attention between two words carry their relation?",
        answer=answer(verdicts, _ANSWERS, "attention carries the relation in none"),
        reading=_reading(part, rivals, shared=len(positives) == 1),
        data=_data(part),
        subject=subject,
        columns=_columns(level(result), rivals),
        rows=[_row(verdict, part, rivals, subject) for verdict in verdicts],
        permutations=part.permutations,
        label="Pairs",
        units="categories",
        remarks=[*part.notes, *left_out_remarks(part.left_out)],
    )


def details(result: Result) -> dict[str, Any]:
    """Return the details for the page."""
    part = _part(result)
    found = [key for contrast in part.contrasts for key in (*contrast.rivals, *contrast.references)]
    return {
        "part": part,
        "context": tables.context(part),
        "margins": tables.margins(part),
        "rivals": tables.rivals(part),
        "templates": tables.templates(part),
        "maps": [(contrast.name, tables.heads(part, contrast)) for contrast in part.contrasts],
        "strongest": _strongest(part),
        "pair": pair(part),
        "left_out": _left_out_table(part.left_out),
        "controls": explained(CONTROLS, found),
        "refuting": that_leave(CONTROLS, "unsupported"),
        "weakening": that_leave(CONTROLS, "weakened"),
    }


def _part(result: Result) -> RelationsResult:
    part = result.relations()
    if part is None:
        raise KeyError(NAME)
    return part


def answer(verdicts: list[Verdict], answers: Mapping[str, str], nowhere: str) -> str:
    """Say in how many contrasts what holds; ``nowhere`` begins where none is supported."""
    if not verdicts:
        return "No contrast was judged."
    parts = []
    for name in VERDICTS:
        own = [verdict.contrast or "all" for verdict in verdicts if verdict.verdict == name]
        if own:
            parts.append(f"{answers[name].format(len(own))} ({', '.join(own)})")
    if not any(verdict.verdict == "supported" for verdict in verdicts):
        parts.insert(0, nowhere)
    return f"Of {counted(len(verdicts), 'contrast')}: {'; '.join(parts)}."


def _reading(part: RelationsResult, rivals: list[str], shared: bool) -> str:
    several = any("." in key for contrast in part.contrasts for key in contrast.rivals)
    largest = " Of several random models or choices of other places the largest AUC is shown." if several else ""
    dependent = " The contrasts share the pairs of one relation: these rows are not independent findings."
    beside = " Beside it: the AUC of rival explanations." if rivals else ""
    return (
        "The AUC says how well attention between the two words, over all layers and heads, tells one relation from "
        "the other in categories of words that were held out; .5 is chance, and a rival below .5 counts as .5."
        f"{beside}{largest}{dependent if shared else ''}"
    )


def _data(part: RelationsResult) -> str:
    without = f"; {counted(len(part.left_out), 'pair', spec=',')} left out" if part.left_out else ""
    own = f"each in its own text ({counted(part.texts, 'text', spec=',')})"
    many = own if part.texts else counted(len(part.templates), "template")
    source = f" ({part.source})" if part.source else ""
    pairs, categories = counted(part.pairs, "pair", spec=","), counted(part.categories, "category", "categories", ",")
    return f"{pairs} of {categories}{source}, {many}{without}"


def left_out_remarks(parts: list[PairLeftOut]) -> list[str]:
    """Say how many pairs were left out for each reason, with the first of them."""
    reasons: dict[str, list[str]] = {}
    for part in parts:
        # the word itself is already named before the reason
        reasons.setdefault(part.reason.rpartition(": ")[2], []).append(f"{part.word1}, {part.word2}")
    remarks = []
    for reason, names in reasons.items():
        more = f" and {count(len(names) - SHOWN_PAIRS)} more" if len(names) > SHOWN_PAIRS else ""
        which = counted(len(names), "pair was", "pairs were", ",")
        remarks.append(f"{which} left out ({reason}): {'; '.join(names[:SHOWN_PAIRS])}{more}")
    return remarks


def _left_out_table(parts: list[PairLeftOut]) -> Table:
    rows = [Row(f"{part.word1}, {part.word2}", [Cell(part.reason)]) for part in parts]
    return Table("Pairs left out", "pair", [Column("reason")], rows)


def _columns(at: str, rivals: list[str]) -> list[Column]:
    return [
        Column("AUC", "within held-out categories"),
        Column(f"{at} interval", "of the AUC, over categories"),
        *(column(CONTROLS, name) for name in rivals),
        Column("adj. p", "adjusted p of the AUC"),
    ]


def _row(verdict: Verdict, part: RelationsResult, rivals: list[str], subject: str) -> VerdictRow:
    contrast = next((contrast for contrast in part.contrasts if contrast.name == verdict.contrast), None)
    if contrast is None:
        cells = [Cell(MISSING)] * (3 + len(rivals))
        return VerdictRow(verdict.contrast or "all", verdict.claim, verdict.verdict, verdict.because, cells)
    shown = contrast.negative if subject != "contrast" else contrast.name
    return VerdictRow(shown, verdict.claim, verdict.verdict, verdict.because, _cells(contrast, rivals))


def _cells(contrast: Contrast, rivals: list[str]) -> list[Cell]:
    return [
        Cell(number(contrast.auc), contrast.reason),
        Cell(interval(contrast.ci), contrast.reason),
        *(tables.largest(contrast, name) for name in rivals),
        Cell(p_value(contrast.p_adjusted), contrast.reason),
    ]


def _strongest(part: RelationsResult) -> list[str]:
    """Name, for each contrast, the single head that separates the relations best, and how many other heads do."""
    said = []
    for contrast in part.contrasts:
        heads = [head for head in contrast.heads if head.auc is not None]
        if not heads:
            continue
        best = max(heads, key=lambda head: abs((head.auc or 0.5) - 0.5))
        found = sum(head.p_adjusted is not None and head.p_adjusted <= part.alpha for head in heads)
        more = "more" if (best.auc or 0.0) > 0.5 else "less"
        said.append(
            f"{contrast.name}: head {best.head} of layer {best.attention_layer}, {tables.DIRECTIONS[best.direction]}, "
            f"has {more} attention in {contrast.positive} (AUC {number(best.auc)}, adjusted p "
            f"{p_value(best.p_adjusted)}); {found} of {len(heads)} heads and directions have an adjusted p of at most "
            f"{part.alpha:g}"
        )
    return said

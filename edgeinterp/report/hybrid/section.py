"""The section on attention and properties together: verdict rows, the answer in words, gains, controls."""

from __future__ import annotations

from typing import Any

from ...results.controls import family
from ...results.hybrid.controls import BLOCKS, CONTROLS, IN_SENTENCE, SIDES
from ...results.hybrid.result import Gain, HybridContrast, HybridResult
from ...results.result import Result
from ...results.shared import Verdict
from ...runtime.counting import counted
from ..primitives.controls import explained, kinds, named, outcome
from ..primitives.formats import MISSING, count, interval, number, p_value, signed
from ..primitives.tables import Cell, Column, Overview, Row, Table, VerdictRow
from ..primitives.words import level
from ..relations.section import answer, left_out_remarks
from .bars import BarsOfParts

__all__ = ["details", "overview"]

NAME = "hybrid"
HEAD = "contrast"
_ANSWERS = {
    "supported": "together they say more than each alone in {}",
    "weakened": "only with reservations in {}",
    "unsupported": "not in {}",
    "undecided": "{} could not be decided with these pairs",
}


def overview(result: Result) -> Overview:
    """Return the verdict on every contrast, with what attention and properties add."""
    part = _part(result)
    verdicts = [verdict for verdict in result.verdicts if verdict.check == NAME]
    return Overview(
        name=NAME,
        question="Do attention and human properties of the words, together, say more of their relation?",
        answer=answer(verdicts, _ANSWERS, "together they say more than each alone in none"),
        reading=(
            "AUC: how well words, properties and attention together tell one relation from the other in categories "
            "that were held out. The gains are what is lost without attention, and without the properties. The "
            "contrasts share the pairs of one relation: these rows are not independent findings."
        ),
        data=_data(part),
        subject=HEAD,
        columns=[
            Column("AUC", "of words, properties and attention together"),
            Column("attention adds", "AUC with attention less that without it"),
            Column(f"its {level(result)} interval", "over categories"),
            Column("properties add", "AUC with the properties less that without them"),
            Column(f"their {level(result)} interval", "over categories"),
            Column("adj. p", "adjusted p of the AUC"),
        ],
        rows=[_row(verdict, part) for verdict in verdicts],
        permutations=part.permutations,
        label="Pairs",
        units="categories",
        remarks=[*part.notes, *left_out_remarks(part.left_out)],
    )


def details(result: Result) -> dict[str, Any]:
    """Return the details for the page."""
    part = _part(result)
    found = [key for contrast in part.contrasts for key in contrast.controls]
    return {
        "part": part,
        "bars": BarsOfParts(part.contrasts),
        "nested": _nested(part),
        "margins": [table for side in SIDES if (table := _margins(part, side)).columns],
        "controls": [*explained(CONTROLS, found), (named(IN_SENTENCE.name), IN_SENTENCE.meaning)],
    }


def _part(result: Result) -> HybridResult:
    part = result.hybrid()
    if part is None:
        raise KeyError(NAME)
    return part


def _data(part: HybridResult) -> str:
    without = f"; {counted(part.without_norms, 'pair', spec=',')} without properties" if part.without_norms else ""
    source = f" ({part.norms_source})" if part.norms_source else ""
    pairs, categories = counted(part.pairs, "pair", spec=","), counted(part.categories, "category", "categories", ",")
    features = counted(part.features, "property", "properties", ",")
    return f"{pairs} of {categories}, {features}{source}{without}"


def _row(verdict: Verdict, part: HybridResult) -> VerdictRow:
    contrast = next((one for one in part.contrasts if one.name == verdict.contrast), None)
    name = verdict.contrast or "all"
    if contrast is None:
        return VerdictRow(name, verdict.claim, verdict.verdict, verdict.because, [Cell(MISSING)] * 6)
    cells = [
        Cell(number(contrast.together.auc), contrast.together.reason),
        *(cell for side in SIDES for cell in _gain(contrast, contrast.gains.get(side))),
        Cell(p_value(contrast.together.p_adjusted), contrast.together.reason),
    ]
    return VerdictRow(name, verdict.claim, verdict.verdict, verdict.because, cells)


def _gain(contrast: HybridContrast, gain: Gain | None) -> list[Cell]:
    if gain is None:
        return [Cell(MISSING, contrast.together.reason)] * 2
    return [Cell(signed(gain.value)), Cell(interval(gain.ci))]


def _nested(part: HybridResult) -> Table:
    """Return the AUC of each set of blocks, how many pairs there are, and the p-values of the gains."""
    columns = [
        Column("pairs", "pairs of the two relations whose words have properties"),
        Column("categories", "held out, flipped and resampled as wholes"),
        *(Column(name, meaning) for name, meaning in BLOCKS.items()),
        Column("flipped", "mean AUC of WSA when the relations of categories change places by chance"),
        Column("p", "how often flips reach as much as WSA, for this contrast alone"),
        Column("p of attention", "adjusted p of what attention adds: signs of categories' gains dealt by chance"),
        Column("p of properties", "the same of what properties add"),
        Column("both say it", "what attention and properties each add to words, and the other adds as well"),
    ]
    return Table("AUC of blocks, alone and together", HEAD, columns, [_nested_row(one) for one in part.contrasts])


def _nested_row(contrast: HybridContrast) -> Row:
    whole = contrast.together
    flipped = None if whole.auc is None or whole.excess is None else whole.auc - whole.excess
    texts = [
        count(whole.pairs),
        count(whole.categories),
        *(number(contrast.auc.get(blocks)) for blocks in BLOCKS),
        number(flipped),
        p_value(whole.p),
        *(p_value(contrast.gains[side].p_adjusted if side in contrast.gains else None) for side in SIDES),
        signed(contrast.shared.value),
    ]
    return Row(contrast.name, [Cell(text, whole.reason) for text in texts])


def _margins(part: HybridResult, side: str) -> Table:
    """Return by how much the real attention, or the real properties, beat each control; of several draws, the least."""
    what = {"attention": "attention", "semantics": "the properties"}[side]
    every = (key for contrast in part.contrasts for key in contrast.controls)
    names = kinds(CONTROLS, (family(CONTROLS, key) for key in every if family(CONTROLS, key) in SIDES[side]))
    rows = [Row(contrast.name, [_margin(contrast, name) for name in names]) for contrast in part.contrasts]
    caption = f"In the place of {what}: AUC minus that with the control, with its interval"
    return Table(caption, HEAD, [Column(named(name)) for name in names], rows)


def _margin(contrast: HybridContrast, name: str) -> Cell:
    found = [rival for key, rival in contrast.controls.items() if family(CONTROLS, key) == name]
    judged = [rival.margin for rival in found if rival.margin is not None and rival.margin.ci is not None]
    if not judged:
        return Cell(MISSING, next((rival.reason for rival in found if rival.reason), contrast.together.reason))
    return Cell(outcome(min(judged, key=lambda margin: margin.ci[0] if margin.ci else 0.0)))

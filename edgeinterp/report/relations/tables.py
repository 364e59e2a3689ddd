"""The tables and maps on relations: rivals and other places, margins, context, single templates, single heads."""

from __future__ import annotations

from ...results.controls import family
from ...results.relations.controls import CONTROLS, ELSEWHERE, LICENSED, is_place
from ...results.relations.result import Contrast, RelationRival, RelationsResult
from ..primitives.controls import column, draw, kinds, named, outcome
from ..primitives.formats import MISSING, count, interval, number, p_value, ranges, signed, visible
from ..primitives.heatmap import HeatMap
from ..primitives.tables import Cell, Column, Row, Table

__all__ = ["context", "families", "heads", "largest", "margins", "rivals", "templates"]

HEAD = "contrast"
DIRECTIONS = {"1->2": "from word1 to word2", "2->1": "from word2 to word1"}


def families(part: RelationsResult) -> list[str]:
    """Return the rivals that were asked for, and other places; seeds and choices of places of one counted once."""
    return kinds(CONTROLS, (family(CONTROLS, key) for contrast in part.contrasts for key in _against(contrast)))


def _against(contrast: Contrast) -> dict[str, RelationRival]:
    """Return what the contrast is set against: rivals, and other places of the sentence."""
    return {**contrast.rivals, **{key: one for key, one in contrast.references.items() if is_place(key)}}


def _rows(part: RelationsResult) -> list[str]:
    """Return the same with choices of places apart, seeds of one rival counted once."""
    return kinds(CONTROLS, (_row(key) for contrast in part.contrasts for key in _against(contrast)))


def _row(key: str) -> str:
    """Return the column name of a rival: seeds share one, choices of places do not."""
    return family(CONTROLS, key) if draw(key) else key


def _own(contrast: Contrast, name: str) -> list[RelationRival]:
    return [rival for key, rival in _against(contrast).items() if name in (family(CONTROLS, key), _row(key))]


def largest(contrast: Contrast, name: str) -> Cell:
    """Return the AUC of a rival: of several seeds or choices of places, the largest."""
    found = _own(contrast, name)
    scores = [rival.auc for rival in found if rival.auc is not None]
    reason = next((rival.reason for rival in found if rival.reason), None)
    return Cell(number(max(scores, default=None)), f"{named(name)}: {reason}" if reason else contrast.reason)


def rivals(part: RelationsResult) -> Table:
    """Return what each rival reaches, and other places; of several seeds, the range."""
    names = _rows(part)
    rows = [Row(contrast.name, [_range(contrast, name) for name in names]) for contrast in part.contrasts]
    return Table("Rivals and other places: AUC", HEAD, [column(CONTROLS, name) for name in names], rows)


def _range(contrast: Contrast, name: str) -> Cell:
    scores = sorted(rival.auc for rival in _own(contrast, name) if rival.auc is not None)
    if not scores or number(scores[0]) == number(scores[-1]):
        return largest(contrast, name)
    return Cell(f"{number(scores[0])} to {number(scores[-1])}")


def margins(part: RelationsResult) -> Table:
    """Return by how much each contrast beats each rival and other places; of several seeds, the least."""
    names = _rows(part)
    rows = [Row(contrast.name, [_margin(contrast, name) for name in names]) for contrast in part.contrasts]
    caption = "Margins: AUC minus the rival's (or minus .5 where that is less), with its interval"
    return Table(caption, HEAD, [Column(named(name)) for name in names], rows)


def _margin(contrast: Contrast, name: str) -> Cell:
    found = _own(contrast, name)
    judged = [rival for rival in found if _lower(rival) is not None]
    if not judged:
        return Cell(MISSING, next((rival.reason for rival in found if rival.reason), contrast.reason))
    least = min(judged, key=lambda rival: _lower(rival) or 0.0)
    if len(found) == 1:
        return Cell(_difference(least))
    beaten = sum(rival.outcome == "beaten" for rival in judged)
    found_least = _difference(least).removeprefix("beaten: ")
    return Cell(f"{beaten} of {len(found)} beaten{': ' if beaten == len(found) else '; least '}{found_least}")


def _lower(rival: RelationRival) -> float | None:
    return rival.margin.ci[0] if rival.margin and rival.margin.ci else None


def _difference(rival: RelationRival) -> str:
    return outcome(rival.margin) if rival.margin else MISSING


def context(part: RelationsResult) -> Table:
    """Return each contrast's AUC beside chance, accuracy, and the licensed layers."""
    columns = [
        Column("pairs", "pairs of the two relations, in categories that have both"),
        Column("categories", "held out, flipped and resampled as wholes"),
        Column("AUC", "area under the ROC curve within held-out categories"),
        Column("interval", "of the AUC, over categories"),
        Column("accuracy", "share of pairs on their side of 0; descriptive"),
        Column("flipped", "mean AUC when the relations of categories change places by chance"),
        Column("excess", "AUC minus that mean: the score without the optimism of the method"),
        Column("p", "how often flips reach as much, for this contrast alone"),
        Column("adjusted p", "p, corrected for the number of contrasts"),
        column(CONTROLS, LICENSED.name),
        Column("its layers", "the attention layers that may be read token to token"),
        Column("its adjusted p", "of the licensed layers' AUC"),
    ]
    return Table("AUC, chance and licensed layers", HEAD, columns, [_context(contrast) for contrast in part.contrasts])


def _context(contrast: Contrast) -> Row:
    flipped = None
    if contrast.auc is not None and contrast.excess is not None:
        flipped = contrast.auc - contrast.excess
    licensed = contrast.references.get(LICENSED.name)
    why = licensed.reason if licensed else None
    own = [
        Cell(count(contrast.pairs)),
        Cell(count(contrast.categories)),
        *(
            Cell(text, contrast.reason)
            for text in (
                number(contrast.auc),
                interval(contrast.ci),
                number(contrast.accuracy),
                number(flipped),
                signed(contrast.excess),
                p_value(contrast.p),
                p_value(contrast.p_adjusted),
            )
        ),
        Cell(number(licensed.auc if licensed else None), why),
        Cell(ranges(licensed.layers) if licensed and licensed.layers else MISSING, why),
        Cell(p_value(licensed.p_adjusted if licensed else None), why),
    ]
    return Row(contrast.name, own)


def templates(part: RelationsResult) -> list[Table]:
    """Return a table for each template: its AUC alone, and the better of the two AUCs elsewhere in it."""
    columns = [
        Column("AUC", "with this template alone"),
        Column("interval", "of the AUC, over categories"),
        Column("accuracy", "share of pairs on their side of 0"),
        column(CONTROLS, ELSEWHERE.name),
        Column(f"margin over {named(ELSEWHERE.name)}", "with its interval"),
    ]
    return [
        Table(visible(text), HEAD, columns, [_template(contrast, number) for contrast in part.contrasts])
        for number, text in enumerate(part.templates)
    ]


def _template(contrast: Contrast, at: int) -> Row:
    if at >= len(contrast.templates):
        return Row(contrast.name, [Cell(MISSING, contrast.reason)] * 5)
    found = contrast.templates[at]
    other = found.elsewhere
    cells = [
        Cell(number(found.auc)),
        Cell(interval(found.ci)),
        Cell(number(found.accuracy)),
        Cell(number(other.auc), other.reason),
        Cell(_difference(other), other.reason),
    ]
    return Row(contrast.name, cells)


def heads(part: RelationsResult, contrast: Contrast) -> list[HeatMap]:
    """Return a map of layers and heads for each direction in which attention varies."""
    maps = []
    for direction, words in DIRECTIONS.items():
        own = [head for head in contrast.heads if head.direction == direction]
        if not own:
            continue
        values: list[list[float | None]] = [[None] * part.heads for _ in range(part.layers)]
        marked = set()
        for head in own:
            at = (head.attention_layer - 1, head.head - 1)
            values[at[0]][at[1]] = head.auc
            if head.p_adjusted is not None and head.p_adjusted <= part.alpha:
                marked.add(at)
        maps.append(
            HeatMap(
                title=f"{contrast.name}: attention {words}",
                description=f"AUC of single heads' attention {words}, by attention layer and head. The same numbers "
                "stand in the table beside it.",
                row_label="attention layer",
                column_label="head",
                row_names=[str(layer) for layer in range(1, part.layers + 1)],
                column_names=[str(head) for head in range(1, part.heads + 1)],
                values=values,
                low=0.0,
                high=1.0,
                centre=0.5,
                marked=marked,
                legend=f"AUC of the head alone: above .5 more attention in {contrast.positive}, below .5 less",
                mark_meaning=f"adjusted p at most {part.alpha:g}",
                missing_meaning="this attention never varies",
            )
        )
    return maps

"""The tables on influence: margins over rivals, the map of heads, and where heads attend to."""

from __future__ import annotations

from ...results.controls import chosen
from ...results.influence.controls import CONTROLS, RANDOM_ATTENTION
from ...results.influence.result import (
    HeadInfluence,
    InfluenceResult,
    LayerInfluence,
    ReferenceAgreement,
    RivalAgreement,
)
from ...runtime.counting import counted
from ..primitives.controls import column, outcome
from ..primitives.formats import MISSING, interval, number, p_value
from ..primitives.heatmap import HeatMap
from ..primitives.tables import Cell, Column, Row, Table

__all__ = ["best", "heads_map", "margins", "shown", "summaries"]

HEAD = "attention layer"
_SUMMARY = {
    "entropy": "entropy of a row of attention, as a share of uniform attention's over the same keys",
    "self": "attention to the own position",
    "previous": "attention to the position before",
    "next": "attention to the position after",
    "special": "attention to special tokens",
}


def shown(part: InfluenceResult) -> list[str]:
    """Return the requested rivals."""
    return [one.name for one in chosen(CONTROLS) if any(one.name in layer.rivals for layer in part.layers)]


def margins(part: InfluenceResult) -> list[Table]:
    """Return the margins of mean attention and rollout over each rival, with the self share beside them."""
    names = shown(part)
    columns = [column(CONTROLS, name) for name in names]
    share = Column("self share", "the share of influence that a token has on its own position")
    random = [column(CONTROLS, RANDOM_ATTENTION.name)] if any(layer.references for layer in part.layers) else []
    attention, rollout = [], []
    for layer in part.layers:
        name = str(layer.attention_layer)
        cells = [*_margins(layer.rivals, names), *_random(layer.references, random), Cell(number(layer.self_share))]
        attention.append(Row(name, cells))
        rollout.append(Row(name, [*_margins(layer.rollout_rivals, names), *_random(layer.rollout_references, random)]))
    return [
        Table("Mean attention: margin over each rival, with its interval", HEAD, [*columns, *random, share], attention),
        Table("Rollout: margin over each rival, with its interval", HEAD, [*columns, *random], rollout),
    ]


def _random(references: dict[str, ReferenceAgreement], columns: list[Column]) -> list[Cell]:
    found = references.get(RANDOM_ATTENTION.name, ReferenceAgreement(None))
    return [Cell(number(found.rho), found.reason) for _ in columns]


def _margins(rivals: dict[str, RivalAgreement], names: list[str]) -> list[Cell]:
    return [_margin(rivals.get(name)) for name in names]


def _margin(rival: RivalAgreement | None) -> Cell:
    if rival is None or rival.margin is None or rival.margin.ci is None:
        return Cell(MISSING, rival.reason if rival else None)
    return Cell(outcome(rival.margin))


def heads_map(part: InfluenceResult) -> HeatMap:
    """Return rho by layer and head; outlined where rho exceeds that with other texts' influence."""
    heads = max((len(layer.heads) for layer in part.layers), default=0)
    marked = {
        (row, column)
        for row, layer in enumerate(part.layers)
        for column, head in enumerate(layer.heads)
        if head.p_adjusted is not None and head.p_adjusted <= part.alpha
    }
    return HeatMap(
        title="Rank correlation with influence, by layer and head",
        description="Each head's own attention. The numbers stand in the table of heads below.",
        row_label=HEAD,
        column_label="head",
        row_names=[str(layer.attention_layer) for layer in part.layers],
        column_names=[str(head + 1) for head in range(heads)],
        values=[[head.rho for head in layer.heads] for layer in part.layers],
        low=-1.0,
        high=1.0,
        centre=0.0,
        marked=marked,
        legend="Rank correlation (rho); with a bar below: negative.",
        mark_meaning=f"adjusted p at most {part.alpha:g}, over all heads of all layers",
    )


def summaries(part: InfluenceResult) -> Table:
    """Return where every head attends to."""
    columns = [
        Column("rho", "rank correlation of the head's attention with influence"),
        Column("interval", "of rho, over texts"),
        Column("adj. p", "corrected for all heads of all layers"),
        *(Column(name, meaning) for name, meaning in _SUMMARY.items()),
    ]
    rows = [_head(layer, head) for layer in part.layers for head in layer.heads]
    return Table("Heads: influence, and where their attention goes", "head", columns, rows)


def _head(layer: LayerInfluence, head: HeadInfluence) -> Row:
    summary = [getattr(head.summary, name) if head.summary else None for name in _SUMMARY]
    cells = [Cell(number(head.rho), head.reason), Cell(interval(head.ci), head.reason)]
    cells += [Cell(p_value(head.p_adjusted), head.reason), *(Cell(number(value, 2)) for value in summary)]
    return Row(f"{layer.attention_layer}.{head.head}", cells)


def best(part: InfluenceResult) -> str | None:
    """Say in a sentence which head was best, and how it scores on other texts."""
    found = part.best_head
    if found is None:
        return None
    return (
        f"The best head in one half of the texts is {found.attention_layer}.{found.head}: rho "
        f"{number(found.chosen_rho)} there, and {number(found.rho)} {interval(found.ci)} in the other half "
        f"({counted(found.texts, 'text')}), which had no say in choosing it."
    )

"""The tables on influence: margins over rivals, the map of heads, and where heads attend to."""

from __future__ import annotations

from ...results.controls import chosen, family
from ...results.influence.controls import CONTROLS, RANDOM_MODEL, RANDOM_PARTS
from ...results.influence.result import (
    Agreement,
    HeadInfluence,
    InfluenceResult,
    LayerInfluence,
    ReferenceAgreement,
    RivalAgreement,
)
from ...runtime.counting import counted
from ..primitives.controls import column, named, outcome
from ..primitives.formats import MISSING, interval, number, p_value
from ..primitives.heatmap import HeatMap
from ..primitives.tables import Cell, Column, Row, Table

__all__ = [
    "GAIN_AND_PAIR", "RANDOM_PAIR", "best", "gain_and_pair", "heads_map", "margin_cells", "margins", "random_pair",
    "shown", "summaries",
]  # fmt: skip

HEAD = "attention layer"
_SUMMARY = {
    "entropy": "entropy of a row of attention, as a share of uniform attention's over the same keys",
    "self": "attention to the own position",
    "previous": "attention to the position before",
    "next": "attention to the position after",
    "special": "attention to special tokens",
}


# headings of ``gain_and_pair``
GAIN_AND_PAIR = (
    Column(
        "gain over profile", "what a reading adds to the profile of offsets, in rank correlation, with its interval"
    ),
    Column("p of gain", "adjusted p"),
    Column("pair over salience", "correlation of pairs of tokens, which tokens matter taken out, with its interval"),
    Column("p of pair", "adjusted p"),
)

RANDOM_PAIR = Column(named(RANDOM_MODEL.name), "pair of random models, on the influence in themselves")


def random_pair(rivals: dict[str, RivalAgreement]) -> Cell:
    """Return what random models reach in pair."""
    missing = rivals.get(RANDOM_MODEL.name, RivalAgreement(None, None))
    found = rivals.get(RANDOM_PARTS["pair"], missing)
    return Cell(number(found.score), found.reason)


def gain_and_pair(found: Agreement) -> list[Cell]:
    """Return gain and pair with their intervals and adjusted p."""
    cells = []
    for one in (found.gain, found.pair):
        why = one.reason or found.reason
        value = MISSING if one.value is None else f"{number(one.value)} {interval(one.ci)}"
        cells += [Cell(value, why), Cell(p_value(one.p_adjusted), why)]
    return cells


def shown(part: InfluenceResult) -> list[str]:
    """Return the rivals that were asked for, random models in gain and in pair."""
    found = dict.fromkeys(name for layer in part.layers for name in layer.attention.rivals)
    rows = [one.name for one in chosen(CONTROLS)]
    return sorted(found, key=lambda name: rows.index(family(CONTROLS, name)))


def margins(part: InfluenceResult) -> list[Table]:
    """Return by how much mean attention, and rollout, beat each rival; beside it references and the self share."""
    names = shown(part)
    there = {name for layer in part.layers for name in layer.attention.references}
    references = [one.name for one in chosen(CONTROLS) if one.name in there]
    columns = [column(CONTROLS, name) for name in (*names, *references)]
    share = Column("self share", "the share of influence that a token has on its own position")
    attention, rollout = [], []
    for layer in part.layers:
        name = str(layer.attention_layer)
        cells = [*margin_cells(layer.attention.rivals, names), *_references(layer.attention.references, references)]
        attention.append(Row(name, [*cells, Cell(number(layer.self_share))]))
        cells = [*margin_cells(layer.rollout.rivals, names), *_references(layer.rollout.references, references)]
        rollout.append(Row(name, cells))
    return [
        Table("Mean attention: margin over each rival, and rho of references", HEAD, [*columns, share], attention),
        Table("Rollout: margin over each rival, and rho of references", HEAD, columns, rollout),
    ]


def _references(found: dict[str, ReferenceAgreement], names: list[str]) -> list[Cell]:
    each = [found.get(name, ReferenceAgreement(None)) for name in names]
    return [Cell(MISSING if one.rho is None else f"{number(one.rho)} {interval(one.ci)}", one.reason) for one in each]


def margin_cells(rivals: dict[str, RivalAgreement], names: list[str]) -> list[Cell]:
    """Return the margin over each rival."""
    return [_margin(rivals.get(name)) for name in names]


def _margin(rival: RivalAgreement | None) -> Cell:
    if rival is None or rival.margin is None or rival.margin.ci is None:
        return Cell(MISSING, rival.reason if rival else None)
    return Cell(outcome(rival.margin))


def heads_map(part: InfluenceResult) -> HeatMap:
    """Return pair by layer and head; outlined where gain and pair are both above what exchanged texts give."""
    heads = max((len(layer.heads) for layer in part.layers), default=0)
    marked = {
        (row, column)
        for row, layer in enumerate(part.layers)
        for column, head in enumerate(layer.heads)
        if all(
            one.p_adjusted is not None and one.p_adjusted <= part.alpha
            for one in (head.agreement.gain, head.agreement.pair)
        )
    }
    return HeatMap(
        title="Pair correlation with influence, by layer and head",
        description="Each head's own attention. The numbers stand in the table of heads below.",
        row_label=HEAD,
        column_label="head",
        row_names=[str(layer.attention_layer) for layer in part.layers],
        column_names=[str(head + 1) for head in range(heads)],
        values=[[head.agreement.pair.value for head in layer.heads] for layer in part.layers],
        low=-1.0,
        high=1.0,
        centre=0.0,
        marked=marked,
        legend="Pair correlation; with a bar below: negative.",
        mark_meaning=f"adjusted p of gain and of pair at most {part.alpha:g}, over all heads of all layers",
    )


def summaries(part: InfluenceResult) -> Table:
    """Return where every head attends to."""
    columns = [
        Column("rho", "rank correlation of the head's attention with influence"),
        Column("interval", "of rho, over texts"),
        *GAIN_AND_PAIR,
        *(Column(name, meaning) for name, meaning in _SUMMARY.items()),
    ]
    rows = [_head(layer, head) for layer in part.layers for head in layer.heads]
    return Table("Heads: influence, and where their attention goes", "head", columns, rows)


def _head(layer: LayerInfluence, head: HeadInfluence) -> Row:
    summary = [getattr(head.summary, name) if head.summary else None for name in _SUMMARY]
    found = head.agreement
    cells = [Cell(number(found.rho), found.reason), Cell(interval(found.ci), found.reason), *gain_and_pair(found)]
    return Row(f"{layer.attention_layer}.{head.head}", [*cells, *(Cell(number(value, 2)) for value in summary)])


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

"""Readings of attention beside each other: a line a layer, a map of layers by readings, and a table of all numbers."""

from __future__ import annotations

from typing import Any

from ...reading.names import READINGS, named
from ...results.influence.controls import CHEAPER, CONTROLS, PROFILE, SALIENCE
from ...results.influence.result import InfluenceResult, LayerInfluence, ReadingInfluence
from ..primitives.controls import column
from ..primitives.formats import interval, number
from ..primitives.heatmap import HeatMap
from ..primitives.tables import Cell, Column, Row, Table
from .tables import GAIN_AND_PAIR, gain_and_pair, margin_cells

__all__ = ["lines", "meanings", "queries"]

_HOW = (
    f"What to show of each layer, chosen on half of the texts and judged on the other half, beside {CHEAPER.name} "
    "readings:"
)
_QUERIES = {
    "token": "Rows of tokens",
    "special": "The row that classifiers read",
}


def lines(part: InfluenceResult) -> list[str]:
    """Return for each layer the reading to show, as the half of the texts that had no say in the choice judges it."""
    found = [] if part.no_readings else [_line(layer) for layer in part.layers if layer.recommended is not None]
    return [_HOW, *found] if found else []


def _line(layer: LayerInfluence) -> str:
    found = layer.recommended
    assert found is not None
    beside = ", ".join(f"{key} {number(rho, 2)}" for key, rho in found.beside.items())
    if found.name is None:
        return f"Layer {layer.attention_layer}: show none; {found.because.partition(':')[0]}; {beside}"
    shown = f"{named(found.name, found.rolled_up)} {number(found.rho, 2)} {interval(found.ci, 2)}"
    return f"Layer {layer.attention_layer}: {shown}; {beside}"


def queries(part: InfluenceResult) -> list[dict[str, Any]]:
    """Return the map and the table of each kind of rows."""
    found = []
    for query, title in _QUERIES.items():
        layers = [[one for one in layer.readings if one.query == query] for layer in part.layers]
        if any(layers) and (query == "special" or not part.no_readings):
            found.append({"title": title, "map": _map(part, layers, title), "table": _table(part, layers, title)})
    return found


def _map(part: InfluenceResult, layers: list[list[ReadingInfluence]], title: str) -> HeatMap:
    kinds = list(dict.fromkeys((one.name, one.rolled_up) for readings in layers for one in readings))
    rows = [{(one.name, one.rolled_up): one for one in readings} for readings in layers]
    return HeatMap(
        title=f"{title}: rank correlation with influence, by layer and reading",
        description="The numbers stand in the table below.",
        row_label="attention layer",
        column_label="reading",
        row_names=[str(layer.attention_layer) for layer in part.layers],
        column_names=[_short(*kind) for kind in kinds],
        values=[[row[kind].rho if kind in row else None for kind in kinds] for row in rows],
        low=-1.0,
        high=1.0,
        centre=0.0,
        marked={
            (number, column)
            for number, row in enumerate(rows)
            for column, kind in enumerate(kinds)
            if kind in row and row[kind].verdict == "supported"
        },
        legend="Rank correlation with influence; with a bar below: negative. up: rolled up.",
        mark_meaning="supported: beyond distance, random models, and attention where it costs more",
    )


def _short(name: str, rolled_up: bool) -> str:
    """Name a reading in little room."""
    if name == "attention" and rolled_up:
        return "rollout"
    plain = {"norm_residual": "residual", "contribution": "contrib."}.get(name, name)
    return f"{plain}, up" if rolled_up else plain


def _table(part: InfluenceResult, layers: list[list[ReadingInfluence]], title: str) -> Table:
    # gain and pair are the margins over the others
    told = (PROFILE.name, SALIENCE.name)
    names = list(
        dict.fromkeys(name for readings in layers for one in readings for name in one.rivals if name not in told)
    )
    columns = [
        Column("verdict"),
        Column("rho", "rank correlation of the reading with influence"),
        Column("interval", "of rho, over texts"),
        *GAIN_AND_PAIR,
        *(column(CONTROLS, name) for name in names),
    ]
    rows = [
        Row(
            f"{layer.attention_layer}, {named(one.name, one.rolled_up)}",
            [*_cells(one), *margin_cells(one.rivals, names)],
        )
        for layer, readings in zip(part.layers, layers, strict=True)
        for one in readings
    ]
    return Table(f"{title}: every reading", "layer, reading", columns, rows)


def _cells(one: ReadingInfluence) -> list[Cell]:
    shown = [Cell(number(one.rho), one.reason), Cell(interval(one.ci), one.reason)]
    return [Cell(one.verdict or "-", one.because), *shown, *gain_and_pair(one)]


def meanings(part: InfluenceResult) -> list[Column]:
    """Say what each reading is."""
    names = dict.fromkeys(one.name for layer in part.layers[:1] for one in layer.readings)
    found = []
    for name in names:
        kind = READINGS.get(name)
        if kind is None:
            continue
        found.append(
            Column(named(name, rolled_up=False), f"{kind.meaning}{f' ({kind.source})' if kind.source else ''}")
        )
    return found

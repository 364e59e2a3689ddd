"""One sentence as links between its tokens and as maps: drawn for one layer, redrawn by the page's script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from ...checks.influence.texts import special_row
from ...reading.names import kind_of, named
from ...results.influence.result import InfluenceResult, SentenceView
from ...results.licence import HEAD_NOT_JUDGED, head_licence, last_recommended, reading_licence
from ...results.result import Result
from ..primitives.formats import visible
from ..primitives.heatmap import HeatMap

__all__ = ["linked_sentence", "sentence", "sentence_maps", "shades", "shown_sentence"]

INFLUENCE = "influence"
Rows = Sequence[Sequence[float | None]]


def sentence(result: Result, part: InfluenceResult) -> dict[str, Any] | None:
    """Return the result's sentence for its template: links, maps, and all data for the script."""
    return None if part.sentence is None else linked_sentence(part.sentence, part.causal, result)


def linked_sentence(view: SentenceView, causal: bool, result: Result | None, *, maps: bool = True) -> dict[str, Any]:
    """Return a sentence for the template, as links between its tokens, each reading with its licences.

    Drawn first is the recommended reading of the last layer that has one; where none is, attention in a middle layer.
    Without ``maps``, influence is one of the readings to choose.
    """
    reading, layer = last_recommended(result) or ("attention", None)
    if reading not in _names(view):
        reading, layer = "attention", None
    shown = shown_sentence(view, causal, layer, reading=reading)
    layers = range(1, shown["layers"] + 1)
    licences = {
        key: {
            query: [asdict(reading_licence(result, key, layer, query)) for layer in layers]
            for query in ("token", "special")
        }
        for key in shown["readings"]
    }
    part = None if result is None else result.influence()
    heads = {} if part is None or part.head is None else {f"{part.head.attention_layer}.{part.head.head}": part.head}
    found = {
        "licences": licences,
        "heads": {name: asdict(head_licence(result, one.attention_layer, one.head)) for name, one in heads.items()},
        "classifier_row": special_row(np.array(view.special), causal),
        "head_not_judged": HEAD_NOT_JUDGED,
    }
    if not maps:
        shown = {**shown, "maps": {}, "readings": {**shown["readings"], INFLUENCE: "influence itself, measured"}}
        found["maps"] = {**shown["data"]["maps"], INFLUENCE: view.influence}
    return {**shown, "data": {**shown["data"], **found}}


def shown_sentence(
    view: SentenceView, causal: bool, layer: int | None = None, head: int | None = None, reading: str = "attention"
) -> dict[str, Any]:
    """Return any sentence for the template, as maps that are drawn first for one reading, layer and head.

    By default the layer is a middle one, and the head the mean over heads. ``maps`` are the drawings; ``shown``
    describes them in words; ``data`` is for the script.
    """
    layer = layer or (len(view.attention) + 1) // 2
    names = _names(view)
    what = f"head {head}" if head else "mean over heads" if reading == "attention" else names[reading]
    return {
        "maps": sentence_maps(view, layer, head, causal, reading),
        "layer": layer,
        "head": head or 0,
        "reading": reading,
        "readings": names,
        "shown": f"attention layer {layer}, {what}",
        "layers": len(view.attention),
        "heads": len(view.attention[0]),
        "data": {
            "tokens": [visible(token) for token in view.tokens],
            "special": view.special,
            "attention": view.attention,
            "influence": view.influence,
            "maps": {"rollout": view.rollout, **view.readings},
            "causal": causal,
            "licences": None,
        },
    }


def _names(view: SentenceView) -> dict[str, str]:
    """Return the names of what a menu offers, by key."""
    return {key: named(*kind_of(key)) for key in ("attention", "rollout", *view.readings)}


def sentence_maps(
    view: SentenceView, layer: int, head: int | None, causal: bool, reading: str = "attention"
) -> dict[str, HeatMap]:
    """Return a reading and influence at attention layer 1..L; ``head`` 1..H, or None for the mean over heads."""
    further = {"rollout": view.rollout, **view.readings}
    values: Rows
    if reading in further:
        values = further[reading][layer - 1]
    else:
        chosen = view.attention[layer - 1]
        values = _mean(chosen) if head is None else chosen[head - 1]
    return {
        "reading": _map(view, "Reading", values, causal),
        "influence": _map(view, "Influence", view.influence[layer - 1], causal),
    }


def _map(view: SentenceView, title: str, values: Rows, causal: bool) -> HeatMap:
    names = [f"{index} {visible(token)}" for index, token in enumerate(view.tokens)]
    crossing = {
        (i, j)
        for a in view.spans
        for b in view.spans
        if a != b
        for i in range(a.first, a.last + 1)
        for j in range(b.first, b.last + 1)
    }
    return HeatMap(
        title=title,
        description="From each position (rows) to each position (columns).",
        row_label="at",
        column_label="of",
        row_names=names,
        column_names=names,
        values=values,
        marked=crossing,
        legend="Strength within a row: the largest of the tokens compared is 1.",
        mark_meaning=f"between {' and '.join(visible(span.name) for span in view.spans)}" if crossing else "",
        missing_meaning="not replaced, or not visible from here",
        shades=shades(values, view.special, causal),
        digits=3,
    )


def _mean(heads: Sequence[Sequence[Sequence[float]]]) -> list[list[float | None]]:
    size = range(len(heads[0]))
    return [[sum(head[i][j] for head in heads) / len(heads) for j in size] for i in size]


def shades(values: Rows, special: Sequence[bool], causal: bool) -> list[list[float | None]]:
    """Scale each row by its largest value among the compared columns, to at most 1.

    Compared are tokens that are not special and not the row's own, in causal models earlier ones. Rows are compared by
    order, which sinks and the token's own position would drown.
    """
    out: list[list[float | None]] = []
    for i, row in enumerate(values):
        compared = [
            value
            for j, value in enumerate(row)
            if value is not None and not special[j] and j != i and not (causal and j > i)
        ]
        largest = max(compared, default=0.0)
        out.append([None if value is None else min(value / largest, 1.0) if largest > 0.0 else 0.0 for value in row])
    return out

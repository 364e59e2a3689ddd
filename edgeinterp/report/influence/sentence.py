"""One sentence as maps of attention, influence and rollout: drawn for one layer, redrawn by the page's script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ...results.influence.result import InfluenceResult, SentenceView
from ..primitives.formats import visible
from ..primitives.heatmap import HeatMap

__all__ = ["sentence", "sentence_maps", "shades"]

WIDTH = 440
Rows = Sequence[Sequence[float | None]]


def sentence(part: InfluenceResult) -> dict[str, Any] | None:
    """Return the result's sentence for its template: maps for a middle layer, and all data for the script."""
    return None if part.sentence is None else shown_sentence(part.sentence, part.causal)


def shown_sentence(
    view: SentenceView, causal: bool, layer: int | None = None, head: int | None = None
) -> dict[str, Any]:
    """Return any sentence for the template, drawn first for one layer and head.

    By default the layer is a middle one, and the head the mean over heads. ``maps`` are the drawings; ``shown``
    describes them in words; ``data`` is for the script.
    """
    layer = layer or (len(view.attention) + 1) // 2
    data = asdict(view)
    del data["spans"]
    return {
        "maps": sentence_maps(view, layer, head, causal),
        "layer": layer,
        "head": head or 0,
        "shown": f"attention layer {layer}, {f'head {head}' if head else 'mean over heads'}",
        "layers": len(view.attention),
        "heads": len(view.attention[0]),
        "data": {**data, "tokens": [visible(token) for token in view.tokens], "causal": causal},
    }


def sentence_maps(view: SentenceView, layer: int, head: int | None, causal: bool) -> dict[str, HeatMap]:
    """Return the three maps at attention layer 1..L; ``head`` 1..H, or None for the mean over heads."""
    chosen = view.attention[layer - 1]
    attention = _mean(chosen) if head is None else chosen[head - 1]
    return {
        "attention": _map(view, "Attention", attention, causal),
        "influence": _map(view, "Influence", view.influence[layer - 1], causal),
        "rollout": _map(view, "Rollout", view.rollout[layer - 1], causal),
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

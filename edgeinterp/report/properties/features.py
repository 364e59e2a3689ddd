"""The features that are best and worst predicted beyond controls, and their scores at the other hidden states."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from ...results.properties.result import FeatureScore, LayerProperties, PropertiesResult
from ...runtime.counting import counted
from ..primitives.formats import count, number, p_value, signed
from ..primitives.tables import Cell, Column, Row, Table

__all__ = ["Features", "features"]

ENDS = 10
UNRANKED = "without a score of its own"
_BEYOND = Column(
    "beyond control",
    "the feature's score minus its strongest rival's there: descriptive, without an interval",
)


@dataclass(frozen=True)
class Features:
    """Best and worst features at the hidden state with the highest score.

    Attributes
    ----------
    layer : int
        That hidden state.
    tables : list of Table
        Best and worst features, or all if they are few.
    by_layer : Table
        The scores of the same features at every hidden state.
    unranked : list of str
        Numbers of features without a place in the tables, by reason.
    beyond : bool
        Whether the order is by a feature's excess over its strongest rival, rather than by its score.
    """

    layer: int
    tables: list[Table]
    by_layer: Table
    unranked: list[str]
    beyond: bool


def features(part: PropertiesResult) -> Features | None:
    """Return the best and worst features where the score is highest, or None where no feature has a score."""
    scored = [state for state in part.layers if any(feature.score is not None for feature in state.features)]
    if not scored:
        return None
    state = max(scored, key=lambda state: float("-inf") if state.score is None else state.score)
    beyond = any(feature.beyond is not None for feature in state.features)
    values = [(feature, feature.beyond if beyond else feature.score) for feature in state.features]
    ranked = sorted(((value, feature) for feature, value in values if value is not None), key=lambda pair: -pair[0])
    order = [feature for _, feature in ranked]
    return Features(
        layer=state.layer,
        tables=_tables(order, beyond),
        by_layer=_by_layer(part, _ends(order)),
        unranked=_unranked([feature for feature, value in values if value is None]),
        beyond=beyond,
    )


def _tables(order: list[FeatureScore], beyond: bool) -> list[Table]:
    if len(order) <= 2 * ENDS:
        return [_table(f"{counted(len(order), 'feature')}, best first", order, beyond)]
    return [
        _table(f"The {ENDS} best of {count(len(order))} features", order[:ENDS], beyond),
        _table(f"The {ENDS} worst, worst first", order[: -ENDS - 1 : -1], beyond),
    ]


def _ends(order: list[FeatureScore]) -> list[FeatureScore]:
    return order if len(order) <= 2 * ENDS else order[:ENDS] + order[-ENDS:]


def _table(caption: str, chosen: list[FeatureScore], beyond: bool) -> Table:
    columns = [
        Column("score", "of this feature alone"),
        *([_BEYOND] if beyond else []),
        Column("adjusted p", "of the score against permuted norms, corrected for every feature tested"),
    ]
    rows = []
    for feature in chosen:
        cells = [Cell(number(feature.score), feature.reason)]
        cells += [Cell(signed(feature.beyond), feature.reason)] if beyond else []
        rows.append(Row(feature.name, [*cells, Cell(p_value(feature.p_adjusted), feature.reason)]))
    return Table(caption, "feature", columns, rows)


def _by_layer(part: PropertiesResult, chosen: list[FeatureScore]) -> Table:
    found = [{feature.name: feature for feature in state.features} for state in part.layers]
    columns = [Column(str(state.layer)) for state in part.layers]
    rows = [
        Row(
            feature.name,
            [_score(own.get(feature.name), state) for own, state in zip(found, part.layers, strict=True)],
        )
        for feature in chosen
    ]
    return Table("Scores of these features at every hidden state", "feature", columns, rows)


def _score(feature: FeatureScore | None, state: LayerProperties) -> Cell:
    if feature is None:
        return Cell(number(None), state.reason)
    return Cell(number(feature.score), feature.reason or state.reason)


def _unranked(left: list[FeatureScore]) -> list[str]:
    reasons = Counter(feature.reason or UNRANKED for feature in left)
    return [f"{count(times)} not ranked: {reason}" for reason, times in reasons.items()]

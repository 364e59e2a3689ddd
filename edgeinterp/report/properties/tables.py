"""The tables on properties: margins over rivals, rivals, nulls and references, and the other metrics."""

from __future__ import annotations

from ...results.controls import family
from ...results.properties.controls import CONTROLS, OVER_EMBEDDINGS, PERMUTED, ROTATED, UPPER_BOUND, WITHIN_GROUPS
from ...results.properties.result import ClusterScore, LayerProperties, PropertiesResult, RivalScore, Rotated
from ...results.shared import ControlScore
from ..primitives.controls import column, draw, kinds, named, outcome
from ..primitives.formats import MISSING, interval, number, p_value, percent, signed
from ..primitives.tables import Cell, Column, Row, Table
from .words import METRICS, rivals_of

__all__ = [
    "clusters", "context", "draws", "families", "gains", "largest", "margins", "metrics", "over_clusters", "permuted",
    "rivals", "rotated",
]  # fmt: skip

HEAD = "hidden state"
_WITHIN = f"adjusted p where {WITHIN_GROUPS.meaning}; above alpha, categories alone give the score"


def families(part: PropertiesResult) -> list[str]:
    """Return the requested rivals; draws of one rival count once."""
    return kinds(CONTROLS, (family(CONTROLS, key) for state in part.layers for key in state.rivals))


def largest(state: LayerProperties, name: str) -> Cell:
    """Return the score of a rival at one hidden state: of several draws, the largest."""
    found = rivals_of(state, name)
    scores = [rival.score for rival in found.values() if rival.score is not None]
    reason = _reason(found)
    return Cell(number(max(scores, default=None)), f"{named(name)}: {reason}" if reason else state.reason)


def permuted(state: LayerProperties) -> Cell:
    """Return the mean score over permutations: score minus excess."""
    null = state.nulls.get(PERMUTED.name)
    mean = null.score if null else None
    if mean is None and state.score is not None and state.excess is not None:
        mean = state.score - state.excess
    return Cell(number(mean), (null.reason if null else None) or state.reason)


def margins(part: PropertiesResult) -> Table:
    """Return each hidden state's margin over each rival; of several draws, the smallest."""
    names = families(part)
    rows = [Row(str(state.layer), [_margin(state, name) for name in names]) for state in part.layers]
    return Table("Margins: score minus rival, with its interval", HEAD, [Column(named(name)) for name in names], rows)


def over_clusters(state: LayerProperties) -> Cell:
    """Return the score in folds over clusters."""
    found = state.clusters
    return Cell(MISSING, state.reason) if found is None else Cell(number(found.score), found.reason or state.reason)


def clusters(part: PropertiesResult) -> Table:
    """Return the score in folds over clusters, and by how much it beats each rival there."""
    found = [(state, state.clusters or ClusterScore(None, None, {}, state.reason)) for state in part.layers]
    names = kinds(CONTROLS, (family(CONTROLS, key) for _, one in found for key in one.rivals))
    columns = [
        Column("score", "the reported metric"),
        Column("interval", "of the score, over clusters"),
        *(Column(named(name)) for name in names),
    ]
    rows = [
        Row(
            str(state.layer),
            [
                over_clusters(state),
                Cell(interval(one.ci), one.reason or state.reason),
                *(_margin(one, name) for name in names),
            ],
        )
        for state, one in found
        if state.clusters is not None
    ]
    return Table("Folds over clusters: score, and margins over rivals", HEAD, columns, rows)


def gains(part: PropertiesResult) -> Table:
    """Return what each hidden state adds to hidden state 0, with its interval and p."""
    columns = [
        Column("both", "score with hidden state 0 and this one in the map, each with a penalty of its own"),
        Column("gain", OVER_EMBEDDINGS.meaning),
        Column("interval", "of the gain, paired over concepts"),
        Column("p", "how often the gain is as large where what hidden state 0 leaves of the norms is dealt to others"),
        Column("adjusted p", "p, corrected for having tested every hidden state"),
    ]
    rows = []
    for state in part.layers:
        found = state.over_embeddings
        if found is not None:
            texts = [number(found.score), signed(found.value), interval(found.ci), p_value(found.p)]
            texts.append(p_value(found.p_adjusted))
            rows.append(Row(str(state.layer), [Cell(text, found.reason or state.reason) for text in texts]))
    return Table("Gain over hidden state 0", HEAD, columns, rows)


def rotated(part: PropertiesResult) -> Table:
    """Return how features compare to those of random rotations of the norms."""
    columns = [
        Column("rotated score", "mean correlation of features of norms that were rotated at random"),
        Column("spread", "variance over features of the squared correlation"),
        Column("rotated spread", "the same of rotated norms, mean over rotations"),
        Column("p", "how often rotated norms spread at least as much"),
        Column("share above", "share of features above the 95 % quantile of single random directions: 5 % by chance"),
        Column("features", "those without missing values"),
    ]
    rows = [Row(str(state.layer), _rotated(state, state.rotated)) for state in part.layers if state.rotated is not None]
    return Table("Features beside rotated norms", HEAD, columns, rows)


def _rotated(state: LayerProperties, found: Rotated) -> list[Cell]:
    score = state.references.get(ROTATED.name, ControlScore(None)).score
    spreads = [MISSING if value is None else f"{value:.2g}" for value in (found.spread, found.rotated_spread)]
    texts = [number(score), *spreads, p_value(found.p), percent(found.share), str(found.features)]
    return [Cell(text, found.reason or state.reason) for text in texts]


def _margin(state: LayerProperties | ClusterScore, name: str) -> Cell:
    found = rivals_of(state, name)
    if len(found) < 2:
        return next((_beaten(rival, state) for rival in found.values()), Cell(MISSING, state.reason))
    judged = [rival for rival in found.values() if _lower(rival) is not None]
    if not judged:
        return Cell(MISSING, _reason(found) or state.reason)
    least = min(judged, key=lambda rival: _lower(rival) or 0.0)
    beaten = sum((_lower(rival) or 0.0) > 0 for rival in judged)
    missing = len(found) - len(judged)
    besides = f", {missing} not measured" if missing else ""
    return Cell(f"{beaten} of {len(found)} beaten{besides}; least {_difference(least)}")


def _beaten(rival: RivalScore, state: LayerProperties | ClusterScore) -> Cell:
    if _lower(rival) is None:
        return Cell(MISSING, rival.reason or state.reason)
    return Cell(_difference(rival))


def _lower(rival: RivalScore) -> float | None:
    return rival.margin.ci[0] if rival.margin and rival.margin.ci else None


def _difference(rival: RivalScore) -> str:
    return outcome(rival.margin) if rival.margin else MISSING


def _reason(found: dict[str, RivalScore]) -> str | None:
    return next((rival.reason for rival in found.values() if rival.reason), None)


def draws(part: PropertiesResult) -> list[Table]:
    """Return the margins over every single draw or seed, one table per rival with several."""
    tables = []
    for name in families(part):
        keys = sorted(
            {key for state in part.layers for key in rivals_of(state, name) if draw(key)},
            key=lambda key: int(key.rpartition(".")[2]),
        )
        rows = [Row(str(state.layer), [_drawn(state, key) for key in keys]) for state in part.layers]
        if keys:
            caption = f"Score and margin over each draw: {named(name)}"
            tables.append(Table(caption, HEAD, [Column(named(key)) for key in keys], rows))
    return tables


def _drawn(state: LayerProperties, key: str) -> Cell:
    rival = state.rivals.get(key)
    if rival is None:
        return Cell(MISSING, state.reason)
    margin = _beaten(rival, state)
    scored = number(rival.score)
    return margin if MISSING in (margin.text, scored) else Cell(f"{scored}; {margin.text}")


def rivals(part: PropertiesResult) -> Table:
    """Return the score of each rival, and its share of the upper bound; of several draws, the range of scores."""
    names = families(part)
    rows = [Row(str(state.layer), [_rival(state, name) for name in names]) for state in part.layers]
    columns = [column(CONTROLS, name) for name in names]
    return Table("Rivals: scores, and their share of the upper bound", HEAD, columns, rows)


def _rival(state: LayerProperties, name: str) -> Cell:
    found = rivals_of(state, name)
    scored = [rival for rival in found.values() if rival.score is not None]
    if not scored:
        return Cell(MISSING, _reason(found) or state.reason)
    top = max(scored, key=lambda rival: rival.score or 0.0)
    scores = [number(rival.score) for rival in sorted(scored, key=lambda rival: rival.score or 0.0)]
    text = scores[0] if scores[0] == scores[-1] else f"{scores[0]} to {scores[-1]}"
    return Cell(text if top.share is None else f"{text} ({percent(top.share)})")


def context(part: PropertiesResult) -> Table:
    """Return the score of each hidden state beside its nulls and references."""
    nulls = kinds(CONTROLS, (key for state in part.layers for key in state.nulls if key != PERMUTED.name))
    references = kinds(CONTROLS, (key for state in part.layers for key in state.references if key != ROTATED.name))
    within = any(state.p_within is not None for state in part.layers)
    columns = [
        Column("score", "the reported metric"),
        Column("interval", "of the score, over concepts"),
        Column(named(PERMUTED.name), f"{PERMUTED.meaning}. Its mean over permutations"),
        Column("excess", "score minus the mean of permuted: the score without the optimism of the method"),
        Column("p", "how often permuted norms score at least as much, at this hidden state alone"),
        Column("adjusted p", "p, corrected for having tested every hidden state"),
        *(column(CONTROLS, name) for name in nulls),
        *([Column("p within groups", _WITHIN)] if within else []),
        *(column(CONTROLS, name) for name in references),
        Column("share", "score as a share of the upper bound: descriptive, no verdict uses it"),
        Column("penalty", "penalty or other choice of the map, over the folds"),
    ]
    rows = [Row(str(state.layer), _context(state, nulls, references, within)) for state in part.layers]
    return Table("Nulls and references", HEAD, columns, rows)


def _context(state: LayerProperties, nulls: list[str], references: list[str], within: bool) -> list[Cell]:
    own = [
        Cell(number(state.score), state.reason),
        Cell(interval(state.ci), state.reason),
        permuted(state),
        Cell(signed(state.excess), state.reason),
        Cell(p_value(state.p), state.reason),
        Cell(p_value(state.p_adjusted), state.reason),
    ]
    bound = state.references.get(UPPER_BOUND.name)
    return [
        *own,
        *(_control(state, state.nulls.get(name)) for name in nulls),
        *([Cell(p_value(state.p_within), state.reason)] if within else []),
        *(_control(state, state.references.get(name)) for name in references),
        Cell(percent(state.share), (bound.reason if bound else None) or state.reason),
        Cell(_penalty(state.penalty), state.reason),
    ]


def _control(state: LayerProperties, control: ControlScore | None) -> Cell:
    if control is None:
        return Cell(MISSING, state.reason)
    return Cell(number(control.score), control.reason or state.reason)


def _penalty(chosen: list[float]) -> str:
    if not chosen:
        return MISSING
    low, high = f"{min(chosen):.3g}", f"{max(chosen):.3g}"
    return low if low == high else f"{low} to {high}"


def metrics(part: PropertiesResult) -> Table:
    """Return every computed metric; only the reported one has a p-value."""
    found = dict.fromkeys(key for state in part.layers for key in state.metrics)
    names = [name for name in METRICS if name in found] + [name for name in found if name not in METRICS]
    columns = [Column(named(name), METRICS.get(name, "")) for name in names]
    rows = [
        Row(str(state.layer), [Cell(number(state.metrics.get(name)), state.reason) for name in names])
        for state in part.layers
    ]
    return Table("Every metric, at each hidden state", HEAD, columns, rows)

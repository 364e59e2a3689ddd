"""Several sets of norms: lines for the terminal, and tables of the sets, of their pairs, and of what they differ by."""

from __future__ import annotations

from ...results.properties.result import PropertiesResult
from ...results.properties.sets import SetPair
from ...runtime.counting import counted
from ..primitives.formats import MISSING, count, interval, number, signed
from ..primitives.tables import Cell, Column, Row, Table
from ..primitives.words import VERDICTS

__all__ = ["lines", "tables"]

_DIFFERENCE = (
    Column("difference", "score of the first less that of the second, each on its own concepts"),
    Column("number", "what the number of concepts contributes: the same on as many of each set's own, drawn at random"),
    Column("concepts", "what the choice of concepts contributes: those that both have against as many drawn at random"),
    Column("features", "what the features contribute: the difference on the same concepts (crossed)"),
    Column("interval", "of what the features contribute, paired over the shared concepts, at one hidden state alone"),
)


def lines(part: PropertiesResult) -> list[str]:
    """Say what every set shows, and how every two differ."""
    if not part.sets:
        return []
    return [*(_set_line(one) for one in (part, *part.sets)), *(_pair_line(pair) for pair in part.pairs)]


def _set_line(part: PropertiesResult) -> str:
    shape = f"{counted(part.concepts, 'concept', spec=',')}, {counted(part.features, 'feature', spec=',')}"
    scored = [state for state in part.layers if state.score is not None]
    if not scored:
        return f"Norms {part.name}: {shape}; no score"
    best = max(scored, key=lambda state: state.score or 0.0)
    at = f"highest score {number(best.score)} {interval(best.ci)} at hidden state {best.layer}"
    return f"Norms {part.name}: {shape}; {at}; {_verdicts([one.verdict for one in part.verdicts])}"


def _pair_line(pair: SetPair) -> str:
    start = f"{pair.a} and {pair.b}: rank agreement of hidden states {number(pair.rho, 2)} (Spearman)"
    if not pair.layers:
        return f"{start}; too few concepts in common to compare on the same ones ({pair.reason})"
    parts = [
        f"{name} {_range([getattr(one, field) for one in pair.layers])}"
        for name, field in (
            ("number of concepts", "number"),
            ("choice of concepts", "concepts"),
            ("features", "features"),
        )
    ]
    apart = sum(one.features_ci is not None and one.features_ci[0] * one.features_ci[1] > 0 for one in pair.layers)
    total, states = _range([one.total for one in pair.layers]), counted(len(pair.layers), "hidden state")
    return (
        f"{start}, {number(pair.rho_shared, 2)} on the {counted(pair.concepts, 'concept', spec=',')} in common; the "
        f"first less the second {total}, of which {', '.join(parts)} (interval without 0 at {apart} of {states})"
    )


def _range(values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return MISSING
    low, high = signed(min(known)), signed(max(known))
    return low if low == high else f"{low} to {high}"


def _verdicts(found: list[str]) -> str:
    return ", ".join(f"{found.count(name)} {name}" for name in VERDICTS if name in found) or "nothing judged"


def tables(part: PropertiesResult) -> dict[str, list[Table]]:
    """Return the tables of the page: ``sets``, ``pairs``, and ``differences`` of every two sets that share enough."""
    if not part.sets:
        return {"sets": [], "pairs": [], "differences": []}
    return {
        "sets": [_sets([part, *part.sets])],
        "pairs": [_pairs(part.pairs)],
        "differences": [_differences(pair) for pair in part.pairs if pair.layers],
    }


def _sets(parts: list[PropertiesResult]) -> Table:
    states = max(len(one.layers) for one in parts)
    columns = [Column("concepts"), Column("features"), *(Column(str(state)) for state in range(states))]
    rows = []
    for one in parts:
        verdicts = {verdict.hidden_state: verdict.verdict for verdict in one.verdicts}
        cells = [
            Cell(f"{number(state.score)} {verdicts.get(state.layer, '')}".strip(), state.reason) for state in one.layers
        ]
        rows.append(Row(one.name, [Cell(count(one.concepts)), Cell(count(one.features)), *cells]))
    return Table("Score and verdict of every set at every hidden state, on its own concepts", "norms", columns, rows)


def _pairs(pairs: list[SetPair]) -> Table:
    columns = [
        Column("in common", "concepts whose word both sets have once"),
        Column("agreement", "Spearman's correlation of their scores over hidden states, each on its own concepts"),
        Column("agreement, crossed", "the same on the shared concepts"),
        Column("features of the first", "with a score of their own on the shared concepts"),
        Column("features of the second", "with a score of their own on the shared concepts"),
    ]
    rows = [
        Row(
            f"{pair.a}, {pair.b}",
            [
                Cell(count(pair.concepts)),
                Cell(number(pair.rho, 2), "fewer than 3 hidden states have a score, or all have the same"),
                Cell(number(pair.rho_shared, 2), pair.reason),
                Cell(count(pair.features_a) if pair.layers else MISSING, pair.reason),
                Cell(count(pair.features_b) if pair.layers else MISSING, pair.reason),
            ],
        )
        for pair in pairs
    ]
    return Table("Do two sets order hidden states alike?", "norms", columns, rows)


def _differences(pair: SetPair) -> Table:
    on_shared = [
        Column(f"{name}, crossed", f"score and verdict of {name} on the {counted(pair.concepts, 'concept')} in common")
        for name in (pair.a, pair.b)
    ]
    rows = [
        Row(
            str(one.layer),
            [
                *(Cell(f"{number(own.score)} {own.verdict}", own.because) for own in (one.a, one.b)),
                *(Cell(signed(value), "a score is missing") for value in (one.total, one.number, one.concepts)),
                Cell(signed(one.features), "a score is missing"),
                Cell(interval(one.features_ci), "no deviations to pair"),
            ],
        )
        for one in pair.layers
    ]
    return Table(f"{pair.a} less {pair.b}", "hidden state", [*on_shared, *_DIFFERENCE], rows)

"""The tables on correspondence: scores by map, controls, and identification by the length of the text."""

from __future__ import annotations

from ...results.correspondence.controls import FOREIGN, SWAP
from ...results.correspondence.result import CorrespondenceResult, LayerCorrespondence, LengthBin, MapScores
from ..primitives.controls import named
from ..primitives.formats import count, interval, number, p_value, signed
from ..primitives.tables import Cell, Column, Row, Table

__all__ = ["MAPS", "controls", "lengths", "scores"]

MAPS = ("linear", "centred", "raw")
_CAPTIONS = {
    "linear": "Linear map: is the token recoverable?",
    "centred": "Centred map: is the token dominant, the nearest without a fitted map?",
    "raw": "Raw: nearest by cosine, nothing taken away",
}
_SCORES = [
    Column(
        "identification",
        "share of tokens whose hidden state retrieves a token with their own id, among the tokens of the same text",
    ),
    Column("interval of identification", "over texts, as all intervals here"),
    Column("chance", "the same share when positions are dealt at random within the text: repeated words lift it"),
    Column("ceiling", "the largest identification that is possible here"),
    Column("kappa", "identification, rescaled so that chance is 0 and the ceiling 1"),
    Column("interval of kappa", "its lower bound decides"),
    Column("MRR", "mean reciprocal rank of the first right candidate: 1 when it always comes first, 0.5 when second"),
    Column("p", "how often dealing positions at random does at least as well, for this hidden state alone"),
    Column("adjusted p", "p, corrected for having tested every hidden state with this map"),
    Column("same position", "share of tokens retrieving their very position; identical references share the credit"),
]
_CONTROLS = [
    Column(f"{named(FOREIGN.name)}, raw", FOREIGN.meaning),
    Column(f"{named(FOREIGN.name)}, linear", "the same with the linear map"),
    Column(named(SWAP.name), SWAP.meaning),
    Column(f"interval of {named(SWAP.name)}"),
    Column(
        "rise",
        "linear identification with all fit texts minus with half of them: well above 0 means that more text would "
        "still help",
    ),
    Column("interval of rise"),
    Column("anisotropy", "how much all hidden states of the layer point the same way: near 1, cosines say little"),
]


def scores(part: CorrespondenceResult, reference: str) -> list[Table]:
    """Return one table of scores for each map; ``reference`` explains the missing values of hidden state 0."""
    tables = []
    for name in MAPS:
        rows = [
            Row(str(state.layer), _scores(state.maps[name], reference if state.layer == 0 else None))
            for state in part.layers
            if name in state.maps
        ]
        if rows:
            tables.append(Table(_CAPTIONS[name], "hidden state", _SCORES, rows))
    return tables


def _scores(scored: MapScores, reference: str | None) -> list[Cell]:
    token = scored.token
    reason = token.reason or reference
    texts = [
        number(token.identification),
        interval(token.ci),
        number(token.chance),
        number(token.ceiling),
        number(token.kappa),
        interval(token.kappa_ci),
        number(token.mrr),
        p_value(token.p),
        p_value(token.p_adjusted),
        number(scored.position.identification),
    ]
    return [Cell(text, reason) for text in texts]


def controls(part: CorrespondenceResult) -> Table:
    """Return the controls for position as the cue, for too little text, and for anisotropy."""
    rows = [Row(str(state.layer), _controls(state)) for state in part.layers]
    return Table("Controls at each hidden state", "hidden state", _CONTROLS, rows)


def _controls(state: LayerCorrespondence) -> list[Cell]:
    foreign, swap, rise = state.foreign, state.swap, state.rise
    return [
        Cell(number(foreign.raw), foreign.reason),
        Cell(number(foreign.linear), foreign.reason),
        Cell(number(swap.content_share), swap.reason),
        Cell(interval(swap.ci), swap.reason),
        Cell(signed(rise.value), rise.reason),
        Cell(interval(rise.ci), rise.reason),
        Cell(number(state.anisotropy)),
    ]


def lengths(part: CorrespondenceResult) -> list[Table]:
    """Return identification by the length of the text, one table for each map that has it."""
    tables = []
    for name in MAPS:
        found = {state.layer: state.maps[name].token.by_length for state in part.layers if name in state.maps}
        bins = sorted({(part.shortest, part.longest or 0) for parts in found.values() for part in parts})
        if bins:
            columns = [Column(_length(*key), "") for key in bins]
            rows = [Row(str(layer), _lengths(parts, bins)) for layer, parts in found.items()]
            tables.append(Table(f"Identification by length of the text, {name}", "hidden state", columns, rows))
    return tables


def _length(shortest: int, longest: int) -> str:
    return f"{shortest} to {longest} tokens" if longest else f"{shortest} tokens or more"


def _lengths(parts: list[LengthBin], bins: list[tuple[int, int]]) -> list[Cell]:
    found = {(part.shortest, part.longest or 0): part for part in parts}
    cells = []
    for key in bins:
        part = found.get(key)
        text = f"{number(part.identification)} ({count(part.tokens)})" if part else "–"
        cells.append(Cell(text, "no evaluated text of this length"))
    return cells

"""A comparison as sentences and tables, the same in the terminal and on the page."""

from __future__ import annotations

from ...comparing.result import ActivationDifferences, AttentionDifference, ClaimPair, Comparison, Mean, StatisticPair
from ...runtime.counting import counted
from ..primitives.formats import MISSING, count, interval, number, signed
from ..primitives.tables import Cell, Column, Row, Table

__all__ = [
    "FLIPS",
    "answer",
    "attentions",
    "data",
    "heads",
    "hidden_states",
    "onset_lines",
    "statistics",
    "subject",
    "verdicts",
]

# column heading and its meaning
FLIPS = {
    "real": "the paired interval of a statistic that the verdict rests on excludes 0",
    "borderline": "the verdicts differ, but no statistic behind them does for certain: near a threshold",
}
SMALLEST = 1e-4


def answer(found: Comparison) -> list[str]:
    """Summarise the findings, one sentence per part."""
    lines = []
    if found.verdicts:
        real, flips, all_of_them = len(found.real_flips), len(found.flips), len(found.verdicts)
        if flips:
            total = counted(all_of_them, "verdict")
            lines.append(f"Of {total}, {flips} differ: {real} really, {flips - real} borderline.")
        else:
            lines.append(f"{counted(all_of_them, 'verdict is', 'verdicts are')} the same in both.")
    if found.activations is not None:
        first = found.activations.first_difference
        if first is not None:
            where = "at the embeddings" if first.block == 0 else f"in block {first.block}"
            lines.append(f"The two begin to differ {where}.")
        elif found.activations.hidden_states[0].relative_difference.mean is not None:
            lines.append("Hidden states and attentions are the same up to rounding.")
    return lines or ["Nothing was compared."]


def data(found: ActivationDifferences) -> str:
    """Return what activations were compared on."""
    cut = (
        f"; {counted(found.left_out, 'text is', 'texts are', ',')} cut differently by the two tokenizers"
        if found.left_out
        else ""
    )
    return f"{counted(found.tokens, 'token', spec=',')} of {counted(found.texts, 'text', spec=',')}{cut}"


def onset_lines(found: ActivationDifferences) -> list[tuple[str, str]]:
    """Say where differences begin and where they grow most, each with its reason."""
    lines = []
    for name, onset in (("First difference", found.first_difference), ("Largest jump", found.largest_jump)):
        if onset is not None:
            where = "embeddings" if onset.block == 0 else f"block {onset.block}"
            lines.append((f"{name}: {where}", onset.because))
    return lines


def subject(pair: ClaimPair) -> str:
    """Name the subject of a claim in short."""
    if pair.attention_layer is not None:
        # a layer may have several claims: on its attention, on rollout up to it, or on one head
        what = next((word for word in ("rollout", "head") if pair.claim.startswith(f"{word} ")), "attention")
        return pair.claim.split(" follows")[0] if what == "head" else f"{what} {pair.attention_layer}"
    if pair.hidden_state is not None:
        return f"hidden state {pair.hidden_state}"
    return pair.contrast or pair.claim


def hidden_states(found: ActivationDifferences, level: str) -> Table:
    """Return the differences of hidden states, layer by layer."""
    columns = [
        Column("cosine", "mean cosine of the two hidden states of a token"),
        Column(f"{level} interval", "of the mean cosine, over texts"),
        Column("worst cosine", "the lowest cosine of any token"),
        Column("at token", "where that is"),
        Column("rel. difference", "mean distance of the two, over the root mean square of their norms"),
        Column("CKA", "linear centred kernel alignment over tokens: 1 where the two spaces have the same shape"),
    ]
    rows = []
    for state in found.hidden_states:
        cosine, worst = state.cosine, state.cosine.worst
        cells = [
            Cell(_close(cosine.mean), cosine.reason),
            Cell(interval(cosine.ci, 4), cosine.reason or "one text, or all the same"),
            Cell(_close(worst.value) if worst else MISSING, cosine.reason),
            Cell(worst.token if worst else MISSING, cosine.reason),
            Cell(_small(state.relative_difference.mean), state.relative_difference.reason),
            Cell(_close(state.cka), state.reason),
        ]
        rows.append(Row(str(state.layer), cells))
    return Table("Hidden states", "hidden state", columns, rows)


def attentions(found: ActivationDifferences, level: str) -> Table:
    """Return the differences of attentions, layer by layer."""
    columns = [
        Column("JS", "mean Jensen-Shannon divergence of a query's attention, in bits, over queries and heads"),
        Column(f"{level} interval", "of the mean divergence, over texts"),
        Column("worst JS", "the largest divergence of any query and head"),
        Column("at query", "where that is"),
        Column("in head", "where that is; heads count from 0"),
        Column("agreement", "share of queries that attend most to the same token, over heads"),
        Column("lowest head", "the same share, in the head where it is lowest"),
    ]
    rows = [Row(str(layer.attention_layer), _attention_cells(layer)) for layer in found.attentions]
    return Table("Attentions", "attention", columns, rows)


def _attention_cells(layer: AttentionDifference) -> list[Cell]:
    js, worst = layer.js, layer.js.worst
    lowest = min((head.agreement for head in layer.heads), default=None)
    return [
        Cell(_small(js.mean), js.reason),
        Cell(_bounds(js), js.reason or "one text"),
        Cell(_small(worst.value) if worst else MISSING, js.reason),
        Cell(worst.token if worst else MISSING, js.reason),
        Cell(str(worst.head) if worst else MISSING, js.reason),
        Cell(number(layer.agreement.mean), layer.agreement.reason),
        Cell(number(lowest), js.reason),
    ]


def heads(found: ActivationDifferences) -> list[Table]:
    """Return divergence and agreement of each head; nothing where heads could not be compared."""
    most = max((len(layer.heads) for layer in found.attentions), default=0)
    if not most:
        return []
    columns = [Column(f"head {head}") for head in range(most)]
    tables = []
    for caption, name in (("Jensen-Shannon divergence by head (bits)", "js"), ("Agreement by head", "agreement")):
        rows = []
        for layer in found.attentions:
            values = [getattr(head, name) for head in layer.heads] + [None] * (most - len(layer.heads))
            shown = [_small(value) if name == "js" else number(value) for value in values]
            rows.append(Row(str(layer.attention_layer), [Cell(text, layer.js.reason) for text in shown]))
        tables.append(Table(caption, "attention", columns, rows))
    return tables


def verdicts(pairs: list[ClaimPair]) -> Table:
    """Return the verdicts of one check side by side, with the deciding (else the first) statistic."""
    columns = [
        Column("a", "the verdict on a"),
        Column("b", "the verdict on b"),
        Column("flip", "real or borderline where they differ"),
        Column("statistic", "the one behind the flip, else the first that the verdict rests on"),
        Column("in a"),
        Column("in b"),
        Column("a less b", "with its interval"),
    ]
    rows = []
    for pair in pairs:
        shown = _shown(pair)
        reason = "the claim has no statistic: it holds by definition, or it was not measured"
        cells = [Cell(pair.a), Cell(pair.b), Cell(pair.flip or "", None)]
        if shown is None:
            cells += [Cell(MISSING, reason)] * 4
        else:
            cells += [Cell(shown.name), Cell(number(shown.a), shown.reason), Cell(number(shown.b), shown.reason)]
            cells.append(Cell(_difference(shown), shown.reason))
        rows.append(Row(subject(pair), cells))
    return Table("Verdicts side by side", "claim", columns, rows)


def _shown(pair: ClaimPair) -> StatisticPair | None:
    deciding = [one for one in pair.statistics if one.decides] if pair.flip else []
    # a real flip names its statistic first in `because`
    named = [one for one in deciding if pair.because.startswith(one.name)]
    return next(iter([*named, *deciding, *pair.statistics]), None)


def statistics(pairs: list[ClaimPair]) -> Table:
    """Return every statistic of every claim, for both builds."""
    columns = [
        Column("statistic"),
        Column("in a"),
        Column("in b"),
        Column("a less b"),
        Column("interval", "of the difference"),
        Column("units", "how many units both kept; without them the interval follows from the two alone"),
        Column("condition", "whether only one of the two meets the condition that it is for"),
    ]
    rows = []
    for pair in pairs:
        for one in pair.statistics:
            cells = [
                Cell(one.name),
                Cell(number(one.a, 4), one.reason),
                Cell(number(one.b, 4), one.reason),
                Cell(signed(one.difference, 4), one.reason),
                Cell(interval(one.ci, 4), one.reason or "not defined"),
                Cell(count(one.units) if one.units else MISSING, one.reason),
                Cell("differs" if one.decides else "same"),
            ]
            rows.append(Row(subject(pair), cells))
    return Table("Statistics behind the verdicts", "claim", columns, rows)


def _difference(one: StatisticPair) -> str:
    text = signed(one.difference)
    return text if one.ci is None or text == MISSING else f"{text} {interval(one.ci)}"


def _bounds(mean: Mean) -> str:
    if mean.ci is None:
        return MISSING
    return f"[{_small(mean.ci[0])}, {_small(mean.ci[1])}]"


def _close(value: float | None) -> str:
    """Format a number near 1 with enough digits to differ from 1."""
    text = number(value, 4)
    return f">{0.9999:.4f}" if value is not None and value < 1.0 and text == "1.0000" else text


def _small(value: float | None) -> str:
    """Format a number near 0 with enough digits to differ from 0."""
    if value is None or value == 0.0 or abs(value) >= SMALLEST:
        return number(value, 4)
    return f"{value:.1e}"

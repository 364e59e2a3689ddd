"""What the studies found, as the tables of docs/calibration.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from .studies import LEVELS, Outcomes, Rate, Row, Study, judged, rows_of

BEGIN, END = "<!-- calibration: begin -->", "<!-- calibration: end -->"
TITLES = {
    "correspondence": "Correspondence",
    "influence": "Influence",
    "relations": "Relations",
    "properties": "Properties",
    "ridge": "PermutationRidge",
}
Found = Mapping[str, Sequence[Outcomes]]


def number(value: float) -> str:
    """A share in three digits, without the zero before the point."""
    text = f"{value:.3f}"
    return text if value >= 1.0 else text.removeprefix("0")


def cell(rate: Rate) -> str:
    """A rate with its Clopper-Pearson interval."""
    low, high = rate.interval()
    return f"{number(rate.value)} ({number(low)} to {number(high)})"


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> list[str]:
    rows = [head, ["---"] * len(head), *body]
    return ["| " + " | ".join(row) + " |" for row in rows]


def null_table(study: Study, found: Sequence[Outcomes]) -> list[str]:
    """Rates of one study where nothing is there; a claim stands under .05, the level that it was made at."""
    body = []
    for row in rows_of(study, found):
        cells = [cell(rate) for rate in row.rates]
        cells = cells if len(cells) > 1 else ["", cells[0], ""]
        body.append([row.quantity, str(row.rates[0].n), *cells, judged(study, row)])
    lines = _table(["quantity", "n", *(f"at {level:.2f}" for level in LEVELS), ""], body)
    return [f"**{study.name}**: {study.world}.", "", *lines, ""]


def coverage_table(study: Study, found: Sequence[Outcomes]) -> list[str]:
    """Coverage of one study."""
    body = [
        [row.quantity, str(row.rates[0].n), cell(row.rates[0]), *map(str, row.missed), judged(study, row)]
        for row in rows_of(study, found)
    ]
    lines = _table(["interval", "n", f"coverage, nominal {study.level:g}", "truth below", "truth above", ""], body)
    return [f"**{study.name}**: {study.world}.", "", *lines, ""]


def effect_table(studies: Sequence[Study], found: Found) -> list[str]:
    """Rates at .05 by size of the effect."""
    columns = [rows_of(study, found[study.name]) for study in studies]
    body = [[rows[0].quantity, *(number(_at_five(row)) for row in rows)] for rows in zip(*columns, strict=True)]
    name = studies[0].name.rsplit("-", 1)[0]
    n = columns[0][0].rates[0].n
    lines = _table(["rate at .05, or of the claim", *(study.effect for study in studies)], body)
    return [f"**{name}**: {studies[0].world}; {n} repetitions each.", "", *lines, ""]


def _at_five(row: Row) -> float:
    return row.rates[LEVELS.index(0.05) if len(row.rates) > 1 else 0].value


def outside(studies: Sequence[Study], found: Found) -> list[str]:
    """Name what is outside of its bounds."""
    return [
        f"{study.name}: {row.quantity}"
        for study in studies
        for row in rows_of(study, found[study.name])
        if judged(study, row) == "OUTSIDE"
    ]


def count(studies: Sequence[Study], found: Found) -> int:
    """How many rates stand against a bound."""
    rows = [row for study in studies if study.kind != "effect" for row in rows_of(study, found[study.name])]
    return sum(len(row.rates) for row in rows)


def _table_of(study: Study) -> tuple[str, str]:
    """Studies of effects in one world, or with one name but for the size of the effect, share a table."""
    return study.kind, (study.world or study.name.rsplit("-", 1)[0]) if study.kind == "effect" else ""


def report(studies: Sequence[Study], found: Found) -> str:
    """All tables, a section a check."""
    lines: list[str] = []
    for check, own in groupby(studies, key=lambda study: study.check):
        lines += [f"## {TITLES[check]}", ""]
        for (kind, _), some in groupby(own, key=_table_of):
            if kind == "effect":
                lines += effect_table(list(some), found)
            for study in some if kind != "effect" else ():
                lines += (null_table if kind == "null" else coverage_table)(study, found[study.name])
    beyond = outside(studies, found)
    lines += ["## Outside of their bounds", ""]
    lines += [f"- {line}" for line in beyond] or ["Nothing."]
    lines += ["", f"{count(studies, found)} rates stand against a bound of 99 %; by chance alone about "
              f"{0.005 * count(studies, found):.0f} would be outside, were all of them exact."]  # fmt: skip
    return "\n".join(lines)


def put_between(page: str, text: str) -> str:
    """Replace what stands between the markers of a page."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.split(END)[1]}"

"""The tables of controls in docs/method.md, written from those of the program: ``python -m tests.controls_table``."""

from __future__ import annotations

from pathlib import Path

from edgeinterp.results.controls import Control
from edgeinterp.results.judge.controls import CONTROLS as JUDGE
from edgeinterp.results.tables import TABLES as CHECKS

TABLES = {**CHECKS, "judge": JUDGE}
PAGE = Path(__file__).parents[1] / "docs" / "method.md"
BEGIN, END = "<!-- controls of {}, written by python -m tests.controls_table -->\n", "<!-- end of the table -->\n"
HEAD = ("control", "kind", "must be beaten", "what it is", "what it costs")


def written_into(page: str) -> str:
    """Return the page with the table of each check replaced."""
    for check, table in TABLES.items():
        before, begin, rest = page.partition(BEGIN.format(check))
        if not begin:
            raise LookupError(f"{PAGE.name} has no place for the controls of {check}")
        page = f"{before}{begin}\n{rendered(table)}\n{END}{rest.partition(END)[2]}"
    return page


def rendered(table: tuple[Control, ...]) -> str:
    """Return one check's controls as a table."""
    rows = [HEAD, *map(_row, table)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    rule = " | ".join("-" * width for width in widths)
    return "\n".join(f"| {line} |" for line in [lines[0], rule, *lines[1:]]) + "\n"


def _row(control: Control) -> tuple[str, ...]:
    must = "must agree" if control.kind == "reference" else "yes"
    beaten = f"{must}, or the claim is `{control.unbeaten}`" if control.unbeaten else "no"
    if control.kind == "reference" and control.unbeaten == "unsupported":
        # it has a verdict of its own
        beaten = "the claim is the weaker of both verdicts"
    draws = f"; {control.draws} draws, each a rival" if control.draws > 1 else ""
    along = f" (`{control.comes_with}`)" if control.comes_with else ""
    return f"`{control.name}`", control.kind, beaten, control.meaning, control.cost.value + along + draws


if __name__ == "__main__":
    PAGE.write_text(written_into(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

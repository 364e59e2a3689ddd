"""A result in the terminal: readable without colour, without Unicode, and in 60 columns."""

from __future__ import annotations

import itertools

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ..results.result import Result
from ..runtime.counting import counted
from .console import make_console
from .primitives.formats import MISSING, visible
from .primitives.tables import Overview, VerdictRow
from .primitives.words import VERDICTS, device_line, level, model_line, smallest_p, verdict_counts
from .sections import overviews

__all__ = ["make_console", "render"]


def render(result: Result, console: Console) -> None:
    """Print ``result``: model and data, a table for each check, and how to read it.

    Parameters
    ----------
    result : Result
        The result to show. No number is computed here.
    console : rich.console.Console
        Target console; see ``make_console``. Nothing is truncated at any width: long lines wrap.
    """
    found = overviews(result)
    _print_head(result, found, console)
    if len(found) > 1:
        console.print()
        _print_total(found, console)
    for overview in found:
        console.print()
        _print_overview(overview, console)
    _print_foot(result, found, console)


def _print_head(result: Result, found: list[Overview], console: Console) -> None:
    _say(f"{result.model.path}: {model_line(result.model)}", console, label="Model")
    for overview in found:
        name = f"{overview.name}, " if len(found) > 1 else ""
        _say(name + overview.data, console, label=overview.label)
    _say(device_line(result.device), console, label="Device")


def _print_total(found: list[Overview], console: Console) -> None:
    """Print the counts of verdicts for every check; as sentences where the console is too narrow."""
    totals = [verdict_counts(overview) for overview in found]
    names = max(cell_len(overview.name) for overview in found)
    heads = [_verdict(name, console) for name in VERDICTS]
    width = names + sum(2 + len(head.plain) for head in heads)
    if width > console.width:
        for overview, counts in zip(found, totals, strict=True):
            said = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
            _say(f"{overview.name}: {said or 'nothing judged'}", console)
        return
    console.print(Text(" " * names) + Text("  ").join([Text(""), *heads]))
    for overview, counts in zip(found, totals, strict=True):
        cells = [f"{number or MISSING:>{len(head.plain)}}" for head, number in zip(heads, counts.values(), strict=True)]
        console.print(_text(f"{overview.name:{names}}  " + "  ".join(cells), console))


def _print_overview(overview: Overview, console: Console) -> None:
    _say(f"{overview.name}: {overview.question}", console, style="bold")
    _say(overview.answer, console)
    _say(overview.reading, console)
    console.print()
    grid = _grid(overview, console)
    if grid is not None:
        for line in grid[0]:
            console.print(line)
    groups = itertools.groupby(enumerate(overview.rows), key=lambda item: (item[1].verdict, item[1].because))
    for (_, because), group in groups:
        rows = list(group)
        for index, row in rows:
            _print_row(overview, row, grid[1][index] if grid else None, console)
        _say(_shared(overview, [row for _, row in rows]) + because, console, indent=4)
    for words in overview.summary:
        _say(words, console)
    for note in overview.notes:
        _say(f"{MISSING} {note}", console)
    for remark in (remark for remark in overview.remarks if remark not in overview.notes):
        _say(f"Note: {remark}", console)


def _shared(overview: Overview, rows: list[VerdictRow]) -> str:
    """Name the rows that a reason applies to, where neighbouring rows share it."""
    if len(rows) == 1:
        return ""
    between = "and" if len(rows) == 2 else "to"
    return f"{overview.subject} {rows[0].subject} {between} {rows[-1].subject}: "


def _print_row(overview: Overview, row: VerdictRow, line: Text | None, console: Console) -> None:
    if line is not None:
        console.print(line)
        return
    head = _text(f"{overview.subject} {row.subject}  ", console, "bold")
    console.print(head + _verdict(row.verdict, console))
    pairs = zip(overview.columns, row.cells, strict=False)
    _say(", ".join(f"{column.heading} {cell.text}" for column, cell in pairs), console, indent=4)


def _grid(overview: Overview, console: Console) -> tuple[list[Text], list[Text]] | None:
    """Return the heading and the rows as aligned lines, or None where the console is too narrow for them.

    Headings take two lines where that makes enough room.
    """
    headings = [overview.subject, "verdict", *(column.heading for column in overview.columns)]
    rows = [
        [_text(row.subject, console, "bold"), _verdict(row.verdict, console)]
        + [_text(cell.text, console) for cell in row.cells]
        for row in overview.rows
    ]
    stacked = [heading.rpartition(" ")[::2] for heading in headings]
    for head in ([headings], list(zip(*stacked, strict=True))):
        tops = [[_text(text, console, "bold") for text in line] for line in head]
        widths = [max(cell_len(cell.plain) for cell in column) for column in zip(*tops, *rows, strict=True)]
        gap = next((gap for gap in (2, 1) if sum(widths) + gap * (len(widths) - 1) <= console.width), None)
        if gap is not None:
            return [_aligned(line, widths, gap) for line in tops], [_aligned(line, widths, gap) for line in rows]
    return None


def _aligned(line: list[Text], widths: list[int], gap: int) -> Text:
    whole = Text(no_wrap=True, end="\n")
    for index, (cell, width) in enumerate(zip(line, widths, strict=True)):
        space = " " * (width - cell_len(cell.plain))
        between = " " * gap if index else ""
        # words to the left, numbers to the right
        whole += Text(between) + (cell + Text(space) if index == 1 else Text(space) + cell)
    whole.rstrip()
    return whole


def _print_foot(result: Result, found: list[Overview], console: Console) -> None:
    console.print()
    legend = Text()
    for index, (name, word) in enumerate(VERDICTS.items()):
        legend += Text("; " if index else "") + _verdict(name, console) + Text(f": {word.meaning}")
    _print_wrapped(legend + Text("."), console)
    _say(_statistics(result, found), console)
    for note in result.notes:
        _say(f"Note: {note}", console)


def _statistics(result: Result, found: list[Overview]) -> str:
    draws = {overview.name: overview.permutations for overview in found if overview.permutations}
    parts = []
    for permutations in sorted(set(draws.values())):
        names = [name for name, own in draws.items() if own == permutations]
        whose = f"{' and '.join(names)}: " if len(set(draws.values())) > 1 else ""
        parts.append(
            f"{whose}{counted(permutations, 'permutation', spec=',')}: the smallest attainable p is "
            f"{smallest_p(permutations)}"
        )
    units = " or ".join(dict.fromkeys(overview.units for overview in found)) or "texts"
    parts += [
        "adj. p: corrected for the number of layers, contrasts or methods tested",
        "no correction across checks",
        f"intervals: {level(result)}, one layer or contrast at a time, for this fitted procedure on new {units} of the "
        "same kind",
    ]
    return "; ".join(parts) + "."


def _verdict(name: str, console: Console) -> Text:
    word = VERDICTS[name]
    symbol = word.symbol if _unicode(console) else word.plain
    return Text(f"{symbol} {name}", style=f"bold {word.colour}")


def _say(text: str, console: Console, *, indent: int = 0, style: str = "", label: str = "") -> None:
    """Print a paragraph, wrapped at the console's width; further lines of a labelled one align with the first."""
    _print_wrapped(_text(text, console, style), console, 8 if label else indent, label)


def _print_wrapped(text: Text, console: Console, indent: int = 0, label: str = "") -> None:
    for index, line in enumerate(text.wrap(console, max(20, console.width - indent))):
        line.rstrip()
        head = Text(f"{label if index == 0 else '':{indent}}", style="bold" if label else "")
        console.print(head + line)


def _text(text: str, console: Console, style: str = "") -> Text:
    shown = visible(text)
    if not _unicode(console):
        shown = shown.replace(MISSING, "-").encode(console.encoding, "backslashreplace").decode(console.encoding)
    return Text(shown, style=style)


def _unicode(console: Console) -> bool:
    return console.encoding.lower().replace("-", "").startswith("utf")

"""A comparison in the terminal: readable without colour, without Unicode, and in narrow columns."""

from __future__ import annotations

from itertools import groupby

from rich.cells import cell_len
from rich.console import Console

from ...comparing.result import ClaimPair, Comparison
from ..primitives.tables import Table
from ..primitives.words import device_line, level_of, model_line
from ..terminal import _aligned as aligned
from ..terminal import _say as say
from ..terminal import _text as console_text
from . import tables

__all__ = ["render"]


def render(found: Comparison, console: Console) -> None:
    """Print ``found``: the two models, the answer, differences by layer, verdicts side by side.

    Parameters
    ----------
    found : Comparison
        The comparison to show. No number is computed here.
    console : rich.console.Console
        Target console; see ``terminal.make_console``.
    """
    for name in ("a", "b"):
        say(f"{found.model[name].path}: {model_line(found.model[name])}", console, label=name)
    for name in ("a", "b") if found.device["a"] != found.device["b"] else ("a",):
        label = "Device" if found.device["a"] == found.device["b"] else f"on {name}"
        say(device_line(found.device[name]), console, label=label)
    console.print()
    for line in tables.answer(found):
        say(line, console, style="bold")
    _print_activations(found, console)
    for check, group in groupby(found.verdicts, key=lambda pair: pair.check):
        _print_verdicts(check, list(group), console)
    console.print()
    _print_foot(found, console)


def _print_activations(found: Comparison, console: Console) -> None:
    part = found.activations
    if part is None:
        if found.reason:
            say(f"Activations were not compared: {found.reason}.", console)
        return
    say(f"Compared on {tables.data(part)}.", console)
    for where, because in tables.onset_lines(part):
        say(f"{where}: {because}.", console)
    for table in (tables.hidden_states(part, level_of(found.alpha)), tables.attentions(part, level_of(found.alpha))):
        console.print()
        _print_table(table, console)
    for note in part.notes:
        say(f"Note: {note}", console)


def _print_verdicts(check: str, pairs: list[ClaimPair], console: Console) -> None:
    console.print()
    say(f"{check}: verdicts side by side", console, style="bold")
    _print_table(tables.verdicts(pairs), console, caption=False)
    for pair in pairs:
        if pair.flip is not None:
            say(f"{tables.subject(pair)}, {pair.flip}: {pair.because}", console)
            say(f"a is {pair.a}: {pair.because_a}", console, indent=4)
            say(f"b is {pair.b}: {pair.because_b}", console, indent=4)


def _print_table(table: Table, console: Console, *, caption: bool = True) -> None:
    if caption:
        say(table.caption, console, style="bold")
    headings = [table.head, *(column.heading for column in table.columns)]
    rows = [[row.head, *(cell.text for cell in row.cells)] for row in table.rows]
    lines = [[console_text(text, console, "bold") for text in headings]]
    lines += [[console_text(text, console) for text in row] for row in rows]
    widths = [max(cell_len(cell.plain) for cell in column) for column in zip(*lines, strict=True)]
    if sum(widths) + 2 * (len(widths) - 1) <= console.width:
        for line in lines:
            console.print(aligned(line, widths, 2))
    else:
        for row in rows:
            pairs = zip(headings[1:], row[1:], strict=True)
            say(f"{table.head} {row[0]}: " + ", ".join(f"{name} {text}" for name, text in pairs if text), console)
    for note in table.notes:
        say(f"– {note}", console)


def _print_foot(found: Comparison, console: Console) -> None:
    if found.verdicts:
        say("; ".join(f"{name}: {meaning}" for name, meaning in tables.FLIPS.items()) + ".", console)
    say(
        f"intervals: {level_of(found.alpha)}, one at a time; a difference is not damage: which of the two is right is "
        "not asked.",
        console,
    )
    for note in found.notes:
        say(f"Note: {note}", console)

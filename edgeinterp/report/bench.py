"""Show a device's figures in the terminal, alone or beside a second device's."""

from __future__ import annotations

from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from ..benchmark.comparing import BenchComparison, FigurePair
from ..benchmark.result import BenchResult, Figure, Reading, State
from ..benchmark.state import remarks
from .primitives.formats import MISSING, setting, significant
from .primitives.words import device_line, model_line, model_name
from .terminal import _say as say
from .terminal import _text as console_text

__all__ = ["render", "render_comparison"]

# by the first part of a figure's name
_PARTS = {
    "forward": "passes by tokens a text: asked for the last hidden state, and for all of them and attentions",
    "check": "on a small sample: in all, and beyond the plain forward passes",
    "permutations": "of a cross-validated ridge; each scores every target",
    "model": "opened; a random one of it made and opened",
    "start": "`import edgeinterp` in a process of its own, beyond bare Python",
    "kernels": "compiled into an empty cache, and loaded from it by another process",
    "memory": "the most that this process held up to there",
    "product": "for reference, float32 matrix product by NumPy",
    "copy": "for reference, a copy in memory by NumPy, reading and writing counted",
}
_STYLES = {"b is better": "green", "b is worse": "bold red"}


def render(result: BenchResult, console: Console) -> None:
    """Print ``result``: model and device, every figure with its spread, and the state of the device.

    Parameters
    ----------
    result : BenchResult
        The result to show. No number is computed here.
    console : rich.console.Console
        Target console; see ``terminal.make_console``.
    """
    say(f"{model_name(result.model)}: {model_line(result.model)}", console, label="Model")
    say(device_line(result.device), console, label="Device")
    say(f"{result.workload.name}, sha256 {result.workload.sha256[:16]}", console, label="Work")
    parts: dict[str, list[Figure]] = {}
    for figure in result.figures:
        parts.setdefault(figure.name.split(".")[0], []).append(figure)
    rows: list[list[str]] = []
    for figures in parts.values():
        rows += [_row(figure) for figure in figures]
    console.print()
    _print_table(["figure", "unit", "median", "least", "greatest", "n"], rows, console)
    console.print()
    for name in parts:
        say(f"{name}: {_PARTS.get(name, name)}.", console)
    for reason in dict.fromkeys(figure.reason for figure in result.figures if figure.reason):
        say(f"{MISSING} {reason}", console)
    console.print()
    for name, state in result.state.items():
        say(f"{name}: {_state(state)}.", console)
    say(_settings(result.settings), console)
    for remark in remarks(result):
        say(f"Note: {remark}.", console)


def _row(figure: Figure) -> list[str]:
    values = [significant(value) for value in (figure.median, figure.min, figure.max)]
    return [figure.name, figure.unit, *values, str(figure.count)]


def _state(state: State) -> str:
    """Print what the system reports; for the rest, the JSON holds a reason."""
    clocks = state.frequency_mhz.value
    parts = [
        _part("governor", state.governors),
        None if clocks is None else f"clock {clocks[0]:.0f} to {clocks[1]:.0f} MHz",
        _part("temperature", state.temperature_c, " degrees Celsius"),
        _part("firmware", state.throttled),
        _part("throttled", state.throttle_events, " times since start"),
        _part("load", state.load),
    ]
    return ", ".join(part for part in parts if part is not None) or "the system tells nothing"


def _part(name: str, reading: Reading, unit: str = "") -> str | None:
    if reading.value is None:
        return None
    return f"{name} {setting(reading.value) or 'nothing'}{unit}"


def _settings(settings: dict[str, Any]) -> str:
    shown = {name.replace("_", " "): value for name, value in settings.items() if value != {}}
    return "; ".join(f"{name}: {setting(value)}" for name, value in shown.items()) + "."


def render_comparison(found: BenchComparison, console: Console) -> None:
    """Print ``found``: the two devices, their different settings, every figure, and warnings.

    Parameters
    ----------
    found : BenchComparison
        The comparison to show. No number is computed here.
    console : rich.console.Console
        Target console; see ``terminal.make_console``.
    """
    model = found.model["a"]
    say(f"{model_name(model)}: {model_line(model)}", console, label="Model")
    say(f"{found.workload.name}, sha256 {found.workload.sha256[:16]}", console, label="Work")
    for name, device in found.device.items():
        say(device_line(device), console, label=name)
    console.print()
    for part in found.differences:
        say(f"differs: {part.name}: {setting(part.a)} (a), {setting(part.b)} (b)", console)
    if not found.differences:
        say("The same device, versions and thread settings.", console)
    console.print()
    headings = ["figure", "unit", "a", "b", "b / a", "range", ""]
    _print_table(headings, [_pair(pair) for pair in found.figures], console, left=(0, 1, 6))
    console.print()
    for reason in dict.fromkeys(pair.reason for pair in found.figures if pair.reason):
        say(f"{MISSING} {reason}", console)
    say(
        "range: the least and the greatest ratio of single repetitions. Marked: differences that exceed the spread of "
        "both, so that the range does not hold 1.",
        console,
    )
    for note in found.notes:
        say(f"Note: {note}.", console)


def _pair(pair: FigurePair) -> list[str]:
    between = MISSING if pair.range is None else f"{pair.range[0]:.2f} to {pair.range[1]:.2f}"
    ratio = MISSING if pair.ratio is None else f"{pair.ratio:.2f}"
    # mark only figures that stand out
    mark = pair.outcome if pair.outcome in _STYLES else ""
    return [pair.name, pair.unit, significant(pair.a), significant(pair.b), ratio, between, mark or ""]


def _print_table(headings: list[str], rows: list[list[str]], console: Console, left: tuple[int, ...] = (0, 1)) -> None:
    """Print a table, words to the left and numbers to the right; cells fold where the console is narrow."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for index, heading in enumerate(headings):
        justify: Literal["left", "right"] = "left" if index in left else "right"
        table.add_column(heading, justify=justify, overflow="fold", no_wrap=index == 0 and console.width >= 80)
    for row in rows:
        table.add_row(*(console_text(cell, console, _STYLES.get(cell, "")) for cell in row))
    console.print(table)

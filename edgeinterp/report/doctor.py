"""Show a diagnosis in the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..benchmark.doctor import Diagnosis
from .primitives.formats import visible
from .primitives.words import device_line

__all__ = ["render"]

_STYLES = {"ok": "green", "slow": "yellow", "fails": "bold red", "unknown": "cyan"}


def render(diagnosis: Diagnosis, console: Console) -> None:
    """Print one line per finding, with advice under it, and a summary."""
    console.print(Text("Device  ", style="bold") + Text(visible(device_line(diagnosis.device))))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for finding in diagnosis.findings:
        text = Text(visible(finding.found))
        if finding.advice is not None:
            text += Text(f"\n-> {visible(finding.advice)}", style="bold" if finding.status in ("slow", "fails") else "")
        table.add_row(Text(finding.status, style=_STYLES[finding.status]), visible(finding.name), text)
    console.print(table)
    slow = sum(finding.status == "slow" for finding in diagnosis.findings)
    failing = len(diagnosis.failing)
    if failing or slow:
        console.print(f"{failing} would fail here, {slow} would be slow; the arrows say what to do.")
    else:
        console.print("Nothing here would fail or be slower than it need be.")

"""A console as wide as its terminal, or as COLUMNS where that is a valid number."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from rich.console import Console

__all__ = ["make_console"]

PLAIN_WIDTH = 100
# wider than any terminal: a larger value is a mistake, and lines would be padded to it
WIDEST = 10_000


class _Console(Console):
    """A console that leaves a closed pipe to the command line; rich itself would exit with 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def make_console(stream: TextIO | None = None) -> Console:
    """Return a console on ``stream`` (default: standard output): 100 columns and plain text where it is no terminal.

    ``NO_COLOR`` is respected, and so is ``COLUMNS`` where it is a whole number from 1: 0, negative numbers and anything
    else count as unset.
    """
    stream = sys.stdout if stream is None else stream
    given = os.environ.get("COLUMNS", "")
    columns = int(given) if given.isascii() and given.isdecimal() and len(given) <= len(str(WIDEST)) else 0
    width = columns if 0 < columns <= WIDEST else None
    # rich reads COLUMNS and LINES itself, and accepts 0
    known = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    if width is None and not stream.isatty():
        width = PLAIN_WIDTH
    return _Console(file=stream, width=width, highlight=False, _environ=known)

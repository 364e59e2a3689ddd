"""Show a result: in the terminal, and as one self-contained HTML file."""

from __future__ import annotations

from pathlib import Path

from ..results.result import Result
from ..runtime.writing import write_whole

__all__ = ["write_html"]


def write_html(result: Result, path: str | Path) -> None:
    """Write the report of ``result`` to ``path`` as one self-contained HTML file, whole or not at all.

    Raises
    ------
    InputError
        Where the file cannot be written.
    """
    from .html import render

    write_whole(Path(path), render(result))

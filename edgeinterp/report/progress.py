"""Show a run's progress on stderr."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from ..runtime.interrupts import Interrupts

__all__ = ["shown_progress"]


@contextlib.contextmanager
def shown_progress(quiet: bool, interrupts: Interrupts) -> Iterator[Callable[[str, int, int], None]]:
    """Show a progress bar on stderr while the block runs, if stderr is a terminal; every step checks for Ctrl-C."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield interrupts.stop_if_seen
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from .console import make_console

    columns = (TextColumn("{task.description:14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=make_console(sys.stderr), transient=True) as bar:
        tasks = {"starting": bar.add_task("starting", total=None)}

        def advance(phase: str, done: int, total: int) -> None:
            interrupts.stop_if_seen()
            if phase not in tasks:
                for task in tasks.values():
                    bar.update(task, visible=False)
                tasks[phase] = bar.add_task(phase, total=total)
            bar.update(tasks[phase], completed=done, total=total, visible=True)

        yield advance

"""Entry point of the command ``edgeinterp`` and of ``python -m edgeinterp``."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

from .runtime.interrupts import Interrupts

__all__ = ["run"]


def run() -> NoReturn:
    """Run the command line, then end the process."""
    interrupts = Interrupts().__enter__()
    try:
        from .cli.main import run_within
        from .runtime.allocator import limit_heaps

        limit_heaps()
        code = run_within(interrupts)
    except BaseException:
        # Ctrl-C during the import of the command line, or argparse's own exit
        if not interrupts.seen:
            raise
        code = interrupts.ended()
    interrupts.over()
    if interrupts.seen:
        # sys.exit would wait for threads; and an interrupt that arrived inside `exec` (every new dataclass runs one)
        # would end this process by the signal, so that the caller sees -2 instead of 130
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    run()

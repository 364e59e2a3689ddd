"""The command ``edgeinterp``, which is ``python -m edgeinterp`` too."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

from .runtime.interrupts import Interrupts

__all__ = ["run"]


def run() -> NoReturn:
    """Run the command line and end the process."""
    interrupts = Interrupts().__enter__()
    try:
        from .cli.main import run_within
        from .runtime.allocator import limit_heaps

        limit_heaps()
        code = run_within(interrupts)
    except BaseException:
        # while the command line itself was imported, or what argparse ends with
        if not interrupts.seen:
            raise
        code = interrupts.ended()
    interrupts.over()
    if interrupts.seen:
        # sys.exit would wait for threads, and kill this process by the signal where it had come inside `exec` (every
        # dataclass that is made runs one): the caller would see -2 for 130
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    run()

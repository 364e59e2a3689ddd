"""Ctrl-C: the command ends as interrupted, even where the exception is lost on its way up."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from types import TracebackType
from typing import Any

__all__ = ["INTERRUPTED", "Interrupts"]

INTERRUPTED = 130


class Interrupts:
    """Remember that Ctrl-C was pressed, while the block runs.

    ``KeyboardInterrupt`` is raised as usual, but it does not always arrive: an extension module that is being imported
    turns it into an ``ImportError``, and one raised in a destructor or in a callback from C is printed and dropped.
    ``seen`` stays true, and ``stop_if_seen`` raises it again.

    Nothing changes outside the main thread, or where the signal is ignored or has another handler.

    Attributes
    ----------
    seen : bool
        Whether Ctrl-C was pressed.
    """

    def __init__(self) -> None:
        self.seen = False
        self._watching, self._over = False, False
        self._hooks = sys.excepthook, sys.unraisablehook

    def __enter__(self) -> Interrupts:
        """Begin to watch for the signal."""
        main = threading.current_thread() is threading.main_thread()
        if main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            self._watching = True
            sys.excepthook, sys.unraisablehook = self._uncaught, self._unraisable
            signal.signal(signal.SIGINT, self._pressed)
        return self

    def __exit__(self, *_: object) -> None:
        """Restore the handler."""
        if self._watching:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            sys.excepthook, sys.unraisablehook = self._hooks
            self._watching = False

    def stop_if_seen(self, *_: object) -> None:
        """Raise the interrupt again if it was lost.

        Raises
        ------
        KeyboardInterrupt
        """
        if self.seen and not self._over:
            raise KeyboardInterrupt

    def ended(self) -> int:
        """Report that the command was interrupted, and return its exit code."""
        self.over()
        if sys.stderr is not None:
            with contextlib.suppress(OSError):
                print("edgeinterp: interrupted; nothing half written is left", file=sys.stderr)
        return INTERRUPTED

    def over(self) -> None:
        """Ignore Ctrl-C from here on: the exit code is already decided."""
        self._over = True
        if self._watching:
            # not a Python function: the interpreter restores the default for those before it has ended
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _pressed(self, *_: object) -> None:
        if not self._over:
            self.seen = True
            raise KeyboardInterrupt

    # an extension module prints an exception that it cannot pass on; not this one, which the command reports itself

    def _uncaught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            self._hooks[0](kind, error, trace)

    def _unraisable(self, found: Any) -> None:
        if not issubclass(found.exc_type, KeyboardInterrupt):
            self._hooks[1](found)

"""Silence libraries' messages to developers while edgeinterp reports to users."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

from ..runtime.threads import no_warnings

__all__ = ["first_line", "turned_down"]

# an export changes settings of the whole process, PyTorch's among them
_ONE_EXPORT = threading.RLock()


@contextlib.contextmanager
def turned_down() -> Iterator[None]:
    """Suppress warnings and log records below errors, in the whole process; exceptions pass.

    The root logger gets a temporary handler, since a library's ``logging.warning`` would otherwise add a permanent one.
    Threads wait for each other, so that none saves and restores another's setting.
    """
    with _ONE_EXPORT, _quiet():
        yield


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    disabled = logging.root.manager.disable
    handler = logging.NullHandler()
    logging.root.addHandler(handler)
    logging.disable(logging.WARNING)
    try:
        with no_warnings():
            yield
    finally:
        logging.disable(disabled)
        logging.root.removeHandler(handler)


def first_line(error: BaseException) -> str:
    """Return the first line of a library's message, else the name of its exception."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[0].rstrip(".:") if lines else type(error).__name__

"""The one exception for unusable input: its message says what to do."""

from __future__ import annotations

__all__ = ["InputError"]


class InputError(ValueError):
    """Report that the input or the environment is at fault (exit code 2 on the command line).

    The message is one line: the file, the line where there is one, what was expected and found, what to do. Quoted
    content may hold anything, so unprintable characters (line ends, terminal controls) become spaces.
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(letter if letter.isprintable() else " " for letter in message))

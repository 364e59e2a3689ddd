"""The one exception that means: what the user gave cannot be used, and here is what to do."""

from __future__ import annotations

__all__ = ["InputError"]


class InputError(ValueError):
    """The input or the environment is at fault (exit code 2 on the command line).

    The message is one line: which file, which line where there is one, what was expected, what to do. What it quotes
    from a file may hold anything, so characters that cannot be printed (line ends, terminal controls) become spaces.
    """

    def __init__(self, message: str) -> None:
        super().__init__("".join(letter if letter.isprintable() else " " for letter in message))

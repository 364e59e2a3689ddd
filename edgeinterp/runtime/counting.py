"""Numbers with what they count."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, one: str, many: str = "", spec: str = "") -> str:
    """Return a number with what it counts, in the singular where that is one thing.

    Parameters
    ----------
    number : int
    one, many : str
        What follows the number where it is 1, and elsewhere: by default the same with an s.
    spec : str
        How the number is written, ``","`` to mark thousands.

    Examples
    --------
    >>> counted(1, "text"), counted(0, "text"), counted(1200, "category is", "categories are", ",")
    ('1 text', '0 texts', '1,200 categories are')
    """
    return f"{number:{spec}} {one if number == 1 else many or f'{one}s'}"

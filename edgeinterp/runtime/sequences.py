"""Texts and names in any form that Python code holds them: list, tuple, Series, array, generator, bare string."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import InputError

__all__ = ["as_sequence", "has_half_character", "name_tuple", "refuse_repeated", "text_list"]


def text_list(given: Any, what: str = "texts", item: str = "text") -> list[str]:
    """Return texts as a list of plain strings.

    Parameters
    ----------
    given : iterable of str, or str
        Anything that yields strings, such as a pandas or polars Series, an Index, a NumPy or pyarrow array, a
        generator. A bare string is one text.
    what, item : str
        Names in messages: of the whole argument, and of one entry.

    Raises
    ------
    InputError
        Where an entry is no string; the message gives the number of the first (from 1) and its type.

    Examples
    --------
    >>> text_list("one"), text_list(text for text in ("one", "two"))
    (['one'], ['one', 'two'])
    """
    given = as_sequence(given)
    if isinstance(given, Mapping) or hasattr(type(given), "columns"):
        raise InputError(f"{what}: is a {type(given).__name__}; give one of its columns, such as {what}=table['text']")
    # an Arrow array yields its own scalar type
    values = given.to_pylist() if hasattr(given, "to_pylist") else given
    found = []
    for number, value in enumerate(_iterated(values, what, f"{item}s"), 1):
        fault = _fault(value)
        if fault is not None:
            raise InputError(f"{what}: {item} {number} {fault}")
        # a plain string also for a subclass, such as NumPy's
        found.append("".join((value,)))
    return found


def name_tuple(given: Any, what: str) -> tuple[str, ...]:
    """Return names as a tuple; commas separate them in a bare string, as on the command line.

    Raises
    ------
    InputError
        Where a name is no string.

    Examples
    --------
    >>> name_tuple("correspondence, influence", "only"), name_tuple(["influence"], "only")
    (('correspondence', 'influence'), ('influence',))
    """
    if isinstance(given, str):
        given = [name.strip() for name in given.split(",") if name.strip()]
    names = tuple(_iterated(given, what, "names"))
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"{what}: {_shown(name)} is no name; expected a list of strings")
    return tuple("".join((name,)) for name in names)


def as_sequence(given: Any) -> Any:
    """Wrap a bare string in a list, and return anything else unchanged: nobody means its letters.

    Examples
    --------
    >>> as_sequence("cat"), as_sequence(("cat", "dog"))
    (['cat'], ('cat', 'dog'))
    """
    return [given] if isinstance(given, str) else given


def refuse_repeated(names: Sequence[str], what: str) -> None:
    """Refuse names of which one comes twice, where each must name one thing.

    Parameters
    ----------
    names : sequence of str
    what : str
        What messages call all of them.

    Raises
    ------
    InputError
        Naming the first that comes again, with both of its positions.
    """
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        if first.setdefault(name, place) != place:
            raise InputError(f"{what}: {name!r} stands at positions {first[name]} and {place}; expected each once")


def has_half_character(text: str) -> bool:
    """Tell whether a text has half of a surrogate pair: UTF-8 cannot encode it, so no tokenizer takes it."""
    return not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)


def _iterated(given: Any, what: str, items: str) -> Iterator[Any]:
    try:
        if isinstance(given, bytes | bytearray | memoryview):
            raise TypeError
        return iter(given)
    except TypeError:
        raise InputError(f"{what}: {_shown(given)} is no list of {items}; expected strings") from None


def _fault(value: Any) -> str | None:
    """Say why one text is unusable, and what to do."""
    if isinstance(value, str):
        if has_half_character(value):
            return f"({_shown(value)}) has half of a surrogate pair, which is no text; mend it where it was decoded"
        return None
    if isinstance(value, bytes | bytearray):
        return f"is {_shown(value)}, not a string; decode it, such as with .decode('utf-8')"
    return f"is {_shown(value)}, not a string; leave it out, or turn it into one string"


def _shown(value: Any) -> str:
    return f"{ascii(value)[:40]} ({type(value).__name__})"

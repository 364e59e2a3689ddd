"""Validate arguments of library calls: whole numbers, numbers, arrays of numbers, names of groups.

Every fault is an ``InputError`` of one line that names the argument, what was expected and what was found.
"""

from __future__ import annotations

import contextlib
import math
import numbers
import os
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError

__all__ = [
    "MOST_PERMUTATIONS",
    "file_name",
    "flag",
    "flags",
    "group_names",
    "head_numbers",
    "is_drawn",
    "level",
    "one_by_one",
    "permutation_count",
    "random_number",
    "real_array",
    "real_number",
    "refuse_odd_entries",
    "seconds",
    "seed_number",
    "whole_array",
    "whole_number",
]

Array = NDArray[Any]

MOST_PERMUTATIONS = 1_000_000
SHOWN = 60
# a larger number is as good as infinite
LARGEST = 1e300
_KINDS = {
    "b": "booleans", "c": "complex numbers", "U": "text", "S": "bytes", "M": "dates", "m": "spans of time",
    "V": "records",
}  # fmt: skip


def whole_number(
    name: str, value: Any, least: int | None = None, most: int | None = None, example: int | None = None
) -> int:
    """Return a whole number; 19.0 is one, 19.5, True and "19" are not.

    Parameters
    ----------
    name : str
        Name of the argument.
    value : object
    least, most : int, optional
        Bounds, both included.
    example : int, optional
        An example for the message.

    Raises
    ------
    InputError
    """
    found = _plain(value)
    whole = isinstance(found, numbers.Integral) or (isinstance(found, float) and found.is_integer())
    if not whole or isinstance(found, bool):
        raise _unexpected(name, value, "a whole number", least, most, example)
    number = int(found)
    if (least is not None and number < least) or (most is not None and number > most):
        raise _unexpected(name, value, "a whole number", least, most, example)
    return number


def file_name(name: str, value: Any) -> Path:
    """Return the name of a file or folder as a path; refuse an empty name or another type."""
    if not isinstance(value, str | os.PathLike):
        raise InputError(f"{name} {_shown(value)}: expected the name of a file or folder")
    if not str(value):
        raise InputError(f"{name}: the name is empty; name a file or folder")
    return Path(value)


def flag(name: str, value: Any) -> bool:
    """Return True or False, NumPy's too; anything else is refused: "no" would count as true."""
    found = _plain(value)
    if not isinstance(found, bool):
        raise _unexpected(name, value, "True or False", None, None, None)
    return found


def permutation_count(name: str, value: Any, least: int = 1) -> int:
    """Return a number of permutations, from 1 to a million; 0 only where scores may be wanted without a test."""
    return whole_number(name, value, least, MOST_PERMUTATIONS, 1000)


def seed_number(name: str, value: Any) -> int:
    """Return a seed: a whole number of 64 bits, with a sign."""
    number = whole_number(name, value)
    if not -(1 << 63) <= number < 1 << 63:
        raise InputError(f"{name} {_shown(number)}: expected a whole number of at most 63 bits")
    return number


def random_number(name: str, random_state: Any) -> int:
    """Return the seed that a ``random_state`` stands for.

    Parameters
    ----------
    name : str
        Name of the argument.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None
        A whole number of at most 63 bits is a seed itself; a generator is advanced by one draw; None is a fresh seed.

    Raises
    ------
    InputError
    """
    if is_drawn(random_state):
        source = np.random.default_rng() if random_state is None else random_state
        return int.from_bytes(source.bytes(8), "little", signed=True)
    if not isinstance(_plain(random_state), numbers.Real):
        raise _unexpected(name, random_state, "a whole number, None or a NumPy generator", None, None, None)
    return seed_number(name, random_state)


def is_drawn(random_state: Any) -> bool:
    """Tell whether the seed is drawn, at random or by a generator, rather than given."""
    return random_state is None or isinstance(random_state, np.random.RandomState | np.random.Generator)


def head_numbers(head: Any) -> tuple[int, int]:
    """Return attention layer and head, both whole numbers, as they are given."""
    with contextlib.suppress(InputError):
        if isinstance(head, tuple | list | np.ndarray) and len(head) == 2:
            return whole_number("layer", head[0]), whole_number("head", head[1])
    raise InputError(f"head {_shown(head)}: expected two whole numbers, layer and head, such as (3, 7)")


def real_number(
    name: str, value: Any, least: float | None = None, most: float | None = None, example: float | None = None
) -> float:
    """Return a number that is finite and within bounds; not a boolean, nor text that looks like one."""
    found: Any = _plain(value)
    if not isinstance(found, bool) and issubclass(type(found), numbers.Real):
        number = float(found) if -LARGEST < found < LARGEST else math.inf
        low, high = (-LARGEST if least is None else least), (LARGEST if most is None else most)
        if low <= number <= high:
            return number
    raise _unexpected(name, value, "a number", least, most, example)


def seconds(name: str, value: Any) -> float:
    """Return a number of seconds; infinity counts as one."""
    found: Any = _plain(value)
    if isinstance(found, bool) or not isinstance(found, int | float) or not found > 0:
        raise InputError(f"{name} {_shown(found)}: expected a number of seconds above 0")
    return float(found) if found < LARGEST else math.inf


def level(alpha: Any) -> float:
    """Return the level of tests."""
    found = real_number("alpha", alpha, 1e-6, 1.0, 0.05)
    if found == 1.0:
        raise InputError("alpha 1: expected a number below 1, such as 0.05")
    return found


def equality(equal: Any) -> float:
    """Return what the differences that count as none are multiplied by."""
    return real_number("equal", equal, 0.0, 20.0, 1.0)


def _plain(value: Any) -> Any:
    """Return NumPy scalars and arrays without dimensions as Python values."""
    return value.item() if isinstance(value, np.generic | np.ndarray) and not np.ndim(value) else value


def _unexpected(name: str, value: Any, what: str, least: Any, most: Any, example: Any) -> InputError:
    bounds = ""
    if least is not None and most is not None:
        bounds = f" from {least} to {most}"
    elif least is not None or most is not None:
        bounds = f" of at least {least}" if most is None else f" of at most {most}"
    such = "" if example is None else f", such as {example}"
    return InputError(f"{name} {_shown(_plain(value))}: expected {what}{bounds}{such}")


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # a whole number of too many digits
        text = f"of {value.bit_length()} bits"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


# ---- arrays


def real_array(name: str, given: Any, *, booleans: bool = False) -> Array:
    """Return an array of real numbers, in the type it has; complex numbers, text, objects and masks are refused.

    Parameters
    ----------
    name : str
        Name of the argument.
    given : array_like
        bfloat16 and its like become float32.
    booleans : bool
        Whether True and False may stand for 1 and 0.

    Raises
    ------
    InputError
        Also for None, missing values of pandas and rows of different lengths. NaN passes.
    """
    found = _array(name, given, "an array of numbers")
    if found.dtype.kind == "V" and found.dtype.names is None:
        # NumPy does not know ml_dtypes' bfloat16 and float8 as numbers
        with contextlib.suppress(TypeError, ValueError):
            found = found.astype(np.float32)
    if found.dtype.kind not in ("fiub" if booleans else "fiu"):
        raise InputError(f"{name}: expected an array of numbers, found {_kind(found)}")
    return found


def whole_array(name: str, given: Any, most: int | None = None) -> NDArray[np.int64]:
    """Return whole numbers from 0 to ``most`` in one row, as token ids and lengths are.

    Raises
    ------
    InputError
    """
    bounds = "of at least 0" if most is None else f"from 0 to {most}"
    found = _array(name, list(given) if isinstance(given, range) else given, f"whole numbers {bounds}")
    if found.ndim != 1:
        raise InputError(f"{name}: expected whole numbers {bounds} in one row, found shape {found.shape}")
    if not found.size:
        return found.astype(np.int64)
    if found.dtype.kind not in "iu":
        kind = "numbers with a decimal point" if found.dtype.kind == "f" else _kind(found)
        raise InputError(f"{name}: expected whole numbers {bounds}, found {kind}")
    if found.min() < 0 or (most is not None and found.max() > most):
        odd = found.min() if found.min() < 0 else found.max()
        raise InputError(f"{name}: expected whole numbers {bounds}, found {odd}")
    return found.astype(np.int64)


def flags(name: str, given: Any) -> NDArray[np.bool_]:
    """Return booleans; 0 and 1 are booleans too, anything else is not: "False" and NaN would count as true.

    Raises
    ------
    InputError
    """
    found = real_array(name, given, booleans=True)
    if not np.isin(found, (0, 1)).all():
        raise InputError(f"{name}: expected True and False, or 1 and 0, found other numbers")
    return found.astype(bool)


def one_by_one(name: str, given: Any, what: str) -> Iterator[Any]:
    """Iterate over a sequence of arrays; InputError where there is nothing to iterate over."""
    if given is None or isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise InputError(f"{name}: {_named(given)}, expected {what}")
    if isinstance(given, np.ndarray) and not given.ndim:
        raise InputError(f"{name}: one number, expected {what}")
    return iter(given)


def _array(name: str, given: Any, what: str) -> Array:
    if given is None:
        raise InputError(f"{name}: None, expected {what}")
    if isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given):
        raise InputError(f"{name}: a masked array, whose masked values would be read; fill them, or leave them out")
    try:
        return np.asarray(given)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"{name}: expected {what}, all rows of one length ({_reason(error)})") from None


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _kind(found: Array) -> str:
    if found.dtype.kind != "O":
        return _KINDS.get(found.dtype.kind, str(found.dtype))
    if not found.ndim:
        return f"{_named(found.item())}"
    for place, value in np.ndenumerate(found):
        if _missing(value) or not isinstance(value, numbers.Real):
            where = place[0] if found.ndim == 1 else place
            return f"{_named(value)} at {where}"
    return "objects; convert them, as with .astype(float)"


def _named(value: Any) -> str:
    """Describe a value in a message: the value itself if short, else its type."""
    plain = value is None or isinstance(value, str | bytes | int | float | complex) or _missing(value)
    return _shown(value) if plain else f"a value of type {type(value).__name__}"


def _missing(value: Any) -> bool:
    """Tell whether a value is None, NaN, NaT or pandas.NA; pandas itself need not be here."""
    if value is None or type(value).__name__ == "NAType":
        return True
    return isinstance(value, float | complex | np.generic) and bool(value != value)  # noqa: PLR0124


def refuse_odd_entries(name: str, given: Any) -> None:
    """Refuse entries that conversion to float would take for numbers, or fail at without naming the argument.

    For scikit-learn's own checks, which take arrays of objects: text, pandas.NA and complex numbers.

    Raises
    ------
    InputError
    """
    if isinstance(given, np.ma.MaskedArray | list | tuple):
        found = _array(name, given, "an array of numbers") if len(given) else np.zeros(0)
    elif hasattr(given, "to_numpy"):
        found = given.to_numpy()
    elif isinstance(given, np.ndarray):
        found = given
    else:
        return
    if found.dtype.kind in "USMm":
        raise InputError(f"{name}: expected numbers, found {_KINDS[found.dtype.kind]}")
    if found.dtype.kind == "c":
        # scikit-learn's words, without the whole array behind them
        raise InputError(f"{name}: Complex data not supported; expected numbers, such as .real of these")
    if found.dtype.kind != "O":
        return
    # pandas columns with missing values of their own become NaN, columns of objects cannot
    kinds: Any = getattr(given, "dtypes", found.dtype)
    objects = all(isinstance(kind, np.dtype) for kind in np.atleast_1d(kinds))
    for place, value in np.ndenumerate(found):
        if isinstance(value, str | bytes | complex) or (objects and type(value).__name__ == "NAType"):
            raise InputError(f"{name}: expected numbers, found {_named(value)} at {place}")


# ---- names


def group_names(name: str, given: Any, count: int | None = None, of: str = "rows") -> list[Any]:
    """Return text or numbers that name groups, words or relations, one for each row.

    Parameters
    ----------
    name : str
        Name of the argument.
    given : sequence of str or of numbers
        A column of pandas too.
    count : int, optional
        Required number.
    of : str
        The rows that the names belong to.

    Raises
    ------
    InputError
        Where a name is missing (None, NaN, pandas.NA; the message gives its position) or is neither text nor a number,
        and where text and numbers are mixed, since 1 and "1" could be one group or two.
    """
    expected = "one name for each row"
    if isinstance(given, Set) or getattr(given, "ndim", 1) != 1:
        raise InputError(f"{name}: {_named(given)}, expected {expected}, in their order")
    found = list(one_by_one(name, given, expected))
    if count is not None and len(found) != count:
        raise InputError(f"{name}: {len(found)} given for {count} {of}")
    for place, value in enumerate(found):
        if _missing(value):
            raise InputError(
                f"{name}: {value!r} at position {place}, expected {expected}; leave the row out, or name it"
            )
        if not isinstance(value, str | numbers.Real | np.bool_):
            raise InputError(f"{name}: {_named(value)} at position {place}, expected text or a number")
    texts = [isinstance(value, str) for value in found]
    if any(texts) and not all(texts):
        place = texts.index(not texts[0])
        raise InputError(f"{name}: {found[place]!r} at position {place}, expected all text or all numbers, not both")
    return found

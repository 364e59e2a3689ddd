"""Dataclasses to JSON values and back, without loss and without NaN."""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import re
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from ..errors import InputError
from .files import read_whole

__all__ = ["MOST_VALUES", "from_json", "json_fault", "json_text", "read_json", "refuse_schema", "to_json"]

T = TypeVar("T")
# a seed may have 63 bits; no count needs more
LARGEST = 2**63
# a value of three bytes takes up to a hundred in memory
MOST_VALUES = 10_000_000
# a reason that does not apply, and verdict fields that its kind does not use
LEFT_OUT = ("reason", "attention_layer", "hidden_state", "contrast", "method")


def to_json(value: Any) -> Any:
    """Turn dataclasses into JSON values: empty ``LEFT_OUT`` fields are left out, NaN becomes null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = ((item.name, getattr(value, item.name)) for item in dataclasses.fields(value))
        return {name: to_json(part) for name, part in pairs if not (name in LEFT_OUT and part is None)}
    if isinstance(value, dict):
        return {str(key): to_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(part) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if hasattr(value, "item"):  # a NumPy scalar
        return to_json(value.item())
    raise TypeError(f"{type(value).__name__} has no place in a result")


# brackets on lines of their own with numbers alone between them; strings hold no line break, so none is touched
_NUMBERS = re.compile(r"\[\n\s*((?:[-+.0-9eE]+|null)(?:,\n\s*(?:[-+.0-9eE]+|null))*)\n\s*\]")


def json_text(value: Any) -> str:
    """Return JSON values as text: indented, with each row of numbers on one line."""
    text = json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False)
    return _NUMBERS.sub(lambda found: "[" + re.sub(r",\s+", ", ", found[1]) + "]", text)


def json_fault(error: ValueError | RecursionError) -> str:
    """Say in a user's words why a text is not JSON: the library's own messages name its internal limits."""
    if isinstance(error, RecursionError):
        return "nested too deep"
    reason = " ".join(str(error).split())
    return "a number of thousands of digits" if "integer string conversion" in reason else reason


def read_json(path: Path, expected: str, advice: str, *, pipes: bool = True) -> Any:
    """Read a JSON file: UTF-8, with or without a byte order mark, and no NaN, which JSON does not have.

    Parameters
    ----------
    path : Path
    expected, advice : str
        Words after "expected" where the file cannot be read, and what to do where it is not JSON.
    pipes : bool
        Whether the file may be a pipe.

    Raises
    ------
    InputError
        One line that names the file; also where the file is larger than ``files.LARGEST`` or holds more than
        ``MOST_VALUES`` values.
    """
    data = read_whole(path, expected, pipes=pipes)
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise InputError(f"{path}: has more than {MOST_VALUES} values; {advice}")
    try:
        return json.loads(data.removeprefix(b"\xef\xbb\xbf").decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON ({json_fault(error)}); {advice}") from None


def refuse_schema(path: Path, data: Any, schema: int, advice: str) -> None:
    """Refuse JSON values that are not those of a file of this schema.

    Raises
    ------
    InputError
        One line that names the file and its schema.
    """
    found = data.get("schema") if isinstance(data, dict) else None
    if type(found) is not int or found != schema:
        raise InputError(f"{path}: schema {json.dumps(found)[:40]}, expected {schema}; {advice}")


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


class _MisfitError(ValueError):
    """A value does not have the type that its field needs; the text says where."""

    def __init__(self, message: str, way: tuple[str, ...] = ()) -> None:
        super().__init__(f"{'.'.join(way)}: {message}" if way else message)
        self.message, self.way = message, way


def from_json(kind: type[T], data: Any) -> T:
    """Rebuild a dataclass of ``kind`` from JSON values; keys that are missing take the field's default.

    Raises
    ------
    ValueError
        Where a value does not have its field's annotated type; the message names the field
        (``layers.3.anisotropy: expected a number, found 'much'``).
    """
    return typing.cast("T", _build(kind, data))


def _within(name: str, kind: Any, data: Any) -> Any:
    try:
        return _build(kind, data)
    except _MisfitError as error:
        raise _MisfitError(error.message, (name, *error.way)) from None


def _build(kind: Any, data: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if data is None and type(None) in arguments:
            return None
        return _build(next(part for part in arguments if part is not type(None)), data)
    if origin is list:
        return [_within(str(i), arguments[0], part) for i, part in enumerate(_of(list, data))]
    if origin is tuple:
        if len(_of(list, data)) != len(arguments):
            raise _MisfitError(f"expected {len(arguments)} values, found {len(data)}")
        return tuple(_within(str(i), arguments[i], part) for i, part in enumerate(data))
    if origin is dict:
        return {key: _within(key, arguments[1], part) for key, part in _of(dict, data).items()}
    if dataclasses.is_dataclass(kind):
        return _built_class(kind, _of(dict, data))
    if kind is float:
        value = float(_of(float, data))
        if not math.isfinite(value):
            raise _MisfitError(f"expected a finite number, found {value}")
        return value
    return _of(kind, data) if kind in _KINDS else data


def _built_class(kind: Any, data: dict[str, Any]) -> Any:
    fields = dataclasses.fields(kind)
    missing = [item.name for item in fields if item.name not in data and _needed(item)]
    if missing:
        raise _MisfitError(f"has no {missing[0]}")
    hints = _hints(kind)
    given = [item.name for item in fields if item.name in data]
    return kind(**{name: _within(name, hints[name], data[name]) for name in given})


def _needed(item: dataclasses.Field[Any]) -> bool:
    return item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


# accepted JSON types by annotation, with their names in messages; only Python counts true and false as numbers
_KINDS: dict[Any, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "a text"),
    list: ((list, tuple), "a list"),
    dict: ((dict,), "an object"),
}


def _of(kind: Any, data: Any) -> Any:
    accepted, name = _KINDS[kind]
    odd = isinstance(data, bool) and kind is not bool
    if odd or not isinstance(data, accepted) or (isinstance(data, int) and abs(data) > LARGEST):
        raise _MisfitError(f"expected {name}, found {json.dumps(data)[:40]}")
    return data

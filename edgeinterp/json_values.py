"""Dataclasses to JSON values and back, without loss and without NaN."""

from __future__ import annotations

import dataclasses
import json
import math
import re
import types
import typing
from typing import Any, TypeVar

__all__ = ["dumps", "from_json", "to_json"]

T = TypeVar("T")
# a reason that is not needed, and what a verdict is not about
LEFT_OUT = ("reason", "attention_layer", "hidden_state", "contrast")


def to_json(value: Any) -> Any:
    """Turn dataclasses into JSON values: what is ``LEFT_OUT`` when empty is left out, a NaN becomes null."""
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


# a list without lists or objects in it, written over several lines: a line break inside brackets is never in a string
_FLAT_LIST = re.compile(r"\[\n[^\[\]{}\"]*\n *\]")


def dumps(value: Any) -> str:
    """Write JSON values indented, lists of numbers on one line: a file has many, and most of it would be spaces."""
    text = json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False)
    return (
        _FLAT_LIST.sub(lambda found: re.sub(r"\s+", " ", found[0]).replace("[ ", "[").replace(" ]", "]"), text) + "\n"
    )


def from_json(kind: type[T], data: Any) -> T:
    """Rebuild a dataclass of ``kind`` from JSON values; keys that are missing take the field's default."""
    return typing.cast("T", _build(kind, data))


def _build(kind: Any, data: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if data is None:
            return None
        return _build(next(part for part in arguments if part is not type(None)), data)
    if origin is list:
        return [_build(arguments[0], part) for part in data]
    if origin is tuple:
        return tuple(_build(part, item) for part, item in zip(arguments, data, strict=True))
    if origin is dict:
        return {key: _build(arguments[1], part) for key, part in data.items()}
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        names = [item.name for item in dataclasses.fields(kind) if item.name in data]
        return typing.cast("Any", kind)(**{name: _build(hints[name], data[name]) for name in names})
    return float(data) if kind is float else data

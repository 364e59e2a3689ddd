"""Result of ``bench``, and its JSON, with every figure validated on reading."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..results.result import Device, ModelInfo
from ..runtime.json_values import from_json, json_text, read_json, refuse_schema, to_json
from ..runtime.writing import write_whole
from .workload import digest

__all__ = ["SCHEMA", "BenchResult", "Figure", "Reading", "State", "WorkloadInfo", "load_bench"]

SCHEMA = 1


@dataclass(frozen=True)
class Figure:
    """One figure of a device.

    Attributes
    ----------
    name : str
        Such as ``forward.64.last``.
    unit : str
        Such as ``tokens/s``.
    better : str
        ``higher`` or ``lower``.
    median, min, max : float or None
        Over ``count`` repetitions; None, with a reason, where it could not be measured.
    count : int
        Repetitions.
    """

    name: str
    unit: str
    better: str
    median: float | None
    min: float | None
    max: float | None
    count: int
    reason: str | None = None


@dataclass(frozen=True)
class Reading:
    """One fact from the operating system; a null ``value`` has a reason."""

    value: Any
    reason: str | None = None


@dataclass(frozen=True)
class State:
    """Conditions that may slow the device down, at one moment.

    ``governors``: clock governors of the cores; ``frequency_mhz``: least and greatest clock of the cores;
    ``temperature_c``: temperature of the hottest thermal zone; ``throttled``: causes of slowdown that a Raspberry Pi's
    firmware reports; ``throttle_events``: how often the cores were throttled since the system started; ``load``:
    processes that ran or waited in the last minute.
    """

    governors: Reading
    frequency_mhz: Reading
    temperature_c: Reading
    throttled: Reading
    throttle_events: Reading
    load: Reading


@dataclass(frozen=True)
class WorkloadInfo:
    """The workload; ``sha256`` is the hash of ``definition``, which includes the model's hash."""

    name: str
    sha256: str
    definition: dict[str, Any]


@dataclass(frozen=True)
class BenchResult:
    """A device's figures; ``to_dict`` is the JSON of ``edgeinterp bench --out``."""

    edgeinterp: str
    created: str
    workload: WorkloadInfo
    model: ModelInfo
    device: Device
    settings: dict[str, Any]
    state: dict[str, State]
    figures: list[Figure]
    total_s: float
    schema: int = field(default=SCHEMA, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        data: dict[str, Any] = to_json(self)
        return {"schema": data.pop("schema"), **data}

    def save(self, path: str | Path) -> None:
        """Write the JSON to ``path``, whole or not at all."""
        write_whole(Path(path), json_text(self.to_dict()) + "\n")


def load_bench(path: str | Path) -> BenchResult:
    """Read the JSON of ``edgeinterp bench --out``.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    BenchResult

    Raises
    ------
    InputError
        Where the file is missing, is not JSON, has a schema that this version cannot read, lacks a field, or holds an
        impossible figure.
    """
    file = Path(path)
    expected = "a file written by `edgeinterp bench --out`"
    data = read_json(file, expected, f"expected {expected}")
    if not isinstance(data, dict) or not isinstance(data.get("workload"), dict):
        raise InputError(f"{file}: holds no workload; expected {expected}")
    refuse_schema(file, data, SCHEMA, "write it again with this version")
    try:
        found = from_json(BenchResult, data)
        fault = _fault(found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"{file}: not whole ({error}); write it again with `edgeinterp bench --out`") from None
    if fault is not None:
        raise InputError(f"{file}: {fault}; write it again with `edgeinterp bench --out`")
    return found


def _fault(found: BenchResult) -> str | None:
    """Name the fault of a file that has the right fields."""
    if not found.figures:
        return "holds no figure"
    if digest(found.workload.definition) != found.workload.sha256:
        return "the workload's sha256 differs from the hash of its definition"
    if found.workload.definition.get("model_sha256") != found.model.sha256:
        return "the workload was defined for another model than the file names"
    if set(found.state) != {"before", "after"}:
        return "state: expected `before` and `after`"
    names = [figure.name for figure in found.figures]
    if len(set(names)) < len(names):
        return "a figure stands twice"
    return next((reason for figure in found.figures if (reason := _wrong(figure)) is not None), None)


def _wrong(figure: Figure) -> str | None:
    if figure.better not in ("higher", "lower"):
        return f"figure {figure.name}: better is {figure.better!r}, expected `higher` or `lower`"
    if figure.median is None:
        return None if figure.reason else f"figure {figure.name}: null without a reason"
    values = (figure.min, figure.median, figure.max)
    whole = [value for value in values if value is not None and math.isfinite(value) and value > 0]
    if len(whole) < len(values) or sorted(whole) != whole or not figure.count >= 1:
        return f"figure {figure.name}: expected 0 < min <= median <= max and a count of 1 or more"
    return None

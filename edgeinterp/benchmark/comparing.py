"""Compare the figures of two devices, or of two runs on one device."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .._version import __version__
from ..errors import InputError
from ..results.result import Device, ModelInfo
from ..runtime.json_values import json_text, to_json
from ..runtime.writing import write_whole
from .result import SCHEMA, BenchResult, Figure, WorkloadInfo, load_bench
from .state import remarks

__all__ = ["BenchComparison", "Difference", "FigurePair", "compare_benches"]

_DEVICE = ("machine", "cpu", "cores", "memory_mb")


@dataclass(frozen=True)
class FigurePair:
    """One figure of both devices.

    Attributes
    ----------
    a, b : float or None
        Medians.
    ratio : float or None
        b / a.
    range : tuple of float or None
        Least and greatest ratio of single repetitions: b's least to a's greatest, and the other way round.
    outcome : str or None
        ``within the spread`` where the range includes 1; else ``b is better`` or ``b is worse``. None, with a reason,
        where it cannot be told.
    """

    name: str
    unit: str
    better: str
    a: float | None
    b: float | None
    ratio: float | None
    range: tuple[float, float] | None
    outcome: str | None
    reason: str | None = None


@dataclass(frozen=True)
class Difference:
    """A setting, version or part of the device that differs."""

    name: str
    a: Any
    b: Any


@dataclass(frozen=True)
class BenchComparison:
    """Two files of one workload; ``to_dict`` is the JSON of ``edgeinterp bench --compare --out``."""

    edgeinterp: str
    created: str
    workload: WorkloadInfo
    model: dict[str, ModelInfo]
    device: dict[str, Device]
    figures: list[FigurePair]
    differences: list[Difference]
    notes: list[str]
    schema: int = field(default=SCHEMA, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON values."""
        data: dict[str, Any] = to_json(self)
        return {"schema": data.pop("schema"), **data}

    def save(self, path: str | Path) -> None:
        """Write the JSON to ``path``, whole or not at all."""
        write_whole(Path(path), json_text(self.to_dict()) + "\n")


def compare_benches(first: str | Path, second: str | Path) -> BenchComparison:
    """Read two files that ``edgeinterp bench --out`` wrote, and put their figures side by side.

    Parameters
    ----------
    first, second : str or Path
        The files; ``first`` is a.

    Returns
    -------
    BenchComparison

    Raises
    ------
    InputError
        Where a file cannot be used (``load_bench``), or the files have different models or workloads: the ratio of two
        figures would then say nothing about the devices.
    """
    a, b = load_bench(first), load_bench(second)
    _refuse_different(a, b, (first, second))
    figures = {figure.name: figure for figure in a.figures}
    others = {figure.name: figure for figure in b.figures}
    return BenchComparison(
        edgeinterp=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        workload=a.workload,
        model={"a": a.model, "b": b.model},
        device={"a": a.device, "b": b.device},
        figures=[_pair(figures.get(name), others.get(name)) for name in dict.fromkeys([*figures, *others])],
        differences=_differences(a, b),
        notes=[f"{name}: {remark}" for name, result in (("a", a), ("b", b)) for remark in remarks(result)],
    )


def _refuse_different(a: BenchResult, b: BenchResult, names: tuple[str | Path, str | Path]) -> None:
    both = f"{names[0]} and {names[1]}"
    if a.model.sha256 != b.model.sha256:
        raise InputError(
            f"{both}: measured with different models ({_model(a.model)} and {_model(b.model)}); run `edgeinterp bench` "
            "with the same model folder on both devices"
        )
    if a.workload.sha256 != b.workload.sha256:
        one, other = a.workload.definition, b.workload.definition
        differ = [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
        raise InputError(
            f"{both}: measured on different workloads ({a.workload.name} and {b.workload.name}, which differ in "
            f"{', '.join(differ)}); run the same version of edgeinterp on both devices"
        )


def _model(model: ModelInfo) -> str:
    return f"{model.architecture}, {model.quantization}, sha256 {model.sha256[:12]}"


def _pair(a: Figure | None, b: Figure | None) -> FigurePair:
    known = a or b
    assert known is not None
    medians = [None if figure is None else figure.median for figure in (a, b)]
    reasons = [
        f"{name}: {'not in the file' if figure is None else figure.reason}"
        for name, figure in (("a", a), ("b", b))
        if figure is None or figure.median is None
    ]
    if a is None or b is None or reasons:
        reason = "; ".join(reasons)
        return FigurePair(known.name, known.unit, known.better, medians[0], medians[1], None, None, None, reason)
    ratio = _whole(b.median) / _whole(a.median)
    if min(a.count, b.count) < 2:
        reason = "measured once: there is no spread to judge it by"
        return FigurePair(a.name, a.unit, a.better, a.median, b.median, ratio, None, None, reason)
    low, high = _whole(b.min) / _whole(a.max), _whole(b.max) / _whole(a.min)
    outcome = "within the spread"
    if low > 1 or high < 1:
        outcome = "b is better" if (low > 1) == (a.better == "higher") else "b is worse"
    return FigurePair(a.name, a.unit, a.better, a.median, b.median, ratio, (low, high), outcome)


def _whole(value: float | None) -> float:
    """Return a number that the file's reader has already validated."""
    assert value is not None
    return value


def _differences(a: BenchResult, b: BenchResult) -> list[Difference]:
    """Return the differences, those of the device first."""
    pairs: list[tuple[str, Any, Any]] = [(name, getattr(a.device, name), getattr(b.device, name)) for name in _DEVICE]
    pairs.append(("edgeinterp", a.edgeinterp, b.edgeinterp))
    pairs += [(name, a.settings.get(name), b.settings.get(name)) for name in dict.fromkeys([*a.settings, *b.settings])]
    before = [result.state["before"] for result in (a, b)]
    pairs.append(("clock governor", before[0].governors.value, before[1].governors.value))
    return [Difference(name.replace("_", " "), one, other) for name, one, other in pairs if one != other]

"""A whole run's result, and its JSON: ``result.json`` as documented, read back without loss."""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..runtime.arguments import file_name
from ..runtime.counting import counted
from ..runtime.json_values import from_json, json_text, read_json, refuse_schema, to_json
from ..runtime.writing import write_whole
from .correspondence.result import (
    CorrespondenceResult,
    Example,
    Foreign,
    LayerCorrespondence,
    LengthBin,
    MapKappa,
    MapScores,
    MapSwap,
    PositionScore,
    RandomModelScore,
    Recoverable,
    Rise,
    Share,
    Swap,
    TokenScore,
)
from .hybrid.result import HybridResult
from .influence.result import (
    Agreement,
    BestHead,
    HeadInfluence,
    HeadSummary,
    InfluenceResult,
    LayerInfluence,
    NamedHead,
    ReferenceAgreement,
    RivalAgreement,
    SentenceView,
    Span,
)
from .judge.result import JudgedMethod, JudgedText, JudgeResult, MethodRival
from .properties.result import FeatureScore, LayerProperties, LeftOut, PropertiesResult, RivalScore
from .relations.result import (
    Contrast,
    HeadScore,
    PairLeftOut,
    PairSentence,
    Reference,
    RelationRival,
    RelationsResult,
    TemplateScore,
)
from .rows import Tabular
from .shared import ControlScore, Margin, TextScores, Verdict

__all__ = [
    "KINDS",
    "SCHEMA",
    "Agreement",
    "BestHead",
    "CheckResult",
    "Contrast",
    "ControlScore",
    "CorrespondenceResult",
    "Device",
    "Example",
    "FeatureScore",
    "Foreign",
    "HeadInfluence",
    "HeadScore",
    "HeadSummary",
    "InfluenceResult",
    "InputFile",
    "JudgeResult",
    "JudgedMethod",
    "JudgedText",
    "LayerCorrespondence",
    "LayerInfluence",
    "LayerProperties",
    "LeftOut",
    "LengthBin",
    "MapKappa",
    "MapScores",
    "MapSwap",
    "Margin",
    "MethodRival",
    "ModelInfo",
    "NamedHead",
    "PairLeftOut",
    "PairSentence",
    "PositionScore",
    "PropertiesResult",
    "RandomModelScore",
    "Recoverable",
    "Reference",
    "ReferenceAgreement",
    "RelationRival",
    "RelationsResult",
    "Result",
    "Rise",
    "RivalAgreement",
    "RivalScore",
    "SentenceView",
    "Share",
    "Span",
    "Swap",
    "TemplateScore",
    "TextScores",
    "TokenScore",
    "Verdict",
    "load_result",
]

# 5: four outcomes of a margin; what older results conclude from theirs no longer follows, so that none is read
SCHEMA = 5
VERDICTS = ("supported", "weakened", "unsupported", "undecided")


CheckResult = CorrespondenceResult | HybridResult | InfluenceResult | JudgeResult | PropertiesResult | RelationsResult
# the type of each check's part when result.json is read
KINDS: dict[str, type[CheckResult]] = {
    "correspondence": CorrespondenceResult,
    "influence": InfluenceResult,
    "relations": RelationsResult,
    "properties": PropertiesResult,
    "hybrid": HybridResult,
    "judge": JudgeResult,
}


@dataclass(frozen=True)
class ModelInfo:
    """Identify the checked model."""

    path: str
    sha256: str
    architecture: str
    layers: int
    heads: int
    hidden_size: int
    causal: bool
    quantization: str


@dataclass(frozen=True)
class Device:
    """Describe the machine that the check ran on; ``threads`` is the run's setting."""

    machine: str
    cpu: str
    cores: int
    memory_mb: int | None
    onnxruntime: str
    numba: str
    threads: int | None = None


@dataclass(frozen=True)
class InputFile:
    """Identify one input of a run.

    ``kind`` is ``texts``, ``pairs``, ``norms``, ``templates`` or ``scores``. ``name`` is the file name without its
    folder; ``-`` for standard input; None for data made in Python or embedded without a file. ``sha256`` is the hash of
    the file as stored on disk, or of the content. ``lines`` counts its lines (unpacked), or the items.
    """

    kind: str
    name: str | None
    sha256: str
    lines: int


@dataclass(frozen=True)
class _Checks:
    """The part of result.json with values of mixed types."""

    checks: dict[str, dict[str, Any]]


def _refuse_odd_verdicts(verdicts: list[Verdict]) -> None:
    for number, verdict in enumerate(verdicts):
        if verdict.verdict not in VERDICTS:
            raise ValueError(f"verdicts.{number}.verdict: {verdict.verdict!r}, expected one of {', '.join(VERDICTS)}")


def _refuse_odd_scores(scores: Any, place: str) -> None:
    """Refuse per-text values that no check writes: anything but numbers, lists of numbers, and dicts of these."""
    for key, value in scores.items() if isinstance(scores, dict) else (("", scores),):
        if isinstance(value, dict):
            _refuse_odd_scores(value, f"{place}.{key}")
            continue
        for part in value if isinstance(value, list) else [value]:
            if part is not None and (type(part) not in (int, float) or not abs(part) < math.inf):
                raise ValueError(f"{place}.{key}: expected numbers, found {json.dumps(part)[:40]}")


@dataclass(frozen=True, repr=False)
class Result(Tabular):
    """Hold a whole run: every check's result, every verdict, and the circumstances.

    ``inputs`` are the files and data that the checks read.
    """

    edgeinterp: str
    created: str
    seed: int
    alpha: float
    permutations: int
    model: ModelInfo
    device: Device
    checks: dict[str, CheckResult]
    verdicts: list[Verdict]
    texts: list[TextScores]
    timings: dict[str, float]
    memory: dict[str, float | None]
    settings: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    inputs: list[InputFile] = field(default_factory=list)
    schema: int = SCHEMA

    def _named(self) -> str:
        return f"{self.model.architecture}, {counted(self.model.layers, 'layer')}"

    def to_dict(self) -> dict[str, Any]:
        """Return the content of ``result.json``."""
        data: dict[str, Any] = to_json(self)
        for part in data["checks"].values():
            # verdicts are stored once, at the top
            del part["verdicts"]
            part.pop("text_scores", None)
        return {"schema": data.pop("schema"), **data}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Result:
        """Rebuild a result from the content of ``result.json``, ; ValueError where it is none."""
        rest = from_json(cls, {**data, "checks": {}, "schema": SCHEMA})
        checks = from_json(_Checks, {"checks": data.get("checks")}).checks
        parts = {}
        for name, part in checks.items():
            if name not in KINDS:
                raise ValueError(f"checks: {name!r} is not known; expected {', '.join(KINDS)}")
            for number, text in enumerate(data["texts"]):
                _refuse_odd_scores(text["scores"].get(name, {}), f"texts.{number}.scores.{name}")
            own = [verdict for verdict in data["verdicts"] if verdict["check"] == name]
            scores = [
                {"hash": text["hash"], "scores": text["scores"][name]}
                for text in data["texts"]
                if name in text["scores"]
            ]
            try:
                parts[name] = from_json(KINDS[name], {**part, "verdicts": own, "text_scores": scores})
            except ValueError as error:
                raise ValueError(f"checks.{name}.{error}") from None
        _refuse_odd_verdicts(rest.verdicts)
        for found in parts.values():
            for one in found.sets if isinstance(found, PropertiesResult) else []:
                _refuse_odd_verdicts(one.verdicts)
        return dataclasses.replace(rest, checks=parts)

    def correspondence(self) -> CorrespondenceResult | None:
        """Return the part of ``correspondence``, or None where it was not run."""
        part = self.checks.get("correspondence")
        return part if isinstance(part, CorrespondenceResult) else None

    def influence(self) -> InfluenceResult | None:
        """Return the part of ``influence``, or None where it was not run."""
        part = self.checks.get("influence")
        return part if isinstance(part, InfluenceResult) else None

    def judge(self) -> JudgeResult | None:
        """Return the part of ``judge``, or None where it was not run."""
        part = self.checks.get("judge")
        return part if isinstance(part, JudgeResult) else None

    def properties(self) -> PropertiesResult | None:
        """Return the part of ``properties``, or None where it was not run."""
        part = self.checks.get("properties")
        return part if isinstance(part, PropertiesResult) else None

    def relations(self) -> RelationsResult | None:
        """Return the part of ``relations``, or None where it was not run."""
        part = self.checks.get("relations")
        return part if isinstance(part, RelationsResult) else None

    def hybrid(self) -> HybridResult | None:
        """Return the part of ``hybrid``, or None where it was not run."""
        part = self.checks.get("hybrid")
        return part if isinstance(part, HybridResult) else None

    def save(self, path: str | Path) -> None:
        """Write ``result.json`` to ``path``, whole or not at all."""
        write_whole(Path(path), json_text(self.to_dict()) + "\n")


def load_result(path: str | Path) -> Result:
    """Read a ``result.json`` back.

    Parameters
    ----------
    path : str or Path
        The file, or the folder that ``--out`` wrote it to.

    Returns
    -------
    Result

    Raises
    ------
    InputError
        Where the file is missing, is not JSON, is no result, or has a schema that this version cannot read.
    """
    file = file_name("result", path)
    if file.is_dir():
        file = file / "result.json"
    expected = "a result.json that `edgeinterp check --out` wrote"
    data = read_json(file, expected, f"expected {expected}; write it again")
    refuse_schema(file, data, SCHEMA, "verdicts follow other rules since; run the check again with this version")
    try:
        return Result.from_dict(data)
    except ValueError as error:
        raise InputError(f"{file}: not a whole result.json ({error}); write it again") from None

"""What a check returns, and its JSON: ``result.json`` after the contract, read back without loss.

Every type here is plain data. ``to_dict`` gives JSON values only: what could not be computed is ``null`` with a
``reason`` beside it, never NaN.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from .errors import InputError
from .files import write_whole

__all__ = [
    "KINDS",
    "SCHEMA",
    "CheckResult",
    "ControlScore",
    "CorrespondenceResult",
    "Device",
    "Example",
    "FeatureScore",
    "Foreign",
    "LayerCorrespondence",
    "LayerProperties",
    "LeftOut",
    "LengthBin",
    "MapScores",
    "Margin",
    "ModelInfo",
    "PositionScore",
    "PropertiesResult",
    "Result",
    "Rise",
    "RivalScore",
    "Swap",
    "TextScores",
    "TokenScore",
    "Verdict",
    "load_result",
]

SCHEMA = 1
# a reason that is not needed, and what a verdict is not about
LEFT_OUT = ("reason", "attention_layer", "hidden_state")
Interval = tuple[float, float] | None
T = TypeVar("T")


@dataclass(frozen=True)
class Verdict:
    """One claim and what became of it.

    Attributes
    ----------
    claim : str
        The sentence a user would like to say.
    check : str
        The check that decided, for example ``"correspondence"``.
    verdict : str
        ``supported``, ``weakened``, ``unsupported`` or ``untested``.
    because : str
        The reason in plain words, with the deciding numbers.
    attention_layer, hidden_state : int or None
        The attention layer 1..L, or the hidden state 0..L, that the claim is about, where it is about one.
    """

    claim: str
    check: str
    verdict: str
    because: str
    attention_layer: int | None = None
    hidden_state: int | None = None


@dataclass(frozen=True)
class LengthBin:
    """Identification among texts of ``shortest`` to ``longest`` tokens (``longest`` is null where it is open)."""

    shortest: int
    longest: int | None
    tokens: int
    identification: float


@dataclass(frozen=True)
class TokenScore:
    """How often the retrieved candidate has the token's own id (ceiling 1)."""

    identification: float | None
    kappa: float | None
    ci: Interval
    kappa_ci: Interval
    chance: float | None
    ceiling: float | None
    mrr: float | None
    p: float | None
    p_adjusted: float | None
    by_length: list[LengthBin] = field(default_factory=list)
    reason: str | None = None


@dataclass(frozen=True)
class PositionScore:
    """How often the retrieved candidate is the same position; identical references share the credit."""

    identification: float | None
    ceiling: float | None


@dataclass(frozen=True)
class MapScores:
    """Both scores of one map."""

    token: TokenScore
    position: PositionScore


@dataclass(frozen=True)
class Rise:
    """Linear identification with the whole fit half minus with half of it, on the same tokens."""

    value: float | None
    ci: Interval
    reason: str | None = None


@dataclass(frozen=True)
class Foreign:
    """Share of queries that retrieve their own position in *another* text: position passing as identity."""

    raw: float | None
    linear: float | None
    reason: str | None = None


@dataclass(frozen=True)
class Swap:
    """Of two tokens that changed places, the share retrieved as the content that moved there."""

    content_share: float | None
    ci: Interval
    texts: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class LayerCorrespondence:
    """Everything measured at one hidden state (``layer`` 0..L); ``maps`` has raw, centred and linear."""

    layer: int
    anisotropy: float | None
    rise: Rise
    foreign: Foreign
    swap: Swap
    maps: dict[str, MapScores]


@dataclass(frozen=True)
class Example:
    """One text, and for each layer and map the index of the token that each token's hidden state retrieves."""

    tokens: list[str]
    layers: list[dict[str, list[int]]]


@dataclass(frozen=True)
class TextScores:
    """Scores of one text, keyed by a hash of its token ids, so that two machines' results can be paired."""

    hash: str
    scores: dict[str, Any]


@dataclass(frozen=True)
class CorrespondenceResult:
    """What ``correspondence`` measured (docs/method.md), with its verdicts.

    ``texts`` are those evaluated; ``repeated`` texts were left out, since a copy is no further evidence. The numbers
    describe this fitted procedure on new texts of the same population. They do not say that a layer
    *uses* the identity which a linear map recovers.
    """

    texts: int
    fit_tokens: int
    evaluated_tokens: int
    truncated: int
    hidden_size: int
    permutations: int
    alpha: float
    threshold: float
    layers: list[LayerCorrespondence]
    example: Example | None = None
    verdicts: list[Verdict] = field(default_factory=list)
    text_scores: list[TextScores] = field(default_factory=list)
    repeated: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> CorrespondenceResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)


@dataclass(frozen=True)
class Margin:
    """Score minus a rival's, with its paired interval."""

    value: float | None
    ci: Interval


@dataclass(frozen=True)
class ControlScore:
    """What a null or a reference scores; a null's is the mean over its draws."""

    score: float | None
    reason: str | None = None


@dataclass(frozen=True)
class RivalScore:
    """What a rival explanation scores, and by how much the layer beats it; ``share`` is of the upper bound."""

    score: float | None
    margin: Margin | None
    share: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class FeatureScore:
    """One feature's own score; ``beyond`` is what it has over the best rival's score on that feature."""

    name: str
    score: float | None
    p_adjusted: float | None
    beyond: float | None = None
    reason: str | None = None


@dataclass(frozen=True)
class LayerProperties:
    """Everything measured at one hidden state (``layer`` 0..L).

    ``rivals`` has a key a rival; a rival of several draws or seeds has one for each, such as ``random_model.0``.
    """

    layer: int
    score: float | None
    ci: Interval
    p: float | None
    p_adjusted: float | None
    excess: float | None
    penalty: list[float]
    metrics: dict[str, float | None]
    nulls: dict[str, ControlScore]
    rivals: dict[str, RivalScore]
    references: dict[str, ControlScore]
    share: float | None
    features: list[FeatureScore]
    reason: str | None = None


@dataclass(frozen=True)
class LeftOut:
    """A concept that the tokenizer cannot represent, and why."""

    concept: str
    reason: str


@dataclass(frozen=True)
class PropertiesResult:
    """What ``properties`` measured (docs/method.md), with its verdicts.

    A score says how well held-out norms are predicted. It does not say that the model knows them: that is what the
    rivals are for, and a rival that nobody thought of is not among them.
    """

    concepts: int
    features: int
    metric: str
    mapping: str
    permutations: int
    alpha: float
    source: str
    layers: list[LayerProperties]
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """Return this part of ``result.json``, with its own ``verdicts``, as JSON values."""
        data: dict[str, Any] = to_json(self)
        return data

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> PropertiesResult:
        """Rebuild the result from ``to_dict``'s output."""
        return from_json(cls, data)


CheckResult = CorrespondenceResult | PropertiesResult
# the type that each check's part of result.json is read back as
KINDS: dict[str, type[CheckResult]] = {"correspondence": CorrespondenceResult, "properties": PropertiesResult}


@dataclass(frozen=True)
class ModelInfo:
    """The model that was checked."""

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
    """The machine that the check ran on; ``threads`` is what the run was given."""

    machine: str
    cpu: str
    cores: int
    memory_mb: int | None
    onnxruntime: str
    numba: str
    threads: int | None = None


@dataclass(frozen=True)
class Result:
    """A whole run: every check's result, every verdict, and the circumstances."""

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
    schema: int = SCHEMA

    def to_dict(self) -> dict[str, Any]:
        """Return the content of ``result.json``."""
        data: dict[str, Any] = to_json(self)
        for part in data["checks"].values():
            # they stand once, at the top
            del part["verdicts"]
            part.pop("text_scores", None)
        return {"schema": data.pop("schema"), **data}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Result:
        """Rebuild a result from the content of ``result.json``."""
        parts = {}
        for name, part in data["checks"].items():
            own = [verdict for verdict in data["verdicts"] if verdict["check"] == name]
            scores = [
                {"hash": text["hash"], "scores": text["scores"][name]}
                for text in data["texts"]
                if name in text["scores"]
            ]
            parts[name] = from_json(KINDS[name], {**part, "verdicts": own, "text_scores": scores})
        rest = from_json(cls, {**data, "checks": {}})
        return dataclasses.replace(rest, checks=parts)

    def correspondence(self) -> CorrespondenceResult | None:
        """Return the part of ``correspondence``, or None where it was not run."""
        part = self.checks.get("correspondence")
        return part if isinstance(part, CorrespondenceResult) else None

    def properties(self) -> PropertiesResult | None:
        """Return the part of ``properties``, or None where it was not run."""
        part = self.checks.get("properties")
        return part if isinstance(part, PropertiesResult) else None

    def save(self, path: str | Path) -> None:
        """Write ``result.json`` to ``path``, whole or not at all."""
        text = json.dumps(self.to_dict(), indent=1, allow_nan=False, ensure_ascii=False)
        write_whole(Path(path), text + "\n")


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
        Where the file is missing, is not JSON, or is not a result of a schema that this version reads.
    """
    file = Path(path)
    if file.is_dir():
        file = file / "result.json"
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{file}: no such file; expected a result.json that `edgeinterp check --out` wrote") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror})") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{file}: not JSON ({error}); expected a result.json") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        found = data.get("schema") if isinstance(data, dict) else None
        raise InputError(f"{file}: schema {found!r}, expected {SCHEMA}; write it again with this version")
    try:
        return Result.from_dict(data)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{file}: not a whole result.json ({error!r}); write it again") from None


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

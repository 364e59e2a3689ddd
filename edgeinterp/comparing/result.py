"""Result of ``compare``, and its JSON: ``comparison.json``, read back without loss."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..results.result import Device, ModelInfo
from ..results.shared import Interval
from ..runtime.arguments import file_name
from ..runtime.json_values import from_json, json_text, read_json, refuse_schema, to_json
from ..runtime.writing import write_whole

__all__ = [
    "SCHEMA",
    "ActivationDifferences",
    "AttentionDifference",
    "ClaimPair",
    "Comparison",
    "HeadDifference",
    "Mean",
    "Onset",
    "StateDifference",
    "StatisticPair",
    "Worst",
    "load_comparison",
]

# 3: verdicts by four outcomes of a margin; older ones follow other rules
SCHEMA = 3
FILE_NAME = "comparison.json"


@dataclass(frozen=True)
class Worst:
    """The token (for attention: the query) where the two builds differ most.

    ``hash`` is the text's hash, as in result.json; ``position`` counts from the text's first token.
    """

    value: float
    position: int
    hash: str = ""
    text: str = ""
    token: str = ""
    head: int | None = None


@dataclass(frozen=True)
class Mean:
    """A mean over tokens, its interval over texts, and the token where it is worst."""

    mean: float | None
    ci: Interval = None
    worst: Worst | None = None
    reason: str | None = None


@dataclass(frozen=True)
class StateDifference:
    """Difference of hidden state ``layer`` (0..L) between the two builds.

    ``cosine``: of the two hidden states of a token. ``relative_difference``: their distance over the root mean square
    of their norms. ``cka``: linear CKA over tokens.
    """

    layer: int
    cosine: Mean
    relative_difference: Mean
    cka: float | None
    reason: str | None = None


@dataclass(frozen=True)
class HeadDifference:
    """One head: mean Jensen-Shannon divergence (bits), share of queries with the same most attended token."""

    head: int
    js: float
    agreement: float


@dataclass(frozen=True)
class AttentionDifference:
    """Difference of attention layer 1..L between the two builds, over queries and heads.

    ``js``: Jensen-Shannon divergence in bits. ``agreement``: share of queries that attend most to the same token.
    """

    attention_layer: int
    js: Mean
    agreement: Mean
    heads: list[HeadDifference] = field(default_factory=list)


@dataclass(frozen=True)
class Onset:
    """A block where the two builds begin to differ, or begin to differ more.

    ``block`` 0 is the embeddings, 1..L the blocks. ``part``: ``embeddings``; ``attention`` where the attention of that
    block already differs; ``after attention`` otherwise, so that the cause lies in values, output projection,
    feed-forward or norm. ``before`` and ``after`` are relative differences of the hidden states around the block.
    """

    block: int
    part: str
    before: float
    after: float
    js: float | None
    because: str


@dataclass(frozen=True)
class ActivationDifferences:
    """Comparison of hidden states and attentions.

    ``texts`` counts compared texts, ``left_out`` those that the two tokenizers split differently. Special tokens are
    left out, also as queries; as keys they count.
    """

    texts: int
    tokens: int
    left_out: int
    hidden_states: list[StateDifference]
    attentions: list[AttentionDifference]
    first_difference: Onset | None
    largest_jump: Onset | None
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class StatisticPair:
    """One statistic behind a verdict, in both builds; ``difference`` is a less b.

    ``paired`` tells whether the interval pairs ``units`` of them that both kept; otherwise it is the widest that any
    dependence allows, from the two intervals alone. ``decides`` marks a condition that only one of the two meets.
    """

    name: str
    a: float | None
    b: float | None
    difference: float | None
    ci: Interval
    units: int | None
    paired: bool
    decides: bool
    reason: str | None = None


@dataclass(frozen=True)
class ClaimPair:
    """One claim's verdicts on a and on b; ``flip`` is ``real``, ``borderline`` or null."""

    claim: str
    check: str
    a: str
    b: str
    because_a: str
    because_b: str
    flip: str | None
    because: str
    statistics: list[StatisticPair] = field(default_factory=list)
    attention_layer: int | None = None
    hidden_state: int | None = None
    contrast: str | None = None

    @property
    def sides(self) -> list[tuple[str, str, str]]:
        """Check, verdict and reason of the claim, on a and on b."""
        return [(self.check, self.a, self.because_a), (self.check, self.b, self.because_b)]


@dataclass(frozen=True)
class Comparison:
    """Two builds of one model, or two machines, side by side. ``model`` and ``device`` have keys ``a`` and ``b``."""

    edgeinterp: str
    created: str
    seed: int
    alpha: float
    model: dict[str, ModelInfo]
    device: dict[str, Device]
    activations: ActivationDifferences | None
    verdicts: list[ClaimPair]
    settings: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float | None] = field(default_factory=dict)
    reason: str | None = None
    schema: int = SCHEMA

    @property
    def flips(self) -> list[ClaimPair]:
        """Return claims whose verdicts differ."""
        return [pair for pair in self.verdicts if pair.flip is not None]

    @property
    def real_flips(self) -> list[ClaimPair]:
        """Return claims whose verdicts differ by more than chance in the choice of units explains."""
        return [pair for pair in self.verdicts if pair.flip == "real"]

    def to_dict(self) -> dict[str, Any]:
        """Return the content of ``comparison.json``."""
        data: dict[str, Any] = to_json(self)
        counts = {"real": len(self.real_flips), "borderline": len(self.flips) - len(self.real_flips)}
        return {"schema": data.pop("schema"), **data, "flips": counts}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Comparison:
        """Rebuild a comparison from the content of ``comparison.json``."""
        return from_json(cls, {**data, "schema": SCHEMA})

    def save(self, path: str | Path) -> None:
        """Write ``comparison.json`` to ``path``, whole or not at all."""
        write_whole(Path(path), json_text(self.to_dict()) + "\n")


def load_comparison(path: str | Path) -> Comparison:
    """Read a ``comparison.json`` back.

    Parameters
    ----------
    path : str or Path
        The file, or the folder that ``--out`` wrote it to.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        Where the file is missing, is not JSON, is no comparison, or has a schema that this version cannot read.
    """
    file = file_name("comparison", path)
    file = file / FILE_NAME if file.is_dir() else file
    expected = f"a {FILE_NAME} that `edgeinterp compare --out` wrote"
    data = read_json(file, expected, f"expected {expected}; write it again")
    refuse_schema(file, data, SCHEMA, "verdicts follow other rules since; run `edgeinterp compare` again")
    if "flips" not in data:
        raise InputError(f"{file}: not a {FILE_NAME} (it has no flips); write it again with `edgeinterp compare`")
    try:
        return Comparison.from_dict(data)
    except ValueError as error:
        raise InputError(f"{file}: not a whole {FILE_NAME} ({error}); write it again") from None

"""Words shared by all reports: the four verdicts, the model and the device in a line each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from ...model.random_weights import RANDOM_WEIGHTS, SHUFFLED
from ...results.result import Device, ModelInfo, Result
from ...runtime.counting import counted
from .formats import count, number, p_value, ranges
from .tables import Overview

__all__ = [
    "VERDICTS",
    "Word",
    "answer",
    "device_line",
    "level",
    "level_of",
    "model_line",
    "model_name",
    "random_weights",
    "smallest_p",
    "verdict_counts",
]


@dataclass(frozen=True)
class Word:
    """A verdict's symbol (with a plain one for terminals without Unicode), its terminal colour, and its meaning."""

    symbol: str
    plain: str
    colour: str
    meaning: str


VERDICTS = {
    "supported": Word("✓", "+", "green", "every condition of the claim holds"),
    "weakened": Word("~", "~", "yellow", "better than chance, but not every condition holds"),
    "unsupported": Word("✗", "x", "red", "shown to be no better than chance, or refuted by another explanation"),
    "undecided": Word("?", "?", "cyan", "these data cannot decide it; evidence neither for nor against"),
}


def answer(
    found: Sequence[tuple[str, int | None]], unit: str, short: str, phrases: Mapping[str, str], why: str = ""
) -> str:
    """Count verdicts in one sentence.

    Parameters
    ----------
    found : sequence of (str, int or None)
        Each verdict, and its layer or None.
    unit, short : str
        Name of the layers, at first and later mention, for example ``"attention layer"`` and ``"layer"``.
    phrases : mapping
        For each verdict, the words after its number of layers.
    why : str
        Reason for which there are no verdicts.
    """
    if not found:
        return f"No {unit} was judged: {why or 'there was none to judge'}."
    parts: list[str] = []
    for name in VERDICTS:
        layers = [layer for verdict, layer in found if verdict == name]
        if layers:
            named = ranges(layer for layer in layers if layer is not None)
            which = f"{short}{'s' if len(layers) > 1 else ''} {named}" if named else "the whole model"
            if name == "weakened" and not parts:
                # "only with reservations" needs a positive case before it
                parts.append(f"none {phrases['supported']}")
            parts.append(f"{len(layers)} {phrases[name]} ({which})")
    total = counted(len(found), unit)
    return f"Of {total}, {'; '.join(parts)}."


def verdict_counts(overview: Overview) -> dict[str, int]:
    """Return how many of a check's verdicts are of each kind, in the order of ``VERDICTS``.

    What holds by definition is no finding, and is not counted.
    """
    found = [row.verdict for row in overview.rows if not row.by_definition]
    return {name: found.count(name) for name in VERDICTS}


def model_name(model: ModelInfo) -> str:
    """Return the last part of the model's path."""
    return PurePath(model.path.replace("\\", "/")).name or model.path


def model_line(model: ModelInfo) -> str:
    """Describe the model's shape in one line."""
    weights = "not quantised" if model.quantization in ("", "none") else model.quantization
    kind = "causal" if model.causal else "bidirectional"
    return (
        f"{model.architecture}, {counted(model.layers, 'layer')}, {counted(model.heads, 'head')}, hidden size "
        f"{count(model.hidden_size)}, {kind}, {weights}"
    )


def device_line(device: Device) -> str:
    """Return the machine in one line."""
    parts = [device.cpu, device.machine, counted(device.cores, "core")]
    if device.threads is not None:
        parts.append(counted(device.threads, "thread"))
    if device.memory_mb is not None:
        parts.append(f"{count(device.memory_mb)} MB memory")
    return ", ".join(part for part in parts if part)


def level(result: Result) -> str:
    """Return the level of the intervals, for example ``95 %``."""
    return level_of(result.alpha)


def level_of(alpha: float) -> str:
    """Return the level of intervals at ``alpha``, for example ``95 %``."""
    return f"{number(100 * (1 - alpha), 1).removesuffix('.0')} %"


def smallest_p(permutations: int) -> str:
    """Return the smallest p-value that ``permutations`` can give."""
    return p_value(1 / (permutations + 1))


def random_weights(result: Result) -> str:
    """Return the kind of weights that random models of a run have, in words."""
    return RANDOM_WEIGHTS.get(str(result.settings.get("random", SHUFFLED)), "random weights")

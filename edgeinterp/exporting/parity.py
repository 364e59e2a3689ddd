"""Issue the parity certificate: whether the exported graph agrees with PyTorch (docs/method.md).

Needs only NumPy and onnxruntime: PyTorch's outputs come in as arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..runtime.counting import counted
from .chatter import first_line

__all__ = [
    "INPUT_NAMES",
    "LOWEST_COSINE",
    "SENTENCES",
    "TOLERANCE",
    "Reference",
    "Trial",
    "certificate_lines",
    "certify",
    "make_feed",
    "trials",
]

TOLERANCE = 1e-3
LONGEST = 160
LOWEST_COSINE = 0.95
INPUT_NAMES = ("input_ids", "attention_mask", "token_type_ids", "position_ids")
# tokens of the text that a decoder is given beside
TARGET_LENGTH = 5
# ordinary text: the cost of int8 shows on realistic tokens, not on random ones
SENTENCES = (
    "The harbour was quiet that morning, and the boats had not yet come in.",
    "She bought three apples, a loaf of bread and some cheese for 12.50 euros.",
    "Turn on the lights in the kitchen, please.",
    "Although the bridge was closed, nobody had told the driver of the bus.",
    "A robin is a kind of bird; so is an owl.",
    "Error 404: the file /var/log/device.log could not be found.",
    "Why did you leave before the music ended?",
    "Scientists measured how quickly the ice melts when salt is added to it.",
)

Feed = dict[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Trial:
    """One batch to try: lengths of its texts, and the padding side of shorter ones (none, right, left)."""

    lengths: tuple[int, ...]
    padding: str

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Return the positions that are not padding, shape (texts, tokens)."""
        places = np.arange(max(self.lengths))
        lengths = np.array(self.lengths)[:, None]
        right: NDArray[np.bool_] = places < lengths
        return right[:, ::-1] if self.padding == "left" else right


@dataclass(frozen=True)
class Reference:
    """PyTorch's outputs for one trial: arrays in the order of the graph's outputs."""

    trial: Trial
    feed: Feed
    outputs: list[NDArray[np.float32]]


def trials(max_positions: int | None) -> list[Trial]:
    """Return the batches of every export's trial: lengths 1 to 160, alone and mixed, padded on either side.

    The longest exceeds encoders' windows of local attention (128 in ModernBERT).
    """
    plan = [
        ((1,), "none"),
        ((7,), "none"),
        ((LONGEST,), "none"),
        ((19, 19), "none"),
        ((24, 11, 5), "right"),
        ((64, 33, 16, 2), "right"),
        ((24, 11, 5), "left"),
    ]
    limit = LONGEST if max_positions is None else max_positions
    return [Trial(tuple(min(length, limit) for length in lengths), padding) for lengths, padding in plan]


def make_feed(
    trial: Trial, names: Iterable[str], texts: Sequence[NDArray[np.int64]], pad_token_id: int, first: int = 0
) -> Feed:
    """Return inputs for one trial: tokens of ``texts``, and ``pad_token_id`` under a zero mask.

    Row r begins with text ``first + r`` and continues with the following texts until its length is reached. Positions
    count from the first token that is not padding; token types are 0.
    """
    mask = trial.mask
    tokens = np.full(mask.shape, pad_token_id, np.int64)
    for row, length in enumerate(trial.lengths):
        start = (first + row) % len(texts)
        tokens[row, mask[row]] = np.resize(np.concatenate([*texts[start:], *texts[:start]]), length)
    feed = {
        "input_ids": tokens,
        "attention_mask": mask.astype(np.int64),
        "token_type_ids": np.zeros(mask.shape, np.int64),
        "position_ids": np.maximum(np.cumsum(mask, axis=1) - 1, 0),
        "decoder_input_ids": np.resize(np.concatenate([*texts[1:], *texts[:1]]), (len(mask), TARGET_LENGTH)),
    }
    return {name: np.ascontiguousarray(feed[name], dtype=np.int64) for name in names}


def certify(
    path: Path,
    names: Sequence[str],
    references: Iterable[Reference],
    *,
    quantization: str = "none",
    tolerance: float = TOLERANCE,
) -> dict[str, Any]:
    """Compare a graph with PyTorch over every position that is not padding.

    For attentions both the query and the key must not be padding. The relative difference of an output is its largest
    absolute difference over all trials divided by its largest absolute value. Its cosine is the mean over positions
    (for attentions: over heads and queries) of the cosine of the two vectors.

    Parameters
    ----------
    path : Path
        The ``.onnx`` file.
    names : sequence of str
        Outputs to compare, in the order of the references' arrays.
    references : iterable of Reference
        PyTorch's outputs.
    quantization : str
        Other than ``none``, cosines are measured instead, with only a warning below 0.95.
    tolerance : float
        Largest relative difference.

    Returns
    -------
    dict
        The certificate, JSON values only. It applies to these shapes on this machine: int8 results differ between
        processors.

    Raises
    ------
    InputError
        Where the graph does not run, or an output is missing, has another shape, is not finite or differs by more than
        the tolerance; the message names it.
    """
    both = any(name.startswith("cross_attentions") for name in names)
    of_target = [both and name.startswith(("cross_attentions", "logits")) for name in names]
    agreements = [_Agreement(name, of_target=own) for name, own in zip(names, of_target, strict=True)]
    shapes = []
    session = _session(path)
    _refuse_missing(path, names, [output.name for output in session.get_outputs()])
    inputs = {item.name for item in session.get_inputs()}
    for reference in references:
        feed = {name: value for name, value in reference.feed.items() if name in inputs}
        try:
            answers = session.run(list(names), feed)
        except Exception as error:  # onnxruntime has its own
            raise InputError(f"the exported graph does not run ({first_line(error)}) and was not kept") from error
        for agreement, expected, found in zip(agreements, reference.outputs, answers, strict=True):
            agreement.add(expected, found, reference.trial.mask)
        trial = reference.trial
        shapes.append({"batch": len(trial.lengths), "lengths": list(trial.lengths), "padding": trial.padding})
    if quantization != "none":
        found = _by_cosine(agreements, quantization)
        return {"measure": "cosine", "threshold": LOWEST_COSINE, "shapes": shapes, **found}
    return {
        "measure": "relative_difference",
        "tolerance": tolerance,
        "shapes": shapes,
        **_by_difference(agreements, tolerance),
    }


def certificate_lines(certificate: dict[str, Any]) -> list[str]:
    """Summarise a certificate's worst output, and the parts of the source that are not in the model folder."""
    worst = certificate["worst"]
    if certificate["measure"] == "behaviour":
        apart = certificate.get("own_outputs", {}).get("largest_difference")
        own = "; its own outputs were not compared, since onnxruntime does not run the file as it is"
        if apart is not None:
            own = f"; the file's own outputs differ by {apart:.2g} of their largest value"
        found = f"rows of attention sum to 1 within {worst['row_sum_error']:.2g}{own}; not compared with PyTorch"
    elif "cosine" in worst:
        found = f"the worst output is {worst['name']}, cosine {worst['cosine']:.4f} to PyTorch"
    else:
        found = (
            f"the worst output is {worst['name']}, which differs from PyTorch by {worst['relative_difference']:.2g} of "
            f"its largest value (limit {certificate['tolerance']:g})"
        )
    left_out = certificate.get("not_exported")
    lines = [f"Certificate: {found}", *(f"Note: {warning}" for warning in certificate.get("warnings", []))]
    if left_out:
        lines.append(f"Not exported: {', '.join(left_out)}; readings do not need it")
    return lines


def _by_difference(agreements: list[_Agreement], tolerance: float) -> dict[str, Any]:
    for agreement in agreements:
        if not agreement.relative_difference <= tolerance:
            raise InputError(
                f"{agreement.name}: differs from PyTorch by {agreement.relative_difference:.2g} of its largest value, "
                f"more than {tolerance:g}; the exported graph is wrong and was not kept"
            )
    rows = [{"name": item.name, "relative_difference": item.relative_difference} for item in agreements]
    worst = max(agreements, key=lambda item: item.relative_difference)
    return {
        "outputs": rows,
        "worst": {"name": worst.name, "relative_difference": worst.relative_difference},
        "passed": True,
        "warnings": [],
    }


def _by_cosine(agreements: list[_Agreement], quantization: str) -> dict[str, Any]:
    low = [item for item in agreements if item.cosine < LOWEST_COSINE]
    warnings = []
    if low:
        listed = ", ".join(f"{item.name} {item.cosine:.3f}" for item in low)
        warnings.append(
            f"{quantization} changes {len(low)} of {counted(len(agreements), 'output')} to a cosine below "
            f"{LOWEST_COSINE} ({listed}); readings of them describe the {quantization} model, not the original"
        )
    rows = [
        {
            "name": item.name,
            "cosine": item.cosine,
            "lowest_cosine": item.lowest_cosine,
            "relative_difference": item.relative_difference,
        }
        for item in agreements
    ]
    worst = min(agreements, key=lambda item: item.cosine)
    return {
        "outputs": rows,
        "worst": {"name": worst.name, "cosine": worst.cosine},
        "mean_cosine": {
            kind: math.fsum(own) / len(own)
            for kind in ("hidden_states", "attentions")
            if (own := [item.cosine for item in agreements if item.name.startswith(kind)])
        },
        "passed": not low,
        "warnings": warnings,
    }


@dataclass
class _Agreement:
    """Agreement of one output, summed over trials."""

    name: str
    difference: float = 0.0
    value: float = 0.0
    cosines: list[float] = field(default_factory=list)
    lowest_cosine: float = 1.0
    of_target: bool = False

    def add(self, expected: NDArray[np.float32], found: NDArray[np.float32], mask: NDArray[np.bool_]) -> None:
        if expected.shape != found.shape:
            raise InputError(
                f"{self.name}: shape {list(found.shape)} where PyTorch gives {list(expected.shape)}; "
                "the exported graph is wrong and was not kept"
            )
        for text, valid in enumerate(mask):
            own = np.ones(expected.shape[-2], bool) if self.of_target else valid
            want, got = (_rows(values[text], own, valid) for values in (expected, found))
            if not np.isfinite(got).all():
                raise InputError(f"{self.name}: not finite in the exported graph, which is wrong and was not kept")
            self.difference = max(self.difference, float(np.abs(got - want).max()))
            self.value = max(self.value, float(np.abs(want).max()))
            cosines = _cosines(want, got)
            self.cosines.extend(cosines.tolist())
            self.lowest_cosine = min(self.lowest_cosine, float(cosines.min()))

    @property
    def relative_difference(self) -> float:
        if self.value == 0.0:
            return 0.0 if self.difference == 0.0 else math.inf
        return self.difference / self.value

    @property
    def cosine(self) -> float:
        return math.fsum(self.cosines) / len(self.cosines)


def _rows(values: NDArray[np.float32], own: NDArray[np.bool_], keys: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return one text's vectors without padding: (tokens, width), (heads * queries, keys) or (1, width).

    ``own`` are the tokens that have a vector, ``keys`` those that attention is paid to.
    """
    if values.ndim == 3:
        kept = values[:, own][:, :, keys]
        return kept.reshape(-1, kept.shape[-1]).astype(np.float64)
    # what a head gives for a whole text has no padding
    return (values[own] if values.ndim == 2 else values[None]).astype(np.float64)


def _cosines(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    # two zero vectors agree, a zero vector and another do not
    same = (first == second).all(axis=1).astype(np.float64)
    cosines: NDArray[np.float64] = np.divide((first * second).sum(axis=1), norms, out=same, where=norms > 0)
    return np.clip(cosines, -1.0, 1.0)


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # as at run time
    options.enable_cpu_mem_arena = False
    # its errors are raised as well
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _refuse_missing(path: Path, names: Sequence[str], found: Sequence[str]) -> None:
    missing = [name for name in names if name not in found]
    if missing:
        raise InputError(f"{missing[0]}: missing from the outputs of {path.name}; the exported graph was not kept")

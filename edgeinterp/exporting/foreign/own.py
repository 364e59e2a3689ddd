"""Run a foreign file as it is, to compare its own outputs with those of the graph that is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..measuring import SAMPLE_LENGTH
from ..parity import INPUT_NAMES, Trial, make_feed
from .trying import Runner

__all__ = ["TRIAL", "difference", "own_outputs"]

# with padding, so that what becomes of a mask is compared too
TRIAL = Trial((SAMPLE_LENGTH, SAMPLE_LENGTH - 2), "right")
Outputs = dict[str, NDArray[Any]]


def own_outputs(path: Path, texts: Sequence[NDArray[np.int64]], pad_token_id: int) -> Outputs | None:
    """Return what the file gives for ``TRIAL``, without a cache's; None where it does not run as it is.

    A file may hold nodes that onnxruntime has for other processors only, such as fused attention in 16 bits.
    """
    try:
        session = Runner(path, str(path), texts, pad_token_id).session
        given = {item.name: _given(item, texts, pad_token_id) for item in session.get_inputs()}
        names = [item.name for item in session.get_outputs() if not item.name.startswith("present")]
        return dict(zip(names, session.run(names, given), strict=True))
    except Exception:  # onnxruntime raises its own types; what the file needs besides a text is told later
        return None


def _given(item: Any, texts: Sequence[NDArray[np.int64]], pad_token_id: int) -> NDArray[Any]:
    if item.name in INPUT_NAMES:
        fed = make_feed(TRIAL, [item.name], texts, pad_token_id)[item.name]
        return fed.astype(np.int32) if item.type == "tensor(int32)" else fed
    if item.type == "tensor(bool)":
        return np.zeros(1, dtype=bool)
    _, heads, _, width = item.shape
    kind = np.float16 if item.type == "tensor(float16)" else np.float32
    return np.zeros((len(TRIAL.lengths), heads, 0, width), kind)


def difference(own: Outputs, again: Outputs) -> float:
    """Return the largest difference of any output, relative to its largest value."""
    worst = 0.0
    for name, expected in own.items():
        wanted, got = expected.astype(np.float64), again[name].astype(np.float64)
        largest = float(np.abs(wanted).max(initial=0.0))
        worst = max(worst, float(np.abs(got - wanted).max(initial=0.0)) / (largest or 1.0))
    return worst

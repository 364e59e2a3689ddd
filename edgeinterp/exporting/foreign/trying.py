"""Run a foreign graph, and test whether the found tensors behave like attentions and hidden states."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...runtime.counting import counted
from ..chatter import first_line
from ..measuring import SAMPLE_LENGTH, Measured, same_beside
from ..parity import Feed, Trial, make_feed

__all__ = ["Runner", "certificate", "longest_input", "measure"]

# largest deviation of a row of attention from 1, and of attention to padding from 0
ROW_TOLERANCE = 1e-3
PADDING_ATTENTION = 1e-6
# the same where a mask is rounded to 8 bits together with the scores that it is added to
LEAKING = 1e-2
TRIALS = (((1,), "none"), ((7,), "none"), ((48,), "none"), ((24, 11, 5), "right"), ((12, 12), "none"))
_LONGEST = 8192

Arrays = list[NDArray[np.float32]]


class Runner:
    """An open graph, to run on texts of token ids.

    Parameters
    ----------
    path : Path
    given : str
        Name of the file in messages.
    texts : sequence of arrays of int
        Tokens of ordinary text.
    pad_token_id : int
    kinds : dict of str to str, optional
        Types of the outputs in the file, where the graph casts them; by default those of the graph.
    """

    def __init__(
        self,
        path: Path,
        given: str,
        texts: Sequence[NDArray[np.int64]],
        pad_token_id: int,
        kinds: dict[str, str] | None = None,
    ) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self.given, self.texts, self.pad_token_id = given, texts, pad_token_id
        try:
            self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises its own types, all derived from Exception
            raise InputError(f"{given}: onnxruntime cannot open it ({first_line(error)})") from None
        self.inputs = [item.name for item in self.session.get_inputs()]
        self.kinds = kinds or {item.name: str(item.type) for item in self.session.get_outputs()}

    def feed(self, trial: Trial, first: int = 0) -> Feed:
        """Return inputs for a trial."""
        return make_feed(trial, self.inputs, self.texts, self.pad_token_id, first)

    def run(self, names: Sequence[str], feed: Feed) -> Arrays:
        """Return outputs.

        Raises
        ------
        InputError
            Where the graph does not run.
        """
        try:
            return list(self.session.run(list(names), feed))
        except Exception as error:
            length = feed["input_ids"].shape[1]
            raise InputError(
                f"{self.given}: does not run on {counted(length, 'token')} ({first_line(error)})"
            ) from None


def measure(runner: Runner, layers: int, longest: int | None, leak: float = PADDING_ATTENTION) -> Measured:
    """Measure counts and properties by running the exposed graph.

    Parameters
    ----------
    runner : Runner
    layers : int
    longest : int or None
        The result of ``longest_input``.
    leak : float
        Largest attention that a mask may leave.
    """
    hidden_names = [f"hidden_states.{index}" for index in range(layers + 1)]
    attention_names = [f"attentions.{index}" for index in range(layers)]
    feed = runner.feed(Trial((SAMPLE_LENGTH,), "none"))
    plain = runner.run(hidden_names, feed)
    width = plain[0].shape[-1]
    for name, part in zip(hidden_names, plain, strict=True):
        if part.shape != (1, SAMPLE_LENGTH, width):
            raise InputError(
                f"{runner.given}: {name} would have shape {list(part.shape)}, expected [1, {SAMPLE_LENGTH}, {width}]; "
                "its hidden states are doubtful"
            )
    maps = runner.run(attention_names, feed)
    # not by swapping the last token: with scales computed at run time, that changes every state a little
    causal = all(np.abs(np.triu(part, 1)).max() <= leak for part in maps)
    neutral = "attention_mask" in feed
    if neutral:
        padded = runner.run(hidden_names, runner.feed(Trial((SAMPLE_LENGTH, 2 * SAMPLE_LENGTH), "right")))
        neutral = same_beside(plain, padded)
    return Measured(layers, maps[0].shape[1], width, causal, neutral, longest)


def longest_input(runner: Runner) -> int | None:
    """Return the longest text that the embeddings accept, None where unlimited (below 8,192 tokens).

    Parameters
    ----------
    runner : Runner
        Runner of a graph whose only output is ``hidden_states.0``.
    """

    def runs(length: int) -> bool:
        try:
            runner.run(["hidden_states.0"], runner.feed(Trial((length,), "none")))
        except InputError:
            return False
        return True

    if runs(_LONGEST):
        return None
    low, high = 1, _LONGEST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if runs(middle) else (low, middle)
    return low


def certificate(
    runner: Runner, measured: Measured, names: dict[str, str], leak: float = PADDING_ATTENTION
) -> dict[str, Any]:
    """Run the exposed graph on several shapes, and test whether its outputs behave as their names say.

    The tests: shapes; finite values; rows of attention sum to 1; no attention to padding or, in a causal model, to
    later tokens; hidden states differ from one another.

    Parameters
    ----------
    runner : Runner
    measured : Measured
    names : dict of str to str
        Output to the name of its tensor in the file.
    leak : float
        Largest attention that a mask may leave; above ``PADDING_ATTENTION`` it is a warning.

    Returns
    -------
    dict
        The certificate, JSON values only.

    Raises
    ------
    InputError
        Names the output that fails.
    """
    shapes, worst_row, worst_padding = [], 0.0, 0.0
    for first, (lengths, padding) in enumerate(TRIALS):
        limit = measured.max_positions or max(lengths)
        trial = Trial(tuple(min(length, limit) for length in lengths), padding)
        if padding != "none" and "attention_mask" not in runner.inputs:
            continue
        answers = dict(zip(measured.outputs, runner.run(measured.outputs, runner.feed(trial, first)), strict=True))
        _check_shapes(runner, measured, answers, trial)
        for layer in range(measured.layers):
            name = f"attentions.{layer}"
            row, outside = _attention_faults(answers[name], trial.mask, measured.causal)
            if row > max(ROW_TOLERANCE, leak) or outside > leak:
                seen = outside > leak
                off = f"has rows that do not sum to 1 (by {row:.2g})"
                what = "is not 0 where padding or a later token stands" if seen else off
                raise InputError(f"{runner.given}: {names[name]}, taken for {name}, {what}; its role is doubtful")
            worst_row, worst_padding = max(worst_row, row), max(worst_padding, outside)
        if max(trial.lengths) > 1:
            _check_chain(runner, names, [answers[f"hidden_states.{layer}"] for layer in range(measured.layers + 1)])
        shapes.append({"batch": len(lengths), "lengths": list(trial.lengths), "padding": padding})
    warnings = []
    if worst_padding > PADDING_ATTENTION:
        warnings.append(
            f"attention to padding or to later tokens is up to {worst_padding:.2g}, not 0: the mask is rounded to 8 "
            "bits"
        )
    return {
        "measure": "behaviour",
        "tolerance": ROW_TOLERANCE,
        "shapes": shapes,
        "outputs": [{"name": name, "tensor": names[name]} for name in measured.outputs],
        "worst": {"row_sum_error": worst_row, "attention_to_padding": worst_padding},
        "passed": True,
        "warnings": warnings,
    }


def _check_shapes(runner: Runner, measured: Measured, answers: dict[str, Any], trial: Trial) -> None:
    texts, tokens = trial.mask.shape
    for name, found in answers.items():
        attention = name.startswith("attentions")
        wanted = (texts, measured.heads, tokens, tokens) if attention else (texts, tokens, measured.hidden_size)
        if attention and found.ndim == 4:
            wanted = (texts, found.shape[1], tokens, tokens)  # heads may differ between layers
        if found.shape != wanted:
            raise InputError(f"{runner.given}: {name} has shape {list(found.shape)}, expected {list(wanted)}")
        valid = found[trial.mask] if not attention else found[np.broadcast_to(_pairs(trial.mask), found.shape)]
        if not np.isfinite(valid).all():
            raise InputError(f"{runner.given}: {name} is not finite")


def _pairs(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    pairs: NDArray[np.bool_] = mask[:, None, :, None] & mask[:, None, None, :]
    return pairs


def _attention_faults(found: NDArray[np.float32], mask: NDArray[np.bool_], causal: bool) -> tuple[float, float]:
    """Return the deviation of row sums from 1, and the largest attention to padding or to later tokens."""
    queries = np.broadcast_to(mask[:, None, :], found.shape[:3])
    allowed = np.broadcast_to(mask[:, None, None, :], found.shape)
    if causal:
        allowed = allowed & np.tri(found.shape[2], dtype=bool)
    rows = np.where(allowed, found, 0).sum(axis=3)[queries]
    outside = np.where(allowed, 0, np.abs(found)).max(axis=3)[queries]
    return float(np.abs(rows - 1).max()), float(outside.max())


def _check_chain(runner: Runner, names: dict[str, str], states: Arrays) -> None:
    for layer, (before, after) in enumerate(pairwise(states)):
        if np.abs(after - before).max() <= 1e-6 * np.abs(before).max():
            tensor = names[f"hidden_states.{layer + 1}"]
            raise InputError(f"{runner.given}: {tensor} equals the hidden state before it; its role is doubtful")

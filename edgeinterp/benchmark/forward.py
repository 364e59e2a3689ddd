"""Tokens per second of plain forward passes, by sequence length, as every check runs them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial

from ..model.activations import EncodedText
from ..model.model import Model
from .result import Figure
from .timing import Job, Spec, absent
from .workload import Data, Workload

__all__ = ["forward_jobs", "forward_seconds"]


def forward_jobs(model: Model, data: Data, workload: Workload) -> Iterator[Job | Figure]:
    """Yield two figures per length: requesting only the last hidden state, and all hidden states and attentions."""
    for length in workload.lengths:
        specs = (Spec(f"forward.{length}.last", "tokens/s"), Spec(f"forward.{length}.all", "tokens/s"))
        most = model.manifest.max_positions
        if most is not None and length > most:
            yield from absent(specs, f"the model takes at most {most} tokens")
            continue
        texts = _texts(model, data, length, max(1, workload.tokens // length))
        if any(text.ids.size != length for text in texts):
            yield from absent(specs, f"the embedded texts give fewer than {length} tokens")
            continue
        yield Job(specs, partial(_speeds, model, texts))


def _speeds(model: Model, texts: list[EncodedText]) -> list[float]:
    layers = model.manifest.layers
    tokens = sum(text.ids.size for text in texts)
    # the two alternate, so that a device that heats up does not slow down only one of them
    seconds = (
        forward_seconds(model, texts),
        forward_seconds(model, texts, range(layers + 1), range(1, layers + 1)),
    )
    return [tokens / one for one in seconds]


def forward_seconds(
    model: Model,
    texts: Sequence[EncodedText],
    hidden_states: Sequence[int] | None = None,
    attentions: Sequence[int] = (),
) -> float:
    """Return the time of the texts; by default with only the last hidden state requested."""
    wanted = [model.manifest.layers] if hidden_states is None else hidden_states
    start = time.perf_counter()
    for _ in model.activations(texts, wanted, attentions):
        pass
    return time.perf_counter() - start


def _texts(model: Model, data: Data, length: int, count: int) -> list[EncodedText]:
    """Cut texts of exactly ``length`` tokens, special ones included, from the embedded texts, at different starts."""
    # a word is one token or more
    most = 2 * length + 8
    words = " ".join(data.texts).split()
    starts = [number * len(words) // count for number in range(count)]
    doubled = words + words
    return model.encode([" ".join(doubled[start : start + most]) for start in starts], length)

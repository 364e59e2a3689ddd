"""Tokens per second of plain forward passes, by sequence length, as every check runs them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from ..model import EncodedText, Model
from .result import Figure
from .timing import absent, figure, repeated
from .workload import Data, Workload

__all__ = ["forward_figures", "forward_seconds"]

UNIT = "tokens/s"


def forward_figures(model: Model, data: Data, workload: Workload, progress: Callable[[], None]) -> Iterator[Figure]:
    """Yield two figures a length: asked for the last hidden state only, and for every hidden state and attention."""
    for length in workload.lengths:
        names = (f"forward.{length}.last", f"forward.{length}.all")
        most = model.manifest.max_positions
        if most is not None and length > most:
            reason = f"the model takes at most {most} tokens"
            yield from (absent(name, UNIT, reason) for name in names)
            continue
        texts = _texts(model, data, length, max(1, workload.tokens // length))
        if any(text.ids.size != length for text in texts):
            yield from (absent(name, UNIT, "the embedded texts give fewer tokens") for name in names)
            continue
        yield from _measured(model, texts, names, workload, progress)


def _measured(
    model: Model, texts: list[EncodedText], names: tuple[str, str], workload: Workload, progress: Callable[[], None]
) -> Iterator[Figure]:
    layers = model.manifest.layers
    tokens = sum(text.ids.size for text in texts)
    seconds: tuple[list[float], list[float]] = ([], [])

    # the two take turns, so that a device that grows hot does not slow down one of them only
    def step() -> None:
        seconds[0].append(forward_seconds(model, texts))
        seconds[1].append(forward_seconds(model, texts, range(layers + 1), range(1, layers + 1)))

    repeated(step, workload, progress)
    for name, found in zip(names, seconds, strict=True):
        yield figure(name, UNIT, [tokens / one for one in found[1:]])


def forward_seconds(
    model: Model,
    texts: Sequence[EncodedText],
    hidden_states: Sequence[int] | None = None,
    attentions: Sequence[int] = (),
) -> float:
    """Return the seconds that texts take; by default asked for the last hidden state only."""
    wanted = [model.manifest.layers] if hidden_states is None else hidden_states
    start = time.perf_counter()
    for _ in model.activations(texts, wanted, attentions):
        pass
    return time.perf_counter() - start


def _texts(model: Model, data: Data, length: int, count: int) -> list[EncodedText]:
    """Cut texts of exactly ``length`` tokens, special ones included, out of the embedded ones, each begun elsewhere."""
    # a word is one token or more
    most = 2 * length + 8
    words = " ".join(data.texts).split()
    starts = [number * len(words) // count for number in range(count)]
    doubled = words + words
    return model.encode([" ".join(doubled[start : start + most]) for start in starts], length)

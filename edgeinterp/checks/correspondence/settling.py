"""Stop fitting the linear maps where more text no longer helps (docs/method.md).

The fit half is run in stages, texts of lowest content key first. After a stage each layer's map is compared with the
map fitted on half of it, on a sample of evaluation texts, by the rule for too little text: a layer whose identification
no longer rises is closed. When all are closed, the rest of the fit half is not run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...results.correspondence.verdicts import rises
from ...statistics.inference import interval
from .blocks import Batch, retrieval_hits
from .halves import Halves

__all__ = ["Settling", "fit_in_stages"]

# tokens of the first stage, in hidden sizes: a map with fewer rows per dimension is rarely done
FIRST_STAGE = 32
# least tokens of the first stage: the means by position need tokens at every position, however small the model
FEWEST_TOKENS = 10_000
# evaluated tokens for the decision after a stage
PROBE_TOKENS = 3000

T = TypeVar("T")
Sized = tuple[int, int, T]


class Settling:
    """One decision: which layers' maps still gain from text. Add evaluation texts, then ``close``.

    Texts added here do not count as evaluated.
    """

    def __init__(self, halves: Halves) -> None:
        self.halves = halves
        self.reference, self.maps = halves.maps_so_far()
        self.keys: list[int] = []
        # by text: hits of the whole map and of the half map, by layer; tokens
        self.sums: list[NDArray[np.float64]] = []

    def add(self, batch: Batch) -> None:
        """Retrieve the tokens of some evaluation texts."""
        texts = [text for text in batch.texts(self.halves.settings.random_state) if text.ids.size]
        maps = [(layer, fitted) for layer, pair in self.maps.items() for fitted in pair]
        for text, hits in zip(texts, retrieval_hits(texts, self.reference, maps), strict=True):
            self.keys.append(text.key)
            self.sums.append(np.append(hits, text.ids.size).astype(np.float64))

    def close(self) -> list[int]:
        """Close the layers that no longer gain, and return those that still do."""
        if not self.sums:
            return list(self.maps)
        keys, sums = np.array(self.keys, dtype=np.uint64), np.array(self.sums)
        bounds = interval(keys, sums, lambda s: (s[:, 0:-1:2] - s[:, 1:-1:2]) / s[:, -1:], self.halves.settings.alpha)
        still = []
        for place, (layer, pair) in enumerate(self.maps.items()):
            # one text has no interval, so fitting goes on
            if np.isnan(bounds[:, place]).any() or rises(float(bounds[0, place]), float(bounds[1, place])):
                still.append(layer)
            else:
                self.halves.close_layer(layer, pair)
        return still


def fit_in_stages(
    halves: Halves,
    texts: tuple[Sequence[Sized[T]], Sequence[Sized[T]]],
    hidden_size: int,
    feed: Callable[[list[T]], None],
    probe: Callable[[list[T], Settling], None],
) -> int:
    """Run the fit half until no layer gains from more of it.

    Parameters
    ----------
    halves : Halves
        Both halves; ``feed`` adds to them.
    texts : tuple of two sequences of (content key, tokens, text)
        Fit half and evaluation half; tokens are those that are not special; every text once.
    hidden_size : int
        Width of a hidden state.
    feed : callable
        Adds texts to ``halves`` as part ``"fit"``.
    probe : callable
        Adds texts to a ``Settling``.

    Returns
    -------
    int
        Number of texts of the fit half that were not needed.
    """
    fit, evaluate = texts
    fed = 0
    judges = probes(evaluate)
    for stage in stages(fit, hidden_size):
        feed(stage)
        fed += len(stage)
        if fed == len(fit):
            break
        settling = Settling(halves)
        probe(judges, settling)
        if not settling.close():
            break
    return len(fit) - fed


def stages(fit: Sequence[Sized[T]], hidden_size: int) -> Iterator[list[T]]:
    """Split the fit half into stages: 32 tokens per dimension (at least 10,000), then as many again each time.

    Parameters
    ----------
    fit : sequence of (content key, tokens, text)
        The fit half, in any order.
    hidden_size : int
        Width of a hidden state.

    Yields
    ------
    list
        Texts of one stage, in order of their keys.
    """
    wanted, had = max(FIRST_STAGE * hidden_size, FEWEST_TOKENS), 0
    stage: list[T] = []
    for _, tokens, text in sorted(fit, key=lambda item: item[0]):
        stage.append(text)
        had += tokens
        if had >= wanted:
            yield stage
            stage, wanted = [], 2 * had
    if stage:
        yield stage


def probes(evaluate: Sequence[Sized[T]]) -> list[T]:
    """Return the evaluation texts of lowest key with 3,000 tokens together, on which a stage is judged."""
    chosen: list[T] = []
    tokens = 0
    for _, size, text in sorted(evaluate, key=lambda item: item[0]):
        if tokens >= PROBE_TOKENS:
            break
        chosen.append(text)
        tokens += size
    return chosen

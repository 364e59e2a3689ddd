"""What changes when attention heads are left out, and do readings say beforehand which of them matter?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...exporting.opening import load
from ...inputs.texts import default_texts
from ...model.activations import EncodedText
from ...model.model import Model
from ...model.pruned import PrunedModel
from ...reading.blocks import AttentionBlock
from ...results.heads import HeadEffect, HeadsResult
from ...results.shared import Estimate, TextScores
from ...runtime.arguments import head_numbers, level, real_number
from ...runtime.clock import Progress
from ...runtime.sequences import text_list
from ...statistics.content import content_key
from ...statistics.means import mean_bounds
from ..influence.kept import checked_head
from .targets import Target, target_of

__all__ = ["leave_out_heads"]

# texts that are run without each head, and tokens of each
MOST_TEXTS, LONGEST = 48, 64
FEWEST_TEXTS = 8

Doubles = NDArray[np.float64]


def leave_out_heads(
    model: Model | str | Path,
    texts: Iterable[str] | None = None,
    heads: Sequence[tuple[int, int]] | None = None,
    *,
    share: float = 0.1,
    target: str | None = None,
    each: bool = True,
    alpha: float = 0.05,
    threads: int | None = None,
    progress: Progress | None = None,
) -> HeadsResult:
    r"""Leave heads out of a model, measure how much its output changes, and hold that against what readings say.

    The weights of a head are set to 0 after softmax, so that it gives on nothing (Michel et al. 2019). Two predictions
    are made of each head without leaving anything out: ``norm``, the mean over positions of
    :math:`\lVert \sum_j a_{ij} v_j W \rVert / \lVert x_i \rVert`, what it adds to what the block reads (Kobayashi et
    al. 2020), and ``confidence``, the mean of its largest weight (Voita et al. 2019), which is attention alone.

    Parameters
    ----------
    model : Model, str or Path
    texts : iterable of str, optional
        By default the embedded ones; at most 48, chosen by content, are run, and cut to 64 tokens.
    heads : sequence of (int, int), optional
        Heads to leave out together, (attention layer, head), from 1.
    share : float
        Without ``heads``: the share that is left out, those first of which ``norm`` (without values ``confidence``) is
        least in every second text; the change is then measured in the others.
    target : str, optional
        As in ``judge``.
    each : bool
        Whether to leave out every head alone as well: a pass for every head and text.
    alpha : float
        One minus the level of intervals.
    threads, progress
        As in ``check``.

    Returns
    -------
    HeadsResult

    Raises
    ------
    InputError
        Where a head does not exist, there are fewer than 8 texts, or the graph's heads cannot be left out.
    """
    opened = model if isinstance(model, Model) else load(model, threads)
    given = default_texts() if texts is None else text_list(texts)
    chosen = _sampled(opened.encode(given, LONGEST))
    aim = target_of(opened, target)
    found = {(layer, head) for layer, head in map(head_numbers, heads)} if heads else None
    for one in found or ():
        checked_head(one, opened.manifest.layers, opened.manifest.heads)
    share = real_number("share", share, 0.0, 1.0, 0.1)
    run = _Run(opened, PrunedModel(opened), aim, chosen, level(alpha))
    return run.result(found, share, each, progress)


def _sampled(encoded: Sequence[EncodedText]) -> list[tuple[int, EncodedText]]:
    distinct = {content_key(text.ids): text for text in encoded if (~text.special).any()}
    if len(distinct) < FEWEST_TEXTS:
        raise InputError(f"texts: {len(distinct)} differ and have tokens; give at least {FEWEST_TEXTS}")
    return sorted(distinct.items())[:MOST_TEXTS]


class _Run:
    """A model with and without heads, and its texts."""

    def __init__(
        self, model: Model, pruned: PrunedModel, aim: Target, texts: Sequence[tuple[int, EncodedText]], alpha: float
    ) -> None:
        self.model, self.pruned, self.aim, self.texts, self.alpha = model, pruned, aim, texts, alpha
        self.shape = (model.manifest.layers, model.manifest.heads)
        self.watched = [aim.watched(model, text) for _, text in texts]
        self.predictions = self._predictions()

    def result(
        self, heads: set[tuple[int, int]] | None, share: float, each: bool, progress: Progress | None
    ) -> HeadsResult:
        by = "norm" if "norm" in self.predictions else "confidence"
        measured = list(range(len(self.texts)))
        chosen_by = ""
        if heads is None:
            heads, chosen_by, measured = self._least(by, share), by, measured[1::2]
        changes = self._changes(heads, measured)
        effects = self._each(progress) if each else None
        agreement = {} if effects is None else {
            name: [_spearman(values[at], effects[at]) for at in range(len(self.texts))]
            for name, values in self.predictions.items()
        }  # fmt: skip
        keys = np.array([key for key, _ in self.texts], dtype=np.uint64)
        of_texts: dict[int, dict[str, Any]] = {at: {"change": float(changes[n])} for n, at in enumerate(measured)}
        for name, values in agreement.items():
            for at, value in enumerate(values):
                of_texts.setdefault(at, {})[name] = value
        return HeadsResult(
            self.aim.name,
            len(measured),
            [f"{layer}.{head}" for layer, head in sorted(heads)],
            self._mean(keys[measured], changes),
            {name: self._mean(keys, np.array(values)) for name, values in agreement.items()},
            self._heads(effects),
            chosen_by,
            [TextScores(f"{self.texts[at][0]:016x}", scores) for at, scores in sorted(of_texts.items())],
        )

    def _mean(self, keys: NDArray[np.uint64], values: Doubles) -> Estimate:
        (ci,) = mean_bounds(keys, values[:, None], self.alpha)
        return Estimate(float(values.mean()), ci)

    def _heads(self, effects: Doubles | None) -> list[HeadEffect]:
        means = {name: values.mean(axis=0) for name, values in self.predictions.items()}
        mean = None if effects is None else effects.mean(axis=0)
        return [
            HeadEffect(
                layer + 1, head + 1, None if mean is None else float(mean[layer, head]),
                {name: float(values[layer, head]) for name, values in means.items()},
            )
            for layer, head in np.ndindex(*self.shape)
        ]  # fmt: skip

    def _least(self, by: str, share: float) -> set[tuple[int, int]]:
        means = self.predictions[by][::2].mean(axis=0)
        count = max(1, round(share * means.size))
        order = np.argsort(means, axis=None, kind="stable")[:count]
        return {(int(at) // self.shape[1] + 1, int(at) % self.shape[1] + 1) for at in order}

    def _predictions(self) -> dict[str, Doubles]:
        """Return each prediction of each head, shape (texts, layers, heads)."""
        found: dict[str, list[Any]] = {"confidence": []}
        for _, text in self.texts:
            if self.model.manifest.block is None:
                (one,) = self.model.activations([text], (), range(1, self.shape[0] + 1))
                found["confidence"].append([maps[0].max(axis=-1).mean(axis=-1) for maps in one.attentions])
                continue
            blocks = list(self.model.attention_blocks(text))
            found["confidence"].append([block.weights.max(axis=-1).mean(axis=-1) for block in blocks])
            found.setdefault("norm", []).append([_added(block) for block in blocks])
        return {name: np.array(values, dtype=np.float64) for name, values in found.items()}

    def _changes(self, heads: Iterable[tuple[int, int]], places: Sequence[int]) -> Doubles:
        self.pruned.leave_out(heads)
        found = np.array([self.watched[at](self.pruned) for at in places])
        self.pruned.leave_out(())
        return found

    def _each(self, progress: Progress | None) -> Doubles:
        """Return the change by each head alone, shape (texts, layers, heads)."""
        found = np.zeros((len(self.texts), *self.shape))
        every = range(len(self.texts))
        for done, (layer, head) in enumerate(np.ndindex(*self.shape), 1):
            found[:, layer, head] = self._changes([(layer + 1, head + 1)], every)
            if progress is not None:
                progress("heads left out", done, self.shape[0] * self.shape[1])
        return found


def _added(block: AttentionBlock) -> Doubles:
    """Return the length of what each head adds, as a share of that of what the block reads, mean over positions."""
    added = (block.weights @ block.values) @ block.projection
    lengths = np.linalg.norm(added, axis=-1) / np.maximum(np.linalg.norm(block.residual, axis=-1), 1e-12)
    return np.asarray(lengths.mean(axis=-1), dtype=np.float64)


def _spearman(x: Doubles, y: Doubles) -> float:
    from edgeinterp_kernels.influence import standardised_ranks

    rows = np.stack([x.ravel(), y.ravel()])
    first, second = standardised_ranks(rows[None], np.ones(rows.shape, dtype=bool))[0]
    return float(first @ second)

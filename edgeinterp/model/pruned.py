"""A model folder run with some attention heads left out (Michel et al. 2019): their weights are 0 after softmax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import InputError
from .activations import EncodedText
from .model import Model
from .outputs import Fixed
from .zeroing import kept_name, open_zeroing

__all__ = ["PrunedModel"]

PROBE = "the quick brown fox jumps over the lazy dog"


class PrunedModel(Model):
    """Run a model without some of its heads through the interface of ``Model``.

    A head gives on the sum of values by its weights: with weights of 0 it gives on nothing. What the graph returns as
    attention of the head is 0 as well. ``leave_out`` chooses the heads; the graph is edited and opened once.

    Raises
    ------
    InputError
        Where the package ``onnx`` is missing, or the graph's attention is one node, so that nothing changes.
    """

    def __init__(self, model: Model) -> None:
        # not Model's constructor: the folder was checked when the model was opened
        self.folder, self.manifest, self.threads = model.folder, model.manifest, model.threads
        self._own_tokenizer, self._special_ids = model._own_tokenizer, model._special_ids
        self._vocabulary, self._inputs, self._fixed = model._vocabulary, model._inputs, Fixed()
        layers, heads = self.manifest.layers, self.manifest.heads
        threads = self.threads // self._workers
        self._session = open_zeroing(self.folder, layers, threads, model._own_weights())
        self._kept = np.ones((layers, heads), dtype=bool)
        (probe,) = self.encode([PROBE])
        whole = self._last(probe)
        self.leave_out((layer, head) for layer in range(1, layers + 1) for head in range(1, heads + 1))
        if np.array_equal(whole, self._last(probe)):
            raise InputError(
                f"{self.folder}: heads cannot be left out; this graph's attention is in one node, which weights only "
                "leave: export the model again"
            )
        self.leave_out(())

    def leave_out(self, heads: Iterable[tuple[int, int]]) -> None:
        """Leave these heads out from now on, (attention layer, head), both from 1, and no others."""
        self._kept[:] = True
        for layer, head in heads:
            self._kept[layer - 1, head - 1] = False

    def _last(self, text: EncodedText) -> Any:
        return next(iter(self.activations([text], (self.manifest.layers,)))).hidden_states[0]

    def _feed(self, texts: list[EncodedText], target: Any = None) -> dict[str, Any]:
        # of each head, for all queries and keys
        masks = {kept_name(layer): own[:, None, None] for layer, own in enumerate(self._kept, 1)}
        return super()._feed(texts, target) | masks

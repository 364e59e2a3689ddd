"""Both halves of correspondence, fit then evaluation, behind ``Correspondence`` and the run over a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...results.correspondence.controls import FOREIGN
from ...results.correspondence.verdicts import SHORTEST
from .blocks import LARGEST, Batch, Text, single_precision
from .evaluation import Evaluation
from .fit import FittedMaps, MapFit, Pair
from .linear_map import Centring, FittedLayer
from .settings import CorrespondenceSettings, Counts
from .tallies import Tallies

__all__ = ["Halves"]


class Halves:
    """Feed the fit half, then the evaluation half.

    Parameters
    ----------
    settings : CorrespondenceSettings
        Settings.
    shape : tuple of int, optional
        Number and width of the hidden states, so that all are judged even if none is fed.
    expected : iterable of (content key, tokens that are not special), optional
        The texts of the evaluation half. Knowing them saves work for texts that the sample would drop again, and
        changes nothing else; ``finish`` refuses other texts.
    """

    def __init__(
        self,
        settings: CorrespondenceSettings,
        shape: tuple[int, int] | None = None,
        expected: Iterable[tuple[int, int]] = (),
    ) -> None:
        self.settings = settings
        self._shape = shape
        self._expected = {key: tokens for key, tokens in expected if tokens >= SHORTEST}
        self._seen: set[int] = set()
        self._repeated = 0
        self._fit = MapFit(min(settings.threads, settings.fitted_at_once))
        self._evaluation: Evaluation | None = None

    @classmethod
    def restored(
        cls,
        settings: CorrespondenceSettings,
        maps: FittedMaps,
        tallies: Tallies | None = None,
        expected: Iterable[tuple[int, int]] = (),
    ) -> Halves:
        """Restore the maps of a fit half, and the tallies of scored texts."""
        halves = cls(settings, maps.shape, expected)
        halves._begin(maps, tallies)
        return halves

    def update(self, batch: Batch, part: str) -> None:
        """Add texts to part ``"fit"`` or ``"evaluate"``; a repeated text is left out, and counted."""
        texts = self._first_seen(self._texts(batch))
        if part == "fit":
            if self._evaluation is not None:
                raise InputError("update: part 'fit' after part 'evaluate'; feed the whole fit half first")
            self._fit.add(texts)
        elif part == "evaluate":
            self.evaluation.add(texts)
        else:
            raise InputError(f"update: part {part!r}, expected 'fit' or 'evaluate'")

    def update_swapped(self, batch: Batch, references: NDArray[np.floating], positions: Any) -> None:
        """Add the swapped copy of one evaluated text; ``references`` are hidden state 0 of the original text."""
        (text,) = self._texts(batch)
        found, shape = single_precision("references", references), batch.states[0].shape
        if found.shape != shape or not np.all(np.abs(found) <= LARGEST):
            raise InputError(f"references: shape {found.shape}, expected {shape}, all finite and at most 1e15")
        self.evaluation.add_swapped(text, found[text.positions], positions)

    def finish(self) -> Tallies:
        """Return the tallies, pending texts included; add nothing afterwards."""
        tallies = self.evaluation.finish()
        if self._expected and self._expected.keys() != set(tallies.keys):
            raise InputError("expect: other texts were evaluated than were expected; expect them all, or none")
        return tallies

    @property
    def evaluation(self) -> Evaluation:
        """Return the evaluation half; first access ends the fit half."""
        if self._evaluation is None:
            return self._begin(self._fit.finish(self._shape or (1, 1)), None)
        return self._evaluation

    @property
    def counts(self) -> Counts:
        """Return how much text was added."""
        return Counts(
            hidden_size=self._shape[1] if self._shape else 0,
            fit_tokens=self.evaluation.maps.tokens,
            given=len(self._seen),
            repeated=self._repeated,
        )

    def maps_so_far(self) -> tuple[FittedLayer, dict[int, Pair]]:
        """Return the reference's centring, and for each open hidden state its maps on all and on half of the text.

        For ``Settling``, between two calls of ``update`` with the fit half.
        """
        if self._evaluation is not None:
            raise InputError("settling: part 'evaluate' was fed; it belongs between calls with part 'fit'")
        width = self._shape[1] if self._shape else 1
        nothing = FittedLayer(Centring(np.zeros((1, width), dtype=np.float32)), None, None)
        return self._fit.so_far() or (nothing, {})

    def close_layer(self, layer: int, maps: Pair) -> None:
        """Close hidden state ``layer``: keep its maps on all of its text and on half of it."""
        self._fit.close(layer, maps)

    def _begin(self, maps: FittedMaps, tallies: Tallies | None) -> Evaluation:
        if tallies is None:
            tallies = Tallies.empty(*(self._shape or (1, 1)))
            tallies.sample.expect(self._expected.items())
        self._evaluation = Evaluation(maps, FOREIGN.name in self.settings.controls, tallies)
        return self._evaluation

    def _texts(self, batch: Batch) -> list[Text]:
        """Split a batch into texts without their special tokens."""
        shape = (len(batch.states), batch.states[0].shape[1])
        if self._shape is None:
            self._shape = shape
        if shape != self._shape:
            raise InputError(f"hidden_states: {shape} layers and width, but {self._shape} in an earlier call")
        return batch.texts(self.settings.random_state)

    def _first_seen(self, texts: list[Text]) -> list[Text]:
        """Leave out repetitions of a text: they are no further evidence, and a text is not foreign to its copy."""
        fresh = []
        for text in texts:
            if text.key in self._seen:
                self._repeated += 1
            else:
                self._seen.add(text.key)
                fresh.append(text)
        return fresh

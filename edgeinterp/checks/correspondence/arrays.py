"""Run ``correspondence`` on plain arrays, with the same passes as over a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...results.correspondence.result import CorrespondenceResult
from ...results.correspondence.verdicts import SHORTEST
from ...runtime.arguments import one_by_one, whole_number
from ...runtime.threads import one_blas_thread
from ...statistics.content import content_key
from .blocks import Batch, SwappedText
from .halves import Halves
from .settings import CorrespondenceSettings
from .settling import Settling, fit_in_stages
from .summary import summarise

__all__ = ["correspondence"]

SWAPPED = "a list of edgeinterp.SwappedText"


def correspondence(
    hidden_states: NDArray[np.floating] | Sequence[NDArray[np.floating]],
    token_ids: ArrayLike,
    lengths: ArrayLike,
    special_tokens_mask: ArrayLike | None = None,
    swapped: Sequence[SwappedText] | None = None,
    *,
    alpha: float = 0.05,
    threshold: float = 0.9,
    n_permutations: int = 1000,
    random_state: Any = 0,
) -> CorrespondenceResult:
    """Test at which layers hidden states still correspond to their tokens, from plain arrays.

    ``edgeinterp.half`` assigns texts to a fit and an evaluation half; everything reported is from the evaluation half.
    The result equals that of ``edgeinterp check --only correspondence`` on the same activations.

    Parameters
    ----------
    hidden_states : ndarray, shape (L + 1, tokens, d), or sequence of L + 1 arrays of shape (tokens, d)
        Hidden states 0..L of all texts, one text after the other, without padding.
    token_ids : array_like of int, shape (tokens,)
        Token ids, special tokens included.
    lengths : array_like of int, shape (texts,)
        Tokens of each text.
    special_tokens_mask : array_like of bool, shape (tokens,), optional
        True for special tokens; by default none.
    swapped : sequence of SwappedText, optional
        Swapped copies of evaluated texts. Without them the best verdict is ``weakened``.
    alpha, threshold, n_permutations, random_state
        As in ``Correspondence``.

    Returns
    -------
    CorrespondenceResult
        ``to_dict()`` is its part of result.json with its own ``verdicts``.

    Raises
    ------
    ValueError
        Where shapes do not fit together or a value is not finite.
    """
    settings = CorrespondenceSettings.of(alpha, threshold, n_permutations, random_state)
    batch = Batch.of(hidden_states, token_ids, lengths, special_tokens_mask).of_a_model()
    halves = Halves(settings, (len(batch.states), batch.states[0].shape[1]))
    spans = batch.spans
    keys = [content_key(batch.ids[span], settings.random_state) for span in spans]
    distinct = {key: text for text, key in reversed(list(enumerate(keys)))}
    sized = [(key, int(np.count_nonzero(~batch.special[spans[text]])), text) for key, text in distinct.items()]
    fit = [item for item in sized if not item[0] & 1]
    evaluate = [item for item in sized if item[0] & 1 and item[1] >= SHORTEST]

    def feed(chosen: list[int], part: str) -> None:
        for text in sorted(chosen, key=lambda text: (batch.sizes[text], keys[text])):
            halves.update(batch.only(spans[text]), part)

    def probe(chosen: list[int], settling: Settling) -> None:
        for text in chosen:
            settling.add(batch.only(spans[text]))

    # as in a whole check: on some processors the split of a product over threads changes its last digits
    with one_blas_thread():
        fit_in_stages(halves, (fit, evaluate), batch.states[0].shape[1], partial(feed, part="fit"), probe)
        feed([text for _, _, text in evaluate], "evaluate")
        for copy in one_by_one("swapped", () if swapped is None else swapped, SWAPPED):
            if not isinstance(copy, SwappedText):
                raise InputError(f"swapped: {type(copy).__name__}, expected {SWAPPED}")
            text = whole_number("swapped: text", copy.text, 0, len(keys) - 1)
            if not keys[text] & 1:
                raise InputError(f"swapped: text {text} is in the fit half; give copies of evaluated texts")
            one = batch.only(spans[text])
            changed = Batch.of(copy.hidden_states, one.ids, one.sizes, one.special)
            halves.update_swapped(changed, one.states[0], copy.positions)
        tallies = halves.finish()
        counts = replace(halves.counts, given=len(distinct), repeated=len(keys) - len(distinct))
        return summarise(tallies, settings, counts)

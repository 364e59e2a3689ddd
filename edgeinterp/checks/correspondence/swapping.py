"""Choose texts for the ``swap`` control, and make their swapped copies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...results.correspondence.verdicts import SHORTEST
from ...runtime.arguments import seed_number
from ...statistics.content import content_key, swap_positions
from ..flat_texts import flat_texts

__all__ = ["SwappedCopy", "chosen_swaps", "exchanged", "swapped_copies"]

SWAP_TEXTS = 32


@dataclass(frozen=True)
class SwappedCopy:
    """A copy to run: ``SwappedText`` takes its ``text`` and ``positions``, and the hidden states of its ``token_ids``.

    Attributes
    ----------
    text : int
        Index of the text among ``lengths``.
    positions : tuple of int
        The two swapped tokens.
    token_ids : ndarray of int64, shape (tokens of the text,)
        Token ids of the copy.
    """

    text: int
    positions: tuple[int, int]
    token_ids: NDArray[np.int64]


def swapped_copies(
    token_ids: ArrayLike, lengths: ArrayLike, special_tokens_mask: ArrayLike | None = None, *, random_state: int = 0
) -> list[SwappedCopy]:
    """Return copies of up to 32 evaluated texts for the ``swap`` control of ``correspondence``.

    Parameters
    ----------
    token_ids, lengths, special_tokens_mask
        As in ``correspondence``.
    random_state : int
        The same number as for ``correspondence``: it decides which texts are evaluated.

    Returns
    -------
    list of SwappedCopy
        Run each copy, and pass one ``SwappedText(text, positions, hidden_states)`` for each to ``correspondence`` as
        ``swapped``.

    Raises
    ------
    InputError
        Where shapes disagree.

    Examples
    --------
    >>> import edgeinterp as ei
    >>> copies = ei.swapped_copies(list(range(100)), [10] * 10)
    >>> all(ei.half(range(10 * copy.text, 10 * copy.text + 10)) == 1 for copy in copies)
    True
    """
    seed = seed_number("random_state", random_state)
    texts = flat_texts(token_ids, lengths, special_tokens_mask)
    keys = [content_key(ids, seed) for ids, _ in texts]
    # of repeated texts the first counts
    first = {key: text for text, key in reversed(list(enumerate(keys)))}
    evaluated = [(key, *texts[text]) for key, text in first.items() if key & 1 and np.sum(~texts[text][1]) >= SHORTEST]
    places = chosen_swaps(evaluated, seed)
    return [SwappedCopy(first[key], two, exchanged(texts[first[key]][0], two)) for key, two in places.items()]


def chosen_swaps(texts: Iterable[tuple[int, Any, Any]], seed: int) -> dict[int, tuple[int, int]]:
    """Choose, among (key, ids, special tokens), the texts of lowest key in which two tokens can be swapped."""
    chosen: dict[int, tuple[int, int]] = {}
    for key, ids, special in sorted(texts, key=lambda text: text[0]):
        places = swap_positions(ids, special, seed)
        if places is not None:
            chosen[key] = places
        if len(chosen) == SWAP_TEXTS:
            break
    return chosen


def exchanged(ids: NDArray[Any], places: tuple[int, int]) -> NDArray[Any]:
    """Return a copy with the tokens at two places swapped."""
    copy = ids.copy()
    copy[list(places)] = ids[list(reversed(places))]
    return copy

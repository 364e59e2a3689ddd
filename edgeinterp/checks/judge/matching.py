"""Scores of words, characters or another tokenizer's tokens -> scores of the model's tokens, by characters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...inputs.scores import ScoredText

__all__ = ["token_scores"]

Doubles = NDArray[np.float64]


def token_scores(given: ScoredText, tokens: NDArray[np.integer]) -> tuple[Doubles, list[str]]:
    r"""Return the score of each token of the model, and the parts of the text that belong to none.

    A score is spread evenly over its characters, and a token has the sum of what falls on it, so that the scores of a
    token and of its characters, or of a word and of its tokens, come to the same:

    .. math:: s_t = \sum_p s_p \frac{|t \cap p|}{|p \cap \textstyle\bigcup_{t'} t'|}

    A token that nothing falls on has 0.

    Parameters
    ----------
    given : ScoredText
    tokens : ndarray of int, shape (n, 2)
        First character of each token and one past the last; empty for those that stand for none.
    """
    overlap = np.minimum(given.spans[:, None, 1], tokens[None, :, 1]) - np.maximum(
        given.spans[:, None, 0], tokens[None, :, 0]
    )
    overlap = np.maximum(overlap, 0).astype(np.float64)
    covered = overlap.sum(axis=1)
    found: Doubles = (given.scores / np.maximum(covered, 1.0)) @ overlap
    outside = [given.text[first:last] for (first, last), own in zip(given.spans, covered, strict=True) if not own]
    return found, [*given.unmatched, *(part for part in outside if part.strip())]

"""Measure how much of the given texts a tokenizer can represent, and how many are long enough to be evaluated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..model.activations import EncodedText
from ..results.correspondence.verdicts import SHORTEST
from ..results.enough import MOST_UNKNOWN
from ..results.wording import share
from ..runtime.counting import counted

__all__ = ["SHORT_NOTED", "UNKNOWN_NOTED", "text_notes", "unknown_share"]

# share of unknown tokens, and of too short texts, from which a run adds a note
UNKNOWN_NOTED, SHORT_NOTED = 0.1, 0.25


def unknown_share(texts: Sequence[EncodedText], unknown_id: int | None) -> float:
    """Return the share of unknown tokens among all tokens except added ones; 0 where there are none."""
    if unknown_id is None:
        return 0.0
    unknown = sum(int(np.count_nonzero(text.ids == unknown_id)) for text in texts)
    known = sum(int(np.count_nonzero(~text.special)) for text in texts)
    return unknown / max(1, unknown + known)


def text_notes(texts: Sequence[EncodedText], unknown: float) -> list[str]:
    """Return notes on the texts: many unknown tokens (their share is given), many short texts."""
    notes = []
    if unknown >= UNKNOWN_NOTED:
        what = "these texts decide nothing" if unknown >= MOST_UNKNOWN else "they are left out"
        notes.append(f"{share(unknown)} of tokens are unknown to this tokenizer; {what}")
    short = sum(int(np.count_nonzero(~text.special)) < SHORTEST for text in texts)
    if short and short >= SHORT_NOTED * len(texts):
        notes.append(
            f"{short} of {counted(len(texts), 'text has', 'texts have')} fewer than {SHORTEST} tokens that are neither "
            "special nor unknown; only longer ones are evaluated"
        )
    return notes

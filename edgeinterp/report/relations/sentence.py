"""The example pair that is shown token by token: its sentence, and how it was chosen."""

from __future__ import annotations

from typing import Any

from ...results.relations.result import PairSentence, RelationsResult
from ..influence.sentence import shown_sentence
from ..primitives.formats import number
from .tables import DIRECTIONS

__all__ = ["pair"]


def pair(part: RelationsResult) -> dict[str, Any] | None:
    """Return ``words`` and, where there is one, the ``view`` for the template; None where no pair was requested."""
    found = part.sentence
    if found is None:
        return None
    if found.view is None:
        return {"words": f"No pair can be shown: {found.reason}.", "view": None}
    view = shown_sentence(found.view, found.causal, found.attention_layer, found.head)
    return {"words": f"{_which(found)} {_head(found)} {_meaning(found)}", "view": view}


def _which(found: PairSentence) -> str:
    return (
        f"{found.word1}, {found.word2} ({found.relation}), in “{found.template}”; the pair was chosen by hash, "
        "independently of its numbers."
    )


def _head(found: PairSentence) -> str:
    if found.head is None:
        return "No head could be measured on its own, so the mean over heads is shown first."
    return (
        f"Shown first is the head whose attention alone has the highest AUC in {found.contrast}: head {found.head} "
        f"of layer {found.attention_layer}, {DIRECTIONS[found.direction or '1->2']} (AUC {number(found.auc)})."
    )


def _meaning(found: PairSentence) -> str:
    return (
        f"Influence is the change at a position when a token is replaced ({found.replacement}); rollout is attention "
        "multiplied through all layers below. Outlined: from the one word to the other. One pair is an illustration, "
        "no evidence."
    )

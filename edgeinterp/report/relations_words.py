"""What the controls of ``relations`` are, in plain words."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["CONTROLS", "kinds"]

CONTROLS = {
    "elsewhere": "attention between two other places of the same sentences: as many tokens, about as far apart, "
    "neither of the words. Where this does as well, the sentence gives the relation away, not attention between the "
    "words",
    "words": "no attention: which words the pair has, and their embeddings",
    "similarity": "no attention: cosine, difference and product of the two words' embeddings",
    "surface": "no model at all but its tokenizer: lengths in letters and tokens, letters in common, distance, ranks "
    "of token ids",
    "random_model": "attention between the same words in this model with its weights shuffled",
    "licensed": "the same with those attention layers alone that may be read token to token: for context, not to be "
    "beaten; a claim is weakened where they do not lead to the same verdict",
}


def kinds(found: Iterable[str]) -> list[str]:
    """Return names without repetition, those that ``CONTROLS`` knows first and in its order."""
    names = dict.fromkeys(found)
    return [name for name in CONTROLS if name in names] + [name for name in names if name not in CONTROLS]

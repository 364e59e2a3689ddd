"""What the controls of ``relations`` are, in plain words."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["CONTROLS", "family", "kinds", "row"]

CONTROLS = {
    "elsewhere": "attention between two other places of the same sentences: as many tokens, about as far apart, "
    "neither of the words. Where this does as well, the sentence gives the relation away, not attention between the "
    "words. Where several places fit equally well, the earlier and the later are a rival each, and both must be beaten",
    "words": "no attention: which words the pair has, and their embeddings",
    "similarity": "no attention: cosine, difference and product of the two words' embeddings",
    "surface": "no model at all but its tokenizer: lengths in letters and tokens, letters in common, distance, ranks "
    "of token ids",
    "random_model": "attention between the same words in this model with its weights shuffled",
    "licensed": "the same with those attention layers alone that may be read token to token: for context, not to be "
    "beaten; a claim is weakened where they do not lead to the same verdict",
}


def family(key: str) -> str:
    """Return the rival that a key is a seed or a choice of places of.

    Examples
    --------
    >>> family("random_model.0"), family("elsewhere.later"), family("words")
    ('random_model', 'elsewhere', 'words')
    """
    return key.partition(".")[0]


def row(key: str) -> str:
    """Return the name under which a rival has a column of its own: seeds share one, choices of places do not.

    Examples
    --------
    >>> row("random_model.0"), row("elsewhere.later")
    ('random_model', 'elsewhere.later')
    """
    return family(key) if key.rpartition(".")[2].isdecimal() else key


def kinds(found: Iterable[str]) -> list[str]:
    """Return names without repetition, those that ``CONTROLS`` knows first and in its order."""
    names = dict.fromkeys(found)
    known = [name for kind in CONTROLS for name in names if family(name) == kind]
    return known + [name for name in names if name not in known]

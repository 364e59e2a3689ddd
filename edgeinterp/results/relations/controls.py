"""The controls of ``relations``."""

from __future__ import annotations

from ..controls import Control, Cost

__all__ = ["CONTROLS", "ELSEWHERE", "LICENSED", "PLACES", "RANDOM_MODEL", "SURFACE"]

ELSEWHERE = Control(
    name="elsewhere",
    kind="rival",
    unbeaten="weakened",
    reaches="attention between two other places of the sentence reaches",
    meaning="attention between two other places of the same sentences: as many tokens, about as far apart, neither of "
    "the words. Where this does as well, the sentence gives the relation away, not attention between the words. Where "
    "several places fit equally well, the earlier and the later are a rival each, and both must be beaten",
    cost=Cost.FITS,
)
# each choice of places is a rival of its own
PLACES = ("earlier", "later")
SURFACE = Control(
    name="surface",
    kind="rival",
    unbeaten="weakened",
    reaches="lengths, spelling and position reach",
    meaning="no model at all but its tokenizer: lengths in letters and tokens, letters in common, distance, ranks of "
    "token ids",
    cost=Cost.FITS,
)
RANDOM_MODEL = Control(
    name="random_model",
    kind="rival",
    unbeaten="unsupported",
    reaches="a random model reaches",
    meaning="attention between the same words in this model with its weights shuffled",
    cost=Cost.MODELS,
    draws=3,
)
LICENSED = Control(
    name="licensed",
    kind="reference",
    unbeaten="weakened",
    meaning="the same with only those attention layers that may be read token to token: for context, not to be "
    "beaten; a claim is weakened where they do not lead to the same verdict",
    cost=Cost.CHECK,
)
CONTROLS = (
    ELSEWHERE,
    Control(
        name=f"{ELSEWHERE.name}.{PLACES[0]}",
        kind="rival",
        unbeaten="weakened",
        reaches="attention between two other places of the sentence, the earlier that fit, reaches",
        meaning="attention between two other places of the same sentences: of those that fit equally well, the first "
        "in the sentence",
        cost=Cost.NOTHING,
        comes_with=ELSEWHERE.name,
    ),
    Control(
        name=f"{ELSEWHERE.name}.{PLACES[1]}",
        kind="rival",
        unbeaten="weakened",
        reaches="attention between two other places of the sentence, the later that fit, reaches",
        meaning="the same, the last in the sentence; in a causal model the earlier have not read both words",
        cost=Cost.NOTHING,
        comes_with=ELSEWHERE.name,
    ),
    Control(
        name="words",
        kind="rival",
        unbeaten="weakened",
        reaches="the words alone reach",
        meaning="no attention: the identities of the two words, and their embeddings",
        cost=Cost.FITS,
    ),
    Control(
        name="similarity",
        kind="rival",
        unbeaten="weakened",
        reaches="similarity of the embeddings reaches",
        meaning="no attention: cosine, difference and product of the two words' embeddings",
        cost=Cost.FITS,
    ),
    SURFACE,
    RANDOM_MODEL,
    LICENSED,
)

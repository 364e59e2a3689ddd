"""The controls of ``relations``."""

from __future__ import annotations

from ..controls import Control, Cost

__all__ = [
    "CONTROLS", "COSINE", "COSINE_STATES", "ELSEWHERE", "LICENSED", "OF_WORDS", "PLACES", "RANDOM_MODEL", "SURFACE",
    "WORDS_STATES", "is_place",
]  # fmt: skip

COSINE = Control(
    name="cosine",
    kind="rival",
    unbeaten="weakened",
    reaches="the cosine of the words' embeddings alone reaches",
    meaning="one number and no fit: the cosine of the two words' embeddings, less their mean; whether the relation has "
    "the higher or the lower one is read off the other folds",
    cost=Cost.WORDS,
)
COSINE_STATES = Control(
    name="cosine_states",
    kind="rival",
    unbeaten="weakened",
    reaches="the cosine of the bare words, at the best hidden state, reaches",
    meaning="one number and no sentence: the cosine of the two words, each given to the model alone, less their mean, "
    "as it is or with every dimension at a deviation of 1; state, scale and direction are chosen on the other folds",
    cost=Cost.WORDS,
)
WORDS_STATES = Control(
    name="words_states",
    kind="rival",
    unbeaten="weakened",
    reaches="the bare words alone, at the best hidden state, reach",
    meaning="no attention and no sentence: the hidden states of the two words, each given to the model alone, and "
    "their lengths; the state is chosen on the other folds. It sees what the model works out of one word, such as "
    "that it names a category",
    cost=Cost.WORDS,
)
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
    meaning="attention between the same words in this model with random weights",
    cost=Cost.MODELS,
    draws=3,
)
ELSEWHERE = Control(
    name="elsewhere",
    kind="reference",
    unbeaten="weakened",
    reaches="attention between two other places of the sentence reaches",
    meaning="attention between two other places of the same sentences: as many tokens, about as far apart, neither of "
    "the words. A score that is equal there is not localised at the words; it does not refute, since the states of an "
    "encoder that stand beside the words hold both of them. Where several places fit equally well, the earlier and the "
    "later are measured each, and both must be beaten",
    cost=Cost.FITS,
)
# choices of places are measured each
PLACES = ("earlier", "later")
LICENSED = Control(
    name="licensed",
    kind="reference",
    unbeaten="weakened",
    meaning="the same with those attention layers alone that may be read token to token, left out where that is every "
    "layer; a claim is weakened where they do not lead to the same verdict",
    cost=Cost.CHECK,
)
CONTROLS = (
    Control(
        name="words",
        kind="rival",
        unbeaten="weakened",
        reaches="the words alone reach",
        meaning="no attention: the identities of the two words, and their embeddings; a penalty for each block",
        cost=Cost.FITS,
    ),
    WORDS_STATES,
    Control(
        name="similarity",
        kind="rival",
        unbeaten="weakened",
        reaches="similarity of the embeddings reaches",
        meaning="no attention: cosine, difference and product of the two words' embeddings; a penalty for each block",
        cost=Cost.FITS,
    ),
    COSINE,
    COSINE_STATES,
    SURFACE,
    RANDOM_MODEL,
    ELSEWHERE,
    Control(
        name=f"{ELSEWHERE.name}.{PLACES[0]}",
        kind="reference",
        unbeaten="weakened",
        reaches="attention between two other places of the sentence, the earlier that fit, reaches",
        meaning="attention between two other places of the same sentences: of those that fit equally well, the first "
        "in the sentence",
        cost=Cost.NOTHING,
        comes_with=ELSEWHERE.name,
    ),
    Control(
        name=f"{ELSEWHERE.name}.{PLACES[1]}",
        kind="reference",
        unbeaten="weakened",
        reaches="attention between two other places of the sentence, the later that fit, reaches",
        meaning="the same, the last in the sentence; in a causal model the earlier have not read both words",
        cost=Cost.NOTHING,
        comes_with=ELSEWHERE.name,
    ),
    LICENSED,
)


# they look at hidden states of words that are given to the model alone
OF_WORDS = ("words", WORDS_STATES.name, "similarity", COSINE.name, COSINE_STATES.name)


def is_place(key: str) -> bool:
    """Return whether a result's key is that of other places of the sentence."""
    return key.partition(".")[0] == ELSEWHERE.name

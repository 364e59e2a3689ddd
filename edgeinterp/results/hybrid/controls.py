"""The controls of ``hybrid``: each takes the place of attention, or of the properties, in the same classifier."""

from __future__ import annotations

from ..controls import Control, Cost
from ..relations.controls import ELSEWHERE, PLACES

__all__ = ["ALL", "BLOCKS", "CONTROLS", "DEALT", "IN_SENTENCE", "RANDOM_FEATURES", "RANDOM_MODEL", "SIDES", "SPELLING"]

DEALT = Control(
    name="dealt",
    kind="rival",
    unbeaten="unsupported",
    reaches="with the properties of other words, the same classifier reaches",
    meaning="the properties dealt to other words, rows whole: they still tell which word is which, and nothing else",
    cost=Cost.FITS,
    draws=3,
)
RANDOM_FEATURES = Control(
    name="random_features",
    kind="rival",
    unbeaten="unsupported",
    reaches="with generated properties, the same classifier reaches",
    meaning="generated properties, with the sparsity and the value distribution of the real ones",
    cost=Cost.FITS,
    draws=3,
)
SPELLING = Control(
    name="spelling",
    kind="rival",
    unbeaten="unsupported",
    reaches="with spelling in place of the properties, the same classifier reaches",
    meaning="spelling in place of the properties: length, counts of letters and of pairs of letters",
    cost=Cost.FITS,
)
RANDOM_MODEL = Control(
    name="random_model",
    kind="rival",
    unbeaten="unsupported",
    reaches="with the attention of a random model, the same classifier reaches",
    meaning="in place of attention, that between the same words in this model with random weights",
    cost=Cost.MODELS,
    draws=3,
)
IN_SENTENCE = Control(
    name="in_sentence",
    kind="reference",
    meaning="in place of attention, the last hidden states of the two words in the sentence",
    cost=Cost.FITS,
)


def _place(name: str, which: str, comes_with: str = "") -> Control:
    return Control(
        name=name,
        kind="rival",
        unbeaten="weakened",
        reaches=f"with attention between two other places of the sentence{which}, the same classifier reaches",
        meaning=f"in place of attention between the words, that between two other places of the same sentences{which}: "
        "where it does as well, what attention adds is not localised at the words",
        cost=Cost.NOTHING if comes_with else Cost.FITS,
        comes_with=comes_with,
    )


CONTROLS = (
    DEALT,
    RANDOM_FEATURES,
    SPELLING,
    RANDOM_MODEL,
    _place(ELSEWHERE.name, ""),
    _place(f"{ELSEWHERE.name}.{PLACES[0]}", ", the earlier that fit", ELSEWHERE.name),
    _place(f"{ELSEWHERE.name}.{PLACES[1]}", ", the later that fit", ELSEWHERE.name),
    IN_SENTENCE,
)
# which controls stand in for what
SIDES = {
    "attention": (RANDOM_MODEL.name, ELSEWHERE.name),
    "semantics": (DEALT.name, RANDOM_FEATURES.name, SPELLING.name),
}
# what classifiers see: W words, S properties, A attention, H hidden states of the words in the sentence
BLOCKS = {
    "W": "words alone: their hidden states 0",
    "S": "properties alone",
    "A": "attention alone",
    "H": "the last hidden states of the words in the sentence, alone",
    "WS": "words and properties",
    "WA": "words and attention",
    "WSA": "words, properties and attention",
    "WSH": "words, properties and those hidden states, in the place of attention",
}
ALL = "WSA"

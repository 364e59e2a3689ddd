"""The controls of ``judge``."""

from __future__ import annotations

from ..controls import Control, Cost

__all__ = ["CEILING", "CONTROLS", "EMBEDDING", "HABIT", "PLACES", "POSITION", "RARITY"]

# orders by place alone; keys of results are ``position.NAME``
PLACES = {
    "start": "those nearest to the start first",
    "end": "those nearest to the end first",
    "ends": "those nearest to either end first",
}
POSITION = Control(
    name="position",
    kind="rival",
    unbeaten="unsupported",
    reaches="the order of tokens in the text alone reaches",
    meaning="tokens ordered by their place alone: those nearest to the start first, to the end, or to either end, each "
    "a rival",
    cost=Cost.COUNTING,
    parts=PLACES,
)
RARITY = Control(
    name="rarity",
    kind="rival",
    unbeaten="unsupported",
    reaches="rarity alone reaches",
    meaning="tokens ordered by how rarely they occur in the given texts",
    cost=Cost.COUNTING,
)
HABIT = Control(
    name="habit",
    kind="rival",
    unbeaten="unsupported",
    reaches="what the method says of any token of that place and rarity reaches",
    meaning="the method's own scores, predicted from its scores of other texts at the same place from the start, at "
    "the same place from the end, and of tokens about as rare: what it would say without reading the text. A method "
    "that knows place and rarity alone, in whatever way, is its habit",
    cost=Cost.COUNTING,
)
EMBEDDING = Control(
    name="embedding",
    kind="rival",
    unbeaten="weakened",
    reaches="the length of the token's embedding alone reaches",
    meaning="tokens ordered by the length of their hidden state 0 less its mean over the texts: what the model says of "
    "a token before it reads the text",
    cost=Cost.COUNTING,
)
CEILING = Control(
    name="ceiling",
    kind="reference",
    meaning="the correlation of the effects with those of other replacing tokens: no method agrees with effects better "
    "than they agree with themselves",
    cost=Cost.NOTHING,
)
CONTROLS = (POSITION, RARITY, HABIT, EMBEDDING, CEILING)

"""The controls of ``influence``."""

from __future__ import annotations

from ..controls import Control, Cost

__all__ = [
    "CHEAPER", "CHEAPER_PARTS", "CONTROLS", "DISTANCE", "FEWEST_RANDOM", "FOREIGN_TEXT", "MOST_RANDOM", "PROFILE",
    "RANDOM_MODEL", "RANDOM_PARTS", "SALIENCE",
]  # fmt: skip

# random models: drawn one after the other until the margin over them is settled
FEWEST_RANDOM, MOST_RANDOM = 2, 5

PROFILE = Control(
    name="profile",
    kind="rival",
    unbeaten="unsupported",
    reaches="the profile of offsets alone reaches",
    meaning="the mean rank of influence at each signed offset, in other texts; gain is what a reading adds to it",
    cost=Cost.COUNTING,
)
SALIENCE = Control(
    name="salience",
    kind="rival",
    unbeaten="weakened",
    reaches="which tokens matter taken out, {} agrees with the influence in other texts as",
    meaning="effects of row, column and offset, one product of a row's and a column's number, and factors of rows and "
    "columns on offsets; pair is how attention and influence agree beyond them, less the same with the influence in "
    "other texts",
    cost=Cost.COUNTING,
)
RANDOM_MODEL = Control(
    name="random_model",
    kind="rival",
    unbeaten="weakened",
    reaches="with their own influence random models' {} reaches",
    meaning="the same model with random weights, 2 to 5 of them, over the first texts: mean gain (as a share of what "
    "the profile leaves open) and pair of their attention with the influence in themselves: the contribution of the "
    "architecture without training",
    cost=Cost.MODELS,
    parts={"gain": "gain, as a share of what the profile leaves open,"},
)
# what random models are compared in; keys of results
RANDOM_PARTS = {part: f"{RANDOM_MODEL.name}.{part}" for part in ("gain", "pair")}
CHEAPER = Control(
    name="cheaper",
    kind="rival",
    unbeaten="weakened",
    reaches="a cheaper reading reaches",
    meaning="mean attention of the layer and rollout up to it, by their gain: what a reading of values must beat",
    cost=Cost.COUNTING,
    parts={"attention": "gain of mean attention", "rollout": "gain of rollout"},
)
# the cheaper readings; keys of results
CHEAPER_PARTS = {key: f"{CHEAPER.name}.{key}" for key in CHEAPER.parts}
FOREIGN_TEXT = Control(
    name="foreign_text",
    kind="reference",
    meaning="rho of the same attention with the influence measured in other texts of like length",
    cost=Cost.COUNTING,
)
DISTANCE = Control(
    name="distance",
    kind="reference",
    meaning="rho of the nearness of the replaced token alone, with the influence of this text",
    cost=Cost.COUNTING,
)
CONTROLS = (PROFILE, SALIENCE, RANDOM_MODEL, CHEAPER, FOREIGN_TEXT, DISTANCE)

"""The controls of ``influence``."""

from __future__ import annotations

from ..controls import Control, Cost

__all__ = ["CONTROLS", "RANDOM_ATTENTION", "RANDOM_MODEL"]

RANDOM_MODEL = Control(
    name="random_model",
    kind="rival",
    unbeaten="weakened",
    reaches="a random model's {} follows its own influence with",
    meaning="the same model with shuffled weights: its attention with its own influence: the contribution of "
    "the architecture without training",
    cost=Cost.MODELS,
)
RANDOM_ATTENTION = Control(
    name="random_attention",
    kind="reference",
    meaning="rho of the random model's attention with the influence in the real model; a reference, not a rival",
    cost=Cost.NOTHING,
    comes_with=RANDOM_MODEL.name,
)
CONTROLS = (
    Control(
        name="foreign_text",
        kind="rival",
        unbeaten="unsupported",
        reaches="the influence measured in other texts reaches",
        meaning="the same attention with the influence measured in other texts of like length: the contribution of "
        "position and offset",
        cost=Cost.COUNTING,
    ),
    Control(
        name="distance",
        kind="rival",
        unbeaten="weakened",
        reaches="distance alone reaches",
        meaning="the nearness of the replaced token alone, with the influence of this text",
        cost=Cost.COUNTING,
    ),
    RANDOM_MODEL,
    RANDOM_ATTENTION,
)

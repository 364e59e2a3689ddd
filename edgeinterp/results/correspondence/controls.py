"""The controls of ``correspondence``."""

from __future__ import annotations

from ..controls import Control, Cost

__all__ = ["CONTROLS", "FOREIGN", "RANDOM_MODEL", "SWAP"]

FOREIGN = Control(
    name="foreign",
    kind="rival",
    unbeaten="unsupported",
    meaning="share of tokens that, looked up in another text, retrieve their own position there: high means that "
    "position passes as identity",
    cost=Cost.COUNTING,
)
SWAP = Control(
    name="swap",
    kind="rival",
    unbeaten="unsupported",
    meaning="share of two swapped tokens that is retrieved as the content that moved there: low means that the hidden "
    "state follows the place, not the token",
    cost=Cost.PASSES,
)
RANDOM_MODEL = Control(
    name="random_model",
    kind="reference",
    meaning="share and kappa of a model of the same architecture with random weights, on at most 5,000 evaluated "
    "tokens: what the architecture alone gives",
    cost=Cost.MODELS,
)
CONTROLS = (FOREIGN, SWAP, RANDOM_MODEL)

"""The controls of ``correspondence``."""

from __future__ import annotations

from ..controls import Control, Cost

__all__ = ["CONTROLS", "FOREIGN", "SWAP"]

FOREIGN = Control(
    name="foreign",
    kind="rival",
    unbeaten="weakened",
    meaning="share of tokens that, looked up in another text, retrieve their own position there: high means that "
    "position passes as identity",
    cost=Cost.COUNTING,
)
SWAP = Control(
    name="swap",
    kind="rival",
    unbeaten="weakened",
    meaning="share of two swapped tokens that is retrieved as the content that moved there: low means that the hidden "
    "state follows the place, not the token",
    cost=Cost.PASSES,
)
CONTROLS = (FOREIGN, SWAP)

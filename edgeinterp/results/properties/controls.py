"""The controls of ``properties``."""

from __future__ import annotations

from ..controls import Control, Cost

__all__ = ["CONTROLS", "PERMUTED", "RANDOM_MODEL", "UPPER_BOUND"]

PERMUTED = Control(
    name="permuted",
    kind="null",
    unbeaten="unsupported",
    meaning="every concept is given the norms of another: what the procedure scores when there is nothing to find. It "
    "gives p",
    cost=Cost.PERMUTATIONS,
)
RANDOM_MODEL = Control(
    name="random_model",
    kind="rival",
    unbeaten="unsupported",
    reaches="a random model reaches",
    meaning="the same norms predicted from the hidden states of this model with its weights shuffled",
    cost=Cost.MODELS,
    draws=5,
)
UPPER_BOUND = Control(
    name="upper_bound",
    kind="reference",
    meaning="what the norms themselves give when squeezed through as many dimensions as the map uses: for R2 no such "
    "linear map does better, for other metrics about that",
    cost=Cost.COUNTING,
)
CONTROLS = (
    PERMUTED,
    Control(
        name="shuffled",
        kind="null",
        meaning="each feature's values are dealt anew on their own, so that features no longer belong together either",
        cost=Cost.FITS,
    ),
    Control(
        name="random_features",
        kind="null",
        meaning="invented features, as sparse and with values distributed as the real ones",
        cost=Cost.FITS,
    ),
    Control(
        name="word_form",
        kind="rival",
        unbeaten="unsupported",
        reaches="spelling alone reaches",
        meaning="the same norms predicted from spelling: length, letters, pairs of letters, number of tokens",
        cost=Cost.FITS,
    ),
    Control(
        name="random_vectors",
        kind="rival",
        unbeaten="unsupported",
        reaches="random vectors reach",
        meaning="the same norms predicted from random vectors that vary together as the hidden states do",
        cost=Cost.FITS,
        draws=5,
    ),
    RANDOM_MODEL,
    Control(
        name="neighbours",
        kind="rival",
        unbeaten="weakened",
        reaches="neighbours alone reach",
        meaning="no map is fitted: a concept gets the mean norms of the nearest other concepts among the hidden "
        "states. Where this does as well, similarity explains the score",
        cost=Cost.FITS,
    ),
    UPPER_BOUND,
    Control(
        name="selectivity",
        kind="reference",
        meaning="the score minus the score of spelling (length, letters) predicted from the same hidden states: "
        "another target on another scale, for context only",
        cost=Cost.FITS,
    ),
)

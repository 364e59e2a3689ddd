"""The controls of ``properties``."""

from __future__ import annotations

from ..controls import Control, Cost

__all__ = ["CONTROLS", "PERMUTED", "RANDOM_MODEL", "UPPER_BOUND"]

PERMUTED = Control(
    name="permuted",
    kind="null",
    unbeaten="unsupported",
    meaning="norms permuted over concepts: the score of the procedure without any signal. It gives p",
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
    meaning="score of the best approximation of the norms with as many dimensions as the map uses: for R2 an exact "
    "bound on such linear maps, for other metrics about right",
    cost=Cost.COUNTING,
)
CONTROLS = (
    PERMUTED,
    Control(
        name="shuffled",
        kind="null",
        meaning="each feature's values permuted on their own, which also breaks the relations between features",
        cost=Cost.FITS,
    ),
    Control(
        name="random_features",
        kind="null",
        meaning="generated features, with the sparsity and the value distribution of the real ones",
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
        meaning="the same norms predicted from random vectors with the covariance of the hidden states",
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

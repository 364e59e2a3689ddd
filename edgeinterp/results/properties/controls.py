"""The controls of ``properties``."""

from __future__ import annotations

from ..controls import Control, Cost

__all__ = [
    "CLUSTERS", "CONTROLS", "ERASED", "OVER_EMBEDDINGS", "PERMUTED", "RANDOM_MODEL", "RELIABILITY", "ROTATED",
    "UPPER_BOUND", "WITHIN_GROUPS",
]  # fmt: skip

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
    meaning="the same norms predicted from the hidden states of this model with random weights",
    cost=Cost.MODELS,
    draws=5,
)
WITHIN_GROUPS = Control(
    name="within_groups",
    kind="null",
    meaning="norms are dealt within the groups of concepts that were given: what categories alone score",
    cost=Cost.PERMUTATIONS,
)
CLUSTERS = Control(
    name="clusters",
    kind="reference",
    unbeaten="unsupported",
    meaning="the score and every rival once more with whole clusters of concepts held out: what leans on concepts that "
    "are nearly the same is gone",
    cost=Cost.FITS,
)
OVER_EMBEDDINGS = Control(
    name="over_embeddings",
    kind="reference",
    meaning="what a hidden state adds to hidden state 0: the score with both in the map, minus the score of hidden "
    "state 0 alone",
    cost=Cost.FITS,
)
ROTATED = Control(
    name="rotated",
    kind="reference",
    meaning="the score of norms that are rotated at random, 200 times: are these features told apart, or is any "
    "direction of the norms predicted as well",
    cost=Cost.COUNTING,
)
UPPER_BOUND = Control(
    name="upper_bound",
    kind="reference",
    meaning="what the norms themselves give when squeezed through as many dimensions as the map uses, directions "
    "taken from the other folds",
    cost=Cost.COUNTING,
)
WITHOUT_LENGTH = Control(
    name="without_length",
    kind="reference",
    meaning="the score when all that is linear in the number of letters is erased from the hidden states",
    cost=Cost.FITS,
)
WITHOUT_FREQUENCY = Control(
    name="without_frequency",
    kind="reference",
    meaning="the score when all that is linear in the logarithm of the word's frequency and in its rank is erased from "
    "the hidden states",
    cost=Cost.FITS,
)
WITHOUT_TOKENS = Control(
    name="without_tokens",
    kind="reference",
    meaning="the score when all that is linear in the number of tokens is erased from the hidden states",
    cost=Cost.FITS,
)
WITHOUT_CONFOUNDS = Control(
    name="without_confounds",
    kind="reference",
    meaning="the score when all that is linear in the confounds that were given, together, is erased from the hidden "
    "states",
    cost=Cost.FITS,
)
ERASED = (WITHOUT_LENGTH, WITHOUT_FREQUENCY, WITHOUT_TOKENS, WITHOUT_CONFOUNDS)
RELIABILITY = Control(
    name="reliability",
    kind="reference",
    meaning="how well the norms repeat, split-half, mean over features: nothing correlates with them better than by "
    "its square root",
    cost=Cost.NOTHING,
)
CONTROLS = (
    PERMUTED,
    WITHIN_GROUPS,
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
        name="frequency",
        kind="rival",
        unbeaten="unsupported",
        reaches="frequency and length alone reach",
        meaning="the same norms predicted from the logarithm of the word's frequency (from a model, the ranks of its "
        "tokens' ids), its numbers of tokens and of letters, and their squares and products",
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
    Control(
        name="neighbours_weighted",
        kind="rival",
        unbeaten="weakened",
        reaches="neighbours weighted by nearness reach",
        meaning="as neighbours, but near concepts count more, by exp(10 cosine): a plain mean alone is a weak rival",
        cost=Cost.FITS,
    ),
    CLUSTERS,
    OVER_EMBEDDINGS,
    ROTATED,
    UPPER_BOUND,
    Control(
        name="selectivity",
        kind="reference",
        meaning="the score minus the score of spelling (length, letters) predicted from the same hidden states: "
        "another target on another scale, for context only",
        cost=Cost.FITS,
    ),
    Control(
        name="word_length",
        kind="reference",
        meaning="the score of a norm without meaning: the number of letters, predicted from the same hidden states",
        cost=Cost.FITS,
    ),
    Control(
        name="length_differences",
        kind="reference",
        meaning="the score of norms without meaning: by how many letters each word differs from 20 of the words, "
        "predicted from the same hidden states",
        cost=Cost.FITS,
    ),
    *ERASED,
    RELIABILITY,
)

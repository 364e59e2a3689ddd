"""What the metrics, mappings and controls of ``properties`` are, in plain words, and how their names are shown."""

from __future__ import annotations

from collections.abc import Iterable

from ...results.properties.result import LayerProperties, RivalScore

__all__ = ["CONTROLS", "MAPPINGS", "METRICS", "draw", "family", "kinds", "named", "rivals_of"]

METRICS = {
    "pearson": "the correlation (Pearson) of a feature's held-out predictions with its norms, averaged over features",
    "r2": "R2: the share of the norms' variance that the held-out predictions account for; below 0 they do worse than "
    "each feature's mean",
    "spearman": "the rank correlation (Spearman) over features of a concept's held-out prediction with its norms, "
    "averaged over concepts",
    "precision": "precision at k: of as many best predicted features as a concept really has, the share that it has",
    "neighbours_1": "the share of concepts whose own norms are the nearest to their held-out prediction, among all "
    "concepts",
    "neighbours_5": "the share of concepts whose own norms are among the 5 nearest to their held-out prediction, among "
    "all concepts",
    "neighbours_10": "the share of concepts whose own norms are among the 10 nearest to their held-out prediction, "
    "among all concepts",
}
MAPPINGS = {
    "ridge": "a ridge regression with an unpenalised intercept",
    "pls": "a PLS regression (few components, chosen to covary with the norms)",
    "mlp": "a small feed-forward network",
}
CONTROLS = {
    "permuted": "every concept is given the norms of another: what the procedure scores when there is nothing to find. "
    "It gives p",
    "shuffled": "each feature's values are dealt anew on their own, so that features no longer belong together either",
    "random_features": "invented features, as sparse and with values distributed as the real ones",
    "neighbours": "no map is fitted: a concept gets the mean norms of the nearest other concepts among the hidden "
    "states. Where this does as well, similarity explains the score",
    "word_form": "the same norms predicted from spelling: length, letters, pairs of letters, number of tokens",
    "random_vectors": "the same norms predicted from random vectors that vary together as the hidden states do",
    "random_model": "the same norms predicted from the hidden states of this model with its weights shuffled",
    "upper_bound": "what the norms themselves give when squeezed through as many dimensions as the map uses: for R2 no "
    "such linear map does better, for other metrics about that",
    "selectivity": "the score minus the score of spelling (length, letters) predicted from the same hidden states: "
    "another target on another scale, for context only",
}


def named(key: str) -> str:
    """Return the name of a control or metric as it is shown.

    Examples
    --------
    >>> named("word_form"), named("random_model.0")
    ('word form', 'random model 0')
    """
    return key.replace("_", " ").replace(".", " ")


def family(key: str) -> str:
    """Return the rival that a key is a draw or seed of, or the key itself.

    Examples
    --------
    >>> family("random_model.0"), family("word_form")
    ('random_model', 'word_form')
    """
    return key.rpartition(".")[0] if draw(key) else key


def draw(key: str) -> bool:
    """Return whether a key names one draw or seed of several."""
    head, _, number = key.rpartition(".")
    return bool(head) and number.isdecimal()


def kinds(found: Iterable[str]) -> list[str]:
    """Return names without repetition, those that ``CONTROLS`` knows first and in its order."""
    names = dict.fromkeys(found)
    return [name for name in CONTROLS if name in names] + [name for name in names if name not in CONTROLS]


def rivals_of(state: LayerProperties, name: str) -> dict[str, RivalScore]:
    """Return the rivals of one family at one hidden state, by key."""
    return {key: rival for key, rival in state.rivals.items() if family(key) == name}

"""Metrics and mappings of ``properties`` in plain words."""

from __future__ import annotations

from ...results.controls import family
from ...results.properties.controls import CONTROLS
from ...results.properties.result import LayerProperties, RivalScore

__all__ = ["MAPPINGS", "METRICS", "rivals_of"]

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


def rivals_of(state: LayerProperties, name: str) -> dict[str, RivalScore]:
    """Return the draws of one rival at one hidden state, by key."""
    return {key: rival for key, rival in state.rivals.items() if family(CONTROLS, key) == name}

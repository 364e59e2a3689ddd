"""Nulls, rivals and references of ``properties``, each through the same pipeline as the layer itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...regression.penalties import spectrum
from ...results.controls import functions, names
from ...results.properties.controls import CONTROLS, PERMUTED, RANDOM_MODEL
from ...results.shared import ControlScore
from ..missing import Missing
from .data import Concepts, generator
from .deletions import unit_changes
from .inputs_of_controls import gaussian_vectors, random_features, shuffled_columns, spelling_norms, spelling_vectors
from .mappings import NEIGHBOURS, Mapping, NeighbourMap, heldout, make_mapping
from .scores import Scored, metric_value, score

__all__ = ["AT_LAYERS", "NAMES", "AtLayer", "Pipeline", "UpperBound"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]

NAMES = names(CONTROLS)
# draws of `shuffled` and `random_features`, whose mean is reported; many features per draw make up for few draws, and
# refitted mappings get fewer
NULL_DRAWS, NULL_FEATURES, REFITTED_DRAWS = (5, 20), 1500, 2
# targets that a null holds at a time
_HELD = 1 << 20


def null_draws(n_features: int) -> int:
    """Return a null's number of draws: enough for 1,500 features in all, but 5 to 20."""
    fewest, most = NULL_DRAWS
    return max(fewest, min(most, -(-NULL_FEATURES // max(1, n_features))))


@dataclass(frozen=True)
class AtLayer:
    """One hidden state: its vectors (n, d), the map from them, the map's effective dimensions, and the score."""

    layer: int
    X: Array
    mapping: Mapping
    dimensions: float
    own: float

    @cached_property
    def spectrum(self) -> Doubles:
        """Squared singular values of the centred vectors."""
        return spectrum(self.X)


@dataclass(frozen=True)
class Pipeline:
    """Pipeline from vectors to a score: mapping, folds, choices, training means and metric, for every comparison.

    Each control of one hidden state is a method with its row's name; it takes the hidden state and the draw.
    """

    concepts: Concepts
    mapping: str
    metric: str
    controls: frozenset[str]

    def map_of(self, X: Array) -> Mapping:
        """Make the mapping of vectors (n, d)."""
        return make_mapping(self.mapping, X, self.concepts.sparse, self.concepts.seed)

    def predicted(self, mapping: Mapping) -> tuple[Array, Array]:
        """Return held-out predictions less training means (n, T), and the candidates that folds chose (K,)."""
        found = heldout(mapping, self.concepts.Y[:, None], self.concepts.labels)
        return found.centred[:, 0], found.choice[0]

    def scored(self, mapping: Mapping, centred: Array, choice: Array) -> Scored:
        """Score predictions of the norms, with and without each unit."""
        concepts = self.concepts
        refitted = None
        if self.metric == "pearson":
            chosen = concepts.left_out
            changes = unit_changes(mapping, concepts.Y, centred, concepts.labels, choice, concepts.starts, chosen)
            refitted = None if changes is None else (chosen, changes)
        return score(self.metric, centred, concepts.Y, concepts.labels, concepts.starts, refitted)

    def rival(self, X: Array) -> Scored:
        """Score the norms as predicted from other vectors."""
        mapping = self.map_of(X)
        return self.scored(mapping, *self.predicted(mapping))

    def neighbours(self, at: AtLayer, _draw: int) -> Scored:
        """Score the mean of the nearest training concepts."""
        largest = int(np.diff(self.concepts.starts, append=len(self.concepts.Y)).max())
        mapping = NeighbourMap(at.X, spare=min(largest, max(NEIGHBOURS)))
        return self.scored(mapping, *self.predicted(mapping))

    def random_vectors(self, at: AtLayer, draw: int) -> Scored:
        """Score vectors drawn with the covariance of the hidden states, the same for the same word."""
        concepts = self.concepts
        owners = np.arange(len(concepts.Y))
        if concepts.words is not None:
            owners = np.unique(np.array(concepts.words), return_inverse=True)[1]
        rng = generator(concepts.seed, "random_vectors", at.layer, draw)
        return self.rival(gaussian_vectors(at.spectrum, owners, rng))

    def word_form(self, _at: AtLayer, _draw: int) -> Scored | Missing:
        """Score the norms as predicted from spelling, or say why not."""
        return self._from_spelling

    @cached_property
    def _from_spelling(self) -> Scored | Missing:
        if self.concepts.words is None:
            return Missing("words were not given")
        return self.rival(spelling_vectors(self.concepts.words, self.concepts.tokens))

    def shuffled(self, at: AtLayer, _draw: int) -> ControlScore:
        """Score norms with each feature's values permuted on its own."""
        return self._null("shuffled", shuffled_columns, at.mapping)

    def random_features(self, at: AtLayer, _draw: int) -> ControlScore:
        """Score invented features."""
        return self._null("random_features", random_features, at.mapping)

    def _null(
        self, name: str, make: Callable[[Doubles, np.random.Generator], Doubles], mapping: Mapping
    ) -> ControlScore:
        """Return the mean score over draws of norms without any signal."""
        concepts = self.concepts
        draws = null_draws(concepts.Y.shape[1]) if self.mapping == "ridge" else REFITTED_DRAWS
        step = max(1, _HELD // concepts.Y.size)
        values: list[float] = []
        for first in range(0, draws, step):
            drawn = range(first, min(first + step, draws))
            Y = np.stack([make(concepts.Y, generator(concepts.seed, name, b)) for b in drawn], axis=1)
            centred = heldout(mapping, Y, concepts.labels).centred
            values += [
                metric_value(self.metric, centred[:, b], np.ascontiguousarray(Y[:, b]), concepts.labels)
                for b in range(len(drawn))
            ]
        return ControlScore(float(np.mean(values)))

    def upper_bound(self, at: AtLayer, _draw: int) -> ControlScore:
        """Score the best approximation of the norms with as many dimensions as the map uses."""
        return self._bound.score(max(1, round(at.dimensions)), self.metric)

    @cached_property
    def _bound(self) -> UpperBound:
        return UpperBound(self.concepts)

    def selectivity(self, at: AtLayer, _draw: int) -> ControlScore:
        """Score minus that of spelling (length, letters) as predicted from the same vectors."""
        if self.concepts.words is None:
            return ControlScore(None, "words were not given")
        Y = spelling_norms(self.concepts.words)
        if not Y.shape[1]:
            return ControlScore(None, "all words are spelt alike")
        centred = heldout(at.mapping, Y[:, None], self.concepts.labels).centred[:, 0]
        return ControlScore(at.own - metric_value(self.metric, centred, Y, self.concepts.labels))


class UpperBound:
    """Score of the best rank-r approximation of the centred norms; no linear map of rank r exceeds it (in R2).

    Missing values count as their feature's mean. A feature that is constant in a fold's training concepts cannot be
    learned there: it is set to its mean.
    """

    def __init__(self, concepts: Concepts) -> None:
        self.concepts = concepts
        self.means = np.nanmean(concepts.Y, axis=0)
        self.centred = np.where(np.isnan(concepts.Y), 0.0, concepts.Y - self.means)
        by_rows = self.centred.shape[0] <= self.centred.shape[1]
        gram = self.centred @ self.centred.T if by_rows else self.centred.T @ self.centred
        self.by_rows, self.vectors = by_rows, np.linalg.eigh(gram)[1][:, ::-1]

    def score(self, rank: int, metric: str) -> ControlScore:
        """Score the approximation of the given rank (at least 1)."""
        V = self.vectors[:, : max(1, rank)]
        approximation = V @ (V.T @ self.centred) if self.by_rows else (self.centred @ V) @ V.T
        concepts = self.concepts
        seen = ~np.isnan(concepts.Y)
        for f in concepts.folds:
            others = np.ones(len(seen), dtype=bool)
            others[f] = False
            Y = np.where(seen[others], concepts.Y[others], self.means)
            approximation[f, Y.max(axis=0) == Y.min(axis=0)] = 0.0
        if metric != "pearson":
            from .mappings import training_means

            approximation = approximation + self.means - training_means(concepts.Y, concepts.labels)
        value = metric_value(metric, np.where(seen, approximation, np.nan), concepts.Y, concepts.labels)
        return ControlScore(value)


# permutations cover all hidden states at once, and random models come one by one
AT_LAYERS = functions([control for control in CONTROLS if control not in (PERMUTED, RANDOM_MODEL)], Pipeline)

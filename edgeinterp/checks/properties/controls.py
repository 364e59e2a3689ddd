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
from ...results.properties.controls import CLUSTERS, CONTROLS, OVER_EMBEDDINGS, PERMUTED, RANDOM_MODEL, WITHIN_GROUPS
from ...results.properties.result import Rotated
from ...results.shared import ControlScore
from ..missing import Missing
from .blocks import ErasedMap
from .comparisons.inputs_of_controls import (
    common_columns,
    frequency_vectors,
    gaussian_vectors,
    length_differences,
    letter_counts,
    random_features,
    shuffled_columns,
    spelling_norms,
    spelling_vectors,
    varying,
)
from .comparisons.neighbours import NEIGHBOURS, Neighbourhood, NeighbourMap
from .comparisons.rotations import rotated
from .comparisons.upper_bound import UpperBound
from .data import Folded, generator
from .deletions import unit_changes
from .mappings import Mapping, heldout, make_mapping, missing_patterns
from .scores import Scored, metric_value, score

__all__ = ["AT_LAYERS", "ELSEWHERE", "NAMES", "AtLayer", "Pipeline"]

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
    """One hidden state: its vectors (n, d), the map from them, what it predicts less training means, and the score.

    ``dimensions`` are those that the map uses, ``spare`` the neighbours that may leave with one unit.
    """

    layer: int
    X: Array
    mapping: Mapping
    dimensions: float
    centred: Array
    own: float
    spare: int

    @cached_property
    def spectrum(self) -> Doubles:
        """Squared singular values of the centred vectors."""
        return spectrum(self.X)

    @cached_property
    def near(self) -> Neighbourhood:
        """Who is near whom."""
        return Neighbourhood(self.X, self.spare)


@dataclass(frozen=True)
class Pipeline:
    """Pipeline from vectors to a score: mapping, folds, choices, training means and metric, for every comparison.

    Each control of one hidden state is a method with its row's name; it takes the hidden state and the draw.
    """

    concepts: Folded
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

    def at(self, layer: int, X: Array) -> tuple[AtLayer, Scored, Array]:
        """Fit and score one hidden state, and say what folds chose."""
        mapping = self.map_of(X)
        centred, choice = self.predicted(mapping)
        own = self.scored(mapping, centred, choice)
        largest = int(np.diff(self.concepts.starts, append=len(self.concepts.Y)).max())
        spare = min(largest, max(NEIGHBOURS))
        return AtLayer(layer, X, mapping, mapping.dimensions(choice), centred, own.value, spare), own, choice

    def neighbours(self, at: AtLayer, _draw: int) -> Scored:
        """Score the mean of the nearest training concepts."""
        return self._nearest(NeighbourMap(at.near))

    def neighbours_weighted(self, at: AtLayer, _draw: int) -> Scored:
        """Score their mean weighted by nearness."""
        return self._nearest(NeighbourMap(at.near, weighted=True))

    def _nearest(self, mapping: NeighbourMap) -> Scored:
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

    def frequency(self, _at: AtLayer, _draw: int) -> Scored | Missing:
        """Score the norms as predicted from how common and long words are, or say why not."""
        return self._from_frequency

    @cached_property
    def _from_frequency(self) -> Scored | Missing:
        if self.concepts.frequencies is None:
            return Missing("frequencies were not given")
        return self.rival(frequency_vectors(self.concepts.frequencies, self.concepts.tokens, self.concepts.words))

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

    def reliability(self, _at: AtLayer, _draw: int) -> ControlScore:
        """Return the mean reliability of the features that can be scored."""
        given = self.concepts.reliability
        if given is None:
            return ControlScore(None, "the norms come without their reliability")
        return ControlScore(float(np.mean(given)))

    def rotated(self, at: AtLayer, _draw: int) -> tuple[ControlScore, Rotated]:
        """Set the features beside random rotations of them."""
        if self.mapping != "ridge":
            found = Rotated(0, reason=f"predictions of {self.mapping} do not turn as the norms do; ridge's do")
            return ControlScore(None, found.reason), found
        score, found = rotated(at.centred, self.concepts.Y, self.concepts.seed)
        return ControlScore(score, found.reason), found

    def selectivity(self, at: AtLayer, _draw: int) -> ControlScore:
        """Score minus that of spelling (length, letters) as predicted from the same vectors."""
        if self.concepts.words is None:
            return ControlScore(None, "words were not given")
        other = self._of_form(at, spelling_norms(self.concepts.words), "all words are spelt alike")
        return other if other.score is None else ControlScore(at.own - other.score)

    def word_length(self, at: AtLayer, _draw: int) -> ControlScore:
        """Score the number of letters as predicted from the same vectors."""
        if self.concepts.words is None:
            return ControlScore(None, "words were not given")
        return self._of_form(at, letter_counts(self.concepts.words), "all words have as many letters")

    def length_differences(self, at: AtLayer, _draw: int) -> ControlScore:
        """Score differences in the number of letters as predicted from the same vectors."""
        if self.concepts.words is None:
            return ControlScore(None, "words were not given")
        Y = length_differences(self.concepts.words, generator(self.concepts.seed, "length_differences"))
        return self._of_form(at, Y, "all words differ by as many letters")

    def _of_form(self, at: AtLayer, Y: Doubles, constant: str) -> ControlScore:
        """Score norms made of words' form as predicted from the same vectors; ``constant`` says why there is none."""
        Y = varying(Y)
        if not Y.shape[1]:
            return ControlScore(None, constant)
        centred = heldout(at.mapping, Y[:, None], self.concepts.labels).centred[:, 0]
        value = metric_value(self.metric, centred, Y, self.concepts.labels)
        return ControlScore(value) if np.isfinite(value) else ControlScore(None, f"{self.metric} is not defined for it")

    def without_length(self, at: AtLayer, _draw: int) -> ControlScore:
        """Score vectors from which the number of letters is erased."""
        words = self.concepts.words
        return self._without(at, None if words is None else letter_counts(words), "words were")

    def without_frequency(self, at: AtLayer, _draw: int) -> ControlScore:
        """Score vectors from which frequency is erased."""
        often = self.concepts.frequencies
        return self._without(at, None if often is None else common_columns(often), "frequencies were")

    def without_tokens(self, at: AtLayer, _draw: int) -> ControlScore:
        """Score vectors from which the number of tokens is erased."""
        tokens = self.concepts.tokens
        return self._without(at, None if tokens is None else tokens[:, None], "token counts were")

    def without_confounds(self, at: AtLayer, _draw: int) -> ControlScore:
        """Score vectors from which the given confounds are erased."""
        return self._without(at, self.concepts.confounds, "confounds were")

    def _without(self, at: AtLayer, confounds: Array | None, what: str) -> ControlScore:
        """Score vectors from which some numbers of the concepts are erased, or say why not."""
        concepts = self.concepts
        if confounds is None:
            return ControlScore(None, f"{what} not given")
        if self.mapping != "ridge":
            return ControlScore(None, f"confounds are erased in the fits of ridge, not in those of {self.mapping}")
        if not np.ptp(confounds, axis=0).any():
            return ControlScore(None, "it is the same for all concepts")
        mapping = ErasedMap(at.X, concepts.sparse, confounds.astype(np.float64))
        if not all(mapping.known(concepts.labels[rows], rows) for _, rows in missing_patterns(concepts.Y)):
            return ControlScore(None, "it varies within a single fold alone: the other folds cannot erase it")
        found = metric_value(self.metric, self.predicted(mapping)[0], concepts.Y, concepts.labels)
        if not np.isfinite(found):
            return ControlScore(None, f"{self.metric} is not defined for these norms")
        return ControlScore(found)


# permutations go over all hidden states at once, random models come one by one, folds over clusters have a pipeline of
# their own, and a gain is of two hidden states
ELSEWHERE = (PERMUTED, WITHIN_GROUPS, RANDOM_MODEL, CLUSTERS, OVER_EMBEDDINGS)
AT_LAYERS = functions([control for control in CONTROLS if control not in ELSEWHERE], Pipeline)

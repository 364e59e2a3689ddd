r"""What does a hidden state add to hidden state 0, the embeddings? (Hewitt et al. 2021, arXiv 2109.09234.)

The gain is the held-out score with both hidden states in the map less that of hidden state 0 alone. Under the null
hypothesis norms are a linear function of hidden state 0, and an error that nothing tells of. So the errors of held-out
predictions are dealt to other concepts (Freedman & Lane 1983): norms keep their relation to hidden state 0, hidden
states keep theirs to each other. A layer may turn small directions of hidden state 0 into large ones, which ridge then
reads more easily: the prediction under the null is from hidden state 0 and from what it linearly gives of the layer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....regression.folds import fold_slices
from ....regression.penalties import sums_of_others
from ....results.properties.result import Gain
from ....statistics.pvalues import MaxT, permutation_pvalue
from ..blocks import JoinedMap
from ..controls import AtLayer, Pipeline
from ..data import Concepts, generator
from ..mappings import RidgeMap, heldout, missing_patterns, training_means
from ..nulls import dealt
from ..scores import Scored, margin, metric_value

__all__ = ["GAIN_DRAWS", "Gains", "Joined"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]

# permutations; fewer where fewer are asked for
GAIN_DRAWS = 99
# features whose errors are permuted: of more, these stand for all
MOST_FEATURES = 128
# gains that differ by less are equal
_TIE = 1e-9
# concepts x draws x features that are held at a time
_HELD = 1 << 22


@dataclass(frozen=True)
class Joined:
    """Score with both hidden states in the map; the gain of the features that are permuted, and its null."""

    scored: Scored
    observed: float
    null: Doubles


class Gains:
    """Hidden state 0 alone, and what every other hidden state adds to it.

    Parameters
    ----------
    pipeline : Pipeline
        The pipeline of scores in folds over concepts.
    concepts : Concepts
        Its concepts.
    at, own : AtLayer, Scored
        Hidden state 0.
    n_permutations : int
        How often errors are dealt, at most 99.
    reason : str or None
        Why nothing can be permuted.
    """

    def __init__(
        self, pipeline: Pipeline, concepts: Concepts, at: AtLayer, own: Scored, n_permutations: int, reason: str | None
    ) -> None:
        self.pipeline, self.concepts, self.own = pipeline, concepts, own
        self.first, self.reason = at.mapping, reason
        dimensions = at.X.shape[1]
        if reason is None and len(concepts.Y) <= dimensions:
            # then nothing tells what is linear in small directions from what is not: too many gains would be found
            self.reason = (
                f"p needs more concepts than hidden state 0 has dimensions, {dimensions}; there are {len(concepts.Y)}"
            )
        chosen = np.sort(generator(concepts.seed, "gain").permutation(concepts.Y.shape[1])[:MOST_FEATURES])
        self._Y = np.ascontiguousarray(concepts.Y[:, chosen])
        self._means = training_means(self._Y, concepts.labels)
        self._rows = np.empty((0, len(self._Y)), dtype=np.int64)
        if self.reason is None and concepts.draws is not None:
            self._rows = concepts.draws.rows(0, min(n_permutations, GAIN_DRAWS))

    def of(self, X: Array) -> Joined | None:
        """Score hidden state 0 and ``X`` (n, d) together, and permute; None for a mapping without two penalties."""
        if not isinstance(self.first, RidgeMap):
            return None
        joined = JoinedMap(self.first, X, self.concepts.sparse)
        scored = self.pipeline.scored(joined, *self.pipeline.predicted(joined))
        gains = self._permuted(joined, self._linear(X)) if len(self._rows) else np.array([np.nan])
        return Joined(scored, float(gains[0]), gains[1:])

    def results(self, found: Mapping[int, Joined | None], alpha: float, delta: float) -> dict[int, Gain]:
        """Return the gain of each hidden state, p corrected over all of them."""
        adjusted = _adjusted({layer: one for layer, one in found.items() if one is not None and len(one.null)})
        return {layer: self._result(one, adjusted.get(layer), alpha, delta) for layer, one in found.items()}

    def _result(self, one: Joined | None, p_adjusted: float | None, alpha: float, delta: float) -> Gain:
        metric = self.pipeline.metric
        if one is None:
            return Gain(None, reason=f"{self.pipeline.mapping} has no penalty for each hidden state; ridge has")
        if not (math.isfinite(one.scored.value) and math.isfinite(self.own.value)):
            return Gain(None, reason=f"{metric} is not defined for these norms")
        found = margin(metric, one.scored, self.own, self.concepts.keys, alpha, delta)
        p = None if p_adjusted is None else float(permutation_pvalue(one.observed, one.null, _TIE))
        return Gain(found.value, found.ci, p, p_adjusted, one.scored.value, self.reason)

    def _linear(self, X: Array) -> Doubles:
        """Predict held-out norms from hidden state 0, and from what it linearly gives of ``X``: linear in it too."""
        assert isinstance(self.first, RidgeMap)
        labels, sparse = self.concepts.labels, self.concepts.sparse
        states = np.asarray(X, dtype=np.float64)
        given = heldout(self.first, states[:, None], labels).centred[:, 0] + training_means(states, labels)
        found = heldout(JoinedMap(self.first, given, sparse), self._Y[:, None], labels).centred[:, 0]
        return np.asarray(found + self._means)

    def _permuted(self, joined: JoinedMap, fitted: Doubles) -> Doubles:
        """Return the gain of the norms as they are, then that of each permutation (1 + B,); choices are made again."""
        errors, step = self._Y - fitted, max(1, _HELD // self._Y.size)
        found = [self._gains(joined, self._Y[:, None])]
        for first in range(0, len(self._rows), step):
            orders = self._rows[first : first + step]
            targets = [fitted + dealt(errors, orders[b : b + 1]) for b in range(len(orders))]
            found.append(self._gains(joined, np.stack(targets, axis=1)))
        return np.concatenate(found)

    def _gains(self, joined: JoinedMap, Y: Doubles) -> Doubles:
        metric, labels = self.pipeline.metric, self.concepts.labels
        first, both = (
            [metric_value(metric, centred[:, b], np.ascontiguousarray(Y[:, b]), labels) for b in range(Y.shape[1])]
            for centred in _alone_and_joined(joined, Y, labels)
        )
        return np.subtract(both, first)


def _adjusted(found: Mapping[int, Joined]) -> dict[int, float]:
    """Return max-T adjusted p of each hidden state; 1 where all permutations give the gain that was observed."""
    varying = [layer for layer, one in found.items() if np.abs(one.null - one.observed).max() > _TIE]
    family = MaxT()
    if varying:
        observed = np.array([found[layer].observed for layer in varying])
        family.add(observed, np.stack([found[layer].null for layer in varying], axis=1), _TIE)
    return {**dict.fromkeys(found, 1.0), **dict(zip(varying, family.pvalues().tolist(), strict=True))}


def _alone_and_joined(joined: JoinedMap, Y: Doubles, labels: Array) -> Iterator[Array]:
    """Yield held-out predictions less training means (n, draws, T) of the first block alone, then of both.

    The choices are those of ``heldout``; here one candidate is held at a time, and where it is the best so far, its
    predictions are taken over.
    """
    draws = Y.shape[1]
    least, centred = np.full((draws, int(labels[-1]) + 1), np.inf), np.full(Y.shape, np.nan)
    parts = []
    for targets, rows in missing_patterns(Y[:, 0]):
        block = Y[np.ix_(rows, np.arange(draws), targets)].reshape(len(rows), -1)
        parts.append((targets, rows, block, block - training_means(block, labels[rows])))
    for number, (mapping, used) in enumerate(zip(joined.maps, joined.used, strict=True)):
        streams = [mapping.each(block, labels[rows], rows, used) for _, rows, block, _ in parts]
        for predicted in zip(*streams, strict=True):
            lost = np.zeros(least.shape)
            for one, (_, rows, _, errors) in zip(predicted, parts, strict=True):
                squares = (one * (one - 2.0 * errors)).reshape(len(rows), draws, -1).sum(axis=2)
                for f in fold_slices(labels[rows]):
                    lost[:, labels[rows[f.start]]] += squares[f].sum(axis=0)
            others = sums_of_others(lost[:, None])[:, 0, :-1]
            better = others < least
            least = np.where(better, others, least)
            for one, (targets, rows, _, _) in zip(predicted, parts, strict=True):
                place, draw = np.nonzero(better[:, labels[rows]].T)
                centred[rows[place][:, None], draw[:, None], targets] = one.reshape(len(rows), draws, -1)[place, draw]
        if number in (0, len(joined.maps) - 1):
            yield centred

"""One run of ``properties`` over all hidden states, in folds over concepts and in folds over clusters."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...results.properties.controls import (
    CLUSTERS,
    CONTROLS,
    OVER_EMBEDDINGS,
    PERMUTED,
    RANDOM_MODEL,
    ROTATED,
    UPPER_BOUND,
    WITHIN_GROUPS,
)
from ...results.properties.result import (
    Clusters,
    ClusterScore,
    FeatureScore,
    Gain,
    LayerProperties,
    RivalScore,
    Rotated,
)
from ...results.shared import ControlScore
from ...runtime.arguments import one_by_one, real_array
from ...runtime.clock import silent
from ...runtime.counting import counted
from ...runtime.threads import thread_count
from ...statistics.draws import Draws
from ...statistics.pvalues import FamilyP, permutation_p
from ..missing import Missing
from .ahead import Ahead
from .clusters import ClusterFolds, cluster_folds
from .comparisons.gain import Gains, Joined
from .controls import AT_LAYERS, AtLayer, Pipeline
from .data import Concepts
from .mappings import missing_patterns, training_means
from .nulls import MIN_NONZERO, FeatureFamily, PermutationScores, permutation_scores
from .scores import METRIC_NAMES, Scored, margin, metric_value, score_interval
from .units import kept_deviations, units_of

__all__ = ["Progress", "Study", "empty"]

Array = NDArray[Any]
Progress = Callable[[str, int, int], None]
Job = Callable[[], Any]
Place = tuple[dict[str, Any], str]


def empty(layer: int, reason: str) -> LayerProperties:
    """Return what is said of a hidden state that could not be measured."""
    return LayerProperties(layer, None, None, None, None, None, [], {}, {}, {}, {}, None, [], reason)


def _call(job: Job) -> Any:
    return job()


@dataclass
class _Layer:
    """What was measured at one hidden state, before families and margins are formed."""

    own: Scored
    penalty: list[float]
    metrics: dict[str, float]
    observed: PermutationScores | None
    within: PermutationScores | None
    nulls: dict[str, ControlScore]
    rivals: dict[str, Scored | Missing]
    references: dict[str, Any]
    clusters: Scored | None
    cluster_rivals: dict[str, Scored | Missing]
    with_embeddings: dict[str, Joined | None]


class Study:
    """One run over all layers; what each layer holds on to is small, predictions are let go."""

    def __init__(
        self, concepts: Concepts, pipeline: Pipeline, n_permutations: int, alpha: float, delta: float,
        threads: int | None, progress: Progress | None, held_out: Callable[[dict[str, Any]], object] | None = None,
    ) -> None:  # fmt: skip
        self.held_out = held_out
        self.threads, self.progress = thread_count(threads), progress or silent
        self.concepts, self.pipeline, self.alpha, self.delta = concepts, pipeline, alpha, delta
        self.n_permutations = n_permutations
        patterns = [targets for targets, _ in missing_patterns(concepts.Y)]
        self.family = FeatureFamily(concepts.nonzero[concepts.columns], patterns)
        self.within = self._draws_within()
        left_out = Missing(f"the control {CLUSTERS.name} was left out")
        self.clusters = cluster_folds(concepts) if CLUSTERS.name in pipeline.controls else left_out
        self.over_clusters: Pipeline | None = None
        if isinstance(self.clusters, ClusterFolds):
            self.over_clusters = replace(pipeline, concepts=self.clusters.folded)
        self.layers: list[_Layer] = []
        self.gains: Gains | None = None

    def _draws_within(self) -> Draws | None:
        """Give permutations within groups; None where there are no groups, or none has two concepts."""
        concepts = self.concepts
        if concepts.groups is None or WITHIN_GROUPS.name not in self.pipeline.controls:
            return None
        try:
            return Draws.build(concepts.seed, len(concepts.Y), "within", concepts.groups)
        except InputError:
            return None

    def run(self, random_models: Iterable[ArrayLike] | None) -> list[LayerProperties]:
        """Measure every hidden state; random models are taken one by one, as they come."""
        wanted = random_models if RANDOM_MODEL.name in self.pipeline.controls else None
        if wanted is not None:
            wanted = one_by_one("random_model_layers", wanted, "an array like X_layers for each random model")
        with ThreadPoolExecutor(1) as beside:
            models = Ahead(beside, () if wanted is None else wanted)
            scored: list[list[tuple[Scored, Scored | None]]] = []
            for layer in range(len(self.concepts.X)):
                self.layers.append(self._measured(layer))
                self._random_models(models, scored, wait=layer + 1 == len(self.concepts.X))
        self._keep_random_models(scored, models.reason)
        return self._finished()

    @property
    def described(self) -> Clusters | None:
        """What the clusters are."""
        found = self.clusters
        return None if isinstance(found, Missing) else Clusters(found.count, found.made_of, units_of(found.folded))

    def _testable(self) -> str | None:
        left_out = PERMUTED.name not in self.pipeline.controls
        return f"the control {PERMUTED.name} was left out" if left_out else self._exchangeable()

    def _exchangeable(self) -> str | None:
        draws = self.concepts.draws
        if draws is None:
            return "no two groups can be exchanged; give groups of one size whose norms miss the same features"
        if draws.smallest_pvalue > self.alpha:
            needed = next(count for count in itertools.count(2) if math.factorial(count) * self.alpha >= 1.0)
            return (
                f"concepts can be permuted in {counted(round(1.0 / draws.smallest_pvalue), 'way')}, which cannot give "
                f"p <= {self.alpha:g}; give at least {needed} {draws.exchanged}"
            )
        return None

    def _measured(self, layer: int) -> _Layer:
        pipeline, X = self.pipeline, self.concepts.X[layer]
        at, own, choice = pipeline.at(layer, X)
        metrics = {name: metric_value(name, at.centred, self.concepts.Y, self.concepts.labels) for name in METRIC_NAMES}
        if self.held_out is not None:
            self.held_out(self._predictions(layer, at.centred, own.value))
        observed = None
        if self._testable() is None and self.concepts.draws is not None:
            observed = self._permuted(at, self.concepts.draws)
            self.family.add(observed.features, observed.null_features)
        nulls: dict[str, ControlScore] = {}
        references: dict[str, Any] = {}
        rivals: dict[str, Scored | Missing] = {}
        cluster_rivals: dict[str, Scored | Missing] = {}
        over, clusters = self.over_clusters, None
        jobs = self._jobs(pipeline, at, {"null": nulls, "rival": rivals, "reference": references})
        if over is not None:
            regrouped, clusters, _ = over.at(layer, X[self._cluster_rows()])
            jobs += self._jobs(over, regrouped, {"rival": cluster_rivals})
        joined: dict[str, Joined | None] = {}
        if self.gains is not None:
            jobs.append((partial(self.gains.of, X), (joined, OVER_EMBEDDINGS.name)))
        elif OVER_EMBEDDINGS.name in pipeline.controls:
            self.gains = Gains(pipeline, self.concepts, at, own, self.n_permutations, self._exchangeable())
        self._in_threads(jobs)
        return _Layer(
            own, [at.mapping.candidates[c] for c in choice], metrics, _light(observed),
            None if self.within is None else _light(self._permuted(at, self.within)), nulls, rivals, references,
            clusters, cluster_rivals, joined,
        )  # fmt: skip

    def _predictions(self, layer: int, centred: Array, score: float) -> dict[str, Any]:
        """Return the held-out predictions of a hidden state: see ``properties``."""
        concepts = self.concepts
        predicted = centred + training_means(concepts.Y, concepts.labels)
        return {
            "hidden_state": layer, "score": score, "concept": concepts.order, "feature": concepts.columns.tolist(),
            "fold": concepts.labels, "gold": concepts.Y, "predicted": predicted,
        }  # fmt: skip

    def _cluster_rows(self) -> NDArray[np.int64]:
        assert isinstance(self.clusters, ClusterFolds)
        return self.clusters.rows

    def _permuted(self, at: AtLayer, draws: Draws) -> PermutationScores:
        total = len(self.concepts.X) * self.n_permutations

        def advance(done: int, _total: int) -> None:
            self.progress("permutations", at.layer * self.n_permutations + done, total)

        return permutation_scores(
            self.concepts, at.layer, at.mapping, self.pipeline.metric, self.n_permutations, self.threads, advance, draws
        )

    def _jobs(self, pipeline: Pipeline, at: AtLayer, places: dict[str, dict[str, Any]]) -> list[tuple[Job, Place]]:
        """Give the hidden state's other controls; none depends on another."""
        jobs: list[tuple[Job, Place]] = []
        for control in CONTROLS:
            if control.name not in pipeline.controls or control.name not in AT_LAYERS or control.kind not in places:
                continue
            for draw in range(control.draws):
                key = f"{control.name}.{draw}" if control.draws > 1 else control.name
                jobs.append((partial(AT_LAYERS[control.name], pipeline, at, draw), (places[control.kind], key)))
        return jobs

    def _in_threads(self, jobs: list[tuple[Job, Place]]) -> None:
        """Run jobs and put down what they return; those of scikit-learn in turn: its warnings are process-wide."""
        threads = self.threads if self.pipeline.mapping == "ridge" else 1
        if threads <= 1:
            values = [job() for job, _ in jobs]
        else:
            with ThreadPoolExecutor(threads) as pool:
                values = list(pool.map(_call, [job for job, _ in jobs]))
        for (_, (where, name)), value in zip(jobs, values, strict=True):
            where[name] = value

    def _random_models(
        self, models: Ahead[ArrayLike], scored: list[list[tuple[Scored, Scored | None]]], wait: bool
    ) -> None:
        """Score the random models whose vectors are there, or all; vectors are let go, scores of each layer kept."""
        while (item := models.take(wait)) is not None:
            X = real_array("random_model_layers", item)
            if X.shape != self.concepts.X.shape:
                raise InputError(f"random_model_layers: shape {X.shape}, expected {self.concepts.X.shape}")
            if not np.isfinite(X).all():
                raise InputError("random_model_layers: has values that are not finite")
            found: dict[str, tuple[Scored, Scored | None]] = {}
            self._in_threads(
                [(partial(self._both_ways, states[self.concepts.order]), (found, str(n))) for n, states in enumerate(X)]
            )
            scored.append([found[str(layer)] for layer in range(len(X))])

    def _both_ways(self, X: Array) -> tuple[Scored, Scored | None]:
        """Score a rival's vectors in both kinds of folds."""
        other = self.over_clusters
        return self.pipeline.rival(X), None if other is None else other.rival(X[self._cluster_rows()])

    def _keep_random_models(self, scored: list[list[tuple[Scored, Scored | None]]], reason: str | None) -> None:
        if RANDOM_MODEL.name not in self.pipeline.controls:
            return
        for number, layer in enumerate(self.layers):
            if reason is not None or not scored:
                missing = Missing(reason or "no vectors of random models were given")
                layer.rivals[RANDOM_MODEL.name] = layer.cluster_rivals[RANDOM_MODEL.name] = missing
                continue
            for seed, one in enumerate(scored):
                key, (own, other) = f"{RANDOM_MODEL.name}.{seed}", one[number]
                layer.rivals[key] = own
                if other is not None:
                    layer.cluster_rivals[key] = other

    def _finished(self) -> list[LayerProperties]:
        reason = self._testable()
        family = _family([layer.observed for layer in self.layers])
        within = _family([layer.within for layer in self.layers])
        features = None if family is None else self.family.pvalues()
        gains = self._gains()
        return [
            replace(
                self._layer(number, family, within, None if features is None else features[number], reason),
                over_embeddings=gains.get(number),
            )
            for number in range(len(self.layers))
        ]

    def _gains(self) -> dict[int, Gain]:
        """Return what each hidden state but the first adds to hidden state 0."""
        found = {n: one for n, layer in enumerate(self.layers) for one in layer.with_embeddings.values()}
        return {} if self.gains is None else self.gains.results(found, self.alpha, self.delta)

    def _layer(
        self, number: int, family: FamilyP | None, within: FamilyP | None, p_features: Array | None, reason: str | None
    ) -> LayerProperties:
        found, pipeline = self.layers[number], self.pipeline
        own = found.own
        if not math.isfinite(own.value):
            return empty(number, f"{pipeline.metric} is not defined for these norms")
        p = p_adjusted = excess = None
        nulls = found.nulls
        if within is not None:
            nulls = {WITHIN_GROUPS.name: ControlScore(float(within.mean[number])), **nulls}
        if family is not None:
            p, excess = float(family.p[number]), own.value - float(family.mean[number])
            nulls = {PERMUTED.name: ControlScore(float(family.mean[number])), **nulls}
            p_adjusted = _adjusted(family, number)
            reason = "every permutation gives the same score" if p_adjusted is None else reason
        turned: tuple[ControlScore | None, Rotated | None] = found.references.pop(ROTATED.name, (None, None))
        references = found.references if turned[0] is None else {ROTATED.name: turned[0], **found.references}
        bound = references.get(UPPER_BOUND.name, ControlScore(None)).score
        rivals = {name: self._rival(pipeline, own, rival, bound) for name, rival in found.rivals.items()}
        return LayerProperties(
            layer=number,
            score=own.value,
            ci=score_interval(pipeline.metric, own, self.concepts.keys, self.alpha),
            p=p,
            p_adjusted=p_adjusted,
            excess=excess,
            penalty=found.penalty,
            metrics={name: value if math.isfinite(value) else None for name, value in found.metrics.items()},
            nulls=nulls,
            rivals=rivals,
            references=references,
            share=_share(own.value, bound),
            features=self._features(found, p_features, reason),
            reason=reason,
            deviations=kept_deviations(pipeline.metric, own, found.rivals, rivals, self.concepts.keys),
            clusters=self._cluster_score(found),
            rotated=turned[1],
            p_within=None if within is None else _adjusted(within, number),
        )

    def _cluster_score(self, found: _Layer) -> ClusterScore:
        own, pipeline = found.clusters, self.over_clusters
        if isinstance(self.clusters, Missing):
            return ClusterScore(None, None, {}, self.clusters.reason)
        assert own is not None
        assert pipeline is not None
        if not math.isfinite(own.value):
            return ClusterScore(None, None, {}, f"{pipeline.metric} is not defined in folds over clusters")
        keys = self.clusters.folded.keys
        rivals = {name: self._rival(pipeline, own, rival, None) for name, rival in found.cluster_rivals.items()}
        return ClusterScore(
            own.value,
            score_interval(pipeline.metric, own, keys, self.alpha),
            rivals,
            deviations=kept_deviations(pipeline.metric, own, found.cluster_rivals, rivals, keys),
        )

    def _rival(self, pipeline: Pipeline, own: Scored, rival: Scored | Missing, bound: float | None) -> RivalScore:
        if isinstance(rival, Missing):
            return RivalScore(None, None, reason=rival.reason)
        found = margin(pipeline.metric, own, rival, pipeline.concepts.keys, self.alpha, self.delta)
        return RivalScore(rival.value, found, _share(rival.value, bound))

    def _features(self, found: _Layer, p: Array | None, undecided: str | None) -> list[FeatureScore]:
        """Each feature's own correlation; ``beyond`` is what the best rival on that feature leaves."""
        rivals = [rival.features for rival in found.rivals.values() if isinstance(rival, Scored)]
        best = np.max(rivals, axis=0) if rivals else None
        place = {int(column): t for t, column in enumerate(self.concepts.columns)}
        out = []
        for column, name in enumerate(self.concepts.names):
            t = place.get(column)
            count = int(self.concepts.nonzero[column])
            if t is None:
                out.append(FeatureScore(name, None, None, reason=self.concepts.reasons[column]))
            elif count < MIN_NONZERO:
                reason = f"{counted(count, 'concept has', 'concepts have')} it, at least {MIN_NONZERO} are needed"
                out.append(FeatureScore(name, None, None, reason=reason))
            else:
                own = float(found.own.features[t])
                value = None if p is None or np.isnan(p[t]) else float(p[t])
                beyond = None if best is None else own - float(best[t])
                why = None if value is not None else undecided or "its score does not vary under permutation"
                out.append(FeatureScore(name, own, value, beyond, why))
        return out


def _light(tested: PermutationScores | None) -> PermutationScores | None:
    """Let go of what single features score under permutation."""
    return None if tested is None else replace(tested, features=np.empty(0), null_features=np.empty(0))


def _family(tested: list[PermutationScores | None]) -> FamilyP | None:
    found = [part for part in tested if part is not None]
    if not found:
        return None
    return permutation_p([part.value for part in found], np.stack([part.null for part in found], axis=1))


def _adjusted(family: FamilyP, number: int) -> float | None:
    return float(family.p_adjusted[number]) if family.in_family[number] else None


def _share(value: float, bound: float | None) -> float | None:
    return value / bound if bound is not None and bound > 0.0 else None

"""Does a map from hidden states to feature norms show knowledge, or would other predictors do as well?

docs/method.md has the definitions. ``properties`` takes plain arrays; ``run.py`` makes them from a model and norms.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...results.controls import refuse_unknown
from ...results.properties.controls import CONTROLS, PERMUTED, RANDOM_MODEL, UPPER_BOUND
from ...results.properties.result import FeatureScore, LayerProperties, PropertiesResult, RivalScore
from ...results.properties.verdicts import property_verdicts, too_few_concepts
from ...results.rule import delta_of
from ...results.shared import ControlScore
from ...runtime.arguments import equality, level, one_by_one, permutation_count, real_array
from ...runtime.counting import counted
from ...runtime.sequences import as_sequence, name_tuple
from ...runtime.threads import one_blas_thread, thread_count
from ...statistics.pvalues import FamilyP, permutation_p
from ..missing import Missing
from .ahead import Ahead
from .controls import AT_LAYERS, NAMES, AtLayer, Pipeline
from .data import Concepts, assemble
from .mappings import MAPPINGS, Mapping, missing_patterns
from .nulls import MIN_NONZERO, FeatureFamily, PermutationScores, permutation_scores
from .scores import METRIC_NAMES, Scored, margin, metric_value, score_interval
from .units import kept_deviations, units_of

__all__ = ["METRICS", "default_permutations", "properties"]

Array = NDArray[Any]
Progress = Callable[[str, int, int], None]
Job = Callable[[], Any]

METRICS = METRIC_NAMES
_FEWEST_UNITS = 3


def default_permutations(metric: str, mapping: str) -> int:
    """Return the default number of permutations: 1,000; for rank metrics 100; for refitted mappings 20."""
    if mapping != "ridge":
        return 20
    return 1000 if metric in ("pearson", "r2") else 100


def properties(
    X_layers: ArrayLike,
    Y: Any,
    groups: ArrayLike | None = None,
    *,
    words: Sequence[str] | None = None,
    features: Sequence[str] | None = None,
    token_counts: ArrayLike | None = None,
    random_model_layers: Iterable[ArrayLike] | None = None,
    metric: str = "pearson",
    mapping: str = "ridge",
    n_permutations: int | None = None,
    alpha: float = 0.05,
    equal: float = 1.0,
    random_state: Any = 0,
    controls: Sequence[str] | str = NAMES,
    threads: int | None = None,
    progress: Progress | None = None,
) -> PropertiesResult:
    r"""Predict feature norms from hidden states, with all controls for such a score.

    Held-out predictions over 10 folds, scored by default with the mean over features of the correlation over all
    concepts pooled, after subtracting from each prediction the mean of that feature in its training folds:

    .. math:: T = \frac{1}{|F|} \sum_{f \in F} \operatorname{corr}_i(\hat y_{if} - \bar y_{f, -k(i)},\; y_{if})

    Parameters
    ----------
    X_layers : array_like of shape (L + 1, n, d)
        One vector per hidden state and concept; layer 0 first. float32 or float64.
    Y : array_like or scipy.sparse matrix of shape (n, features)
        Norms; NaN (dense only) is missing. Where at most a fifth of the values is nonzero and none is missing, the
        penalty is set by the spectrum of X alone.
    groups : sequence of str or of numbers, length n, optional
        Concepts that belong together: they share a fold, are one unit of intervals, and are permuted together.
    words : sequence of str, optional
        Spelling of each concept. Needed for ``word_form`` and ``selectivity``. Equal words belong together.
    features : sequence of str, optional
        Names of the features.
    token_counts : array_like of shape (n,), optional
        Tokens of each word, a part of ``word_form``.
    random_model_layers : iterable of arrays of shape (L + 1, n, d), optional
        Vectors of random models, one array per seed; iterated in a worker thread, one item ahead, and freed once
        scored.
    metric : str
        The reported metric: ``pearson``, ``r2``, ``spearman``, ``precision``, ``neighbours_1``, ``neighbours_5`` or
        ``neighbours_10``. The others are descriptive.
    mapping : str
        ``ridge``, ``pls`` or ``mlp``.
    n_permutations : int, optional
        By default 1,000; 100 for rank metrics; 20 for ``pls`` and ``mlp``.
    alpha : float
        Level of tests; intervals are at 1 - alpha, per layer, not simultaneous.
    equal : float
        What the differences that count as none are multiplied by (``results/rule.py``): .05 of the score by default.
    random_state : int, NumPy generator or None
        Key of folds and draws.
    controls : sequence of str, or str
        Controls to run. A rival that was not run leaves the claim undecided.
    threads : int, optional
        By default every core this process may use. Never changes a result.
    progress : callable, optional
        Called with (phase, done, in all).

    Returns
    -------
    PropertiesResult
        With a verdict for each hidden state.

    Raises
    ------
    InputError
        Where shapes disagree, an array has other than real numbers, a name is missing, or a setting is unknown.

    Notes
    -----
    The estimand of intervals is this fitted procedure on new concepts of the same population. Concepts are left out one
    by one, also from the fits of other folds. A score says how well norms are predicted, not why: the rivals test that.
    See docs/method.md, "Properties".

    Examples
    --------
    >>> import numpy as np, edgeinterp as ei
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(2, 100, 8))
    >>> Y = X[1, :, :3] + 0.5 * rng.normal(size=(100, 3))
    >>> result = ei.properties(X, Y, n_permutations=99)
    >>> [layer.p_adjusted <= 0.05 for layer in result.layers], round(result.layers[1].score, 1)
    ([False, True], 0.9)
    """
    controls = name_tuple(controls, "controls")
    check_settings(metric, mapping, controls)
    words, features, groups = as_sequence(words), as_sequence(features), as_sequence(groups)
    alpha, equal = level(alpha), equality(equal)
    B = default_permutations(metric, mapping)
    if n_permutations is not None:
        B = permutation_count("n_permutations", n_permutations)
    concepts = assemble(X_layers, Y, groups, words, token_counts, features, random_state)
    pipeline = Pipeline(concepts, mapping, metric, frozenset(controls))
    study = _Study(concepts, pipeline, B, alpha, delta_of(metric, equal), threads, progress)
    result = PropertiesResult(
        concepts=concepts.X.shape[1], features=len(concepts.names), metric=metric, mapping=mapping, permutations=B,
        alpha=alpha, source="", layers=[], equal=equal,
    )  # fmt: skip
    reason = _nothing_to_test(concepts)
    with one_blas_thread():
        layers = (
            [_empty(layer, reason) for layer in range(len(concepts.X))] if reason else study.run(random_model_layers)
        )
    result = replace(result, layers=layers, units=units_of(concepts))
    return replace(result, verdicts=property_verdicts(result))


def check_settings(metric: str, mapping: str, controls: Sequence[str]) -> None:
    """Refuse invalid settings.

    Raises
    ------
    InputError
    """
    for kind, name, known in (("metric", metric, METRICS), ("mapping", mapping, MAPPINGS)):
        if name not in known:
            raise InputError(f"{kind} {name!r} is not known; choose from {', '.join(known)}")
    refuse_unknown(controls, NAMES, "properties")


def _call(job: Job) -> Any:
    return job()


def _silent(_phase: str, _done: int, _total: int) -> None:
    return


def _nothing_to_test(concepts: Concepts) -> str | None:
    units = len(concepts.starts)
    if units < _FEWEST_UNITS:
        if units == concepts.X.shape[1]:
            return too_few_concepts(units)
        return f"{counted(units, 'group')} of concepts: too few to hold some out; give at least {_FEWEST_UNITS}"
    if not len(concepts.columns):
        return f"no feature can be scored: {next(iter(concepts.reasons.values()))}"
    return None


def _empty(layer: int, reason: str) -> LayerProperties:
    return LayerProperties(layer, None, None, None, None, None, [], {}, {}, {}, {}, None, [], reason)


@dataclass
class _Layer:
    """Measurements at one hidden state, before families and margins are formed."""

    own: Scored
    penalty: list[float]
    metrics: dict[str, float]
    observed: PermutationScores | None = None
    nulls: dict[str, ControlScore] = field(default_factory=dict)
    rivals: dict[str, Scored | Missing] = field(default_factory=dict)
    references: dict[str, ControlScore] = field(default_factory=dict)


class _Study:
    """Run all layers; only small results are kept, predictions are freed."""

    def __init__(
        self, concepts: Concepts, pipeline: Pipeline, n_permutations: int, alpha: float, delta: float,
        threads: int | None, progress: Progress | None,
    ) -> None:  # fmt: skip
        self.threads, self.progress = thread_count(threads), progress or _silent
        self.concepts, self.pipeline, self.alpha, self.delta = concepts, pipeline, alpha, delta
        self.n_permutations = n_permutations
        patterns = [targets for targets, _ in missing_patterns(concepts.Y)]
        self.family = FeatureFamily(concepts.nonzero[concepts.columns], patterns)
        self.layers: list[_Layer] = []

    def run(self, random_models: Iterable[ArrayLike] | None) -> list[LayerProperties]:
        wanted = random_models if RANDOM_MODEL.name in self.pipeline.controls else None
        if wanted is not None:
            wanted = one_by_one("random_model_layers", wanted, "an array like X_layers for each random model")
        with ThreadPoolExecutor(1) as beside:
            models = Ahead(beside, () if wanted is None else wanted)
            scored: list[list[Scored]] = []
            for layer in range(len(self.concepts.X)):
                self.layers.append(self._measured(layer))
                self._random_models(models, scored, wait=layer + 1 == len(self.concepts.X))
        self._keep_random_models(scored, models.reason)
        return self._finished()

    def _testable(self) -> str | None:
        draws = self.concepts.draws
        if PERMUTED.name not in self.pipeline.controls:
            return f"the control {PERMUTED.name} was left out"
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
        mapping = pipeline.map_of(X)
        centred, choice = pipeline.predicted(mapping)
        own = pipeline.scored(mapping, centred, choice)
        metrics = {name: metric_value(name, centred, self.concepts.Y, self.concepts.labels) for name in METRICS}
        observed = self._permuted(layer, mapping) if self._testable() is None else None
        found = _Layer(own, [mapping.candidates[c] for c in choice], metrics, observed)
        self._jobs(found, AtLayer(layer, X, mapping, mapping.dimensions(choice), own.value))
        return found

    def _permuted(self, layer: int, mapping: Mapping) -> PermutationScores:
        total = len(self.concepts.X) * self.n_permutations

        def advance(done: int, _total: int) -> None:
            self.progress("permutations", layer * self.n_permutations + done, total)

        scores = permutation_scores(
            self.concepts, layer, mapping, self.pipeline.metric, self.n_permutations, self.threads, advance
        )
        self.family.add(scores.features, scores.null_features)
        return replace(scores, features=np.empty(0), null_features=np.empty(0))

    def _jobs(self, found: _Layer, at: AtLayer) -> None:
        """Run the layer's other controls, one thread each; none depends on another."""
        places: dict[str, dict[str, Any]] = {"null": found.nulls, "rival": found.rivals, "reference": found.references}
        jobs: list[Job] = []
        where: list[tuple[dict[str, Any], str]] = []
        for control in CONTROLS:
            if control.name not in self.pipeline.controls or control.name not in AT_LAYERS:
                continue
            for draw in range(control.draws):
                jobs.append(partial(AT_LAYERS[control.name], self.pipeline, at, draw))
                key = f"{control.name}.{draw}" if control.draws > 1 else control.name
                where.append((places[control.kind], key))
        self._in_threads(jobs, where)

    def _in_threads(self, jobs: list[Job], places: list[tuple[dict[str, Any], str]]) -> None:
        """Run jobs and store their results; scikit-learn's run one at a time, since its warnings are process-wide."""
        threads = self.threads if self.pipeline.mapping == "ridge" else 1
        if threads <= 1:
            values = [job() for job in jobs]
        else:
            with ThreadPoolExecutor(threads) as pool:
                values = list(pool.map(_call, jobs))
        for (where, name), value in zip(places, values, strict=True):
            where[name] = value

    def _random_models(self, models: Ahead[ArrayLike], scored: list[list[Scored]], wait: bool) -> None:
        """Score the random models whose vectors are ready, or all; vectors are freed, scores of each layer kept."""
        while (item := models.take(wait)) is not None:
            X = real_array("random_model_layers", item)
            if X.shape != self.concepts.X.shape:
                raise InputError(f"random_model_layers: shape {X.shape}, expected {self.concepts.X.shape}")
            if not np.isfinite(X).all():
                raise InputError("random_model_layers: has values that are not finite")
            found: dict[str, Scored] = {}
            jobs: list[Job] = [partial(self.pipeline.rival, states[self.concepts.order]) for states in X]
            self._in_threads(jobs, [(found, str(layer)) for layer in range(len(X))])
            scored.append([found[str(layer)] for layer in range(len(X))])

    def _keep_random_models(self, scored: list[list[Scored]], reason: str | None) -> None:
        if RANDOM_MODEL.name not in self.pipeline.controls:
            return
        for number, layer in enumerate(self.layers):
            if reason is not None or not scored:
                layer.rivals[RANDOM_MODEL.name] = Missing(reason or "no vectors of random models were given")
            else:
                layer.rivals.update({f"{RANDOM_MODEL.name}.{seed}": one[number] for seed, one in enumerate(scored)})

    def _finished(self) -> list[LayerProperties]:
        reason = self._testable()
        tested = [layer.observed for layer in self.layers if layer.observed is not None]
        family, features = None, None
        if tested:
            family = permutation_p([part.value for part in tested], np.stack([part.null for part in tested], axis=1))
            features = self.family.pvalues()
        return [self._layer(number, family, features, reason) for number in range(len(self.layers))]

    def _layer(
        self, number: int, family: FamilyP | None, p_features: Array | None, reason: str | None
    ) -> LayerProperties:
        found, pipeline = self.layers[number], self.pipeline
        own = found.own
        if not math.isfinite(own.value):
            return _empty(number, f"{pipeline.metric} is not defined for these norms")
        p = p_adjusted = excess = None
        nulls = found.nulls
        if family is not None:
            p, excess = float(family.p[number]), own.value - float(family.mean[number])
            nulls = {PERMUTED.name: ControlScore(float(family.mean[number])), **found.nulls}
            if family.in_family[number]:
                p_adjusted = float(family.p_adjusted[number])
            else:
                reason = "every permutation gives the same score"
        bound = found.references.get(UPPER_BOUND.name, ControlScore(None)).score
        rivals = {name: self._rival(own, rival, bound) for name, rival in found.rivals.items()}
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
            references=found.references,
            share=_share(own.value, bound),
            features=self._features(found, None if p_features is None else p_features[number], reason),
            reason=reason,
            deviations=kept_deviations(pipeline.metric, own, found.rivals, rivals, self.concepts.keys),
        )

    def _rival(self, own: Scored, rival: Scored | Missing, bound: float | None) -> RivalScore:
        if isinstance(rival, Missing):
            return RivalScore(None, None, reason=rival.reason)
        found = margin(self.pipeline.metric, own, rival, self.concepts.keys, self.alpha, self.delta)
        return RivalScore(rival.value, found, _share(rival.value, bound))

    def _features(self, found: _Layer, p: Array | None, undecided: str | None) -> list[FeatureScore]:
        """Return each feature's own correlation; ``beyond`` is its excess over the best rival on that feature."""
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


def _share(value: float, bound: float | None) -> float | None:
    return value / bound if bound is not None and bound > 0.0 else None

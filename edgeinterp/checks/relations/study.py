"""One run of ``relations`` over all contrasts: every classifier, then families and margins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...results.controls import chosen, family, functions, names
from ...results.relations.controls import CONTROLS, ELSEWHERE, LICENSED, RANDOM_MODEL, SURFACE, is_place
from ...results.relations.result import AUC_DIGITS, Contrast, HeadScore, Reference, RelationRival, TemplateScore
from ...results.relations.verdicts import too_few_categories
from ...results.rule import delta_of
from ...runtime.arguments import one_by_one
from ...runtime.clock import Progress, silent
from ...statistics.pvalues import holm_over_families, permutation_p
from ..missing import Missing
from ..properties.ahead import Ahead, stop
from .data import ContrastRows, contrast_rows, row_keys
from .features import Attention, AttentionRows, Rows, standardised_rows
from .passes import states_of
from .rivals import cosine_columns, similarity_rows, state_rows, surface_rows, word_rows
from .scores import Scored, auc_interval, best_of, margin, scored_columns
from .stream import classifier, head_sums, read_by_block

__all__ = ["NAMES", "Given", "Study", "adjusted_p", "kept_aucs"]

Array = NDArray[Any]
Doubles = NDArray[np.float64]
Result = Scored | Missing
Job = Callable[[], None]

NAMES = names(CONTROLS)
DIRECTIONS = ("1->2", "2->1")
_FEWEST_UNITS = 2


@dataclass(frozen=True)
class Given:
    """Validated inputs of ``relations``; a missing one carries its reason."""

    features: Attention
    labels: list[str]
    groups: list[str]
    words: list[tuple[str, str]] | None
    word_states: Mapping[str, Any] | None
    surface: Array | None
    elsewhere: Mapping[str, Attention] | Missing
    licensed: list[int] | Missing


@dataclass
class _Part:
    """One set of attention layers: its own score, the rivals' scores, and the distribution under flips."""

    own: Scored
    null: Doubles
    # rivals that look at attention, and other places
    against: dict[str, Result] = field(default_factory=dict)
    # features that do not vary
    dropped: int = 0


@dataclass
class _Measured:
    """Measurements of one contrast, before families and margins are formed."""

    names: tuple[str, str]
    data: ContrastRows
    # for all attention layers, and for the licensed ones
    parts: dict[str, _Part] = field(default_factory=dict)
    shared: dict[str, Result] = field(default_factory=dict)
    templates: list[tuple[Scored, Result]] = field(default_factory=list)
    heads: list[HeadScore] = field(default_factory=list)

    @property
    def reason(self) -> str | None:
        """Return the reason for which nothing can be measured; None where it can."""
        units = self.data.units
        return too_few_categories(units) if units < _FEWEST_UNITS else None


class Study:
    """All contrasts of one run."""

    def __init__(
        self, given: Given, contrasts: list[tuple[str, str]], n_permutations: int, alpha: float, equal: float,
        seed: int, controls: tuple[str, ...], templates: list[str], threads: int, progress: Progress | None,
    ) -> None:  # fmt: skip
        self.threads, self.progress = threads, progress or silent
        self.given, self.alpha, self.seed, self.controls = given, alpha, seed, controls
        self.delta = delta_of("auc", equal)
        self.n_permutations, self.templates = n_permutations, templates
        self.features = given.features
        # the mean over templates would hide a missing value in one template
        self.elsewhere: Mapping[str, Attention | Missing]
        self.elsewhere = {ELSEWHERE.name: given.elsewhere} if isinstance(given.elsewhere, Missing) else given.elsewhere
        keys = row_keys(lambda i: self.features.mean(np.array([i]))[0], given.labels, given.words)
        self.measured = [
            _Measured((positive, negative), contrast_rows(
                given.labels, positive, negative, given.groups, given.words, keys, seed
            ))
            for positive, negative in contrasts
        ]  # fmt: skip

    def run(self, random_models: Iterable[ArrayLike] | None) -> list[Contrast]:
        """Measure everything, and return a result for each contrast."""
        usable = [one for one in self.measured if one.reason is None]
        wanted = random_models if RANDOM_MODEL.name in self.controls else None
        if wanted is not None:
            wanted = one_by_one("random_models", wanted, "an array of features for each random model")
        with ThreadPoolExecutor(1) as beside:
            models = Ahead(beside, () if wanted is None else map(Attention.of, wanted))
            try:
                jobs = [job for one in usable for job in self._jobs(one)]
                self._in_threads([job for wide, job in jobs if not wide], [job for wide, job in jobs if wide])
                seeds = self._random_models(models, usable)
            except BaseException:
                # leaving the block waits for the other thread
                stop(random_models)
                raise
        if RANDOM_MODEL.name in self.controls and not seeds:
            for one in usable:
                one.shared[RANDOM_MODEL.name] = Missing(models.reason or "no random models were given")
        return self._finished()

    def _in_threads(self, jobs: list[Job], wide: Sequence[Job] = ()) -> None:
        """Run jobs that write to separate places; wide ones need memory, and share one thread."""
        done, threads = 0, max(1, self.threads)
        with ThreadPoolExecutor(max(1, threads - 1) if wide else threads) as pool, ThreadPoolExecutor(1) as beside:
            first = beside if threads > 1 else pool
            coming = [*(first.submit(job) for job in wide), *(pool.submit(job) for job in jobs)]
            try:
                for one in as_completed(coming):
                    one.result()
                    done += 1
                    self.progress("relations", done, len(coming))
            except BaseException:
                for one in coming:
                    one.cancel()
                raise

    def _jobs(self, one: _Measured) -> list[tuple[bool, Job]]:
        """Return the jobs, each with whether it has more columns than can be held for every pair."""
        jobs: list[Job] = [partial(self._own, one), partial(self._heads, one), partial(self._templates, one)]
        if self._subset() is not None:
            jobs.append(partial(self._licensed, one))
        shared = [partial(self._shared, one, name, make) for name, make in _FEATURES.items() if name in self.controls]
        wide = read_by_block(len(one.data.rows), 2 * states_of(self.given.word_states)[1])
        return [*((False, job) for job in jobs), *((wide and job.args[1] != SURFACE.name, job) for job in shared)]

    # each of the following writes to its own place

    def _own(self, one: _Measured) -> None:
        X, varies = standardised_rows(AttentionRows(self.features, one.data.rows, None, None))
        one.parts["all"] = replace(self._part(one, X, None), dropped=int(np.sum(~varies)))

    def _licensed(self, one: _Measured) -> None:
        layers = self._subset()
        X, _ = standardised_rows(AttentionRows(self.features, one.data.rows, None, layers))
        one.parts[LICENSED.name] = self._part(one, X, layers)

    def _part(self, one: _Measured, X: Rows, layers: list[int] | None) -> _Part:
        fitted = classifier(X, one.data)
        part = _Part(fitted.scored(), fitted.under_flips(self.n_permutations))
        if ELSEWHERE.name in self.controls:
            for name, attention in self.elsewhere.items():
                part.against[name] = self._scored(attention, one, layers)
        return part

    def _scored(
        self, attention: Attention | Missing, one: _Measured, layers: list[int] | None, template: int | None = None
    ) -> Result:  # fmt: skip
        if isinstance(attention, Missing):
            return attention
        X, _ = standardised_rows(AttentionRows(attention, one.data.rows, template, layers))
        return classifier(X, one.data).scored()

    def _templates(self, one: _Measured) -> None:
        for number in range(len(self.templates)):
            own = self._scored(self.features, one, None, number)
            assert isinstance(own, Scored)
            one.templates.append((own, self._elsewhere_alone(number, one)))

    def _elsewhere_alone(self, number: int, one: _Measured) -> Result:
        """Score other places in one template; of several, the best."""
        if ELSEWHERE.name not in self.controls:
            return Missing("it was left out")
        if isinstance(self.given.elsewhere, Missing):
            return self.given.elsewhere
        scores = [self._scored(part, one, None, number) for part in self.given.elsewhere.values()]
        return max((score for score in scores if isinstance(score, Scored)), key=lambda score: score.auc)

    def _shared(self, one: _Measured, name: str, make: Callable[[Study, _Measured], Result]) -> None:
        one.shared[name] = make(self, one)

    def _pairs(self, one: _Measured) -> list[tuple[str, str]] | None:
        return None if self.given.words is None else [self.given.words[i] for i in one.data.rows]

    def _of_words(self, one: _Measured, score: Callable[..., Scored], fewest: int = 1) -> Result:
        """Score pairs by their words and those words' hidden states, of which at least ``fewest`` are needed."""
        pairs, states = self._pairs(one), self.given.word_states
        if pairs is None or not states or states_of(states)[0] < fewest:
            return Missing(f"words and {'all ' if fewest > 1 else ''}their hidden states were not given")
        return score(pairs, states)

    # rivals without attention; each function has its row's name

    def words(self, one: _Measured) -> Result:
        """Score pairs by their words alone."""
        rows = partial(word_rows, folds=one.data.folds)
        return self._of_words(one, lambda *own: best_of(classifier(X, one.data) for X in rows(*own)))

    def words_states(self, one: _Measured) -> Result:
        """Score pairs by their words' hidden states, of which each fold takes one."""
        return self._of_words(one, lambda *own: best_of(classifier(X, one.data) for X in state_rows(*own)), fewest=2)

    def similarity(self, one: _Measured) -> Result:
        """Score pairs by the similarity of their words."""
        return self._of_words(one, lambda *own: best_of(classifier(X, one.data) for X in similarity_rows(*own)))

    def cosine(self, one: _Measured) -> Result:
        """Score pairs by the cosine of their words' hidden states 0."""
        return self._of_words(one, lambda *own: scored_columns(cosine_columns(*own)[:, :1], one.data))

    def cosine_states(self, one: _Measured) -> Result:
        """Score pairs by the cosine of their words at one hidden state."""
        return self._of_words(one, lambda *own: scored_columns(cosine_columns(*own), one.data), fewest=2)

    def surface(self, one: _Measured) -> Result:
        """Score pairs by lengths, spelling and places."""
        pairs = self._pairs(one)
        if pairs is None and self.given.surface is None:
            return Missing("neither words nor their surface were given")
        X = surface_rows(pairs, None if self.given.surface is None else self.given.surface[one.data.rows])
        return classifier(X, one.data).scored()

    def _heads(self, one: _Measured) -> None:
        """Score every head and direction as the only feature: nothing is fitted, so flips are exact and cheap."""
        data, shape = one.data, self.features.shape[2:]
        rows = AttentionRows(self.features, data.rows, None, None)
        varies = standardised_rows(rows)[1]
        auc, every = head_sums(rows, data, self.n_permutations)
        p = np.full(len(auc), np.nan)
        if varies.any():
            every = np.abs(every[:, varies])
            p[varies] = permutation_p(every[0], every[1:]).p_adjusted
        for place, (direction, layer, head) in enumerate(np.ndindex(*shape)):
            if varies[place]:
                value = None if np.isnan(p[place]) else float(p[place])
                why = None if value is not None else "every flip gives the same"
                one.heads.append(
                    HeadScore(layer + 1, head + 1, DIRECTIONS[direction], float(auc[place]), value, why)
                )  # fmt: skip

    def _random_models(self, models: Ahead[Attention], usable: list[_Measured]) -> int:
        """Score random models as they arrive; their features are freed."""
        seed = 0
        expected = (1, *self.features.shape[1:])
        while (found := models.take(wait=True)) is not None:
            if found.shape != expected:
                raise InputError(f"random_models: shape {found.shape[1:]}, expected {expected[1:]}")
            found.refuse_odd("random_models")
            self._in_threads([partial(self._random, one, f"{RANDOM_MODEL.name}.{seed}", found) for one in usable])
            seed += 1
        return seed

    def _random(self, one: _Measured, name: str, attention: Attention) -> None:
        parts = [(one.parts.get("all"), None), (one.parts.get(LICENSED.name), self._subset())]
        for part, layers in parts:
            if part is not None:
                part.against[name] = self._scored(attention, one, layers)

    def _subset(self) -> list[int] | None:
        """Return the licensed layers where they are fewer than all, and at least one."""
        layers = self.given.licensed
        if LICENSED.name not in self.controls or isinstance(layers, Missing):
            return None
        return layers if 0 < len(layers) < self.features.shape[3] else None

    def _finished(self) -> list[Contrast]:
        whole, licensed = (
            adjusted_p([_tested(one.parts.get(name)) for one in self.measured]) for name in ("all", LICENSED.name)
        )
        return [self._contrast(one, whole[i], licensed[i]) for i, one in enumerate(self.measured)]

    def _contrast(
        self, one: _Measured, p: tuple[float, float] | None, p_licensed: tuple[float, float] | None
    ) -> Contrast:  # fmt: skip
        data, part = one.data, one.parts.get("all")
        empty = Contrast(
            *one.names, pairs=len(data.rows), categories=data.units, auc=None, accuracy=None, ci=None, p=None,
            p_adjusted=None, excess=None, reason=one.reason,
        )  # fmt: skip
        if part is None:
            return empty
        return replace(
            empty,
            auc=part.own.auc,
            accuracy=part.own.accuracy,
            ci=auc_interval(part.own, self.alpha),
            p=None if p is None else p[0],
            p_adjusted=None if p is None else p[1],
            excess=part.own.auc - float(part.null.mean()),
            penalty=part.own.penalty,
            rivals={key: rival for key, rival in self._against(part, one).items() if not is_place(key)},
            references=self._references(part, one, p_licensed),
            heads=one.heads,
            templates=[self._template(one, i) for i in range(len(one.templates))],
            dropped=part.dropped,
            reason=None if p is not None else "every flip gives the same",
            units=[f"{int(key):016x}" for key in data.keys],
            unit_weights=data.weights.tolist(),
            **kept_aucs(part.own),
        )

    def _against(self, part: _Part, one: _Measured) -> dict[str, RelationRival]:
        """Set a score against rivals and other places, in the order of the table."""
        found = {**part.against, **one.shared}
        keys = [key for name in NAMES for key in found if family(CONTROLS, key) == name]
        return {key: self._rival(part.own, found[key], one) for key in keys}

    def _rival(self, own: Scored, rival: Result, one: _Measured) -> RelationRival:
        if isinstance(rival, Missing):
            return RelationRival(None, None, rival.reason)
        return RelationRival(rival.auc, margin(own, rival, self.alpha, self.delta), **kept_aucs(rival))

    def _references(
        self, part: _Part, one: _Measured, p_licensed: tuple[float, float] | None
    ) -> dict[str, Reference]:  # fmt: skip
        places = {key: rival for key, rival in self._against(part, one).items() if is_place(key)}
        found = {key: Reference(**vars(rival)) for key, rival in places.items()}
        if LICENSED.name in self.controls:
            found[LICENSED.name] = self._licence(one, p_licensed)
        return found

    def _licence(self, one: _Measured, p: tuple[float, float] | None) -> Reference:
        layers = self.given.licensed
        if isinstance(layers, Missing):
            return Reference(None, None, layers.reason)
        if LICENSED.name not in one.parts:
            which = "every" if layers else "no"
            return Reference(None, None, f"{which} attention layer may be read token to token", layers=layers)
        part = one.parts[LICENSED.name]
        raw, adjusted = p or (None, None)
        return Reference(
            part.own.auc, None, layers=layers, ci=auc_interval(part.own, self.alpha), p=raw, p_adjusted=adjusted,
            against=self._against(part, one), **kept_aucs(part.own),
        )  # fmt: skip

    def _template(self, one: _Measured, number: int) -> TemplateScore:
        own, rival = one.templates[number]
        ci = auc_interval(own, self.alpha)
        return TemplateScore(self.templates[number], own.auc, own.accuracy, ci, self._rival(own, rival, one))


# attention between other places, in other models or from fewer layers goes through the pipeline of the claim itself
_FEATURES = functions(
    [control for control in chosen(CONTROLS) if control not in (ELSEWHERE, RANDOM_MODEL, LICENSED)], Study
)


def _tested(part: _Part | None) -> tuple[float, Doubles] | None:
    return None if part is None else (part.own.auc, part.null)


def adjusted_p(tested: Sequence[tuple[float, Doubles] | None]) -> list[tuple[float, float] | None]:
    """Return p of each AUC under its flips, and after Holm's correction over those that could be tested."""
    raw = {}
    for i, found in enumerate(tested):
        if found is not None and np.ptp(found[1]) > 0.0:
            # AUCs are ratios of counts: differences from rounding alone count as equal
            raw[i] = float(permutation_p([round(found[0], 12)], np.round(found[1], 12)[:, None]).p[0])
    corrected = holm_over_families([np.array([p]) for p in raw.values()])
    adjusted = {i: (p, float(own[0])) for (i, p), own in zip(raw.items(), corrected, strict=True)}
    return [adjusted.get(i) for i in range(len(tested))]


class _Kept(TypedDict):
    unit_aucs: list[float]
    auc_without: list[float | None]


def kept_aucs(scored: Scored) -> _Kept:
    """Round the AUCs of categories, and the AUCs without them, as results store them."""
    without = np.round(scored.without[:, 1], AUC_DIGITS).tolist()
    return {
        "unit_aucs": np.round(scored.units, AUC_DIGITS).tolist(),
        "auc_without": [None if np.isnan(auc) else auc for auc in without],
    }

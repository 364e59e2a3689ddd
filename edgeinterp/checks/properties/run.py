"""Passes of ``properties`` over a model: vectors of concepts, from the model and from random models."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...inputs.confounds import Confounds
from ...inputs.norms import Norms, set_names
from ...inputs.tables import listed
from ...model.concepts import ConceptVectors, concept_vectors
from ...model.model import Model
from ...model.random_model import RandomModelError, load_random
from ...results.enough import where_cut
from ...results.properties.controls import PERMUTED, RANDOM_MODEL
from ...results.properties.result import LeftOut, PropertiesResult
from ...results.properties.sets import SetPair
from ...results.properties.verdicts import FEWEST_CONCEPTS
from ...runtime.checkpoint import Checkpoint
from ...runtime.clock import Clock, Progress
from ...runtime.counting import counted
from ...statistics.content import content_key
from ..details import Details
from ..settings import Settings
from .comparisons.sets import apart, shared_rows, too_few
from .data import generator
from .properties import default_permutations, properties

__all__ = ["RANDOM_SEEDS", "PropertiesRun"]

RANDOM_SEEDS = RANDOM_MODEL.draws
# least that a budget leaves
_FEWEST_CONCEPTS, _FEWEST_PERMUTATIONS = 100, 200
_TRIAL = 32
# draws of as many concepts as two sets share
_DRAWS = 5
SINK = (
    "this model reads from left to right and the words stand alone: the first token of a text has nothing to read, and "
    "many decoders hold little of the word there; give contexts that begin before the word with --templates"
)

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class _Measured:
    """One set of norms after its run: what was kept of it, its vectors, and its result."""

    norms: Norms
    found: ConceptVectors
    permutations: int
    result: PropertiesResult
    # reason, where a budget left only the minimum
    cut: str


def _repeatable(models: Iterator[Floats]) -> Callable[[], Iterator[Floats]]:
    """Keep the vectors of random models, to be had more than once; where there are none, the reason is raised anew."""
    try:
        kept = list(models)
    except RandomModelError as error:
        reason = error

        def none() -> Iterator[Floats]:
            raise reason
            yield

        return none
    return lambda: iter(kept)


class PropertiesRun:
    """Passes of one run over one model; ``notes`` lists reductions by a budget."""

    def __init__(
        self, model: Model, settings: Settings, clock: Clock, progress: Progress,
        checkpoint: Checkpoint | None = None, details: Details | None = None,
    ) -> None:  # fmt: skip
        self.details = details or Details(None)
        self.model, self.settings, self.clock, self.progress = model, settings, clock, progress
        self.checkpoint = checkpoint or Checkpoint()
        self.notes: list[str] = []
        # reason, where a budget left only the minimum
        self.cut = ""
        self.budget = settings.budget_of("properties")

    def result(
        self, sets: Sequence[Norms], templates: Sequence[str] | None, confounds: Confounds | None = None
    ) -> PropertiesResult:
        """Score each set of norms on every hidden state, with the chosen controls; the others stand in the first.

        ``confounds`` are of a single set.
        """
        if len(sets) == 1:
            return self._measured(sets[0], templates, confounds=confounds, raw=self.details).result
        if self.details:
            self.notes.append("details of properties are those of the first set of norms")
        if self.budget is not None:
            # a set's pairs with the others are counted as another set
            self.budget /= 2 * len(sets) - 1
        measured = []
        for number, (norms, name) in enumerate(zip(sets, set_names([norms.source for norms in sets]), strict=True)):
            one = self._measured(norms, templates, f"properties.{number}", raw=None if number else self.details)
            measured.append(replace(one, result=replace(one.result, name=name)))
        pairs = [
            self._pair(measured[a], measured[b], templates, f"properties.{a}-{b}")
            for a, b in itertools.combinations(range(len(measured)), 2)
        ]
        first, *others = [one.result for one in measured]
        return replace(first, sets=others, pairs=pairs)

    def _measured(
        self, norms: Norms, templates: Sequence[str] | None, key: str = "properties",
        confounds: Confounds | None = None, raw: Details | None = None,
    ) -> _Measured:  # fmt: skip
        self.cut = ""
        norms = self._within_budget(norms, templates)
        with self.clock.phase("forward_s"):
            make = partial(self._vectors, self.model, norms, templates)
            found = self.checkpoint.made(f"{key}.vectors", ConceptVectors.from_arrays, make)
        permutations = self.settings.permutations or default_permutations(self.settings.metric, self.settings.mapping)
        held_out: list[dict[str, Any]] = []
        with self.clock.phase("properties_s"):
            permutations = self._permutations(found, norms.values[found.kept], permutations)
            rows = np.arange(len(found.kept))
            random_models = self._random(norms, templates, key)
            result = self._scored(
                norms, found, rows, permutations, random_models, confounds=confounds,
                held_out=held_out.append if raw else None,
            )  # fmt: skip
        if raw:
            self.notes += raw.write_states(_part(norms, found.kept.tolist()), held_out)
        left_out = [LeftOut(name, reason) for name, reason in found.left_out]
        erased = [] if confounds is None else [f"confounds: {listed(confounds.names)}"]
        notes = [*norms.notes, *erased, *([SINK] if self.model.manifest.causal and templates is None else [])]
        verdicts = where_cut(result.verdicts, self.cut)
        result = replace(result, source=norms.source, left_out=left_out, notes=notes, verdicts=verdicts)
        return _Measured(norms, found, permutations, result, self.cut)

    def _scored(
        self, norms: Norms, found: ConceptVectors, rows: NDArray[np.int64], permutations: int,
        random_models: Iterator[Floats] | None, controls: Sequence[str] | None = None,
        confounds: Confounds | None = None, held_out: Callable[[dict[str, Any]], None] | None = None,
    ) -> PropertiesResult:  # fmt: skip
        """Score the norms on some rows of their vectors; without ``controls``, those of the run."""
        settings, kept = self.settings, found.kept[rows]
        return properties(
            found.vectors[:, rows], norms.values[kept], words=[norms.words[i] for i in kept], features=norms.features,
            token_counts=found.tokens[rows], frequencies=found.frequencies[rows], reliability=norms.reliability,
            confounds=None if confounds is None else confounds.of([norms.concepts[i] for i in kept]),
            random_model_layers=random_models, metric=settings.metric, mapping=settings.mapping,
            n_permutations=permutations, alpha=settings.alpha, equal=settings.equal, random_state=settings.seed,
            controls=settings.controls_of("properties") if controls is None else controls,
            threads=self.model.threads, progress=self.progress, held_out=held_out,
        )  # fmt: skip

    def _pair(self, a: _Measured, b: _Measured, templates: Sequence[str] | None, key: str) -> SetPair:
        """Score two sets on the concepts that both have, with the vectors of the first for both."""
        words = [[one.norms.words[i] for i in one.found.kept] for one in (a, b)]
        rows = shared_rows(*words)
        both = (a.result, b.result)
        if len(rows[0]) < FEWEST_CONCEPTS:
            return too_few(both, len(rows[0]))
        shared = replace(
            a.found,
            kept=np.arange(len(rows[0])),
            vectors=a.found.vectors[:, rows[0]],
            tokens=a.found.tokens[rows[0]],
            frequencies=a.found.frequencies[rows[0]],
        )
        permutations = min(a.permutations, b.permutations)
        with self.clock.phase("properties_s"):
            parts = [_part(one.norms, one.found.kept[own].tolist()) for one, own in zip((a, b), rows, strict=True)]
            # both are scored on the same vectors of random models, so that these are kept
            models = self._random(parts[0], templates, key)
            again = None if models is None else _repeatable(models)
            every = np.arange(len(rows[0]))
            results = [
                self._scored(part, shared, every, permutations, None if again is None else again()) for part in parts
            ]
            on_shared = [replace(one, verdicts=where_cut(one.verdicts, a.cut or b.cut)) for one in results]
            as_many = [self._as_many(one, len(every)) for one in (a, b)]
        return apart(both, (on_shared[0], on_shared[1]), (as_many[0], as_many[1]))

    def _as_many(self, one: _Measured, count: int) -> list[float | None]:
        """Return the scores on ``count`` of a set's own concepts, drawn at random by their words: mean over draws."""
        words = [one.norms.words[i] for i in one.found.kept]
        if count == len(words):
            return [state.score for state in one.result.layers]
        drawn = []
        for draw in range(_DRAWS):
            seed = int(generator(self.settings.seed, "as many concepts", draw).integers(2**62))
            order = sorted(range(len(words)), key=lambda i: _word_key(words[i], seed))
            rows = np.array(sorted(order[:count]))
            result = self._scored(one.norms, one.found, rows, 1, None, controls=())
            drawn.append([state.score for state in result.layers])
        return [_mean(scores) for scores in zip(*drawn, strict=True)]

    def _vectors(self, model: Model, norms: Norms, templates: Sequence[str] | None) -> ConceptVectors:
        return concept_vectors(model, norms, templates, self.settings.max_tokens, self.settings.batch)

    def _random(self, norms: Norms, templates: Sequence[str] | None, key: str) -> Iterator[Floats] | None:
        """Yield the vectors of random models one by one, in a thread beside the permutations; None if left out."""
        if RANDOM_MODEL.name not in self.settings.controls_of("properties"):
            return None

        def make(seed: int) -> ConceptVectors:
            with self.clock.beside("controls_forward_s"):
                random = load_random(self.model, seed, kind=self.settings.random)
                return self._vectors(random, norms, templates)

        def found() -> Iterator[Floats]:
            for seed in range(RANDOM_SEEDS):
                one = self.checkpoint.made(f"{key}.random.{seed}", ConceptVectors.from_arrays, partial(make, seed))
                self.progress("random models", seed + 1, RANDOM_SEEDS)
                yield one.vectors

        return found()

    def _within_budget(self, norms: Norms, templates: Sequence[str] | None) -> Norms:
        """Keep as many concepts, of lowest key, as half of the budget's seconds are likely to run."""
        budget = self.budget
        if budget is None:
            return norms
        order = sorted(range(len(norms.words)), key=lambda i: _word_key(norms.words[i], self.settings.seed))
        start = time.perf_counter()
        try:
            self._vectors(self.model, _part(norms, order[:_TRIAL]), templates)
        except InputError:
            return norms  # the tokenizer knows none of them; the run itself reports that, or continues without them
        seconds = (time.perf_counter() - start) / min(_TRIAL, len(order))
        passes = 1 + self.settings.random_models("properties")
        count = max(_FEWEST_CONCEPTS, int(0.5 * budget / (seconds * passes)))
        if count >= len(order):
            return norms
        self.notes.append(f"--budget {self.settings.budget:g} cut {counted(len(order), 'concept')} to {count}")
        if count <= _FEWEST_CONCEPTS:
            self.cut = (
                f"--budget {self.settings.budget:g} left {counted(count, 'concept')} of {len(order)}, more are needed"
            )
        return _part(norms, sorted(order[:count]))

    def _permutations(self, found: ConceptVectors, values: Any, wanted: int) -> int:
        """Reduce permutations to what the other half of the budget's seconds is likely to allow."""
        budget = self.budget
        if budget is None or self.settings.mapping != "ridge":
            return wanted
        seconds = []
        for count in (4, 36):
            start = time.perf_counter()
            properties(
                found.vectors[:1], values, metric=self.settings.metric, n_permutations=count, controls=[PERMUTED.name],
                threads=self.model.threads,
            )  # fmt: skip
            seconds.append(time.perf_counter() - start)
        each = max(seconds[1] - seconds[0], 1e-6) / 32 * len(found.vectors)
        count = min(wanted, max(_FEWEST_PERMUTATIONS, int(0.5 * budget / each)))
        if count < wanted:
            self.notes.append(
                f"--budget {self.settings.budget:g} cut {counted(wanted, 'permutation')} of norms to {count}"
            )
        return count


def _mean(scores: Sequence[float | None]) -> float | None:
    known = [score for score in scores if score is not None]
    return sum(known) / len(known) if known else None


def _word_key(word: str, seed: int) -> tuple[int, str]:
    return content_key([ord(letter) for letter in word], seed), word


def _part(norms: Norms, rows: list[int]) -> Norms:
    return replace(
        norms,
        concepts=[norms.concepts[i] for i in rows],
        words=[norms.words[i] for i in rows],
        values=norms.values[rows],
    )

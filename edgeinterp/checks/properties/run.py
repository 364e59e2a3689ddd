"""Passes of ``properties`` over a model: vectors of concepts, from the model and from random models."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...inputs.confounds import Confounds
from ...inputs.norms import Norms
from ...inputs.tables import listed
from ...model.concepts import ConceptVectors, concept_vectors
from ...model.model import Model
from ...model.random_model import load_random
from ...results.enough import where_cut
from ...results.properties.controls import PERMUTED, RANDOM_MODEL
from ...results.properties.result import LeftOut, PropertiesResult
from ...runtime.checkpoint import Checkpoint
from ...runtime.clock import Clock, Progress
from ...runtime.counting import counted
from ...statistics.content import content_key
from ..settings import Settings
from .properties import default_permutations, properties

__all__ = ["RANDOM_SEEDS", "PropertiesRun"]

RANDOM_SEEDS = RANDOM_MODEL.draws
# least that a budget leaves
_FEWEST_CONCEPTS, _FEWEST_PERMUTATIONS = 100, 200
_TRIAL = 32
SINK = (
    "this model reads from left to right and the words stand alone: the first token of a text has nothing to read, and "
    "many decoders hold little of the word there; give contexts that begin before the word with --templates"
)

Floats = NDArray[np.float32]


class PropertiesRun:
    """Passes of one run over one model; ``notes`` lists reductions by a budget."""

    def __init__(
        self, model: Model, settings: Settings, clock: Clock, progress: Progress, checkpoint: Checkpoint | None = None
    ) -> None:
        self.model, self.settings, self.clock, self.progress = model, settings, clock, progress
        self.checkpoint = checkpoint or Checkpoint()
        self.notes: list[str] = []
        # reason, where a budget left only the minimum
        self.cut = ""

    def result(
        self, norms: Norms, templates: Sequence[str] | None, confounds: Confounds | None = None
    ) -> PropertiesResult:
        """Score the norms on every hidden state, with the chosen controls."""
        settings = self.settings
        controls = settings.controls_of("properties")
        norms = self._within_budget(norms, templates)
        with self.clock.phase("forward_s"):
            found = self._own(norms, templates)
        kept = found.kept
        permutations = settings.permutations or default_permutations(settings.metric, settings.mapping)
        with self.clock.phase("properties_s"):
            values, words = norms.values[kept], [norms.words[i] for i in kept]
            permutations = self._permutations(found, values, permutations)
            result = properties(
                found.vectors, values, words=words, features=norms.features, token_counts=found.tokens,
                frequencies=found.frequencies, reliability=norms.reliability,
                confounds=None if confounds is None else confounds.of([norms.concepts[i] for i in kept]),
                random_model_layers=self._random(norms, templates) if RANDOM_MODEL.name in controls else None,
                metric=settings.metric, mapping=settings.mapping, n_permutations=permutations, alpha=settings.alpha,
                equal=settings.equal, random_state=settings.seed, controls=controls, threads=self.model.threads,
                progress=self.progress,
            )  # fmt: skip
        left_out = [LeftOut(name, reason) for name, reason in found.left_out]
        erased = [] if confounds is None else [f"confounds: {listed(confounds.names)}"]
        notes = [*norms.notes, *erased, *([SINK] if self.model.manifest.causal and templates is None else [])]
        verdicts = where_cut(result.verdicts, self.cut)
        return replace(result, source=norms.source, left_out=left_out, notes=notes, verdicts=verdicts)

    def _own(self, norms: Norms, templates: Sequence[str] | None) -> ConceptVectors:
        """Return the vectors of the model itself, run or kept."""
        make = partial(self._vectors, self.model, norms, templates)
        return self.checkpoint.made("properties.vectors", ConceptVectors.from_arrays, make)

    def _vectors(self, model: Model, norms: Norms, templates: Sequence[str] | None) -> ConceptVectors:
        return concept_vectors(model, norms, templates, self.settings.max_tokens, self.settings.batch)

    def _random(self, norms: Norms, templates: Sequence[str] | None) -> Iterator[Floats]:
        """Yield the vectors of random models one by one, in a thread beside the permutations."""

        def make(seed: int) -> ConceptVectors:
            with self.clock.beside("controls_forward_s"):
                return self._vectors(load_random(self.model, seed), norms, templates)

        for seed in range(RANDOM_SEEDS):
            found = self.checkpoint.made(f"properties.random.{seed}", ConceptVectors.from_arrays, partial(make, seed))
            self.progress("random models", seed + 1, RANDOM_SEEDS)
            yield found.vectors

    def _within_budget(self, norms: Norms, templates: Sequence[str] | None) -> Norms:
        """Keep as many concepts, of lowest key, as half of the budget's seconds are likely to run."""
        budget = self.settings.budget_of("properties")
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
        budget = self.settings.budget_of("properties")
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


def _word_key(word: str, seed: int) -> tuple[int, str]:
    return content_key([ord(letter) for letter in word], seed), word


def _part(norms: Norms, rows: list[int]) -> Norms:
    return replace(
        norms,
        concepts=[norms.concepts[i] for i in rows],
        words=[norms.words[i] for i in rows],
        values=norms.values[rows],
    )

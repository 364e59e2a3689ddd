"""Passes of ``correspondence`` over a model: fit half, evaluation half, swapped copies."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...model.activations import Activations, EncodedText
from ...model.model import Model
from ...model.random_model import RandomModelError, load_random
from ...results.correspondence.controls import RANDOM_MODEL, SWAP
from ...results.correspondence.result import CorrespondenceResult, RandomModelScore
from ...results.correspondence.verdicts import SHORTEST, TOKENS_PER_DIMENSION
from ...results.enough import where_cut
from ...runtime.allocator import large_blocks_apart
from ...runtime.checkpoint import Checkpoint
from ...runtime.clock import Clock, Progress
from ...runtime.counting import counted
from ...statistics.content import content_key, text_digest
from ..legible import text_notes, unknown_share
from ..settings import Settings
from .blocks import Batch
from .fit import FittedMaps
from .halves import Halves
from .linear_map import layers_at_a_time
from .settings import CorrespondenceSettings, Counts
from .settling import Settling, fit_in_stages, probes, stages
from .summary import architecture_scores, summarise
from .swapping import chosen_swaps, exchanged
from .tallies import SAMPLE_TOKENS, SHOWN, Tallies, joined

__all__ = ["CorrespondenceRun", "correspondence_settings"]

PERMUTATIONS = 1000

Pairs = list[tuple[int, EncodedText]]
# for each content key the text, and the places of its two tokens
Swaps = dict[int, tuple[EncodedText, tuple[int, int]]]


def correspondence_settings(settings: Settings, threads: int) -> CorrespondenceSettings:
    """Return the part of a run's settings for correspondence.

    Raises
    ------
    InputError
        Where a setting is invalid.
    """
    return CorrespondenceSettings.of(
        alpha=settings.alpha,
        n_permutations=settings.permutations or PERMUTATIONS,
        random_state=settings.seed,
        threads=threads,
        controls=settings.controls_of("correspondence"),
        low_memory=settings.low_memory,
    )


class CorrespondenceRun:
    """Passes of one run over one model; ``settings`` and ``notes`` include reductions by a budget."""

    def __init__(
        self, model: Model, settings: Settings, clock: Clock, progress: Progress, checkpoint: Checkpoint | None = None
    ) -> None:
        self.model, self.settings, self.clock, self.progress = model, settings, clock, progress
        self.checkpoint = checkpoint or Checkpoint()
        self.notes: list[str] = []
        self.cut = False

    def result(self, encoded: Sequence[EncodedText]) -> CorrespondenceResult:
        """Run fit half, evaluation half and swapped copies; with ``low_memory`` once for each group of layers."""
        distinct, repeated = self._distinct(encoded)
        unknown = unknown_share(encoded, self.model.unknown_id)
        self.notes += text_notes(encoded, unknown)
        keyed = self._within_budget(distinct)
        keyed.sort(key=lambda pair: (pair[1].ids.size, pair[0]))
        fit = [pair for pair in keyed if not pair[0] & 1]
        evaluate = [pair for pair in keyed if pair[0] & 1 and _size(pair[1]) >= SHORTEST]
        names = self._names_to_show(evaluate)
        # All texts are encoded; free the tokenizer
        self.model.rest_tokenizer()
        settings = correspondence_settings(self.settings, self.model.threads)
        parts, fitted = [], [0]
        for group in self._groups():
            with large_blocks_apart():
                tallies, fit_tokens = self._pass(settings, [0, *group], fit, evaluate)
            parts.append(tallies)
            fitted[0] = max(fitted[0], fit_tokens[0])
            fitted += fit_tokens[1:]
        with large_blocks_apart():
            random_model = self._random_model(settings, fit, evaluate)
        with self.clock.phase("correspondence_s"):
            counts = Counts(
                hidden_size=self.model.manifest.hidden_size,
                fit_tokens=fitted,
                # more data cannot help where a budget reduced it
                given=len(keyed),
                repeated=repeated,
                truncated=sum(text.truncated for _, text in keyed),
                unknown=unknown,
            )
            result = summarise(joined(parts), settings, counts, random_model)
        self._say_what_was_left(result, fit)
        result = replace(result, verdicts=where_cut(result.verdicts, self._what_is_lacking(result)))
        return self._named(result, dict(evaluate), names)

    def _groups(self) -> list[list[int]]:
        """Return the layers of each pass: all, or with low memory as many as fit."""
        layers = self.model.manifest.layers + 1
        size = layers_at_a_time(self.model.manifest.hidden_size) if self.settings.low_memory else layers
        return [list(range(first, min(first + size, layers))) for first in range(1, layers, size)]

    def _what_is_lacking(self, result: CorrespondenceResult) -> str:
        """Say what is missing, where a budget left too few tokens for the fit."""
        needed = TOKENS_PER_DIMENSION * result.hidden_size
        if not self.cut or result.fit_tokens >= needed:
            return ""
        left = f"--budget {self.settings.budget:g} left {counted(result.fit_tokens, 'token')} to fit"
        return f"{left} {result.hidden_size} dimensions, {needed} needed"

    def _distinct(self, encoded: Sequence[EncodedText]) -> tuple[Pairs, int]:
        """Return the distinct texts by content key, and the number of repetitions."""
        keyed = [(content_key(text.ids, self.settings.seed), text) for text in encoded if text.ids.size]
        if not keyed:
            raise InputError("texts: the tokenizer finds no token in any of them")
        # the first by text, so that the kept copy does not depend on their order
        keyed.sort(key=lambda pair: (pair[1].ids.size, pair[0], pair[1].text))
        distinct = list(dict(reversed(keyed)).items())
        return distinct, len(keyed) - len(distinct)

    def _pass(
        self, settings: CorrespondenceSettings, layers: list[int], fit: Pairs, evaluate: Pairs
    ) -> tuple[Tallies, Sequence[int]]:
        """Run both halves and the swapped copies for some layers; return tallies, and fitted tokens by layer."""
        # a run with other groups of layers computes its own
        name = f"correspondence.{layers[1] if len(layers) > 1 else 0}-{layers[-1]}"
        chosen = self._swaps(evaluate)
        sizes = [(key, _size(text)) for key, text in evaluate]
        maps = self.checkpoint.state(f"{name}.fit", FittedMaps.from_arrays)
        done = None if maps is None else self.checkpoint.state(f"{name}.evaluate", _Evaluated.from_arrays)
        done = done or _Evaluated(0, 0, {}, None)
        if maps is None:
            halves = self._halves(settings, layers, sizes)
            self._fit(halves, layers, fit, evaluate)
            if self.checkpoint.folder is not None and halves.counts.fitted:
                self.checkpoint.keep_state(f"{name}.fit", halves.evaluation.maps)
        else:
            halves = Halves.restored(settings, maps, done.tallies, sizes, self._states)
        references = self._evaluate(halves, layers, evaluate, done, chosen, name)
        self._swapped(halves, layers, chosen, references)
        with self.clock.phase("correspondence_s"):
            return halves.finish(), halves.counts.fit_tokens

    @property
    def _states(self) -> int:
        """Hidden states of the model."""
        return self.model.manifest.layers + 1

    def _halves(self, settings: CorrespondenceSettings, layers: list[int], sizes: list[tuple[int, int]]) -> Halves:
        return Halves(settings, (len(layers), self.model.manifest.hidden_size), sizes, self._states)

    def _random_model(
        self, settings: CorrespondenceSettings, fit: Pairs, evaluate: Pairs
    ) -> list[RandomModelScore] | str:
        """Return what a model with random weights gives on a few of the texts, or why there is none."""
        if RANDOM_MODEL.name not in settings.controls:
            return "not among the controls of this run"
        few = [_lowest(fit, self.model.manifest.hidden_size), probes(_sized(evaluate), SAMPLE_TOKENS)]
        try:
            with self.clock.phase("controls_forward_s"):
                random = load_random(self.model, 0, kind=self.settings.random)
        except RandomModelError as error:
            return error.reason
        # of the controls only what is tallied for every text is left
        settings, parts = replace(settings, controls=()), []
        for group in self._groups():
            layers = [0, *group]
            halves = self._halves(settings, layers, [])
            for part, texts in zip(("fit", "evaluate"), few, strict=True):
                for batch in self._batches(texts, layers, "random model", model=random):
                    with self.clock.phase("correspondence_s"):
                        halves.update(_checked(batch), part)
            with self.clock.phase("correspondence_s"):
                parts.append(halves.finish())
        with self.clock.phase("correspondence_s"):
            return architecture_scores(joined(parts), settings)

    def _evaluate(
        self, halves: Halves, layers: list[int], evaluate: Pairs, done: _Evaluated, chosen: Swaps, name: str
    ) -> dict[int, NDArray[np.float32]]:
        """Evaluate from the saved position on; return hidden state 0 of the texts to swap."""
        references = done.references
        # start of each batch with pending texts
        begun: deque[int] = deque()
        first, skip = done.first, done.skip
        for batch in self._batches(evaluate, layers, "evaluation half", first):
            begun.append(first)
            first += len(batch.texts)
            with self.clock.phase("correspondence_s"):
                _update(halves, batch, skip)
            skip = 0
            ends = np.cumsum(batch.lengths)
            for index, last, size in zip(batch.texts, ends, batch.lengths, strict=True):
                if evaluate[index][0] in chosen:
                    references[evaluate[index][0]] = batch.hidden_states[0][last - size : last].copy()
            scored = first - halves.evaluation.waiting
            while len(begun) > 1 and begun[1] <= scored:
                begun.popleft()
            if self.checkpoint.due:
                with self.clock.phase("correspondence_s"):
                    state = _Evaluated(begun[0], scored - begun[0], references, halves.evaluation.tallies)
                    self.checkpoint.keep_state(f"{name}.evaluate", state)
        return references

    def _fit(self, halves: Halves, layers: list[int], fit: Pairs, evaluate: Pairs) -> None:
        """Run the fit half in stages until no layer gains from more text."""

        def feed(stage: list[tuple[int, EncodedText]]) -> None:
            for batch in self._batches(stage, layers, "fit half"):
                with self.clock.phase("correspondence_s"):
                    halves.update(_checked(batch), "fit")

        def probe(judges: list[tuple[int, EncodedText]], settling: Settling) -> None:
            for batch in self._batches(judges, layers, "enough text?"):
                with self.clock.phase("correspondence_s"):
                    settling.add(_checked(batch))

        fit_in_stages(halves, (_sized(fit), _sized(evaluate)), self.model.manifest.hidden_size, feed, probe)

    def _batches(
        self, pairs: Pairs, layers: list[int], phase: str, first: int = 0, model: Model | None = None
    ) -> Iterator[Activations]:
        """Run texts from ``first`` on, shortest first, and tell how far it is; ``model`` is a random one."""
        pairs = sorted(pairs, key=lambda pair: (pair[1].ids.size, pair[0]))
        done = first
        texts = [text for _, text in pairs[first:]]
        batches = (model or self.model).activations(texts, layers, batch=self.settings.batch)
        for batch in self.clock.forward("controls_forward_s" if model else "forward_s", batches):
            yield replace(batch, texts=[first + index for index in batch.texts])
            done += len(batch.texts)
            self.progress(phase, done, len(pairs))

    def _say_what_was_left(self, result: CorrespondenceResult, fit: Pairs) -> None:
        given = sum(_size(text) for _, text in fit)
        if result.fit_tokens < given:
            self.notes.append(
                f"the linear maps gained nothing more after {counted(result.fit_tokens, 'token')}; "
                f"{counted(given - result.fit_tokens, 'other token')} of the fit half not needed"
            )

    def _swaps(self, evaluate: list[tuple[int, EncodedText]]) -> Swaps:
        """Choose the texts of lowest key in which two tokens can be swapped."""
        if SWAP.name not in self.settings.controls:
            return {}
        texts = dict(evaluate)
        places = chosen_swaps([(key, text.ids, text.special) for key, text in evaluate], self.settings.seed)
        return {key: (texts[key], two) for key, two in places.items()}

    def _swapped(
        self,
        halves: Halves,
        layers: list[int],
        chosen: Swaps,
        references: dict[int, NDArray[np.float32]],
    ) -> None:
        order = sorted(chosen.items(), key=lambda item: (item[1][0].ids.size, item[0]))
        copies = [replace(text, ids=exchanged(text.ids, places)) for _, (text, places) in order]
        batches = self.model.activations(copies, layers, batch=self.settings.batch)
        for batch in self.clock.forward("controls_forward_s", batches):
            ends = np.cumsum(batch.lengths)
            for index, last, size in zip(batch.texts, ends, batch.lengths, strict=True):
                key, (text, places) = order[index]
                states = [rows[last - size : last] for rows in batch.hidden_states]
                with self.clock.phase("correspondence_s"):
                    copy = Batch.of(states, text.ids, [text.ids.size], text.special)
                    halves.update_swapped(copy, references[key], places)
                self.progress("swapped copies", index + 1, len(order))

    def _within_budget(self, keyed: list[tuple[int, EncodedText]]) -> list[tuple[int, EncodedText]]:
        """Keep as many texts, of lowest key, as the seconds of the budget are likely to allow."""
        budget = self.settings.budget_of("correspondence")
        if budget is None:
            return keyed
        trial = [text for _, text in sorted(keyed, key=lambda pair: pair[0])[:8]]
        start = time.perf_counter()
        for _ in self.model.activations(trial, range(self.model.manifest.layers + 1), batch=1):
            pass
        second_a_token = (time.perf_counter() - start) / max(1, sum(text.ids.size for text in trial))
        # the check adds at most about a third to the time of the forward pass
        needed = 1.4 * second_a_token * sum(text.ids.size for _, text in keyed)
        share = max(budget - (time.perf_counter() - start), 0.1) / max(needed, 1e-9)
        if share >= 1.0:
            return keyed
        wanted = self.settings.permutations or PERMUTATIONS
        permutations = min(wanted, max(200, int(share * wanted)))
        kept = sorted(keyed, key=lambda pair: pair[0] >> 2)[: max(4, int(share * len(keyed)))]
        fewer = f" and {counted(wanted, 'permutation')} to {permutations}" if permutations < wanted else ""
        self.notes.append(
            f"--budget {self.settings.budget:g} cut {counted(len(keyed), 'text')} to {len(kept)}{fewer}; a larger "
            "budget takes more of them"
        )
        self.settings = replace(self.settings, permutations=permutations)
        self.cut = True
        return kept

    def _names_to_show(self, evaluate: Pairs) -> dict[int, str]:
        """Return the token strings, by id, of the example text: the text of lowest key."""
        shown = min((pair for pair in evaluate if _size(pair[1]) in SHOWN), key=lambda pair: pair[0], default=None)
        ids = [] if shown is None else shown[1].ids.tolist()
        return dict(zip(ids, self.model.token_strings(ids), strict=True))

    def _named(
        self, result: CorrespondenceResult, texts: dict[int, EncodedText], names: dict[int, str]
    ) -> CorrespondenceResult:
        """Replace ids by token strings in the example, and content keys by hashes of the text itself."""
        scores = []
        for part in result.text_scores:
            scores.append(replace(part, hash=text_digest(texts[int(part.hash, 16)].text)))
        example = result.example
        if example is not None:
            example = replace(example, tokens=[names[int(token)] for token in example.tokens])
        return replace(result, text_scores=scores, example=example)


@dataclass
class _Evaluated:
    """Position in the evaluation half: batches continue with text ``first``, of which ``skip`` were already scored."""

    first: int
    skip: int
    references: dict[int, NDArray[np.float32]]
    tallies: Tallies | None

    @classmethod
    def from_arrays(cls, arrays: Iterable[tuple[str, NDArray[Any]]]) -> _Evaluated:
        kept = dict(arrays)
        parts = np.split(kept["references"], np.cumsum(kept["reference_sizes"])[:-1])
        references = dict(zip(kept["reference_keys"].tolist(), parts, strict=False))
        first, skip = kept["place"].tolist()
        return cls(first, skip, references, Tallies.from_arrays(kept.items()))

    def arrays(self) -> Iterator[tuple[str, NDArray[Any]]]:
        assert self.tallies is not None
        rows = list(self.references.values())
        yield "place", np.array([self.first, self.skip])
        yield "reference_keys", np.array(list(self.references), dtype=np.uint64)
        yield "reference_sizes", np.array([len(states) for states in rows], dtype=np.int64)
        yield "references", np.concatenate(rows) if rows else np.zeros((0, 1), np.float32)
        yield from self.tallies.arrays()


def _checked(batch: Activations, skip: int = 0) -> Batch:
    """Return a model's activations without its first ``skip`` texts, in the form of a batch."""
    start = int(batch.lengths[:skip].sum())
    states = [rows[start:] for rows in batch.hidden_states]
    return Batch.of(states, batch.token_ids[start:], batch.lengths[skip:], batch.special_tokens_mask[start:])


def _update(halves: Halves, batch: Activations, skip: int) -> None:
    """Add a batch of the evaluation half without its first ``skip`` texts."""
    if skip < len(batch.lengths):
        halves.update(_checked(batch, skip), "evaluate")


def _sized(pairs: Pairs) -> list[tuple[int, int, tuple[int, EncodedText]]]:
    """Return texts as stages and probes take them: key, tokens, and what they are."""
    return [(pair[0], _size(pair[1]), pair) for pair in pairs]


def _lowest(fit: Pairs, hidden_size: int) -> Pairs:
    """Return the texts of the first stage."""
    return next(stages(_sized(fit), hidden_size), [])


def _size(text: EncodedText) -> int:
    """Count tokens that are not special."""
    return int(np.count_nonzero(~text.special))

"""Passes of ``relations`` over a model: attention between words, and elsewhere, from the model and random models."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...inputs.pairs import Pairs
from ...inputs.templates import PAIR_TEMPLATES, OwnText, Template, pair_template
from ...inputs.texts import default_texts
from ...model.activations import EncodedText
from ...model.model import Model
from ...model.random_model import load_random
from ...reading.names import ATTENTION
from ...results.correspondence.result import CorrespondenceResult
from ...results.enough import where_cut
from ...results.relations.controls import ELSEWHERE, LICENSED, OF_WORDS, PLACES, RANDOM_MODEL
from ...results.relations.result import PairLeftOut, RelationsResult
from ...results.relations.verdicts import FEWEST_CATEGORIES
from ...runtime.checkpoint import Checkpoint
from ...runtime.clock import Clock, Progress
from ...runtime.counting import counted
from ...runtime.spool import Spool
from ...statistics.content import content_key
from ..correspondence.run import CorrespondenceRun
from ..correspondence.settings import NAMES as CORRESPONDENCE_CONTROLS
from ..details import Details
from ..missing import Missing
from ..settings import Settings
from ..text_readings import shares_of
from .features import Attention
from .pair_features import between, id_ranks, token_columns
from .passes import PairPasses, Passes, Plan, WordStates
from .places import Sentence, alone, sentences
from .relations import PERMUTATIONS, relations
from .sentence import pair_sentence

__all__ = ["RANDOM_SEEDS", "RelationsRun", "TooFewPairsError"]

HYBRID = "hybrid"

RANDOM_SEEDS = RANDOM_MODEL.draws
# pairs without room for `elsewhere` are left out if they are at most this share
NO_ROOM_SHARE = 0.1
_NO_ROOM = "no room for two other places of the same lengths and distance"
_ONE_SIDE = "no sentence has room for other places on both sides of the words: elsewhere is measured once, not twice"
_TRIAL = 32

Array = NDArray[Any]


class TooFewPairsError(InputError):
    """Pairs of fewer than two relations can be given to the model."""


class RelationsRun:
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
        self._stopped = threading.Event()
        self._passed: tuple[Pairs, PairPasses] | None = None

    def result(
        self,
        pairs: Pairs,
        templates: Sequence[str] | None,
        correspondence: CorrespondenceResult | None = None,
        texts: Sequence[str] | None = None,
    ) -> RelationsResult:
        """Measure every contrast of the pairs, with the chosen controls.

        ``correspondence`` decides which layers are licensed; if it was not run, it is run on ``texts`` or the embedded
        ones.
        """
        settings = self.settings
        controls = settings.controls_of("relations")
        passed = self.passed(pairs, templates)
        plan, found = passed.plan, passed.own
        licensed = self._licensed(correspondence, texts) if LICENSED.name in controls else None
        kept = passed.pairs
        held_out: list[dict[str, Any]] = []
        random_models = self.random_models(passed) if RANDOM_MODEL.name in controls else None
        with self.clock.phase("relations_s"):
            result = relations(
                found.features(), kept.relations, kept.categories, words=passed.words, word_states=passed.states,
                surface=found.surface, elsewhere=passed.elsewhere,
                random_models=random_models, licensed=licensed,
                templates=[template.text for template in plan.templates],
                n_permutations=settings.permutations or PERMUTATIONS, alpha=settings.alpha, equal=settings.equal,
                random_state=settings.seed, controls=controls, threads=self.model.threads,
                progress=self.progress, held_out=held_out.append if self.details else None, reading=settings.reading,
            )  # fmt: skip
        if self.details:
            self.details.write_contrasts(kept, held_out)
        notes = [
            *pairs.notes,
            *([] if plan.no_room or found.two_sided or ELSEWHERE.name not in controls else [_ONE_SIDE]),
        ]
        with self.clock.phase("controls_forward_s"):
            view = None
            if settings.reading == ATTENTION:
                view = pair_sentence(self.model, plan.pairs, plan.rows, plan.templates, result.contrasts, settings)
        verdicts = where_cut(result.verdicts, self.cut)
        return replace(
            result, source=pairs.source, left_out=plan.left_out, notes=notes, sentence=view, verdicts=verdicts,
            texts=len(set(kept.texts)),
        )  # fmt: skip

    def passed(self, pairs: Pairs, templates: Sequence[str] | None) -> PairPasses:
        """Run the model over the pairs, once for all checks that ask with the same ones."""
        if self._passed is None or self._passed[0] is not pairs:
            with self.clock.phase("relations_s"):
                plan = self._plan(self._within_budget(pairs, templates), templates)
            with self.clock.phase("forward_s"):
                own = self._own(plan)
            with self.clock.phase("controls_forward_s"):
                wanted = HYBRID in self.settings.only or set(OF_WORDS) & set(self.settings.controls_of("relations"))
                states = self._word_states(plan) if wanted else None
            self._passed = pairs, PairPasses(plan, own, states, [])
        return self._passed[1]

    def random_models(self, passed: PairPasses) -> _Stoppable:
        """Give attention of one random model after the other, made where it was not yet."""
        return _Stoppable(self._random(passed), self._stopped)

    def _plan(self, pairs: Pairs, templates: Sequence[str] | None) -> Plan:
        """Find the pairs that the tokenizer can represent in every template, and whether there is room elsewhere."""
        parsed = _parsed(pairs, templates)
        reasons: dict[int, str] = {}
        cramped: dict[int, int] = {}
        first: dict[str, tuple[tuple[int, int, bytes], EncodedText]] = {}
        for block in sentences(self.model, pairs, range(len(pairs)), parsed, self.settings.max_tokens):
            for one in block:
                if one.reason:
                    reasons.setdefault(one.pair, one.reason)
                    continue
                if one.elsewhere is None:
                    cramped.setdefault(one.pair, one.template)
                for place, word in enumerate((pairs.word1[one.pair], pairs.word2[one.pair])):
                    bare = alone(one, place)
                    # one of them, whatever the order of pairs
                    key = (one.template, place, bare.ids.tobytes())
                    first[word] = min(first.get(word, (key, bare)), (key, bare), key=lambda found: found[0])
        no_room = None
        cramped = {row: template for row, template in cramped.items() if row not in reasons}
        if len(cramped) > NO_ROOM_SHARE * (len(pairs) - len(reasons)):
            row, template = next(iter(cramped.items()))
            no_room = Missing(
                f"{_NO_ROOM} in {counted(len(cramped), 'pair')}, such as {pairs.word1[row]}, {pairs.word2[row]} in "
                f"{parsed[template].text if pairs.texts else repr(parsed[template].text)}; put four words or more on "
                "either side"
            )
        elif ELSEWHERE.name in self.settings.controls:
            reasons |= dict.fromkeys(cramped, _NO_ROOM)
        rows = [row for row in range(len(pairs)) if row not in reasons]
        left_out = [PairLeftOut(pairs.word1[row], pairs.word2[row], reasons[row]) for row in sorted(reasons)]
        if len({pairs.relations[row] for row in rows}) < 2:
            why = f" ({left_out[0].word1}, {left_out[0].word2}: {left_out[0].reason})" if left_out else ""
            raise TooFewPairsError(
                f"{pairs.source or 'pairs'}: {len(rows)} of {counted(len(pairs), 'pair')} can be given to the model, "
                f"of fewer than two relations{why}; give other words, or shorter "
                f"{'texts' if pairs.texts else 'sentences with --templates'}"
            )
        return Plan(pairs, parsed, rows, left_out, no_room, {word: bare for word, (_, bare) in first.items()})

    def _own(self, plan: Plan) -> Passes:
        """Return what the model itself gives, run or kept."""
        return self.checkpoint.made(
            "pairs.own", lambda arrays: self._empty(plan).filled(arrays), lambda: self._passes(plan)
        )

    def _empty(self, plan: Plan) -> Passes:
        manifest = self.model.manifest
        width = manifest.hidden_size if HYBRID in self.settings.only else 0
        return Passes(len(plan.rows), len(plan.templates), (2, manifest.layers, self._heads), width)

    def _passes(self, plan: Plan) -> Passes:
        """Run the real model over every pair in every template; only features are kept."""
        found, templates = self._empty(plan), len(plan.templates)
        place = np.array(plan.rows)
        ids = np.zeros((len(plan.rows), 2))
        last = () if found.states is None else (self.model.manifest.layers,)
        for one, attention, state in self._sentences(self.model, plan, "pairs", last):
            i = int(np.searchsorted(place, one.pair))
            found.own.put(i * templates + one.template, between(attention, *one.spans))
            if one.elsewhere is not None:
                for name, spans in zip(PLACES, one.elsewhere, strict=True):
                    found.elsewhere[name].put(i * templates + one.template, between(attention, *spans))
                found.count_sides(*one.elsewhere)
            if found.states is not None and state is not None:
                found.states.put(i * templates + one.template, [state[a:b].mean(axis=0) for a, b in one.spans])
            ids[i] = [one.encoded.ids[a:b].mean() for a, b in one.spans]
            found.surface[i, :4] += token_columns(one.spans)
        found.surface[:, :4] /= templates
        found.surface[:, 4:] = id_ranks(ids)
        return found

    def _word_states(self, plan: Plan) -> WordStates:
        """Give every word to the model alone and keep its hidden states, the mean over its tokens."""
        manifest = self.model.manifest
        used = {word for row in plan.rows for word in (plan.pairs.word1[row], plan.pairs.word2[row])}
        words = sorted(used, key=lambda word: (plan.alone[word].ids.size, plan.alone[word].ids.tobytes(), word))
        found, layers = WordStates(words, (manifest.layers + 1, manifest.hidden_size)), range(manifest.layers + 1)
        done = 0
        for batch in self.model.activations([plan.alone[word] for word in words], layers, (), self.settings.batch):
            ends = np.cumsum(batch.lengths)
            for text, index in enumerate(batch.texts):
                inside = np.arange(ends[text] - batch.lengths[text], ends[text])[~plan.alone[words[index]].special]
                found.put(words[index], [state[inside].mean(axis=0, dtype=np.float64) for state in batch.hidden_states])
            done += len(batch.texts)
            self.progress("words alone", done, len(words))
        return found

    def _sentences(
        self, model: Model, plan: Plan, phase: str, states: Sequence[int] = ()
    ) -> Iterator[tuple[Sentence, Array, Array | None]]:
        """Yield each sentence with its attention (L, H, tokens, tokens), and a hidden state (tokens, d) if asked."""
        layers = range(1, model.manifest.layers + 1)
        total, done = len(plan.rows) * len(plan.templates), 0
        for unsorted in sentences(model, plan.pairs, plan.rows, plan.templates, self.settings.max_tokens):
            # length alone is not enough: the members of a batch should not depend on the file's order either
            block = sorted(unsorted, key=lambda one: (one.encoded.ids.size, one.encoded.ids.tobytes()))
            for batch in model.activations([one.encoded for one in block], states, layers, self.settings.batch):
                ends = np.cumsum(batch.lengths)
                for text, index in enumerate(batch.texts):
                    inside = slice(ends[text] - batch.lengths[text], ends[text])
                    state = batch.hidden_states[0][inside] if states else None
                    maps: Array = np.stack([own[text] for own in batch.attentions])
                    if self.settings.reading != ATTENTION:
                        # it takes another pass
                        maps = shares_of(model, block[index].encoded, self.settings.reading)[:, None]
                    yield block[index], maps, state
                done += len(batch.texts)
                self.progress(phase, done, total)
                if self._stopped.is_set():
                    return

    def _random(self, passed: PairPasses) -> Iterator[Attention]:
        """Yield the features of one random model after the other, averaged over templates, in a thread of its own."""
        yield from passed.random
        plan = passed.plan
        for seed in range(len(passed.random), RANDOM_SEEDS):
            name = f"pairs.random.{seed}"
            mean = self.checkpoint.state(name, lambda arrays: self._no_features(plan).filled(arrays))
            if mean is None:
                mean = self._random_passes(plan, seed)
                if self._stopped.is_set():
                    # these features are incomplete, and must not be kept
                    return
                self.checkpoint.keep_state(name, mean)
            passed.random.append(Attention(mean))
            yield passed.random[-1]

    @property
    def _heads(self) -> int:
        """A reading of attention has one number for each layer."""
        return self.model.manifest.heads if self.settings.reading == ATTENTION else 1

    def _no_features(self, plan: Plan) -> Spool:
        return Spool(len(plan.rows), (2, self.model.manifest.layers, self._heads))

    def _random_passes(self, plan: Plan, seed: int) -> Spool:
        mean, place = self._no_features(plan), np.array(plan.rows)
        with self.clock.beside("controls_forward_s"):
            model = load_random(self.model, seed, kind=self.settings.random)
            for one, attention, _ in self._sentences(model, plan, f"random model {seed + 1}"):
                i = int(np.searchsorted(place, one.pair))
                mean.add(i, between(attention, *one.spans) / np.float32(len(plan.templates)))
        return mean

    def _licensed(
        self, correspondence: CorrespondenceResult | None, texts: Sequence[str] | None
    ) -> list[int] | Missing:
        """Return the attention layers that may be read token to token, from the same run or from one of its own."""
        if correspondence is None:
            try:
                # even if the user left controls out: without these no layer beyond the first is ever licensed
                settings = replace(self.settings, controls=CORRESPONDENCE_CONTROLS)
                run = CorrespondenceRun(self.model, settings, self.clock, self.progress)
                encoded = self.model.encode(list(texts or default_texts()), self.settings.max_tokens)
                correspondence = run.result(encoded)
                self.notes += run.notes
            except InputError as error:
                return Missing(f"correspondence could not be run: {error}")
        return [v.attention_layer for v in correspondence.verdicts if v.verdict == "supported" and v.attention_layer]

    def _within_budget(self, pairs: Pairs, templates: Sequence[str] | None) -> Pairs:
        """Keep as many whole categories, of lowest key, as two thirds of the budget's seconds are likely to run."""
        budget = self.settings.budget_of("relations" if "relations" in self.settings.only else HYBRID)
        if budget is None:
            return pairs
        start = time.perf_counter()
        keys = {name: _key(name, self.settings.seed) for name in pairs.categories}
        order = sorted(keys, key=lambda name: (keys[name], name))
        trial = sorted(range(len(pairs)), key=lambda i: _key(pairs.key(i), self.settings.seed))
        try:
            plan = self._plan(pairs.part(trial[:_TRIAL]), templates)
        except InputError:
            return pairs  # the run itself reports the fault, or continues without them
        for _ in self._sentences(self.model, plan, "pairs"):
            pass
        seconds = (time.perf_counter() - start) / max(1, len(plan.rows))
        passes = 1 + self.settings.random_models("relations")
        most, kept, count = 2.0 / 3.0 * budget / (seconds * passes), set[str](), 0
        for name in order:
            size = pairs.categories.count(name)
            if len(kept) < FEWEST_CATEGORIES or count + size <= most:
                kept.add(name)
                count += size
        part = pairs.part([i for i, name in enumerate(pairs.categories) if name in kept])
        if len(kept) == len(order) or len(set(part.relations)) < len(set(pairs.relations)):
            return pairs
        self.notes.append(
            f"--budget {self.settings.budget:g} cut {counted(len(pairs), 'pair')} of "
            f"{counted(len(order), 'category', 'categories')} to {count} of {len(kept)}"
        )
        if len(kept) <= FEWEST_CATEGORIES:
            self.cut = (
                f"--budget {self.settings.budget:g} left {counted(len(kept), 'category', 'categories')} of "
                f"{len(order)}, more are needed"
            )
        return part


def _parsed(pairs: Pairs, templates: Sequence[str] | None) -> list[Template]:
    if pairs.texts:
        return [OwnText()]
    return [pair_template(text, f"template {number}") for number, text in enumerate(templates or PAIR_TEMPLATES, 1)]


class _Stoppable:
    """Features of random models from a worker thread; ``stop`` ends the current pass, so that Ctrl-C is quick."""

    def __init__(self, made: Iterator[Attention], stopped: threading.Event) -> None:
        self._made, self._stopped = made, stopped

    def __iter__(self) -> Iterator[Attention]:
        return self._made

    def stop(self) -> None:
        self._stopped.set()


def _key(name: str, seed: int) -> int:
    return content_key([ord(letter) for letter in name], seed)

"""Passes of ``influence`` over a model: sampled texts, their copies with replaced tokens, a random model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.activations import EncodedText
from ...model.model import Model
from ...model.random_model import RandomModelError, load_random
from ...results.enough import where_cut
from ...results.influence.controls import MOST_RANDOM
from ...results.influence.result import InfluenceResult, SentenceView
from ...runtime.clock import Clock, Progress
from ...runtime.counting import counted
from ...statistics.content import content_key, text_digest
from ...statistics.draws import seed_of
from ..legible import text_notes, unknown_share
from ..sentence import longest_shown, view_of
from ..settings import Settings
from ..text_readings import further_readings, maps_of
from .kept import Text
from .sample import (
    LONGEST,
    MOST_TEXTS,
    POSITIONS,
    TEXTS,
    Replacement,
    SampledText,
    TooShortError,
    replacement,
    sample,
    stages,
)
from .study import PERMUTATIONS, Study
from .texts import Passes, influence_matrices

__all__ = ["InfluenceRun", "new_study"]

RANDOM_SEED = 0
# least that a budget leaves
_FEWEST_TEXTS, _FEWEST_POSITIONS, _FEWEST_PERMUTATIONS = 20, 5, 200


def new_study(model: Model, settings: Settings, permutations: int | None = None, **found: Any) -> Study:
    """Open the study for these settings, or with fewer permutations; ``found`` holds further arguments of ``Study``.

    Raises
    ------
    InputError
        Where a setting is invalid, or the model has no such head.
    """
    manifest = model.manifest
    values = manifest.certificate.get("values") or {}
    why = f"the model folder gives no value vectors ({values.get('reason', 'an older version exported it')})"
    return Study(
        manifest.layers,
        manifest.heads,
        manifest.causal,
        settings.head,
        permutations or settings.permutations or PERMUTATIONS,
        settings.alpha,
        seed_of(settings.seed),
        settings.controls_of("influence"),
        equal=settings.equal,
        further=further_readings(model, settings.value_zeroing),
        no_readings=why,
        **found,
    )


class InfluenceRun:
    """Passes of one run over one model; ``notes`` lists reductions by a budget."""

    def __init__(self, model: Model, settings: Settings, clock: Clock, progress: Progress) -> None:
        self.model, self.settings, self.clock, self.progress = model, settings, clock, progress
        self.notes: list[str] = []
        # reason, where a budget left less than influence needs
        self.cut = ""
        self.layers = range(1, model.manifest.layers + 1)
        self.further = further_readings(model, settings.value_zeroing)

    def result(self, texts: Sequence[str]) -> InfluenceResult:
        """Measure influence in a sample of the texts, with the chosen controls."""
        settings = self.settings
        encoded = self.model.encode(texts, min(LONGEST, settings.max_tokens))
        unknown = unknown_share(encoded, self.model.unknown_id)
        if "correspondence" not in settings.only:
            # it reports the same for the same texts
            self.notes += text_notes(encoded, unknown)
        texts_wanted, positions, permutations = self._within_budget(encoded)
        try:
            candidates = sample(encoded, settings.seed, texts_wanted, positions)
        except TooShortError as error:
            study = new_study(self.model, settings, permutations, unknown=unknown)
            return replace(study.nothing(str(error)), sampled_from=len(encoded))
        with_what = replacement(self.model, [part.text for part in candidates])
        study = new_study(self.model, settings, permutations, unknown=unknown, replacement=with_what.name)
        chosen = self._grow(stages(candidates), with_what, study)
        self._random_models(stages(candidates)[0], with_what, study)
        with self.clock.phase("influence_s"):
            result = study.result()
        view = self._sentence(chosen, with_what)
        names = {f"{content_key(part.text.ids):016x}": part.text.text for part in chosen}
        scores = [replace(part, hash=text_digest(names[part.hash])) for part in result.text_scores]
        cut = sum(part.text.truncated for part in chosen)
        return replace(
            result,
            verdicts=where_cut(result.verdicts, self.cut),
            truncated=cut,
            sampled_from=len(encoded),
            sentence=view,
            text_scores=scores,
        )

    def _grow(self, parts: list[list[SampledText]], with_what: Replacement, study: Study) -> list[SampledText]:
        """Run texts, part by part, until gains are known well enough; return those that were run."""
        chosen: list[SampledText] = []
        for part in parts:
            for one in part:
                passes = self._passes(self.model, one, with_what, "forward_s")
                with self.clock.phase("influence_s"):
                    study.add(_known(one), with_what.draws, passes)
                chosen.append(one)
                self.progress("replaced tokens", len(chosen), sum(map(len, parts)))
            with self.clock.phase("influence_s"):
                if study.precise() and len(chosen) >= self._fewest:
                    break
        return chosen

    @property
    def _fewest(self) -> int:
        """The texts below which no gain is precise enough: where readings are recommended, half of them judge."""
        return 2 * TEXTS if self.further else TEXTS

    @property
    def _most_random(self) -> int:
        """The number of random models that may be drawn."""
        return MOST_RANDOM if self.settings.random_models("influence") else 0

    def _random_models(self, texts: list[SampledText], with_what: Replacement, study: Study) -> None:
        """Run the first texts through random models, one after the other, until the margins over them are settled."""
        for number in range(self._most_random):
            with self.clock.phase("controls_forward_s"):
                try:
                    random = load_random(self.model, RANDOM_SEED + number, kind=self.settings.random)
                except RandomModelError as error:
                    study.without_random(error.reason)
                    return
            for done, one in enumerate(texts, 1):
                passes = self._passes(random, one, with_what, "controls_forward_s")
                with self.clock.phase("influence_s"):
                    study.add_random(number, _known(one), passes)
                self.progress(f"random model {number + 1}", done, len(texts))
            del random
            with self.clock.phase("influence_s"):
                if study.settled():
                    return

    def _passes(self, model: Model, part: SampledText, with_what: Replacement, phase: str) -> Passes:
        """Return attentions and influence of one text in one model."""
        with self.clock.phase(phase):
            (plain,) = list(model.activations([part.text], self.layers, self.layers))
        copies = with_what.copies(part)
        size, count, done = part.text.ids.size, len(part.positions), 0
        batches = model.activations(copies, self.layers, batch=self.settings.batch or len(copies))
        changes = np.zeros((len(self.layers), size, len(copies)))
        for batch in self.clock.forward("controls_forward_s", batches):
            with self.clock.phase("influence_s"):
                changed = [rows.reshape(-1, size, rows.shape[-1]) for rows in batch.hidden_states]
                changes[:, :, done : done + len(batch.texts)] = influence_matrices(plain.hidden_states, changed, 1)
                done += len(batch.texts)
        mean = changes.reshape(len(self.layers), size, with_what.draws, count).mean(axis=2)
        return Passes(np.stack([maps[0] for maps in plain.attentions]), mean, self._maps(model, part.text, phase))

    def _maps(self, model: Model, text: EncodedText, phase: str) -> dict[str, NDArray[np.float64]]:
        """Return the further readings of one text, in a pass of their own."""
        if not self.further:
            return {}
        with self.clock.phase(phase):
            return maps_of(model, text, self.further)

    def _sentence(self, chosen: list[SampledText], with_what: Replacement) -> SentenceView | None:
        """Show the first text, by key, that is whole and short enough; longer ones first."""
        most = longest_shown(self.model)
        fitting = [part for part in chosen if part.text.ids.size <= most and not part.text.truncated]
        if not fitting:
            return None
        part = max(fitting, key=lambda part: (part.text.ids.size, part.key))
        with self.clock.phase("controls_forward_s"):
            return view_of(self.model, part.text, [], self.settings.seed, self.settings.batch, with_what)

    def _within_budget(self, encoded: Sequence[EncodedText]) -> tuple[int, int, int]:
        """Reduce positions, then texts, then permutations to what the seconds of the budget are likely to allow."""
        wanted = self.settings.permutations or PERMUTATIONS
        budget = self.settings.budget_of("influence")
        if budget is None:
            return MOST_TEXTS, POSITIONS, wanted
        trial = sorted(encoded, key=lambda text: text.ids.size)[len(encoded) // 2]
        if not trial.ids.size:
            return MOST_TEXTS, POSITIONS, wanted
        start = time.perf_counter()
        draws = replacement(self.model, [trial]).draws if (~trial.special).any() else 1
        for _ in self.model.activations([trial] * POSITIONS, self.layers, self.layers):
            pass
        a_pass = (time.perf_counter() - start) / POSITIONS
        # random models run the first texts alone
        random = self._most_random
        plain = 2 if self.further else 1
        share = 0.5 * budget / (a_pass * TEXTS * (1 + random) * (plain + draws * POSITIONS))
        if share >= 1.0:
            texts = min(MOST_TEXTS, int(TEXTS * (1 + (share - 1.0) * (1 + random))))
            if texts < MOST_TEXTS:
                self.notes.append(
                    f"--budget {self.settings.budget:g} lets influence grow to at most {counted(texts, 'text')}"
                )
            return texts, POSITIONS, wanted
        positions = max(_FEWEST_POSITIONS, int(share * POSITIONS))
        texts = max(_FEWEST_TEXTS, min(TEXTS, int(share * TEXTS * POSITIONS / positions)))
        permutations = min(wanted, max(_FEWEST_PERMUTATIONS, int(share * wanted)))
        self.notes.append(
            f"--budget {self.settings.budget:g} cut influence to {counted(texts, 'text')} with "
            f"{counted(positions, 'replaced position')} and {counted(permutations, 'permutation')}"
        )
        self.cut = (
            f"--budget {self.settings.budget:g} left {counted(texts, 'text')} with "
            f"{counted(positions, 'replaced position')}, {TEXTS} with "
            f"{POSITIONS} needed"
        )
        return texts, positions, permutations


def _known(part: SampledText) -> Text:
    """Return what tells a text apart, keyed as arrays are: by the ids alone."""
    return content_key(part.text.ids), (part.bin,), part.positions, part.text.special

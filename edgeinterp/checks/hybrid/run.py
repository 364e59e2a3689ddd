"""``hybrid`` over a model: the passes of ``relations``, and norms of the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...inputs.norms import Norms
from ...inputs.pairs import Pairs
from ...results.enough import where_cut
from ...results.hybrid.controls import IN_SENTENCE, RANDOM_MODEL
from ...results.hybrid.result import HybridResult
from ...runtime.counting import counted
from ..relations.relations import PERMUTATIONS
from ..relations.run import RelationsRun, TooFewPairsError
from .blocks import all_known, vectors_of_words
from .hybrid import contrasts_left, hybrid

__all__ = ["HybridRun"]


class HybridRun:
    """One run over the pairs that ``passes`` gives, which may have served ``relations`` before."""

    def __init__(self, passes: RelationsRun) -> None:
        self.passes = passes

    def result(self, pairs: Pairs, templates: Sequence[str] | None, norms: Norms) -> HybridResult:
        """Measure every contrast of the pairs whose words both have norms."""
        passes, settings = self.passes, self.passes.settings
        every = list(zip(pairs.word1, pairs.word2, strict=True))
        known = all_known(every, vectors_of_words(norms, {word for pair in every for word in pair}))
        if not contrasts_left(pairs.relations, known):
            return _nothing(pairs, norms, len(known), settings.alpha)
        # where relations are measured as well, the passes are the same; else over no more pairs than are needed
        try:
            passed = passes.passed(pairs if "relations" in settings.only else pairs.part(known), templates)
        except TooFewPairsError as error:
            return _nothing(pairs, norms, len(known), settings.alpha, str(error))
        kept, both = passed.pairs, {every[row] for row in known}
        left = [row for row, pair in enumerate(passed.words) if pair in both]
        if not contrasts_left(kept.relations, left):
            return _nothing(pairs, norms, len(left), settings.alpha)
        controls = settings.controls_of("hybrid")
        with passes.clock.phase("hybrid_s"):
            result = hybrid(
                passed.own.features(), kept.relations, kept.categories, passed.words, passed.states or {}, norms,
                sentence_states=passed.own.mean_states() if IN_SENTENCE.name in controls else None,
                elsewhere=passed.elsewhere,
                random_models=passes.random_models(passed) if RANDOM_MODEL.name in controls else None,
                templates=[template.text for template in passed.plan.templates],
                n_permutations=settings.permutations or PERMUTATIONS, alpha=settings.alpha, equal=settings.equal,
                random_state=settings.seed, controls=controls, threads=passes.model.threads, progress=passes.progress,
                reading=settings.reading,
            )  # fmt: skip
        return replace(
            result,
            without_norms=len(pairs) - len(known),
            source=pairs.source,
            norms_source=norms.source,
            left_out=passed.plan.left_out,
            verdicts=where_cut(result.verdicts, passes.cut),
        )


def _nothing(pairs: Pairs, norms: Norms, known: int, alpha: float, why: str = "") -> HybridResult:
    """Return a result without a contrast, with the reason."""
    few = (
        f"{norms.source or 'the norms'} have both words of {known} of {counted(len(pairs), 'pair')} that were run, "
        "with no two relations to set against each other; give norms of these words with --norms"
    )
    return HybridResult(
        pairs=known, categories=0, features=len(norms.features), templates=[], contrasts=[], permutations=0,
        alpha=alpha, without_norms=len(pairs) - known, source=pairs.source, norms_source=norms.source,
        notes=[f"nothing could be judged: {why or few}"],
    )  # fmt: skip

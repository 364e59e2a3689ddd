"""``hybrid`` over a model: the passes of ``relations``, and norms of the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...inputs.norms import Norms
from ...inputs.pairs import Pairs
from ...results.enough import where_cut
from ...results.hybrid.controls import RANDOM_MODEL
from ...results.hybrid.result import HybridResult
from ...runtime.counting import counted
from ..relations.relations import PERMUTATIONS
from ..relations.run import RelationsRun
from .blocks import all_known, vectors_of_words
from .hybrid import hybrid

__all__ = ["HybridRun"]

_FEWEST_RELATIONS = 2


class HybridRun:
    """One run over the pairs that ``passes`` gives, which may have served ``relations`` before."""

    def __init__(self, passes: RelationsRun) -> None:
        self.passes = passes

    def result(self, pairs: Pairs, templates: Sequence[str] | None, norms: Norms) -> HybridResult:
        """Measure every contrast of the pairs whose words both have norms."""
        passes, settings = self.passes, self.passes.settings
        known = all_known(list(zip(pairs.word1, pairs.word2, strict=True)), vectors_of_words(norms))
        if len({pairs.relations[row] for row in known}) < _FEWEST_RELATIONS:
            return _nothing(pairs, norms, known, settings.alpha)
        # where relations are measured as well, the passes are the same; else over no more pairs than are needed
        passed = passes.passed(pairs if "relations" in settings.only else pairs.part(known), templates)
        kept = passed.pairs
        if len({kept.relations[row] for row in all_known(passed.words, vectors_of_words(norms))}) < _FEWEST_RELATIONS:
            return _nothing(pairs, norms, known, settings.alpha)
        controls = settings.controls_of("hybrid")
        with passes.clock.phase("hybrid_s"):
            result = hybrid(
                passed.own.features(), kept.relations, kept.categories, passed.words, passed.states or {}, norms,
                sentence_states=passed.own.mean_states(), elsewhere=passed.elsewhere,
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


def _nothing(pairs: Pairs, norms: Norms, known: list[int], alpha: float) -> HybridResult:
    """Return a result without a contrast, with the reason."""
    note = (
        f"nothing could be judged: {norms.source or 'the norms'} have both words of {len(known)} of "
        f"{counted(len(pairs), 'pair')}, of fewer than two relations; give norms of these words with --norms"
    )
    return HybridResult(
        pairs=len(known), categories=0, features=len(norms.features), templates=[], contrasts=[], permutations=0,
        alpha=alpha, without_norms=len(pairs) - len(known), source=pairs.source, norms_source=norms.source,
        notes=[note],
    )  # fmt: skip

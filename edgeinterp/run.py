"""One run: texts and norms through the model, activations into every check, results and verdicts out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ._version import __version__
from .checks.correspondence_run import PERMUTATIONS, CorrespondenceRun, new_stream
from .checks.correspondence_summary import MOST_TEXT_SCORES
from .checks.influence_run import InfluenceRun, new_study
from .checks.properties import CONTROLS as PROPERTY_CONTROLS
from .checks.properties import check_settings
from .checks.property_run import PropertiesRun
from .checks.relations_run import RelationsRun
from .clock import Clock, Progress
from .device import describe, model_info, peak_memory_mb
from .inputs import Inputs
from .model import Model, load
from .norms import Norms
from .pairs import Pairs
from .results import CheckResult, CorrespondenceResult, Result, TextScores, Verdict
from .settings import CHECKS, CONTROLS, Settings
from .threads import one_blas_thread

__all__ = ["CHECKS", "CONTROLS", "Settings", "check"]


def check(
    model: Model | str | Path | None = None,
    texts: Sequence[str] | str | Path | None = None,
    *,
    norms: Norms | str | Path | None = None,
    pairs: Pairs | str | Path | None = None,
    templates: Sequence[str] | str | Path | None = None,
    metric: str = "pearson",
    mapping: str = "ridge",
    only: Sequence[str] = CHECKS,
    permutations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    threshold: float = 0.9,
    head: tuple[int, int] | None = None,
    controls: Sequence[str] = CONTROLS,
    max_tokens: int = 256,
    threads: int | None = None,
    batch: int | None = None,
    low_memory: bool = False,
    budget: float | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run the checks on a model and return their results and verdicts.

    Parameters
    ----------
    model : Model, str or Path, optional
        An open model or a model folder; by default the embedded one.
    texts : sequence of str, or str or Path, optional
        Texts, or a file of them (see ``datasets.read_texts``); by default the embedded ones.
    norms : Norms, or str or Path, optional
        Human feature norms, or a file of them (see ``read_norms``); by default the embedded ones.
    pairs : Pairs, or str or Path, optional
        Pairs of words with their relations, or a file of them (see ``read_pairs``); by default the embedded ones.
    templates : sequence of str, or str or Path, optional
        Sentences that words are put into, or a file of them: with one ``{}`` each for words of norms (by default the
        bare word), with ``{1}`` and ``{2}`` for pairs (by default two embedded ones); see ``templates``.
    metric, mapping : str
        As in ``properties``.
    only : sequence of str
        Checks to run: ``correspondence``, ``influence``, ``relations``, ``properties``.
    permutations : int, optional
        By default 1,000; in ``properties`` fewer for rank metrics and for mappings that are refitted.
    seed, alpha, threshold
        As in ``Correspondence`` and ``properties``.
    head : tuple of int, optional
        Attention layer and head, from 1, that ``influence`` judges on its own.
    controls : sequence of str
        Controls to run; each applies to the check that has it.
    max_tokens : int
        Longer texts are cut, and counted.
    threads : int, optional
        Threads for onnxruntime, BLAS and kernels; by default every core this process may use. An open model keeps its
        own.
    batch : int, optional
        Most texts in a forward pass.
    low_memory : bool
        Fit a few layers at a time and repeat the passes: less memory, more time, the same numbers.
    budget : float, optional
        Seconds to aim for; texts, concepts and permutations are cut to fit, and ``notes`` says what was cut.
    progress : callable, optional
        Called with (phase, done, in all).

    Returns
    -------
    Result

    Raises
    ------
    InputError
        Where the model folder, the texts, the norms or a setting cannot be used.

    Examples
    --------
    >>> import edgeinterp as ei
    >>> texts = ["The cat sat on the mat in the warm hall."] * 3
    >>> result = ei.check(texts=texts, only=["correspondence"], permutations=9)
    >>> result.verdicts[0].verdict
    'supported'
    """
    settings = Settings(
        tuple(only), permutations, seed, alpha, threshold, tuple(controls), metric, mapping, max_tokens, batch,
        low_memory, budget, head,
    )  # fmt: skip
    # settings and files are judged before anything slow happens
    new_stream(settings, 1)
    check_settings(metric, mapping, permutations, alpha, settings.controls_of(PROPERTY_CONTROLS))
    clock = Clock()
    start = time.perf_counter()
    with clock.phase("load_s"):
        given = Inputs.read(settings, texts, norms, pairs, templates)
        if not isinstance(model, Model):
            model = load(_default_folder() if model is None else model, threads)
        if "influence" in settings.only:
            new_study(model, settings)
    with one_blas_thread():
        found = _results(model, given, settings, clock, progress or _silent)
    clock.seconds["total_s"] = time.perf_counter() - start
    return _assembled(model, settings, found, clock)


@dataclass
class _Found:
    """Results of the checks, and what is to be said about the run."""

    checks: dict[str, CheckResult]
    permutations: int
    notes: list[str]


def _results(model: Model, given: Inputs, settings: Settings, clock: Clock, progress: Progress) -> _Found:
    found = _Found({}, settings.permutations or PERMUTATIONS, [])
    if "correspondence" in settings.only:
        with clock.phase("load_s"):
            encoded = model.encode(given.texts, settings.max_tokens)
        run = CorrespondenceRun(model, settings, clock, progress)
        result = run.result(encoded)
        found.checks["correspondence"] = result
        found.permutations = run.settings.permutations or PERMUTATIONS
        found.notes += run.notes
        if result.truncated:
            found.notes.append(
                f"{result.truncated} texts were cut to {settings.max_tokens} tokens or the model's limit"
            )
    if "influence" in settings.only:
        influence = InfluenceRun(model, settings, clock, progress)
        found.checks["influence"] = influence.result(given.texts)
        found.notes += influence.notes
    if given.pairs is not None:
        relations = RelationsRun(model, settings, clock, progress)
        part = found.checks.get("correspondence")
        licence = part if isinstance(part, CorrespondenceResult) else None
        found.checks["relations"] = relations.result(given.pairs, given.pair_templates, licence, given.texts)
        found.notes += relations.notes
    if given.norms is not None:
        properties = PropertiesRun(model, settings, clock, progress)
        found.checks["properties"] = properties.result(given.norms, given.word_templates)
        found.notes += properties.notes
    return found


def _default_folder() -> Path:
    from edgeinterp_models import default_model_folder

    return default_model_folder()


def _silent(_phase: str, _done: int, _total: int) -> None:
    return


def _text_scores(checks: dict[str, CheckResult]) -> list[TextScores]:
    """Return each text's scores in every check that has some; where there are too many, those of influence first."""
    scores: dict[str, dict[str, Any]] = {}
    for name, part in checks.items():
        for text in getattr(part, "text_scores", []):
            scores.setdefault(text.hash, {})[name] = text.scores
    sampled = sorted(scores, key=lambda digest: "influence" not in scores[digest])
    kept = set(sampled[:MOST_TEXT_SCORES])
    return [TextScores(digest, found) for digest, found in scores.items() if digest in kept]


def _assembled(model: Model, settings: Settings, found: _Found, clock: Clock) -> Result:
    verdicts: list[Verdict] = []
    for part in found.checks.values():
        verdicts += part.verdicts
    return Result(
        edgeinterp=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=settings.seed,
        alpha=settings.alpha,
        permutations=found.permutations,
        model=model_info(model),
        device=describe(model.threads),
        checks=found.checks,
        verdicts=verdicts,
        texts=_text_scores(found.checks),
        timings={name: round(seconds, 3) for name, seconds in clock.seconds.items()},
        memory={"peak_mb": peak_memory_mb()},
        settings={
            "threshold": settings.threshold,
            "controls": list(settings.controls),
            "metric": settings.metric,
            "mapping": settings.mapping,
            "max_tokens": settings.max_tokens,
            "batch": settings.batch,
            "low_memory": settings.low_memory,
            "head": None if settings.head is None else f"{settings.head[0]}.{settings.head[1]}",
        },
        notes=found.notes,
    )

"""One run: texts and norms through the model, activations into every check, results and verdicts out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from ._version import __version__
from .checks.correspondence_run import PERMUTATIONS, CorrespondenceRun, new_stream
from .checks.properties import CONTROLS as PROPERTY_CONTROLS
from .checks.properties import check_settings
from .checks.property_run import PropertiesRun
from .clock import Clock, Progress
from .concepts import read_templates
from .datasets import default_texts, read_texts
from .device import describe, model_info, peak_memory_mb
from .errors import InputError
from .model import Model, load
from .norms import Norms, default_norms, read_norms
from .results import CheckResult, Result, TextScores, Verdict
from .settings import CHECKS, CONTROLS, Settings
from .threads import one_blas_thread

__all__ = ["CHECKS", "CONTROLS", "Settings", "check"]


def check(
    model: Model | str | Path | None = None,
    texts: Sequence[str] | str | Path | None = None,
    *,
    norms: Norms | str | Path | None = None,
    templates: Sequence[str] | str | Path | None = None,
    metric: str = "pearson",
    mapping: str = "ridge",
    only: Sequence[str] = CHECKS,
    permutations: int | None = None,
    seed: int = 0,
    alpha: float = 0.05,
    threshold: float = 0.9,
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
    templates : sequence of str, or str or Path, optional
        Contexts that words of norms stand in, or a file of them (see ``concepts.read_templates``); by default none.
    metric, mapping : str
        As in ``properties``.
    only : sequence of str
        Checks to run: ``correspondence``, ``properties``.
    permutations : int, optional
        By default 1,000; in ``properties`` fewer for rank metrics and for mappings that are refitted.
    seed, alpha, threshold
        As in ``Correspondence`` and ``properties``.
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
        low_memory, budget,
    )  # fmt: skip
    # settings and files are judged before anything slow happens
    new_stream(settings, 1)
    check_settings(metric, mapping, permutations, alpha, settings.controls_of(PROPERTY_CONTROLS))
    clock = Clock()
    start = time.perf_counter()
    with clock.phase("load_s"):
        given = _Inputs.read(settings, texts, norms, templates)
        if not isinstance(model, Model):
            model = load(_default_folder() if model is None else model, threads)
    with one_blas_thread():
        found = _results(model, given, settings, clock, progress or _silent)
    clock.seconds["total_s"] = time.perf_counter() - start
    return _assembled(model, settings, found, clock)


@dataclass(frozen=True)
class _Inputs:
    """What the checks that are run are given; empty for those that are not."""

    texts: list[str]
    norms: Norms | None
    templates: list[str] | None

    @classmethod
    def read(
        cls,
        settings: Settings,
        texts: Sequence[str] | str | Path | None,
        norms: Norms | str | Path | None,
        templates: Sequence[str] | str | Path | None,
    ) -> _Inputs:
        words = _texts(texts) if "correspondence" in settings.only else []
        if "properties" not in settings.only:
            return cls(words, None, None)
        if norms is None:
            norms = default_norms()
        elif not isinstance(norms, Norms):
            norms = read_norms(norms)
        if isinstance(templates, str | Path):
            templates = read_templates(templates)
        return cls(words, norms, None if templates is None else list(templates))


@dataclass
class _Found:
    """Results of the checks, and what is to be said about the run."""

    checks: dict[str, CheckResult]
    permutations: int
    notes: list[str]


def _results(model: Model, given: _Inputs, settings: Settings, clock: Clock, progress: Progress) -> _Found:
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
    if given.norms is not None:
        properties = PropertiesRun(model, settings, clock, progress)
        found.checks["properties"] = properties.result(given.norms, given.templates)
        found.notes += properties.notes
    return found


def _texts(texts: Sequence[str] | str | Path | None) -> list[str]:
    if texts is None:
        return default_texts()
    if isinstance(texts, str | Path):
        return read_texts(texts)
    if not texts:
        raise InputError("texts: none given")
    return list(texts)


def _default_folder() -> Path:
    from edgeinterp_models import default_model_folder

    return default_model_folder()


def _silent(_phase: str, _done: int, _total: int) -> None:
    return


def _assembled(model: Model, settings: Settings, found: _Found, clock: Clock) -> Result:
    verdicts: list[Verdict] = []
    texts: list[TextScores] = []
    for name, part in found.checks.items():
        verdicts += part.verdicts
        if name == "correspondence" and hasattr(part, "text_scores"):
            texts = [replace(text, scores={name: text.scores}) for text in part.text_scores]
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
        texts=texts,
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
        },
        notes=found.notes,
    )

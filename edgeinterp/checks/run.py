"""Run the checks: texts and norms through the model, activations into every check, results and verdicts out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from .._version import __version__
from ..errors import InputError
from ..exporting.opening import load
from ..inputs.norms import Norms
from ..inputs.pairs import Pairs
from ..model.model import Model
from ..model.random_weights import RANDOM_WEIGHTS, SHUFFLED
from ..reading.names import ATTENTION
from ..results.correspondence.controls import RANDOM_MODEL
from ..results.correspondence.result import CorrespondenceResult
from ..results.result import KINDS, CheckResult, InputFile, Result
from ..results.shared import TextScores, Verdict
from ..runtime.arguments import file_name, flag, random_number
from ..runtime.checkpoint import Checkpoint, digest
from ..runtime.clock import Clock, Progress, silent
from ..runtime.counting import counted
from ..runtime.json_values import from_json, to_json
from ..runtime.sequences import name_tuple
from ..runtime.threads import one_blas_thread
from .correspondence.run import PERMUTATIONS, CorrespondenceRun, correspondence_settings
from .correspondence.summary import MOST_TEXT_SCORES
from .details import Details
from .device import circumstances, describe
from .given import GivenNorms, Inputs
from .hybrid.run import HybridRun
from .influence.kept import checked_head
from .influence.run import InfluenceRun, new_study
from .properties.properties import check_settings
from .properties.run import PropertiesRun
from .relations.run import RelationsRun
from .settings import CHECKS, CONTROLS, Settings, renamed_keywords
from .text_readings import refuse_unreadable
from .unused import unused_notes

__all__ = ["CHECKS", "CONTROLS", "Settings", "check"]


@renamed_keywords(permutations="n_permutations", seed="random_state")
def check(
    model: Model | str | Path | None = None,
    texts: Iterable[str] | str | Path | None = None,
    *,
    text_column: str | None = None,
    norms: GivenNorms = None,
    pairs: Pairs | str | Path | None = None,
    confounds: Norms | str | Path | None = None,
    templates: Iterable[str] | str | Path | None = None,
    metric: str = "pearson",
    mapping: str = "ridge",
    only: Sequence[str] | str = CHECKS,
    n_permutations: int | None = None,
    random_state: Any = 0,
    alpha: float = 0.05,
    equal: float = 1.0,
    head: tuple[int, int] | None = None,
    value_zeroing: bool = False,
    controls: Sequence[str] | str = CONTROLS,
    random: str = SHUFFLED,
    reading: str = ATTENTION,
    max_tokens: int = 256,
    threads: int | None = None,
    batch: int | None = None,
    low_memory: bool = False,
    budget: float | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    details: str | Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """Run the checks on a model and return their results and verdicts.

    Parameters
    ----------
    model : Model, str or Path, optional
        An open model or a model folder; by default the embedded one.
    texts : iterable of str, or str or Path, optional
        Texts (a list, Series, array, generator ...), or a file of them (see ``read_texts``). A bare string names a
        file, or is one text where it has spaces and no such file exists. By default the embedded ones.
    text_column : str, optional
        Name of the texts' column in that file; by default ``text``.
    norms : Norms, or str or Path, or a list of these, optional
        Human feature norms, or a file of them (see ``read_norms``); by default the embedded ones. Of several sets, the
        first is the result's, the others stand beside it (``PropertiesResult.sets``, ``pairs``).
    pairs : Pairs, or str or Path, optional
        Pairs of words with their relations, or a file of them (see ``read_pairs``); by default the embedded ones.
    confounds : Norms, or str or Path, optional
        Numbers of the words of norms, or a file of them (words in the first column, and one column of numbers a
        confound), that ``properties`` erases from hidden states: the score without them.
    templates : iterable of str, or str or Path, optional
        Sentences with a place for words, or a file of them (a bare string with such a place is a template): with
        one ``{}`` each for words of norms (by default the bare word), with ``{1}`` and ``{2}`` for pairs (by default
        two embedded ones; none where pairs have texts of their own); see ``templates``.
    metric, mapping : str
        As in ``properties``.
    only : sequence of str, or str
        Checks to run: ``correspondence``, ``influence``, ``relations``, ``properties``, ``hybrid``; separated by
        commas in a bare string.
    n_permutations : int, optional
        By default 1,000; in ``properties`` fewer for rank metrics and for mappings that are refitted.
    random_state : int, NumPy generator or None
        Key of every random choice, of at most 63 bits. A generator is advanced by one draw; None takes a fresh one.
        ``Result.seed`` is the number that was taken: given again, it gives the same result.
    alpha : float
        As in ``Correspondence`` and ``properties``.
    equal : float
        Factor on delta, the differences that count as none: .05 of most statistics (``results/rule.py``).
    head : tuple of int, optional
        Attention layer and head, from 1, that ``influence`` judges on its own.
    value_zeroing : bool
        Whether ``influence`` judges value zeroing too: a pass for every token and block of every text.
    controls : sequence of str, or str
        Controls to run, separated by commas in a bare string; each applies to the checks that have it.
    random : str
        Weights of the control ``random_model``: ``shuffled`` or ``drawn`` (see ``random_model``).
    reading : str
        What ``relations`` and ``hybrid`` take for attention between words: the weights of every head (``attention``),
        or a reading of ``readings``, one number for each layer, such as ``alti`` or ``norm_rolled_up``.
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
        Target time in seconds; texts, concepts and permutations are reduced to fit, and ``notes`` lists the reductions
        and any excess time.
    checkpoint : str or Path, optional
        A folder for the state of the run, saved about every 20 seconds and after each part. It stays after the run;
        remove it once the result is saved. Not with ``budget``: a time limit is not reproducible.
    resume : bool
        Continue from ``checkpoint``; the result equals that of an uninterrupted run.
    details : str or Path, optional
        A folder for the raw scores behind the verdicts: a CSV file for each check, with words and texts
        (docs/howto/details.md has the columns). Each is written when its check is done, whole or not at all.
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
    >>> result = ei.check(texts=texts, only=["correspondence"], n_permutations=9)
    >>> result.verdicts[0].verdict
    'supported'
    """
    settings = Settings(
        name_tuple(only, "only"), n_permutations, random_number("random_state", random_state), alpha, equal,
        name_tuple(controls, "controls"), metric, mapping, max_tokens, batch, low_memory, budget, head,
        value_zeroing, random, reading,
    )  # fmt: skip
    if flag("resume", resume) and checkpoint is None:
        raise InputError("resume: needs a checkpoint folder to go on with")
    if checkpoint is not None and budget is not None:
        raise InputError(
            "budget: cuts by the clock, so that a run cannot be resumed to the same numbers; give one of both"
        )
    # settings and files are validated before any slow work
    correspondence_settings(settings, 1)
    check_settings(metric, mapping, settings.controls_of("properties"))
    asked = {
        "texts": texts,
        "text_column": text_column,
        "norms": norms,
        "pairs": pairs,
        "templates": templates,
        "confounds": confounds,
    }
    notes = unused_notes({**asked, **vars(settings)}, settings.only)
    raw = Details(details)
    clock = Clock()
    start = time.perf_counter()
    with clock.phase("load_s"):
        given = Inputs.read(settings, texts, norms, pairs, templates, text_column, confounds)
        if not isinstance(model, Model):
            model = load(_default_folder() if model is None else model, threads)
        if {"relations", "hybrid"} & set(settings.only):
            refuse_unreadable(model, settings.reading)
        checked_head(settings.head, model.manifest.layers, model.manifest.heads)
        if "influence" in settings.only:
            new_study(model, settings)
    with one_blas_thread():
        kept = Checkpoint()
        if checkpoint is not None:
            kept = Checkpoint.begin(
                file_name("checkpoint", checkpoint), _what_decides(model, given, settings, raw), resume
            )
        found = _results(_Run(model, settings, clock, progress or silent, kept, raw), given)
    if settings.random != Settings.random and RANDOM_MODEL.name in settings.controls:
        notes.append(f"random models have {RANDOM_WEIGHTS[settings.random]}")
    if model.manifest.architecture.endswith("(encoder)"):
        notes = [f"of {model.manifest.architecture}, attention is the encoder's; a decoder is not judged", *notes]
    found.notes[:0] = notes
    clock.seconds["total_s"] = total = time.perf_counter() - start
    if budget is not None and total > budget:
        found.notes.append(f"--budget {budget:g} was overshot: the run took {total:.2f} seconds, not {budget:g}")
    return _assembled(model, settings, found, clock, given.files)


@dataclass(frozen=True)
class _Run:
    """Shared inputs of every check's run."""

    model: Model
    settings: Settings
    clock: Clock
    progress: Progress
    checkpoint: Checkpoint
    details: Details

    @cached_property
    def pairs(self) -> RelationsRun:
        """The passes over pairs of words, shared by the checks that need them."""
        return RelationsRun(self.model, self.settings, self.clock, self.progress, self.checkpoint, self.details)


@dataclass
class _Found:
    """Results of the checks, and notes on the run."""

    checks: dict[str, CheckResult]
    permutations: int
    notes: list[str]


def _what_decides(model: Model, given: Inputs, settings: Settings, raw: Details) -> dict[str, str]:
    """Hash everything that determines a run's numbers, under names that its user knows."""
    pairs = given.pairs
    norms = [part for one in given.norms for part in (one.concepts, one.words, one.features, one.values)]
    chosen = asdict(settings)
    return {
        "version of edgeinterp": __version__,
        "version of onnxruntime": str(describe().onnxruntime),
        "model": digest(model.manifest.files),
        "settings": digest({name: chosen[name] for name in chosen if name != "budget"}),
        "texts": digest(given.texts),
        "norms": digest(*norms) if norms else "",
        "confounds": "" if given.confounds is None else digest(given.confounds.names, *given.confounds.rows.values()),
        "norms of pairs": "" if given.pair_norms is None else digest(given.pair_norms.words, given.pair_norms.values),
        "pairs": ""
        if pairs is None
        else digest(pairs.word1, pairs.word2, pairs.relations, pairs.categories, pairs.texts, pairs.starts),
        "templates": digest(given.word_templates, given.pair_templates),
        "details": "wanted" if raw else "",
    }


def _results(run: _Run, given: Inputs) -> _Found:
    found = _Found({}, run.settings.permutations or PERMUTATIONS, [])
    permutations = found.permutations
    checks: dict[str, Callable[[], _Found]] = {
        "correspondence": partial(_correspondence, run, given),
        "influence": partial(_influence, run, given),
        "relations": partial(_relations, run, given, found.checks),
        "properties": partial(_properties, run, given),
        "hybrid": partial(_hybrid, run, given),
    }
    for name, make in checks.items():
        if name not in run.settings.only:
            continue
        # a check whose file was removed meanwhile is run again
        part = _kept(run.checkpoint.value(name), name) if run.details.has(name) else None
        if part is None:
            part = make()
            if run.checkpoint.folder is not None:
                value = {"result": to_json(part.checks[name]), "permutations": part.permutations, "notes": part.notes}
                run.checkpoint.keep_value(name, value)
        found.checks[name] = part.checks[name]
        found.notes.extend(note for note in part.notes if note not in found.notes)
        if name == "correspondence":
            permutations = part.permutations
    return replace(found, permutations=permutations)


def _kept(value: Any, name: str) -> _Found | None:
    """Return the saved result of a finished check; None where there is none that can be read."""
    try:
        return _Found({name: from_json(KINDS[name], value["result"])}, value["permutations"], value["notes"])
    except (KeyError, TypeError, ValueError):
        return None


def _correspondence(run: _Run, given: Inputs) -> _Found:
    with run.clock.phase("load_s"):
        encoded = run.model.encode(given.texts, run.settings.max_tokens)
    one = CorrespondenceRun(run.model, run.settings, run.clock, run.progress, run.checkpoint)
    result = one.result(encoded)
    if run.details:
        run.details.write_texts("correspondence", result.text_scores, given.texts, 0)
    notes = list(one.notes)
    if result.truncated:
        notes.append(
            f"{counted(result.truncated, 'text was', 'texts were')} cut to {counted(run.settings.max_tokens, 'token')} "
            "or the model's limit"
        )
    return _Found({"correspondence": result}, one.settings.permutations or PERMUTATIONS, notes)


def _influence(run: _Run, given: Inputs) -> _Found:
    one = InfluenceRun(run.model, run.settings, run.clock, run.progress)
    result = one.result(given.texts)
    if run.details:
        run.details.write_texts("influence", result.text_scores, given.texts, 1)
    return _Found({"influence": result}, 0, one.notes)


def _relations(run: _Run, given: Inputs, done: dict[str, CheckResult]) -> _Found:
    assert given.pairs is not None
    one = run.pairs
    part = done.get("correspondence")
    licence = part if isinstance(part, CorrespondenceResult) else None
    result = one.result(given.pairs, given.pair_templates, licence, given.texts)
    return _Found({"relations": result}, 0, one.notes)


def _properties(run: _Run, given: Inputs) -> _Found:
    one = PropertiesRun(run.model, run.settings, run.clock, run.progress, run.checkpoint, run.details)
    return _Found({"properties": one.result(given.norms, given.word_templates, given.confounds)}, 0, one.notes)


def _hybrid(run: _Run, given: Inputs) -> _Found:
    assert given.pairs is not None
    assert given.pair_norms is not None
    result = HybridRun(run.pairs).result(given.pairs, given.pair_templates, given.pair_norms)
    notes = ["of several sets of norms, hybrid takes the first"] if len(given.norms) > 1 else []
    return _Found({"hybrid": result}, 0, [*notes, *run.pairs.notes])


def _default_folder() -> Path:
    from edgeinterp_models import default_model_folder

    return default_model_folder()


def _text_scores(checks: dict[str, CheckResult]) -> list[TextScores]:
    """Return each text's scores in every check that has some; beyond the limit, those of influence first."""
    scores: dict[str, dict[str, Any]] = {}
    for name, part in checks.items():
        for text in getattr(part, "text_scores", []):
            scores.setdefault(text.hash, {})[name] = text.scores
    sampled = sorted(scores, key=lambda digest: "influence" not in scores[digest])
    kept = set(sampled[:MOST_TEXT_SCORES])
    return [TextScores(digest, found) for digest, found in scores.items() if digest in kept]


def _assembled(model: Model, settings: Settings, found: _Found, clock: Clock, files: list[InputFile]) -> Result:
    verdicts: list[Verdict] = []
    for part in found.checks.values():
        verdicts += part.verdicts
    return Result(
        **circumstances(model, clock),
        seed=settings.seed,
        alpha=settings.alpha,
        permutations=found.permutations,
        checks=found.checks,
        verdicts=verdicts,
        texts=_text_scores(found.checks),
        settings={
            "equal": settings.equal,
            "controls": list(settings.controls),
            "random": settings.random,
            "reading": settings.reading,
            "metric": settings.metric,
            "mapping": settings.mapping,
            "max_tokens": settings.max_tokens,
            "batch": settings.batch,
            "low_memory": settings.low_memory,
            "value_zeroing": settings.value_zeroing,
            "head": None if settings.head is None else f"{settings.head[0]}.{settings.head[1]}",
        },
        notes=found.notes,
        inputs=files,
    )

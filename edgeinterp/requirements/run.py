"""``require``: run what the needs ask for, and decide each."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from inspect import signature
from pathlib import Path
from typing import Any

from .._version import __version__
from ..checks.device import describe, model_info
from ..checks.given import given_texts
from ..checks.judge.judging import judge
from ..checks.output.heads import leave_out_heads
from ..checks.run import check
from ..checks.settings import CHECKS, Settings
from ..comparing.activations import compare_activations
from ..comparing.result import ActivationDifferences
from ..comparing.run import opened_source
from ..comparing.saved import common_checks, refuse_different
from ..errors import InputError
from ..exporting.opening import load
from ..model.model import Model
from ..model.random_model import RandomModelError, load_random
from ..model.random_weights import known_kind
from ..results.result import Result
from ..runtime.arguments import level, random_number
from ..runtime.clock import Clock, Progress, silent
from .deciding import decided, holm, more_units, smallest_levels
from .evidence import Evidence, Piece
from .needs import VERDICTS, Need, Needs, read_needs
from .result import NeedOutcome, Requirements

__all__ = ["require"]

# of the model with random weights that is judged: none of those that checks draw themselves
RANDOM_SEED = 7_001

Source = Model | Result | str | Path


def require(
    model: Source,
    needs: str | Path | Sequence[Mapping[str, Any]] | Needs,
    baseline: Source | None = None,
    *,
    texts: Iterable[str] | str | Path | None = None,
    scores: Any = None,
    target: str | None = None,
    random_state: Any = 0,
    alpha: float = 0.05,
    threads: int | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> Requirements:
    """Decide whether a model meets the needs of a use, each ``met``, ``not met`` or ``undecided``.

    A bound is met where the whole one-sided interval of its statistic lies on its side, and not met where it lies on
    the other. A change between two builds is met where the whole interval of the paired difference lies inside the
    margin (equivalence, by two one-sided tests), and not met where it lies outside. A verdict is met where the model's
    is at least as good. p-values of bounds, changes and supported verdicts are adjusted over all needs (Holm 1979).

    Parameters
    ----------
    model : Model, Result, str or Path
        A model, on which everything is run that the needs ask for; or a result of ``check`` or ``judge``.
    needs : str or Path, or sequence of dict
        A file of TOML, the name of a profile (``draw-attention``, ``highlight``, ``quantise``, ``prune-heads``,
        ``embedding-search``), or dicts with the keys of a ``[[need]]`` (docs/howto/require.md).
    baseline : Model, Result, str or Path, optional
        The build that ``model`` is held against, where a need is about a change.
    texts : iterable of str, str or Path, optional
        As in ``check``.
    scores, target
        As in ``judge``, for needs of it.
    random_state, alpha, threads, progress
        As in ``check``.
    **settings
        Further settings of ``check``, such as ``norms``, ``pairs``, ``n_permutations``. ``random`` is also the kind of
        model that must fail.

    Returns
    -------
    Requirements

    Raises
    ------
    InputError
        Where the needs cannot be read, the result lacks what they are about, or a baseline is needed and not given.

    Examples
    --------
    >>> import edgeinterp as ei
    >>> result = ei.check(texts=["The cat sat on the mat in the warm hall."] * 3, only="correspondence",
    ...                   n_permutations=9)
    >>> need = {"use": "links of layer 1", "check": "correspondence", "layers": [1], "verdict": "supported"}
    >>> ei.require(result, [need]).outcome
    'met'
    """
    wanted = read_needs(needs)
    if baseline is None and any(need.of_two for need in wanted.needs):
        one = next(need for need in wanted.needs if need.of_two)
        raise InputError(
            f"{wanted.name}: {one.use!r} is about two builds; give the one to hold it against (--baseline, baseline=)"
        )
    unknown = next((name for name in settings if name not in signature(check).parameters), None)
    if unknown is not None:
        raise TypeError(f"require: the argument {unknown} is not known")
    clock, start = Clock(), time.perf_counter()
    subject, before = _opened(model, threads), None if baseline is None else _opened(baseline, threads)
    if isinstance(subject, Result):
        idle = {"texts": texts, "scores": scores, "target": target, **settings}
        odd = next((name for name, value in idle.items() if value is not None), None)
        if odd is not None:
            raise InputError(f"{odd}: is for a model; a result has what it was made with")
        if isinstance(before, Model):
            raise InputError("baseline: is a model, and what is held against it is a result; give two of one kind")
    given = given_texts(texts, None) if isinstance(subject, Model) else None
    common = {"random_state": random_number("random_state", random_state), "alpha": level(alpha), **settings}
    common["random"] = known_kind("random", settings.get("random", Settings.random))
    run = _Run(wanted, given, scores, target, common, progress or silent, clock)
    found = run.outcomes(subject, before)
    random, reason = None, None
    if wanted.random_model:
        random, reason = run.of_random(subject)
    clock.seconds["total_s"] = time.perf_counter() - start
    return Requirements(
        edgeinterp=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        name=Path(wanted.name).name,
        use=wanted.use,
        seed=common["random_state"],
        alpha=common["alpha"],
        model=_info(subject),
        device=subject.device if isinstance(subject, Result) else describe(threads),
        needs=found,
        baseline=None if before is None else _info(before),
        random_model=random,
        reason=reason,
        notes=_unused(wanted, baseline),
        timings={name: round(seconds, 3) for name, seconds in clock.seconds.items()},
        random=common["random"],
    )


def _unused(needs: Needs, baseline: Any) -> list[str]:
    if baseline is None or any(need.of_two for need in needs.needs):
        return []
    return ["the baseline was given but not used: no need is about a change"]


def _opened(source: Source, threads: int | None) -> Model | Result:
    found = opened_source(source)
    return found if isinstance(found, Model | Result) else load(found, threads)


def _info(source: Any) -> Any:
    return source.model if isinstance(source, Result) else model_info(source)


class _Run:
    """What one call runs, on the model, on its baseline and on a random model."""

    def __init__(
        self, needs: Needs, texts: list[str] | None, scores: Any, target: str | None, settings: dict[str, Any],
        progress: Progress, clock: Clock,
    ) -> None:  # fmt: skip
        self.needs, self.texts, self.scores, self.target = needs, texts, scores, target
        self.settings, self.progress, self.clock = settings, progress, clock
        self.alpha = settings["alpha"]

    def outcomes(self, model: Model | Result, baseline: Model | Result | None) -> list[NeedOutcome]:
        """Run what is needed, and decide every need."""
        needs = self.needs.needs
        two = [need for need in needs if need.of_two]
        own = self._result(model, needs, "")
        before = None if baseline is None or not two else self._result(baseline, two, "baseline: ")
        if own is not None and before is not None:
            refuse_different(own, before, common_checks(own, before))
        activations = self._activations(two, model, baseline)
        return self._decided(needs, Evidence(self.alpha, own, before, activations, self._heads(needs, model)))

    def of_random(self, model: Model | Result) -> tuple[list[NeedOutcome] | None, str | None]:
        """Decide the needs of one build on a model with random weights; or say why not."""
        if not isinstance(model, Model):
            return None, "a result cannot be run with random weights; give the model to have that seen"
        needs = [need for need in self.needs.needs if not need.of_two]
        if not needs:
            return None, "every need is about two builds"
        try:
            random = load_random(model, RANDOM_SEED, kind=self.settings["random"])
        except RandomModelError as error:
            return None, error.reason
        own = self._result(random, needs, "random model: ")
        return self._decided(needs, Evidence(self.alpha, own, heads=self._heads(needs, random))), None

    def _activations(
        self, two: Sequence[Need], model: Model | Result, baseline: Model | Result | None
    ) -> ActivationDifferences | None:
        if not any(need.check == "activations" for need in two):
            return None
        if not isinstance(model, Model) or not isinstance(baseline, Model) or self.texts is None:
            raise InputError("need of activations: results do not keep them; give two models")
        with self.clock.phase("activations_s"):
            return compare_activations(
                (model, baseline), self.texts, seed=self.settings["random_state"], alpha=self.alpha,
                max_tokens=self.settings.get("max_tokens", 256), batch=self.settings.get("batch"),
                progress=self.progress,
            )  # fmt: skip

    def _result(self, model: Model | Result, needs: Sequence[Need], name: str) -> Result | None:
        if isinstance(model, Result):
            return model
        checks = {one for need in needs for one in _checks_of(need)}

        def progress(phase: str, done: int, total: int) -> None:
            self.progress(f"{name}{phase}", done, total)

        found: Result | None = None
        only = [one for one in CHECKS if one in checks]
        if only:
            with self.clock.phase("checks_s"):
                found = check(model, self.texts, only=only, progress=progress, **self.settings)
        if "judge" in checks:
            given: dict[str, Any] = {"scores": self.scores} if self.scores is not None else {"texts": self.texts}
            passed = ("random_state", "alpha", "n_permutations", "equal", "max_tokens")
            plain = {key: self.settings[key] for key in passed if self.settings.get(key) is not None}
            with self.clock.phase("judge_s"):
                judged = judge(model, target=self.target, curves=False, progress=progress, **given, **plain)
            found = judged if found is None else _merged(found, judged)
        return found

    def _heads(self, needs: Sequence[Need], model: Model | Result) -> Any:
        asked = {(need.share, need.heads) for need in needs if need.check == "heads"}
        if not asked:
            return {}
        if not isinstance(model, Model):
            raise InputError("need of heads: a result cannot be run without heads; give the model")
        found = {}
        for share, names in sorted(asked, key=str):
            each = any(need.statistic == "agreement" for need in needs if (need.share, need.heads) == (share, names))
            heads = [(int(layer), int(head)) for layer, head in (one.split(".") for one in names)] or None
            with self.clock.phase("heads_s"):
                found[share, names] = leave_out_heads(
                    model, self.texts, heads, share=share or 0.1, target=self.target, each=each, progress=self.progress
                )
        return found

    def _decided(self, needs: Sequence[Need], evidence: Evidence) -> list[NeedOutcome]:
        pieces = [evidence.pieces(need) for need in needs]
        levels = [[_levels(need, piece) for piece in own] for need, own in zip(needs, pieces, strict=True)]
        combined = [_combined(need, own) for need, own in zip(needs, levels, strict=True)]
        met, failed = (holm([one[side] for one in combined]) for side in (0, 1))
        found = []
        for need, own, each, *adjusted in zip(needs, pieces, levels, met, failed, strict=True):
            outcome = decided(adjusted[0], adjusted[1], self.alpha)
            deciding = own[_deciding(need, each, outcome)]
            p = {"met": adjusted[0], "not met": adjusted[1]}.get(outcome)
            found.append(self._told(need, deciding, outcome, p, len(own), len(needs)))
        return found

    def _told(self, need: Need, deciding: Piece, outcome: str, p: float | None, layers: int, needs: int) -> NeedOutcome:
        """Say the outcome, and the numbers of the layer that decides."""
        which = "the best" if (need.layers == "any") == (outcome != "not met") else "the worst"
        because = f"{deciding.where}{f' ({which} of {layers})' if layers > 1 else ''}: "
        plain = NeedOutcome(need.use, need.check, outcome, "", need.bound)
        if need.verdict:
            return replace(plain, because=f"{because}{deciding.verdict or 'not judged'}: {deciding.because}")
        found = deciding.measured
        if found is None:
            return replace(plain, because=because + deciding.because, statistic=need.statistic)
        ci = found.bounds(self.alpha)
        because += f"{need.statistic} {'changes by ' if need.change_at_most else ''}{found.value:.3g}"
        if found.units:
            because += " (no interval)" if ci is None else f" (one-sided bounds {ci[0]:.3g} and {ci[1]:.3g})"
        if deciding.because:
            because += f": {deciding.because}"
        more = None
        if outcome == "undecided":
            more = more_units(found, need.bounds, needs, self.alpha)
            because += (
                f"; about {more:,} {found.unit} are nearly sure to decide" if more is not None
                else f"; it lies too near to the bound to say how many {found.unit} would decide"
            )  # fmt: skip
        return replace(
            plain, because=because, statistic=need.statistic, value=found.value, ci=ci, p_adjusted=p, more=more,
            unit=found.unit,
        )  # fmt: skip


def _levels(need: Need, piece: Piece) -> tuple[float, float]:
    """Return the p of "not met" and of "met" for one piece."""
    if need.verdict:
        return _of_verdict(need.verdict, piece)
    if piece.measured is None:
        return 1.0, 1.0
    return smallest_levels(piece.measured, need.at_least, need.at_most, need.change_at_most)


def _deciding(need: Need, levels: Sequence[tuple[float, float]], outcome: str) -> int:
    """Return which of several layers decides: the worst where all must meet the need, else the best."""
    side = 1 if outcome == "not met" else 0
    chosen = max if (need.layers == "any") == (outcome == "not met") else min
    return chosen(range(len(levels)), key=lambda at: levels[at][side])


def _checks_of(need: Need) -> tuple[str, ...]:
    """Return the checks that a need rests on."""
    found = {
        "licence": ("correspondence", "influence"), "flips": ("correspondence", "influence"), "activations": (),
        "heads": (),
    }  # fmt: skip
    return found.get(need.check, (need.check,))


def _merged(first: Result, second: Result) -> Result:
    return replace(
        first,
        checks={**first.checks, **second.checks},
        verdicts=[*first.verdicts, *second.verdicts],
        texts=[*first.texts, *second.texts],
    )


def _of_verdict(wanted: str, piece: Piece) -> tuple[float, float]:
    """Return both p-values of a verdict: the check's own adjusted p where it is good enough, 0 where it is worse."""
    if piece.verdict is None:
        return 1.0, 1.0
    rank = VERDICTS.index
    if rank(piece.verdict) >= rank(wanted):
        return 1.0 if piece.p is None else piece.p, 1.0
    return 1.0, 1.0 if piece.verdict == "undecided" else 0.0


def _combined(need: Need, levels: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Combine layers: all must meet the need, or any one of them; the rarer statement pays for having looked often."""
    if not levels:
        return 1.0, 1.0
    met, failed = [one[0] for one in levels], [one[1] for one in levels]
    # the p of a verdict is adjusted for the layers of its check already
    times = 1 if need.verdict else len(levels)
    if need.layers == "any":
        return min(1.0, times * min(met)), max(failed)
    return max(met), min(1.0, times * min(failed))

"""Compare two model folders on the same texts, or two saved results."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import signature
from pathlib import Path
from typing import Any

from .._version import __version__
from ..checks.device import describe, model_info
from ..checks.given import given_texts
from ..checks.influence.kept import checked_head
from ..checks.run import check
from ..checks.settings import CHECKS, Settings, renamed_keywords
from ..checks.unused import unused_notes
from ..errors import InputError
from ..exporting.opening import load
from ..model.manifest import FILE_NAME as MANIFEST
from ..model.model import Model
from ..results.result import Result, load_result
from ..runtime.arguments import file_name, random_number
from ..runtime.clock import Clock, Progress, silent
from ..runtime.files import shell_word, unreadable
from ..runtime.sequences import name_tuple
from ..runtime.system import peak_memory_mb
from ..runtime.threads import one_blas_thread
from .activations import NothingAlikeError, compare_activations
from .result import Comparison
from .saved import compare_results
from .verdicts import claim_pairs, unpaired_notes

__all__ = ["PARTS", "compare", "opened_source"]

# choices of --only
PARTS = ("activations", *CHECKS)

Source = Model | Result | str | Path


@renamed_keywords(permutations="n_permutations", seed="random_state")
def compare(
    a: Source,
    b: Source,
    texts: Iterable[str] | str | Path | None = None,
    *,
    text_column: str | None = None,
    only: Sequence[str] | str | None = None,
    random_state: Any = 0,
    alpha: float = 0.05,
    max_tokens: int = 256,
    threads: int | None = None,
    batch: int | None = None,
    progress: Progress | None = None,
    **settings: Any,
) -> Comparison:
    """Compare two builds of one model, or the results of two machines: do they give the same readings?

    Two models: the same texts run through both, hidden states and attentions are compared token by token in one pass,
    and every check runs on both with the same settings. Two results (``Result``, ``result.json``, or a folder with
    one): only their verdicts are compared, since results do not keep activations.

    Parameters
    ----------
    a, b : Model, Result, str or Path
        Two models (or model folders), or two results.
    texts : iterable of str, or str or Path, optional
        As in ``check``; for models only.
    text_column : str, optional
        As in ``check``.
    only : sequence of str, or str, optional
        ``activations`` and names of checks; by default all of them.
    random_state, alpha, max_tokens, threads, batch, progress
        As in ``check``.
    **settings
        Further settings of ``check``, such as ``n_permutations``, ``norms`` or ``controls``; for models only.

    Returns
    -------
    Comparison
        Differences by layer, every verdict in both, and the flips: ``real`` where the paired interval of a deciding
        statistic, a less b, excludes 0; else ``borderline``.

    Raises
    ------
    InputError
        Where a model, a result or a setting cannot be used, the two are not of one kind, or two results were made
        with different settings.

    Notes
    -----
    Both models are open while activations are compared: memory is that of both, and 12 bytes x hidden size squared for
    each hidden state. A difference is not damage: the comparison does not ask which of the two is right. See
    docs/method.md, "Compare".

    Examples
    --------
    >>> import edgeinterp as ei, edgeinterp_models
    >>> folder = edgeinterp_models.default_model_folder()
    >>> same = ei.compare(folder, folder, ["The cat sat on the mat in the warm hall."] * 3, only=["activations"])
    >>> same.activations.hidden_states[6].cosine.mean, same.activations.first_difference
    (1.0, None)
    """
    wanted = PARTS if only is None else name_tuple(only, "only")
    for name in wanted:
        if name not in PARTS:
            raise InputError(f"only: {name!r} is not known; choose from {', '.join(PARTS)}")
    if not wanted:
        raise InputError(f"only: names nothing; choose from {', '.join(PARTS)}")
    first, second = opened_source(a), opened_source(b)
    if isinstance(first, Result) and isinstance(second, Result):
        if (
            texts is not None
            or text_column is not None
            or settings
            or (random_state, alpha, max_tokens, batch) != (0, 0.05, 256, None)
        ):
            raise InputError("texts and settings of checks are for model folders; two results have theirs already")
        try:
            return compare_results(first, second, wanted)
        except InputError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # every value has its type, but they do not belong together
            raise InputError(
                f"{_name(a)}, {_name(b)}: their contents disagree ({type(error).__name__}: {error}); write "
                "both again with `edgeinterp check --out`"
            ) from None
    if isinstance(first, Result) or isinstance(second, Result):
        kinds = " and ".join("a result" if isinstance(side, Result) else "a model" for side in (first, second))
        raise InputError(f"{_name(a)}, {_name(b)}: {kinds}; give two model folders, or two result.json")
    unknown = next((name for name in settings if name not in signature(check).parameters), None)
    if unknown is not None:
        raise TypeError(f"compare: the argument {unknown} is not known")
    # what can be gone through once is needed for both
    settings = {name: list(value) if isinstance(value, Iterator) else value for name, value in settings.items()}
    checked = Settings(
        seed=random_number("random_state", random_state), alpha=alpha, max_tokens=max_tokens, batch=batch
    )
    common = {name: getattr(checked, name) for name in ("seed", "alpha", "max_tokens", "batch")}
    notes = [] if set(wanted) & set(CHECKS) else _unused(settings)
    run = _Run(given_texts(texts, text_column), wanted, common, settings, notes, progress or silent)
    models = _loaded(first, threads), _loaded(second, threads)
    for model in models:
        checked_head(settings.get("head"), model.manifest.layers, model.manifest.heads)
    return run.compared(*models)


def _unused(settings: dict[str, Any]) -> list[str]:
    """Return a note on every setting of checks, as none is run; a file that is not there is refused."""
    unused_notes(settings, ())
    return [f"{name} was given but not used: it is for checks, and none was run" for name in settings]


def _loaded(source: Model | Path, threads: int | None) -> Model:
    return source if isinstance(source, Model) else load(source, threads)


def opened_source(source: Source) -> Model | Result | Path:
    """Return a model or a result unchanged, the result at a path, or the path of a model folder."""
    if isinstance(source, Model | Result):
        return source
    path = file_name("model or result", source)
    try:
        path.stat()
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such file or folder; expected a model folder (`edgeinterp export SOURCE {shell_word(path)}` "
            "makes one), or a result.json that `edgeinterp check --out` wrote"
        ) from None
    except (OSError, ValueError) as error:
        raise unreadable(path, error, "a model folder or a result.json") from None
    if path.suffix == ".onnx":
        return path
    # a result may come through a pipe
    if not path.is_dir() or (not (path / MANIFEST).exists() and (path / "result.json").exists()):
        return load_result(path)
    return path


def _name(source: Source) -> str:
    if isinstance(source, Result):
        return f"result of {source.model.path}"
    return str(source.folder if isinstance(source, Model) else source)


@dataclass(frozen=True)
class _Run:
    """Two models, the same texts, the same settings."""

    texts: list[str]
    wanted: tuple[str, ...]
    common: dict[str, Any]
    settings: dict[str, Any]
    unused: list[str]
    progress: Progress

    def compared(self, a: Model, b: Model) -> Comparison:
        start, clock = time.perf_counter(), Clock()
        results = {}
        checks = [name for name in self.wanted if name in CHECKS]
        for name, model in (("a", a), ("b", b)):
            if checks:
                # before activations: the first check refuses invalid settings
                with clock.phase(f"check_{name}_s"):
                    results[name] = self._checked(name, model, checks)
        activations, reason = None, "they were not among the parts asked for"
        if "activations" in self.wanted:
            try:
                with clock.phase("activations_s"), one_blas_thread():
                    activations = compare_activations((a, b), self.texts, **self.common, progress=self.progress)
            except NothingAlikeError as error:
                if not checks:
                    raise
                reason = error.reason
        clock.seconds["total_s"] = time.perf_counter() - start
        return Comparison(
            edgeinterp=__version__,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            seed=self.common["seed"],
            alpha=self.common["alpha"],
            model={"a": model_info(a), "b": model_info(b)},
            device={"a": describe(a.threads), "b": describe(b.threads)},
            activations=activations,
            verdicts=claim_pairs(results["a"], results["b"], self.common["alpha"]) if results else [],
            settings={"only": list(self.wanted), **self.common, **self._shown(results.get("a"))},
            notes=self.unused + self._notes(results),
            timings={name: round(seconds, 3) for name, seconds in clock.seconds.items()},
            memory={"peak_mb": peak_memory_mb()},
            reason=reason if activations is None else None,
        )

    def _checked(self, name: str, model: Model, checks: list[str]) -> Result:
        def progress(phase: str, done: int, total: int) -> None:
            self.progress(f"{name}: {phase}", done, total)

        given = {"random_state" if name == "seed" else name: value for name, value in self.common.items()}
        return check(model, self.texts, only=checks, progress=progress, **given, **self.settings)

    @staticmethod
    def _notes(results: dict[str, Result]) -> list[str]:
        sides: dict[str, list[str]] = {}
        for name, result in results.items():
            for note in result.notes:
                sides.setdefault(note, []).append(name)
        notes = [f"{' and '.join(names)}: {note}" for note, names in sides.items()]
        return notes + unpaired_notes(results["a"], results["b"]) if results else notes

    @staticmethod
    def _shown(result: Result | None) -> dict[str, Any]:
        return {} if result is None else {"permutations": result.permutations, **result.settings}

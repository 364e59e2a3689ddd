"""One run: texts through the model, activations into every check, results and verdicts out."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ._version import __version__
from .checks.correspondence import CONTROLS, SHORTEST, Correspondence
from .checks.correspondence_summary import summarise
from .checks.tallies import Tallies, joined
from .content import content_key, swap_positions
from .datasets import default_texts, read_texts
from .device import describe, peak_memory_mb
from .errors import InputError
from .model import Activations, EncodedText, Model, load
from .results import CorrespondenceResult, ModelInfo, Result
from .threads import one_blas_thread

__all__ = ["CHECKS", "Settings", "check"]

CHECKS = ("correspondence",)
SWAP_TEXTS = 32
# layers fitted at a time with low_memory
LAYER_GROUP = 4
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Settings:
    """How a run is done; the command line's options, under the same names."""

    only: Sequence[str] = CHECKS
    permutations: int = 1000
    seed: int = 0
    alpha: float = 0.05
    threshold: float = 0.9
    controls: Sequence[str] = CONTROLS
    max_tokens: int = 256
    batch: int | None = None
    low_memory: bool = False
    budget: float | None = None

    def __post_init__(self) -> None:
        for name in self.only:
            if name not in CHECKS:
                raise InputError(f"check {name!r} is not known; choose from {', '.join(CHECKS)}")
        if not self.only:
            raise InputError(f"only: names no check; choose from {', '.join(CHECKS)}")
        if not -(2**63) <= self.seed < 2**63:
            raise InputError(f"seed {self.seed}: expected a whole number of at most 63 bits")
        if self.budget is not None and not self.budget > 0.0:
            raise InputError(f"budget {self.budget:g}: expected a number of seconds above 0")


@dataclass
class _Clock:
    """Seconds by phase."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start

    def forward(self, name: str, batches: Iterator[Activations]) -> Iterator[Activations]:
        """Pass batches on, counting the time that making them takes."""
        while True:
            with self.phase(name):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch


def check(
    model: Model | str | Path | None = None,
    texts: Sequence[str] | str | Path | None = None,
    *,
    only: Sequence[str] = CHECKS,
    permutations: int = 1000,
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
    only : sequence of str
        Checks to run.
    permutations, seed, alpha, threshold
        As in ``Correspondence``.
    controls : sequence of str
        Controls to run.
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
        Seconds to aim for; texts and permutations are cut to fit, and ``notes`` says what was cut.
    progress : callable, optional
        Called with (phase, texts done, texts in all).

    Returns
    -------
    Result

    Raises
    ------
    InputError
        Where the model folder, the texts or a setting cannot be used.

    Examples
    --------
    >>> import edgeinterp as ei
    >>> result = ei.check(texts=["The cat sat on the mat in the warm hall."] * 3, permutations=9)
    >>> result.verdicts[0].verdict
    'supported'
    """
    settings = Settings(
        tuple(only), permutations, seed, alpha, threshold, tuple(controls), max_tokens, batch, low_memory, budget
    )
    # settings are judged before anything slow happens
    _new_stream(settings, 1)
    clock = _Clock()
    start = time.perf_counter()
    with clock.phase("load_s"):
        if not isinstance(model, Model):
            model = load(_default_folder() if model is None else model, threads)
        words = _texts(texts)
        encoded = model.encode(words, settings.max_tokens)
    with one_blas_thread():
        run = _Run(model, settings, clock, progress or _silent)
        result = run.correspondence(encoded)
    clock.seconds["total_s"] = time.perf_counter() - start
    return _assembled(model, run, result, clock)


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


def _new_stream(settings: Settings, threads: int) -> Correspondence:
    return Correspondence(
        alpha=settings.alpha,
        threshold=settings.threshold,
        n_permutations=settings.permutations,
        random_state=settings.seed,
        threads=threads,
        controls=settings.controls,
    )


class _Run:
    """The passes of one run over one model."""

    def __init__(self, model: Model, settings: Settings, clock: _Clock, progress: Progress) -> None:
        self.model, self.settings, self.clock, self.progress = model, settings, clock, progress
        self.notes: list[str] = []

    def correspondence(self, encoded: Sequence[EncodedText]) -> CorrespondenceResult:
        """Fit half, evaluation half, swapped copies; with ``low_memory`` once for each group of layers."""
        keyed = [(content_key(text.ids, self.settings.seed), text) for text in encoded if text.ids.size]
        if not keyed:
            raise InputError("texts: the tokenizer finds no token in any of them")
        keyed = self._within_budget(keyed)
        keyed.sort(key=lambda pair: (pair[1].ids.size, pair[0]))
        fit = [pair for pair in keyed if not pair[0] & 1]
        evaluate = [pair for pair in keyed if pair[0] & 1 and np.count_nonzero(~pair[1].special) >= SHORTEST]
        layers = self.model.manifest.layers + 1
        size = LAYER_GROUP if self.settings.low_memory else layers
        groups = [list(range(first, min(first + size, layers))) for first in range(1, layers, size)]
        parts = []
        stream = _new_stream(self.settings, self.model.threads)
        for group in groups:
            stream = _new_stream(self.settings, self.model.threads)
            stream.truncated = sum(text.truncated for _, text in keyed)
            parts.append(self._pass(stream, [0, *group], fit, evaluate))
        with self.clock.phase("correspondence_s"):
            result = summarise(joined(parts), stream)
        return self._named(result, dict(evaluate))

    def _pass(
        self,
        stream: Correspondence,
        layers: list[int],
        fit: list[tuple[int, EncodedText]],
        evaluate: list[tuple[int, EncodedText]],
    ) -> Tallies:
        chosen = self._swaps(evaluate)
        references: dict[int, NDArray[np.float32]] = {}
        for part, pairs in (("fit", fit), ("evaluate", evaluate)):
            texts = [text for _, text in pairs]
            batches = self.model.activations(texts, layers, batch=self.settings.batch)
            done = 0
            for batch in self.clock.forward("forward_s", batches):
                with self.clock.phase("correspondence_s"):
                    stream.update(
                        batch.hidden_states,
                        batch.token_ids,
                        batch.lengths,
                        part,
                        batch.special_tokens_mask,
                    )
                if part == "evaluate":
                    ends = np.cumsum(batch.lengths)
                    for index, last, size in zip(batch.texts, ends, batch.lengths, strict=True):
                        if pairs[index][0] in chosen:
                            references[pairs[index][0]] = batch.hidden_states[0][last - size : last].copy()
                done += len(batch.texts)
                self.progress(f"{part} half", done, len(texts))
        self._swapped(stream, layers, chosen, references)
        with self.clock.phase("correspondence_s"):
            return stream.finish()

    def _swaps(self, evaluate: list[tuple[int, EncodedText]]) -> dict[int, tuple[EncodedText, tuple[int, int]]]:
        """Choose the texts of lowest key in which two tokens can change places."""
        chosen: dict[int, tuple[EncodedText, tuple[int, int]]] = {}
        if "swap" not in self.settings.controls:
            return chosen
        for key, text in sorted(evaluate, key=lambda pair: pair[0]):
            places = swap_positions(text.ids, text.special, self.settings.seed)
            if places is not None:
                chosen[key] = (text, places)
            if len(chosen) == SWAP_TEXTS:
                break
        return chosen

    def _swapped(
        self,
        stream: Correspondence,
        layers: list[int],
        chosen: dict[int, tuple[EncodedText, tuple[int, int]]],
        references: dict[int, NDArray[np.float32]],
    ) -> None:
        for done, (key, (text, (i, j))) in enumerate(chosen.items(), 1):
            ids = text.ids.copy()
            ids[[i, j]] = ids[[j, i]]
            with self.clock.phase("controls_forward_s"):
                states = self.model.run_ids(ids, text, layers)
            with self.clock.phase("correspondence_s"):
                stream.update_swapped(states, references[key], text.ids, (i, j), text.special)
            self.progress("swapped copies", done, len(chosen))

    def _within_budget(self, keyed: list[tuple[int, EncodedText]]) -> list[tuple[int, EncodedText]]:
        """Keep as many texts, of lowest key, as the seconds of the budget are likely to allow."""
        budget = self.settings.budget
        if budget is None:
            return keyed
        trial = [text for _, text in sorted(keyed, key=lambda pair: pair[0])[:8]]
        start = time.perf_counter()
        for _ in self.model.activations(trial, range(self.model.manifest.layers + 1), batch=1):
            pass
        second_a_token = (time.perf_counter() - start) / sum(text.ids.size for text in trial)
        # checking costs about a third of the forward pass on top, at most
        needed = 1.4 * second_a_token * sum(text.ids.size for _, text in keyed)
        share = max(budget - (time.perf_counter() - start), 0.1) / needed
        if share >= 1.0:
            return keyed
        permutations = min(self.settings.permutations, max(200, int(share * self.settings.permutations)))
        kept = sorted(keyed, key=lambda pair: pair[0] >> 2)[: max(4, int(share * len(keyed)))]
        self.notes.append(
            f"--budget {budget:g} cut {len(keyed)} texts to {len(kept)} and {self.settings.permutations} permutations "
            f"to {permutations}"
        )
        self.settings = replace(self.settings, permutations=permutations)
        return kept

    def _named(self, result: CorrespondenceResult, texts: dict[int, EncodedText]) -> CorrespondenceResult:
        """Replace ids by token strings in the example, and content keys by hashes of the text itself."""
        scores = []
        for part in result.text_scores:
            text = texts[int(part.hash, 16)]
            digest = hashlib.blake2b(text.text.encode(), digest_size=8).hexdigest()
            scores.append(replace(part, hash=digest))
        example = result.example
        if example is not None:
            tokens = self.model.token_strings([int(token) for token in example.tokens])
            example = replace(example, tokens=tokens)
        return replace(result, text_scores=scores, example=example)


def _assembled(model: Model, run: _Run, result: CorrespondenceResult, clock: _Clock) -> Result:
    settings, manifest = run.settings, model.manifest
    notes = list(run.notes)
    if result.truncated:
        notes.append(f"{result.truncated} texts were cut to {settings.max_tokens} tokens or the model's limit")
    texts = [replace(part, scores={"correspondence": part.scores}) for part in result.text_scores]
    return Result(
        edgeinterp=__version__,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=settings.seed,
        alpha=settings.alpha,
        permutations=settings.permutations,
        model=ModelInfo(
            path=str(model.folder),
            sha256=model.sha256,
            architecture=manifest.architecture,
            layers=manifest.layers,
            heads=manifest.heads,
            hidden_size=manifest.hidden_size,
            causal=manifest.causal,
            quantization=manifest.quantization,
        ),
        device=describe(model.threads),
        checks={"correspondence": result},
        verdicts=result.verdicts,
        texts=texts,
        timings={name: round(seconds, 3) for name, seconds in clock.seconds.items()},
        memory={"peak_mb": peak_memory_mb()},
        settings={
            "threshold": settings.threshold,
            "controls": list(settings.controls),
            "max_tokens": settings.max_tokens,
            "batch": settings.batch,
            "low_memory": settings.low_memory,
        },
        notes=notes,
    )

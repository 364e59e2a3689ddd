"""Time each check on a small fixed sample: in all, and beyond the plain forward passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..checks.relations.places import sentences
from ..checks.run import check
from ..inputs.templates import PAIR_TEMPLATES, pair_template
from ..model.model import Model
from ..results.controls import Cost, chosen
from ..results.result import Result
from ..results.tables import TABLES
from .forward import forward_seconds
from .result import Figure
from .timing import Job, Spec
from .workload import Data, Workload

__all__ = ["check_jobs"]

# without random models: they only add forward passes, and `model.random` measures the cost of making one
LEFT_OUT = (Cost.MODELS, Cost.CHECK)
MAX_TOKENS = 256


@dataclass(frozen=True)
class _Sample:
    """One check's sample: arguments of ``check``, kind of unit, and number of units."""

    name: str
    unit: str
    given: dict[str, Any]
    units: Callable[[Result], int]


def check_jobs(model: Model, data: Data, workload: Workload, progress: Callable[[], None]) -> Iterator[Job | Figure]:
    """Yield two figures per check: milliseconds per unit in all, and beyond the forward passes over plain texts.

    Correspondence and influence share texts, relations has pairs, properties has concepts.
    """
    tokens = sum(text.ids.size for text in model.encode(data.texts, MAX_TOKENS))
    samples = (
        _Sample("correspondence", "ms/token", {"texts": data.texts}, lambda _: tokens),
        _Sample("influence", "ms/replacement", {"texts": data.texts}, _replaced),
        _Sample("relations", "ms/pair", {"pairs": data.pairs}, lambda _: len(data.pairs)),
        _Sample("properties", "ms/concept", {"norms": data.norms}, lambda _: len(data.norms.words)),
    )
    for sample in samples:
        names = (f"check.{sample.name}.whole", f"check.{sample.name}.beyond")
        specs = tuple(Spec(name, sample.unit, "lower") for name in names)
        yield Job(specs, partial(_costs, model, sample, workload, progress))


def _costs(model: Model, sample: _Sample, workload: Workload, progress: Callable[[], None]) -> list[float]:
    result = check(
        model, only=[sample.name], controls=_controls(sample.name), n_permutations=workload.permutations,
        random_state=workload.seed, max_tokens=MAX_TOKENS, progress=lambda *_: progress(), **sample.given,
    )  # fmt: skip
    seconds = result.timings["total_s"] - result.timings["load_s"]
    plain = result.timings["forward_s"]
    if sample.name == "relations":
        # its pass reads attention sentence by sentence, which does not count as the model's time
        plain = _plain_relations(model, sample)
    units = sample.units(result)
    return [1000 * seconds / units, 1000 * (seconds - plain) / units]


def _controls(check: str) -> list[str]:
    return [control.name for control in chosen(TABLES[check]) if control.cost not in LEFT_OUT]


def _plain_relations(model: Model, sample: _Sample) -> float:
    """Return the time of the same sentences, requesting only the last hidden state."""
    pairs = sample.given["pairs"]
    templates = [pair_template(text, f"template {number}") for number, text in enumerate(PAIR_TEMPLATES, 1)]
    blocks = sentences(model, pairs, range(len(pairs)), templates, MAX_TOKENS)
    texts = [one.encoded for block in blocks for one in block if not one.reason]
    return forward_seconds(model, sorted(texts, key=lambda text: text.ids.size))


def _replaced(result: Result) -> int:
    part = result.influence()
    return 1 if part is None else max(1, part.positions * part.draws)

"""Results of ``judge`` made by hand: several methods, hostile names, too few texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

import edgeinterp as ei
from edgeinterp.results.judge.result import JudgedText
from edgeinterp.results.result import CheckResult, Result
from tests.report import builders
from tests.report.builders import HOSTILE

TOKENS = ["[CLS]", "the", "river", "over", "##flow", "##ed", "its", "banks", ".", "[SEP]"]


def judged(texts: int, names: tuple[str, str, str] = ("shap", "occlusion", "random")) -> ei.JudgeResult:
    rng = np.random.default_rng(0)
    true = [rng.exponential(size=12) for _ in range(texts)]
    effects = [np.stack([own + 0.4 * rng.exponential(size=12) for _ in range(2)]) for own in true]
    good, same, noise = names
    scores = {
        good: [own + rng.normal(size=12) for own in true], same: [own[0] for own in effects],
        noise: [rng.random(12) for _ in true],
    }  # fmt: skip
    return ei.judge_from_arrays(
        scores, effects, token_ids=[rng.integers(0, 90, 12) for _ in true],
        embeddings=[rng.normal(size=(12, 4)) for _ in true], signed=[good], target="logit", n_permutations=99,
    )  # fmt: skip


def whole(part: ei.JudgeResult, text: str, tokens: list[str], notes: list[str]) -> Result:
    own = [None, *np.linspace(-1.0, 1.0, len(tokens) - 2).tolist(), None]
    example = JudgedText(text, tokens, own, {one.method: own[::-1] for one in part.methods})
    methods = [dataclasses.replace(one, insertion=0.2, deletion=0.8, matched=90, unmatched=3) for one in part.methods]
    found = dataclasses.replace(part, draws=4, curve_texts=24, methods=methods, example=example, notes=notes)
    checks: dict[str, CheckResult] = {"judge": found}
    return dataclasses.replace(builders.encoder(), checks=checks, verdicts=found.verdicts, notes=[], texts=[])


def three() -> Result:
    return whole(judged(24), "The river overflowed its banks.", TOKENS, ["shap: 3 scores belong to no token"])


def hostile() -> Result:
    part = judged(24, (HOSTILE[0], HOSTILE[1], HOSTILE[2]))
    return whole(part, HOSTILE[3], ["[CLS]", *HOSTILE, "[SEP]"], list(HOSTILE))


def nothing() -> Result:
    part = dataclasses.replace(judged(1), draws=4)
    checks: dict[str, CheckResult] = {"judge": part}
    return dataclasses.replace(builders.encoder(), checks=checks, verdicts=part.verdicts, notes=[], texts=[])


EVERY: list[Callable[[], Result]] = [three, hostile, nothing]

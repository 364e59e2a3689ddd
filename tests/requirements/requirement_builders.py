"""Outcomes of needs made by hand."""

from __future__ import annotations

from edgeinterp.requirements.result import NeedOutcome, Requirements
from tests.report import builders
from tests.report.builders import HOSTILE


def outcomes(words: list[str]) -> list[NeedOutcome]:
    one, two, three = words
    return [
        NeedOutcome(one, "influence", "met", "layer 2 (of 6): supported", "supported"),
        NeedOutcome(two, "influence", "not met", "rho 0.2", "rho: at least 0.4", "rho", 0.2, (0.1, 0.3), 0.001, None,
                    "texts"),
        NeedOutcome(three, "heads", "undecided", "change 0.05", "change: at most 0.05", "change", 0.05, (0.04, 0.06),
                    None, 120, "texts"),
    ]  # fmt: skip


def three(words: list[str] | None = None) -> Requirements:
    base = builders.encoder()
    words = words or ["links may be drawn", "links follow influence", "heads may go"]
    return Requirements(
        edgeinterp=base.edgeinterp, created=base.created, name=words[0], use=words[1], seed=0, alpha=0.05,
        model=base.model, device=base.device, needs=outcomes(words), baseline=base.model,
        random_model=outcomes(words), notes=[words[2]],
    )  # fmt: skip


def hostile() -> Requirements:
    return three(list(HOSTILE[:3]))

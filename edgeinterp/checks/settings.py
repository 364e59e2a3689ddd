"""How a run is done: the command line's options, under the same names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..results.relations.names import CONTROLS as RELATION_CONTROLS
from ..runtime.arguments import head_numbers, level, permutation_count, seconds, whole_number
from ..statistics.content import content_seed
from .correspondence.stream import CONTROLS as CORRESPONDENCE_CONTROLS
from .influence.study import CONTROLS as INFLUENCE_CONTROLS
from .properties.controls import CONTROLS as PROPERTY_CONTROLS

__all__ = ["CHECKS", "CONTROLS", "Settings"]

CHECKS = ("correspondence", "influence", "relations", "properties")
# some are controls of several checks
CONTROLS = tuple(dict.fromkeys((*CORRESPONDENCE_CONTROLS, *INFLUENCE_CONTROLS, *RELATION_CONTROLS, *PROPERTY_CONTROLS)))
# what each check gets of a budget, beside the others that are run
BUDGET_SHARES = {"correspondence": 1, "influence": 1, "relations": 2, "properties": 2}


@dataclass(frozen=True)
class Settings:
    """How a run is done; ``permutations`` None leaves their number to each check."""

    only: Sequence[str] = CHECKS
    permutations: int | None = None
    seed: int = 0
    alpha: float = 0.05
    threshold: float = 0.9
    controls: Sequence[str] = CONTROLS
    metric: str = "pearson"
    mapping: str = "ridge"
    max_tokens: int = 256
    batch: int | None = None
    low_memory: bool = False
    budget: float | None = None
    head: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        for name in self.only:
            if name not in CHECKS:
                raise InputError(f"check {name!r} is not known; choose from {', '.join(CHECKS)}")
        if not self.only:
            raise InputError(f"only: names no check; choose from {', '.join(CHECKS)}")
        for name in self.controls:
            if name not in CONTROLS:
                raise InputError(f"control {name!r} is not known; choose from {', '.join(CONTROLS)}")
        checked: dict[str, Any] = {
            "permutations": None
            if self.permutations is None
            else permutation_count("n_permutations", self.permutations),
            "seed": content_seed(self.seed),
            "alpha": level(self.alpha),
            "max_tokens": whole_number("max-tokens", self.max_tokens, 1, example=256),
            "batch": None if self.batch is None else whole_number("batch", self.batch, 1),
            "budget": None if self.budget is None else seconds("budget", self.budget),
            "head": None if self.head is None else head_numbers(self.head),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def controls_of(self, known: Sequence[str]) -> tuple[str, ...]:
        """Return those of the run's controls that one check has."""
        return tuple(name for name in self.controls if name in known)

    def budget_of(self, check: str) -> float | None:
        """Return the seconds that one check may take, of those that are run."""
        if self.budget is None:
            return None
        return self.budget * BUDGET_SHARES[check] / sum(BUDGET_SHARES[name] for name in {*self.only, check})

"""How a run is done: the command line's options, under the same names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import InputError
from ..results.controls import names, random_models, refuse_unknown
from ..results.tables import NAMES, TABLES
from ..runtime.arguments import equality, head_numbers, level, permutation_count, random_number, seconds, whole_number
from .budget import share

__all__ = ["CHECKS", "CONTROLS", "Settings"]

CHECKS = tuple(TABLES)
CONTROLS = NAMES


@dataclass(frozen=True)
class Settings:
    """How a run is done; ``permutations`` None leaves their number to each check."""

    only: Sequence[str] = CHECKS
    permutations: int | None = None
    seed: int = 0
    alpha: float = 0.05
    equal: float = 1.0
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
        refuse_unknown(self.controls, CONTROLS)
        checked: dict[str, Any] = {
            "permutations": None
            if self.permutations is None
            else permutation_count("n_permutations", self.permutations),
            "seed": random_number("random_state", self.seed),
            "alpha": level(self.alpha),
            "equal": equality(self.equal),
            "max_tokens": whole_number("max-tokens", self.max_tokens, 1, example=256),
            "batch": None if self.batch is None else whole_number("batch", self.batch, 1),
            "budget": None if self.budget is None else seconds("budget", self.budget),
            "head": None if self.head is None else head_numbers(self.head),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def controls_of(self, check: str) -> tuple[str, ...]:
        """Return those of the run's controls that one check has."""
        known = names(TABLES[check])
        return tuple(name for name in self.controls if name in known)

    def random_models(self, check: str) -> int:
        """Return how many models with shuffled weights one check's controls run."""
        return random_models(TABLES[check], self.controls)

    def budget_of(self, check: str) -> float | None:
        """Return the seconds that one check may take, of those that are run."""
        return None if self.budget is None else self.budget * share(check, self.only)

"""Settings of a run: the command line's options, under the same names."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from ..errors import InputError
from ..model.random_weights import SHUFFLED, known_kind
from ..reading.names import ATTENTION, known_reading
from ..results.controls import names, random_models, refuse_unknown
from ..results.tables import NAMES, TABLES
from ..runtime.arguments import (
    equality,
    flag,
    head_numbers,
    level,
    permutation_count,
    random_number,
    seconds,
    whole_number,
)
from .budget import share

__all__ = ["CHECKS", "CONTROLS", "Settings", "renamed_keywords"]

P = ParamSpec("P")
R = TypeVar("R")

CHECKS = tuple(TABLES)
CONTROLS = NAMES


@dataclass(frozen=True)
class Settings:
    """Settings of a run; ``permutations`` None leaves their number to each check."""

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
    value_zeroing: bool = False
    random: str = SHUFFLED
    reading: str = ATTENTION

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
            "low_memory": flag("low_memory", self.low_memory),
            "budget": None if self.budget is None else seconds("budget", self.budget),
            "value_zeroing": flag("value_zeroing", self.value_zeroing),
            "random": known_kind("random", self.random),
            "reading": known_reading(self.reading),
            "head": None if self.head is None else head_numbers(self.head),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def controls_of(self, check: str) -> tuple[str, ...]:
        """Return the run's controls that belong to one check."""
        known = names(TABLES[check])
        return tuple(name for name in self.controls if name in known)

    def random_models(self, check: str) -> int:
        """Return the number of models with random weights for one check's controls."""
        return random_models(TABLES[check], self.controls)

    def budget_of(self, check: str) -> float | None:
        """Return the seconds that one of the requested checks may take."""
        return None if self.budget is None else self.budget * share(check, self.only)


def renamed_keywords(**names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that refuses keywords by their old names, and says the new ones; nothing is passed on.

    Raises
    ------
    TypeError
        From the decorated function, where it is called with an old name.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            for old, new in names.items():
                if old in kwargs:
                    raise TypeError(f"{function.__name__}: the argument {old} is called {new}; write {new}=...")
            return function(*args, **kwargs)

        return called

    return decorate

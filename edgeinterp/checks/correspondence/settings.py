"""Frozen settings of correspondence, and the amount of text it was given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...results.controls import names, refuse_unknown
from ...results.correspondence.controls import CONTROLS
from ...runtime.arguments import level, permutation_count, random_number, real_number, whole_number
from ...runtime.sequences import name_tuple

__all__ = ["NAMES", "CorrespondenceSettings", "Counts"]

NAMES = names(CONTROLS)
# hidden states whose maps are fitted side by side: each takes some ten doubles for each pair of dimensions
FITTED_AT_ONCE = 2


@dataclass(frozen=True)
class CorrespondenceSettings:
    """Settings of ``Correspondence``, whose docstring explains them; ``of`` validates them."""

    alpha: float
    threshold: float
    n_permutations: int
    random_state: int
    threads: int
    controls: tuple[str, ...]
    fitted_at_once: int = FITTED_AT_ONCE

    @classmethod
    def of(
        cls,
        alpha: float,
        threshold: float,
        n_permutations: int,
        random_state: Any,
        threads: int = 1,
        controls: Sequence[str] | str = NAMES,
        low_memory: bool = False,
    ) -> CorrespondenceSettings:
        """Validate a caller's settings.

        Raises
        ------
        InputError
            Where a setting is invalid.
        """
        controls = name_tuple(controls, "controls")
        refuse_unknown(controls, NAMES, "correspondence")
        return cls(
            alpha=level(alpha),
            threshold=real_number("threshold", threshold, 0.0, 1.0, 0.9),
            n_permutations=permutation_count("n_permutations", n_permutations),
            random_state=random_number("random_state", random_state),
            threads=whole_number("threads", threads),
            controls=controls,
            fitted_at_once=1 if low_memory else FITTED_AT_ONCE,
        )


@dataclass(frozen=True)
class Counts:
    """Amount of text behind a result.

    Attributes
    ----------
    hidden_size : int
        Width d of a hidden state; 0 without text.
    fit_tokens : sequence of int
        For each hidden state, the tokens its map was fitted on; for hidden state 0, all tokens of the fit half.
    given : int
        Distinct texts for both halves, possibly more than were run.
    repeated, truncated : int
        Repeated texts, and truncated texts.
    unknown : float
        Share of tokens that the tokenizer does not know.
    """

    hidden_size: int
    fit_tokens: Sequence[int]
    given: int
    repeated: int
    truncated: int = 0
    unknown: float = 0.0

    @property
    def fitted(self) -> bool:
        """Tell whether there is a linear map (the fit half had any token)."""
        return self.fit_tokens[0] > 0

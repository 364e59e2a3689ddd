"""What is kept of the texts of one study, in the model and in random ones, and what it was asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...results.controls import names, refuse_unknown
from ...results.influence.controls import CONTROLS
from ...runtime.arguments import equality, flag, head_numbers, level, permutation_count
from .texts import Passes, Readings, TextReading, read_text

__all__ = ["NAMES", "Kept", "Text", "Unit", "checked_head"]

NAMES = names(CONTROLS)

# attention layer, and a reading by its key or a head by its index
Unit = tuple[int, str | int]
# key, group, replaced positions, which tokens are special
Text = tuple[int, tuple[int, ...], NDArray[np.int64], NDArray[np.bool_]]


class Kept:
    """Take texts one by one and keep readings of some tens of kilobytes a text.

    Parameters
    ----------
    layers, heads : int
    causal : bool
    head : tuple of int, optional
        Attention layer and head to judge, from 1.
    n_permutations : int
    alpha : float
    seed : int
        64 bits.
    controls : sequence of str
    equal : float
        Factor on delta, the differences that count as none.
    unknown : float
        Share of tokens that the tokenizer does not know.
    replacement : str
        Name of the replacement; ``given`` where the caller replaced tokens.
    no_random : str
        Reason for which there is no random model.
    further : sequence of str
        Readings beside attention and rollout, by name; each is judged per block and rolled up.
    no_readings : str
        Reason for which there are none.
    """

    def __init__(
        self,
        layers: int,
        heads: int,
        causal: bool,
        head: tuple[int, int] | None,
        n_permutations: int,
        alpha: float,
        seed: int,
        controls: Sequence[str],
        *,
        equal: float = 1.0,
        unknown: float = 0.0,
        replacement: str = "given",
        no_random: str = "no random models were given",
        further: Sequence[str] = (),
        no_readings: str = "none were given",
    ) -> None:
        refuse_unknown(controls, NAMES, "influence")
        self.layers, self.heads, self.causal = layers, heads, flag("causal", causal)
        self.head = checked_head(head, layers, heads)
        self.n_permutations = permutation_count("n_permutations", n_permutations)
        self.alpha, self.seed, self.controls, self.equal = level(alpha), seed, tuple(controls), equality(equal)
        self.kept: list[TextReading] = []
        # a random model's texts, model by model
        self.random: list[list[TextReading]] = []
        self.draws = 1
        self.longest = 0
        self.unknown, self.replacement, self.no_random = unknown, replacement, no_random
        self.no_readings = "" if further else no_readings
        self.readings = Readings(tuple(range(heads)), tuple(further))
        self.random_readings = Readings(() if self.head is None else (self.head[1] - 1,), tuple(further))

    @property
    def named(self) -> list[Unit]:
        """The head that was asked about, as attention layer and index."""
        return [] if self.head is None else [(self.head[0], self.head[1] - 1)]

    @property
    def cheap(self) -> list[Unit]:
        """What the sample grows for: mean attention and rollout at each layer, and the head that was asked about."""
        return [(layer, key) for key in ("attention", "rollout") for layer in range(1, self.layers + 1)] + self.named

    @property
    def judged(self) -> list[Unit]:
        """Everything that is judged: every reading at each layer, and the head that was asked about."""
        return [(layer, key) for key in self.readings.keys for layer in range(1, self.layers + 1)] + self.named

    def add(self, text: Text, draws: int, passes: Passes) -> None:
        """Reduce one text (key, group, positions, special); texts of the same group exchange their influence."""
        self.draws = max(self.draws, draws)
        self.longest = max(self.longest, text[3].size)
        self.kept.append(read_text(*text, passes, self.readings, self.causal))

    def add_random(self, number: int, text: Text, passes: Passes) -> None:
        """Reduce one text in random model 0, 1, ..."""
        if number == len(self.random):
            self.random.append([])
        self.random[number].append(read_text(*text, passes, self.random_readings, self.causal))

    def without_random(self, reason: str) -> None:
        """Say why there is no random model."""
        self.no_random = reason


def checked_head(head: tuple[int, int] | None, layers: int, heads: int) -> tuple[int, int] | None:
    """Return the head to judge; refuse one that the model does not have.

    Raises
    ------
    InputError
    """
    if head is None:
        return None
    layer, number = head_numbers(head)
    if not (1 <= layer <= layers and 1 <= number <= heads):
        raise InputError(
            f"head {layer}.{number}: the model has layers 1 to {layers} with heads 1 to {heads} each; "
            "give LAYER.HEAD, such as 1.1"
        )
    return layer, number

"""One contrast of ``hybrid``: nested classifiers on words, properties and attention, and controls in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...results.controls import family
from ...results.hybrid.controls import (
    CONTROLS,
    DEALT,
    RANDOM_FEATURES,
    SIDES,
    SPELLING,
    STATES,
)
from ...results.hybrid.result import HybridContrast
from ...results.relations.result import RelationRival
from ...results.relations.verdicts import too_few_categories
from ...results.shared import Estimate
from ...statistics.inference import jackknife_interval
from ..missing import Missing
from ..properties.comparisons.inputs_of_controls import random_features, spelling_vectors
from ..properties.data import generator
from ..relations.data import ContrastRows
from ..relations.features import Attention, AttentionRows, dense
from ..relations.passes import state_of
from ..relations.scores import CHANCE, Scored, auc_interval, best_of, margin, under_flips
from ..relations.study import kept_aucs
from .blocks import classifiers, kernel, word_kernel

__all__ = ["Measured", "Words"]

Doubles = NDArray[np.float64]
Result = Scored | Missing

# with fewer, none can be held out
_FEWEST_UNITS = 2


@dataclass(frozen=True)
class Words:
    """The words of all pairs that have properties, and what is known of each.

    Attributes
    ----------
    known : list of str
        Every word once, in order of spelling.
    properties, states : ndarray of shape (words, d)
        Their properties, and their hidden states 0.
    """

    known: list[str]
    properties: Doubles
    states: Doubles

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]], properties: Mapping[str, Any], states: Mapping[str, Any]) -> Words:
        """Gather the words of the pairs."""
        known = sorted({word for pair in pairs for word in pair})
        return cls(known, np.stack([properties[word] for word in known]), state_of(states, known, 0))

    def stand_ins(self, controls: Sequence[str], seed: int) -> Iterator[tuple[str, Doubles]]:
        """Yield what may stand in the place of the properties, under the keys of results."""
        for draw in range(DEALT.draws if DEALT.name in controls else 0):
            order = generator(seed, DEALT.name, draw).permutation(len(self.known))
            yield f"{DEALT.name}.{draw}", self.properties[order]
        for draw in range(RANDOM_FEATURES.draws if RANDOM_FEATURES.name in controls else 0):
            yield (
                f"{RANDOM_FEATURES.name}.{draw}",
                random_features(self.properties, generator(seed, RANDOM_FEATURES.name, draw)),
            )
        if SPELLING.name in controls:
            yield SPELLING.name, spelling_vectors(self.known, None)


@dataclass
class Measured:
    """One contrast, measured step by step: the nested classifiers, then each control.

    Attributes
    ----------
    names : (str, str)
        The relations.
    data : ContrastRows
    pairs : list of (str, str)
        The words of the rows of ``data``.
    """

    names: tuple[str, str]
    data: ContrastRows
    pairs: list[tuple[str, str]]
    kernels: dict[str, Doubles] = field(default_factory=dict)
    own: Scored | None = None
    null: Doubles = field(default_factory=lambda: np.zeros(0))
    parts: dict[str, Scored] = field(default_factory=dict)
    against: dict[str, Result] = field(default_factory=dict)
    references: dict[str, Scored] = field(default_factory=dict)

    @property
    def reason(self) -> str | None:
        """Return the reason for which nothing can be measured; None where it can."""
        return too_few_categories(self.data.units) if self.data.units < _FEWEST_UNITS else None

    def nested(self, words: Words, attention: Attention, n_permutations: int) -> list[Callable[[], None]]:
        """Return the jobs of the nested classifiers; each writes to its own place."""
        self.kernels = {
            "words": word_kernel(self.pairs, words.known, words.states, absolute=False),
            "features": word_kernel(self.pairs, words.known, words.properties, absolute=True),
            "attention": self._of_attention(attention),
        }
        return [
            partial(self._whole, n_permutations),
            *(
                partial(self._part, "_".join(blocks), blocks)
                for blocks in (("words",), ("words", "features"), ("words", "attention"))
            ),
        ]

    def _whole(self, n_permutations: int) -> None:
        fits = classifiers(list(self.kernels.values()), self.data)
        self.own, self.null = best_of(fits), under_flips(fits, n_permutations)

    def _part(self, key: str, blocks: tuple[str, ...]) -> None:
        self.parts[key] = best_of(classifiers([self.kernels[block] for block in blocks], self.data))

    def _of_attention(self, attention: Attention) -> Doubles:
        return kernel([dense(AttentionRows(attention, self.data.rows, None, None))])

    def instead_of_attention(self, key: str, attention: Attention | Missing) -> None:
        """Score other attention (pairs, 2, L, H) in the place of that between the words."""
        if isinstance(attention, Missing):
            self.against[key] = attention
        else:
            self.against[key] = self._with("attention", self._of_attention(attention))

    def instead_of_properties(self, key: str, words: Words, vectors: Doubles) -> None:
        """Score other vectors of the words in the place of their properties."""
        self.against[key] = self._with("features", word_kernel(self.pairs, words.known, vectors, absolute=True))

    def with_states(self, states: Doubles) -> None:
        """Score hidden states of the words in the sentence (pairs, 2, d) in the place of attention."""
        one, other = (states[self.data.rows, side] for side in (0, 1))
        self.references[STATES.name] = self._with("attention", kernel([one, other, one * other, one - other]))

    def _with(self, block: str, stand_in: Doubles) -> Scored:
        return best_of(classifiers([*({**self.kernels, block: stand_in}).values()], self.data))

    def finished(self, p: tuple[float, float] | None, alpha: float, delta: float) -> HybridContrast:
        """Return the result, with the p-value and that after correction."""
        data, own = self.data, self.own
        empty = HybridContrast(
            *self.names, pairs=len(data.rows), categories=data.units, auc=None, accuracy=None, ci=None, p=None,
            p_adjusted=None, excess=None, reason=self.reason,
        )  # fmt: skip
        if own is None:
            return empty

        def rival(found: Result) -> RelationRival:
            if isinstance(found, Missing):
                return RelationRival(None, None, found.reason)
            return RelationRival(found.auc, margin(own, found, alpha, delta), **kept_aucs(found))

        parts = {key: rival(found) for key, found in self.parts.items()}
        lacking = {"attention": "words_features", "features": "words_attention", "both": "words"}
        return HybridContrast(
            *self.names,
            pairs=len(data.rows),
            categories=data.units,
            auc=own.auc,
            accuracy=own.accuracy,
            ci=auc_interval(own, alpha),
            p=None if p is None else p[0],
            p_adjusted=None if p is None else p[1],
            excess=own.auc - float(self.null.mean()),
            gains={name: found for name, key in lacking.items() if (found := parts[key].margin) is not None},
            shared=self._shared(own, alpha),
            parts=parts,
            rivals={key: rival(self.against[key]) for key in _in_order(self.against)},
            references={key: rival(found) for key, found in self.references.items()},
            reason=None if p is not None else "every flip gives the same",
            units=[f"{int(key):016x}" for key in data.keys],
            unit_weights=data.weights.tolist(),
            **kept_aucs(own),
        )

    def _shared(self, own: Scored, alpha: float) -> Estimate:
        """Return what attention and properties each add to words, less what they add together.

        A classifier below .5 counts as .5, as in the gains.
        """
        nested = [self.parts[key] for key in ("words_features", "words_attention", "words")]
        first, second, words = (max(part.auc, CHANCE) for part in nested)
        value = first + second - words - own.auc
        alone, other, rest = (np.maximum(part.without, CHANCE) for part in nested)
        without = alone + other - rest - own.without
        return Estimate(value, jackknife_interval(value, without, alpha, fisher=False))


def _in_order(found: Mapping[str, Result]) -> list[str]:
    """Return keys in the order of the table, properties' stand-ins first."""
    order = [name for side in reversed(SIDES) for name in SIDES[side]]
    return sorted(found, key=lambda key: (order.index(family(CONTROLS, key)), key))

"""One contrast of ``hybrid``: nested classifiers on words, properties and attention, and controls in their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...results.controls import family
from ...results.hybrid.controls import (
    ALL,
    BLOCKS,
    CONTROLS,
    DEALT,
    RANDOM_FEATURES,
    SIDES,
    SPELLING,
)
from ...results.hybrid.result import Gain, HybridContrast, HybridControl
from ...results.relations.result import Contrast, RelationRival
from ...results.relations.verdicts import too_few_categories
from ...results.shared import Estimate, Margin
from ...statistics.inference import jackknife_interval
from ..missing import Missing
from ..properties.comparisons.inputs_of_controls import random_features, spelling_vectors
from ..properties.data import generator
from ..relations.data import ContrastRows
from ..relations.features import Attention, AttentionRows
from ..relations.passes import state_of
from ..relations.scores import CHANCE, Scored, auc_interval, best_of, margin, under_flips
from ..relations.study import kept_aucs
from .blocks import at_deviation_1, classifiers, described, kernel, word_kernel

__all__ = ["WITHOUT", "Measured", "Words"]

Doubles = NDArray[np.float64]
Result = Scored | Missing

# the classifier that each gain is over
WITHOUT = {"attention": "WS", "semantics": "WA", "both": "W"}
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
    """One contrast, measured step by step: classifiers on blocks, then each control in the place of one.

    Attributes
    ----------
    names : (str, str)
        The relations.
    data : ContrastRows
    pairs : list of (str, str)
        The words of the rows of ``data``.
    kernels : dict of str to ndarray of shape (n, n)
        Of each block, by its letter.
    scores : dict of str to Scored
        By the letters of the blocks.
    """

    names: tuple[str, str]
    data: ContrastRows
    pairs: list[tuple[str, str]]
    kernels: dict[str, Doubles] = field(default_factory=dict)
    scores: dict[str, Scored] = field(default_factory=dict)
    null: Doubles = field(default_factory=lambda: np.zeros(0))
    against: dict[str, Result] = field(default_factory=dict)

    @property
    def reason(self) -> str | None:
        """Return the reason for which nothing can be measured; None where it can."""
        return too_few_categories(self.data.units) if self.data.units < _FEWEST_UNITS else None

    def jobs(
        self, words: Words, attention: Attention, states: Doubles | None, n_permutations: int
    ) -> list[Callable[[], None]]:
        """Return the jobs that score blocks, alone and together; each writes to its own place.

        ``states`` (pairs, 2, d) are hidden states of the words in the sentence.
        """
        self.kernels = {
            "W": word_kernel(self.pairs, words.known, words.states, absolute=False),
            "S": word_kernel(self.pairs, words.known, words.properties, absolute=True),
            "A": self._of_attention(attention),
        }
        if states is not None:
            one, other = (at_deviation_1(states[self.data.rows, side]) for side in (0, 1))
            self.kernels["H"] = kernel(described(one, other, absolute=False))
        others = [blocks for blocks in BLOCKS if blocks != ALL and set(blocks) <= set(self.kernels)]
        return [partial(self._all_together, n_permutations), *(partial(self._score, blocks) for blocks in others)]

    def _all_together(self, n_permutations: int) -> None:
        fits = list(classifiers([self.kernels[block] for block in ALL], self.data))
        self.scores[ALL], self.null = best_of(fits), under_flips(fits, n_permutations)

    def _score(self, blocks: str) -> None:
        self.scores[blocks] = best_of(classifiers([self.kernels[block] for block in blocks], self.data))

    def _of_attention(self, attention: Attention) -> Doubles:
        return kernel([AttentionRows(attention, self.data.rows, None, None)])

    def instead_of_attention(self, key: str, attention: Attention | Missing) -> None:
        """Score other attention (pairs, 2, L, H) in the place of that between the words."""
        if isinstance(attention, Missing):
            self.against[key] = attention
        else:
            self.against[key] = self._with("A", self._of_attention(attention))

    def instead_of_properties(self, key: str, words: Words, vectors: Doubles) -> None:
        """Score other vectors of the words in the place of their properties."""
        self.against[key] = self._with("S", word_kernel(self.pairs, words.known, vectors, absolute=True))

    def _with(self, block: str, stand_in: Doubles) -> Scored:
        own = {**self.kernels, block: stand_in}
        return best_of(classifiers([own[one] for one in ALL], self.data))

    def gain_tests(self, n_permutations: int) -> dict[str, tuple[float, Doubles]]:
        """Return each gain, and the same with the signs of categories' gains dealt by chance (B,)."""
        own, share = self.scores[ALL], self.data.weights / self.data.weights.sum()
        signs = self.data.flips(0, n_permutations)
        found = {}
        for name, blocks in WITHOUT.items():
            rival = self.scores[blocks]
            # a classifier below .5 counts as .5
            gains = share * (own.units - rival.units - max(0.0, CHANCE - rival.auc))
            found[name] = float(gains.sum()), np.asarray(gains @ signs)
        return found

    def finished(
        self, p: tuple[float, float] | None, gains: Mapping[str, tuple[float, float] | None], alpha: float,
        delta: float,
    ) -> HybridContrast:  # fmt: skip
        """Return the result, with p-values and those after correction: of all together, and of each gain."""
        data, own = self.data, self.scores.get(ALL)
        together = Contrast(
            *self.names, pairs=len(data.rows), categories=data.units, auc=None, accuracy=None, ci=None, p=None,
            p_adjusted=None, excess=None, reason=self.reason,
        )  # fmt: skip
        if own is None:
            return HybridContrast(*self.names, together)
        together = replace(
            together,
            auc=own.auc,
            accuracy=own.accuracy,
            ci=auc_interval(own, alpha),
            p=None if p is None else p[0],
            p_adjusted=None if p is None else p[1],
            excess=own.auc - float(self.null.mean()),
            reason=None if p is not None else "every flip gives the same",
            units=[f"{int(key):016x}" for key in data.keys],
            unit_weights=data.weights.tolist(),
            **kept_aucs(own),
        )
        nested = {blocks: margin(own, self.scores[blocks], alpha, delta) for blocks in WITHOUT.values()}
        return HybridContrast(
            *self.names,
            together,
            auc={blocks: self.scores[blocks].auc for blocks in BLOCKS if blocks in self.scores},
            gains={name: _gain(nested[blocks], gains.get(name)) for name, blocks in WITHOUT.items()},
            shared=self._shared(own, alpha),
            controls={key: self._control(key, own, alpha, delta) for key in _in_order(self.against)},
            nested={
                blocks: RelationRival(self.scores[blocks].auc, nested[blocks], **kept_aucs(self.scores[blocks]))
                for blocks in ("WS", "WA")
            },
        )

    def _control(self, key: str, own: Scored, alpha: float, delta: float) -> HybridControl:
        found = self.against[key]
        if isinstance(found, Missing):
            return HybridControl(None, None, found.reason)
        side = next(side for side, names in SIDES.items() if family(CONTROLS, key) in names)
        gain = found.auc - max(self.scores[WITHOUT[side]].auc, CHANCE)
        return HybridControl(found.auc, margin(own, found, alpha, delta), gain=gain, **kept_aucs(found))

    def _shared(self, own: Scored, alpha: float) -> Estimate:
        """Return what attention and properties each add to words, less what they add together.

        A classifier below .5 counts as .5, as in the gains.
        """
        parts = [self.scores[blocks] for blocks in ("WS", "WA", "W")]
        first, second, words = (max(part.auc, CHANCE) for part in parts)
        alone, other, rest = (np.maximum(part.without, CHANCE) for part in parts)
        value = first + second - words - own.auc
        return Estimate(value, jackknife_interval(value, alone + other - rest - own.without, alpha, fisher=False))


def _gain(found: Margin, p: tuple[float, float] | None) -> Gain:
    own, adjusted = p or (None, None)
    return Gain(found.value, found.ci, found.inner, found.delta, own, adjusted)


def _in_order(found: Mapping[str, Result]) -> list[str]:
    """Return keys in the order of the table, properties' stand-ins first."""
    order = [name for side in reversed(SIDES) for name in SIDES[side]]
    return sorted(found, key=lambda key: (order.index(family(CONTROLS, key)), key))

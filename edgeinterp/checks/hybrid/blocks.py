r"""What ``hybrid`` predicts a relation from: blocks of columns, each as its kernel, and classifiers on several blocks.

Ridge depends on its columns X only by ``K = X X'``. With a penalty ``alpha / w_b`` for the columns of block b it is
ridge on

.. math:: K = \sum_b w_b K_b

so that a block costs memory by pairs, however many columns it has.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...inputs.norms import Norms
from ..relations.data import ContrastRows
from ..relations.features import ColumnRows, Rows, dense, standardised_rows
from ..relations.scores import Classifier

__all__ = [
    "all_known", "at_deviation_1", "classifiers", "described", "kernel", "vectors_of_words", "weights", "word_kernel",
]  # fmt: skip

Array = NDArray[Any]
Doubles = NDArray[np.float64]

# how much less a block weighs where it is penalised more
LIGHTER = 1.0 / 30.0
# directions of a kernel below this share of its largest are rounding
ROUNDING = 1e-10


def at_deviation_1(columns: Array) -> Doubles:
    """Return the columns (n, d) that vary, at mean 0 and deviation 1; a single one of 0 where none does."""
    return dense(standardised_rows(ColumnRows(columns))[0])


def described(one: Doubles, other: Doubles, absolute: bool) -> list[Rows]:
    """Return the parts of a block on two words: the vectors of both, their product and their difference."""
    difference = one - other
    parts = (one, other, one * other, np.abs(difference) if absolute else difference)
    return [ColumnRows(part) for part in parts]


def kernel(parts: Sequence[Rows]) -> Doubles:
    """Return the kernel (n, n) of a block of columns, every column at deviation 1, every part of the same variance."""
    n = parts[0].shape[0]
    total = np.zeros((n, n))
    for part in parts:
        columns = dense(standardised_rows(part)[0])
        total += columns @ columns.T / columns.shape[1]
    return total / len(parts)


def vectors_of_words(norms: Norms, words: Collection[str]) -> dict[str, Doubles]:
    """Return the properties (features,) of those words that have some.

    A word that is not in the norms as it is written is looked up in lower case. Senses of a word are averaged, and a
    missing value is the feature's mean.
    """
    rows: dict[str, list[int]] = {}
    for row, word in enumerate(norms.words):
        rows.setdefault(word, []).append(row)
    known = {word: rows.get(word) or rows.get(word.lower()) for word in words}
    used = sorted({row for own in known.values() for row in own or ()})
    place = {row: number for number, row in enumerate(used)}
    # sparse norms have no gaps
    values = norms.values[used].toarray() if norms.sparse else np.asarray(norms.values, dtype=np.float64)
    if not norms.sparse:
        there = ~np.isnan(values)
        means = np.where(there, values, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        values = np.where(there, values, means)[used]
    return {word: values[[place[row] for row in own]].mean(axis=0) for word, own in known.items() if own}


def word_kernel(
    words: Sequence[tuple[str, str]], known: Sequence[str], vectors: Doubles, absolute: bool
) -> Doubles:  # fmt: skip
    """Return the kernel of the vectors of both words of each pair, their product and their difference.

    Parameters
    ----------
    words : sequence of (str, str), length n
    known : sequence of str
        Every word, in the order of ``vectors`` (words, d), whose dimensions are put at deviation 1 over the words.
    absolute : bool
        Whether the difference is without its sign.
    """
    scaled = at_deviation_1(vectors)
    place = {word: row for row, word in enumerate(known)}
    one, other = (scaled[[place[pair[side]] for pair in words]] for side in (0, 1))
    return kernel(described(one, other, absolute))


def weights(blocks: int) -> list[tuple[float, ...]]:
    """Return how much blocks weigh: all alike first, then some less than the others."""
    return [one for one in product((1.0, LIGHTER), repeat=blocks) if max(one) == 1.0]


def classifiers(kernels: Sequence[Doubles], data: ContrastRows) -> Iterator[Classifier]:
    """Yield a classifier on all blocks together for every weighting, of which each fold takes one."""
    for one in weights(len(kernels)):
        whole = sum((w * K for w, K in zip(one, kernels, strict=True)), np.zeros_like(kernels[0]))
        yield Classifier(_columns(whole), data)


def _columns(K: Doubles) -> Doubles:
    """Return columns (n, r) whose kernel is K."""
    values, vectors = np.linalg.eigh(K)
    kept = values > ROUNDING * max(float(values[-1]), np.finfo(np.float64).tiny)
    if not kept.any():
        return np.zeros((len(K), 1))
    return np.asarray(vectors[:, kept] * np.sqrt(values[kept]))


def all_known(words: Sequence[tuple[str, str]], norms: Mapping[str, Any]) -> list[int]:
    """Return the pairs of which both words have properties."""
    return [row for row, (one, other) in enumerate(words) if one in norms and other in norms]

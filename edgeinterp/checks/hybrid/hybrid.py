"""``hybrid``: attention between two words beside explicit properties of the words, each with its controls.

docs/method.md has the definitions. ``hybrid`` takes plain arrays; ``run.py`` makes them from a model, pairs and norms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...inputs.norms import Norms
from ...reading.names import ATTENTION, known_reading
from ...results.controls import chosen, names, refuse_unknown
from ...results.hybrid.controls import ALL, BLOCKS, CONTROLS, IN_SENTENCE, RANDOM_MODEL
from ...results.hybrid.result import HybridContrast, HybridResult
from ...results.hybrid.verdicts import hybrid_verdicts
from ...results.relations.controls import ELSEWHERE
from ...results.rule import delta_of
from ...runtime.arguments import equality, level, one_by_one, permutation_count, real_array
from ...runtime.clock import Progress, silent
from ...runtime.counting import counted
from ...runtime.sequences import as_sequence, name_tuple
from ...runtime.threads import one_blas_thread, thread_count
from ...statistics.draws import seed_of
from ..missing import Missing
from ..properties.ahead import Ahead, stop
from ..relations.data import contrast_rows, row_keys
from ..relations.features import Attention
from ..relations.relations import PERMUTATIONS, contrasts_of, given_arrays, template_names
from ..relations.study import adjusted_p
from .blocks import all_known, vectors_of_words
from .study import WITHOUT, Measured, Words

__all__ = ["MOST_PAIRS", "NAMES", "contrasts_left", "hybrid"]

Array = NDArray[Any]
NAMES = names(CONTROLS)
# pairs of a contrast: kernels of more would not fit into a small device's memory
MOST_PAIRS = 2000


def hybrid(
    features: ArrayLike,
    labels: Sequence[str],
    groups: Sequence[str],
    words: Sequence[tuple[str, str]],
    word_states: Mapping[str, Any],
    norms: Norms | Mapping[str, ArrayLike],
    *,
    sentence_states: ArrayLike | None = None,
    elsewhere: ArrayLike | Mapping[str, ArrayLike] | Missing | None = None,
    random_models: Iterable[ArrayLike] | None = None,
    templates: Sequence[str] | None = None,
    n_permutations: int | None = None,
    alpha: float = 0.05,
    equal: float = 1.0,
    random_state: Any = 0,
    controls: Sequence[str] | str = NAMES,
    reading: str = ATTENTION,
    threads: int | None = None,
    progress: Progress | None = None,
) -> HybridResult:
    r"""Ask whether attention between two words and properties of the words say more of their relation together.

    For each contrast of two relations, ridge classifiers see blocks of columns: W, the words (their hidden states 0,
    product, difference); S, their properties (both, product, absolute difference); A, attention between them. With
    AUC(X) of held-out categories,

    .. math:: \mathrm{gain}(A) = \mathrm{AUC}(W, S, A) - \mathrm{AUC}(W, S), \qquad
              \mathrm{gain}(S) = \mathrm{AUC}(W, S, A) - \mathrm{AUC}(W, A)

    Parameters
    ----------
    features, labels, groups, words, elsewhere, random_models, templates
        As in ``relations``.
    word_states : mapping of str to array_like of shape (L + 1, d) or (d,)
        Hidden states of each word given to the model alone, or its hidden state 0.
    norms : Norms, or mapping of str to array_like of shape (features,)
        Properties of the words; a pair with a word that has none is left out, and counted.
    sentence_states : array_like of shape (n, 2, d), optional
        A hidden state of both words in the sentence, for the reference ``in_sentence``.
    n_permutations, alpha, equal, random_state, threads, progress
        As in ``relations``.
    controls : sequence of str, or str
        Controls to run. A claim whose controls were not run is undecided.
    reading : str
        As in ``relations``.

    Returns
    -------
    HybridResult
        With a verdict for each contrast.

    Raises
    ------
    InputError
        Where shapes disagree, features are no attention, a name is missing, or no pair has properties.

    Notes
    -----
    Each block has a penalty of its own, by a weight of 1 or 1/30, chosen with the penalty on the other folds, also in
    every flip and control. Folds, flips and intervals are those of ``relations``. Of more than 2,000 pairs in a
    contrast, whole categories are drawn. arXiv 2601.22928 proposes hybrid explanations; see docs/method.md, "Hybrid".

    Examples
    --------
    >>> import numpy as np, edgeinterp as ei
    >>> rng = np.random.default_rng(0)
    >>> words = [(f"a{i}", f"b{i}") for i in range(160)]
    >>> states = {word: rng.standard_normal(3) for pair in words for word in pair}
    >>> norms = {word: rng.standard_normal(2) for word in states}
    >>> value = np.array([norms[one][0] * norms[other][0] for one, other in words])
    >>> attention = rng.random((160, 2, 1, 2))
    >>> labels = np.where(value + 4 * attention[:, 0, 0, 1] > 2, "hyper", "coord").tolist()
    >>> groups = [f"category {i % 10}" for i in range(160)]
    >>> (found,) = ei.hybrid(attention, labels, groups, words, states, norms, n_permutations=99).contrasts
    >>> found.gains["attention"].outcome
    'beaten'
    """
    controls, reading = name_tuple(controls, "controls"), known_reading(reading)
    refuse_unknown(controls, NAMES, "hybrid")
    alpha, equal, seed = level(alpha), equality(equal), seed_of(random_state)
    permutations = PERMUTATIONS if n_permutations is None else permutation_count("n_permutations", n_permutations)
    given = given_arrays(features, as_sequence(labels), as_sequence(groups), words, word_states, None, elsewhere, None)
    if given.words is None:
        raise InputError("words: none given; expected two words for each pair")
    if not given.word_states:
        raise InputError("word_states: none given; expected hidden state 0 of every word")
    properties = _properties(norms, {word for pair in given.words for word in pair})
    rows = all_known(given.words, properties)
    in_sentence = _in_sentence(sentence_states, len(given.words))
    listed = template_names(as_sequence(templates), given.features.shape[0])
    wanted = contrasts_left(given.labels, rows)
    if not wanted:
        raise InputError(
            f"norms: have both words of {counted(len(rows), 'pair')} of {len(given.words)}, which leaves no two "
            "relations to set against each other; give norms of these words"
        )
    pairs = [given.words[row] for row in rows]
    known = Words.of(pairs, properties, given.word_states)
    keys = row_keys(lambda i: given.features.mean(np.array([i]))[0], given.labels, given.words)
    notes: list[str] = []
    measured = [
        _contrast(names_, [given.labels[row] for row in rows], [given.groups[row] for row in rows], pairs,
                  [keys[row] for row in rows], rows, seed, notes)
        for names_ in wanted
    ]  # fmt: skip
    usable = [one for one in measured if one.reason is None]
    draws = sum(control.draws for control in chosen(CONTROLS) if control.name in controls)
    step = _Steps(thread_count(threads), progress or silent, (len(BLOCKS) + draws) * len(usable))
    with one_blas_thread():
        stand_ins = _StandIns(given.elsewhere, random_models, in_sentence, controls, seed)
        _measure(usable, known, given.features, permutations, stand_ins, step)
        contrasts = _finished(measured, permutations, alpha, delta_of("auc", equal))
    result = HybridResult(
        pairs=len(rows), categories=len({given.groups[row] for row in rows}), features=known.properties.shape[1],
        templates=listed, contrasts=contrasts, permutations=permutations, alpha=alpha, equal=equal,
        without_norms=len(given.words) - len(rows), notes=list(dict.fromkeys(notes)), reading=reading,
    )  # fmt: skip
    return replace(result, verdicts=hybrid_verdicts(result))


def contrasts_left(labels: Sequence[str], rows: Sequence[int]) -> list[tuple[str, str]]:
    """Return the contrasts of all relations of which some rows still have both."""
    left = {labels[row] for row in rows}
    return [names for names in contrasts_of(labels) if set(names) <= left]


def _properties(norms: Norms | Mapping[str, ArrayLike], words: set[str]) -> dict[str, NDArray[np.float64]]:
    """Return the properties of each word that has some, checked."""
    if isinstance(norms, Norms):
        return vectors_of_words(norms, words)
    if not isinstance(norms, Mapping):
        raise InputError(f"norms: is a {type(norms).__name__}; expected Norms, or a vector for each word")
    found = {}
    for word, given in norms.items():
        vector = real_array(f"norms, {word!r}", given, booleans=True).astype(np.float64)
        if vector.ndim != 1 or not vector.size or not np.isfinite(vector).all():
            raise InputError(f"norms, {word!r}: shape {vector.shape}; expected (features,), all finite")
        found[str(word)] = vector
    sizes = sorted({len(vector) for vector in found.values()})
    if len(sizes) > 1:
        raise InputError(f"norms: vectors of {' and '.join(map(str, sizes))} features; expected one number of them")
    return found


def _in_sentence(given: ArrayLike | None, n: int) -> Array | None:
    if given is None:
        return None
    states = real_array("sentence_states", given)
    if states.ndim != 3 or states.shape[:2] != (n, 2) or not np.isfinite(states).all():
        raise InputError(f"sentence_states: shape {states.shape}; expected ({n}, 2, d), all finite")
    return states


def _contrast(
    names_: tuple[str, str], labels: list[str], groups: list[str], pairs: list[tuple[str, str]], keys: list[bytes],
    rows: list[int], seed: int, notes: list[str],
) -> Measured:  # fmt: skip
    """Choose the rows of one contrast; they count among all pairs that were given."""
    data = contrast_rows(labels, *names_, groups, pairs, keys, seed)
    if len(data.rows) > MOST_PAIRS:
        # in an order that the categories' names decide, each that still fits
        few, room = set(), MOST_PAIRS
        sizes = np.bincount(data.unit).tolist()
        for unit in np.argsort(data.keys, kind="stable").tolist():
            if sizes[unit] <= room:
                few.add(unit)
                room -= sizes[unit]
        some = {groups[row] for row, unit in zip(data.rows.tolist(), data.unit.tolist(), strict=True) if unit in few}
        notes.append(
            f"{names_[0]} against {names_[1]}: {counted(len(data.rows), 'pair')} of "
            f"{counted(data.units, 'category', 'categories')} were cut to whole categories of at most "
            f"{MOST_PAIRS:,} pairs"
        )
        kept = [i for i, group in enumerate(groups) if group in some]
        return _contrast(
            names_, [labels[i] for i in kept], [groups[i] for i in kept], [pairs[i] for i in kept],
            [keys[i] for i in kept], [rows[i] for i in kept], seed, notes,
        )  # fmt: skip
    own = [pairs[row] for row in data.rows]
    return Measured(names_, replace(data, rows=np.array(rows, dtype=np.int64)[data.rows]), own)


class _Steps:
    """Run jobs that write to separate places, some at a time, and report how many are done."""

    def __init__(self, threads: int, progress: Progress, expected: int) -> None:
        self.threads, self.progress, self.done, self.expected = threads, progress, 0, expected

    def run(self, jobs: Sequence[Callable[[], None]]) -> None:
        """Run the jobs, and wait for them."""
        with ThreadPoolExecutor(max(1, self.threads)) as pool:
            for _ in pool.map(lambda job: job(), jobs):
                self.done += 1
                self.progress("hybrid", self.done, max(self.done, self.expected))


@dataclass(frozen=True)
class _StandIns:
    """What may stand in the place of attention, as it was given."""

    elsewhere: Mapping[str, Attention] | Missing
    random_models: Iterable[ArrayLike] | None
    in_sentence: Array | None
    controls: Sequence[str]
    seed: int


def _measure(
    usable: Sequence[Measured], known: Words, features: Attention, permutations: int, given: _StandIns, step: _Steps
) -> None:
    """Fit the nested classifiers, then those with every control, while random models run beside."""
    models = given.random_models if RANDOM_MODEL.name in given.controls else None
    wanted = () if models is None else one_by_one("random_models", models, "an array for each model")
    with ThreadPoolExecutor(1) as beside:
        ahead = Ahead(beside, map(Attention.of, wanted))
        try:
            states = given.in_sentence if IN_SENTENCE.name in given.controls else None
            step.run([job for one in usable for job in one.jobs(known, features, states, permutations)])
            for key, vectors in known.stand_ins(given.controls, given.seed):
                step.run([partial(one.instead_of_properties, key, known, vectors) for one in usable])
            if ELSEWHERE.name in given.controls:
                for key, attention in _places(given.elsewhere):
                    step.run([partial(one.instead_of_attention, key, attention) for one in usable])
            if RANDOM_MODEL.name in given.controls:
                _random_models(usable, features, ahead, step)
        except BaseException:
            # leaving the block waits for the other thread
            stop(models)
            raise


def _places(elsewhere: Mapping[str, Attention] | Missing) -> Iterable[tuple[str, Attention | Missing]]:
    return [(ELSEWHERE.name, elsewhere)] if isinstance(elsewhere, Missing) else elsewhere.items()


def _random_models(usable: Sequence[Measured], features: Attention, ahead: Ahead[Attention], step: _Steps) -> None:
    """Score the attention of random models as it arrives."""
    number, expected = 0, (1, *features.shape[1:])
    while (found := ahead.take(wait=True)) is not None:
        if found.shape != expected:
            raise InputError(f"random_models: shape {found.shape[1:]}, expected {expected[1:]}")
        found.refuse_odd("random_models")
        step.run([partial(one.instead_of_attention, f"{RANDOM_MODEL.name}.{number}", found) for one in usable])
        number += 1
    if not number:
        missing = Missing(ahead.reason or "no random models were given")
        step.run([partial(one.instead_of_attention, RANDOM_MODEL.name, missing) for one in usable])


def _finished(measured: Sequence[Measured], permutations: int, alpha: float, delta: float) -> list[HybridContrast]:
    """Correct p-values over the contrasts, those of each gain on their own, and return the results."""
    whole = adjusted_p([(one.scores[ALL].auc, one.null) if ALL in one.scores else None for one in measured])
    tests = [one.gain_tests(permutations) if ALL in one.scores else {} for one in measured]
    gains = {name: adjusted_p([test.get(name) for test in tests]) for name in WITHOUT}
    return [
        one.finished(whole[i], {name: found[i] for name, found in gains.items()}, alpha, delta)
        for i, one in enumerate(measured)
    ]

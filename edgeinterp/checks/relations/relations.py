"""Does attention between two words carry their relation, or would other predictors do as well?

docs/method.md has the definitions. ``relations`` takes plain arrays; ``run.py`` makes them from a model and pairs of
words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import InputError
from ...inputs.pairs import HYPERNYM, NEGATIVE
from ...reading.names import ATTENTION, known_reading
from ...results.controls import family, refuse_unknown
from ...results.relations.controls import CONTROLS, ELSEWHERE, LICENSED
from ...results.relations.result import RelationsResult
from ...results.relations.verdicts import relation_verdicts
from ...runtime.arguments import equality, group_names, level, one_by_one, permutation_count, real_array, whole_number
from ...runtime.clock import Progress
from ...runtime.counting import counted
from ...runtime.sequences import as_sequence, name_tuple, refuse_repeated
from ...runtime.threads import one_blas_thread, thread_count
from ...statistics.draws import seed_of
from ..missing import Missing
from .features import Attention
from .passes import WordStates
from .scores import Scored
from .study import NAMES, Given, Study

__all__ = ["PERMUTATIONS", "contrasts_of", "given_arrays", "relations", "template_names"]

Array = NDArray[Any]

PERMUTATIONS = 1000
NOT_GIVEN = "it was not given"


def relations(
    features: ArrayLike,
    labels: Sequence[str],
    groups: Sequence[str],
    *,
    words: Sequence[tuple[str, str]] | None = None,
    word_states: Mapping[str, Any] | None = None,
    surface: ArrayLike | None = None,
    elsewhere: ArrayLike | Mapping[str, ArrayLike] | Missing | None = None,
    random_models: Iterable[ArrayLike] | None = None,
    licensed: Sequence[int] | Missing | None = None,
    templates: Sequence[str] | None = None,
    n_permutations: int | None = None,
    alpha: float = 0.05,
    equal: float = 1.0,
    random_state: Any = 0,
    controls: Sequence[str] | str = NAMES,
    reading: str = ATTENTION,
    threads: int | None = None,
    progress: Progress | None = None,
    held_out: Callable[[dict[str, Any]], object] | None = None,
) -> RelationsResult:
    r"""Separate relations by attention between two words, with all controls for such a score.

    For each contrast (``hyper``, or else the first relation, against each other one; ``x`` against ``not x``) a ridge
    classifier scores held-out categories, each on its own up to 20, else dealt to 20 folds:

    .. math:: \mathrm{AUC} = \frac{\sum_c n_c^+ n_c^- \, \mathrm{AUC}_c}{\sum_c n_c^+ n_c^-}

    over the categories c, never pooled across them.

    Parameters
    ----------
    features : array_like of shape (n, 2, L, H) or (templates, n, 2, L, H)
        Attention from word1 to word2 (index 0) and from word2 to word1 (index 1) by layer and head: summed over the
        tokens attended to, averaged over the tokens that attend, so that each is from 0 to 1. Several templates are
        averaged, and scored alone too.
    labels : sequence of str, length n
        Relation of each pair.
    groups : sequence of str, length n
        Category of each pair: held out, flipped and resampled together.
    words : sequence of (str, str), optional
        The words. Needed for ``words``, ``similarity`` and the cosines; gives lengths and spelling to ``surface``. The
        same two words are then never on both sides of a fold.
    word_states : mapping of str to array_like of shape (L + 1, d) or (d,), optional
        Hidden states of each word given to the model alone, the mean over its tokens; (d,) is hidden state 0, without
        which ``words``, ``similarity`` and ``cosine`` are not measured. ``cosine_states``, ``words_states`` need all.
    surface : array_like of shape (n, columns), optional
        Other features without a model: token counts, distance in tokens, ranks of token ids.
    elsewhere : array_like of the shape of ``features``, mapping of str to such arrays, or Missing, optional
        The same between two other places of each sentence; with names, such as ``earlier`` and ``later``, each is a
        reference of its own. ``Missing`` says why there is none.
    random_models : iterable of arrays of shape (n, 2, L, H), optional
        Features from random models, averaged over templates, one array per seed; iterated in a worker thread, one item
        ahead, and freed once scored.
    licensed : sequence of int or Missing, optional
        Attention layers (1..L) that may be read token to token; ``Missing`` with a reason where unknown.
    templates : sequence of str, optional
        Names of the templates.
    n_permutations : int, optional
        By default 1,000.
    alpha : float
        Level of tests; intervals are at 1 - alpha, per contrast, not simultaneous.
    equal : float
        Factor on delta, the differences that count as none (``results/rule.py``): .05 of an AUC by default.
    random_state : int, NumPy generator or None
        Key of folds and flips.
    controls : sequence of str, or str
        Controls to run. A rival that was not run leaves the claim undecided.
    reading : str
        What ``features`` are: weights of attention, or a reading of it (see ``readings``), which claims then name.
    threads : int, optional
        By default every core this process may use. Never changes a result.
    progress : callable, optional
        Called with (phase, done, in all).
    held_out : callable, optional
        Called for each contrast that could be measured with a dict: ``contrast``, its name; ``pair`` (n,), indices of
        the pairs in it; ``label`` (n,), 1 for the positive relation and -1 for the other; ``fold`` (n,); and
        ``scores``, a dict of what ``attention`` and each rival and reference gives every held-out pair (n,), in the
        order that its AUC counts.

    Returns
    -------
    RelationsResult
        With a verdict for each contrast.

    Raises
    ------
    InputError
        Where shapes disagree, features are no attention, a name is missing, or a setting is unknown.

    Notes
    -----
    p is from flips: the two relations are exchanged for a whole category at once, each with probability 1/2, with the
    same flips for all contrasts, templates, layers and heads. Holm's correction over contrasts, single-step max-T over
    heads. Pairs of a category share words, so single pairs are never permuted. The estimand of intervals is this fitted
    procedure on new categories of the same population; categories are left out one by one, also from the fits of other
    folds. See docs/method.md, "Relations"; the question is that of arXiv 2404.15848.

    Examples
    --------
    >>> import numpy as np, edgeinterp as ei
    >>> rng = np.random.default_rng(0)
    >>> labels = ["hyper", "coord"] * 80
    >>> groups = [f"category {i // 16}" for i in range(160)]
    >>> features = rng.random((160, 2, 3, 4))
    >>> features[::2, 0, 1, 2] = 0.5 + 0.5 * features[::2, 0, 1, 2]
    >>> (contrast,) = ei.relations(features, labels, groups, n_permutations=199).contrasts
    >>> best = min(contrast.heads, key=lambda head: (head.p_adjusted, -head.auc))
    >>> contrast.auc > 0.7, best.attention_layer, best.head, best.direction
    (True, 2, 3, '1->2')
    """
    controls, reading = name_tuple(controls, "controls"), known_reading(reading)
    refuse_unknown(controls, NAMES, "relations")
    labels, groups, templates = as_sequence(labels), as_sequence(groups), as_sequence(templates)
    alpha, equal = level(alpha), equality(equal)
    permutations = PERMUTATIONS if n_permutations is None else permutation_count("n_permutations", n_permutations)
    given = given_arrays(features, labels, groups, words, word_states, surface, elsewhere, licensed)
    seed = seed_of(random_state)
    study = Study(
        given, contrasts_of(given.labels), permutations, alpha, equal, seed, controls,
        template_names(templates, given.features.shape[0]), thread_count(threads), progress,
    )  # fmt: skip
    with one_blas_thread():
        contrasts = study.run(random_models)
    if held_out is not None:
        for measured in _held_out(study):
            held_out(measured)
    result = RelationsResult(
        pairs=len(given.labels), categories=len(set(given.groups)), templates=list(study.templates),
        contrasts=contrasts, permutations=study.n_permutations, alpha=alpha, layers=given.features.shape[3],
        heads=given.features.shape[4], equal=equal, reading=reading,
    )  # fmt: skip
    return replace(result, verdicts=relation_verdicts(result))


def _held_out(study: Study) -> Iterator[dict[str, Any]]:
    """Yield what each predictor gives the held-out pairs of each contrast that could be measured."""
    for one in study.measured:
        part, data = one.parts.get("all"), one.data
        if part is None:
            continue
        found: dict[str, Scored | Missing] = {**part.against, **one.shared}
        if LICENSED.name in one.parts:
            found[LICENSED.name] = one.parts[LICENSED.name].own
        scores = {"attention": part.own.predicted}
        for key in sorted(found, key=lambda key: (NAMES.index(family(CONTROLS, key)), key)):
            other = found[key]
            if isinstance(other, Scored):
                scores[key] = other.predicted
        contrast = f"{one.names[0]} against {one.names[1]}"
        yield {"contrast": contrast, "pair": data.rows, "label": data.y, "fold": data.folds, "scores": scores}


def contrasts_of(labels: Sequence[str]) -> list[tuple[str, str]]:
    """Contrast ``hyper`` (else the first relation) with each other relation, in their order of occurrence.

    A relation that ``not`` begins, such as ``not nsubj``, is set against the relation that it negates, and both against
    no other where that is neither ``hyper`` nor the first.

    Raises
    ------
    InputError
        Where there are fewer than two relations.
    """
    names = list(dict.fromkeys(labels))
    if len(names) < 2:
        raise InputError(f"labels: {len(names)} relation; expected at least two, to set against each other")
    own = [(name, f"{NEGATIVE}{name}") for name in names if f"{NEGATIVE}{name}" in names]
    rest = [name for name in names if not any(name in pair for pair in own)]
    positive = HYPERNYM if HYPERNYM in names else names[0]
    return own + [(positive, name) for name in rest if name != positive]


def given_arrays(
    features: ArrayLike,
    labels: Sequence[str],
    groups: Sequence[str],
    words: Sequence[tuple[str, str]] | None,
    word_states: Mapping[str, Any] | None,
    surface: ArrayLike | None,
    elsewhere: ArrayLike | Mapping[str, ArrayLike] | Missing | None,
    licensed: Sequence[int] | Missing | None,
) -> Given:
    """Check the inputs of ``relations``, and of ``hybrid``."""
    own = _attention("features", features, None)
    n = own.shape[1]
    pairs = None if words is None else _pairs(words, n)
    return Given(
        features=own,
        labels=[str(name) for name in group_names("labels", labels, n, "pairs")],
        groups=[str(name) for name in group_names("groups", groups, n, "pairs")],
        words=pairs,
        word_states=_states(word_states, pairs or []),
        surface=_columns(surface, n),
        elsewhere=_elsewhere(elsewhere, own.shape),
        licensed=_layers(licensed, own.shape[3]),
    )


def _pairs(words: Sequence[tuple[str, str]], n: int) -> list[tuple[str, str]]:
    """Return the two words of each pair."""
    found = []
    for number, pair in enumerate(one_by_one("words", words, "two words for each pair"), 1):
        # the letters of a single word would be taken for two words
        if isinstance(pair, str) or not hasattr(pair, "__len__") or len(pair) != 2:
            raise InputError(f"words: pair {number} is {pair!r}; expected two words, such as ('robin', 'bird')")
        found.append(group_names(f"words, pair {number}", pair, 2, "words"))
    if len(found) != n:
        raise InputError(f"words: {len(found)} given for {counted(n, 'pair')}")
    return [(str(first), str(second)) for first, second in found]


def _states(states: Mapping[str, Any] | None, pairs: list[tuple[str, str]]) -> Mapping[str, Any] | None:
    """Return the hidden states of every word (states, d), each checked."""
    if not states or isinstance(states, WordStates):
        return states
    found: dict[str, Array] = {}
    for word in dict.fromkeys(word for pair in pairs for word in pair):
        if word not in states:
            raise InputError(f"word_states: has no {word!r}; expected hidden states of every word")
        given = real_array(f"word_states, {word!r}", states[word])
        if given.ndim not in (1, 2) or not given.size or not np.isfinite(given).all():
            raise InputError(f"word_states, {word!r}: shape {given.shape}; expected (L + 1, d) or (d,), all finite")
        found[word] = np.atleast_2d(given)
    shapes = sorted({state.shape for state in found.values()})
    if len(shapes) > 1:
        raise InputError(f"word_states: arrays of shapes {' and '.join(map(str, shapes))}; expected one shape")
    return found


def _elsewhere(
    given: ArrayLike | Mapping[str, ArrayLike] | Missing | None, shape: tuple[int, ...]
) -> dict[str, Attention] | Missing:
    """Return attention between other places, each under the name of its rival."""
    if given is None or isinstance(given, Missing):
        return given or Missing(NOT_GIVEN)
    if not isinstance(given, Mapping):
        return {ELSEWHERE.name: _attention(ELSEWHERE.name, given, shape)}
    if not given or not all(given):
        raise InputError(f"elsewhere: names {list(given)}; expected one for each array, such as earlier and later")
    return {f"{ELSEWHERE.name}.{name}": _attention(f"elsewhere, {name}", part, shape) for name, part in given.items()}


def _columns(surface: ArrayLike | None, n: int) -> Array | None:
    if surface is None:
        return None
    columns: Array = real_array("surface", surface, booleans=True).astype(np.float64)
    if columns.ndim != 2 or len(columns) != n or not np.isfinite(columns).all():
        raise InputError(f"surface: shape {columns.shape}; expected ({n}, columns), all finite")
    return columns


def _layers(licensed: Sequence[int] | Missing | None, layers: int) -> list[int] | Missing:
    if licensed is None or isinstance(licensed, Missing):
        return licensed or Missing(NOT_GIVEN)
    given = one_by_one("licensed", licensed, f"some of the layers 1 to {layers}")
    return sorted({whole_number("licensed: layer", layer, 1, layers) for layer in given})


def _attention(name: str, given: ArrayLike, shape: tuple[int, ...] | None) -> Attention:
    """Check and return attention as (templates, n, 2, L, H)."""
    found = Attention.of(given, name)
    if len(found.shape) != 5 or found.shape[2] != 2 or 0 in found.shape:
        raise InputError(f"{name}: shape {np.shape(given)}; expected (n, 2, layers, heads), or templates before that")
    if shape is not None and found.shape != shape:
        raise InputError(f"{name}: shape {found.shape}, expected {shape}")
    found.refuse_odd(name)
    return found


def template_names(templates: Sequence[str] | None, count: int) -> list[str]:
    """Return the names of templates, or numbers where there are none."""
    if templates is None:
        return [f"template {number}" for number in range(1, count + 1)]
    names = [str(name) for name in group_names("templates", templates, count, "templates")]
    refuse_repeated(names, "templates")
    return names

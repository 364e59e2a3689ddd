"""Does a map from hidden states to feature norms show knowledge, or would other predictors do as well?

docs/method.md has the definitions. ``properties`` takes plain arrays; ``run.py`` makes them from a model and norms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from ...errors import InputError
from ...results.controls import refuse_unknown
from ...results.properties.result import PropertiesResult
from ...results.properties.verdicts import property_verdicts, too_few_concepts
from ...results.rule import delta_of
from ...runtime.arguments import equality, level, permutation_count
from ...runtime.sequences import as_sequence, name_tuple
from ...runtime.threads import one_blas_thread
from .controls import NAMES, Pipeline
from .data import Concepts, assemble
from .mappings import MAPPINGS
from .scores import METRIC_NAMES
from .study import Progress, Study, empty
from .units import units_of

__all__ = ["METRICS", "default_permutations", "properties"]

METRICS = METRIC_NAMES
_FEWEST_UNITS = 3


def default_permutations(metric: str, mapping: str) -> int:
    """Return the default number of permutations: 1,000; for rank metrics 100; for refitted mappings 20."""
    if mapping != "ridge":
        return 20
    return 1000 if metric in ("pearson", "r2") else 100


def properties(
    X_layers: ArrayLike,
    Y: Any,
    groups: ArrayLike | None = None,
    *,
    words: Sequence[str] | None = None,
    features: Sequence[str] | None = None,
    token_counts: ArrayLike | None = None,
    frequencies: ArrayLike | None = None,
    reliability: ArrayLike | None = None,
    confounds: ArrayLike | None = None,
    random_model_layers: Iterable[ArrayLike] | None = None,
    metric: str = "pearson",
    mapping: str = "ridge",
    n_permutations: int | None = None,
    alpha: float = 0.05,
    equal: float = 1.0,
    random_state: Any = 0,
    controls: Sequence[str] | str = NAMES,
    threads: int | None = None,
    progress: Progress | None = None,
    held_out: Callable[[dict[str, Any]], object] | None = None,
) -> PropertiesResult:
    r"""Predict feature norms from hidden states, with all controls for such a score.

    Held-out predictions over 10 folds, scored by default with the mean over features of the correlation over all
    concepts pooled, after subtracting from each prediction the mean of that feature in its training folds:

    .. math:: T = \frac{1}{|F|} \sum_{f \in F} \operatorname{corr}_i(\hat y_{if} - \bar y_{f, -k(i)},\; y_{if})

    Parameters
    ----------
    X_layers : array_like of shape (L + 1, n, d)
        One vector per hidden state and concept; layer 0 first. float32 or float64.
    Y : array_like or scipy.sparse matrix of shape (n, features)
        Norms; NaN (dense only) is missing. Where at most a fifth of the values is nonzero and none is missing, the
        penalty is set by the spectrum of X alone.
    groups : sequence of str or of numbers, length n, optional
        Categories of concepts, at least 8: the clusters that are held out as wholes; by default clusters are made by
        k-means of the hidden state in the middle. Norms are also dealt within groups alone: what categories alone
        score. Where all groups have one size, whole groups are permuted for p.
    words : sequence of str, optional
        Spelling of each concept. Needed for ``word_form`` and ``selectivity``. Equal words share a fold, are one unit
        of intervals, and are permuted together.
    features : sequence of str, optional
        Names of the features.
    token_counts : array_like of shape (n,), optional
        Tokens of each word, a part of ``word_form`` and ``frequency``.
    frequencies : array_like of shape (n,), optional
        How often each word occurs, in any unit; 0 is never. Needed for ``frequency``. ``check`` takes
        1 / (1 + id) of each token of the word, multiplied: ids of most vocabularies follow frequency.
    reliability : array_like of shape (features,), optional
        Split-half reliability of each feature, for context.
    confounds : array_like of shape (n,) or (n, c), optional
        Numbers of each concept that ``without_confounds`` erases from the hidden states.
    random_model_layers : iterable of arrays of shape (L + 1, n, d), optional
        Vectors of random models, one array per seed; iterated in a worker thread, one item ahead, and freed once
        scored.
    metric : str
        The reported metric: ``pearson``, ``r2``, ``spearman``, ``precision``, ``neighbours_1``, ``neighbours_5`` or
        ``neighbours_10``. The others are descriptive.
    mapping : str
        ``ridge``, ``pls`` or ``mlp``.
    n_permutations : int, optional
        By default 1,000; 100 for rank metrics; 20 for ``pls`` and ``mlp``.
    alpha : float
        Level of tests; intervals are at 1 - alpha, per layer, not simultaneous.
    equal : float
        Factor on delta, the differences that count as none (``results/rule.py``): .05 of the score by default.
    random_state : int, NumPy generator or None
        Key of folds and draws.
    controls : sequence of str, or str
        Controls to run. A rival that was not run leaves the claim undecided.
    threads : int, optional
        By default every core this process may use. Never changes a result.
    progress : callable, optional
        Called with (phase, done, in all).
    held_out : callable, optional
        Called for each hidden state with a dict: ``hidden_state``; ``score``; ``concept`` (n,) and ``feature`` (T,),
        indices of the rows and columns of Y that were scored; ``fold`` (n,); ``gold`` and ``predicted`` (n, T), the
        norms and their held-out predictions, NaN where a norm is missing.

    Returns
    -------
    PropertiesResult
        With a verdict for each hidden state.

    Raises
    ------
    InputError
        Where shapes disagree, an array has other than real numbers, a name is missing, or a setting is unknown.

    Notes
    -----
    The estimand of intervals is this fitted procedure on new concepts of the same population. Concepts are left out one
    by one, also from the fits of other folds. A score says how well norms are predicted, not why: the rivals test that.
    See docs/method.md, "Properties".

    Examples
    --------
    >>> import numpy as np, edgeinterp as ei
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(2, 100, 8))
    >>> Y = X[1, :, :3] + 0.5 * rng.normal(size=(100, 3))
    >>> result = ei.properties(X, Y, n_permutations=99)
    >>> [layer.p_adjusted <= 0.05 for layer in result.layers], round(result.layers[1].score, 1)
    ([False, True], 0.9)
    """
    controls = name_tuple(controls, "controls")
    check_settings(metric, mapping, controls)
    words, features, groups = as_sequence(words), as_sequence(features), as_sequence(groups)
    alpha, equal = level(alpha), equality(equal)
    B = default_permutations(metric, mapping)
    if n_permutations is not None:
        B = permutation_count("n_permutations", n_permutations)
    concepts = assemble(
        X_layers, Y, groups, words, token_counts, features, random_state, frequencies, reliability, confounds
    )  # fmt: skip
    pipeline = Pipeline(concepts, mapping, metric, frozenset(controls))
    result = PropertiesResult(
        concepts=concepts.X.shape[1], features=len(concepts.names), metric=metric, mapping=mapping, permutations=B,
        alpha=alpha, source="", layers=[], equal=equal, units=units_of(concepts),
    )  # fmt: skip
    reason = _nothing_to_test(concepts)
    if reason:
        result = replace(result, layers=[empty(layer, reason) for layer in range(len(concepts.X))])
    else:
        with one_blas_thread():
            study = Study(concepts, pipeline, B, alpha, delta_of(metric, equal), threads, progress, held_out)
            result = replace(result, layers=study.run(random_model_layers), clusters=study.described)
    return replace(result, verdicts=property_verdicts(result))


def check_settings(metric: str, mapping: str, controls: Sequence[str]) -> None:
    """Refuse invalid settings.

    Raises
    ------
    InputError
    """
    for kind, name, known in (("metric", metric, METRICS), ("mapping", mapping, MAPPINGS)):
        if name not in known:
            raise InputError(f"{kind} {name!r} is not known; choose from {', '.join(known)}")
    refuse_unknown(controls, NAMES, "properties")


def _nothing_to_test(concepts: Concepts) -> str | None:
    units = len(concepts.starts)
    if units < _FEWEST_UNITS:
        return too_few_concepts(units)
    if not len(concepts.columns):
        return f"no feature can be scored: {next(iter(concepts.reasons.values()))}"
    return None

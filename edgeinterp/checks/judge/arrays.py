"""Judge explanation methods from plain arrays: scores and effects of your own run time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...results.judge.result import JudgeResult
from ...runtime.arguments import equality, level, permutation_count, real_array
from ...runtime.counting import counted
from ...statistics.content import content_key
from ...statistics.draws import seed_of
from .scoring import JudgedTokens, place_scores, scored

__all__ = ["PERMUTATIONS", "judge_from_arrays", "rarity_of", "settings_of"]

PERMUTATIONS = 1000

Doubles = NDArray[np.float64]


def judge_from_arrays(
    scores: Mapping[str, Sequence[Any]],
    effects: Sequence[Any],
    *,
    token_ids: Sequence[Any] | None = None,
    embeddings: Sequence[Any] | None = None,
    signed: Sequence[str] = (),
    target: str = "the output",
    n_permutations: int = PERMUTATIONS,
    random_state: Any = 0,
    alpha: float = 0.05,
    equal: float = 1.0,
) -> JudgeResult:
    """Judge explanation methods as ``judge`` does, from effects of your own run time.

    Parameters
    ----------
    scores : mapping of str to sequence of array_like, shape (n,) each
        Every method's scores, text by text: one number a token that is not special.
    effects : sequence of array_like, shape (2, n) each
        How much the output changes when each token is replaced, by two disjoint sets of replacing tokens; the second
        judges.
    token_ids : sequence of array_like of int, shape (n,) each, optional
        For the rival ``rarity``; without it no claim is supported.
    embeddings : sequence of array_like, shape (n, d) each, optional
        Hidden states 0, for the rival ``embedding``; without it no claim is supported.
    signed : sequence of str
        Methods whose signs are compared with the signs of effects; of all others, absolute values are compared.
    target : str
        What the effects are on, as verdicts name it.
    n_permutations, random_state, alpha, equal
        As in ``judge``.

    Returns
    -------
    JudgeResult

    Raises
    ------
    InputError
        Where shapes disagree or a value is not finite.
    """
    settings = settings_of(n_permutations, alpha, equal)
    if not isinstance(scores, Mapping) or not scores:
        raise InputError("scores: expected a dict of methods, each with one array of scores a text")
    unknown = [name for name in signed if name not in scores]
    if unknown:
        raise InputError(f"signed: {unknown[0]!r} is no method of scores; they are {', '.join(scores)}")
    found = [_finite(f"effects[{at}]", one) for at, one in enumerate(effects)]
    for at, one in enumerate(found):
        if one.ndim != 2 or one.shape[0] != 2 or not one.shape[1]:
            raise InputError(f"effects[{at}]: shape {one.shape}, expected (2, n), one row for each set of draws")
    sizes = [one.shape[1] for one in found]
    methods = {name: _rows(f"scores[{name!r}]", given, sizes, 1) for name, given in scores.items()}
    rivals = [place_scores(size) for size in sizes]
    missing = {"rarity": "no token_ids were given", "embedding": "no embeddings were given"}
    if token_ids is not None:
        ids = _rows("token_ids", token_ids, sizes, 1)
        for own, rarity in zip(rivals, rarity_of(ids, ids), strict=True):
            own["rarity"] = rarity
    if embeddings is not None:
        states = _rows("embeddings", embeddings, sizes, 2)
        mean = np.concatenate(states).mean(axis=0)
        for own, state in zip(rivals, states, strict=True):
            own["embedding"] = np.linalg.norm(state - mean, axis=1)
    texts = [
        JudgedTokens(
            content_key(np.round(one, 9).view(np.uint32).ravel()), one, {name: methods[name][at] for name in methods},
            rivals[at],
        )
        for at, one in enumerate(found)
    ]  # fmt: skip
    empty = replace(settings, target=target, draws=0)
    return scored(texts, {name: name in signed for name in methods}, (), empty, seed_of(random_state), missing)


def _rows(name: str, given: Any, sizes: Sequence[int], dimensions: int) -> list[Doubles]:
    found = [_finite(f"{name}[{at}]", one) for at, one in enumerate(given)]
    if len(found) != len(sizes):
        raise InputError(f"{name}: {counted(len(found), 'text')}, expected {len(sizes)}, as effects has")
    for at, (one, size) in enumerate(zip(found, sizes, strict=True)):
        if one.ndim != dimensions or len(one) != size:
            shape = f"({size},)" if dimensions == 1 else f"({size}, d)"
            raise InputError(f"{name}[{at}]: shape {one.shape}, expected {shape}, as effects has")
    return found


def _finite(name: str, given: Any) -> Doubles:
    found = np.asarray(real_array(name, given), dtype=np.float64)
    if not np.isfinite(found).all():
        raise InputError(f"{name}: has a value that is not finite; give numbers, or leave the text out")
    return found


def settings_of(n_permutations: int, alpha: float, equal: float) -> JudgeResult:
    """Return a result that holds the settings and nothing else yet."""
    permutations = permutation_count("n_permutations", n_permutations)
    return JudgeResult("", 0, 0, 0, None, None, permutations, level(alpha), [], equal=equality(equal))


def rarity_of(token_ids: Sequence[Any], among: Sequence[Any]) -> list[Doubles]:
    r"""Return :math:`-\log` of each token's frequency among the tokens of all texts."""
    known, counts = np.unique(np.concatenate(among), return_counts=True)
    frequency = np.log(counts / counts.sum())
    return [-frequency[np.searchsorted(known, ids)] for ids in token_ids]

"""Set two sets of norms beside each other: rank agreement of hidden states, and the difference of scores in parts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ....regression.metrics import mean_spearman
from ....results.properties.result import LayerProperties, PropertiesResult
from ....results.properties.sets import SetDifference, SetPair, SharedScore
from ....results.properties.verdicts import too_few_concepts
from ....results.shared import Interval
from ....statistics.inference import deviation_interval, rounding_step

__all__ = ["apart", "rank_agreement", "shared_rows", "too_few"]

Scores = Sequence[float | None]

_FEWEST_STATES = 3


def shared_rows(a: Sequence[str], b: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of both that have the same word, in the order of ``a``; words that one has twice are left out.

    Examples
    --------
    >>> [rows.tolist() for rows in shared_rows(["cat", "bat", "bat", "owl"], ["owl", "bat", "cat"])]
    [[0, 3], [2, 0]]
    """
    first, second = _once(a), _once(b)
    common = [word for word in first if word in second]
    return np.array([first[word] for word in common], np.int64), np.array([second[word] for word in common], np.int64)


def _once(words: Sequence[str]) -> dict[str, int]:
    rows: dict[str, int] = {}
    twice = set()
    for row, word in enumerate(words):
        if word in rows:
            twice.add(word)
        rows[word] = row
    return {word: row for word, row in rows.items() if word not in twice}


def rank_agreement(a: Scores, b: Scores) -> float | None:
    """Return Spearman's correlation of two lists of scores by hidden state; a state without both is left out.

    None for fewer than 3 states, or where one list is constant.
    """
    both = np.array([(x, y) for x, y in zip(a, b, strict=True) if x is not None and y is not None]).reshape(-1, 2)
    if len(both) < _FEWEST_STATES or not np.ptp(both, axis=0).all():
        return None
    return mean_spearman(both[None, :, 0], both[None, :, 1])


def too_few(own: tuple[PropertiesResult, PropertiesResult], concepts: int) -> SetPair:
    """Return what is said of two sets that share too few concepts to test with."""
    a, b = own
    return SetPair(a.name, b.name, concepts, rank_agreement(_scores(a), _scores(b)), reason=too_few_concepts(concepts))


def apart(
    own: tuple[PropertiesResult, PropertiesResult],
    shared: tuple[PropertiesResult, PropertiesResult],
    as_many: tuple[Scores, Scores],
) -> SetPair:
    """Take the difference of two sets' scores apart (``SetDifference``).

    Parameters
    ----------
    own, shared : tuple of two PropertiesResult
        Both sets on their own concepts, and on the shared concepts.
    as_many : tuple of two sequences of float or None
        Both sets' scores by hidden state on as many of their own concepts, drawn at random.
    """
    a, b = own
    first, second = shared
    return replace(
        too_few(own, first.concepts),
        rho_shared=rank_agreement(_scores(first), _scores(second)),
        features_a=_scorable(first),
        features_b=_scorable(second),
        layers=[
            _difference((a.layers[at], b.layers[at]), shared, at, (as_many[0][at], as_many[1][at]))
            for at in range(len(a.layers))
        ],
        reason=None,
    )


def _difference(
    own: tuple[LayerProperties, LayerProperties],
    shared: tuple[PropertiesResult, PropertiesResult],
    at: int,
    as_many: tuple[float | None, float | None],
) -> SetDifference:
    on_shared = (shared[0].layers[at], shared[1].layers[at])
    by_own, by_shared = _less(own[0].score, own[1].score), _less(on_shared[0].score, on_shared[1].score)
    by_number = _less(*as_many)
    return SetDifference(
        layer=own[0].layer,
        a=_shared_score(shared[0], at),
        b=_shared_score(shared[1], at),
        total=by_own,
        number=_less(by_own, by_number),
        concepts=_less(by_number, by_shared),
        features=by_shared,
        features_ci=_paired(*on_shared, shared[0]),
    )


def _paired(a: LayerProperties, b: LayerProperties, part: PropertiesResult) -> Interval:
    """Return the interval of a less b from the deviations that both keep: their concepts are the same, in one order."""
    kept = [np.array(state.deviations.get("score") or [], dtype=np.float64) for state in (a, b)]
    difference = _less(a.score, b.score)
    if difference is None or part.units is None or kept[0].shape != kept[1].shape or not kept[0].size:
        return None
    step = math.hypot(*(rounding_step(values) for values in kept))
    return deviation_interval(difference, (kept[0] - kept[1]).T, part.units.count, part.alpha, step)


def _shared_score(part: PropertiesResult, at: int) -> SharedScore:
    state, verdict = part.layers[at], part.verdicts[at]
    return SharedScore(state.score, state.ci, state.p_adjusted, verdict.verdict, verdict.because)


def _scorable(part: PropertiesResult) -> int:
    """Return how many features have a score of their own."""
    return max((sum(one.score is not None for one in state.features) for state in part.layers), default=0)


def _less(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def _scores(part: PropertiesResult) -> list[float | None]:
    return [state.score for state in part.layers]

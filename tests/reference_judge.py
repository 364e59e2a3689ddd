"""Slow, obvious versions of what ``judge`` computes; nothing of edgeinterp is called."""

from __future__ import annotations

import itertools
import math
from typing import Any


def ranks(values: Any) -> list[float]:
    """Ranks from 1, ties shared."""
    return [sum(other < own for other in values) + (1 + sum(other == own for other in values)) / 2 for own in values]


def spearman(x: Any, y: Any) -> float:
    """Spearman's correlation; 0 where one of the two has no order."""
    a, b = ranks(x), ranks(y)
    mean = (len(a) + 1) / 2
    cross = sum((p - mean) * (q - mean) for p, q in zip(a, b, strict=True))
    square = sum((p - mean) ** 2 for p in a) * sum((q - mean) ** 2 for q in b)
    return cross / math.sqrt(square) if square else 0.0


def spread(values: Any, size: int) -> list[Any]:
    """As many of the values, spread evenly; halves round to even, as everywhere in Python."""
    if size == 1:
        return [values[0]]
    return [values[round(at * (len(values) - 1) / (size - 1))] for at in range(size)]


def exchanged_rho(scores: Any, effects: Any) -> float:
    """One text's scores against another's effects."""
    size = min(len(scores), len(effects))
    return spearman(spread(scores, size), spread(effects, size))


def mean_under_all_exchanges(scores: Any, effects: Any) -> float:
    """The mean over every way to deal the scores of a few texts among them."""
    deals = list(itertools.permutations(range(len(scores))))
    total = 0.0
    for deal in deals:
        total += sum(exchanged_rho(scores[own], effects[at]) for at, own in enumerate(deal)) / len(scores)
    return total / len(deals)


def token_scores(text: str, parts: Any, tokens: Any) -> list[float]:
    """Give each character its share of the part's score, over characters that a token has; then add up by token."""
    by_character = [0.0] * len(text)
    covered = {at for first, last in tokens for at in range(first, last)}
    for (first, last), score in parts:
        own = [at for at in range(first, last) if at in covered]
        for at in own:
            by_character[at] += score / len(own)
    return [sum(by_character[first:last]) for first, last in tokens]


def habit(scores: Any, rarity: Any, text: int) -> list[float]:
    """What a method says of place and rarity: its scores of one text, predicted from those of all others."""
    import numpy as np

    own = [list(values) for values in scores]

    def kinds(t: int, i: int) -> list[Any]:
        return [("start", i), ("end", len(own[t]) - 1 - i), ("rare", round(rarity[t][i] - math.log(2) / 2))]

    def columns(t: int, i: int) -> list[float]:
        found = [1.0, rarity[t][i], float(i), float(len(own[t]) - 1 - i)]
        for at in range(3):
            same = [
                own[u][j] for u in range(len(own)) if u != t for j in range(len(own[u]))
                if kinds(u, j)[at] == kinds(t, i)[at]
            ]  # fmt: skip
            found.append(sum(same) / len(same) if same else 0.0)
        return found

    others = [(t, i) for t in range(len(own)) if t != text for i in range(len(own[t]))]
    table = np.array([columns(t, i) for t, i in others])
    weights = np.linalg.lstsq(table, np.array([own[t][i] for t, i in others]), rcond=None)[0]
    return [float(np.dot(columns(text, i), weights)) for i in range(len(own[text]))]

"""Means over texts, with their intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .inference import interval

__all__ = ["DIGITS", "Bounds", "bounds", "mean_bounds", "mean_intervals"]

DIGITS = 12

Doubles = NDArray[np.float64]
Bounds = tuple[float, float] | None

# the z of a correlation of 1 is infinite
_LARGEST = 1.0 - 1e-15


def mean_intervals(keys: NDArray[np.uint64], values: Doubles, alpha: float) -> list[tuple[float, Bounds]]:
    """Return means over texts of correlations, shape (texts, k), with intervals formed on Fisher's z of the mean."""
    found = mean_bounds(keys, values, alpha, _fisher)
    return [
        (float(mean), None if each is None else (_back(each[0]), _back(each[1])))
        for mean, each in zip(values.mean(axis=0), found, strict=True)
    ]


def mean_bounds(
    keys: NDArray[np.uint64], values: Doubles, alpha: float, transform: Callable[[Doubles], Doubles] = np.asarray
) -> list[Bounds]:
    """Return the interval of each column's mean over texts, or of what it is transformed to."""
    sums = np.concatenate([values, np.ones((len(values), 1))], axis=1)
    return bounds(keys, sums, lambda drawn: transform(drawn[:, :-1] / drawn[:, -1:]), alpha)


def bounds(
    keys: NDArray[np.uint64], sums: Doubles, statistics: Callable[[Doubles], Doubles], alpha: float
) -> list[Bounds]:
    """Return the intervals of statistics of sums over texts, at level 1 - alpha; None where there is none."""

    def columns(drawn: Doubles) -> Doubles:
        with np.errstate(divide="ignore", invalid="ignore"):
            return statistics(drawn)

    found = interval(keys, sums, columns, alpha)
    return [(float(low), float(high)) if np.isfinite(low + high) else None for low, high in found.T]


def _fisher(means: Doubles) -> Doubles:
    return np.asarray(np.arctanh(np.clip(means, -_LARGEST, _LARGEST)), dtype=np.float64)


def _back(z: float) -> float:
    return round(float(np.tanh(z)), DIGITS)

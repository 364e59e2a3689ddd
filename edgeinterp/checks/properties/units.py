"""Short deviations of up to 500 units of concepts, so that two results can be paired."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ...results.properties.result import RivalScore, Units
from ...results.properties.verdicts import MARGINS, closest_rival
from ...statistics.inference import jackknife_deviations, rounding_step
from ..missing import Missing
from .data import Concepts
from .scores import Scored, left_out

__all__ = ["kept_deviations", "units_of"]

Doubles = NDArray[np.float64]

MOST_UNITS = 500


def units_of(concepts: Concepts) -> Units:
    """Return the identity of the units: a hash of their keys, their norms and the scored features."""
    digest = hashlib.blake2b(digest_size=16)
    for part in (concepts.keys, concepts.starts, np.ascontiguousarray(concepts.Y), concepts.columns):
        digest.update(part.tobytes())
    return Units(digest.hexdigest(), len(concepts.keys), min(len(concepts.keys), MOST_UNITS))


def kept_deviations(
    metric: str,
    own: Scored,
    rivals: Mapping[str, Scored | Missing],
    measured: Mapping[str, RivalScore],
    keys: NDArray[np.uint64],
) -> dict[str, list[list[float]]]:
    """Return jackknife deviations of the units of lowest key, for the statistics behind a verdict.

    ``score``: the score; the keys of ``MARGINS``: its margin over the closest rival (``closest_rival``). There is one
    list for each way of leaving a unit out. Values are rounded to three digits of their root mean square.
    """
    chosen = np.argsort(keys, kind="stable")[:MOST_UNITS]
    found = {"score": left_out(metric, own)}
    for kind, unbeaten in MARGINS.items():
        name = closest_rival(measured, unbeaten)
        rival = None if name is None else rivals[name]
        if isinstance(rival, Scored):
            found[kind] = left_out(metric, own, rival)
    return {kind: _rounded(jackknife_deviations(values)[chosen]) for kind, values in found.items()}


def _rounded(deviations: Doubles) -> list[list[float]]:
    step = rounding_step(deviations)
    if not np.isfinite(deviations).all():
        return []
    digits = max(0, -round(np.log10(step))) if step else 0
    # -0.0 would be a longer 0
    return [[round(float(value), digits) + 0.0 for value in way] for way in deviations.T]

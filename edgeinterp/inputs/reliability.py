r"""Split-half reliability of norms, worked out from what a file says of its participants.

What a mean over participants would be worth if others were asked: the share of its variance over concepts that is not
sampling error,

.. math:: \rho = 1 - \frac{\overline{\sigma_i^2 / n_i}}{\operatorname{var}_i(\bar y_i)},

which is what the correlation of two halves of participants, stepped up to all of them (Spearman-Brown), estimates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["of_counts", "of_rows"]

Doubles = NDArray[np.float64]

# the published file has one number of raters for the senses, and one for parts of the body
_RATERS = ("n_known.perceptual", "n_known.action")
_BODY = frozenset({"foot_leg", "hand_arm", "head", "mouth", "torso"})


def of_counts(values: Any, participants: int) -> Doubles | None:
    """Return the reliability of how many of ``participants`` named each feature (concepts, features).

    None where a count is larger than that, or no whole number: then they were counted in another way. A feature that
    does not vary has a reliability of 0.
    """
    counts = np.asarray(values.toarray() if hasattr(values, "toarray") else values, dtype=np.float64)
    if not len(counts) or not ((counts <= participants) & (counts == np.round(counts))).all():
        return None
    shares = counts / participants
    return _reliability(shares, shares * (1.0 - shares) / (participants - 1))


def of_rows(header: Sequence[str], rows: Iterable[tuple[int, list[str]]], features: Sequence[str]) -> Doubles | None:
    """Return the reliability of Lancaster ratings, from their deviations and numbers of raters beside the means.

    None where a column is not there, or a row has no number in one.
    """
    places = {name.strip().casefold(): place for place, name in enumerate(header)}
    columns = []
    for feature in features:
        raters = _RATERS[feature.casefold() in _BODY]
        names = (f"{feature.casefold()}.mean", f"{feature.casefold()}.sd", raters)
        if not all(name in places for name in names):
            return None
        columns.append([places[name] for name in names])
    try:
        cells = np.array([[[float(row[at]) for at in own] for own in columns] for _, row in rows])
    except (ValueError, IndexError):
        return None
    means, deviations, raters_of = np.moveaxis(cells, 2, 0)
    if not np.isfinite(cells).all() or (raters_of < 1.0).any():
        return None
    return _reliability(means, deviations**2 / raters_of)


def _reliability(means: Doubles, errors: Doubles) -> Doubles:
    variance = means.var(axis=0, ddof=1) if len(means) > 1 else np.zeros(means.shape[1])
    known = variance > 0.0
    return np.asarray(np.where(known, 1.0 - errors.mean(axis=0) / np.where(known, variance, 1.0), 0.0))

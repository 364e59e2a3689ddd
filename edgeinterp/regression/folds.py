"""Folds: sets of rows held out together, and splits in scikit-learn's form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError

__all__ = ["Folds", "fold_labels", "fold_slices"]

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Folds:
    """Rows sorted by the fold that holds them out.

    Attributes
    ----------
    order : ndarray of shape (n_rows,)
        Row numbers, fold after fold.
    starts : ndarray of shape (n_folds + 1,)
        Where each fold begins in ``order``; a fold may be empty.
    """

    order: Array
    starts: Array

    @classmethod
    def from_labels(cls, labels: Array, rows: Array | None = None) -> Folds:
        """Sort ``rows`` (default: all) by their fold number 0..K-1; K is taken over all rows."""
        rows = np.arange(len(labels)) if rows is None else rows
        chosen = labels[rows]
        order = rows[np.argsort(chosen, kind="stable")]
        counts = np.bincount(chosen, minlength=int(labels.max()) + 1)
        starts = np.concatenate([[0], np.cumsum(counts)])
        if np.any((counts > 0) & (len(rows) - counts < 1)):
            raise InputError("a fold holds out every row that has a value: use more folds, or drop the target")
        return cls(order.astype(np.int64), starts.astype(np.int64))

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.order)

    @property
    def n_folds(self) -> int:
        """Number of folds, empty ones included."""
        return len(self.starts) - 1

    def slices(self) -> Iterator[tuple[int, slice]]:
        """Yield ``(fold, slice into order)`` for each fold that is not empty."""
        for k in range(self.n_folds):
            if self.starts[k] < self.starts[k + 1]:
                yield k, slice(int(self.starts[k]), int(self.starts[k + 1]))


def fold_slices(labels: Array) -> list[slice]:
    """Return the rows of each fold that has any; ``labels`` ascend."""
    starts = np.flatnonzero(np.diff(labels, prepend=-1))
    return [slice(int(first), int(last)) for first, last in zip(starts, [*starts[1:], len(labels)], strict=True)]


def fold_labels(n_rows: int, splits: Iterator[tuple[Array, Array]]) -> Array:
    """Fold number of each row from ``(train, test)`` pairs as scikit-learn's splitters give them.

    Raises
    ------
    InputError
        Unless every row is held out exactly once, by a fit on all other rows of the data: without that there is no
        one held-out prediction per row.
    """
    labels = np.full(n_rows, -1)
    for k, split in enumerate(splits):
        train, test = _row_numbers(split, n_rows)
        if np.any(labels[test] >= 0) or len(np.union1d(train, test)) < n_rows or len(train) + len(test) > n_rows:
            raise InputError("cv must hold out every row once and train on all the others (KFold, GroupKFold, ...)")
        labels[test] = k
    if np.any(labels < 0):
        raise InputError("cv must hold out every row once and train on all the others (KFold, GroupKFold, ...)")
    return labels


def _row_numbers(split: Any, n_rows: int) -> tuple[Array, Array]:
    """Rows to train on and to hold out, from numbers or masks."""
    try:
        train, test = (np.arange(n_rows)[rows if len(rows) else slice(0)] for rows in map(np.asarray, split))
    except (IndexError, TypeError, ValueError):
        raise InputError(f"cv must give pairs of row numbers 0 to {n_rows - 1}: to train on, to hold out") from None
    return train, test

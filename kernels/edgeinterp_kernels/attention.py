"""Attention maps: rollout and summaries of heads.

Matrix products and sums along axes use NumPy: no compiled kernel was faster.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["SUMMARIES", "head_summaries", "rollout"]

SUMMARIES = ("entropy", "self", "previous", "next", "special")


def rollout(attentions: NDArray[np.floating], residual: float = 0.5) -> NDArray[np.float64]:
    r"""Return attention rollout up to each layer (Abnar & Zuidema 2020, section 3).

    .. math:: \tilde A_l = ((1 - r) A_l + r I) \, \tilde A_{l-1}, \qquad \tilde A_0 = I

    Parameters
    ----------
    attentions : ndarray, shape (L, H, n, n) or (L, n, n)
        Attention of each layer; heads are averaged. Rows are queries.
    residual : float
        Weight r of the residual connection.

    Returns
    -------
    ndarray of float64, shape (L, n, n)
    """
    maps = attentions.mean(axis=1, dtype=np.float64) if attentions.ndim == 4 else attentions.astype(np.float64)
    identity = np.eye(maps.shape[-1])
    through = identity
    out = np.empty(maps.shape)
    for layer, mean in enumerate(maps):
        through = ((1.0 - residual) * mean + residual * identity) @ through
        out[layer] = through
    return out


def head_summaries(
    attentions: NDArray[np.floating], special: NDArray[np.bool_], causal: bool = False
) -> NDArray[np.float64]:
    """Summarise where each head attends to, as a mean over the queries that are not special.

    Parameters
    ----------
    attentions : ndarray, shape (L, H, n, n)
        Rows are queries and sum to 1.
    special : ndarray of bool, shape (n,)
        True for special tokens.
    causal : bool
        Whether query i can attend to keys 0..i only.

    Returns
    -------
    ndarray of float64, shape (L, H, 5)
        In the order of ``SUMMARIES``: entropy, as a share of the entropy of uniform attention over the same keys
        (queries with a single key are left out); attention to the query's own position, to the one before, to the one
        after, and to all special tokens. NaN where no query counts.
    """
    queries = np.flatnonzero(~special)
    rows = attentions[:, :, queries].astype(np.float64)
    keys = queries + 1 if causal else np.full(queries.size, special.size)
    logs = np.log(rows, out=np.zeros_like(rows), where=rows > 0.0)
    several = keys > 1
    entropy = -(rows * logs).sum(axis=-1)[..., several] / np.log(keys[several])
    shares = [_at_offset(rows, queries, offset) for offset in (0, -1, 1)]
    return np.stack([_mean(part) for part in (entropy, *shares, rows[..., special].sum(axis=-1))], axis=-1)


def _at_offset(rows: NDArray[np.float64], queries: NDArray[np.intp], offset: int) -> NDArray[np.float64]:
    """Return attention to the key at ``offset`` from the query; 0 where there is none."""
    keys = queries + offset
    inside = (keys >= 0) & (keys < rows.shape[-1])
    found = np.zeros(rows.shape[:-1])
    found[..., inside] = rows[..., np.flatnonzero(inside), keys[inside]]
    return found


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    if not values.shape[-1]:
        return np.full(values.shape[:-1], np.nan)
    mean: NDArray[np.float64] = values.mean(axis=-1)
    return mean
